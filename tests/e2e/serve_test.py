#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`shaken302 serve` as an operator meets it: start, calls, reload, report, stop. serve_test.py SHAKEN302"""
import os
import pathlib
import signal
import sys
import time
import unittest

import scene
from server_process import Manager, OpenLoop, Server, Setup, Upstream
from tokens import Identity

BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else ""


def level_of(answer):
    return Identity(answer.one("Identity")).payload["attest"]


class Serve(scene.SceneTest):
    """A fresh set-up for each test."""

    @classmethod
    def scene(cls):
        pass

    def setUp(self):
        self.setup = Setup(BINARY, self.folder / self._testMethodName)

    def serve(self, **options):
        server = Server(BINARY, self.setup, **options)
        self.addCleanup(server.stop)
        return server

    def upstream(self):
        upstream = Upstream(self.setup.port)
        self.addCleanup(upstream.close)
        return upstream

    # --- calls -----------------------------------------------------------------------------------

    def test_a_call_is_signed_and_logged(self):
        server = self.serve()
        answer = self.upstream().ask(call_id="first@example.com")
        self.assertEqual(302, answer.status)
        self.assertEqual("A", level_of(answer))
        line = server.wait_for_log(r"decision .*").group(0)
        for pair in ("peer=local", "account=acme", "calling=12155550100", "called=12155550199", "verdict=sign",
                     "level=A", "status=302", "credential=house", "generation=1", 'call_id="first@example.com"',
                     "number_assigned"):
            self.assertIn(pair, line)

    def test_a_caller_cannot_write_into_the_log(self):
        server = self.serve()
        self.upstream().ask(call_id='x"verdict=forged\\')
        line = server.wait_for_log(r"decision .*").group(0)
        self.assertIn('call_id="x\\"verdict=forged\\\\" reasons=', line)

    def test_above_the_limit_a_summary_stands_for_the_lines(self):
        with open(self.setup.config, "a") as config:
            config.write("\n[log]\ndecisions_per_second = 3\n")
        server = self.serve()
        upstream = self.upstream()
        for i in range(40):
            upstream.ask(call_id=f"c{i}")
        server.signal(signal.SIGTERM)
        self.assertEqual(0, server.wait())
        lines = server.log().splitlines()
        single = [line for line in lines if " decision peer=" in line]
        summaries = [line for line in lines if " decisions total=" in line]
        self.assertGreaterEqual(len(single), 3)
        self.assertLess(len(single), 40)
        suppressed = sum(int(line.rsplit("suppressed=", 1)[1]) for line in summaries)
        self.assertEqual(40, len(single) + suppressed)

    # --- reload ----------------------------------------------------------------------------------

    def test_a_good_reload_is_swapped_whole_and_a_bad_one_refused(self):
        server = self.serve()
        upstream = self.upstream()
        self.assertEqual("A", level_of(upstream.ask(call_id="before")))

        self.setup.edit("12155550100,acme", "12155550109,acme", "numbers.csv")
        server.signal(signal.SIGHUP)
        server.wait_for_log(r"reload: generation 2: 1 peers, 3 accounts, 4 number rows, 1 credentials")
        # The number is nobody's now; the header still names the account.
        self.assertEqual("B", level_of(upstream.ask(call_id="good", extra=["X-Account: acme"])))

        self.setup.edit('dest = "To"', 'dset = "To"')
        self.setup.edit("12155550109,acme", "12155550100,acme", "numbers.csv")
        server.signal(signal.SIGHUP)
        server.wait_for_log(r"reload refused, generation 2 stays")
        self.assertRegex(server.log(), r"error .*shaken302\.toml:\d+: .*dset")
        self.assertEqual("B", level_of(upstream.ask(call_id="bad", extra=["X-Account: acme"])))

        self.setup.edit('dset = "To"', 'dest = "To"')
        server.signal(signal.SIGHUP)
        server.wait_for_log(r"reload: generation 3: ")
        self.assertEqual("A", level_of(upstream.ask(call_id="again")))

    def test_a_setting_that_takes_a_restart_is_named(self):
        server = self.serve()
        self.setup.edit("workers = 0", "workers = 1")
        server.signal(signal.SIGHUP)
        server.wait_for_log(r"warning reload: server\.workers has changed, which takes a restart")
        server.wait_for_log(r"reload: generation 2")

    def test_a_peer_that_a_reload_brings_is_counted_under_its_name(self):
        server = self.serve()
        upstream = self.upstream()
        upstream.ask(call_id="old")
        self.setup.edit('name = "local"', 'name = "edge"')
        server.signal(signal.SIGHUP)
        server.wait_for_log(r"reload: generation 2")
        upstream.ask(call_id="new")
        server.signal(signal.SIGUSR1)
        server.wait_for_log(r"status peer=edge invites=1")
        self.assertIn("status peer=local invites=1", server.log())

    def test_a_storm_of_reloads_loses_no_call(self):
        server = self.serve()
        upstream = self.upstream()
        for i in range(200):
            server.signal(signal.SIGHUP)
            self.assertEqual(302, upstream.ask(call_id=f"c{i}").status)
        server.wait_for_log(r"reload: generation [3-9]")
        self.assertNotIn("refused", server.log())

    # --- report ----------------------------------------------------------------------------------

    def test_sigusr1_prints_what_is_not_zero(self):
        server = self.serve()
        upstream = self.upstream()
        upstream.ask(call_id="one")
        upstream.ask(call_id="two", method="OPTIONS")
        upstream.send(method="ACK")
        upstream.ask(call_id="three", method="MESSAGE")
        server.signal(signal.SIGUSR1)
        server.wait_for_log(r"status peer=local invites=1 level_a=1")
        report = server.log()
        for line in ("status generation=1 workers=", "status received=4", "status method_invite=1",
                     "status method_options=1", "status method_ack=1", "status answered_signed=1", "status level_a=1"):
            self.assertIn(line, report)
        self.assertNotIn("truncated=", report)

    # --- stop ------------------------------------------------------------------------------------

    def test_sigterm_answers_what_is_queued(self):
        server = self.serve()
        upstream = self.upstream()
        server.signal(signal.SIGSTOP)
        for i in range(60):
            upstream.send(call_id=f"queued{i}")
        server.signal(signal.SIGTERM)
        server.signal(signal.SIGCONT)
        answers = [upstream.receive() for _ in range(60)]
        self.assertNotIn(None, answers)
        self.assertEqual({302}, {answer.status for answer in answers})
        self.assertEqual(60, len({answer.one("Call-ID") for answer in answers}))
        self.assertEqual(0, server.wait())
        self.assertRegex(server.log(), r"status received=60\n")
        self.assertTrue(server.log().rstrip().endswith("stopped"), server.log())

    def stop_under_load(self, rate):
        server = self.serve()
        load = OpenLoop(self.setup.port, rate)
        self.addCleanup(load.socket.close)
        self.assertTrue(load.run(4, 0.3, lambda: server.signal(signal.SIGTERM)), "the port was never closed")
        self.assertEqual(0, server.wait())
        # At most the one INVITE (and one OPTIONS) by whose refusal the kernel told that the port is closed: the
        # sender hears of it at its next call. Whatever was sent before has been answered.
        self.assertLessEqual(len(load.unanswered()), 1, f"of {len(load.sent)}: {load.unanswered()}")
        self.assertIn(load.unanswered(), ([], load.sent[-1:]))
        return load

    def test_a_stop_is_announced_and_loses_no_call(self):
        self.setup.edit('drain_time = "0s"', 'drain_time = "1s"')
        load = self.stop_under_load(500)
        probes = [status for call_id, status in load.answered.items() if call_id.startswith("o")]
        self.assertEqual({200, 503}, set(probes))
        first = probes.index(503)
        self.assertNotIn(200, probes[first:])
        self.assertGreater(len(probes[first:]), 20)  # 50 a second
        self.assertEqual({302}, {status for call_id, status in load.answered.items() if call_id.startswith("i")})

    def test_a_stop_at_once_loses_no_call(self):
        for _ in range(5):
            self.stop_under_load(1500)

    def test_a_second_sigterm_ends_the_announcement(self):
        self.setup.edit('drain_time = "0s"', 'drain_time = "60s"')
        server = self.serve()
        server.signal(signal.SIGTERM)
        server.wait_for_log("stopping: OPTIONS get 503 and calls are answered for 60 s")
        upstream = self.upstream()
        self.assertEqual(503, upstream.ask(method="OPTIONS", call_id="probe").status)
        self.assertEqual(302, upstream.ask(call_id="late").status)
        server.signal(signal.SIGHUP)
        self.assertEqual(302, upstream.ask(call_id="later").status)
        for _ in range(3):
            server.signal(signal.SIGTERM)
        self.assertEqual(0, server.wait())
        self.assertNotIn("reload", server.log())

    def test_sigint_is_a_stop_too(self):
        server = self.serve()
        server.signal(signal.SIGINT)
        self.assertEqual(0, server.wait())

    def test_a_stop_in_the_middle_of_a_reload(self):
        server = self.serve()
        server.signal(signal.SIGHUP)
        server.signal(signal.SIGTERM)
        self.assertEqual(0, server.wait())

    def write_many_numbers(self, rows):
        with open(self.setup.folder / "numbers.csv", "w") as numbers:
            numbers.write("number,account,valid_from,valid_until,basis,reference\n")
            numbers.writelines(f"{13000000000 + 2 * i},acme,,,,\n" for i in range(rows))

    def test_a_stop_does_not_wait_for_a_long_reload(self):
        # As many rows as this build and machine need for a load of a second or more: a sanitizer's takes twenty
        # times as long as a release's.
        load_time = 0.0
        rows = 50_000
        while load_time < 1.0:
            self.write_many_numbers(rows)
            begin = time.monotonic()
            server = self.serve()
            load_time = time.monotonic() - begin
            if load_time < 1.0:
                server.signal(signal.SIGTERM)
                self.assertEqual(0, server.wait())
            rows *= 4
        os.utime(self.setup.folder / "numbers.csv")  # or they would be kept
        server.signal(signal.SIGHUP)
        time.sleep(load_time / 10)
        begin = time.monotonic()
        server.signal(signal.SIGTERM)
        self.assertEqual(0, server.wait())
        self.assertLess(time.monotonic() - begin, load_time / 2)
        self.assertNotRegex(server.log(), "reload(:| refused)")

    def test_a_stop_during_the_first_load_never_serves(self):
        self.write_many_numbers(50_000)
        manager = Manager(self.setup.folder / "notify")
        self.addCleanup(manager.close)
        server = self.serve(wait=False, environment={"NOTIFY_SOCKET": manager.path})
        status = pathlib.Path(f"/proc/{server.process.pid}/status")
        while not int(status.read_text().split("SigCgt:")[1].split()[0], 16) >> (signal.SIGTERM - 1) & 1:
            time.sleep(0.001)
        server.signal(signal.SIGTERM)
        self.assertEqual(0, server.wait())
        self.assertNotIn("serving:", server.log())
        self.assertIn("stopped before serving", server.log())
        with self.assertRaises(AssertionError):
            manager.wait_for("READY=1", 0.1)

    # --- what cannot start -----------------------------------------------------------------------

    def test_a_second_instance_on_the_same_port_says_so(self):
        first = self.serve()
        second = self.serve(name="second", wait=False)
        self.assertEqual(1, second.wait())
        self.assertRegex(second.log(),
                         rf"error cannot listen on udp:127\.0\.0\.1:{self.setup.port} \(server\.listen\): .*"
                         r"Address already in use; another process has it, which `ss -lnptu` names")
        self.assertNotIn("serving", second.log())
        self.assertEqual(302, self.upstream().ask().status)
        self.assertIsNone(first.process.poll())

    def test_a_wrong_configuration_starts_nothing(self):
        self.setup.edit("[server]", "[sever]")
        server = self.serve(wait=False)
        self.assertEqual(78, server.wait())
        self.assertRegex(server.log(), r"shaken302\.toml:\d+: ")

    def test_a_key_or_a_secret_that_others_may_read_starts_nothing(self):
        for name in ("keys/house.key", "secret"):
            with self.subTest(file=name):
                path = self.setup.folder / name
                path.chmod(0o644)
                server = self.serve(wait=False)
                self.assertEqual(78, server.wait())
                self.assertIn(path.name, server.log())
                path.chmod(0o600)

    # --- the process -----------------------------------------------------------------------------

    def test_the_service_manager_is_kept_informed(self):
        manager = Manager(self.setup.folder / "notify")
        self.addCleanup(manager.close)
        server = self.serve(environment={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "1000000"})
        self.assertIn("STATUS=generation 1: 1 peers", manager.wait_for("READY=1"))
        for _ in range(3):
            manager.wait_for("WATCHDOG=1")
        server.signal(signal.SIGHUP)
        self.assertRegex(manager.wait_for("RELOADING=1"), r"MONOTONIC_USEC=\d+")
        self.assertIn("STATUS=generation 2", manager.wait_for("READY=1"))
        self.setup.edit("[server]", "[sever]")
        server.signal(signal.SIGHUP)
        self.assertIn("STATUS=the last reload was refused; generation 2", manager.wait_for("READY=1"))
        server.signal(signal.SIGTERM)
        manager.wait_for("STOPPING=1")
        self.assertEqual(0, server.wait())

    def test_the_process_keeps_its_keys_to_itself(self):
        server = self.serve()
        proc = pathlib.Path("/proc") / str(server.process.pid)
        self.assertRegex((proc / "limits").read_text(), r"Max core file size\s+0\s+0\s")
        self.assertRegex((proc / "status").read_text(), r"Umask:\s+0077")
        # What cannot be dumped belongs to root in /proc, whoever runs it.
        self.assertEqual(0, (proc / "mem").stat().st_uid)
        status = (proc / "status").read_text()
        ignored = int(status.split("SigIgn:")[1].split()[0], 16)
        self.assertTrue(ignored >> (signal.SIGPIPE - 1) & 1)

    def test_under_journald_lines_carry_their_priority(self):
        self.setup.edit("workers = 0", "workers = 1")
        log = self.setup.folder / "journal.log"
        log.touch()
        info = os.stat(log)
        server = self.serve(name="journal", environment={"JOURNAL_STREAM": f"{info.st_dev}:{info.st_ino}"})
        self.assertIn("<6>serving: generation 1", server.log())

    def test_idle_it_hardly_runs(self):
        server = self.serve()
        stat = pathlib.Path(f"/proc/{server.process.pid}/stat")

        def ticks():
            fields = stat.read_text().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])
        before = ticks()
        time.sleep(1)
        self.assertLess(ticks() - before, os.sysconf("SC_CLK_TCK") // 5)


if __name__ == "__main__":
    scene.main()
