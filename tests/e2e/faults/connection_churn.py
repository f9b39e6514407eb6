# SPDX-License-Identifier: MIT
"""Connections that are made and left, half of them in good order, the others at every stage: churn(port, count, ...)"""
import concurrent.futures
import itertools
import multiprocessing
import ssl
import time

import fault  # noqa: F401, where the next ones are found
import streams
from server_process import Upstream

NUMBERS = itertools.count()
TLS_PER_S = 800  # no more than a thousand handshakes may begin in a second


def request():
    return Upstream.request(call_id=f"churn{next(NUMBERS)}")


def client_hello(context):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="listener").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def complete(client):
    client.send(request())
    answer = client.receive(10)
    client.close()
    return answer is not None and answer.status == 302


def left_after(data, ends_with_reset):
    """What sends `data()`, and goes away without reading anything."""
    def leave(client):
        client.send(data())
        (client.reset if ends_with_reset else client.close)()
        return True
    return leave


def half():
    whole = request()
    return whole[:len(whole) // 2]


SENT = {"nothing": lambda: b"", "a keep-alive": lambda: b"\r\n\r\n", "half a request": half, "a request": request,
        "two requests": lambda: request() + request()}
LEFT = [left_after(data, ends_with_reset) for data in SENT.values() for ends_with_reset in (False, True)]


def plain_ways(port, source):
    """Each makes a connection and leaves it; every second one in good order."""
    for leave in LEFT:
        yield lambda: complete(streams.StreamClient(port, source=source))
        yield lambda leave=leave: leave(streams.StreamClient(port, source=source))


def tls_ways(port, source, context):
    hello = client_hello(context)
    partial = [left_after(lambda size=size: hello[:size], ends_with_reset)
               for size in (1, 5, len(hello) // 2, len(hello)) for ends_with_reset in (False, True)]
    for leave in partial:  # before and within the handshake
        yield lambda: complete(streams.StreamClient(port, context, source=source))
        yield lambda leave=leave: leave(streams.StreamClient(port, source=source))
    for leave in LEFT:  # behind it
        yield lambda: complete(streams.StreamClient(port, context, source=source))
        yield lambda leave=leave: leave(streams.StreamClient(port, context, source=source))


def _run(port, count, is_tls, source, per_second):
    """How many of `count` connections went as they should; at most `per_second`, 0: as many as there can be."""
    ways = list(tls_ways(port, source, streams.client_context()) if is_tls else plain_ways(port, source))
    begin, good = time.monotonic(), 0
    for number in range(count):
        if per_second:
            time.sleep(max(0.0, begin + number / per_second - time.monotonic()))
        good += ways[number % len(ways)]()
    return good


def churn(port, count, is_tls=False, processes=4):
    """How many connections did what they should, those in good order an answered call; `count` when all is well."""
    spread = [count // processes + (number < count % processes) for number in range(processes)]
    with concurrent.futures.ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        runs = [pool.submit(_run, port, each, is_tls, f"127.0.0.{number + 1}",
                            TLS_PER_S / processes if is_tls else 0) for number, each in enumerate(spread)]
        return sum(run.result() for run in runs)
