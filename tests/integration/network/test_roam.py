"""`splash roam`, and the shipped programs that look back and react: in a grid of three by three."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import PROGRAMS, wait_until  # noqa: E402
from support.lab import LabTest  # noqa: E402

NOT_THERE = 41
SYS_LOCATION = ".1.3.6.1.2.1.1.6.0"


class Roaming(LabTest):
    topology = "grid9"

    def roam(self, *words, check=True):
        return self.lab.ask("roam", "n1", "--oid", "sysName.0", *words, check=check)

    def names(self, answer):
        return sorted(row["node"] for row in answer["rows"])

    def values(self, program, *arguments):
        answer = self.lab.ask("run", PROGRAMS / f"{program}.snap", "--to", "n2", *arguments)
        return [value["exception"]["code"] if value["type"] == "exc" else value["value"]
                for value in answer["deliveries"][0]["values"]]

    def test_1_with_memory_every_node_is_reached(self):
        answer = self.roam("--stateful", "--bound", "200")
        self.assertEqual(self.names(answer), [f"n{i}" for i in range(1, 10)])
        self.assertEqual([row["results"][0]["value"] for row in answer["rows"]], [row["node"] for row in answer["rows"]])

    def test_2_it_goes_home_when_the_bound_runs_low(self):
        answer = self.roam("--bound", "12")
        self.assertEqual(answer["packets"], 1)
        self.assertTrue(0 < answer["steps"] <= 12)
        self.assertIn("bound", answer["ended"])

    def test_3_a_bound_beyond_one_packet_is_several(self):
        answer = self.roam("--stateful", "--bound", "400")
        self.assertGreater(answer["packets"], 1)
        self.assertGreater(answer["steps"], 255)

    def test_4_only_nodes_where_the_condition_holds_are_told(self):
        answer = self.roam("--stateful", "--bound", "200", "--where", "ifNumber.0 > 3")
        self.assertEqual(self.names(answer), ["n2", "n4", "n5", "n6", "n8"])

    def trend(self, *arguments):
        """Rate, rate before, judgement, what came of the reaction: once there is a rate."""
        def judged():
            said = self.values("trend", "--arg", "object=sysUpTime.0", *arguments)
            return said if said[2] != "none" else None
        return wait_until(judged, "two visits are a hundredth of a second apart")

    def keep(self, name, number):
        """As if a packet had left that at n2."""
        self.lab.run_text(f'forw\npush "{name}"\npush {number}\ncalls "memmap_addint"\ngetsrc\nmoveto home-pc\n'
                          'home: forw\ndemuxall 0\n', "n2")

    def test_5_a_trend_is_a_rate_judged_by_what_the_last_packet_left(self):
        """The clock, of which there are 100 a second, always."""
        self.assertEqual(self.values("trend", "--arg", "object=sysUpTime.0"), [NOT_THERE, NOT_THERE, "none", 0])
        self.assertEqual(self.trend("--arg", "limit=99"), [100, NOT_THERE, "error", 0])  # the limit alone
        self.assertEqual(self.trend("--arg", "limit=99"), [100, 100, "ok", 0])
        self.keep("trend.rate", 50)
        self.assertEqual(self.trend("--arg", "limit=99"), [100, 50, "ok", 0])  # no more than twice as much
        self.keep("trend.rate", 49)
        self.assertEqual(self.trend("--arg", "limit=100"), [100, 49, "ok", 0])
        self.keep("trend.rate", 49)
        self.assertEqual(self.trend("--arg", "limit=99"), [100, 49, "error", 0])

    def test_5_a_trend_reacts_where_it_is_judged(self):
        alarm = ("--arg", "key=other", "--arg", "alarm=sysLocation.0", "--arg", "set=too fast")
        self.assertEqual(self.trend("--arg", "limit=100", *alarm), [100, NOT_THERE, "ok", 0])
        self.keep("other.rate", 1)
        self.assertEqual(self.trend("--arg", "limit=99", *alarm), [100, 1, "error", 1])
        self.assertEqual(self.lab.snmpget("n2", SYS_LOCATION), ['"too fast"'])

    def test_5_a_trend_of_what_is_not_there_is_none_and_says_why(self):
        said = self.values("trend", "--arg", "object=ifInErrors.999", "--arg", "key=nothing")
        self.assertEqual(said, [NOT_THERE, NOT_THERE, "none", 0])

    def test_6_a_node_reacts_where_the_threshold_is_passed(self):
        forwarding = ("cat", "/proc/sys/net/ipv4/ip_forward")
        self.assertEqual(self.values("reacting", "--arg", "object=ifNumber.0")[-1], 0)
        self.assertEqual(self.lab.inside("n2", *forwarding).stdout, "1\n")
        self.assertEqual(self.values("reacting", "--arg", "object=ifNumber.0", "--arg", "threshold=1")[-1], 1)
        self.assertEqual(self.lab.inside("n2", *forwarding).stdout, "0\n")
        self.lab.inside("n2", "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def test_7_a_dead_end_is_told_and_gone_round(self):
        self.lab.kill("n3")
        answer = self.roam("--stateful", "--bound", "250")
        self.assertEqual(self.names(answer), [f"n{i}" for i in range(1, 10) if i != 3])
        self.assertTrue(any("no Splash node there" in text for text in answer["dead_ends"]))


if __name__ == "__main__":
    unittest.main()
