#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A directory in a real PostgreSQL, changed, stopped, locked and restarted under calls. postgresql_test.py SHAKEN302"""
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest

import postgres
import scene
from server_process import OpenLoop, Server, Setup, Upstream
from tokens import Identity

BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else ""


def level_of(answer):
    identities = answer.all("Identity")
    return Identity(identities[0]).payload["attest"] if identities else None


def run(*words):
    return subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)


def until(condition, seconds, what):
    """How long it took until `condition` held."""
    begin = time.monotonic()
    while time.monotonic() < begin + seconds:
        if condition():
            return time.monotonic() - begin
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


class Calls:
    """Calls at a rate, from a thread, while something else happens."""

    def __init__(self, port, seconds, rate=200):
        self.loop = OpenLoop(port, rate)
        self.thread = threading.Thread(target=self.loop.run, args=(seconds, 0, None))
        self.thread.start()

    def unanswered(self):
        self.thread.join()
        self.loop.socket.close()
        assert self.loop.sent
        return self.loop.unanswered()


class Postgresql(scene.SceneTest):
    @classmethod
    def scene(cls):
        cls.postgres = cls.later(postgres.Postgres(cls.folder / "postgres"))
        cls.setup = Setup(BINARY, cls.folder / "setup")
        files = cls.setup.config.read_text()
        (cls.setup.folder / "files.toml").write_text(files)
        others, _, _ = files.partition("# An upstream proxy")
        cls.setup.config.write_text(others.replace('source = "files"', f'source = "{cls.postgres.uri()}"')
                                    .replace('numbers = "numbers.csv"\n', ""))

    def setUp(self):
        self.postgres.stop()
        self.postgres.start()
        self.postgres.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        for words in (("init",), ("import", "--from", self.setup.folder / "files.toml")):
            done = run("db", *words, "--config", self.setup.config)
            self.assertEqual((0, ""), (done.returncode, done.stderr))

    def tearDown(self):
        for log in self.setup.folder.glob("*.log"):
            self.assertNotIn(self.postgres.PASSWORD, log.read_text(errors="replace"), log)

    def serve(self, name=None, **options):
        server = Server(BINARY, self.setup, name=name or self._testMethodName, **options)
        self.addCleanup(server.stop)
        return server

    def upstream(self):
        upstream = Upstream(self.setup.port)
        self.addCleanup(upstream.close)
        return upstream

    def state(self, server):
        before = server.log().count("status source=")
        server.signal(signal.SIGUSR1)
        return server.wait_for_log(r"status source=(\S+) state=(\w+) snapshot_age_s=(\d+) unheard_s=(\d+)", before + 1)

    def test_changes_of_the_tables_are_served(self):
        server = self.serve()
        upstream = self.upstream()
        self.assertEqual("A", level_of(upstream.ask(call_id="first")))
        self.assertEqual("good", self.state(server).group(2))

        self.postgres.sql("UPDATE account SET status = 'suspended' WHERE id = 'acme'")
        took = until(lambda: level_of(upstream.ask(call_id="s")) is None, 5, "a suspended account is not signed for")
        # The goal is a second; a machine that is busy with something else may take longer.
        print(f"postgresql: a suspended account signs nothing after {took * 1000:.0f} ms (goal: 1000)")
        self.assertLess(took, 3)
        server.wait_for_log(r"reload: generation 3: .*; rebuilt peers and accounts in \d+ ms; the rest is kept")

        self.assertIn("generation 2: what was taken from accounts is gone from now on", server.log())

        self.postgres.sql("UPDATE account SET status = 'active' WHERE id = 'acme'")
        until(lambda: level_of(upstream.ask(call_id="t")) == "A", 5, "an active account is signed for")
        self.assertEqual("C", level_of(upstream.ask(call_id="u", calling="+12155550177")))
        self.postgres.sql("INSERT INTO number (first, account) VALUES (12155550177, 'acme')")
        until(lambda: level_of(upstream.ask(call_id="v", calling="+12155550177")) == "A", 5, "a new number is known")
        server.wait_for_log(r"reload: generation 5: .*; rebuilt numbers in \d+ ms; the rest is kept")

        # A row that the tables' checks let through and the server does not.
        self.postgres.sql("INSERT INTO number (id, first, last, account) VALUES (77, 12155550115, 12155550125, 'acme')")
        server.wait_for_log(r"error postgresql://127\.0\.0\.1:\d+/directory number row 77: number: claims numbers of line 2 again")
        server.wait_for_log(r"reload refused, generation 5 stays")
        self.assertEqual("refused", self.state(server).group(2))
        self.assertEqual("A", level_of(upstream.ask(call_id="w", calling="+12155550177")))
        self.postgres.sql("DELETE FROM number WHERE id = 77")
        until(lambda: self.state(server).group(2) == "good", 5, "what was wrong is put right")

        self.postgres.sql("INSERT INTO never_call (first) VALUES (12155550100)")
        until(lambda: upstream.ask(call_id="x").status == 603, 5, "a number that never calls is blocked")

        server.signal(signal.SIGHUP)
        server.wait_for_log(r"reload: generation \d+: .*; rebuilt credentials in \d+ ms, peers and accounts in "
                            r"\d+ ms; the rest is kept")
        server.signal(signal.SIGTERM)
        self.assertEqual(0, server.wait())

    def test_a_database_that_goes_and_comes_back_loses_no_call_and_no_change(self):
        server = self.serve()
        upstream = self.upstream()
        calls = Calls(self.setup.port, 3)
        self.postgres.stop("immediate")
        server.wait_for_log(r"warning postgresql://127\.0\.0\.1:\d+/directory cannot be followed: .*; generation 1 stays")
        until(lambda: int(self.state(server).group(4)) >= 2, 5, "the age grows")
        self.assertEqual("unreachable", self.state(server).group(2))
        server.signal(signal.SIGHUP)
        server.wait_for_log(r"error postgresql://127\.0\.0\.1:\d+/directory: cannot be reached: ")
        self.assertEqual([], calls.unanswered())
        self.assertEqual("A", level_of(upstream.ask(call_id="down")))
        self.assertEqual(1, server.log().count("cannot be followed"))

        # Nobody listens while this is changed.
        server.signal(signal.SIGSTOP)
        self.postgres.start()
        self.postgres.sql("UPDATE account SET status = 'suspended' WHERE id = 'acme'")
        server.signal(signal.SIGCONT)
        until(lambda: level_of(upstream.ask(call_id="back")) is None, 5, "what changed meanwhile is found")
        server.wait_for_log(r"info postgresql://127\.0\.0\.1:\d+/directory answers again")
        until(lambda: self.state(server).group(2) == "good", 5, "it is good again")

    def test_a_locked_table_keeps_the_last_snapshot_and_holds_up_no_stop(self):
        server = self.serve()
        upstream = self.upstream()
        upstream.ask(call_id="before")
        calls = Calls(self.setup.port, 6)
        held = self.postgres.hold("UPDATE account SET status = 'suspended' WHERE id = 'acme'; "
                                  "LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
        self.addCleanup(held.close)
        server.signal(signal.SIGHUP)
        server.wait_for_log(r"error postgresql://127\.0\.0\.1:\d+/directory: does not answer: .*lock timeout")
        self.assertEqual("unreachable", self.state(server).group(2))
        self.assertEqual("A", level_of(upstream.ask(call_id="locked")))
        self.assertEqual([], calls.unanswered())
        held.close()
        until(lambda: self.state(server).group(2) == "good", 8, "the lock is gone")

        again = self.postgres.hold("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
        self.addCleanup(again.close)
        server.signal(signal.SIGHUP)
        until(lambda: self.postgres.sql("SELECT count(*) FROM pg_locks WHERE NOT granted AND "
                                        "relation = 'account'::regclass") != "0", 5, "the load waits for the lock")
        begin = time.monotonic()
        server.signal(signal.SIGTERM)
        self.assertEqual(0, server.wait())
        took = time.monotonic() - begin
        print(f"postgresql: a server whose load hangs has stopped after {took * 1000:.0f} ms")
        self.assertLess(took, 1.5, "the lock was waited for")

    def test_a_table_that_others_empty_and_fill_is_never_seen_empty(self):
        server = self.serve()
        upstream = self.upstream()
        self.assertEqual("A", level_of(upstream.ask(call_id="first")))
        # A change that makes the server read the table, which is being emptied by then.
        server.signal(signal.SIGSTOP)
        self.postgres.sql("UPDATE number SET reference = 'x'")
        held = self.postgres.hold("TRUNCATE number; INSERT INTO number (first, account) VALUES (12155550100, 'acme')")
        self.addCleanup(held.close)
        server.signal(signal.SIGCONT)
        time.sleep(0.5)
        held.process.stdin.write("COMMIT;\n")
        held.process.stdin.flush()
        levels = []

        def is_changed():
            levels.append(level_of(upstream.ask(call_id=f"t{len(levels)}")))
            return "1 number rows" in server.log()

        until(is_changed, 5, "the new row is there")
        self.assertEqual({"A"}, set(levels))
        self.assertNotIn("0 number rows", server.log())

    def test_a_change_runs_nothing_of_those_who_make_it(self):
        self.postgres.sql("CREATE ROLE clerk LOGIN; GRANT USAGE ON SCHEMA public TO clerk; "
                          "GRANT SELECT, UPDATE ON account TO clerk; CREATE SCHEMA AUTHORIZATION clerk")
        try:
            before = self.postgres.sql("SELECT value FROM revision WHERE part = 'account'")
            ran = self.postgres.sql(
                "SET SESSION AUTHORIZATION clerk; CREATE TEMP TABLE revision (part text, value bigint); "
                "CREATE TEMP TABLE spy (who text); GRANT ALL ON spy, revision TO PUBLIC; "
                "CREATE FUNCTION clerk.spy() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN INSERT INTO spy VALUES (current_user); RETURN NEW; END $$; "
                "CREATE TRIGGER spy BEFORE UPDATE ON revision FOR EACH ROW EXECUTE FUNCTION clerk.spy(); "
                "INSERT INTO revision VALUES ('account', 0); "
                "UPDATE public.account SET status = 'suspended' WHERE id = 'acme'; SELECT count(*) FROM spy")
            self.assertEqual("0", ran)
            self.assertNotEqual(before, self.postgres.sql("SELECT value FROM revision WHERE part = 'account'"))
            with self.assertRaisesRegex(AssertionError, "permission denied for function public.shaken302_changed"):
                self.postgres.sql("SET SESSION AUTHORIZATION clerk; CREATE TABLE clerk.account (id text); "
                                  "CREATE TRIGGER mine AFTER INSERT ON clerk.account "
                                  "FOR EACH STATEMENT EXECUTE FUNCTION public.shaken302_changed()")
        finally:
            self.postgres.sql("DROP OWNED BY clerk CASCADE; DROP ROLE clerk")

    def test_a_replacing_import_counts_its_rows_from_one(self):
        ids = self.postgres.sql("SELECT min(id) FROM number")
        done = run("db", "import", "--from", self.setup.folder / "files.toml", "--replace",
                   "--config", self.setup.config)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual(("1", "1"), (ids, self.postgres.sql("SELECT min(id) FROM number")))
        with self.assertRaisesRegex(AssertionError, "violates check constraint"):
            self.postgres.sql("UPDATE number SET valid_until = 'infinity'")

    def test_start_and_commands_without_a_database_say_so(self):
        exported = run("db", "export", "--config", self.setup.config, self.setup.folder / "out")
        self.assertEqual((0, ""), (exported.returncode, exported.stderr))
        self.assertEqual((self.setup.folder / "numbers.csv").read_text(),
                         (self.setup.folder / "out/numbers.csv").read_text())
        self.postgres.stop()
        server = self.serve(wait=False)
        self.assertEqual(69, server.wait())
        self.assertIn("not started: what does not answer must answer first", server.log())
        for words in (("check",), ("db", "init"), ("db", "import", "--from", self.setup.folder / "files.toml")):
            done = run(*words, "--config", self.setup.config)
            self.assertIn(done.returncode, (1, 78))
            self.assertIn("cannot be reached", done.stderr)
            self.assertNotIn(self.postgres.PASSWORD, done.stdout + done.stderr)


if __name__ == "__main__":
    if postgres.programs() is None:
        print("SKIPPED: no PostgreSQL here")
        sys.exit(77)
    scene.main()
