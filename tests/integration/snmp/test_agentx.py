"""AgentX subagents, stock ones too, join splashd; a slow one does not hold up the rest."""
import os
import subprocess
import unittest

from snmp_daemon import CONFIGURATION, SNMPD, SPLASHD, Daemon, until

BRANCH = ".1.3.6.1.4.1.8072.9999.7"
SYS_NAME = ".1.3.6.1.2.1.1.5.0"

SCRIPT = """[ "$1" = -g ] || exit 0
{wait}
echo "$2"; echo string; echo from-the-subagent
"""


class AgentX(unittest.TestCase):
    def setUp(self):
        self.master = Daemon()
        self.socket = self.master.directory / "agentx"
        self.master.conf_path.write_text(
            CONFIGURATION + f"master agentx\nagentXSocket unix:{self.socket}\nagentXTimeout 20\n")
        self.master.__enter__()
        self.addCleanup(self.master.__exit__)

    def subagent(self, program, wait=""):
        daemon = Daemon(program=program, options=["-X"], addresses=[])
        script = daemon.directory / "script"
        script.write_text(SCRIPT.format(wait=wait))
        daemon.conf_path.write_text(
            f"agentXSocket unix:{self.socket}\nagentXPingInterval 1\npass {BRANCH} /bin/sh {script}\n")
        daemon.argv[daemon.argv.index("-I") + 1] = "pass,subagent"
        return daemon

    def answers(self, instance):
        return self.master.get(f"{BRANCH}.{instance}") == 'STRING: "from-the-subagent"'

    def test_subagents_of_both_kinds_are_asked(self):
        for program in (SPLASHD, SNMPD):
            with self.subagent(program):
                until(lambda: self.answers(1), f"an answer of {program} -X")
            until(lambda: not self.answers(2), "its objects go with it")

    def test_subagent_joins_again_after_a_restart_of_the_master(self):
        with self.subagent(SPLASHD):
            until(lambda: self.answers(1), "an answer")
            self.master.end()
            self.master.start()
            until(lambda: self.answers(2), "an answer after the restart")

    def test_many_subagents_in_a_row_on_the_same_descriptor(self):
        for instance in range(5):
            with self.subagent(SPLASHD) as subagent:
                until(lambda i=instance: self.answers(i), f"answer {instance}")
                subagent.process.kill()

    def test_slow_subagent_holds_up_nobody_else(self):
        gate = self.master.directory / "gate"
        os.mkfifo(gate)
        keep_open = os.open(gate, os.O_RDWR)
        self.addCleanup(os.close, keep_open)
        with self.subagent(SPLASHD, wait=f"read line < {gate}"):
            os.write(keep_open, b"go\n")
            until(lambda: self.answers(1), "an answer")
            slow = subprocess.Popen(["snmpget", "-v2c", "-c", "private", "-t", "20", "-r", "0", "-On",
                                     f"127.0.0.1:{self.master.port}", f"{BRANCH}.2"],
                                    stdout=subprocess.PIPE, text=True)
            self.addCleanup(slow.kill)
            for _ in range(10):
                self.assertIn("STRING", self.master.get(SYS_NAME))
            self.assertIsNone(slow.poll())
            os.write(keep_open, b"go\n")
            self.assertIn("from-the-subagent", slow.communicate(timeout=30)[0])


if __name__ == "__main__":
    unittest.main()
