# SPDX-License-Identifier: MIT
"""Runs the scenarios of sipp-scenarios by the command lines that their header comments give."""
import pathlib
import re
import shlex

from proxy import ROOT, Process, free_port, program
from sip import Message

SCENARIOS = ROOT / "sipp-scenarios"


def comment_of(name):
    text = (SCENARIOS / name).read_text()
    return re.search(r"<!--(.*?)-->", text, re.S)[1]


def words_of(name):
    """The words of the header's Run line, without `sipp`."""
    lines = re.findall(r"^\s*Run:\s+(.*)$", comment_of(name), re.M)
    if len(lines) != 1:
        raise AssertionError(f"{name}: {len(lines)} Run lines in its header, one is wanted")
    words = shlex.split(lines[0])
    if words[0] != "sipp" or f"sipp-scenarios/{name}" not in words:
        raise AssertionError(f"{name}: its Run line does not run it: {lines[0]}")
    return words[1:]


class Sipp(Process):
    """One run of scenario `name` from `address`, against `remote` where its command line names one."""

    def __init__(self, folder, name, remote=None, address="127.0.0.1", changes=()):
        self.address, self.port = address, free_port(address)
        self.messages = pathlib.Path(folder) / f"{name}.{self.port}.messages.log"
        words = words_of(name)
        self._set(words, "-i", address)
        self._set(words, "-p", str(self.port))
        for option, value in changes:
            self._set(words, option, value)
        if not words[0].startswith("-"):
            words[0] = f"{remote[0]}:{remote[1]}"
        if "-trace_msg" in words:
            words.remove("-trace_msg")
            at = words.index("-message_file")
            del words[at:at + 2]
        command = [program("sipp"), *words, "-nostdin", "-timeout", "30s", "-timeout_error",
                   "-trace_err", "-error_file", str(self.messages.with_suffix(".errors.log"))]
        if "-r" not in words:
            command += ["-trace_msg", "-message_file", str(self.messages)]
        super().__init__(command, self.messages.with_suffix(".screen.log"), cwd=ROOT)

    @staticmethod
    def _set(words, option, value):
        at = words.index(option)
        words[at + 1] = value

    def wait(self, timeout=40):
        """0 if every call went as the scenario says."""
        return self.child.wait(timeout)

    def traced(self):
        """(sent or received, Message) in their order, from SIPp's own trace."""
        parts = re.split(r"^-{40,} [\d-]+[ T][\d:.]+\n", self.messages.read_text(errors="surrogateescape"), flags=re.M)
        found = []
        for part in parts:
            match = re.match(r"\w+ message (sent|received) .*?:\n\n", part)
            if match:
                text = part[match.end():].rstrip("\n").replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n\r\n"
                found.append((match[1], Message(text.encode("utf-8", "surrogateescape"))))
        return found

    def received(self, method):
        """The first request `method` that it received."""
        for direction, message in self.traced():
            if direction == "received" and message.is_request and message.method == method:
                return message
        raise AssertionError(f"no {method} in {self.messages}:\n{self.output()[-3000:]}")
