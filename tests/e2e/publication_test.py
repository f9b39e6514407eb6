#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Credentials that sign only after a real web server has served their chains. publication_test.py SHAKEN302"""
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.request

import scene
from certificate_maker import DAY, CertificateMaker
from https_server import HttpsServer
from key_forms import Secret, leaks
from publication_place import NUMBER, Calls, Place, x5u_of
from server_process import Server, Upstream
from tokens import Identity

BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else ""

WEB, UNTRUSTED = "127.0.0.8", "127.0.0.9"
SEEN_MAX = 10.0  # from the publication to the first token
START_MAX = 3.0  # from the start to the first token with what has been there before
SETTLED = 0.2  # files that have just been written are read once more soon after the start


def seconds_until(condition, seconds, what):
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, f"after {seconds} s still not: {what}"
        time.sleep(0.02)
    return time.monotonic() - begin


def run(*words, status=0):
    done = subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


class Publication(scene.SceneTest):
    """CAs and web servers are made once; folder, configuration and server are each test's own."""

    @classmethod
    def scene(cls):
        cls.shaken_ca = CertificateMaker(cls.folder / "shaken", "SHAKEN")
        cls.web_ca = CertificateMaker(cls.folder / "web", "Web")
        cls.strange_ca = CertificateMaker(cls.folder / "strange", "Strange")
        cls.web = cls.later(HttpsServer(WEB, cls.web_ca.for_web_server(WEB), cls.folder / "nothing"))
        cls.untrusted = cls.later(HttpsServer(UNTRUSTED, cls.strange_ca.for_web_server(UNTRUSTED),
                                              cls.folder / "nothing"))
        cls.browser = ssl.create_default_context(cafile=cls.web_ca.root.certificate)
        cls.chains = 0

    def setUp(self):
        place = self.folder / self._testMethodName
        self.place = Place(place / "etc", self.shaken_ca.root.certificate, self.web_ca.root.certificate)
        self.certs = place / "certs"
        self.certs.mkdir()
        self.web.folder = self.certs
        self.web.answers = {}
        self.web.requested = []
        self.base = f'x5u_base = "{self.web.url("/certs")}"'
        self.calls = 0

    def chain(self, age=0):
        type(self).chains += 1
        return self.shaken_ca.chain(f"leaf-{self.chains}", age)

    def serve(self):
        time.sleep(SETTLED)
        self.server = Server(BINARY, self.place)
        self.addCleanup(self.server.stop)
        self.upstream = Upstream(self.place.port)
        self.addCleanup(self.upstream.close)

    def house(self, pair):
        """One account with one credential, which is to be published in the folder."""
        self.place.add_credential("house", pair, self.base)
        self.place.add_account("acme", ["house"])

    def call(self, number=NUMBER):
        self.calls += 1
        return self.upstream.ask(call_id=f"{self._testMethodName}-{self.calls}", calling="+" + number)

    def is_signed(self, number=NUMBER):
        answer = self.call(number)
        self.assertEqual(302 if answer.all("Identity") else 503, answer.status)
        return answer.status == 302

    def publish(self, pair):
        """The command of an operator; returns the x5u."""
        said = run("cert", "publish", self.certs, "--certificate", pair.certificate, "--base-url",
                   self.web.url("/certs"))
        return re.search(rf"{re.escape(self.web.url('/certs'))}/[0-9a-f]{{32}}\.pem", said)[0]

    def wait_for_x5u(self, x5u, seconds=SEEN_MAX):
        """How long until calls name it; never longer than that, with one unsigned or not on the way."""
        passed = seconds_until(lambda: x5u_of(self.call()) == x5u, seconds, f"calls name {x5u}")
        print(f"\n    {self._testMethodName}: after {passed:.2f} s calls name the x5u", flush=True)

    def assert_verifies(self, answer, number=NUMBER):
        """By what its x5u serves, up to the root of the SHAKEN CA."""
        value = answer.one("Identity")
        with urllib.request.urlopen(Identity(value).header["x5u"], timeout=5, context=self.browser) as served:
            self.assertEqual(200, served.status)
            fetched = self.certs.parent / "fetched.pem"
            fetched.write_bytes(served.read())
        how = ("verify", "--certificate", fetched, "--trust", self.shaken_ca.root.certificate, "--identity", value,
               "--to", "12155550199", "--from")
        run(*how, number)
        run(*how, "12155550177", status=1)

    def lines(self, severity, *texts):
        """Those of the log; whether the machine's clock is synchronised is no matter of these tests."""
        return [line for line in self.server.log().splitlines()
                if f" {severity} " in line and "synchronises the clock" not in line
                and all(text in line for text in texts)]

    def wait_for_line(self, severity, *texts, seconds=10):
        seconds_until(lambda: self.lines(severity, *texts), seconds, f"{severity} line with {texts}")
        return self.lines(severity, *texts)[0]

    def reload(self):
        """SIGHUP, and a moment in which something might be fetched."""
        already = self.server.log().count("reload: generation")
        self.server.signal(signal.SIGHUP)
        self.server.wait_for_log("reload: generation", already + 1)
        time.sleep(0.3)

    def decision(self, answer):
        return self.server.wait_for_log(rf'decision [^\n]*call_id="{answer.one("Call-ID")}"[^\n]*').group(0)

    # --- one credential --------------------------------------------------------------------------

    def test_nothing_is_signed_before_the_chain_is_there(self):
        pair = self.chain()
        self.house(pair)
        self.serve()
        answer = self.call()
        self.assertEqual((503, []), (answer.status, answer.all("Identity")))
        line = self.decision(answer)
        self.assertIn("credential_unpublished", line)
        self.assertIn("verdict=leave_unsigned", line)
        said = self.wait_for_line("error", "credential house: ", "nothing is signed with it before its own chain")
        self.assertIn("the answer is not 200: status 404", said)
        self.server.signal(signal.SIGUSR1)
        self.server.wait_for_log(r"status credential=house state=unpublished")
        self.assertFalse(self.is_signed())

        x5u = self.publish(pair)
        self.assertIn(x5u, said)
        self.wait_for_x5u(x5u)
        self.wait_for_line("info", f"credential house: {x5u} serves its chain: it signs")
        answer = self.call()
        self.assert_verifies(answer)
        self.assertNotIn("credential_unpublished", self.decision(answer))
        # It is looked at again after an hour, and said once that it was not there.
        self.assertEqual(1, len(self.lines("error", "credential house: ")))
        self.server.signal(signal.SIGUSR1)
        self.server.wait_for_log("status generation=", 2)
        self.assertEqual(1, self.server.log().count("state=unpublished"))

    def test_one_that_is_there_at_the_start_signs_at_once_and_without_an_alarm(self):
        pair = self.chain()
        self.house(pair)
        x5u = self.publish(pair)
        self.serve()
        self.wait_for_x5u(x5u, START_MAX)
        self.assertEqual([], self.lines("error") + self.lines("warning"))

    # --- renewal ---------------------------------------------------------------------------------

    def renewing(self):
        """A server that signs with a published chain, under calls; its x5u and the pair."""
        old = self.chain(DAY)
        self.house(old)
        old_x5u = self.publish(old)
        self.serve()
        self.wait_for_x5u(old_x5u, START_MAX)
        calls = Calls(self.place.port)
        self.addCleanup(calls.stop)
        return old, old_x5u, calls

    def assert_all_signed(self, calls, *x5us):
        calls.stop()
        self.assertIsNone(calls.error)
        self.assertGreater(len(calls.answers), 20)
        self.assertEqual(list(x5us), calls.x5us())
        self.assertEqual({302}, {status for _, status, _ in calls.answers})

    def test_after_a_renewal_the_old_one_signs_until_the_new_one_is_there(self):
        _, old_x5u, calls = self.renewing()
        new = self.chain()
        self.place.write("house", new)
        self.wait_for_line("error", "credential house: ", "status 404", "the one before signs until")
        time.sleep(0.5)
        self.assertEqual([old_x5u], calls.x5us())
        self.reload()  # an operator's in between changes nothing
        self.assertEqual([old_x5u], calls.x5us())

        new_x5u = self.publish(new)
        self.assertNotEqual(old_x5u, new_x5u)
        self.wait_for_x5u(new_x5u)
        self.wait_for_line("info", f"credential house: {new_x5u} serves its chain: it signs")
        self.assert_verifies(self.call())
        time.sleep(0.2)
        self.assert_all_signed(calls, old_x5u, new_x5u)

    def taking_back(self):
        """A renewal that is not published is undone while the web server is down; what `renewing` returns."""
        old, old_x5u, calls = self.renewing()
        self.place.write("house", self.chain())
        self.wait_for_line("error", "credential house: ", "status 404")
        self.web.stop()
        self.addCleanup(self.start_web)
        self.place.write("house", old)
        self.server.wait_for_log(f"credential house: renewed, [^\n]*x5u {old_x5u}")
        time.sleep(1)
        return old, old_x5u, calls

    def test_a_renewal_that_is_taken_back_leaves_no_call_unsigned(self):
        _, old_x5u, calls = self.taking_back()
        self.assert_all_signed(calls, old_x5u)
        # It was there before, and signs: no alarm says otherwise.
        self.assertEqual([], self.lines("error", old_x5u))

    def test_after_a_renewal_that_was_taken_back_another_chain_ends_the_signing(self):
        _, old_x5u, _ = self.taking_back()
        self.web.answers[old_x5u.removeprefix(self.web.url(""))] = (200, {}, self.chain().certificate.read_bytes())
        self.start_web()
        # It is looked at once an hour, and at once by way of another CA file.
        other_ca = self.place.folder / "other-ca.pem"
        other_ca.write_bytes(pathlib.Path(re.search(r'publish_check_ca = "(.*)"',
                                                    self.place.config.read_text()).group(1)).read_bytes())
        text = re.sub(r'publish_check_ca = ".*"', f'publish_check_ca = "{other_ca}"', self.place.config.read_text())
        self.place.config.write_text(text)
        self.server.signal(signal.SIGHUP)
        self.wait_for_line("error", f"credential house: {old_x5u}: it is another chain", seconds=15)
        seconds_until(lambda: not self.is_signed(), 2, "calls are unsigned")

    # --- two credentials of an account -----------------------------------------------------------

    def test_of_two_the_newer_signs_as_soon_as_it_is_there(self):
        old, new = self.chain(2 * DAY), self.chain(DAY)
        self.place.add_credential("acme-new", new, self.base)
        self.place.add_credential("acme-old", old, self.base)
        self.place.add_account("acme", ["acme-new", "acme-old"])
        old_x5u = self.publish(old)
        self.serve()
        self.wait_for_x5u(old_x5u, START_MAX)
        answer = self.call()
        self.assertEqual(old_x5u, x5u_of(answer))
        self.assert_verifies(answer)
        line = self.decision(answer)
        self.assertIn("credential=acme-old", line)
        self.assertIn("credential_passed_over", line)
        self.wait_for_line("error", "credential acme-new: ", "status 404")

        new_x5u = self.publish(new)
        self.wait_for_x5u(new_x5u)
        answer = self.call()
        self.assert_verifies(answer)
        line = self.decision(answer)
        self.assertIn("credential=acme-new", line)
        self.assertNotIn("credential_passed_over", line)

        for kind in ("key", "pem"):
            (self.place.folder / f"keys/acme-new.{kind}").unlink()
        self.server.signal(signal.SIGHUP)
        self.wait_for_line("error", "credential[acme-new]", "the one before serves on")
        for _ in range(20):
            self.assertEqual(new_x5u, x5u_of(self.call()))

    def explained(self):
        return run("explain", "--from", "+" + NUMBER, "--to", "+12155550199", "--config", self.place.config)

    def test_explain_tells_which_one_of_two_signs_and_why(self):
        self.place.add_credential("acme-new", self.chain(DAY), self.base)
        self.place.add_credential("acme-old", self.chain(2 * DAY), self.base, is_checked=False)
        self.place.add_account("acme", ["acme-new", "acme-old"])
        # Whether it is published only the server sees: here it is taken to be.
        said = self.explained()
        self.assertNotIn("credential_passed_over", said)
        self.assertRegex(said, r"(?m)^credential +.*acme-new")
        (self.place.folder / "keys/acme-new.key").write_text("nothing")
        said = self.explained()
        self.assertRegex(said, r"(?m)^credential +.*acme-old")

    def test_explain_does_not_deny_what_the_server_does(self):
        """It may look itself, or say that only the server knows; but not that calls are unsigned which are signed."""
        pair = self.chain()
        self.house(pair)
        x5u = self.publish(pair)
        self.serve()
        self.wait_for_x5u(x5u, START_MAX)
        said = self.explained()
        self.assertNotRegex(said, r"(?m)^outcome +(unsigned|rejected)")

    # --- the web server fails --------------------------------------------------------------------

    def start_web(self):
        if not self.web.listening:
            self.web.start()

    def take_another_ca_file(self, name):
        """The same CA under another name: everything is looked at again."""
        copy = self.place.folder / name
        shutil.copy(self.web_ca.root.certificate, copy)
        self.reload_ca_file(copy)

    def test_a_web_server_that_goes_down_takes_nothing_out_of_use(self):
        x5u, calls = self.signing()
        looks = len(self.web.requested)
        self.web.stop()
        self.addCleanup(self.start_web)
        self.reload()
        self.assertEqual([], self.lines("error") + self.lines("warning"))

        self.take_another_ca_file("second-ca.pem")
        said = self.wait_for_line("warning", f"credential house: {x5u}: it cannot be fetched")
        self.assertIn("its chain was there before, so it signs on", said)
        self.assertEqual(x5u, x5u_of(self.call()))
        self.reload()
        self.web.start()
        self.wait_for_line("info", f"credential house: {x5u} serves its chain again")
        self.assertGreater(len(self.web.requested), looks)
        self.assertEqual([], self.lines("error"))
        self.assert_all_signed(calls, x5u)

        # Another chain in its place is no outage: what names it cannot be verified any more.
        path = x5u.removeprefix(self.web.url(""))
        self.web.answers[path] = (200, {}, self.chain().certificate.read_bytes())
        self.take_another_ca_file("third-ca.pem")
        self.wait_for_line("error", f"credential house: {x5u}: it is another chain")
        seconds_until(lambda: not self.is_signed(), 2, "calls are unsigned")
        del self.web.answers[path]
        self.wait_for_x5u(x5u)

    def serve_what_is_wrong(self, names):
        """A credential and a number for each of `names`; in the web under its name is what the name says."""
        def chain_of(name):
            return pairs[name].certificate.read_bytes()

        pairs = {name: self.chain() for name in names}
        numbers = {name: f"1215555010{place}" for place, name in enumerate(names)}
        self.web.answers = {
            "/another.pem": (200, {}, chain_of("good")),
            "/redirect.pem": (302, {"Location": self.web.url("/aim.pem")}, b""),
            "/aim.pem": (200, {}, chain_of("redirect")),
            "/with-key.pem": (200, {}, chain_of("with-key") + pairs["with-key"].key.read_bytes()),
            "/good.pem": (200, {}, chain_of("good")),
        }
        self.untrusted.answers = {"/untrusted.pem": (200, {}, chain_of("untrusted"))}
        for name, pair in pairs.items():
            web = self.untrusted if name == "untrusted" else self.web
            self.place.add_credential(name, pair, f'x5u = "{web.url(f"/{name}.pem")}"')
            self.place.add_account(name, [name], numbers[name])
        self.serve()
        return pairs, numbers

    def test_what_is_not_its_chain_is_never_signed_with(self):
        texts = {"another": "it is another chain: certificate 1 is the one with the SHA-256 fingerprint ",
                 "redirect": "it is a redirection, which verifiers do not follow: status 302",
                 "missing": "the answer is not 200: status 404",
                 "with-key": "a private key is published: in an answer with status 200; everybody can sign",
                 "untrusted": "its web server cannot be trusted: "}
        pairs, numbers = self.serve_what_is_wrong([*texts, "good"])
        for name, text in texts.items():
            with self.subTest(name):
                self.wait_for_line("error", f"credential {name}: https://", f"/{name}.pem: {text}")
        seconds_until(lambda: self.is_signed(numbers["good"]), START_MAX, "the good one signs")
        seconds_until(lambda: min(self.web.requested.count(f"/{name}.pem") for name in texts if name != "untrusted")
                      >= 3, 15, "three looks at each")
        for name in texts:
            with self.subTest(name):
                self.assertFalse(self.is_signed(numbers[name]))
                self.assertEqual(1, len(self.lines("error", f"credential {name}: ")))
        self.assertTrue(self.is_signed(numbers["good"]))
        self.assertNotIn("/aim.pem", self.web.requested)
        self.assertEqual([], self.untrusted.requested)
        self.assertEqual(len(texts), len(self.lines("error")))

        self.assert_a_key_is_lost_for_ever(pairs["with-key"], numbers["with-key"])
        log = self.server.log_path.read_bytes()
        secrets = [Secret(name, pair.key) for name, pair in pairs.items()]
        self.assertEqual({}, leaks(log, secrets))
        self.assertNotEqual({}, leaks(log + pairs["with-key"].key.read_bytes(), secrets))

    def assert_a_key_is_lost_for_ever(self, pair, number):
        self.web.answers["/with-key.pem"] = (200, {}, pair.certificate.read_bytes())
        looks = self.web.requested.count("/with-key.pem")
        seconds_until(lambda: self.web.requested.count("/with-key.pem") > looks, 15, "the next look at it")
        time.sleep(0.3)
        self.assertFalse(self.is_signed(number))

    def test_a_check_that_is_turned_on_ends_the_signing_with_what_is_not_there(self):
        pair = self.chain()
        self.place.add_credential("house", pair, self.base, is_checked=False)
        self.place.add_account("acme", ["house"])
        path = self.publish(pair).removeprefix(self.web.url(""))
        self.web.answers[path] = (200, {}, self.chain().certificate.read_bytes())
        self.serve()
        self.assertTrue(self.is_signed())
        self.assertEqual([], self.web.requested)
        self.place.edit("publish_check = false", "publish_check = true")
        self.reload()
        self.wait_for_line("error", "credential house: ", "it is another chain", "nothing is signed with it")
        seconds_until(lambda: not self.is_signed(), 2, "calls are unsigned")

    # --- the CA of the web servers ---------------------------------------------------------------

    def bad_ca_files(self):
        missing = self.place.folder / "missing.pem"
        text = self.place.folder / "text.pem"
        text.write_text("this is no certificate\n")
        return {"missing": missing, "text": text}

    def assert_served_without_that_ca(self, ca_file):
        pair = self.chain()
        self.house(pair)
        self.publish(pair)
        self.place.edit(str(self.web_ca.root.certificate), str(ca_file))
        self.serve()
        self.assertFalse(self.is_signed())
        said = self.wait_for_line("error", "credential house: ", "its web server cannot be trusted: ")
        self.assertIn(str(ca_file), said)
        self.assertFalse(self.is_signed())
        # It is mended where it is.
        shutil.copy(self.web_ca.root.certificate, ca_file)
        seconds_until(self.is_signed, SEEN_MAX, "it signs")

    def test_a_missing_ca_file_is_told_and_mended_under_calls(self):
        self.assert_served_without_that_ca(self.bad_ca_files()["missing"])

    def test_a_ca_file_of_anything_else_is_told_and_mended_under_calls(self):
        self.assert_served_without_that_ca(self.bad_ca_files()["text"])

    def reload_ca_file(self, ca_file):
        text = re.sub(r'publish_check_ca = ".*"', f'publish_check_ca = "{ca_file}"', self.place.config.read_text())
        self.place.config.write_text(text)
        self.server.signal(signal.SIGHUP)

    def signing(self):
        """A server whose credential is seen, under calls; its x5u."""
        pair = self.chain()
        self.house(pair)
        x5u = self.publish(pair)
        self.serve()
        self.wait_for_x5u(x5u, START_MAX)
        calls = Calls(self.place.port)
        self.addCleanup(calls.stop)
        return x5u, calls

    def assert_bad_ca_file_is_survived(self, ca_file):
        x5u, calls = self.signing()
        self.reload_ca_file(ca_file)
        seconds_until(lambda: str(ca_file) in self.server.log(), 5, f"{ca_file} is named")
        time.sleep(0.2)
        self.reload_ca_file(self.web_ca.root.certificate)
        self.wait_for_line("info", f"{x5u} serves its chain again")
        self.assert_all_signed(calls, x5u)

    def test_a_reload_with_a_missing_ca_file_takes_nothing_out_of_use(self):
        self.assert_bad_ca_file_is_survived(self.bad_ca_files()["missing"])

    def test_a_reload_with_a_ca_file_of_anything_else_takes_nothing_out_of_use(self):
        self.assert_bad_ca_file_is_survived(self.bad_ca_files()["text"])

    def test_every_bad_ca_file_that_a_reload_brings_is_named(self):
        self.signing()
        for name, ca_file in self.bad_ca_files().items():
            with self.subTest(name):
                self.reload_ca_file(ca_file)
                seconds_until(lambda path=ca_file: str(path) in self.server.log(), 3, f"{ca_file} is named")

    # --- check -----------------------------------------------------------------------------------

    def test_check_is_content_with_what_is_not_published_yet(self):
        self.house(self.chain())
        said = run("check", "--config", self.place.config)
        self.assertIn("good: 1 peers, 1 accounts, 1 number rows, 1 credentials, 0 warnings", said)

    def test_check_names_a_bad_ca_file(self):
        self.house(self.chain())
        before = str(self.web_ca.root.certificate)
        for name, ca_file in self.bad_ca_files().items():
            with self.subTest(name):
                self.place.edit(before, str(ca_file))
                before = str(ca_file)
                done = subprocess.run([BINARY, "check", "--config", str(self.place.config)], capture_output=True,
                                      text=True, timeout=20, check=False)
                print(f"\n    check with a {name} CA file: {done.returncode}: {done.stdout}{done.stderr}", flush=True)
                self.assertIn("publish_check_ca", done.stdout + done.stderr)
                self.assertIn(done.returncode, (0, 78))
                self.assertNotIn(", 0 warnings", done.stdout)

    def test_check_refuses_an_x5u_that_cannot_be_fetched_by_https(self):
        self.house(self.chain())
        self.place.edit("https://", "http://")
        self.assertIn("x5u_base", run("check", "--config", self.place.config, status=78))


if __name__ == "__main__":
    scene.main()
