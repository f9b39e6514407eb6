# SPDX-License-Identifier: MIT
"""The directory that shaken302 decides by: accounts, numbers, peers and rules as a provider has them."""
import pathlib
import subprocess

from contenders import free_port, free_stream_port, make_tls_certificate

SUSPENDED = 100  # every so many accounts one is


def number(index):
    """Ten thousand a block, from +1 212 200 0000 on."""
    return f"1212{2000000 + index}"


class Directory:
    """`shaken302 init` makes key and certificate; accounts and numbers are ours."""

    def __init__(self, binary, folder, accounts=1000, numbers=100000):
        self.folder = pathlib.Path(folder)
        done = subprocess.run([binary, "init", str(folder)], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        self.accounts, self.numbers = accounts, numbers
        self.tls_key, self.tls_certificate = make_tls_certificate(self.folder)
        self._write_numbers()
        self.callers = {name: self._write_callers(name, chosen) for name, chosen in (
            ("approved", lambda i: not self._is_suspended(i)), ("suspended", self._is_suspended),
            ("any", lambda i: True))}

    def _is_suspended(self, index):
        return index % self.accounts % SUSPENDED == SUSPENDED - 1

    def _write_numbers(self):
        rows = "".join(f"{number(i)},customer-{i % self.accounts},,,assigned,\n" for i in range(self.numbers))
        (self.folder / "numbers.csv").write_text("number,account,valid_from,valid_until,basis,reference\n" + rows)

    def _write_callers(self, name, is_chosen):
        """A thousand, from all over the table."""
        chosen = [i for i in range(self.numbers) if is_chosen(i)]
        path = self.folder / f"{name}.callers"
        path.write_text("".join(f"{number(i)}\n" for i in chosen[::max(1, len(chosen) // 1000)][:1000]))
        return path

    def configure(self, workers):
        """A configuration with free ports; its path and the ports."""
        ports = {"udp": free_port(), "tcp": free_stream_port(), "tls": free_stream_port()}
        while ports["tls"] == ports["tcp"]:
            ports["tls"] = free_stream_port()
        listen = ", ".join(f'"{name}:127.0.0.1:{port}"' for name, port in ports.items())
        path = self.folder / f"shaken302-{workers}.toml"
        path.write_text(f"""[server]
listen = [{listen}]
workers = {workers}
secret_file = "secret"
drain_time = "0s"

[tls]
certificate = "{self.tls_certificate.name}"
key = "{self.tls_key.name}"

[signing]
trust_anchors = ["ca/root.pem"]

[log]
decisions = true

[directory]
source = "files"
numbers = "numbers.csv"

[[credential]]
name = "house"
key = "keys/house.key"
certificate = "keys/house.pem"
x5u = "https://cert.example.com/house.pem"

[[peer]]
name = "edge"
sources = ["127.0.0.1"]
country = "1"
account_from = ["header:X-Account", "number"]
caller_id_screened = true
attestation_override = "lower"
caller_rules = ["impossible=block", "anonymous=C", "+1900=block"]
called_rules = ["toll-free=C", "+1900=block", "international=unsigned"]
calls_per_second = 1000000
credential = "house"
{self._other_peers()}{self._accounts()}""")
        return path, ports

    @staticmethod
    def _other_peers():
        return "".join(f"""
[[peer]]
name = "edge-{i}"
sources = ["10.1.{i}.0/24"]
country = "1"
credential = "house"
""" for i in range(20))

    def _accounts(self):
        return "".join(f"""
[[account]]
id = "customer-{i}"
status = "{'suspended' if self._is_suspended(i) else 'active'}"
business_profile = "approved"
trust_product = "approved"
credential = "house"
calls_per_second = 100000
""" for i in range(self.accounts))
