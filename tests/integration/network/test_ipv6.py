"""IPv6 as the carrier: the same programs, commands and reports as by IPv4, in labs that have both."""

import json
import pathlib
import re
import socket
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.capture import Capture, write_pcap  # noqa: E402
from support.commands import PROGRAMS, ROOT, SPLASH, run  # noqa: E402
from support.daemon import BOX, BOX_SETTINGS, Daemon  # noqa: E402
from support.lab import NAME_THERE, PING, LabTest  # noqa: E402
from support.netns import udp_inside  # noqa: E402
from support.snap import PROTOCOL, UDP_PORT, Exc, Packet, assemble  # noqa: E402

NO_ROUTE, DOES_NOT_FIT, NOT_PERMITTED = 34, 37, 39
UNDERFLOW, TTL_EXCEEDED, NO_SPLASH, NOT_ADMITTED = 128, 137, 138, 139
# The next header is SNAP's; Router Alert of active networks (RFC 2711), padded.
HOP_BY_HOP = bytes([PROTOCOL, 0, 5, 2, 0, 2, 1, 0])
UDP = 17
WITHOUT_IPV6 = str(pathlib.Path(__file__).resolve().parents[1] / "support/without_ipv6.py")
CAPABILITIES = 'push "capabilities"\ncalls "node_info"\ndemuxall 0\n'
NAME_DIRECT = NAME_THERE.replace("moveto", "dmoveto").replace("forw", "dforw")


def with_ipv6_header(text):
    """A program as a client hands it over that wants it sent by IPv6."""
    return Packet.decode(assemble(text)).but(origin="::").encode()


class Ipv6Lab(LabTest):
    def run_from(self, node, text, to, bound=64):
        with self.lab.client(node) as client:
            client.inject(with_ipv6_header(text), self.lab.address(to, 6) if to in self.lab.nodes else to, bound)
            return client.packet()


class ByIpv6(Ipv6Lab):
    """n1, n2, n3 in a line. A capture is in n2, whose eth1 leads to n1 and eth2 to n3."""

    topology = "line3"

    def setUp(self):
        self.settings = {node: (self.lab.directory(node) / "splash.toml").read_text() for node in self.lab.nodes}
        self.addCleanup(self.restore)

    def restore(self):
        for node, text in self.settings.items():
            if (self.lab.directory(node) / "splash.toml").read_text() != text:
                self.lab.configure(node, lambda _, text=text: text)

    def pass_by(self, text, count=2):
        """What leaves n2 while n1 runs a program on n3, and what was delivered."""
        with Capture(self.lab.netns("n2"), version=6) as capture:
            answer = self.run_from("n1", text, "n3")
            return capture.wait_for(count, outgoing=True), answer

    # ---- on the wire

    def test_moves_carry_router_alert_in_a_hop_by_hop_header(self):
        (out, back), answer = self.pass_by(NAME_THERE)
        self.assertEqual(answer.values(), [b"n3"])
        for seen in (out, back):
            self.assertEqual(seen.octets[40:48], HOP_BY_HOP)
            self.assertEqual(seen.ip.hlim, seen.snap.bound)
            self.assertEqual(seen.snap.origin, self.lab.address("n1", 6))
            self.assertIn(seen.ip.src, self.lab.addresses("n2", 6))  # executed there: the source is who emits
        # Injection counted as arrival: n1 sent 63, n2 62; n3 61, n2 60.
        self.assertEqual((out.snap.bound, back.snap.bound), (62, 60))
        self.assertEqual((out.ip.dst, back.ip.dst), (self.lab.address("n3", 6), self.lab.address("n1", 6)))

    def test_direct_forms_go_by_plain_ipv6(self):
        (out, back), answer = self.pass_by(NAME_DIRECT)
        self.assertEqual(answer.values(), [b"n3"])
        for seen in (out, back):
            self.assertFalse(seen.has_hop_by_hop)
            self.assertEqual(seen.ip.hlim, 63)  # 64, and n2 forwarded it
        self.assertEqual(out.ip.src, self.lab.address("n1", 6))  # not executed at n2

    def test_lengths_of_one_get(self):
        for text, headers in ((NAME_DIRECT, 40), (NAME_THERE, 48)):
            (out, back), _ = self.pass_by(text)
            self.assertEqual(len(out.octets), headers + 32 + 36)  # of IPv4: 20 or 24, 20 for SNAP, and the same 36
            self.assertLess(len(back.octets), len(out.octets))

    def test_tshark_reads_it_with_the_dissector(self):
        seen, _ = self.pass_by(NAME_THERE)
        with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
            write_pcap(file.name, seen)
            lines = run("tshark", "-n", "-r", file.name, "-X", f"lua_script:{ROOT / 'wireshark/snap.lua'}", "-T", "fields",
                        "-e", "ipv6.opt.router_alert", "-e", "_ws.col.Protocol", "-e", "snap.origin6",
                        "-e", "_ws.expert.message", "-e", "_ws.col.Info").stdout.splitlines()
        self.assertEqual(len(lines), 2)
        for line in lines:
            alert, protocol, origin, complaint, info = line.split("\t")
            self.assertEqual((alert, protocol, origin, complaint), ("2", "SNAP", self.lab.address("n1", 6), ""))
            self.assertTrue(info.startswith("Program of "), info)

    # ---- addresses

    def test_deliveries_and_reports_are_from_ipv6_addresses(self):
        self.assertEqual(self.run_from("n1", PING, "n3").origin, self.lab.address("n1", 6))
        report = self.run_from("n1", "forw\npop\nexit\n", "n3")
        self.assertEqual(report.origin, self.lab.address("n1", 6))
        self.assertEqual((report.report().reason, report.report().node), (UNDERFLOW, self.lab.address("n3", 6)))

    def test_here_is_the_ingress_interfaces_ipv6_address(self):
        text = "forw\nhere\ngetdst\ngetsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n"
        here, destination = self.run_from("n1", text, "n3").values()
        self.assertIn(here, self.lab.addresses("n3", 6))
        self.assertNotIn(here, (self.lab.address("n3", 6), "::1"))
        self.assertFalse(here.startswith("fe80:"), here)
        self.assertEqual(destination, self.lab.address("n3", 6))

    def test_a_program_goes_by_one_version_and_comes_home_by_the_other(self):
        """The carrier follows the destination, the way home the origin."""
        text = (f"push {self.lab.address('n3', 6)}\ndmoveto there-pc\nthere: here\ngetdst\ngetsrc\ndmoveto home-pc\n"
                "home: here\ndemuxall 0\n")
        with self.lab.client("n1") as client:
            client.inject(assemble(text), self.lab.address("n1"))  # an IPv4 origin
            there, destination, home = client.packet().values()
        self.assertIn(there, self.lab.addresses("n3", 6))
        self.assertEqual(destination, self.lab.address("n3", 6))
        self.assertIn(home, self.lab.addresses("n1"))

    def test_neighbours_are_the_other_ends_of_small_links_but_no_link_local_addresses(self):
        (other,) = [a for a in self.lab.addresses("n2", 6) if a == "fd01::1"]
        local = next(a for a in self.lab.addresses("n2", 6) if a.startswith("fe80:"))
        for to, is_neighbour, sent in ((other, 1, 1), (local, 0, Exc(NO_ROUTE)),
                                       (self.lab.address("n3", 6), 0, Exc(NO_ROUTE))):
            text = f"push {to}\nisnbr\npush 0\npush 0\npush 1\npush {to}\nhop\ndemuxall 0\n"
            # What n1 sends to its neighbour ends there at its first instruction: entry 0 of that code is `push`.
            answer = self.run_from("n1", text.replace("push 0\npush 0\n", "push end\npush 0\n") + "end: exit\n", "n1")
            self.assertEqual(answer.values(), [is_neighbour, sent], to)

    # ---- who may do what

    def test_rules_and_domains_are_of_one_ip_version(self):
        self.lab.configure("n3", lambda text: text.replace('prefix = "fd00::/8"', 'prefix = "2001:db8::/32"'))
        self.assertEqual(self.run_from("n1", NAME_THERE, "n3").values(), [NOT_ADMITTED])
        self.assertEqual(self.lab.ask("get", "n3", "sysName.0", "--via", "snap")["results"][0]["value"], "n3")

    def test_beyond_the_domain_a_program_is_not_permitted(self):
        self.lab.configure("n2", lambda text: re.sub(r"domain = .*", 'domain = ["10.0.0.0/8"]', text))
        report = self.run_from("n1", NAME_THERE, "n3").report()
        self.assertEqual((report.reason, report.node), (NOT_PERMITTED, self.lab.address("n2", 6)))

    def test_without_a_way_the_client_is_told(self):
        with self.lab.client("n1") as client:
            client.send_frame(client.inject_body(assemble(PING), self.lab.address("n3", 6)))
            self.assertIn("other IP version", client.refusal()[1])
        report = self.run_from("n1", NAME_THERE, "2001:db8::1").report()
        self.assertEqual(report.reason, NO_ROUTE)

    # ---- UDP

    def test_a_remote_client_is_answered_by_udp(self):
        for origin, home in (("::", 6), ("0.0.0.0", 4)):  # either header, whatever the carrier
            program = Packet.decode(assemble("forw\ngetsrc\npush oid:sysName.0\ncalls \"snmp_getsingle\"\ndemuxall 0\n"))
            with udp_inside(self.lab.netns("n1"), family=socket.AF_INET6) as client:
                client.sendto(program.but(port=5, request_id=6, bound=9, origin=origin).encode(),
                              (self.lab.address("n3", 6), UDP_PORT))
                octets, sender = client.recvfrom(65535)
            answer = Packet.decode(octets)
            self.assertEqual((answer.port, answer.request_id, sender[0]), (5, 6, self.lab.address("n3", 6)))
            self.assertEqual(answer.values(), [self.lab.address("n3", home), b"n3"])

    def test_answers_to_a_remote_client_are_bounded_by_its_request(self):
        program = Packet.decode(assemble("demuxall 0\n" + f'#data "{300 * "x"}"\n')).but(bound=9, origin="::")
        grower = Packet.decode(assemble(
            f'push "{60 * "x"}"\n' + "pull 0\ncat\n" * 5 + "demuxall 0\n")).but(bound=9, origin="::").encode()
        with udp_inside(self.lab.netns("n1"), family=socket.AF_INET6) as client:
            client.sendto(program.encode(), (self.lab.address("n3", 6), UDP_PORT))
            self.assertEqual(Packet.decode(client.recv(65535)).values(), [300 * b"x"])
            client.sendto(grower, (self.lab.address("n3", 6), UDP_PORT))
            self.assertEqual(Packet.decode(client.recv(65535)).values(), [45])
            # Zeros behind the packet count and are cut off.
            client.sendto(grower + bytes(1000), (self.lab.address("n3", 6), UDP_PORT))
            self.assertEqual(Packet.decode(client.recv(65535)).values(), [60 * 32 * b"x"])

    def test_a_client_with_a_link_local_address_is_not_listened_to(self):
        before = self.lab.counters("n2").get("drop_not_admitted", 0)
        local = next(a for a in self.lab.addresses("n1", 6) if a.startswith("fe80:"))
        self.lab.configure("n2", lambda text: text.replace('prefix = "fd00::/8"', 'prefix = "::/0"'))
        with udp_inside(self.lab.netns("n1"), family=socket.AF_INET6) as client:
            index = int(self.lab.inside("n1", "cat", "/sys/class/net/eth1/ifindex").stdout)
            client.bind((local, 0, 0, index))
            client.sendto(Packet.decode(assemble(PING)).but(bound=9, origin="::").encode(), ("fd01::1", UDP_PORT))
            self.lab.wait_for_counter("n2", "drop_not_admitted", before + 1)

    def test_peers_are_reached_by_udp(self):
        for node, other in (("n1", "n3"), ("n3", "n1")):
            peer = f'\n[[peer]]\naddress = "{self.lab.address(other, 6)}"\n'
            self.lab.configure(node, lambda text, peer=peer: text + peer)
        with Capture(self.lab.netns("n2"), version=6) as capture:
            self.assertEqual(self.run_from("n1", NAME_THERE, "n3").values(), [b"n3"])
            self.assertEqual(len(capture.wait_for(2, protocol=UDP, outgoing=True)), 2)
            self.assertEqual(capture.of_protocol(), [])

    # ---- commands

    def test_path_shows_ipv6_addresses(self):
        answer = self.lab.ask("path", "n3", "-6", "sysName.0")
        self.assertEqual(answer["address"], self.lab.address("n3", 6))
        hops = [(hop["address"], hop["name"], hop["results"][0]["value"]) for hop in answer["hops"]]
        self.assertEqual(hops, [("fd00::1", "n1", "n1"), ("fd01::1", "n2", "n2"), ("fd01::3", "n3", "n3")])

    def test_commands_go_by_ipv6(self):
        with Capture(self.lab.netns("n2"), version=4) as capture:
            for words in (("get", "n3", "sysName.0"), ("get", "n3", "sysName.0", "--via", "snap"),
                          ("get", "n3", "sysName.0", "--via", "snap", "--travel", "hops"),
                          ("next", "n3", "sysContact.0", "--via", "snap")):
                with self.subTest(words=words):
                    answer = self.lab.ask(*words, "--ipv6")
                    self.assertEqual((answer["address"], answer["results"][0]["value"]),
                                     (self.lab.address("n3", 6), "n3"))
            for via in ("snmp", "snap"):
                walked = self.lab.ask("walk", "n3", "system", "-6", "--via", via)
                self.assertIn("n3", [result["value"] for result in walked["results"]])
            done = self.lab.ask("run", PROGRAMS / "figure71.snap", "--to", "n3", "-6")
            self.assertEqual(done["deliveries"][0]["values"][0]["value"], "n3")
            done = self.lab.ask("set", "n3", "sysLocation.0", "s", "by six", "-6", "--via", "snap")
            self.assertEqual(self.lab.snmpget("n3", ".1.3.6.1.2.1.1.6.0", start="n3"), ['"by six"'])
        self.assertEqual(capture.of_protocol() + capture.of_protocol(protocol=UDP), [])

    def test_a_network_is_flooded_and_discovered_by_ipv6(self):
        self.run_from("n1", NAME_THERE, "n3")  # who is who on the links is asked for before
        every = [(node, self.lab.address(node, 6)) for node in ("n1", "n2", "n3")]
        with Capture(self.lab.netns("n2"), version=4) as capture:
            flooded = self.lab.ask("flood", "n3", "-6")
            found = self.lab.ask("discover", "n3", "-6")
        self.assertEqual(sorted((row["node"], row["address"]) for row in flooded["zone"]), every)
        self.assertEqual(sorted((node["node"], node["address"]) for node in found["nodes"]), every)
        self.assertEqual([link["proven"] for link in found["links"]], [True, True])
        self.assertEqual(capture.of_protocol() + capture.of_protocol(protocol=UDP), [])

    def test_a_node_says_that_it_goes_by_both(self):
        self.assertEqual(self.run_from("n1", CAPABILITIES, "n1").values(), [b"snap2 ipv4 ipv6 alert udp"])

    def test_a_host_without_a_daemon_asks_by_udp(self):
        done = self.lab.inside("n1", SPLASH, "get", f"[{self.lab.address('n3', 6)}]:{UDP_PORT}", "sysName.0", "--via",
                               "snap", "-o", "json")
        self.assertEqual(json.loads(done.stdout)["results"][0]["value"], "n3")

    def test_a_program_runs_where_it_starts(self):
        answer = self.lab.run_text("getsrc\ngetdst\ndemuxall 0\n", None, "-6")
        values = [value["value"] for value in answer["deliveries"][0]["values"]]
        self.assertEqual(values, [self.lab.address("n1", 6)] * 2)

    def test_an_ipv4_address_is_none_to_go_to_by_ipv6(self):
        done = self.lab.splash("get", "10.0.0.3", "sysName.0", "-6", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("10.0.0.3 is an IPv4 address", done.stderr)

    def test_an_impaired_link_has_its_routes_again(self):
        def impair(*how):
            run(SPLASH, "lab", "impair", self.lab.name, "n2-n3", *how)
        impair("--down")
        self.addCleanup(impair, "--clear")
        self.assertNotIn("fd00::3", self.lab.inside("n2", "ip", "-6", "route").stdout)
        impair("--up")
        self.assertEqual(self.lab.ask("path", "n3", "-6")["hops"][-1]["name"], "n3")


# s1 - r1 - s2, and a host behind s2.
MIXED = """\
name: mixed
topology:
  nodes:
    s1:
    r1: {kind: host}
    s2:
    desk: {kind: host}
  links:
    - endpoints: ["s1:eth1", "r1:eth1"]
    - endpoints: ["r1:eth2", "s2:eth1"]
    - endpoints: ["s2:eth2", "desk:eth1"]
"""


class PlainRouters(Ipv6Lab):
    """Routers without Splash forward our packets, and their ICMPv6 errors become reports."""

    topology = MIXED

    def test_a_plain_router_is_crossed(self):
        self.assertEqual([hop["name"] for hop in self.lab.ask("path", "s2", "-6", start="s1")["hops"]], ["s1", "s2"])

    def test_a_hop_limit_that_ends_at_a_plain_router_is_reported(self):
        report = self.run_from("s1", NAME_THERE, "s2", bound=2).report()
        self.assertEqual(report.reason, TTL_EXCEEDED)
        self.assertIn(report.node, self.lab.addresses("r1", 6))

    def test_a_host_without_splash_is_named(self):
        report = self.run_from("s1", NAME_THERE, "desk").report()
        self.assertEqual((report.reason, report.node), (NO_SPLASH, self.lab.address("desk", 6)))
        done = self.lab.splash("get", "desk", "sysName.0", "--via", "snap", "-6", start="s2", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no Splash node there", done.stderr)

    def test_an_address_nobody_has_is_unreachable(self):
        self.lab.inside("s1", "ip", "-6", "route", "add", "fd00:77::/64", "via", "fd01::1")
        report = self.run_from("s1", NAME_THERE.replace("forw", "dforw", 1), "fd00:77::1").report()
        self.assertEqual(report.reason, NO_ROUTE)
        self.assertIn(report.node, self.lab.addresses("r1", 6))

    def test_a_small_link_further_on_is_reported_every_time(self):
        for interface in (("r1", "eth2"), ("s2", "eth1")):
            self.lab.inside(interface[0], "ip", "link", "set", "dev", interface[1], "mtu", "1300")
            self.addCleanup(self.lab.inside, interface[0], "ip", "link", "set", "dev", interface[1], "mtu", "1500")
        program = PING.replace("still there", 1350 * "x")
        for _ in range(2):
            report = self.run_from("s1", program, "s2").report()
            self.assertEqual(report.reason, DOES_NOT_FIT)
            self.assertIn(report.node, self.lab.addresses("r1", 6) + [self.lab.address("s1", 6)])
        self.assertEqual(self.run_from("s1", PING.replace("still there", 1150 * "x"), "s2").values(), [1150 * b"x"])


class WithoutIpv6InTheKernel(LabTest):
    topology = BOX

    def test_a_node_goes_by_ipv4_and_says_so_once(self):
        daemon = Daemon(self.lab.netns("box"), BOX_SETTINGS)
        daemon.before = [sys.executable, "-B", WITHOUT_IPV6]
        with daemon, daemon.client() as client:
            self.assertEqual(daemon.log().count("the kernel has no IPv6: programs travel by IPv4 only"), 1)
            client.inject(assemble(NAME_THERE), self.lab.address("peer"))
            self.assertEqual(client.packet().values(), [b"peer"])
            client.inject(with_ipv6_header(NAME_THERE), self.lab.address("peer", 6))
            self.assertEqual(client.packet().report().reason, NO_ROUTE)
            client.inject(assemble(CAPABILITIES), self.lab.address("box"))
            self.assertEqual(client.packet().values(), [b"snap2 ipv4 alert udp"])

    def test_doctor_says_what_does_not_work_and_what_mends_it(self):
        done = run(sys.executable, "-B", WITHOUT_IPV6, SPLASH, "doctor", "-o", "json", check=False)
        (check,) = [c for c in json.loads(done.stdout)["checks"] if c["name"] == "IPv6 Router Alert"]
        self.assertEqual(check["state"], "warning")
        self.assertIn("ipv6.disable=1", check["mend"])


if __name__ == "__main__":
    unittest.main()
