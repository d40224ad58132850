"""Techniques for who has no map: sections 10.4.1 and 10.4.2 of the thesis."""

from measured_lab import READ
from measuring import Task, Way


def path(lab):
    """Every hop's name on the way to the farthest node. The poller is told the way; a program finds it."""
    target = lab.farthest()
    names = [hop["name"] for hop in lab.snap("path", target)["hops"]][1:]
    yield Task("path", f"{len(names)} hops", len(names),
               (Way("snmp", lambda: lab.snmp(*READ, "--get", "sysName.0", "--", *lab.loopbacks(names)),
                    lambda answer: [agent["values"][0].partition("STRING: ")[2].strip('"') for agent in answer["agents"]],
                    "GET sysName.0 of every hop at once, the way being known"),
                Way("snap", lambda: lab.snap("path", target),
                    lambda answer: [hop["name"] for hop in answer["hops"]][1:], "splash path NODE")),
               names, {"snmp": {"messages": 2 * len(names)}, "snap": {"messages": 2}})
