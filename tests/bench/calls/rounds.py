# SPDX-License-Identifier: MIT
"""The rounds: each takes all contenders in turn on the same cores, beside `openssl speed`, because the machine drifts
and only what was measured side by side can be compared."""
import re
import statistics

import contenders
from measuring import Failure, machine, openssl_speed, resident_kib, run_load

RATES = (2000, 8000)
PART_OF_MAXIMUM = 0.8
LATENCY_OF = ("shaken302", "kamailio_value")
CONTROL = "echo_signer"  # at the same rates: late there, too, is late without a server of SIP
WARM_UP_S = 0.3


class Turn:
    """The server that has the core now. Contenders with the same server share its process."""

    def __init__(self, stage):
        self.stage, self.key, self.running = stage, None, None
        self.unlogged = 0  # decisions that shaken302 says it could not log, when it ends

    def give(self, contender):
        if contender.server != self.key or not isinstance(self.key, str):
            self.end()
            self.running = self.stage.shaken302() if isinstance(contender.server, str) else contender.server(self.stage)
            self.key = contender.server
        return self.running

    def demand_alive(self):
        """A server that died has not done what was asked in all of the time that its figures are divided by."""
        if not self.running.process.running():
            raise Failure("it did not live to the end of the load")

    def last_words(self):
        """Of a server that ended by itself."""
        process = self.running.process if self.running is not None else None
        if process is None or process.running():
            return ""
        return f"; it ended with {process.child.returncode}: {process.output()[-1000:]}"

    def end(self):
        if self.running is not None:
            self.running.stop()
            self.unlogged += sum(map(int, re.findall(r" log_dropped=(\d+)", self.running.process.output())))
        self.key, self.running = None, None


def latency(stage, running, judged, rate, seconds, load_core):
    words = ["--rate", f"{rate:.0f}", "--spin", "--callers", f"@{stage.directory.callers['approved']}"]
    command = contenders.sip_load(stage, running, "udp", *words, judged=judged, seconds=seconds)
    facts = run_load(load_core, command, running.pid, 60 + 3 * seconds)
    # What is not sent is neither slow nor lost, and must not make a latency look good.
    if facts["sent"] < 0.99 * facts["scheduled"]:
        raise Failure(f"of {facts['scheduled']} calls the load sent {facts['sent']}")
    return {"rate": rate, **facts}


def rates(contender, maximum, short):
    """Of the open loops, by name."""
    found = {f"{rate}": rate for rate in (RATES[:1] if short else RATES)}
    return found if contender.key == CONTROL else found | {"80 %": PART_OF_MAXIMUM * maximum}


def one_contender(turn, contender, options, cores):
    stage, load_core = turn.stage, cores[0]
    running = turn.give(contender)
    where = cores[2] if contender.key == "shaken302_2_workers" else load_core
    limit = 60 + 3 * options.seconds
    if not options.short:
        run_load(where, contender.load(stage, running, WARM_UP_S), running.pid, limit)
    before = resident_kib(running.pid)
    facts = run_load(where, contender.load(stage, running, options.seconds), running.pid, limit)
    turn.demand_alive()
    facts.update(rss_before_kib=before, rss_after_kib=resident_kib(running.pid))
    if contender.key in (CONTROL, *LATENCY_OF):
        facts["open_loop"] = {}
        try:
            for name, rate in rates(contender, facts["calls_per_s"], options.short).items():
                facts["open_loop"][name] = latency(stage, running, contender.judged, rate, options.seconds, load_core)
            turn.demand_alive()
        except Failure as failure:  # what was measured before it stands
            facts["failure"] = f"open loop: {failure}{turn.last_words()}"
    return facts


def watched_speed(where, seconds, processes=1):
    """Signatures a second, and what others had of the machine meanwhile."""
    watch = machine.Watch()
    return openssl_speed(where, seconds, processes), watch.others_percent()


def one_round(stage, options, cores, everybody, say):
    """What every contender did, or why it could not be measured. S is taken before and after them: the machine drifts."""
    before, others_before = watched_speed(cores[1], options.seconds)
    results, turn = {}, Turn(stage)
    try:
        for contender in everybody:
            try:
                results[contender.key] = one_contender(turn, contender, options, cores)
                say(f"  {contender.title}: {results[contender.key]['calls_per_s']:.0f}/s"
                    f" {results[contender.key].get('failure', '')}".rstrip())
            except (Failure, RuntimeError) as failure:
                what = f"{failure}{turn.last_words()}"
                results[contender.key] = {"failure": what}
                say(f"  {contender.title}: {what}")
    finally:
        turn.end()
    after, others_after = watched_speed(cores[1], options.seconds)
    multi, others_multi = watched_speed(cores[2], options.seconds, 2)
    results["openssl_speed"] = {"one": (before + after) / 2, "multi": multi,
                                "others_percent": max(others_before, others_after, others_multi)}
    results["unlogged"] = {"decisions": turn.unlogged}
    return results


def growth(stage, calls, load_core):
    """Memory of the server before and after `calls`; it has answered a fifth of them, at most a million, before that,
    so that what is kept of calls is full."""
    running = stage.shaken302()
    try:
        marks = [resident_kib(running.pid, "Rss")]
        first = max(1, min(calls // 5, 1_000_000))
        for count in (first, calls):
            words = ["--outstanding", contenders.OUTSTANDING, "--calls", count, "--callers",
                     f"@{stage.directory.callers['approved']}"]
            facts = run_load(load_core, contenders.sip_load(stage, running, "udp", *words), running.pid,
                             60 + count / 2000)
            if facts["good"] != count:
                raise Failure(f"of {count} calls {facts['good']} were answered well")
            marks.append(resident_kib(running.pid, "Rss"))
        begin, warm, end = marks
        return {"calls": calls, "warm_up_calls": first, "begin_kib": begin, "warm_up_kib": warm, "end_kib": end,
                "growth_kib": end - warm, "lost": facts["lost"], "wrong": facts["wrong"], "calls_per_s": facts["calls_per_s"]}
    finally:
        running.stop()


def spread(values):
    """Median and quartiles."""
    values = sorted(value for value in values if value is not None)
    if not values:
        return None
    if len(values) == 1:
        return {"median": values[0], "low": values[0], "high": values[0]}
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": middle, "low": low, "high": high}
