"""Makes a situation smaller as long as a property holds."""

import packet
from words import WORD_SIZE


def minimised(situation, holds, most_trials=600):
    """The smallest found within so many trials; itself if nothing smaller has the property."""
    trials = 0
    improved = True
    while improved and trials < most_trials:
        improved = False
        for smaller in _smaller(situation):
            trials += 1
            if trials >= most_trials:
                break
            if holds(smaller):
                situation, improved = smaller, True
                break
    return situation


def _smaller(situation):
    for key in ("services", "routes", "neighbours", "local"):
        for at in range(len(situation[key])):
            yield {**situation, key: situation[key][:at] + situation[key][at + 1:]}
    try:
        p = packet.parse(bytes.fromhex(situation["packet"]))
    except packet.Refused:
        return
    code = [p.code[at:at + 4] for at in range(0, len(p.code), 4)]
    nop = bytes([2, 0, 0, 0])
    # From the end, several at once first.
    for chunk in (8, 1):
        for at in range(len(code) - chunk, -1, -chunk):
            kept = code[:at] + code[at + chunk:]
            if kept and p.header.entry < len(kept):
                yield _with(situation, p, code=kept)
    for at, instruction in enumerate(code):
        if instruction != nop:
            yield _with(situation, p, code=code[:at] + [nop] + code[at + 1:])
    for at in range(len(p.stack)):
        yield _with(situation, p, stack=p.stack[:at] + p.stack[at + 1:])
    if p.heap:
        yield _with(situation, p, heap=p.heap[:-4])
        yield _with(situation, p, heap=p.heap[:len(p.heap) // 2 // WORD_SIZE * WORD_SIZE])


def _with(situation, p, code=None, heap=None, stack=None):
    octets = b"".join(code) if code is not None else p.code
    changed = packet.Packet(p.header, octets, p.heap if heap is None else heap, p.stack if stack is None else stack)
    # The same room behind the packet: edges stay edges.
    shrunk = p.size - changed.size
    return {**situation, "packet": changed.to_wire().hex(), "workspace": situation["workspace"] - shrunk}
