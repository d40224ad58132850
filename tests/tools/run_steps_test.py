#!/usr/bin/python3 -B
"""What tools/run_steps.py makes of reports, time limits and programs that misbehave."""

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import step_process  # noqa: E402
import step_results  # noqa: E402


class Processes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = Path(folder.name) / "log"

    def test_success_is_silent_and_output_is_kept(self):
        self.assertIsNone(step_process.run(["sh", "-c", "echo out; echo err >&2"], self.log, 30))
        self.assertEqual(sorted(self.log.read_text().split()), ["err", "out"])

    def test_a_bad_exit_a_signal_and_a_missing_program_are_problems(self):
        self.assertIn("exit status 3", step_process.run(["sh", "-c", "exit 3"], self.log, 30))
        self.assertIn("signal 9", step_process.run(["sh", "-c", "kill -9 $$"], self.log, 30))
        self.assertIn("cannot be started", step_process.run(["/no/such/program"], self.log, 30))

    def test_a_program_over_its_time_is_ended_with_its_children(self):
        script = "sleep 1000 & echo $!; wait"
        self.assertIn("took longer", step_process.run(["sh", "-c", script], self.log, 0.5))
        child = int(self.log.read_text().split()[0])
        deadline = time.monotonic() + 10
        while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
            if Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                break
            os.sched_yield()
        else:
            self.assertFalse(Path(f"/proc/{child}").exists(), "the child lives on")


class Results(unittest.TestCase):
    def unittest_output(self, body):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "test_sample.py").write_text("import unittest\n" + body)
            run = subprocess.run([sys.executable, "-B", "-m", "unittest", "discover", "-v", "-s", folder], timeout=60,
                                 capture_output=True, text=True, check=False)
            return run.stdout + run.stderr

    def test_unittest_output_is_counted(self):
        text = self.unittest_output(
            "class T(unittest.TestCase):\n"
            "    def test_good(self): pass\n"
            "    def test_bad(self): self.fail('x')\n"
            "    def test_error(self): raise OSError\n"
            "    @unittest.skip('why')\n"
            "    def test_skipped(self): pass\n")
        tally = step_results.from_unittest(text, "test_sample.py", "again")
        self.assertEqual((tally.passed, len(tally.failures), tally.skipped), (1, 2, 1))
        self.assertIn("test_bad", tally.failures[0][0] + tally.failures[1][0])

    def test_failures_before_any_test_count(self):
        tally = step_results.from_unittest(self.unittest_output("raise OSError('no such thing')\n"), "f", "again")
        self.assertEqual(len(tally.failures), 1)
        tally = step_results.from_unittest(
            self.unittest_output("def setUpModule(): raise OSError\n"
                                 "class T(unittest.TestCase):\n    def test_a(self): pass\n"), "f", "again")
        self.assertEqual(len(tally.failures), 1)

    def test_a_file_without_tests_or_cut_short_has_failed(self):
        self.assertEqual(len(step_results.from_unittest(self.unittest_output(""), "f", "again").failures), 1)
        self.assertEqual(len(step_results.from_unittest("test_a ... ", "f", "again").failures), 1)

    def test_googletest_cases_are_counted(self):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "a_test.xml"
            report.write_text(
                '<testsuites><testsuite name="S"><testcase classname="S" name="Good" status="run" result="completed"/>'
                '<testcase classname="S" name="Bad" status="run"><failure message="m"/></testcase>'
                '<testcase classname="S" name="Skipped" status="run" result="skipped"><skipped message="m"/></testcase>'
                '<testcase classname="S" name="DISABLED_Off" status="notrun" result="suppressed"/>'
                '</testsuite></testsuites>')
            tally = step_results.gtest_cases(report, ["/b/a_test"])
        self.assertEqual((tally.passed, tally.skipped), (1, 2))
        self.assertEqual(tally.failures, [("S.Bad", "/b/a_test --gtest_filter='S.Bad'")])


class Usage(unittest.TestCase):
    def test_unknown_plans_and_steps_are_usage_errors(self):
        for arguments in ([], ["unknown"], ["test", "no-such-step"]):
            with self.subTest(arguments):
                run = subprocess.run([ROOT / "tools/run_steps.py", *arguments], capture_output=True, timeout=60, check=False)
                self.assertEqual(run.returncode, 2)


if __name__ == "__main__":
    unittest.main()
