# SPDX-License-Identifier: MIT
"""Which files of this repository a program is made of, and one digest of what they hold.

The linker's map names the objects that it took, also those out of libraries; ninja knows of each object which
files it was compiled from."""
import hashlib
import pathlib
import re
import subprocess

OBJECT = re.compile(r"^(?:LOAD )?(\S+\.cpp\.o)$")
MEMBER = re.compile(r"^(\S+)/lib(shaken302_\w+)\.a\((\S+\.cpp\.o)\)")


def objects(link_map):
    """Of the build folder alone: what the system brings is Debian's."""
    found = set()
    for line in link_map.read_text(errors="replace").splitlines():
        if member := MEMBER.match(line):
            folder, library, name = member.groups()
            found.add(f"{folder}/CMakeFiles/{library}.dir/{name}")
        elif line.startswith("LOAD ") and (match := OBJECT.match(line)) and not match.group(1).startswith("/"):
            found.add(match.group(1))
    return sorted(found)


def linked_files(root, build, program):
    """Paths relative to the root, sorted."""
    names = objects(build / "bin" / f"{program}.map")
    if not names:
        raise RuntimeError(f"{program}: the linker's map names no object")
    told = subprocess.run(["ninja", "-C", str(build), "-t", "deps", *names], capture_output=True, text=True, check=True)
    files = set()
    for line in told.stdout.splitlines():
        if not line.startswith(" "):
            continue
        path = (build / line.strip()).resolve()
        if path.is_relative_to(root) and not path.is_relative_to(build):
            files.add(str(path.relative_to(root)))
    if f"tests/fuzz/{program}.cpp" not in files:
        raise RuntimeError(f"{program}: ninja does not know what it was compiled from")
    return sorted(files)


def digest(root, files):
    whole = hashlib.sha256()
    for name in files:
        whole.update(f"{name}\0{hashlib.sha256(pathlib.Path(root, name).read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()[:16]
