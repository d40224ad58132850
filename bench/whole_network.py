"""Techniques for many nodes: sections 10.3.1 and 10.3.2 of the thesis."""

from measured_lab import READ, WRITE
from measuring import Task, Way
from one_node import BRING_UP, ERROR_OBJECT, IS_BAD, SET_UP, SPARE_OBJECT, THRESHOLD

ERRORS = 200
SHARES = (0.05, 0.25, 0.5, 1)  # of the nodes
STOPS = (1, 0.5, 0.25)  # where on the tour the threshold is reached
DELAYS_MS = (0, 2, 10)
ZONES = (3, 6, 12)  # nodes in error
POLL, SURVEY = f"GET {ERROR_OBJECT} of each, all at once", f"splash survey NODE... --oid {ERROR_OBJECT} --sum"


def _some(nodes, share):
    return nodes[:max(1, round(len(nodes) * share))]


def _poll(lab, nodes, *options):
    return lambda: lab.snmp(*READ, *options, "--get", ERROR_OBJECT, "--", *lab.loopbacks(nodes))


def _polled_sum(answer):
    return sum(agent["values"][0] for agent in answer["agents"])


def _visit(lab, nodes, *options):
    return lambda: lab.snap("survey", *nodes, "--oid", ERROR_OBJECT, "--sum", *options)


def _brought_sum(answer):
    return answer["rows"][0]["value"]


def _messages(snmp, snap):
    return {"snmp": {"messages": snmp}, "snap": {"messages": snap}}


def survey(lab):
    """The sum of an object over n nodes; then whether the sum is above a threshold, which it is behind the k-th."""
    tour = lab.tour(lab.others)
    with lab.errors_at(tour, [2 * at + 1 for at in range(len(tour))]):  # the sum of the first k odd numbers is k * k
        for nodes in (_some(tour, share) for share in SHARES):
            n = len(nodes)
            yield Task("survey", f"{n} node{'s' * (n > 1)}", n,
                       (Way("snmp", _poll(lab, nodes), _polled_sum, POLL),
                        Way("snap", _visit(lab, nodes), _brought_sum, f"`{SURVEY}`")), n * n, _messages(2 * n, n + 1))
        for stop in (len(_some(tour, share)) for share in STOPS):
            limit = stop * stop - 1
            yield Task("early_stop", f"reached at node {stop} of {len(tour)}", stop,
                       (Way("snmp", _poll(lab, tour), lambda answer, limit=limit: _polled_sum(answer) > limit, POLL),
                        Way("snap", _visit(lab, tour, "--until", f"sum > {limit}"),
                            lambda answer, limit=limit: _brought_sum(answer) > limit, f"`{SURVEY} --until 'sum > N'`")),
                       True, _messages(2 * len(tour), stop + 1))


def slow_main_link(lab):
    """The station is far away, the nodes are near each other."""
    tour = lab.tour(lab.others)
    n = len(tour)
    ways = (Way("snmp", _poll(lab, tour), _polled_sum, POLL),
            Way("snmp_in_turn", _poll(lab, tour, "--at-once", "1"), _polled_sum, "the same, one node after the other"),
            Way("snap", _visit(lab, tour), _brought_sum, f"`{SURVEY}`"))
    with lab.errors_at(tour, [1] * n):
        for delay in DELAYS_MS:
            round_trip_us = 2 * delay * 1000
            with lab.slow_station(delay):
                yield Task("delay", f"{delay} ms", delay, ways, n,
                           {"snmp_in_turn": {"answer_us": n * round_trip_us}, "snap": {"answer_us": round_trip_us}})


def flood(lab):
    """An error zone of r nodes that lie together: each is found, and brings up its spare interface. The flood begins at
    one of them, from where it spreads by itself; the poller asks everybody."""
    nodes, centre = lab.others, lab.farthest()
    n = len(nodes)

    def reacted_by_snmp(answer):
        return sorted(lab.node_at(agent["agent"]) for agent in answer["agents"] if agent.get("set") == "done")

    def reacted_by_snap(answer):
        return sorted(row["node"] for row in answer["zone"] if row["did"]["value"] == 1)
    ways = (
        Way("snmp", lambda: lab.snmp(*WRITE, "--get", ERROR_OBJECT, "--above", THRESHOLD, *SET_UP, "--",
                                     *lab.loopbacks(nodes)),
            reacted_by_snmp, f"GET {ERROR_OBJECT} of all nodes at once, SET {SPARE_OBJECT} where it is above {THRESHOLD}"),
        Way("snap", lambda: lab.snap("flood", centre, "--where", IS_BAD, "--do", BRING_UP), reacted_by_snap,
            f"`splash flood NODE --where '{IS_BAD}' --do '{BRING_UP}'`"))
    for r in (r for r in ZONES if r < n):
        zone = lab.nearest(centre, r)
        links = sum(len(lab.neighbours[node]) for node in zone)  # the thesis's r s
        with lab.errors_at(nodes, [ERRORS if node in zone else 0 for node in nodes]):
            yield Task("flood", f"{r} of {n} nodes in error", r, ways, sorted(zone), _messages(2 * n + 2 * r, links + r + 1),
                       tuple(zone), lambda zone=zone: lab.spare_down(zone))
