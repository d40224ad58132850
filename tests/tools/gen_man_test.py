#!/usr/bin/python3 -B
"""tools/gen_man.py: the pages are well-formed and complete, and what bash completes with its script."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import tables  # noqa: E402

PAGES = ("splash.1", "splashd.8", "splash.toml.5")
LABS = {"labs": [{"name": "tour", "topology": "line2", "nodes": [{"name": "n1", "netns": "tour-n1"},
                                                                 {"name": "n2", "netns": "tour-n2"}], "links": 1},
                 {"name": "other", "topology": "line2", "nodes": [{"name": "r1", "netns": "other-r1"}], "links": 0}]}


def generate(folder, root=ROOT):
    return subprocess.run([ROOT / "tools/gen_man.py", folder, root], capture_output=True, text=True, timeout=60, check=False)


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = Path(cls.folder.name)
        done = generate(cls.path)
        assert done.returncode == 0, done.stderr

    def test_mandoc_finds_nothing_wrong(self):
        for page in PAGES:
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", self.path / page], capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertEqual(done.stdout + done.stderr, "")

    def test_man_reads_them_without_warnings(self):
        for page in PAGES:
            done = subprocess.run(["man", "--warnings", "-l", self.path / page], capture_output=True, text=True, timeout=60,
                                  check=False, env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_command_option_and_error_has_its_place(self):
        text = (self.path / "splash.1").read_text().replace("\\-", "-")
        for row in tables.read(ROOT, "commands", 6):
            self.assertIn(f'.SS "splash {row.fields[1]}', text)
        for row in tables.read(ROOT, "options", 6):
            for flag in row.fields[2].split(","):
                self.assertIn(f"\\fB{flag}\\fR", text)
        for row in tables.read(ROOT, "errors", 5):
            self.assertIn(f"\\fB{row.fields[0]}\\fR", text)

    def test_every_setting_is_in_its_page(self):
        text = (self.path / "splash.toml.5").read_text()
        for name in ("socket_group", "park_timeout_ms", "insecure"):
            self.assertIn(f"\\fB{name}\\fR", text)

    def test_the_daemons_own_options_are_in_its_page(self):
        text = (self.path / "splashd.8").read_text().replace("\\-", "-")
        for row in tables.read(ROOT, "daemon_options", 5):
            self.assertIn(f"\\fB{row.fields[1]}", text)


class Refusals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "tree"
        for name in ("spec", "docs"):
            shutil.copytree(ROOT / name, self.root / name)
        shutil.copy(ROOT / "CMakeLists.txt", self.root)

    def refused(self):
        done = generate(self.root / "out", self.root)
        self.assertEqual(done.returncode, 1)
        return done.stderr

    def test_an_unknown_list_is_named(self):
        with (self.root / "docs/man/splashd.8.md").open("a") as file:
            file.write("\n\n{{colours}}\n")
        self.assertIn("{{colours}} is not known", self.refused())

    def test_markup_it_does_not_know_is_named(self):
        with (self.root / "docs/man/splashd.8.md").open("a") as file:
            file.write("\n\n> said somebody\n")
        self.assertIn("> said somebody", self.refused())

    def test_a_command_with_an_unknown_group_is_named(self):
        with (self.root / "spec/commands.def").open("a") as file:
            file.write('SPLASH_COMMAND(New, "new", "", "Z", "x", "")\n')
        self.assertIn("option group Z", self.refused())


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = Path(cls.folder.name)
        assert generate(cls.path).returncode == 0
        fake = cls.path / "splash"  # stands for a program that lists two labs
        fake.write_text("#!/bin/sh\ncat <<'END'\n" + json.dumps(LABS, indent=2) + "\nEND\n")
        fake.chmod(0o755)
        (cls.path / "mine.snap").touch()

    def complete(self, *words):
        script = f'source splash.bash\nCOMP_WORDS=(splash "$@")\nCOMP_CWORD=$#\n_splash\nprintf "%s\\n" "${{COMPREPLY[@]}}"\n'
        done = subprocess.run(["bash", "-u", "-c", script, "bash", *words], cwd=self.path, capture_output=True, text=True,
                              timeout=60, check=True, env={"PATH": f"{self.path}:/usr/bin:/bin"})
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_commands(self):
        self.assertEqual(self.complete("la"), {"lab"})
        self.assertEqual(self.complete("lab", "e"), {"exec"})
        self.assertIn("get", self.complete("--lab", "tour", ""))
        self.assertNotIn("up", self.complete(""))

    def test_options_of_a_command_and_no_others(self):
        self.assertIn("--via", self.complete("get", "n1", "--"))
        self.assertNotIn("--via", self.complete("lab", "list", "--"))
        self.assertIn("--owner", self.complete("lab", "up", "--o"))

    def test_values_of_options(self):
        self.assertEqual(self.complete("get", "--via", ""), {"snmp", "snap", "auto"})
        self.assertEqual(self.complete("get", "--travel", "h"), {"hops"})
        self.assertEqual(self.complete("get", "n1", "-o", ""), {"text", "json"})
        self.assertEqual(self.complete("--via", "sna"), {"snap"})

    def test_labs_and_their_nodes(self):
        self.assertEqual(self.complete("lab", "down", ""), {"tour", "other"})
        self.assertEqual(self.complete("lab", "exec", "tour", "n"), {"n1", "n2"})
        self.assertEqual(self.complete("get", "--lab", "other", "r"), {"r1"})
        self.assertEqual(self.complete("path", "--lab", "tour", "--from", "n"), {"n1", "n2"})

    def test_files_and_topologies(self):
        self.assertEqual(self.complete("run", "mi"), {"mine.snap"})
        self.assertEqual(self.complete("asm", "mine.snap", "-o", "mi"), {"mine.snap"})
        self.assertEqual(self.complete("lab", "up", "honey"), {"honeycomb20"})


if __name__ == "__main__":
    unittest.main()
