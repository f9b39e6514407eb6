#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No byte of a private key in anything that others could read. secrecy_test.py SHAKEN302"""
import ctypes
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import key_forms
import scene
from key_forms import Secret, leaks, openssl
from server_process import Server, Setup, Upstream

BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else ""
NOBODY = 65534
IS_ROOT = os.geteuid() == 0
PASSPHRASE = "correct-horse-battery-staple-9431"
OTHER_PASSPHRASE = "wrong-horse-battery-staple-1349"
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"] if IS_ROOT else []

# Reads, and tries to trace, what /proc says of a process; prints what it could do.
PROBE = """
import ctypes, os, sys
pid = int(sys.argv[1])
for name in ("mem", "maps", "environ"):
    try:
        with open(f"/proc/{pid}/{name}", "rb", buffering=0) as file:
            if name == "mem":
                print("opened mem")
            elif file.read(1):
                print("read", name)
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
if libc.ptrace(16, pid, None, None) == 0:
    os.waitpid(pid, 0x40000000)
    libc.ptrace(17, pid, None, None)
    print("traced")
"""
ALL_OF_IT = ["opened mem", "read environ", "read maps", "traced"]


def probe(pid):
    done = subprocess.run([*AS_NOBODY, sys.executable, "-c", PROBE, str(pid)], capture_output=True, text=True,
                          timeout=20, check=True)
    return sorted(done.stdout.splitlines())


class Keys:
    """Three credentials, each with its key in another form, and one account for each."""

    def __init__(self, folder):
        self.setup = Setup(BINARY, folder / "etc")
        self.keys = self.setup.folder / "keys"
        self.setup.edit("[server]\n", '[log]\nlevel = "debug"\n\n[server]\n')
        self.add("second", folder)
        self.add("third", folder, 'passphrase_file = "keys/third.pass"\n')
        old = self.keys / "second.key"
        self.write("second.key", openssl("ec", "-in", old))
        self.write("third.key", openssl("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", self.keys / "third.key",
                                        "-passout", f"pass:{PASSPHRASE}"))
        self.write("third.pass", PASSPHRASE.encode() + b"\n")
        self.secrets = [Secret("house", self.keys / "house.key"), Secret("second", self.keys / "second.key"),
                        Secret("third", self.keys / "third.key", PASSPHRASE)]

    def add(self, name, folder, more=""):
        other = Setup(BINARY, folder / ("made-" + name))
        for end in (".key", ".pem"):
            shutil.copy(other.folder / "keys" / f"house{end}", self.keys / f"{name}{end}")
        shutil.rmtree(other.folder)
        self.setup.edit("# An upstream proxy.", f"""[[credential]]
name = "{name}"
key = "keys/{name}.key"
certificate = "keys/{name}.pem"
x5u = "https://cert.example.com/{name}.pem"
{more}
[[account]]
id = "{name}"
business_profile = "approved"
trust_product = "approved"
credential = "{name}"

# An upstream proxy.""")

    def write(self, name, content):
        path = self.keys / name
        path.write_bytes(content)
        path.chmod(0o600)

    def files(self):
        """Those that the test itself filled with secrets."""
        return {str(path) for path in self.keys.iterdir()}


class Secrecy(scene.SceneTest):
    @classmethod
    def scene(cls):
        cls.keys = Keys(cls.folder)
        cls.setup = cls.keys.setup
        cls.secrets = cls.keys.secrets

    def setUp(self):
        self.begin = {path.name: path.read_bytes() for path in self.keys.keys.iterdir()}
        self.configuration = self.setup.config.read_text()

    def tearDown(self):
        for name, content in self.begin.items():
            self.keys.write(name, content)
        self.setup.config.write_text(self.configuration)

    def assert_silent(self, data, where):
        self.assertEqual({}, leaks(data, self.secrets), where)

    def call(self, times=1):
        upstream = Upstream(self.setup.port)
        self.addCleanup(upstream.close)
        for i in range(times):
            for account in ("acme", "second", "third"):
                answer = upstream.ask(call_id=f"{account}{i}", extra=(f"X-Account: {account}",))
                self.assertEqual(302, answer.status)
                self.assertEqual(1, len(answer.all("Identity")), account)

    @staticmethod
    def credential_of(file):
        return file.rsplit(".", 1)[0]

    def refused(self, file):
        """The line about a file that is wrong. The server reads files by itself as well: who found it is not said."""
        return rf"error .*credential\[{self.credential_of(file)}\]\..*; the one before serves on"

    @staticmethod
    def count(server, pattern):
        return len(re.findall(pattern, server.log()))

    def reload(self, server):
        """Lines about single credentials may follow the one that it waits for."""
        done = r"reload: generation \d+:"
        before = self.count(server, done)
        server.signal(signal.SIGHUP)
        server.wait_for_log(done, count=before + 1)

    def broken(self):
        """What may be wrong with the files of a credential: why, file, content."""
        lines = self.begin["house.key"].split(b"\n")
        return [
            ("cut short", "house.key", self.begin["house.key"][:150]),
            ("a line too few", "second.key", b"\n".join(self.begin["second.key"].split(b"\n")[1:])),
            ("a damaged digit", "house.key", b"\n".join([lines[0], b"!" + lines[1][1:], *lines[2:]])),
            ("of another credential", "house.key", self.begin["second.key"]),
            ("the key in the public file", "second.pem", self.begin["second.pem"] + self.begin["second.key"]),
            ("the key instead of the certificate", "second.pem", self.begin["second.key"]),
            ("a wrong passphrase", "third.pass", OTHER_PASSPHRASE.encode()),
            ("no passphrase", "third.pass", b""),
            ("the key as the passphrase", "third.pass", self.begin["house.key"]),
            ("the passphrase as the key", "third.key", PASSPHRASE.encode()),
            ("bare base64", "house.key", b"".join(lines[1:4])),
        ]

    # --- what it writes --------------------------------------------------------------------------

    def test_nothing_that_the_server_writes_holds_a_key(self):
        server = Server(BINARY, self.setup, name="writes")
        self.addCleanup(server.stop)
        self.call(5)
        for why, name, content in self.broken():
            with self.subTest(why):
                told = self.count(server, self.refused(name))
                self.keys.write(name, content)
                self.reload(server)
                server.wait_for_log(self.refused(name), count=told + 1)
                mended = rf"credential {self.credential_of(name)}: its files are good again"
                told = self.count(server, mended)
                self.keys.write(name, self.begin[name])
                self.reload(server)
                server.wait_for_log(mended, count=told + 1)
        # A configuration that is wrong is refused as a whole, here one that takes a key for a table.
        self.setup.edit('numbers = "numbers.csv"', 'numbers = "keys/house.key"')
        server.signal(signal.SIGHUP)
        server.wait_for_log("reload refused")
        self.setup.config.write_text(self.configuration)
        self.reload(server)
        self.call(5)
        server.signal(signal.SIGUSR1)
        time.sleep(0.5)
        pid = server.process.pid
        for name in ("environ", "cmdline", "status", "comm") if IS_ROOT else ("cmdline", "status", "comm"):
            self.assert_silent(pathlib.Path(f"/proc/{pid}/{name}").read_bytes(), name)
        server.signal(signal.SIGTERM)
        self.assertEqual(0, server.wait())
        written = 0
        for file, data in key_forms.files_below(self.setup.folder, but=self.keys.files()):
            self.assert_silent(data, file)
            written += 1
        self.assertGreater(written, 4)

    def run_command(self, *words):
        done = subprocess.run([BINARY, *map(str, words)], capture_output=True, timeout=60, check=False,
                              stdin=subprocess.DEVNULL)
        said = done.stdout + done.stderr
        self.assertTrue(said, words)
        self.assert_silent(said, words)
        return done.returncode, said

    def commands(self):
        config = ["--config", self.setup.config]
        explain = ["explain", "--from", "12155550100", "--to", "12155550199", *config]
        for words in (["check", *config], ["cert", "show", *config], ["cert", "check", *config],
                      ["cert", "selftest", *config], explain):
            yield words
            yield [*words, "--json"]

    def test_no_command_says_a_key_whatever_is_wrong_with_it(self):
        for words in self.commands():
            status, said = self.run_command(*words)
            self.assertIn(status, (0, 1), said)
        for why, name, content in self.broken():
            self.keys.write(name, content)
            for words in self.commands():
                with self.subTest(why, words=words):
                    self.run_command(*words)
            self.keys.write(name, self.begin[name])

    def test_no_command_says_a_key_that_stands_where_something_else_should(self):
        keys = self.keys.keys
        for name in ("house.key", "second.key", "third.key", "third.pass"):
            key = keys / name
            for words in (["check", "--config", key], ["explain", "--from", "1", "--to", "2", "--config", key],
                          ["cert", "show", key], ["cert", "check", key],
                          ["cert", "check", keys / "house.pem", "--anchors", key],
                          ["cert", "check", keys / "house.pem", "--key", keys / "third.key",
                           "--passphrase-file", key],
                          ["numbers", "check", key]):
                with self.subTest(name, words=words):
                    status, said = self.run_command(*words)
                    self.assertNotEqual(0, status, said)
            for setting, value in (('numbers = "numbers.csv"', f'numbers = "keys/{name}"'),
                                   ('secret_file = "secret"', f'secret_file = "keys/{name}"'),
                                   ('certificate = "keys/house.pem"', f'certificate = "keys/{name}"'),
                                   ('passphrase_file = "keys/third.pass"', f'passphrase_file = "keys/{name}"'),
                                   ('passphrase_file = "keys/third.pass"',
                                    f'passphrase_file = """{key.read_text()}"""'),
                                   ('key = "keys/house.key"', f'key = """{key.read_text()}"""')):
                self.setup.edit(setting, value)
                for words in list(self.commands())[:2] + list(self.commands())[-2:]:
                    with self.subTest(name, setting=setting, words=words):
                        self.run_command(*words)
                self.setup.config.write_text(self.configuration)

    # --- what others can read --------------------------------------------------------------------

    def copy_for_nobody(self):
        """The set-up and the binary where an unprivileged user may use them."""
        folder = pathlib.Path(self.folder) / self._testMethodName
        shutil.copytree(self.setup.folder, folder)
        binary = folder / "shaken302"
        shutil.copy(BINARY, binary)
        binary.chmod(0o755)
        if IS_ROOT:
            self.folder.chmod(0o755)
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
        return binary, folder

    def start(self, binary, folder, core=0, before=()):
        log = folder / "server.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [*AS_NOBODY, *before, str(binary), "serve", "--config", str(folder / "shaken302.toml")], cwd=folder,
                stdout=output, stderr=output,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (core, core)) if core else None)
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.wait()))
        end = time.monotonic() + 20
        while "serving: generation 1" not in log.read_text(errors="replace"):
            self.assertIsNone(process.poll(), log.read_text(errors="replace"))
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        return process

    def sleeper(self, core=0, folder=None):
        """A process that guards nothing: it shows that the test can see at all."""
        process = subprocess.Popen(
            [*AS_NOBODY, "sleep", "60"], cwd=folder,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (core, core)) if core else None)
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.wait()))
        while pathlib.Path(f"/proc/{process.pid}/comm").read_text() != "sleep\n":
            time.sleep(0.01)
        return process

    def test_its_own_user_can_neither_read_nor_trace_it(self):
        seen = probe(self.sleeper().pid)
        if seen != ALL_OF_IT:
            self.skipTest(f"SKIPPED: nobody can be traced here at all, only {seen}")
        binary, folder = self.copy_for_nobody()
        self.assertEqual([], probe(self.start(binary, folder).pid))

    def test_no_core_is_left_even_where_they_are_wanted(self):
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        if hard == 0:
            self.skipTest("SKIPPED: core files are forbidden here")
        unlimited = resource.RLIM_INFINITY if hard == resource.RLIM_INFINITY else hard
        binary, folder = self.copy_for_nobody()
        sleeper = self.sleeper(unlimited, folder)
        sleeper.send_signal(signal.SIGABRT)
        if not os.WCOREDUMP(os.waitpid(sleeper.pid, 0)[1]):
            self.skipTest("SKIPPED: nothing leaves a core file here")
        for core in folder.glob("core*"):
            core.unlink()
        for number in (signal.SIGABRT, signal.SIGQUIT, signal.SIGSEGV):
            with self.subTest(number):
                process = self.start(binary, folder, unlimited)
                process.send_signal(number)
                status = os.waitpid(process.pid, 0)[1]
                process.returncode = -number
                self.assertEqual(number, os.WTERMSIG(status))
                self.assertFalse(os.WCOREDUMP(status))
                self.assertEqual([], list(folder.glob("core*")))

    @unittest.skipUnless(IS_ROOT, "SKIPPED: only root reads the memory of a server")
    def test_in_memory_there_is_the_key_of_openssl_and_no_file(self):
        server = Server(BINARY, self.setup, name="memory")
        self.addCleanup(server.stop)
        self.call(20)
        for _ in range(2):
            self.reload(server)
        self.keys.write("third.pass", OTHER_PASSPHRASE.encode())
        self.reload(server)
        server.wait_for_log(self.refused("third.pass"))
        self.call(20)
        found, places, size = {}, {}, 0
        for region, data in key_forms.memory_of(server.process.pid):
            size += len(data)
            for form, times in leaks(data, self.secrets).items():
                found[form] = found.get(form, 0) + times
                places.setdefault(form, []).append(region)
            self.assertNotIn(OTHER_PASSPHRASE.encode(), data, region)
        print(f"{size >> 20} MiB of memory: {found}", file=sys.stderr)
        kept = {form: times for form, times in found.items() if not form.endswith((": bytes", ": reversed"))}
        self.assertEqual({}, kept, places)
        # OpenSSL keeps the number in words, the lowest first: the search does find it.
        for secret in self.secrets:
            self.assertGreaterEqual(found.get(f"{secret.name}: reversed", 0), 1, "the search is blind")


class TheSearchItself(unittest.TestCase):
    """It would be of no use if it found nothing."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="shaken302-e2e-"))
        scene.Verdicts.folders.append(cls.folder)
        cls.path = cls.folder / "a.key"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", cls.path)
        cls.secret = Secret("a", cls.path)
        cls.sec1 = openssl("ec", "-in", cls.path, "-outform", "DER")
        cls.number = key_forms.number_of(cls.sec1)

    def test_a_key_in_the_environment_of_a_process_is_found(self):
        for name, value in (("PEM", self.path.read_text()), ("hexadecimal", self.number.hex()),
                            ("decimal", str(int.from_bytes(self.number, "big")))):
            with self.subTest(name):
                child = subprocess.Popen(["sleep", "60"], env={"PLANTED": value})
                try:
                    environment = b""
                    while not environment:  # which the child gets a moment after its name
                        environment = pathlib.Path(f"/proc/{child.pid}/environ").read_bytes()
                    found = leaks(environment, [self.secret])
                finally:
                    child.kill()
                    child.wait()
                self.assertIn(f"a: {name}", found)

    def test_each_form_is_found_and_nothing_in_nothing(self):
        encode = key_forms.base64.b64encode
        for form, data in (("bytes", b"x" + self.number), ("reversed", self.number[::-1] + b"x"), ("DER", self.sec1),
                           ("hexadecimal", b"0x" + self.number.hex().upper().encode()),
                           ("base64 of DER", encode(b"x" + self.sec1)), ("base64 of DER", encode(b"xy" + self.sec1)),
                           ("base64 of DER", encode(self.sec1)),
                           ("PEM", openssl("ec", "-in", self.path)), ("PEM", self.path.read_bytes())):
            with self.subTest(form, data=data):
                self.assertIn(f"a: {form}", leaks(data, [self.secret]))
        self.assertEqual({}, leaks(os.urandom(100_000), [self.secret]))

    @unittest.skipUnless(IS_ROOT, "SKIPPED: only root reads the memory of others")
    def test_a_key_in_the_memory_of_a_process_is_found(self):
        kept = ctypes.create_string_buffer(self.sec1)
        found = {}
        for _, data in key_forms.memory_of(os.getpid()):
            found.update(leaks(data, [self.secret]))
        self.assertIn("a: DER", found)
        del kept


if __name__ == "__main__":
    scene.main()
