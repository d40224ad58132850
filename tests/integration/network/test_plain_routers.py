"""Routers and hosts without Splash between and behind Splash nodes: crossed, and their ICMP errors understood."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.capture import Capture  # noqa: E402
from support.commands import PROGRAMS  # noqa: E402
from support.lab import LabTest  # noqa: E402
from support.snap import assemble  # noqa: E402

DOES_NOT_FIT, TTL_EXCEEDED, NO_SPLASH = 37, 137, 138
TRACEROUTE = PROGRAMS / "traceroute.snap"

# s1 - r1 - r2 - r3 - s2 - r4 - s3, and a host behind s3.
REGION = """\
name: region
topology:
  nodes:
    s1:
    r1: {kind: host}
    r2: {kind: host}
    r3: {kind: host}
    s2:
    r4: {kind: host}
    s3:
    desk: {kind: host}
  links:
    - endpoints: ["s1:eth1", "r1:eth1"]
    - endpoints: ["r1:eth2", "r2:eth1"]
    - endpoints: ["r2:eth2", "r3:eth1"]
    - endpoints: ["r3:eth2", "s2:eth1"]
    - endpoints: ["s2:eth2", "r4:eth1"]
    - endpoints: ["r4:eth2", "s3:eth1"]
    - endpoints: ["s3:eth2", "desk:eth1"]
"""


class PlainRouters(LabTest):
    topology = REGION

    def run_traceroute(self, to, *more):
        return self.lab.ask("run", TRACEROUTE, "--to", to, *more, start="s1", check=False)

    def test_a_region_of_plain_routers_is_crossed(self):
        done, answer = self.run_traceroute("s3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([v["value"] for v in answer["deliveries"][0]["values"]], ["s1", "s2", "s3"])
        hops = self.lab.ask("path", "s3", start="s1")["hops"]
        self.assertEqual([hop["name"] for hop in hops], ["s1", "s2", "s3"])

    def test_a_plain_router_keeps_the_option_and_takes_from_the_ttl_only(self):
        with Capture(self.lab.netns("r2")) as capture, self.lab.client("s1") as client:
            program = "forw\ngetsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n"
            client.inject(assemble(program), self.lab.address("s3"), 20)
            client.packet()
            arrived, left = capture.wait_for(4)[:2]
        self.assertEqual((arrived.ip.ihl, left.ip.ihl), (6, 6))
        self.assertEqual((arrived.snap.bound, left.snap.bound), (19, 19))
        self.assertEqual((arrived.ip.ttl, left.ip.ttl), (18, 17))
        self.assertEqual(arrived.ip.src, left.ip.src)

    def test_ttl_that_ends_at_a_plain_router_is_reported(self):
        """A bound of 3 lets s1 send with TTL 2: r2 cannot pass it on."""
        done, answer = self.run_traceroute("s3", "--bound", "3")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(answer["report"]["code"], TTL_EXCEEDED)
        self.assertIn(answer["report"]["node"], self.lab.addresses("r2"))

    def test_ttl_that_ends_on_the_way_home_is_reported(self):
        """With a bound of 6 s1 sends 5, s2 4, s3 3, and s2 on the way home TTL 2, which ends at r2."""
        done, answer = self.run_traceroute("s3", "--bound", "6")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(answer["report"]["code"], TTL_EXCEEDED)
        self.assertIn(answer["report"]["node"], self.lab.addresses("r2"))

    def test_a_host_without_splash_is_named(self):
        done, answer = self.run_traceroute("desk")
        self.assertEqual(done.returncode, 1)
        self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (NO_SPLASH, self.lab.address("desk")))
        self.assertIn("desk", done.stderr)
        done = self.lab.ask("path", "desk", start="s1", check=False)[1]
        self.assertEqual([hop["name"] for hop in done["hops"]], ["s1", "s2", "s3"])

    def test_a_plain_router_as_the_destination_is_named(self):
        done, answer = self.run_traceroute("r2")
        self.assertEqual(done.returncode, 1)
        self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (NO_SPLASH, self.lab.address("r2")))
        self.assertIn("r2", done.stderr)

    def test_a_start_without_splash_is_refused(self):
        done = self.lab.splash("path", "s3", start="r1", check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("r1", done.stderr)

    def test_a_get_from_a_host_without_splash_says_so(self):
        done = self.lab.splash("get", "desk", "sysName.0", "--via", "snap", start="s3", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no Splash node there", done.stderr)


class SmallLinkBehindAPlainRouter(LabTest):
    """The link between r1 and r2 takes 600 octets; s1 sees only its own link of 1500."""

    topology = REGION

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.inside("r1", "ip", "link", "set", "dev", "eth2", "mtu", "600")
        cls.lab.inside("r2", "ip", "link", "set", "dev", "eth1", "mtu", "600")

    def program(self, size):
        return f'forw\ngetsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n#data "{size * "x"}"\n'

    def test_fragmentation_needed_becomes_a_report(self):
        done, answer = self.lab.run_text(self.program(700), "s3", start="s1", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(answer["report"]["code"], DOES_NOT_FIT)
        self.assertIn("does not fit", done.stderr)

    def test_what_fits_passes(self):
        answer = self.lab.run_text(self.program(500), "s3", start="s1")
        self.assertEqual(answer["deliveries"][0]["values"][0]["value"], 500 * "x")

    def test_the_next_one_is_refused_before_it_leaves_or_by_the_router(self):
        """The kernel may have learned the path's MTU: then s1 itself says that it does not fit."""
        for _ in range(3):
            _, answer = self.lab.run_text(self.program(800), "s3", start="s1", check=False)
            self.assertEqual(answer["report"]["code"], DOES_NOT_FIT)


if __name__ == "__main__":
    unittest.main()
