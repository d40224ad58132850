"""Nothing that arrives by raw IP or UDP ends a daemon or keeps it from answering, and whoever may be told is told."""

import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from scapy.layers.inet import IP, IPOption_Router_Alert, fragment  # noqa: E402

from support.capture import Capture  # noqa: E402
from support.lab import PING, LabTest  # noqa: E402
from support.netns import RawSender, udp_inside  # noqa: E402
from support.snap import FLAG_AUTHENTICATED, FLAG_IPV6, FLAG_REPORT, PROTOCOL, UDP_PORT, Packet, assemble  # noqa: E402

SEED = 20260101
UNDERFLOW, WRONG_TYPE, BAD_JUMP, BAD_ENTRY, OUT_OF_RANGE, WORKSPACE, BUDGET, BAD_OPCODE, BAD_HEADER = range(128, 137)
BOUND_NOT_POSITIVE, DOES_NOT_FIT = 33, 37

# A program for every reason: runs at the far end and is broken there.
FAULTS = {
    UNDERFLOW: "forw\npop\n",
    WRONG_TYPE: 'forw\npush 1\npush "one"\nadd\n',
    BAD_JUMP: "forw\n.word 0x03ffffff\n",  # one back
    BAD_ENTRY: "forw\npush 77\npush 0\npush 1\ngetsrc\nsend\n",
    OUT_OF_RANGE: "forw\npush 1\nmktup 1\nnth 2\n",
    WORKSPACE: 'forw\npush "' + 64 * "x" + '"\n' + 10 * "pull 0\ncat\n",
    BUDGET: "forw\n" + 65 * 'push oid:sysName.0\ncalls "snmp_getsingle"\npop\n',
    BAD_OPCODE: "forw\n.word 0xff000000\n",
}


class BadPackets(LabTest):
    """n1 sends to n2, which is also asked by a stock tool all the while; n3 is behind n2."""

    topology = "line3"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.report_freely()

    def setUp(self):
        self.addCleanup(self.assert_snap_still_works)
        self.ask_all_the_while("n2")

    def assert_snap_still_works(self):
        answer = self.lab.ask("get", "n3", "sysName.0", "--via", "snap")
        self.assertEqual(answer["results"][0]["value"], "n3")

    def ip(self, payload, to="n2", alert=True):
        options = IPOption_Router_Alert() if alert else []
        header = IP(src=self.lab.address("n1"), dst=self.lab.address(to), proto=PROTOCOL, ttl=64, options=options)
        return header / payload

    def open_request(self, client):
        """A packet of the client's that nodes will report about to it: its request is on its way."""
        port, request = client.inject(assemble("forw\nexit\n"), self.lab.address("n2"))
        return Packet.decode(assemble(PING)).but(port=port, request_id=request, bound=64,
                                                 origin=self.lab.address("n1"))

    def test_every_fault_is_reported_home(self):
        for reason, text in FAULTS.items():
            with self.subTest(reason=reason):
                done, answer = self.lab.run_text(text, "n3", check=False)
                self.assertEqual(done.returncode, 1)
                report = answer["report"]
                self.assertEqual(report["code"], reason)
                self.assertEqual(report["node"], self.lab.address("n3"))
                self.assertEqual(answer["deliveries"], [])
                self.assertIn("n3", done.stderr)

    def test_a_fault_on_the_way_is_reported_by_the_node_it_happens_on(self):
        # 2 hops from n1 the stack has run out.
        done, answer = self.lab.run_text("pop\nforw\nexit\n#data 1\n#data 2\n", "n3", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (UNDERFLOW, self.lab.address("n3")))
        done, answer = self.lab.run_text("pop\nforw\nexit\n#data 1\n", "n3", check=False)
        self.assertEqual((answer["report"]["code"], answer["report"]["node"]), (UNDERFLOW, self.lab.address("n2")))

    def test_malformed_headers_are_reported(self):
        with self.lab.client("n1") as client, RawSender(self.lab.netns("n1")) as sender:
            good = self.open_request(client)
            code = good.instructions()
            cases = {
                "version 0": (good.but(version=0), BAD_HEADER, "drop_version"),
                "version 3": (good.but(version=3), BAD_HEADER, "drop_version"),
                "authenticated": (good.but(flags=FLAG_AUTHENTICATED), BAD_HEADER, "drop_flags"),
                "unknown flag": (good.but(flags=0x40), BAD_HEADER, "drop_flags"),
                "code size not in words": (good.but(sizes=(len(good.code) - 2, len(good.heap) + 2, len(good.stack))),
                                           BAD_HEADER, "drop_lengths"),
                "stack size not in words": (good.but(sizes=(len(good.code), len(good.heap) + 4, len(good.stack) - 4)),
                                            BAD_HEADER, "drop_lengths"),
                "entry behind the code": (good.but(entry=code), BAD_ENTRY, "drop_entry"),
                "entry far out": (good.but(entry=0xFFFF), BAD_ENTRY, "drop_entry"),
                "bound 0": (good.but(bound=0), BOUND_NOT_POSITIVE, "drop_bound"),
            }
            for name, (packet, reason, counter) in cases.items():
                with self.subTest(name):
                    before = self.lab.counters("n2").get(counter, 0)
                    sender.send(self.ip(packet.encode(), alert=False))
                    self.assertEqual(client.packet().report().reason, reason)
                    self.assertEqual(self.lab.counters("n2")[counter], before + 1)

    def test_sections_longer_than_the_packet_are_dropped_and_counted(self):
        with self.lab.client("n1") as client, RawSender(self.lab.netns("n1")) as sender:
            good = self.open_request(client)
            for sizes in ((0xFFFC, 0, 0), (0xFFFC, 0xFFFC, 0xFFF8), (len(good.code), len(good.heap), 0xFFF8)):
                sender.send(self.ip(good.but(sizes=sizes).encode(), alert=False))
                self.assertEqual(client.packet().report().reason, BAD_HEADER)

    def test_truncated_at_every_length(self):
        with self.lab.client("n1") as client, RawSender(self.lab.netns("n1")) as sender:
            whole = self.open_request(client).encode()
            before = self.lab.counters("n2")
            for length in range(len(whole)):
                sender.send(self.ip(whole[:length], alert=length % 2 == 0))
            self.lab.wait_for_counter("n2", "drop_truncated", before.get("drop_truncated", 0) + len(whole))
            sender.send(self.ip(whole))  # and whole it runs
            while True:
                packet = client.packet()
                if not packet.flags & FLAG_REPORT:
                    break
                self.assertEqual(packet.report().reason, BAD_HEADER)
            self.assertEqual(packet.values(), [b"still there"])

    def oversized(self):
        good = Packet.decode(assemble(PING)).but(bound=64, origin=self.lab.address("n1"))
        with RawSender(self.lab.netns("n1")) as sender:
            for size in (16 * 1024 + 4, 17 * 1024, 40 * 1024, 65400):
                heap = good.heap + bytes(size - len(good.encode()))
                for to, alert in (("n2", False), ("n2", True), ("n3", True)):
                    for part in fragment(self.ip(good.but(heap=heap).encode(), to, alert), 1400):
                        sender.send(part)
        return 12

    def test_packets_beyond_the_workspace_are_dropped(self):
        def executions(node):
            return self.lab.counters(node)["executions"]  # asking is one, too

        before = [executions(node) for node in ("n2", "n3")]
        self.oversized()
        with self.lab.client("n1") as client, RawSender(self.lab.netns("n1")) as sender:
            packet = self.open_request(client).encode()
            sender.send(self.ip(packet, "n2"))
            self.assertEqual(client.packet().values(), [b"still there"])
            sender.send(self.ip(packet, "n3"))  # there and back through n2
            self.assertEqual(client.packet().values(), [b"still there"])
        self.assertEqual([executions(node) for node in ("n2", "n3")], [before[0] + 1 + 1 + 1 + 2, before[1] + 1 + 1])

    def test_packets_beyond_the_workspace_are_counted(self):
        before = self.lab.counters("n2").get("drop_too_large", 0)
        sent = self.oversized()
        self.assertEqual(self.lab.counters("n2").get("drop_too_large", 0), before + sent)

    def test_what_fits_the_workspace_runs_also_in_fragments(self):
        with self.lab.client("n1") as client, RawSender(self.lab.netns("n1")) as sender:
            packet = self.open_request(client)
            for part in fragment(self.ip(packet.but(heap=packet.heap + bytes(4000)).encode()), 1400):
                sender.send(part)
            self.assertEqual(client.packet().values(), [b"still there"])  # trimmed, it fits the link home
            for part in fragment(self.ip(packet.but(flags=0, heap=packet.heap + bytes(4000)).encode()), 1400):
                sender.send(part)
            self.assertEqual(client.packet().report().reason, DOES_NOT_FIT)

    def test_lost_fragments_keep_nobody_waiting(self):
        good = Packet.decode(assemble(PING)).but(bound=64, origin=self.lab.address("n1"))
        big = good.but(heap=good.heap + bytes(4000)).encode()
        with RawSender(self.lab.netns("n1")) as sender:
            for number in range(50):
                parts = fragment(self.ip(big), 1400)
                for part in parts[:-1] if number % 2 else parts[1:]:
                    part.id = number + 1
                    del part.chksum
                    sender.send(part)

    def test_thousands_of_random_payloads(self):
        random_source = random.Random(SEED)
        before = self.lab.counters("n2")["received"]
        with RawSender(self.lab.netns("n1")) as sender:
            for number in range(3000):
                payload = random_source.randbytes(random_source.randrange(0, 200))
                sender.send(self.ip(payload, random_source.choice(("n2", "n3")), number % 2 == 0))
        self.lab.wait_for_counter("n2", "received", before + 2000)

    def test_thousands_of_random_programs_under_a_sound_header(self):
        random_source = random.Random(SEED + 1)
        known = [0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x1A, 0x1B, 0x20,
                 0x21, 0x22, 0x25, 0x40, 0x42, 0x60, 0x73, 0x80, 0x81, 0x82, 0x84, 0x90, 0x91, 0x92, 0xA0, 0xA2, 0xB0]
        faults = self.lab.counters("n2").get("faults", 0)
        with RawSender(self.lab.netns("n1")) as sender:
            for number in range(3000):
                code = b"".join(bytes([random_source.choice(known)]) + random_source.choice(
                    [random_source.randbytes(3), bytes([0, 0, random_source.randrange(6)])])
                                for _ in range(random_source.randrange(1, 30)))
                packet = Packet(flags=random_source.choice((0, 2)), port=random_source.randrange(65536),
                                bound=random_source.randrange(1, 8), entry=random_source.randrange(len(code) // 4),
                                origin=random_source.choice((self.lab.address("n1"), "10.9.9.9")), code=code,
                                heap=random_source.randbytes(4 * random_source.randrange(0, 12)),
                                stack=random_source.randbytes(8 * random_source.randrange(0, 8)))
                sender.send(self.ip(packet.encode(), random_source.choice(("n2", "n3")), number % 2 == 0))
        self.lab.wait_for_counter("n2", "faults", faults + 500)

    def test_ipv6_origins_and_stray_reports_and_deliveries_are_dropped(self):
        good = Packet.decode(assemble(PING)).but(bound=9, origin=self.lab.address("n1"))
        stray = self.lab.counters("n2").get("drop_stray_report", 0)
        with RawSender(self.lab.netns("n1")) as sender, Capture(self.lab.netns("n1")) as capture:
            sender.send(self.ip(good.but(flags=FLAG_IPV6).encode()))
            sender.send(self.ip(good.but(flags=FLAG_REPORT, code=b"", bound=0).encode()))
            sender.send(self.ip(good.but(flags=FLAG_REPORT, bound=3).encode()))  # with code: still no program
            sender.send(self.ip(good.but(code=b"").encode()))
            self.lab.wait_for_counter("n2", "drop_stray_report", stray + 1)
            self.lab.splash("get", "n2", "sysName.0", "--via", "snap")
        about_reports = [seen for seen in capture.of_protocol(outgoing=False)
                         if seen.snap.flags & FLAG_REPORT and seen.snap.port == good.port and
                         seen.snap.report().reason not in (BAD_HEADER, BAD_ENTRY)]
        self.assertEqual(about_reports, [])

    # ---- the same by UDP

    def test_udp_takes_programs_and_reports_to_where_they_came_from(self):
        with udp_inside(self.lab.netns("n1")) as client:
            client.connect((self.lab.address("n3"), UDP_PORT))
            client.send(Packet.decode(assemble(PING)).but(port=11, request_id=22, bound=8).encode())
            answer = Packet.decode(client.recv(65535))
            self.assertEqual((answer.values(), answer.port, answer.request_id), ([b"still there"], 11, 22))
            for reason, text in FAULTS.items():
                with self.subTest(reason=reason):
                    client.send(Packet.decode(assemble(text)).but(port=1, request_id=reason, bound=8).encode())
                    answer = Packet.decode(client.recv(65535))
                    self.assertEqual((answer.report().reason, answer.request_id), (reason, reason))

    def test_udp_malformed_headers_are_reported(self):
        good = Packet.decode(assemble(PING)).but(port=1, bound=8)
        with udp_inside(self.lab.netns("n1")) as client:
            client.connect((self.lab.address("n2"), UDP_PORT))
            for packet, reason in ((good.but(version=1), BAD_HEADER), (good.but(flags=0x80), BAD_HEADER),
                                   (good.but(entry=99), BAD_ENTRY), (good.but(bound=0), BOUND_NOT_POSITIVE),
                                   (good.but(sizes=(4, 4, 4)), BAD_HEADER)):
                client.send(packet.encode())
                self.assertEqual(Packet.decode(client.recv(65535)).report().reason, reason)

    def test_udp_truncated_random_and_oversized(self):
        random_source = random.Random(SEED + 2)
        good = Packet.decode(assemble(PING)).but(port=1, bound=8)
        before = self.lab.counters("n2")["received"]
        with udp_inside(self.lab.netns("n1")) as client:
            client.connect((self.lab.address("n2"), UDP_PORT))
            whole = good.encode()
            for length in range(len(whole)):
                client.send(whole[:length])
            for _ in range(2000):
                client.send(random_source.randbytes(random_source.randrange(0, 300)))
            for size in (16 * 1024, 17 * 1024, 65000):
                client.send(good.but(heap=good.heap + bytes(size - len(whole))).encode())
            self.lab.wait_for_counter("n2", "received", before + 2000)
            client.send(good.but(request_id=4242).encode())
            while (answer := Packet.decode(client.recv(65535))).request_id != 4242 or answer.flags & FLAG_REPORT:
                pass
            self.assertEqual(answer.values(), [b"still there"])


if __name__ == "__main__":
    unittest.main()
