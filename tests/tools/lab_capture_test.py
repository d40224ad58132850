#!/usr/bin/python3 -B
"""The reading of captures: what crossed which link, and what it came to."""

import socket
import struct
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import lab_capture  # noqa: E402


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("=II", kind, len(body) + 12) + body + struct.pack("=I", len(body) + 12)


def interface(name):
    text = name.encode()
    return block(1, struct.pack("=HHI", 1, 0, 0) + struct.pack("=HH", 2, len(text)) + text + bytes(-len(text) % 4))


def packet(number, time, frame):
    return block(6, struct.pack("=IIIII", number, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame)) + frame)


def frame(protocol, destination, payload, ethertype=0x0800):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, bytes(4),
                         socket.inet_aton(destination))
    return bytes(12) + struct.pack("!H", ethertype) + header + payload


def snap(bound, code=8):
    return struct.pack("!BBHHHHHHH4s", 2, 0, 7777, 1, bound, 0, code, 0, 0, bytes(4)) + bytes(code)


def udp(source, destination):
    return struct.pack("!HHHH", source, destination, 8 + 30, 0) + bytes(30)


class Captures(unittest.TestCase):
    """Three nodes in a row, n1 to n3."""

    graph = {"nodes": [{"name": f"n{i}", "address": f"10.0.0.{i}"} for i in (1, 2, 3)],
             "links": [{"name": f"{a}-{b}", "ends": [{"node": a, "interface": i, "address": x},
                                                     {"node": b, "interface": j, "address": y}]}
                       for a, i, x, b, j, y in (("n1", "eth1", "172.16.0.0", "n2", "eth1", "172.16.0.1"),
                                                ("n2", "eth2", "172.16.0.2", "n3", "eth1", "172.16.0.3"))]}
    head = block(0x0A0D0D0A, bytes(16)) + b"".join(interface(f"n{n}") for n in ("2:eth1", "3:eth1", "2:eth2", "1:eth1"))

    time = 1_700_000_000_000_000_000  # nanoseconds; more than 32 bits of them

    def read(self, *frames):
        """`frames` one after the other: on the link to n2, to n3, to n2 back, to n1."""
        octets = self.head + b"".join(packet(at % 4, self.time + at * 5000, one) for at, one in enumerate(frames))
        packets = list(lab_capture.read_pcapng(octets))
        self.assertEqual([time for time, _, _ in packets], [self.time + at * 5000 for at in range(len(frames))])
        return packets

    def crossings(self, *frames):
        return lab_capture.crossings(self.graph, self.read(*frames))

    def tally(self, *frames):
        return lab_capture.tally(self.graph, self.read(*frames), "n1")

    def test_packets_are_where_and_when_they_were_seen(self):
        seen = self.crossings(*[frame(253, "10.0.0.3", snap(9))] * 2, *[frame(253, "10.0.0.1", snap(8))] * 2)
        self.assertEqual([(one["from"], one["to"], one["us"]) for one in seen],
                         [("n1", "n2", 0), ("n2", "n3", 5), ("n3", "n2", 10), ("n2", "n1", 15)])
        self.assertEqual([one["way"] for one in seen], [0] * 4)
        self.assertEqual(seen[0]["parts"], {"carrier": 20, "header": 20, "code": 8, "heap": 0, "stack": 0})
        self.assertEqual(lab_capture.traffic(seen, "n1"),
                         {"messages_out": 1, "bytes_out": 48, "messages_back": 1, "bytes_back": 48})

    def test_a_program_acts_where_its_bound_falls_and_where_it_arrives(self):
        there = [frame(253, "10.0.0.3", snap(9))] * 2
        self.assertEqual([one["acts"] for one in self.crossings(*there, frame(253, "172.16.0.2", snap(8)))],
                         [False, True, True])
        every = self.crossings(frame(253, "10.0.0.3", snap(9)), frame(253, "10.0.0.3", snap(8)))
        self.assertEqual([one["acts"] for one in every], [True, True])
        # A delivery has no code that could execute.
        self.assertEqual([one["acts"] for one in self.crossings(frame(253, "10.0.0.2", snap(8, code=0)))], [False])

    def test_an_agent_acts_where_a_request_ends(self):
        seen = self.crossings(*[frame(17, "10.0.0.3", udp(40000, 161))] * 2,
                              *[frame(17, "172.16.0.0", udp(161, 40000))] * 2)
        self.assertEqual([one["acts"] for one in seen], [False, True, False, False])
        self.assertEqual([one["way"] for one in seen], [0] * 4)
        other = self.crossings(*[frame(17, "10.0.0.2", udp(port, 161)) for port in (40000,)],
                               frame(17, "10.0.0.3", udp(40001, 161)))
        self.assertEqual([one["way"] for one in other], [0, 1])

    def test_what_is_neither_snmp_nor_snap_is_left_out(self):
        self.assertEqual(self.crossings(frame(1, "10.0.0.3", bytes(8)), frame(17, "10.0.0.3", udp(53, 53)),
                                        frame(253, "10.0.0.3", snap(9), ethertype=0x0806), bytes(14)), [])

    def test_a_message_is_a_packet_that_arrived_however_many_links_it_crossed(self):
        there, back = frame(253, "10.0.0.3", snap(9)), frame(253, "10.0.0.1", snap(8))
        self.assertEqual(self.tally(there, there, back, back),
                         {"messages": 2, "lost": 0, "crossings": 4, "bytes": 4 * 48, "station_bytes": 2 * 48})

    def test_a_packet_that_does_not_arrive_is_lost_and_what_is_said_of_it_counts(self):
        there = frame(253, "10.0.0.9", snap(9))
        unreachable = frame(1, "172.16.0.0", bytes([3, 0]) + bytes(6) + there[14:42])
        ignored = bytes(14)
        self.assertEqual(self.tally(there, there, ignored, unreachable),
                         {"messages": 1, "lost": 1, "crossings": 3, "bytes": 2 * 48 + 56, "station_bytes": 48 + 56})

    def test_two_exchanges_at_once_are_not_mixed_up(self):
        to_n2, to_n3 = frame(17, "10.0.0.2", udp(40000, 161)), frame(17, "10.0.0.3", udp(40000, 161))
        self.assertEqual(self.tally(to_n2, bytes(14), bytes(14), bytes(14), to_n3)["messages"], 1)
        self.assertEqual(self.tally(to_n2, bytes(14), bytes(14), bytes(14), to_n3)["lost"], 1)

    def test_a_fragment_is_refused(self):
        part = bytearray(frame(17, "10.0.0.3", udp(40000, 161)))
        part[14 + 6:14 + 8] = struct.pack("!H", 185)
        with self.assertRaisesRegex(lab_capture.CaptureError, "fragment to 10.0.0.3"):
            self.crossings(bytes(part))


if __name__ == "__main__":
    unittest.main()
