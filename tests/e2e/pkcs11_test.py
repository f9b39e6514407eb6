#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keys in a token, here SoftHSM2: served, tested for speed, stuck, and stopped. pkcs11_test.py SHAKEN302 MODULE

MODULE is tests/e2e/stalling_module.cpp: SoftHSM2 that can be made to hang."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import scene
from server_process import Server, Setup, Upstream
from tokens import Identity

BINARY, MODULE = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:3])
del sys.argv[1:3]
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "4711-secret-pin"
URI = "pkcs11:token=shaken;object=house;type=private"


class Pkcs11(scene.SceneTest):
    @classmethod
    def scene(cls):
        pass

    def setUp(self):
        """The key of the sample credential in a token as well: acme's calls are signed there, others with the file."""
        self.setup = Setup(BINARY, self.folder / self._testMethodName)
        folder = self.setup.folder
        (folder / "tokens").mkdir()
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
        self.stall = folder / "stall"
        self.environment = {**os.environ, "SOFTHSM2_CONF": str(folder / "softhsm2.conf"),
                            "SHAKEN302_TEST_STALL": str(self.stall)}
        self.tool("softhsm2-util", "--init-token", "--free", "--label", "shaken", "--so-pin", "87654321", "--pin", PIN)
        self.tool("softhsm2-util", "--import", str(folder / "keys/house.key"), "--token", "shaken", "--label", "house",
                  "--id", "01", "--pin", PIN)
        pin = folder / "keys/pin"
        pin.touch(mode=0o600)
        pin.write_text(PIN + "\n")
        self.setup.edit("[signing]\n", f'[signing]\npkcs11_module = "{MODULE}"\n')
        self.setup.edit("# An upstream proxy.", f'''[[credential]]
name = "vault"
key = "{URI}"
passphrase_file = "keys/pin"
certificate = "keys/house.pem"
x5u = "https://cert.example.com/vault.pem"

# An upstream proxy.''')
        self.setup.edit('trust_product = "approved"\ncredential = "house"',
                        'trust_product = "approved"\ncredential = "vault"')

    def tool(self, *words):
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def shaken302(self, *words):
        return subprocess.run([BINARY, *words], env=self.environment, capture_output=True, text=True, timeout=60)

    def serve(self, **options):
        server = Server(BINARY, self.setup, environment=self.environment, **options)
        self.addCleanup(server.stop)
        upstream = Upstream(self.setup.port)
        self.addCleanup(upstream.close)
        return server, upstream

    def test_a_call_is_signed_in_the_token(self):
        server, upstream = self.serve()
        answer = upstream.ask(call_id="vault@example.com")
        self.assertEqual(302, answer.status)
        value = answer.one("Identity")
        self.assertEqual("https://cert.example.com/vault.pem", Identity(value).header["x5u"])
        self.assertEqual("A", Identity(value).payload["attest"])
        verdict = self.shaken302("verify", "--certificate", str(self.setup.folder / "keys/house.pem"), "--trust",
                                 str(self.setup.folder / "ca/root.pem"), value)
        self.assertEqual(0, verdict.returncode, verdict.stdout + verdict.stderr)
        # Beside it a credential whose key is a file.
        other = upstream.ask(call_id="house@example.com", calling="+12155550120").one("Identity")
        self.assertEqual("https://cert.example.com/house.pem", Identity(other).header["x5u"])
        server.signal(signal.SIGHUP)
        server.wait_for_log(r"generation 2")
        self.assertEqual(1, len(upstream.ask(call_id="again@example.com").all("Identity")))
        server.signal(signal.SIGTERM)
        self.assertEqual(0, server.wait())
        self.assertNotIn(PIN, server.log())

    def test_the_speed_of_both_keys(self):
        tested = self.shaken302("cert", "selftest", "--config", str(self.setup.config), "--json")
        self.assertEqual(0, tested.returncode, tested.stdout + tested.stderr)
        speeds = {one["credential"]: one["signatures_per_second"] for one in json.loads(tested.stdout)}
        print(f"pkcs11: signatures/s on one thread: {speeds['house']} with a file, {speeds['vault']} in SoftHSM2")
        self.assertGreater(speeds["vault"], 10)
        words = self.shaken302("cert", "selftest", "--config", str(self.setup.config)).stdout
        self.assertRegex(words, r"house: good, \d+ signatures/s.*\nvault: good, \d+ signatures/s")

    def test_a_token_that_hangs_takes_nobody_with_it(self):
        server, upstream = self.serve()
        self.assertEqual(1, len(upstream.ask(call_id="before").all("Identity")))
        self.stall.touch()
        begin = time.monotonic()
        first = upstream.ask(call_id="stuck")
        took = time.monotonic() - begin
        self.assertEqual([302, 0], [first.status, len(first.all("Identity"))])
        self.assertGreater(took, 0.045, "the deadline is 50 ms")
        begin = time.monotonic()
        for i in range(20):
            self.assertEqual(0, len(upstream.ask(call_id=f"at-once-{i}").all("Identity")))
        at_once = (time.monotonic() - begin) / 20
        self.assertLess(at_once, 0.045, "calls of a token that is overdue do not wait for it")
        # Another tenant's key is a file: its calls are signed all the while.
        self.assertEqual(1, len(upstream.ask(call_id="file", calling="+12155550120").all("Identity")))
        self.assertIn("signing_failed", server.wait_for_log(r"decision .*call_id=\S*stuck.*").group(0))
        self.stall.unlink()
        end = time.monotonic() + 5
        while not upstream.ask(call_id=f"after-{time.monotonic()}").all("Identity"):
            self.assertLess(time.monotonic(), end, "a token that answers again signs again")
        print(f"pkcs11: a hanging token: {took * 1000:.0f} ms for the first call, {at_once * 1000:.1f} ms for others")

    def test_a_module_that_hangs_does_not_keep_the_process(self):
        server, upstream = self.serve()
        self.stall.touch()
        upstream.ask(call_id="stuck")
        server.signal(signal.SIGTERM)
        begin = time.monotonic()
        self.assertEqual(0, server.wait())
        self.assertLess(time.monotonic() - begin, 10)

    def test_a_token_that_hangs_at_the_start_leaves_its_credentials_out_of_use(self):
        vault = self.setup.config.read_text().split("[[credential]]\n")[2].split("\n# An upstream proxy.")[0]
        self.assertIn('name = "vault"', vault)
        for i in range(19):
            self.setup.edit("# An upstream proxy.",
                            "[[credential]]\n" + vault.replace('"vault"', f'"vault{i}"') + "\n# An upstream proxy.")
        self.stall.touch()
        begin = time.monotonic()
        _, upstream = self.serve()
        took = time.monotonic() - begin
        self.assertLess(took, 15, "10 s for the first key, nothing for the 19 behind it")
        print(f"pkcs11: a start with 20 keys in a token that hangs: {took:.1f} s")
        self.assertEqual(0, len(upstream.ask(call_id="vault").all("Identity")))
        self.assertEqual(1, len(upstream.ask(call_id="file", calling="+12155550120").all("Identity")))

    def test_where_all_keys_are_in_a_token_that_hangs_the_start_may_be_tried_again(self):
        self.setup.edit('key = "keys/house.key"', f'key = "{URI}"\npassphrase_file = "keys/pin"')
        self.stall.touch()
        server, _ = self.serve(wait=False)
        self.assertEqual(69, server.wait())
        self.assertIn(f"{URI} is in a token that does not answer", server.log())

    def test_mistakes_are_told_with_their_line(self):
        rows = (("keys/pin", PIN, "9999", "does not hold the PIN that the token takes: PIN incorrect"),
                ("shaken302.toml", "object=house", "object=other", "object=other;type=private is not in the token"),
                ("shaken302.toml", "token=shaken", "token=other", "token=other;object=house;type=private is of a token"),
                ("shaken302.toml", MODULE, "/nosuch.so", "needs a PKCS#11 module that cannot be used"),
                ("shaken302.toml", 'passphrase_file = "keys/pin"\n', "", "passphrase_file is missing"),
                ("shaken302.toml", ";type=private", "?pin-value=" + PIN, "is a PKCS#11 URI with a PIN or its place"))
        for file, old, new, complaint in rows:
            with self.subTest(complaint):
                self.setup.edit(old, new, file)
                checked = self.shaken302("check", "--config", str(self.setup.config))
                self.assertEqual(78, checked.returncode, checked.stdout + checked.stderr)
                text = checked.stdout + checked.stderr
                self.assertIn(complaint, text.replace(": is missing", " is missing"))
                self.assertTrue(re.search(r"shaken302\.toml:\d+: ", text), text)
                self.assertNotIn(PIN, text)
                self.setup.edit(new, old, file) if new else self.setup.edit(f'key = "{URI}"\n', f'key = "{URI}"\n{old}')
        with self.subTest("no engine"):
            self.environment["OPENSSL_ENGINES"] = "/nosuch"
            checked = self.shaken302("check", "--config", str(self.setup.config))
            self.assertIn("cannot be used: OpenSSL has no engine pkcs11", checked.stdout + checked.stderr)
            del self.environment["OPENSSL_ENGINES"]
        # `cert check` and `cert show` read the same configuration.
        for words in (("check",), ("show",)):
            done = self.shaken302("cert", *words, "--config", str(self.setup.config))
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)


if __name__ == "__main__":
    scene.main()
