#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether the fault rows can fail: their load and their verifier against a server that does everything wrong.
fault_test.py SHAKEN302, beside which fault_helper is"""
import pathlib
import sys
import tempfile
import time
import unittest

import fault
from sip import Endpoint, reply
from tokens import TokenMaker, run

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else ""
CALLING, CALLED = "12155550100", "12155559999"
KINDS = ("late", "twice", "forged", "unsigned", "wrong level", "wrong number", "another certificate", "no 302", "good", "good")


class WrongServer(Endpoint):
    """Answers call n as KINDS says of its last digit."""

    def __init__(self, maker):
        self.maker = maker
        self.seen = set()
        super().__init__("127.0.0.1")

    def identity(self, kind):
        value = self.maker.identity("12155550101" if kind == "wrong number" else CALLING, CALLED,
                                    "B" if kind == "wrong level" else "A")
        if kind == "forged":
            at = value.index(";") - 10
            value = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1:]
        if kind == "another certificate":
            value = value.replace("https://cert.example.com/fake.pem>", "https://cert.example.com/other.pem>")
        return value

    def on_message(self, message):
        call_id = message.one("Call-ID")
        kind = KINDS[int(call_id[-1])]
        is_first = call_id not in self.seen
        self.seen.add(call_id)
        if kind == "late" and is_first:
            return
        headers = [] if kind == "unsigned" else [f"Identity: {self.identity(kind)}"]
        status = 503 if kind == "no 302" else 302
        for _ in range(2 if kind == "twice" else 1):
            self.send(reply(message, status, "Whatever", headers), message.source)


class CanFail(unittest.TestCase):
    def setUp(self):
        self.row = fault.Row("F0", BINARY, True)
        self.addCleanup(self.row.close)
        self.maker = TokenMaker(tempfile.mkdtemp(dir=self.row.folder))
        self.certificate = pathlib.Path(self.row.folder) / "fake.pem"
        made = run("openssl", "req", "-x509", "-new", "-key", str(self.maker.key), "-subj", "/CN=fake", "-out",
                   str(self.certificate))
        self.assertEqual(0, made.returncode, made.stderr)

    def test_what_is_wrong_is_counted(self):
        server = WrongServer(self.maker)
        self.addCleanup(server.close)
        load = fault.Load(self.row, server.port, [(CALLING, "A")], 10)
        time.sleep(3)
        load.stop()
        counts = load.phases["begin"]
        sent = counts["sent"]
        self.assertGreaterEqual(sent, 20)

        def calls(*kinds):
            return sum(KINDS[serial % 10] in kinds for serial in range(sent))

        self.assertEqual(calls("late"), counts["raw_lost"])
        self.assertEqual(sent + calls("late"), counts["packets"])
        self.assertEqual(calls("twice"), counts["twice"])
        self.assertEqual(0, counts["lost"])
        self.assertGreaterEqual(counts["slowest_us"], 500_000)  # that of a retransmission counts from the first
        facts = load.verify(None, certificates=[(self.maker.X5U, self.certificate)])
        self.assertEqual(calls("good", "late") + 2 * calls("twice"), facts["good"])
        self.assertEqual(calls("unsigned", "no 302"), facts["unsigned"])
        for name, kind in (("bad_signature", "forged"), ("level_differs", "wrong level"),
                           ("numbers_differ", "wrong number"), ("header_differs", "another certificate")):
            self.assertEqual(calls(kind), facts[name], name)
        self.assertEqual(calls("forged", "wrong level", "wrong number", "another certificate"), facts["bad"])

    def test_a_figure_above_its_limit_fails_the_row(self):
        self.assertTrue(self.row.check("good", 1, 1))
        self.assertFalse(self.row.failures)
        self.assertFalse(self.row.check("bad", 2, 1))
        self.assertEqual(["bad is 2"], self.row.failures)
        self.row.failures.clear()

    def test_a_time_is_judged_where_nobody_disturbs_and_only_there(self):
        class Load:
            others = {"base": 0, "fault": fault.OTHERS_MAX_PERCENT + 1}
        self.row.check_time("p99", 9, 1, False, Load, " ms")
        self.assertEqual((0, 1), (len(self.row.failures), len(self.row.unjudged)))
        Load.others = {"base": 0, "fault": 0}
        self.row.check_time("p99", 9, 1, False, Load, " ms")
        self.assertEqual((1, 1), (len(self.row.failures), len(self.row.unjudged)))
        self.row.failures.clear()


if __name__ == "__main__":
    unittest.main(verbosity=2)
