"""A situation and what comes of it as the text of a case file."""

import packet
import spec
from cases import flags_of, pushed
from text import canonical_words
from words import words_in

REASON_NAMES = {code: name for name, code in spec.REASONS.items()}


def case_text(situation, observed, why):
    text = f"-- why       {why}\n-- packet    {_hex_lines(situation['packet'])}\n-- node      "
    return text + "\n             ".join(_node_lines(situation)) + "\n" + "".join(outcome_lines(observed))


def _hex_lines(octets):
    return "\n             ".join(octets[at:at + 64] for at in range(0, len(octets), 64))


def _node_lines(s):
    yield "local " + " ".join(s["local"] or ["255.255.255.255"])
    if s["neighbours"]:
        yield "neighbour " + " ".join(s["neighbours"])
    yield f"here {s['here']}"
    yield f"destination {s['destination']}"
    for key, name in (("ingress", "ingress"), ("now", "now"), ("max_sends", "max-sends"), ("workspace", "workspace"),
                      ("budget", "budget")):
        yield f"{name} {s[key]}"
    for to, what, n in s["routes"]:
        yield f"route {to} {what} {n}"
    for r in s["services"]:
        words = [r["name"], r["arguments"] or "none", "->", r["results"] or "none"]
        words += ["cost", str(r["cost"])] if r["cost"] else []
        words += ["later"] if r["later"] else []
        yield "service " + " ".join(words + ["fails" if r["fails"] else "gives", *r["values"]])


def outcome_lines(o):
    for to, travel, octets in o["emissions"]:
        last = o["ending"][0] == "moved" and octets is o["emissions"][-1][2]
        yield _packet_section("moved" if last else "sent", f"{to} {travel}", octets)
    match o["ending"]:
        case ["fault", reason, index, _]:
            name = REASON_NAMES.get(reason, f"exc:{reason}")
            yield f"-- stack     {' '.join(canonical_words(words_in(bytes.fromhex(o['stack'])), bytes.fromhex(o['heap']))) or 'empty'}\n"
            yield f"-- fault     {name} at {index}\n"
            yield _packet_section("report", "", o["report"])
        case ["refused", why]:
            yield f"-- refused   {why}\n"
        case ["exit"]:
            yield f"-- stack     {' '.join(canonical_words(words_in(bytes.fromhex(o['stack'])), bytes.fromhex(o['heap']))) or 'empty'}\n"
            yield "-- exit\n"
        case ["delivered"]:
            for port, heap, words in o["deliveries"]:
                yield f"-- delivered {port} {' '.join(canonical_words(words_in(bytes.fromhex(words)), bytes.fromhex(heap))) or 'empty'}\n"
    yield f"-- units     {o['units']}\n"


def _packet_section(name, first, octets):
    p = packet.parse(bytes.fromhex(octets))
    h = p.header
    facts = f"origin {h.origin} flags {flags_of(p)} bound {h.bound} "
    if name == "report":
        facts = f"port {h.port} id {h.request_id} " + facts
    lines = ([first] if first else []) + [facts + f"entry {h.entry} code {len(p.code) // 4} heap {len(p.heap)} size {p.size}"]
    lines += [f"stack {' '.join(canonical_words(p.stack, p.heap)) or 'empty'}"]
    constants = " ".join(canonical_words(pushed(p), p.heap))
    lines += [f"pushes {constants}"] if constants else []
    return f"-- {name:<9} " + "\n             ".join(lines) + "\n"
