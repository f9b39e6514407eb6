#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F9: a server with 256 descriptors and 10,000 connects: calls on UDP go on, nothing spins, TCP is back at once."""
import errno
import os
import pathlib
import selectors
import socket
import time

import fault
import sip_load
import streams

DESCRIPTORS = 256
BACK_MAX_S = 1.0
CORE_MAX_PERCENT = 5


def limited(row):
    """The program, with no more descriptors than that."""
    path = row.folder / "limited"
    path.write_text(f'#!/bin/sh\nexec prlimit --nofile={DESCRIPTORS}:{DESCRIPTORS} "{row.binary}" "$@"\n')
    path.chmod(0o755)
    return str(path)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lines_of_log(server):
    """Without those about single calls, which the load makes."""
    return sum(" decision " not in line for line in server.log().splitlines())


class Crowd:
    """Connections that are opened and kept; those that the server closes are opened no more."""

    def __init__(self, port):
        self.port = port
        self.selector = selectors.DefaultSelector()
        self.opened = 0
        self.refused = 0

    def open(self, count):
        for _ in range(count):
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            made.setblocking(False)
            self.opened += 1
            if made.connect_ex(("127.0.0.1", self.port)) not in (0, errno.EINPROGRESS):
                self.refused += 1
                made.close()
                continue
            self.selector.register(made, selectors.EVENT_READ)
        self.drop_closed()

    def drop_closed(self):
        for key, _ in self.selector.select(0.005):
            self.selector.unregister(key.fileobj)
            key.fileobj.close()

    def close_all(self):
        for key in list(self.selector.get_map().values()):
            self.selector.unregister(key.fileobj)
            key.fileobj.close()

    def stop(self):
        self.close_all()
        self.selector.close()


def seconds_until_answered(port):
    begin = time.monotonic()
    while time.monotonic() - begin < 10:
        try:
            client = streams.StreamClient(port, timeout=1)
        except OSError:
            continue
        client.send(fault.Upstream.request(call_id=f"back{time.monotonic()}"))
        answer = client.receive(1)
        client.close()
        if answer is not None and answer.status == 302:
            return time.monotonic() - begin
    return float("inf")


def run(row):
    connects = sip_load.descriptors(row.pick(10_000, 2_000))
    setup = streams.add_streams(row.setup(), connections_max=20000, connections_per_source=20000)
    server = row.later(fault.Server(limited(row), setup, wait=False))
    server.wait_for_log("serving: generation 1")
    load = row.load(setup)
    lines_before = lines_of_log(server)
    load.phase("fault")
    begin = time.monotonic()
    crowd = row.later(Crowd(setup.tcp_port))
    while crowd.opened < connects:
        crowd.open(100)
    used = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    row.note(f"{connects} connects to a server with {DESCRIPTORS} descriptors; more wait in the kernel")
    time.sleep(3)
    lines = lines_of_log(server) - lines_before
    seconds = time.monotonic() - begin
    load.phase("after")
    row.judge(load, setup, raw_lost_percent=0, p99_times=1.5)
    # Without calls what is left is the listener's alone.
    spent, since = processor_seconds(server.process.pid), time.monotonic()
    while time.monotonic() - since < 3:
        crowd.open(2)
        time.sleep(0.1)
    share = 100 * (processor_seconds(server.process.pid) - spent) / (time.monotonic() - since)
    row.check("core used while full", share, CORE_MAX_PERCENT, unit=" %")
    row.check("descriptors in use", used, f"all but one of {DESCRIPTORS}", used >= DESCRIPTORS - 1)
    row.check("log lines", lines, f"one a second of {seconds:.0f}", lines <= seconds + 1)
    crowd.close_all()
    row.check("TCP back after", seconds_until_answered(setup.tcp_port), BACK_MAX_S, unit=" s")
    row.check("alive", server.process.poll() is None, "yes", server.process.poll() is None)


fault.main("F9", "descriptor exhaustion", run)
