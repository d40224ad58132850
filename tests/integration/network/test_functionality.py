"""The benchmark of functionality, at its smallest: it measures every technique, finds what is true, and what is countable
is what the language says. Costs a minute."""

import json
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import BIN, ROOT, run  # noqa: E402
from support.lab import Lab  # noqa: E402
from support.netns import is_root  # noqa: E402

BENCH = ROOT / "bench/functionality.py"


@unittest.skipUnless(is_root(), "needs root: network namespaces")
class Functionality(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.document = pathlib.Path(folder.name) / "functionality.md"
        results = pathlib.Path(folder.name) / "results.json"
        run(BENCH, "--quick", "--json", results, "--document", cls.document, deadline=420)
        (lab,) = json.loads(results.read_text())["labs"]
        cls.clients = lab["other_clients"]
        cls.others = lab["nodes"] - 1
        cls.rows = lab["rows"]

    def of(self, technique):
        found = [row for row in self.rows if row["technique"] == technique]
        self.assertTrue(found, f"{technique} was not measured")
        return found

    def test_a_survey_takes_a_message_for_each_node_and_one_home(self):
        for row in self.of("survey"):
            with self.subTest(row["label"]):
                self.assertEqual(row["ways"]["snmp"]["messages"], 2 * row["size"])
                self.assertEqual(row["ways"]["snap"]["messages"], row["size"] + 1)

    def test_a_survey_that_stops_early_visits_no_further_node(self):
        for row in self.of("early_stop"):
            with self.subTest(row["label"]):
                self.assertEqual(row["ways"]["snmp"]["messages"], 2 * self.others)
                self.assertEqual(row["ways"]["snap"]["messages"], row["size"] + 1)

    def test_a_sum_costs_the_same_whatever_it_is_made_of(self):
        rows = self.of("aggregation")
        self.assertEqual({row["ways"]["snap"]["messages"] for row in rows}, {2})
        self.assertEqual(len({row["ways"]["snap"]["bytes"] for row in rows}), 1)
        by_snmp = [row["ways"]["snmp"]["bytes"] for row in rows]
        self.assertEqual(by_snmp, sorted(set(by_snmp)))

    def test_a_reaction_on_the_spot_saves_a_round_trip_and_is_timed_where_it_happens(self):
        for row in self.of("reacting") + self.of("trend"):
            self.assertEqual([row["ways"][via]["messages"] for via in ("snmp", "snap")], [4, 2])
            for way in row["ways"].values():
                self.assertGreater(way["reaction_us"]["median"], 0)

    def test_a_path_is_one_packet_there_and_one_back(self):
        (row,) = self.of("path")
        self.assertEqual(row["ways"]["snap"]["messages"], 2)
        self.assertEqual(row["ways"]["snap"]["crossings"], 2 * row["size"])
        self.assertEqual(row["ways"]["snmp"]["crossings"], row["size"] * (row["size"] + 1))

    def test_a_flood_asks_the_zone_and_its_edge_only_and_every_node_of_the_zone_reacts(self):
        for row in self.of("flood"):
            flood, poll = row["ways"]["snap"], row["ways"]["snmp"]
            self.assertEqual(poll["messages"], 2 * self.others + 2 * row["size"])
            self.assertLess(flood["messages"], poll["messages"])
            self.assertEqual(len(flood["found"]), row["size"])
            self.assertGreater(flood["reaction_us"]["median"], 0)

    def test_who_roams_with_memory_comes_everywhere_and_without_it_not_farther(self):
        (row,) = self.of("roam")
        reached = {via: int(way["found"].split()[0]) for via, way in row["ways"].items()}
        self.assertEqual(reached["snap_stateful"], self.others + 1)
        self.assertLessEqual(reached["snap"], reached["snap_stateful"])

    def test_a_table_that_lies_keeps_snmp_from_a_node_and_not_who_asks_neighbours(self):
        rows = self.of("lie")
        self.assertEqual(len(rows), 2)
        for row in rows:
            found = {via: way["found"] for via, way in row["ways"].items()}
            self.assertRegex(found["snmp"], "^nothing of ")
            self.assertGreater(row["ways"]["snmp"]["lost"], 0)
            self.assertRegex(found["flood"], "^comes to ")
            self.assertRegex(found["roam"], "^comes to ")
        denied, loop = rows
        self.assertRegex(denied["ways"]["path"]["found"], "^n2; no route, says n3$")
        self.assertRegex(loop["ways"]["path"]["found"], "^n[23] and n[23] in turn; ")
        self.assertEqual([row["ways"]["survey"]["found"] for row in rows],
                         ["no route, says n3", "IP time to live exceeded, says n3"])

    def test_of_who_does_not_answer_a_program_tells_why_and_a_plain_agent_answers_snmp_only(self):
        dead, plain, silent = self.of("broken")
        self.assertEqual(plain["ways"]["snmp"]["found"], f"{self.others} of {self.others}")
        all_but_one = f"{self.others - 1} of {self.others}"
        self.assertEqual([row["ways"]["snmp"]["found"] for row in (dead, silent)], [f"{all_but_one}; n6: nothing"] * 2)
        self.assertEqual([row["ways"]["snap"]["found"] for row in (dead, plain, silent)],
                         [f"{all_but_one}; {why}" for why in (
                             "n6: no route, says n3", "n3: no Splash node there, says n3", "n6: no Splash node there, says n6")])

    def test_discovery_tells_nodes_with_splash_from_agents_without(self):
        """A node without Splash and a dead link hide the nodes behind them from a program, the dead link from nobody else."""
        (row,) = self.of("discover")
        self.assertRegex(row["ways"]["snap"]["found"], "^3 with Splash, 1 agents without, 0 silent, ")
        self.assertRegex(row["ways"]["snmp"]["found"], "^4 agents, 2 silent, ")

    def test_a_storm_is_followed_to_where_it_comes_from(self):
        (row,) = self.of("storm")
        self.assertEqual(row["ways"]["snap"]["found"], row["ways"]["snmp"]["found"])
        self.assertEqual(len(row["ways"]["snap"]["found"]), row["size"])
        self.assertLess(row["ways"]["snap"]["messages"], row["ways"]["snmp"]["messages"])

    def test_other_clients_are_answered_whatever_a_principal_sends(self):
        ends = {"none of this: its name": "answer", "unknown services": "exception 35", "wrong types": "exception 44",
                "filling the dictionary": "exception 45", "floods": "answer", "writing without the right": "exception 39"}
        self.assertEqual([row["kind"] for row in self.clients], list(ends))
        for row in self.clients:
            with self.subTest(row["kind"]):
                self.assertIn(ends[row["kind"]], row["came"])
                self.assertEqual((row["quiet"]["unanswered"], row["meanwhile"]["unanswered"]), (0, 0))

    def test_nothing_is_lost_where_nothing_is_broken(self):
        for technique in ("aggregation", "survey", "early_stop", "reacting", "trend", "path"):
            self.assertEqual({way["lost"] for row in self.of(technique) for way in row["ways"].values()}, {0})

    def test_the_document_has_every_case_and_its_pictures_can_be_read(self):
        text = self.document.read_text()
        self.assertNotIn("{{", text)
        for row in self.rows:
            self.assertIn(f"| {row['label']} |", text)
        for row in self.clients:
            self.assertIn(f"| {row['kind']} | {row['rate']} / {row['rate_elsewhere']} |", text)
        pictures = sorted(self.document.parent.glob("images/*.svg"))
        self.assertTrue(pictures)
        for picture in pictures:
            self.assertIn(f"(images/{picture.name})", text)
            ET.parse(picture)


@unittest.skipUnless(is_root(), "needs root: network namespaces")
class Station(unittest.TestCase):
    """The poller that SNAP is set beside."""

    def test_agents_that_cannot_be_reached_fail_and_the_others_answer(self):
        with Lab("line3") as lab:
            done = lab.inside("n1", BIN / "snmp_station", "-v2c", "-c", "public", "-t", "0.2", "-r", "0",
                              "--get", "sysName.0", "--", "172.16.0.99", lab.address("n3"), "10.0.0.99")
        unreachable, answered, nobody = json.loads(done.stdout)["agents"]
        self.assertIn("172.16.0.99", unreachable["error"])
        self.assertEqual(answered["values"], ['SNMPv2-MIB::sysName.0 = STRING: "n3"'])
        self.assertIn("10.0.0.99", nobody["error"])

    def test_options_it_does_not_know_or_understand_are_named(self):
        for words, says in ((("--put", "1"), "--put"), (("--rows", "0"), "--rows 0"), (("--above", "x"), "--above x"),
                            (("--set", "sysName.0"), "OID=TYPE:VALUE"), (("--at-once",), "--at-once wants a value"),
                            (("--get", "nothing.0", "--", "10.0.0.1"), "nothing.0"), ((), "no agents")):
            done = run(BIN / "snmp_station", *words, check=False)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(says, done.stderr)
