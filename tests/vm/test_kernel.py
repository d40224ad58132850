"""What a kernel of Debian's own has and smaller ones lack: labs whose links netem makes bad, and what splash doctor finds."""

import json
import unittest

from support.commands import SPLASH, run
from support.lab import LabTest


class Netem(LabTest):
    topology = "line2"

    def impair(self, *words):
        return json.loads(run(SPLASH, "lab", "impair", self.lab.name, "n1-n2", *words, "-o", "json").stdout)

    def queue(self, node):
        """The root queue of a node's eth1, its kind and options as tc has them."""
        (root,) = [queue for queue in json.loads(self.lab.inside(node, "tc", "-j", "qdisc", "show", "dev", "eth1").stdout)
                   if queue.get("root")]
        return root["kind"], root.get("options", {})

    def test_does_all_that_links_can_be_told(self):
        said = self.impair("--delay", "20", "--jitter", "5", "--loss", "1.5", "--duplicate", "2", "--reorder", "25", "--corrupt", "3",
                           "--rate", "8M", "--limit", "77")
        self.assertEqual((said["netem"], said["means"]), (True, ["all: netem"]))
        for node in ("n1", "n2"):
            kind, options = self.queue(node)
            self.assertEqual(kind, "netem")
            self.assertEqual(options["limit"], 77)
            self.assertAlmostEqual(options["delay"]["delay"], 0.020, places=4)
            self.assertAlmostEqual(options["delay"]["jitter"], 0.005, places=4)
            for name, share in (("loss-random", "loss"), ("duplicate", "duplicate"), ("reorder", "reorder"), ("corrupt", "corrupt")):
                self.assertAlmostEqual(options[name][share], {"loss": 0.015, "duplicate": 0.02, "reorder": 0.25, "corrupt": 0.03}[share],
                                       places=4, msg=name)
            self.assertEqual(options["rate"]["rate"], 1_000_000)  # octets a second
        # What is given replaces what was there, of what is left out nothing stays.
        self.impair("--loss", "5")
        kind, options = self.queue("n2")
        self.assertEqual((kind, sorted(set(options) & {"delay", "duplicate", "reorder", "corrupt", "rate"})), ("netem", []))
        self.impair("--clear")
        self.assertNotEqual(self.queue("n1")[0], "netem")

    def test_no_process_carries_packets(self):
        self.impair("--delay", "5", "--loss", "1")
        for node in self.lab.nodes:
            pids = run("ip", "netns", "pids", self.lab.netns(node)).stdout.split()
            self.assertEqual(pids, [str(self.lab.pid(node))])


class Doctor(unittest.TestCase):
    """Modules are loaded while it tries, which takes seconds where processors are emulated."""

    def test_finds_what_this_kernel_has(self):
        checks = json.loads(run(SPLASH, "doctor", "--deadline", "50", "-o", "json", check=False).stdout)["checks"]
        states = {check["name"]: check["state"] for check in checks}
        for name in ("network namespaces", "raw IP sockets", "Router Alert", "veth", "bridge", "VXLAN", "GRE", "WireGuard", "PRIO", "HTB",
                     "TBF", "netem", "clsact", "cls_bpf", "XDP", "nftables"):
            self.assertEqual(states.get(name), "ok", f"{name}: {[check for check in checks if check['name'] == name]}")


if __name__ == "__main__":
    unittest.main()
