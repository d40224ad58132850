"""Reads cmake/Arrows.cmake, the one home of the layering."""

import re
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"^\s*splash_arrows\(([^)]*)\)", re.MULTILINE)
KINDS = ("PURE", "ADAPTER", "TOOL", "APP")


@dataclass(frozen=True)
class Module:
    name: str
    kind: str
    allowed: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Where the module lies, relative to the root."""
        if self.kind == "APP":
            return f"apps/{self.name}"
        return self.name if self.kind == "TOOL" else f"src/{self.name}"


def read(root: Path) -> dict[str, Module]:
    """All modules by name, in the order of the file. Raises ValueError on a line that makes no sense."""
    text = re.sub(r"#.*", "", (root / "cmake" / "Arrows.cmake").read_text())
    modules: dict[str, Module] = {}
    for match in _LINE.finditer(text):
        words = match.group(1).split()
        if len(words) < 2 or words[1] not in KINDS:
            raise ValueError(f"cmake/Arrows.cmake: cannot read splash_arrows({match.group(1)})")
        if words[0] in modules:
            raise ValueError(f"cmake/Arrows.cmake: {words[0]} is listed twice")
        for used in words[2:]:
            if used not in modules:
                raise ValueError(f"cmake/Arrows.cmake: {words[0]} uses {used}, which no earlier line lists")
        modules[words[0]] = Module(words[0], words[1], tuple(words[2:]))
    if not modules:
        raise ValueError("cmake/Arrows.cmake lists no module")
    return modules
