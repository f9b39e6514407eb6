#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F8: the wall clock is stepped by a second up to a month, slewed, and taken over days that are special, under load. The
certificate is valid all the time: what a clock does to one that is not is clock_test.py."""
import calendar
import mmap
import re
import shutil
import signal
import struct
import time

import fault
from certificate_maker import DAY, CertificateMaker
from tokens import Identity, seconds_of

SHIM = "clock_shim.so"
FOLLOWS_WITHIN = 1.0  # from the step to the first iat that fits
IAT_MAX = 1  # seconds between iat and the clock
TIMERS_WITHIN = 5.0
SETTLE = 1.0


class LongLived(CertificateMaker):
    """Chains that are valid from 2020 to the end of 2049."""

    def _sign(self, request, made, extensions, age, by, address=""):
        super()._sign(request, made, extensions, int(time.time()) - calendar.timegm((2020, 1, 1, 0, 0, 0)),
                      [*by, "-enddate", "20491231235959Z"], address)


class Clock:
    """The wall clock of the server: `clock_shim` reads this file, mapped, at every look."""

    def __init__(self, row):
        path = row.folder / "clock"
        path.write_bytes(bytes(24))
        self.file = path.open("r+b")
        self.state = mmap.mmap(self.file.fileno(), 24)
        self.environment = {"LD_PRELOAD": row.beside(SHIM), "CLOCK_SHIM": str(path),
                            "TZ": "America/New_York"}  # no local time may matter

    def set(self, offset, slew_per_mille=0):
        self.offset, self.slew, self.since = offset, slew_per_mille, time.time_ns()
        self.state[0:24] = struct.pack("qqq", int(offset * 1e9), slew_per_mille, self.since)

    def go_to(self, date):
        """To a UTC time like 2028-02-29T23:59:59."""
        self.set(calendar.timegm(time.strptime(date, "%Y-%m-%dT%H:%M:%S")) - time.time())

    def now(self):
        return time.time() + self.offset + (time.time_ns() - self.since) / 1e9 * self.slew / 1000


class Steps:
    def __init__(self, row, setup, clock, server, upstream):
        self.row, self.setup, self.clock, self.server, self.upstream = row, setup, clock, server, upstream
        self.calls = 0
        self.slowest = self.worst_iat = self.slowest_reload = 0
        self.unsigned = 0
        self.watched = 5 if not row.short else 0.4  # of each step

    def off_by(self):
        """How far iat, or Date, is from the clock, in seconds; None for a call that was not signed."""
        self.calls += 1
        before = int(self.clock.now())
        answer = self.upstream.ask(call_id=f"clock{self.calls}")
        after = int(self.clock.now())
        if not answer.all("Identity"):
            return None
        iats = [Identity(answer.one("Identity")).payload["iat"], *map(seconds_of, answer.all("Date"))]
        return max(max(before - iat, iat - after, 0) for iat in iats)

    def step(self, name, change):
        """Changes the clock, waits until iat follows, and sees that it stays right."""
        change()
        begin = time.monotonic()
        while (off := self.off_by()) is None or off > IAT_MAX:
            if time.monotonic() - begin > 10:
                break
            time.sleep(0.01)
        followed = time.monotonic() - begin
        worst = 0
        while time.monotonic() - begin < SETTLE + self.watched:
            off = self.off_by()
            self.unsigned += off is None
            worst = max(worst, off or 0)
            time.sleep(0.02)
        reload = self.reload()
        print(f"    {name}: iat right after {followed * 1000:.0f} ms, then at most {worst} s off; a reload took "
              f"{reload * 1000:.0f} ms, calls answered", flush=True)
        self.slowest = max(self.slowest, followed)
        self.worst_iat = max(self.worst_iat, worst)
        self.slowest_reload = max(self.slowest_reload, reload)

    def reload(self):
        """How long until a SIGHUP has been obeyed: the control thread, its timers and the workers follow."""
        count = len(re.findall("reload: generation", self.server.log()))
        begin = time.monotonic()
        self.server.signal(signal.SIGHUP)
        try:
            self.server.wait_for_log("reload: generation", count=count + 1, seconds=2 * TIMERS_WITHIN)
        except AssertionError:
            return float("inf")
        return time.monotonic() - begin

    def renewal(self, chain):
        """How long until new files of the credential are noticed, which a timer does."""
        keys = self.setup.folder / "keys"
        count = len(re.findall("credential house.*renewed", self.server.log()))
        begin = time.monotonic()
        shutil.copy(chain.key, keys / "house.key")
        shutil.copy(chain.certificate, keys / "house.pem")
        try:
            self.server.wait_for_log("credential house.*renewed", count=count + 1, seconds=2 * TIMERS_WITHIN)
        except AssertionError:
            return float("inf")
        return time.monotonic() - begin


def run(row):
    maker = LongLived(row.folder / "ca", "Clock")
    setup = row.setup()
    first, *others = (maker.chain(f"leaf{i}") for i in range(3))
    for made, file in ((first.key, "house.key"), (first.certificate, "house.pem")):
        shutil.copy(made, setup.folder / "keys" / file)
    setup.edit('x5u = "https://cert.example.com/house.pem"', 'x5u_base = "https://cert.example.com/certs"')
    clock = Clock(row)
    clock.set(0)
    server = row.serve(setup, clock.environment)
    upstream = row.later(fault.Upstream(setup.port))
    load = row.load(setup)
    load.phase("fault")
    steps = Steps(row, setup, clock, server, upstream)
    for name, seconds in (("+1 s", 1), ("-1 s", -1), ("+1 h", 3600), ("-1 h", -3600), ("+1 day", DAY),
                          ("-1 day", -DAY), ("+30 d", 30 * DAY), ("-20 d", -20 * DAY)):
        steps.step(name, lambda: clock.set(seconds))
        if not row.short:
            steps.step("back", lambda: clock.set(0))
    renewals = [steps.renewal(others[0])]
    clock.set(-20 * DAY)
    renewals.append(steps.renewal(others[1]))
    steps.step("0.5 % too fast", lambda: clock.set(0, 5))
    steps.step("0.5 % too slow", lambda: clock.set(0, -5))
    for date in ("2028-02-28T23:59:59", "2028-02-29T23:59:59", "2027-02-28T23:59:59", "2027-03-14T06:59:59",
                 "2027-11-07T05:59:59", "2038-01-19T03:14:07"):
        steps.step(f"across {date}", lambda: clock.go_to(date))
    clock.go_to("2028-12-31T23:59:59")
    time.sleep(1.0)
    steps.step("a leap second, repeated", lambda: clock.go_to("2028-12-31T23:59:59"))
    clock.set(0)
    phases = load.stop()
    row.check("lost", sum(phase["lost"] for phase in phases.values()), 0)
    row.check("exit", server.process.poll() is not None, False)
    row.check("iat follows within", steps.slowest, FOLLOWS_WITHIN, unit=" s")
    row.check("then off by", steps.worst_iat, IAT_MAX, unit=" s")
    row.check("unsigned", steps.unsigned, 0)
    row.check("reload obeyed within", steps.slowest_reload, TIMERS_WITHIN, unit=" s")
    row.check("renewal noticed within", max(renewals), TIMERS_WITHIN, unit=" s")
    verify(row, load, maker, (first, *others))


def verify(row, load, maker, chains):
    """Each Identity against the certificate whose name its x5u has; iat was looked at above."""
    facts = load.verify(None, None, certificates=[
        (f"https://cert.example.com/certs/{fault.content_name(chain.certificate)}", chain.certificate)
        for chain in chains])
    row.check("bad identities", facts["bad"] + facts["unsigned"], 0)
    row.check("verified", facts["good"], "all", facts["good"] > 0 and facts["self_check_refused"] > 512)


fault.main("F8", "clock stepped and slewed", run)
