#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F15: a flood from sources that are no peers, as fast as one core sends it, with every kind of message in it."""
import pathlib
import time

import fault

TESTS = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDERS = (TESTS / "fuzz" / "corpus" / "answer", TESTS / "torture")
SOURCES = 500


def run(row):
    seconds = row.pick(30, 5)
    setup = row.setup()
    row.serve(setup)
    load = row.load(setup)
    load.phase("fault")
    flood = row.later(fault.Helper(row, "flood", setup.port, 0, SOURCES, *FOLDERS))
    time.sleep(seconds)
    facts = flood.stop()
    load.phase("after")
    time.sleep(0.5)
    phases = row.judge(load, setup, lost=None)
    row.note(f"{facts['sent'] / facts['seconds']:.0f} datagrams/s from {SOURCES} sources; of first datagrams of known ones "
             f"{100 * phases['fault']['raw_lost'] / phases['fault']['sent']:.2g} % were not answered at once")
    row.check("bytes sent to unknown sources", facts["answer_bytes"], 0)
    row.check("known lost", 100 * phases["fault"]["lost"] / phases["fault"]["sent"], 0.1, unit=" %")


fault.main("F15", "flood from unknown sources", run)
