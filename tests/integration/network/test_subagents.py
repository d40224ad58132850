"""An AgentX sub-agent behind a node: its objects by SNAP, and what happens while it does not answer."""

import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import ENVIRONMENT, wait_until  # noqa: E402
from support.lab import LabTest  # noqa: E402
from support.snap import Exc, assemble  # noqa: E402

SNMPD = "/usr/sbin/snmpd"
BRANCH = "1.3.6.1.4.1.8072.9999.7"
SYS_NAME = ".1.3.6.1.2.1.1.5.0"
TIMED_OUT, GENERAL_ERROR = 46, 64 + 5

# n2's agent waits long for its sub-agents, n3's a second.
TOPOLOGY = """\
name: agentx
topology:
  nodes:
    n1:
    n2:
      snmpd_conf: |
        master agentx
        agentXTimeout 60
        agentXRetries 0
    n3:
      snmpd_conf: |
        master agentx
        agentXTimeout 1
        agentXRetries 0
  links:
    - endpoints: ["n1:eth1", "n2:eth1"]
    - endpoints: ["n2:eth2", "n3:eth1"]
"""
GET = "forw\npush oid:{oid}\ncalls \"snmp_getsingle\"\ngetsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n"
SCRIPT = '#!/bin/sh\n[ "$1" = -g ] || exit 0\necho "$2"; echo string; echo from-the-sub-agent\n'


class SubAgents(LabTest):
    topology = TOPOLOGY

    def start_subagent(self, node):
        """Debian's snmpd as a sub-agent that offers one object by a script."""
        directory = pathlib.Path(tempfile.mkdtemp(prefix="splash-it-"))
        self.addCleanup(subprocess.run, ["rm", "-r", str(directory)], check=False)
        script = directory / "script"
        script.write_text(SCRIPT)
        (directory / "sub.conf").write_text(
            f"agentXSocket {self.lab.directory(node)}/agentx.sock\nagentXPingInterval 0\n"
            f"pass .{BRANCH} /bin/sh {script}\n")
        environment = {**ENVIRONMENT, "SNMP_PERSISTENT_DIR": str(directory / "persist")}
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.lab.netns(node), SNMPD, "-f", "-X", "-Lf", str(directory / "log"), "-C", "-c",
             str(directory / "sub.conf"), "-I", "pass,subagent"],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end():
            process.kill()
            process.wait(timeout=60)
        self.addCleanup(end)
        wait_until(lambda: self.get(node, f"{BRANCH}.1") == b"from-the-sub-agent",
                   lambda: f"the sub-agent of {node} joins: {(directory / 'log').read_text()}")
        return process

    def get(self, node, oid, start="n1"):
        with self.lab.client(start) as client:
            client.inject(assemble(GET.format(oid=oid)), self.lab.address(node))
            (value,) = client.packet().values()
            return value

    def test_its_objects_are_asked_by_snap_and_by_snmp(self):
        self.start_subagent("n2")
        self.assertGreater(self.lab.counters("n2")["parked"], 0)
        for start in ("n1", "n2", "n3"):
            self.assertEqual(self.get("n2", f"{BRANCH}.7", start), b"from-the-sub-agent")
        self.assertEqual(self.lab.snmpget("n2", f".{BRANCH}.7"), ['"from-the-sub-agent"'])

    def test_a_program_parked_on_the_way_travels_on(self):
        self.start_subagent("n2")
        text = GET.format(oid=f"{BRANCH}.1").replace("forw\n", "", 1).replace("getsrc", "forw\ngetsrc", 1)
        with self.lab.client("n1") as client:
            client.inject(assemble(text), self.lab.address("n3"))
            values = client.packet().values()
        self.assertEqual(len(values), 3)
        self.assertEqual(values[1], b"from-the-sub-agent")
        self.assertIsInstance(values[0], Exc)

    def set_park_timeout(self, node, milliseconds):
        before = (self.lab.directory(node) / "splash.toml").read_text()
        self.lab.configure(node, lambda text: text.replace("[node]\n", f"[node]\npark_timeout_ms = {milliseconds}\n"))
        self.addCleanup(self.lab.configure, node, lambda _: before)

    def test_one_that_hangs_keeps_nobody_else_waiting(self):
        self.set_park_timeout("n2", 60000)
        process = self.start_subagent("n2")
        before = self.lab.counters("n2")
        os.kill(process.pid, signal.SIGSTOP)
        with self.lab.client("n1") as client:
            client.inject(assemble(GET.format(oid=f"{BRANCH}.1")), self.lab.address("n2"))
            self.lab.wait_for_counter("n2", "parked", before["parked"] + 1)
            for _ in range(20):
                self.assertEqual(self.get("n2", "sysName.0"), b"n2")
            self.assertEqual(self.lab.snmpget("n2", SYS_NAME), ['"n2"'])
            answer_is_there, _, _ = select.select([client.socket], [], [], 0)
            self.assertEqual(answer_is_there, [])  # all that while it waited
            self.assertEqual(self.lab.counters("n2").get("park_timeouts", 0), before.get("park_timeouts", 0))
            os.kill(process.pid, signal.SIGCONT)
            self.assertEqual(client.packet().values(), [b"from-the-sub-agent"])

    def test_the_node_gives_up_before_its_agent(self):
        self.set_park_timeout("n2", 300)
        process = self.start_subagent("n2")
        before = self.lab.counters("n2").get("park_timeouts", 0)
        os.kill(process.pid, signal.SIGSTOP)
        self.assertEqual(self.get("n2", f"{BRANCH}.1"), Exc(TIMED_OUT))
        self.assertEqual(self.lab.counters("n2")["park_timeouts"], before + 1)
        os.kill(process.pid, signal.SIGCONT)
        wait_until(lambda: self.get("n2", f"{BRANCH}.1") == b"from-the-sub-agent", "it answers again")

    def test_the_agent_gives_up_before_its_node(self):
        self.set_park_timeout("n3", 60000)
        process = self.start_subagent("n3")
        os.kill(process.pid, signal.SIGSTOP)
        self.assertEqual(self.get("n3", f"{BRANCH}.1"), Exc(GENERAL_ERROR))
        self.assertEqual(self.lab.counters("n3").get("park_timeouts", 0), 0)

    def test_one_that_ends_while_it_is_asked(self):
        process = self.start_subagent("n2")
        parked = self.lab.counters("n2")["parked"]
        os.kill(process.pid, signal.SIGSTOP)
        with self.lab.client("n1") as client:
            client.inject(assemble(GET.format(oid=f"{BRANCH}.1")), self.lab.address("n2"))
            self.lab.wait_for_counter("n2", "parked", parked + 1)
            process.kill()
            (value,) = client.packet().values()
        self.assertIsInstance(value, Exc)
        self.assertEqual(self.get("n2", "sysName.0"), b"n2")
        self.assert_daemons_live()

    def test_many_that_wait(self):
        process = self.start_subagent("n2")
        before = self.lab.counters("n2")
        os.kill(process.pid, signal.SIGSTOP)
        program = assemble(GET.format(oid=f"{BRANCH}.1"))
        with self.lab.client("n1") as client:
            for _ in range(100):
                client.inject(program, self.lab.address("n2"))
            self.lab.wait_for_counter("n2", "parked", before["parked"] + 100)
            self.assertEqual(self.get("n2", "sysName.0"), b"n2")
            os.kill(process.pid, signal.SIGCONT)
            for _ in range(100):
                (value,) = client.packet().values()
                self.assertIn(value, (b"from-the-sub-agent", Exc(TIMED_OUT)))
        self.assert_daemons_live()


if __name__ == "__main__":
    unittest.main()
