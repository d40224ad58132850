"""The shipped programs across a honeycomb of twenty daemons, at distances 0, 1, 5 and 7, beside stock snmpget."""

import pathlib
import select
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import DEADLINE, ENVIRONMENT, PROGRAMS, SPLASH  # noqa: E402
from support.lab import LabTest  # noqa: E402

SYS_CONTACT = ".1.3.6.1.2.1.1.4.0"
SYS_NAME = ".1.3.6.1.2.1.1.5.0"
IF_NUMBER = ".1.3.6.1.2.1.2.1.0"
IP_FORWARDING = ".1.3.6.1.2.1.4.1.0"

# From n1, and the nodes on the way: the honeycomb's picture is in lab/topologies.
WAYS = {
    "n1": ["n1"],
    "n2": ["n1", "n2"],
    "n14": ["n1", "n2", "n3", "n8", "n9", "n14"],
    "n20": ["n1", "n2", "n3", "n8", "n9", "n14", "n15", "n20"],
}


class Programs(LabTest):
    topology = "honeycomb20"

    def values(self, program, to, *arguments):
        answer = self.lab.ask("run", PROGRAMS / f"{program}.snap", "--to", to, *arguments)
        self.assertIsNone(answer["report"])
        self.assertEqual(len(answer["deliveries"]), 1)
        self.assertGreater(answer["elapsed_us"], 0)
        return [value["value"] for value in answer["deliveries"][0]["values"]]

    def snmp(self, node, *objects):
        return [value.strip('"') for value in self.lab.snmpget(node, *objects)]

    def test_figure71_and_getsingle_bring_the_name_home(self):
        for program in ("figure71", "getsingle"):
            for node in WAYS:
                with self.subTest(program=program, node=node):
                    self.assertEqual(self.values(program, node), [node])
                    self.assertEqual(self.snmp(node, SYS_NAME), [node])

    def test_traceroutes_name_every_node_on_the_way(self):
        for program in ("traceroute", "traceroute-marks"):
            for node, way in WAYS.items():
                with self.subTest(program=program, node=node):
                    self.assertEqual(self.values(program, node), way)

    def test_path_tells_an_address_and_a_name_for_every_hop(self):
        for node, way in WAYS.items():
            with self.subTest(node=node):
                hops = self.lab.ask("path", node, "ifNumber.0")["hops"]
                self.assertEqual([hop["name"] for hop in hops], way)
                self.assertEqual([hop["hop"] for hop in hops], list(range(1, len(way) + 1)))
                for name, hop in zip(way, hops):
                    addresses = self.lab.inside(name, "ip", "-4", "-o", "addr").stdout
                    self.assertIn(f" {hop['address']}/", addresses)
                    self.assertEqual([str(r["value"]) for r in hop["results"]], self.snmp(name, IF_NUMBER))

    def test_fiveget_equals_what_snmpget_says(self):
        for node in WAYS:
            with self.subTest(node=node):
                before = int(self.snmp(node, ".1.3.6.1.2.1.11.1.0")[0])
                name, uptime, interfaces, forwarding, packets = self.values("fiveget", node)
                after = self.snmp(node, SYS_NAME, IF_NUMBER, IP_FORWARDING, ".1.3.6.1.2.1.11.1.0")
                self.assertEqual([name, str(interfaces), str(forwarding)], after[:3])
                self.assertGreater(uptime, 0)
                self.assertTrue(before <= packets < int(after[3]), (before, packets, after[3]))

    def test_setget_writes_what_snmpget_then_reads(self):
        for node in WAYS:
            with self.subTest(node=node):
                contact = f"duty desk of {node}"
                values = self.values("setget", node, "--arg", "oid=sysContact.0", "--arg", f'value="{contact}"')
                self.assertEqual(values, [1, contact])
                self.assertEqual(self.snmp(node, SYS_CONTACT), [contact])

    def test_getnext_walks_on_as_snmpgetnext_does(self):
        for node in WAYS:
            with self.subTest(node=node):
                oid, value = self.values("getnext", node, "--arg", "oid=sysContact.0")
                stock = self.lab.inside("n1", "snmpgetnext", "-t", "5", "-Oqn", "-v2c", "-c", "public",
                                        self.lab.address(node), SYS_CONTACT).stdout.split()
                self.assertEqual([oid, f'"{value}"'], stock)

    def test_getnext_at_the_end_gives_the_asked_oid_and_end_of_view(self):
        answer = self.lab.ask("run", PROGRAMS / "getnext.snap", "--to", "n2", "--arg", "oid=oid:2.5")
        oid, end = answer["deliveries"][0]["values"]
        self.assertEqual(oid["value"], ".2.5")
        self.assertEqual(end["exception"]["code"], 42)

    def test_ping_brings_its_payload_back(self):
        for node in WAYS:
            with self.subTest(node=node):
                self.assertEqual(self.values("ping", node, "--arg", "payload=hello"), ["hello"])

    def test_answers_are_printed_as_they_come(self):
        """A gathering without an end: what came is there when a signal ends it."""
        command = [SPLASH, "--lab", self.lab.name, "--from", "n1", "run", PROGRAMS / "figure71.snap", "--to", "n14",
                   "--answers", "0", "--deadline", str(10 * DEADLINE)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
            try:
                readable, _, _ = select.select([process.stdout], [], [], DEADLINE)
                self.assertTrue(readable, "nothing was printed")
                self.assertEqual(process.stdout.readline(), '"n14"\n')
                self.assertIsNone(process.poll())
                process.terminate()
                self.assertEqual(process.wait(DEADLINE), -signal.SIGTERM)
            finally:
                process.kill()

    def test_figure71_from_the_far_end_and_from_the_middle(self):
        for start, node in (("n20", "n1"), ("n9", "n1"), ("n14", "n1")):
            with self.subTest(start=start):
                answer = self.lab.ask("run", PROGRAMS / "figure71.snap", "--to", node, start=start)
                self.assertEqual(answer["deliveries"][0]["values"], [{"type": "str", "value": node}])

    def test_get_by_snap_equals_get_by_snmp(self):
        objects = ["sysName.0", "ifNumber.0", "ipForwarding.0", "sysObjectID.0", "ifDescr.2", "sysDescr.0"]
        for node in WAYS:
            with self.subTest(node=node):
                snap = self.lab.ask("get", node, *objects, "--via", "snap")["results"]
                snmp = self.lab.ask("get", node, *objects, "--via", "snmp", "-v2c", "-c", "public")["results"]
                self.assertEqual([(r["oid"], r["value"]) for r in snap], [(r["oid"], r["value"]) for r in snmp])


if __name__ == "__main__":
    unittest.main()
