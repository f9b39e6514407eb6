# SPDX-License-Identifier: MIT
"""As much of systemd as a service sees of it: NOTIFY_SOCKET, sockets that it is started with, a descriptor store."""
import array
import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
RECEIVE_BUFFER = 9 << 20  # as in systemd/shaken302.socket


def bind_udp(address, port):
    """As a socket unit does it: not blocking, SO_REUSEADDR, and a buffer beyond net.core.rmem_max."""
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.setsockopt(socket.SOL_SOCKET, 33, RECEIVE_BUFFER)  # SO_RCVBUFFORCE
    except PermissionError:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    if made.family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((address, port))
    return made


class FakeSystemd:
    """Runs one service of NotifyAccess=main. `units`: (name, socket) of socket units; `keeps`: whether it has a store."""

    def __init__(self, command, folder, units=(), keeps=True, environment=None):
        self.command = command
        self.folder = folder
        self.units = list(units)
        self.keeps = keeps
        self.environment = environment or {}
        self.stored = []  # (name, descriptor), as they came
        self.heard = []  # of the main process
        self.ignored = []  # of others: (process, text)
        self.main = None
        self.starts = 0
        self.changed = threading.Condition()
        self._hears = threading.Event()
        self._is_deaf = threading.Event()
        self._hears.set()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        # In the abstract name space: a path of a test's folder may be too long for a socket.
        self.path = f"@shaken302-{os.getpid()}-{id(self):x}"
        self.socket.bind(self.path.replace("@", "\0"))
        self.log_path = folder / "service.log"
        # A process that hands over leaves its successor to whoever reaps.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        threading.Thread(target=self._listen, daemon=True).start()

    # --- what it hears ---------------------------------------------------------------------------

    def _listen(self):
        while True:
            if not self._hears.is_set():
                self._is_deaf.set()
                self._hears.wait()
            try:
                data, control, _, _ = self.socket.recvmsg(4096, 1024, socket.MSG_CMSG_CLOEXEC)
            except OSError:
                return
            sender, descriptors = None, []
            for level, kind, body in control:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    sender = struct.unpack("3i", body)[0]
                elif (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    received = array.array("i")
                    received.frombytes(body)
                    descriptors += list(received)
            with self.changed:
                self._hear(sender, data.decode(), descriptors)
                self.changed.notify_all()

    def _hear(self, sender, text, descriptors):
        if sender != self.main:
            self.ignored.append((sender, text))
            return [os.close(fd) for fd in descriptors]
        self.heard.append(text)
        fields = dict(line.split("=", 1) for line in text.split("\n"))
        if "MAINPID" in fields:
            self.main = int(fields["MAINPID"])
        if "FDSTOREREMOVE" in fields:
            for name, fd in [entry for entry in self.stored if entry[0] == fields["FDNAME"]]:
                self.stored.remove((name, fd))
                os.close(fd)
        for fd in descriptors:
            is_known = any(os.fstat(fd).st_ino == os.fstat(kept).st_ino for _, kept in self.stored)
            if fields.get("FDSTORE") == "1" and self.keeps and not is_known:
                self.stored.append((fields.get("FDNAME", "stored"), fd))
            else:
                os.close(fd)

    @contextlib.contextmanager
    def deaf(self):
        """It takes no message meanwhile: nothing fits into its queue any more."""
        self._is_deaf.clear()
        self._hears.clear()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as filler:
            filler.sendto(b"X=1", self.path.replace("@", "\0"))  # which ends the listening that is under way
            assert self._is_deaf.wait(10)
            try:
                while True:
                    filler.sendto(b"X=1", self.path.replace("@", "\0"))
            except BlockingIOError:
                pass
            try:
                yield
            finally:
                self._hears.set()

    def wait_for(self, condition, seconds=20):
        with self.changed:
            assert self.changed.wait_for(condition, seconds), f"heard {self.heard}, ignored {self.ignored}:\n{self.log()}"

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for_log(self, text, seconds=20, count=1):
        end = time.monotonic() + seconds
        while self.log().count(text) < count:
            assert time.monotonic() < end, f"{text!r} was not logged {count} times:\n{self.log()}"
            time.sleep(0.01)

    # --- what it does ----------------------------------------------------------------------------

    def start(self, wait=True):
        """Starts the service with all of its sockets; returns once it says that it is ready."""
        passed = [*self.units, *self.stored]
        descriptors = [s if isinstance(s, int) else s.fileno() for _, s in passed]

        def prepare():  # between fork and exec
            high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 200) for fd in descriptors]
            for i, fd in enumerate(high):
                os.dup2(fd, 3 + i, inheritable=True)
            os.environ.update({**self.environment, "NOTIFY_SOCKET": self.path, "LISTEN_PID": str(os.getpid()),
                               "LISTEN_FDS": str(len(descriptors)), "WATCHDOG_PID": str(os.getpid()),
                               "WATCHDOG_USEC": "2000000",
                               "LISTEN_FDNAMES": ":".join(name for name, _ in passed)})
            os.environ.pop("JOURNAL_STREAM", None)
        ready = sum("READY=1" in text for text in self.heard)
        with self.changed:  # nothing is judged before its number is known
            with open(self.log_path, "ab") as log:
                # All descriptors of this program are closed by execve (PEP 446), but for those above.
                self.process = subprocess.Popen(self.command, stdout=log, stderr=log, close_fds=False, preexec_fn=prepare)
            self.main = self.process.pid
            self.starts += 1
        if not wait:
            return
        is_ready = lambda: sum("READY=1" in text for text in self.heard) > ready  # noqa: E731
        with self.changed:
            while not self.changed.wait_for(is_ready, 0.5):
                assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.log()}"

    def kill(self, number):
        os.kill(self.main, number)

    def reap(self, pid=None, seconds=20):
        """Waits for the end of a process, of the main one by default; its wait status."""
        pid = pid or self.main
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            reaped, status = os.waitpid(pid, os.WNOHANG)
            if reaped:
                if pid == self.process.pid:
                    self.process.returncode = status  # or it would be waited for once more
                return status
            time.sleep(0.0005)
        raise AssertionError(f"process {pid} does not end:\n{self.log()}")

    def close(self):
        for pid in {self.process.pid, self.main}:
            try:
                os.kill(pid, 9)
                self.reap(pid)
            except (ProcessLookupError, ChildProcessError):
                pass
        self.socket.close()
        for _, fd in self.stored:
            os.close(fd)
        for _, unit in self.units:
            unit.close()
