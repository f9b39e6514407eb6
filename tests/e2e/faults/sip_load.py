# SPDX-License-Identifier: MIT
"""sip_load for the rows that break transports and rates, and what of the machine belongs to whom."""
import json
import os
import pathlib
import resource
import subprocess

import fault


class SipLoad:
    """sip_load at work on `target` ("udp:127.0.0.1:5060"); `options` as on its command line, rate="2000" for --rate."""

    def __init__(self, row, target, core=None, **options):
        words = []
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
        pin = ["taskset", "-c", str(core)] if core is not None else []
        self.process = subprocess.Popen([*pin, row.beside("sip_load"), target, "--json", *words], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        row.later(self.stop)

    def facts(self, seconds=600):
        """Waits for its end; its JSON. Wrong answers are in the JSON, everything else that fails raises."""
        out, err = self.process.communicate(timeout=seconds)
        assert out, f"sip_load ended with {self.process.returncode}: {err}"
        facts = json.loads(out)
        if facts["first_wrong"]:
            print("    first wrong:", facts["first_wrong"][:300], flush=True)
        return facts

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def fill_tables(row, setup):
    """So many calls that what the server keeps of calls, as for retransmissions, grows no more."""
    SipLoad(row, f"udp:127.0.0.1:{setup.port}", outstanding=64, calls=row.pick(1_000_000, 150_000)).facts()


def pin(process, core):
    """All threads of a process on one core."""
    for thread in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def descriptors(wanted):
    """As many of them as this process may have, of `wanted` at most; some are left for other things."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard - 500)


def need_two_cores():
    """A load on the server's own core would take from it what it measures."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise fault.Skip("one core alone: the load would take from the server what it measures")
    return cores[0], cores[-1]
