# SPDX-License-Identifier: MIT
"""TCP and TLS for tests: a server that listens on them beside UDP, and clients with every byte under control."""
import pathlib
import re
import select
import socket
import ssl
import subprocess
import time

from sip import Message

LENGTH = re.compile(rb"^(?:content-length|l)[ \t]*:[ \t]*(\d+)", re.IGNORECASE | re.MULTILINE)


def free_stream_port():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder, name="listener"):
    """A self-signed certificate and its key; their files."""
    key, certificate = (pathlib.Path(folder) / f"{name}.{kind}" for kind in ("key", "crt"))
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                           "-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={name}"],
                          capture_output=True, text=True, timeout=20)
    assert made.returncode == 0, made.stderr
    key.chmod(0o600)
    return certificate, key


def add_streams(setup, **keys):
    """TCP and TLS listeners beside the UDP one, at setup.tcp_port and setup.tls_port; `keys` go into [server]."""
    setup.tcp_port, setup.tls_port = free_stream_port(), free_stream_port()
    certificate, key = make_certificate(setup.folder)
    setup.edit(f'["udp:127.0.0.1:{setup.port}"]',
               f'["udp:127.0.0.1:{setup.port}", "tcp:127.0.0.1:{setup.tcp_port}", "tls:127.0.0.1:{setup.tls_port}"]')
    setup.edit("[server]\n", "[server]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items()))
    setup.edit("[signing]\n", f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n\n[signing]\n')
    return setup


def client_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class StreamClient:
    """One connection. `context` makes it TLS. `source` is the address that it comes from."""

    def __init__(self, port, context=None, source="127.0.0.1", timeout=10, buffers=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if buffers:  # the kernel's, so that little is on the way
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffers)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffers)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(timeout)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="listener")
        self.held = b""
        self.is_closed = False

    def send(self, data):
        """All of it; False when the server has ended the connection."""
        try:
            self.socket.sendall(data)
            return True
        except (ConnectionError, ssl.SSLError):
            return False

    def send_bytewise(self, data):
        """Each byte in a segment of its own."""
        return all(self.send(data[i:i + 1]) for i in range(len(data)))

    def converse(self, data, step, seconds):
        """Sends `data`, `step` bytes at a time, and reads meanwhile: yields each message, and ends when nothing comes
        for so long. In one thread: an SSL object that two of them use tells one what has become of the other."""
        self.socket.setblocking(False)
        data = memoryview(data)
        end = time.monotonic() + seconds
        while not self.is_closed and (left := end - time.monotonic()) > 0:
            is_pending = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
            wait = 0 if is_pending else left
            readable, writable, _ = select.select([self.socket], [self.socket] if data else [], [], wait)
            try:
                if writable:
                    data = data[self.socket.send(data[:step]):]
                if readable or is_pending:
                    part = self.socket.recv(65536)
                    self.is_closed = not part
                    self.held += part
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                continue
            except (ConnectionError, ssl.SSLError):
                self.is_closed = True
            while (message := self._take()) is not None:
                end = time.monotonic() + seconds
                yield message

    def receive(self, seconds=5):
        """The next message; None when the connection has ended (`is_closed`) or nothing came in time."""
        end = time.monotonic() + seconds
        while True:
            message = self._take()
            if message is not None:
                return message
            if self.is_closed or (left := end - time.monotonic()) <= 0:
                return None
            self.socket.settimeout(left)
            try:
                part = self.socket.recv(65536)
            except (socket.timeout, ssl.SSLWantReadError):
                return None
            except (ConnectionError, ssl.SSLError):
                part = b""
            self.is_closed = not part
            self.held += part

    def _take(self):
        self.held = self.held.lstrip(b"\r\n")  # keep-alives (RFC 5626 3.5.1)
        head, mark, rest = self.held.partition(b"\r\n\r\n")
        if not mark:
            return None
        length = LENGTH.search(head)
        assert length, f"an answer without Content-Length on a stream: {head}"
        if len(rest) < (size := int(length[1])):
            return None
        self.held = rest[size:]
        return Message(head + mark + rest[:size])

    def finish(self):
        """Says that nothing more will be sent."""
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket = self.socket.unwrap()  # our close_notify; the server's own is awaited
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Ends it with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def close(self):
        self.socket.close()
