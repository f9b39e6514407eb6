#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Calls a second, their latency, processor time and memory, beside the goals and beside others that sign:

    calls_bench.py PROGRAMS RESULTS [--rounds N] [--seconds S] [--calls N]

PROGRAMS is the folder of the built binaries; RESULTS gets calls.json and calls.svg, or, of a run that is shorter than
the whole one, calls-trial.json and calls-trial.svg. Prints one table. Being slow is
no failure: the column "must" says so. Exit status: 0; 1 when a contender could not be measured; 77 with one core."""
import argparse
import datetime
import json
import pathlib
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "calls"))

import chart  # noqa: E402
import contenders  # noqa: E402
import directory  # noqa: E402
import measuring  # noqa: E402
import rounds  # noqa: E402
import table  # noqa: E402


ROUNDS, SECONDS, CALLS = 7, 3.0, 5_000_000  # of the run that counts


def say(text):
    print(text, flush=True)


def read_options():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("programs", type=pathlib.Path)
    options.add_argument("results", type=pathlib.Path)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--seconds", type=float, default=SECONDS, help="of each load")
    options.add_argument("--calls", type=int, default=CALLS, help="of the part about memory growth; 0: without it")
    options.add_argument("--short", action="store_true", help="no warm-up, fewer rates: only to see that it works")
    read = options.parse_args()
    if read.rounds < 1 or not 0.1 <= read.seconds <= 3600 or read.calls < 0:
        options.error("--rounds is 1 or more, --seconds from 0.1 to 3600")
    return read


def measure(options, cores, everybody):
    """All rounds, and the growth."""
    # On a file system in memory, so that a contender that reads its key for every call is not held up by a disk.
    memory = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="calls_bench", dir=memory) as scratch:
        book = directory.Directory(options.programs / "shaken302", pathlib.Path(scratch) / "directory")
        stage = contenders.Stage(scratch, options.programs, book, (cores[1], cores[2]))
        stage.verify_share = 0.2 if options.short else 0.001
        all_rounds = []
        for index in range(options.rounds):
            say(f"round {index + 1} of {options.rounds}")
            # Forth and back, so that a machine that becomes slower does not do so for the same ones each time.
            order = everybody if index % 2 == 0 else everybody[::-1]
            try:
                all_rounds.append(rounds.one_round(stage, options, cores, order, say))
            except measuring.Failure as failure:
                say(f"  the round does not count: {failure}")
        if not all_rounds:
            raise measuring.Failure("no round counts")
        return all_rounds, growth(stage, options, cores)


def growth(stage, options, cores):
    say(f"memory over {options.calls:,} calls" if options.calls else "no calls for memory growth")
    try:
        return rounds.growth(stage, options.calls, cores[0]) if options.calls else None
    except (measuring.Failure, RuntimeError) as failure:
        say(f"  {failure}")
        return {"calls": options.calls, "failure": str(failure)}


def report(options, everybody, all_rounds, growth):
    summary, goals = table.summary(all_rounds, everybody), table.goals_of(all_rounds, growth)
    latencies = table.latency_table(all_rounds, (rounds.CONTROL, *rounds.LATENCY_OF))
    titles = {contender.key: contender.title for contender in everybody}
    speed = table.spread([one["openssl_speed"]["one"] for one in all_rounds])
    basis = (f"S = {speed['median']:,.0f} ES256 signatures a second (openssl speed, one core); {len(all_rounds)} rounds "
             f"of {options.seconds:g} s, closed loop of {contenders.OUTSTANDING} calls; {measuring.processor_model()}")
    say("")
    say(basis)
    disturbed = list(table.disturbed(all_rounds))
    title = "302s a second, server on one core (2 workers: on two)"
    if disturbed:
        title += f" (others used the machine meanwhile: {'; '.join(disturbed[:2])}{'; ...' * (len(disturbed) > 2)})"
        say(f"DISTURBED, by others on the machine: {'; '.join(disturbed)}. Rates and latencies there show that and not "
            "the servers; what counts processor time shows them roughly.")
    for lines in (table.contender_lines(summary), table.latency_lines(latencies, titles),
                  table.memory_lines(growth), table.goal_lines(goals)):
        say("")
        for line in lines:
            say(line)
    options.results.mkdir(parents=True, exist_ok=True)
    facts = {"when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "basis": basis,
             "disturbed": disturbed,
             "contenders": summary, "open_loop": latencies, "goals": [goal.facts() for goal in goals], "growth": growth,
             "rounds": all_rounds}
    is_whole = len(all_rounds) >= ROUNDS and options.seconds >= SECONDS and options.calls >= CALLS
    written = options.results / ("calls.json" if is_whole else "calls-trial.json")
    drawn = written.with_suffix(".svg")
    written.write_text(json.dumps(facts, indent=1) + "\n")
    drawn.write_text(chart.chart(summary, title, basis))
    say(f"\nwritten: {written}, {drawn}")
    has_failed = any(each["failures"] for each in summary.values()) or "failure" in (growth or {})
    return 1 if has_failed or len(all_rounds) < options.rounds else 0


def main():
    options = read_options()
    # An end from outside goes through every `finally`, so that nothing is left running.
    for end in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(end, lambda number, _: sys.exit(128 + number))
    try:
        cores = measuring.cores()
    except measuring.Failure as failure:
        say(f"SKIPPED: {failure}")
        return 77
    everybody = contenders.all_contenders()
    try:
        all_rounds, growth_facts = measure(options, cores, everybody)
    except measuring.Failure as failure:
        say(str(failure))
        return 1
    return report(options, everybody, all_rounds, growth_facts)


if __name__ == "__main__":
    sys.exit(main())
