#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Restart and upgrade under load: on sockets of a socket unit, on stored ones, and from the running process to a new
one. handover_test.py SHAKEN302"""
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import time

import scene
import streams
from fake_systemd import FakeSystemd, bind_udp
from open_loop import Load
from server_process import Server, Setup, Upstream, free_port

BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else ""
RATE = 2000
RATE_MIN = 1000  # of a machine that does other things meanwhile; what was sent is printed
T1 = 0.5
# A worker that is killed takes with it what it has read: at most a batch of 8 each.
BATCH = 8
WORKERS = 2


class Handover(scene.SceneTest):
    @classmethod
    def scene(cls):
        pass

    def setUp(self):
        self.setup = Setup(BINARY, self.folder / self._testMethodName)
        self.setup.edit("workers = 0", f"workers = {WORKERS}")
        self.setup.edit("[signing]", "[log]\ndecisions = false\n\n[signing]")
        # An upgrade replaces the file of the program: each test has one of its own.
        self.program = self.setup.folder / "shaken302"
        shutil.copy(BINARY, self.program)

    def systemd(self, **settings):
        made = FakeSystemd([str(self.program), "serve", "--config", str(self.setup.config)], self.setup.folder, **settings)
        self.addCleanup(made.close)
        return made

    def unit(self, port=None):
        return ("shaken302.socket", bind_udp("127.0.0.1", port or self.setup.port))

    def load(self, t1=None):
        made = Load(self.setup.port, RATE, t1)
        self.addCleanup(made.close)
        time.sleep(0.3)
        return made

    def finish(self, load, what):
        got = load.stop()
        print(f"{what}: {got['sent']} calls at {got['rate']}/s, {len(got['lost'])} lost, {got['twice']} answered twice, "
              f"{got['resent']} sent again, slowest {got['slowest_ms']} ms")
        self.assertEqual(0, got["twice"])
        self.assertEqual(0, got["refused"], "the port was closed")
        self.assertEqual({"302"}, set(got["statuses"]))
        self.assertGreaterEqual(got["rate"], RATE_MIN)
        return got

    def assert_answers(self):
        upstream = Upstream(self.setup.port)
        self.assertEqual(302, upstream.ask().status)
        upstream.close()

    # --- a socket unit ---------------------------------------------------------------------------

    def test_restarts_on_the_socket_of_a_unit_lose_nothing(self):
        systemd = self.systemd(units=[self.unit()])
        systemd.start()
        systemd.wait_for_log(f"listening on udp:127.0.0.1:{self.setup.port}, inherited: 2 workers")
        load = self.load()
        for _ in range(10):
            systemd.kill(signal.SIGTERM)
            self.assertEqual(0, systemd.reap())
            systemd.start()
            time.sleep(0.2)
        self.assertEqual([], self.finish(load, "10 restarts on a unit's socket")["lost"])

    def test_what_waits_on_the_socket_of_a_unit_is_answered_by_the_first_start(self):
        systemd = self.systemd(units=[self.unit()])
        upstream = Upstream(self.setup.port)
        self.addCleanup(upstream.close)
        for i in range(100):
            upstream.send(call_id=f"early{i}")
        systemd.start()
        answers = [upstream.receive() for _ in range(100)]
        self.assertNotIn(None, answers)
        self.assertEqual({f"early{i}" for i in range(100)}, {answer.one("Call-ID") for answer in answers})

    def test_sockets_of_no_listener_are_told_of_and_closed(self):
        other = bind_udp("127.0.0.1", 0)
        stranger, end = socket.socketpair()
        self.addCleanup(end.close)
        systemd = self.systemd(units=[("another", other), self.unit(), ("stranger", stranger)])
        systemd.start()
        port = other.getsockname()[1]
        systemd.wait_for_log(f"warning inherited socket udp:127.0.0.1:{port} is no listener of this server: it is closed")
        systemd.wait_for_log("warning inherited descriptor 'stranger' is neither UDP nor TCP: it is closed")
        self.assertIn("FDSTOREREMOVE=1\nFDNAME=another", systemd.heard)
        self.assert_answers()
        systemd.kill(signal.SIGSTOP)
        held = os.listdir(f"/proc/{systemd.main}/fd")
        inodes = {os.readlink(f"/proc/{systemd.main}/fd/{fd}") for fd in held}
        systemd.kill(signal.SIGCONT)
        self.assertNotIn(f"socket:[{os.fstat(other.fileno()).st_ino}]", inodes)

    # --- the store -------------------------------------------------------------------------------

    def test_restarts_on_stored_sockets_lose_nothing(self):
        systemd = self.systemd()
        systemd.start()
        self.assertEqual([f"udp-127.0.0.1-{self.setup.port}"], [name for name, _ in systemd.stored])
        load = self.load()
        for _ in range(10):
            systemd.kill(signal.SIGTERM)
            self.assertEqual(0, systemd.reap())
            systemd.start()
            time.sleep(0.2)
        self.assertEqual([], self.finish(load, "10 restarts on stored sockets")["lost"])
        self.assertEqual(1, len(systemd.stored))
        systemd.wait_for_log(", inherited: ")

    def test_kills_lose_what_was_being_answered_and_after_a_retransmission_nothing(self):
        for t1 in (None, T1):
            with self.subTest(t1=t1):
                folder = self.setup.folder / f"t1-{t1}"
                folder.mkdir()
                systemd = FakeSystemd([str(self.program), "serve", "--config", str(self.setup.config)], folder)
                systemd.start()
                load = self.load(t1)
                kills = 10
                for _ in range(kills):
                    systemd.kill(signal.SIGKILL)
                    systemd.reap()
                    time.sleep(0.1)  # RestartSec=
                    systemd.start()
                    time.sleep(0.2)
                got = self.finish(load, f"{kills} kills, T1 {t1}")
                systemd.close()
                self.assertLessEqual(len(got["lost"]), 0 if t1 else kills * WORKERS * BATCH)

    def test_a_listener_that_is_gone_is_forgotten_by_the_store(self):
        port = self.setup.port
        other = free_port()
        self.setup.edit(f'"udp:127.0.0.1:{port}"', f'"udp:127.0.0.1:{port}", "udp:127.0.0.1:{other}"')
        systemd = self.systemd()
        systemd.start()
        self.assertEqual({f"udp-127.0.0.1-{port}", f"udp-127.0.0.1-{other}"}, {name for name, _ in systemd.stored})
        self.setup.edit(f', "udp:127.0.0.1:{other}"', "")
        systemd.kill(signal.SIGTERM)
        systemd.reap()
        systemd.start()
        self.assertEqual({f"udp-127.0.0.1-{port}"}, {name for name, _ in systemd.stored})
        bind_udp("127.0.0.1", other).close()  # nobody has it any more

    def test_a_manager_that_keeps_no_sockets_is_told_apart_by_nothing_but_costs_little(self):
        systemd = self.systemd(keeps=False)
        systemd.start()
        load = self.load()
        systemd.kill(signal.SIGTERM)
        self.assertEqual(0, systemd.reap())
        time.sleep(0.3)
        got = load.stop()
        # What was queued is answered, though somebody else might have found it. What comes between the last look and
        # the closing of the socket is lost: a socket that may be kept cannot refuse.
        first_lost = min(got["lost"])
        self.assertEqual(list(range(first_lost, got["sent"])), got["lost"])
        silently = got["sent_before_refusal"] - first_lost
        print(f"a stop, and nobody keeps the socket: {silently} lost before the port was closed")
        self.assertLess(silently, RATE // 10)

    # --- TCP -------------------------------------------------------------------------------------

    def ask_by_tcp(self, connection, call_id):
        connection.sendall(Upstream.request(call_id=call_id).replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP"))
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = connection.recv(65536)
            self.assertTrue(more, "the connection was closed")
            answer += more
        self.assertTrue(answer.startswith(b"SIP/2.0 302"), answer)

    def connect(self):
        made = socket.create_connection(("127.0.0.1", self.tcp_port), timeout=10)
        self.addCleanup(made.close)
        return made

    def test_connections_that_nobody_has_taken_yet_are_the_successor_s(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.tcp_port = probe.getsockname()[1]
        port = self.setup.port
        self.setup.edit(f'"udp:127.0.0.1:{port}"', f'"udp:127.0.0.1:{port}", "tcp:127.0.0.1:{self.tcp_port}"')
        systemd = self.systemd()
        systemd.start()
        self.assertEqual({f"udp-127.0.0.1-{port}", f"tcp-127.0.0.1-{self.tcp_port}"},
                         {name for name, _ in systemd.stored})
        self.ask_by_tcp(self.connect(), "before")
        systemd.kill(signal.SIGSTOP)
        tasks = pathlib.Path(f"/proc/{systemd.main}/task")
        while not all(" T " in (task / "stat").read_text() for task in tasks.iterdir()):
            time.sleep(0.001)
        waiting = [self.connect() for _ in range(20)]
        systemd.kill(signal.SIGKILL)
        systemd.reap()
        systemd.start()
        for i, connection in enumerate(waiting):
            self.ask_by_tcp(connection, f"waited{i}")
        for count in range(1, 6):
            before = systemd.main
            systemd.kill(signal.SIGUSR2)
            self.successor_of(systemd, count)
            self.ask_by_tcp(self.connect(), f"upgrade{count}")
            self.assertEqual(0, systemd.reap(before))
        self.ask_by_tcp(self.connect(), "after")
        self.assert_answers()

    # --- from the running process to a new one ---------------------------------------------------

    def successor_of(self, systemd, count):
        systemd.wait_for(lambda: sum("MAINPID" in text for text in systemd.heard) == count)
        ready = systemd.heard.index([text for text in systemd.heard if "MAINPID" in text][-1])
        systemd.wait_for(lambda: any("READY=1" in text for text in systemd.heard[ready:]))
        return systemd.main

    def test_twenty_upgrades_under_load_lose_nothing(self):
        systemd = self.systemd()
        systemd.start()
        load = self.load()
        for count in range(1, 21):
            # The file that an upgrade puts there is another one.
            shutil.copy(BINARY, self.program.with_suffix(".new"))
            os.replace(self.program.with_suffix(".new"), self.program)
            before = systemd.main
            systemd.kill(signal.SIGUSR2)
            after = self.successor_of(systemd, count)
            self.assertEqual(0, systemd.reap(before), "exit status of the one that left")
            self.assertEqual(str(self.program), os.readlink(f"/proc/{after}/exe"))
        self.assertEqual([], self.finish(load, "20 upgrades")["lost"])
        self.assertEqual([], systemd.ignored)
        self.assertEqual(1, len(systemd.stored))
        self.assertNotIn("STOPPING=1", systemd.heard)
        # It is watched, and says that it lives.
        heard = len(systemd.heard)
        systemd.wait_for(lambda: "WATCHDOG=1" in systemd.heard[heard:])

    def test_without_a_manager_a_successor_takes_over_too(self):
        server = Server(str(self.program), self.setup)
        self.addCleanup(server.stop)
        load = self.load()
        server.signal(signal.SIGUSR2)
        successor = int(server.wait_for_log(r"process (\d+) serves, this one leaves the sockets to it").group(1))
        self.addCleanup(lambda: os.kill(successor, signal.SIGTERM))
        self.assertEqual(0, server.wait())
        self.assertEqual([], self.finish(load, "an upgrade without a manager")["lost"])
        end = time.monotonic() + 10
        while f"process {server.process.pid} has left the sockets to this one" not in server.log():
            self.assertLess(time.monotonic(), end, server.log())
            time.sleep(0.01)

    def test_a_successor_sees_the_environment_and_nothing_else(self):
        systemd = self.systemd(environment={"MARK": "1"})
        systemd.start()
        old = pathlib.Path(f"/proc/{systemd.main}")
        environment = dict(pair.split("=", 1) for pair in (old / "environ").read_text().split("\0") if pair)
        descriptors = len(os.listdir(old / "fd"))
        systemd.kill(signal.SIGUSR2)
        after = self.successor_of(systemd, 1)
        new = pathlib.Path(f"/proc/{after}")
        # systemd does not wait for the end of a main process that is not its own child.
        self.assertRegex((new / "status").read_text(), rf"PPid:\s+{os.getpid()}\n")
        systemd.reap(int(old.name))
        got = dict(pair.split("=", 1) for pair in (new / "environ").read_text().split("\0") if pair)
        own = {"LISTEN_PID": str(after), "LISTEN_FDS": "1", "LISTEN_FDNAMES": f"udp-127.0.0.1-{self.setup.port}",
               "WATCHDOG_PID": str(after), "SHAKEN302_PREDECESSOR": "4"}
        self.assertEqual({**environment, **own}, got)
        self.assertEqual((old.name, "1"), (environment["LISTEN_PID"], got["MARK"]))
        self.assertEqual((new / "cmdline").read_text().split("\0")[:-1], systemd.command)
        self.assertLessEqual(len(os.listdir(new / "fd")), descriptors)
        self.assertRegex((new / "status").read_text(), r"Umask:\s+0077")
        self.assertEqual(0, (new / "mem").stat().st_uid)

    def refused(self, systemd, pattern):
        """SIGUSR2 ends in a log line, and nothing else changes."""
        main = systemd.main
        before = len(re.findall(pattern, systemd.log()))
        systemd.kill(signal.SIGUSR2)
        end = time.monotonic() + 10
        while len(re.findall(pattern, systemd.log())) == before:
            self.assertLess(time.monotonic(), end, systemd.log())
            time.sleep(0.01)
        self.assertEqual(main, systemd.main)
        self.assert_answers()

    def replace_program(self, text):
        self.program.unlink()
        self.program.write_text(text)
        self.program.chmod(0o755)

    def test_a_successor_that_fails_changes_nothing(self):
        systemd = self.systemd()
        systemd.start()
        load = self.load()
        text = self.setup.config.read_text()
        self.setup.edit("[server]", "[sever]")
        self.refused(systemd, r"error process \d+ does not serve, this one serves on: it has ended")
        self.setup.config.write_text(text)
        for why, program, pattern in [
                ("it crashes", "#!/bin/sh\nkill -SEGV $$\n", r"serves on: it has ended"),
                ("it cannot be run", "#!/nowhere/sh\n", r"serves on: it cannot be run: No such file or directory"),
                ("it ends at once", "#!/bin/sh\nexit 0\n", r"serves on: it has ended")]:
            with self.subTest(why=why):
                self.replace_program(program)
                self.refused(systemd, pattern)
        self.program.unlink()
        shutil.copy(BINARY, self.program)
        systemd.kill(signal.SIGUSR2)
        self.successor_of(systemd, 1)
        self.assertEqual([], self.finish(load, "4 successors that fail, one that serves")["lost"])
        self.assertEqual([], systemd.ignored)

    def test_one_successor_at_a_time_and_none_once_it_stops(self):
        systemd = self.systemd()
        systemd.start()
        self.replace_program("#!/bin/sh\nexec sleep 100\n")
        systemd.kill(signal.SIGUSR2)
        systemd.wait_for_log("is started to serve in this one's place")
        self.refused(systemd, r"error no successor is started: process \d+ is starting already")
        sleeper = int(re.search(r"process (\d+) is started", systemd.log()).group(1))
        systemd.kill(signal.SIGTERM)
        self.assertEqual(0, systemd.reap())
        self.assertEqual(signal.SIGKILL, systemd.reap(sleeper))
        self.assertEqual(1, systemd.log().count("is started to serve"))

    def reload_while_a_successor_starts(self, systemd):
        self.replace_program(f"#!/bin/sh\nsleep 0.5\nexec {BINARY} \"$@\"\n")
        systemd.kill(signal.SIGUSR2)
        systemd.wait_for_log("is started to serve in this one's place")
        systemd.kill(signal.SIGHUP)
        self.successor_of(systemd, 1)
        systemd.wait_for(lambda: sum("RELOADING=1" in text for text in systemd.heard) == 2)

    def test_a_reload_while_a_successor_starts_reaches_it(self):
        systemd = self.systemd()
        systemd.start()
        self.reload_while_a_successor_starts(systemd)

    def test_the_certificate_of_tls_is_reloaded_too(self):
        streams.add_streams(self.setup)
        systemd = self.systemd()
        systemd.start()
        self.reload_while_a_successor_starts(systemd)
        # Each process read it twice: when it began, and for the reload.
        end = time.monotonic() + 10
        while systemd.log().count("info TLS certificate ends at") != 4:
            self.assertLess(time.monotonic(), end, systemd.log())
            time.sleep(0.01)

    def test_a_manager_that_cannot_be_told_keeps_the_main_process_that_it_knows(self):
        systemd = self.systemd()
        systemd.start()
        main = systemd.main
        load = self.load()
        with systemd.deaf():
            for turn in range(1, 6):
                systemd.kill(signal.SIGUSR2)
                for line in ("the service manager takes no MAINPID=", "serves on, this one leaves the sockets to it",
                             "info stopped"):
                    systemd.wait_for_log(line, count=turn)
        self.assertEqual(main, systemd.main)
        systemd.kill(signal.SIGUSR2)
        self.successor_of(systemd, 1)
        self.assertEqual([], self.finish(load, "5 successors that are not needed, and one that is")["lost"])


if __name__ == "__main__":
    scene.main()
