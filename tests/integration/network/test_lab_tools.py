"""What is done to a lab that is up: links impaired, daemons stopped, packets captured, pictures drawn; and large labs."""

import json
import math
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import DEADLINE, ENVIRONMENT, SPLASH, is_alive, run, wait_until  # noqa: E402
from support.lab import Lab, LabTest, remains_of  # noqa: E402
from support.netns import is_root, socket_inside  # noqa: E402


def lab_facts(name):
    labs = json.loads(run(SPLASH, "lab", "list", "-o", "json").stdout)["labs"]
    return [lab for lab in labs if lab["name"] == name][0]


class Ping:
    """What ping said: how many came back, which, and how fast at best."""

    def __init__(self, lab, to, *options, start="n1"):
        self.text = lab.inside(start, "ping", *options, to, check=False).stdout
        sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", self.text).groups()
        self.lost = int(sent) - int(received)
        self.sequence = [int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", self.text)]
        rtt = re.search(r"rtt min/avg/max/mdev = ([0-9.]+)/", self.text)
        self.fastest = float(rtt.group(1)) if rtt else None
        duplicates = re.search(r"\+(\d+) duplicates", self.text)
        self.duplicates = int(duplicates.group(1)) if duplicates else 0


class Impairments(LabTest):
    topology = "line3"

    def impair(self, *words, check=True):
        return run(SPLASH, "lab", "impair", self.lab.name, *words, check=check)

    def tearDown(self):
        self.impair("n2", "--clear")
        for node in self.lab.nodes:
            self.assertNotIn("wire-", self.lab.inside(node, "ip", "-o", "link").stdout)
            self.assertNotRegex(self.lab.inside(node, "tc", "qdisc").stdout, "clsact|tbf|netem|pfifo")
            pids = run("ip", "netns", "pids", self.lab.netns(node)).stdout.split()
            self.assertEqual(pids, [str(self.lab.pid(node))])
        self.assertEqual(lab_facts(self.lab.name)["conditions"], [])

    def wires(self):
        return [pid for node in self.lab.nodes for pid in run("ip", "netns", "pids", self.lab.netns(node)).stdout.split()
                if pathlib.Path(f"/proc/{pid}/comm").read_text() == "splash-wire\n"]

    def test_loses_the_share_it_was_told_one_way_only(self):
        said = self.impair("n1-n2", "--loss", "30", "--one-way").stdout
        self.assertIn("from n1: loss 30 %", said)
        lost = Ping(self.lab, "10.0.0.2", "-q", "-c1000", "-i0.002", "-W2").lost
        self.assertLess(abs(lost - 300), 5 * math.sqrt(1000 * 0.3 * 0.7))
        (condition,) = lab_facts(self.lab.name)["conditions"]
        self.assertEqual((condition["from"], condition["to"], condition["impairment"]), ("n1", "n2", {"loss": 30.0}))

    def test_delays_both_ways_and_one(self):
        self.impair("n1-n2", "--delay", "20", "--jitter", "5")
        self.assertGreaterEqual(Ping(self.lab, "10.0.0.2", "-c5", "-i0.01", "-W20").fastest, 30)
        self.impair("n1:eth1", "--delay", "20")
        self.assertGreaterEqual(Ping(self.lab, "10.0.0.2", "-c5", "-i0.01", "-W20").fastest, 40)
        self.impair("n1-n2", "--clear")
        self.impair("n2-n1", "--delay", "20", "--one-way")
        self.assertGreaterEqual(Ping(self.lab, "10.0.0.2", "-c5", "-i0.01", "-W20").fastest, 20)
        self.assertEqual([c["from"] for c in lab_facts(self.lab.name)["conditions"]], ["n2"])

    def test_doubles_packets(self):
        self.impair("n1-n2", "--duplicate", "100", "--one-way")
        self.assertGreaterEqual(Ping(self.lab, "10.0.0.2", "-c20", "-i0.01", "-W20").duplicates, 19)

    def test_some_overtake_the_others(self):
        self.impair("n1-n2", "--delay", "100", "--reorder", "50", "--one-way")
        ping = Ping(self.lab, "10.0.0.2", "-c40", "-i0.005", "-W20")
        self.assertEqual(sorted(ping.sequence), list(range(1, 41)))
        self.assertNotEqual(ping.sequence, sorted(ping.sequence))

    def test_spoilt_packets_do_not_pass_their_checksum(self):
        self.assertEqual(Ping(self.lab, "10.0.0.2", "-c1", "-W20").lost, 0)  # no ARP to be spoilt, below
        answer = json.loads(self.impair("n1-n2", "--corrupt", "100", "--one-way", "-o", "json").stdout)
        # netem's bit may also be one of the sender's Ethernet address, 6 of 98 octets, which nobody checks.
        least = 14 if answer["netem"] else 20
        self.assertGreaterEqual(Ping(self.lab, "10.0.0.2", "-c20", "-i0.01", "-W1").lost, least)

    def test_is_no_faster_than_the_rate(self):
        rate, size = 4_000_000, 1000
        self.impair("n1-n2", "--rate", "4M", "--limit", "500", "--one-way")
        sender = socket_inside(self.lab.netns("n1"), 2, 2)  # AF_INET, SOCK_DGRAM
        self.addCleanup(sender.close)
        with tempfile.TemporaryDirectory() as place:
            file = pathlib.Path(place) / "rate.pcapng"
            with Capturing(self.lab, file, "--link", "n1-n2", "--filter", "udp port 4000", "--count", "300"):
                for _ in range(400):
                    sender.sendto(bytes(size), ("10.0.0.2", 4000))
            packets = tshark(file, "frame.time_epoch", "frame.len")
        times = [float(time) for time, _ in packets]
        octets = sum(int(length) for _, length in packets[1:])
        burst = 2 * 1514 + 4 * rate / 8 / 1000
        self.assertLessEqual((octets - burst) * 8 / (times[-1] - times[0]), rate * 1.02)

    def test_down_is_down_and_up_brings_the_routes_back(self):
        before = self.lab.inside("n1", "ip", "route").stdout
        self.impair("n1-n2", "--down")
        self.assertIn("down", run(SPLASH, "lab", "list").stdout)
        self.assertNotIn("10.0.0.3", self.lab.inside("n1", "ip", "route").stdout)
        self.impair("n1-n2", "--up")
        self.assertEqual(self.lab.inside("n1", "ip", "route").stdout, before)
        self.assertEqual(Ping(self.lab, "10.0.0.3", "-c1", "-W20").lost, 0)

    def test_up_brings_back_what_others_set_down(self):
        before = self.lab.inside("n1", "ip", "route").stdout
        self.lab.inside("n1", "ip", "link", "set", "eth1", "down")
        self.impair("n1-n2", "--up")
        self.assertEqual(self.lab.inside("n1", "ip", "route").stdout, before)

    def test_says_what_stands_in_for_netem_and_replaces_what_was(self):
        answer = json.loads(self.impair("n1-n2", "--delay", "5", "--loss", "1", "--rate", "10M", "-o", "json").stdout)
        self.assertEqual(answer["links"], ["n1-n2"])
        means = ["all"] if answer["netem"] else ["rate", "delay, loss"]
        self.assertEqual([line.split(":")[0] for line in answer["means"]], means)
        self.impair("n1-n2", "--loss", "2.5")
        listed = run(SPLASH, "lab", "list").stdout
        self.assertIn(f"{self.lab.name}: n1-n2: loss 2.5 %\n", listed)
        self.impair("n1-n2", "--rate", "10M")
        self.assertEqual(self.wires(), [])

    def test_a_dead_wire_is_told_of_and_can_be_replaced(self):
        answer = json.loads(self.impair("n1-n2", "--delay", "5", "-o", "json").stdout)
        if answer["netem"]:
            self.skipTest("this kernel has netem: no process carries packets")
        wires = self.wires()
        self.assertEqual(len(wires), 2)
        os.kill(int(wires[0]), signal.SIGKILL)
        wait_until(lambda: "broken" in run(SPLASH, "lab", "list").stdout, "the dead wire is listed")
        self.assertEqual(Picture(self.lab.name).conditions("n1-n2"), ["broken: a process died,", "impair it anew", "delay 5 ms"])
        self.impair("n1-n2", "--delay", "5")
        self.assertGreaterEqual(Ping(self.lab, "10.0.0.2", "-c1", "-W20").fastest, 10)

    def test_a_picture_has_conditions_in_lines_no_longer_than_a_link(self):
        self.impair("n1-n2", "--delay", "150", "--loss", "0.5", "--corrupt", "1", "--rate", "10M", "--one-way")
        lines = Picture(self.lab.name).conditions("n1-n2")
        self.assertEqual(" ".join(lines), "from n1: delay 150 ms, loss 0.5 %, corrupt 1 %, rate 10 Mbit/s")
        self.assertLessEqual(max(map(len, lines)), 23)

    def test_refuses_what_makes_no_sense(self):
        for words, status, says in (
                (("n1-n3", "--loss", "1"), 4, "n1-n3"), (("n1:eth9", "--loss", "1"), 4, "n1:eth9"),
                (("n1-n2", "--loss", "101"), 2, "0 to 100"), (("n1-n2", "--loss", "nan"), 2, "nan"),
                (("n1-n2", "--rate", "fast"), 2, "64k"), (("n1-n2", "--rate", "1"), 3, "rate of 1 bit/s"),
                (("n1-n2", "--delay", "1", "--jitter", "2"), 3, "jitter"), (("n1-n2", "--reorder", "5"), 3, "delay"),
                (("n1-n2",), 2, "nothing to do"), (("n1-n2", "--clear", "--loss", "1"), 2, "alone"),
                (("n1-n2", "--down", "--one-way"), 2, "--loss 100"), (("n1-n2", "--up", "--down"), 2, "exclude each other")):
            with self.subTest(words=words):
                done = self.impair(*words, check=False)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(says, done.stderr)
        self.assertEqual(run(SPLASH, "lab", "impair", "nosuchlab", "n1", "--loss", "1", check=False).returncode, 4)


@unittest.skipUnless(is_root(), "needs root: network namespaces")
class ImpairedLabs(unittest.TestCase):
    def test_down_leaves_nothing_of_the_impairments(self):
        lab = Lab("line2")
        self.addCleanup(lab.down)
        lab.up()
        run(SPLASH, "lab", "impair", lab.name, "n1", "--delay", "5", "--loss", "1")
        pids = [pid for node in lab.nodes for pid in run("ip", "netns", "pids", lab.netns(node)).stdout.split()]
        lab.down(check=True)
        self.assertEqual(remains_of(lab.name), [])
        self.assertEqual([pid for pid in pids if is_alive(int(pid))], [])


class Daemons(LabTest):
    topology = "line2"

    def power(self, *words, check=True):
        return run(SPLASH, "lab", words[0], self.lab.name, *words[1:], check=check)

    def test_stop_start_restart(self):
        before = self.lab.pid("n2")
        self.power("stop", "n2")
        self.assertFalse(is_alive(before))
        self.assertIn(f"{self.lab.name}: n2: splashd is stopped\n", run(SPLASH, "lab", "list").stdout)
        self.assertEqual(self.power("stop", "n2").returncode, 0)
        self.power("start", "n2")
        self.assertEqual(self.lab.snmpget("n2", ".1.3.6.1.2.1.1.5.0"), ['"n2"'])
        again = self.power("start", "n2", check=False)
        self.assertEqual((again.returncode, "runs" in again.stderr or "n2" in again.stderr), (4, True))
        self.power("restart", "n2", "--kill")
        self.assertEqual(self.lab.snmpget("n2", ".1.3.6.1.2.1.1.5.0"), ['"n2"'])
        self.assertEqual([node["state"] for node in lab_facts(self.lab.name)["nodes"]], ["up", "up"])
        self.assertEqual(self.power("stop", "n7", check=False).returncode, 4)

    def test_one_that_dies_is_noted(self):
        self.lab.kill("n1", signal.SIGKILL)
        self.assertIn(f"{self.lab.name}: n1: splashd has died", run(SPLASH, "lab", "list").stdout)
        self.assertEqual(states_of_picture(self.lab.name)["n1"], "died")
        self.power("restart", "n1")
        self.assertEqual(self.lab.snmpget("n1", ".1.3.6.1.2.1.1.5.0", start="n2"), ['"n1"'])


class Capturing:
    """`splash lab capture` while the block runs; the block begins when it sees every packet. With --count it is
    waited for, else it is interrupted."""

    def __init__(self, lab, file, *options):
        self.options = options
        self.process = subprocess.Popen([SPLASH, "lab", "capture", lab.name, "--write", str(file), *options],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        self.said = self.process.stderr.readline()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if "--count" not in self.options or kind:
                self.process.send_signal(signal.SIGINT)
            self.said += self.process.communicate(timeout=DEADLINE)[1]
        finally:
            self.process.kill()
        if self.process.returncode != 0 and not kind:
            raise AssertionError(self.said)


def tshark(file, *fields):
    """Those fields of every packet."""
    words = [word for field in fields for word in ("-e", field)]
    lines = run("tshark", "-n", "-r", file, "-T", "fields", *words).stdout.splitlines()
    return [tuple(line.split("\t")) for line in lines]


class Captures(LabTest):
    topology = "line6"
    there = [f"n{i}:eth1" for i in range(2, 7)]
    back = [f"n{i}:eth2" for i in range(5, 1, -1)] + ["n1:eth1"]

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file = pathlib.Path(directory.name) / "lab.pcapng"
        self.lab.splash("get", "n6", "sysName.0", "--via", "snap")  # ARP is done

    def test_a_query_over_five_hops_is_on_every_link_in_order(self):
        with Capturing(self.lab, self.file, "--filter", "ip proto 253") as capturing:
            self.lab.splash("path", "n6")
        packets = tshark(self.file, "frame.interface_name", "frame.time_epoch")
        self.assertEqual([interface for interface, _ in packets], self.there + self.back)
        times = [float(time) for _, time in packets]
        self.assertEqual(times, sorted(times))
        self.assertIn("10 packets in", capturing.said)
        self.assertIn("0 dropped", capturing.said)

    def test_ends_after_a_count_and_writes_pcap(self):
        file = self.file.with_suffix(".pcap")
        with Capturing(self.lab, file, "--filter", "ip proto 253", "--count", "7"):
            self.lab.splash("path", "n6")
        self.assertEqual(len(tshark(file, "ip.src")), 7)

    def test_only_the_links_asked_for_in_a_while(self):
        with Capturing(self.lab, self.file, "--link", "n3-n2", "--link", "n6:eth1", "--filter", "ip proto 253"):
            self.lab.splash("path", "n6")
        self.assertEqual([interface for (interface,) in tshark(self.file, "frame.interface_name")],
                         ["n3:eth1", "n6:eth1", "n5:eth2", "n2:eth2"])
        done = run(SPLASH, "lab", "capture", self.lab.name, "-w", self.file, "--duration", "0.1",
                   "--filter", "udp port 9")
        self.assertIn("0 packets", done.stderr)
        self.assertEqual(tshark(self.file, "frame.len"), [])

    def test_refuses_what_it_cannot_do(self):
        for words, status, says in ((("-w", "/tmp/x.txt"), 3, "pcapng"), (("--filter", "port port"), 3, "syntax"),
                                    (("--link", "n1-n6"), 4, "n1-n6"), (("-w", "/nonexistent/x.pcap"), 4, "No such")):
            with self.subTest(words=words):
                done = run(SPLASH, "lab", "capture", self.lab.name, "--duration", "0.1", *words, check=False,
                           cwd=self.file.parent)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(says, done.stderr)

    def test_ends_when_the_lab_does(self):
        other = Lab("line2")
        self.addCleanup(other.down)
        other.up()
        with Capturing(other, self.file, "--count", "1000000") as capturing:
            other.down(check=True)
        self.assertIn("taken down", capturing.said)


SVG = "{http://www.w3.org/2000/svg}"


class Picture:
    """The SVG of a lab or a topology, checked for what every picture must have: each id once, all boxes inside, none
    over another."""

    def __init__(self, name):
        root = ET.fromstring(run(SPLASH, "lab", "graph", name).stdout)
        _, _, width, height = map(float, root.get("viewBox").split())
        groups = [group for group in root.iter(f"{SVG}g") if "id" in group.attrib]
        assert len({group.get("id") for group in groups}) == len(groups), "an id appears twice"
        self.links = [group for group in groups if group.get("id").startswith("link-")]
        nodes = {group.get("id")[5:]: group for group in groups if group.get("id").startswith("node-")}
        self.states = {name: group.get("class").split()[1] for name, group in nodes.items()}
        boxes = [[float(group.find(f"{SVG}rect").get(side)) for side in ("x", "y", "width", "height")] for group in nodes.values()]
        for i, (x, y, w, h) in enumerate(boxes):
            assert 0 <= x and x + w <= width and 0 <= y and y + h <= height, (name, boxes[i], width, height)
            for other in boxes[:i]:
                assert abs(x - other[0]) > w or abs(y - other[1]) > h, (name, boxes[i], other)

    def conditions(self, link):
        """What is written at the link, line by line."""
        (group,) = [group for group in self.links if group.get("id") == f"link-{link}"]
        return [text.text for text in group.iter(f"{SVG}text") if text.get("class") == "condition"]


def states_of_picture(name):
    return Picture(name).states


class Pictures(unittest.TestCase):
    def test_every_node_and_link_is_there_once(self):
        for name, links in (("line20", 19), ("ring6", 6), ("star8", 7), ("tree15", 14), ("grid16", 24),
                            ("honeycomb20", 24)):
            with self.subTest(name):
                nodes = int(re.search(r"\d+", name).group())
                self.assertEqual(states_of_picture(name), {f"n{i}": "planned" for i in range(1, nodes + 1)})
                text = run(SPLASH, "lab", "graph", name).stdout
                self.assertEqual(text.count('id="link-'), links)
                facts = json.loads(run(SPLASH, "lab", "graph", name, "-o", "json").stdout)
                self.assertEqual((len(facts["nodes"]), len(facts["links"])), (nodes, links))
                dot = run(SPLASH, "lab", "graph", name, "-o", "dot").stdout
                self.assertEqual(dot.count(" -- "), links)
                self.assert_nodes_stand_apart(facts["nodes"])

    def test_every_kind_and_size_is_inside_its_picture_and_apart(self):
        for kind in ("line", "ring", "star", "tree", "grid", "honeycomb"):
            for nodes in (2, 3, 7, 40, 101, 200):
                with self.subTest(kind=kind, nodes=nodes):
                    picture = Picture(f"{kind}{nodes}")
                    self.assertEqual(len(picture.states), nodes)
                    facts = json.loads(run(SPLASH, "lab", "graph", f"{kind}{nodes}", "-o", "json").stdout)
                    self.assertEqual(sorted(group.get("id") for group in picture.links),
                                     sorted(f"link-{link['name']}" for link in facts["links"]))

    def assert_nodes_stand_apart(self, nodes):
        for i, one in enumerate(nodes):
            for other in nodes[:i]:
                self.assertTrue(abs(one["x"] - other["x"]) > 84 or abs(one["y"] - other["y"]) > 40, (one, other))

    def test_a_file_of_any_shape_is_drawn_with_nodes_apart(self):
        text = "name: odd\ntopology:\n  nodes:\n" + "".join(f"    a{i}:\n" for i in range(12)) + "  links:\n"
        pairs = [(i, (i * 5 + 1) % 11) for i in range(11) if i != (i * 5 + 1) % 11] + [(0, 1)]
        for number, (a, b) in enumerate(pairs):
            text += f'    - endpoints: ["a{a}:e{number}", "a{b}:f{number}"]\n'
        with tempfile.TemporaryDirectory() as place:
            file, out = pathlib.Path(place) / "odd.clab.yml", pathlib.Path(place) / "odd.json"
            file.write_text(text)
            run(SPLASH, "lab", "graph", file, "-o", out)
            facts = json.loads(out.read_text())
            self.assertEqual(len(facts["links"]), len(pairs))
            self.assert_nodes_stand_apart(facts["nodes"])
            self.assertEqual(len(states_of_picture(str(file))), 12)

    def test_refuses_other_formats_and_names(self):
        self.assertEqual(run(SPLASH, "lab", "graph", "line2", "-o", "x.png", check=False).returncode, 2)
        self.assertEqual(run(SPLASH, "lab", "graph", "cube8", check=False).returncode, 3)


class LargeLab(LabTest):
    topology = "honeycomb100"

    def test_the_hundredth_node_answers_the_first(self):
        answer = self.lab.ask("get", "n100", "sysName.0", "--via", "snap")
        self.assertEqual(answer["results"][0]["value"], "n100")
        addresses = [address for node in ("n1", "n50", "n100") for address in self.lab.addresses(node)]
        self.assertEqual(len(set(addresses) - {"127.0.0.1"}), len(addresses) - addresses.count("127.0.0.1"))
        self.assertEqual({node["state"] for node in lab_facts(self.lab.name)["nodes"]}, {"up"})


class LongLab(LabTest):
    topology = "line70"

    def test_snmp_and_programs_hop_by_hop_cross_more_than_64_hops(self):
        for via in ("snmp", "snap"):
            words = ("get", "n70", "sysName.0", "--via", via, *(("--travel", "hops") if via == "snap" else ()))
            self.assertEqual(self.lab.ask(*words)["results"][0]["value"], "n70")

    def test_a_path_that_no_packet_can_bring_comes_back_whole(self):
        for length in (30, 70):
            answer = self.lab.ask("path", f"n{length}", "sysName.0", "ifNumber.0", "sysServices.0", "ipForwarding.0")
            self.assertEqual([hop["name"] for hop in answer["hops"]], [f"n{i}" for i in range(1, length + 1)])
            self.assertEqual([hop["hop"] for hop in answer["hops"]], list(range(1, length + 1)))
            self.assertEqual([hop["results"][0]["value"] for hop in answer["hops"]],
                             [hop["name"] for hop in answer["hops"]])
            self.assertEqual({len(hop["results"]) for hop in answer["hops"]}, {4})
            self.assertTrue(answer["complete"])
            self.assertGreater(answer["packets"], 1)

    def test_a_long_path_tells_how_far_it_got(self):
        done = self.lab.splash("path", "n30", "sysName.0", "ifNumber.0", "sysServices.0", "ipForwarding.0", "--progress")
        self.assertRegex(done.stderr, "hops, [0-9]+ packets")

    def test_more_objects_of_a_path_than_fit_a_packet_are_asked_for_in_rounds(self):
        objects = ["sysDescr.0", "sysName.0", "ifNumber.0"] * 12
        hops = self.lab.ask("path", "n5", *objects)["hops"]
        self.assertEqual([hop["name"] for hop in hops], ["n1", "n2", "n3", "n4", "n5"])
        for hop in hops:
            self.assertEqual([hop["results"][at]["value"] for at in range(1, len(objects), 3)], [hop["name"]] * 12)

    def test_a_long_path_that_is_cut_is_told_as_far_as_it_goes(self):
        run(SPLASH, "lab", "impair", self.lab.name, "n50-n51", "--down")
        self.addCleanup(run, SPLASH, "lab", "impair", self.lab.name, "n50-n51", "--up")
        done, answer = self.lab.ask("path", "n70", "sysName.0", check=False)
        self.assertNotEqual(done.returncode, 0)
        # The kernel of n50, which has no route now, refuses the packet before a program sees it.
        self.assertEqual([hop["name"] for hop in answer["hops"]], [f"n{i}" for i in range(1, 50)])
        self.assertFalse(answer["complete"])
        self.assertIn("n50", answer["error"]["detail"])


if __name__ == "__main__":
    unittest.main()
