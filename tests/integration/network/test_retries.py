"""Writes whose answers get lost: how often an object is written, counted by the object itself."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import SPLASH, wait_until  # noqa: E402
from support.lab import LabTest  # noqa: E402

COUNTING = "1.3.6.1.4.1.8072.9999.9"
OBJECT = COUNTING + ".0"
ERRAND = """
        dforw
        push   oid:{object}
        {call}
        getsrc
        dmoveto home-pc
home:   dforw
        demuxall 0
"""
WRITE = ERRAND.format(object=OBJECT, call='push 5\n calls "snmp_setsingle"')
READ = ERRAND.format(object=OBJECT, call='calls "snmp_getsingle"')

TOPOLOGY = """\
name: retries
topology:
  nodes:
    n1:
    n2:
    n3:
      snmpd_conf: |
        pass .{counting} /bin/sh {script}
  links:
    - endpoints: ["n1:eth1", "n2:eth1"]
    - endpoints: ["n2:eth2", "n3:eth1"]
"""
SCRIPT = """\
case $1 in
-s) echo "$4" >>{writes} ;;
-g) echo .{object}; echo integer; echo 1 ;;
esac
"""


class Retries(LabTest):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.file = pathlib.Path(directory.name) / "writes"
        script = pathlib.Path(directory.name) / "count"
        script.write_text(SCRIPT.format(writes=cls.file, object=OBJECT))
        cls.topology = TOPOLOGY.format(counting=COUNTING, script=script)
        super().setUpClass()

    def setUp(self):
        self.file.write_text("")
        self.lost = []
        self.addCleanup(self.answers_come)

    def writes(self):
        return self.file.read_text().split()

    def answers_get_lost(self):
        """n2 drops what goes to n1: questions pass, answers do not."""
        self.lost = self.lab.addresses("n1")
        self.rule("add")

    def answers_come(self):
        self.rule("del")
        self.lost = []

    def rule(self, verb):
        for address in self.lost:
            self.lab.inside("n2", "ip", "rule", verb, "blackhole", "to", address, "priority", "10")

    def run_program(self, text, *options):
        with tempfile.NamedTemporaryFile("w", suffix=".snap") as file:
            file.write(text)
            file.flush()
            return self.lab.splash("run", file.name, "--to", "n3", "-t", "0.5", *options, check=False)

    def test_set_by_snap_tries_again_and_writes_once(self):
        self.answers_get_lost()
        before = self.lab.counters("n3")["executions"]
        with subprocess.Popen([SPLASH, "--lab", self.lab.name, "--from", "n1", "set", "n3", OBJECT, "i", "5",
                               "--via", "snap", "-t", "0.5", "-r", "100"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as setting:
            self.addCleanup(setting.kill)
            questions = iter(range(1, 100000))  # about the counters: every one is an execution, too
            wait_until(lambda: self.lab.counters("n3")["executions"] - before - next(questions) >= 3,
                       "n3 is asked a third time")
            self.answers_come()
            out, err = setting.communicate(timeout=60)
        self.assertEqual(setting.returncode, 0, err)
        self.assertIn("= INTEGER: 5", out)
        self.assertEqual(self.writes(), ["5"])

    def test_an_object_set_twice_on_one_line_is_written_twice(self):
        self.lab.splash("set", "n3", OBJECT, "i", "5", OBJECT, "i", "6", "--via", "snap")
        self.assertEqual(self.writes(), ["5", "6"])

    def test_set_by_snmp_tries_once_unless_told(self):
        self.answers_get_lost()
        done = self.lab.splash("set", "n3", OBJECT, "i", "5", "-t", "0.5", check=False)
        self.assertEqual(done.returncode, 4)
        self.assertEqual(self.writes(), ["5"])
        self.lab.splash("set", "n3", OBJECT, "i", "6", "-t", "0.5", "-r", "1", check=False)
        self.assertEqual(self.writes(), ["5", "6", "6"])

    def test_a_program_that_writes_is_sent_once_and_the_message_says_why(self):
        self.answers_get_lost()
        done = self.run_program(WRITE)
        self.assertEqual(done.returncode, 4)
        self.assertIn("1 try of 500 ms by SNAP; not sent again, for it calls snmp_setsingle", done.stderr)
        self.assertIn("-r N", done.stderr)
        self.assertEqual(self.writes(), ["5"])

    def test_a_program_that_writes_is_sent_again_if_told(self):
        self.answers_get_lost()
        done = self.run_program(WRITE, "-r", "1")
        self.assertIn("2 tries of 500 ms by SNAP: no answer", done.stderr)
        self.assertEqual(self.writes(), ["5", "5"])

    def test_a_program_that_reads_is_sent_again(self):
        self.answers_get_lost()
        self.assertIn("2 tries of 500 ms by SNAP: no answer", self.run_program(READ).stderr)


if __name__ == "__main__":
    unittest.main()
