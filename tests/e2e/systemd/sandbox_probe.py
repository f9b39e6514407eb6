# SPDX-License-Identifier: MIT
"""Run in the place of the program, by its very unit: tries what the unit forbids, and a little of what it needs.
Prints a line for each: its name, and `done` or the name of the errno."""
import ctypes
import errno
import mmap
import os
import pathlib
import socket
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
AF_PACKET_ANY = 0x0300


def call(function, *arguments):
    if getattr(LIBC, function)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), function)


def write(path):
    """A file where there is none; a file that is there is opened to write, and left as it is."""
    if os.path.isdir(path):
        name = os.path.join(path, "probe")
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        os.unlink(name)
    else:
        os.close(os.open(path, os.O_WRONLY))


def bind(family, kind, address):
    with socket.socket(family, kind) as probe:
        probe.bind(address)


def set_user_id(path="/tmp/probe-suid"):
    pathlib.Path(path).write_text("")
    try:
        os.chmod(path, 0o4755)
    finally:
        os.unlink(path)


def adjtimex():
    if LIBC.adjtimex(ctypes.create_string_buffer(512)) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex")


ACTIONS = {
    "writable_and_executable_memory": lambda: mmap.mmap(
        -1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "mount": lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "new_namespace": lambda: call("unshare", CLONE_NEWUSER),
    "trace": lambda: call("ptrace", 0, 0, None, None),
    "reboot": lambda: call("reboot", 0),
    "set_the_clock": lambda: call("clock_settime", 0, (ctypes.c_long * 2)(0, 0)),
    "load_a_module": lambda: call("init_module", None, 0, b""),
    "change_root": lambda: os.chroot("/"),
    "become_root": lambda: os.setuid(0),
    "change_owner": lambda: os.chown("/tmp", 0, 0),
    "raise_priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, -5),
    "real_time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "set_user_id_bit": set_user_id,
    "host_name": lambda: socket.sethostname("probe"),
    "packet_socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, AF_PACKET_ANY),
    "netlink_socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
    "raw_socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    "other_processes": lambda: os.stat("/proc/1/status"),
    "kernel_settings": lambda: os.stat("/proc/sys/kernel"),
    "devices": lambda: os.stat("/dev/kmsg"),
    # What the server needs.
    "needs_udp": lambda: bind(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
    "needs_tcp": lambda: bind(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
    "needs_to_ask_the_clock": adjtimex,
}
PLACES = ["/", "/usr", "/usr/bin", "/usr/bin/shaken302", "/usr/lib", "/etc", "/etc/shaken302", "/etc/shaken302/keys",
          "/etc/shaken302/shaken302.toml", "/etc/shaken302/numbers.csv", "/etc/shaken302/keys/house.key",
          "/etc/shaken302/secret", "/var", "/var/lib", "/var/log", "/var/spool", "/run", "/run/systemd", "/home", "/root",
          "/srv", "/opt", "/boot", "/dev", "/dev/shm", "/sys", "/sys/fs/cgroup", "/proc/sys/kernel/core_pattern",
          "/var/tmp", "/tmp",
          # The test has made these for everybody to write in: what stops us is not their mode.
          "/usr/lib/open", "/etc/open", "/var/lib/open", "/run/open", "/opt/open"]


def attempt(action):
    try:
        action()
        return "done"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))


def writable_folders():
    """Every folder that the kernel would let this user write in."""
    for folder, below, _ in os.walk("/"):
        if folder == "/":
            below[:] = [name for name in below if name not in ("proc", "usr", "lib", "sys")]
        if os.access(folder, os.W_OK):
            yield folder


def main():
    for place in PLACES:
        print("write", place, attempt(lambda: write(place)))
    for folder in writable_folders():
        print("writable", folder, "done")
    if "--places" not in sys.argv:
        for name, action in ACTIONS.items():
            print("try", name, attempt(action))


main()
