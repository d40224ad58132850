#!/usr/bin/python3 -B
"""functionality.py [--quick] [--only TECHNIQUE,...] [--labs LAB,...] [--runs N] [--seconds S] [--json FILE] [--document FILE]
functionality.py --render [--json FILE] [--document FILE]

Brings up labs of real daemons, spoils them, does the tasks of chapter 10 of the Splash thesis by SNMP and by SNAP, and
writes what each cost: the results as JSON, and from them docs/functionality.md with its pictures. --render makes only
the document, from results there are. Needs root. The programs are those of build/bin (make bench-functionality builds
them).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/integration"), str(ROOT / "tests/stress")]
import broken_network  # noqa: E402
import document  # noqa: E402
import one_node  # noqa: E402
import other_clients  # noqa: E402
import roaming  # noqa: E402
import whole_network  # noqa: E402
from faults import FaultError  # noqa: E402
from lab_capture import CaptureError  # noqa: E402
from measured_lab import MeasuredLab  # noqa: E402
from measuring import CAPTURED_RUNS, BenchError, measure  # noqa: E402
from reaction_watch import ReactionError  # noqa: E402

LABS = ("honeycomb20", "grid100")
QUICK_LAB = "honeycomb6"
RUNS, QUICK_RUNS = 101, 3
SECONDS, QUICK_SECONDS = 6, 2
TECHNIQUES = {
    "aggregation": one_node.aggregation, "reacting": one_node.reacting, "trend": one_node.trend,
    "survey": whole_network.survey, "delay": whole_network.slow_main_link,
    "flood": whole_network.flood, "storm": broken_network.storm,
    "roam": roaming.roam, "discover": roaming.discover, "path": roaming.path,
    "broken": broken_network.broken, "lies": broken_network.lies,
}
CLIENTS = "clients"  # --only: how long others wait, in a lab of its own
ALL = [*TECHNIQUES, CLIENTS]
QUICK_CLIENTS = {"rounds": 1, "questions": 50}


def machine():
    """What the times are worth: processors, kernel, and what else they have to do."""
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"processors": os.cpu_count(), "model": model, "kernel": ".".join(platform.release().split(".")[:2])}


def foreign_share(seconds=1.0):
    """What others than us use of the processors, in per cent: asked while there is no lab."""
    def times():
        fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]
    all_before, idle_before = times()
    time.sleep(seconds)
    all_after, idle_after = times()
    return round(100 - 100 * (idle_after - idle_before) / max(1, all_after - all_before), 1)


def measure_lab(topology, techniques, runs, seconds, captured_runs):
    rows = []
    share = foreign_share()
    with MeasuredLab(topology) as lab:
        lab.snap("get", lab.farthest(), "sysName.0")  # neighbours know each other's link addresses from here on
        for technique in techniques:
            for task in TECHNIQUES[technique](lab):
                row = {"group": technique, **measure(lab, task, runs, seconds, captured_runs)}
                rows.append(row)
                print(document.line(topology, row), flush=True)
    return {"topology": topology, "nodes": len(lab.neighbours), "links": len(lab.graph["links"]), "rows": rows,
            "foreign_share": max(share, foreign_share())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one small lab, few runs: does it work?")
    parser.add_argument("--only", default=",".join(ALL),
                        help=f"of {', '.join(ALL)}; the results of the others are kept")
    parser.add_argument("--labs", default=",".join(LABS),
                        help="topologies of `splash lab up`; the results of others are kept")
    parser.add_argument("--runs", type=int, default=RUNS, help="behind each median")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for all runs of a task; then fewer are behind each "
                        "median")
    parser.add_argument("--json", type=Path, default=ROOT / "build/functionality.json", help="the results")
    parser.add_argument("--document", type=Path, help="with its pictures in images/ beside it; docs/functionality.md, or "
                        "with --quick none")
    parser.add_argument("--render", action="store_true", help="only the document, from results there are")
    arguments = parser.parse_args()
    techniques = arguments.only.split(",")
    unknown = [name for name in techniques if name not in ALL]
    if unknown:
        parser.error(f"no technique is called {', '.join(unknown)}; there are {', '.join(ALL)}")

    try:
        return work(arguments, techniques)
    except (BenchError, CaptureError, FaultError, ReactionError, document.DocumentError, AssertionError,
            subprocess.TimeoutExpired) as error:
        print(f"\nfunctionality FAILED: {error}", file=sys.stderr)
        return 1


def work(arguments, techniques):
    if not arguments.render:
        measure_all(arguments, techniques)
        print(f"results: {arguments.json}")
    file = arguments.document or (None if arguments.quick else ROOT / "docs/functionality.md")
    if file:
        document.write(json.loads(arguments.json.read_text(encoding="utf-8")), file)
        print(f"document: {file}")
    return 0


def measure_all(arguments, techniques):
    """Writes the results after each lab. What is not measured now stays as it was."""
    labs, runs, seconds, captured_runs = arguments.labs.split(","), arguments.runs, arguments.seconds, CAPTURED_RUNS
    if arguments.quick:
        labs, runs, seconds, captured_runs = [QUICK_LAB], QUICK_RUNS, QUICK_SECONDS, 1
    before = {}
    if arguments.json.exists() and (set(techniques) != set(ALL) or set(labs) != set(LABS)):
        before = {lab["topology"]: lab for lab in json.loads(arguments.json.read_text(encoding="utf-8"))["labs"]}
    order = list(TECHNIQUES)
    facts = {**machine(), "seconds": seconds}
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    for topology in labs:
        then = before.get(topology, {"rows": []})
        lab = measure_lab(topology, [name for name in techniques if name != CLIENTS], runs, seconds, captured_runs)
        lab["rows"] += [row for row in then["rows"] if row["group"] not in techniques]
        lab["rows"].sort(key=lambda row: order.index(row["group"]))
        if CLIENTS in techniques and topology == labs[0]:
            lab["other_clients"] = other_clients.measure(**(QUICK_CLIENTS if arguments.quick else {}))
            print(f"other clients: {len(lab['other_clients'])} kinds of programs", flush=True)
        elif "other_clients" in then:
            lab["other_clients"] = then["other_clients"]
        before[topology] = lab
        results = {"machine": facts, "labs": list(before.values())}
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
