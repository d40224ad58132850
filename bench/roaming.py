"""Techniques for who has no map: sections 10.4.1 and 10.4.2 of the thesis."""

import re

from measured_lab import IMPATIENT, READ
from measuring import Task, Way

IP_AD_ENT_NET_MASK = "1.3.6.1.2.1.4.20.1.3"
ADDRESSES_OF_A_NODE = 8
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
    """How far a packet comes that nobody tells the way."""
    yield Task("roam", "all tables true", 0, (_roam(lab, "snap"), _roam(lab, "snap_stateful", "--stateful")), None)


def discover(lab):
    """All nodes and links: with one node that has an agent without Splash, one without any, and one dead link. The poller
    reads the addresses of all nodes that the routing table names; two ends of a /31 are a link."""
    inner = lab.inner()
    plain, silent = inner[0], inner[-1]
    a, b = lab.link_without(plain, silent)

    def by_snmp(answer):
        ends = {}
        agents = [agent for agent in answer["agents"] if "error" not in agent]
        for agent in agents:
            for value in agent["values"]:
                address = re.search(r"(\d+\.\d+)\.(\d+)\.(\d+) = IpAddress: 255\.255\.255\.254", value)
                if address:
                    prefix, third, last = address.groups()
                    ends.setdefault((prefix, third, int(last) // 2), set()).add(agent["agent"])
        proven = sum(len(nodes) == 2 for nodes in ends.values())
        return f"{len(agents)} agents, {len(answer['agents']) - len(agents)} silent, {proven} links seen from both ends"

    def by_snap(answer):
        kinds = [node["manager"] for node in answer["nodes"]]
        proven = sum(link["proven"] for link in answer["links"])
        return (f"{kinds.count('splash')} with Splash, {kinds.count('snmp')} agents without, {kinds.count('silent')} silent, "
                f"{proven} of {len(answer['links'])} links proven")
    with lab.plain_agent(plain), lab.silent_node(silent), lab.dead_link(a, b):
        yield Task("discover", f"{plain} without Splash, {silent} silent, {a}-{b} dead", 0,
                   (Way("snmp", lambda: lab.snmp(*READ, *IMPATIENT, "--walk", IP_AD_ENT_NET_MASK, "--rows",
                                                 ADDRESSES_OF_A_NODE, "--", *lab.loopbacks(lab.neighbours)), by_snmp,
                        "GETBULK ipAdEntNetMask of all nodes, their addresses being known"),
                    Way("snap", lambda: lab.snap("discover", lab.station), by_snap, "`splash discover NODE`")), None)
