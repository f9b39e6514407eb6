#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F2: a hundred SIGHUPs a second under load, while the table of 100,000 numbers becomes another one all the time."""
import os
import re
import signal
import time

import fault

ROWS = 100_000
HUPS = 100
RSS_MAX_KIB = 5 * 1024


def swap(setup, texts, turn):
    """A reload reads a table again only when it holds something else."""
    new = setup.folder / "numbers.new"
    new.write_bytes(texts[turn % 2])
    os.replace(new, setup.folder / "numbers.csv")


def settle(server):
    """Until no reload has ended for a second; how many there were, and how many read the table."""
    seen = -1
    while (now := server.log().count("reload: generation")) != seen:
        seen = now
        time.sleep(1)
    return now, len(re.findall("reload: generation.*rebuilt .*numbers", server.log()))


def run(row):
    seconds = row.pick(60, 8)
    setup = row.setup()
    numbers = row.write_numbers(setup, ROWS)
    whole = (setup.folder / "numbers.csv").read_bytes()
    texts = (whole, whole + b"12129999999,acme,,,assigned,\n")
    server = row.serve(setup)
    load = row.load(setup, [(number, "A") for number in numbers[::37]])
    for turn in range(1, 5):  # the allocator's first rounds are not growth
        swap(setup, texts, turn)
        server.signal(signal.SIGHUP)
        server.wait_for_log("reload: generation", count=turn)
    before = fault.resident_kib(server.process.pid)
    load.phase("fault")
    begin = time.monotonic()
    sent = 0
    while (passed := time.monotonic() - begin) < seconds:
        if sent % 10 == 0:
            swap(setup, texts, sent // 10)
        server.signal(signal.SIGHUP)
        sent += 1
        time.sleep(max(0.0, sent / HUPS - (time.monotonic() - begin)))
    load.phase("after")
    reloads, read = settle(server)
    grown = fault.resident_kib(server.process.pid) - before
    row.note(f"{sent} SIGHUPs in {passed:.0f} s, {reloads} reloads, {read} of them with a new table of {ROWS} rows")
    row.judge(load, setup, raw_lost_percent=0.01, p99_times=2)
    row.check("SIGHUPs a second", sent / passed, "at least 90", sent / passed >= 90)
    row.check("RSS growth", grown / 1024, RSS_MAX_KIB / 1024, unit=" MiB")


fault.main("F2", "SIGHUP storm", run)
