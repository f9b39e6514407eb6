#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""systemd/shaken302.service: nothing that systemd complains about, and an exposure of 1.5 at most. The socket unit
beside it: nothing either, and what the server needs of its sockets.

systemd_unit_test.py UNIT; exit 77, which CTest shows as skipped, where systemd-analyze is missing."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

EXPOSURE_MAX = 1.5
# What the service promises an operator, whatever else changes.
REQUIRED = ["Type=notify", "WatchdogSec=10", "Restart=always", "RestartSec=100ms", "StartLimitIntervalSec=0",
            "OOMPolicy=stop", "LimitCORE=0", "RestartPreventExitStatus=78", "ExecReload=/bin/kill -HUP $MAINPID",
            "FileDescriptorStoreMax=64"]
REQUIRED_OF_SOCKETS = ["BindIPv6Only=ipv6-only", "PassPacketInfo=yes", "Accept=no"]
# What waits for half a second at 15,000 datagrams a second, 2,304 bytes of the kernel's each; it allows twice what is
# asked for.
RECEIVE_BUFFER_MIN = 15000 // 2 * 2304 // 2


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.returncode, done.stdout


def check(unit, exposure_max):
    """Yields a line for everything that is wrong with the text of a unit."""
    lines = unit.splitlines()
    for setting in REQUIRED:
        if setting not in lines:
            yield f"{setting} is missing"
    # What stop needs at most: the default drain_time of 2 s, another 2 s for a flooded socket, 2 s for the sweep.
    stop = re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    if not stop or int(stop.group(1)) < 2 * 6:
        yield "TimeoutStopSec leaves no time to drain"
    with tempfile.TemporaryDirectory() as folder:
        # The program need not be installed for this: any that exists will do.
        path = pathlib.Path(folder) / "shaken302.service"
        path.write_text(unit.replace("/usr/bin/shaken302", "/bin/true"))
        status, output = run("systemd-analyze", "verify", str(path))
        if status != 0 or output.strip():
            yield f"systemd-analyze verify: {output.strip()}"
        status, output = run("systemd-analyze", "security", "--offline=true",
                             f"--threshold={round(exposure_max * 10)}", str(path))
        found = re.search(r"Overall exposure level.*?: (\d+\.\d+)", output)
        print(f"exposure {found.group(1) if found else '?'}, at most {exposure_max} allowed")
        if status != 0 or not found or float(found.group(1)) > exposure_max:
            yield f"systemd-analyze security: {output.strip()[-2000:]}"


def check_socket(unit):
    """Likewise of a socket unit."""
    lines = unit.splitlines()
    for setting in REQUIRED_OF_SOCKETS:
        if setting not in lines:
            yield f"{setting} is missing"
    buffer = re.search(r"^ReceiveBuffer=(\d+)M$", unit, re.MULTILINE)
    if not buffer or int(buffer.group(1)) << 20 < RECEIVE_BUFFER_MIN:
        yield f"ReceiveBuffer is less than {RECEIVE_BUFFER_MIN} bytes"
    if re.search(r"^ReusePort=", unit, re.MULTILINE):
        yield "the server refuses a socket with ReusePort="
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "shaken302.socket"
        path.write_text(unit)
        (pathlib.Path(folder) / "shaken302.service").write_text("[Service]\nExecStart=/bin/true\n")
        status, output = run("systemd-analyze", "verify", str(path))
        if status != 0 or output.strip():
            yield f"systemd-analyze verify: {output.strip()}"


def main():
    if shutil.which("systemd-analyze") is None:
        print("SKIPPED: systemd-analyze is missing")
        return 77
    path = pathlib.Path(sys.argv[1])
    unit = path.read_text()
    sockets = path.with_suffix(".socket").read_text()
    problems = [*check(unit, EXPOSURE_MAX), *check_socket(sockets)]
    # The check itself must be able to fail.
    for why, planted in [("a misspelt key", unit.replace("UMask=", "UMaks=")),
                         ("an open door", unit.replace("ProtectSystem=strict", "").replace("PrivateUsers=yes", "")
                          .replace("CapabilityBoundingSet=", "")),
                         ("a stop in haste", unit.replace("TimeoutStopSec=15", "TimeoutStopSec=5")),
                         ("a promise less", unit.replace("Restart=always", "Restart=no"))]:
        if not list(check(planted, EXPOSURE_MAX)):
            problems.append(f"{why} went unnoticed")
    for why, planted in [("a group of sockets", sockets + "ReusePort=yes\n"),
                         ("a small buffer", sockets.replace("ReceiveBuffer=9M", "ReceiveBuffer=8M")),
                         ("a misspelt key of the socket unit", sockets.replace("Timestamping=", "TimeStamps=")),
                         ("both families", sockets.replace("BindIPv6Only=ipv6-only", "BindIPv6Only=both"))]:
        if not list(check_socket(planted)):
            problems.append(f"{why} went unnoticed")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
