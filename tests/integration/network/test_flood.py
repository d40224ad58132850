"""`splash flood`: a zone in error is reported whole, its edge and those that take no part are named."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import SPLASH, run  # noqa: E402
from support.lab import LabTest  # noqa: E402

NO = 1
SYS_LOCATION = ".1.3.6.1.2.1.1.6.0"


def names(rows):
    return sorted((row["node"] for row in rows), key=lambda name: int(name[1:]))


class Zones(LabTest):
    """A grid of three by three. The tests break it further one after the other: they run in the order of their names."""

    topology = "grid9"

    def flood(self, *words, status=0):
        done, answer = self.lab.ask("flood", *words, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return answer

    def test_1_every_node_of_the_zone_reports_once(self):
        answer = self.flood("n5", "--where", "ifNumber.0 > 0", "--oid", "sysName.0")
        self.assertEqual(names(answer["zone"]), [f"n{i}" for i in range(1, 10)])
        self.assertEqual([row["results"][0]["value"] for row in answer["zone"]], [row["node"] for row in answer["zone"]])
        self.assertEqual((answer["edge"], answer["strangers"], answer["complete"]), ([], [], True))

    def test_1_a_name_is_text_and_no_command_to_a_terminal(self):
        evil = 'name = "\\u001b[31mn9\\nn10  10.9.9.9"'
        self.lab.configure("n9", lambda text: text.replace('name = "n9"', evil))
        self.addCleanup(self.lab.configure, "n9", lambda text: text.replace(evil, 'name = "n9"'))
        done = self.lab.splash("flood", "n9", "--where", "ifNumber.0 > 0")
        self.assertEqual(len(done.stdout.splitlines()), 1 + 9)
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        self.assertIn("\\x1b[31mn9\\x0an10", done.stdout)

    def test_1_a_write_that_is_refused_is_a_failure(self):
        answer = self.flood("n1", "--do", "ifAdminStatus.99 i 2", status=NO)
        self.assertEqual(len(answer["zone"]), 9)
        self.assertTrue(answer["complete"])

    def test_2_it_dies_out_at_the_edge(self):
        answer = self.flood("n5", "--where", "ifNumber.0 > 4", "--progress")
        self.assertEqual(names(answer["zone"]), ["n5"])
        self.assertEqual(names(answer["edge"]), ["n2", "n4", "n6", "n8"])
        self.assertTrue(answer["complete"])

    def test_3_a_start_that_is_calm_is_a_no(self):
        answer = self.flood("n1", "--where", "ifNumber.0 > 4", status=NO)
        self.assertEqual((answer["zone"], names(answer["edge"])), ([], ["n1"]))

    def test_4_nodes_of_the_zone_are_written_and_the_edge_is_not(self):
        answer = self.flood("n5", "--where", "ifNumber.0 > 3", "--do", "sysLocation.0 s in the zone")
        # The corners were reached twice each. What they told suffices to know it: nobody is waited for, or asked who it is.
        self.assertEqual((answer["complete"], answer["packets"]), (True, 1))
        for node in (f"n{i}" for i in range(1, 10)):
            written = self.lab.snmpget(node, SYS_LOCATION) == ['"in the zone"']
            self.assertEqual(written, node in ("n2", "n4", "n5", "n6", "n8"), node)

    def test_5_a_bound_that_reaches_few_is_continued(self):
        answer = self.flood("n1", "--bound", "16")
        self.assertEqual(names(answer["zone"]), [f"n{i}" for i in range(1, 10)])
        self.assertGreater(answer["packets"], 1)
        done = self.lab.splash("flood", "n1", "--bound", "7", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--bound 7", done.stderr)

    def test_6_a_node_without_a_daemon_is_named_with_its_neighbours(self):
        self.lab.kill("n9")
        answer = self.flood("n1")
        self.assertEqual(names(answer["zone"]), [f"n{i}" for i in range(1, 9)])
        near = {self.lab.address(node) for node in ("n6", "n8")}
        self.assertEqual({s["neighbour_of"] for s in answer["strangers"]}, near)
        self.assertTrue(all("no Splash node there" in s["reason"] for s in answer["strangers"]))

    def test_7_a_link_that_is_down_is_gone_round(self):
        # Routes in a lab do not move: the link is one that n5 does not need for its way home.
        way_home = self.lab.inside("n5", "ip", "route", "get", self.lab.address("n1")).stdout.split()[2]
        is_by_n2 = way_home in self.lab.addresses("n2")
        run(SPLASH, "lab", "impair", self.lab.name, "n4-n5" if is_by_n2 else "n2-n5", "--down")
        self.assertEqual(names(self.flood("n1")["zone"]), [f"n{i}" for i in range(1, 9)])

    def test_8_a_node_that_is_not_there_is_an_error_with_the_reason(self):
        done = self.lab.splash("flood", "n9", "-t", "0.5", check=False)
        self.assertEqual(done.returncode, NO)
        self.assertIn("n9", done.stderr)


class CutOff(LabTest):
    topology = "ring4"

    def test_who_cuts_its_own_way_home_is_named(self):
        way_home = self.lab.inside("n3", "ip", "route", "get", self.lab.address("n1")).stdout.split()[4]
        index = self.lab.inside("n3", "cat", f"/sys/class/net/{way_home}/ifindex").stdout.strip()
        done, answer = self.lab.ask("flood", "n3", "--where", 'sysName.0 = "n3"', "--do", f"ifAdminStatus.{index} i 2", "-t",
                                    "0.5", check=False)
        self.assertEqual(done.returncode, NO, done.stderr)
        (stranger,) = answer["strangers"]
        self.assertEqual(stranger["address"], self.lab.address("n3"))
        self.assertIn("passed the packet on", stranger["reason"])


class AHundredNodes(LabTest):
    topology = "grid100"

    def test_a_zone_of_all_hundred_is_reported_whole(self):
        answer = self.lab.ask("flood", "n1", "--where", "ifNumber.0 > 2", "--oid", "ifNumber.0")
        self.assertEqual(names(answer["zone"]), [f"n{i}" for i in range(1, 101)])
        self.assertEqual((answer["complete"], answer["strangers"], answer["edge"]), (True, [], []))
        self.assertGreater(answer["packets"], 1)


if __name__ == "__main__":
    unittest.main()
