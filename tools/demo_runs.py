"""What the demo asks the network while all links are captured. Nothing here is timed."""

import time
from dataclasses import dataclass

from demo_lab import START, DemoError
from lab_capture import LabCapture, traffic

SNMP_OPTIONS = ["-v2c", "-c", "public"]
SNMP_WRITE_OPTIONS = ["-v2c", "-c", "private"]
FIVE_OBJECTS = ["sysName.0", "sysUpTime.0", "ifNumber.0", "ipForwarding.0", "snmpInPkts.0"]
CONTACT = "duty desk"
THESIS_HOPS = 5  # or as far as the lab reaches


@dataclass(frozen=True)
class Run:
    """Commands, one after the other, that ask one question in one way."""
    step: str
    via: str  # snmp; snap; by_hop: snap, executed at every hop
    commands: tuple  # of words
    expected: str  # is in what the last one prints
    hops: int = 0


def _get(node, *objects, via, options=()):
    return ("splash", "get", node, *objects, "--via", via, *options)


def runs_for(targets, route):
    """`targets`: a node at each distance. `route`: the nodes up to the farthest one."""
    far = route[-1]
    yield Run("stock", "snmp", (("snmpget", *SNMP_OPTIONS, f"10.0.0.{far[1:]}", ".1.3.6.1.2.1.1.5.0"),), f'"{far}"')
    for hops, node in targets.items():
        answer = f"sysName.0 = STRING: {node}"
        yield Run("get", "snmp", (_get(node, "sysName.0", via="snmp", options=SNMP_OPTIONS),), answer, hops)
        yield Run("get", "snap", (_get(node, "sysName.0", via="snap"),), answer, hops)
        yield Run("get", "by_hop", (_get(node, "sysName.0", via="snap", options=("--travel", "hops")),), answer, hops)
    yield Run("path", "snmp", tuple(_get(node, "sysName.0", via="snmp", options=SNMP_OPTIONS) for node in route[1:]),
              far)
    yield Run("path", "snap", (("splash", "path", far),), far)
    yield Run("set", "snmp",
              (("splash", "set", far, "sysContact.0", "s", CONTACT, "--via", "snmp", *SNMP_WRITE_OPTIONS),
               _get(far, "sysContact.0", via="snmp", options=SNMP_OPTIONS)), CONTACT)
    yield Run("set", "snap",
              (("splash", "run", "programs/setget.snap", "--to", far, "--arg", "oid=sysContact.0", "--arg",
                f'value="{CONTACT}"'),), f'1\n"{CONTACT}"')
    yield Run("five", "snmp", (_get(far, *FIVE_OBJECTS, via="snmp", options=SNMP_OPTIONS),), FIVE_OBJECTS[-1])
    yield Run("five", "snap", (_get(far, *FIVE_OBJECTS, via="snap"),), FIVE_OBJECTS[-1])
    node = targets.get(THESIS_HOPS, far)
    yield Run("figure71", "snmp", (_get(node, "sysName.0", via="snmp", options=SNMP_OPTIONS),), node)
    yield Run("figure71", "snap", (("splash", "run", "programs/figure71.snap", "--to", node),), f'"{node}"')


def _ask(splash, run):
    answers = []
    for program, *words in run.commands:
        answers.append(splash.typed(*words) if program == "splash" else splash.inside(program, *words))
    if run.expected not in answers[-1]:
        raise DemoError(f"{run.step} by {run.via} should have answered {run.expected}: {answers[-1]}")
    return answers


def ask_all(splash, graph, runs):
    """Does all runs under one capture and gives for each what was typed, what was answered and what crossed which
    link."""
    done = []
    with LabCapture(splash.binary, splash.lab, graph) as capture:
        for run in runs:
            begin = time.time_ns()
            answers = _ask(splash, run)
            done.append((run, answers, begin, time.time_ns()))
    report = []
    for run, answers, begin, end in done:
        crossings = capture.crossings_between(begin, end)
        if not crossings:
            raise DemoError(f"{run.step} by {run.via}: no packet was seen")
        report.append({"step": run.step, "via": run.via, "hops": run.hops,
                       "commands": [list(command) for command in run.commands], "answers": answers,
                       "traffic": traffic(crossings, START), "crossings": crossings})
    return report


def find(runs, step, via, hops=0):
    return next(run for run in runs if (run["step"], run["via"], run["hops"]) == (step, via, hops))
