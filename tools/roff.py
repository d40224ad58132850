"""Manual pages in the macros of man(7), from the Markdown that docs/ uses: headings, paragraphs, lists, tables, fences, `code`,
*emphasis*, **strong** and links. What else it may be is a ValueError, never text that looks wrong."""

import re
import textwrap
from collections.abc import Callable

_INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)]+)\)")
_ENTRY = re.compile(r"^\{\{(.+)\}\}$")
_PAGE = re.compile(r"^(?:.*/)?splash\.toml\.md(?:#.*)?$")
_REFERENCE = re.compile(r"^([\w.-]+)\((\d)\)$")


def escape(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti").replace("^", "\\(ha").replace("'", "\\(aq")


def bold(text: str) -> str:
    return f"\\fB{escape(text)}\\fR"


def italic(text: str) -> str:
    return f"\\fI{escape(text)}\\fR"


def argument(text: str) -> str:
    """SECONDS, or snmp|snap of which one is written as it stands."""
    return "|".join(bold(word) if "|" in text and not word.isupper() else italic(word) for word in text.split("|")) if text else ""


def plain(text: str) -> str:
    return escape(text).replace("\\-", "-") if text else ""


def inline(text: str) -> str:
    out, at = "", 0
    for match in _INLINE.finditer(text):
        out += plain(text[at:match.start()])
        code, strong, emphasis, words, target = match.groups()
        if code:
            reference = _REFERENCE.match(code)
            out += f"{bold(reference.group(1))}({reference.group(2)})" if reference else bold(code)
        elif strong:
            out += bold(strong)
        elif emphasis:
            out += italic(emphasis)
        elif _PAGE.match(target):
            out += bold("splash.toml") + "(5)"
        elif target.startswith("http"):
            out += f"{plain(words)} <{plain(target)}>"
        else:
            out += inline(words)
        at = match.end()
    return out + plain(text[at:])


def guarded(text: str) -> str:
    """A line that begins with a dot or quote would be a request."""
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def section(title: str) -> str:
    return f'.SH "{plain(title).upper()}"\n'


def subsection(title: str) -> str:
    return '.SS "' + inline(title).replace('"', "\\(dq") + '"\n'


def raw_paragraph(text: str) -> str:
    return f".PP\n{guarded(text)}\n"


def paragraph(text: str, is_plain: bool = False) -> str:
    return raw_paragraph(plain(text) if is_plain else inline(text))


def entry(tag: str, text: str) -> str:
    return f".TP\n{guarded(tag.strip())}\n{guarded(plain(text))}\n"


def _table(lines: list[str], where: str) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    if len(rows) < 3 or not all(set(cell) <= {"-", ":"} for cell in rows[1]):
        raise ValueError(f"{where}: a table without a line under its heading")
    titles = rows[0]
    text = ""
    for row in rows[2:]:
        said = []
        for title, cell in zip(titles[1:], row[1:]):
            if cell and title and title != "type":
                said.append(f"{plain(title)}: {inline(cell)}")
            elif cell:
                said.append(inline(cell))
        text += f".TP\n{guarded(bold(row[0]) if not row[0].startswith('`') else inline(row[0]))}\n"
        text += guarded("; ".join(said) or "\\&") + "\n"
    return text


def from_markdown(text: str, where: str, title: str, lists: dict[str, Callable[[], str]]) -> str:
    blocks = re.split(r"\n\s*\n", re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL).strip())
    heading = re.match(r"^# (?:\S+\(\d\): )?(.+)$", blocks[0])
    if not heading:
        raise ValueError(f"{where}: does not begin with a heading")
    about = heading.group(1) if "(" in blocks[0] else "settings of splashd"
    out = section("Name") + f"{plain(title)} \\- {plain(about)}\n"
    has_section = False
    for block in _joined_fences(blocks[1:]):
        lines = block.split("\n")
        if block.startswith("## "):
            out += section(lines[0][3:])
            has_section = True
            block = "\n".join(lines[1:]).strip()
            if not block:
                continue
            lines = block.split("\n")
        elif not has_section:
            out += section("Description")
            has_section = True
        listed = _ENTRY.match(block)
        if listed:
            if listed.group(1) not in lists:
                raise ValueError(f"{where}: {block} is not known to tools/gen_man.py")
            out += lists[listed.group(1)]()
        elif block.startswith("### "):
            out += subsection(lines[0][4:])
        elif block.startswith("```"):
            out += ".PP\n.RS 4\n.nf\n" + guarded("\n".join(escape(line) for line in lines[1:-1])) + "\n.fi\n.RE\n"
        elif block.startswith("|"):
            out += _table(lines, where)
        elif block.startswith("- "):
            for item in re.split(r"\n(?=- )", block):
                out += ".IP \\(bu 2\n" + guarded(inline(" ".join(item[2:].split()))) + "\n"
        elif re.match(r"^(#|>|\d+\. |<)", block):
            raise ValueError(f"{where}: tools/roff.py does not know what to make of '{lines[0]}'")
        else:
            out += paragraph(" ".join(block.split()))
    return re.sub(r"(\.SH [^\n]+\n|\.SS [^\n]+\n)\.PP\n", r"\1", out)


def folded(page: str) -> str:
    """Lines of text of at most 78 octets where a blank allows it, as mandoc(1) wants them."""
    out = []
    is_filled = True
    for line in page.split("\n"):
        is_filled = line != ".nf" and (is_filled or line == ".fi")
        if not is_filled or line.startswith("."):
            out.append(line)
        else:
            out += [guarded(part) for part in textwrap.wrap(line, 78, break_long_words=False, break_on_hyphens=False)] or [line]
    return "\n".join(out)


def _joined_fences(blocks: list[str]) -> list[str]:
    """A fence with an empty line in it is one block."""
    joined: list[str] = []
    for block in blocks:
        if joined and joined[-1].count("```") % 2 == 1:
            joined[-1] += "\n\n" + block
        else:
            joined.append(block)
    return joined
