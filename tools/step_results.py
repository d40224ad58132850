"""What came of a step, and how to read it from the reports of ctest, GoogleTest and unittest."""

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

SHOWN_LINES = 40


@dataclass
class Tally:
    passed: int = 0
    skipped: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)  # name, command that shows it again
    notes: list[str] = field(default_factory=list)
    log: Path | None = None

    def add(self, other: "Tally") -> None:
        self.passed += other.passed
        self.skipped += other.skipped
        self.failures += other.failures
        self.notes += other.notes

    def summary(self) -> str:
        parts = [f"{self.passed} passed"] if self.passed else []
        parts += [f"{len(self.failures)} failed"] if self.failures else []
        parts += [f"{self.skipped} skipped"] if self.skipped else []
        return ", ".join(parts) or "done"

    def show_log(self) -> None:
        if self.log and self.log.exists():
            lines = self.log.read_text(errors="replace").splitlines()
            if len(lines) > SHOWN_LINES:
                print(f"      ... the end of {self.log}:")
            for line in lines[-SHOWN_LINES:]:
                print(f"      {line}")


def programs(folder: Path) -> dict[str, list[str]]:
    """ctest's name of every test and the command behind it."""
    listing = subprocess.run(["ctest", "--test-dir", folder, "--show-only=json-v1"], capture_output=True, text=True,
                             timeout=60, check=False)
    if listing.returncode != 0:
        return {}
    return {t["name"]: t.get("command", []) for t in json.loads(listing.stdout)["tests"]}


def gtest_cases(report: Path, command: list[str]) -> Tally:
    tally = Tally()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failures.append((name, f"{command[0]} --gtest_filter='{name}'"))
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            tally.skipped += 1
        else:
            tally.passed += 1
    return tally


def from_ctest(folder: Path, junit: Path, reports: Path) -> Tally:
    """Every ctest test; a GoogleTest program that left a report counts by its cases."""
    tally = Tally()
    if not junit.exists():
        return tally
    commands = programs(folder)
    for test in ElementTree.parse(junit).getroot().iter("testcase"):
        name = test.get("name")
        failed = test.find("failure") is not None or test.get("status") == "fail"
        command = commands.get(name, [])
        rerun = f"ctest --test-dir {folder} -R '^{re.escape(name)}$' --output-on-failure"
        report = reports / f"{Path(command[0]).name}.xml" if command else None
        if report and report.exists():
            cases = gtest_cases(report, command)
            tally.add(cases)
            if failed and not cases.failures:  # a sanitizer's finding at exit, for one
                tally.failures.append((name, rerun))
        elif failed:
            tally.failures.append((name, rerun))
        elif test.find("skipped") is not None or test.get("status") in ("notrun", "disabled"):
            tally.skipped += 1
        else:
            tally.passed += 1
    return tally


_RAN = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
_END = re.compile(r"^(OK|FAILED)(?: \((.*)\))?$", re.MULTILINE)
_BAD = re.compile(r"^(?:FAIL|ERROR|UNEXPECTED SUCCESS): (.+)$", re.MULTILINE)


def from_unittest(text: str, label: str, rerun: str) -> Tally:
    """Reads what `python3 -m unittest -v` printed. A file without tests, or cut short, has failed."""
    ran, end = _RAN.findall(text), _END.findall(text)
    if not ran or not end:
        return Tally(failures=[(label, rerun)], notes=[f"{label} did not get to its end"])
    details = dict(part.split("=") for part in end[-1][1].split(", ") if "=" in part)
    skipped = int(details.get("skipped", 0)) + int(details.get("expected failures", 0))
    bad = list(dict.fromkeys(_BAD.findall(text)))
    if end[-1][0] == "FAILED" and not bad:
        bad = ["a test whose name was not found in the output"]
    if int(ran[-1]) == 0 and not skipped:
        bad = ["no tests in this file"]
    count = int(ran[-1])
    return Tally(passed=max(0, count - skipped - len(bad)), skipped=skipped,
                 failures=[(f"{label}: {name}", rerun) for name in bad])
