"""The packet: docs/snap.md section 2."""

import ipaddress
import struct
from dataclasses import dataclass, replace

from words import words_in

AUTHENTICATED, TRIMMABLE, IPV6_ORIGIN, REPORT = 1, 2, 4, 8


class Refused(Exception):
    """The octets are no packet; the argument says which rule they break."""


@dataclass(frozen=True)
class Header:
    flags: int
    port: int
    request_id: int
    bound: int
    entry: int
    origin: ipaddress.IPv4Address | ipaddress.IPv6Address

    @property
    def size(self):
        return 16 + len(self.origin.packed)


@dataclass(frozen=True)
class Packet:
    header: Header
    code: bytes
    heap: bytes
    stack: list  # words, bottom first

    @property
    def size(self):
        return self.header.size + len(self.code) + len(self.heap) + 8 * len(self.stack)

    def to_wire(self):
        h = self.header
        flags = h.flags & ~IPV6_ORIGIN | (IPV6_ORIGIN if h.origin.version == 6 else 0)
        first = struct.pack(">BBHHHHHHH", 2, flags, h.port, h.request_id, h.bound, h.entry,
                            len(self.code), len(self.heap), 8 * len(self.stack))
        return first + h.origin.packed + self.code + self.heap + b"".join(w.to_bytes(8, "big") for w in self.stack)

    def with_header(self, **fields):
        return replace(self, header=replace(self.header, **fields))


def parse(octets):
    """The packet these octets are. Raises Refused."""
    if not octets:
        raise Refused("Truncated")
    if octets[0] != 2:
        raise Refused("Version")
    if len(octets) < 20:
        raise Refused("Truncated")
    _, flags, port, request_id, bound, entry, code_size, heap_size, stack_size = struct.unpack(">BBHHHHHHH", octets[:16])
    if flags & ~(TRIMMABLE | IPV6_ORIGIN | REPORT):
        raise Refused("Flags")
    header_size = 32 if flags & IPV6_ORIGIN else 20
    if len(octets) < header_size:
        raise Refused("Truncated")
    if code_size % 4 or heap_size % 4 or stack_size % 8:
        raise Refused("Lengths")
    total = header_size + code_size + heap_size + stack_size
    if len(octets) < total:
        raise Refused("Truncated")
    if len(octets) > total or (flags & REPORT and code_size):
        raise Refused("Lengths")
    if entry >= code_size // 4 and (code_size or entry):
        raise Refused("Entry")
    origin = ipaddress.ip_address(octets[16:header_size])
    heap_at = header_size + code_size
    return Packet(Header(flags, port, request_id, bound, entry, origin), octets[header_size:heap_at],
                  octets[heap_at:heap_at + heap_size], words_in(octets[heap_at + heap_size:]))
