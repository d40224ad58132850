"""`splash survey`: one packet over a list of nodes, whole and broken networks, beside what each node says itself."""

import csv
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import ENVIRONMENT, PROGRAMS, SPLASH, run, wait_until  # noqa: E402
from support.lab import LabTest  # noqa: E402
from support.stock_agent import start_stock_agent  # noqa: E402

NO, USAGE, INPUT = 1, 2, 3
NODES = [f"n{i}" for i in range(1, 21)]
IF_NUMBER = ".1.3.6.1.2.1.2.1.0"
NO_SPLASH_TEXT = "no Splash node there"


class Surveys(LabTest):
    topology = "honeycomb20"

    def setUp(self):
        self.interfaces = {node: int(self.lab.snmpget(node, IF_NUMBER)[0]) for node in NODES}

    def survey(self, *words, nodes=NODES, check=True):
        return self.lab.ask("survey", *nodes, *words, check=check)

    def named(self, answer):
        return [row["node"] for row in answer["rows"]]

    def test_a_list_has_every_node_in_the_order_given_from_one_packet(self):
        nodes = list(reversed(NODES))
        answer = self.survey("--oid", "sysName.0", "--oid", "ifNumber.0", "--list", nodes=nodes)
        told = [(row["node"], [r["value"] for r in row["results"]]) for row in answer["rows"]]
        self.assertEqual(told, [(node, [node, self.interfaces[node]]) for node in nodes])
        self.assertEqual((answer["packets"], answer["complete"], answer["visited"]), (1, True, 20))

    def test_aggregates_are_those_of_the_nodes_own_numbers(self):
        numbers = list(self.interfaces.values())
        of_all = {"--sum": sum(numbers), "--avg": sum(numbers) / len(numbers), "--min": min(numbers),
                  "--max": max(numbers)}
        for flag, expected in of_all.items():
            with self.subTest(flag):
                answer = self.survey("--oid", "ifNumber.0", flag)
                self.assertEqual(answer["rows"][0]["value"], expected)
                self.assertEqual((answer["packets"], answer["counted"]), (1, 20))
        least = self.survey("--oid", "ifNumber.0", "--min")["rows"][0]
        self.assertEqual(self.interfaces[least["node"]], min(numbers))
        for count in (1, 8, 16, 30):  # few are chosen on the way, many at home
            top = self.survey("--oid", "ifNumber.0", "--top", str(count))
            values = [row["value"] for row in top["rows"]]
            self.assertEqual(values, sorted(numbers, reverse=True)[:count])
            self.assertEqual([self.interfaces[row["node"]] for row in top["rows"]], values)

    def test_two_objects_are_added_up_at_the_node(self):
        answer = self.survey("--oid", "ifNumber.0", "--oid", "ifNumber.0", "--sum")
        self.assertEqual(answer["rows"][0]["value"], 2 * sum(self.interfaces.values()))

    def test_a_condition_chooses_nodes(self):
        answer = self.survey("--oid", "sysName.0", "--where", "ifNumber.0 > 3 and not sysName.0 = 'n7'")
        expected = [node for node in NODES if self.interfaces[node] > 3 and node != "n7"]
        self.assertEqual((self.named(answer), answer["counted"], answer["visited"]), (expected, len(expected), 20))

    def test_a_threshold_ends_the_visit_where_it_is_reached(self):
        answer = self.survey("--oid", "ifNumber.0", "--sum", "--until", "sum > 20")
        so_far, visited = 0, 0
        while so_far <= 20:
            so_far += self.interfaces[NODES[visited]]
            visited += 1
        self.assertEqual(answer["rows"][0]["value"], so_far)
        self.assertEqual((answer["visited"], answer["not_needed"]), (visited, 20 - visited))
        self.assertEqual(answer["stopped_at"]["node"], NODES[visited - 1])
        none = self.survey("--oid", "ifNumber.0", "--sum", "--until", "count > 20")
        self.assertEqual((none["stopped_at"], none["visited"]), (None, 20))

    def test_a_node_is_written_where_the_condition_holds(self):
        done = self.survey("--oid", "sysLocation.0", "--where", "ifNumber.0 > 3", "--do", "sysLocation.0 s a b")
        for node in NODES:
            written = self.lab.snmpget(node, ".1.3.6.1.2.1.1.6.0") == ['"a b"']
            self.assertEqual(written, self.interfaces[node] > 3, node)
        self.assertTrue(all(row["did"] == {"type": "int", "value": 1} for row in done["rows"]))
        self.assertEqual({row["results"][0]["value"] for row in done["rows"]}, {"a b"})
        done, refused = self.survey("--oid", "ifNumber.0", "--sum", "--where", "ifNumber.0 > 3", "--do",
                                    "ifNumber.0 i 4", check=False)
        self.assertEqual(done.returncode, NO)
        self.assertEqual(refused["counted"], 0)
        self.assertEqual({row["value"]["type"] for row in refused["not_numbers"]}, {"exc"})

    def test_what_is_no_number_is_named(self):
        answer = self.survey("--oid", "sysName.0", "--sum")
        self.assertEqual([(row["node"], row["value"]["value"]) for row in answer["not_numbers"]],
                         [(node, node) for node in NODES])
        self.assertEqual((answer["counted"], answer["rows"][0]["value"]), (0, 0))

    def test_a_list_too_long_for_a_packet_comes_home_in_several(self):
        answer = self.survey("--oid", "sysDescr.0", "--oid", "sysContact.0", "--oid", "sysName.0")
        self.assertEqual(self.named(answer), NODES)
        self.assertGreater(answer["packets"], 1)

    def test_rows_as_csv_and_ndjson(self):
        done = self.lab.splash("survey", "n2", "n3", "--oid", "ifNumber.0", "-o", "csv")
        rows = list(csv.reader(io.StringIO(done.stdout)))
        self.assertEqual(rows[1:], [[n, self.lab.address(n), str(self.interfaces[n])] for n in ("n2", "n3")])
        done = self.lab.splash("survey", "n2", "n3", "--oid", "ifNumber.0", "-o", "ndjson", "--progress")
        self.assertEqual([json.loads(line)["node"] for line in done.stdout.splitlines()], ["n2", "n3"])
        self.assertIn("2 of 2 nodes visited", done.stderr)

    def test_what_cannot_be_surveyed_is_refused_with_the_reason(self):
        cases = [(("--oid", "nonsense.0"), "nonsense"), (("--oid", "sysName.0", "--where", "sysName.0 >"), "missing"),
                 (("--oid", "ifNumber.0", "--max", "--until", "sum > 3"), "sum"), (("--sum",), "--oid"),
                 (("--oid", "ifNumber.0", "--sum", "--max"), "--max"), (("--oid", "sysName.0", "--do", "x i 1"), "--where")]
        for words, said in cases:
            with self.subTest(words):
                done = self.lab.splash("survey", "n2", *words, check=False)
                self.assertIn(done.returncode, (USAGE, INPUT))
                self.assertIn(said, done.stderr)

    def test_the_shipped_program_runs_as_it_is(self):
        answer = self.lab.ask("run", PROGRAMS / "survey.snap", "--to", "n2", "--arg", f"next={self.lab.address('n3')}")
        values = [value["value"] for value in answer["deliveries"][0]["values"]]
        self.assertEqual((values[0], values[-2:]), (0, [2, 0]))


class BrokenSurveys(LabTest):
    """The tests break the lab further one after the other: they run in the order of their names."""

    topology = "ring6"

    def survey(self, *words):
        nodes = [f"n{i}" for i in range(1, 7)]
        done, answer = self.lab.ask("survey", *nodes, "--oid", "sysName.0", *words, check=False)
        return done.returncode, answer, {row["node"]: row["reason"] for row in answer["unanswered"]}

    def test_1_a_node_without_a_daemon_is_named_and_the_others_are_visited(self):
        self.lab.kill("n3")
        status, answer, missing = self.survey()
        self.assertEqual((status, [row["node"] for row in answer["rows"]]), (NO, ["n1", "n2", "n4", "n5", "n6"]))
        self.assertEqual(list(missing), ["n3"])
        self.assertIn(NO_SPLASH_TEXT, missing["n3"])
        self.assertEqual((answer["visited"], answer["complete"]), (5, False))

    def test_2_a_node_the_last_one_cannot_reach_is_asked_from_home(self):
        self.lab.inside("n4", "ip", "route", "del", self.lab.address("n5"))
        status, answer, missing = self.survey()
        self.assertEqual([row["node"] for row in answer["rows"]], ["n1", "n2", "n4", "n5", "n6"])
        self.assertEqual(list(missing), ["n3"])

    def test_3_nodes_behind_links_that_are_down_are_named(self):
        for link in ("n4-n5", "n5-n6"):
            run(SPLASH, "lab", "impair", self.lab.name, link, "--down")
        status, answer, missing = self.survey()
        self.assertEqual([row["node"] for row in answer["rows"]], ["n1", "n2", "n4", "n6"])
        self.assertEqual(sorted(missing), ["n3", "n5"])
        self.assertIn("no route", missing["n5"])

    def test_4_silence_is_found_by_halves(self):
        run(SPLASH, "lab", "impair", self.lab.name, "n1-n6", "--loss", "100")
        status, answer, missing = self.survey("-t", "0.3", "-r", "0")
        self.assertEqual([row["node"] for row in answer["rows"]], ["n1", "n2", "n4"])
        self.assertEqual(sorted(missing), ["n3", "n5", "n6"])


# n1 - n2 - n3 - n4 run Splash; plain, behind n3, has only a stock snmpd, silent nothing at all.
MIXED = """\
name: ways
topology:
  nodes:
    n1:
    n2:
    n3:
    n4:
    plain: {kind: host}
    silent: {kind: host}
  links:
    - endpoints: ["n1:eth1", "n2:eth1"]
    - endpoints: ["n2:eth2", "n3:eth1"]
    - endpoints: ["n3:eth2", "n4:eth1"]
    - endpoints: ["n3:eth3", "plain:eth1"]
    - endpoints: ["n2:eth3", "silent:eth1"]
"""
SPLASH_NODES = ("n2", "n3", "n4")
ROWS = 40  # addresses of n4
LOCATION = ".1.3.6.1.2.1.1.6.0"


class WaysOfSurveys(LabTest):
    topology = MIXED

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.files.cleanup)
        batch = pathlib.Path(cls.files.name) / "addresses"
        batch.write_text("".join(f"addr add 10.9.0.{i + 1}/32 dev lo\n" for i in range(ROWS)))
        cls.lab.inside("n4", "ip", "-batch", batch)
        start_stock_agent(cls, "plain")
        wait_until(lambda: len(cls.survey("n4", "--oid", "ipAdEntIfIndex")["rows"]) > ROWS,
                   "n4's agent has seen its new addresses")

    @classmethod
    def splash(cls, *words, check=True, cache=None):
        """With a cache of its own for every call, unless one is given."""
        with tempfile.TemporaryDirectory(dir=cls.files.name) as fresh:
            environment = {**ENVIRONMENT, "XDG_CACHE_HOME": cache or fresh}
            return run(SPLASH, "--lab", cls.lab.name, "--from", "n1", "survey", *words, check=check, env=environment)

    @classmethod
    def survey(cls, *words, check=True, **more):
        done = cls.splash(*words, "-o", "json", check=check, **more)
        return json.loads(done.stdout)

    @staticmethod
    def told(answer):
        """What must not depend on the way."""
        return {key: answer[key] for key in ("rows", "not_numbers", "counted", "visited", "stopped_at", "not_needed",
                                             "complete")}

    def ways(self, answer):
        return {one["node"]: one["via"] for one in answer["answered"]}

    def assert_same_by_both(self, *words, check=True):
        by_snap, by_snmp = (self.survey(*SPLASH_NODES, *words, "--via", via, check=check) for via in ("snap", "snmp"))
        self.assertEqual(self.told(by_snap), self.told(by_snmp))
        self.assertEqual(self.ways(by_snap), dict.fromkeys(self.ways(by_snap), "snap"))
        self.assertEqual(self.ways(by_snmp), dict.fromkeys(self.ways(by_snap), "snmp"))
        return by_snap

    def test_both_ways_find_the_same_of_single_objects(self):
        for words in (("--sum",), ("--avg",), ("--min",), ("--max",), ("--top", "2"), ("--top", "9"), ("--list",),
                      ("--sum", "--until", "sum > 5"), ("--avg", "--until", "avg > 2 and count > 1"),
                      ("--max", "--until", "max > 3"), ("--list", "--where", "ifNumber.0 > 2"),
                      ("--sum", "--where", "sysName.0 != 'n3'"), ("--sum", "--oid", "ifNumber.99"),
                      ("--list", "--oid", "sysName.0"), ("--sum", "--where", "ifInErrors.99 > 0")):
            with self.subTest(words=words):
                self.assert_same_by_both("--oid", "ifNumber.0", *words)
        for words in (("--count",), ("--count", "--where", "ifNumber.0 > 2"), ("--sum", "--oid", "sysName.0")):
            with self.subTest(words=words):
                self.assert_same_by_both(*words)
        stopped = self.assert_same_by_both("--oid", "ifNumber.0", "--sum", "--until", "count > 1")
        self.assertEqual((stopped["visited"], stopped["not_needed"]), (2, 1))

    def test_both_ways_write_where_the_condition_holds_and_nowhere_else(self):
        for words, written in ((("--where", "ifNumber.0 > 2"), ("n2", "n3")),
                               (("--where", "ifNumber.0 > 0", "--until", "count > 0"), ("n2",))):
            for via in ("snap", "snmp"):
                with self.subTest(words=words, via=via):
                    answer = self.survey(*SPLASH_NODES, *words, "--oid", "sysLocation.0", "--via", via, "--do",
                                         f"sysLocation.0 s {via} {len(words)}")
                    self.assertEqual([row["results"][0]["value"] for row in answer["rows"]],
                                     [f"{via} {len(words)}"] * len(written))
                    self.assertTrue(all(row["did"]["value"] == 1 for row in answer["rows"]))
                    for node in SPLASH_NODES:
                        is_written = self.lab.snmpget(node, LOCATION) == [f'"{via} {len(words)}"']
                        self.assertEqual(is_written, node in written, node)
        self.assert_same_by_both("--sum", "--oid", "ifNumber.0", "--where", "ifNumber.0 > 0", "--do", "ifNumber.0 i 4",
                                 check=False)

    def test_both_ways_go_through_the_rows_of_columns(self):
        column = "ipAdEntIfIndex"
        for words in (("--sum",), ("--avg",), ("--min",), ("--max",), ("--top", "5"), ("--count",), ("--list",),
                      ("--sum", "--where", "ipAdEntIfIndex > 1"), ("--count", "--where", "ipAdEntIfIndex = 1"),
                      ("--list", "--where", "ipAdEntIfIndex = 2 and sysUpTime.0 > 0"),
                      ("--sum", "--until", "sum > 8"), ("--max", "--until", "max > 2"),
                      ("--count", "--where", "ipAdEntIfIndex > 99"), ("--min", "--where", "ipAdEntIfIndex > 99")):
            with self.subTest(words=words):
                self.assert_same_by_both("--oid", column, *words)
        listed = self.assert_same_by_both("--oid", column, "--oid", "ipAdEntNetMask", "--where", "ipAdEntAddr = 10.9.0.7")
        self.assertEqual([(row["node"], row["index"]) for row in listed["rows"]], [("n4", "10.9.0.7")])
        self.assertEqual([r["value"] for r in listed["rows"][0]["results"]], [1, "255.255.255.255"])
        only_condition = self.assert_same_by_both("--count", "--where", "ipAdEntNetMask = 255.255.255.255")
        self.assertGreater(only_condition["counted"], ROWS)

    def test_what_comes_of_a_column_is_what_the_nodes_tables_say(self):
        tables = {node: json.loads(run(SPLASH, "--lab", self.lab.name, "--from", "n1", "table", node, "ifTable",
                                       "--columns", "ifMtu", "-o", "json").stdout)["rows"] for node in SPLASH_NODES}
        mtus = [row["cells"]["ifMtu"] for rows in tables.values() for row in rows]
        mtus = [cell["value"] if isinstance(cell, dict) else cell for cell in mtus]
        of_all = {"--sum": sum(mtus), "--max": max(mtus), "--min": min(mtus), "--count": len(mtus),
                  "--avg": sum(mtus) / len(mtus)}
        for flag, expected in of_all.items():
            with self.subTest(flag):
                self.assertEqual(self.survey(*SPLASH_NODES, "--oid", "ifMtu", flag)["rows"][0]["value"], expected)

    def test_auto_asks_splash_nodes_by_snap_and_others_by_snmp(self):
        done = self.splash(*SPLASH_NODES, "plain", "--oid", "ipAdEntIfIndex", "--count", "--where",
                           "ipAdEntIfIndex = 1", "--via", "auto", "--explain", "-o", "json")
        answer = json.loads(done.stdout)
        self.assertEqual(self.ways(answer), {**dict.fromkeys(SPLASH_NODES, "snap"), "plain": "snmp"})
        all_by_snmp = self.survey(*SPLASH_NODES, "plain", "--oid", "ipAdEntIfIndex", "--count", "--where",
                                  "ipAdEntIfIndex = 1", "--via", "snmp")
        self.assertEqual(self.told(answer), self.told(all_by_snmp))
        for text in ("n4 (10.0.0.4) runs Splash, 3 links away", "plain (", "cannot be asked by SNAP: ",
                     "splash: 3 nodes by SNAP, 1 by SNMP: SNAP "):
            self.assertIn(text, done.stderr)

    def test_auto_asks_all_by_snmp_where_that_costs_less(self):
        done = self.splash("n2", "plain", "--oid", "sysName.0", "--via", "auto", "--explain")
        self.assertIn("splash: 0 nodes by SNAP, 2 by SNMP: SNAP ", done.stderr)
        without = self.splash("n2", "plain", "--oid", "sysName.0", "--via", "auto")
        self.assertIn("to find out who runs Splash costs more", without.stderr)

    def test_auto_remembers_who_runs_splash_and_where(self):
        with tempfile.TemporaryDirectory() as cache:
            words = ("n3", "plain", "--oid", "ipAdEntIfIndex", "--count", "--via", "auto", "--explain")
            self.assertIn("n3 (10.0.0.3) runs Splash, 2 links away", self.splash(*words, cache=cache).stderr)
            self.assertIn("runs Splash (known from before), 2 links away", self.splash(*words, cache=cache).stderr)

    def test_a_threshold_stops_a_mixed_visit_where_the_order_says(self):
        order = ("n2", "plain", "n3", "n4")
        by_snmp, by_auto = (self.survey(*order, "--oid", "ipAdEntIfIndex", "--count", "--until", "count > 5", "--via", via)
                            for via in ("snmp", "auto"))
        self.assertEqual(self.told(by_auto), self.told(by_snmp))
        self.assertIsNotNone(by_auto["stopped_at"])

    def test_who_answers_neither_way_is_named_with_both_reasons(self):
        done = self.splash("n2", "silent", "--oid", "ifMtu", "--via", "auto", "--explain", "-t", "0.3", "-r", "0", "-o",
                           "json", check=False)
        answer = json.loads(done.stdout)
        self.assertEqual((done.returncode, answer["complete"], [one["node"] for one in answer["unanswered"]]),
                         (NO, False, ["silent"]))
        self.assertIn("by SNMP", answer["unanswered"][0]["reason"])
        for via, said in (("snap", "no Splash node there"), ("snmp", "SNMP")):
            answer = self.survey("n2", "silent", "--oid", "ifNumber.0", "--via", via, "-t", "0.3", "-r", "0", check=False)
            self.assertEqual([row["node"] for row in answer["rows"]], ["n2"])
            self.assertIn(said, answer["unanswered"][0]["reason"])

    def test_splash_nodes_without_snmp_are_surveyed_by_snap(self):
        answer = self.survey(*SPLASH_NODES, "--oid", "sysName.0", "--via", "auto", "-v2c", "-c", "wrong", "-t", "0.5",
                             "-r", "0")
        self.assertEqual(self.ways(answer), dict.fromkeys(SPLASH_NODES, "snap"))

    def test_rows_of_columns_as_text_and_csv(self):
        done = self.splash("n4", "--oid", "ipAdEntIfIndex", "--where", "ipAdEntAddr = 10.9.0.7", "-o", "csv")
        rows = list(csv.reader(io.StringIO(done.stdout)))
        self.assertEqual([row[:3] for row in rows], [["node", "address", "index"],
                                                     ["n4", self.lab.address("n4"), "10.9.0.7"]])
        self.assertIn("10.9.0.7", self.splash("n4", "--oid", "ipAdEntIfIndex").stdout)
        self.assertEqual(self.splash("n4", "--count", "--where", "ipAdEntAddr = 10.9.0.7").stdout, "1\n")

    def test_what_cannot_be_surveyed_by_column_is_refused_with_the_reason(self):
        cases = [(("--oid", "ifMtu", "--oid", "sysName.0"), INPUT, "single objects"),
                 (("--oid", "ifMtu", "--oid", "ifSpeed", "--sum"), INPUT, "made of one"),
                 (("--oid", "ifDescr", "--sum"), INPUT, "no numbers"),
                 (("--oid", "ifMtu", "--sum", "--until", "sysUpTime.0 > 3"), INPUT, "what was gathered"),
                 (("--oid", "ifNumber.0", "--until", "ifMtu > 3"), INPUT, "whole column"),
                 (("--oid", "ifMtu", "--where", "ifMtu > 3", "--do", "sysLocation.0 s a"), USAGE, "--do"),
                 (("--oid", "ifMtu", "--top", "17"), USAGE, "at most 16"),
                 (("--oid", "sysName.0", "--count"), USAGE, "not needed"),
                 (("--oid", "sysName.0", "--explain"), USAGE, "--via auto"),
                 (("--oid", "sysName.0", "-v2c"), USAGE, "--via snmp")]
        for words, status, said in cases:
            with self.subTest(words=words):
                done = self.splash("n2", *words, check=False)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
