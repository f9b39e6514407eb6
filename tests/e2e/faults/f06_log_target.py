#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F6: what the log is written to is full, read-only, slow, stalls, or goes away, while there is a line for every call."""
import os
import signal
import subprocess
import threading
import time

import fault

RESUME_MAX = 5.0
SHIM = "log_shim.so"


class Pipe:
    """The reader at the other end of the log, which may stall."""

    def __init__(self, path):
        os.mkfifo(path)
        self.file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.is_stalled = False
        self.is_gone = False
        self.text = b""
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.is_gone:
            time.sleep(0.02)
            while not self.is_stalled and not self.is_gone:
                try:
                    if not (part := os.read(self.file, 1 << 16)):
                        break
                    self.text += part
                except BlockingIOError:
                    break
        os.close(self.file)

    def stop(self):
        self.is_gone = True
        self.thread.join(5)


def wait_for(condition, seconds):
    """How long `condition` took to become true; None when it does not within that time."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if condition():
            return time.monotonic() - begin
        time.sleep(0.05)
    return None


class Part:
    """One fault of the log: a server with its load; `log()` is what has come through of the log."""

    def __init__(self, row, name):
        row.label = f"{name}: "
        self.row = row
        self.setup = row.setup(name.replace(" ", "-"))
        self.setup.edit("[signing]", "[log]\ndecisions_per_second = 100000\n\n[signing]")
        self.name = name.replace(" ", "-")
        self.seconds = row.pick(10, 2)

    def begin(self, log, environment=None, file="server"):
        self.log = log
        self.server = self.row.later(fault.Server(self.row.binary, self.setup, environment, name=file, wait=False))
        assert wait_for(lambda: b"serving: generation 1" in log(), 20) is not None, log()
        self.load = self.row.load(self.setup, name=self.name)
        self.load.phase("fault")

    def end(self, is_mended=True):
        self.load.phase("after")
        if is_mended:
            before = len(self.log())
            resumed = wait_for(lambda: len(self.log()) > before, 2 * RESUME_MAX)
            self.row.check("resumed after", resumed if resumed is not None else float("inf"), RESUME_MAX, unit=" s")
            self.row.check("lines dropped and counted", self.dropped(), "at least 1", self.dropped() > 0)
        time.sleep(0.5)
        self.row.judge(self.load, self.setup, raw_lost_percent=0, p99_times=1.2)
        self.row.check("alive", self.server.process.poll() is None, True, is_quiet=True)
        self.server.stop()
        self.row.label = ""

    def dropped(self):
        """From the report of the server, which is asked until it comes through."""
        for _ in range(5):
            self.server.signal(signal.SIGUSR1)
            time.sleep(0.5)
            text = self.log()
            if b"status generation=" in text:
                counts = [line for line in text.split(b"\n") if b"log_lines_dropped=" in line]
                return int(counts[-1].rsplit(b"=", 1)[1]) if counts else 0
        return -1


def fill(path):
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(file, bytes(1 << 16))
    except OSError:
        os.close(file)


def full_disk(row):
    part = Part(row, "full disk")
    disk = part.setup.folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128m", "none", str(disk)], capture_output=True,
                             text=True)
    if mounted.returncode != 0:
        row.note(f"full disk skipped: {mounted.stderr.strip()}")
        return
    row.later(lambda: subprocess.run(["umount", "-l", str(disk)], check=True))
    log = disk / "server.log"
    part.begin(log.read_bytes, file="disk/server")
    fill(disk / "filler")
    time.sleep(part.seconds)
    size = log.stat().st_size
    time.sleep(0.3)
    row.check("log grew while full", log.stat().st_size - size, 0)
    (disk / "filler").write_bytes(b"")
    part.end()


def read_only_disk(row):
    part = Part(row, "read-only")
    state = part.setup.folder / "state"
    state.write_bytes(b"w")
    log = part.setup.folder / "server.log"
    part.begin(log.read_bytes, {"LD_PRELOAD": row.beside(SHIM), "LOG_SHIM": str(state)})
    state.open("r+b").write(b"r")
    time.sleep(part.seconds)
    state.open("r+b").write(b"w")
    part.end()


def slow_disk(row):
    part = Part(row, "2 s a line")
    state = part.setup.folder / "state"
    state.write_bytes(b"w")
    log = part.setup.folder / "server.log"
    part.begin(log.read_bytes, {"LD_PRELOAD": row.beside(SHIM), "LOG_SHIM": str(state)})
    state.open("r+b").write(b"s")
    time.sleep(part.seconds + 3)  # until more waits than is kept
    state.open("r+b").write(b"w")
    part.end()


def stalled_reader(row):
    part = Part(row, "reader stalls")
    pipe = row.later(Pipe(part.setup.folder / "pipe.log"))
    part.begin(lambda: pipe.text, file="pipe")
    pipe.is_stalled = True
    time.sleep(part.seconds + 3)
    pipe.is_stalled = False
    part.end()


def reader_gone(row):
    part = Part(row, "reader gone")
    pipe = row.later(Pipe(part.setup.folder / "pipe.log"))
    part.begin(lambda: pipe.text, file="pipe")
    pipe.stop()
    time.sleep(part.seconds)
    part.end(is_mended=False)


def run(row):
    for part in (full_disk, read_only_disk, slow_disk, stalled_reader, reader_gone):
        part(row)


fault.main("F6", "log target full, read-only, slow", run)
