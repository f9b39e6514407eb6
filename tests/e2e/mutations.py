# SPDX-License-Identifier: MIT
"""Mistakes that an operator makes in a configuration or a number table, each with the place that a complaint has to
name: (why, file, changed text, line)."""
import re


def with_line(lines, number, *replacement):
    """The text of `lines` with line `number` (from 1) replaced."""
    return "\n".join([*lines[:number - 1], *replacement, *lines[number:]])


def toml_mutations(text, file="shaken302.toml"):
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        match = re.fullmatch(r"([a-z_0-9]+)( *= *)(.*)", line)
        if re.fullmatch(r"\[\[?[a-z]+\]\]?", line):
            name = line.strip("[]")
            yield "a section that nobody knows", file, with_line(lines, number, line.replace(name, "q" + name + "q")), number
            yield "a bracket that is not closed", file, with_line(lines, number, line[:-1]), number
        if not match:
            continue
        key, equals, value = match.groups()
        value = re.sub(r" +#.*", "", value)
        yield "a key with a slip of the pen", file, with_line(lines, number, key[:-1] + "qq" + equals + value), number
        yield "a date for a value", file, with_line(lines, number, f"{key}{equals}2026-11-21"), number
        yield "no value", file, with_line(lines, number, f"{key}{equals}"), number
        yield "the key twice", file, with_line(lines, number, line, line), number + 1
        yield "a control character", file, with_line(lines, number, f"{key}{equals}\"\x07\""), number
        yield "not TOML", file, with_line(lines, number, f"{key} {value} ="), number
        if value.startswith('"') and key != "numbers":
            yield "a quote that is not closed", file, with_line(lines, number, key + equals + value[:-1]), number
            yield "a number for a text", file, with_line(lines, number, f"{key}{equals}4711"), number
        if key in ("status", "business_profile", "trust_product", "dialect", "unsigned", "dest", "source", "x5u",
                   "iat_backdate", "drain_time", "retransmission_memory"):
            wrong = '["frobnicate"]' if value.startswith("[") else '"frobnicate"'
            yield "a word that it does not know", file, with_line(lines, number, key + equals + wrong), number
        if key in ("credential", "parent"):
            # What a name stands for is looked up for the section as a whole.
            yield "the name of nobody", file, with_line(lines, number, f'{key}{equals}"nobody"'), None


def csv_mutations(text, file="numbers.csv"):
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        fields = line.split(",")
        if not line or line.startswith("#") or len(fields) < 2:
            continue
        def row(index, value):
            changed = list(fields)
            changed[index] = value
            return with_line(lines, number, ",".join(changed)), number
        if number == 1:
            yield "a column that nobody knows", file, *row(0, "nummer")
            continue
        yield "a letter in the number", file, *row(0, fields[0] + "x")
        yield "a number that is too short", file, *row(0, "123")
        yield "no number", file, *row(0, "")
        yield "a range that runs backwards", file, *row(0, "12155559999-12155559990")
        yield "a range of two lengths", file, *row(0, "12155559999-1215555999")
        yield "the account of nobody", file, *row(1, "nobody")
        yield "no account", file, *row(1, "")
        yield "a quote that is not closed", file, *row(1, '"' + fields[1])
        yield "a byte that is no text", file, *row(1, fields[1] + "\x01")
        if len(fields) == 6:
            yield "a day that does not exist", file, *row(2, "2026-02-30")
            yield "a day in another form", file, *row(3, "31.12.2026")
            yield "an end before the beginning", file, with_line(
                lines, number, ",".join([*fields[:2], "2026-02-01", "2026-01-01", *fields[4:]])), number
            yield "a basis that it does not know", file, *row(4, "hearsay")
            yield "a column too many", file, with_line(lines, number, line + ",more"), number
        yield "the row twice", file, with_line(lines, number, line, line), number + 1
