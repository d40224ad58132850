#!/usr/bin/python3
"""The tour of `make demo`: twenty real daemons, what SNMP and SNAP ask of them, and what each cost.

Prints as it goes and writes build/demo/report.json. Takes everything down, also when it fails; if this program
is killed, the lab's guardian does.
"""

import argparse
import collections
import ctypes
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time

SNMP_PORT = 161
SNAP_PROTOCOL = 253
CLONE_NEWNET = 0x40000000
ETH_P_IP = 0x0800
PACKET_OUTGOING = 4
COMMAND_SECONDS = 60
SNMP_OPTIONS = ["-v2c", "-c", "public"]
SNMP_WRITE_OPTIONS = ["-v2c", "-c", "private"]
FIVE_OBJECTS = ["sysName.0", "sysUpTime.0", "ifNumber.0", "ipForwarding.0", "snmpInPkts.0"]


class DemoError(Exception):
    """A step did not do what it shows."""


class Splash:
    """The command line of the build, always with a deadline."""

    def __init__(self, binary, lab):
        self.binary = binary
        self.lab = lab

    def run(self, *words, check=True):
        command = [self.binary, *words]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired as error:
            raise DemoError(f"no end after {COMMAND_SECONDS} s: {' '.join(command)}") from error
        if check and done.returncode != 0:
            raise DemoError(f"exit {done.returncode}: {' '.join(command)}\n{done.stderr}")
        return done

    def ask(self, *words):
        """Runs a command that starts at node n1 and gives its JSON."""
        return json.loads(self.run("--lab", self.lab, "--from", "n1", *words, "-o", "json").stdout)

    def inside(self, node, *words):
        """Runs a program inside a node's namespace and gives what it prints."""
        return self.run("lab", "exec", self.lab, node, "--", *words).stdout.strip()


class Capture:
    """Counts the SNMP and SNAP datagrams that leave and reach a network namespace, by IP length."""

    def __init__(self, netns):
        self.socket = self._open_inside(netns)
        self.wake_read, self.wake_write = os.pipe()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.counts = collections.Counter()

    @staticmethod
    def _open_inside(netns):
        """A packet socket stays in the namespace it was made in; the thread comes back."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/self/ns/net", "rb") as own, open(f"/run/netns/{netns}", "rb") as other:
            if libc.setns(other.fileno(), CLONE_NEWNET) != 0:
                raise DemoError(f"cannot enter {netns}: {os.strerror(ctypes.get_errno())}")
            try:
                # ETH_P_ALL is needed to see what goes out, too.
                opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
            finally:
                libc.setns(own.fileno(), CLONE_NEWNET)
        opened.setblocking(False)
        return opened

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        os.write(self.wake_write, b"x")
        self.thread.join(timeout=10)
        self.socket.close()
        os.close(self.wake_read)
        os.close(self.wake_write)

    def _read(self):
        ends = False
        while not ends:
            ready, _, _ = select.select([self.socket, self.wake_read], [], [], 10)
            ends = self.wake_read in ready  # what waits is still read
            while True:
                try:
                    packet, address = self.socket.recvfrom(65535)
                except BlockingIOError:
                    break
                self._count(packet, address)

    def _count(self, packet, address):
        interface, protocol, kind = address[0], address[1], address[2]
        if protocol != ETH_P_IP or interface == "lo" or len(packet) < 20:
            return
        header = (packet[0] & 0x0F) * 4
        length, ip_protocol = struct.unpack_from("!H", packet, 2)[0], packet[9]
        is_snmp = ip_protocol == socket.IPPROTO_UDP and SNMP_PORT in struct.unpack_from("!HH", packet, header)
        if ip_protocol != SNAP_PROTOCOL and not is_snmp:
            return
        direction = "out" if kind == PACKET_OUTGOING else "back"
        self.counts[f"bytes_{direction}"] += length
        self.counts[f"messages_{direction}"] += 1

    def result(self):
        """Once the capture has ended."""
        keys = ("messages_out", "bytes_out", "messages_back", "bytes_back")
        return {key: self.counts[key] for key in keys}


def traffic_of(lab, action):
    """What an action that starts at n1 put on n1's links and got from them."""
    with Capture(f"{lab}-n1") as capture:
        value = action()
    return value, capture.result()


def quartiles(times):
    return {key: round(times[key], 1) for key in ("lower_quartile_us", "median_us", "upper_quartile_us")}


def say(text=""):
    print(text, flush=True)


def cost(traffic):
    return (f"{traffic['messages_out']} out {traffic['bytes_out']} B, "
            f"{traffic['messages_back']} back {traffic['bytes_back']} B")


def spread(times):
    return f"{times['median_us']:7.0f} ({times['lower_quartile_us']:.0f}..{times['upper_quartile_us']:.0f})"


def stock_tools(splash, report):
    say("\n1. A stock tool asks a stock agent: snmpget through splashd, seven hops away")
    line = splash.inside("n1", "snmpget", *SNMP_OPTIONS, "10.0.0.20", ".1.3.6.1.2.1.1.5.0")
    say(f"   $ snmpget -v2c -c public 10.0.0.20 sysName.0\n   {line}")
    if '"n20"' not in line:
        raise DemoError(f"snmpget should have answered n20: {line}")
    report["stock_snmpget"] = line


def targets_by_distance(splash, nodes):
    """A node at each distance from n1 by the way a packet takes, nearest first."""
    at = {}
    for node in nodes:
        hops = splash.ask("path", node)["hops"]
        at.setdefault(len(hops) - 1, node)
    return {distance: at[distance] for distance in sorted(at) if distance > 0}


def get_by_distance(splash, report, targets, count):
    say(f"\n2. GET sysName.0 at 1 to {max(targets)} hops: SNMP, SNAP straight there, SNAP executed at every hop")
    say(f"   microseconds, median (quartiles) of {count}, asked in turn; bytes are whole IP packets at n1's links")
    say("   hops   SNMP                   SNAP                   SNAP hop by hop        SNMP B   SNAP B   by hop B")
    rows = []
    for distance, node in targets.items():
        row = {"hops": distance, "node": node}
        direct = splash.ask("bench", "get", node, "sysName.0", "--count", str(count), *SNMP_OPTIONS)
        by_hop = splash.ask("bench", "get", node, "sysName.0", "--count", str(count), "--travel", "hops",
                            *SNMP_OPTIONS)
        row["snmp"] = quartiles(direct["snmp"])
        row["snap"] = quartiles(direct["snap"])
        row["snap_by_hop"] = quartiles(by_hop["snap"])
        _, row["snmp_traffic"] = traffic_of(
            splash.lab, lambda n=node: splash.ask("get", n, "sysName.0", "--via", "snmp", *SNMP_OPTIONS))
        _, row["snap_traffic"] = traffic_of(
            splash.lab, lambda n=node: splash.ask("get", n, "sysName.0", "--via", "snap"))
        _, row["snap_by_hop_traffic"] = traffic_of(
            splash.lab, lambda n=node: splash.ask("get", n, "sysName.0", "--via", "snap", "--travel", "hops"))
        rows.append(row)
        sizes = "   ".join(f"{row[k]['bytes_out']:>3}+{row[k]['bytes_back']:<3}"
                           for k in ("snmp_traffic", "snap_traffic", "snap_by_hop_traffic"))
        say(f"   {distance:>4}   {spread(row['snmp']):<20}   {spread(row['snap']):<20}   "
            f"{spread(row['snap_by_hop']):<20}   {sizes}")
    report["get_by_distance"] = rows


def path_in_one_packet(splash, report, far):
    say("\n3. Every hop's name in one packet: splash path")
    path, traffic = traffic_of(splash.lab, lambda: splash.ask("path", far))
    hops = path["hops"]
    say("   " + " > ".join(hop["name"] for hop in hops))
    if hops[-1]["name"] != far or any(not hop["name"] for hop in hops):
        raise DemoError(f"the path should name every hop up to {far}: {hops}")
    others = [hop["name"] for hop in hops[1:]]

    def poll():
        for node in others:
            splash.ask("get", node, "sysName.0", "--via", "snmp", *SNMP_OPTIONS)

    _, polled = traffic_of(splash.lab, poll)
    say(f"   SNAP: {cost(traffic)}\n   SNMP: {cost(polled)}, and the poller must know the route beforehand")
    report["path"] = {"to": far, "names": [hop["name"] for hop in hops], "snap": traffic, "snmp": polled}


def set_then_get(splash, report, node):
    say(f"\n4. SET, then GET what was set, at {node}")
    contact = "duty desk"
    values, snap = traffic_of(splash.lab, lambda: splash.ask(
        "run", "programs/setget.snap", "--to", node, "--arg", "oid=sysContact.0", "--arg", f'value="{contact}"'))
    answered = [v["value"] for v in values["deliveries"][0]["values"]]
    if answered != [1, contact]:
        raise DemoError(f"SET then GET should have brought home 1 and the contact: {answered}")

    def by_snmp():
        splash.ask("set", node, "sysContact.0", "s", contact, "--via", "snmp", *SNMP_WRITE_OPTIONS)
        splash.ask("get", node, "sysContact.0", "--via", "snmp", *SNMP_OPTIONS)

    _, snmp = traffic_of(splash.lab, by_snmp)
    say(f"   SNAP: {cost(snap)}\n   SNMP: {cost(snmp)}")
    report["set_then_get"] = {"node": node, "snap": snap, "snmp": snmp}


def five_gets(splash, report, node, count):
    say(f"\n5. Five objects of {node}: one SNAP packet that leaves its code behind, one SNMP request")
    _, snap = traffic_of(splash.lab, lambda: splash.ask("get", node, *FIVE_OBJECTS, "--via", "snap"))
    _, snmp = traffic_of(splash.lab, lambda: splash.ask("get", node, *FIVE_OBJECTS, "--via", "snmp", *SNMP_OPTIONS))
    timed = splash.ask("bench", "get", node, *FIVE_OBJECTS, "--count", str(count), *SNMP_OPTIONS)
    ratio = (snap["bytes_out"] + snap["bytes_back"]) / (snmp["bytes_out"] + snmp["bytes_back"])
    say(f"   SNAP: {cost(snap)}; {spread(quartiles(timed['snap'])).strip()} us")
    say(f"   SNMP: {cost(snmp)}; {spread(quartiles(timed['snmp'])).strip()} us")
    say(f"   SNAP needs {ratio:.2f} of SNMP's bytes")
    report["five_gets"] = {"node": node, "objects": FIVE_OBJECTS, "snap": snap, "snmp": snmp,
                           "snap_times": quartiles(timed["snap"]), "snmp_times": quartiles(timed["snmp"]),
                           "bytes_ratio": round(ratio, 3)}


def thesis_figure(splash, report):
    say("\n6. Figure 7.1 of the Splash thesis (2003), assembled from its own text, asked of a node five hops away")
    node = report["by_distance"]["5"]
    values = splash.ask("run", "programs/figure71.snap", "--to", node)["deliveries"][0]["values"]
    say(f"   $ splash run programs/figure71.snap --to {node}\n   \"{values[0]['value']}\"")
    if values[0]["value"] != node:
        raise DemoError(f"figure 7.1 should have brought home {node}: {values}")
    report["figure71"] = {"node": node, "answer": values[0]["value"]}


def tour(splash, report, count):
    stock_tools(splash, report)
    nodes = [f"n{i}" for i in range(2, 21)]
    targets = targets_by_distance(splash, nodes)
    report["by_distance"] = {str(distance): node for distance, node in targets.items()}
    get_by_distance(splash, report, targets, count)
    path_in_one_packet(splash, report, "n20")
    set_then_get(splash, report, "n20")
    five_gets(splash, report, "n20", count)
    thesis_figure(splash, report)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build/bin", help="folder of splash and splashd")
    parser.add_argument("--out", default="build/demo/report.json")
    parser.add_argument("--count", type=int, default=101, help="requests behind each median")
    arguments = parser.parse_args()

    lab = f"demo-{os.getpid()}"[-16:].strip("-")
    splash = Splash(os.path.join(arguments.bin, "splash"), lab)
    report = {"topology": "honeycomb20", "count": arguments.count}
    say("Splash: a tour through a network of twenty daemons on this machine")
    begin = time.monotonic()
    try:
        splash.run("lab", "up", "honeycomb20", "--name", lab, "--owner", str(os.getpid()))
        report["lab_up_seconds"] = round(time.monotonic() - begin, 2)
        say(f"\n   honeycomb of 20 nodes, 24 links, a splashd in each: up in {report['lab_up_seconds']} s")
        tour(splash, report, arguments.count)
    except DemoError as error:
        print(f"\ndemo FAILED: {error}", file=sys.stderr)
        return 1
    finally:
        splash.run("lab", "down", lab, check=False)
    os.makedirs(os.path.dirname(arguments.out), exist_ok=True)
    with open(arguments.out, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2)
        file.write("\n")
    say(f"\nEverything is taken down. The figures are in {arguments.out}.")
    say("demo PASSED")
    return 0


if __name__ == "__main__":
    sys.exit(main())
