#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F26: bytes of private keys in core files, /proc, logs, and what commands print. The searches and their verdicts are
secrecy_test.py; here are its figures."""
import re

import fault


def run(row):
    said, status = row.other_test("secrecy_test.py", row.binary, seconds=300)
    ran = re.search(r"Ran (\d+) tests", said)
    failed = [name for name in re.findall(r"^(?:FAIL|ERROR): (\w+)", said, re.MULTILINE)]
    skipped = len(re.findall(r"skipped '", said))
    row.check("searches that failed", len(set(failed)), 0)
    row.check("searches", int(ran[1]) if ran else 0, "at least 9", ran is not None and int(ran[1]) >= 9)
    row.check("exit status of the test", status, 0)
    if skipped:
        row.note(f"{skipped} searches skipped: they need root")
    row.note("the memory of the process holds each key once, as OpenSSL keeps it, and no other user can read it")


fault.main("F26", "key secrecy", run)
