#!/usr/bin/python3 -B
"""generate_cases.py [--check]   writes the systematic cases: tests/conformance/*/all_*.case.

What they do is listed here; what must come of it is computed by the model. conformance_test runs them on the
interpreter, so each is a cross-check of two implementations. --check: nothing is written; 1 if a file would change.
"""

import ipaddress
import itertools
import sys
import tempfile
from pathlib import Path

import driver
import spec
from cases import cut
from node import run
from operands import WHY, operand_files
from text import canonical_words
from words import words_in
from write_case import REASON_NAMES, outcome_lines

FOLDER = driver.ROOT / "tests/conformance"


# ---- edges: found by the model, one below, at, one above

V6 = "             here 2001:db8::1\n             destination 2001:db8::9\n             local 2001:db8::1\n"
SERVICES = """             service str none -> s gives "12345"
             service v6 none -> a gives 2001:db8::7
             service two none -> ii gives 1 4611686018427387904
             service fails none -> iii fails exc:40
             service later none -> o later gives oid:1.3.6.1
"""
GROWING = ["push 1", "push 4611686018427387904", "push 10.1.1.1", "push 2001:db8::3", 'push "a"', "push exc:3", "push (1)",
           "push 0.5", "push oid:1.3", "push 1 / pull 0", "push 576460752303423487 / addi 1", "push 0.5 / addi 1",
           "push 0.5 / neg", "mktup 0", "push 1 / mktup 1", "push 1 / push 2 / mktup 2", "push 1 / push 2 / push 2 / mktups",
           'push "a" / push "bcdef" / cat', 'push "" / push "" / cat', "push (1) / push (2) / cat", "push (4611686018427387904) / nth 1",
           "here", "getsrc", "getdst", "now", "depth", "getsize", "ingress", "getspt", "getrb", "getep", "getid",
           "push 2001:db8::3 / sneti 64", "push 2001:db8::3 / bcasti 64",
           "push 2001:db8::3 / push 64 / snet", "push 2001:db8::3 / push 64 / bcast", 'push "a" / isstr', "push 10.0.5.5 / ishere",
           'push "ab" / len', 'push "a" / push "b" / lt', "push 1 / lshi 60", 'calls "str"', 'calls "v6"', 'calls "two"',
           'calls "fails"', 'calls "later"', 'calls "nobody"', "push 0 / push 0 / push 1 / push 10.0.5.5 / send",
           "push 0 / push 0 / push 1 / push 10.0.5.5 / dsend", "push 0 / push 0 / push 1 / push 10.0.5.5 / hop",
           "push 0 / push 0 / push 0 / push 10.0.5.5 / send"]
OID32 = "oid:1.3" + ".4294967295" * 6  # 31 octets


def text_of(n):
    return '"' + "x" * n + '"'


COSTLY = ["nop", *(f"push {text_of(n)} / push {text_of(n)} / {op}" for op in ("eq", "lt", "cat") for n in (0, 31, 32, 33, 63, 64, 95, 96)),
          *(f"push {text_of(64)} / push {text_of(64)} / {op}" for op in ("neq", "gt", "geq", "leq")),
          f"push {OID32} / push {OID32} / eq", f"push {OID32}.1 / push {OID32}.1 / geq", f"push {OID32}.1 / push {OID32}.1 / neq",
          *(" / ".join(["push 1"] * n + [f"mktup {n}"]) for n in (0, 7, 8, 15, 16)), " / ".join(["push 1"] * 8 + ["push 8", "mktups"]),
          " / ".join(["push 1"] * 8 + ["mktup 8", "pull 0", "cat"]), 'calls "cheap"', 'calls "dear"', 'push exc:4 / calls "takes"',
          f'push {text_of(63)} / calls "takes"', f'push {text_of(64)} / calls "takes"', f'push {text_of(128)} / calls "takes"',
          f'push {OID32}.1.1 / push {OID32} / calls "oids"', 'calls "gives"', 'calls "late"', "push 1 / eqi 1",
          *(f"push 0 / push -1 / push 1 / push 10.0.5.5 / {op}" for op in ("send", "dsend", "hop")),
          *(f"push {text_of(100)} / push 0 / push -1 / push 1 / push 10.0.5.5 / {op}" for op in ("send", "dsend", "hop"))]
COST_SERVICES = f"""             service cheap none -> none gives
             service dear none -> none cost 10 gives
             service takes s -> none cost 1 gives
             service oids oo -> none gives
             service gives none -> sss gives {text_of(64)} {text_of(63)} {text_of(1)}
             service late none -> s cost 2 later gives {text_of(64)}
"""


class Draft:
    """A case whose expectations are still to be computed."""
    def __init__(self, name, asm, node="", header=""):
        lines = asm.replace(" / ", "\n").strip("\n").split("\n")
        self.name = name
        self.text = "-- asm       " + "\n             ".join(line.strip() for line in lines) + "\n"
        self.text += (f"-- node      {node}\n" if node else "") + (f"-- header    {header}\n" if header else "")


def edge(model_ends_well, low, high):
    """The least number with which it ends well; None if none up to `high` does."""
    if not model_ends_well(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if model_ends_well(middle) else (middle + 1, high)
    return high


def edge_file(path, why, node, programs, setting, high, header="", is_well=lambda o: o["ending"][0] != "fault"):
    """Each program with the setting one below, at and one above the least with which it does not fault."""
    shared = f"-- why       {WHY}{why}\n{node}"
    packets = assembled(shared, [Draft(str(i), p, header=header) for i, p in enumerate(programs)])
    drafts = []
    for program, (case, octets) in zip(programs, packets):
        def ends_well(value, case=case, octets=octets):
            model_node = case.node()
            if setting == "room":
                model_node.routes = [(ipaddress.ip_network(to), value) for to in ("0.0.0.0/0", "::/0")]
            else:
                setattr(model_node, setting, value)
            return is_well(run(octets, model_node))
        least = edge(ends_well, len(octets) if setting == "workspace" else 0, high)
        for value in sorted({max(0, least - 1), least, least + 1}):
            line = f"{setting} {value}" if setting != "room" else f"route 0.0.0.0/0 room {value}\n             route ::/0 room {value}"
            drafts.append(Draft(f"{program}, {setting} {value}", program, line, header))
    return path, shared, drafts


def edge_files():
    routes = "             route 0.0.0.0/0 room 1476\n             route ::/0 room 1476\n"
    node = "-- node      neighbour 10.0.5.5\n" + routes + SERVICES
    yield edge_file("limits/all_workspace_edges.case", "a workspace one octet too small, just large enough, one larger", node, GROWING,
                    "workspace", 4000)
    yield edge_file("limits/all_workspace_edges_ipv6.case", "the same where origin, node and destination are IPv6", node + V6, GROWING,
                    "workspace", 4000, "origin 2001:db8::99")
    node = "-- node      neighbour 10.0.5.5\n" + routes + COST_SERVICES
    yield edge_file("limits/all_budget_edges.case", "a budget one unit too small, just large enough, one larger", node, COSTLY, "budget", 4000)
    moves = ["push 10.0.5.5 / forwto", "push 10.0.5.5 / dforwto", "push 10.0.5.5 / moveto 1 / nop", "push 2001:db8::5 / moveto 1 / nop",
             'push "a" / push "b" / cat / push 10.0.5.5 / moveto 1 / nop', "push 1 / mktup 1 / push 10.0.5.5 / dmoveto 1 / nop",
             'push "new" / push "er" / cat / push 10.0.5.5 / forwto', "here / push 10.0.5.5 / forwto"]
    sends = ["push 0 / push 0 / push 1 / push 10.0.5.5 / send", "push 0 / push -1 / push 1 / push 10.0.5.5 / hop",
             'push "a" / push "b" / cat / push 0 / push 1 / push 1 / push 10.0.5.5 / dsend']

    def none_refused(o):
        return o["ending"][0] != "fault" and not o["stack"].endswith("3000000000000025")
    for name, origin in (("", ""), ("_ipv6", "origin 2001:db8::99")):
        yield edge_file(f"moving/all_links{name}.case", "a link one octet too small, just large enough, one larger",
                        "-- node      neighbour 10.0.5.5\n", moves, "room", 4000, origin, none_refused)
        yield edge_file(f"moving/all_links_trimmed{name}.case", "the same for packets that may be trimmed", "-- node      ingress 1\n", moves,
                        "room", 4000, (origin + " flags trimmable").strip(), none_refused)
        yield edge_file(f"sending/all_links{name}.case", "a link one octet too small, just large enough, one larger",
                        "-- node      neighbour 10.0.5.5\n", sends, "room", 4000, origin, none_refused)


# ---- reports

def report_files():
    stack = ['#data 7', '#data "four"', '#data (1, ("in", 4611686018427387904))', '#data 2001:db8::5', '#data 0.5', '#data oid:1.3.6.1',
             '#data "four"', '#data 4611686018427387904', '#data exc:41', '#data 10.0.0.7', "#word 0x7000000000000000",
             "#word 0x20000000fff00004"]
    for name, here, origin in (("", "10.0.0.1", "10.0.9.9"), ("_ipv6_origin", "10.0.0.1", "2001:db8::99"),
                               ("_ipv6_node", "2001:db8::1", "10.0.9.9"), ("_ipv6", "2001:db8::1", "2001:db8::99")):
        drafts = [Draft("least", "pop", f"here {here}", f"origin {origin} port 4711 id 99 bound 3")]
        for values in range(1, len(stack) + 1):
            drafts.append(Draft(f"{values} values", "\n".join(["ji 0", *stack[:values]]), f"here {here}", f"origin {origin}"))
        # The stack shrinks by what the execution pops, so the report must leave out a little more each time.
        for less in range(len(stack)):
            drafts.append(Draft(f"made values, {less} fewer", "\n".join(
                [f"popi {less}", "getspt", "mktup 1", "push 1", "mktup 2", 'push "made"', 'push " here"', "cat", "now", "ji 0", *stack]),
                f"here {here}\n             now 4611686018427387905", f"origin {origin}"))
        # Octets behind the stack's own need: the room grows by 4.
        for nops in range(0, 30):
            drafts.append(Draft(f"room for {nops} instructions more", "\n".join(
                ["pull 0", "pull 1", "pull 2", "cat", "ji 0", *["nop"] * nops, '#data "abcde"', '#data "fg"', '#data (7, "h")']),
                f"here {here}", f"origin {origin}"))
        yield (f"reports/all_stacks{name}.case", f"-- why       {WHY}what of the stack a report has room for, and all its fields\n", drafts)
    faults = {"Underflow": "pop", "WrongType": 'push "a" / not', "BadJump": "nop / ji 9", "BadEntry": "push 9 / push 0 / push 1 / push 10.0.5.5 / send",
              "OutOfRange": "push (1) / nth 2", "Workspace": "push 1 / pull 0 / pull 0", "Budget": 'calls "dear"', "BadOpcode": ".word 0xff000000",
              "exc:32": "push 10.0.5.5 / forwto", "exc:34": "push 10.0.6.6 / forwto", "exc:37": "push 10.0.7.7 / forwto",
              "exc:39": "push 10.0.8.8 / forwto"}
    drafts = [Draft(reason, "push 1 / " + asm, header="bound 0" if reason == "exc:32" else "") for reason, asm in faults.items()]
    node = """-- node      route 10.0.5.0/24 room 1476
             route 10.0.7.0/24 room 20
             route 10.0.8.0/24 exc 39
             service dear none -> none cost 9999 gives
             workspace 40
"""
    yield "reports/all_reasons.case", f"-- why       {WHY}every reason an execution can end for\n{node}", drafts


# ---- trimming

TRIMMED = {
    "nothing to trim: entry at the front": "push 10.0.5.5 / forwto",
    "all code but the last": 'push "dead" / push 10.0.5.5 / moveto 1 / nop',
    "entry in the middle, dead constants on both sides of a live one": 'push "dead1" / push "live" / push "dead2" / push 10.0.5.5 / moveto 1 / push "live"',
    "dead constant first": 'push "dead" / push 10.0.5.5 / moveto 2 / push "gone" / push "live" / push "live2"',
    "dead constants in the middle": 'push "live" / push "dead" / push "live2" / push 10.0.5.5 / moveto 1 / push "live" / push "live2"',
    "live constants in another order": 'push "a" / push "b" / push "c" / push 10.0.5.5 / moveto 1 / push "c" / push "a"',
    "one constant for two instructions": 'push "x" / push 10.0.5.5 / moveto 1 / push "same" / push "same"',
    "one constant for an instruction and a value": 'push "same" / push 10.0.5.5 / moveto 1 / push "same"',
    "one place as str and as oid": 'push 10.0.5.5 / moveto 1 / .word 0x13001003 / .word 0x17001003 / #heap "....abc."',
    "one place as str and as tuple": 'push 10.0.5.5 / moveto 1 / .word 0x13000008 / .word 0x15000008',
    "parts that overlap": 'push "abcdefgh" / pop / push 10.0.5.5 / moveto 1 / .word 0x13000008 / .word 0x13001004',
    **{f"a str of {n}": f"push {text_of(9)} / pop / push 10.0.5.5 / moveto 1 / push {text_of(n)} / push \"z\"" for n in range(6)},
    "wide integers": "push 4611686018427387904 / push 4611686018427387905 / push 10.0.5.5 / moveto 1 / push 4611686018427387905 / push 4611686018427387906",
    "addresses": "push 2001:db8::1 / push 10.0.5.5 / moveto 1 / push 2001:db8::2 / push 10.1.1.1 / getsrc",
    "floats and identifiers": "push 0.5 / push oid:1.3.6 / push 10.0.5.5 / moveto 1 / push 1.5 / push oid:1.3.7",
    "nested tuples": 'push (1, ("a", (2, "b"))) / pop / push 10.0.5.5 / moveto 1 / push (1, ("a", (2, "b"))) / push ("b")',
    "a tuple in the code and its part on the stack": 'push ("p", ("q", 4611686018427387904)) / nth 2 / push 10.0.5.5 / moveto 1 / push ("p")',
    "made objects": 'push "a" / push "b" / cat / push 1 / mktup 2 / push 10.0.5.5 / moveto 1 / push "c"',
    "made objects that are dead": 'push "a" / push "b" / cat / pop / push 10.0.5.5 / moveto 1 / push "c"',
    "made and brought": 'push ("k", 5) / push "a" / mktup 2 / push 10.0.5.5 / moveto 1 / push "a"',
    "one made object twice": 'push "a" / push "b" / cat / pull 0 / mktup 2 / pull 0 / push 10.0.5.5 / moveto 1 / nop',
    "empty objects": 'push "" / mktup 0 / push 10.0.5.5 / moveto 1 / push "" / push ()',
    "brought values": 'pop / push 10.0.5.5 / moveto 1 / push "u" / #data "gone" / #data ("kept", 2001:db8::7) / #data 4611686018427387904',
    "a tuple in a ring": 'push 10.0.5.5 / moveto 1 / nop / #heap "\\x40\\x00\\x00\\x00\\x00\\x00\\x00\\x08" / #word 0x4000000000000008',
    "two tuples in a ring": 'push 10.0.5.5 / moveto 1 / nop / #heap "\\x40\\x00\\x00\\x00\\x00\\x08\\x00\\x08\\x40\\x00\\x00\\x00\\x00\\x00\\x00\\x08" / #word 0x4000000000000008',
    "values that are none": "push 10.0.5.5 / moveto 1 / nop / #word 0x7000000000000001 / #word 0x20000000fff00004 / #word 0x5000000000000004",
    "a tuple that names what is nowhere": 'push 10.0.5.5 / moveto 1 / nop / #heap "\\x20\\x00\\x00\\x00\\xff\\xf0\\x00\\x04" / #word 0x4000000000000008',
    "a constant that is nowhere": "push 10.0.5.5 / moveto 1 / .word 0x13fff004",
    "a constant of a length that is none": "push 10.0.5.5 / moveto 1 / .word 0x11000004 / push 4611686018427387904",
    "jumps keep their distance": 'push "d" / push 10.0.5.5 / moveto 1 / push 0 / bez 2 / push "x" / ji 1 / push "y"',
    "by plain IP": 'push "d" / push 10.0.5.5 / dmoveto 1 / push "x"',
}


def trimming_files():
    for name, origin in (("", ""), ("_ipv6", " origin 2001:db8::99")):
        yield (f"trimming/all_shapes{name}.case", f"-- why       {WHY}what stays and what goes\n-- node      route 10.0.0.0/8 room 1476\n",
               [Draft(title, asm, header="flags trimmable" + origin) for title, asm in TRIMMED.items()])
    entries = "-- node      destination 10.0.5.5\n             route 10.0.0.0/8 room 1476\n"
    program = 'push "a" / push "b" / push "c" / forw / push "b" / push "d"'
    yield ("trimming/all_entries.case", f"-- why       {WHY}what is before the entry goes, wherever that is\n" + entries,
           [Draft(f"entry {n}", program, header=f"flags trimmable entry {n}") for n in range(4)])
    yield ("moving/all_shapes.case", f"-- why       {WHY}the same programs without the mark\n-- node      route 10.0.0.0/8 room 1476\n",
           [Draft(title, asm, header="flags none") for title, asm in TRIMMED.items()])


# ---- IPv6 wherever an address can be

def ipv6_files():
    node = """-- node      local 2001:db8::1 10.0.0.1
             here 2001:db8::1
             destination 2001:db8::9
             neighbour 2001:db8::5
             route 2001:db8::/32 room 1476
             service echo a -> a gives 2001:db8::77
             service any * -> * gives 2001:db8::78
-- header    origin 2001:db8::99
"""
    programs = ["here", "getsrc", "getdst", "here / ishere", "getsrc / ishere", "getsrc / isnbr", "push 2001:db8::5 / isnbr", "getsrc / isaddr",
                "getsrc / getsrc / eq", "getsrc / here / neq", "getsrc / mktup 1 / nth 1", "getsrc / demux 0".replace(" 0", "") , "getsrc / demuxi 5",
                "getsrc / here / demuxall 5", 'getsrc / calls "echo"', 'here / calls "any"', "forw", "dforw", "getsrc / forwto",
                "getsrc / dforwto", "getsrc / moveto 1 / nop", "getsrc / dmoveto 1 / nop", "here / forwto", "here / moveto 2 / pop / nop",
                *(f"push 0 / push {n} / push 2 / push 2001:db8::5 / {op}" for op in ("send", "hop", "dsend") for n in (0, -1)),
                "here / push 0 / push -1 / push 2 / push 2001:db8::5 / send", "push 0 / push 0 / push 2 / getsrc / hop", "getsize",
                "getsrc / getsize", "getsrc / addi 1", "getsrc / len", "getsrc / bez 1"]
    programs += [f"push 2001:db8:ffff:ffff:ffff:ffff:ffff:fffe / {op} {n}" for op in ("sneti", "bcasti")
                 for n in (-1, 0, 1, 31, 32, 63, 64, 65, 127, 128, 129)]
    programs += [f"push 10.11.12.13 / {op} {n}" for op in ("sneti", "bcasti") for n in (-1, 0, 1, 7, 8, 31, 32, 33)]
    yield "address/all_ipv6.case", f"-- why       {WHY}IPv6 wherever an address can be\n{node}", [Draft(p, p) for p in programs]


# ---- every refusal, every family of addresses

MOVES = {"forw": "forw", "dforw": "dforw", "forwto": "{to} / forwto", "dforwto": "{to} / dforwto", "moveto": "{to} / moveto 1 / nop",
         "dmoveto": "{to} / dmoveto 1 / nop"}


def counted(mnemonic, n):
    """The assembler writes no negative count."""
    code = next(code for code, op in spec.INSTRUCTIONS.items() if op.mnemonic == mnemonic)
    return f"{mnemonic} {n}" if n >= 0 else f".word 0x{code << 24 | n % 2**24:08x}"


def refusal_files():
    node = """-- node      destination {to}
             neighbour {to}
             route 10.0.6.0/24 exc 39
             route 10.0.7.0/24 room 20
             route 10.0.8.0/24 room 1476
             route 2001:db8::/32 room 1476
"""
    reasons = {"not permitted": "10.0.6.6", "does not fit": "10.0.7.7", "no route": "10.0.9.9", "no route to IPv6": "fd00::1", "goes": "10.0.8.8"}
    drafts, sends = [], []
    for why, to in reasons.items():
        line = node.format(to=to).removeprefix("-- node      ").rstrip()
        for name, asm in MOVES.items():
            asm = asm.format(to=f"push {to}")
            drafts.append(Draft(f"{name}: {why}", asm, line))
            drafts.append(Draft(f"{name}: {why}, bound 0", asm, line, "bound 0"))
        for op in ("send", "hop", "dsend"):
            for bound in (-1, 0, 1, 10, 11):
                sends.append(Draft(f"{op}: {why}, bound {bound}", f"push 0 / push 0 / push {bound} / push {to} / {op}", line))
            for most in (0, 1):
                sends.append(Draft(f"{op}: {why}, {most} sends allowed", " / ".join([f"push 0 / push 0 / push 1 / push {to} / {op}"] * 2),
                                   line + f"\n             max-sends {most}"))
    local = [Draft(f"{name} to this node", asm.format(to="push 10.0.0.1"), "destination 10.0.0.1") for name, asm in MOVES.items()]
    yield "moving/all_refusals.case", f"-- why       {WHY}every move where it cannot be made\n", drafts + local
    stranger = [Draft(f"hop to {to}", f"push 0 / push 0 / push 1 / push {to} / hop", "route 10.0.0.0/8 room 1476\n             neighbour 10.0.1.1")
                for to in ("10.0.1.1", "10.0.1.2", "2001:db8::5")]
    yield "sending/all_refusals.case", f"-- why       {WHY}every send where it cannot be made, and in which order it is asked\n", sends + stranger
    families = []
    for origin, to in itertools.product(("10.0.9.9", "2001:db8::99"), ("10.0.5.5", "2001:db8::5")):
        for flags, (name, asm) in itertools.product(("none", "trimmable"), MOVES.items()):
            families.append(Draft(f"{name} of {origin} to {to}, {flags}", f'nop / push "dead" / {asm.format(to="push " + to)}',
                                  f"destination {to}\n             route 0.0.0.0/0 room 1476\n             route ::/0 room 1476",
                                  f"entry 1 flags {flags} origin {origin}"))
    yield "moving/all_families.case", f"-- why       {WHY}every move from and to IPv4 and IPv6, whole and trimmed\n", families
    jumps = [Draft(f"{op} {n}", f"{push}{op} {n} / nop / nop") for op, push in
             (("ji", ""), ("bez", "push 0 / "), ("bne", "push 1 / "), ("paj", "push 1 / "), ("tpaj", "push 1 / push 0 / "),
              ("moveto", "push 10.0.0.1 / "), ("dmoveto", "push 10.0.0.1 / "), ("moveto", "push 10.0.5.5 / "), ("dmoveto", "push 10.0.5.5 / "))
             for n in (-8388608, -1, 0, 1, 2, 3, 4, 8388607)]
    counts = [Draft(f"{op} {n}", f"push 1 / push (1) / push (2, 3) / {counted(op, n)}") for op in ("popi", "pull", "store", "mktup", "nth")
              for n in (-8388608, -1, 0, 1, 2, 3, 4, 8388607)]
    counts += [Draft(f"{op} of {n}", f"push (7, 8) / push {n} / {op}") for op in ("mktups", "nths")
               for n in (-9223372036854775808, -1, 0, 1, 2, 3, 9223372036854775807)]
    sent = [Draft(f"entry {e} amount {a}", f"push 6 / push {e} / push {a} / push 1 / push 10.0.5.5 / send / nop") for e in
            (-9223372036854775808, -1, 0, 6, 7, 9223372036854775807) for a in (-9223372036854775808, -2, -1, 0, 1, 2, 9223372036854775807)]
    ports = [Draft(f"{op} port {n}", asm.format(n)) for op, asm in
             (("demux", "push 5 / push {} / demux"), ("demuxi", "push 5 / demuxi {}"), ("demuxall", "push 5 / demuxall {}"))
             for n in (-8388608, -1, 0, 1, 65535, 65536, 8388607)]
    route = "-- node      route 10.0.0.0/8 room 1476\n"
    yield "control/all_distances.case", f"-- why       {WHY}every jump by distances before, at and behind the ends\n{route}", jumps
    yield "stack/all_counts.case", f"-- why       {WHY}counts and indices below, at and above what there is\n", counts
    yield "sending/all_amounts.case", f"-- why       {WHY}entries and amounts below, at and above what there is\n{route}", sent
    yield "delivery/all_ports.case", f"-- why       {WHY}ports below, at and above the ends\n", ports


# ---- writing

def assembled(shared, drafts):
    """(case, packet) of each draft, by the C++ assembler."""
    with tempfile.TemporaryDirectory() as folder:
        text = shared + "".join(f"== {d.name}\n{d.text}-- exit\n" for d in drafts)
        (Path(folder) / "drafts.case").write_text(text)
        lines = list(driver.lines("cases", folder))
    wrong = [line for line in lines if "wrong" in line]
    if wrong:
        raise ValueError(f"{wrong[0]['name']}: {wrong[0]['wrong']}")
    return [(case, bytes.fromhex(line["packet"])) for case, line in zip(cut("drafts.case", text), lines)]


def row_outcome(o):
    stack = " ".join(canonical_words(words_in(bytes.fromhex(o["stack"])), bytes.fromhex(o["heap"]))) or "empty"
    match o["ending"]:
        case ["fault", reason, 0, _]:
            return f"fault {REASON_NAMES.get(reason, f'exc:{reason}')} leaves {stack}"
        case ["moved"]:
            return "moved " + " ".join(o["emissions"][0][:2])
        case ["delivered"]:
            port, heap, words = o["deliveries"][0]
            return f"delivered {port} {' '.join(canonical_words(words_in(bytes.fromhex(words)), bytes.fromhex(heap))) or 'empty'}"
        case ["exit"] if o["emissions"]:
            return f"sent {' '.join(o['emissions'][0][:2])} leaves {stack}"
        case ["exit"]:
            return stack
    raise ValueError(f"no row has such an outcome: {o['ending']}")


def with_rows(shared, cases):
    text, rows = shared, []
    for name, _, of in cases:
        for stack, instruction in of:
            data = [f"#word {v[5:]}" if v.startswith("word:") else f"#data {v}" for v in reversed(_split(stack)) if stack != "empty"]
            rows.append(Draft(name, "\n".join([instruction, *data])))
    outcomes = iter([row_outcome(run(octets, case.node())) for case, octets in assembled(shared, rows)])
    for name, _, of in cases:
        text += f"\n== {name}\n-- rows\n"
        wide = max(len(stack) for stack, _ in of)
        text += "".join(f"   {stack:<{wide}} | {instruction} | {next(outcomes)}\n" for stack, instruction in of)
    return text


def _split(stack):
    parts, depth = [""], 0
    for c in stack:
        depth += (c == "(") - (c == ")")
        if c == " " and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts


def with_sections(shared, drafts):
    text = shared
    for draft, (case, octets) in zip(drafts, assembled(shared, drafts)):
        text += f"\n== {draft.name}\n{draft.text}" + "".join(outcome_lines(run(octets, case.node())))
    return text


def all_files():
    for path, shared, cases in operand_files():
        yield path, with_rows(shared, cases)
    for make in (edge_files, report_files, trimming_files, ipv6_files, refusal_files):
        for path, shared, drafts in make():
            yield path, with_sections(shared, drafts)


def main():
    check = sys.argv[1:] == ["--check"]
    stale, made = [], set()
    for path, text in all_files():
        made.add(path)
        file = FOLDER / path
        if not file.exists() or file.read_text() != text:
            stale.append(path)
            if not check:
                file.parent.mkdir(exist_ok=True)
                file.write_text(text)
    stale += [str(f.relative_to(FOLDER)) for f in FOLDER.glob("*/all_*.case") if str(f.relative_to(FOLDER)) not in made]
    for path in stale:
        print(f"{path}: {'is not what tests/model/generate_cases.py writes' if check else 'written, or to be removed'}")
    print(f"{len(made)} files")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
