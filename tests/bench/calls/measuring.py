# SPDX-License-Identifier: MIT
"""Cores, processor time, memory, `openssl speed`, and one run of a load on a pinned core."""
import json
import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "e2e/faults"))

import machine  # noqa: E402


class Failure(Exception):
    """What cannot be measured, and why."""


def cores():
    """(those of the load, that of the server, all): the server has one of its own, the load another one."""
    everything = sorted(os.sched_getaffinity(0))
    if len(everything) < 2:
        raise Failure("one core alone: the load would take from the server what it measures")
    return [everything[0]], [everything[-1]], everything


def pinned(where, command):
    return ["taskset", "-c", ",".join(map(str, where)), *map(str, command)]


def processor_model():
    found = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else "unknown processor"


def processor_seconds(pid):
    """What a process and all below it have had, to the nanosecond: /proc/PID/stat counts in hundredths of a second, too
    coarse for a short load. Threads that have ended are missing; those of servers stay."""
    total = 0
    for member in machine.family(pid):
        for task in pathlib.Path(f"/proc/{member}/task").glob("[0-9]*"):
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                continue
    return total * 1e-9


def resident_kib(pid, kind="Pss"):
    """Of a process and all below it; what they share counts once (Pss) or whole (Rss). The kernel walks its pages for
    that, unlike VmRSS, which may lag."""
    total = 0
    for member in machine.family(pid):
        try:
            found = re.search(rf"^{kind}:\s+(\d+)", pathlib.Path(f"/proc/{member}/smaps_rollup").read_text(),
                              re.MULTILINE)
        except OSError:
            continue
        total += int(found[1]) if found else 0
    return total


def openssl_speed(where, seconds, processes=1):
    """ES256 signatures a second of all `processes` together."""
    command = ["openssl", "speed", "-seconds", str(max(1, round(seconds)))]
    command += ["-multi", str(processes)] if processes > 1 else []
    done = subprocess.run(pinned(where, [*command, "ecdsap256"]), capture_output=True, text=True,
                          timeout=60 + 10 * seconds, check=False)
    found = re.search(r"256 bits ecdsa \(nistp256\)\s+\S+\s+\S+\s+([\d.]+)\s+[\d.]+", done.stdout)
    if not found:
        raise Failure(f"openssl speed says nothing of P-256:\n{done.stdout}{done.stderr}")
    return float(found[1])


def why_unmeasured(facts, server_cpu_s):
    """What tells a server that is gone from one that is silent, slow or not asked at all."""
    counted = [f"{name} {facts[name]}" for name in ("sent", "lost", "too_late", "wrong", "unsendable", "port_closed",
                                                    "connections_closed") if facts.get(name)]
    return (f"{facts['good']} good answers in {facts['seconds']:.1f} s{', the load gave up' * bool(facts.get('gave_up'))}: "
            f"{', '.join(counted) or 'nothing was sent'}; the server had {1e3 * server_cpu_s:.0f} ms of processor time")


def run_load(where, command, server_pid, timeout):
    """Runs sip_load or http_load; its JSON with what the server and the load have used meanwhile."""
    watch = machine.Watch()
    before, begin = processor_seconds(server_pid), time.monotonic()
    own = os.times()
    try:
        done = subprocess.run(pinned(where, command), capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as expired:
        raise Failure(f"the load did not end within {timeout:.0f} s: {expired.cmd}") from expired
    passed = time.monotonic() - begin
    used, load = max(0.0, processor_seconds(server_pid) - before), os.times()  # less than before: it is gone
    if not done.stdout.strip():
        raise Failure(f"the load ended with {done.returncode}: {done.stderr[-2000:]}")
    facts = json.loads(done.stdout)
    load_used = load.children_user + load.children_system - own.children_user - own.children_system
    good = facts["good"]
    if good == 0 or facts.get("gave_up"):
        more = facts.get("first_wrong") or done.stderr[-500:].strip()
        raise Failure(why_unmeasured(facts, used) + (f"; {more}" if more else ""))
    # Both also start and wind up: shares are of the time in which calls were made.
    span = max(facts["seconds"], 1e-9)
    return {"calls_per_s": facts["good_per_s"], "good": good, "lost": facts.get("lost", 0), "wrong": facts["wrong"],
            "first_wrong": facts.get("first_wrong", ""), "scheduled": facts.get("scheduled"),
            "sent": facts.get("sent"), "offered_per_s": facts.get("offered_per_s"),
            "verified": facts.get("verified", 0), "verify_failed": facts.get("verify_failed", 0),
            "p50_us": facts["latency_us"]["p50"], "p99_us": facts["latency_us"]["p99"],
            "p999_us": facts["latency_us"]["p999"], "seconds": facts["seconds"], "passed_s": passed,
            "server_cpu_s": used, "cpu_us_per_call": 1e6 * used / good if good else None,
            "calls_per_cpu_s": good / used if used > 0 else None,
            "server_busy": used / span, "load_busy": max(0.0, load_used / passed),
            "others_percent": watch.others_percent()}
