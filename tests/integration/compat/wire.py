"""The step `wire` of a case: one request, octet by octet, and every octet of the answer, one element a line.

    wire [-v 1|2c] [-c COMMUNITY] [-r REPEATERS] [-m MAX] [-t SECONDS] [-T tcp|udp6|tcp6] [-p PORT]
         get|next|bulk|set|trap|inform OID[=TYPE:VALUE]... | raw HEX... | discover [MSGID]

TYPE as of snmpset: i u c a s x o t n C (Counter64), r (a string of so many x). OID*N: N times. The request's number
is always 1. TimeTicks are shown without their value, and what they are in without its length.
"""

import argparse
import shlex
import socket

from support.netns import process_network

VERBS = {"get": 0xA0, "next": 0xA1, "set": 0xA3, "bulk": 0xA5, "inform": 0xA6, "trap": 0xA7}
TAGS = {"i": 0x02, "s": 0x04, "x": 0x04, "n": 0x05, "o": 0x06, "a": 0x40, "c": 0x41, "u": 0x42, "t": 0x43, "C": 0x46}


def element(tag, content):
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def integer(value, tag=0x02):
    return element(tag, value.to_bytes((8 + (value + (value < 0)).bit_length()) // 8, "big", signed=True))


def name(text):
    arcs = [int(arc) for arc in text.strip(".").split(".")]
    octets = b""
    for arc in [40 * arcs[0] + arcs[1], *arcs[2:]]:
        groups = [arc & 0x7F]
        while arc > 0x7F:
            arc >>= 7
            groups.insert(0, 0x80 | arc & 0x7F)
        octets += bytes(groups)
    return element(0x06, octets)


def value(text):
    kind, _, content = text.partition(":")
    if kind == "r":
        kind, content = "s", "x" * int(content)
    tag = TAGS[kind]
    if kind == "n":
        return element(tag, b"")
    if kind == "s":
        return element(tag, content.encode())
    if kind == "x":
        return element(tag, bytes.fromhex(content))
    if kind == "o":
        return name(content)
    if kind == "a":
        return element(tag, socket.inet_aton(content))
    return integer(int(content), tag)


def request(options):
    pairs = b""
    for word in options.words:
        oid, _, given = word.partition("=")
        oid, _, times = oid.partition("*")
        pairs += element(0x30, name(oid) + (value(given) if given else element(0x05, b""))) * int(times or 1)
    pdu = integer(1) + integer(options.r) + integer(options.m) + element(0x30, pairs)
    version = 0 if options.v == "1" else 1
    return element(0x30, integer(version) + element(0x04, options.c.encode()) + element(VERBS[options.verb], pdu))


def discovery(number):
    security = element(0x30, element(0x04, b"") + integer(0) + integer(0) + element(0x04, b"") * 3)
    header = element(0x30, integer(number) + integer(65507) + element(0x04, b"\x04") + integer(3))
    pdu = element(0xA0, integer(2) + integer(0) + integer(0) + element(0x30, b""))
    return element(0x30, integer(3) + header + element(0x04, security) + element(0x30, element(0x04, b"") * 2 + pdu))


def elements(octets):
    """Header and content of each."""
    at = 0
    while at < len(octets):
        size, start = octets[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(octets[at + 2:start], "big")
        yield octets[at:start], octets[start:start + size]
        at = start + size


def shown(octets, depth=0):
    """Lines, what is inside of an element indented, and whether there is a time in them."""
    lines, is_timed = [], False
    for header, content in elements(octets):
        tag = header[0]
        if tag & 0x20:
            inner, has_time = shown(content, depth + 1)
            lines += ["  " * depth + (f"{tag:02x} .." if has_time else header.hex(" ")), *inner]
            is_timed = is_timed or has_time
        elif tag == TAGS["t"]:
            lines.append("  " * depth + "43 (TimeTicks)")
            is_timed = True
        else:
            lines.append("  " * depth + header.hex(" ") + "  " + content.hex())
    return lines, is_timed


def parser():
    made = argparse.ArgumentParser(prog="wire")
    made.add_argument("-v", default="2c")
    made.add_argument("-c", default="public")
    made.add_argument("-r", type=int, default=0)
    made.add_argument("-m", type=int, default=0)
    made.add_argument("-t", type=float, default=30)
    made.add_argument("-T", default="udp")
    made.add_argument("-p", type=int, default=161)
    made.add_argument("verb")
    made.add_argument("words", nargs="*")
    return made


def ask(pid, line):
    """Runs a step's line in the network of the process `pid` and gives the text to compare."""
    options = parser().parse_args(shlex.split(line)[1:])
    if options.verb == "raw":
        message = bytes.fromhex("".join(options.words))
    elif options.verb == "discover":
        message = discovery(int(options.words[0]) if options.words else 1)
    else:
        message = request(options)
    family, host = (socket.AF_INET6, "::1") if options.T.endswith("6") else (socket.AF_INET, "127.0.0.1")
    kind = socket.SOCK_STREAM if options.T.startswith("tcp") else socket.SOCK_DGRAM
    with process_network(pid):
        asking = socket.socket(family, kind)
    with asking:
        asking.settimeout(options.t)
        try:
            asking.connect((host, options.p))
            asking.send(message)
            answer = asking.recv(65536)
        except TimeoutError:
            return "no answer"
        except OSError as problem:
            return problem.strerror
    return "\n".join(shown(answer)[0]) if answer else "closed"
