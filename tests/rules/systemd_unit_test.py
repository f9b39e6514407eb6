#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""systemd/shaken302.service: nothing that systemd complains about, and an exposure of 1.5 at most.

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
            "OOMPolicy=stop", "LimitCORE=0", "RestartPreventExitStatus=78", "ExecReload=/bin/kill -HUP $MAINPID"]


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


def main():
    if shutil.which("systemd-analyze") is None:
        print("SKIPPED: systemd-analyze is missing")
        return 77
    unit = pathlib.Path(sys.argv[1]).read_text()
    problems = list(check(unit, EXPOSURE_MAX))
    # The check itself must be able to fail.
    for why, planted in [("a misspelt key", unit.replace("UMask=", "UMaks=")),
                         ("an open door", unit.replace("ProtectSystem=strict", "").replace("PrivateUsers=yes", "")
                          .replace("CapabilityBoundingSet=", "")),
                         ("a stop in haste", unit.replace("TimeoutStopSec=15", "TimeoutStopSec=5")),
                         ("a promise less", unit.replace("Restart=always", "Restart=no"))]:
        if not list(check(planted, EXPOSURE_MAX)):
            problems.append(f"{why} went unnoticed")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
