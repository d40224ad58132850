"""Objects of an execution and how they leave it: docs/snap.md sections 4 and 7.

There are two heaps: the packet's own, and what the execution has made. An offset inside the packet's heap means
an object there; offset (its size + d) means the object that begins d octets before the end of the workspace.
"""

from words import NOWHERE, TUPLE, WORD_SIZE, Place, align4, heap_word, is_in_heap, octets_of, place_of, type_of


class DoesNotFit(Exception):
    """The copy would become larger than there is room."""


class Heaps:
    def __init__(self, packet):
        self.packet = packet
        self.made = b""  # the youngest object first

    def is_in_packet(self, place):
        return place.offset < len(self.packet)

    def find(self, place):
        """The octets of an object, or None if nothing lies there."""
        if self.is_in_packet(place):
            octets = self.packet[place.offset:place.offset + place.length]
            return octets if len(octets) == place.length else None
        from_end = place.offset - len(self.packet)
        if from_end > len(self.made) or place.length > from_end:
            return None
        begin = len(self.made) - from_end
        return self.made[begin:begin + place.length]

    def add(self, octets):
        """Makes an object; the caller has seen that there is room."""
        self.made = octets.ljust(align4(len(octets)), b"\0") + self.made
        return Place(len(self.packet) + len(self.made), len(octets))


class Copier:
    """Puts the objects that words reach into one heap, each object once.

    The order is part of the language (two engines make the same octets): an object when the first word that
    names it is copied; the fields of a tuple in order; then those of the tuples among them, the last one first.
    """

    def __init__(self, heaps, keep_packet_heap, limit):
        self.heaps = heaps
        self.keeps = keep_packet_heap  # what is there already stays at its place
        self.limit = limit
        self.heap = heaps.packet if keep_packet_heap else b""
        self.places = {}               # of what was copied: (place, is a tuple) → offset

    def copy(self, word):
        """The word as it reads in the new heap. Raises DoesNotFit."""
        waiting = []  # tuples whose fields still name objects at their old places
        copied = self._copy_one(word, True, waiting)
        while waiting:
            at, length, from_packet = waiting.pop()
            for field_at in range(at, at + length, WORD_SIZE):
                field = int.from_bytes(self.heap[field_at:field_at + WORD_SIZE], "big")
                moved = self._copy_one(field, not from_packet, waiting)
                self.heap = self.heap[:field_at] + octets_of([moved]) + self.heap[field_at + WORD_SIZE:]
        return copied

    def _copy_one(self, word, may_name_new, waiting):
        if not is_in_heap(word):
            return word
        place, kind = place_of(word), type_of(word)
        in_packet = self.heaps.is_in_packet(place)
        if self.keeps and in_packet:
            return word
        octets = self.heaps.find(place)
        if octets is None or not (in_packet or may_name_new):
            return heap_word(kind, NOWHERE)
        if not octets:
            return heap_word(kind, Place(0, 0))
        is_tuple = kind == TUPLE and len(octets) % WORD_SIZE == 0
        if (place, is_tuple) not in self.places:
            at = len(self.heap)
            if at + align4(len(octets)) > self.limit or at > 0xFFFF:
                raise DoesNotFit
            self.heap += octets.ljust(align4(len(octets)), b"\0")
            self.places[place, is_tuple] = at
            if is_tuple:
                waiting.append((at, len(octets), in_packet))
        return heap_word(kind, Place(self.places[place, is_tuple], len(octets)))


def snapshot(heaps, stack, room):
    """(heap, words) of as much of the stack's top as fits `room` octets."""
    copier, words, heap = Copier(heaps, False, room), [], b""
    for word in reversed(stack):
        try:
            copied = copier.copy(word)
        except DoesNotFit:
            break
        if len(copier.heap) + WORD_SIZE * (len(words) + 1) > room:
            break
        words.insert(0, copied)
        heap = copier.heap
    return heap, words
