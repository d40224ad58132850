"""The tables of spec/*.def as the model knows them."""

import re
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
Instruction = namedtuple("Instruction", "name mnemonic operand group")


def rows(table):
    """(the comment above its block, its fields) of each row of spec/<table>.def."""
    group = ""
    for line in (ROOT / "spec" / f"{table}.def").read_text().splitlines():
        if line.startswith("//"):
            group = line[2:].strip()
        elif line.strip():
            inside = line[line.index("(") + 1:line.rindex(")")]
            yield group, [a or b.strip() for a, b in re.findall(r'"((?:[^"\\]|\\.)*)"|([^,"]+)', inside) if a or b.strip()]


INSTRUCTIONS = {int(f[1], 16): Instruction(f[0], f[2], f[3], group) for group, f in rows("opcodes")}
EXCEPTIONS = {f[0]: int(f[1]) for _, f in rows("exceptions")}
REASONS = {f[0]: int(f[1]) for _, f in rows("reasons")}


def service_id(name):
    """FNV-1a of 32 bits, folded to 24 by exclusive or (docs/snap.md section 5, services)."""
    h = 2166136261
    for octet in name.encode():
        h = (h ^ octet) * 16777619 % 2**32
    return (h >> 24 ^ h) % 2**24
