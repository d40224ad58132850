"""What happens to a node that has run for long: links flap, disks fill up, clocks step, addresses change under traffic."""

import os
import pathlib
import re
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import ENVIRONMENT, SPLASH, run, wait_until  # noqa: E402
from support.daemon import BOX, BOX_ALLOWS_PEER, BOX_SETTINGS, Daemon  # noqa: E402
from support.lab import PING, Lab, LabTest  # noqa: E402
from support.netns import is_root  # noqa: E402
from support.snap import assemble  # noqa: E402
from support.unix_client import Closed  # noqa: E402

FAKETIME = "/usr/$LIB/faketime/libfaketime.so.1"
SYS_CONTACT, SYS_NAME, UPTIME = ".1.3.6.1.2.1.1.4.0", ".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.1.3.0"
ENGINE_TIME = ".1.3.6.1.6.3.10.2.1.3.0"
FLAPS = 25
CLOCK = "now\ndemuxall 0\n"


def descriptors(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


class Traffic:
    """Programs that go from n1 to a node and back, one after the other, while the block runs; answers are not awaited."""

    def __init__(self, lab, to):
        self.lab, self.to, self.sent = lab, to, 0
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._send, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join(timeout=60)

    def _send(self):
        program, to = assemble(PING), self.lab.address(self.to)
        while not self.ends.is_set():
            with self.lab.client("n1") as client:
                for _ in range(50):
                    client.inject(program, to)
                    self.sent += 1


@unittest.skipUnless(is_root(), "needs root: network namespaces")
class Flapping(unittest.TestCase):
    def test_links_that_flap_under_traffic_leave_the_nodes_as_they_were(self):
        lab = Lab("line5")
        self.addCleanup(lab.down)
        lab.up()
        lab.ask("path", "n5")
        before = {node: descriptors(lab.pid(node)) for node in lab.nodes}
        with Traffic(lab, "n5") as traffic:
            for _ in range(FLAPS):
                sent = traffic.sent
                lab.inside("n3", "ip", "link", "set", "dev", "eth2", "down")
                wait_until(lambda s=sent: traffic.sent > s + 20, "traffic goes on while the link is down")
                lab.inside("n3", "ip", "link", "set", "dev", "eth2", "up")
                for node in ("n4", "n5"):  # the kernel forgot the routes that led there
                    lab.inside("n3", "ip", "route", "replace", lab.address(node), "via", "172.16.0.5", "src",
                               lab.address("n3"))
        names = [hop["name"] for hop in lab.ask("path", "n5")["hops"]]
        self.assertEqual(names, ["n1", "n2", "n3", "n4", "n5"])
        for node in lab.nodes:
            self.assertTrue(lab.is_alive(node), lab.log(node)[-2000:])
            self.assertEqual(lab.snmpget(node, SYS_NAME), [f'"{node}"'])
            wait_until(lambda n=node: descriptors(lab.pid(n)) <= before[n],
                       lambda n=node: f"{n} has {before[n]} descriptors again, not {descriptors(lab.pid(n))}")


@unittest.skipUnless(is_root(), "needs root: network namespaces")
class Killed(unittest.TestCase):
    ALL = ["n1", "n2", "n3", "n4", "n5"]

    def names_on_the_way(self, lab):
        return [hop["name"] for hop in lab.ask("path", "n5", "-t", "10")["hops"]]

    def test_any_daemon_may_be_killed_under_traffic_and_comes_back(self):
        lab = Lab("line5")
        self.addCleanup(lab.down)
        lab.up()
        for node in self.ALL[1:]:
            with self.subTest(node), Traffic(lab, "n5") as traffic:
                lab.kill(node)
                sent = traffic.sent
                wait_until(lambda s=sent, t=traffic: t.sent > s + 50, "traffic goes on without it")
                if node != "n5":  # its kernel says that nobody is there, but not to every packet of a flood
                    self.assertEqual(self.names_on_the_way(lab), [other for other in self.ALL if other != node])
                run(SPLASH, "lab", "start", lab.name, node)
                self.assertEqual(self.names_on_the_way(lab), self.ALL)
                self.assertEqual(lab.snmpget(node, SYS_NAME), [f'"{node}"'])
                lab.refresh()
        for node in self.ALL:
            self.assertEqual(lab.snmpget(node, SYS_NAME), [f'"{node}"'])

    def test_a_client_whose_daemon_is_killed_is_told(self):
        lab = Lab("line3")
        self.addCleanup(lab.down)
        lab.up()
        with lab.client("n1") as client:
            lab.kill("n1")
            with self.assertRaises((Closed, ConnectionError)):
                client.packet()
        run(SPLASH, "lab", "start", lab.name, "n1")
        self.assertEqual([hop["name"] for hop in lab.ask("path", "n3")["hops"]], ["n1", "n2", "n3"])


class Surroundings(LabTest):
    """A daemon of the test's own in "box", asked from "peer"."""

    topology = BOX

    def daemon(self, **more):
        made = Daemon(self.lab.netns("box"), BOX_SETTINGS + BOX_ALLOWS_PEER, **more)
        self.addCleanup(made.end)
        return made

    def snmp(self, tool, *words, community="public", check=True):
        done = run("ip", "netns", "exec", self.lab.netns("box"), tool, "-v2c", "-c", community, "-Oqvt", "-t", "5",
                   "127.0.0.1", *words, check=check, env=ENVIRONMENT)
        return done.stdout.strip() if check else done

    def ask_box(self, to=None):
        with self.lab.client("peer") as client:
            client.inject(assemble(PING), to or self.lab.address("box"))
            return client.packet()

    # ---- full disks

    def small_disk(self):
        folder = tempfile.mkdtemp(prefix="splash-it-")
        self.addCleanup(os.rmdir, folder)
        run("mount", "-t", "tmpfs", "-o", "size=256k,mode=777", "splash-it", folder)
        self.addCleanup(run, "umount", "-l", folder)
        return pathlib.Path(folder)

    def test_a_full_disk_stops_neither_requests_nor_programs_and_loses_nothing_once_there_is_room(self):
        disk = self.small_disk()
        daemon = self.daemon(directory=disk)
        daemon.conf.write_text(daemon.conf.read_text().replace("sysName box\n", ""))
        with daemon:
            filler = disk / "filler"
            with open(filler, "wb", buffering=0) as file, self.assertRaises(OSError):
                while True:
                    file.write(bytes(4096))
            self.snmp("snmpset", SYS_CONTACT, "s", "while full", community="private")
            # The second in which it would be stored passes, and it goes on.
            start = int(self.snmp("snmpget", UPTIME))
            wait_until(lambda: int(self.snmp("snmpget", UPTIME)) > start + 250, "two seconds pass")
            self.assertEqual(self.snmp("snmpget", SYS_CONTACT), '"while full"')
            self.assertEqual(self.ask_box().values(), [b"still there"])
            self.assertIsNone(daemon.process.poll())
            filler.unlink()
            self.snmp("snmpset", ".1.3.6.1.2.1.1.6.0", "s", "somewhere", community="private")
            stored = daemon.persistent / "snmpd.conf"
            wait_until(lambda: "while full" in stored.read_text() and "somewhere" in stored.read_text(),
                       lambda: f"both are stored once there is room: {stored.read_text()}")
            self.assertEqual(daemon.stop(), 0)
        text = stored.read_text()
        for line in ("psyscontact while full", "psyslocation somewhere", "engineBoots 1"):
            self.assertIn(line + "\n", text)

    def test_it_starts_on_a_full_disk(self):
        disk = self.small_disk()
        daemon = self.daemon(directory=disk)
        with open(disk / "filler", "wb", buffering=0) as file, self.assertRaises(OSError):
            while True:
                file.write(bytes(4096))
        daemon.options = ["-r"]  # as snmpd does with it: no pid file is no reason to end
        daemon.log_file = pathlib.Path(tempfile.mkstemp(prefix="splash-it-")[1])
        self.addCleanup(daemon.log_file.unlink)
        with daemon:
            self.assertEqual(self.snmp("snmpget", SYS_NAME), '"box"')
            self.assertEqual(self.ask_box().values(), [b"still there"])

    # ---- clocks

    def test_a_stepping_wall_clock_moves_only_what_shows_it(self):
        daemon = self.daemon()
        clock = daemon.directory / "clock"
        clock.write_text("+0")
        daemon.before = ["env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME_TIMESTAMP_FILE={clock}", "FAKETIME_NO_CACHE=1",
                         "FAKETIME_DONT_FAKE_MONOTONIC=1"]

        def node_clock():
            with daemon.client() as client:
                client.inject(assemble(CLOCK), "127.0.0.1")
                return client.packet().values()[0] / 1e6

        def uptime():
            return int(self.snmp("snmpget", UPTIME)) / 100

        with daemon:
            begin = time.monotonic()
            up = uptime()
            for step in (86400, -86400, 3600 * 24 * 400, -3600 * 24 * 400, 0):
                clock.write_text(f"{step:+d}")
                with self.subTest(step=step):
                    self.assertAlmostEqual(node_clock() - time.time(), step, delta=60)
                    self.assertLess(abs(uptime() - up), time.monotonic() - begin + 2, "sysUpTime does not step")
                    self.assertLess(int(self.snmp("snmpget", ENGINE_TIME)), 600, "nor does snmpEngineTime")
                    self.assertEqual(self.ask_box().values(), [b"still there"])
                    self.snmp("snmpset", SYS_CONTACT, "s", f"at {step}", community="private")
            stored = daemon.persistent / "snmpd.conf"
            wait_until(lambda: "at 0" in stored.read_text(), "what was set is stored, whatever the clock did")
            self.assertEqual(daemon.stop(), 0)

    # ---- addresses

    def change(self, *words):
        run("ip", "-n", self.lab.netns("box"), *words)

    def test_addresses_may_come_and_go_under_a_running_daemon(self):
        fresh = "10.99.0.1"
        run("ip", "-n", self.lab.netns("peer"), "route", "add", fresh, "via", self.link_address(), "src",
            self.lab.address("peer"))
        self.addCleanup(run, "ip", "-n", self.lab.netns("peer"), "route", "del", fresh)
        with self.daemon() as daemon:
            self.assertEqual(self.ask_box().values(), [b"still there"])
            self.change("addr", "add", fresh + "/32", "dev", "lo")
            self.addCleanup(run, "ip", "-n", self.lab.netns("box"), "addr", "del", fresh + "/32", "dev", "lo",
                            check=False)
            wait_until(lambda: self.answers_as(fresh), f"the node answers as {fresh}")
            self.assertEqual(self.from_peer("snmpget", fresh, SYS_NAME), '"box"')
            self.change("addr", "del", fresh + "/32", "dev", "lo")
            wait_until(lambda: not self.answers_as(fresh), f"the node is no longer {fresh}")
            self.assertEqual(self.ask_box().values(), [b"still there"])
            self.assertIsNone(daemon.process.poll())

    def test_an_interface_may_be_replaced_under_a_running_daemon(self):
        with self.daemon() as daemon:
            for index in range(20):
                self.change("link", "add", f"d{index}", "type", "veth", "peer", "name", f"e{index}")
                self.change("addr", "add", f"192.0.2.{4 * index + 1}/30", "dev", f"d{index}")
                self.change("link", "set", "dev", f"d{index}", "up")
                self.assertEqual(self.ask_box().values(), [b"still there"])
                self.change("link", "del", f"d{index}")
            names = run("ip", "netns", "exec", self.lab.netns("box"), "snmpwalk", "-v2c", "-c", "public", "-Oqv",
                        "127.0.0.1", ".1.3.6.1.2.1.2.2.1.2", env=ENVIRONMENT).stdout
            self.assertIn("eth1", names)
            self.assertIsNone(daemon.process.poll())

    def link_address(self):
        lines = run("ip", "-4", "-o", "-n", self.lab.netns("box"), "addr", "show", "dev", "eth1").stdout
        return re.search(r"inet ([0-9.]+)/", lines).group(1)

    def answers_as(self, address):
        """Whether the node takes a packet to that address for its own: `forw` falls through only there."""
        with self.lab.client("peer") as client:
            client.inject(assemble(PING), address)
            return client.packet().values() == [b"still there"]

    def from_peer(self, tool, address, *words):
        return run("ip", "netns", "exec", self.lab.netns("peer"), tool, "-v2c", "-c", "public", "-Oqv", "-t", "5",
                   address, *words, env=ENVIRONMENT).stdout.strip()


if __name__ == "__main__":
    unittest.main()
