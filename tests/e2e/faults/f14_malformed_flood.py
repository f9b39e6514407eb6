#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F14: half of what the peer sends comes from the fuzz corpus and the torture messages, half of that damaged further."""
import pathlib
import time

import fault

TESTS = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDERS = (TESTS / "fuzz" / "corpus" / "answer", TESTS / "torture")
LOG_BYTES_A_MINUTE = 1 << 20


def run(row):
    seconds = row.pick(60, 8)
    setup = row.setup()
    server = row.serve(setup)
    load = row.load(setup)
    load.phase("fault")
    log_before = server.log_path.stat().st_size
    flood = row.later(fault.Helper(row, "flood", setup.port, load.calls_per_second, 0, *FOLDERS))
    time.sleep(seconds)
    log_bytes = server.log_path.stat().st_size - log_before
    facts = flood.stop()
    load.phase("after")
    time.sleep(0.5)
    phases = row.judge(load, setup, p99_times=2)
    row.note(f"{facts['answers']} of {facts['sent']} malformed were answered")
    share = 100 * facts["sent"] / (facts["sent"] + phases["fault"]["sent"])
    row.check("malformed", share, "45 to 55", 45 <= share <= 55, unit=" %")
    row.check("answers per malformed request", facts["answers"] / facts["sent"], 1.0)
    row.check("log a minute", log_bytes * 60 / seconds / (1 << 20), LOG_BYTES_A_MINUTE / (1 << 20), unit=" MiB")


fault.main("F14", "malformed flood", run)
