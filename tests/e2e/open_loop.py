#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""open_loop.py PORT RATE [T1]: sends RATE INVITEs a second, each at its time whatever comes back, until standard input
ends; then prints what became of them as JSON. With T1, in seconds, a call without an answer is sent again after T1,
2 T1, and so on until 8 T1 (RFC 3261 17.1.1.2). A process of its own, so that a test may do other things."""
import json
import pathlib
import select
import socket
import subprocess
import sys
import time

PATIENCE = 2.0  # for what is under way at the end


class Load:
    """The process, from a test's side."""

    def __init__(self, port, rate, t1=None):
        command = [sys.executable, str(pathlib.Path(__file__).resolve()), str(port), str(rate)]
        self.process = subprocess.Popen(command + ([str(t1)] if t1 else []), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "begun\n"

    def stop(self):
        """What became of the calls: sent, answered, lost (their numbers), twice, resent, slowest_ms, rate, statuses,
        refused."""
        output, _ = self.process.communicate(timeout=60)
        return json.loads(output)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


class Calls:
    def __init__(self, port, t1):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.t1 = t1
        self.sent = []  # when, by serial
        self.answers = []  # how many
        self.transmissions = []
        self.again = []  # (when, serial, interval): those of one interval are in order of time
        self.statuses = {}
        self.refused = self.resent = 0
        self.sent_before_refusal = None  # the kernel tells of at most a thousand refusals a second
        self.slowest = 0.0

    @staticmethod
    def request(serial):
        return (f"INVITE sip:+12155550199@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK{serial}\r\n"
                "Max-Forwards: 70\r\nFrom: <sip:+12155550100@example.com>;tag=1\r\nTo: <sip:+12155550199@example.com>\r\n"
                f"Call-ID: {serial}@load\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n").encode()

    def transmit(self, serial):
        self.transmissions[serial] += 1
        try:
            self.socket.send(self.request(serial))
        except ConnectionRefusedError:  # of the one before: the kernel tells it late
            self.note_refusal()

    def note_refusal(self):
        self.refused += 1
        self.sent_before_refusal = self.sent_before_refusal or len(self.sent)

    def send_next(self):
        serial = len(self.sent)
        self.sent.append(time.monotonic())
        self.answers.append(0)
        self.transmissions.append(0)
        self.transmit(serial)
        if self.t1:
            self.again.append((self.sent[-1] + self.t1, serial, self.t1))

    def send_again(self):
        now = time.monotonic()
        while self.again and self.again[0][0] <= now:
            _, serial, interval = self.again.pop(0)
            if self.answers[serial]:
                continue
            self.resent += 1
            self.transmit(serial)
            if interval < 4 * self.t1:
                self.again.append((now + 2 * interval, serial, 2 * interval))
                self.again.sort()

    def receive(self):
        while True:
            try:
                answer = self.socket.recv(65536)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                self.note_refusal()
                continue
            begin = answer.index(b"\r\nCall-ID: ") + 11
            serial = int(answer[begin:answer.index(b"@load", begin)])
            self.answers[serial] += 1
            status = answer[8:11].decode()
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.slowest = max(self.slowest, time.monotonic() - self.sent[serial])

    def is_complete(self):
        return all(self.answers)

    def run(self, rate):
        self.send_next()
        print("begun", flush=True)
        begin = time.monotonic()
        while not select.select([sys.stdin], [], [], 0)[0]:
            due = int((time.monotonic() - begin) * rate)
            while len(self.sent) < due:
                self.send_next()
                if len(self.sent) % 8 == 0:
                    self.receive()
            self.receive()
            self.send_again()
            time.sleep(0.0005)
        self.seconds = time.monotonic() - begin
        end = time.monotonic() + PATIENCE + (8 * self.t1 if self.t1 else 0)
        while time.monotonic() < end and not self.is_complete():
            self.receive()
            self.send_again()
            time.sleep(0.01)

    def verdict(self):
        lost = [serial for serial, count in enumerate(self.answers) if not count]
        twice = sum(1 for count, sent in zip(self.answers, self.transmissions) if count > sent)
        return {"sent": len(self.sent), "answered": len(self.sent) - len(lost), "lost": lost, "twice": twice,
                "resent": self.resent, "refused": self.refused, "sent_before_refusal": self.sent_before_refusal, "statuses": self.statuses,
                "slowest_ms": round(self.slowest * 1000, 1), "rate": round(len(self.sent) / self.seconds)}


def main():
    calls = Calls(int(sys.argv[1]), float(sys.argv[3]) if len(sys.argv) > 3 else None)
    calls.run(float(sys.argv[2]))
    print(json.dumps(calls.verdict()))


if __name__ == "__main__":
    main()
