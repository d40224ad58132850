"""One execution of one packet on one node: docs/snap.md sections 3 to 6, instruction by instruction in
instructions.py. Raises Fault where a program is broken or cannot move, End where it is done."""

import ipaddress
from dataclasses import dataclass, replace

import instructions
import spec
from objects import Heaps
from outcome import End, Fault
from packet import Packet
from words import (ADDR, FLOAT, INT, TUPLE, WORD_SIZE, address_word, align4, content_of, exc_word, fits_inline,
                   float_octets, heap_word, int_word, is_in_heap, octets_of, place_of, signed, type_of)


@dataclass
class Operand:
    """A value from the stack. The content of a tuple is the octets of its fields."""
    word: int
    kind: int
    content: object

    @property
    def is_number(self):
        return self.kind in (INT, FLOAT)


class Execution:
    def __init__(self, packet, node, workspace):
        self.packet = packet
        self.header = packet.header
        self.node = node
        self.heaps = Heaps(packet.heap)
        self.stack = list(packet.stack)
        self.bound = packet.header.bound
        self.count = len(packet.code) // 4
        # What is left for stack and new objects; the workspace is whole words of 4 octets.
        self.workspace = workspace // 4 * 4 - packet.header.size - len(packet.code) - len(packet.heap)
        self.budget = self.left = self.count + node.budget
        self.index = self.next = packet.header.entry
        self.opcode = 0
        self.steps = self.sends = 0
        self.watch = None  # called before each instruction; for those who count what cases cover

    def run(self):
        """Gives (ending, ...) as a case has it: ("exit",), ("fault", reason, index, opcode) and so on."""
        try:
            while self.next < self.count:
                self.step()
            return ("exit",)
        except End as end:
            return end.args
        except Fault as fault:
            return "fault", fault.code, self.index, self.opcode

    def step(self):
        self.index = self.next
        word = self.packet.code[4 * self.index:4 * self.index + 4]
        self.opcode, raw = word[0], int.from_bytes(word[1:], "big")
        instruction = spec.INSTRUCTIONS.get(self.opcode)
        if instruction is None or (instruction.operand == "None" and raw != 0):
            raise Fault("BadOpcode")
        self.next += 1
        self.steps += 1
        self.charge(1)
        if self.watch:
            self.watch(self, instruction)
        is_unsigned = instruction.operand in ("Const", "Exc", "Service")
        instructions.GROUPS[instruction.group](self, instruction, raw if is_unsigned else signed(raw, 24))

    # ---- budget and workspace

    def charge(self, units):
        if units > self.left:
            self.left = 0
            raise Fault("Budget")
        self.left -= units

    @property
    def room(self):
        return self.workspace - WORD_SIZE * len(self.stack) - len(self.heaps.made)

    @property
    def size(self):
        """Octets of the packet as it lies, new objects included."""
        return self.packet.size + WORD_SIZE * (len(self.stack) - len(self.packet.stack)) + len(self.heaps.made)

    def as_it_is(self, stack, **header):
        """The packet with that stack and those header fields."""
        return Packet(replace(self.header, **header), self.packet.code, self.packet.heap, list(stack))

    # ---- taking values

    def need(self, count):
        """Faults unless the stack holds that many; a count of less than none is out of range."""
        if count < 0:
            raise Fault("OutOfRange")
        if count > len(self.stack):
            raise Fault("Underflow")

    def pop_word(self):
        self.need(1)
        return self.stack.pop()

    def pop(self):
        return self.load(self.pop_word())

    def pop_a(self, kind):
        operand = self.pop()
        if operand.kind != kind:
            raise Fault("WrongType")
        return operand.content

    def load(self, word):
        """The operand a word is. Faults if it is none."""
        kind = type_of(word)
        if kind is None:
            raise Fault("WrongType")
        if not is_in_heap(word):
            if kind == INT:
                return Operand(word, INT, signed(word, 60))
            low = word & 0xFFFFFFFF
            return Operand(word, kind, ipaddress.IPv4Address(low) if kind == ADDR else low)
        octets = self.heaps.find(place_of(word))
        if octets is None or (kind == TUPLE and len(octets) % WORD_SIZE):
            raise Fault("OutOfRange")
        if kind == TUPLE:
            return Operand(word, TUPLE, octets)
        value = content_of(kind, octets)
        if value is None:
            raise Fault("OutOfRange")
        return Operand(word, kind, value[1])

    # ---- pushing values

    def push_word(self, word):
        if self.room < WORD_SIZE:
            raise Fault("Workspace")
        self.stack.append(word)

    def push_object(self, kind, octets):
        if align4(len(octets)) > self.room or len(octets) > 0xFFFF:
            raise Fault("Workspace")
        self.push_word(heap_word(kind, self.heaps.add(octets)))

    def push_int(self, number):
        """Wraps to 64 bits; what needs more than 60 lies in the heap."""
        number = signed(number, 64)
        if fits_inline(number):
            self.push_word(int_word(number))
        else:
            self.push_object(INT, number.to_bytes(8, "big", signed=True))

    def push_float(self, number):
        self.push_object(FLOAT, float_octets(number))

    def push_address(self, address):
        if address.version == 4:
            self.push_word(address_word(address))
        else:
            self.push_object(ADDR, address.packed)

    def push_exc(self, name):
        self.push_word(exc_word(spec.EXCEPTIONS[name] if isinstance(name, str) else name))

    def push_tuple(self, words):
        self.push_object(TUPLE, octets_of(words))

    def push_constant(self, kind, place):
        if place.offset + place.length > len(self.packet.heap):
            raise Fault("OutOfRange")
        if kind == ADDR and place.length == 4:
            self.push_word(address_word(int.from_bytes(self.packet.heap[place.offset:place.offset + 4], "big")))
            return
        word = heap_word(kind, place)
        self.load(word)
        self.push_word(word)

    # ---- control

    def jump(self, distance):
        """Just behind the last instruction is allowed: it means exit."""
        if not 0 < distance <= self.count - self.index:
            raise Fault("BadJump")
        self.next = self.index + distance
