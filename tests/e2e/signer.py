# SPDX-License-Identifier: MIT
"""Runs the real shaken302: what `init` writes, with addresses of its own."""
import os
import pathlib
import signal
import subprocess
import sys

from proxy import Process, free_port, until
from sip import MAGIC, Endpoint


def binary():
    path = os.environ.get("SHAKEN302")
    if not path:
        sys.exit("SHAKEN302 must name the binary to test")
    return path


def replaced(text, old, new):
    if text.count(old) != 1:
        raise AssertionError(f"{old!r} occurs {text.count(old)} times, once was expected, in:\n{text}")
    return text.replace(old, new)


class Folder:
    """A folder made by `shaken302 init`, whose files several instances share."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        made = subprocess.run([binary(), "init", str(self.path)], capture_output=True, text=True, timeout=30,
                              check=False)
        if made.returncode != 0:
            raise AssertionError(f"init: {made.returncode}\n{made.stdout}{made.stderr}")
        self.original = (self.path / "shaken302.toml").read_text()
        self.leaf = self.path / "keys/house.pem"
        self.root = self.path / "ca/root.pem"


class Shaken302:
    """One instance at `address`, with a configuration file of its own in the shared folder."""

    def __init__(self, folder, name, address, changes=()):
        self.folder = folder
        self.address = (address, free_port(address))
        self.config = folder.path / f"{name}.toml"
        self.log = folder.path / f"{name}.log"
        self.configure(*changes)
        self.start()

    def configure(self, *changes):
        text = replaced(self.folder.original, '"udp:127.0.0.1:5060"', f'"udp:{self.address[0]}:{self.address[1]}"')
        text = replaced(text, "[server]\n", '[server]\ndrain_time = "0s"\n')
        for old, new in changes:
            text = replaced(text, old, new)
        self.config.write_text(text)

    def start(self):
        self.process = Process([binary(), "serve", "--config", str(self.config)], self.log)
        until(self.answers, 15, f"{self.config.name} answers OPTIONS")

    def answers(self):
        if not self.process.running():
            raise AssertionError("shaken302 ended:\n" + self.process.output())
        return self.status_of(options(self.address)) == 200

    def status_of(self, make_request, timeout=0.5):
        """The status that a request from 127.0.0.1 gets, straight from this instance; None for silence."""
        probe = Endpoint("127.0.0.1")
        try:
            probe.send(make_request(probe), self.address)
            reply = probe.wait(lambda m: not m.is_request, timeout)
            return reply and reply.status
        finally:
            probe.close()

    def reload(self, *changes):
        """Applies `changes` to what init wrote and waits until the log says that they serve."""
        already = self.process.output().count("reload: generation")
        self.configure(*changes)
        self.process.child.send_signal(signal.SIGHUP)
        until(lambda: self.process.output().count("reload: generation") > already, 10, "the reload is done")

    def kill(self):
        return self.process.stop(signal.SIGKILL)

    def stop(self):
        return self.process.stop()


def options(address):
    def make(probe):
        host = f"{address[0]}:{address[1]}"
        return "\r\n".join([
            f"OPTIONS sip:{host} SIP/2.0", f"Via: SIP/2.0/UDP {probe.address}:{probe.port};branch={MAGIC}probe;rport",
            "Max-Forwards: 70", "From: <sip:dispatcher@localhost>;tag=1", f"To: <sip:{host}>",
            f"Call-ID: probe-{probe.port}", "CSeq: 1 OPTIONS", "Content-Length: 0", "", ""]).encode()
    return make
