"""A client of a node's UNIX socket: frames as docs/snap.md section 10 has them."""

import socket
import struct

from support.snap import Packet, address_octets

BIND, INJECT, BOUND, ACCEPTED, PACKET, REFUSED = range(1, 7)
DEADLINE = 30


class Closed(AssertionError):
    """The node hung up."""


class UnixClient:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # A blocking connect waits for room in the node's queue; one with Python's timeout would not.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", DEADLINE, 0))
        self.socket.connect(str(path))
        self.socket.settimeout(DEADLINE)
        self.waiting = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # ---- octets and frames

    def send_octets(self, octets):
        self.socket.sendall(octets)

    def send_frame(self, body):
        self.send_octets(struct.pack("!H", len(body)) + body)

    def _exactly(self, count):
        octets = b""
        while len(octets) < count:
            part = self.socket.recv(count - len(octets))
            if not part:
                raise Closed("the node hung up")
            octets += part
        return octets

    def frame(self):
        """The next frame: its verb and what is behind it."""
        body = self._exactly(struct.unpack("!H", self._exactly(2))[0])
        return body[0], body[1:]

    def _frame_of(self, *verbs):
        """The next frame of these verbs; packets that come in between are kept for packet()."""
        while True:
            verb, body = self.frame()
            if verb in verbs:
                return verb, body
            if verb != PACKET:
                raise AssertionError(f"verb {verb} {body!r} instead of one of {verbs}")
            self.waiting.append(body)

    # ---- what a client does

    def bind(self, port=0):
        self.send_frame(struct.pack("!BH", BIND, port))
        verb, body = self._frame_of(BOUND, REFUSED)
        if verb == REFUSED:
            raise AssertionError(f"refused: {body!r}")
        return struct.unpack("!H", body)[0]

    @staticmethod
    def inject_body(packet, to, bound=0, tag=7):
        address = address_octets(to)
        return struct.pack("!BIBHB", INJECT, tag, 0, bound, len(address)) + address + packet

    def inject(self, packet, to, bound=64):
        """Gives the port and request id the node chose."""
        self.send_frame(self.inject_body(packet, to, bound))
        verb, body = self._frame_of(ACCEPTED, REFUSED)
        if verb == REFUSED:
            raise AssertionError(f"refused: {body!r}")
        return struct.unpack("!HH", body[4:])

    def refusal(self):
        """Code and text of the next frame, which must be Refused."""
        _, body = self._frame_of(REFUSED)
        return struct.unpack("!H", body[4:6])[0], body[6:].decode()

    def packet(self):
        """The next delivery or report."""
        body = self.waiting.pop(0) if self.waiting else self._frame_of(PACKET)[1]
        return Packet.decode(body)
