#!/usr/bin/python3
"""Prints a libFuzzer dictionary of the SNAP/2 instructions, names and directives: make_dictionary.py SPEC_FOLDER"""
import pathlib
import re
import sys


def quoted(octets):
    return '"' + "".join(f"\\x{o:02x}" for o in octets) + '"'


def main():
    spec = pathlib.Path(sys.argv[1])
    words = set()
    ops = re.findall(r'^SPLASH_OP\(\s*\w+,\s*(0x[0-9a-f]+),\s*"(\w+)"', (spec / "opcodes.def").read_text(), re.M)
    services = re.findall(r'^SPLASH_SERVICE\(\w+, +"(\w+)"', (spec / "services.def").read_text(), re.M)
    if not ops or not services:
        sys.exit("make_dictionary.py: the tables in " + str(spec) + " cannot be read")
    for code, _ in ops:
        for immediate in (b"\0\0\0", b"\0\0\1", b"\0\0\2"):
            words.add(bytes([int(code, 16)]) + immediate)
    for tag in range(16):
        words.add(bytes([tag << 4, 0, 0, 0, 0, 0, 0, 8]))
    for text in [m for _, m in ops] + services + ["#data", "#entry", "#bound", "#sport", "#arg", "#heap", "#word",
                                                   "#trimmable", ".word", "oid:", "exc:", "float:", "-pc"]:
        words.add(text.encode())
    for word in sorted(words):
        print(quoted(word))


main()
