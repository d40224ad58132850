"""Values as case files write them: docs/snap.md section 6, in one canonical form."""

import ipaddress
import math
import re

import spec
from words import ADDR, EXC, FLOAT, INT, OID, STR, TUPLE, ber_of, read_value, subids_of

NAMED_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
ESCAPES = {"n": b"\n", "t": b"\t", '"': b'"', "\\": b"\\"}
OBJECT_NAMES = {f[1]: f[2] for _, f in spec.rows("names")}
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[(),]|[^\s(),"]+)')


def canonical(value):
    """Two values have the same text if no program can tell them apart by content and type."""
    if value is None:
        return "?"
    kind, content = value
    if kind == TUPLE:
        return "(" + ", ".join(map(canonical, content)) + ")"
    if kind == STR:
        return '"' + "".join(chr(o) if 32 <= o < 127 and o not in b'"\\' else f"\\x{o:02x}" for o in content) + '"'
    if kind == EXC:
        return f"exc:{content}"
    if kind == OID:
        return "oid:" + ".".join(map(str, subids_of(content)))
    if kind == FLOAT:
        named = [f"float:{name}" for name, number in NAMED_FLOATS.items()
                 if content == number or content != content and number != number]
        written = f"{content:.17g}"
        return named[0] if named else written if set(".e") & set(written) else written + ".0"
    return str(content)


def canonical_words(words, heap):
    return [canonical(read_value(word, heap)) for word in words]


def parse_values(line):
    """The values of a line, bottom first; `empty` is none, `?` reads as None."""
    if line.strip() == "empty":
        return []
    tokens, values = TOKEN.findall(line), []
    while tokens:
        values.append(None if tokens[0] == "?" and tokens.pop(0) else _value(tokens))
    if not values:
        raise ValueError("nothing: write 'empty' for no values")
    return values


def _value(tokens):
    token = tokens.pop(0)
    if token == "(":
        fields = []
        while tokens[0] != ")":
            fields.append(_value(tokens))
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return TUPLE, fields
    if token.startswith('"'):
        return STR, _unescaped(token[1:-1])
    if token.startswith("oid:"):
        return OID, ber_of([int(n) for n in _numeric(token[4:]).lstrip(".").split(".")])
    if token.startswith("exc:"):
        return EXC, int(token[4:])
    if token.startswith("float:"):
        return FLOAT, NAMED_FLOATS[token[6:]]
    if ":" in token or token.count(".") == 3:
        return ADDR, ipaddress.ip_address(token)
    if "x" not in token and set(token) & set(".eE"):
        return FLOAT, float(token)
    return INT, int(token, 0)


def _unescaped(inside):
    octets = b""
    for escaped, plain in re.findall(r'\\(x[0-9a-fA-F]{2}|.)|([^\\])', inside):
        octets += bytes([int(escaped[1:], 16)]) if escaped.startswith("x") else ESCAPES[escaped] if escaped else plain.encode()
    return octets


def _numeric(name):
    if name[0].isdigit() or name[0] == ".":
        return name
    name, *instance = name.split("::")[-1].split(".")
    return ".".join([OBJECT_NAMES[name], *instance])
