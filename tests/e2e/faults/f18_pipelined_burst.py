#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F18: 4,000 INVITEs (1 MB) in one write, over TCP and TLS; segments of one byte; a message split at every offset."""

import fault
import streams

BURST = 4000


def request(call_id):
    return (f"INVITE sip:+12155550199@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK{call_id}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:+12155550100@a>;tag=1\r\nTo: <sip:+12155550199@a>\r\nCall-ID: {call_id}\r\n"
            "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n").encode()


def is_good(answer, call_id):
    return (answer is not None and answer.status == 302 and answer.one("Call-ID") == call_id
            and len(answer.all("Identity")) == 1)


def count_in_order(messages, call_ids):
    """How many of `call_ids` were answered well before the first that was not."""
    good = 0
    for message, call_id in zip(messages, call_ids):
        if not is_good(message, call_id):
            break
        good += 1
        if good == len(call_ids):
            break
    return good


def burst(row, port, context):
    client = row.later(streams.StreamClient(port, context, timeout=60))
    call_ids = [f"burst{i:06}" for i in range(BURST)]
    data = b"".join(map(request, call_ids))
    good = count_in_order(client.converse(data, len(data), 10), call_ids)
    row.check("answered in order", good, f"all of {BURST}", good == BURST)
    row.check("bytes of the burst", len(data), "at least 900000", len(data) >= 900_000)


def bytewise(row, port, context, count):
    client = row.later(streams.StreamClient(port, context))
    call_ids = [f"bytes{i:06}" for i in range(count)]
    good = count_in_order(client.converse(b"".join(map(request, call_ids)), 1, 10), call_ids)
    row.check("answered, a byte a segment", good, f"all of {count}", good == count)


def every_offset(row, port, context):
    """Each split on one connection: the second half comes when the first has surely been read."""
    client = row.later(streams.StreamClient(port, context))
    size, good = len(request("split000000")), 0
    for offset in range(1, size):
        call_id = f"split{offset:06}"
        data = request(call_id)
        client.send(data[:offset])
        early = client.receive(0.002)
        client.send(data[offset:])
        good += early is None and is_good(client.receive(10), call_id)
    row.check("answered, split at every offset", good, f"all of {size - 1}", good == size - 1)


def run(row):
    setup = streams.add_streams(row.setup())
    server = row.serve(setup)
    for name, port, context in (("TCP", setup.tcp_port, None), ("TLS", setup.tls_port, streams.client_context())):
        row.label = f"{name}: "
        burst(row, port, context)
        bytewise(row, port, context, row.pick(100, 10))
        every_offset(row, port, context)
    row.label = ""
    row.check("alive", server.process.poll() is None, "yes", server.process.poll() is None)


fault.main("F18", "pipelined burst", run)
