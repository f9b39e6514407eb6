#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F23: reloads of 500 configurations with a mistake each, under load; `check` says the same of each of them."""
import random
import re
import signal
import subprocess

import fault
from mutations import csv_mutations, toml_mutations
from tokens import Identity

WRONG_CONFIGURATION = 78


def run(row):
    count = row.pick(500, 60)
    setup = row.setup()
    setup.edit("[signing]", "[log]\ndecisions = false\n\n[signing]")
    numbers = setup.folder / "numbers.csv"
    numbers.write_text(numbers.read_text() + "".join(
        f"1213555{i:04d},acme,2020-01-01,2099-12-31,assigned,row {i}\n" for i in range(25)))
    texts = {name: (setup.folder / name).read_text() for name in ("shaken302.toml", "numbers.csv")}
    mutations = [*toml_mutations(texts["shaken302.toml"]), *csv_mutations(texts["numbers.csv"])]
    random.Random(302).shuffle(mutations)
    mutations = mutations[:count]
    server = row.serve(setup)
    upstream = row.later(fault.Upstream(setup.port))
    load = row.load(setup)
    load.phase("fault")
    taken, unnamed, checked, changed = [], [], [], []
    for number, (why, file, text, line) in enumerate(mutations, 1):
        path = setup.folder / file
        place = re.escape(f"{path}:") + (rf"{line}: " if line else r"\d+: ")
        before = len(server.log())
        path.write_text(text)
        server.signal(signal.SIGHUP)
        try:
            server.wait_for_log("reload refused, generation 1 stays", count=number, seconds=5)
        except AssertionError:
            taken.append((why, file, line))
        if not re.search(place, server.log()[before:]):
            unnamed.append((why, file, line))
        said = subprocess.run([row.binary, "check", "--config", str(setup.config)], capture_output=True, text=True,
                              timeout=20)
        if said.returncode != WRONG_CONFIGURATION or not re.search(place, said.stderr):
            checked.append((why, file, line, said.returncode))
        path.write_text(texts[file])
        if Identity(upstream.ask(call_id=f"m{number}").one("Identity")).payload["attest"] != "A":
            changed.append((why, file, line))
    load.phase("after")
    server.signal(signal.SIGHUP)
    server.wait_for_log("reload: generation 2")
    for found in (taken, unnamed, checked, changed):
        print("   ", found[:5], flush=True)
    row.check("mutations", len(mutations), count, len(mutations) == count)
    row.check("taken", len(taken), 0)
    row.check("place not named", len(unnamed), 0)
    row.check("check without place or 78", len(checked), 0)
    row.check("calls decided otherwise", len(changed), 0)
    row.judge(load, setup, raw_lost_percent=0)


fault.main("F23", "bad configuration reloaded", run)
