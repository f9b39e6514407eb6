#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The service as its machine runs it: a booted systemd with the real unit. systemd_test.py SHAKEN302
Exit 77, with the reason, where a machine does not let a test boot systemd."""
import pathlib
import re
import shutil
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import container  # noqa: E402
import scene  # noqa: E402
from key_forms import Secret, leaks  # noqa: E402
from open_loop import Load  # noqa: E402
from server_process import Upstream  # noqa: E402
from tokens import Identity  # noqa: E402

BINARY = str(pathlib.Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else ""
RATE = 500  # calls a second
CALLS_MIN = 100  # on a machine that does other things meanwhile
EXPOSURE_MAX = 1.5
DRAIN_SECONDS = 2  # [server] drain_time
STOP_SECONDS_MAX = DRAIN_SECONDS + 4  # as the unit says beside TimeoutStopSec=
# Where the service may write: folders that nobody else sees, and that end with it.
ITS_OWN = {"/tmp", "/var/tmp", "/dev/mqueue"}
NO_DRAIN = 'drain_time = "0s"'
NEEDED = {"needs_udp", "needs_tcp", "needs_to_ask_the_clock"}
PROBE = "/usr/share/sandbox_probe.py"
OPEN = ["/usr/lib/open", "/etc/open", "/var/lib/open", "/run/open", "/opt/open"]  # to everybody, see the probe
SOCKET_UNIT = "shaken302.socket"


class Systemd(scene.SceneTest):
    @classmethod
    def scene(cls):
        cls.box = container.Container(BINARY, cls.folder)
        cls.later(cls.box)
        shutil.copy(HERE / "sandbox_probe.py", cls.box.root / PROBE[1:])
        cls.box.edit("[server]\n", f"[server]\n{NO_DRAIN}\n")
        cls.box.drop_in("[Socket]\nListenDatagram=\nListenDatagram=127.0.0.1:5060\n", unit=SOCKET_UNIT)
        cls.box.boot()
        cls.box.check("mkdir", "--parents", "--mode=1777", *OPEN)
        print(f"systemd: booted in {cls.box.boot_seconds:.1f} s", flush=True)

    def setUp(self):
        self.restore = [(path, path.read_text()) for path in self.box.etc.glob("*.toml")]
        self.box.check("systemctl", "start", container.UNIT)
        self.cursor = self.box.cursor()

    def tearDown(self):
        for path, text in self.restore:
            path.write_text(text)
        self.box("systemctl", "stop", container.UNIT)
        self.box("systemctl", "reset-failed", container.UNIT)

    def ask(self, **request):
        upstream = Upstream(self.box.port)
        self.addCleanup(upstream.close)
        return upstream.ask(**request)

    def assert_signs(self, call_id="asked"):
        self.assertEqual("A", Identity(self.ask(call_id=call_id).one("Identity")).payload["attest"])

    def calls(self):
        """Under way from now on."""
        load = Load(self.box.port, RATE)
        self.addCleanup(load.close)
        while f" 0100007F:{self.box.port:04X} " not in pathlib.Path("/proc/net/udp").read_text():
            time.sleep(0.05)
        time.sleep(0.2)
        return load

    # --- start

    def test_start_returns_when_it_serves(self):
        self.box.check("systemctl", "stop", container.UNIT)
        begin = time.monotonic()
        self.box.check("systemctl", "start", container.UNIT)
        started = time.monotonic() - begin
        self.assert_signs()  # the first datagram, without waiting
        print(f"systemd: `systemctl start` took {started * 1000:.0f} ms")
        self.assertEqual("active running 0", " ".join(map(self.box.show, ("ActiveState", "SubState", "NRestarts"))))
        self.assertIn("generation 1: 1 peers, 3 accounts", self.box.show("StatusText"))

    def test_a_wrong_configuration_is_a_failed_unit_that_is_left_alone(self):
        self.box.check("systemctl", "stop", container.UNIT)
        self.box.edit("[server]\n", "[server]\nlistne = 1\n")
        self.assertNotEqual(0, self.box("systemctl", "start", container.UNIT).returncode)
        time.sleep(1)  # ten times RestartSec=
        self.assertEqual("failed exit-code 78 0", " ".join(map(
            self.box.show, ("ActiveState", "Result", "ExecMainStatus", "NRestarts"))))
        self.assertRegex(self.box.journal(self.cursor), r"/etc/shaken302/shaken302\.toml:\d+: .*listne.*listen")

    def test_a_database_that_does_not_answer_is_tried_again_until_it_does(self):
        self.box.check("systemctl", "stop", container.UNIT)
        config = self.box.etc / "shaken302.toml"
        files = config.read_text()
        rows = files.index("# An upstream proxy.")
        config.write_text(files[:rows].replace('source = "files"\nnumbers = "numbers.csv"',
                                               'source = "postgresql://127.0.0.1:1/x"'))
        self.box("systemctl", "start", "--no-block", container.UNIT)
        end = time.monotonic() + 20
        while int(self.box.show("NRestarts")) < 8:  # more than systemd's own limit of five in ten seconds
            self.assertLess(time.monotonic(), end, self.box.journal(self.cursor))
            time.sleep(0.1)
        self.assertIn("status=69", self.box.journal(self.cursor))
        config.write_text(files)
        begin = time.monotonic()
        self.box.wait_for_journal("Started ", self.cursor)
        print(f"systemd: served {time.monotonic() - begin:.1f} s after its database was there, at the "
              f"{self.box.show('NRestarts')}th restart")
        self.assert_signs()

    def test_its_report_goes_to_the_journal(self):
        self.assert_signs()
        self.box.check("systemctl", "kill", "--signal=USR1", "--kill-whom=main", container.UNIT)
        self.box.wait_for_journal(r"status generation=1 ", self.cursor)
        self.box.wait_for_journal(r"status credentials=1 good=1 ", self.cursor)

    # --- reload

    def test_reloads_under_calls(self):
        calls = self.calls()
        self.box.edit('id = "acme"\n', 'id = "acme"\nmax_attestation = "B"\n')
        self.box.check("systemctl", "reload", container.UNIT)
        self.box.wait_for_journal(r"reload: generation 2", self.cursor)
        self.assertEqual("B", Identity(self.ask(call_id="two").one("Identity")).payload["attest"])
        # A wrong one changes nothing, and is no failure of the service.
        self.box.edit('max_attestation = "B"', 'max_attestation = "D"')
        self.box.check("systemctl", "reload", container.UNIT)
        # systemd writes to the journal too, and its line may come between the two.
        self.box.wait_for_journal(r"reload refused, generation 2 stays", self.cursor)
        said = self.box.wait_for_journal(r"shaken302\.toml:(\d+): .*max_attestation", self.cursor)
        self.assertEqual("B", Identity(self.ask(call_id="three").one("Identity")).payload["attest"])
        self.box.edit('max_attestation = "D"', 'max_attestation = "A"')
        self.box.check("systemctl", "reload", container.UNIT)
        self.box.wait_for_journal(r"reload: generation 3", self.cursor)
        self.assert_signs()
        got = calls.stop()
        print(f"systemd: {got['sent']} calls through three reloads, {len(got['lost'])} unanswered, slowest "
              f"{got['slowest_ms']} ms; {said[0]!r}")
        self.assertEqual(([], 0, {"302": got["sent"]}), (got["lost"], got["twice"], got["statuses"]))
        self.assertGreater(got["sent"], CALLS_MIN)
        self.assertEqual("active 0", " ".join(map(self.box.show, ("ActiveState", "NRestarts"))))

    # --- stop

    def test_a_stop_answers_what_still_comes(self):
        self.box.edit(NO_DRAIN, "")
        self.box.check("systemctl", "restart", container.UNIT)
        calls = self.calls()
        begin = time.monotonic()
        self.box.check("systemctl", "stop", container.UNIT)
        seconds = time.monotonic() - begin
        got = calls.stop()
        print(f"systemd: `systemctl stop` took {seconds:.1f} s; {got['answered']} calls answered, and then none of "
              f"{len(got['lost'])}")
        self.assertGreaterEqual(seconds, DRAIN_SECONDS)
        self.assertLess(seconds, STOP_SECONDS_MAX)
        self.assertEqual("inactive success 0", " ".join(map(self.box.show, ("ActiveState", "Result", "ExecMainStatus"))))
        self.assertGreater(got["answered"], CALLS_MIN)
        # All until the end; none after it.
        self.assertEqual(list(range(got["sent"]))[got["answered"]:], got["lost"])
        self.assertLess(len(got["lost"]), RATE * 0.5)

    # --- the socket unit

    def test_a_datagram_starts_it_through_the_socket_unit(self):
        self.box.check("systemctl", "stop", container.UNIT)
        self.box.check("systemctl", "start", SOCKET_UNIT)
        self.addCleanup(self.box, "systemctl", "stop", SOCKET_UNIT)
        begin = time.monotonic()
        self.assert_signs()  # what started it is answered
        print(f"systemd: the datagram that started it was answered after {(time.monotonic() - begin) * 1000:.0f} ms")
        self.assertIn("inherited", self.box.journal(self.cursor))
        self.assertEqual("active", self.box.show("ActiveState"))

    def test_a_wrong_configuration_behind_the_socket_unit_is_not_tried_for_ever(self):
        self.box.check("systemctl", "stop", container.UNIT)
        self.box.edit("[server]\n", "[server]\nlistne = 1\n")
        self.box.check("systemctl", "start", SOCKET_UNIT)
        self.addCleanup(self.box, "systemctl", "stop", SOCKET_UNIT)
        upstream = Upstream(self.box.port)
        self.addCleanup(upstream.close)
        upstream.send()
        end = time.monotonic() + 30
        while self.box.show("ActiveState", SOCKET_UNIT) != "failed":
            self.assertLess(time.monotonic(), end, "tried again and again")
            time.sleep(0.1)
        starts = self.box.journal(self.cursor).count("Starting ")
        print(f"systemd: the socket unit failed visibly after {starts} starts")
        self.box.edit("listne = 1\n", "")
        self.box.check("systemctl", "restart", SOCKET_UNIT, container.UNIT)
        self.assert_signs()

    # --- hardening

    def status_of(self, pid):
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def test_the_running_process_has_no_rights(self):
        pid = self.box.main_pid()
        status = self.status_of(pid)
        self.assertEqual(["0" * 16] * 5, [status[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")])
        self.assertEqual("1 2", f"{status['NoNewPrivs']} {status['Seccomp']}")
        user = self.box.check("id", "-u", "shaken302").strip()
        self.assertNotEqual("0", user)
        self.assertEqual([user] * 4, status["Uid"].split())
        self.assertEqual([status["Gid"].split()[0]], status["Groups"].split() or status["Gid"].split()[:1])
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        for kind in ("mnt", "user", "ipc"):
            self.assertNotEqual(*(pathlib.Path(f"/proc/{each}/ns/{kind}").readlink() for each in (pid, self.box.init)))
        mounts = pathlib.Path(f"/proc/{pid}/mountinfo").read_text()
        self.assertRegex(mounts, r"(?m)^\S+ \S+ \S+ / / ro,")

    def test_no_key_where_others_look(self):
        self.assert_signs()
        secret = Secret("house", self.box.etc / "keys/house.key")
        pid = self.box.main_pid()
        environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
        self.assertIn(b"NOTIFY_SOCKET=", environment)
        self.box.check("systemctl", "kill", "--signal=USR1", "--kill-whom=main", container.UNIT)
        self.box.wait_for_journal(r"status generation=1 ", self.cursor)
        journal = self.box.check("journalctl", "--no-pager", "--output=export").encode()
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        for place, data in (("environment", environment), ("command line", command), ("journal", journal)):
            self.assertEqual({}, leaks(data, [secret]), place)
        # The search itself must be able to find.
        key = (self.box.etc / "keys/house.key").read_bytes()
        self.assertTrue(leaks(environment + key, [secret]))

    def probed(self, text):
        lines = [line.split() for line in text.splitlines() if line.split()[:1] in (["write"], ["writable"], ["try"])]
        self.assertGreater(len(lines), 20, text)
        return lines

    def assert_places(self, lines):
        done = {name for kind, name, result in lines if kind in ("write", "writable") and result == "done"}
        self.assertEqual(set(), done - ITS_OWN)
        self.assertIn("/tmp", done, "the probe could not have written anywhere")

    def test_it_can_write_nowhere_but_in_folders_of_its_own(self):
        """As its user, in the namespaces of the running process."""
        pid = self.box.main_pid()
        user = self.box.check("id", "-u", "shaken302").strip()
        group = self.box.check("id", "-g", "shaken302").strip()
        done = container.run("nsenter", f"--target={pid}", "--mount", "--ipc", "--pid", "--net", "--root", "--wd", "--",
                             "setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--bounding-set=-all",
                             "--no-new-privs", "python3", PROBE, "--places")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assert_places(self.probed(done.stdout))

    def probe(self, more=""):
        """The probe in the place of the program, in everything that the unit puts around it."""
        unit = (self.box.root / f"usr/lib/systemd/system/{container.UNIT}").read_text()
        unit = unit.replace("Type=notify", "Type=oneshot").replace("Restart=always", "Restart=no")
        unit = re.sub(r"(?m)^ExecStart=.*", f"ExecStart=/usr/bin/python3 {PROBE}", unit)
        (self.box.root / "etc/systemd/system/probe.service").write_text(re.sub(r"(?m)^WatchdogSec=.*\n", "", unit))
        self.box.drop_in(f"[Service]\n{more}\n", unit="probe.service")  # and systemd reads all of it again
        cursor = self.box.cursor()
        self.box.check("systemctl", "start", "probe.service")
        return self.probed(self.box.check("journalctl", "--no-pager", "--output=cat", "--unit=probe.service",
                                          f"--after-cursor={cursor}"))

    def test_what_the_unit_forbids_fails_and_what_it_needs_works(self):
        lines = self.probe()
        self.assert_places(lines)
        tried = {name: result for kind, name, result in lines if kind == "try"}
        self.assertEqual(NEEDED, {name for name, result in tried.items() if result == "done"}, tried)
        print(f"systemd: {len(tried) - len(NEEDED)} forbidden things failed, {len(NEEDED)} needed ones worked")

    def test_a_hole_in_the_unit_does_not_go_unnoticed(self):
        lines = self.probe("ReadWritePaths=/var/lib/open\nMemoryDenyWriteExecute=no")
        self.assertIn(["write", "/var/lib/open", "done"], lines)
        self.assertIn(["try", "writable_and_executable_memory", "done"], lines)

    def test_exposure(self):
        said = self.box.check("systemd-analyze", "--no-pager", "security", container.UNIT)
        exposure = float(re.search(r"Overall exposure level.*?: (\d+\.\d+)", said)[1])
        print(f"systemd: exposure {exposure}, at most {EXPOSURE_MAX}")
        self.assertLessEqual(exposure, EXPOSURE_MAX)


if __name__ == "__main__":
    try:
        container.own_namespaces()
        sys.argv.pop(1)
        scene.main()
    except container.Forbidden as why:
        print(f"SKIPPED: {why}")
        sys.exit(77)
