#!/usr/bin/python3 -B
"""SPLASH-MIB is a module that libsmi and net-snmp read without a word.

tests/mibs has stand-ins for the IETF's modules, which Debian does not ship; NET-SNMP-MIB is net-snmp's own.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MIB = ROOT / "spec/mibs/SPLASH-MIB.txt"
FOLDERS = f"{ROOT}/tests/mibs:/usr/share/snmp/mibs"


def smilint(path):
    """All that the strictest level finds."""
    done = subprocess.run(["smilint", "-l", "6", path], env={**os.environ, "SMIPATH": FOLDERS}, capture_output=True,
                          text=True, timeout=60, check=False)
    return done.stdout + done.stderr


class SplashMib(unittest.TestCase):
    def test_smilint_finds_nothing(self):
        self.assertEqual(smilint(MIB), "")

    def test_smilint_would_find_something(self):
        with tempfile.TemporaryDirectory() as directory:
            broken = Path(directory) / "SPLASH-MIB.txt"
            broken.write_text(MIB.read_text().replace("splashServiceCallCount OBJECT-TYPE",
                                                      "splashServiceCalls OBJECT-TYPE"))
            self.assertIn("splashServiceCalls", smilint(broken))

    def test_net_snmp_reads_it_without_warnings(self):
        done = subprocess.run(["snmptranslate", "-M", f"{ROOT}/spec/mibs:{FOLDERS}", "-m", "SPLASH-MIB", "-Tp", "-IR",
                               "splashMIB"], env={**os.environ, "MIBS": "", "SNMPCONFPATH": "/nonexistent"},
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.stderr, "")
        for line in ("-R-- Counter64 splashReceived(1)", "-R-- Gauge     splashParkedNow(1)", "splashPrincipalEntry(1)",
                     "Index: splashPrincipalName"):
            self.assertIn(line, done.stdout)


if __name__ == "__main__":
    unittest.main()
