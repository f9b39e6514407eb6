# SPDX-License-Identifier: MIT
"""Every form in which a private key may leak, and where in some bytes they are."""
import base64
import os
import re
import subprocess


def openssl(*words, **options):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, timeout=30, check=False, **options)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def number_of(sec1):
    """The private number in an ECPrivateKey on P-256 (RFC 5915): INTEGER 1, then 32 bytes."""
    at = sec1.index(b"\x02\x01\x01\x04\x20") + 5
    return sec1[at:at + 32]


def aligned_base64(data):
    """What the base64 of anything with `data` in it holds, wherever `data` begins."""
    forms = []
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data)
        # Characters that also depend on what stands before and behind.
        forms.append(text[-(-before * 8 // 6):(before + len(data)) * 8 // 6])
    return forms


def lines_of(pem, number):
    """The lines of base64 that hold a part of the private number, or all of what is encrypted; nothing around them, nor
    the rest in the last line. The others hold the public key, and so does every certificate."""
    lines = [line for line in pem.split(b"\n") if re.fullmatch(rb"[A-Za-z0-9+/=]+", line)]
    at = base64.b64decode(b"".join(lines)).find(number)
    first, last = (at * 8 // 6, (at + len(number)) * 8 // 6) if at >= 0 else (0, len(pem))
    begin, found = 0, []
    for line in lines:
        if begin < last and begin + len(line) > first and len(line) >= 24:
            found.append(line)
        begin += len(line)
    return found


class Secret:
    """One key: `bare` are the forms of its number, `kept` those of the files that it came in."""

    def __init__(self, name, path, passphrase=None):
        self.name = name
        with_passphrase = ["-passin", f"pass:{passphrase}"] if passphrase else []
        read = ["-in", path, *with_passphrase]
        sec1 = openssl("ec", *read, "-outform", "DER")
        pkcs8 = openssl("pkcs8", "-topk8", "-nocrypt", *read, "-outform", "DER")
        number = number_of(sec1)
        self.bare = {"bytes": [number], "reversed": [number[::-1]]}
        text = number.hex()
        pairs = ":".join(re.findall("..", text))
        self.kept = {
            "hexadecimal": [form.encode() for form in (text, text.upper(), pairs, pairs.upper())],
            "decimal": [str(int.from_bytes(number, "big")).encode()],
            "DER": [b"\x04\x20" + number],
            "base64 of DER": aligned_base64(number) + [
                form for der in (sec1, pkcs8) for form in aligned_base64(der[:der.index(number) + 32])],
            "PEM": [line for pem in (openssl("ec", *read), openssl("pkcs8", "-topk8", "-nocrypt", *read),
                                     path.read_bytes()) for line in lines_of(pem, number)],
        }
        if passphrase:
            self.kept["passphrase"] = [passphrase.encode()] + aligned_base64(passphrase.encode())

    def forms(self):
        return {**self.kept, **self.bare}


def count(data, forms):
    """{form: how often} of those that are there; the number itself is not counted where it is in DER."""
    found = {}
    for name, texts in forms.items():
        times = sum(data.count(text) for text in set(texts))
        if name == "bytes" and "DER" in forms:
            times -= sum(data.count(text) for text in forms["DER"])
        if times:
            found[name] = times
    return found


def leaks(data, secrets):
    """Of every form of every key: {"key: form": how often}."""
    return {f"{secret.name}: {form}": times for secret in secrets
            for form, times in count(data, secret.forms()).items()}


def memory_of(pid):
    """What is mapped and readable, a region at a time; needs the right to trace any process."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps.read().splitlines():
            begin, end = (int(part, 16) for part in line.split()[0].split("-"))
            if line.split()[1][0] != "r" or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            memory.seek(begin)
            yield line, read_whole(memory, end - begin)


def read_whole(memory, size):
    data = b""
    while len(data) < size:
        try:
            part = memory.read(size - len(data))
        except OSError:  # beyond the end of a mapped file
            break
        if not part:
            break
        data += part
    return data


def files_below(folder, but=()):
    for path, _, names in os.walk(folder):
        for name in names:
            file = os.path.join(path, name)
            if file not in but and os.path.isfile(file):
                with open(file, "rb") as opened:
                    yield file, opened.read()
