#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs fault rows one after the other and prints their table:
table.py SHAKEN302 [--short] [--runs N] [--log FILE] [ROW...]
A ROW is F2 or the like; without one, all. A row passes when all of its runs do: the first that does not is printed, or
the last. Ends with 1 when one of them fails."""
import argparse
import pathlib
import re
import subprocess
import sys
import textwrap
import time

FOLDER = pathlib.Path(__file__).resolve().parent
ROW_SECONDS_MAX = 1800
VERDICT = re.compile(r"(F\d+) (PASS|FAIL|SKIP) (.*); (.*)")


def rows():
    """Name and script, in order of their numbers."""
    return {f"F{int(path.name[1:3])}": path for path in sorted(FOLDER.glob("f[0-9][0-9]_*.py"))}


def run(script, binary, is_short, log):
    command = [sys.executable, "-u", str(script), binary, *(["--short"] if is_short else [])]
    row = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    try:
        said, _ = row.communicate(timeout=ROW_SECONDS_MAX)
    except BaseException as error:  # an interrupt too: a row ends what it has started when it is told to
        row.terminate()
        said, _ = row.communicate(timeout=60)
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
    lines, status = said.splitlines(), row.returncode
    log.write("\n".join(lines) + "\n\n")
    log.flush()
    # A verdict that does not fit the exit status is none.
    said = next((match for line in reversed(lines) if (match := VERDICT.match(line))), None)
    if said and {"PASS": 0, "FAIL": 1, "SKIP": 77}[said[2]] == status:
        return said[2], said[3], said[4]
    return "FAIL", "-", f"no verdict (exit status {status}): {lines[-1] if lines else 'no output'}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--log", default="/dev/null")
    parser.add_argument("row", nargs="*")
    options = parser.parse_intermixed_args()
    known = rows()
    unknown = [row for row in options.row if row not in known]
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(known)}")
    verdicts = {}
    print(f"{'row':4} {'fault':34} {'verdict':7} {'time':>6}  figure (limit); remark", flush=True)
    with open(options.log, "w") as log:
        for row in options.row or known:
            begin = time.monotonic()
            for _ in range(options.runs):
                verdict, figures, reason = run(known[row], options.binary, options.short, log)
                if verdict != "PASS":
                    break
            verdicts[row] = verdict
            fault = known[row].stem[4:].replace("_", " ")
            seconds = time.monotonic() - begin
            text = textwrap.wrap(figures + ("" if reason == "-" else f"; {reason}"), 120)
            print(f"{row:4} {fault:34} {verdict:7} {seconds:4.0f} s  {text[0]}", flush=True)
            for line in text[1:]:
                print(" " * 56, line, flush=True)
    counts = {kind: list(verdicts.values()).count(kind) for kind in ("PASS", "FAIL", "SKIP")}
    print(", ".join(f"{count} {kind.lower()}" for kind, count in counts.items()))
    sys.exit(1 if counts["FAIL"] else 0)


if __name__ == "__main__":
    main()
