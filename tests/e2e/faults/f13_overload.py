#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F13: 2, 5 and 10 times as many valid calls as one worker can sign, each between times of half of what it can. The
server has a core to itself, the load has the other one."""
import fault
import sip_load

TIMES = (2, 5, 10)
WINDOW_S = 0.1
GOODPUT_MIN = 90
P99_MAX_MS = 50
DEADLINE_MS = 40
NORMAL_MAX_S = 2.0
CALM_S = 4


def back_to_normal(windows):
    """Seconds until half a second of calls in which each is answered within P99_MAX_MS; None when there is none."""
    good = [each["answered"] == each["due"] and each["slowest_us"] <= P99_MAX_MS * 1000 for each in windows]
    need = round(0.5 / WINDOW_S)
    return next((i * WINDOW_S for i in range(len(good) - need + 1) if all(good[i:i + need])), None)


def need_quiet(watch):
    """A share of what was the maximum means nothing while others take cores from it."""
    others = watch.others_percent()
    if others > fault.OTHERS_MAX_PERCENT:
        raise fault.Skip(f"others used {others:.0f} % of the machine: no maximum can be measured")


def run(row):
    server_core, load_core = sip_load.need_two_cores()
    setup = row.setup()
    setup.edit("workers = 0", "workers = 1")
    # The p99 that is asked for is shorter than the default: whoever wants it says so.
    setup.edit('queue_deadline = "10000ms"', f'queue_deadline = "{DEADLINE_MS}ms"')
    server = row.serve(setup)
    sip_load.pin(server.process, server_core)
    target = f"udp:127.0.0.1:{setup.port}"
    watch = fault.machine.Watch()
    most = sip_load.SipLoad(row, target, load_core, outstanding=64, seconds=row.pick(4, 2)).facts()["good_per_s"]
    need_quiet(watch)
    half, seconds = most / 2, row.pick(10, 2)
    steps = [(half, CALM_S)] + [step for times in TIMES for step in ((times * most, seconds), (half, CALM_S))]
    watch.begin()
    facts = sip_load.SipLoad(row, target, load_core, steps=",".join(f"{rate:.0f}:{time}" for rate, time in steps),
                             timeline=WINDOW_S, certificate=setup.folder / "keys" / "house.pem",
                             verify_share=0.001).facts()
    need_quiet(watch)
    row.note(f"maximum of one worker {most:.0f}/s; {seconds} s each instead of 5 min; queue_deadline {DEADLINE_MS} ms")
    for i, times in enumerate(TIMES):
        row.label = f"{times}x: "
        step = facts["steps"][1 + 2 * i]
        row.note(f"{times}x offered {step['offered_per_s']:.0f}/s")
        row.check("goodput", 100 * step["answered_per_s"] / most, f"at least {GOODPUT_MIN} %",
                  step["answered_per_s"] >= GOODPUT_MIN / 100 * most, unit=" %")
        row.check("p99 of answered", step["service_us"]["p99"] / 1000, P99_MAX_MS, unit=" ms")
        end = CALM_S + (i + 1) * seconds + i * CALM_S
        first = round(end / WINDOW_S)
        normal = back_to_normal(facts["timeline"][first:first + round(CALM_S / WINDOW_S)])
        row.check("back to normal", normal if normal is not None else float("inf"), NORMAL_MAX_S, unit=" s")
    row.label = ""
    row.check("wrong answers", facts["wrong"], 0)
    row.check("socket drops told", row.count(server, "kernel_drops"), "at least 1", row.count(server, "kernel_drops") > 0)
    row.check("verified", facts["verified"], "all", facts["verified"] > 0 and facts["verify_failed"] == 0)


fault.main("F13", "overload", run)
