#!/usr/bin/python3 -B
"""What the conformance cases do not try. Exit 0: nothing is missing. 1: it says what.

The model executes every case and is watched: which kind of value stood in which operand of which instruction, how
each ended, what was refused. So a case counts for what it executes, not for what stands in it.
"""

import sys
from collections import Counter

import packet
import spec
from conformance import all_cases
from node import run
from operands import operand_positions
from words import INT, TUPLE, TYPE_NAMES, WIDE, content_of, is_in_heap, place_of, tag_of, type_of

KINDS = ["int", "wide int", "IPv4", "IPv6", "str", "exc", "tuple", "float", "oid", "tag of no value", "nowhere"]
MAY_FAULT = {  # besides BadOpcode, which is of no instruction, and Budget, which any may be the last straw of
    "Underflow": [op.mnemonic for op in spec.INSTRUCTIONS.values()
                  if operand_positions(op) and op.name != "Demuxall"] + ["calls"],
    "BadJump": ["ji", "bez", "bne", "paj", "tpaj", "moveto", "dmoveto"],
    "BadEntry": ["send", "hop", "dsend"],
    "OutOfRange": ["popi", "pull", "store", "mktup", "mktups", "nth", "nths", "send", "hop", "dsend", "demux", "demuxi", "demuxall"],
    # What takes two operands, or four, frees room for any result but a longer one.
    "Workspace": ["push", "pull", "cat", "mktup", "here", "getsrc", "getdst", "now", "calls", "snet", "sneti", "bcast", "bcasti", "addi",
                  "lshi", "neg"],
    "Budget": ["mktup", "mktups", "cat", "eq", "neq", "gt", "geq", "lt", "leq", "send", "hop", "dsend", "calls"],
}
MOVES = ["forw", "forwto", "moveto", "dforw", "dforwto", "dmoveto"]
MOVE_EXCEPTIONS = ["NotEnoughBound", "NoRoute", "DoesNotFit", "NotPermitted"]
SEND_EXCEPTIONS = ["BoundNotPositive", "NotEnoughBound", "QuotaUsedUp", "NoRoute", "NotPermitted", "DoesNotFit"]
EXCEPTIONS_OF_SERVICES = ["NoSuchObject", "NoSuchInstance", "EndOfMibView", "TimedOut"]


def kind_of(word, heaps):
    kind = type_of(word)
    if kind is None:
        return "tag of no value"
    if is_in_heap(word):
        octets = heaps.find(place_of(word))
        if octets is None or (kind == TUPLE and len(octets) % 8) or (kind != TUPLE and content_of(kind, octets) is None):
            return "nowhere"
    if tag_of(word) >= WIDE:
        return "wide int" if kind == INT else "IPv6"
    return "IPv4" if TYPE_NAMES[kind] == "addr" else TYPE_NAMES[kind]


class Seen:
    def __init__(self):
        self.operands = Counter()   # (mnemonic, position from the top, kind)
        self.faults = Counter()     # (mnemonic, reason)
        self.answers = Counter()    # (mnemonic, exception it pushed)
        self.emissions = Counter()  # (mnemonic, origin's version, destination's version, trimmed or not)
        self.exceptions = Counter()
        self.last = None

    def watch(self, execution, instruction):
        self.finish(execution)
        positions = len(operand_positions(instruction))
        if instruction.group == "services":
            service = execution.node.find_service(int.from_bytes(execution.packet.code[4 * execution.index + 1:][:3], "big"))
            positions = len(service.arguments) if service else 0
        for position, word in enumerate(reversed(execution.stack[-positions:] if positions else [])):
            self.operands[instruction.mnemonic, position, kind_of(word, execution.heaps)] += 1
        self.last = instruction, execution

    def finish(self, execution):
        """What the instruction before has pushed."""
        if self.last and self.last[1] is execution and execution.stack:
            top = execution.stack[-1]
            if type_of(top) is not None and TYPE_NAMES[type_of(top)] == "exc":
                self.answers[self.last[0].mnemonic, top & 0xFFFFFFFF] += 1
                self.exceptions[top & 0xFFFFFFFF] += 1

    def case(self, one):
        self.last = None
        observed = run(one.packet, one.node(), self.watch)
        if self.last:
            instruction, execution = self.last
            if observed["ending"][0] == "exit":
                self.finish(execution)
            if observed["ending"][0] == "fault":
                self.faults[instruction.mnemonic, observed["ending"][1]] += 1
            arrived = packet.parse(one.packet)
            for to, _, octets in observed["emissions"]:
                left = packet.parse(bytes.fromhex(octets))
                self.emissions[instruction.mnemonic, left.header.origin.version, 6 if ":" in to else 4,
                               len(left.code) < len(arrived.code)] += 1
        return observed


def gaps(seen):
    for op in spec.INSTRUCTIONS.values():
        for position in range(len(operand_positions(op))):
            for kind in KINDS:
                if not seen.operands[op.mnemonic, position, kind]:
                    yield f"{op.mnemonic}: no {kind} as operand s[{position}]"
    for kind in KINDS:
        if not seen.operands["calls", 0, kind] or not seen.operands["calls", 1, kind]:
            yield f"calls: no {kind} as argument"
    for reason, mnemonics in MAY_FAULT.items():
        for mnemonic in mnemonics:
            if not seen.faults[mnemonic, spec.REASONS[reason]]:
                yield f"{mnemonic}: never ends with {reason}"
    for mnemonic in MOVES:
        for name in MOVE_EXCEPTIONS:
            if not seen.faults[mnemonic, spec.EXCEPTIONS[name]]:
                yield f"{mnemonic}: never fails with {name}"
        for origin, to in ((4, 4), (6, 6), (6, 4), (4, 6)):
            for trimmed in (False, True):
                if not seen.emissions[mnemonic, origin, to, trimmed]:
                    yield f"{mnemonic}: no {'trimmed' if trimmed else 'whole'} packet of an IPv{origin} origin to IPv{to}"
    for mnemonic in ("send", "hop", "dsend"):
        for name in SEND_EXCEPTIONS:
            if not seen.answers[mnemonic, spec.EXCEPTIONS[name]]:
                yield f"{mnemonic}: never gives {name}"
    for name in EXCEPTIONS_OF_SERVICES:
        if not seen.answers["calls", spec.EXCEPTIONS[name]]:
            yield f"calls: never gives {name}"


def main():
    seen, count = Seen(), 0
    for case in all_cases():
        seen.case(case)
        count += 1
    missing = list(gaps(seen))
    for line in missing:
        print(line)
    print(f"{count} cases; {len(seen.operands)} kinds of operands, {len(seen.faults)} ways to fault, {len(missing)} missing")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
