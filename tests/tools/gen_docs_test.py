#!/usr/bin/python3 -B
"""tools/gen_docs.py notices documents that lag behind and tables it does not understand."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class GenDocs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        shutil.copytree(ROOT / "spec", self.root / "spec")
        (self.root / "cmake").mkdir()
        shutil.copy(ROOT / "cmake/Arrows.cmake", self.root / "cmake")
        shutil.copytree(ROOT / "wireshark", self.root / "wireshark")

    def run_tool(self, *arguments):
        return subprocess.run([ROOT / "tools/gen_docs.py", *arguments, self.root], capture_output=True, text=True,
                              timeout=60, check=False)

    def append(self, path, line):
        with (self.root / path).open("a") as file:
            file.write(line + "\n")

    def test_what_it_wrote_is_up_to_date(self):
        self.assertEqual(self.run_tool().returncode, 0)
        self.assertEqual(self.run_tool("--check").returncode, 0)

    def test_check_writes_nothing_and_names_what_is_missing(self):
        run = self.run_tool("--check")
        self.assertEqual(run.returncode, 1)
        self.assertIn("docs/isa.md", run.stdout)
        self.assertFalse((self.root / "docs").exists())

    def test_a_new_row_makes_its_document_stale(self):
        self.run_tool()
        self.append("spec/counters.def", 'SPLASH_COUNTER(brand_new, 999, "new", "", "counted")')
        run = self.run_tool("--check")
        self.assertEqual(run.returncode, 1)
        self.assertIn("docs/counters.md", run.stdout)
        self.assertIn("spec/mibs/SPLASH-MIB.txt", run.stdout)
        self.assertNotIn("docs/isa.md", run.stdout)

    def test_a_new_arrow_makes_the_picture_stale(self):
        self.run_tool()
        self.append("cmake/Arrows.cmake", "splash_arrows(brand_new PURE base)")
        self.assertIn("docs/images/arrows.svg", self.run_tool("--check").stdout)

    def test_rows_it_cannot_read_are_refused(self):
        for path, line in (("spec/errors.def", "SPLASH_ERROR(Half, 99)"), ("spec/errors.def", "nonsense"),
                           ("spec/errors.def", 'SPLASH_ERROR(New, 99, Elsewhere, "a", "b")'),
                           ("spec/counters.def", 'SPLASH_COUNTER(again, 1, "again", "", "a number twice")'),
                           ("spec/opcodes.def", 'SPLASH_OP(New, 0xfe, "new", Strange, "m")'),
                           ("spec/services.def", 'SPLASH_SERVICE(Host, "new", "q", "", 1, None, Now, "m")'),
                           ("spec/services.def", 'SPLASH_SERVICE(Host, "node_info", "s", "*", 1, None, Now, "twice")')):
            with self.subTest(line):
                before = (self.root / path).read_text()
                self.append(path, line)
                run = self.run_tool()
                self.assertEqual(run.returncode, 1)
                self.assertIn(path, run.stderr)
                (self.root / path).write_text(before)


if __name__ == "__main__":
    unittest.main()
