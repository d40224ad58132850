"""Techniques for who has no map, or a wrong one: sections 10.4.1 and 10.4.2 of the thesis."""

import re

import faults
from measured_lab import READ
from measuring import Task, Way

IMPATIENT = ("-t", "0.5", "-r", "1")  # where silence is part of the task
BOUND = 255
TEXT = re.compile(r"STRING: \"?([^\"]*)")


def path(lab):
    """Every hop's name on the way to the farthest node. The poller is told the way; a program finds it."""
    target = lab.farthest()
    names = [hop["name"] for hop in lab.snap("path", target)["hops"]][1:]
    yield Task("path", f"{len(names)} hops", len(names),
               (Way("snmp", lambda: lab.snmp(*READ, "--get", "sysName.0", "--", *lab.loopbacks(names)),
                    lambda answer: [TEXT.search(agent["values"][0]).group(1) for agent in answer["agents"]],
                    "GET sysName.0 of every hop at once, the way being known"),
                Way("snap", lambda: lab.snap("path", target),
                    lambda answer: [hop["name"] for hop in answer["hops"]][1:], "`splash path NODE`")),
               names, {"snmp": {"messages": 2 * len(names)}, "snap": {"messages": 2}})


def _roam(lab, via, *options):
    def read(answer):
        return f"{len(answer['rows'])} of {len(lab.neighbours)} nodes in {answer['steps']} steps"
    words = ("roam", lab.neighbours[lab.station][0], "--bound", BOUND, *options)
    shown = " ".join(["splash roam NODE", "--bound", str(BOUND), *options])
    return Way(via, lambda: lab.snap(*words), read, f"`{shown}`")


def roam(lab):
    """How far a packet comes that nobody tells the way; then with a routing table that lies on the way to a node."""
    yield Task("roam", "all tables true", 0, (_roam(lab, "snap"), _roam(lab, "snap_stateful", "--stateful")), None)
    hidden = lab.farthest()
    liar = lab.snap("path", hidden)["hops"][1]["name"]

    def answers(answer):
        return f"{hidden} answers" if "error" not in answer["agents"][0] else f"nothing of {hidden}"

    def is_met(answer):
        return f"{hidden} answers" if any(row["node"] == hidden for row in answer["rows"]) else f"nothing of {hidden}"
    with faults.lying_route(lab.name, liar, lab.address(hidden)):
        yield Task("lie", f"{liar} denies {hidden}", 0,
                   (Way("snmp", lambda: lab.snmp(*READ, *IMPATIENT, "--get", "sysName.0", "--", lab.address(hidden)),
                        answers, "GET sysName.0"),
                    Way("snap_stateful", lambda: lab.snap("roam", liar, "--bound", BOUND, "--stateful"), is_met,
                        "`splash roam NODE --stateful`")), None)
