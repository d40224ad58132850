"""What a packet is like when it leaves a node, whole or trimmed, and what a report says: docs/snap.md 4, 7, 8."""

import spec
from objects import Copier, DoesNotFit, snapshot
from packet import REPORT, TRIMMABLE, Header, Packet
from words import (ADDR, NOWHERE, STR, TUPLE, FLOAT, INT, OID, Place, address_word, heap_word, int_word, place_of)

CONSTANT_TYPES = {"PushWide": INT, "PushAddr": ADDR, "PushStr": STR, "PushTup": TUPLE, "PushFlt": FLOAT, "PushOid": OID}
LEAST_REPORT = 60


def pack_whole(packet, heaps, room):
    """Code and heap as they are, behind them the new objects that the stack reaches. Raises DoesNotFit."""
    return _pack(packet, packet.code, Copier(heaps, True, room), room)


def pack_trimmed(packet, heaps, room):
    """Without what lies before the entry and without heap that nothing names. Raises DoesNotFit."""
    copier = Copier(heaps, False, room)
    code = b""
    for at in range(4 * packet.header.entry, len(packet.code), 4):
        word = packet.code[at:at + 4]
        known = spec.INSTRUCTIONS.get(word[0])
        kind = CONSTANT_TYPES.get(known.name) if known else None
        if kind is not None:
            old = constant_place(int.from_bytes(word[1:], "big"))
            new = place_of(copier.copy(heap_word(kind, old)))
            if new == NOWHERE or new.length != old.length or new.offset // 4 > 0xFFF:
                return pack_whole(packet, heaps, room)  # no assembler wrote this
            word = word[:1] + (new.offset // 4 << 12 | new.length).to_bytes(3, "big")
        code += word
    return _pack(packet.with_header(entry=0), code, copier, room)


def leave(packet, heaps, room):
    """A move's packet: its stack and entry are as they shall be."""
    if packet.header.flags & TRIMMABLE and packet.header.entry > 0:
        return pack_trimmed(packet, heaps, room)
    if not heaps.made:
        if packet.size > room:
            raise DoesNotFit
        return packet
    return pack_whole(packet, heaps, room)


def _pack(packet, code, copier, room):
    stack = [copier.copy(word) for word in packet.stack]
    packed = Packet(packet.header, code, copier.heap, stack)
    if packed.size > room or len(copier.heap) > 0xFFFF:
        raise DoesNotFit
    return packed


def constant_place(immediate):
    return Place((immediate >> 12) * 4, immediate & 0xFFF)


def report(packet, heaps, stack, fault, instructions, node):
    """The packet that tells of a fault: (reason, index, opcode). It is not larger than the one that arrived."""
    h = packet.header
    header = Header(REPORT, h.port, h.request_id, 0, 0, h.origin)
    node_in_heap = node.packed if node.version == 6 else b""
    fixed = header.size + 5 * 8 + len(node_in_heap)
    heap, words = snapshot(heaps, stack, max(0, max(packet.size, LEAST_REPORT) - fixed))
    node_word = heap_word(ADDR, Place(len(heap), 16)) if node_in_heap else address_word(node)
    reason, index, opcode = fault
    words += [int_word(instructions), int_word(opcode), node_word, int_word(index), int_word(reason)]
    return Packet(header, b"", heap + node_in_heap, words)
