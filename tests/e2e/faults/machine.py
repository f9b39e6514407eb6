# SPDX-License-Identifier: MIT
"""What else runs on the machine while something is measured: a time that others have disturbed is not the server's."""
import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def processes():
    """Of each process: what /proc/PID/stat says behind its name, that is from its state on."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            found[int(entry.name)] = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
    return found


def family(pid, everyone=None):
    """A process and all below it, among `everyone` of processes()."""
    everyone = processes() if everyone is None else everyone
    members = {pid}
    while more := {child for child, fields in everyone.items() if int(fields[1]) in members} - members:
        members |= more
    return members


def others_seconds():
    """What all but this process and its family have had, those included that have ended and were waited for; and what
    the machine itself was kept from. The sums of /proc/stat would not do: they count who runs at each tick, and a server
    that is called in step with the ticks seems to run all the time."""
    everyone = processes()
    own = family(os.getpid(), everyone)
    ticks = sum(sum(map(int, fields[11:15])) for pid, fields in everyone.items() if pid not in own)
    stolen = int(pathlib.Path("/proc/stat").read_text().split()[8])
    return (stolen + ticks) / TICKS


class Watch:
    """How much of the machine others use, from `begin` on."""

    def __init__(self):
        self.begin()

    def begin(self):
        self.others, self.when = others_seconds(), os.times().elapsed

    def others_percent(self):
        passed = max(0.01, os.times().elapsed - self.when) * os.cpu_count()
        return max(0.0, 100 * (others_seconds() - self.others) / passed)


def prefer_this():
    """Root may have its processes run before those of others."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    except OSError:
        pass
