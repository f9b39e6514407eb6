#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F16: requests that would have the server send somewhere else. In a network namespace of its own: the server is behind
one end of a cable, this script is the other end, writes every frame that arrives there by hand, with any source address,
and sees every frame that the server sends, wherever to."""
import os
import shutil
import socket
import struct
import subprocess
import sys
import time

import fault
from sip import Message

SERVER, PEER, VICTIM, ROUTER = "10.99.0.1", "10.99.0.2", "10.99.0.3", "10.99.0.254"
ELSEWHERE = "203.0.113.7"
BROADCAST, ALL, MULTICAST, SIP_MULTICAST = "10.99.0.255", "255.255.255.255", "224.0.0.1", "224.0.1.75"
PORT = 5060
PEER_PORT = 5090
OURS, THEIRS = b"\x02\0\0\0\0\x02", b"\x02\0\0\0\0\x01"
ON_THE_WIRE = 0x0800


def ip_checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def mac_of(address):
    """RFC 1112 6.4, and broadcasts."""
    if address in (BROADCAST, ALL):
        return b"\xff" * 6
    parts = [int(part) for part in address.split(".")]
    if 224 <= parts[0] < 240:
        return bytes([0x01, 0x00, 0x5E, parts[1] & 0x7F, parts[2], parts[3]])
    return THEIRS


def frame(payload, source, source_port, destination):
    udp = struct.pack("!HHHH", source_port, PORT, 8 + len(payload), 0) + payload  # 0: no checksum
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, socket.inet_aton(source),
                       socket.inet_aton(destination))
    head = head[:10] + struct.pack("!H", ip_checksum(head)) + head[12:]
    return mac_of(destination) + OURS + struct.pack("!H", ON_THE_WIRE) + head + udp


class Wire:
    """The far end of the cable."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self.socket.bind(("far", 0))
        # What the server sends to itself does not leave the machine.
        self.inside = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.inside.bind(("lo", 0))
        self.inside.setblocking(False)
        self.seen = []  # (destination, port, payload) of what the server sent by UDP
        self.others = []  # anything else: questions for an address, reports

    def send(self, *parts):
        self.socket.send(frame(*parts))

    def receive(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                data, (_, _, kind, *_) = self.socket.recvfrom(65536)
            except socket.timeout:
                return
            if kind == socket.PACKET_OUTGOING or data[6:12] == OURS:
                continue  # our own
            self.note(data)

    def receive_inside(self):
        try:
            while True:
                data, (_, _, kind, *_) = self.inside.recvfrom(65536)
                if kind == socket.PACKET_OUTGOING:
                    self.note(data)
        except BlockingIOError:
            return

    def note(self, data):
        if data[12:14] == b"\x08\x00" and data[23] == 17:
            port, = struct.unpack("!H", data[36:38])
            self.seen.append((socket.inet_ntoa(data[30:34]), port, data[42:]))
        elif data[12:14] == b"\x08\x06":
            self.others.append(f"who has {socket.inet_ntoa(data[38:42])}")
        elif data[12:14] == b"\x08\x00":
            self.others.append(f"protocol {data[23]} to {socket.inet_ntoa(data[30:34])}")


def request(call_id, via, method="INVITE", uri=f"sip:+12155550199@{SERVER}", extra=()):
    lines = [f"{method} {uri} SIP/2.0", *(f"Via: {value}" for value in via), "Max-Forwards: 70",
             "From: <sip:+12155550100@example.com>;tag=1", "To: <sip:+12155550199@example.com>", f"Call-ID: {call_id}",
             f"CSeq: 1 {method}", *extra, "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def vias():
    """(why, values of Via)."""
    branch = ";branch=z9hG4bKx"
    for victim in (VICTIM, ELSEWHERE, BROADCAST, ALL, MULTICAST, SIP_MULTICAST, SERVER, "127.0.0.1", "0.0.0.0",
                   "[2001:db8::7]", "victim.example.com"):
        yield f"sent by {victim}", [f"SIP/2.0/UDP {victim}{branch}"]
        yield f"sent by {victim}, with its port", [f"SIP/2.0/UDP {victim}:5070{branch}"]
        yield f"sent by {victim}, rport", [f"SIP/2.0/UDP {victim}:5070;rport{branch}"]
        yield f"maddr {victim}", [f"SIP/2.0/UDP {PEER}:{PEER_PORT};maddr={victim}{branch}"]
        yield f"maddr {victim}, ttl, rport", [f"SIP/2.0/UDP {PEER}:{PEER_PORT};rport;maddr={victim};ttl=16{branch}"]
        yield f"received {victim}", [f"SIP/2.0/UDP {PEER}:{PEER_PORT};received={victim}{branch}"]
        yield f"received {victim}, rport 5070", [f"SIP/2.0/UDP {victim};rport=5070;received={victim}{branch}"]
        yield f"below ours, {victim}", [f"SIP/2.0/UDP {PEER}:{PEER_PORT}{branch}", f"SIP/2.0/UDP {victim}{branch}"]
        yield f"above ours, {victim}", [f"SIP/2.0/UDP {victim}{branch}", f"SIP/2.0/UDP {PEER}:{PEER_PORT}{branch}"]
        for transport in ("TCP", "TLS", "SCTP", "WS", "TLS-SCTP", "XYZ"):
            yield f"{transport} at {victim}", [f"SIP/2.0/{transport} {victim}:5070{branch}"]


def requests():
    """(why, bytes, source, source port, destination)."""
    serial = 0
    for method in ("INVITE", "OPTIONS", "REGISTER"):
        for why, via in vias():
            serial += 1
            yield why, request(f"w{serial}", via, method), PEER, PEER_PORT, SERVER
    named = [f"Contact: <sip:{VICTIM}>", f"Record-Route: <sip:{VICTIM};lr>", f"Route: <sip:{VICTIM};lr>",
             f"Reply-To: <sip:{VICTIM}>", f"Path: <sip:{VICTIM}>"]
    plain = [f"SIP/2.0/UDP {PEER}:{PEER_PORT};rport;branch=z9hG4bKx"]
    yield "a victim in each header", request("h1", plain, extra=named), PEER, PEER_PORT, SERVER
    yield "a victim in the Request-URI", request("h2", plain, uri=f"sip:1@{VICTIM};maddr={VICTIM}"), PEER, PEER_PORT, SERVER
    for serial, destination in enumerate((BROADCAST, ALL, MULTICAST, SIP_MULTICAST)):
        for method in ("INVITE", "OPTIONS", "REGISTER"):
            yield f"to {destination}", request(f"d{serial}{method}", plain, method), PEER, PEER_PORT, destination
    # Sources that nobody has: an answer to them is one to many, to ourselves, or to nobody.
    for serial, source in enumerate((BROADCAST, ALL, MULTICAST, SIP_MULTICAST, SERVER, "127.0.0.1", "0.0.0.0",
                                     "10.99.0.0")):
        for port in (PEER_PORT, PORT, 0):
            yield f"from {source}:{port}", request(f"s{serial}p{port}", plain), source, port, SERVER
    for port in (0, 7, 19, 53, 123, PORT):
        yield f"from port {port}", request(f"p{port}", plain), PEER, port, SERVER
    # A valid call at the end: the server is there.
    yield "valid", request("valid", plain), PEER, PEER_PORT, SERVER


# Its own addresses are not among them: an answer to itself is one datagram, at which it is silent.
NOBODY = {BROADCAST, ALL, MULTICAST, SIP_MULTICAST, "0.0.0.0", "10.99.0.0"}


class Judge:
    def __init__(self, wire):
        self.wire = wire
        self.sources = {}  # Call-ID -> why, source
        self.answers = {}
        self.elsewhere = []
        self.to_nobody = []

    def send(self, why, data, source, port, destination):
        self.sources[Message(data).one("Call-ID")] = (why, source)
        self.wire.send(data, source, port, destination)
        self.wire.receive(0.004)

    def judge(self):
        self.wire.receive(1)
        self.wire.receive_inside()
        for destination, port, payload in self.wire.seen:
            call_id = Message(payload).one("Call-ID")
            why, source = self.sources[call_id]
            self.answers[call_id] = self.answers.get(call_id, 0) + 1
            if destination != source:
                self.elsewhere.append(f"{why}: to {destination}:{port}")
            elif source in NOBODY or port == 0:
                self.to_nobody.append(f"{why}: to {destination}:{port}")


def make_network():
    for command in ("link set lo up", "link add near address 02:00:00:00:00:01 type veth peer name far address "
                    "02:00:00:00:00:02", f"addr add {SERVER}/24 brd + dev near", "link set near up", "link set far up",
                    f"route add default via {ROUTER} dev near", "route add 224.0.0.0/4 dev near"):
        subprocess.run(["ip", *command.split()], check=True)
    for neighbour in (PEER, VICTIM, ROUTER):
        subprocess.run(["ip", "neigh", "add", neighbour, "lladdr", "02:00:00:00:00:02", "dev", "near"], check=True)
    for name in ("all", "near", "default"):
        for key, value in (("rp_filter", "0"), ("accept_local", "1"), ("route_localnet", "1")):
            with open(f"/proc/sys/net/ipv4/conf/{name}/{key}", "w") as file:
                file.write(value)
    time.sleep(0.5)


def run(row):
    make_network()
    setup = row.setup()
    setup.edit(f'"udp:127.0.0.1:{setup.port}"', f'"udp:0.0.0.0:{PORT}"')
    # Whatever the source is, it is no stranger.
    everybody = '["10.99.0.0/24", "127.0.0.1", "224.0.0.0/16", "255.255.255.255"]'
    setup.edit('sources = ["127.0.0.1"]', f"sources = {everybody}")
    setup.edit("probe_sources = []", f"probe_sources = {everybody}")
    server = row.serve(setup)
    judge = Judge(Wire())
    count = 0
    for each in requests():
        judge.send(*each)
        count += 1
    judge.judge()
    for found in (judge.elsewhere, judge.to_nobody, sorted(set(judge.wire.others))):
        print("   ", len(found), found[:8], flush=True)
    row.note(f"{len(judge.answers)} of {count} requests were answered")
    row.check("packets elsewhere", len(judge.elsewhere), 0)
    row.check("packets to broadcast, multicast, port 0", len(judge.to_nobody), 0)
    row.check("questions for another address", sum(VICTIM in other or ELSEWHERE in other for other in judge.wire.others), 0)
    row.check("answers to one request", max(judge.answers.values(), default=0), 1)
    row.check("answered", len(judge.answers), "at least 300", len(judge.answers) >= 300)
    row.check("the valid one", judge.answers.get("valid", 0), 1, judge.answers.get("valid", 0) == 1)
    row.check("alive", server.process.poll() is None, True)


def main():
    """Begins again inside a network namespace, where the machine allows it."""
    if "SHAKEN302_INSIDE" in os.environ:
        fault.main("F16", "reflection", run)
    trial = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True)
    if trial.returncode != 0 or not shutil.which("ip"):
        print(f"F16 SKIP -; no network namespace here: {trial.stderr.strip() or 'no ip command'}")
        sys.exit(77)
    os.environ["SHAKEN302_INSIDE"] = "yes"
    os.execvp("unshare", ["unshare", "--net", sys.executable, "-u", *sys.argv])


main()
