"""`splash discover`: who is there, by which links, what is proven; nodes without Splash told apart."""

import json
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.lab import LabTest  # noqa: E402

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


if __name__ == "__main__":
    unittest.main()
