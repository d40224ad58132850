#!/usr/bin/python3 -B
"""tools/check_docs.py finds links, anchors, paths and make targets that lead nowhere."""

import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class CheckDocs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        subprocess.run(["git", "init", "--quiet", self.root], check=True, timeout=60)
        self.write("Makefile", "test:\n\ttrue\n")
        self.write("docs/there.md", "# A Title, with `code`\n\ntext\n")

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def check(self):
        return subprocess.run([ROOT / "tools/check_docs.py", self.root], capture_output=True, text=True, timeout=60,
                              check=False)

    def test_what_exists_passes(self):
        self.write("README.md", "[a](docs/there.md#a-title-with-code) ![b](docs/there.md) [c](https://example.org/x) "
                                "`make test` `docs/there.md` `docs/*.md` `lab up x` [d](#here)\n\n# Here\n"
                                "```\n[not a link](nowhere.md)\n```\n")
        self.write("src/a.cpp", "// see docs/there.md\n")
        run = self.check()
        self.assertEqual(run.returncode, 0, run.stdout)

    def test_what_does_not_exist_is_named_with_its_line(self):
        for text, fact in (("[a](docs/gone.md)", "docs/gone.md"), ("[a](docs/there.md#gone)", "no heading #gone"),
                           ("`src/gone.cpp`", "src/gone.cpp"), ("`make gone`", "no target gone"),
                           ("`docs/*.gone`", "docs/*.gone"), ("![p](docs/images/gone.svg)", "gone.svg")):
            with self.subTest(text):
                self.write("README.md", "# Title\n\n" + text + "\n")
                run = self.check()
                self.assertEqual(run.returncode, 1)
                self.assertIn("README.md:3", run.stdout)
                self.assertIn(fact, run.stdout)

    def test_a_source_file_that_names_a_missing_document_is_found(self):
        self.write("src/a.cpp", "int x;\n// see docs/gone.md\n")
        run = self.check()
        self.assertEqual(run.returncode, 1)
        self.assertIn("src/a.cpp:2: docs/gone.md", run.stdout)

    def test_a_setting_that_no_document_describes_is_found(self):
        self.write("apps/splashd/settings.cpp", 'reader.read(table, "colour", settings.colour);\n')
        self.write("docs/splash.toml.md", "# splash.toml\n")
        run = self.check()
        self.assertEqual(run.returncode, 1)
        self.assertIn("colour", run.stdout)
        self.write("docs/splash.toml.md", "# splash.toml\n\n| colour | text |\n")
        self.assertEqual(self.check().returncode, 0)


if __name__ == "__main__":
    unittest.main()
