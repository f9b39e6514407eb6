# SPDX-License-Identifier: MIT
"""What the fault rows share. A row is a script fNN_name.py that ends with

    fault.main("F2", "SIGHUP storm", run)

where `run(row)` breaks something under load and says by `row.check` what was measured and what the limit is. The
script is called with the program shaken302 and, for fewer and shorter steps, `--short`; the helper programs are beside
it. Its last line is `F2 PASS|FAIL|SKIP figures; reason`, its exit status 0, 1 or 77."""
import argparse
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import machine  # noqa: E402
from server_process import Server, Setup, Upstream, bound_elsewhere, free_port  # noqa: E402, F401

STATUS = {"PASS": 0, "FAIL": 1, "SKIP": 77}
SHORT_RATE = 2000
RATE_MAX = 10000  # more calls than this only make files of answers
# What a machine whose other core runs something else does to a call now and then; no limit on a p99 is tighter.
P99_FLOOR_MS = 2.0
# A time is not judged while others use more than this of the machine.
OTHERS_MAX_PERCENT = 15


class Skip(Exception):
    """The machine cannot show this row; the text says why."""


def facts_of(line):
    """The counts in a line of a helper."""
    return {name: float(value) if "." in value else int(value) for name, value in re.findall(r"(\w+)=([\d.]+)", line)}


def content_name(path):
    """What `shaken302 cert publish` calls such a file: 128 bits of SHA-256."""
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()[:32] + ".pem"


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


class Load:
    """Calls at a rate from fault_helper, retransmitted as RFC 3261 says, and its account of them by phase."""

    def __init__(self, row, port, callers, rate, name="load"):
        self.row = row
        self.answers = row.folder / f"{name}.answers"
        self.callers = row.folder / f"{name}.callers"
        self.callers.write_text("".join(f"{number} {level}\n" for number, level in callers))
        self.calls_per_second = rate
        self.phases = {}
        self.name = "begin"
        self.others = {}  # by phase: how much of the machine was not ours
        self.watch = machine.Watch()
        self.process = subprocess.Popen([row.helper, "load", str(port), str(rate), self.callers, self.answers],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()

    def phase(self, name):
        """What is sent from now on counts as this phase."""
        self.others[self.name] = self.watch.others_percent()
        self.name = name
        self.watch.begin()
        self.tell(f"phase {name}")

    def rate(self, calls_per_second):
        self.tell(f"rate {calls_per_second}")

    def stop(self):
        """Ends the sending, waits for what is under way; the facts by phase are in `phases`, the rest in `done`."""
        if self.process.poll() is None:
            self.others[self.name] = self.watch.others_percent()
            self.process.stdin.close()
            for line in self.process.stdout:
                print("   ", line.strip(), flush=True)
                if line.startswith("phase "):
                    self.phases[line.split()[1]] = facts_of(line)
                else:
                    self.done = facts_of(line)
            self.process.wait(timeout=60)
        self.process.stdout.close()
        return self.phases

    def verify(self, setup, iat_slack=2, certificates=()):
        """OpenSSL's verdict on every answer. `iat_slack`: seconds between iat and the wall clock, or None.
        `certificates`: pairs of x5u and file, instead of the one that `init` made."""
        pairs = certificates or [(self.row.x5u, setup.folder / "keys" / "house.pem")]
        done = subprocess.run([self.row.helper, "verify", self.answers, self.callers,
                               "-" if iat_slack is None else str(iat_slack),
                               *(word for pair in pairs for word in pair)],
                              capture_output=True, text=True, timeout=600)
        print("   ", done.stdout.strip(), done.stderr, flush=True)
        facts = facts_of(done.stdout)
        assert "answers" in facts, f"the verifier ended with {done.returncode}: {done.stderr}"
        return facts


class Helper:
    """fault_helper at work on something until it is stopped: its account of it."""

    def __init__(self, row, *words):
        self.process = subprocess.Popen([row.helper, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.facts = {}

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            said = self.process.stdout.read()
            self.process.wait(timeout=60)
            print("   ", said.strip(), flush=True)
            self.facts = facts_of(said)
        self.process.stdout.close()
        return self.facts


class Row:
    def __init__(self, name, binary, short):
        self.name = name
        self.binary = str(pathlib.Path(binary).resolve())
        self.helper = self.beside("fault_helper")
        self.short = short
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"shaken302-{name}-"))
        self.rate = 0  # not measured yet
        self.cleanups = []
        self.figures = []
        self.failures = []
        self.unjudged = []
        self.notes = []
        self.x5u = "https://cert.example.com/house.pem"
        self.label = ""  # in front of the figures, where a row has several parts

    def later(self, thing):
        """Stops or closes `thing` at the end, last first; or calls it."""
        self.cleanups.append(getattr(thing, "stop", None) or getattr(thing, "close", None) or thing)
        return thing

    def pick(self, full, short):
        return short if self.short else full

    def check(self, what, value, limit, is_good=None, unit="", is_quiet=False):
        """A figure beside its limit. `is_good`: whether it passes; without it, whether it is at most the limit. A quiet
        one is in the verdict only when it fails."""
        what = self.label + what
        good = value <= limit if is_good is None else is_good
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        figure = f"{what} {text}{unit} ({limit}{unit if not isinstance(limit, str) else ''})"
        if not good:
            self.failures.append(f"{what} is {text}{unit}")
        if not good or not is_quiet:
            self.figures.append(figure)
        print(f"  {'ok  ' if good else 'FAIL'} {figure}", flush=True)
        return good

    def note(self, text):
        """What a reader of the verdict must know, as how much the row was shortened."""
        self.notes.append(text)

    # --- the usual scene

    def setup(self, name="etc"):
        return Setup(self.binary, self.folder / name)

    def serve(self, setup, environment=None, seconds=60, **how):
        server = self.later(Server(self.binary, setup, environment, wait=False, **how))
        server.wait_for_log("serving: generation 1", seconds=seconds)
        return server

    def write_numbers(self, setup, count, account="acme", file="numbers.csv"):
        """A table of `count` single numbers of one account, swapped in by a rename; their texts."""
        numbers = [f"1212{2000000 + i}" for i in range(count)]
        path = setup.folder / file
        new = path.with_suffix(".new")
        with open(new, "w") as out:
            out.write("number,account,valid_from,valid_until,basis,reference\n")
            out.writelines(f"{number},{account},,,assigned,\n" for number in numbers)
        os.replace(new, path)
        return numbers

    def base_rate(self, setup, rate_max=RATE_MAX):
        """Calls a second: half of what this machine's server does beside its load, `rate_max` at most."""
        if self.short:
            return SHORT_RATE
        if given := self.rate or os.environ.get("SHAKEN302_FAULTS_RATE"):
            return int(given)
        callers = self.folder / "maximum.callers"
        callers.write_text("12155550100 A\n")
        done = subprocess.run([self.helper, "maximum", str(setup.port), "2", callers], capture_output=True, text=True,
                              check=True, timeout=30)
        most = facts_of(done.stdout)["calls_per_second"]
        print(f"    maximum {most} calls/s", flush=True)
        self.rate = max(500, min(most // 2, rate_max))
        return self.rate

    def beside(self, name):
        """A program or library that the build put beside shaken302."""
        return str(pathlib.Path(self.binary).with_name(name))

    def load(self, setup, callers=(("12155550100", "A"),), rate=None, port=None, base_seconds=None, name="load"):
        """A load that has run its phase `base` for that long; the fault begins with `load.phase("fault")`."""
        rate = rate or self.base_rate(setup)
        load = self.later(Load(self, port or setup.port, callers, rate, name))
        time.sleep(1)
        load.phase("base")
        time.sleep(self.pick(5, 2) if base_seconds is None else base_seconds)
        if f"{rate} calls/s" not in self.notes:
            self.note(f"{rate} calls/s")
        return load

    def judge(self, load, setup, raw_lost_percent=None, p99_times=None, lost=0, iat_slack=2,
              may_double=False):
        """Ends the load and checks what all rows ask: nothing lost, nothing answered twice, every Identity good."""
        phases = load.stop()
        phase = phases["fault"]
        if lost is not None:
            self.check("lost", sum(each["lost"] for each in phases.values()), lost)
        if raw_lost_percent is not None:
            percent = 100 * phase["raw_lost"] / max(1, phase["sent"])
            self.check_time("raw lost", percent, raw_lost_percent, percent <= raw_lost_percent, load, unit=" %")
        if p99_times is not None:
            self.check_p99(load, p99_times)
        if not may_double:
            self.check("answered twice", sum(each["twice"] for each in phases.values()) + load.done["strange"], 0,
                       is_quiet=True)
        facts = load.verify(setup, iat_slack)
        self.check("bad identities", facts["bad"] + facts["unsigned"], 0, is_quiet=self.label != "")
        self.check("verified", facts["good"], "all", facts["good"] > 0 and facts["self_check_refused"] > 512)
        return phases

    def check_p99(self, load, times):
        before, now = (load.phases[name]["p99_us"] / 1000 for name in ("base", "fault"))
        limit = max(times * before, P99_FLOOR_MS)
        self.check_time("p99", now, f"{times}x of {before:.2f}, or {P99_FLOOR_MS:.0f}", now <= limit, load, unit=" ms")

    def check_time(self, what, value, limit, is_good, load, unit):
        """A figure that says nothing of the server where others had much of the machine: the row is then skipped."""
        others = max(load.others.get("base", 0), load.others.get("fault", 0))
        if not is_good and others > OTHERS_MAX_PERCENT:
            self.unjudged.append(f"{self.label}{what} not judged, others used {others:.0f} % of the machine")
            is_good = True
        self.check(what, value, limit, is_good, unit)

    def other_test(self, script, *words, seconds):
        """A test beside this folder: what it said and its exit status. It ends with this row, with all its children."""
        process = subprocess.Popen([sys.executable, str(pathlib.Path(__file__).resolve().parent.parent / script), *words],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try:
            said, _ = process.communicate(timeout=seconds)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        print(said, flush=True)
        return said, process.returncode

    @staticmethod
    def count(server, name):
        """A counter in the report that the server is asked for; 0 when it is not there."""
        reports = len(re.findall("status generation=", server.log()))
        server.signal(signal.SIGUSR1)
        server.wait_for_log("status generation=", count=reports + 1)
        time.sleep(0.3)  # the rest of the report
        report = server.log().rpartition("status generation=")[2]
        found = re.search(rf" {name}=(\d+)", report)
        return int(found[1]) if found else 0

    # --- the end

    def close(self):
        for cleanup in reversed(self.cleanups):
            try:
                cleanup()
            except Exception as error:
                self.failures.append(f"at the end: {error}")
        if self.failures:
            for log in sorted(path for path in self.folder.rglob("*.log") if path.is_file()):
                print(f"\n--- {log.name}\n{log.read_text(errors='replace')[-4000:]}")
        shutil.rmtree(self.folder, ignore_errors=True)


def end(*_):
    raise TimeoutError("it was told to end")


def main(name, title, run):
    parser = argparse.ArgumentParser(description=f"{name}: {title}")
    parser.add_argument("binary")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    print(f"{name} {title}{', short' if options.short else ''}", flush=True)
    machine.prefer_this()
    row = Row(name, options.binary, options.short)
    skipped = None
    signal.signal(signal.SIGTERM, end)
    try:
        run(row)
    except Skip as reason:
        skipped = str(reason)
    except (Exception, KeyboardInterrupt) as error:
        traceback.print_exc(file=sys.stdout)
        row.failures.append(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    row.close()
    if skipped is None and not row.figures:
        row.failures.append("nothing was measured")
    reasons = row.failures or [skipped] * (skipped is not None) + row.unjudged
    verdict = "FAIL" if row.failures else "SKIP" if reasons else "PASS"
    reasons += row.notes
    print(f"{name} {verdict} {', '.join(row.figures) or '-'}; {'; '.join(reasons) or '-'}", flush=True)
    sys.exit(STATUS[verdict])
