# SPDX-License-Identifier: MIT
"""A real PostgreSQL of one's own: a cluster in a temporary folder, on a Unix socket and a port of loopback."""
import glob
import os
import pathlib
import pwd
import shutil
import socket
import subprocess


def programs():
    """The folder of initdb and pg_ctl, which Debian does not put into PATH; None where there is none."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    beside = shutil.which("initdb")
    return os.path.dirname(found[-1] if found else beside) if found or beside else None


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    PASSWORD = "hunter2-of-the-test"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o755)
        self.data = self.folder / "data"
        self.port = free_port()
        # initdb refuses root: the cluster is then nobody's.
        self.user = None
        if os.geteuid() == 0:
            self.user = pwd.getpwnam("nobody")
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
            for parent in self.folder.parents:
                if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
                    parent.chmod(0o755)
        password = self.folder / "password"
        password.write_text(self.PASSWORD + "\n")
        password.chmod(0o644)
        self.run("initdb", "-D", self.data, "-U", "signer", "--pwfile", password, "-A", "scram-sha-256", "-E", "UTF8",
                 "--no-sync", "--locale=C")
        password.unlink()
        with open(self.data / "postgresql.conf", "a") as conf:
            conf.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nfsync = off\n"
                       f"unix_socket_directories = '{self.folder}'\nmax_connections = 20\nshared_buffers = 16MB\n")
        self.start()
        self.sql("CREATE DATABASE directory", database="postgres")

    def become(self):
        if self.user:
            os.setgroups([])
            os.setgid(self.user.pw_gid)
            os.setuid(self.user.pw_uid)

    def run(self, program, *arguments):
        command = [os.path.join(programs(), program), *map(str, arguments)]
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60, preexec_fn=self.become, cwd="/", env=environment, check=False)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def start(self):
        # Its log is a file: a server that inherits a pipe would hold it open.
        self.run("pg_ctl", "-D", self.data, "-l", self.folder / "server.log", "-w", "-t", "30", "start")

    def stop(self, mode="immediate"):
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", "30", "stop")

    def uri(self, database="directory"):
        return f"postgresql://signer:{self.PASSWORD}@127.0.0.1:{self.port}/{database}"

    def psql(self, database="directory"):
        return ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p", str(self.port),
                "-U", "signer", "-d", database]

    def environment(self):
        return {**os.environ, "PGPASSWORD": self.PASSWORD}

    def sql(self, text, database="directory"):
        done = subprocess.run([*self.psql(database), "-c", text], capture_output=True, text=True, timeout=60,
                              env=self.environment(), check=False)
        assert done.returncode == 0, f"{text}\n{done.stderr}"
        return done.stdout.strip()

    def hold(self, text):
        """A session that has run `text` in a transaction and stays in it until it is closed."""
        return Session(self, text)


class Session:
    def __init__(self, postgres, text):
        self.process = subprocess.Popen([*postgres.psql()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, env=postgres.environment())
        self.process.stdin.write(f"BEGIN;\n{text};\nSELECT 'held';\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line.strip() == "held", line

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.write("ROLLBACK;\n")
            self.process.stdin.close()
            self.process.wait(timeout=10)
        self.process.stdout.close()
