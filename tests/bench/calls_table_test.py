#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of calls_bench.py judges what it has: figures of rounds that were made up, and the verdicts that must follow."""
import copy
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "calls"))

import rounds as bench_rounds  # noqa: E402
import table  # noqa: E402
from measuring import machine  # noqa: E402

ROUNDS = 3
RUN = {"calls_per_s": 100.0, "calls_per_cpu_s": 100.0, "others_percent": 0.0, "wrong": 0, "lost": 0,
       "verify_failed": 0, "p99_us": 80.0}
KEYS = ("echo_signer", "shaken302", "shaken302_unsigned", "shaken302_tcp", "shaken302_tls", "shaken302_2_workers",
        "kamailio_file", "kamailio_value", "kamailio_plain")
P99, CONTROL_P99 = "shaken302/open_loop/8000", f"{bench_rounds.CONTROL}/open_loop/8000"
GROWTH = {"calls": 5000, "warm_up_calls": 1000, "begin_kib": 1, "warm_up_kib": 2, "end_kib": 2, "growth_kib": 0,
          "wrong": 0}


def good_round():
    one = {key: dict(RUN) for key in KEYS}
    for key in ("kamailio_file", "kamailio_value"):
        one[key]["calls_per_s"] = 40.0
    one["shaken302"]["open_loop"] = {"2000": dict(RUN), "8000": dict(RUN)}
    one["echo_signer"]["calls_per_s"] = 9000.0
    one["echo_signer"]["open_loop"] = {"8000": dict(RUN)}
    one["openssl_speed"] = {"one": 140.0, "multi": 280.0}
    one["unlogged"] = {"decisions": 0}
    return one


def change(path, value, index=1):
    """In one round alone."""
    def do(rounds, _):
        *folders, last = path.split("/")
        facts = rounds[index]
        for name in folders:
            facts = facts[name]
        facts[last] = value
    return do


def every(path, value):
    def do(rounds, growth):
        for index in range(len(rounds)):
            change(path, value, index)(rounds, growth)
    return do


def both(*changes):
    def do(rounds, growth):
        for one in changes:
            one(rounds, growth)
    return do


def late(server_us, control_us):
    return both(every(f"{P99}/p99_us", server_us), every(f"{CONTROL_P99}/p99_us", control_us))


def fail(key, index=1):
    return change(key, {"failure": "0 good answers"}, index)


def grow(rounds, growth):
    growth["growth_kib"] = 257


def no_growth(rounds, growth):
    growth.clear()
    growth.update(calls=5000, failure="it ended")


ROWS = [  # why, what is changed, the goal (its beginning), its verdict
    ("as it should be", None, "signed", "aim met"),
    ("as it should be", None, "x Kamailio", "aim met"),
    ("as it should be", None, "memory", "aim met"),
    ("as it should be", None, "decisions", "aim met"),
    ("too slow in most rounds", every("shaken302/calls_per_s", 60.0), "signed", "MISSED"),
    ("its faster form counts", every("kamailio_file/calls_per_s", 60.0), "x Kamailio", "MISSED"),
    ("one slow round of three is not the median", change("shaken302/calls_per_s", 60.0), "signed", "aim met"),
    ("slow unsigned", every("kamailio_plain/calls_per_cpu_s", 101.0), "unsigned", "MISSED"),
    ("two workers are worth what two cores are", every("openssl_speed/multi", 140.0), "2 workers", "aim met"),
    ("two workers are in each other's way", every("shaken302_2_workers/calls_per_cpu_s", 80.0), "2 workers", "MISSED"),
    ("late", every(f"{P99}/p99_us", 1001.0), "p99", "MISSED"),
    ("one lost call", change(f"{P99}/lost", 1), "calls lost", "MISSED"),
    ("one wrong answer", change("shaken302_tcp/wrong", 1), "wrong answers of", "MISSED"),
    ("one wrong answer in open loop", change("shaken302/open_loop/2000/wrong", 1), "wrong answers of", "MISSED"),
    ("one decision unlogged", change("unlogged/decisions", 1), "decisions", "MISSED"),
    ("a contender failed in one round: the others are not the whole", fail("shaken302"), "signed", "not measured"),
    ("a contender failed in one round", fail("shaken302"), "wrong answers of", "not measured"),
    ("a contender failed in one round", fail("kamailio_plain"), "unsigned", "not measured"),
    ("another contender failed", fail("kamailio_plain"), "signed", "aim met"),
    ("others in one round: the two that are left are most", change("shaken302_tcp/others_percent", 16.0), "TCP",
     "aim met in 2 of 3 rounds"),
    ("what others made slow is not counted", both(change("shaken302_tcp/others_percent", 16.0),
                                                  change("shaken302_tcp/calls_per_s", 1.0)), "TCP",
     "aim met in 2 of 3 rounds"),
    ("slow where nobody disturbed it", both(change("shaken302_tcp/others_percent", 16.0),
                                            every("shaken302_tcp/calls_per_s", 80.0)), "TCP", "MISSED in 2 of 3 rounds"),
    ("others in each round", every("shaken302_tcp/others_percent", 16.0), "TCP", "disturbed (16 %)"),
    ("others beside another run", every("shaken302_tcp/others_percent", 16.0), "TLS", "aim met"),
    ("in time in spite of others", every(f"{P99}/others_percent", 44.0), "p99", "aim met"),
    ("late beside others", both(every(f"{P99}/p99_us", 1001.0), every(f"{P99}/others_percent", 44.0)), "p99",
     "disturbed (44 %)"),
    ("late, and others in one round alone", both(every(f"{P99}/p99_us", 1001.0), change(f"{P99}/others_percent", 44.0)),
     "p99", "MISSED in 2 of 3 rounds"),
    ("lost beside others", both(change(f"{P99}/lost", 1), change(f"{P99}/others_percent", 44.0)), "calls lost",
     "disturbed (44 %)"),
    ("lost in each round, and others in one", both(every(f"{P99}/lost", 1), change(f"{P99}/others_percent", 44.0)),
     "calls lost", "MISSED"),
    ("lost in a round that nobody disturbed", both(change(f"{P99}/lost", 1, 0), change(f"{P99}/others_percent", 44.0),
                                                   change(f"{P99}/others_percent", 44.0, 2)), "calls lost", "MISSED"),
    ("others beside openssl speed", every("openssl_speed/others_percent", 16.0), "signed", "disturbed (16 %)"),
    ("others beside openssl speed", every("openssl_speed/others_percent", 16.0), "2 workers", "disturbed (16 %)"),
    ("what others made slow is still the fastest form",
     both(every("kamailio_file/calls_per_s", 48.0), every("kamailio_value/calls_per_s", 54.0),
          *(both(change("kamailio_value/calls_per_s", 45.0, index), change("kamailio_value/others_percent", 50.0, index))
            for index in (0, 1))), "x Kamailio", "disturbed (50 %)"),
    ("a run that failed may have answered wrongly", change("shaken302/failure", "open loop: it died"), "wrong answers of",
     "not measured"),
    ("the control cannot do the rate", both(late(9e5, 9e5), every("echo_signer/calls_per_s", 8000.0)), "p99", "MISSED"),
    ("late on a machine that stops for a while", late(1001.0, 501.0), "p99", "unclear (0.501 ms in the control)"),
    ("as late as the machine's stops and the limit", late(1501.0, 501.0), "p99", "unclear (0.501 ms in the control)"),
    ("later than that", late(1502.0, 501.0), "p99", "MISSED"),
    ("the machine stops for less than half the limit", late(1001.0, 500.0), "p99", "MISSED"),
    ("in time on a machine that stops", late(80.0, 2000.0), "p99", "aim met"),
    ("the control failed in one round", both(late(1001.0, 501.0), fail("echo_signer")), "p99",
     "unclear (0.501 ms in the control)"),
    ("the control failed in most", both(late(1001.0, 501.0), fail("echo_signer"), fail("echo_signer", 2)), "p99",
     "MISSED"),
    ("what others made of a round is not compared either",
     both(late(1500.0, 600.0), change(f"{P99}/p99_us", 2000.0, 0), change(f"{P99}/p99_us", 80.0),
          change(f"{P99}/others_percent", 44.0)), "p99", "MISSED in 2 of 3 rounds"),
    ("others beside the control alone", both(late(1001.0, 501.0), every(f"{CONTROL_P99}/others_percent", 60.0)), "p99",
     "MISSED"),
    ("growth", grow, "memory", "MISSED"),
    ("growth that could not be measured", no_growth, "memory", "not measured"),
]


def check_shown():
    """The figure beside a verdict is the one that was judged."""
    rounds = [good_round() for _ in range(ROUNDS)]
    change("shaken302_tcp/calls_per_s", 50.0, 0)(rounds, None)
    change("shaken302_tcp/calls_per_s", 50.0, 1)(rounds, None)
    change("shaken302_tcp/others_percent", 16.0)(rounds, None)
    goals = table.goals_of(rounds, None)
    line = next(line for line in table.goal_lines(goals) if line.startswith("TCP"))
    facts = next(goal.facts() for goal in goals if goal.what.startswith("TCP"))
    assert facts["measured"]["median"] == 0.75, facts
    assert " 0.75 " in line and line.endswith("MISSED in 2 of 3 rounds"), line


def check_rates():
    """What is judged is also measured, by the control as by the server."""
    for key in (bench_rounds.CONTROL, "shaken302"):
        contender = next(each for each in bench_rounds.contenders.all_contenders() if each.key == key)
        assert table.LATENCY_RATE in bench_rounds.rates(contender, 100.0, False), key
    ordered = table.latency_table([{"x": {"open_loop": {"80 %": RUN, "8000": RUN, "2000": RUN}}}], ["x"])
    assert list(ordered["x"]) == ["2000", "8000", "80 %"]


def check_half():
    """Half of the rounds is not most of them."""
    rounds = [good_round() for _ in range(4)]
    for index in (0, 1):
        change("shaken302_tcp/others_percent", 16.0, index)(rounds, None)
        fail("echo_signer", index)(rounds, None)
    late(1001.0, 501.0)(rounds[2:], None)
    for index in (0, 1):
        change(f"{P99}/p99_us", 1001.0, index)(rounds, None)
    found = {goal.what.split()[0]: goal.verdict() for goal in table.goals_of(rounds, None)}
    assert (found["TCP,"], found["p99"]) == ("disturbed (16 %)", "MISSED"), found


def check_family():
    stat = lambda parent: ["S", str(parent)]
    everyone = {1: stat(0), 7: stat(1), 8: stat(7), 9: stat(8), 10: stat(1)}
    assert machine.family(7, everyone) == {7, 8, 9}, "children, and theirs, and nobody else"
    assert machine.family(7, {}) == {7}


def main():
    for why, what, beginning, verdict in ROWS:
        rounds, growth = [good_round() for _ in range(ROUNDS)], copy.copy(GROWTH)
        if what:
            what(rounds, growth)
        found = [goal.verdict() for goal in table.goals_of(rounds, growth) if goal.what.startswith(beginning)]
        assert found == [verdict], f"{why}: {beginning}: {found}, not {verdict}"
    check_shown()
    rounds = [good_round() for _ in range(ROUNDS)]
    change("shaken302/open_loop/2000/others_percent", 44.0)(rounds, None)
    assert list(table.disturbed(rounds)) == ["round 2, shaken302 at 2000: 44 %"]
    check_rates()
    check_half()
    check_family()


if __name__ == "__main__":
    main()
