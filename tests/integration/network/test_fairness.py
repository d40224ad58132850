"""Who asks for much waits for it; the others do not."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import DEADLINE, SPLASH  # noqa: E402
from support.lab import PING, LabTest  # noqa: E402
from support.snap import assemble  # noqa: E402

# On its destination it becomes as many executions as its bound allows, each of which walks slow objects.
HOG = """
        forw
        getrb
        lti    2
        bne    work-pc
        push   0                        ; a child that begins at the first line with half of the bound
        push   0
        getrb
        divi   2
        getdst
        send
        pop
        push   0                        ; and one with the rest
        push   0
        getrb
        getdst
        send
        pop
work:   push   oid:ipAdEntAddr
""" + 4 * """
        calls  "snmp_getnext"
        pop
"""
LOCAL_NAME = 'push oid:sysName.0\ncalls "snmp_getsingle"\ndemuxall 0\n'
LOCAL_QUESTIONS = 20
ADDRESSES = 440  # so many that a row takes longer than a program may keep the agent busy in one turn of the loop


class SlowObjects(LabTest):
    """net-snmp has the kernel tell all addresses for each row of ipAddrTable: some milliseconds a row."""

    topology = "line2"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with tempfile.NamedTemporaryFile("w") as batch:
            batch.writelines(f"addr add 198.18.{n // 200}.{n % 200}/32 dev lo\n" for n in range(1, ADDRESSES + 1))
            batch.flush()
            for node in cls.lab.nodes:
                cls.lab.inside(node, "ip", "-batch", batch.name)

    def test_other_clients_are_answered_while_a_program_walks_them(self):
        ping, pings = assemble(PING), 0
        with self.lab.client("n1") as client, tempfile.TemporaryFile("w+") as output:
            walk = subprocess.Popen([SPLASH, "walk", "n1", "ipAdEntAddr", "--via", "snap", "-t", "30", "--lab", self.lab.name,
                                     "--from", "n1"], stdout=output, stderr=subprocess.PIPE, text=True)
            while walk.poll() is None:
                client.inject(ping, self.lab.address("n1"))
                self.assertEqual(client.packet().values(), [b"still there"])
                pings += 1
            _, complaint = walk.communicate(timeout=DEADLINE)
            output.seek(0)
            rows = len(output.readlines())
        self.assertEqual(walk.returncode, 0, complaint)
        self.assertGreater(rows, ADDRESSES)
        # One program must not have the loop for many rows: without a limit ten rows and more went by between two pings.
        self.assertGreater(4 * pings, rows)

    def test_programs_of_other_principals_are_answered_while_one_has_the_agent_busy(self):
        hog, name = assemble(HOG), assemble(LOCAL_NAME)
        with self.lab.client("n1") as neighbour, self.lab.client("n2") as client:
            for _ in range(6):
                neighbour.inject(hog, self.lab.address("n2"), bound=255)
            self.lab.wait_for_counter("n2", "drop_quota", 1)  # the neighbours' principal has as much as it may
            before = self.lab.counters("n2")["parked"]
            for _ in range(LOCAL_QUESTIONS):
                client.inject(name, self.lab.address("n2"))
                self.assertEqual(client.packet().values(), [b"n2"])
            rows = self.lab.counters("n2")["parked"] - before  # who is answered asks for the next one, and waits for it
        self.assertGreater(rows, 0)
        # In the order they came, hundreds of rows would go by before each answer.
        self.assertGreater(20 * LOCAL_QUESTIONS, rows)


if __name__ == "__main__":
    unittest.main()
