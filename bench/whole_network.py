"""Techniques for many nodes: sections 10.3.1 and 10.3.2 of the thesis."""

import faults
from measured_lab import READ, WRITE
from measuring import Task, Way
from one_node import ERROR_OBJECT, SPARE_OBJECT, THRESHOLD

ERRORS = 200
SHARES = (0.05, 0.25, 0.5, 1)  # of the nodes
STOPS = (1, 0.5, 0.25)  # where on the tour the threshold is reached
DELAYS_MS = (0, 2, 10)
ZONES = (0.1, 0.25, 0.5)  # share of the nodes that are in error


def _sum_by_snmp(lab, nodes, *options):
    def read(answer):
        return sum(agent["values"][0] for agent in answer["agents"])
    return (lambda: lab.snmp(*READ, *options, "--get", ERROR_OBJECT, "--", *lab.loopbacks(nodes))), read


def _sum_by_snap(lab, nodes, *options):
    def read(answer):
        return answer["rows"][0]["value"]
    return (lambda: lab.snap("survey", *nodes, "--oid", ERROR_OBJECT, "--sum", *options)), read


def _some(nodes, share):
    return nodes[:max(1, round(len(nodes) * share))]


def survey(lab):
    """The sum of an object over n nodes; then whether the sum is above a threshold, which it is behind the k-th."""
    tour = lab.tour(lab.others)
    errors = [2 * at + 1 for at in range(len(tour))]
    with lab.errors_at(tour, errors):
        for nodes in [_some(tour, share) for share in SHARES]:
            n = len(nodes)
            yield Task("survey", f"{n} node{'s' * (n > 1)}", n,
                       (Way("snmp", *_sum_by_snmp(lab, nodes), f"GET {ERROR_OBJECT} of each, all at once"),
                        Way("snap", *_sum_by_snap(lab, nodes), f"splash survey NODE... --oid {ERROR_OBJECT} --sum")),
                       n * n, {"snmp": {"messages": 2 * n}, "snap": {"messages": n + 1}})
        for stop in [len(_some(tour, share)) for share in STOPS]:
            threshold = stop * stop - 1  # the sum of the first k odd numbers is k * k

            def is_above(read, limit=threshold):
                return lambda answer: read(answer) > limit
            ask, read = _sum_by_snmp(lab, tour)
            ask_snap, read_snap = _sum_by_snap(lab, tour, "--until", f"sum > {threshold}")
            yield Task("early stop", f"reached at node {stop} of {len(tour)}", stop,
                       (Way("snmp", ask, is_above(read), f"GET {ERROR_OBJECT} of each, all at once"),
                        Way("snap", ask_snap, is_above(read_snap),
                            f"splash survey NODE... --oid {ERROR_OBJECT} --sum --until 'sum > N'")),
                       True, {"snmp": {"messages": 2 * len(tour)}, "snap": {"messages": stop + 1}})


def slow_main_link(lab):
    """The station is far away, the nodes are near each other."""
    tour = lab.tour(lab.others)
    with lab.errors_at(tour, [1] * len(tour)):
        for delay in DELAYS_MS:
            with lab.slow_station(delay):
                n = len(tour)
                yield Task("delay", f"{delay} ms", delay,
                           (Way("snmp", *_sum_by_snmp(lab, tour), f"GET {ERROR_OBJECT} of each, all at once"),
                            Way("snmp_in_turn", *_sum_by_snmp(lab, tour, "--at-once", "1"), "the same, one node after the other"),
                            Way("snap", *_sum_by_snap(lab, tour), f"splash survey NODE... --oid {ERROR_OBJECT} --sum")),
                           n, {"snmp_in_turn": {"answer_us": 2 * n * delay * 1000}, "snap": {"answer_us": 2 * delay * 1000}})


def flood(lab):
    """An error zone of r nodes that lie together: each is found, and brings up its spare interface."""
    centre = lab.farthest()
    for share in ZONES:
        zone = lab.nearest(centre, max(2, round(len(lab.others) * share)))
        nodes = lab.others
        links = sum(len(lab.neighbours[node]) for node in zone)
        r, n = len(zone), len(nodes)

        def found_by_snmp(answer):
            return sorted(lab.node_at(agent["agent"]) for agent in answer["agents"] if agent.get("set") == "done")

        def found_by_snap(answer):
            return sorted(row["node"] for row in answer["zone"] if row["did"]["value"] == 1)
        with lab.errors_at(nodes, [ERRORS if node in zone else 0 for node in nodes]):
            yield Task("flood", f"{r} of {n} nodes in error", r,
                       (Way("snmp", lambda: lab.snmp(*WRITE, "--get", ERROR_OBJECT, "--above", THRESHOLD, "--set",
                                                     f"{SPARE_OBJECT}=i:1", "--", *lab.loopbacks(nodes)),
                            found_by_snmp, f"GET {ERROR_OBJECT} of all nodes at once, SET {SPARE_OBJECT} where above"),
                        Way("snap", lambda: lab.snap("flood", zone[0], "--oid", ERROR_OBJECT, "--where",
                                                     f"{ERROR_OBJECT} > {THRESHOLD}", "--do", f"{SPARE_OBJECT} i 1"),
                            found_by_snap, f"splash flood NODE --where '{ERROR_OBJECT} > {THRESHOLD}' --do '{SPARE_OBJECT} i 1'")),
                       sorted(zone), {"snmp": {"messages": 2 * n + 2 * r}, "snap": {"messages": r + links + 1}}, tuple(zone),
                       lambda: lab.spare_down(zone))
