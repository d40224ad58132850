"""Who may do what: strangers, rights, domains, packets that come home, and how many reports leave."""

import pathlib
import re
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from scapy.layers.inet import IP, IPOption_Router_Alert  # noqa: E402

from support.capture import Capture  # noqa: E402
from support.lab import PING, LabTest  # noqa: E402
from support.netns import RawSender, udp_inside  # noqa: E402
from support.snap import FLAG_REPORT, PROTOCOL, UDP_PORT, Exc, Packet, assemble  # noqa: E402

NO_ROUTE, NOT_PERMITTED, BAD_HEADER, NOT_ADMITTED = 34, 39, 136, 139
HOME = "getsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n"
GET = 'forw\npush oid:sysName.0\ncalls "snmp_getsingle"\n' + HOME
SET = 'forw\npush oid:sysContact.0\npush "me"\ncalls "snmp_setsingle"\n' + HOME


def without_allow(text):
    return text[:text.index("[[allow]]")]


def rights(words, user="splashrw"):
    """A splash.toml as the lab's, whose [[allow]] tables give just these rights."""
    def change(text):
        text = re.sub(r'(?s)(\[\[allow\]\].*?)rights = \[[^]]*\]', rf"\1rights = [{words}]", text)
        return re.sub(r'(?s)(\[\[allow\]\].*?)snmp_user = "[^"]*"', rf'\1snmp_user = "{user}"', text)
    return change


class Admission(LabTest):
    """n1 asks n3 through n2. Every test begins with the lab's own settings."""

    topology = "line3"

    def setUp(self):
        self.settings = {node: (self.lab.directory(node) / "splash.toml").read_text() for node in self.lab.nodes}
        self.addCleanup(self.restore)

    def restore(self):
        for node, text in self.settings.items():
            if (self.lab.directory(node) / "splash.toml").read_text() != text:
                self.lab.configure(node, lambda _, text=text: text)

    def run_from(self, node, text, to, bound=64):
        with self.lab.client(node) as client:
            client.inject(assemble(text), self.lab.address(to) if to in self.lab.nodes else to, bound)
            return client.packet()

    # ---- strangers

    def test_a_stranger_is_refused_and_told_only_the_reason(self):
        self.lab.configure("n3", without_allow)
        before = self.lab.counters("n3").get("drop_not_admitted", 0)
        answer = self.run_from("n1", GET, "n3")
        self.assertEqual(answer.values(), [NOT_ADMITTED])
        self.assertEqual(answer.report().node, None)
        self.assertEqual(self.lab.counters("n3")["drop_not_admitted"], before + 1)
        done = self.lab.splash("get", "n3", "sysName.0", "--via", "snap", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("not admitted", done.stderr)

    def test_a_node_on_the_way_that_admits_nobody_refuses(self):
        self.lab.configure("n2", without_allow)
        self.assertEqual(self.run_from("n1", GET, "n3").values(), [NOT_ADMITTED])
        # By plain IP it is not asked.
        direct = GET.replace("forw\n", "dforw\n").replace("moveto", "dmoveto")
        self.assertEqual(self.run_from("n1", direct, "n3").values(), [b"n3"])

    def test_a_stranger_by_udp(self):
        self.lab.configure("n3", without_allow)
        with udp_inside(self.lab.netns("n1")) as client:
            client.sendto(Packet.decode(assemble(PING)).but(port=5, request_id=6, bound=9).encode(),
                          (self.lab.address("n3"), UDP_PORT))
            answer = Packet.decode(client.recv(65535))
        self.assertEqual((answer.values(), answer.port, answer.request_id), ([NOT_ADMITTED], 5, 6))

    def test_by_udp_nobody_speaks_for_others(self):
        """An origin of one's own choice is a peer's privilege."""
        before = self.lab.counters("n3").get("drop_not_admitted", 0)
        with udp_inside(self.lab.netns("n1")) as client:
            client.sendto(Packet.decode(assemble(PING)).but(bound=9, origin=self.lab.address("n2")).encode(),
                          (self.lab.address("n3"), UDP_PORT))
            self.lab.wait_for_counter("n3", "drop_not_admitted", before + 1)

    def test_a_packet_comes_home_to_a_node_that_admits_nobody(self):
        self.lab.configure("n1", without_allow)
        self.assertEqual(self.run_from("n1", GET, "n3").values(), [b"n3"])
        self.assertEqual(self.run_from("n1", PING, "n2").values(), [b"still there"])
        self.assertEqual(self.run_from("n2", PING, "n1").values(), [NOT_ADMITTED])

    def test_home_is_no_way_in(self):
        """With n1's own origin but no request of it open there, or of another id, a packet is a stranger's."""
        self.lab.configure("n1", without_allow)
        with self.lab.client("n1") as client, RawSender(self.lab.netns("n2")) as sender:
            port, request = client.inject(assemble(PING), self.lab.address("n2"))
            client.packet()
            packet = Packet.decode(assemble(GET.replace("forw\n", "", 1))).but(
                port=port, request_id=request, bound=9, origin=self.lab.address("n1"))
            ip = IP(src="172.16.0.1", dst=self.lab.address("n1"), proto=PROTOCOL)
            before = self.lab.counters("n1").get("drop_not_admitted", 0)
            sender.send(ip / packet.but(request_id=(request + 999) % 65536).encode())
            self.lab.wait_for_counter("n1", "drop_not_admitted", before + 1)
            sender.send(ip / packet.encode())  # comes home, but to no MIB
            self.assertEqual(client.packet().values(), [Exc(NOT_PERMITTED)])

    # ---- rights

    def test_without_the_right_to_write_a_set_is_not_permitted(self):
        self.lab.configure("n3", rights('"read", "send"'))
        self.assertEqual(self.run_from("n1", SET, "n3").values(), [Exc(NOT_PERMITTED)])
        self.assertEqual(self.run_from("n1", GET, "n3").values(), [b"n3"])
        self.assertEqual(self.run_from("n3", SET, "n3").values(), [1])  # [local] is another matter

    def test_without_the_right_to_read_a_get_is_not_permitted(self):
        self.lab.configure("n3", rights('"send"'))
        self.assertEqual(self.run_from("n1", GET, "n3").values(), [Exc(NOT_PERMITTED)])
        self.assertEqual(self.run_from("n1", SET, "n3").values(), [Exc(NOT_PERMITTED)])
        self.assertEqual(self.run_from("n1", PING, "n3").values(), [b"still there"])

    def test_the_agents_access_control_holds_too(self):
        """splashro may write by [[allow]], but not by the agent's VACM: noAccess."""
        self.lab.configure("n3", rights('"read", "write"', "splashro"))
        self.assertEqual(self.run_from("n1", GET, "n3").values(), [b"n3"])
        (value,) = self.run_from("n1", SET, "n3").values()
        self.assertIn(value, [Exc(64 + 6), Exc(64 + 16)])

    def test_without_a_user_there_is_no_mib(self):
        self.lab.configure("n3", lambda text: re.sub(r'(?s)(\[\[allow\]\].*?)snmp_user = "[^"]*"\n', r"\1", text))
        self.assertEqual(self.run_from("n1", GET, "n3").values(), [Exc(NOT_PERMITTED)])

    def test_the_bound_of_a_principal_is_capped(self):
        self.lab.configure("n3", lambda text: text.replace("bound = 255", "bound = 5"))
        self.assertEqual(self.run_from("n1", "forw\ngetrb\n" + HOME, "n3").values(), [4])

    # ---- where unauthenticated programs may go

    def test_without_the_right_to_send_a_packet_goes_nowhere_but_home(self):
        self.lab.configure("n2", rights('"read", "write"'))
        answer = self.run_from("n1", GET, "n3").report()
        self.assertEqual((answer.reason, answer.node), (NOT_PERMITTED, self.lab.address("n2")))
        self.assertEqual(self.run_from("n1", GET, "n2").values(), [b"n2"])

    def test_beyond_the_domain_a_packet_goes_to_neighbours_only(self):
        self.lab.configure("n2", lambda text: re.sub(r"domain = .*", 'domain = ["192.0.2.0/24"]', text))
        # 10.0.0.3 is neither in the domain nor a neighbour's address; 172.16.0.3 is n3's end of the link.
        answer = self.run_from("n1", GET, "n3").report()
        self.assertEqual((answer.reason, answer.node), (NOT_PERMITTED, self.lab.address("n2")))
        self.lab.inside("n1", "ip", "route", "replace", "172.16.0.3", "via", "172.16.0.1", "src", "10.0.0.1")
        self.assertEqual(self.run_from("n1", GET, "172.16.0.3").values(), [b"n3"])

    def test_send_to_beyond_the_domain_is_an_exception_the_program_can_test(self):
        self.lab.configure("n2", lambda text: re.sub(r"domain = .*", 'domain = ["192.0.2.0/24"]', text))
        program = ("forw\npush home\npush 0\npush 1\npush 10.0.0.3\nsend\nji on-pc\nhome: exit\n"
                   "on: getsrc\nmoveto end-pc\nend: forw\ndemuxall 0\n")
        self.assertEqual(self.run_from("n1", program, "n2").values(), [Exc(NOT_PERMITTED)])

    # ---- reports

    def ip(self, packet, to, source="n1", alert=False):
        return IP(src=self.lab.address(source), dst=to, proto=PROTOCOL, ttl=9,
                  options=IPOption_Router_Alert() if alert else []) / packet.encode()

    def bad(self, node="n1"):
        return Packet.decode(assemble(PING)).but(version=3, bound=9, port=50000, origin=self.lab.address(node))

    def test_the_rate_of_reports_holds(self):
        """A tenth of 10 a second is for one prefix of origins: one at once, then one a second."""
        self.lab.configure("n2", lambda text: text.replace("[node]\n", "[node]\nreports_per_second = 10\n"))
        before = self.lab.counters("n2")
        begin = time.monotonic()
        with Capture(self.lab.netns("n2")) as capture, RawSender(self.lab.netns("n1")) as sender:
            for _ in range(1000):
                sender.send(self.ip(self.bad(), self.lab.address("n2")))
            self.lab.wait_for_counter("n2", "drop_version", before.get("drop_version", 0) + 1000)
            seconds = time.monotonic() - begin
            after = self.lab.counters("n2")
        reports = [seen for seen in capture.of_protocol(outgoing=True) if seen.snap.flags & FLAG_REPORT]
        self.assertEqual(len(capture.of_protocol(outgoing=False)), 1000)
        sent = after["reports_sent"] - before.get("reports_sent", 0)
        withheld = after["reports_withheld"] - before.get("reports_withheld", 0)
        self.assertEqual((sent + withheld, len(reports)), (1000, sent))
        self.assertGreaterEqual(sent, 1)
        self.assertLessEqual(sent, 1 + seconds)

    def test_origins_in_many_prefixes_share_the_limit_of_all(self):
        self.lab.configure("n2", lambda text: text.replace("[node]\n", "[node]\nreports_per_second = 1\n"))
        before = self.lab.counters("n2")
        self.lab.inside("n2", "ip", "route", "add", "10.7.0.0/16", "via", "172.16.0.0")
        self.addCleanup(self.lab.inside, "n2", "ip", "route", "del", "10.7.0.0/16")
        begin = time.monotonic()
        with RawSender(self.lab.netns("n1")) as sender:
            for number in range(200):
                sender.send(self.ip(self.bad().but(origin=f"10.7.{number}.1"), self.lab.address("n2")))
            self.lab.wait_for_counter("n2", "drop_version", before.get("drop_version", 0) + 200)
            seconds = time.monotonic() - begin
        after = self.lab.counters("n2")
        sent, withheld = (after[name] - before.get(name, 0) for name in ("reports_sent", "reports_withheld"))
        self.assertEqual(sent + withheld, 200)
        self.assertTrue(1 <= sent <= 1 + seconds, (sent, seconds))

    def test_no_report_about_a_report_and_none_to_many(self):
        packets = [
            self.bad().but(flags=FLAG_REPORT),
            self.bad().but(version=2, flags=FLAG_REPORT, code=b"", heap=b"", stack=bytes(12)),
            self.bad().but(origin="224.0.0.5"), self.bad().but(origin="255.255.255.255"),
            self.bad().but(origin="0.0.0.0"), self.bad().but(version=2, bound=0, origin="239.1.1.1"),
        ]
        self.lab.inside("n2", "ip", "route", "add", "default", "via", "172.16.0.3")
        self.addCleanup(self.lab.inside, "n2", "ip", "route", "del", "default", check=False)
        with Capture(self.lab.netns("n2")) as capture, RawSender(self.lab.netns("n1")) as sender:
            before = self.lab.counters("n2")["received"]
            for packet in packets:
                sender.send(self.ip(packet, self.lab.address("n2")))
            self.lab.wait_for_counter("n2", "received", before + len(packets))
            sender.send(self.ip(self.bad(), self.lab.address("n2")))  # this one is reported
            (report,) = capture.wait_for(1, outgoing=True)
        self.assertEqual(report.snap.values(), [BAD_HEADER])
        self.assertEqual(report.ip.dst, self.lab.address("n1"))

    def broadcast_on_the_link(self):
        for node, address in (("n1", "172.31.0.2"), ("n2", "172.31.0.1")):
            words = ("172.31.0.255", "dev", "eth1")
            self.lab.inside(node, "ip", "addr", "add", f"{address}/24", "brd", *words)
            self.addCleanup(self.lab.inside, node, "ip", "addr", "del", f"{address}/24", *words[1:])
        return "172.31.0.255"

    def reports_about(self, packets):
        """What n2 reports about packets of n1's, and then about one that it does report."""
        with Capture(self.lab.netns("n2")) as capture, RawSender(self.lab.netns("n1")) as sender:
            sender.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            before = self.lab.counters("n2")["received"]
            for packet in (*packets, self.ip(self.bad(), self.lab.address("n2"))):
                sender.send(packet)
            self.lab.wait_for_counter("n2", "received", before + len(packets) + 1)
            self.lab.splash("get", "n2", "sysName.0", "--via", "snap")
        return [seen.snap.values() for seen in capture.of_protocol(outgoing=True) if seen.snap.flags & FLAG_REPORT]

    def test_no_report_to_the_broadcast_address_of_a_link(self):
        everybody = self.broadcast_on_the_link()
        packet = self.ip(self.bad().but(origin=everybody), self.lab.address("n2"))
        self.assertEqual(self.reports_about([packet]), [[BAD_HEADER]])

    def test_no_report_about_what_was_sent_to_many(self):
        packet = self.ip(self.bad(), self.broadcast_on_the_link())
        self.assertEqual(self.reports_about([packet]), [[BAD_HEADER]])


if __name__ == "__main__":
    unittest.main()
