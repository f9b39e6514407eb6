# SPDX-License-Identifier: MIT
"""Line coverage of each folder out of gcovr's summary: coverage_report.py SUMMARY PERCENT; exit 1 below PERCENT."""
import json
import sys


def main(summary, wanted):
    with open(summary, encoding="utf-8") as file:
        files = json.load(file)["files"]
    totals = {"src/core": [0, 0], "src/sip": [0, 0], "src/net": [0, 0], "all": [0, 0]}
    for entry in files:
        folder = "/".join(entry["filename"].split("/")[:2])
        for name in (folder, "all"):
            totals[name][0] += entry["line_covered"]
            totals[name][1] += entry["line_total"]
    lowest = sorted(files, key=lambda entry: entry["line_covered"] - entry["line_total"])[:10]
    for entry in lowest:
        missing = entry["line_total"] - entry["line_covered"]
        if missing:
            print(f"{entry['filename']:40} {missing:4} of {entry['line_total']:4} lines not run")
    failed = False
    for name, (covered, total) in totals.items():
        share = 100.0 * covered / total if total else 0.0
        failed = failed or share < wanted
        print(f"{name:10} {share:5.1f}%  {covered} of {total} lines{'' if share >= wanted else f', below {wanted:g}%'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
