#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""calls_bench.py at its shortest: its table, its JSON and its chart hold every contender, and tokens verify. No figure
is judged."""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree
from unittest import mock

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "calls"))

import contenders  # noqa: E402
import measuring  # noqa: E402
import rounds  # noqa: E402


def check(done, results):
    facts = json.loads((results / "calls-trial.json").read_text())
    drawn = "".join(xml.etree.ElementTree.parse(results / "calls-trial.svg").getroot().itertext())
    for contender in contenders.all_contenders():
        found = facts["contenders"][contender.key]
        assert contender.title in done.stdout, f"the table lacks {contender.title}"
        assert contender.title in drawn, f"the chart lacks {contender.title}"
        assert not found["failures"] and found["calls_per_s"]["median"] > 0, f"{contender.title}: {found['failures']}"
        wrong = [one[contender.key]["first_wrong"] for one in facts["rounds"]]
        assert found["wrong"] == 0, f"{contender.title}: {wrong}"
    for key in (rounds.CONTROL, *rounds.LATENCY_OF):
        assert "2000" in facts["open_loop"][key], f"no latency of {key}"
    judged = [contender.key for contender in contenders.all_contenders() if contender.judged]
    verified = {key: facts["contenders"][key]["verified"] for key in judged}
    assert all(verified.values()), f"nothing was verified: {verified}"
    unlogged = [one["unlogged"]["decisions"] for one in facts["rounds"]]
    assert not any(unlogged), f"decisions that the log dropped: {unlogged}"
    assert [goal for goal in facts["goals"] if "memory growth" in goal["what"]], "no growth was measured"


LOADS_WITHOUT_ANSWERS = [  # what a load counted, what its line must say of it
    ({"sent": 64, "lost": 64}, "0 good answers in 2.0 s: sent 64, lost 64; the server had 0 ms"),
    ({"sent": 9, "port_closed": 8, "unsendable": 1}, "sent 9, unsendable 1, port_closed 8;"),
    ({"sent": 0}, "nothing was sent;"),
    ({"sent": 1, "gave_up": True}, "in 2.0 s, the load gave up: sent 1;"),
    ({"sent": 1, "wrong": 1, "first_wrong": "status 500"}, "ms of processor time; status 500"),
]


def check_why():
    idle = subprocess.Popen(["sleep", "60"])  # the server that is at no work
    try:
        for counted, told in LOADS_WITHOUT_ANSWERS:
            facts = {"good": 0, "seconds": 2, "wrong": 0, **counted}
            try:
                measuring.run_load([min(os.sched_getaffinity(0))], ["echo", json.dumps(facts)], idle.pid, 20)
            except measuring.Failure as failure:
                assert told in str(failure), f"{failure}: not {told!r}"
            else:
                raise AssertionError(f"measured: {facts}")
    finally:
        idle.kill()
        idle.wait()


class FirstOnPort(socket.socket):
    """The kernel may give a probe any free port: the first one gets that of the server, which is not there yet."""
    port = 0

    def bind(self, address):
        port, FirstOnPort.port = FirstOnPort.port, 0
        super().bind((address[0], port))


def check_readiness():
    FirstOnPort.port = free = contenders.free_port()
    with mock.patch("socket.socket", FirstOnPort):
        assert not contenders.answers_sip(free), "a probe took its own request for the answer of a server"


SPIN = "import time; end = time.monotonic() + 1\nwhile time.monotonic() < end: pass"
STRANGER = f"import os, time\nif os.fork() == 0:\n  os.setsid()\n  exec({SPIN!r})\n"  # its parent ends at once


def check_watch():
    """Strangers are seen, and what the bench itself runs is none."""
    found = []
    for program in (SPIN, STRANGER):
        watch = measuring.machine.Watch()
        subprocess.run([sys.executable, "-c", program], timeout=20, check=True)
        time.sleep(0.0 if program == SPIN else 1.0)
        found.append(watch.others_percent() * os.cpu_count())
    assert found[1] - found[0] > 50, f"of a core: {found[0]:.0f} % beside a child, {found[1]:.0f} % beside a stranger"


def main():
    check_why()
    check_watch()
    check_readiness()
    with tempfile.TemporaryDirectory(prefix="calls_bench_test") as scratch:
        results = pathlib.Path(scratch) / "results"
        done = subprocess.run([sys.executable, str(HERE / "calls_bench.py"), sys.argv[1], str(results), "--rounds", "1",
                               "--seconds", "0.3", "--calls", "2000", "--short"],
                              capture_output=True, text=True, timeout=110, check=False)
        print(done.stdout, done.stderr)
        if done.returncode != 77:
            check(done, results)
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
