# SPDX-License-Identifier: MIT
"""A systemd of its own: this machine's /usr under a fresh /etc, booted by systemd-nspawn in namespaces that the test
owns, with the files of systemd/ and the program where a package would put them.

`own_namespaces` comes first. From there on the test has a loopback of its own, shared with the container, so that it
sends its calls itself; and it is the root of a PID namespace, so that nothing outlives it, however it ends."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
OURS = "SHAKEN302_TEST_NAMESPACES"
UNIT = "shaken302.service"
BOOT_SECONDS_MAX = 90
# What this test does not ask of a machine: it costs seconds, or reads the whole of /usr.
MASKED = ["ldconfig.service", "systemd-hwdb-update.service", "systemd-journal-catalog-update.service",
          "systemd-update-done.service", "systemd-firstboot.service", "systemd-timesyncd.service",
          "systemd-resolved.service", "systemd-networkd.service", "systemd-logind.service", "dbus.service",
          "dbus.socket", "getty.target", "console-getty.service", "systemd-update-utmp.service"]


class Forbidden(Exception):
    """This machine does not let a test boot systemd; the text says what failed."""


def run(*command, **how):
    how = {"capture_output": True, "text": True, "timeout": 60, **how}
    return subprocess.run([str(word) for word in command], **how)


def own_namespaces():
    """Runs this script again inside them, and ends with what it ended with; where it is that run, returns. Raises
    Forbidden where a machine has none to give."""
    if os.environ.get(OURS) == "1":
        run("ip", "link", "set", "lo", "up", check=True)
        return
    for program, package in (("systemd-nspawn", "systemd-container"), ("ip", "iproute2")):
        if shutil.which(program) is None:
            raise Forbidden(f"{program} is missing (package {package})")
    if os.geteuid() != 0:
        raise Forbidden("booting a container needs root")
    # Whoever kills this process kills all of them.
    inside = ["setpriv", "--pdeathsig=KILL", "unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork",
              "--kill-child", "--mount-proc"]
    tried = run(*inside, "true")
    if tried.returncode != 0:
        raise Forbidden(f"no namespaces: {tried.stderr.strip()}")
    with ControlGroup() as groups:
        join = "".join(f"echo $$ >'{group}/cgroup.procs' && " for group in groups)
        sys.stdout.flush()
        done = subprocess.run(["sh", "-c", f'{join}exec "$@"', "sh", *inside, sys.executable, "-u", *sys.argv],
                              env={**os.environ, OURS: "1"})
    sys.exit(done.returncode)


class ControlGroup:
    """Groups of our own in the hierarchies that systemd keeps its services in: nspawn makes the container's below
    that of its caller, by a fixed name."""

    def __enter__(self):
        tops = [path for path in map(pathlib.Path, ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified",
                                                    "/sys/fs/cgroup")) if (path / "cgroup.procs").exists()]
        self.groups = [top / f"shaken302-test-{os.getpid()}" for top in tops]
        try:
            for group in self.groups:
                group.mkdir()
        except OSError as error:
            raise Forbidden(f"no control group: {error}") from error
        return self.groups

    def __exit__(self, *_):
        for group in self.groups:
            for folder, _, _ in os.walk(group, topdown=False):
                # Its last process may still be on its way out.
                for _ in range(20):
                    try:
                        os.rmdir(folder)
                        break
                    except OSError:
                        time.sleep(0.1)


class Container:
    """`root` is its tree as seen from here. One that failed to boot raises Forbidden with its last words."""

    def __init__(self, binary, folder):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="shaken302-root-"))
        self.console = pathlib.Path(folder) / "console.log"
        self.process = None
        self.init = 0
        self.make_tree()
        self.install(binary)

    # --- the tree

    def make_tree(self):
        """Everything is on a tmpfs, and /usr is this machine's until it is written to."""
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.root, check=True)
        for name in ("usr", "etc", "var", "run", "tmp", "proc", "sys", "dev", ".upper", ".work"):
            (self.root / name).mkdir()
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
            if (pathlib.Path("/") / name).is_symlink():
                (self.root / name).symlink_to(f"usr/{name}")
        made = run("mount", "-t", "overlay", "overlay", "-o",
                   f"lowerdir=/usr,upperdir={self.root}/.upper,workdir={self.root}/.work", self.root / "usr")
        if made.returncode != 0:
            raise Forbidden(f"no overlay of /usr: {made.stderr.strip()}")
        etc = self.root / "etc"
        # With an id it is not the first boot, at which systemd would enable whatever is installed here.
        (etc / "machine-id").write_text("302" + "0" * 29 + "\n")
        (etc / "os-release").symlink_to("../usr/lib/os-release")
        if pathlib.Path("/etc/ld.so.cache").exists():
            shutil.copy("/etc/ld.so.cache", etc)
        units = etc / "systemd" / "system"
        units.mkdir(parents=True)
        for name in MASKED:
            (units / name).symlink_to("/dev/null")

    def install(self, binary):
        """The program and the files of systemd/, as their first lines say; the set-up of `shaken302 init`."""
        self.put_program(binary)
        for source in sorted((ROOT / "systemd").iterdir()):
            target = {".sysusers": "sysusers.d/shaken302.conf", ".tmpfiles": "tmpfiles.d/shaken302.conf"}.get(
                source.suffix, f"systemd/system/{source.name}")
            shutil.copy(source, self.root / "usr/lib" / target)
        run("systemd-sysusers", f"--root={self.root}", check=True)
        self.etc = self.root / "etc/shaken302"
        made = run("chroot", self.root, "/usr/bin/shaken302", "init", "/etc/shaken302")
        assert made.returncode == 0, made.stderr
        self.port = 5060

    def put_program(self, binary):
        """As dpkg does: written beside it, then renamed over what may be running."""
        new = self.root / "usr/bin/shaken302.new"
        shutil.copy(binary, new)
        new.chmod(0o755)
        os.replace(new, self.root / "usr/bin/shaken302")

    def edit(self, old, new, file="shaken302.toml"):
        path = self.etc / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1))

    def drop_in(self, text, name="test", unit=UNIT):
        """More settings of the unit; None takes them away."""
        path = self.root / f"etc/systemd/system/{unit}.d/{name}.conf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)
        if self.init:
            self.check("systemctl", "daemon-reload")

    # --- the life of it

    def boot(self):
        begin = time.monotonic()
        # nspawn keeps a folder by the machine's name there; that of this machine is not ours.
        pathlib.Path("/run/systemd/nspawn").mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "tmpfs", "tmpfs", "/run/systemd/nspawn", check=True)
        # nspawn forbids what asks for the clock, too; only the unit is to be tested. Debian boots with unified groups.
        with open(self.console, "wb") as console:
            self.process = subprocess.Popen(
                ["systemd-nspawn", "--quiet", f"--directory={self.root}", "--machine=shaken302", "--register=no",
                 "--keep-unit", "--system-call-filter=adjtimex clock_adjtime", "--console=pipe", "--boot", "systemd.unit=multi-user.target"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        while not self.init or self("systemctl", "is-active", "multi-user.target").stdout.strip() != "active":
            if self.process.poll() is not None or time.monotonic() - begin > BOOT_SECONDS_MAX:
                words = self.console.read_text(errors="replace").strip().splitlines()[-5:]
                raise Forbidden(f"systemd did not boot in {time.monotonic() - begin:.0f} s "
                                f"(exit {self.process.poll()}): {' | '.join(words) or 'it said nothing'}")
            time.sleep(0.1)
            self.init = self.init or self.find_init()
        self.boot_seconds = time.monotonic() - begin

    def find_init(self):
        """The first process of the namespace below ours."""
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                if found := re.search(r"^NSpid:\t(\d+)\t1$", status.read_text(), re.MULTILINE):
                    return int(found[1])
            except OSError:
                continue
        return 0

    def stop(self):
        """Ends its init; nspawn and the rest follow."""
        if self.process is not None and self.process.poll() is None and self.init:
            os.kill(self.init, signal.SIGRTMIN + 4)  # systemctl poweroff
        if self.process is not None:
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                if self.init:
                    os.kill(self.init, signal.SIGKILL)
                self.process.kill()
                self.process.wait(timeout=10)
        for mount in (self.root / "usr", self.root):
            run("umount", "--lazy", mount)
        self.root.rmdir()

    # --- what is done in it

    def __call__(self, *command, **how):
        """A command in all its namespaces, as its root."""
        return run("nsenter", f"--target={self.init}", "--mount", "--uts", "--ipc", "--pid", "--root", "--wd",
                   "--", *command, **how)

    def check(self, *command, **how):
        done = self(*command, **how)
        assert done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def show(self, name, unit=UNIT):
        """A property of a unit."""
        return self.check("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def journal(self, since=None, unit=UNIT):
        """What the service, or systemd of it, has said; `since`: a cursor."""
        return self.check("journalctl", "--no-pager", "--quiet", "--output=short-precise", f"--unit={unit}",
                          *([f"--after-cursor={since}"] if since else []))

    def cursor(self):
        said = self.check("journalctl", "--no-pager", "--lines=1", "--show-cursor", "--output=cat")
        return said.rpartition("-- cursor: ")[2].strip()

    def wait_for_journal(self, pattern, since=None, seconds=20):
        end = time.monotonic() + seconds
        while True:
            said = self.journal(since)
            if found := re.search(pattern, said):
                return found
            assert time.monotonic() < end, f"{pattern!r} is not in the journal:\n{said[-4000:]}"
            time.sleep(0.1)

    def main_pid(self):
        """The PID of the service as seen from here; 0 when there is none."""
        inner = self.show("MainPID")
        if inner == "0":
            return 0
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                if found := re.search(rf"^NSpid:\t(\d+)\t{inner}$", status.read_text(), re.MULTILINE):
                    return int(found[1])
            except OSError:
                continue
        return 0
