#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rules that the source as a whole must keep: source_rules.py RULE ROOT; exit 1 and a line per violation."""
import pathlib
import re
import sys

SOURCE = {".cpp", ".hpp"}

# Which other folders of src/ a folder may include, besides its own.
ALLOWED_FOLDERS = {
    "core": set(),
    "sip": set(),
    "net": {"sip"},
    "http": {"sip"},
    "config": set(),
    "directory": {"config"},
    "app": {"core", "sip", "net", "http", "config", "directory"},
    "cli": {"core", "sip", "net", "http", "config", "directory", "app"},
}
# From one adapter to another only through these.
DOORS = {("net", "sip"): {"answer.hpp", "endpoint.hpp", "next_frame.hpp"},
         ("http", "sip"): {"answer.hpp", "endpoint.hpp"}}

# Which folders may include a library.
LIBRARIES = {
    r"sofia-sip/": {"sip"},
    r"boost/(asio|beast)": {"net", "app", "http"},
    r"openssl/": {"core"},
    r"spdlog/": {"app"},
    r"curl/": {"app"},
    r"toml": {"config"},
    r"libpq|sqlite3": {"directory"},
    r"boost/program_options": {"cli"},
    # arpa/inet.h only turns an address into text and back.
    r"sys/socket\.h|netinet/": {"net", "app", "config"},
    r"arpa/": {"net", "config", "sip"},
}

# And which single files besides: OpenSSL's engine for PKCS#11, which is deprecated, has one room, and TLS a few.
ROOMS = {r"openssl/": {"pkcs11_key.cpp", "tls_context.cpp", "tls_channel.cpp", "client_names.cpp", "client_ca.cpp",
                       "certificate_parts.hpp"}}


def files(root, *folders, suffixes=SOURCE):
    for folder in folders:
        base = root / folder
        if base.is_dir():
            yield from sorted(p for p in base.rglob("*") if p.is_file() and p.suffix in suffixes)


def includes(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1)


def layering(root):
    for path in files(root, "include"):
        for number, name in includes(path):
            if "/" in name and not name.startswith("shaken302/"):
                yield f"{path.relative_to(root)}:{number}: the contract includes {name}: standard library only"
    for path in files(root, "src"):
        folder = path.relative_to(root / "src").parts[0]
        for number, name in includes(path):
            where = f"{path.relative_to(root)}:{number}"
            for pattern, may in LIBRARIES.items():
                if re.match(pattern, name) and folder not in may and path.name not in ROOMS.get(pattern, set()):
                    yield f"{where}: {folder} includes {name}: only {', '.join(sorted(may))} may"
            parts = pathlib.PurePosixPath(name).parts
            if parts[:1] == ("..",):
                yield f"{where}: write \"folder/file.hpp\" instead of {name}"
                continue
            if len(parts) == 2 and parts[0] in ALLOWED_FOLDERS and parts[0] != folder:
                if parts[0] not in ALLOWED_FOLDERS.get(folder, set()):
                    yield f"{where}: {folder} must not know {parts[0]}"
                elif parts[1] not in DOORS.get((folder, parts[0]), {parts[1]}):
                    yield f"{where}: {folder} reaches {parts[0]} only through {sorted(DOORS[(folder, parts[0])])}"


def sizes(root):
    limits = [("include", 250), ("src", 400), ("tests", 600)]
    for folder, limit in limits:
        for path in files(root, folder, suffixes=SOURCE | {".py"}):
            lines = len(path.read_text(errors="replace").splitlines())
            if lines > limit:
                yield f"{path.relative_to(root)}: {lines} lines, more than {limit}: is it still one room?"
    main = root / "src/cli/main.cpp"
    if main.exists() and len(main.read_text().splitlines()) > 40:
        yield "src/cli/main.cpp: more than 40 lines"


def spdx(root):
    for path in files(root, "include", "src", "tests", suffixes=SOURCE | {".py"}):
        if "SPDX-License-Identifier: MIT" not in "\n".join(path.read_text(errors="replace").splitlines()[:3]):
            yield f"{path.relative_to(root)}: no SPDX line"


def no_local_paths(root):
    pattern = re.compile(r"(?:^|[\s\"'=(])/(?:home|root|work|Users)/")
    for path in files(root, "include", "src", "tests", "scripts", "conf", "systemd", "sipp-scenarios", "cmake",
                      suffixes=SOURCE | {".py", ".md", ".txt", ".toml", ".cfg", ".xml", ".cmake", ".service", ""}):
        if path.name == "source_rules_test.py" or "corpus" in path.parts or "torture" in path.parts:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                yield f"{path.relative_to(root)}:{number}: a path of one machine"


def tests_are_registered(root):
    """A test file that no CMakeLists.txt globs or names never runs."""
    for path in files(root, "tests", suffixes={".cpp", ".py"}):
        folder = path.parent
        lists = folder / "CMakeLists.txt"
        if not (path.stem.endswith("_test") and lists.exists()):
            continue
        text = lists.read_text()
        if path.name in text or path.stem in text:
            continue
        if path.suffix == ".cpp" and "shaken302_tests(" in text:
            continue
        yield f"{path.relative_to(root)}: not registered in {lists.relative_to(root)}"


RULES = {f.__name__: f for f in (layering, sizes, spdx, no_local_paths, tests_are_registered)}

if __name__ == "__main__":
    violations = list(RULES[sys.argv[1]](pathlib.Path(sys.argv[2])))
    print("\n".join(violations) or "no violation")
    sys.exit(1 if violations else 0)
