#!/usr/bin/python3 -B
"""check_docs.py [ROOT]   checks that what the documents point at exists.

In *.md: targets of links inside the tree, with their #anchors; paths and `make` targets in `code`. In sources: paths into
docs/, tools/, spec/ and the like that a comment or a message names. Every setting of splashd has a row in docs/splash.toml.md.
Nothing is fetched from the network.
Exit 0: all there. 1: not.
"""

import re
import sys
from pathlib import Path

from step_process import git_files

FOLDERS = "apps|bench|bpf|cmake|docs|examples|lab|packaging|programs|python|spec|src|tests|tools"
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
PATH = re.compile(rf"^(?:\./)?((?:{FOLDERS}|\.ci)(?:/[\w.*+-]+)+/?)$")
MAKE = re.compile(r"^(?:sudo )?make ([a-z]+)$")
NAMED = re.compile(rf"(?<![\w/.-])((?:{FOLDERS})/[\w./-]+\.(?:md|py|sh|def|cmake|txt|svg|snap|toml))\b(?!\.\w)")
SETTING = re.compile(r'\bread\(\*?\w+, "([a-z_]+)"')
SETTINGS, SETTINGS_DOCUMENT = "apps/splashd/settings.cpp", "docs/splash.toml.md"
SOURCES = ("*.cpp", "*.hpp", "*.def", "*.py", "*.sh", "*.cmake", "*CMakeLists.txt", "*.snap", "Makefile")
# Samples of wrong paths in the tests of these tools, and names of files that users write.
NOT_READ = re.compile(r"^tests/tools/")


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    found: dict[str, int] = {}
    names = set()
    for heading in re.findall(r"^#+\s+(.+?)\s*#*$", FENCE.sub("", text), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"`", "", heading).lower()).replace(" ", "-")
        names.add(slug if slug not in found else f"{slug}-{found[slug]}")
        found[slug] = found.get(slug, 0) + 1
    return names


def exists(root: Path, path: str) -> bool:
    return any(root.glob(path)) if "*" in path else (root / path).exists()


def check_markdown(root: Path, name: str, make_targets: set[str]) -> list[str]:
    text = (root / name).read_text()
    findings = []

    def say(at: int, what: str) -> None:
        findings.append(f"{name}:{text.count(chr(10), 0, at) + 1}: {what}")
    blanked = FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)
    for match in LINK.finditer(blanked):
        target, _, anchor = match.group(1).partition("#")
        if re.match(r"^[a-z]+:", target):
            continue
        place = (root / name).parent / target if target else root / name
        if not place.exists():
            say(match.start(), f"the link to {target} leads nowhere")
        elif anchor and place.suffix == ".md" and anchor not in anchors(place.read_text()):
            say(match.start(), f"{target or name} has no heading #{anchor}")
    for match in CODE.finditer(blanked):
        words = match.group(1).strip()
        path = PATH.match(words.split(" ")[0])
        if path and not exists(root, path.group(1)) and not exists((root / name).parent, path.group(1)):
            say(match.start(), f"{path.group(1)} does not exist")
        target = MAKE.match(words)
        if target and target.group(1) not in make_targets:
            say(match.start(), f"the Makefile has no target {target.group(1)}")
    return findings


def check_source(root: Path, name: str) -> list[str]:
    text = (root / name).read_text(errors="replace")
    return [f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group(1)} does not exist"
            for match in NAMED.finditer(text)
            if not (root / match.group(1)).exists() and not ((root / name).parent / match.group(1)).exists()]


def check_settings(root: Path) -> list[str]:
    if not (root / SETTINGS).exists():
        return []
    text = (root / SETTINGS_DOCUMENT).read_text()
    return [f"{SETTINGS}: {SETTINGS_DOCUMENT} has no row for {name}"
            for name in sorted(set(SETTING.findall((root / SETTINGS).read_text())))
            if not re.search(rf"^\| {name} \|", text, re.MULTILINE)]


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    makefile = root / "Makefile"
    make_targets = set(re.findall(r"^([a-z]+):", makefile.read_text(), re.MULTILINE)) if makefile.exists() else set()
    documents = git_files(root, "*.md")
    findings = [f for name in documents for f in check_markdown(root, name, make_targets)]
    findings += [f for name in git_files(root, *SOURCES) if not NOT_READ.match(name) for f in check_source(root, name)]
    findings += check_settings(root)
    for finding in findings:
        print(finding)
    print(f"check_docs: {len(documents)} documents, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
