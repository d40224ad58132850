"""What SNAP packets look like on the wire, captured in the middle of a line and read by scapy and tshark."""

import ipaddress
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from scapy.layers.inet import IP, IPOption_Router_Alert  # noqa: E402

from support.capture import Capture, write_pcap  # noqa: E402
from support.commands import run  # noqa: E402
from support.lab import LabTest  # noqa: E402
from support.netns import RawSender  # noqa: E402
from support.snap import FLAG_REPORT, FLAG_TRIMMABLE, PROTOCOL, Packet, assemble  # noqa: E402

ALERT = bytes([0x94, 0x04, 0, 0])
FORW, DEMUXALL = 0x80, 0xA2

GET_BY_HOP = """
        forw
        push   oid:sysName.0
        calls  "snmp_getsingle"
        getsrc
        moveto home-pc
home:   forw
        demuxall 0
"""
GET_DIRECT = GET_BY_HOP.replace("moveto", "dmoveto").replace("forw", "dforw")
UDP, UDP_PORT = 17, 7253
# To n3, on to n5 with its name, and home.
NAMES_OF_N3_AND_N5 = """
        forw
        push   "name"
        calls  "node_info"
        push   {n5}
        moveto there-pc
there:  forw
        push   "name"
        calls  "node_info"
        getsrc
        moveto home-pc
home:   forw
        demuxall 0
"""
ENDS_AT_N3 = "forw\npop\nexit\n"


class Wire(LabTest):
    """n1 to n5 in a line; the capture is in n3, whose eth1 leads to n2 and eth2 to n4."""

    topology = "line5"

    def pass_by(self, text, to="n5", count=2, bound=64, start="n1"):
        """What leaves n3 while a program runs, once there are `count` SNAP packets; and what was delivered."""
        with Capture(self.lab.netns("n3")) as capture, self.lab.client(start) as client:
            self.port, self.request = client.inject(assemble(text), self.lab.address(to), bound)
            answer = client.packet()
            return capture.wait_for(count, outgoing=True), answer

    def test_moves_carry_router_alert_and_the_bound_as_ttl(self):
        (out, back), _ = self.pass_by(GET_BY_HOP)
        for seen in (out, back):
            with self.subTest(interface=seen.interface):
                self.assertEqual(seen.ip.proto, PROTOCOL)
                self.assertEqual(seen.ip.ihl, 6)
                self.assertEqual(seen.octets[20:24], ALERT)
                self.assertIsInstance(seen.ip.options[0], IPOption_Router_Alert)
                self.assertEqual(str(seen.ip.flags), "DF")
                self.assertEqual(seen.ip.ttl, seen.snap.bound)
                self.assertEqual(seen.ip.len, len(seen.octets))

    def test_ttl_is_never_more_than_255(self):
        self.lab.configure("n1", lambda text: text.replace("[local]\n", "[local]\nbound = 1000\n"))
        self.addCleanup(self.lab.configure, "n1", lambda text: text.replace("bound = 1000\n", ""))
        with Capture(self.lab.netns("n1")) as capture, self.lab.client("n1") as client:
            client.inject(assemble(GET_BY_HOP), self.lab.address("n5"), 600)
            client.packet()
            (out,) = capture.wait_for(1, outgoing=True)
        self.assertEqual((out.snap.bound, out.ip.ttl), (599, 255))

    def test_the_bound_of_packets_from_elsewhere_is_capped(self):
        packet = Packet.decode(assemble(GET_BY_HOP)).but(bound=400, origin=self.lab.address("n1"))
        # The cap of unauthenticated packets is 255; arriving costs one.
        with Capture(self.lab.netns("n3")) as capture, RawSender(self.lab.netns("n2")) as sender:
            sender.send(IP(src=self.lab.address("n2"), dst=self.lab.address("n5"), proto=PROTOCOL, ttl=255,
                           options=IPOption_Router_Alert()) / packet.encode())
            (sent,) = capture.wait_for(1, outgoing=True)[:1]
        self.assertEqual((sent.snap.bound, sent.ip.ttl), (254, 254))

    def test_direct_forms_go_by_plain_ip(self):
        (out, back), answer = self.pass_by(GET_DIRECT)
        self.assertEqual(answer.values(), [b"n5"])
        for seen in (out, back):
            self.assertEqual(seen.ip.ihl, 5)
            self.assertEqual(seen.ip.options, [])
            self.assertEqual(str(seen.ip.flags), "DF")
            self.assertEqual(seen.ip.ttl, 62)  # 64, and n2 or n4 and n3 forwarded it
        self.assertEqual(out.snap.bound, 63)   # only the destination takes from it
        self.assertEqual(out.ip.src, self.lab.address("n1"))

    def test_a_program_picks_the_option_anew_at_each_move(self):
        out_direct, back_alert = GET_BY_HOP.replace("forw", "dforw", 1), GET_BY_HOP.replace("moveto", "dmoveto")
        (out, back), _ = self.pass_by(out_direct)
        self.assertEqual((out.ip.ihl, back.ip.ihl), (5, 6))
        (out, back), _ = self.pass_by(back_alert)
        self.assertEqual((out.ip.ihl, back.ip.ihl), (6, 5))

    def test_the_ip_source_is_the_node_that_emits(self):
        with Capture(self.lab.netns("n3")) as capture, self.lab.client("n1") as client:
            client.inject(assemble(GET_BY_HOP), self.lab.address("n5"))
            client.packet()
            seen = capture.wait_for(4)
        self.assertEqual([one.is_outgoing for one in seen], [False, True, False, True])
        for one, emitter in zip(seen, ("n2", "n3", "n4", "n3")):
            self.assertIn(one.ip.src, self.lab.addresses(emitter))
            self.assertEqual(one.snap.origin, self.lab.address("n1"))

    def test_header_fields_and_the_bound_that_counts_down(self):
        with Capture(self.lab.netns("n3")) as capture, self.lab.client("n1") as client:
            port, request = client.inject(assemble(GET_BY_HOP), self.lab.address("n5"), 64)
            client.packet()
            seen = capture.wait_for(4)
        whole = Packet.decode(assemble(GET_BY_HOP))
        self.assertEqual(whole.flags, FLAG_TRIMMABLE)
        # Injection counted as arrival: n1 sent 63, n2 62, n3 61; n4 60, n5 59, n4 58, n3 57.
        self.assertEqual([one.snap.bound for one in seen], [62, 61, 58, 57])
        for one in seen:
            snap = one.snap
            self.assertEqual((snap.version, snap.flags, snap.port, snap.request_id),
                             (2, FLAG_TRIMMABLE, port, request))
        for one in seen[:2]:  # the way out: as it was assembled
            self.assertEqual((one.ip.dst, one.snap.entry), (self.lab.address("n5"), 0))
            self.assertEqual((one.snap.code, one.snap.heap, one.snap.stack), (whole.code, whole.heap, b""))
        for one in seen[2:]:
            self.assertEqual(one.ip.dst, self.lab.address("n1"))

    def test_what_comes_home_is_header_two_instructions_and_the_values(self):
        five = GET_BY_HOP.replace('        calls  "snmp_getsingle"\n', '        calls  "snmp_getsingle"\n' + "".join(
            f'        push oid:{name}.0\n        calls "snmp_getsingle"\n'
            for name in ("ifNumber", "ipForwarding", "snmpInPkts", "snmpOutPkts")))
        (out, back), answer = self.pass_by(five)
        self.assertGreater(out.snap.instructions(), 12)
        self.assertEqual(back.snap.opcodes(), [FORW, DEMUXALL])
        self.assertEqual(back.snap.entry, 0)
        self.assertEqual(back.snap.values(), answer.values())
        self.assertEqual(back.snap.values()[0], b"n5")
        self.assertEqual(back.ip.len, 24 + 20 + 2 * 4 + 5 * 8 + 4)  # "n5" takes a word of 4 octets in the heap
        self.assertEqual(len(back.snap.heap), 4)

    def test_lengths_of_one_get(self):
        """76 octets with the IP header direct, 80 with Router Alert; the answer is smaller."""
        for text, length in ((GET_DIRECT, 76), (GET_BY_HOP, 80)):
            (out, back), _ = self.pass_by(text)
            self.assertEqual(out.ip.len, length)
            self.assertLess(back.ip.len, length)

    def test_what_splash_get_sends_is_no_longer(self):
        with Capture(self.lab.netns("n3")) as capture:
            self.lab.splash("get", "n5", "sysName.0", "--via", "snap")
            out, _ = capture.wait_for(2, outgoing=True)
        self.assertEqual(out.ip.len, 56 + 4 * out.ip.ihl)

    def test_reports_go_by_plain_ip(self):
        (out, back), answer = self.pass_by(ENDS_AT_N3)
        self.assertEqual(answer.report().reason, 128)
        self.assertEqual((back.ip.ihl, back.ip.ttl, str(back.ip.flags)), (5, 62, "DF"))
        self.assertEqual(back.ip.src, self.lab.address("n5"))
        self.assertEqual((back.snap.flags, back.snap.bound, back.snap.code), (FLAG_REPORT, 0, b""))
        self.assertEqual((back.snap.port, back.snap.request_id, back.snap.origin),
                         (out.snap.port, out.snap.request_id, self.lab.address("n1")))
        self.assertLessEqual(len(back.snap.encode()), 60)

    def test_a_packet_to_the_node_itself_is_never_on_the_wire(self):
        with Capture(self.lab.netns("n1")) as capture, self.lab.client("n1") as client:
            client.inject(assemble(GET_BY_HOP), self.lab.address("n1"))
            self.assertEqual(client.packet().values(), [b"n1"])
            client.inject(assemble("forw\ngetrb\ndemuxall 0\n"), self.lab.address("n1"))
            client.packet()
        self.assertEqual(capture.of_protocol(), [])

    def test_tshark_reads_the_same(self):
        (out, back), _ = self.pass_by(GET_BY_HOP)
        fields = ("ip.proto", "ip.hdr_len", "ip.opt.type", "ip.opt.ra", "ip.flags.df", "ip.ttl", "ip.len", "ip.src",
                  "ip.dst")
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / "seen.pcap"
            write_pcap(file, [out, back])
            words = [word for field in fields for word in ("-e", field)]
            lines = run("tshark", "-r", file, "-T", "fields", *words).stdout.splitlines()
            wrong = run("tshark", "-r", file, "-Y", "_ws.malformed || ip.checksum.status == \"Bad\"",
                        "-o", "ip.check_checksum:TRUE").stdout
        self.assertEqual(wrong, "")
        for line, seen in zip(lines, (out, back), strict=True):
            values = line.split("\t")
            self.assertEqual(values[:5], ["253", "24", "148", "0", values[4]])
            self.assertIn(values[4], ("1", "True"))
            self.assertEqual(values[5:7], [str(seen.ip.ttl), str(seen.ip.len)])
            for address in values[7:]:
                ipaddress.IPv4Address(address)
            self.assertEqual(values[7:], [seen.ip.src, seen.ip.dst])


class Peers(LabTest):
    """n1 to n5 in a line; n1 and n3 are peers of each other."""

    topology = "line5"

    def setUp(self):
        for node, other in (("n1", "n3"), ("n3", "n1")):
            peer = f'\n[[peer]]\naddress = "{self.lab.address(other)}"\n'
            self.lab.configure(node, lambda text, peer=peer: text + peer)

    def test_between_peers_packets_go_by_udp_and_behind_them_by_ip(self):
        with Capture(self.lab.netns("n2")) as before, Capture(self.lab.netns("n4")) as behind, \
                self.lab.client("n1") as client:
            text = NAMES_OF_N3_AND_N5.format(n5=self.lab.address("n5"))
            client.inject(assemble(text), self.lab.address("n3"))
            self.assertEqual(client.packet().values(), [b"n3", b"n5"])
            # n3 is on the way home, takes the packet by its Router Alert, and sends on what is for its peer.
            (there, back) = before.wait_for(2, protocol=UDP, outgoing=True)
            self.assertEqual([(seen.ip.dst, seen.ip.dport) for seen in (there, back)],
                             [(self.lab.address("n3"), UDP_PORT), (self.lab.address("n1"), UDP_PORT)])
            self.assertEqual(len(behind.wait_for(2, outgoing=True)), 2)
            self.assertEqual((before.of_protocol(), behind.of_protocol(UDP)), ([], []))


if __name__ == "__main__":
    unittest.main()
