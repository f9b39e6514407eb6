# SPDX-License-Identifier: MIT
"""The real server as a child: its set-up made by `shaken302 init`, its log in a file, its signals."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from sip import Message


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bound_elsewhere(server):
    """A UDP socket for asking `server`. The kernel may give us the port of one that is not there yet: we would hear our
    own request as its answer, and it would find its port taken."""
    while True:
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.bind(("127.0.0.1", 0))
        if own.getsockname() != server:
            return own
        own.close()


class Setup:
    """A folder that `shaken302 init` filled; `edit` changes a text in one of its files."""

    def __init__(self, binary, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        made = subprocess.run([binary, "init", str(folder)], capture_output=True, text=True, timeout=20)
        assert made.returncode == 0, made.stderr
        self.config = self.folder / "shaken302.toml"
        self.edit("127.0.0.1:5060", f"127.0.0.1:{self.port}")
        # Most tests do not wait until an upstream has turned elsewhere, and a busy machine may wait.
        self.edit("[server]\n", '[server]\ndrain_time = "0s"\nqueue_deadline = "10000ms"\n')

    def edit(self, old, new, file="shaken302.toml"):
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}:\n{text}"
        path.write_text(text.replace(old, new, 1))


class Manager:
    """The service manager's end of NOTIFY_SOCKET."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.heard = []

    def wait_for(self, text, seconds=10):
        """The first message from now on that begins with `text`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                message = self.socket.recv(4096).decode()
            except socket.timeout:
                break
            self.heard.append(message)
            if message.startswith(text):
                return message
        raise AssertionError(f"the manager never heard {text!r}, only {self.heard}")

    def close(self):
        self.socket.close()


class Server:
    def __init__(self, binary, setup, environment=None, name="server", wait=True):
        self.setup = setup
        self.log_path = setup.folder / f"{name}.log"
        variables = {k: v for k, v in os.environ.items()
                     if k not in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM")}
        variables.update(environment or {})
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([binary, "serve", "--config", str(setup.config)], stderr=log,
                                            stdout=log, env=variables)
        if wait:
            self.wait_for_log(r"serving: generation 1")

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for_log(self, pattern, count=1, seconds=20):
        """Waits until the log matches `pattern` `count` times; returns the last match."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = list(re.finditer(pattern, self.log()))
            if len(found) >= count:
                return found[-1]
            if self.process.poll() is not None and len(list(re.finditer(pattern, self.log()))) < count:
                break
            time.sleep(0.02)
        raise AssertionError(f"{pattern!r} was not logged {count} times (exit {self.process.poll()}):\n{self.log()}")

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=20):
        return self.process.wait(timeout=seconds)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Upstream:
    """A proxy's socket on loopback."""

    def __init__(self, port):
        self.server = ("127.0.0.1", port)
        self.socket = bound_elsewhere(self.server)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)

    @staticmethod
    def request(method="INVITE", call_id="c1", calling="+12155550100", extra=()):
        lines = [f"{method} sip:+12155550199@127.0.0.1 SIP/2.0",
                 f"Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK{abs(hash(call_id))}", "Max-Forwards: 70",
                 f"From: <sip:{calling}@example.com>;tag=1", "To: <sip:+12155550199@example.com>",
                 f"Call-ID: {call_id}", f"CSeq: 1 {method}", *extra, "Content-Length: 0", "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def send(self, **request):
        self.socket.sendto(self.request(**request), self.server)

    def receive(self, seconds=5):
        self.socket.settimeout(seconds)
        try:
            return Message(self.socket.recv(65536))
        except socket.timeout:
            return None

    def ask(self, **request):
        self.send(**request)
        answer = self.receive()
        assert answer is not None, f"no answer to {request}"
        return answer

    def close(self):
        self.socket.close()


class OpenLoop:
    """Sends `rate` INVITEs a second, and an OPTIONS after every tenth, whatever comes back, until the port is
    closed. On loopback the kernel says so at the call after the one that it refused."""

    def __init__(self, port, rate):
        self.interval = 1 / rate
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.connect(("127.0.0.1", port))
        self.sent = []  # Call-IDs of INVITEs
        self.answered = {}  # Call-ID -> status
        self.is_refused = False

    def run(self, seconds, at, action):
        """Calls `action` after `at` seconds; True when the port was closed within `seconds`."""
        begin = time.monotonic()
        while not self.is_refused and time.monotonic() < begin + seconds:
            if action and time.monotonic() >= begin + at:
                action()
                action = None
            self.send("INVITE", f"i{len(self.sent)}")
            if len(self.sent) % 10 == 0:
                self.send("OPTIONS", f"o{len(self.sent)}")
            self.receive_until(begin + len(self.sent) * self.interval)
        self.receive_until(time.monotonic() + 0.5)
        return self.is_refused

    def send(self, method, call_id):
        try:
            self.socket.send(Upstream.request(method, call_id))
        except ConnectionRefusedError:
            self.is_refused = True
        else:
            if method == "INVITE":
                self.sent.append(call_id)

    def receive_until(self, end):
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                message = Message(self.socket.recv(65536))
                self.answered[message.one("Call-ID")] = message.status
            except ConnectionRefusedError:
                self.is_refused = True
            except (socket.timeout, BlockingIOError):
                return

    def unanswered(self):
        return [call_id for call_id in self.sent if call_id not in self.answered]
