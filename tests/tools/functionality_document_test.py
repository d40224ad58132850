#!/usr/bin/python3 -B
"""The document of the benchmark, made from results: every case is in its table, formulas stand beside what was measured, and
the pictures have a point for each."""

import sys
import unittest
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tools"), str(ROOT / "tests/integration")]
import charts  # noqa: E402
import document  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


def way(messages, lost=0, found=None):
    return {"command": "`ask`", "messages": messages, "lost": lost, "crossings": 2 * messages, "bytes": 100 * messages,
            "station_bytes": 50 * messages, "found": found,
            "answer_us": {"lower": 900, "median": 1000 * messages, "upper": 99000, "count": 101}}


def row(technique, nodes, snmp, snap, thesis=None):
    return {"technique": technique, "label": f"{nodes} nodes", "size": nodes, "thesis": thesis or {},
            "ways": {"snmp": snmp, "snap": snap}}


def results(*rows):
    return {"machine": {"processors": 2, "model": "a processor", "kernel": "6.1", "seconds": 8},
            "labs": [{"topology": "ring6", "nodes": 6, "links": 6, "foreign_share": 2.0, "rows": list(rows)}]}


SURVEYS = results(*(row("survey", n, way(2 * n), way(n + 1), {"snmp": {"messages": 2 * n}, "snap": {"messages": n + 1}})
                    for n in (1, 5, 50)))


class Tables(unittest.TestCase):
    def test_a_formula_stands_in_brackets_behind_what_was_measured(self):
        self.assertIn("| ring6 | 5 nodes | SNAP | 6 [6] | 12 | 300 | 600 | 6.00 (0.90–99.00) |",
                      document.table(SURVEYS, "survey"))

    def test_lost_packets_and_what_was_found_are_told(self):
        text = document.table(results(row("roam", 1, way(0, 2, "nothing"), way(4, 0, "all of it"))), "roam")
        self.assertIn("| SNMP | nothing | 0 and 2 lost |", text)
        self.assertIn("| SNAP | all of it | 4 |", text)

    def test_the_overview_divides_the_largest_case(self):
        self.assertIn("| ring6, 50 nodes | 0.51 | 0.51 | 0.51 | 0.51 | 0.51 |  |", document.overview(SURVEYS))

    def test_what_the_template_wants_and_is_not_there_is_named(self):
        for template, says in (("{{table flood}}", "no results of flood"), ("{{tavern survey}}", "nothing is called tavern")):
            with self.assertRaisesRegex(document.DocumentError, says):
                document.text(SURVEYS, template)


class Machine(unittest.TestCase):
    def test_a_busy_machine_is_warned_of_and_a_quiet_one_is_not(self):
        quiet = results()
        self.assertEqual(document.warning(quiet), "")
        busy = results()
        busy["labs"][0]["foreign_share"] = 26
        self.assertIn("not to be trusted", document.warning(busy))

    def test_the_runs_behind_the_medians_are_told(self):
        self.assertIn("101 to 101 runs", document.machine(SURVEYS))


class OtherClients(unittest.TestCase):
    def test_each_kind_of_programs_stands_beside_quiet_times(self):
        def times(median):
            return {"unanswered": 0, "snmp": {"lower": 90, "median": median, "upper": 130, "count": 8},
                    "snap": {"lower": 95, "median": 2 * median, "upper": 150, "count": 8}}
        seen = results()
        seen["labs"][0]["other_clients"] = [{"kind": "wrong types", "rate": 200, "rate_elsewhere": 198, "accepted": 3, "came": {"exception 44": 3},
                                             "quiet": times(80), "elsewhere": times(100), "meanwhile": {**times(110), "unanswered": 1}}]
        text = document.other_clients(seen)
        self.assertIn("| wrong types | 200 / 198 | 3 × exception 44 | SNMP | 80 (90–130) | 100 (90–130) | 110 (90–130) | +10 % | 1 |", text)
        self.assertIn("|  |  |  | SNAP | 160 (95–150) | 200 (95–150) | 220 (95–150) | +10 % |  |", text)

    def test_without_them_it_says_how_to_get_them(self):
        with self.assertRaisesRegex(document.DocumentError, "--only clients"):
            document.other_clients(SURVEYS)


class Pictures(unittest.TestCase):
    def test_every_case_is_a_point_and_a_formula_a_dashed_line(self):
        drawn = dict(document.pictures(SURVEYS))
        self.assertEqual(sorted(drawn), ["functionality-survey-answer-ring6.svg", "functionality-survey-bytes-ring6.svg",
                                         "functionality-survey-ring6.svg"])
        root = ET.fromstring(drawn["functionality-survey-ring6.svg"])
        self.assertEqual(len(root.findall(f"{SVG}circle")), 2 * 3)
        dashed = [line for line in root.findall(f"{SVG}polyline") if "formula" in line.get("class")]
        self.assertEqual(len(dashed), 2)

    def test_points_lie_inside_whatever_the_numbers_are(self):
        for points in ([(0, 0), (10, 0.02)], [(1, 5), (99, 132740)], [(0, 7)]):
            chart = charts.Chart("t", "x", "y", [("snap", "SNAP", points, False)])
            for x, y in (chart.place(*point) for point in points):
                self.assertTrue(0 <= x <= charts.WIDTH and 0 <= y <= charts.HEIGHT, points)
            ET.fromstring(chart.svg())


if __name__ == "__main__":
    unittest.main()
