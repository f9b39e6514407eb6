#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F5: number tables with a byte changed, cut off, or of the wrong kind, reloaded under load; and one of a million rows."""
import os
import random
import re
import signal
import time

import fault
from tokens import Identity

ROWS = 1000
UNTOUCHED_END = 900  # rows from the middle to here are in every table that is good
MILLION = 1_000_000
LOAD_SECONDS_MAX = 2.0
HEADER = "number,account,valid_from,valid_until,basis,reference\n"
LEVELS = {"acme": "A", "beta": "B"}  # a number that no row has gets C
BETA = """[[account]]
id = "beta"
business_profile = "approved"
trust_product = "approved"
max_attestation = "B"
credential = "house"

# An upstream proxy."""


def number_of(row):
    return f"1212{2000000 + 7 * row}"


def account_of(row):
    return ("acme", "beta")[row % 2]


def table(rows=ROWS):
    return (HEADER + "".join(f"{number_of(i)},{account_of(i)},,,assigned,\n" for i in range(rows))).encode()


def read_independently(data):
    """What a strict reader makes of a table of single numbers; None for anything that it does not understand."""
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").replace("\r\n", "\n").split("\n")
    if lines[0] != HEADER.strip():
        return None
    found = {}
    for line in lines[1:]:
        if not line or line.startswith("#"):
            continue
        fields = line.split(",")
        fields = [field.strip(" ") for field in fields]
        if not 2 <= len(fields) <= 6 or not re.fullmatch(r"\+?[1-9]\d{6,14}", fields[0]) or fields[1] not in LEVELS:
            return None
        found[fields[0].lstrip("+")] = fields[1]
    return found


class Reloads:
    def __init__(self, row, setup, server):
        self.row, self.setup, self.server = row, setup, server
        self.path = setup.folder / "numbers.csv"
        self.upstream = row.later(fault.Upstream(setup.port))
        self.served = read_independently(table())
        self.ends = 0
        self.calls = 0
        self.taken = self.refused = 0
        self.wrong, self.unnamed = [], []
        self.is_named_by_line = True

    def reload(self, data, seconds=10):
        """Swaps `data` in and reloads; whether it was taken, and what was said."""
        before = len(self.server.log())
        if data is not None:
            new = self.path.with_suffix(".new")
            new.write_bytes(data)
            os.replace(new, self.path)
        self.server.signal(signal.SIGHUP)
        self.ends += 1
        self.server.wait_for_log(r"reload: generation|reload refused, generation", count=self.ends, seconds=seconds)
        said = self.server.log()[before:]
        return "reload: generation" in said, said

    def level(self, number):
        self.calls += 1
        answer = self.upstream.ask(call_id=f"n{self.calls}", calling=f"+{number}")
        return Identity(answer.one("Identity")).payload["attest"]

    def look(self, what, numbers):
        """Every call is decided by the table that is served, whole."""
        for number in numbers:
            is_possible = re.fullmatch(r"1[2-9](?!11)\d\d[2-9](?!11)\d{6}", number)  # the North American plan
            expected = LEVELS.get(self.served.get(number), "C") if is_possible else "C"
            if (level := self.level(number)) != expected:
                self.wrong.append((what, number, level, expected))

    def corrupt(self, what, data, numbers, line=r"\d+"):
        is_taken, said = self.reload(data)
        if is_taken:
            self.taken += 1
            # What the server has taken must be what anybody would read in it.
            self.served = read_independently(data) if data is not None else None
            if self.served is None:
                self.wrong.append((what, "taken, but no table"))
                self.served = {}
        else:
            self.refused += 1
            if not re.search(rf"error {re.escape(str(self.path))}:{line}: ", said):
                self.unnamed.append((what, said[-300:]))
        self.look(what, numbers)


def whole_file_faults(original):
    lines = original.split(b"\n")
    yield "cut in a row", original[:len(original) // 2 + 3]
    yield "cut in the header", original[:10]
    yield "a NUL", original[:5000] + b"\0" + original[5000:]
    yield "a NUL at the end", original + b"\0"
    yield "a BOM", b"\xef\xbb\xbf" + original
    yield "lines of Windows", original.replace(b"\n", b"\r\n")
    yield "cut at the end of a row", b"\n".join(lines[:UNTOUCHED_END + 1]) + b"\n"
    yield "a BOM and a NUL", b"\xef\xbb\xbf\0" + original
    yield "UTF-16", original.decode().encode("utf-16")
    yield "the header twice", lines[0] + b"\n" + original
    yield "no header", b"\n".join(lines[1:])
    yield "a column too few", original.replace(b",,,assigned,", b",,assigned,", 1)
    yield "columns in disorder", original.replace(b"number,account", b"account,number", 1)
    yield "a number twice, of two accounts", original + f"{number_of(0)},beta,,,assigned,\n".encode()
    yield "an account of nobody", original.replace(b"acme", b"acne", 1)
    yield "zeros", bytes(4096)
    yield "a program", open("/proc/self/exe", "rb").read(65536)
    yield "a quote that is not closed", original.replace(b"acme", b'"acme', 1)
    yield "a line of a megabyte", original + b"1" * (1 << 20) + b",acme,,,assigned,\n"


def run(row):
    setup = row.setup()
    setup.edit("[signing]", "[log]\ndecisions = false\n\n[signing]")
    setup.edit("# An upstream proxy.", BETA)
    original = table()
    (setup.folder / "numbers.csv").write_bytes(original)
    server = row.serve(setup)
    draw = random.Random(302)
    # The load's numbers are those that no good table changes.
    load = row.load(setup, [(number_of(i), LEVELS[account_of(i)]) for i in range(ROWS // 2, UNTOUCHED_END)])
    load.phase("fault")
    reloads = Reloads(row, setup, server)
    some = [number_of(i) for i in range(0, ROWS, 101)]
    for what, data in whole_file_faults(original):
        taken = reloads.taken
        reloads.corrupt(what, data, some)
        print(f"    {what}: {'taken' if reloads.taken > taken else 'refused'}", flush=True)
        reloads.reload(original)
        reloads.served = read_independently(original)
    flips = row.pick(500, 60)
    for _ in range(flips):
        flip(reloads, original, draw)
    row.check("variants", reloads.taken + reloads.refused, "all judged", True)
    row.check("refused without a line", len(reloads.unnamed), 0)
    row.check("numbers with wrong account or level", len(reloads.wrong), 0)
    row.note(f"{reloads.taken} variants are tables too and were taken, {reloads.refused} refused, {reloads.calls} numbers "
             "called")
    for found in (reloads.unnamed, reloads.wrong):
        print("   ", found[:5], flush=True)
    million(row, reloads, load)
    row.judge(load, setup, raw_lost_percent=0, p99_times=2)


def flip(reloads, original, draw):
    at = draw.randrange(len(original) // 2)
    # Any byte, or one that such a file is made of: some of these make another good table.
    changed = bytes([original[at] ^ draw.randrange(1, 256)])
    if draw.random() < 0.5:
        changed = bytes([draw.choice([byte for byte in b'0123456789,-+#"\r\n abe' if byte != original[at]])])
    data = original[:at] + changed + original[at + 1:]
    line = original[:at].count(b"\n") + 1
    place = min(max(line - 2, 0), ROWS - 1)
    begin = data.rfind(b"\n", 0, at) + 1
    read = re.match(rb"\+?(1\d{10}),", data[begin:begin + 40])
    numbers = {number_of(place), number_of(max(place - 1, 0)), number_of(place + 1), *draw.sample(
        [number_of(i) for i in range(ROWS)], 5), *([read[1].decode()] if read else [])}
    what = f"byte {at} in line {line}: {original[at:at + 1]} to {changed}"
    # A line end that is gone is noticed in one of its lines.
    reloads.corrupt(what, data, sorted(numbers), line=rf"(?:{line}|{line + 1})" if b"\n" not in (
        changed, original[at:at + 1]) else r"\d+")
    reloads.reload(original)
    reloads.served = read_independently(original)


def million(row, reloads, load):
    data = HEADER.encode() + b"".join(
        [f"{number_of(i)},{account_of(i)},,,assigned,\n".encode() for i in range(ROWS // 2, MILLION + ROWS // 2)])
    new = reloads.path.with_suffix(".new")
    new.write_bytes(data)
    time.sleep(1)
    load.phase("fault-of-a-million")
    os.replace(new, reloads.path)
    begin = time.monotonic()
    is_taken, said = reloads.reload(None, seconds=30)
    seconds = time.monotonic() - begin
    rebuilt = re.search(r"numbers in (\d+) ms", said)
    row.check("a million rows loaded in", seconds, LOAD_SECONDS_MAX, is_taken and seconds <= LOAD_SECONDS_MAX, unit=" s")
    row.note(f"of that {rebuilt[1] if rebuilt else '?'} ms for reading and building")


fault.main("F5", "corrupt number table", run)
