"""splash walk and splash table beside stock snmpwalk, over one hop and more; what happens when things go wrong."""

import csv
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import ENVIRONMENT, SPLASH, wait_until  # noqa: E402
from support.lab import LabTest  # noqa: E402

SYSTEM, IF_TABLE, IP_ADDR_TABLE = ".1.3.6.1.2.1.1", ".1.3.6.1.2.1.2.2", ".1.3.6.1.2.1.4.20"
CIRCLE = ".1.3.6.1.4.1.8072.9999.8"
WAYS = {"snmp": ("--via", "snmp"), "snmp1": ("--via", "snmp", "-v1", "-c", "public"), "snap": ("--via", "snap"),
        "hop by hop": ("--via", "snap", "--travel", "hops")}

TOPOLOGY = """\
name: walk
topology:
  nodes:
    n1:
    n2:
    n3:
    n4:
      snmpd_conf: |
        pass {circle} /bin/sh {script}
  links:
    - endpoints: ["n1:eth1", "n2:eth1"]
    - endpoints: ["n2:eth2", "n3:eth1"]
    - endpoints: ["n3:eth2", "n4:eth1"]
"""
# A sub-tree in which the same object follows every other, itself too.
SCRIPT = """\
case $1 in
-g | -n) echo {circle}.5; echo integer; echo 7 ;;
esac
"""


class Walk(LabTest):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        script = pathlib.Path(directory.name) / "circle"
        script.write_text(SCRIPT.format(circle=CIRCLE))
        cls.topology = TOPOLOGY.format(circle=CIRCLE, script=script)
        super().setUpClass()

    def rows(self, *words, check=True):
        """What a walk prints as ndjson, and how it ended."""
        done = self.lab.splash("walk", *words, "-o", "ndjson", check=check)
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    def stock(self, node, root):
        """snmpwalk's OIDs and values."""
        lines = self.lab.inside("n1", "snmpwalk", "-t", "5", "-Onqe", "-v2c", "-c", "public", self.lab.address(node),
                                root, env=ENVIRONMENT).stdout.splitlines()
        return [(line + " ").split(" ", 1) for line in lines]

    @staticmethod
    def stock_text(row):
        """A row's value as snmpwalk -Onqe prints it."""
        if row["type"] == "Hex-STRING":
            return f'"{row["value"]} "'
        return f'"{row["value"]}"' if row["type"] == "STRING" else str(row["value"])

    def test_walks_are_snmpwalks(self):
        for root in (SYSTEM, IF_TABLE, IP_ADDR_TABLE):
            for node in ("n1", "n2", "n4"):
                stock = self.stock(node, root)
                for way, options in WAYS.items():
                    with self.subTest(root=root, node=node, way=way):
                        rows = self.rows(node, root, *options)[1]
                        self.assertEqual([row["oid"] for row in rows], [oid for oid, _ in stock])
                        self.assertGreater(len(rows), 10)
                        for row, (_, text) in zip(rows, stock):
                            if row["type"] not in ("Counter32", "Timeticks"):  # they go on all the while
                                self.assertEqual(self.stock_text(row), text.rstrip(), row)

    def test_one_arc_is_the_whole_tree_below_it(self):
        wanted = self.lab.inside("n1", "snmpwalk", "-t", "5", "-Onqe", "-v2c", "-c", "public", self.lab.address("n2"), ".1",
                                 env=ENVIRONMENT).stdout.splitlines()
        wanted = [line.split(" ", 1)[0] for line in wanted]  # the last line is the end of the MIB, at the last object
        for way, root in (("snmp", ".1"), ("snmp1", "1"), ("snap", "iso"), ("hop by hop", ".1")):
            with self.subTest(way=way):
                rows = [row["oid"] for row in self.rows("n2", root, *WAYS[way])[1]]
                # What lies between the two comes and goes with processes and connections.
                for part in (SYSTEM, IF_TABLE, ".1.3.6.1.6.3"):
                    self.assertEqual([oid for oid in rows if oid.startswith(part + ".")],
                                     [oid for oid in dict.fromkeys(wanted) if oid.startswith(part + ".")])
                self.assertEqual(rows[-1], wanted[-1])

    def test_where_an_arc_holds_nothing_the_answer_is_no(self):
        for way in ("snmp", "snap"):
            for root in (".0", "ccitt", ".2"):
                with self.subTest(way=way, root=root):
                    done, rows = self.rows("n2", root, *WAYS[way], check=False)
                    self.assertEqual((done.returncode, [row["value"] for row in rows]), (1, [None]))
            done = self.lab.splash("table", "n2", ".1", *WAYS[way], check=False)
            self.assertEqual(done.returncode, 3)
            self.assertIn(".1 is neither a table nor its entry", done.stderr)
        done = self.lab.splash("walk", "n2", ".3", check=False)
        self.assertEqual((done.returncode, done.stderr.split(":")[1].strip()), (3, "object '.3'"))

    def test_behind_one_arc_comes_the_first_object(self):
        for way in ("snmp", "snap"):
            for arc in (".1", "iso", ".0"):
                with self.subTest(way=way, arc=arc):
                    done = self.lab.splash("next", "n2", arc, *WAYS[way], "-o", "json")
                    self.assertEqual([row["oid"] for row in json.loads(done.stdout)["results"]], [SYSTEM + ".1.0"])

    def test_a_narrow_link_on_the_way_home_makes_packets_smaller(self):
        for node, interface in (("n3", "eth2"), ("n4", "eth1")):
            self.lab.inside(node, "ip", "link", "set", interface, "mtu", "576")
            self.addCleanup(self.lab.inside, node, "ip", "link", "set", interface, "mtu", "1500")
        rows = self.rows("n4", SYSTEM, "--via", "snap")[1]
        self.assertEqual([row["oid"] for row in rows], [oid for oid, _ in self.stock("n4", SYSTEM)])

    def test_an_instance_is_itself_and_nothing_is_a_no(self):
        for way in ("snmp", "snap"):
            with self.subTest(way=way):
                self.assertEqual([row["value"] for row in self.rows("n4", "sysName.0", *WAYS[way])[1]], ["n4"])
                for nothing in ("sysName.7", "1.3.6.1.9", "2.5"):
                    done, rows = self.rows("n4", nothing, *WAYS[way], check=False)
                    self.assertEqual(done.returncode, 1, nothing)
                    self.assertEqual([row["value"] for row in rows], [None])

    def test_tables_have_the_walks_values_in_rows(self):
        def table(way, form):
            return self.lab.splash("table", "n4", "ipAddrTable", *WAYS[way], "-o", form).stdout
        for way in ("snmp", "snap"):
            with self.subTest(way=way):
                walked = {row["oid"]: row["value"] for row in self.rows("n4", IP_ADDR_TABLE, *WAYS[way])[1]}
                whole = json.loads(table(way, "json"))
                self.assertTrue(whole["complete"])
                cells = {f"{column['oid']}.{row['index']}": row["cells"][column["name"]]
                         for row in whole["rows"] for column in whole["columns"]}
                self.assertEqual(cells, walked)
                text = table(way, "text").splitlines()
                self.assertEqual(text[0].split(), ["INDEX", *[column["name"] for column in whole["columns"]]])
                self.assertEqual(len(text), 1 + len(whole["rows"]))
                read = list(csv.DictReader(io.StringIO(table(way, "csv"))))
                self.assertEqual([row["index"] for row in read], [row["index"] for row in whole["rows"]])
                self.assertEqual([json.loads(line) for line in table(way, "ndjson").splitlines()], whole["rows"])

    def test_csv_has_the_values_of_json(self):
        for way in ("snmp", "snap"):
            with self.subTest(way=way):
                rows = self.rows("n4", SYSTEM, *WAYS[way])[1]
                read = list(csv.DictReader(io.StringIO(self.lab.splash("walk", "n4", SYSTEM, *WAYS[way], "-o", "csv").stdout)))
                self.assertEqual([row["oid"] for row in read], [row["oid"] for row in rows])
                self.assertLessEqual({"OID", "Timeticks"}, {row["type"] for row in read})
                for row, other in zip(read, rows):
                    if row["oid"] == SYSTEM + ".3.0":  # goes on all the while
                        self.assertTrue(row["value"].isdecimal(), row)
                    else:
                        self.assertEqual(row["value"], str(other["value"]))

    def test_what_is_no_table_is_said_to_be_none(self):
        done = self.lab.splash("table", "n2", "system", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("neither a table nor its entry", done.stderr)

    def test_an_agent_that_leads_in_circles_is_named_with_both_oids(self):
        for way in ("snmp", "snap"):
            with self.subTest(way=way):
                done, rows = self.rows("n4", CIRCLE, *WAYS[way], check=False)
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertEqual([row["value"] for row in rows], [7])
                self.assertIn("netSnmp.9999.8.5 came after NET-SNMP-MIB::netSnmp.9999.8.5", done.stderr)
                done, rows = self.rows("n4", CIRCLE, *WAYS[way], "--unordered", check=False)
                self.assertEqual((done.returncode, len(rows)), (4, 1))
                self.assertIn("circle", done.stderr)

    def test_a_node_that_falls_silent_midway_leaves_what_came_and_its_last_oid(self):
        self.addCleanup(os.kill, self.lab.pid("n3"), signal.SIGCONT)
        for way in ("snmp", "snap"):
            for patience in (("-t", "0.3", "-r", "1"), ("--deadline", "2")):
                with self.subTest(way=way, patience=patience), tempfile.TemporaryFile("w+") as out, subprocess.Popen(
                        [SPLASH, "--lab", self.lab.name, "--from", "n1", "walk", "n3", "1.3", *WAYS[way], *patience,
                         "-o", "csv"], stdout=out, stderr=subprocess.PIPE, text=True) as walk:
                    self.addCleanup(walk.kill)
                    wait_until(lambda: os.fstat(out.fileno()).st_size > 0, "the first objects are there")
                    os.kill(self.lab.pid("n3"), signal.SIGSTOP)
                    err = walk.communicate(timeout=60)[1]
                    os.kill(self.lab.pid("n3"), signal.SIGCONT)
                    out.seek(0)
                    lines = out.read().splitlines()[1:]
                    self.assertEqual(walk.returncode, 4, err)
                    self.assertIn(f"{len(lines)} objects came, the last one {lines[-1].split(',')[1]};", err)


if __name__ == "__main__":
    unittest.main()
