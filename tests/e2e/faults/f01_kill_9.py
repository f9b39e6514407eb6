#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F1: kill -9 again and again, under load, with systemd to start it again."""
import hashlib
import random
import time

import booted

FIRST_ANSWER_MAX_MS = 1000


def files_of(box):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(box.etc.rglob("*"))
            if path.is_file()}


def run(row):
    kills, pause = row.pick(60, 4), row.pick(5, 3)
    box = booted.boot(row)
    setup = booted.setup_of(box)
    probe = row.later(booted.Probe(box.port))
    before = files_of(box)
    load = row.load(setup, base_seconds=2)
    load.phase("fault")
    slowest, failed, draw = 0.0, 0, random.Random(302)
    for _ in range(kills):
        pid = box.main_pid()
        when = booted.kill(pid)
        booted.wait_until_gone(pid, 5)
        answered = probe.first_answer(10)
        assert answered, f"no answer in 10 s after a kill; {box.journal()[-2000:]}"
        slowest = max(slowest, answered - when)
        failed += box("systemctl", "is-failed", booted.UNIT).returncode == 0
        time.sleep(draw.uniform(0.5, 1.5) * pause)
    load.phase("after")
    time.sleep(1)
    row.note(f"{kills} kills, {pause} s apart")
    row.check("first 302 after a kill", slowest * 1000, FIRST_ANSWER_MAX_MS, unit=" ms")
    row.judge(load, setup)
    row.check("failed states", failed + (box.show("ActiveState") != "active"), 0)
    row.check("restarts", int(box.show("NRestarts")), f"{kills}, one a kill", int(box.show("NRestarts")) == kills)
    row.check("files changed", sum(files_of(box).get(path) != digest for path, digest in before.items())
              + abs(len(files_of(box)) - len(before)), 0)
    fault = load.phases["fault"]
    row.note(f"{fault['raw_lost']} of {fault['sent']} calls were sent again")


booted.main("F1", "kill -9", run)
