# SPDX-License-Identifier: MIT
"""What else runs on the machine while a fault row measures: a time that others have disturbed is not the server's."""
import os
import pathlib
import resource

TICKS = os.sysconf("SC_CLK_TCK")


def busy_seconds():
    """Of all cores together, since the machine was started; without what waits for a disk."""
    user, nice, system, _, _, interrupt, soft, steal = map(int, pathlib.Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + interrupt + soft + steal) / TICKS


def own_seconds():
    """Of this process, its children and theirs, those that have ended too."""
    spent, children = {}, {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid, parent = int(entry.name), int(fields[1])
        children.setdefault(parent, []).append(pid)
        spent[pid] = (int(fields[11]) + int(fields[12])) / TICKS
    total, todo = 0.0, list(children.get(os.getpid(), []))
    while todo:
        pid = todo.pop()
        total += spent[pid]
        todo += children.get(pid, [])
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


class Watch:
    """How much of the machine others use, from `begin` on."""

    def __init__(self):
        self.begin()

    def begin(self):
        self.busy, self.own, self.when = busy_seconds(), own_seconds(), os.times().elapsed

    def others_percent(self):
        passed = max(0.01, os.times().elapsed - self.when) * os.cpu_count()
        return max(0.0, 100 * ((busy_seconds() - self.busy) - (own_seconds() - self.own)) / passed)


def prefer_this():
    """Root may have its processes run before those of others."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    except OSError:
        pass
