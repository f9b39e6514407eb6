# SPDX-License-Identifier: MIT
"""What else runs on the machine while a fault row measures: a time that others have disturbed is not the server's."""
import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def family(parents):
    """This process and all below it."""
    members = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in members} - members:
        members |= more
    return members


def others_seconds():
    """What all but this process and its family have had, those included that have ended and were waited for; and what
    the machine itself was kept from. The sums of /proc/stat would not do: they count who runs at each tick, and a server
    that is called in step with the ticks seems to run all the time."""
    spent, parents = {}, {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.name)] = int(fields[1])
        spent[int(entry.name)] = sum(map(int, fields[11:15])) / TICKS
    own = family(parents)
    stolen = int(pathlib.Path("/proc/stat").read_text().split()[8]) / TICKS
    return stolen + sum(seconds for pid, seconds in spent.items() if pid not in own)


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
