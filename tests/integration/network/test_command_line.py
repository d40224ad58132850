"""The command line as people and scripts meet it: what it prints, on which stream, and how it ends."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import SPLASHD, run  # noqa: E402


class FilesTest(unittest.TestCase):
    """A test with a directory of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="splash-it-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path


class DaemonsOwnOptions(FilesTest):
    def test_check_prints_what_holds(self):
        path = self.write("splash.toml", '[node]\nsocket = "/x/s.sock"\nprotocol = 254\n')
        done = run(SPLASHD, f"--splash-config={path}", "--splash-check")
        self.assertIn(f"file {path}\nsocket /x/s.sock\n", done.stdout)
        self.assertIn("protocol 254\n", done.stdout)

    def test_check_names_the_place_of_what_is_wrong(self):
        path = self.write("splash.toml", "[node]\nproto = 254\n")
        done = run(SPLASHD, f"--splash-config={path}", "--splash-check", check=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"{path}:2:", done.stderr)

    def test_help_lists_them_behind_those_of_snmpd(self):
        done = run(SPLASHD, "--help", check=False)
        snmpd, _, own = done.stdout.partition("Options of splashd beside those of snmpd:\n")
        self.assertIn("-Lsd", snmpd)
        self.assertIn("--splash-config=FILE|none", own)
        self.assertIn("--splash-check", own)


if __name__ == "__main__":
    unittest.main()
