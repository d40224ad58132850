#!/usr/bin/python3 -B
"""tools/setup.sh with a false dpkg-query, apt-get and sudo on the path: what it asks for, and when it asks for nothing."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALL_BUILD = "first second"


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        os.chmod(self.root, 0o755)
        (self.root / "tools").mkdir()
        (self.root / "bin").mkdir()
        shutil.copy(ROOT / "tools/setup.sh", self.root / "tools")
        (self.root / "tools/packages.txt").write_text(
            "# comment\nfirst   build  for the first thing\nsecond  build  for the second\nthird   test   to test\n")
        self.program("apt-get", f'echo "$@" >> {self.root}/apt.log')
        self.program("sudo", "exit 1")
        (self.root / "apt.log").touch()
        os.chmod(self.root / "apt.log", 0o666)

    def program(self, name, body):
        path = self.root / "bin" / name
        path.write_text("#!/bin/sh\n" + body + "\n")
        path.chmod(0o755)

    def installed(self, *names):
        lines = "".join(f"echo 'installed {n}'\n" for n in names)
        self.program("dpkg-query", lines + "exit 1")

    def setup_tool(self, *arguments, user=None):
        environment = {**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}"}
        return subprocess.run(["bash", self.root / "tools/setup.sh", *arguments], capture_output=True, text=True,
                              env=environment, timeout=60, check=False, user=user)

    def apt_calls(self):
        return (self.root / "apt.log").read_text()

    def test_nothing_missing_means_no_word_and_no_apt(self):
        self.installed("first", "second")
        run = self.setup_tool("build")
        self.assertEqual((run.returncode, run.stdout, run.stderr, self.apt_calls()), (0, "", "", ""))

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_only_what_is_missing_of_the_stage_is_installed_and_explained(self):
        self.installed("first")
        run = self.setup_tool("build")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("second", run.stdout)
        self.assertIn("for the second", run.stdout)
        self.assertNotIn("for the first", run.stdout)
        self.assertRegex(self.apt_calls(), r"install .*second$")
        self.assertNotIn("third", self.apt_calls())
        self.assertRegex(self.apt_calls(), r"update")

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_a_later_stage_includes_the_earlier_ones(self):
        self.installed()
        self.setup_tool("test")
        self.assertRegex(self.apt_calls(), r"first second third$")

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_a_failing_apt_is_a_failure_that_shows_why(self):
        self.installed()
        self.program("apt-get", 'case "$*" in *install*) echo "no such package"; exit 100 ;; esac')
        run = self.setup_tool("build")
        self.assertEqual(run.returncode, 4)
        self.assertIn("no such package", run.stderr)

    @unittest.skipIf(os.geteuid() != 0, "needs root to become somebody else")
    def test_without_root_or_sudo_it_says_what_to_run(self):
        self.installed("first")
        run = self.setup_tool("build", user="nobody")
        self.assertEqual(run.returncode, 4)
        self.assertIn("apt-get install --no-install-recommends second", run.stderr)
        self.assertEqual(self.apt_calls(), "")

    def test_an_unknown_stage_is_a_usage_error(self):
        self.assertEqual(self.setup_tool("everything").returncode, 2)

    def test_every_line_of_the_real_list_has_package_stage_and_reason(self):
        rows = [line.split(None, 2) for line in (ROOT / "tools/packages.txt").read_text().splitlines()
                if line and not line.startswith("#")]
        self.assertTrue(rows)
        for row in rows:
            self.assertEqual(len(row), 3, row)
            self.assertIn(row[1], ("build", "test", "deb", "check"))
        names = [row[0] for row in rows]
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main()
