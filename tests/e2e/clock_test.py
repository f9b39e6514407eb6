#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A certificate that ends while calls come in, and a clock that nobody sets. clock_test.py SHAKEN302 SHIM"""
import glob
import os
import pathlib
import signal
import sys
import time

import scene
from server_process import Server, Setup, Upstream

BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else ""
SHIM = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else ""
YEARS = "+4000d"


class Clock:
    """The time that the server sees, by libfaketime: an offset in a file, which is read at every look."""

    def __init__(self, folder):
        self.file = folder / "offset"
        self.set("+0")
        self.environment = {
            "LD_PRELOAD": glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0],
            "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}

    def set(self, offset):
        new = self.file.with_suffix(".new")
        new.write_text(offset + "\n")
        os.replace(new, self.file)


class CertificateThatEnds(scene.SceneTest):
    @classmethod
    def scene(cls):
        cls.setup = Setup(BINARY, cls.folder / "etc")
        cls.setup.edit('unsigned = "302"', 'unsigned = "503"')  # tells such calls from signed ones
        # libfaketime moves the clock of the program and not the kernel's: everything would be late.
        cls.setup.edit('queue_deadline = "10000ms"', 'queue_deadline = "0ms"')
        cls.clock = Clock(cls.folder)
        cls.server = cls.later(Server(BINARY, cls.setup, cls.clock.environment))
        cls.upstream = cls.later(Upstream(cls.setup.port))
        cls.calls = 0

    def is_signed(self):
        type(self).calls += 1
        return self.upstream.ask(call_id=f"c{self.calls}").status == 302

    def seconds_until(self, signed):
        """How long until calls are, or are not, signed; and that they stay so."""
        begin = time.monotonic()
        while self.is_signed() != signed:
            self.assertLess(time.monotonic() - begin, 5, "nothing changes")
            time.sleep(0.02)
        passed = time.monotonic() - begin
        for _ in range(20):
            self.assertEqual(self.is_signed(), signed)
        return passed

    def test_signs_nothing_past_the_end_and_resumes(self):
        self.assertTrue(self.is_signed())

        self.clock.set(YEARS)
        stopped = self.seconds_until(False)
        self.server.wait_for_log(r"credential \S+: its certificate, or one behind it, has ended")
        self.server.signal(signal.SIGUSR1)
        self.server.wait_for_log(r"status credential=\S+ state=expired")

        self.clock.set("+0")
        resumed = self.seconds_until(True)
        self.server.wait_for_log(r"credential \S+: valid, its calls are signed again")
        print(f"stopped after {stopped * 1000:.0f} ms, resumed after {resumed * 1000:.0f} ms")
        self.assertLess(stopped, 1)
        self.assertLess(resumed, 1)


class ClockThatNobodySets(scene.SceneTest):
    @classmethod
    def scene(cls):
        cls.setup = Setup(BINARY, cls.folder / "etc")
        cls.state = cls.folder / "state"
        cls.tell("unset")
        cls.server = cls.later(Server(BINARY, cls.setup, {"LD_PRELOAD": SHIM, "CLOCK_STATE": str(cls.state)}))

    @classmethod
    def tell(cls, state):
        new = cls.state.with_suffix(".new")
        new.write_text(state)
        os.replace(new, cls.state)

    def test_alarm_is_raised_before_serving_and_taken_back(self):
        alarm = r"error the kernel says that nothing synchronises the clock"
        log = self.server.log()
        self.assertLess(log.index("nothing synchronises the clock"), log.index("serving: generation 1"))
        self.server.signal(signal.SIGUSR1)
        self.server.wait_for_log(r"status clock=unsynchronised")
        self.tell("set")  # it is asked every ten seconds
        self.server.wait_for_log(r"info the clock is synchronised again", seconds=30)
        self.tell("unset")
        self.server.wait_for_log(alarm, count=2, seconds=30)


if __name__ == "__main__":
    scene.main()
