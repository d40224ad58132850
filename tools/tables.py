"""Reads the X-macro tables of spec/*.def: strings in double quotes, of which those side by side are one."""

import re
from dataclasses import dataclass
from pathlib import Path

_ROW = re.compile(r"^(SPLASH_[A-Z_]+)\((.*)\)\s*$")
_FIELD = re.compile(r'\s*((?:"(?:[^"\\]|\\.)*"\s*)+|[^,"]+)\s*(?:,|$)')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_COMMENT = re.compile(r"^//\s*(.*)$")


@dataclass(frozen=True)
class Row:
    fields: tuple[str, ...]  # quotes removed
    group: str               # the comment line above its block
    line: int

    def number(self, field: int) -> int:
        return int(self.fields[field], 0)


def _unquoted(field: str) -> str:
    strings = _STRING.findall(field)
    return "".join(strings).replace("\\n", "\n").replace('\\"', '"') if strings else field.strip().strip("'")


def read(root: Path, name: str, columns: int) -> list[Row]:
    """Rows of spec/<name>.def. Raises ValueError where a line begins no row of that many columns."""
    path = root / "spec" / f"{name}.def"
    rows: list[Row] = []
    group = ""
    text = ""  # of a row that goes on over several lines
    begin = 0
    for at, line in enumerate(path.read_text().splitlines(), start=1):
        comment = _COMMENT.match(line)
        if comment and not text:
            group = comment.group(1)
            continue
        if not line.strip() and not text:
            continue
        begin = begin if text else at
        text = f"{text} {line.strip()}" if text else line
        if text.startswith("SPLASH_") and text.rstrip().endswith((",", '"')):
            continue
        match = _ROW.match(text)
        fields = tuple(_unquoted(f) for f in _FIELD.findall(match.group(2))) if match else ()
        if len(fields) != columns:
            raise ValueError(f"{path.relative_to(root)}:{begin}: expected a row of {columns} columns")
        rows.append(Row(fields, group, begin))
        text = ""
    if text:
        raise ValueError(f"{path.relative_to(root)}:{begin}: expected a row of {columns} columns")
    if not rows:
        raise ValueError(f"{path.relative_to(root)}: no rows")
    return rows


def service_id(name: str) -> int:
    """The id under which `calls` names a service on the wire: FNV-1a of 32 bits, folded to 24."""
    h = 2166136261
    for octet in name.encode():
        h = (h ^ octet) * 16777619 & 0xFFFFFFFF
    return (h >> 24 ^ h) & 0xFFFFFF
