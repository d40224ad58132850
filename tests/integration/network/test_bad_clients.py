"""Clients of the UNIX socket that send garbage, half frames, too much, or never read: the daemon serves the others."""

import pathlib
import random
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import wait_until  # noqa: E402
from support.lab import PING, LabTest  # noqa: E402
from support.snap import Packet, assemble  # noqa: E402
from support.unix_client import ACCEPTED, BIND, REFUSED, Closed, UnixClient  # noqa: E402

SEED = 20260102
MAX_CLIENTS = 256
QUOTA_USED_UP, OUT_OF_RANGE, BAD_HEADER = 45, 38, 136


class BadClients(LabTest):
    topology = "line2"

    def setUp(self):
        self.ask_all_the_while("n1")

    def ping(self, client, to="n2"):
        client.inject(assemble(PING), self.lab.address(to))
        self.assertEqual(client.packet().values(), [b"still there"])

    def assert_hung_up(self, client):
        """What still comes are refusals; then the node hangs up."""
        def read_on():
            try:
                verb, _ = client.frame()
            except (Closed, ConnectionResetError):
                return True
            self.assertEqual(verb, REFUSED)
            return False
        wait_until(read_on, "the node hangs up")

    def test_malformed_frames_are_refused_and_end_the_connection(self):
        ping = assemble(PING)
        good = UnixClient.inject_body(ping, self.lab.address("n2"))
        cases = {
            "empty": b"", "verb 0": b"\0", "unknown verb": b"\x63rest", "a node's verb": b"\3\0\7",
            "Bind without a port": b"\1", "Bind with more": b"\1\0\0\0", "Inject cut": good[:9],
            "reserved flag": good[:5] + b"\x02" + good[6:], "address of 5 octets": good[:8] + b"\5" + good[9:],
        }
        for name, body in cases.items():
            with self.subTest(name), self.lab.client("n1") as client:
                client.send_frame(body)
                code, text = client.refusal()
                self.assertEqual(code, BAD_HEADER)
                self.assertIn("frame", text)
                self.assert_hung_up(client)

    def test_malformed_packets_are_refused_and_the_connection_stays(self):
        ping = Packet.decode(assemble(PING))
        cases = {
            "no packet": b"", "truncated": ping.encode()[:-1], "version": ping.but(version=9).encode(),
            "flags": ping.but(flags=0x80).encode(), "sizes": ping.but(sizes=(4, 4, 4)).encode(),
            "entry": ping.but(entry=1000).encode(), "a report": ping.but(flags=8, code=b"").encode(),
            "no code": ping.but(code=b"").encode(), "too large": ping.but(heap=ping.heap + bytes(17000)).encode(),
        }
        with self.lab.client("n1") as client:
            for name, octets in cases.items():
                with self.subTest(name):
                    client.send_frame(UnixClient.inject_body(octets, self.lab.address("n2")))
                    code, text = client.refusal()
                    self.assertIn("packet", text)
                    self.assertIn(code, (OUT_OF_RANGE, 37))
                    self.ping(client)

    def test_random_octets(self):
        source = random.Random(SEED)
        for _ in range(300):
            with self.lab.client("n1") as client:
                try:
                    client.send_octets(source.randbytes(source.randrange(1, 3000)))
                except BrokenPipeError:
                    pass  # refused before all was written
        with self.lab.client("n1") as client:
            self.ping(client)

    def test_random_changes_to_a_good_frame(self):
        source = random.Random(SEED + 1)
        good = UnixClient.inject_body(assemble(PING), self.lab.address("n2"), bound=3)
        for _ in range(1000):
            changed = bytearray(good)
            for _ in range(source.randrange(1, 6)):
                changed[source.randrange(len(changed))] = source.randrange(256)
            with self.lab.client("n1") as client:
                client.send_frame(bytes(changed))
        with self.lab.client("n1") as client:
            self.ping(client)

    def test_half_frames_hold_up_nobody(self):
        body = UnixClient.inject_body(assemble(PING), self.lab.address("n2"), bound=64)
        frame = struct.pack("!H", len(body)) + body
        with self.lab.client("n1") as slow, self.lab.client("n1") as other:
            for octet in frame[:-1]:
                slow.send_octets(bytes([octet]))
            self.ping(other)
            slow.send_octets(frame[-1:])
            self.assertEqual(slow.frame()[0], ACCEPTED)
            self.assertEqual(slow.packet().values(), [b"still there"])
        with self.lab.client("n1") as gone:
            gone.send_octets(frame[:20])
        with self.lab.client("n1") as client:
            self.ping(client)

    def test_three_hundred_clients(self):
        clients = []
        try:
            for _ in range(300):
                clients.append(self.lab.client("n1"))
            refused = 0
            for client in clients:
                try:
                    self.ping(client)
                except (Closed, ConnectionResetError, BrokenPipeError, AssertionError) as error:
                    refused += 1
                    self.assertNotIn("still there", str(error))
            self.assertEqual(refused, 300 - MAX_CLIENTS)
        finally:
            for client in clients:
                client.socket.close()

        def is_served():
            with self.lab.client("n1") as client:
                try:
                    self.ping(client)
                except (Closed, ConnectionResetError, BrokenPipeError, AssertionError):
                    return False
                return True
        wait_until(is_served, "there is room again")

    def test_the_client_too_many_is_told(self):
        clients = []
        try:
            while len(clients) < MAX_CLIENTS:
                clients.append(self.lab.client("n2"))
                clients[-1].bind()  # is in, not only in the queue
            with self.lab.client("n2") as late:
                code, text = late.refusal()
                self.assertEqual(code, QUOTA_USED_UP)
                self.assertIn(str(MAX_CLIENTS), text)
                self.assert_hung_up(late)
        finally:
            for client in clients:
                client.socket.close()

    def test_a_client_that_never_reads_is_thrown_out(self):
        program = assemble("pull 0\ndemuxall 0\n#data \"" + 2000 * "x" + "\"\n")
        body = UnixClient.inject_body(program, self.lab.address("n1"), bound=3)
        frame = struct.pack("!H", len(body)) + body

        with self.lab.client("n1") as deaf, self.lab.client("n1") as other:
            def is_thrown_out():
                try:
                    deaf.send_octets(frame)
                except (BrokenPipeError, ConnectionResetError):
                    return True
                return False
            deaf.socket.settimeout(60)
            for _ in range(20):
                is_thrown_out()
            self.ping(other)
            wait_until(is_thrown_out, "the node hangs up on who does not read")
            self.ping(other)

    def test_a_port_is_one_clients_until_it_hangs_up(self):
        with self.lab.client("n1") as second:
            with self.lab.client("n1") as first:
                self.assertEqual(first.bind(7777), 7777)
                second.send_frame(struct.pack("!BH", BIND, 7777))
                code, text = second.refusal()
                self.assertEqual(code, QUOTA_USED_UP)
                self.assertIn("7777", text)

            def is_free():
                second.send_frame(struct.pack("!BH", BIND, 7777))
                return second.frame()[0] != REFUSED
            wait_until(is_free, "the port is free again")


if __name__ == "__main__":
    unittest.main()
