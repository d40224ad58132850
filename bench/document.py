"""docs/functionality.md and its pictures, from results: figures are written here, the prose around them is
functionality.md.in, where {{part}} or {{part argument}} stands for what is written here.
"""

import re
from pathlib import Path

from charts import Chart

MOST_FOREIGN_SHARE = 25  # per cent
TEMPLATE = Path(__file__).with_name("functionality.md.in")
WORDS = {"snmp": "SNMP", "snmp_in_turn": "SNMP, one at a time", "snap": "SNAP", "snap_stateful": "SNAP, stateful",
         "path": "`path`", "survey": "`survey`", "flood": "`flood`", "roam": "`roam`"}
PLACE = re.compile(r"\{\{([\w ]+)\}\}")


class DocumentError(Exception):
    """The template wants what the results do not have."""


def line(topology, row):
    """A row of the results for who watches."""
    ways = "; ".join(f"{WORDS[via]} {way['messages']} messages, {way['crossings']} crossings, {way['bytes']} B, "
                     f"{way['answer_us']['median'] / 1000:.2f} ms"
                     + (f", reaction {way['reaction_us']['median'] / 1000:.2f} ms" if "reaction_us" in way else "")
                     for via, way in row["ways"].items())
    return f"{topology}: {row['technique']}, {row['label']}: {ways}"


# ---- tables

def spread(times):
    return f"{times['median'] / 1000:.2f} ({times['lower'] / 1000:.2f}–{times['upper'] / 1000:.2f})"


def _cells(row, via, columns):
    way, thesis = row["ways"][via], row["thesis"].get(via, {})
    for column in columns:
        if column.endswith("_us"):
            measured, formula = spread(way[column]), thesis.get(column)
            formula = f"{formula / 1000:.2f}" if formula else None  # without a delay it says nothing
        else:
            measured, formula = f"{way[column]}", thesis.get(column)
        if column == "messages" and way["lost"]:
            measured += f" and {way['lost']} lost"
        yield measured if formula is None else f"{measured} [{formula}]"


COLUMNS = {"found": "found", "messages": "messages", "crossings": "crossings", "station_bytes": "bytes at the station",
           "bytes": "bytes, all links", "answer_us": "answer, ms", "reaction_us": "reaction, ms"}


def _rows(results, technique):
    """Each lab's name with each of its rows of a technique."""
    rows = [(lab["topology"], row) for lab in results["labs"] for row in lab["rows"] if row["technique"] == technique]
    if not rows:
        raise DocumentError(f"there are no results of {technique}: measure all techniques, or only it with --only")
    return rows


def table(results, technique):
    """A row for each lab, case and way. In brackets: what the thesis's formula gives."""
    rows = _rows(results, technique)
    sample = next(iter(rows[0][1]["ways"].values()))
    columns = [name for name in COLUMNS if name in sample and (name != "found" or isinstance(sample["found"], str))]
    out = ["| lab | case | by | " + " | ".join(COLUMNS[name] for name in columns) + " |",
           "|---|---|---|" + "".join("---|" if name == "found" else "---:|" for name in columns)]
    for topology, row in rows:
        for via in row["ways"]:
            out.append(f"| {topology} | {row['label']} | {WORDS[via]} | " + " | ".join(_cells(row, via, columns)) + " |")
    return "\n".join(out)


def commands(results, technique):
    _, row = _rows(results, technique)[0]
    return "\n".join(f"* {WORDS[via]}: {way['command']}" for via, way in row["ways"].items())


def share(part, whole):
    return f"{100 - 100 * part / whole:.0f} %" if part <= whole else f"−{100 * part / whole - 100:.0f} %"


def ratio(snap, snmp):
    value = snap / snmp
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def overview(results):
    """The thesis's table 10.1, with the largest case of each technique."""
    names = list(dict.fromkeys(row["technique"] for lab in results["labs"] for row in lab["rows"]))
    out = ["| technique | lab, case | messages | crossings | bytes at the station | bytes, all links | answer | reaction |",
           "|---|---|---:|---:|---:|---:|---:|---:|"]
    for name in names:
        for lab in results["labs"]:
            rows = [row for row in lab["rows"] if row["technique"] == name]
            if not rows or not {"snap", "snmp"} <= set(rows[-1]["ways"]):
                continue
            snmp, snap = rows[-1]["ways"]["snmp"], rows[-1]["ways"]["snap"]
            cells = [ratio(snap[column], snmp[column]) for column in ("messages", "crossings", "station_bytes", "bytes")]
            cells += [ratio(snap[column]["median"], snmp[column]["median"]) if column in snap else ""
                      for column in ("answer_us", "reaction_us")]
            out.append(f"| {TITLES[name]} | {lab['topology']}, {rows[-1]['label']} | " + " | ".join(cells) + " |")
    return "\n".join(out)


TITLES = {"aggregation": "aggregation on a node", "reacting": "reacting on a node", "trend": "trend analysis on a node",
          "survey": "aggregation over the network", "early_stop": "aggregation, stopped early",
          "delay": "aggregation behind a slow link", "flood": "reacting over the network", "storm": "a storm's way",
          "roam": "roaming", "discover": "discovery", "path": "path", "broken": "who answers", "lie": "where a table lies"}


def machine(results):
    facts = results["machine"]
    counts = [way["answer_us"]["count"] for lab in results["labs"] for row in lab["rows"] for way in row["ways"].values()]
    return (f"{facts['processors']} processors ({facts['model']}), Linux {facts['kernel']}, of which others than the labs "
            f"had {_foreign_share(results):.0f} % in between; "
            f"{min(counts)} to {max(counts)} runs of each way behind every median, as many as fit into {facts['seconds']:g} s")


def _foreign_share(results):
    """The most that others used of the processors, in per cent, while no lab was up."""
    return max(lab["foreign_share"] for lab in results["labs"])


def warning(results):
    """Nothing, or that the times are not worth much."""
    share = _foreign_share(results)  # not the load average: it tells of the minutes before
    if share <= MOST_FOREIGN_SHARE:
        return ""
    return (f"**The times on this page are not to be trusted:** the machine was busy with something else ({share:.0f} % of its "
            "processors), which favours whoever sends fewer packets. Messages, crossings and bytes do not depend on it.\n\n")


def other_clients(results):
    """Microseconds: median and quartiles."""
    rows = [row for lab in results["labs"] for row in lab.get("other_clients", [])]
    if not rows or any("rate_elsewhere" not in row for row in rows):
        raise DocumentError("other clients were not measured: measure all techniques, or --only clients")
    out = ["| a principal's programs | a second, here / elsewhere | what comes home | others ask by | quiet, µs | sent elsewhere, µs | "
           "sent here, µs | here to elsewhere | unanswered |",
           "|---|---:|---|---|---:|---:|---:|---:|---:|"]
    for row in rows:
        home = ", ".join(f"{count} × {what}" for what, count in sorted(row["came"].items()))
        for via in ("snmp", "snap"):
            quiet, elsewhere, here = (row[when][via] for when in ("quiet", "elsewhere", "meanwhile"))
            change = 100 * here["median"] / elsewhere["median"] - 100
            cells = (row["kind"], f"{row['rate']} / {row['rate_elsewhere']}", home) if via == "snmp" else ("", "", "")
            out.append("| " + " | ".join(cells) + f" | {WORDS[via]} | {_microseconds(quiet)} | {_microseconds(elsewhere)} | {_microseconds(here)} | "
                       f"{change:+.0f} % | {row['meanwhile']['unanswered'] if via == 'snmp' else ''} |")
    return "\n".join(out)


def _microseconds(times):
    return f"{times['median']} ({times['lower']}–{times['upper']})"


# ---- sentences with figures

def aggregation_saved(results):
    """Formula beside measurement, case by case."""
    out = ["| lab | case | saved by the formula | bytes saved, as measured |", "|---|---|---:|---:|"]
    for topology, row in _rows(results, "aggregation"):
        ways = row["ways"]
        out.append(f"| {topology} | {row['label']} | {100 - 100 / row['size']:.0f} % | "
                   f"{share(ways['snap']['bytes'], ways['snmp']['bytes'])} |")
    return "\n".join(out)


# ---- pictures

def _lines(rows, column, vias, formula=None):
    """`formula`: the column of the thesis's figures, or none."""
    def value(way):
        return way[column]["median"] / 1000 if column.endswith("_us") else way[column]
    for via in vias:
        yield via, WORDS[via], [(row["size"], value(row["ways"][via])) for row in rows], False
    for via in vias if formula else ():
        points = [(row["size"], row["thesis"][via][column] / (1000 if column.endswith("_us") else 1))
                  for row in rows if column in row["thesis"].get(via, {})]
        if points:
            yield via, f"{WORDS[via]}, by the formula", points, True


PICTURES = {  # technique, x, y, column, whether with the formula
    "aggregation": ("aggregation", "values behind the sum", "bytes over all links", "bytes", False),
    "survey": ("survey", "nodes", "messages", "messages", True),
    "survey_bytes": ("survey", "nodes", "bytes over all links", "bytes", False),
    "survey_answer": ("survey", "nodes", "time to answer, ms", "answer_us", False),
    "delay": ("delay", "delay of the station's links, one way, ms", "time to answer, ms", "answer_us", True),
    "flood": ("flood", "nodes in error", "messages", "messages", True),
    "flood_reaction": ("flood", "nodes in error", "time to reaction of the last of them, ms", "reaction_us", False),
}


def _drawn(results, name):
    """Labs, and their rows, of which there is something to draw."""
    for lab in results["labs"]:
        rows = [row for row in lab["rows"] if row["technique"] == PICTURES[name][0]]
        if len(rows) > 1:
            yield lab, rows


def _file_name(name, lab):
    return f"functionality-{name.replace('_', '-')}-{lab['topology']}.svg"


def pictures(results):
    """File names and SVG."""
    for name, (technique, x_words, y_words, column, with_formula) in PICTURES.items():
        for lab, rows in _drawn(results, name):
            lines = list(_lines(rows, column, list(rows[0]["ways"]), with_formula))
            title = f"{TITLES[technique]}, {lab['topology']}"
            yield _file_name(name, lab), Chart(title[0].upper() + title[1:], x_words, y_words, lines).svg()


def _picture_links(results, name):
    _, x_words, y_words, _, _ = PICTURES[name]
    return "\n".join(f"![{y_words} over {x_words}, {lab['topology']}](images/{_file_name(name, lab)})"
                     for lab, _ in _drawn(results, name))


# ---- all of it

PARTS = {"warning": warning, "overview": overview, "machine": machine, "commands": commands, "table": table,
         "other_clients": other_clients, "picture": _picture_links,
         "aggregation_saved": aggregation_saved}


def text(results, template):
    def fill(match):
        part, *arguments = match.group(1).split()
        if part not in PARTS:
            raise DocumentError(f"{TEMPLATE.name}: nothing is called {part}; there are {', '.join(PARTS)}")
        return PARTS[part](results, *arguments)
    return ("<!-- generated by make bench-functionality from bench/functionality.md.in; do not edit -->\n"
            + PLACE.sub(fill, template))


def write(results, path):
    images = path.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    path.write_text(text(results, TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
    for name, svg in pictures(results):
        (images / name).write_text(svg, encoding="utf-8")
