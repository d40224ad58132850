"""`splash discover`: who is there, by which links, what is proven; nodes without Splash told apart, also in the
dictionaries it leaves behind, and the program that finds its way by these."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import ENVIRONMENT, PROGRAMS, SPLASH, run, wait_until  # noqa: E402
from support.lab import SYS_NAME, LabTest  # noqa: E402
from support.snap import Exc, assemble  # noqa: E402

LINKS = {("n1", "n2"), ("n2", "n3"), ("n4", "n5"), ("n5", "n6"), ("n7", "n8"), ("n8", "n9"),
         ("n1", "n4"), ("n2", "n5"), ("n3", "n6"), ("n4", "n7"), ("n5", "n8"), ("n6", "n9")}


class Discovery(LabTest):
    """The later tests break the lab: they run in the order of their names."""

    topology = "grid9"

    def links(self, answer):
        return {tuple(sorted((link["a"], link["b"]))) for link in answer["links"]}

    def test_1_all_nodes_and_links_are_found_and_proven(self):
        answer = self.lab.ask("discover", "n1")
        self.assertEqual({(n["node"], n["address"]) for n in answer["nodes"]},
                         {(name, self.lab.address(name)) for name in self.lab.nodes})
        self.assertEqual({node["manager"] for node in answer["nodes"]}, {"splash"})
        self.assertEqual(self.links(answer), LINKS)
        self.assertEqual([link for link in answer["links"] if not link["a_address"] or not link["b_address"]], [])
        self.assertTrue(answer["complete"])

    def test_2_the_map_is_written_in_three_forms(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "map"
            self.lab.splash("discover", "n5", "--map", str(path), "--progress")
            document = json.loads(path.with_suffix(".json").read_text())
            self.assertEqual(self.links(document), LINKS)
            self.assertEqual(path.with_suffix(".dot").read_text().count(" -- "), len(LINKS))
            svg = xml.etree.ElementTree.parse(path.with_suffix(".svg")).getroot()
            texts = {"".join(element.itertext()).strip() for element in svg.iter()}
            self.assertTrue(all(any(name in text for text in texts) for name in self.lab.nodes))

    def test_3_a_node_without_a_daemon_is_silent_and_its_links_are_not_proven(self):
        self.lab.kill("n9")
        answer = self.lab.ask("discover", "n1")
        silent = [node for node in answer["nodes"] if node["manager"] == "silent"]
        self.assertTrue(silent)
        self.assertTrue(all("no Splash node there" in node["reason"] for node in silent))
        doubtful = [link for link in answer["links"] if not link["proven"]]
        self.assertEqual(len(doubtful), 2)
        self.assertEqual({link["a"] for link in doubtful}, {"n6", "n8"})


# plain, with a stock snmpd only, has n3 and n5 at its sides, which also have a link of their own.
MIXED = """\
name: mixed
topology:
  defaults:
    splash_toml: |
      [[agent]]
      prefix = "172.16.0.0/16"
      community = "plain"
      timeout_ms = 900
      [[agent]]
      prefix = "10.0.0.4"
      community = "plain"
  nodes:
    n1:
    n2:
    n3:
    plain: {kind: host}
    n5:
    silent: {kind: host}
  links:
    - endpoints: ["n1:eth1", "n2:eth1"]
    - endpoints: ["n2:eth2", "n3:eth1"]
    - endpoints: ["n3:eth2", "plain:eth1"]
    - endpoints: ["plain:eth2", "n5:eth1"]
    - endpoints: ["n5:eth2", "n3:eth3"]
    - endpoints: ["n5:eth3", "silent:eth1"]
"""
SILENT, SPLASH_THERE, SNMP_THERE = 0, 1, 2
NOT_ENOUGH_BOUND, NOT_PERMITTED, NO_INSTANCE = 32, 39, 41
# node, a neighbour's address on their link, what the node's dictionary has under it
ENTRIES = {("n1", "172.16.0.1"): SPLASH_THERE, ("n2", "172.16.0.0"): SPLASH_THERE, ("n2", "172.16.0.3"): SPLASH_THERE,
           ("n3", "172.16.0.2"): SPLASH_THERE, ("n3", "172.16.0.8"): SPLASH_THERE, ("n5", "172.16.0.9"): SPLASH_THERE,
           ("n3", "172.16.0.5"): SNMP_THERE, ("n5", "172.16.0.6"): SNMP_THERE, ("n5", "172.16.0.11"): SILENT}
MIXED_LINKS = [("n1", "n2"), ("n2", "n3"), ("n3", "n5"), ("n3", "plain"), ("n5", "plain"), ("n5", "silent")]


class MixedNetwork(LabTest):
    topology = MIXED

    def setUp(self):
        self.start_agent()

    def start_agent(self):
        """A stock snmpd at plain until the test ends, and nothing else there that answers."""
        files = tempfile.TemporaryDirectory()
        self.addCleanup(files.cleanup)
        conf = pathlib.Path(files.name) / "snmpd.conf"
        conf.write_text("rocommunity plain\nsysName plain\nagentAddress udp:161\n")
        self.agent = subprocess.Popen(
            ["ip", "netns", "exec", self.lab.netns("plain"), "/usr/sbin/snmpd", "-f", "-C", "-c", conf,
             "-Lf", "/dev/null"],
            env={**ENVIRONMENT, "SNMP_PERSISTENT_DIR": files.name},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end_agent)
        asked = ("snmpget", "-t", "0.2", "-r", "0", "-v2c", "-c", "plain", self.lab.address("plain"), SYS_NAME)
        wait_until(lambda: self.lab.inside("n3", *asked, check=False).returncode == 0, "the plain agent answers")

    def end_agent(self):
        self.agent.kill()
        self.agent.wait(timeout=60)

    def entry(self, node, name):
        """What a node's dictionary has under a name, for programs that come from n1."""
        there, back = ("", "") if node == "n1" else ("forw\n", "getsrc\nmoveto home-pc\nhome: forw\n")
        with self.lab.client("n1") as client:
            client.inject(assemble(f'{there}push "{name}"\ncalls "memmap_getint"\n{back}demuxall 0\n'),
                          self.lab.address(node), 64)
            (value,) = client.packet().values()
        return value

    def entries(self):
        return {place: self.entry(*place) for place in ENTRIES}

    def forget_all(self):
        """A restart empties the dictionaries."""
        for node in ("n1", "n2", "n3", "n5"):
            run(SPLASH, "lab", "restart", self.lab.name, node)
        self.lab.refresh()

    def ride(self, agent, *more):
        answer = self.lab.ask("run", PROGRAMS / "ride.snap", "--to", "n1", "--arg", f"agent={agent}", *more)
        return [value["exception"]["code"] if "exception" in value else value["value"]
                for value in answer["deliveries"][0]["values"]]

    def links(self, answer):
        nodes = {address: name for name in ("plain", "silent") for address in self.lab.addresses(name)}
        return sorted(tuple(sorted(nodes.get(link[end], link[end]) for end in "ab")) for link in answer["links"])

    def managers(self, answer):
        return sorted((node["address"], node["manager"]) for node in answer["nodes"])

    def test_the_three_kinds_of_neighbours_are_told_apart(self):
        answer = self.lab.ask("discover", "n1")
        self.assertEqual(self.managers(answer), [
            ("10.0.0.1", "splash"), ("10.0.0.2", "splash"), ("10.0.0.3", "splash"), ("10.0.0.5", "splash"),
            ("172.16.0.11", "silent"), ("172.16.0.5", "snmp")])  # plain, which 172.16.0.6 is, too
        self.assertEqual(self.links(answer), MIXED_LINKS)
        self.assertTrue(answer["complete"])

    def test_proxy_asks_an_agent_as_discover_does(self):
        answer = self.lab.ask("run", PROGRAMS / "proxy.snap", "--to", "n3", "--arg", "agent=172.16.0.5")
        self.assertEqual(answer["deliveries"][0]["values"], [{"type": "str", "value": "plain"}])

    def test_nothing_is_written_unless_asked_for(self):
        self.forget_all()
        self.lab.ask("discover", "n1")
        self.assertEqual(set(self.entries().values()), {Exc(NO_INSTANCE)})

    def test_dictionaries_remember_the_three_kinds(self):
        answer = self.lab.ask("discover", "n1", "--remember")
        self.assertEqual(answer["not_remembered"], [])
        self.assertEqual(self.links(answer), MIXED_LINKS)
        self.assertEqual(self.entries(), ENTRIES)

    def test_with_little_bound_flooded_again_from_here_and_there_they_remember_the_same(self):
        self.forget_all()
        answer = self.lab.ask("discover", "n1", "--remember", "--bound", "8")
        self.assertGreater(answer["packets"], 1)
        self.assertEqual(self.entries(), ENTRIES)

    def test_what_has_changed_is_written_anew(self):
        self.lab.ask("discover", "n1", "--remember")
        self.end_agent()
        answer = self.lab.ask("discover", "n1", "--remember")
        self.assertIn(("172.16.0.5", "silent"), self.managers(answer))
        self.assertEqual({place: self.entry(*place) for place in (("n3", "172.16.0.5"), ("n5", "172.16.0.6"))},
                         {("n3", "172.16.0.5"): SILENT, ("n5", "172.16.0.6"): SILENT})
        self.start_agent()
        self.lab.ask("discover", "n1", "--remember")
        self.assertEqual(self.entries(), ENTRIES)

    def test_a_full_dictionary_is_told_and_all_is_found(self):
        limit = "\n[dictionary]\nentries = 0\n"
        self.lab.configure("n5", lambda text: text + limit)
        self.addCleanup(self.lab.configure, "n5", lambda text: text.replace(limit, ""))
        self.forget_all()
        done, answer = self.lab.ask("discover", "n1", "--remember", check=False)
        self.assertEqual(done.returncode, 0)
        self.assertEqual([row["node"] for row in answer["not_remembered"]], ["n5"])
        self.assertIn("dictionaries of 1 of 4 nodes could not be written, the first n5's: quota used up", done.stderr)
        self.assertEqual(self.links(answer), MIXED_LINKS)

    def test_entries_stand_under_ipv6_addresses_too(self):
        answer = self.lab.ask("-6", "discover", "n1", "--remember")
        self.assertEqual(answer["not_remembered"], [])
        expected = (("n1", "fd01::1", SPLASH_THERE), ("n2", "fd01::", SPLASH_THERE), ("n5", "fd01::b", SILENT))
        for node, name, entry in expected:
            program = f'forw\npush "{name}"\ncalls "memmap_getint"\ngetsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n'
            answer = self.lab.run_text(program, node, "-6")
            self.assertEqual(answer["deliveries"][0]["values"], [{"type": "int", "value": entry}], (node, name))

    def test_ride_goes_by_the_entries_to_the_last_splash_node(self):
        self.forget_all()
        plain = self.lab.address("plain")
        self.assertEqual(self.ride(plain), ["plain", 1, "n1"])  # nothing known: n1 is as near as it gets
        self.lab.ask("discover", "n1", "--remember")
        self.assertEqual(self.ride(plain), ["plain", 1, "n3"])
        self.assertEqual(self.ride("172.16.0.5", "--arg", "oid=sysName.0")[-1], "n1")  # n1 has no route to that one
        self.assertEqual(self.ride(self.lab.address("n5"))[-1], "n5")  # runs Splash itself: its own agent

    def test_ride_brings_exceptions_home(self):
        self.lab.ask("discover", "n1", "--remember")
        self.assertEqual(self.ride(self.lab.address("silent")), [NOT_PERMITTED, "n5"])
        for node, way in (("n1", "172.16.0.1"), ("n2", "172.16.0.0")):
            self.lab.inside(node, "ip", "route", "add", "10.7.7.7", "via", way)
            self.addCleanup(self.lab.inside, node, "ip", "route", "del", "10.7.7.7")
        spent, node = self.ride("10.7.7.7")
        self.assertEqual(spent, NOT_ENOUGH_BOUND)
        self.assertIn(node, ("n1", "n2"))

    def test_a_plain_router_is_no_link_though_packets_cross_it(self):
        """n3 takes n5's far side for a neighbour, since plain answers ARP for it."""
        self.lab.inside("plain", "sysctl", "-qw", "net.ipv4.conf.eth1.proxy_arp=1")
        self.addCleanup(self.lab.inside, "plain", "sysctl", "-qw", "net.ipv4.conf.eth1.proxy_arp=0")
        for words in (("172.16.0.7/32", "dev", "eth2"), ("10.8.8.8/32", "via", "172.16.0.7")):
            self.lab.inside("n3", "ip", "route", "add", *words)
            self.addCleanup(self.lab.inside, "n3", "ip", "route", "del", words[0], check=False)
        self.lab.inside("n3", "ping", "-c", "1", "-W", "5", "-I", "10.0.0.3", "172.16.0.7")  # there is a way, by plain
        for start in ("n1", "n3", "n5"):
            with self.subTest(start=start):
                self.assertEqual(self.links(self.lab.ask("discover", start, start=start)), MIXED_LINKS)


if __name__ == "__main__":
    unittest.main()
