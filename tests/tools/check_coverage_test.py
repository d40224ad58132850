#!/usr/bin/python3 -B
"""tools/check_coverage.py lists error codes and flags that no test names."""

import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class CheckCoverage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        subprocess.run(["git", "init", "--quiet", self.root], check=True, timeout=60)
        self.write("spec/errors.def", 'SPLASH_ERROR(First, 1, No, "a", "b")\nSPLASH_ERROR(Second, 2, No, "a", "b")\n')
        self.write("apps/splash/get.cpp", 'add_flag("-x,--extra", "help"); // not "--comment"\n')

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def check(self):
        return subprocess.run([ROOT / "tools/check_coverage.py", self.root], capture_output=True, text=True, timeout=60,
                              check=False)

    def test_what_tests_name_is_covered(self):
        self.write("src/base/error_test.cpp", "EXPECT_EQ(e.code, Errc::First);")
        self.write("tests/integration/test_get.py", 'self.assertEqual(code, "Second"); run("--extra")')
        run = self.check()
        self.assertEqual(run.returncode, 0, run.stdout)

    def test_what_no_test_names_is_listed(self):
        self.write("src/base/error.cpp", "return fail(Errc::First, {});")
        self.write("src/base/error_test.cpp", 'EXPECT_EQ(e.code, Errc::Second); run("--extra-long");')
        run = self.check()
        self.assertEqual(run.returncode, 1)
        self.assertIn("Errc::First", run.stdout)
        self.assertNotIn("Errc::Second", run.stdout)
        self.assertIn("apps/splash/get.cpp: no test names --extra\n", run.stdout)
        self.assertNotIn("--comment", run.stdout)


if __name__ == "__main__":
    unittest.main()
