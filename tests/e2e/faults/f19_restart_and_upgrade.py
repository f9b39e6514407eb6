#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F19: restarts and upgrades under load, with the socket unit and with the descriptor store alone: not one datagram
has to be sent again."""
import math
import os
import pathlib
import time

import booted

SOCKET_UNIT = "shaken302.socket"
ON_LOOPBACK = "[Socket]\nListenDatagram=\nListenStream=\nListenDatagram=127.0.0.1:5060\n"
SETTLE_SECONDS = 1


def new_program(row, number):
    """The same program in another file: what stands behind an ELF file is not read."""
    path = row.folder / f"shaken302-{number}"
    path.write_bytes(pathlib.Path(row.binary).read_bytes() + f"upgrade {number}\n".encode())
    return path


def runs(box, path):
    """Whether the main process runs what is in the file of the program now."""
    with open(f"/proc/{box.main_pid()}/exe", "rb") as running:
        return running.read() == path.read_bytes()


def upgrade_by_signal(box):
    before = box.main_pid()
    box.check("systemctl", "kill", "--signal=USR2", "--kill-whom=main", booted.UNIT)
    end = time.monotonic() + 20
    while box.main_pid() in (before, 0) or not booted.is_gone(before):
        assert time.monotonic() < end, f"no successor took over: {box.journal()[-2000:]}"
        time.sleep(0.1)


def restart(box):
    before = box.main_pid()
    box.check("systemctl", "restart", booted.UNIT)
    assert box.main_pid() not in (before, 0)


def part(row, box, restarts, swaps, rate):
    """Some of each, in turn, under one load."""
    load = row.load(booted.setup_of(box), rate=rate, base_seconds=1, name=f"load-{row.label.split()[0]}")
    load.phase("fault")
    begin = box.cursor()
    done = 0
    for turn in range(max(restarts, swaps)):
        # A restart after each kind of upgrade: what SIGUSR2 has started must be stopped as well as what systemd has.
        if turn < swaps:
            program = new_program(row, turn)
            box.put_program(program)
            (upgrade_by_signal, restart)[turn % 2](box)
            done += runs(box, program)
            time.sleep(SETTLE_SECONDS)
            os.unlink(program)
        if turn < restarts:
            restart(box)
            time.sleep(SETTLE_SECONDS)
    load.phase("after")
    time.sleep(1)
    row.judge(load, booted.setup_of(box), raw_lost_percent=0)
    row.check("upgrades", done, f"{swaps}", done == swaps)
    lines = box.journal(begin).splitlines()
    failures = [number for number, line in enumerate(lines) if "Failed with result" in line]
    for number in failures:
        print("   ", *lines[max(0, number - 12):number + 1], sep="\n    ", flush=True)
    row.check("unit failures", len(failures), 0)


def run(row):
    restarts, swaps = row.pick(25, 2), row.pick(10, 2)  # of each of the two parts
    box = booted.boot(row, lambda box: box.drop_in(ON_LOOPBACK, unit=SOCKET_UNIT))
    rate = row.base_rate(booted.setup_of(box), rate_max=math.inf)
    row.label = "store "
    part(row, box, restarts, swaps, rate)
    box.check("systemctl", "stop", booted.UNIT)
    box.check("systemctl", "start", SOCKET_UNIT, booted.UNIT)
    assert "inherited" in box.journal(), box.journal()[-2000:]
    row.label = "socket unit "
    part(row, box, restarts, swaps, rate)
    row.note(f"{2 * restarts} restarts and {2 * swaps} upgrades, these by SIGUSR2 and by restart in turn")


booted.main("F19", "restart and upgrade", run)
