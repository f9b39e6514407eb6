#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scripts/bench refuses what it cannot do in one line, with 64, before anything runs: bench_options_test.py ROOT."""
import pathlib
import subprocess
import sys

WRONG = [  # words, what the line must name
    (["--rounds"], "--rounds"),
    (["--rounds", "0", "calls"], "--rounds"),
    (["--rounds", "1.5", "calls"], "--rounds"),
    (["--rounds", "-1", "calls"], "--rounds"),
    (["--seconds", "0", "calls"], "--seconds"),
    (["--seconds", "9" * 20, "calls"], "--seconds"),
    (["--calls", "9" * 20, "calls"], "--calls"),
    (["--rows", "0", "numbers"], "--rows"),
    (["--rows", "999", "numbers"], "--rows"),  # no range would be among them
    (["--rows", "9" * 12, "numbers"], "--rows"),
    (["--rows", "1000", "stages"], "--rows"),
    (["--rounds", "1", "numbers"], "--rounds"),
    (["--round", "1"], "--round"),
    (["nonsense"], "nonsense"),
    (["stages calls"], "stages calls"),
    ([""], "''"),
]


def main():
    bench = pathlib.Path(sys.argv[1]) / "scripts" / "bench"
    run = lambda words: subprocess.run([bench, *words], capture_output=True, text=True, timeout=20, check=False)
    for words, named in WRONG:
        done = run(words)
        assert done.returncode == 64 and not done.stdout, (words, done)
        assert done.stderr.count("\n") == 1 and named in done.stderr, (words, done.stderr)
    told = run(["--help"])
    assert told.returncode == 0 and "calls-trial" in told.stdout, told


if __name__ == "__main__":
    main()
