# SPDX-License-Identifier: MIT
"""Fault rows of the service as its machine runs it: under a systemd that the row boots, see ../systemd/container.py.
The loopback is the row's own and the container's, so that loads, probes and verdicts are those of the other rows."""
import os
import pathlib
import signal
import sys
import time
import types

import fault

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "systemd"))

import container  # noqa: E402

UNIT = container.UNIT


def main(name, title, run):
    """As fault.main; what may not boot a container says so as its verdict."""
    try:
        container.own_namespaces()
    except container.Forbidden as why:
        reason = str(why)

        def run(_):
            raise fault.Skip(reason)
    fault.main(name, title, run)


def boot(row, prepare=None):
    """The container with the service started. `prepare(box)` may change its files before."""
    try:
        box = row.later(container.Container(row.binary, row.folder))
        box.edit("[signing]", "[log]\ndecisions = false\n\n[signing]")
        if prepare:
            prepare(box)
        box.boot()
    except container.Forbidden as why:
        raise fault.Skip(str(why)) from why
    box.check("systemctl", "start", UNIT)
    return box


def setup_of(box):
    """What loads and verdicts want to know of a set-up."""
    return types.SimpleNamespace(port=box.port, folder=box.etc)


def is_gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def wait_until_gone(pid, seconds):
    """How long it took; None when it is still there after `seconds`."""
    begin = time.monotonic()
    while not is_gone(pid):
        if time.monotonic() - begin > seconds:
            return None
        time.sleep(0.001)
    return time.monotonic() - begin


def kill(pid, number=signal.SIGKILL):
    os.kill(pid, number)
    return time.monotonic()


class Probe:
    """Asks every 5 ms from an address of its own, until there is an answer to what was asked since the last call."""

    def __init__(self, port):
        self.server = ("127.0.0.1", port)
        self.socket = fault.bound_elsewhere(self.server)
        self.socket.settimeout(0.005)
        self.round = 0

    def first_answer(self, seconds):
        """When (monotonic) the first 302 came; None after `seconds`."""
        self.round += 1
        begin = time.monotonic()
        asked = 0
        while time.monotonic() - begin < seconds:
            if asked * 0.005 <= time.monotonic() - begin:
                asked += 1
                self.socket.sendto(fault.Upstream.request(call_id=f"probe-{self.round}-{asked}"), self.server)
            try:
                answer = self.socket.recv(65536)
            except TimeoutError:
                continue
            if answer.startswith(b"SIP/2.0 302") and f"\r\nCall-ID: probe-{self.round}-".encode() in answer:
                return time.monotonic()
        return None

    def close(self):
        self.socket.close()
