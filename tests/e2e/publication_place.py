# SPDX-License-Identifier: MIT
"""What a server with published credentials is set up with, and the calls that it gets."""
import os
import shutil
import threading
import time

from server_process import Upstream, free_port
from tokens import Identity

NUMBER = "12155550100"

CONFIGURATION = """
[server]
listen = ["udp:127.0.0.1:{port}"]
secret_file = "secret"
drain_time = "0s"

[signing]
trust_anchors = ["{root}"]
publish_check_ca = "{web_ca}"

[log]
decisions_per_second = 100000

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
CREDENTIAL = """
[[credential]]
name = "{name}"
key = "{place}/{name}.key"
certificate = "{place}/{name}.pem"
{published}
publish_check = {is_checked}
"""
ACCOUNT = """
[[account]]
id = "{id}"
business_profile = "approved"
trust_product = "approved"
credential = [{credentials}]
"""


class Place:
    """The configuration of one server, its keys, and how they are replaced."""

    def __init__(self, folder, root, web_ca):
        self.folder = folder
        (folder / "keys").mkdir(parents=True)
        (folder / "secret").write_bytes(os.urandom(32).hex().encode())
        (folder / "secret").chmod(0o600)
        self.port = free_port()
        self.config = folder / "shaken302.toml"
        self.config.write_text(CONFIGURATION.format(port=self.port, root=root, web_ca=web_ca))
        (folder / "numbers.csv").write_text("number,account,valid_from,valid_until,basis,reference\n")

    def add_credential(self, name, pair, published, is_checked=True):
        self.write(name, pair)
        with open(self.config, "a", encoding="utf-8") as file:
            file.write(CREDENTIAL.format(name=name, place=self.folder / "keys", published=published,
                                         is_checked=str(is_checked).lower()))

    def add_account(self, name, credentials, number=NUMBER):
        with open(self.config, "a", encoding="utf-8") as file:
            file.write(ACCOUNT.format(id=name, credentials=", ".join(f'"{one}"' for one in credentials)))
        with open(self.folder / "numbers.csv", "a", encoding="utf-8") as file:
            file.write(f"{number},{name},,,assigned,\n")

    def write(self, name, pair):
        """The two files are not there at one moment, as with any tool that renews certificates."""
        for source, kind in ((pair.key, "key"), (pair.certificate, "pem")):
            new = self.folder / "keys" / f"{name}.{kind}.new"
            shutil.copy(source, new)
            os.replace(new, self.folder / "keys" / f"{name}.{kind}")

    def edit(self, old, new):
        text = self.config.read_text()
        assert old in text, f"{old!r} is not in {text}"
        self.config.write_text(text.replace(old, new, 1))


class Calls(threading.Thread):
    """A call every few milliseconds, for as long as it runs; `answers` are (when, status, x5u or None)."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.upstream = Upstream(port)
        self.stopping = threading.Event()
        self.answers = []
        self.error = None
        self.start()

    def run(self):
        try:
            while not self.stopping.wait(0.005):
                answer = self.upstream.ask(call_id=f"calls-{len(self.answers)}")
                self.answers.append((time.monotonic(), answer.status, x5u_of(answer)))
        except AssertionError as error:
            self.error = error

    def stop(self):
        self.stopping.set()
        self.join(10)
        self.upstream.close()

    def x5us(self):
        """Without repetitions, in the order of their first calls; None stands for an unsigned one."""
        return list(dict.fromkeys(x5u for _, _, x5u in self.answers))


def x5u_of(answer):
    values = answer.all("Identity")
    return Identity(values[0]).header["x5u"] if values else None
