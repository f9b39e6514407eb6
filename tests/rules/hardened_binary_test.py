#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program that is shipped is hardened: hardened_binary_test.py PROGRAM. It must move in memory as a whole (PIE),
have its tables of addresses closed before it begins (RELRO, BIND_NOW), no stack that can be run, and the checks of the
compiler in it (stack protector, _FORTIFY_SOURCE). A second look, at a program made here that has none of it, shows that
each of these is missed where it is missing."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROPERTIES = {
    "position-independent (PIE)": lambda told: re.search(r"FLAGS_1\).*\bPIE\b", told),
    "addresses bound at the start": lambda told: re.search(r"FLAGS_1\).*\bNOW\b", told),
    "address tables read-only (RELRO)": lambda told: "GNU_RELRO" in told,
    "no stack that is run": lambda told: re.search(r"GNU_STACK(\s+0x\w+){5}\s+RW\s", told),
    "stack protector": lambda told: "__stack_chk_fail" in told,
    "_FORTIFY_SOURCE": lambda told: "__memcpy_chk" in told,
}


def told_of(program):
    return subprocess.run(["readelf", "-hldW", "--dyn-syms", str(program)], capture_output=True, text=True, check=True,
                          timeout=60).stdout


def missing(told):
    return [name for name, holds in PROPERTIES.items() if not holds(told)]


def bare_program(folder):
    """One that has none of it."""
    source, program = folder / "bare.c", folder / "bare"
    source.write_text("int main(void) { return 0; }\n", encoding="ascii")
    subprocess.run(["gcc", "-no-pie", "-fno-stack-protector", "-z", "norelro", "-z", "lazy", "-z",
                    "execstack", "-o", program, source], check=True, capture_output=True, timeout=60)
    return program


def main():
    lacks = missing(told_of(sys.argv[1]))
    if lacks:
        sys.exit(f"{sys.argv[1]} is not hardened: it lacks " + ", ".join(lacks))
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        seen = missing(told_of(bare_program(folder)))
    finally:
        shutil.rmtree(folder)
    overlooked = [name for name in PROPERTIES if name not in seen]
    if overlooked:
        sys.exit("a bare program passes for one with: " + ", ".join(overlooked))


if __name__ == "__main__":
    main()
