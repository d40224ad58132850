#!/usr/bin/python3
"""The tour of `make demo`: twenty real daemons, what SNMP and SNAP ask of them, and what each cost.

Prints as it goes and writes build/demo/report.json and report.html. Takes everything down, also when it fails; if this
program is killed, the lab's guardian does.

First everything is asked once with all links captured: that gives answers, packets and octets. Then, with no capture
running, the times are measured.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import demo_report
from demo_lab import DemoError, Splash
from demo_runs import CONTACT, FIVE_OBJECTS, SNMP_OPTIONS, THESIS_HOPS, ask_all, find, runs_for
from lab_capture import CaptureError

NODES = 20


def quartiles(times):
    return {key: round(times[key], 1) for key in ("lower_quartile_us", "median_us", "upper_quartile_us")}


def say(text=""):
    print(text, flush=True)


def cost(traffic):
    return (f"{traffic['messages_out']} out {traffic['bytes_out']} B, "
            f"{traffic['messages_back']} back {traffic['bytes_back']} B")


def spread(times):
    return f"{times['median_us']:7.0f} ({times['lower_quartile_us']:.0f}..{times['upper_quartile_us']:.0f})"


def traffic_of(report, step, via, hops=0):
    return find(report["runs"], step, via, hops)["traffic"]


def routes_of(splash):
    """The names on the way from n1 to every other node, both included."""
    routes = []
    for number in range(2, NODES + 1):
        names = [hop["name"] for hop in splash.ask("path", f"n{number}")["hops"]]
        if names[-1] != f"n{number}" or not all(names):
            raise DemoError(f"the path should name every hop up to n{number}: {names}")
        routes.append(names)
    return routes


def targets_by_distance(routes):
    """A node at each distance from n1 by the way a packet takes, nearest first."""
    at = {}
    for route in routes:
        at.setdefault(len(route) - 1, route[-1])
    return {distance: at[distance] for distance in sorted(at)}


def stock_tools(report):
    say("\n1. A stock tool asks a stock agent: snmpget through splashd, seven hops away")
    line = find(report["runs"], "stock", "snmp")["answers"][0]
    say(f"   $ snmpget -v2c -c public 10.0.0.20 sysName.0\n   {line}")
    report["stock_snmpget"] = line


def get_by_distance(splash, report, targets, count):
    say(f"\n2. GET sysName.0 at 1 to {max(targets)} hops: SNMP, SNAP straight there, SNAP executed at every hop")
    say(f"   microseconds, median (quartiles) of {count}, asked in turn; bytes are whole IP packets at n1's links")
    say("   hops   SNMP                   SNAP                   SNAP hop by hop        SNMP B   SNAP B   by hop B")
    rows = report["get_by_distance"] = []
    for distance, node in targets.items():
        row = {"hops": distance, "node": node}
        direct = splash.ask("bench", "get", node, "sysName.0", "--count", str(count), *SNMP_OPTIONS)
        by_hop = splash.ask("bench", "get", node, "sysName.0", "--count", str(count), "--travel", "hops",
                            *SNMP_OPTIONS)
        row["snmp"] = quartiles(direct["snmp"])
        row["snap"] = quartiles(direct["snap"])
        row["snap_by_hop"] = quartiles(by_hop["snap"])
        row["snmp_traffic"] = traffic_of(report, "get", "snmp", distance)
        row["snap_traffic"] = traffic_of(report, "get", "snap", distance)
        row["snap_by_hop_traffic"] = traffic_of(report, "get", "by_hop", distance)
        rows.append(row)
        sizes = "   ".join(f"{row[k]['bytes_out']:>3}+{row[k]['bytes_back']:<3}"
                           for k in ("snmp_traffic", "snap_traffic", "snap_by_hop_traffic"))
        say(f"   {distance:>4}   {spread(row['snmp']):<20}   {spread(row['snap']):<20}   "
            f"{spread(row['snap_by_hop']):<20}   {sizes}")


def path_in_one_packet(report, route):
    say("\n3. Every hop's name in one packet: splash path")
    snap, snmp = traffic_of(report, "path", "snap"), traffic_of(report, "path", "snmp")
    say("   " + " > ".join(route))
    say(f"   SNAP: {cost(snap)}\n   SNMP: {cost(snmp)}, and the poller must know the route beforehand")
    report["path"] = {"to": route[-1], "names": route, "snap": snap, "snmp": snmp}


def set_then_get(report, node):
    say(f"\n4. SET, then GET what was set, at {node}")
    snap, snmp = traffic_of(report, "set", "snap"), traffic_of(report, "set", "snmp")
    say(f"   SNAP: {cost(snap)}\n   SNMP: {cost(snmp)}")
    report["set_then_get"] = {"node": node, "contact": CONTACT, "snap": snap, "snmp": snmp}


def five_gets(splash, report, node, count):
    say(f"\n5. Five objects of {node}: one SNAP packet that leaves its code behind, one SNMP request")
    snap, snmp = traffic_of(report, "five", "snap"), traffic_of(report, "five", "snmp")
    timed = splash.ask("bench", "get", node, *FIVE_OBJECTS, "--count", str(count), *SNMP_OPTIONS)
    ratio = (snap["bytes_out"] + snap["bytes_back"]) / (snmp["bytes_out"] + snmp["bytes_back"])
    say(f"   SNAP: {cost(snap)}; {spread(quartiles(timed['snap'])).strip()} us")
    say(f"   SNMP: {cost(snmp)}; {spread(quartiles(timed['snmp'])).strip()} us")
    say(f"   SNAP needs {ratio:.2f} of SNMP's bytes")
    report["five_gets"] = {"node": node, "objects": FIVE_OBJECTS, "snap": snap, "snmp": snmp,
                           "snap_times": quartiles(timed["snap"]), "snmp_times": quartiles(timed["snmp"]),
                           "bytes_ratio": round(ratio, 3)}


def thesis_figure(report):
    say("\n6. Figure 7.1 of the Splash thesis (2003), assembled from its own text, asked of a node five hops away")
    node = report["by_distance"][str(THESIS_HOPS)]
    answer = find(report["runs"], "figure71", "snap")["answers"][0]
    say(f"   $ splash run programs/figure71.snap --to {node}\n   {answer}")
    report["figure71"] = {"node": node, "answer": answer.strip('"')}


def tour(splash, report, count):
    report["graph"] = splash.graph()
    routes = routes_of(splash)
    route = max(routes, key=len)
    targets = targets_by_distance(routes)
    report["by_distance"] = {str(distance): node for distance, node in targets.items()}
    report["runs"] = ask_all(splash, report["graph"], runs_for(targets, route))
    stock_tools(report)
    get_by_distance(splash, report, targets, count)
    path_in_one_packet(report, route)
    set_then_get(report, route[-1])
    five_gets(splash, report, route[-1], count)
    thesis_figure(report)


def write_files(report, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (folder / "report.html").write_text(demo_report.page(report), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build/bin", help="folder of splash and splashd")
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder of report.json and report.html")
    parser.add_argument("--count", type=int, default=101, help="requests behind each median")
    arguments = parser.parse_args()

    lab = f"demo-{os.getpid()}"[-16:].strip("-")
    splash = Splash(os.path.join(arguments.bin, "splash"), lab)
    report = {"topology": f"honeycomb{NODES}", "count": arguments.count}
    say("Splash: a tour through a network of twenty daemons on this machine")
    begin = time.monotonic()
    try:
        splash.run("lab", "up", report["topology"], "--name", lab, "--owner", str(os.getpid()))
        report["lab_up_seconds"] = round(time.monotonic() - begin, 2)
        say(f"\n   honeycomb of 20 nodes, 24 links, a splashd in each: up in {report['lab_up_seconds']} s")
        tour(splash, report, arguments.count)
    except (DemoError, CaptureError) as error:
        print(f"\ndemo FAILED: {error}", file=sys.stderr)
        return 1
    finally:
        splash.run("lab", "down", lab, check=False)
    write_files(report, arguments.out)
    say(f"\nEverything is taken down. Every packet's way, to look at: {arguments.out}/report.html; "
        f"the figures: {arguments.out}/report.json")
    say("demo PASSED")
    return 0


if __name__ == "__main__":
    sys.exit(main())
