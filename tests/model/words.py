"""Words and values: docs/snap.md section 3.

A word is 64 bits: a tag of 4, data of 60. A value here is a pair (type, content): an int for Int and Exc,
IPv4Address or IPv6Address for Addr, bytes for Str and Oid, a float for Float, a list of values for Tuple.
"""

import ipaddress
import struct
from dataclasses import dataclass

INT, ADDR, STR, EXC, TUPLE, FLOAT, OID = range(7)
TYPE_NAMES = ["int", "addr", "str", "exc", "tuple", "float", "oid"]
WIDE = 8  # set in the tag of an int or an address that lies in the heap
WORD_SIZE = 8
PLAIN_NAN = 0x7FF8000000000000


@dataclass(frozen=True)
class Place:
    """Where an object lies: offset and length in octets."""
    offset: int
    length: int


NOWHERE = Place(0xFFFF, 0xFFFF)


def tag_of(word):
    return word >> 60


def type_of(word):
    """The type, or None: a word with that tag is no value."""
    tag = tag_of(word)
    if tag <= OID:
        return tag
    return tag - WIDE if tag in (WIDE + INT, WIDE + ADDR) else None


def is_in_heap(word):
    return tag_of(word) in (STR, TUPLE, FLOAT, OID, WIDE + INT, WIDE + ADDR)


def place_of(word):
    return Place(word >> 16 & 0xFFFF, word & 0xFFFF)


def heap_word(kind, place):
    tag = kind + WIDE if kind in (INT, ADDR) else kind
    return tag << 60 | place.offset << 16 | place.length


def signed(bits, width):
    """The two's complement number in the low `width` bits."""
    bits &= (1 << width) - 1
    return bits - (1 << width) if bits >> (width - 1) else bits


def fits_inline(number):
    return -(1 << 59) <= number < 1 << 59


def int_word(number):
    return number & ((1 << 60) - 1)


def exc_word(code):
    return EXC << 60 | code


def address_word(v4):
    return ADDR << 60 | int(v4)


def float_octets(number):
    """Of what is computed: every NaN is the plain one."""
    return PLAIN_NAN.to_bytes(8, "big") if number != number else struct.pack(">d", number)


def words_in(octets):
    return [int.from_bytes(octets[at:at + 8], "big") for at in range(0, len(octets), 8)]


def octets_of(words):
    return b"".join(word.to_bytes(8, "big") for word in words)


def align4(n):
    return (n + 3) // 4 * 4


# ---- object identifiers: X.690 8.19

def subids_of(ber):
    """The sub-identifiers, or None if the octets are no object identifier in its shortest form."""
    subids, value, inside = [], 0, False
    for octet in ber:
        if not inside and octet == 0x80:
            return None
        value, inside = value << 7 | octet & 0x7F, octet >= 0x80
        if value > 0xFFFFFFFF:
            return None
        if not inside:
            if subids:
                subids.append(value)
            else:
                first = min(value // 40, 2)
                subids = [first, value - 40 * first]
            value = 0
    return None if inside or not 2 <= len(subids) <= 128 else subids


def ber_of(subids):
    octets = b""
    for subid in [subids[0] * 40 + subids[1], *subids[2:]]:
        groups = [subid & 0x7F]
        while subid := subid >> 7:
            groups.append(subid & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return octets


# ---- reading whole values, as a client does

def read_value(word, heap, left=None, depth=0):
    """The value of a word, or None: it points nowhere, is malformed, or expands beyond what a printer bears."""
    left = left if left is not None else [1024]
    left[0] -= 1
    kind = type_of(word)
    if left[0] < 0 or depth > 64 or kind is None:
        return None
    if not is_in_heap(word):
        if kind == INT:
            return INT, signed(word, 60)
        low = word & 0xFFFFFFFF
        return (ADDR, ipaddress.IPv4Address(low)) if kind == ADDR else (EXC, low)
    place = place_of(word)
    octets = heap[place.offset:place.offset + place.length]
    if len(octets) != place.length:
        return None
    if kind == TUPLE:
        if place.length % WORD_SIZE:
            return None
        fields = []
        for field in words_in(octets):
            fields.append(read_value(field, heap, left, depth + 1))
            if fields[-1] is None:
                return None
        return TUPLE, fields
    return content_of(kind, octets, strict_oid=True)


def content_of(kind, octets, strict_oid=False):
    """The value of an object other than a tuple, or None if no such value has these octets."""
    if kind in (INT, FLOAT):
        if len(octets) != 8:
            return None
        return (INT, signed(int.from_bytes(octets, "big"), 64)) if kind == INT else (FLOAT, struct.unpack(">d", octets)[0])
    if kind == ADDR:
        return (ADDR, ipaddress.IPv6Address(octets)) if len(octets) == 16 else None
    if kind == OID and strict_oid and subids_of(octets) is None:
        return None
    return kind, octets
