# SPDX-License-Identifier: MIT
"""Starts the Kamailio recipe of conf/proxies/kamailio, the very file, with addresses of its own."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECIPE = ROOT / "conf/proxies/kamailio"


def free_port(address):
    """A UDP port that nobody has now. The few users of a test start at once, so that it stays so."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise RuntimeError(f"{name} is not installed: scripts/setup installs what the tests need")
    return path


class Process:
    """A child in a process group of its own, with its output in a file; ended by the id of that group, or by
    the kernel if the test itself is killed."""

    def __init__(self, command, log, **more):
        self.log = pathlib.Path(log)
        with self.log.open("ab") as output:
            bound = [program("setpriv"), "--pdeathsig", "TERM", *command]
            self.child = subprocess.Popen(bound, stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=subprocess.STDOUT, start_new_session=True, **more)

    def output(self):
        return self.log.read_text(errors="replace")

    def running(self):
        return self.child.poll() is None

    def stop(self, with_signal=signal.SIGTERM, timeout=10):
        if self.running():
            self.child.send_signal(with_signal)
        try:
            status = self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            status = None
        try:  # what the child left behind, or the child itself when it does not end
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait(timeout)
        return status


def until(condition, timeout, what):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"not within {timeout} s: {what}")


class Kamailio:
    """`signers` and `carriers` are (address, port); `customers` maps a source address to an account."""

    def __init__(self, folder, signers, carriers, customers, defines=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.address = ("127.0.0.1", free_port("127.0.0.1"))
        destinations = self.folder / "dispatcher.list"
        destinations.write_text(
            "".join(f"1 sip:{a}:{p} 8 0\n" for a, p in signers) +
            "".join(f"2 sip:{a}:{p} 0 {20 - i}\n" for i, (a, p) in enumerate(carriers)))
        callers = self.folder / "customers.list"
        callers.write_text("".join(f"1 {a} 32 0 {account}\n" for a, account in customers.items()))
        runtime = self.folder / "run"
        runtime.mkdir(exist_ok=True)
        defined = [f"LISTEN=udp:{self.address[0]}:{self.address[1]}", "CHILDREN=2", "PING_INTERVAL=1",
                   f'CUSTOMERS_LIST="{callers}"', f'DISPATCHER_LIST="{destinations}"', *defines]
        command = [program("kamailio"), "-f", str(RECIPE / "kamailio.cfg"), "-DD", "-E", "-Y", str(runtime),
                   "-P", str(runtime / "pid"), "-m", "32", "-M", "4"]
        for define in defined:
            command += ["-A", define]
        self.process = Process(command, self.folder / "kamailio.log")
        self.control = runtime / "kamailio_ctl"
        until(lambda: self.states() or self._must_run(), 10, "Kamailio takes commands")

    def _must_run(self):
        if not self.process.running():
            raise AssertionError("Kamailio ended:\n" + self.process.output())

    def states(self, which=1):
        """Destination -> flags of a dispatcher set, as the operator's kamcmd shows them: AP is up."""
        if not self.control.exists():
            return {}
        shown = subprocess.run([program("kamcmd"), "-s", f"unixs:{self.control}", "dispatcher.list"],
                               capture_output=True, text=True, timeout=10, check=False).stdout
        for text in re.split(r"(?=\bID: )", shown):
            if re.match(rf"ID: {which}\b", text):
                return dict(re.findall(r"URI: (\S+)\s+FLAGS: (\S+)", text))
        return {}

    def stop(self):
        return self.process.stop()
