#!/usr/bin/python3 -B
"""The demo's page, made from a report of a real tour (demo/report.json, of the distances only the first two)."""

import copy
import json
import re
import shutil
import subprocess
import sys
import unittest
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import demo_drawing  # noqa: E402
import demo_report  # noqa: E402

SAMPLE = json.loads((Path(__file__).resolve().parent / "demo/report.json").read_text(encoding="utf-8"))
VOID = {"meta", "input"}


class Tree(HTMLParser):
    """All elements of a page as (tag, attributes, tags above, index of the innermost figure); a tag that does not close
    what is open is an error."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.texts, self.figures = [], [], [], 0
        self.feed(page)
        self.close()
        if self.open:
            raise ValueError(f"not closed: {self.open}")

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            raise ValueError(f"<{tag}> has an attribute twice: {names}")
        self.figures += tag == "figure"
        self.elements.append((tag, dict(attrs), list(self.open), self.figures - 1))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"</{tag}> at {self.getpos()} closes nothing")

    def handle_data(self, data):
        self.texts.append((list(self.open), data))

    def having(self, attribute, tag=None):
        return [element for element in self.elements if attribute in element[1] and tag in (None, element[0])]

    def ids(self):
        return [attributes["id"] for _, attributes, _, _ in self.having("id")]

    def scripts(self):
        return [text for tags, text in self.texts if tags[-1:] == ["script"] and "figure" in tags]

    def text(self):
        return "".join(text for tags, text in self.texts if not {"script", "style"} & set(tags))


class DemoReport(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = demo_report.page(SAMPLE)
        cls.tree = Tree(cls.page)
        # In the order of the page: steps one after the other, each as the report has its runs.
        cls.runs = [run for step, *_ in demo_report.STEPS for run in SAMPLE["runs"] if run["step"] == step]

    def test_is_well_formed_and_what_it_refers_to_is_there(self):
        ids = self.tree.ids()
        self.assertEqual(len(ids), len(set(ids)))
        referred = re.findall(r"url\(#([^)]+)\)", self.page)
        for attribute in ("for", "aria-labelledby"):
            referred += [attributes[attribute] for _, attributes, _, _ in self.tree.having(attribute)]
        referred += [attributes["href"].removeprefix("#") for _, attributes, _, _ in self.tree.having("href")]
        self.assertGreater(len(referred), 20)
        self.assertLessEqual(set(referred), set(ids))

    def test_needs_nothing_from_elsewhere(self):
        self.assertEqual(self.tree.having("src"), [])
        self.assertEqual([tag for tag, *_ in self.tree.elements if tag in ("link", "iframe", "object", "img")], [])
        self.assertNotRegex(re.sub(r"http://www\.w3\.org/2000/svg", "", self.page), r"https?:|@import|url\((?!#)")
        self.assertIn("default-src 'none'", self.page)

    def test_every_node_and_link_is_drawn_once(self):
        def drawn(attribute, tag):
            return sorted(found[1][attribute] for found in self.tree.having(attribute, tag))
        self.assertEqual(drawn("data-node", "circle"), sorted(node["name"] for node in SAMPLE["graph"]["nodes"]))
        self.assertEqual(drawn("data-link", "line"), sorted(link["name"] for link in SAMPLE["graph"]["links"]))

    def test_each_picture_has_the_links_its_run_crossed_and_the_nodes_it_passed(self):
        for index, run in enumerate(self.runs):
            with self.subTest(step=run["step"], via=run["via"], hops=run["hops"]):
                lanes = [(a["data-from"], a["data-to"]) for _, a, _, figure in self.tree.having("data-from")
                         if figure == index]
                self.assertEqual(sorted(lanes), sorted({(c["from"], c["to"]) for c in run["crossings"]}))
                marks = {a["data-node"]: a["class"] for _, a, _, figure in self.tree.having("data-node", "g")
                         if figure == index}
                self.assertEqual(set(marks), {c[end] for c in run["crossings"] for end in ("from", "to")})
                acting = {c["to"] for c in run["crossings"] if c["acts"]} | ({"n1"} if run["via"] != "snmp" else set())
                self.assertEqual({name for name, kind in marks.items() if kind == "mark acts"}, acting)
                bars = [a["data-index"] for _, a, _, figure in self.tree.having("data-index") if figure == index]
                self.assertEqual(bars, [str(number) for number in range(len(run["crossings"]))])

    def test_counts_executions_the_first_at_the_senders_own_node_too(self):
        run = demo_report.find(SAMPLE["runs"], "get", "by_hop", 2)
        self.assertEqual(dict(demo_drawing.executions(run)), {"n1": 2, "n2": 2, "n3": 1})
        self.assertEqual(sum(demo_drawing.executions(demo_report.find(SAMPLE["runs"], "path", "snmp")).values()), 7)

    def test_every_packets_way_is_connected_along_links_and_comes_home(self):
        links = {frozenset(end["node"] for end in link["ends"]) for link in SAMPLE["graph"]["links"]}
        ways_of_runs = [json.loads(text) for text in self.tree.scripts()]
        self.assertEqual(len(ways_of_runs), len(self.runs))
        for crossings, run in zip(ways_of_runs, self.runs):
            with self.subTest(step=run["step"], via=run["via"]):
                for way in {one["way"] for one in crossings}:
                    made = [one for one in crossings if one["way"] == way]
                    self.assertTrue(all(a["to"] == b["from"] for a, b in zip(made, made[1:])))
                    self.assertEqual((made[0]["from"], made[-1]["to"]), ("n1", "n1"))
                    self.assertLessEqual({frozenset((one["from"], one["to"])) for one in made}, links)
                self.assertTrue(all(sum(one["parts"].values()) == one["octets"] for one in crossings))

    def test_says_what_the_report_says(self):
        text = self.tree.text()
        for run in self.runs:
            cost = run["traffic"]
            on_all_links = sum(one["octets"] for one in run["crossings"])
            for shown in (f"{cost['bytes_out']} + {cost['bytes_back']}", f"{on_all_links:,}", run["answers"][-1]):
                self.assertIn(shown, text)
        for times in (SAMPLE["get_by_distance"][1]["snap_by_hop"], SAMPLE["five_gets"]["snmp_times"]):
            self.assertIn(demo_report.time_text(times), text)
        self.assertIn("1 + 1", text)

    def test_tells_where_snap_costs_more_and_where_less(self):
        snmp, snap = (demo_report.find(SAMPLE["runs"], "path", via) for via in ("snmp", "snap"))
        snmp, snap = {**snmp, "time": None}, {**snap, "time": None}
        says = demo_report.comparison(snmp, snap)
        self.assertRegex(says, r"costs more than SNMP here: 1\.\d\d times the octets on all links\.")
        self.assertIn("It needs 0.14 of SNMP's messages, 0.54 of SNMP's octets at the sender", says)
        self.assertEqual(demo_report.comparison(snap, snap), "SNAP and SNMP cost the same.")

    def test_text_from_the_network_stays_text(self):
        report = copy.deepcopy(SAMPLE)
        hostile = '</script><script>alert("1")</script>&amp;<b x="'
        for run in report["runs"]:
            run["answers"][-1] = hostile
            run["crossings"][0]["kind"] = hostile
        tree = Tree(demo_report.page(report))
        count = sum(tag == "script" for tag, *_ in self.tree.elements)
        self.assertEqual(sum(tag == "script" for tag, *_ in tree.elements), count)
        self.assertIn(hostile, tree.text())
        self.assertEqual(json.loads(tree.scripts()[0])[0]["kind"], hostile)

    def test_what_the_script_looks_for_is_in_the_page(self):
        script = (ROOT / "tools/demo_page/page.js").read_text(encoding="utf-8")
        classes = {word for _, attributes, _, _ in self.tree.having("class") for word in attributes["class"].split()}
        wanted = set(re.findall(r"""(?:querySelector(?:All)?|find)\([`"][^)]*?\.([a-z]+)""", script))
        self.assertGreater(len(wanted), 8)
        self.assertLessEqual(wanted, classes)
        self.assertLessEqual(set(re.findall(r'getElementById\("(\w+)"', script)), set(self.tree.ids()))

    @unittest.skipUnless(shutil.which("node"), "no node to read the script with")
    def test_the_script_can_be_parsed(self):
        done = subprocess.run(["node", "--check", ROOT / "tools/demo_page/page.js"], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
