#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The files of [tls] under a running server: renewed, wrong, and of a certificate that clients refuse.
tls_files_test.py SHAKEN302"""
import glob
import math
import os
import pathlib
import re
import signal
import ssl
import subprocess
import sys
import time

import scene
import streams
from server_process import Server, Setup

BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else ""


def make_certificate(folder, name, offset, days, *more):
    """Made at another time: `openssl req -x509` begins now."""
    time = {"LD_PRELOAD": glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0], "FAKETIME": offset}
    key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    key, "-out", certificate, "-days", str(days), "-subj", f"/CN={name}", *more],
                   env=os.environ | time, check=True, capture_output=True, timeout=20)
    return certificate.read_bytes(), key.read_bytes()


def with_end(pair, date):
    """The same with another notAfter; nobody looks at the signature of a server's own certificate there."""
    der = ssl.PEM_cert_to_DER_cert(pair[0].decode())
    begin = der.index(b"\x17\x0d", der.index(b"\x17\x0d") + 2)  # UTCTime, thirteen characters: the second of two
    return ssl.DER_cert_to_PEM_cert(der[:begin + 2] + date + der[begin + 15:]).encode(), pair[1]


class TlsFiles(scene.SceneTest):
    @classmethod
    def scene(cls):
        cls.setup = streams.add_streams(Setup(BINARY, cls.folder / "setup"))
        made = cls.folder / "made"
        made.mkdir()
        cls.good = make_certificate(made, "good", "+0d", 100)
        cls.renewed = make_certificate(made, "renewed", "+0d", 200)
        cls.ended = make_certificate(made, "ended", "-10d", 5)
        cls.early = make_certificate(made, "early", "+10d", 100)
        cls.soon = make_certificate(made, "soon", "-50d", 60)
        cls.client_only = make_certificate(made, "client", "+0d", 100, "-addext", "extendedKeyUsage=clientAuth")
        cls.short = make_certificate(made, "short", "+0d", 6)

    def put(self, pair):
        """Certificate and key, where the configuration looks for them."""
        for kind, content in zip(("crt", "key"), pair):
            (self.setup.folder / f"listener.{kind}").write_bytes(content)

    def served(self):
        """The certificate that a client sees."""
        client = streams.StreamClient(self.setup.tls_port, streams.client_context())
        self.addCleanup(client.close)
        return ssl.DER_cert_to_PEM_cert(client.socket.getpeercert(binary_form=True))

    def assert_served(self, pair):
        self.assertEqual(pair[0].decode().strip(), self.served().strip())

    def report(self):
        count = self.server.log().count("status connections=")
        self.server.signal(signal.SIGUSR1)
        return self.server.wait_for_log(r"status connections=.*", count=count + 1)[0]

    def check(self):
        done = subprocess.run([BINARY, "check", "--config", self.setup.config], capture_output=True, text=True, timeout=20)
        return done.returncode, done.stderr

    def test_what_clients_would_refuse_does_not_replace_what_they_take(self):
        self.put(self.good)
        self.server = Server(BINARY, self.setup)
        self.addCleanup(self.server.stop)
        self.assert_served(self.good)
        file = self.setup.folder / "listener.crt"
        for pair, why in ((self.ended, "has ended at"), (self.early, "is not valid before"),
                          (with_end(self.good, b"99XX01000000Z"), "has a date that cannot be read"),
                          (with_end(self.good, b"000101000000Z"), "has a date that cannot be read, or ends before it"),
                          ((self.good[0], self.ended[1]), "is not the key of the certificate")):
            with self.subTest(why):
                self.put(pair)
                self.server.signal(signal.SIGHUP)
                found = self.server.wait_for_log(rf"error the TLS certificate before serves on: .*{why}.*")[0]
                self.assertRegex(found, r"shaken302\.toml:\d+: tls\.(certificate|key): ")
                self.assert_served(self.good)
                self.assertIn("tls_new_files=refused", self.report())
        self.put(self.renewed)
        self.server.signal(signal.SIGHUP)
        self.server.wait_for_log("info TLS certificate ends at", count=2)
        self.assert_served(self.renewed)
        self.assertNotIn("refused", self.report())
        self.assertEqual((0, ""), self.check())
        self.put(with_end(self.good, b"99XX01000000Z"))
        status, said = self.check()
        self.assertEqual(78, status, said)
        self.assertRegex(said, r"shaken302\.toml:\d+: tls\.certificate: .*has a date that cannot be read")
        self.put(self.ended)
        status, said = self.check()
        self.assertEqual(0, status, said)
        self.assertRegex(said, rf"warning: .*shaken302\.toml:\d+: tls\.certificate: {file}: has ended at 20")

    def test_a_start_with_a_certificate_that_has_ended_serves_all_the_same(self):
        """UDP has nothing to do with it, and some clients look at nothing. Any other replaces it."""
        self.put(self.ended)
        self.server = Server(BINARY, self.setup, name="ended")
        self.addCleanup(self.server.stop)
        self.server.wait_for_log("error the TLS certificate has ended at .*: clients will refuse it")
        self.assert_served(self.ended)
        self.put(self.soon)
        self.server.signal(signal.SIGHUP)
        self.server.wait_for_log("warning the TLS certificate ends at")
        self.assert_served(self.soon)
        self.assertIn(": ends at 20", self.check()[1])
        self.put(self.short)  # the usual life of some: no reason to warn all the time
        self.server.signal(signal.SIGHUP)
        self.server.wait_for_log("info TLS certificate ends at", count=3)
        self.assertEqual(1, self.server.log().count("warning the TLS certificate ends at"))
        self.assertEqual((0, ""), self.check())

    def test_a_start_with_a_certificate_that_is_not_valid_yet_says_so(self):
        self.put(self.early)
        self.server = Server(BINARY, self.setup, name="early")
        self.addCleanup(self.server.stop)
        self.server.wait_for_log("error the TLS certificate is not valid before 20.*: clients will refuse it")
        self.assert_served(self.early)
        self.put(self.good)
        self.server.signal(signal.SIGHUP)
        self.server.wait_for_log("info TLS certificate ends at", count=2)
        self.assert_served(self.good)

    def test_of_many_orders_to_reload_the_files_are_read_as_often_as_there_is_time_for(self):
        slow = self.folder / "made/slow.key"
        subprocess.run(["openssl", "pkcs8", "-topk8", "-in", self.folder / "made/good.key", "-out", slow, "-v2",
                        "aes-256-cbc", "-iter", "1000000", "-passout", "pass:slow"], check=True, timeout=20)
        (self.setup.folder / "listener.pass").write_text("slow\n")
        (self.setup.folder / "listener.pass").chmod(0o600)
        self.put((self.good[0], slow.read_bytes()))
        self.setup.edit("[tls]\n", '[tls]\npassphrase_file = "listener.pass"\n')
        self.addCleanup(self.setup.edit, 'passphrase_file = "listener.pass"\n', "")
        self.server = Server(BINARY, self.setup, name="many")
        self.addCleanup(self.server.stop)
        begin = time.monotonic()
        for _ in range(60):
            self.server.signal(signal.SIGHUP)
            time.sleep(0.02)
        self.server.wait_for_log("info TLS certificate ends at", count=3)
        self.server.signal(signal.SIGTERM)
        self.server.signal(signal.SIGTERM)
        self.server.process.wait(timeout=20)
        seconds = time.monotonic() - begin
        read = self.server.log().count("info TLS certificate ends at") - 1
        print(f"TLS files read {read} times for 60 orders, ended {seconds - 1.2:.1f} s after the last")
        self.assertLess(read, 20)
        self.assertLess(seconds, 5)

    def test_who_was_turned_away_is_told_and_why_and_no_more_than_once_a_second(self):
        self.put(self.good)
        self.setup.edit("[tls]\n", f'[tls]\nclient_certificate = "required"\nclient_ca = "{self.folder}/made/good.crt"\n')
        self.server = Server(BINARY, self.setup, name="away")
        self.addCleanup(self.server.stop)
        told = rf"warning a connection from 127\.0\.0\.1 port \d+ to tls port {self.setup.tls_port} was turned away: "
        stranger = streams.client_context()
        stranger.load_cert_chain(self.folder / "made/ended.crt", self.folder / "made/ended.key")
        self.turn_away(stranger)
        self.server.wait_for_log(told + "self-signed certificate")
        time.sleep(1.1)
        begin = time.monotonic()
        while time.monotonic() < begin + 2:
            self.turn_away(streams.client_context())
            time.sleep(0.02)
        self.server.wait_for_log(told + "peer did not return a certificate")
        time.sleep(0.3)
        told = self.server.log().count("was turned away")
        self.assertLessEqual(told, 2 + math.ceil(time.monotonic() - begin))  # with the one before, and the seconds' ends

    def test_files_that_give_a_key_away_or_turn_clients_away_are_said(self):
        """A key in a file that anybody may read is refused; what clients would not take is a warning."""
        self.put(self.good)
        self.assertEqual((0, ""), self.check())
        file = self.setup.folder / "listener.crt"
        file.write_bytes(self.good[0] + self.good[1])
        status, said = self.check()
        self.assertEqual(78, status, said)
        self.assertRegex(said, rf"shaken302\.toml:\d+: tls\.certificate: {file}: holds a private key; take the key out")
        self.assertNotIn(self.good[1].decode().splitlines()[1], said)
        self.server = self.start_with(self.good, "given")
        self.assert_one_file_for_both_is_good()
        file.write_bytes(self.renewed[0] + self.renewed[1])
        self.server.signal(signal.SIGHUP)
        self.server.wait_for_log("error the TLS certificate before serves on: .*holds a private key")
        self.assert_served(self.good)
        self.server.stop()

        clients = self.setup.folder / "clients.pem"
        asked = f'[tls]\nclient_certificate = "optional"\nclient_ca = "{clients}"\n'
        self.setup.edit("[tls]\n", asked)
        self.addCleanup(self.setup.edit, asked, "[tls]\n")
        self.put(self.good)
        clients.write_bytes(self.good[0] + self.good[1])
        status, said = self.check()
        self.assertEqual(78, status, said)
        self.assertIn(f"tls.client_ca: {clients}: holds a private key", said)
        clients.write_bytes(self.good[0] + self.ended[0])
        status, said = self.check()
        self.assertEqual(0, status, said)
        self.assertRegex(said, rf"warning: .*: tls\.client_ca: {clients}: CN=ended has ended at 20")
        self.server = self.start_with(self.good, "ended-ca")
        self.server.wait_for_log("warning .*: CN=ended has ended at 20.*: its clients are turned away")
        clients.write_bytes(self.soon[0])
        self.server.signal(signal.SIGHUP)
        self.server.wait_for_log("warning .*: CN=soon ends at 20.*: its clients will be turned away")
        self.assertEqual(2, self.server.log().count("turned away"))  # each once
        self.put(self.client_only)
        self.server.signal(signal.SIGHUP)
        self.server.wait_for_log("error the TLS certificate before serves on: .*its extensions let it be no server's")
        self.assert_served(self.good)
        self.assertIn("its extensions let it be no server's", self.check()[1])

    def assert_one_file_for_both_is_good(self):
        """Readable by its owner alone, as the key has to be."""
        both, config = self.setup.folder / "both.pem", self.setup.folder / "both.toml"
        both.write_bytes(self.good[0] + self.good[1])
        text = (self.setup.folder / "shaken302.toml").read_text()
        text, count = re.subn(r'^(certificate|key) = ".*/listener\.(crt|key)"$', rf'\1 = "{both}"', text, flags=re.M)
        self.assertEqual(2, count)
        config.write_text(text)
        for mode, status in ((0o600, 0), (0o644, 78)):
            both.chmod(mode)
            done = subprocess.run([BINARY, "check", "--config", config], capture_output=True, text=True, timeout=20)
            self.assertEqual(status, done.returncode, done.stderr)

    def start_with(self, pair, name):
        self.put(pair)
        server = Server(BINARY, self.setup, name=name)
        self.addCleanup(server.stop)
        return server

    def turn_away(self, context):
        client = streams.StreamClient(self.setup.tls_port)
        self.addCleanup(client.close)
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            client.socket = context.wrap_socket(client.socket)
            client.socket.recv(1)  # TLS 1.3: the refusal comes behind the handshake


if __name__ == "__main__":
    scene.main()
