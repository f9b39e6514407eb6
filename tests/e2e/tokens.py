# SPDX-License-Identifier: MIT
"""Makes and judges Identity values with tools that share no code with shaken302: openssl and secsipidx."""
import base64
import email.utils
import json
import pathlib
import re
import subprocess
import tempfile
import time


def run(*command, stdin=None):
    return subprocess.run(command, input=stdin, capture_output=True, timeout=20, check=False)


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(segment):
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def raw_signature(der):
    """ECDSA-Sig-Value to the 64 bytes of JWS (RFC 7518 3.4)."""
    def integer(at):
        length = der[at + 1]
        return int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(32, "big"), at + 2 + length
    r, at = integer(2)
    s, _ = integer(at)
    return r + s


class TokenMaker:
    """Signs with a key that it makes, by the openssl command."""

    X5U = "https://cert.example.com/fake.pem"

    def __init__(self, folder):
        self.key = pathlib.Path(folder) / "fake.key"
        self.public = pathlib.Path(folder) / "fake.pub"
        made = run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(self.key))
        assert made.returncode == 0, made.stderr
        made = run("openssl", "ec", "-in", str(self.key), "-pubout", "-out", str(self.public))
        assert made.returncode == 0, made.stderr

    def identity(self, orig, dest, attest="A", ppt="shaken"):
        header = {"alg": "ES256", "ppt": ppt, "typ": "passport", "x5u": self.X5U}
        payload = {"attest": attest, "dest": {"tn": [dest]}, "iat": int(time.time()), "orig": {"tn": orig},
                   "origid": "123e4567-e89b-12d3-a456-426655440000"}
        text = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, payload))
        signed = run("openssl", "dgst", "-sha256", "-sign", str(self.key), stdin=text.encode())
        assert signed.returncode == 0, signed.stderr
        token = f"{text}.{encoded(raw_signature(signed.stdout))}"
        return f"{token};info=<{self.X5U}>;alg=ES256;ppt={ppt}"


class Identity:
    """An Identity value taken apart by a reader of our own in Python."""

    def __init__(self, value):
        match = re.fullmatch(r"([\w-]+)\.([\w-]+)\.([\w-]+)((?:;[^;]+)+)", value)
        if not match:
            raise AssertionError(f"not an Identity in full form: {value}")
        self.value = value
        self.header = json.loads(decoded(match[1]))
        self.payload = json.loads(decoded(match[2]))
        self.parameters = dict(part.strip().split("=", 1) for part in match[4].split(";")[1:])


def secsipidx_accepts(value, public):
    """The verdict of secsipidx on `value`, with the public key or certificate in the file `public`."""
    with tempfile.NamedTemporaryFile("w", suffix=".identity") as file:
        file.write(value)
        file.flush()
        verdict = run("secsipidx", "-check", "-fidentity", file.name, "-fpubkey", str(public), "-expire", "60")
    text = (verdict.stdout + verdict.stderr).decode(errors="replace").strip()
    return verdict.returncode == 0 and text == "ok", text


def chain_verifies(leaf, root):
    """openssl's verdict on the certificate file `leaf` (with what is behind it) up to `root` alone."""
    verdict = run("openssl", "verify", "-no-CApath", "-no-CAstore", "-x509_strict",
                  "-CAfile", str(root), "-untrusted", str(leaf), str(leaf))
    return verdict.returncode == 0, (verdict.stdout + verdict.stderr).decode(errors="replace").strip()


def seconds_of(date):
    """The Unix time of a SIP Date (RFC 3261 20.17)."""
    if not re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", date):
        raise AssertionError(f"not a SIP date: {date!r}")
    return int(email.utils.parsedate_to_datetime(date).timestamp())
