#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F11: 1,000 clients on TCP and TLS, who send 10,000 INVITEs each as fast as they are taken, and never read."""
import selectors
import socket
import ssl
import time

import fault
import sip_load
import streams

INVITES = 10_000
BUFFERED_MAX = 64 * 1024
CLOSED_MAX_S = 30


class Deaf:
    """A client that only writes. `ended` is when the server closed it."""

    def __init__(self, port, context, data):
        self.client = streams.StreamClient(port, context, buffers=8192)
        self.client.socket.setblocking(False)
        self.data = data
        self.at = 0
        self.last_taken = time.monotonic()
        self.ended = None

    def write(self):
        try:
            while self.at < len(self.data):
                # A TLS write that is tried again must be the same one.
                self.at += self.client.socket.send(self.data[self.at:self.at + 16384])
                self.last_taken = time.monotonic()
        except (BlockingIOError, ssl.SSLWantWriteError):
            pass
        except (OSError, ssl.SSLError):
            self.ended = time.monotonic()

    def stop(self):
        self.client.close()


class Crowd:
    def __init__(self, setup, count):
        data = memoryview(b"".join(fault.Upstream.request(call_id=f"deaf{i}") for i in range(INVITES)))
        context = streams.client_context()
        self.selector = selectors.DefaultSelector()
        self.all = []
        for number in range(count):
            deaf = Deaf(setup.tls_port if number % 2 else setup.tcp_port, context if number % 2 else None, data)
            self.all.append(deaf)
            self.selector.register(deaf.client.socket, selectors.EVENT_WRITE, deaf)

    def write_until(self, end):
        """Writes what is taken, until all are closed or `end`."""
        while time.monotonic() < end and any(deaf.ended is None for deaf in self.all):
            for key, _ in self.selector.select(0.2):
                key.data.write()
                if key.data.ended or key.data.at == len(key.data.data):
                    self.forget(key.data)
            self.find_ended()

    def find_ended(self):
        """A full socket does not become writable when the other side resets it, but it has an error."""
        for deaf in self.all:
            if deaf.ended is None and deaf.client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                deaf.ended = time.monotonic()
                self.forget(deaf)

    def forget(self, deaf):
        if deaf.client.socket in self.selector.get_map():
            self.selector.unregister(deaf.client.socket)

    def stop(self):
        for deaf in self.all:
            deaf.stop()


def run(row):
    count = row.pick(1000, 100)
    setup = streams.add_streams(row.setup(), connections_max=20000, connections_per_source=20000)
    server = row.serve(setup)
    sip_load.fill_tables(row, setup)
    load = row.load(setup)
    before = fault.resident_kib(server.process.pid)
    load.phase("fault")
    crowd = row.later(Crowd(setup, count))
    crowd.write_until(time.monotonic() + 8)
    grown = fault.resident_kib(server.process.pid) - before
    open_before = sum(deaf.ended is None for deaf in crowd.all)
    crowd.write_until(time.monotonic() + CLOSED_MAX_S + 10)
    load.phase("after")
    taken = sum(deaf.at for deaf in crowd.all)
    row.note(f"{count} clients, {open_before} open after 8 s, {taken / 1e6:.0f} MB of theirs taken, then no more")
    row.judge(load, setup, p99_times=2)
    row.check("buffered for each", grown * 1024 / count, BUFFERED_MAX, unit=" bytes")
    waits = [deaf.ended - deaf.last_taken if deaf.ended else float("inf") for deaf in crowd.all]
    row.check("closed after at most", max(waits), CLOSED_MAX_S, unit=" s")


fault.main("F11", "slow readers", run)
