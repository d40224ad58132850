#!/usr/bin/python3 -B
"""gen_compat.py [--check] [--figures]   writes docs/compat.md from the cases in tests/integration/compat.

A case is a promise that its test keeps: where this writes "identical", the test fails on any other line. So the
document needs no run of its own, only the run of the tests. --check: exit 1 if the file is not what would be written.
--figures: only print how many cases there are.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/compat.md"
sys.path[:0] = [str(ROOT / "tests/integration/compat"), str(ROOT / "tests/integration")]

import cases  # noqa: E402
import coverage  # noqa: E402

HEAD = """\
# splashd in place of snmpd

<!-- Written by tools/gen_compat.py from tests/integration/compat; do not edit. -->

**{count} cases, {identical} identical, {differing} with a difference that is explained below.** A case runs Debian 12's snmpd
(5.9.3) and splashd with the same files and options, each in namespaces of its own with the same addresses, paths and
process numbers, and compares all that both answer, print, log and store, line by line. The test fails on any difference
that a case does not name, and also when a difference that a case names is gone. Both daemons use the same libraries of net-snmp: what
is compared is the program around them, and that the Splash node in it disturbs nothing.

| area | what | cases | identical | explained |
|---|---|---|---|---|
"""
AFTER_AREAS = """
Run them: `tools/test.sh integration`, or one by a word of its name: `tests/integration/compat/run_case.py WORD`. What is
written here is checked by `tests/integration/compat/test_compat_coverage.py`; `tools/gen_compat.py` writes it anew.

## What differs, and why
"""


def text_of(value):
    return " ".join(str(value).split()).replace("|", "\\|")


def names(found, limit=3):
    shown = [f"{case.area}: {text_of(case.name)}" for case in found[:limit]]
    return "; ".join(shown) + (f"; {len(found) - limit} more" if len(found) > limit else "")


def document():
    areas = cases.load_all()
    every = [case for _, listed in areas.values() for case in listed]
    identical = sum(case.is_identical for case in every)
    lines = [HEAD.format(count=len(every), identical=identical, differing=len(every) - identical).rstrip("\n")]
    for area, (about, listed) in areas.items():
        same = sum(case.is_identical for case in listed)
        lines.append(f"| {area} | {text_of(about)} | {len(listed)} | {same} | {len(listed) - same} |")
    lines += [AFTER_AREAS.rstrip("\n"), "", "| case | difference |", "|---|---|"]
    for case in every:
        for difference in case.differs:
            lines.append(f"| {case.area}: {text_of(case.name)} | {text_of(difference.why)} |")
    by_directive, explained = coverage.cases_by_directive(), coverage.explained()
    for section, directives in coverage.listed_directives().items():
        lines += ["", f"## Directives of {section}", "", "| directive | cases |", "|---|---|"]
        for name in directives:
            found = by_directive.get(name.lower())
            lines.append(f"| {name} | {names(found) if found else 'only its mistakes: ' + text_of(explained[name.lower()])} |")
    lines += ["", "## Directives that -H does not list", "", "| directive | cases |", "|---|---|"]
    lines += [f"| {name} | {names(by_directive[name.lower()])} |" for name in coverage.FROM_THE_MANUAL]
    lines += ["", "## Options", "", "| option | cases |", "|---|---|"]
    by_option = coverage.cases_by_option()
    lines += [f"| {'--name=value' if option == '-' else '-' + option} | {names(by_option[option])} |"
              for option in coverage.OPTIONS]
    lines += ["", "## What is masked", "", "Before the comparison, in both. \"Everywhere\", or only in cases that ask for it.", "",
              "| mask | where | why |", "|---|---|---|"]
    for mask in cases.load_masks():
        lines.append(f"| {mask.name} | {'everywhere' if mask.always else 'where named'} | {text_of(mask.why)} |")
    return "\n".join(lines) + "\n", len(every), identical


def main():
    text, count, identical = document()
    if "--figures" in sys.argv:
        print(f"{count} cases, {identical} identical, {count - identical} explained")
        return 0
    if "--check" in sys.argv:
        if not TARGET.exists() or TARGET.read_text() != text:
            print("docs/compat.md is not of these cases: run tools/gen_compat.py", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
