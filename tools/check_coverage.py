#!/usr/bin/python3 -B
"""check_coverage.py [ROOT]   lists error codes and command-line flags that no test names.

An error code of spec/errors.def is covered if a test names it as Errc::Name or "Name". A flag is any "--word" in a string of
apps/ or in a table of commands and options; it is covered if a test names it.
Exit 0: all covered. 1: not.
"""

import re
import sys
from pathlib import Path

import tables
from step_process import git_files

STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
TABLES = ("spec/commands.def", "spec/options.def", "spec/daemon_options.def")
COMMENT = re.compile(r"//[^\n]*")


def is_test(name: str) -> bool:
    return name.startswith("tests/") and not name.startswith("tests/tools/") or name.endswith("_test.cpp")


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    names = git_files(root, "*.cpp", "*.hpp", "*.py", "*.case", "*.sh", *TABLES)
    tests = "\n".join((root / n).read_text(errors="replace") for n in names if is_test(n))
    codes = [row.fields[0] for row in tables.read(root, "errors", 5)]
    open_codes = [c for c in codes if not re.search(rf"\bErrc::{c}\b|[\"']{c}[\"']", tests)]
    flags: dict[str, str] = {}
    for name in names:
        if (name.startswith("apps/") or name in TABLES) and not is_test(name):
            for text in STRING.findall(COMMENT.sub("", (root / name).read_text())):
                for flag in FLAG.findall(text):
                    flags.setdefault(flag, name)
    open_flags = [f for f in sorted(flags) if not re.search(rf"(?<![\w-]){re.escape(f)}(?![\w-])", tests)]
    for code in open_codes:
        print(f"spec/errors.def: no test names Errc::{code}")
    for flag in open_flags:
        print(f"{flags[flag]}: no test names {flag}")
    print(f"check_coverage: {len(codes) - len(open_codes)} of {len(codes)} error codes and "
          f"{len(flags) - len(open_flags)} of {len(flags)} flags are named by a test")
    return 1 if open_codes or open_flags else 0


if __name__ == "__main__":
    sys.exit(main())
