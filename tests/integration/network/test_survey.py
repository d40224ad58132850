"""`splash survey`: one packet over a list of nodes, whole and broken networks, beside what each node says itself."""

import csv
import io
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import PROGRAMS, SPLASH, run  # noqa: E402
from support.lab import LabTest  # noqa: E402

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
        refused = self.survey("--oid", "ifNumber.0", "--sum", "--where", "ifNumber.0 > 3", "--do", "ifNumber.0 i 4")
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


if __name__ == "__main__":
    unittest.main()
