"""Every packet on every link of a lab, as `splash lab capture` saw it.

A *crossing* is a packet on one link. A *way* is the crossings of one exchange, each beginning at the node where the one
before ended.
"""

import os
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
from collections import Counter

COMMAND_SECONDS = 60
ETHERNET = struct.Struct("!6s6sH")
ETH_P_IP = 0x0800
FRAGMENT_OFFSET = 0x1FFF
ICMP_ERRORS, ICMP_HEADER = (3, 11), 8  # unreachable, time exceeded
SNMP_PORT, UDP_HEADER = 161, 8
SNAP_PROTOCOL = 253
SNAP_HEADER = struct.Struct("!BBHHHHHHH4s")  # docs/snap.md, section 2
INTERFACE_DESCRIPTION, ENHANCED_PACKET = 1, 6  # blocks of pcapng
INTERFACE_NAME = 2  # its option


class CaptureError(Exception):
    """Packets were missed, so what was counted means nothing."""


class LabCapture:
    """Captures at all links of a lab while the block runs; `crossings_between` tells of it afterwards. `binary` is the
    command line's, `graph` the JSON of its `lab graph`."""

    def __init__(self, binary, lab, graph):
        self.command = [str(binary), "lab", "capture", lab, "-w"]
        self.graph = graph
        self.packets = []

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.folder.name, "lab.pcapng")
        self.process = subprocess.Popen([*self.command, self.file], stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        ready, _, _ = select.select([self.process.stderr], [], [], COMMAND_SECONDS)
        said = self.process.stderr.readline() if ready else "it says nothing"
        if not said.startswith("capturing"):
            self.process.kill()
            said += self.process.communicate()[1]
            self.folder.cleanup()
            raise CaptureError(f"lab capture does not begin: {said}")
        return self

    def __exit__(self, kind, *_):
        with self.folder:
            self.process.send_signal(signal.SIGINT)
            try:
                said = self.process.communicate(timeout=COMMAND_SECONDS)[1]
            except subprocess.TimeoutExpired:
                self.process.kill()
                said = self.process.communicate()[1]
            if kind is not None:
                return
            if self.process.returncode != 0 or not re.search(r"\b0 dropped", said):
                raise CaptureError(f"lab capture missed packets: {said}")
            with open(self.file, "rb") as file:
                self.packets = list(read_pcapng(file.read()))

    def crossings_between(self, begin, end):
        """What crossed a link between two times (nanoseconds since the epoch), in order."""
        return crossings(self.graph, [packet for packet in self.packets if begin <= packet[0] <= end])


def read_pcapng(octets):
    """(nanoseconds, interface's name, frame) of every packet of a file with times in nanoseconds of this machine's
    byte order, as `splash lab capture` writes it."""
    names = []
    at = 0
    while at < len(octets):
        kind, length = struct.unpack_from("=II", octets, at)
        if kind == INTERFACE_DESCRIPTION:
            names.append(_interface_name(octets[at + 16:at + length - 4]))
        elif kind == ENHANCED_PACKET:
            interface, high, low, captured = struct.unpack_from("=IIII", octets, at + 8)
            yield high << 32 | low, names[interface], octets[at + 28:at + 28 + captured]
        at += length


def _interface_name(options):
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from("=HH", options, at)
        if code == INTERFACE_NAME:
            return options[at + 4:at + 4 + length].decode()
        at += 4 + (length + 3) // 4 * 4
    raise CaptureError("an interface in the capture has no name")


def crossings(graph, packets):
    """The SNMP and SNAP packets among these as dictionaries: `us` since the first, `from`, `to`, `octets` of the IP
    packet and its `parts`, `kind`, for SNAP the `bound`; the number of its `way`; whether it `acts` at `to`."""
    seen, addresses = _read(graph, packets)
    seen = [one for one in seen if one["kind"] != "icmp"]
    _find_ways(seen, addresses)
    first = seen[0]["time"] if seen else 0
    keys = ("from", "to", "octets", "kind", "parts", "bound", "way", "acts")
    return [{"us": round((one["time"] - first) / 1000), **{key: one[key] for key in keys if key in one}}
            for one in seen]


def tally(graph, packets, station):
    """What these packets came to, errors by ICMP included: `messages` that reached the node they were for, `lost` ones
    that were seen and did not, `crossings`, `bytes` of whole IP packets over all links and, of these,
    `station_bytes` over the station's own."""
    seen, addresses = _read(graph, packets)
    on_their_way = Counter()  # by whose, where to, and the node they were last seen at
    messages = 0
    for one in seen:
        packet = (one["kind"], one["key"], one["destination"])
        if on_their_way[*packet, one["from"]]:
            on_their_way[*packet, one["from"]] -= 1
        if one["destination"] in addresses[one["to"]]:
            messages += 1
        else:
            on_their_way[*packet, one["to"]] += 1
    return {"messages": messages, "lost": sum(on_their_way.values()),
            "crossings": len(seen), "bytes": sum(one["octets"] for one in seen),
            "station_bytes": sum(one["octets"] for one in seen if station in (one["from"], one["to"]))}


def _read(graph, packets):
    """Those of the packets that are ours, by name of nodes, and every node's addresses."""
    sender, addresses = {}, {}
    for node in graph["nodes"]:
        addresses[node["name"]] = {node["address"]}
    for link in graph["links"]:
        for end, other in (link["ends"], reversed(link["ends"])):
            sender[f"{end['node']}:{end['interface']}"] = other["node"]
            addresses[end["node"]].add(end["address"])
    seen = []
    for time, interface, frame in packets:
        crossing = _read_frame(frame)
        if crossing:
            crossing.update(time=time, to=interface.partition(":")[0], **{"from": sender[interface]})
            seen.append(crossing)
    return seen, addresses


def _read_frame(frame):
    if len(frame) < ETHERNET.size + 20 or ETHERNET.unpack_from(frame)[2] != ETH_P_IP:
        return None
    packet = frame[ETHERNET.size:]
    header = (packet[0] & 0x0F) * 4
    octets, protocol = struct.unpack_from("!H", packet, 2)[0], packet[9]
    crossing = {"octets": octets, "destination": socket.inet_ntoa(packet[16:20])}
    if struct.unpack_from("!H", packet, 6)[0] & FRAGMENT_OFFSET:
        raise CaptureError(f"a fragment to {crossing['destination']}: nothing tells whose it is")
    if protocol == socket.IPPROTO_ICMP and packet[header] in ICMP_ERRORS:
        return {**crossing, "kind": "icmp", "key": packet[header + ICMP_HEADER:]}
    if protocol == socket.IPPROTO_UDP:
        ports = struct.unpack_from("!HH", packet, header)
        if SNMP_PORT not in ports:
            return None
        carrier = header + UDP_HEADER
        return {**crossing, "kind": "snmp", "key": max(ports), "is_request": ports[1] == SNMP_PORT,
                "parts": {"carrier": carrier, "message": octets - carrier}}
    if protocol != SNAP_PROTOCOL:
        return None
    _, _, port, request_id, bound, _, code, heap, stack, _ = SNAP_HEADER.unpack_from(packet, header)
    return {**crossing, "kind": "snap", "key": (port, request_id), "bound": bound,
            "parts": {"carrier": header, "header": octets - header - code - heap - stack, "code": code, "heap": heap,
                      "stack": stack}}


def _find_ways(seen, addresses):
    """Joins crossings to ways. A program has executed at a node if the packet leaves it with a smaller bound, or ends
    there with code; an agent acts where a request ends."""
    ends = []
    for one in seen:
        for way, last in enumerate(ends):
            if (last["kind"], last["key"], last["to"]) == (one["kind"], one["key"], one["from"]):
                last["acts"] = last["acts"] or one.get("bound", 0) < last.get("bound", 0)
                ends[way] = one
                one["way"] = way
                break
        else:
            one["way"] = len(ends)
            ends.append(one)
        arrives = one["destination"] in addresses[one["to"]]
        one["acts"] = arrives and (one["is_request"] if one["kind"] == "snmp" else one["parts"]["code"] > 0)


def traffic(run, node):
    """Messages and octets that left a node and reached it."""
    out = [one["octets"] for one in run if one["from"] == node]
    back = [one["octets"] for one in run if one["to"] == node]
    return {"messages_out": len(out), "bytes_out": sum(out), "messages_back": len(back), "bytes_back": sum(back)}
