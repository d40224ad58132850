"""Case files as tests/conformance/README.md describes them; packets come assembled from the C++ side."""

import ipaddress
import re
from dataclasses import dataclass, field

import packet
import spec
from leaving import CONSTANT_TYPES, constant_place
from node import Node, Service
from outcome import Refusal
from text import canonical, canonical_words, parse_values
from words import address_word, heap_word, words_in


@dataclass
class Case:
    name: str          # "folder/file.case" and, of several in a file, " == name"
    sections: list     # (name, first line, further lines)
    packet: bytes = b""

    def all(self, name):
        return [(first, lines) for n, first, lines in self.sections if n == name]

    def node(self):
        node = Node()
        for line in (line for first, lines in self.all("node") for line in [first, *lines] if line.strip()):
            _set(node, *(line.split(None, 1) + [""])[:2])
        return node


def cut(name, text):
    """The cases of one file, in order, without their packets."""
    shared, *own = re.split(r"^== (.*)\n", text, flags=re.MULTILINE)
    texts = [(f"{name} == {own[i].strip()}", shared + own[i + 1]) for i in range(0, len(own), 2)] or [(name, shared)]
    return [Case(full_name, _sections(one)) for named, whole in texts for full_name, one in _rows(named, whole)]


def _rows(name, text):
    """A section `rows` makes a case of each of its lines: stack | instruction | outcome."""
    before, marker, rows = text.partition("-- rows")
    if not marker:
        return [(name, text)]
    cases = []
    for row in filter(None, map(str.strip, rows.split("\n")[1:])):
        _, _, outcome = (column.strip() for column in row.split(" | "))
        verb, _, rest = outcome.partition(" ")
        rest, _, leaves = rest.partition(" leaves ")
        left = f"-- stack {leaves}\n" if leaves else ""
        wanted = {"delivered": f"-- {outcome}\n", "moved": f"-- {outcome}\n", "fault": f"{left}-- fault {rest} at 0\n",
                  "sent": f"{left}-- sent {rest}\n-- exit\n"}.get(verb, f"-- stack {outcome}\n-- exit\n")
        joint = " == " if " == " not in name else ": "
        cases.append((name + joint + row, before + wanted))
    return cases


def _sections(text):
    return [(m[1], m[2].strip(), m[3].split("\n")) for m in
            re.finditer(r"^-- (\S+)[ \t]*(.*)\n((?:(?!-- ).*\n)*)", text, flags=re.MULTILINE)]


def _set(node, key, rest):
    words = rest.split()
    match key:
        case "local" | "neighbour":
            setattr(node, {"neighbour": "neighbours"}.get(key, key), [ipaddress.ip_address(w) for w in words])
        case "here" | "destination":
            setattr(node, key, ipaddress.ip_address(words[0]))
        case "ingress" | "now" | "max-sends" | "workspace" | "budget":
            setattr(node, key.replace("-", "_"), int(words[0]))
        case "route":
            answer = int(words[2])
            node.routes.append((ipaddress.ip_network(words[0], strict=False), answer if words[1] == "room" else Refusal(answer)))
        case "service":
            name, arguments, results, cost, verb, values = re.fullmatch(
                r"(\S+)\s+(\S+)\s+->\s+(\S+)(?:\s+cost\s+(\d+))?(?:\s+later)?\s+(gives|fails)\s*(.*)", rest).groups()
            values = parse_values(values) if values else []
            node.services.append(Service(name, arguments.replace("none", ""), results.replace("none", ""), int(cost or 0),
                                         values if verb == "gives" else Refusal(values[0][1])))
        case _:
            raise ValueError(f"no setting of a node: {key}")


# ---- what must be

ENDINGS = ("exit", "moved", "delivered", "fault", "refused")


def differences(case, observed):
    """A line for everything in which the observation (node.run) is not as the case has it."""
    found = []

    def compare(what, wanted, got):
        if wanted != got:
            found.append(f"{what}: wanted {wanted}, got {got}")

    endings = [(name, first) for name, first, _ in case.sections if name in ENDINGS]
    compare("endings in the case", 1, len(endings))
    compare("ending", _wanted_ending(*endings[0]), observed["ending"][:3])
    stack = canonical_words(words_in(bytes.fromhex(observed["stack"])), bytes.fromhex(observed["heap"]))
    for first, lines in case.all("stack"):
        compare("stack", values(" ".join([first, *lines])), stack)
    left = case.all("sent") + case.all("moved")
    compare("packets that left", len(left), len(observed["emissions"]))
    for (first, lines), (to, travel, octets) in zip(left, observed["emissions"]):
        compare("to", first.split(), [to, travel])
        _compare_packet(compare, lines, octets)
    for first, lines in case.all("report"):
        _compare_packet(compare, [first, *lines], observed["report"])
    compare("deliveries", len(case.all("delivered")), len(observed["deliveries"]))
    for (first, lines), (port, heap, words) in zip(case.all("delivered"), observed["deliveries"]):
        wanted_port, _, wanted = " ".join([first, *lines]).partition(" ")
        compare("port", int(wanted_port), port)
        compare("delivery", values(wanted), canonical_words(words_in(bytes.fromhex(words)), bytes.fromhex(heap)))
    for first, lines in case.all("called"):
        called = [line.split(None, 1) for line in [first, *lines] if line.strip() not in ("", "none")]
        compare("calls", [[c[0], values(c[1]) if c[1:] else []] for c in called], observed["calls"])
    for name in ("steps", "units", "bound"):
        for first, _ in case.all(name):
            compare(name, int(first), observed[name])
    return found


def values(text):
    return [canonical(value) for value in parse_values(text)]


def _wanted_ending(name, first):
    if name == "fault":
        reason, _, index = first.split()
        return ["fault", int(reason[4:]) if reason.startswith("exc:") else spec.REASONS[reason], int(index)]
    return ["refused", first.strip()] if name == "refused" else [name]


def flags_of(p):
    return "report" if p.header.flags & packet.REPORT else "trimmable" if p.header.flags & packet.TRIMMABLE else "none"


def pushed(p):
    """Words for the constants that the packet's instructions push, in order."""
    words = []
    for at in range(0, len(p.code), 4):
        known = spec.INSTRUCTIONS.get(p.code[at])
        if known and known.operand == "Const":
            place = constant_place(int.from_bytes(p.code[at + 1:at + 4], "big"))
            is_v4 = known.name == "PushAddr" and place.length == 4
            octets = p.heap[place.offset:place.offset + 4]
            words.append(address_word(int.from_bytes(octets, "big")) if is_v4 else heap_word(CONSTANT_TYPES[known.name], place))
    return words


def _compare_packet(compare, lines, octets):
    p = packet.parse(bytes.fromhex(octets))
    h = p.header
    facts = {"entry": h.entry, "bound": h.bound, "code": len(p.code) // 4, "heap": len(p.heap), "size": p.size,
             "port": h.port, "id": h.request_id, "origin": h.origin, "flags": flags_of(p)}
    words = {"stack": p.stack, "pushes": pushed(p)}
    for line in filter(str.strip, lines):
        name, *rest = line.split()
        if name in words:
            compare(f"{name} of a packet", values(line.split(None, 1)[1]), canonical_words(words[name], p.heap))
            continue
        for fact, wanted in zip([name, *rest][::2], rest[::2]):
            compare(f"{fact} of a packet", wanted, str(facts[fact]))
