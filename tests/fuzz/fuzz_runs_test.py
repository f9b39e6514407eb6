#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What fuzz_runs.py calls a finding, and which recorded run holds."""
import pathlib
import tempfile

import fuzz_runs

INPUTS = [  # why, the program, the name that libFuzzer gave, is it no finding
    ("slow while the process was stopped: by the clock alone", "sleep 1.2", "slow-unit-1", True),
    ("slow by the processor", "exec timeout 1.6 sh -c 'while :; do :; done' || exit 0", "slow-unit-1", False),
    ("slow, and it fails when it is run again", "exit 1", "slow-unit-1", False),
    ("slow, and it ends by a signal", "kill -SEGV $$", "slow-unit-1", False),
    ("a crash is one, also when it does not happen again", "exit 0", "crash-1", False),
    ("so is a timeout", "exit 0", "timeout-1", False),
]

NOW = "d1"
GOOD = {"findings": "0", "digest": NOW, "commit": "c1", "processor_seconds": str(fuzz_runs.ENOUGH_SECONDS)}
ROWS = [  # why, what the record says, what is wrong with it (its beginning)
    ("as it should be", GOOD, ""),
    ("never run", None, "never recorded"),
    ("a finding", GOOD | {"findings": "1"}, "ended with a finding"),
    ("other code", GOOD | {"digest": "d0"}, "the code has changed since c1"),
    ("code that nobody else has", GOOD | {"commit": "c1+"}, "ran with changes"),
    ("a second less", GOOD | {"processor_seconds": str(fuzz_runs.ENOUGH_SECONDS - 1)}, "ran "),
]


def main():
    for why, text, name, is_held in INPUTS:
        with tempfile.TemporaryDirectory() as folder:
            run = fuzz_runs.Run(pathlib.Path(folder), "passport", 0, 1)
            run.program.parent.mkdir()
            run.program.write_text(f"#!/bin/sh\n{text}\n")
            run.program.chmod(0o755)
            assert run.was_held(pathlib.Path(folder) / name) == is_held, why
    for why, row, wrong in ROWS:
        found = fuzz_runs.verdict(row, NOW)
        assert found.startswith(wrong) and bool(found) == bool(wrong), f"{why}: {found!r}"


if __name__ == "__main__":
    main()
