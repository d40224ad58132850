"""Tables chosen from by both ways, GETBULK of several columns, and --via auto where only some nodes run Splash."""

import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.capture import Capture  # noqa: E402
from support.commands import ENVIRONMENT, SPLASH, run, wait_until  # noqa: E402
from support.lab import READ, LabTest  # noqa: E402
from support.stock_agent import start_stock_agent  # noqa: E402

# n1 - n2 - n3 run Splash; plain has only a stock snmpd, silent nothing at all.
TOPOLOGY = """\
name: auto
topology:
  nodes:
    n1:
    n2:
    n3:
    plain: {kind: host}
    silent: {kind: host}
  links:
    - endpoints: ["n1:eth1", "n2:eth1"]
    - endpoints: ["n2:eth2", "n3:eth1"]
    - endpoints: ["n3:eth2", "plain:eth1"]
    - endpoints: ["n3:eth3", "silent:eth1"]
"""
ROWS = 40  # of n3
MANY = 220  # of n2: net-snmp asks the kernel about every address before the one it wants, so this table takes seconds
IP_ADDR_TABLE = "1.3.6.1.2.1.4.20"
UDP = 17
BOTH = ("snmp", "snap")


class Auto(LabTest):
    topology = TOPOLOGY

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.files.cleanup)
        for node, rows in (("n2", MANY), ("n3", ROWS)):
            batch = pathlib.Path(cls.files.name) / "addresses"
            batch.write_text("".join(f"addr add 10.9.{i // 250}.{i % 250 + 1}/32 dev lo\n" for i in range(rows)))
            cls.lab.inside(node, "ip", "-batch", batch)
        start_stock_agent(cls, "plain")
        wait_until(lambda: int(cls.splash("table", "n3", "ipAddrTable", "--count").stdout) > ROWS,
                   "n3's agent has seen its new addresses")

    @classmethod
    def splash(cls, *words, check=True, cache=None):
        """With a cache of its own for every call, unless one is given."""
        with tempfile.TemporaryDirectory(dir=cls.files.name) as fresh:
            environment = {**ENVIRONMENT, "XDG_CACHE_HOME": cache or fresh}
            return run(SPLASH, "--lab", cls.lab.name, "--from", "n1", *words, check=check, env=environment)

    def table(self, *words, **more):
        return json.loads(self.splash("table", *words, "-o", "json", **more).stdout)

    def messages(self, *argv, environment=None):
        """SNMP messages and IP octets that a command sends and gets at n1, and what it printed."""
        with Capture(self.lab.netns("n1")) as capture:
            done = run(*argv, env=environment or ENVIRONMENT)
            # The last answer was there before the command ended; the capture reads it when woken.
        seen = capture.of_protocol(UDP)
        first = [one for one in seen if one.ip.frag == 0]
        return len(first), sum(len(one.octets) for one in seen), done.stdout

    def test_a_large_table_takes_fewer_messages_than_snmpbulkwalk(self):
        stock, stock_octets, walked = self.messages(
            "ip", "netns", "exec", self.lab.netns("n1"), "snmpbulkwalk", "-t", "10", "-Onq", *READ,
            self.lab.address("n2"), IP_ADDR_TABLE)
        own, own_octets, printed = self.messages(
            SPLASH, "--lab", self.lab.name, "--from", "n1", "table", "n2", "ipAddrTable", "-t", "10", "-o", "json")
        table = json.loads(printed)
        cells = {f".{column['oid'].strip('.')}.{row['index']}"
                 for row in table["rows"] for column in table["columns"] if column["name"] in row["cells"]}
        self.assertEqual(cells, {line.split()[0] for line in walked.splitlines()})
        self.assertGreater(len(table["rows"]), MANY)
        self.assertLess(own * 3, stock, f"{own} and {stock} messages")
        self.assertLess(own_octets, stock_octets * 1.25, f"{own_octets} and {stock_octets} octets")
        bulk, _, _ = self.messages(SPLASH, "--lab", self.lab.name, "--from", "n1", "walk", "n2", IP_ADDR_TABLE, "-t", "10")
        self.assertLess(bulk * 2, stock)

    def test_both_ways_choose_the_same_rows(self):
        for words in (("--where", "ipAdEntIfIndex != 1"), ("--where", "ipAdEntAddr = 10.9.0.7"),
                      ("--where", "ipAdEntIfIndex = 1 and not ipAdEntNetMask = 255.255.255.255"),
                      ("--where", "ipAdEntIfIndex > 0 and sysUpTime.0 >= 0", "--columns", "ipAdEntNetMask,ipAdEntAddr"),
                      ("--columns", "ipAdEntAddr"), ("--top", "3", "ipAdEntIfIndex", "--columns", "ipAdEntAddr"),
                      ("--max", "ipAdEntIfIndex"), ("--min", "ipAdEntIfIndex", "--where", "ipAdEntIfIndex > 1")):
            with self.subTest(words=words):
                by_snmp, by_snap = (self.table("n3", "ipAddrTable", *words, "--via", via) for via in BOTH)
                self.assertEqual((by_snmp["via"], by_snap["via"]), BOTH)
                self.assertEqual(by_snmp["rows"], by_snap["rows"])
                self.assertEqual(by_snmp["columns"], by_snap["columns"])
                self.assertGreater(len(by_snmp["rows"]), 0)
        for words in (("--count",), ("--count", "--where", "ipAdEntIfIndex = 1"), ("--sum", "ipAdEntIfIndex"),
                      ("--avg", "ipAdEntIfIndex", "--where", "ipAdEntIfIndex > 1"), ("--count", "--where", "ipAdEntIfIndex > 999")):
            with self.subTest(words=words):
                by_snmp, by_snap = (self.table("n3", "ipAddrTable", *words, "--via", via)["aggregate"] for via in BOTH)
                self.assertEqual(by_snmp, by_snap)
                self.assertIsNotNone(by_snmp["value"])
                printed = self.splash("table", "n3", "ipAddrTable", *words, "--via", "snap").stdout
                self.assertEqual(json.loads(printed), by_snap["value"])

    def test_an_average_of_nothing_is_none(self):
        for via in BOTH:
            answer = self.splash("table", "n3", "ipAddrTable", "--avg", "ipAdEntIfIndex", "--where",
                                 "ipAdEntIfIndex > 999", "--via", via)
            self.assertEqual(answer.stdout, "no rows\n")

    def test_where_no_row_fits_the_heading_is_printed(self):
        for via in BOTH:
            answer = self.splash("table", "n3", "ipAddrTable", "--where", "ipAdEntIfIndex > 999", "--columns",
                                 "ipAdEntAddr,ipAdEntNetMask", "--via", via)
            self.assertEqual(answer.stdout.split(), ["INDEX", "ipAdEntAddr", "ipAdEntNetMask"])

    def test_a_wrong_condition_is_shown_with_a_caret(self):
        done = self.splash("table", "n3", "ipAddrTable", "--where", "ipAdEntIfIndex >", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("\n  ipAdEntIfIndex >\n                  ^ here", done.stderr)

    def test_counting_on_the_node_is_chosen_and_explained(self):
        done = self.splash("table", "n3", "ipAddrTable", "--count", "--where", "ipAdEntIfIndex = 1", "--via", "auto",
                           "--explain")
        self.assertGreaterEqual(int(done.stdout), ROWS)
        for text in ("SNMP: ", "SNAP: 2 messages, ", "on 2 links together", "the target runs Splash",
                     "Splash nodes on the way: n1 (10.0.0.1), n2 (", "n3 by SNAP: "):
            self.assertIn(text, done.stderr)
        told = self.table("n3", "ipAddrTable", "--count", "--via", "auto")
        self.assertEqual((told["via"], told["way"]["via"]), ("snap", "snap"))

    def test_who_runs_splash_is_remembered(self):
        with tempfile.TemporaryDirectory() as cache:
            words = ("table", "n3", "ipAddrTable", "--count", "--via", "auto", "--explain")
            self.assertIn("the target runs Splash\n", self.splash(*words, cache=cache).stderr)
            self.assertIn("the target runs Splash (known from before)", self.splash(*words, cache=cache).stderr)

    def test_a_node_without_splash_is_asked_by_snmp(self):
        for words in (("get", "plain", "sysName.0"), ("next", "plain", "sysName"), ("walk", "plain", "sysName"),
                      ("table", "plain", "ifTable", "--count"), ("table", "plain", "ifTable", "--where", "ifIndex = 1"),
                      ("table", "plain", "ifTable")):
            with self.subTest(words=words):
                done = self.splash(*words, "--via", "auto", "--explain")
                self.assertIn("plain by SNMP: ", done.stderr)
                self.assertIn("the target cannot be asked by SNAP: ", done.stderr)
                self.assertNotEqual(done.stdout, "")

    def test_a_splash_node_without_snmp_is_asked_by_snap(self):
        done = self.splash("get", "n3", "sysName.0", "--via", "auto", "-v2c", "-c", "wrong", "-t", "2", "-r", "0")
        self.assertIn('"n3"' if '"' in done.stdout else "n3", done.stdout)
        self.assertIn("n3 by SNAP: by SNMP: ", done.stderr)

    def test_a_silent_node_gives_both_reasons(self):
        done = self.splash("get", "silent", "sysName.0", "--via", "auto", "-t", "0.5", "-r", "0", check=False)
        self.assertEqual(done.returncode, 1 if "Splash node there" in done.stderr.splitlines()[-1] else 4)
        self.assertIn("by SNMP: ", done.stderr)
        self.assertIn("by SNAP: ", done.stderr)

    def test_a_set_is_sent_one_way_only(self):
        self.splash("set", "plain", "sysContact.0", "s", "duty desk", "--via", "auto")
        self.assertEqual(self.lab.snmpget("plain", "1.3.6.1.2.1.1.4.0"), ['"duty desk"'])
        self.splash("set", "n3", "sysContact.0", "s", "a", "sysLocation.0", "s", "b", "--via", "auto")
        self.assertEqual(self.lab.snmpget("n3", "1.3.6.1.2.1.1.4.0", "1.3.6.1.2.1.1.6.0"), ['"a"', '"b"'])
        with Capture(self.lab.netns("n1")) as capture:
            done = self.splash("set", "silent", "sysContact.0", "s", "nobody", "--via", "auto", "-t", "0.5", check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertEqual(len(capture.of_protocol(UDP, outgoing=True)), 1)
        self.assertEqual(capture.of_protocol(), [])

    def test_options_that_make_no_sense_together_are_refused(self):
        for words, said in ((("get", "n3", "sysName.0", "--explain"), "--via auto"),
                            (("table", "n3", "ifTable", "--count", "--sum", "ifMtu"), "give one"),
                            (("table", "n3", "ifTable", "--count", "--columns", "ifMtu"), "leave out --columns"),
                            (("table", "n3", "ifTable", "--top", "17", "ifMtu"), "from 1 to 16"),
                            (("table", "n3", "ifTable", "--where", ""), "--where wants"),
                            (("table", "n3", "ifTable", "--columns", ","), "--columns wants")):
            with self.subTest(words=words):
                done = self.splash(*words, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn(said, done.stderr)
        for words, said in ((("--sum", "ifDescr"), "column of numbers"), (("--columns", "ifMtu.7"), "one object"),
                            (("--min", "ifMtuu"), "ifMtu")):
            with self.subTest(words=words):
                done = self.splash("table", "n3", "ifTable", *words, check=False)
                self.assertEqual(done.returncode, 3)
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
