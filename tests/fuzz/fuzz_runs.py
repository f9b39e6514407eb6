#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds and runs the fuzz targets, keeps a record of the runs, and says which of them still hold."""
import argparse
import concurrent.futures
import datetime
import hashlib
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from linked_files import digest, linked_files  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/fuzz"
RECORD = HERE / "runs.tsv"
COLUMNS = ["date", "preset", "target", "commit", "executions", "wall_seconds", "processor_seconds", "findings", "edges",
           "features", "digest"]
ENOUGH_SECONDS = 30 * 60  # of processor time, without a finding
# The longest input that is tried, and where more inputs are than in the target's own corpus.
LENGTHS = {"answer": 4096, "phone_number": 128, "identity_header": 1024, "passport": 3000, "certificate": 4096,
           "configuration": 4096, "numbers": 4096, "framing": 4096}
MORE_INPUTS = {"answer": ["tests/torture"]}
TICKS = os.sysconf("SC_CLK_TCK")


def compiled(preset, targets):
    """Says why not."""
    print(f"building {', '.join(targets)}", file=sys.stderr, flush=True)
    steps = [["cmake", "--preset", preset],
             ["cmake", "--build", "--preset", preset, "--target", *[f"fuzz_{target}" for target in targets]]]
    if preset == "asan-sofia":
        steps.insert(0, ["scripts/sofia-sanitized", "address"])
    for step in steps:
        done = subprocess.run(step, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            print("\n".join(done.stdout.splitlines()[-40:]))
            return False
    return True


def processor_seconds(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def environment():
    """One that finds more; the library below is suppressed by name (tests/sofia-ubsan.supp)."""
    ubsan = f"halt_on_error=1:print_stacktrace=1:suppressions={ROOT}/tests/sofia-ubsan.supp"
    return os.environ | {"ASAN_OPTIONS": "detect_stack_use_after_return=1", "UBSAN_OPTIONS": ubsan}


class Run:
    """One run of one target: until so much processor time, or so much wall time, is used."""

    def __init__(self, build, target, processor, wall):
        self.build, self.target = build, target
        self.program = build / "bin" / f"fuzz_{target}"
        self.processor_limit, self.wall_limit = processor, wall
        self.corpus = HERE / "corpus" / target
        self.found = ROOT / "build/fuzz" / target
        self.text = ""

    def command(self, artifacts):
        words = [str(self.program), f"-max_len={LENGTHS.get(self.target, 4096)}", "-print_final_stats=1",
                 # Generous: by the wall clock, and the machine may be doing something else or be stopped.
                 "-timeout=600", "-report_slow_units=600", "-rss_limit_mb=3000",
                 f"-max_total_time={int(self.wall_limit)}", f"-artifact_prefix={artifacts}/"]
        dictionary = HERE / "dictionaries" / f"{self.target}.dict"
        if dictionary.exists():
            words.append(f"-dict={dictionary}")
        return words + [str(self.found), str(self.corpus), *MORE_INPUTS.get(self.target, [])]

    def __call__(self):
        self.found.mkdir(parents=True, exist_ok=True)
        self.commit, self.digest = self.code()
        with tempfile.TemporaryDirectory() as artifacts, tempfile.TemporaryFile("w+", errors="replace") as log:
            begin = time.monotonic()
            process = subprocess.Popen(self.command(artifacts), stdout=log, stderr=log, cwd=ROOT, env=environment())
            asked = False
            while process.poll() is None:
                time.sleep(0.2)
                self.processor = processor_seconds(process.pid) or getattr(self, "processor", 0.0)
                if not asked and self.processor_limit and self.processor >= self.processor_limit:
                    process.send_signal(signal.SIGUSR1)  # libFuzzer ends after the input that it is at
                    asked = True
            self.wall = time.monotonic() - begin
            log.seek(0)
            self.text = log.read()
            self.status = process.returncode
            self.inputs = [self.keep(path) for path in sorted(pathlib.Path(artifacts).iterdir())
                           if not self.was_held(path)]
        return self

    def was_held(self, path):
        """Slow by libFuzzer's clock, which goes on while a process is stopped, and not by the processor's."""
        if not path.name.startswith("slow-"):
            return False
        again = subprocess.Popen([str(self.program), str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 cwd=ROOT, env=environment())
        _, status, usage = os.wait4(again.pid, 0)
        return status == 0 and usage.ru_utime + usage.ru_stime < 1.0

    def keep(self, path):
        """Beside the corpus, where it fails every build's tests until somebody has mended what it found."""
        name = path.name.split("-")[0] + "-" + hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        self.corpus.mkdir(parents=True, exist_ok=True)
        return pathlib.Path(shutil.copyfile(path, self.corpus / name)).relative_to(ROOT)

    @property
    def findings(self):
        return max(len(self.inputs), 1 if self.status != 0 else 0)

    def last(self, pattern):
        found = re.findall(pattern, self.text)
        return int(found[-1]) if found else 0

    @property
    def figures(self):
        """Executions, edges, features."""
        return (self.last(r"number_of_executed_units:\s*(\d+)"), self.last(r"cov: (\d+)"), self.last(r"ft: (\d+)"))

    def report(self):
        executions, edges, features = self.figures
        print(f"{self.target:16} {executions:>10} executions {self.wall:7.0f} s ({self.processor:.0f} s of processor) "
              f"{edges:>6} edges {features:>6} features  {'FINDING' if self.findings else 'ok'}", flush=True)
        if self.findings:
            print("\n".join(self.text.splitlines()[-60:]))
            for path in self.inputs:
                print(f"{self.target}: the input is {path}")

    def code(self):
        """What runs: the commit, with a + when a file of it is not as committed, and the digest of the files."""
        files = linked_files(ROOT, self.build, f"fuzz_{self.target}")
        git = lambda *words: subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        changed = git("status", "--porcelain", "--", *files).strip()
        return git("rev-parse", "--short=10", "HEAD").strip() + ("+" if changed else ""), digest(ROOT, files)

    def row(self, preset):
        executions, edges, features = self.figures
        return [datetime.date.today().isoformat(), preset, self.target, self.commit, executions, round(self.wall),
                round(self.processor), self.findings, edges, features, self.digest]


def merge(build, target):
    """Adds to the committed corpus what reaches something new, and as few inputs as do."""
    corpus = HERE / "corpus" / target
    found = ROOT / "build/fuzz" / target
    before = {path.name for path in corpus.iterdir()}
    with tempfile.TemporaryDirectory() as smallest:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment(), "check": True}
        program = str(build / "bin" / f"fuzz_{target}")
        subprocess.run([program, "-set_cover_merge=1", smallest, str(corpus), str(found)], **quiet)
        subprocess.run([program, "-merge=1", str(corpus), smallest], **quiet)
    added = [path for path in corpus.iterdir() if path.name not in before]
    size = sum(path.stat().st_size for path in added)
    print(f"{target:16} {len(added)} inputs more in the corpus, {size} bytes")


def read_record():
    if not RECORD.exists():
        return []
    lines = [line for line in RECORD.read_text().splitlines() if line and not line.startswith("#")]
    return [dict(zip(COLUMNS, line.split("\t"))) for line in lines[1:]]


def write_record(rows):
    """One row a preset and target: the last run, unless it was a shorter one of the same code."""
    kept = {(row["preset"], row["target"]): row for row in read_record()}
    for values in rows:
        row = dict(zip(COLUMNS, map(str, values)))
        old = kept.get((row["preset"], row["target"]))
        is_same = old and old["digest"] == row["digest"] and old["findings"] == row["findings"] == "0"
        if not is_same or int(old["processor_seconds"]) <= int(row["processor_seconds"]):
            kept[row["preset"], row["target"]] = row
    lines = ["# Runs of the fuzz targets, written by scripts/fuzz --record. The digest is that of all files of this",
             "# repository that the program is made of; scripts/fuzz --status compares it.", "\t".join(COLUMNS)]
    lines += ["\t".join(kept[key][name] for name in COLUMNS) for key in sorted(kept)]
    RECORD.write_text("\n".join(lines) + "\n")


def verdict(row, now):
    if row is None:
        return "never recorded"
    if row["findings"] != "0":
        return "ended with a finding"
    if row["digest"] != now:
        return f"the code has changed since {row['commit']}"
    if row["commit"].endswith("+"):
        return "ran with changes that were not committed"
    if int(row["processor_seconds"]) < ENOUGH_SECONDS:
        return f"ran {int(row['processor_seconds']) / 60:.0f} minutes only"
    return ""


def status(build, preset, targets):
    rows = {(row["preset"], row["target"]): row for row in read_record()}
    missing = 0
    for target in targets:
        files = linked_files(ROOT, build, f"fuzz_{target}")
        row = rows.get((preset, target))
        why = verdict(row, digest(ROOT, files))
        missing += bool(why)
        ran = f"; {int(row['processor_seconds']) // 60} min, {row['executions']} executions at {row['commit']}" if row else ""
        print(f"{target:16} {'does not hold: ' + why if why else 'holds'}{ran}; {len(files)} files")
    return 1 if missing else 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="[minutes] [target...]",
                        help="minutes of processor time for each target (1), and which (all)")
    parser.add_argument("--seconds", type=float, help="so much wall time for each instead: for CI")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time")
    parser.add_argument("--record", action="store_true", help="write the runs to tests/fuzz/runs.tsv")
    parser.add_argument("--merge", action="store_true", help="then add what was found to the committed corpora")
    parser.add_argument("--status", action="store_true", help="which recorded runs of 30 minutes hold; builds the targets, to see what they are made of")
    parser.add_argument("--preset", default="asan", help="asan, or asan-sofia: libsofia with sanitizers as well")
    chosen = parser.parse_args()
    build = ROOT / "build" / chosen.preset
    known = sorted(path.stem[len("fuzz_"):] for path in HERE.glob("fuzz_*.cpp") if path.stem != "fuzz_target")
    minutes = float(chosen.what.pop(0)) if chosen.what and re.fullmatch(r"[0-9.]+", chosen.what[0]) else 1.0
    targets = chosen.what or known
    if unknown := set(targets) - set(known):
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if not compiled(chosen.preset, targets):
        return 1
    if chosen.status:
        return status(build, chosen.preset, targets)
    # A machine that does other things gets twenty times as long for the same processor time.
    processor, wall = (0, chosen.seconds) if chosen.seconds else (minutes * 60, minutes * 60 * 20)
    with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
        runs = []
        for run in pool.map(lambda target: Run(build, target, processor, wall)(), targets):
            run.report()
            runs.append(run)
            if chosen.record:
                write_record([run.row(chosen.preset)])
            if chosen.merge and run.findings == 0:
                merge(build, run.target)
    return 1 if any(run.findings for run in runs) else 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
