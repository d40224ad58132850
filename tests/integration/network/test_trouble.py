"""Daemons that die, links that fail, names and destinations that do not exist: the operator is told what and where."""

import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import PROGRAMS  # noqa: E402
from support.lab import Lab, LabTest  # noqa: E402
from support.netns import is_root  # noqa: E402

NO_ROUTE, DOES_NOT_FIT, NOT_PERMITTED, NO_SPLASH = 34, 37, 39, 138
NO, USAGE, INPUT, ENVIRONMENT = 1, 2, 3, 4
TRACEROUTE = PROGRAMS / "traceroute.snap"


def names(answer):
    return [hop["name"] for hop in answer["hops"]]


def delivered(answer):
    return [value["value"] for value in answer["deliveries"][0]["values"]]


@unittest.skipUnless(is_root(), "needs root: network namespaces")
class BrokenNetwork(unittest.TestCase):
    """Every test breaks a lab of its own: five nodes in a line."""

    def setUp(self):
        self.lab = Lab("line5")
        self.addCleanup(self.lab.down)
        self.lab.up()

    def path(self, to):
        return self.lab.ask("path", to, check=False)

    def ip_link(self, node, *words):
        self.lab.inside(node, "ip", "link", "set", "dev", *words)

    def test_a_dead_daemon_at_the_destination_is_reported_by_its_host(self):
        self.lab.kill("n5", signal.SIGKILL)
        done, answer = self.path("n5")
        self.assertEqual(done.returncode, NO)
        self.assertEqual(names(answer), ["n1", "n2", "n3", "n4"])
        self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (NO_SPLASH, self.lab.address("n5")))
        self.assertIn("n5 (10.0.0.5)", done.stderr)
        for words in (("get", "n5", "sysName.0", "--via", "snap"), ("run", PROGRAMS / "figure71.snap", "--to", "n5")):
            done = self.lab.splash(*words, check=False)
            self.assertEqual(done.returncode, NO, done.stderr)
            self.assertIn("10.0.0.5", done.stderr)
            self.assertIn("no Splash node there", done.stderr)
        self.assertEqual(names(self.path("n4")[1])[-1], "n4")

    def test_a_dead_daemon_on_the_way_is_passed_over(self):
        self.lab.kill("n3", signal.SIGKILL)
        done, answer = self.path("n5")
        self.assertEqual((done.returncode, names(answer)), (0, ["n1", "n2", "n4", "n5"]))
        self.assertEqual(delivered(self.lab.ask("run", TRACEROUTE, "--to", "n5")), ["n1", "n2", "n4", "n5"])

    def test_all_daemons_on_the_way_are_dead(self):
        for node in ("n2", "n3", "n4"):
            self.lab.kill(node, signal.SIGKILL)
        done, answer = self.path("n5")
        self.assertEqual((done.returncode, names(answer)), (0, ["n1", "n5"]))

    def test_a_dead_daemon_at_the_start_is_the_environments_fault(self):
        self.lab.kill("n1", signal.SIGKILL)
        done = self.lab.splash("path", "n5", check=False)
        self.assertEqual(done.returncode, ENVIRONMENT)
        self.assertIn(self.lab.nodes["n1"]["socket"], done.stderr)

    def test_a_link_that_is_down_here_is_no_route(self):
        self.ip_link("n3", "eth2", "down")
        done, answer = self.path("n5")
        # n3's kernel looks for a route before it looks at the option: it answers itself, the program never ran there.
        self.assertEqual((done.returncode, names(answer)), (NO, ["n1", "n2"]))
        self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (NO_ROUTE, self.lab.address("n3")))
        self.assertIn("n3", done.stderr)
        done = self.lab.splash("get", "n5", "sysName.0", "--via", "snap", check=False)
        self.assertEqual(done.returncode, NO)
        self.assertIn("10.0.0.3", done.stderr)

    def test_a_link_lost_behind_a_dead_daemon_is_reported_by_its_kernel(self):
        self.lab.kill("n3", signal.SIGKILL)
        self.ip_link("n3", "eth2", "down")
        done, answer = self.path("n5")
        self.assertEqual((done.returncode, names(answer)), (NO, ["n1", "n2"]))
        self.assertEqual(answer["report"]["code"], NO_ROUTE)
        self.assertIn("n3", done.stderr)

    def test_silence_is_located(self):
        """What n3 sends to n4 is lost: no report comes, and still the last node that answered is named."""
        self.lab.inside("n3", "ip", "neigh", "replace", "172.16.0.5", "lladdr", "02:00:00:00:00:99", "dev", "eth2",
                        "nud", "permanent")
        done = self.lab.splash("path", "n5", "-t", "1", "-r", "0", check=False)
        self.assertEqual(done.returncode, ENVIRONMENT)
        self.assertIn("nothing came back", done.stderr)
        self.assertIn("n3", done.stderr)
        self.assertNotIn("n4", done.stderr)

    def test_the_link_comes_back(self):
        self.ip_link("n3", "eth2", "down")
        self.assertEqual(self.path("n5")[0].returncode, NO)
        self.ip_link("n3", "eth2", "up")
        # The kernel forgot the routes that led there.
        for node in ("n4", "n5"):
            self.lab.inside("n3", "ip", "route", "add", self.lab.address(node), "via", "172.16.0.5", "src", "10.0.0.3")
        done, answer = self.path("n5")
        self.assertEqual((done.returncode, names(answer)), (0, ["n1", "n2", "n3", "n4", "n5"]))

    def test_a_program_larger_than_the_first_link(self):
        self.ip_link("n1", "eth1", "mtu", "600")
        self.assert_too_large_at("n1")

    def test_a_program_larger_than_a_link_in_the_middle(self):
        self.ip_link("n3", "eth2", "mtu", "600")
        self.ip_link("n4", "eth1", "mtu", "600")
        self.assert_too_large_at("n3")

    def assert_too_large_at(self, node):
        program = 'forw\ndemuxall 0\n#data "' + 700 * "x" + '"\n'
        done, answer = self.lab.run_text(program, "n5", check=False)
        self.assertEqual(done.returncode, NO)
        self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (DOES_NOT_FIT, self.lab.address(node)))
        home = "getsrc\nmoveto home-pc\nhome: forw\ndemuxall 0"
        small = program.replace(700 * "x", 500 * "x").replace("demuxall 0", home)
        self.assertEqual(delivered(self.lab.run_text(small, "n5")), [500 * "x"])

    def test_a_packet_that_outgrows_a_link_brings_home_what_it_had(self):
        for node, interface in (("n4", "eth2"), ("n5", "eth1")):
            self.ip_link(node, interface, "mtu", "600")
        program = """
                push   oid:sysDescr.0
                calls  "snmp_getsingle"
                forw
                getsrc
                moveto home-pc
        home:   forw
                demuxall 0
        """ + "".join(f'#data "{letter * 70}"\n' for letter in "abcdef")
        done, answer = self.lab.run_text(program, "n5", check=False)
        self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (DOES_NOT_FIT, self.lab.address("n4")))


class Destinations(LabTest):
    topology = "line3"

    def test_an_unknown_node_name(self):
        for words in (("path", "n77"), ("get", "n77", "sysName.0"), ("run", TRACEROUTE, "--to", "n77")):
            done = self.lab.splash(*words, check=False)
            self.assertEqual(done.returncode, ENVIRONMENT)
            self.assertIn("'n77'", done.stderr)
            self.assertIn(self.lab.name, done.stderr)
            self.assertEqual(done.stdout, "")

    def test_an_unknown_start_and_an_unknown_lab(self):
        done = self.lab.splash("path", "n3", start="n78", check=False)
        self.assertEqual(done.returncode, ENVIRONMENT)
        self.assertIn("'n78'", done.stderr)

    def test_a_destination_without_a_route(self):
        for address in ("10.0.0.77", "192.0.2.1"):
            done, answer = self.lab.ask("run", TRACEROUTE, "--to", address, check=False)
            self.assertEqual(done.returncode, NO)
            self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (NO_ROUTE, self.lab.address("n1")))
            self.assertIn("no route", done.stderr)
        for command in (("get", "192.0.2.1", "sysName.0", "--via", "snap"), ("path", "192.0.2.1")):
            done = self.lab.splash(*command, check=False)
            self.assertEqual(done.returncode, NO)
            self.assertRegex(done.stderr, r"^splash: 192\.0\.2\.1: .*no route")

    def test_a_destination_the_next_node_has_no_route_to(self):
        self.lab.inside("n1", "ip", "route", "add", "10.0.0.99", "via", "172.16.0.1", "src", "10.0.0.1")
        done, answer = self.lab.ask("run", TRACEROUTE, "--to", "10.0.0.99", check=False)
        self.assertEqual(done.returncode, NO)
        self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (NO_ROUTE, self.lab.address("n2")))

    def test_addresses_that_are_many(self):
        for address in ("224.0.0.1", "255.255.255.255", "0.0.0.0"):
            done, answer = self.lab.ask("run", TRACEROUTE, "--to", address, check=False)
            self.assertEqual(done.returncode, NO, done.stderr)
            self.assertEqual(answer["report"]["code"], NO_ROUTE)

    def test_a_bound_that_does_not_suffice(self):
        for bound, node in ((1, "n1"), (2, "n2"), (4, "n2")):
            done, answer = self.lab.ask("run", TRACEROUTE, "--to", "n3", "--bound", str(bound), check=False)
            self.assertEqual(done.returncode, NO)
            self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (32, self.lab.address(node)))
        self.assertEqual(delivered(self.lab.ask("run", TRACEROUTE, "--to", "n3", "--bound", "5")), ["n1", "n2", "n3"])


if __name__ == "__main__":
    unittest.main()
