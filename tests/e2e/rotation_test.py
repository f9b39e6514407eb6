#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keys and certificates of many accounts rotate under calls, in every order in which files are written.
rotation_test.py SHAKEN302 ROTATION_HELPER [SWAPS [CALLS_A_SECOND [ACCOUNTS [SEED]]]]"""
import base64
import collections
import hashlib
import os
import pathlib
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
import unittest

import scene
from rotation_writing import ALARM_FROM, Pair, Place, Writer, orders_for
from server_process import Server, Setup

WORDS = [sys.argv.pop(1) for _ in sys.argv[1:] if not sys.argv[1].startswith("-")]
BINARY, HELPER = (str(pathlib.Path(word).resolve()) for word in WORDS[:2]) if WORDS else ("", "")
SWAPS, RATE, ACCOUNTS, SEED = (int(word) for word in [*WORDS[2:], *["1000", "2000", "20", "302"][len(WORDS[2:]):]])

# What the log says, where NAME is the credential's.
REFUSED = r" error .*credential\[NAME\].*the one before serves on"
RENEWED = r" info .*credential NAME\b.*renewed"

X5U_BASE = "https://cert.example.com/certs"
SWAP_MAX = 2.0  # from the end of writing to the first token
ALARM_MAX = 1.0  # from the change
GIVEN_UP = 10.0
CLOCK_SLACK = 0.02
MEMORY_MAX_KIB = 12 * 1024
LOST_MAX = 5  # so many swaps that never come end the run

CREDENTIAL = """
[[credential]]
name = "{name}"
key = "{place.key}"
certificate = "{place.certificate}"
{passphrase}x5u_base = "{base}"
expected_spc = "{code}"

[[account]]
id = "account-{code}"
business_profile = "approved"
trust_product = "approved"
credential = "{name}"
"""
CONFIGURATION = """
[server]
listen = ["udp:127.0.0.1:{port}"]
secret_file = "secret"
drain_time = "0s"

[signing]
trust_anchors = ["made/root.pem"]

[log]
decisions = false

[directory]
numbers = "numbers.csv"

[[peer]]
name = "local"
sources = ["127.0.0.1"]
country = "1"
unsigned = "503"
account_from = ["number"]
caller_id_screened = true
"""


def code_of(account):
    return str(1000 + account)


def name_of(account):
    return f"spc-{code_of(account)}"


def facts_of(line):
    """The counts in a line of the helper."""
    return {name: float(value) if "." in value else int(value) for name, value in re.findall(r"(\w+)=([\d.]+)", line)}


class Load:
    """The helper that sends the calls, and who was signed for with what since when."""

    def __init__(self, port, answers):
        self.process = subprocess.Popen([HELPER, "load", str(port), str(RATE), str(ACCOUNTS), str(answers)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.seen = {}
        self.changed = threading.Condition()
        self.done = None
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            if line.startswith("done "):
                self.done = facts_of(line)
                continue
            _, when, account, name = line.split()
            with self.changed:
                self.seen.setdefault((int(account), name), int(when) / 1e9)
                self.changed.notify_all()

    def wait_for(self, pair, seconds):
        """When the first token of `pair` came; None when none comes."""
        wanted = (pair.account, pair.name)
        with self.changed:
            self.changed.wait_for(lambda: wanted in self.seen, seconds)
        return self.seen.get(wanted)

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(timeout=30)
            self.reader.join(10)
        self.process.stdout.close()


class LogTail:
    """The lines of the server's log, each with the time at which it was there."""

    def __init__(self, path):
        self.lines = []
        self.path = path
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        with open(self.path, "rb") as file:
            rest = b""
            while not self.stopping.wait(0.01):
                when = time.monotonic()
                *lines, rest = (rest + file.read()).split(b"\n")
                self.lines += [(when, line.decode(errors="replace")) for line in lines]

    def stop(self):
        self.stopping.set()
        self.thread.join(5)

    def times_of(self, pattern, name):
        wanted = re.compile(pattern.replace("NAME", re.escape(name)))
        return [when for when, line in self.lines if wanted.search(line)]


class PublishedFolder:
    """What everybody can fetch: each chain under the name of its content, and never another under that name."""

    def __init__(self, folder, ledger):
        self.folder = folder
        folder.mkdir()
        self.ledger = open(ledger, "w", buffering=1)
        self.files = {}
        self.lock = threading.Lock()

    def publish(self, pair):
        path = self.folder / pair.name
        new = self.folder / f".{pair.account}.new"
        new.write_bytes(pair.certificate)
        os.link(new, path)  # and not over one that is there
        new.unlink()
        self.note(pair)

    def note(self, pair):
        with self.lock:
            self.files[pair.name] = self.facts_of(pair.name)
            self.ledger.write(f"{pair.account} {pair.round} {pair.name} {time.monotonic_ns()}\n")

    def facts_of(self, name):
        path = self.folder / name
        facts = path.stat()
        return facts.st_ino, facts.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()

    def rewritten(self):
        return [name for name, facts in self.files.items()
                if self.facts_of(name) != facts or facts[2][:32] + ".pem" != name]


def secrets_of(pair):
    """What must not be anywhere: pieces of the key raw, as hexadecimal and as lines of PEM, and the passphrase."""
    lines = pair.key.split(b"\n")[1:-2]
    if pair.passphrase:
        return [pair.passphrase.strip(), *lines[1:]]
    whole = base64.b64decode(b"".join(lines))
    at = whole.index(b"\x02\x01\x01\x04\x20") + 5  # RFC 5915: version 1, and 32 bytes of privateKey
    secret = whole[at:at + 32]
    # The beginning of the first line is the same for all keys.
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), lines[0][-16:], *lines[1:]]


def leaks_in(log, pairs):
    return [pair for pair in pairs if any(secret in log for secret in secrets_of(pair))]


def is_sanitized(binary):
    content = pathlib.Path(binary).read_bytes()
    return b"__asan_init" in content or b"__tsan_init" in content


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def tell(*lines):
    print("", *lines, sep="\n    ", flush=True)


def in_ms(seconds):
    if not seconds:
        return "none"
    return f"median {statistics.median(seconds) * 1000:.0f} ms, slowest {max(seconds) * 1000:.0f} ms"


# `seconds` from the end of writing to the first token.
Swap = collections.namedtuple("Swap", "order written seconds")


class Rotation(threading.Thread):
    """The rotations of one account, one after the other: publish, write, wait for the first token."""

    def __init__(self, run, account, place, swaps):
        super().__init__(daemon=True)
        self.run_of_all = run
        self.account = account
        self.draw = random.Random(SEED * 1000 + account)
        self.writer = Writer(account, place, self.draw)
        self.swaps = swaps
        self.current = run.pair(account, 0)
        self.done = []
        self.error = None

    def run(self):
        try:
            orders = orders_for(self.writer.place.layout, self.draw)
            for number in range(1, self.swaps + 1):
                if self.run_of_all.is_given_up():
                    return
                self.swap(next(orders), self.run_of_all.pair(self.account, number))
        except Exception as error:  # a thread that died silently would look like a short run
            self.error = error
            raise

    def swap(self, order, new):
        time.sleep(self.draw.uniform(0.02, 0.25))
        self.run_of_all.published.publish(new)
        order(self.writer, new, self.run_of_all.current_of_another(self.account, self.draw))
        written = time.monotonic()
        seen = self.run_of_all.load.wait_for(new, GIVEN_UP)
        if seen is None:
            self.run_of_all.lost.append(f"{order.__name__} of {name_of(self.account)}, round {new.round}")
            return
        self.current = new
        self.done.append(Swap(order.__name__, written, max(0.0, seen - written)))


class Reloads(threading.Thread):
    """An operator's SIGHUPs, at any moment of any writing. They begin when half of the swaps are done, so that the
    others are those of the watch alone."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self.run_of_all = run
        self.draw = random.Random(SEED)
        self.stopping = threading.Event()
        self.begin = None
        self.count = 0

    def run(self):
        while not self.stopping.wait(self.draw.uniform(0.1, 1.0)):
            if sum(len(rotation.done) for rotation in self.run_of_all.rotations) < SWAPS // 2:
                continue
            self.begin = self.begin or time.monotonic()
            self.run_of_all.server.signal(signal.SIGHUP)
            self.count += 1

    def stop(self):
        self.stopping.set()
        self.join()


class RotationTest(scene.SceneTest):
    """The run is the scene; every test is a verdict on it."""

    @classmethod
    def scene(cls):
        cls.lost = []
        cls.share = [SWAPS // ACCOUNTS + (1 if account < SWAPS % ACCOUNTS else 0) for account in range(ACCOUNTS)]
        cls.setup = Setup(BINARY, cls.folder / "etc")
        cls.made = cls.setup.folder / "made"
        subprocess.run([HELPER, "make", str(cls.made), str(ACCOUNTS), str(max(cls.share) + 1)], check=True, timeout=120)
        cls.published = PublishedFolder(cls.folder / "certs", cls.folder / "ledger")
        cls.configure()
        for account in range(ACCOUNTS):
            cls.publish_by_command(cls.pair(account, 0))
        cls.server = cls.later(Server(BINARY, cls.setup))
        cls.log = LogTail(cls.server.log_path)
        cls.load = cls.later(Load(cls.setup.port, cls.folder / "answers"))
        cls.rotate()
        cls.load.stop()
        cls.log.stop()
        cls.verify()

    @classmethod
    def pair(cls, account, number):
        base = cls.made / str(account) / str(number)
        chain = base.with_suffix(".pem").read_bytes()
        name = hashlib.sha256(chain).hexdigest()[:32] + ".pem"
        passphrase = base.with_suffix(".pass")
        return Pair(account, number, base.with_suffix(".key").read_bytes(), chain,
                    passphrase.read_bytes() if passphrase.exists() else None, name)

    @classmethod
    def configure(cls):
        text = CONFIGURATION.format(port=cls.setup.port)
        numbers = "number,account,valid_from,valid_until,basis,reference\n"
        cls.rotations = []
        for account in range(ACCOUNTS):
            layout = Place.LAYOUTS[account % len(Place.LAYOUTS)]
            place = Place(cls.setup.folder / "keys" / code_of(account), layout, cls.pair(account, 0))
            passphrase = f'passphrase_file = "{place.passphrase}"\n' if cls.pair(account, 0).passphrase else ""
            text += CREDENTIAL.format(name=name_of(account), place=place, passphrase=passphrase, base=X5U_BASE,
                                      code=code_of(account))
            numbers += f"{12155550100 + account},account-{code_of(account)},,,assigned,\n"
            cls.rotations.append(Rotation(cls, account, place, cls.share[account]))
        cls.setup.config.write_text(text)
        (cls.setup.folder / "numbers.csv").write_text(numbers)

    @classmethod
    def publish_by_command(cls, pair):
        """The names that the test reckons are those that `cert publish` gives."""
        chain = cls.made / str(pair.account) / f"{pair.round}.pem"
        done = subprocess.run([BINARY, "cert", "publish", str(cls.published.folder), "--certificate", str(chain)],
                              capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, done.stderr
        assert (cls.published.folder / pair.name).is_file(), f"no {pair.name}: {done.stdout}"
        cls.published.note(pair)

    @classmethod
    def rotate(cls):
        for rotation in cls.rotations:
            assert cls.load.wait_for(rotation.current, 20), f"no token of {name_of(rotation.account)} at the start"
        time.sleep(1)
        cls.memory_before = resident_kib(cls.server.process.pid)
        begin = time.monotonic()
        cls.reloads = Reloads(cls)
        for thread in [*cls.rotations, cls.reloads]:
            thread.start()
        for rotation in cls.rotations:
            rotation.join()
        cls.reloads.stop()
        cls.seconds = time.monotonic() - begin
        time.sleep(0.5)
        cls.memory_after = resident_kib(cls.server.process.pid)

    @classmethod
    def verify(cls):
        judged = subprocess.run([HELPER, "verify", str(cls.folder / "answers"), str(cls.folder / "ledger"),
                                 str(cls.published.folder), X5U_BASE, str(ACCOUNTS)],
                                capture_output=True, text=True, timeout=600)
        sys.stderr.write(judged.stderr)
        cls.facts = facts_of(judged.stdout)
        assert "answers" in cls.facts, f"the verifier ended with {judged.returncode}: {judged.stderr}"

    @classmethod
    def is_given_up(cls):
        return len(cls.lost) >= LOST_MAX

    @classmethod
    def current_of_another(cls, account, draw):
        """One whose key is encrypted as this one's is, or not, so that nothing but its certificate is wrong here."""
        others = [rotation.current for rotation in cls.rotations if rotation.account != account]
        is_encrypted = cls.rotations[account].current.passphrase is not None
        return draw.choice([pair for pair in others if (pair.passphrase is not None) == is_encrypted] or others)

    def mismatches(self):
        return [mismatch for rotation in self.rotations for mismatch in rotation.writer.mismatches]

    def test_every_swap_is_seen_within_two_seconds(self):
        done = [swap for rotation in self.rotations for swap in rotation.done]
        by_order = collections.defaultdict(list)
        for swap in done:
            by_order[swap.order].append(swap.seconds)
        reloads_begin = self.reloads.begin or float("inf")
        alone = [swap.seconds for swap in done if swap.written < reloads_begin]
        reloaded = [swap.seconds for swap in done if swap.written >= reloads_begin]
        tell(f"swaps: {len(done)} of {SWAPS} in {self.seconds:.1f} s, {len(self.lost)} lost; from the end of writing "
             f"to the first token {in_ms([swap.seconds for swap in done])}",
             f"  by the watch alone: {len(alone)} swaps, {in_ms(alone)}",
             f"  beside {self.reloads.count} SIGHUPs: {len(reloaded)} swaps, {in_ms(reloaded)}",
             *(f"  {order}: {len(seconds)} swaps, {in_ms(seconds)}" for order, seconds in sorted(by_order.items())))
        self.assertEqual([], [rotation.error for rotation in self.rotations if rotation.error])
        self.assertEqual([], self.lost)
        self.assertEqual(SWAPS, len(done))
        self.assertLess(max(swap.seconds for swap in done), SWAP_MAX)

    def test_every_credential_has_signed(self):
        tell(f"credentials: {self.facts['certificates']} published, {self.facts['certificates_used']} have signed")
        self.assertEqual(SWAPS + ACCOUNTS, self.facts["certificates"])
        self.assertEqual(self.facts["certificates"], self.facts["certificates_used"])

    def test_every_identity_verifies_against_the_certificate_of_its_x5u(self):
        bad = {name: self.facts[name] for name in
               ("not_an_identity", "header_differs", "number_differs", "unknown_certificate", "before_publication",
                "bad_signature")}
        tell(f"identities: {self.facts['answers'] - self.facts['unsigned']} checked, {sum(bad.values())} fail {bad}")
        self.assertEqual(0, sum(bad.values()))
        self.assertEqual(self.facts["answers"], self.facts["good"])

    def test_no_token_is_signed_with_the_credential_of_another_account(self):
        tell(f"tokens with the credential of another account: {self.facts['of_another_account']}")
        self.assertEqual(0, self.facts["of_another_account"])

    def test_no_token_is_signed_with_an_older_certificate_again(self):
        tell(f"tokens with an older certificate more than 1 s after a newer: {self.facts['fell_back']}")
        self.assertEqual(0, self.facts["fell_back"])

    def test_no_call_is_lost_or_unsigned(self):
        done = self.load.done
        tell(f"calls: {done['sent']} in {done['seconds']:.1f} s ({done['sent'] / done['seconds']:.0f}/s), "
             f"{done['sent'] - done['answered']} answers missing, {done['twice']} twice, "
             f"{self.facts['unsigned']} unsigned, slowest answer {done['slowest_us'] / 1000:.1f} ms")
        self.assertEqual(done["sent"], done["answered"])
        self.assertEqual(0, done["twice"] + done["strange"] + done["unsent"])
        self.assertEqual(done["sent"], self.facts["answers"])
        self.assertEqual(0, self.facts["unsigned"])
        self.assertGreaterEqual(done["sent"] / done["seconds"], RATE * 0.99)

    def test_every_mismatch_lasts_and_every_long_one_is_told(self):
        mismatches = self.mismatches()
        lasted = [mismatch.end - mismatch.begin for mismatch in mismatches]
        times = {rotation.account: self.log.times_of(REFUSED, name_of(rotation.account)) for rotation in self.rotations}
        told, silent = [], []
        for mismatch in mismatches:
            if mismatch.end - mismatch.begin < ALARM_FROM:
                continue
            # A reload may have read the files before the writer had looked at the clock again.
            since = mismatch.since - CLOCK_SLACK
            alarm = min((when for when in times[mismatch.account] if when >= since), default=float("inf"))
            (told if alarm - mismatch.begin < ALARM_MAX else silent).append((alarm - mismatch.begin, mismatch))
        halves = sum(rotation.writer.half_files for rotation in self.rotations)
        tell(f"mismatches: {len(mismatches)}, of {min(lasted) * 1000:.0f} to {max(lasted) * 1000:.0f} ms, and {halves} "
             f"half files; {sum(map(len, times.values()))} refusals in the log",
             f"alarms: {len(told)} of {len(told) + len(silent)} mismatches of at least {ALARM_FROM * 1000:.0f} ms were "
             f"told within {ALARM_MAX} s; {in_ms([seconds for seconds, _ in told])}")
        self.assertGreaterEqual(min(lasted), 0.1)
        self.assertEqual([], silent)
        self.assertGreater(len(told), 0)

    def test_every_swap_is_told_once(self):
        told = {}
        for rotation in self.rotations:
            told[rotation.account] = len(self.log.times_of(RENEWED, name_of(rotation.account)))
        tell(f"swaps in the log: {sum(told.values())}")
        self.assertEqual(dict(enumerate(self.share)), told)

    def test_no_published_name_is_rewritten(self):
        rewritten = self.published.rewritten()
        tell(f"published names: {len(self.published.files)}, {len(rewritten)} rewritten")
        self.assertEqual([], rewritten)
        self.assertEqual(set(self.published.files), set(os.listdir(self.published.folder)))

    def test_no_key_is_in_the_log(self):
        log = self.server.log_path.read_bytes()
        pairs = [self.pair(account, number) for account in range(ACCOUNTS) for number in range(self.share[account] + 1)]
        tell(f"log: {len(log)} bytes, searched for {len(pairs)} keys")
        self.assertEqual([], [(pair.account, pair.round) for pair in leaks_in(log, pairs)])
        # The search can find one.
        for pair in (pairs[0], pairs[-1]):
            for secret in secrets_of(pair):
                self.assertEqual([pair], leaks_in(log + secret, pairs))

    def test_the_verifier_refuses_what_is_wrong(self):
        tell(f"self-check: {self.facts['self_check_refused']} turned bits, letters and certificates refused")
        self.assertGreater(self.facts["self_check_refused"], 512 + self.facts["certificates"] - 1)

    def test_memory_does_not_grow_with_every_swap(self):
        tell(f"memory: {self.memory_before} KiB before, {self.memory_after} KiB after {SWAPS} swaps")
        # One credential kept per swap would be about 20 MiB over 1,000 swaps. What a sanitizer keeps back is its own.
        if not is_sanitized(BINARY):
            self.assertLess(self.memory_after - self.memory_before, MEMORY_MAX_KIB)


if __name__ == "__main__":
    scene.main()
