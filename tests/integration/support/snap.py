"""SNAP/2 packets built and read without the project's own code: what docs/snap.md says, once more.

Only the assembler is the project's: a program in a test is text.
"""

import dataclasses
import functools
import socket
import struct
import tempfile

from support.commands import SPLASH, run

VERSION = 2
PROTOCOL = 253
UDP_PORT = 7253
FLAG_AUTHENTICATED, FLAG_TRIMMABLE, FLAG_IPV6, FLAG_REPORT = 1, 2, 4, 8
HEADER = struct.Struct("!BBHHHHHHH")  # the origin is behind it, 4 or 16 octets
WORD = struct.Struct("!Q")
INT, ADDRESS, STRING, EXCEPTION, TUPLE, FLOAT, OID, WIDE_INT, WIDE_ADDRESS = 0, 1, 2, 3, 4, 5, 6, 8, 9


def address_octets(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def address_text(octets):
    return socket.inet_ntop(socket.AF_INET6 if len(octets) == 16 else socket.AF_INET, octets)


@functools.lru_cache(maxsize=None)
def assemble(text):
    """The octets of a program given as assembly text."""
    with tempfile.NamedTemporaryFile("w", suffix=".snap") as source, tempfile.NamedTemporaryFile() as made:
        source.write(text)
        source.flush()
        run(SPLASH, "asm", source.name, "-o", made.name)
        with open(made.name, "rb") as result:
            return result.read()


@dataclasses.dataclass(frozen=True)
class Exc:
    """An exception value."""
    code: int


@dataclasses.dataclass(frozen=True)
class Report:
    reason: int
    index: int | None = None
    node: str | None = None
    opcode: int | None = None
    instructions: int | None = None
    stack: tuple = ()  # the offender's, top first


@dataclasses.dataclass(frozen=True)
class Packet:
    """Fields as they lie on the wire. The section sizes follow from the sections unless `sizes` says otherwise."""
    version: int = VERSION
    flags: int = 0
    port: int = 0
    request_id: int = 0
    bound: int = 0
    entry: int = 0
    origin: str = "0.0.0.0"
    code: bytes = b""
    heap: bytes = b""
    stack: bytes = b""
    sizes: tuple | None = None

    def but(self, **changes):
        return dataclasses.replace(self, **changes)

    def encode(self):
        sizes = self.sizes or (len(self.code), len(self.heap), len(self.stack))
        origin = address_octets(self.origin)
        flags = self.flags | (FLAG_IPV6 if len(origin) == 16 else 0)
        header = HEADER.pack(self.version, flags, self.port, self.request_id, self.bound, self.entry, *sizes) + origin
        return header + self.code + self.heap + self.stack

    @staticmethod
    def decode(octets):
        version, flags, port, request_id, bound, entry, code, heap, stack = HEADER.unpack_from(octets)
        at = HEADER.size + (16 if flags & FLAG_IPV6 else 4)
        origin = address_text(octets[HEADER.size:at])
        if version != VERSION or at + code + heap + stack != len(octets):
            raise ValueError(f"not a SNAP packet: {octets.hex()}")
        return Packet(version, flags, port, request_id, bound, entry, origin,
                      octets[at:at + code], octets[at + code:at + code + heap], octets[at + code + heap:])

    def instructions(self):
        return len(self.code) // 4

    def opcodes(self):
        return list(self.code[::4])

    def values(self):
        """The stack, bottom first."""
        return [self._value(word) for (word,) in WORD.iter_unpack(self.stack)]

    def _value(self, word):
        tag, data = word >> 60, word & (1 << 60) - 1
        here = self.heap[data >> 16 & 0xFFFF:][:data & 0xFFFF]
        match tag:
            case 0:
                return data - (data >> 59 << 60)
            case 1:
                return socket.inet_ntoa(struct.pack("!I", data & 0xFFFFFFFF))
            case 2 | 6:
                return here
            case 3:
                return Exc(data & 0xFFFFFFFF)
            case 4:
                return tuple(self._value(field) for (field,) in WORD.iter_unpack(here))
            case 5:
                return struct.unpack("!d", here)[0]
            case 9:
                return address_text(here)
            case 8:
                return int.from_bytes(here, "big", signed=True)
            case _:
                raise ValueError(f"no value has tag {tag}")

    def report(self):
        """What a report says; a failure if this is none."""
        if not self.flags & FLAG_REPORT:
            raise AssertionError(f"not a report, but {self}")
        top_first = self.values()[::-1]
        return Report(*top_first[:5], tuple(top_first[5:]))
