#!/usr/bin/python3 -B
"""run_steps.py test|check [--list] [STEP...]   runs the steps of a plan, or only those named, and gives a verdict.

Called by tools/test.sh and tools/check.sh, which first install what is missing. Output of a step goes to
build/logs/STEP.log; of one that fails the end is shown. Exit 0: all passed. 1: not. 2: usage.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import step_process
from step_results import Tally, from_ctest, from_unittest

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "logs"
PYTHON = ["/usr/bin/python3", "-B"]
WORKERS = 2
FUZZ_SECONDS = 30
THIS_STEP = ""  # as the command that shows a failure again: the step by its name
MINUTE = 60


@dataclass(frozen=True)
class Step:
    name: str
    run: Callable[[str], Tally]
    needs: tuple[str, ...] = ()  # steps without whose success this one says nothing


def command(argv: list, limit: float) -> Callable[[str], Tally]:
    """One program, one verdict: passed if it exits with 0 within `limit` seconds."""
    def run(name: str) -> Tally:
        log = LOGS / f"{name}.log"
        problem = step_process.run(argv, log, limit)
        if problem is None:
            return Tally(passed=1)
        return Tally(failures=[(name, THIS_STEP)], notes=[f"{name}: {problem}"], log=log)
    return run


def build(preset: str, limit: float, *arguments: str) -> Callable[[str], Tally]:
    def run(name: str) -> Tally:
        tally = command([ROOT / "tools/build.sh", preset, *arguments], limit)(name)
        tally.passed = 0  # a build is no test
        return tally
    return run


def folder_of(preset: str) -> Path:
    return BUILD if preset == "release" else BUILD / preset


def ctest(preset: str, limit: float, *arguments: str) -> Callable[[str], Tally]:
    """All tests of a build tree; GoogleTest programs are counted by their cases."""
    def run(name: str) -> Tally:
        folder = folder_of(preset)
        log, reports = LOGS / f"{name}.log", LOGS / f"{name}.gtest"
        reports.mkdir(parents=True, exist_ok=True)
        for old in reports.glob("*.xml"):
            old.unlink()
        junit = LOGS / f"{name}.junit.xml"
        junit.unlink(missing_ok=True)
        problem = step_process.run(
            ["ctest", "--test-dir", folder, "-j", str(WORKERS), "--timeout", "300", "--output-on-failure",
             "--no-tests=error", "--output-junit", junit, *arguments],
            log, limit, {"GTEST_OUTPUT": f"xml:{reports}/", "UBSAN_OPTIONS": "print_stacktrace=1"})
        tally = from_ctest(folder, junit, reports)
        tally.log = log
        if problem and not tally.failures:
            tally.failures.append((name, THIS_STEP))
            tally.notes.append(problem)
        return tally
    return run


def in_parallel(jobs: list[tuple[str, Callable[[], Tally]]]) -> Tally:
    """Runs jobs two at a time and says of each when it is done."""
    total = Tally()
    with ThreadPoolExecutor(WORKERS) as pool:
        started = time.monotonic()
        pending = {pool.submit(job): name for name, job in jobs}
        for done, future in enumerate(as_completed(pending), start=1):
            tally = future.result()
            print(f"    {done}/{len(jobs)} {pending[future]}: {tally.summary()}, "
                  f"{time.monotonic() - started:.0f} s since the step began", flush=True)
            if tally.failures:
                tally.show_log()
            total.add(tally)
    return total


def unittests(folder: str, limit_each: float) -> Callable[[str], Tally]:
    """Every test_*.py below a folder as a unittest file of its own, against build/bin."""
    def one(path: Path) -> Tally:
        label = str(path.relative_to(ROOT / folder))
        log = LOGS / (f"{Path(folder).name}." + label.replace("/", ".") + ".log")
        argv = [*PYTHON, "-m", "unittest", "discover", "-v", "-s", path.parent, "-p", path.name]
        environment = {"SPLASH_BIN_DIR": str(BUILD / "bin"), "SPLASH_SOURCE_DIR": str(ROOT),
                       "PYTHONPATH": str(ROOT / "tests/integration")}
        problem = step_process.run(argv, log, limit_each, environment)
        rerun = "SPLASH_BIN_DIR=build/bin PYTHONPATH=tests/integration " + step_process.shell(argv)
        tally = from_unittest(log.read_text(errors="replace"), label, rerun)
        tally.log = log
        if problem:
            tally.notes.append(f"{label}: {problem}")
            if not tally.failures:
                tally.failures.append((label, rerun))
        return tally

    def run(name: str) -> Tally:
        files = sorted((ROOT / folder).rglob("test_*.py"))
        if not files:
            return Tally(failures=[(name, THIS_STEP)], notes=[f"{folder} holds no test_*.py"])
        print(flush=True)
        return in_parallel([(str(f.relative_to(ROOT / folder)), lambda f=f: one(f)) for f in files])
    return run


def fuzz(seconds: int) -> Callable[[str], Tally]:
    """Every fuzz target for some seconds, beginning with the seeds in tests/fuzz/corpus/TARGET."""
    def one(target: Path) -> Tally:
        seeds = ROOT / "tests/fuzz/corpus" / target.name
        found = BUILD / "fuzz/corpus" / target.name
        found.mkdir(parents=True, exist_ok=True)
        log = LOGS / f"fuzz.{target.name}.log"
        argv = [target, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
                f"-artifact_prefix={found.parent}/crash-{target.name}-", found]
        argv += [seeds] if seeds.is_dir() else []
        problem = step_process.run(argv, log, seconds * 3 + MINUTE)
        if problem is None:
            return Tally(passed=1)
        return Tally(failures=[(f"fuzz {target.name}", step_process.shell(argv))], notes=[problem], log=log)

    def run(name: str) -> Tally:
        folder = BUILD / "fuzz/tests/fuzz"
        targets = sorted(p for p in folder.rglob("*") if p.is_file() and os.access(p, os.X_OK)
                         and "CMakeFiles" not in p.parts)
        if not targets:
            return Tally(failures=[(name, THIS_STEP)], notes=[f"no program in {folder.relative_to(ROOT)}"])
        print(flush=True)
        return in_parallel([(t.name, lambda t=t: one(t)) for t in targets])
    return run


def sources(*patterns: str) -> list[str]:
    return step_process.git_files(ROOT, *patterns)


def plan_test() -> list[Step]:
    steps = [
        Step("layering", command([ROOT / "tools/check_arrows.py"], MINUTE)),
        Step("generated-docs", command([ROOT / "tools/gen_docs.py", "--check"], MINUTE)),
        Step("build-release", build("release", 30 * MINUTE)),
        Step("purity", ctest("release", MINUTE, "-R", r"^purity\."), ("build-release",)),
        Step("build-asan", build("asan", 30 * MINUTE)),
        Step("tests-asan", ctest("asan", 8 * MINUTE), ("build-asan",)),
        Step("build-bench", build("release", 5 * MINUTE, "--target", "snmp_station"), ("build-release",)),
        Step("integration", unittests("tests/integration", 5 * MINUTE), ("build-release", "build-bench")),
        Step("build-stress", build("release", 5 * MINUTE, "--target", "splash_flood"), ("build-release",)),
        Step("stress", unittests("tests/stress", 5 * MINUTE), ("build-stress",)),
    ]
    if (ROOT / "tests/fuzz/CMakeLists.txt").exists():
        steps += [
            Step("build-fuzz", build("fuzz", 20 * MINUTE, "--target", "tests/fuzz/all")),
            Step("fuzz", fuzz(FUZZ_SECONDS), ("build-fuzz",)),
        ]
    return steps


def plan_check() -> list[Step]:
    cpp = sources("*.cpp", "*.hpp")
    pictures = sources("docs/images/*.svg")
    words = sources("*.md", "*.cpp", "*.hpp", "*.def", "*.py", "*.sh", "*.cmake", "*.txt", "*.snap")
    before = [
        Step("docs", command([ROOT / "tools/check_docs.py"], MINUTE)),
        Step("coverage", command([ROOT / "tools/check_coverage.py"], MINUTE)),
        Step("format", command(["clang-format", "--dry-run", "-Werror", *cpp], 2 * MINUTE)),
        Step("spelling", command(["codespell", "--ignore-words", ROOT / "tools/words.txt", *words], MINUTE)),
        Step("shell", command(["shellcheck", *sources("*.sh"), ROOT / ".ci/run", *sources("tools/hooks/*")], MINUTE)),
        Step("licences", command(["reuse", "--root", ROOT, "lint"], 2 * MINUTE)),
        Step("pictures", command(["sh", "-c", 'for f; do rsvg-convert -o build/logs/picture.png "$f" || exit 1; done', "sh", *pictures],
                                 MINUTE)),
    ]
    compilers = []
    for preset in ("dev", "clang"):
        compilers += [
            Step(f"build-{preset}", build(preset, 20 * MINUTE)),
            Step(f"tests-{preset}", ctest(preset, 8 * MINUTE), (f"build-{preset}",)),
        ]
    # What is installed; the tests are read by both compilers and the sanitizers.
    compilers.append(Step("tidy", build("tidy", 60 * MINUTE, "--target", "splash", "splashd")))
    packages = Step("packages", command([ROOT / "tools/test_deb.sh"], 45 * MINUTE))
    # Behind the compilers: the tests of src and lab that it takes along are those of the dev build.
    machine = Step("vm", command([ROOT / "tools/test_vm.sh"], 20 * MINUTE), ("build-release", "build-dev"))
    return before + plan_test() + [packages] + compilers + [machine]


def report(plan: str, total: Tally, seconds: float) -> None:
    print()
    for note in dict.fromkeys(total.notes):
        print(f"note: {note}")
    if total.failures:
        print("failed:")
        for name, rerun in total.failures:
            print(f"  {name}\n      again: {rerun or f'tools/{plan}.sh {name}'}")
    print(f"{total.passed} passed, {len(total.failures)} failed, {total.skipped} skipped, in {seconds / 60:.1f} minutes")
    print("FAIL" if total.failures else "PASS")


def main() -> int:
    plans = {"test": plan_test, "check": plan_check}
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in plans:
        print(__doc__, file=sys.stderr)
        return 2
    os.chdir(ROOT)
    steps = plans[arguments[0]]()
    if "--list" in arguments:
        print("\n".join(s.name for s in steps))
        return 0
    only = arguments[1:]
    unknown = [name for name in only if name not in {s.name for s in steps}]
    if unknown:
        print(f"no step is called {', '.join(unknown)}; --list names them", file=sys.stderr)
        return 2
    steps = [s for s in steps if not only or s.name in only]
    LOGS.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        print("not root: tests that need network namespaces skip themselves")
    started = time.monotonic()
    total, bad = Tally(), set()
    for at, step in enumerate(steps, start=1):
        print(f"[{at:2}/{len(steps)}] {step.name} ... ", end="", flush=True)
        begun = time.monotonic()
        missing = [need for need in step.needs if need in bad]
        if missing:
            tally = Tally(failures=[(step.name, THIS_STEP)], notes=[f"{step.name} needs {', '.join(missing)}"])
        else:
            tally = step.run(step.name)
        print(f"{'FAILED' if tally.failures else 'ok'} ({tally.summary()}, {time.monotonic() - begun:.0f} s)", flush=True)
        if tally.failures:
            bad.add(step.name)
            tally.show_log()
        total.add(tally)
    report(arguments[0], total, time.monotonic() - started)
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main())
