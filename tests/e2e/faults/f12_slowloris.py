#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F12: 10,000 connections, a byte every ten seconds on each: an INVITE on TCP, a ClientHello on TLS, an INVITE within
TLS, nothing at all."""
import select
import ssl
import time

import fault
import connection_churn
import sip_load
import streams

BYTE_EVERY_S = 10
CLOSED_MAX_S = 32
CONNECTS_PER_S = 1500


class Slow:
    def __init__(self, port, data, context=None):
        self.client = streams.StreamClient(port, context)
        self.client.socket.setblocking(False)
        self.data = data
        self.sent = 0
        self.begin = time.monotonic()
        self.ended = None
        self.send_byte()

    def send_byte(self):
        if self.ended is None and self.sent < len(self.data):
            if not self.client.send(self.data[self.sent:self.sent + 1]):
                self.ended = time.monotonic()
            self.sent += 1

    def stop(self):
        self.client.close()


class Crowd:
    def __init__(self, setup, count):
        context = streams.client_context()
        invite = fault.Upstream.request(call_id="slow")
        hello = connection_churn.client_hello(context)
        kinds = ((setup.tcp_port, invite), (setup.tls_port, hello), (setup.tcp_port, b""),
                 (setup.tls_port, invite, context))
        self.all = []
        begin = time.monotonic()
        for number in range(count):
            # A third of them are for TLS, of which no more than a thousand may begin in a second.
            time.sleep(max(0.0, begin + number / CONNECTS_PER_S - time.monotonic()))
            self.all.append(Slow(*kinds[3 if number % 20 == 3 else number % 3]))
        self.poll = select.poll()
        self.by_number = {slow.client.socket.fileno(): slow for slow in self.all}
        for number in self.by_number:
            self.poll.register(number, select.POLLIN | select.POLLRDHUP)
        self.next_byte = time.monotonic() + BYTE_EVERY_S

    def run_until(self, end):
        """Sends a byte on each when it is time; notes who was closed; ends early when all were."""
        while time.monotonic() < end and self.by_number:
            if time.monotonic() >= self.next_byte:
                self.next_byte += BYTE_EVERY_S
                for slow in self.by_number.values():
                    slow.send_byte()
            for number, _ in self.poll.poll(200):
                self.note_end(number)

    def note_end(self, number):
        slow = self.by_number[number]
        try:
            # A 408 or an alert may come first.
            while slow.client.socket.recv(4096):
                pass
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:
            pass
        slow.ended = time.monotonic()
        self.poll.unregister(number)
        del self.by_number[number]

    def stop(self):
        for slow in self.all:
            slow.stop()


def run(row):
    count = sip_load.descriptors(row.pick(10_000, 400))
    setup = streams.add_streams(row.setup(), connections_max=20000, connections_per_source=20000)
    server = row.serve(setup)
    load = row.load(setup)
    load.phase("fault")
    crowd = row.later(Crowd(setup, count))
    crowd.run_until(time.monotonic() + CLOSED_MAX_S + 8)
    load.phase("after")
    row.note(f"{count} connections")
    row.judge(load, setup, p99_times=1.2)
    waits = [slow.ended - slow.begin if slow.ended else float("inf") for slow in crowd.all]
    row.check("closed after at most", max(waits), CLOSED_MAX_S, unit=" s")
    row.check("alive", server.process.poll() is None, "yes", server.process.poll() is None)


fault.main("F12", "slowloris", run)
