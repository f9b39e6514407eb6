#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F3: keys and certificates swapped under load, in every order and manner of writing, mismatched ones among them. The run and
its verdicts are rotation_test.py; here are its figures."""
import re

import fault

RATE = 2000


def run(row):
    swaps = row.pick(1000, 100)
    said, status = row.other_test("rotation_test.py", row.binary, row.beside("rotation_helper"), str(swaps), str(RATE),
                                  seconds=600)

    def figure(pattern):
        found = re.search(pattern, said)
        return found[1] if found else "none"

    def check(what, pattern, limit):
        value = figure(pattern)
        row.check(what, value, limit, value == str(limit))

    check("swaps", r"swaps: (\d+) of", swaps)
    check("Identities that fail", r"identities: \d+ checked, (\d+) fail", 0)
    check("with a bad pair", r"tokens with the credential of another account: (\d+)", 0)
    check("with the old one again", r"tokens with an older certificate more than 1 s after a newer: (\d+)", 0)
    check("lost", r"calls: .*?, (\d+) answers missing", 0)
    check("unsigned", r"calls: .*?, (\d+) unsigned", 0)
    told, alarms = figure(r"alarms: (\d+) of"), figure(r"alarms: \d+ of (\d+)")
    row.check("alarms within 1 s", told, f"all {alarms}", told == alarms)
    row.note(f"{figure('identities: ([0-9]+) checked')} Identities, {RATE} calls/s; "
             f"alarm {figure('were told within .*; (.*)')}".replace(";", ","))
    row.check("exit status of the test", status, 0)


fault.main("F3", "certificate swapped under load", run)
