#!/usr/bin/python3 -B
"""conformance.py [WORD]   the cases of tests/conformance, executed by the model; only those with WORD in their name.

The engine of the project executes the same files in conformance_test. Exit 0: all hold. 1: not.
"""

import sys

import driver
from cases import cut, differences
from node import run

FOLDER = driver.ROOT / "tests/conformance"
ENGINE = "model"  # as `-- skip` names it


def all_cases():
    """Every case with its assembled packet. Raises ValueError if the two readers see different cases."""
    assembled = {}
    for line in driver.lines("cases", FOLDER):
        if "wrong" in line:
            raise ValueError(f"{line['file']} == {line['name']}: {line['wrong']}")
        assembled.setdefault(line["file"], []).append(bytes.fromhex(line["packet"]))
    for file, packets in assembled.items():
        cases = cut(file, (FOLDER / file).read_text())
        if len(cases) != len(packets):
            raise ValueError(f"{file}: {len(cases)} cases here, {len(packets)} in the C++ reader")
        for case, octets in zip(cases, packets):
            case.packet = octets
            yield case


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    count = failed = skipped = 0
    for case in all_cases():
        if word not in case.name:
            continue
        if any(first.split()[0] == ENGINE for first, _ in case.all("skip")):
            skipped += 1
            continue
        count += 1
        if found := differences(case, run(case.packet, case.node())):
            failed += 1
            print(f"{case.name}\n  " + "\n  ".join(found))
    print(f"{count} cases, {failed} failed, {skipped} skipped")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
