# SPDX-License-Identifier: MIT
"""How an operator, a script, certbot or Kubernetes puts a new key and certificate where a server reads them: each
order of writing as a function of a Writer and the new pair. What they have in common: for a while the two files do
not belong together, or one of them is not whole."""
import collections
import itertools
import os
import pathlib
import random
import shutil
import time

# `passphrase` is None where the key is not encrypted; `name` is that of the published chain.
Pair = collections.namedtuple("Pair", "account round key certificate passphrase name")
Mismatch = collections.namedtuple("Mismatch", "account since begin end why")  # since: before the last writing

SHORT = (0.10, 0.19)  # shorter than any wait for quiet
MEDIUM = (0.20, 0.55)
LONG = (0.70, 1.00)  # it has to be noticed
HALF_FILE = (0.26, 0.32)
ALARM_FROM = 0.6


def write_new(path, content, mode):
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(file, "wb") as out:
        out.write(content)


class Place:
    """Where the server reads the key, certificate and passphrase of an account: `key`, `certificate` and
    `passphrase` are what the configuration names. The layouts: files in a folder; a folder behind a link, as releases
    are deployed; links through a link, as Kubernetes mounts a secret."""

    LAYOUTS = ("plain", "release", "kubernetes")

    def __init__(self, folder, layout, pair):
        self.folder = pathlib.Path(folder)
        self.layout = layout
        self.serial = itertools.count()
        self.folder.mkdir(parents=True)
        base = self.folder
        if layout == "plain":
            self._fill(self.folder, pair)
        else:
            self.link = self.folder / ("live" if layout == "release" else "..data")
            self.swap_folder(pair)
            base = self.link if layout == "release" else self.folder
        if layout == "kubernetes":
            for name in ("cred.key", "cred.pem", "cred.pass"):
                os.symlink(f"..data/{name}", self.folder / name)
        self.key = base / "cred.key"
        self.certificate = base / "cred.pem"
        self.passphrase = base / "cred.pass"

    @staticmethod
    def _fill(folder, pair):
        write_new(folder / "cred.key", pair.key, 0o600)
        write_new(folder / "cred.pem", pair.certificate, 0o644)
        if pair.passphrase:
            write_new(folder / "cred.pass", pair.passphrase, 0o600)

    def swap_folder(self, pair):
        """Both at once: the folder behind the link is another one. The one before is removed, as kubelet does."""
        new = self.folder / f"..release-{next(self.serial)}"
        new.mkdir(mode=0o700)
        self._fill(new, pair)
        before = self.link.resolve() if self.link.is_symlink() else None
        link = self.folder / "..link"
        os.symlink(new.name, link)
        os.replace(link, self.link)
        if before:
            shutil.rmtree(before)

    def replace(self, path, content):
        """By rename, in the folder where the file really is."""
        path = pathlib.Path(os.path.realpath(path))
        new = path.with_name(path.name + ".new")
        write_new(new, content, 0o644 if path.suffix == ".pem" else 0o600)
        os.replace(new, path)

    def relink(self, path, content):
        """As certbot does: the content in an archive, and a link to it in the place of the one before."""
        new = self.folder / f"archive-{next(self.serial)}{path.suffix}"
        write_new(new, content, 0o644 if path.suffix == ".pem" else 0o600)
        before = pathlib.Path(os.path.realpath(path)) if path.is_symlink() else None
        link = self.folder / "..link"
        os.symlink(new.name, link)
        os.replace(link, path)
        if before:
            before.unlink()

    @staticmethod
    def rewrite(path, pieces, pause=lambda: None):
        """In place; between the pieces the file lies there as it is."""
        with open(path, "r+b", buffering=0) as file:
            file.truncate(0)
            for index, piece in enumerate(pieces):
                if index:
                    pause()
                file.write(piece)


class Writer:
    """Writes for one account, and remembers how long the files did not belong together."""

    def __init__(self, account, place, draw):
        self.account = account
        self.place = place
        self.draw = draw
        self.mismatches = []
        self.half_files = 0
        self.since = 0

    def wait_mismatched(self, between, why):
        begin = time.monotonic()
        time.sleep(self.draw.uniform(*between))
        self.mismatches.append(Mismatch(self.account, self.since, begin, time.monotonic(), why))

    def swap_folder(self, pair):
        self.since = time.monotonic()
        self.place.swap_folder(pair)

    def wait_half(self):
        time.sleep(self.draw.uniform(*HALF_FILE))
        self.half_files += 1

    def write_in_turn(self, pair, how, key_first, between, why):
        """`how` writes the one, key or certificate; the other follows after a while. A passphrase comes with its
        key, before or behind it."""
        private = [(self.place.key, pair.key)]
        if pair.passphrase:
            private.insert(self.draw.randrange(2), (self.place.passphrase, pair.passphrase))
        steps = [private, [(self.place.certificate, pair.certificate)]]
        first, second = steps if key_first else steps[::-1]
        for path, content in first:
            self.since = time.monotonic()
            how(path, content)
        self.wait_mismatched(between, why)
        for path, content in second:
            self.since = time.monotonic()
            how(path, content)

    def in_place(self, path, content):
        self.place.rewrite(path, [content])

    def in_pieces(self, path, content):
        """Empty first, then cut within each PEM block and between two of them, each for longer than the wait for
        quiet: the certificate ends within the leaf, between leaf and intermediate, and within the intermediate."""
        starts = [0]
        while (start := content.find(b"-----BEGIN", starts[-1] + 1)) > 0:
            starts.append(start)
        cuts = [0]
        for start, end in zip(starts, [*starts[1:], len(content)]):
            cuts += [(start + end) // 2, end]
        self.place.rewrite(path, [b"", *(content[a:b] for a, b in zip(cuts, cuts[1:]))], self.wait_half)


def rename_key_first(w, new, other):
    w.write_in_turn(new, w.place.replace, True, SHORT, "new key, old certificate")


def rename_certificate_first(w, new, other):
    w.write_in_turn(new, w.place.replace, False, SHORT, "old key, new certificate")


def in_place_key_first(w, new, other):
    w.write_in_turn(new, w.in_place, True, SHORT, "new key, old certificate")


def in_place_certificate_first(w, new, other):
    w.write_in_turn(new, w.in_place, False, SHORT, "old key, new certificate")


def pieces_certificate_first(w, new, other):
    w.write_in_turn(new, w.in_pieces, False, SHORT, "old key, new certificate")


def pieces_key_first(w, new, other):
    """Here the leaf that lies there without its intermediate belongs to the key."""
    w.write_in_turn(new, w.in_pieces, True, SHORT, "new key, old certificate")


def mismatched_key_first(w, new, other):
    w.write_in_turn(new, w.place.replace, True, MEDIUM, "new key, old certificate")


def mismatched_certificate_first(w, new, other):
    w.write_in_turn(new, w.in_place, False, MEDIUM, "old key, new certificate")


def long_mismatched_key_first(w, new, other):
    w.write_in_turn(new, w.in_place, True, LONG, "new key, old certificate")


def long_mismatched_certificate_first(w, new, other):
    w.write_in_turn(new, w.place.replace, False, LONG, "old key, new certificate")


def pair_of_another_account(w, new, other):
    """Key and certificate belong together, but they are another provider's."""
    w.write_in_turn(other, w.place.replace, True, SHORT, "another's key, old certificate")
    w.wait_mismatched(LONG, "the pair of another account")
    w.write_in_turn(new, w.place.replace, False, SHORT, "another's key, new certificate")


def folder_swapped(w, new, other):
    w.swap_folder(new)


def folder_with_a_mismatch_swapped(w, new, other):
    w.swap_folder(new._replace(certificate=other.certificate))
    w.wait_mismatched(LONG, "a folder with new key and another's certificate")
    w.swap_folder(new)


def links_key_first(w, new, other):
    w.write_in_turn(new, w.place.relink, True, SHORT, "new key, old certificate")


def links_certificate_first(w, new, other):
    w.write_in_turn(new, w.place.relink, False, SHORT, "old key, new certificate")


EVERYWHERE = [rename_key_first, rename_certificate_first, in_place_key_first, in_place_certificate_first,
              pieces_certificate_first, pieces_key_first, mismatched_key_first, mismatched_certificate_first,
              long_mismatched_key_first, long_mismatched_certificate_first, pair_of_another_account]
ORDERS = {"plain": [*EVERYWHERE, links_key_first, links_certificate_first],
          "release": [*EVERYWHERE, folder_swapped, folder_with_a_mismatch_swapped],
          "kubernetes": [*EVERYWHERE, folder_swapped, folder_with_a_mismatch_swapped]}


def orders_for(layout, draw: random.Random):
    """Every order once in a sequence that is drawn, and then again in another sequence, without end."""
    while True:
        yield from draw.sample(ORDERS[layout], len(ORDERS[layout]))
