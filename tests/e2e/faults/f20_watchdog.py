#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F20: a process that is stopped, a worker that spins, one that waits for a lock for ever: systemd's watchdog kills it."""
import shutil
import signal
import time

import booted

WATCHDOG_SECONDS = 10  # WatchdogSec=
SERVING_SECONDS_MAX = 2
SHIM = "usr/lib/stuck_worker.so"
RATE = 500  # of calls; those that nobody reads are sent again and again


def prepare(box, row):
    shutil.copy(row.beside("stuck_worker.so"), box.root / SHIM)
    box.drop_in(f"[Service]\nEnvironment=LD_PRELOAD=/{SHIM} SHAKEN302_TEST_STUCK=/etc/shaken302/stuck\n")


def break_it(box, how, pid):
    if how == "stopped":
        return booted.kill(pid, signal.SIGSTOP)
    flag = box.etc / "stuck"
    flag.write_text(how)
    # From the next datagram on: a few milliseconds.
    when = time.monotonic()
    time.sleep(0.5)
    flag.unlink()  # the next process is a healthy one
    return when


def run(row):
    box = booted.boot(row, lambda box: prepare(box, row))
    setup = booted.setup_of(box)
    probe = row.later(booted.Probe(box.port))
    load = row.load(setup, rate=RATE, base_seconds=1)
    load.phase("fault")
    for how in ("stopped", "spin", "lock"):
        pid = box.main_pid()
        cursor = box.cursor()
        when = break_it(box, how, pid)
        killed = booted.wait_until_gone(pid, 60)
        assert killed is not None, f"{how}: not killed in 60 s; {box.journal(cursor)[-2000:]}"
        gone = time.monotonic()
        answered = probe.first_answer(20)
        assert answered, f"{how}: no answer in 20 s after the kill; {box.journal(cursor)[-2000:]}"
        row.check(f"{how}: killed after", gone - when, WATCHDOG_SECONDS, unit=" s")
        row.check("serving after", answered - gone, SERVING_SECONDS_MAX, unit=" s")
        box.wait_for_journal("Watchdog (timeout|request)", cursor)
    load.phase("after")
    row.judge(load, setup)
    row.check("restarts", int(box.show("NRestarts")), "3", box.show("NRestarts") == "3")
    row.note("the control thread feeds the watchdog itself; there is no thread of an API yet")


booted.main("F20", "watchdog", run)
