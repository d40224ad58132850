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
            cls.lab.inside("n1", "ip", "-batch", batch.name)

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


if __name__ == "__main__":
    unittest.main()
