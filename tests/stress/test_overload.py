"""A node that is flooded with SNAP nobody asked for answers SNMP all the while, and knows where every packet went."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from overload import attack, unaccounted  # noqa: E402
from support.lab import LabTest  # noqa: E402


class Overload(LabTest):
    """The short form of overload.py."""

    topology = "line3"

    def test_snmp_answers_while_every_kind_of_packet_floods_the_node(self):
        seen = attack(self.lab, rate=20_000, seconds=3)
        self.assertGreater(seen["sent"], 1000)
        self.assertGreater(seen["snmp"]["answered"], 0)
        # One lost or late answer in a hundred is the machine's, more would be ours.
        self.assertGreaterEqual(seen["snmp"]["answered"], 0.99 * seen["snmp"]["asked"] - 1, seen["snmp"])
        self.assertEqual(unaccounted(seen["counters"]), 0, seen["counters"])
        lost = seen["socket_drops"]
        self.assertLessEqual(seen["received"] + lost["raw"] + lost["udp"], seen["sent"])
        self.assertGreater(seen["received"], 0)
        for counter in ("drop_version", "drop_truncated", "drop_not_admitted", "drop_stray_report", "faults"):
            self.assertGreater(seen["counters"][counter], 0, counter)
        # Whoever floods gets reports at their rate, a hundred a second in all, and no more.
        self.assertLessEqual(seen["counters"]["reports_sent"], 100 * (seen["seconds"] + 60))
        self.assert_daemons_live()


if __name__ == "__main__":
    unittest.main()
