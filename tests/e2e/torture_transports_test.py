#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every torture message over UDP, TCP in one piece, TCP byte by byte and TLS: the same outcome, except where a stream
must differ, and a valid INVITE is answered right behind each. torture_transports_test.py SHAKEN302"""
import pathlib
import random
import re
import select
import socket
import sys
import unittest

import scene
import streams
from server_process import Server, Setup, Upstream
from sip import Message

BINARY = sys.argv.pop(1)
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "torture"
CLIENT = f"127.88.{random.randint(1, 250)}.{random.randint(1, 250)}"  # whose port 5060 nobody else has
CLOSED = "closed"

# Where we answer otherwise than the table wants, on all transports (tests/sip/torture_test.cpp holds the same list).
EXCEPTIONS = {
    "rfc4475/intmeth.dat": ([], "a NUL, though escaped, is in To: it cannot be echoed safely"),
}

# What a stream does with what a datagram alone delimits (RFC 3261 18.3, 20.14): its outcome, and the reason. OPEN: the
# connection goes on, but what is sent behind belongs to this message or to what is left of it.
OPEN = "open"
ON_A_STREAM = {
    "rfc4475/clerr.dat": ([OPEN], "the body is shorter than Content-Length: the rest may still come"),
    "rfc5118/ipv6-in-sdp-as-printed.sip": ([OPEN], "the body is shorter than Content-Length: the rest may still come"),
    "rfc4475/baddn.dat": ([OPEN], "no empty line behind the headers: more of them may come"),
    "rfc5118/ipv4-mapped-ipv6.sip": (["302", OPEN], "what is behind the body is the beginning of the next message"),
    "rfc5118/mult-ip-in-sdp.sip": (["302", OPEN], "what is behind the body is the beginning of the next message"),
    "rfc4475/inv2543.dat": (["400", CLOSED], "no Content-Length: nobody knows where the next message begins"),
    "rfc4475/ncl.dat": (["400", CLOSED], "Content-Length below zero: nobody knows where the next message begins"),
    "rfc4475/mcl01.dat": (["400", CLOSED], "two values of Content-Length: nobody knows where the next message begins"),
    "rfc4475/dblreq.dat": (["405", "302", CLOSED],
                           "what is behind the body is the next message; what is behind that one's can be no message"),
    "rfc4475/intmeth.dat": ([CLOSED], "a NUL: it is not answered on UDP either, and no length behind it can be trusted"),
}

def rows():
    """File name, allowed outcomes, bytes."""
    for line in (FOLDER / "expected.tsv").read_text().splitlines():
        if line and not line.startswith("#") and not line.startswith("file\t"):
            name, _, expected, _ = line.split("\t")
            yield name, expected.split("|"), (FOLDER / name).read_bytes()


def shape(message):
    """What must be equal over all transports: all but what a transport or the time has a part in."""
    own = {"via", "to", "date", "identity", "contact"}
    values = tuple((name, value) for name, value in message.headers if name.lower() not in own)
    return message.start, tuple(name for name, _ in message.headers), values


class Udp:
    """Sockets on every port that a Via of a message names: without rport an answer goes there (RFC 3261 18.2.2)."""

    def __init__(self, setup):
        self.server = ("127.0.0.1", setup.port)
        named = re.findall(rb"^v(?:ia)?\s*:[^\r\n]*?:(\d{4,5})\b", b"".join(data for _, _, data in rows()), re.I | re.M)
        self.sockets = {}
        for port in sorted({5060, 5061, *map(int, named)} & set(range(1024, 65536))):
            self.sockets[port] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.sockets[port].bind((CLIENT, port))

    def try_message(self, data, call_id):
        """The answers to `data`, and whether a valid INVITE right behind it was answered."""
        self.sockets[5060].sendto(data, self.server)
        self.sockets[5060].sendto(Upstream.request(call_id=call_id), self.server)
        answers, end = [], None
        is_valid_answered = False
        # One worker answers in the order of arrival, but the answers may come at different sockets.
        while ready := select.select(list(self.sockets.values()), [], [], 10 if end is None else 0)[0]:
            for each in ready:
                answer = Message(each.recv(65536))
                if answer.all("Call-ID") == [call_id]:
                    is_valid_answered, end = answer.status == 302, True
                else:
                    answers.append(answer)
        return answers, is_valid_answered

    def close(self):
        for each in self.sockets.values():
            each.close()


class Stream:
    def __init__(self, setup, is_tls=False, is_bytewise=False):
        self.port = setup.tls_port if is_tls else setup.tcp_port
        self.context = streams.client_context() if is_tls else None
        self.is_bytewise = is_bytewise

    def try_message(self, data, call_id):
        client = streams.StreamClient(self.port, self.context)
        (client.send_bytewise if self.is_bytewise else client.send)(data)
        if self.stays_open:
            answers = list(iter(lambda: client.receive(0.25), None)) + [CLOSED if client.is_closed else OPEN]
            is_valid_answered = self.is_answered_anew(call_id)
            client.close()
            return answers, is_valid_answered
        answers = []
        client.send(Upstream.request(call_id=call_id))
        while (answer := client.receive(10)) is not None:
            if answer.all("Call-ID") == [call_id]:
                client.close()
                return answers, answer.status == 302
            answers.append(answer)
        client.close()
        return answers + [CLOSED if client.is_closed else "silence"], self.is_answered_anew(call_id)

    def is_answered_anew(self, call_id):
        client = streams.StreamClient(self.port, self.context)
        client.send(Upstream.request(call_id=call_id))
        answer = client.receive(10)
        client.close()
        return answer is not None and answer.one("Call-ID") == call_id and answer.status == 302

    stays_open = False  # whether the message at hand is one behind which nothing can be sent

    def close(self):
        pass


TRANSPORTS = {"udp": Udp, "tcp": Stream, "tcp-bytewise": lambda setup: Stream(setup, is_bytewise=True),
              "tls": lambda setup: Stream(setup, is_tls=True)}


class TortureTest(scene.SceneTest):
    @classmethod
    def scene(cls):
        cls.setup = streams.add_streams(Setup(BINARY, cls.folder / "etc"))
        cls.setup.edit('sources = ["127.0.0.1"]', f'sources = ["127.0.0.1", "{CLIENT}"]')
        cls.setup.edit("[signing]\n", "[log]\ndecisions_per_second = 1\n\n[signing]\n")
        cls.setup.edit("workers = 0", "workers = 1")  # in the order in which datagrams came
        cls.server = cls.later(Server(BINARY, cls.setup))
        cls.outcomes = {}
        for transport, make in TRANSPORTS.items():
            client = make(cls.setup)
            for number, (name, _, data) in enumerate(rows()):
                client.stays_open = OPEN in ON_A_STREAM.get(name, ([],))[0]
                cls.outcomes[transport, name] = client.try_message(data, f"valid-{transport}-{number}@test")
            client.close()

    def for_each(self, judge):
        """Calls judge(transport, name, allowed outcomes, answers, whether the valid INVITE was answered)."""
        for name, expected, _ in rows():
            for transport in TRANSPORTS:
                with self.subTest(transport=transport, message=name):
                    judge(transport, name, expected, *self.outcomes[transport, name])

    def test_a_valid_invite_is_answered_right_behind_each(self):
        self.for_each(lambda *row: self.assertTrue(row[-1]))

    def test_each_outcome_is_one_that_the_table_allows(self):
        def judge(transport, name, expected, answers, _):
            said = [str(answer.status) if isinstance(answer, Message) else answer for answer in answers]
            if transport != "udp" and name in ON_A_STREAM:
                self.assertEqual(said, ON_A_STREAM[name][0], ON_A_STREAM[name][1])
            elif name in EXCEPTIONS:
                self.assertEqual(said, EXCEPTIONS[name][0], EXCEPTIONS[name][1])
            elif "alive" not in expected:
                allowed = [[] if each == "silent" else ["302"] if each == "POLICY" else [each] for each in expected]
                self.assertIn(said, allowed)
        self.for_each(judge)

    def test_all_transports_give_the_same_answer(self):
        def judge(_, name, __, answers, ___):
            if name not in ON_A_STREAM:
                by_udp = [shape(answer) for answer in self.outcomes["udp", name][0]]
                self.assertEqual([shape(answer) for answer in answers if isinstance(answer, Message)], by_udp)
        self.for_each(judge)

    def test_what_differs_on_a_stream_really_differs(self):
        for name, (said, reason) in ON_A_STREAM.items():
            by_udp = [str(answer.status) for answer in self.outcomes["udp", name][0]]
            self.assertNotEqual(by_udp, said, reason)

    def test_zz_the_server_ends_well(self):
        """Last: a sanitizer's findings are in its exit status and its log."""
        self.server.stop()
        self.assertEqual(self.server.process.returncode, 0)
        for word in ("ERROR: AddressSanitizer", "runtime error:", "LeakSanitizer"):
            self.assertNotIn(word, self.server.log())


if __name__ == "__main__":
    scene.main()
