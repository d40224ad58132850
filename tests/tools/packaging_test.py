#!/usr/bin/python3 -B
"""The lists of packaging/debian against each other and against what `cmake --install` puts where. No package is built.

packaging_test.py BUILD_FOLDER   of a build with both programs and the manual.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = ROOT / "packaging/debian"
BUILD = None


def lists(kind):
    """Patterns of every debian/PACKAGE.kind, by package."""
    return {path.stem: path.read_text().split() for path in DEBIAN.glob(f"*.{kind}")}


def setting(text, name):
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


class Packaging(unittest.TestCase):
    def test_every_installed_file_is_in_exactly_one_package(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["cmake", "--install", BUILD, "--prefix", "/usr"], capture_output=True, text=True,
                                  env={**os.environ, "DESTDIR": folder}, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            files = {p.relative_to(folder) for p in Path(folder).rglob("*") if p.is_file()}
            self.assertIn(Path("usr/sbin/splashd"), files)
            taken = {}
            for package, patterns in lists("install").items():
                for pattern in patterns:
                    found = [p for p in files if p == Path(pattern) or Path(pattern) in p.parents]
                    self.assertTrue(found, f"{package}.install: nothing is installed at {pattern}")
                    for path in found:
                        self.assertNotIn(path, taken, f"{path} is in {package} and in {taken.get(path)}")
                        taken[path] = package
            self.assertEqual(files - set(taken), set(), "in no package")

    def test_documents_and_examples_exist(self):
        for kind in ("docs", "examples"):
            for package, names in lists(kind).items():
                for name in names:
                    self.assertTrue((ROOT / name).is_file(), f"{package}.{kind}: {name}")

    def test_every_example_is_shipped_and_named_in_the_documentation(self):
        for package, folder, document in (("splashd", "packaging/examples", "docs/install.md"),
                                          ("splash-dev", "examples/services", "docs/services-plugins.md")):
            shipped = {Path(name).name for name in lists("examples")[package]}
            self.assertEqual(shipped, {p.name for p in (ROOT / folder).iterdir()})
            text = (ROOT / document).read_text()
            for name in shipped:
                self.assertIn(f"/usr/share/doc/{package}/examples/{name}", text)

    def test_user_and_group_of_the_unit_are_made(self):
        made = re.findall(r"^[ug] (\S+)", (DEBIAN / "splashd.sysusers").read_text(), re.MULTILINE)
        command = setting((DEBIAN / "splashd.service").read_text(), "ExecStart")[0].split()
        self.assertIn(command[command.index("-u") + 1], made)
        group = re.search(r'^socket_group = "(\w+)"', (ROOT / "packaging/examples/splash.toml").read_text(), re.MULTILINE)
        self.assertIn(group.group(1), made)

    def test_example_settings_are_what_the_daemon_takes(self):
        example = (ROOT / "packaging/examples/splash.toml").read_text()
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as settings:
            # Its group is made when the package is installed; this host may not have it.
            settings.write(example.replace('socket_group = "splash"', 'socket_group = "root"'))
            settings.flush()
            done = subprocess.run([Path(BUILD) / "bin/splashd", "--splash-check", f"--splash-config={settings.name}"],
                                  capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("local.snmp_user splash", done.stdout)


if __name__ == "__main__":
    BUILD = sys.argv.pop(1)
    unittest.main()
