#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where the time of one signed call goes: stage_budget.py BENCH [--runs N] [--seconds S] [--json FILE]

Runs stage_bench several times and prints the median of each row in microseconds, the sum of the stages beside the
whole that was measured in the same run, and what of it no stage explains. The runs are short and all rows are in each
of them, as the speed of a shared machine changes from minute to minute. Exit 1 when the bench fails; being slow, or
not adding up, is no failure: the goal says so."""
import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile

UNEXPLAINED_MAX = 0.15
REQUEST = "bench/request"
ANSWER = "whole/signed"
LOOP = "server/whole loop"
MICROSECONDS = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}


def run(bench, seconds):
    """The rows of one run, in their order: name and microseconds of processor time."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.json"
        done = subprocess.run([bench, f"--benchmark_min_time={seconds}", f"--benchmark_out={out}",
                               "--benchmark_out_format=json"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, "TMPDIR": folder})  # so that what it leaves when it is ended goes, too
        if done.returncode != 0:
            sys.exit(f"stage_budget: {bench} ended with {done.returncode}: {done.stderr.strip()}")
        rows = {}
        for row in json.loads(out.read_text())["benchmarks"]:
            # What a row times by hand is in real_time, also when that was a clock of the processor.
            name, manual = row["name"].removesuffix("/manual_time"), row["name"].endswith("/manual_time")
            round_us = row["real_time" if manual else "cpu_time"] * MICROSECONDS[row["time_unit"]]
            rows[name] = round_us / row.get("items", 1)
        return rows


def sums(rows):
    """What the rows of one run add up to."""
    stages = sum(us for name, us in rows.items() if name.startswith("stage/"))
    answer = rows[ANSWER] - rows[REQUEST]  # the bench writes the request that the answer is to
    around = sum(us for name, us in rows.items() if name.startswith("server/") and name != LOOP)
    return {"stages": stages, "answer": answer, "around": around, "loop": rows[LOOP],
            "unexplained of the answer": (answer - stages) / answer,
            "unexplained of the loop": (rows[LOOP] - stages - around) / rows[LOOP]}


def medians(dicts):
    return {name: statistics.median(one[name] for one in dicts) for name in dicts[0]}


def line(text, us, share=None):
    print(f"  {text:<44} {us:>9.3f}" + ("" if share is None else f" {share:>8.1%}"))


def verdict(share):
    return f"{share:>+9.1%}  goal {UNEXPLAINED_MAX:.0%} at most: {'met' if abs(share) <= UNEXPLAINED_MAX else 'MISSED'}"


def print_table(rows, total):
    print(f"\nstages of one signed call\n  {'':<44} {'us':>9} {'share':>8}")
    for name, us in rows.items():
        kind, text = name.split("/", 1)
        if kind == "stage":
            line(text, us, us / total["answer"])
        elif kind == "part":
            line(f"  of it {text}", us)
    line("sum", total["stages"], total["stages"] / total["answer"])
    line("sip::answer, measured", total["answer"], 1)
    print(f"  {'unexplained':<44} {verdict(total['unexplained of the answer'])}")
    print("\nthe worker around it")
    for name, us in rows.items():
        if name.startswith("server/") and name != LOOP:
            line(name.split("/", 1)[1], us, us / total["loop"])
    line("sum, with the stages", total["stages"] + total["around"],
         (total["stages"] + total["around"]) / total["loop"])
    line("a call in a worker's loop, measured", total["loop"], 1)
    print(f"  {'unexplained':<44} {verdict(total['unexplained of the loop'])}")
    print("\nother answers")
    for name, us in rows.items():
        if name.startswith("whole/") and name != ANSWER:
            text = name.split("/", 1)[1]
            without = f", without {REQUEST}"
            line(text.removesuffix(without), us if text.endswith(without) else us - rows[REQUEST])
        elif name.startswith("load/"):
            line(f"a snapshot read: {name.split('/', 1)[1]}", us)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.2, help="for each row of a run")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    for end in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # subprocess.run ends what it has begun
        signal.signal(end, lambda number, _: sys.exit(128 + number))
    runs = [run(options.bench, options.seconds) for _ in range(options.runs)]
    rows, total = medians(runs), medians([sums(one) for one in runs])
    print_table(rows, total)
    if options.json:
        options.json.write_text(json.dumps({"runs": options.runs, "microseconds": rows, "totals": total}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
