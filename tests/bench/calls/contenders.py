# SPDX-License-Identifier: MIT
"""The servers that are measured: how each is started, and with which load it is asked."""
import pathlib
import socket
import subprocess
import sys
import time

from measuring import Failure, pinned

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "e2e"))

from proxy import Process, program  # noqa: E402
from server_process import Upstream, free_port  # noqa: E402
from streams import free_stream_port  # noqa: E402

OUTSTANDING = 64
X5U = "https://cert.example.com/house.pem"


class Contender:
    """One line of the table. `key` is its name in JSON; `judged`: its tokens verify with the house certificate."""

    def __init__(self, key, title, server, load, judged=False):
        self.key, self.title, self.server, self.load, self.judged = key, title, server, load, judged


class Running:
    """A server at work; `answers` waits until it does."""

    def __init__(self, command, where, log, port, answers):
        self.port, self.ports = port, {"udp": port}
        self.process = Process(pinned(where, command), log)
        end = time.monotonic() + 20
        while not answers(port):
            if not self.process.running() or time.monotonic() > end:
                self.process.stop()
                raise Failure(f"{command[0]} does not answer: {self.process.output()[-2000:] or 'it said nothing'}")

    @property
    def pid(self):
        return self.process.child.pid

    def stop(self):
        self.process.stop()


def answers_sip(port):
    upstream = Upstream(port)
    try:
        upstream.send(calling="+12122000000", call_id="0123456789@ready.invalid")
        return upstream.receive(0.2) is not None
    except ConnectionRefusedError:
        return False
    finally:
        upstream.close()


def answers_tcp(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        time.sleep(0.02)
        return False


class Stage:
    """What all contenders share: folder, key, programs, cores."""

    def __init__(self, folder, programs, directory, where):
        self.folder, self.programs, self.directory = pathlib.Path(folder), pathlib.Path(programs), directory
        self.server_core, self.all_cores = where
        self.starts = 0
        self.verify_share = 0.001  # the load's core is not there to verify
        self.key = directory.folder / "keys/house.key"
        self.certificate = directory.folder / "keys/house.pem"
        self.secsipid_key = self.folder / "secsipid.key"
        self._write_secsipid_key()

    def _write_secsipid_key(self):
        """SEC1 (RFC 5915): secsipid parses the key for each call, this form first, and would pay for its failure with
        any other."""
        done = subprocess.run(["openssl", "ec", "-in", self.key], capture_output=True, text=True, timeout=30, check=True)
        assert done.stdout.startswith("-----BEGIN EC PRIVATE KEY"), done.stdout.splitlines()[:1]
        self.secsipid_key.touch(mode=0o600)
        self.secsipid_key.write_text(done.stdout)

    def log(self, name):
        return self.folder / f"{name}.log"

    def helper(self, name, *words):
        port = free_port()
        command = [self.programs / name, port, self.key, *words]
        return Running(command, self.server_core, self.log(name), port, answers_sip)

    def kamailio(self, form):
        """`form` is PLAIN, BY_FILE or BY_VALUE: see kamailio.cfg."""
        port = free_port()
        config = self.folder / f"kamailio-{form}.cfg"
        text = (HERE.parent / "contenders/kamailio.cfg").read_text()
        text = text.replace("@KEY_FILE@", str(self.secsipid_key))
        config.write_text(text.replace('"@KEY@"', '"' + self.secsipid_key.read_text().replace("\n", "\\n") + '"'))
        config.chmod(0o600)
        runtime = self.folder / "kamailio-run"
        runtime.mkdir(exist_ok=True)
        # tlsf: the default allocators cost it most of its rate.
        command = [program("kamailio"), "-f", config, "-DD", "-E", "-x", "tlsf", "-X", "tlsf", "-m", "64", "-M", "16",
                   "-Y", runtime, "-P", runtime / "pid", "-A", f"LISTEN=udp:127.0.0.1:{port}", "-A", form]
        return Running(command, self.server_core, self.log(f"kamailio-{form}"), port, answers_sip)

    def shaken302(self, workers=1):
        """One worker on the server's core, or two on all cores. Its log is a file, decisions and all."""
        config, ports = self.directory.configure(workers)
        where = self.server_core if workers == 1 else self.all_cores
        self.starts += 1
        running = Running([self.programs / "shaken302", "serve", "--config", config], where,
                          self.log(f"shaken302-{self.starts}"), ports["udp"], answers_sip)
        running.ports = ports
        return running

    def secsipidx(self):
        port = free_stream_port()
        # It says something about each request: nobody reads that here.
        command = [program("secsipidx"), "-http-srv", f"127.0.0.1:{port}", "-k", self.secsipid_key]
        return Running(command, self.server_core, "/dev/null", port, answers_tcp)


def sip_load(stage, running, transport, *words, judged=False, seconds=None):
    command = [stage.programs / "sip_load", f"{transport}:127.0.0.1:{running.ports[transport]}", "--json", *words]
    if seconds is not None:
        command += ["--seconds", seconds]
    if judged:
        command += ["--certificate", stage.certificate, "--verify-share", stage.verify_share]
    return command


def closed_loop(transport="udp", callers="approved", connections=None, judged=False, is_woken=False):
    """As fast as it is answered, by callers of the directory. `is_woken` by each answer: the server's send pays for that."""
    def load(stage, running, seconds):
        words = ["--outstanding", OUTSTANDING, "--callers", f"@{stage.directory.callers[callers]}"]
        words += ["--unsigned"] if callers in ("suspended", "any") else []
        words += ["--connections", connections] if connections else []
        words += ["--wake"] if is_woken else []
        return sip_load(stage, running, transport, *words, judged=judged, seconds=seconds)
    return load


def http_loop(stage, running, seconds):
    return [stage.programs / "http_load", running.port, 8, seconds, f"12122000000,12155550199,A,,{X5U}"]


def all_contenders():
    """In the order in which each round takes them. Neighbours with the same server share one process of it."""
    signed, judged, woken = closed_loop(), closed_loop(judged=True), closed_loop(judged=True, is_woken=True)
    return [
        Contender("echo_signer", "UDP echo + one signature (ceiling)", lambda s: s.helper("echo_signer"), signed),
        Contender("kamailio_file", "Kamailio + secsipid, key by file", lambda s: s.kamailio("BY_FILE"), judged, True),
        Contender("shaken302", "shaken302, 1 worker", "shaken302", judged, True),
        Contender("shaken302_woken", "shaken302, 1 worker, waking the load", "shaken302", woken, True),
        Contender("shaken302_unsigned", "shaken302, 1 worker, unsigned outcome", "shaken302",
                  closed_loop(callers="suspended")),
        Contender("shaken302_tcp", "shaken302, TCP, 2 connections", "shaken302",
                  closed_loop("tcp", connections=2, judged=True), True),
        Contender("shaken302_tcp_1", "shaken302, TCP, 1 connection", "shaken302",
                  closed_loop("tcp", connections=1, judged=True), True),
        Contender("shaken302_tls", "shaken302, TLS, 2 connections", "shaken302",
                  closed_loop("tls", connections=2, judged=True), True),
        Contender("shaken302_tls_1", "shaken302, TLS, 1 connection", "shaken302",
                  closed_loop("tls", connections=1, judged=True), True),
        Contender("kamailio_value", "Kamailio + secsipid, key by value", lambda s: s.kamailio("BY_VALUE"), judged,
                  True),
        Contender("kamailio_woken", "Kamailio + secsipid by value, waking it", lambda s: s.kamailio("BY_VALUE"), woken,
                  True),
        Contender("nta_signer", "Sofia nta, inline signature", lambda s: s.helper("nta_signer"), judged, True),
        Contender("shaken302_2_workers", "shaken302, 2 workers", lambda s: s.shaken302(2), judged, True),
        Contender("kamailio_plain", "Kamailio, plain 302", lambda s: s.kamailio("PLAIN"), closed_loop(callers="any")),
        Contender("echo_unsigned", "UDP echo alone", lambda s: s.helper("echo_signer", "--unsigned"),
                  closed_loop(callers="any")),
        Contender("secsipidx_http", "secsipidx over HTTP, 8 connections", Stage.secsipidx, http_loop),
    ]


def make_tls_certificate(folder):
    key, certificate = folder / "tls.key", folder / "tls.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True, timeout=30)
    key.chmod(0o600)
    return key, certificate
