#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F17: the largest datagrams that there are, of one list, of many headers, of one token, deeply nested: with stacks of 8 MB
and of 512 KB. A valid call must be answered right after each."""
import socket
import time

import fault
from sip import Message

DATAGRAM_MAX = 65507
STACKS_KIB = (8192, 512)
# Whatever RFC 3261 and its extensions let repeat, separated by commas or on lines of their own.
LISTS = {
    "Via": "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx", "Route": "<sip:192.0.2.1;lr>", "Record-Route": "<sip:192.0.2.1;lr>",
    "Contact": "<sip:a@192.0.2.1>", "P-Asserted-Identity": "<sip:+12155550100@example.com>",
    "Remote-Party-ID": "<sip:+12155550100@example.com>", "Diversion": "<sip:a@example.com>;reason=unknown",
    "History-Info": "<sip:a@example.com>;index=1", "Identity": "a.b.c;info=<https://example.com/x>",
    "Supported": "100rel", "Require": "100rel", "Proxy-Require": "x", "Unsupported": "x", "Accept": "a/b",
    "Accept-Encoding": "gzip", "Accept-Language": "en", "Allow": "INVITE", "Allow-Events": "a", "Alert-Info": "<http://a>",
    "Call-Info": "<http://a>;purpose=icon", "Error-Info": "<sip:a@b>", "In-Reply-To": "a@b", "Warning": '399 a "b"',
    "Content-Encoding": "gzip", "Content-Language": "en", "Path": "<sip:a@b>", "Service-Route": "<sip:a@b>",
    "Privacy": "id", "Reason": "Q.850;cause=16", "X-Account": "acme", "Subject": "a", "Unknown-Header": "a",
    "Authorization": 'Digest username="a"', "Proxy-Authorization": 'Digest username="a"', "Security-Client": "tls",
    "Accept-Contact": "*;audio", "Geolocation": "<cid:a@b>", "P-Attestation-Indicator": "A",
}
SINGLE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Date", "Subject", "User-Agent", "Expires")


def message(serial, replaced=None, extra="", uri="sip:+12155550199@127.0.0.1", method="INVITE", body=b""):
    """An INVITE; `replaced` are lines in place of the usual ones."""
    lines = {"Via": f"SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKg{serial}", "Max-Forwards": "70",
             "From": "<sip:+12155550100@example.com>;tag=1", "To": "<sip:+12155550199@example.com>",
             "Call-ID": f"g{serial}", "CSeq": f"1 {method}", "Content-Length": str(len(body))}
    lines.update(replaced or {})
    head = f"{method} {uri} SIP/2.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return (head + extra + "\r\n").encode("latin-1") + body


def fill(before, unit, between, size):
    """`unit` again and again, so that all of it has about `size` characters."""
    count = max(1, (size - len(before)) // len(unit + between))
    return before + between.join([unit] * count)


def giants(serial, size):
    """(what, bytes) of about `size` bytes at most."""
    room = size - 600
    for name, value in LISTS.items():
        yield f"a list of {name}", message(serial, extra=f"{name}: {fill('', value, ',', room)}\r\n")
        yield f"lines of {name}", message(serial, extra=fill("", f"{name}: {value}\r\n", "", room))
        yield f"commas in {name}", message(serial, extra=f"{name}: {',' * room}\r\n")
    for name in SINGLE:
        yield f"a token in {name}", message(serial, {name: "1" * room})
        yield f"a quoted string in {name}", message(serial, {name: '"' + "\\\"" * (room // 2) + '" <sip:a@b>;tag=1'})
        yield f"blanks in {name}", message(serial, {name: " " * room + "1"})
        yield f"folds in {name}", message(serial, {name: "1" + "\r\n " * (room // 3)})
        yield f"brackets in {name}", message(serial, {name: "(" * room})
        yield f"angles in {name}", message(serial, {name: "<" * room})
        yield f"parameters of {name}", message(serial, {name: fill("<sip:+12155550100@example.com>", ";a=b", "", room)})
        yield f"quotes in {name}", message(serial, {name: '"' * room})
    for name in ("From", "To", "P-Asserted-Identity", "Contact", "Diversion"):
        uri = {"digits": "sip:+" + "1" * room + "@example.com", "host": "sip:1@" + "a." * (room // 2) + "com",
               "parameters": fill("sip:1@example.com", ";a=b", "", room), "headers": fill("sip:1@a?", "a=b", "&", room),
               "escapes": "sip:" + "%31" * (room // 3) + "@example.com", "colons": "sip:" + ":" * room,
               "IPv6": "sip:1@[" + ":" * room + "]", "tel": "tel:+1" + "-" * room + "1"}
        for what, text in uri.items():
            yield f"{what} in {name}", message(serial, {name: f"<{text}>;tag=1"})
    for what, uri in (("digits", "sip:" + "1" * room + "@a"), ("parameters", fill("sip:1@a", ";a=b", "", room)),
                      ("escapes", "sip:" + "%31" * (room // 3) + "@a"), ("a scheme", "x" * room + ":1")):
        yield f"{what} in the Request-URI", message(serial, uri=uri)
    yield "10,000 headers", message(serial, extra="a:b\r\n" * min(10000, room // 5))
    yield "headers of all names", message(serial, extra="".join(
        f"h{i}: x\r\n" for i in range(room // 12)))
    yield "a method", message(serial, method="M" * (room // 2))
    yield "line ends", message(serial) + b"\r\n" * (room // 2)
    yield "a body", message(serial, body=b"x" * room)
    yield "zeros", message(serial) + b"\0" * room
    yield "branch of a Via", message(serial, {"Via": "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK" + "x" * room})
    yield "comments of a Via", message(serial, {"Via": "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1 " + "(" * (room // 2)
                                                + ")" * (room // 2)})
    yield "a start line", b"I" * size
    yield "colons", b":\r\n" * (size // 3)


class Giants:
    """What a server did with them."""

    def __init__(self, row, setup, server):
        self.row, self.setup, self.server = row, setup, server
        self.socket = row.later(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", setup.port))
        self.valid = fault.Upstream(setup.port)
        self.statuses = {}
        self.unanswered_valid = []
        self.slowest = 0.0
        self.count = 0

    def send(self, what, data):
        self.count += 1
        self.socket.send(data[:DATAGRAM_MAX])
        begin = time.monotonic()
        call_id = f"valid{self.count}"
        self.valid.send(call_id=call_id)
        answer = self.valid.receive(5)
        self.slowest = max(self.slowest, time.monotonic() - begin)
        if answer is None or answer.status != 302 or answer.one("Call-ID") != call_id or not answer.all("Identity"):
            self.unanswered_valid.append(what)
        self.note(what)

    def note(self, what):
        self.socket.settimeout(0.005)
        status = "none"
        try:
            status = Message(self.socket.recv(65536)).status
        except socket.timeout:
            pass
        self.statuses[status] = self.statuses.get(status, 0) + 1


class Streams:
    """The same by TCP, where a message may be larger than any datagram."""

    SIZE = 1_000_000
    QUIET = 1.0  # so long without a byte: no answer is coming
    WHOLE = ("line ends", "zeros")  # a valid message, with the giant behind it

    def __init__(self, row, setup, server):
        self.port, self.server = setup.port, server
        self.valid = row.later(fault.Upstream(setup.port))
        self.outcomes = {}
        self.unanswered_valid = []
        self.count = 0

    def connect(self):
        made = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        made.settimeout(self.QUIET)
        return made

    def send(self, what, data):
        self.count += 1
        with self.connect() as stream:
            outcome = self.exchange(stream, data)
        if what in self.WHOLE and outcome == 302:
            outcome = "302 in front"
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        with self.connect() as stream:
            answer = self.exchange(stream, message(f"t{self.count}"))
        call_id = f"valid-tcp{self.count}"
        self.valid.send(call_id=call_id)
        by_udp = self.valid.receive(5)
        if answer != 302 or by_udp is None or by_udp.one("Call-ID") != call_id:
            self.unanswered_valid.append((what, answer))

    def exchange(self, stream, data):
        """The status of the first answer, `closed`, or `none`."""
        try:
            stream.sendall(data)
            answer = stream.recv(65536)
        except socket.timeout:
            return "none"
        except OSError:
            return "closed"
        return Message(answer).status if answer else "closed"


def by_tcp(row, setup, server):
    sent = Streams(row, setup, server)
    for what, data in giants("tcp", Streams.SIZE):
        sent.send(what, data)
        if server.process.poll() is not None:
            raise AssertionError(f"the server ended with {server.process.returncode} at {what} by TCP")
        if row.short and sent.count >= 60:
            break
    row.check("TCP giants", sent.count, "none ends it", server.process.poll() is None)
    row.check("valid calls unanswered", len(sent.unanswered_valid), 0)
    row.check("TCP answers", " ".join(f"{outcome}:{count}" for outcome, count in sorted(sent.outcomes.items(), key=str)),
              "400, 413, 5xx or closed", set(sent.outcomes) <= {"closed", "302 in front", 400, 413, 503, 513, 505})
    print("   ", sent.unanswered_valid[:5], flush=True)


def serves_tcp(row, setup):
    """Whether this build does; the setup then has a listener of each kind."""
    udp = f'"udp:127.0.0.1:{setup.port}"'
    setup.edit(udp, f'{udp}, "tcp:127.0.0.1:{setup.port}"')
    trial = fault.Server(row.binary, setup, name="trial", wait=False)
    try:
        trial.wait_for_log("serving: generation 1", seconds=10)
        socket.create_connection(("127.0.0.1", setup.port), timeout=5).close()
        return True
    except (AssertionError, OSError):
        setup.edit(f', "tcp:127.0.0.1:{setup.port}"', "")
        return False
    finally:
        trial.stop()


def run(row):
    sizes = row.pick((DATAGRAM_MAX, 40000, 8000), (DATAGRAM_MAX,))
    for stack in STACKS_KIB:
        row.label = f"{stack} KiB: "
        setup = row.setup(f"etc-{stack}")
        has_tcp = serves_tcp(row, setup)
        script = row.folder / f"serve-{stack}"
        script.write_text(f'#!/bin/sh\nulimit -s {stack} && exec "{row.binary}" "$@"\n')
        script.chmod(0o755)
        server = row.later(fault.Server(script, setup))
        limit = open(f"/proc/{server.process.pid}/limits").read()
        row.check("stack", stack * 1024, "in force", any("stack size" in line and f" {stack * 1024} " in line
                                                         for line in limit.splitlines()))
        sent = Giants(row, setup, server)
        for size in sizes:
            for serial, (what, data) in enumerate(giants(0, size)):
                sent.send(what, data)
                if server.process.poll() is not None:
                    raise AssertionError(f"the server ended with {server.process.returncode} at {what}, {size} bytes")
        row.check("giants", sent.count, "none ends it", server.process.poll() is None)
        row.check("valid calls unanswered", len(sent.unanswered_valid), 0)
        row.check("answers", " ".join(f"{status}:{count}" for status, count in sorted(sent.statuses.items(), key=str)),
                  "302, 4xx, 5xx or none", set(sent.statuses) <= {"none", 302, 400, 403, 404, 405, 413, 416, 481, 501,
                                                                  505, 513, 603})
        row.check("slowest valid call", sent.slowest * 1000, 500, unit=" ms")
        print("   ", sent.unanswered_valid[:5], flush=True)
        if has_tcp:
            by_tcp(row, setup, server)
        server.stop()
    row.label = ""
    if not has_tcp:
        row.note("by UDP alone: this build serves no TCP")


fault.main("F17", "giant headers", run)
