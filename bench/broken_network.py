"""Techniques where the network is broken: a node that floods it, links and nodes that are dead, tables that lie."""

import re

import faults
from measured_lab import IMPATIENT, READ, WRITE
from measuring import Task, Way
from one_node import BRING_UP, SET_UP, SPARE_OBJECT

# Of IPv6, by which nothing else is asked here, so that it does not matter what agents have counted before.
CARRIED = "ipSystemStatsOutTransmits.2"
STORM, STORM_PER_SECOND, STORM_LIMIT = 20000, 1000, 10000
LONGEST_STORM = 6  # nodes that carry it
REASON = re.compile(r"(?:\S+ \()?([0-9.]+)\)?: ([^;]*)")  # NODE (ADDRESS): why; or ADDRESS: why


def storm(lab):
    """A node pours packets on another. Who carries them? Each of these reacts. The flood begins where they arrive, and
    follows them to where they come from; the poller asks everybody."""
    source, nodes = lab.farthest(), lab.others
    way = lab.way(source, lab.station, "-6")
    carriers = min(LONGEST_STORM, len(way) - 2)
    zone, victim = sorted(way[:carriers]), way[carriers]
    links = sum(len(lab.neighbours[node]) for node in zone)
    n, r = len(nodes), len(zone)
    where = f"{CARRIED} > {STORM_LIMIT}"
    ways = (
        Way("snmp", lambda: lab.snmp(*WRITE, "--get", CARRIED, "--above", STORM_LIMIT, *SET_UP, "--", *lab.loopbacks(nodes)),
            lambda answer: sorted(lab.node_at(agent["agent"]) for agent in answer["agents"] if agent.get("set") == "done"),
            f"GET {CARRIED} of all nodes at once, SET {SPARE_OBJECT} where it is above {STORM_LIMIT}"),
        Way("snap", lambda: lab.snap("flood", way[carriers - 1], "--where", where, "--do", BRING_UP),
            lambda answer: sorted(row["node"] for row in answer["zone"] if row["did"]["value"] == 1),
            f"`splash flood NODE --where '{where}' --do '{BRING_UP}'`"))
    with (lab.spares_at(nodes),
          faults.storm(lab.name, source, victim, lab.address(victim, 6), STORM, STORM_PER_SECOND)):
        lab.wait_for(zone, CARRIED, lambda carried: carried > STORM_LIMIT)
        yield Task("storm", f"{source} floods {victim}, {r} nodes carry it", r, ways, zone,
                   {"snmp": {"messages": 2 * n + 2 * r}, "snap": {"messages": links + r + 1}}, tuple(zone),
                   lambda: lab.spare_down(zone))


def broken(lab):
    """All names, where a link is dead, a node runs an agent without Splash, or none at all."""
    tour, inner = lab.tour(lab.others), lab.inner()
    plain, silent = inner[0], inner[-1]
    a, b = lab.way(lab.station, lab.farthest())[-2:]

    def polled(answer):
        silent = [lab.node_at(agent["agent"]) for agent in answer["agents"] if "error" in agent]
        return _told(len(tour), {node: "nothing" for node in silent})

    def surveyed(answer):
        return _told(len(tour), {row["node"]: _reason(lab, row) for row in answer["unanswered"]})
    ways = (Way("snmp", lambda: lab.snmp(*READ, *IMPATIENT, "--get", "sysName.0", "--", *lab.loopbacks(tour)), polled,
                "GET sysName.0 of each, all at once"),
            Way("snap", lambda: lab.snap("survey", *tour, "--oid", "sysName.0", *IMPATIENT), surveyed,
                "`splash survey NODE... --oid sysName.0`"))
    for label, fault in ((f"link {a}-{b} dead", lab.dead_link(a, b)), (f"{plain} without Splash", lab.plain_agent(plain)),
                         (f"{silent} silent", lab.silent_node(silent))):
        with faults.reporting_each_time(lab.name, a, b), fault:
            yield Task("broken", label, 0, ways, None)


def _told(count, missing):
    """`missing`: what is told of each that does not answer."""
    reasons = "; ".join(f"{node}: {reason}" for node, reason in list(missing.items())[:2])
    more = "; ..." if len(missing) > 2 else ""
    return f"{count - len(missing)} of {count}" + (f"; {reasons}{more}" if missing else "")


def _reason(lab, row):
    """Why a node of a survey is not answered for, and who says so."""
    told = REASON.match(row["reason"])
    return f"{told[2]}, says {lab.node_at(told[1])}" if told else row["reason"].partition(";")[0]


def lies(lab):
    """The routing table of the last node on the way to another lies about it. Who comes to it, and what is told?"""
    hidden = lab.farthest()
    *_, before, liar, _ = lab.way(lab.station, hidden)
    neighbour = lab.neighbours[lab.station][0]

    def comes(found, otherwise):
        return f"comes to {hidden}" if found else otherwise

    def of_rows(answer, key):
        return comes(any(row["node"] == hidden for row in answer[key]), f"nothing of {hidden}")

    def path(answer):
        names = [hop["name"] for hop in answer["hops"]]
        rounds = len(names) - len(set(names))
        report = answer["report"]
        way = [f"{names[-2]} and {names[-1]} in turn"] if rounds else names[-1:]  # a long way may not fit into the report
        return comes(hidden in names, "; ".join(way + [f"{report['reason']}, says {lab.node_at(report['node'])}"]))

    def survey(answer):
        return comes(not answer["unanswered"], "; ".join(_reason(lab, row) for row in answer["unanswered"]))
    ways = (
        Way("snmp", lambda: lab.snmp(*READ, *IMPATIENT, "--get", "sysName.0", "--", lab.address(hidden)),
            lambda answer: comes("error" not in answer["agents"][0], f"nothing of {hidden}"), "GET sysName.0"),
        Way("path", lambda: lab.snap("path", hidden, *IMPATIENT), path, "`splash path NODE`"),
        Way("survey", lambda: lab.snap("survey", hidden, "--oid", "sysName.0", *IMPATIENT), survey,
            "`splash survey NODE --oid sysName.0`"),
        Way("flood", lambda: lab.snap("flood", liar, "--where", f"sysName.0 = '{liar}'"),
            lambda answer: of_rows(answer, "edge"),
            "`splash flood LIAR --where \"sysName.0 = 'LIAR'\"`: the node that `path` tells of, and all around it"),
        Way("roam", lambda: lab.snap("roam", neighbour, "--bound", 255, "--stateful"), lambda answer: of_rows(answer, "rows"),
            "`splash roam NODE --bound 255 --stateful`, from the station's neighbour"))
    back = lab.link_address(before, liar)
    for label, by in ((f"{liar} has no way to {hidden}", None), (f"{liar} sends {hidden}'s packets back to {before}", back)):
        with (faults.reporting_each_time(lab.name, liar, before),
              faults.lying_route(lab.name, liar, lab.address(hidden), by)):
            yield Task("lie", label, 0, ways, None)
