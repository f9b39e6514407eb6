#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reloads under load, and reloads of what must not be taken. reload_test.py SHAKEN302"""
import collections
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

import scene
from mutations import csv_mutations, toml_mutations
from server_process import Server, Setup, Upstream
from sip import Message
from tokens import Identity

BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else ""
RATE = 2000
RATE_MIN = 1000
# A hundred office codes of ten thousand numbers each; 311 is none.
OFFICES = [code for code in range(220, 321) if code != 311]
WRITE = """
def write(path, owner):
    with open(path + ".new", "w") as file:
        file.write("number,account,valid_from,valid_until,basis,reference\\n")
        file.writelines(f"1212{office}{i:04d},{owner},,,assigned,\\n" for office in OFFICES for i in range(10000))
    os.replace(path + ".new", path)
"""
T1 = 0.5  # RFC 3261 17.1.1.1: an upstream would have sent the INVITE again


class Load:
    """Open loop: every INVITE is sent once, at its time, whatever comes back. Answers are judged at the end, so
    that judging does not slow the sending."""

    def __init__(self, port, numbers):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.numbers = numbers
        self.sent = {}  # Call-ID -> when
        self.got = []  # (when, bytes)

    def receive(self):
        try:
            while True:
                self.got.append((time.monotonic(), self.socket.recv(65536)))
        except BlockingIOError:
            pass

    def run(self, until):
        """Sends RATE a second until `until()`, and then waits for what is still under way."""
        begin = time.monotonic()
        while not until():
            due = int((time.monotonic() - begin) * RATE)
            while len(self.sent) < due:
                call_id = f"r{len(self.sent)}"
                request = Upstream.request(call_id=call_id, calling=self.numbers[len(self.sent) % len(self.numbers)])
                self.sent[call_id] = time.monotonic()
                self.socket.send(request)
                if len(self.sent) % 8 == 0:
                    self.receive()
            self.receive()
            time.sleep(0.0003)
        self.seconds = time.monotonic() - begin
        end = time.monotonic() + 1
        while time.monotonic() < end and len(self.got) < len(self.sent):
            self.receive()
            time.sleep(0.001)


class Reload(scene.SceneTest):
    @classmethod
    def scene(cls):
        pass

    def setUp(self):
        self.setup = Setup(BINARY, self.folder / self._testMethodName)

    def serve(self):
        server = Server(BINARY, self.setup, wait=False)
        self.addCleanup(server.stop)
        server.wait_for_log("serving: generation 1", seconds=60)
        return server

    def add_second_credential(self):
        other = Setup(BINARY, self.folder / (self._testMethodName + "-other"))
        for name in ("house.key", "house.pem"):
            shutil.copy(other.folder / "keys" / name, self.setup.folder / "keys" / name.replace("house", "second"))
        self.setup.edit("# An upstream proxy.", """[[credential]]
name = "second"
key = "keys/second.key"
certificate = "keys/second.pem"
x5u = "https://cert.example.com/second.pem"

[[account]]
id = "beta"
business_profile = "approved"
trust_product = "approved"
max_attestation = "B"
credential = "second"

# An upstream proxy.""")

    def write_numbers(self, owner):
        """In a process of its own, for while it runs this one may have calls to send."""
        path = str(self.setup.folder / "numbers.csv")
        code = f"import os\nOFFICES = {OFFICES!r}\n{WRITE}\nwrite({path!r}, {owner!r})"
        return subprocess.Popen(["nice", sys.executable, "-c", code])

    def test_a_million_rows_are_read_again_at_2000_calls_a_second(self):
        self.add_second_credential()
        self.assertEqual(0, self.write_numbers("acme").wait())
        self.setup.edit("[signing]", "[log]\ndecisions = false\n\n[signing]")
        server = self.serve()
        draw = random.Random(302)
        numbers = [f"+1212{draw.choice(OFFICES)}{draw.randrange(10000):04d}" for _ in range(5000)]
        load = Load(self.setup.port, numbers)
        steps = iter([lambda: self.write_numbers("beta"), lambda: self.write_numbers("acme")])
        progress = {"wanted": 1, "writer": None}

        def is_done():
            # Two reloads, one after the other, each while calls come in.
            writer = progress["writer"]
            if writer is not None:
                if writer.poll() is not None:
                    self.assertEqual(0, writer.returncode)
                    progress["writer"] = None
                    progress["wanted"] += 1
                    server.signal(signal.SIGHUP)
                return False
            if progress["wanted"] > 1 and f"generation {progress['wanted']}:" not in server.log():
                return False
            step = next(steps, None)
            if step is None:
                return time.monotonic() > progress.setdefault("end", time.monotonic() + 1)
            progress["writer"] = step()
            return False

        load.run(is_done)
        load.socket.close()
        answers = collections.Counter()
        kinds = collections.Counter()
        slowest = 0.0
        for when, raw in load.got:
            message = Message(raw)
            call_id = message.one("Call-ID")
            answers[call_id] += 1
            slowest = max(slowest, when - load.sent[call_id])
            self.assertEqual(302, message.status)
            identity = Identity(message.one("Identity"))
            kinds[identity.payload["attest"], identity.header["x5u"].rsplit("/", 1)[1]] += 1
        print(f"reload: {len(load.sent)} calls in {load.seconds:.1f} s ({len(load.sent) / load.seconds:.0f}/s), two reloads "
              f"of {len(OFFICES) * 10000} rows, {len(load.sent) - len(answers)} unanswered, slowest answer {slowest * 1000:.1f} ms, {dict(kinds)}")
        self.assertEqual(len(load.sent), len(answers), "a first datagram was not answered")
        self.assertEqual(len(load.got), len(answers), "a datagram was answered twice")
        self.assertLess(slowest, T1)
        # A slow machine sends fewer than RATE; what was printed is what was measured.
        self.assertGreaterEqual(len(load.sent) / load.seconds, RATE_MIN)
        # Generations 1 and 3 give A with one certificate, 2 gives B with the other: any other pair is a mix.
        self.assertEqual({("A", "house.pem"), ("B", "second.pem")}, set(kinds))

    def test_500_mutated_configurations_change_nothing_and_name_their_place(self):
        rows = [f"1213555{i:04d},acme,2020-01-01,2099-12-31,assigned,row {i}" for i in range(25)]
        numbers = self.setup.folder / "numbers.csv"
        numbers.write_text(numbers.read_text() + "\n".join(rows) + "\n")
        texts = {name: (self.setup.folder / name).read_text() for name in ("shaken302.toml", "numbers.csv")}
        mutations = [*toml_mutations(texts["shaken302.toml"]), *csv_mutations(texts["numbers.csv"])]
        random.Random(302).shuffle(mutations)
        mutations = mutations[:500]
        self.assertEqual(500, len(mutations))
        server = self.serve()
        upstream = Upstream(self.setup.port)
        self.addCleanup(upstream.close)
        for count, (why, file, text, line) in enumerate(mutations, 1):
            with self.subTest(why=why, file=file, line=line):
                before = len(server.log())
                (self.setup.folder / file).write_text(text)
                server.signal(signal.SIGHUP)
                server.wait_for_log("reload refused, generation 1 stays", count=count)
                (self.setup.folder / file).write_text(texts[file])
                said = server.log()[before:]
                place = re.escape(f"{self.setup.folder / file}:") + (rf"{line}: " if line else r"\d+: ")
                self.assertRegex(said, place)
                answer = upstream.ask(call_id=f"m{count}")
                self.assertEqual("A", Identity(answer.one("Identity")).payload["attest"])
        server.signal(signal.SIGHUP)
        server.wait_for_log("reload: generation 2")


if __name__ == "__main__":
    unittest.main(verbosity=2)
