#!/usr/bin/python3 -B
"""Writes the demo's page: what was asked, each packet's way, what SNMP and SNAP cost.

The page is one file that needs no network and, without scripts, still shows all pictures and figures. Everything in
it comes from the report; sentences that compare are made from the figures.
usage: demo_report.py REPORT.json PAGE.html
"""

import json
import string
import sys
from pathlib import Path
from xml.etree.ElementTree import Element, tostring

from demo_drawing import PARTS, Map, add, bars, chart, executions
from demo_runs import find

TEMPLATES = Path(__file__).resolve().parent / "demo_page"
NAMES = {"snmp": "SNMP", "snap": "SNAP", "by_hop": "SNAP at every hop"}
MOST_COMMANDS = 2  # of a run that are shown in full

STEPS = (
    ("stock", "A stock tool asks a stock agent",
     "Does net-snmp's own snmpget notice that it talks to splashd, {far} hops away?"),
    ("get", "One object, near and far",
     "What does one sysName.0 cost by SNMP, by a program that runs only at its goal, by one that runs at every hop?"),
    ("path", "Every hop's name in one packet",
     "What are the names of all nodes on the way, when nobody knows the way beforehand?"),
    ("set", "SET, then GET what was set", "Can writing and reading back be one exchange?"),
    ("five", "Five objects of one node",
     "Does a program that leaves its code behind beat one request for five objects?"),
    ("figure71", "Figure 7.1 of the Splash thesis (2003)",
     "Does the thesis's own listing still bring home a name?"),
)
REMARKS = {
    "stock": "It does not: the agent inside splashd is net-snmp's, and the nodes between forward its datagrams as any "
             "router does.",
    "get": "SNAP's request passes the sender's own daemon, out and back, and carries its program; on the way home only "
           "two instructions and the answer are left.",
    "path": "SNAP's packet grows by what each node says; the poller by SNMP sends one request a node, and must know "
            "the route beforehand.",
    "set": "The program travels with the executing option, so every node on the way runs it, if only to pass it on.",
    "five": "The program and its five object names stay at the goal: compare the way out with the way back.",
    "figure71": "At home the listing begins again with its first line, so nothing of its code can stay behind. SNMP's "
                "way to the same object is beside it.",
}


def figures(run):
    """What a run cost, for the table: (label, what is shown, the number that is compared)."""
    traffic, crossings = run["traffic"], run["crossings"]
    messages = traffic["messages_out"] + traffic["messages_back"]
    octets = traffic["bytes_out"] + traffic["bytes_back"]
    return (
        ("messages, out + back", f"{traffic['messages_out']} + {traffic['messages_back']}", messages),
        ("octets, out + back", f"{traffic['bytes_out']} + {traffic['bytes_back']}", octets),
        ("links crossed, all packets", str(len(crossings)), len(crossings)),
        ("octets on all links together", f"{sum(c['octets'] for c in crossings):,}",
         sum(c["octets"] for c in crossings)),
        ("answered or executed, times", str(sum(executions(run).values())), None),
        ("time, median (quartiles)", time_text(run.get("time")), run["time"]["median_us"] if run.get("time") else None),
    )


def time_text(times):
    if not times:
        return "not timed"
    return (f"{times['median_us']:.0f} ({times['lower_quartile_us']:.0f}\N{EN DASH}"
            f"{times['upper_quartile_us']:.0f}) \N{MICRO SIGN}s")


def comparison(snmp, snap):
    """In words where a run by SNAP costs more than by SNMP, and where less."""
    name = NAMES[snap["via"]]
    more, less = [], []
    nouns = ("messages", "octets at the sender", "crossings", "octets on all links", None, "time")
    for noun, (_, _, by_snmp), (_, _, by_snap) in zip(nouns, figures(snmp), figures(snap)):
        if by_snmp and by_snap and by_snmp < by_snap:
            more.append(f"{by_snap / by_snmp:.2f} times the {noun}")
        elif by_snmp and by_snap and by_snmp > by_snap:
            less.append(f"{by_snap / by_snmp:.2f} of SNMP's {noun}")
    sentences = []
    if more:
        sentences.append(f"{name} costs more than SNMP here: {_list(more)}.")
    if less:
        sentences.append(f"{'It' if more else name} needs {_list(less)}.")
    return " ".join(sentences) or f"{name} and SNMP cost the same."


def _list(words):
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


class Page:
    def __init__(self, report):
        self.report = report
        self.runs = [{**run, "time": time_of(report, run)} for run in report["runs"]]
        self.map = Map(report["graph"])
        self.body = Element("main")

    def build(self):
        add(self.body, "h1", "Splash: where every packet went")
        nodes, links = len(self.map.places), len(self.map.links)
        add(self.body, "p", f"{nodes} daemons on one machine, {links} links between them. Everything was asked from "
            "n1; each packet was seen on each link it crossed. Times were measured afterwards, while nothing was "
            f"captured: medians of {self.report['count']}.", class_="lead")
        self._legend()
        for number, (step, title, question) in enumerate(STEPS, 1):
            self._step(number, step, title, question)
        self.body.append(self.map.symbols())
        return self.body

    def _legend(self):
        box = add(self.body, "div", class_="legend")
        for kind, words in (("start", "asks"), ("acts", "the program executed, or SNMP's agent answered"),
                            ("forwards", "only forwards"), ("count", "packets on a link, both ways")):
            add(add(box, "span"), "i", class_=f"key {kind}", aria_hidden="true").tail = words
        for part, words in PARTS.items():
            add(add(box, "span"), "i", class_=f"key part {part}", aria_hidden="true").tail = words

    def _step(self, number, step, title, question):
        runs = [run for run in self.runs if run["step"] == step]
        section = add(self.body, "section", id=step, aria_labelledby=f"{step}-title")
        add(section, "h2", f"{number}. {title}", id=f"{step}-title")
        far = max(int(hops) for hops in self.report["by_distance"])
        add(section, "p", question.format(far=far), class_="question")
        distances = sorted({run["hops"] for run in runs})
        if len(distances) == 1:
            self._exchange(section, runs)
        else:
            self._by_distance(section, step, distances)

    def _by_distance(self, section, step, distances):
        times = add(section, "div", class_="outcome")
        self._times_table(times, distances)
        rows = self.report["get_by_distance"]
        times.append(chart(rows, {"snap_by_hop" if via == "by_hop" else via: via for via in NAMES}))
        tabs = add(section, "div", class_="tabs", role="group", aria_label="Distance")
        add(tabs, "span", "hops:", class_="of")
        for hops in distances:
            choice = add(tabs, "input", type="radio", name=f"{step}-hops", id=f"{step}-{hops}", class_="tab")
            if hops == distances[-1]:
                choice.set("checked", "checked")
            add(tabs, "label", str(hops), for_=f"{step}-{hops}")
        for hops in distances:
            panel = add(tabs, "div", class_="panel")
            self._exchange(panel, [run for run in self.runs if (run["step"], run["hops"]) == (step, hops)])

    def _times_table(self, section, distances):
        table = add(add(section, "div", class_="scroll"), "table")
        add(table, "caption", "One GET of sysName.0 by distance: time, and octets out + back at n1")
        head = add(add(table, "thead"), "tr")
        add(head, "th", "hops", scope="col")
        for via, name in NAMES.items():
            add(head, "th", name, scope="col", class_=via)
        body = add(table, "tbody")
        for hops in distances:
            row = add(body, "tr")
            add(row, "th", str(hops), scope="row")
            for via in NAMES:
                run = find(self.runs, "get", via, hops)
                cell = add(row, "td", time_text(run["time"]), class_=via)
                add(cell, "small", f"{run['traffic']['bytes_out']} + {run['traffic']['bytes_back']} octets")

    def _exchange(self, parent, runs):
        """Pictures of one question asked in several ways, side by side, and the table that compares them."""
        most = max(len(run["crossings"]) for run in runs)
        scale = max(one["octets"] for run in runs for one in run["crossings"])
        exchange = add(parent, "div", class_=f"exchange of{len(runs)}", data_pace=max(300, min(800, 24000 // most)))
        for run in runs:
            exchange.append(self._figure(run, scale))
        outcome = add(exchange, "div", class_="outcome")
        self._cost_table(outcome, runs)
        says = add(outcome, "div", class_="says")
        for run in runs[1:]:
            add(says, "p", comparison(runs[0], run), class_="verdict")
        if runs[0]["step"] in REMARKS:
            add(says, "p", REMARKS[runs[0]["step"]], class_="remark")

    def _figure(self, run, scale):
        figure = Element("figure", {"class": f"run {run['via']}"})
        add(figure, "h3", NAMES[run["via"]])
        self._typed(figure, run)
        way = " \N{RIGHTWARDS ARROW} ".join([run["crossings"][0]["from"], *(one["to"] for one in run["crossings"])])
        figure.append(self.map.draw(run, f"The way by {NAMES[run['via']]}: {way}"))
        figure.append(bars(run, self.map.width, scale))
        # A < in a script could end it.
        data = json.dumps(run["crossings"], separators=(",", ":")).replace("<", "\\u003c")
        add(figure, "script", data, type="application/json")
        return figure

    @staticmethod
    def _typed(figure, run):
        """The commands and what they printed; of many the first and the last."""
        pre = add(figure, "pre")
        typed = list(zip(run["commands"], run["answers"]))
        if len(typed) > MOST_COMMANDS:
            typed[1:-1] = [(None, f"\N{HORIZONTAL ELLIPSIS} {len(typed) - 2} more")]
        for command, answer in typed:
            if command:
                words = " ".join(f"'{word}'" if " " in word or '"' in word else word for word in command)
                add(pre, "span", f"$ {words}\n", class_="command")
            add(pre, "span", f"{answer}\n")

    @staticmethod
    def _cost_table(parent, runs):
        table = add(add(parent, "div", class_="scroll"), "table")
        head = add(add(table, "thead"), "tr")
        add(head, "td")
        for run in runs:
            add(head, "th", NAMES[run["via"]], scope="col", class_=run["via"])
        body = add(table, "tbody")
        for row in zip(*(figures(run) for run in runs)):
            line = add(body, "tr")
            add(line, "th", row[0][0], scope="row")
            for run, (_, shown, _) in zip(runs, row):
                add(line, "td", shown, class_=run["via"])


def time_of(report, run):
    """The times that belong to a run, if any were measured."""
    if run["step"] == "get":
        row = next(row for row in report["get_by_distance"] if row["hops"] == run["hops"])
        return row["snap_by_hop" if run["via"] == "by_hop" else run["via"]]
    return report["five_gets"][f"{run['via']}_times"] if run["step"] == "five" else None


def page(report):
    """The page as text."""
    parts = {name: (TEMPLATES / f"page.{kind}").read_text(encoding="utf-8")
             for name, kind in (("style", "css"), ("script", "js"))}
    body = tostring(Page(report).build(), encoding="unicode", method="html")
    template = string.Template((TEMPLATES / "page.html").read_text(encoding="utf-8"))
    return template.substitute(parts, body=body)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[-1])
    Path(sys.argv[2]).write_text(page(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), encoding="utf-8")
