#!/usr/bin/python3 -B
"""overload.py [--rate 100000] [--seconds 60] [--kinds stranger,fault,...] [--json FILE] [--svg FILE]

Brings up a lab of three nodes, floods n2 from n1 with forged and faulty SNAP packets while n1 asks n2 by SNMP, one
question after the other, and says how many were answered and how fast, what it cost, and where packets were lost.
Needs root. The programs are those of build/bin (make build, and tools/build.sh release --target splash_flood).
"""

import argparse
import dataclasses
import json
import os
import random
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from support.commands import BIN  # noqa: E402
from support.lab import Lab  # noqa: E402
from support.netns import inside, udp_inside  # noqa: E402
from support.snap import FLAG_REPORT, PROTOCOL, UDP_PORT, WORD, Packet, assemble  # noqa: E402

FLOOD = BIN / "splash_flood"
SEED = 20260401
STRANGER = "198.18.0.1"  # flood changes the last two octets with every packet
EACH = 64  # packets of every kind: flood wants as many as it sends at once
PATIENCE = 1.0  # seconds until a question counts as not answered
DROPS = ("truncated", "version", "flags", "lengths", "entry", "too_large", "bound", "not_admitted", "to_many",
         "stray_report")
TICKS = os.sysconf("SC_CLK_TCK")


def request_id(number):
    """Four octets that BER does not shorten, so that they stand in the answer too."""
    return struct.pack("!I", 0x40000000 | number)


def question(number):
    """GET sysName.0 by SNMPv2c as public."""
    def tlv(tag, content):
        return bytes([tag, len(content)]) + content
    bind = tlv(0x30, tlv(6, bytes([0x2B, 6, 1, 2, 1, 1, 5, 0])) + tlv(5, b""))
    pdu = tlv(0xA0, tlv(2, request_id(number)) + tlv(2, b"\0") + tlv(2, b"\0") + tlv(0x30, bind))
    return tlv(0x30, tlv(2, b"\1") + tlv(4, b"public") + pdu)


# ---- what is sent

def kinds(origin):
    """Name and SNAP payload of every kind of packet; `origin` is one the node admits."""
    dice = random.Random(SEED)
    get = Packet.decode(assemble('forw\npush oid:sysName.0\ncalls "snmp_getsingle"\ngetsrc\nmoveto home-pc\n'
                                 "home: forw\ndemuxall 0\n")).but(bound=9, origin=origin, port=49999)
    broken = Packet.decode(assemble('push 1\npush "one"\nadd\n')).but(bound=9, origin=origin, port=49999)
    burner = Packet.decode(assemble(65 * 'push oid:sysName.0\ncalls "snmp_getsingle"\npop\n')).but(
        bound=9, origin=origin, port=49999)
    report = Packet(flags=FLAG_REPORT, port=49999, origin=STRANGER, stack=WORD.pack(139))
    whole = get.encode()
    return {
        "stranger": lambda: get.but(origin=STRANGER).encode(),
        "bad_header": lambda: get.but(version=dice.choice([0, 1, 3, 255]), origin=STRANGER).encode(),
        "truncated": lambda: whole[:dice.randrange(len(whole))],
        "fault": broken.encode,
        "burner": burner.encode,
        "report": report.encode,
        "random": lambda: dice.randbytes(dice.randrange(0, 200)),
        "udp": lambda: dice.randbytes(dice.randrange(0, 200)),
    }


def ip_packet(source, target, protocol, payload):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0,
                         socket.inet_aton(source), socket.inet_aton(target))
    return header + payload  # the kernel fills in the checksum


def write_packets(file, source, target, names):
    """For flood.cpp: the kinds in turn."""
    make = kinds(source)
    for _ in range(EACH):
        for name in names:
            payload = make[name]()
            if name == "udp":
                payload = struct.pack("!HHHH", 4000, UDP_PORT, 8 + len(payload), 0) + payload
            packet = ip_packet(source, target, 17 if name == "udp" else PROTOCOL, payload)
            file.write(struct.pack("!H", len(packet)) + packet)
    file.flush()


# ---- what is seen meanwhile

def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError(f"process {pid} has no memory")


def socket_drops(pid):
    """Packets the kernel dropped because a socket's buffer was full, by socket."""
    drops = {}
    for table, port, name in (("raw", PROTOCOL, "raw"), ("udp", UDP_PORT, "udp"), ("udp", 161, "snmp")):
        drops[name] = 0
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].split(":")[1], 16) == port:
                drops[name] += int(fields[-1])
    return drops


class Asking(threading.Thread):
    """One SNMP question after the other, each with its time; a lost one is not repeated."""

    def __init__(self, netns, target):
        super().__init__(daemon=True)
        self.socket = udp_inside(netns, PATIENCE)
        self.socket.connect((target, 161))
        self.ends = threading.Event()
        self.times, self.asked = [], 0

    def run(self):
        while not self.ends.wait(0.001):
            self.asked += 1
            begun = time.monotonic()
            self.socket.send(question(self.asked))
            wanted = request_id(self.asked)
            try:
                while wanted not in self.socket.recv(4096):
                    pass
            except TimeoutError:
                continue
            self.times.append(time.monotonic() - begun)

    def finish(self):
        self.ends.set()
        self.join(timeout=2 * PATIENCE + 1)
        self.socket.close()
        quarters = statistics.quantiles(self.times, n=4) if len(self.times) > 1 else [0, 0, 0]
        return {"asked": self.asked, "answered": len(self.times),
                "microseconds": [round(1e6 * quarter) for quarter in quarters],
                "slowest": round(1e6 * max(self.times, default=0))}


@dataclasses.dataclass
class Memory:
    seconds: list[float]
    kib: list[int]


def attack(lab, node="n2", start="n1", rate=100_000, seconds=60.0, names=None):
    """Floods a node of a lab that is up; gives everything seen as a dictionary."""
    names = list(names or kinds("10.0.0.1"))
    pid, source, target = lab.pid(node), lab.address(start), lab.address(node)
    quiet = Asking(lab.netns(start), target)
    quiet.start()
    quiet.join(timeout=min(seconds, 2.0))
    before_flood = quiet.finish()
    with tempfile.NamedTemporaryFile() as file:
        write_packets(file, source, target, names)
        counters, drops, used = lab.counters(node), socket_drops(pid), processor_seconds(pid)
        asking = Asking(lab.netns(start), target)
        memory = Memory([], [])
        with inside(lab.netns(start)):
            flood = subprocess.Popen([FLOOD, str(rate), str(seconds), file.name], stdout=subprocess.PIPE, text=True)
        begun = time.monotonic()
        asking.start()
        while flood.poll() is None:
            memory.seconds.append(round(time.monotonic() - begun, 2))
            memory.kib.append(resident_kib(pid))
            time.sleep(min(1.0, seconds / 10))
        said = flood.communicate()[0]
        if flood.returncode != 0:
            raise SystemExit(f"{FLOOD} ended with status {flood.returncode}")
        sender = json.loads(said)
        snmp = asking.finish()
    used = processor_seconds(pid) - used
    after, looks = settle(lab, node)
    counted = {name: after.get(name, 0) - counters.get(name, 0) for name in after}
    for name in ("received", "executions", "delivered"):
        counted[name] -= looks
    lost = {name: n - drops[name] for name, n in socket_drops(pid).items()}
    return {"kinds": names, "offered_per_second": rate, "sent": sender["sent"], "refused": sender["refused"],
            "seconds": sender["seconds"], "received": counted["received"], "socket_drops": lost,
            "processor_seconds": round(used, 2), "snmp": snmp, "snmp_before": before_flood, "counters": counted,
            "memory": dataclasses.asdict(memory)}


def settle(lab, node, deadline=60):
    """The counters once nothing more waits in the sockets, and how often they were looked at: a look is counted too."""
    end, looks = time.monotonic() + deadline, 1
    last = lab.counters(node)
    while time.monotonic() < end:
        now, looks = lab.counters(node), looks + 1
        if now["received"] == last["received"] + 1:
            return now, looks
        last = now
        time.sleep(0.05)
    raise AssertionError(f"{node} is still busy {deadline} s after the flood")


def unaccounted(counted):
    """Packets received that ended in no counter: 0, or something is wrong."""
    return counted["received"] - counted["executions"] - sum(counted.get(f"drop_{name}", 0) for name in DROPS)


# ---- what is shown

def table(seen):
    share = 100 * seen["snmp"]["answered"] / max(1, seen["snmp"]["asked"])
    low, middle, high = seen["snmp"]["microseconds"]
    quiet = seen["snmp_before"]["microseconds"]
    lost = ", ".join(f"{n} {name}" for name, n in seen["socket_drops"].items())
    rows = [
        ("sent", f"{seen['sent']} in {seen['seconds']:.1f} s, {seen['sent'] / seen['seconds']:.0f} a second "
                 f"({seen['offered_per_second']} wanted)"),
        ("read by the node", f"{seen['received']}, {100 * seen['received'] / max(1, seen['sent']):.1f} %"),
        ("dropped at sockets", lost),
        ("executions, faults", f"{seen['counters']['executions']}, {seen['counters']['faults']}"),
        ("reports sent", f"{seen['counters']['reports_sent']}"),
        ("SNMP answered", f"{seen['snmp']['answered']} of {seen['snmp']['asked']}, {share:.2f} %"),
        ("SNMP quartiles", f"{low} / {middle} / {high} us, slowest {seen['snmp']['slowest']} us"),
        ("without the flood", f"{quiet[0]} / {quiet[1]} / {quiet[2]} us"),
        ("processor", f"{seen['processor_seconds']:.1f} s"),
        ("memory", f"{seen['memory']['kib'][0]} KiB at first, {seen['memory']['kib'][-1]} KiB at last, "
                   f"{max(seen['memory']['kib'])} KiB at most"),
        ("not accounted for", f"{unaccounted(seen['counters'])}"),
    ]
    return "\n".join(f"{name:20}{text}" for name, text in rows)


def svg(memory, sent):
    """Resident memory over time."""
    width, height, left, bottom = 640, 240, 70, 40
    top = max(memory["kib"]) * 1.2
    end = max(memory["seconds"][-1], 1)
    points = " ".join(f"{left + s / end * (width - left - 20):.1f},{height - bottom - k / top * (height - bottom - 30):.1f}"
                      for s, k in zip(memory["seconds"], memory["kib"]))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
            f'<rect width="{width}" height="{height}" fill="#fff"/>'
            f'<text x="{left}" y="18">Resident memory of a node, KiB, while {sent} packets are sent to it</text>'
            f'<line x1="{left}" y1="{height - bottom}" x2="{width - 20}" y2="{height - bottom}" stroke="#666"/>'
            f'<line x1="{left}" y1="30" x2="{left}" y2="{height - bottom}" stroke="#666"/>'
            f'<text x="{left - 6}" y="{height - bottom}" text-anchor="end">0</text>'
            f'<text x="{left - 6}" y="40" text-anchor="end">{top:.0f}</text>'
            f'<text x="{width - 20}" y="{height - 20}" text-anchor="end">{end:.0f} s</text>'
            f'<polyline fill="none" stroke="#06c" stroke-width="2" points="{points}"/></svg>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kinds", type=lambda text: text.split(","))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    unknown = set(options.kinds or []) - set(kinds("10.0.0.1"))
    if unknown:
        parser.error(f"no kind is called {', '.join(sorted(unknown))}; there are {', '.join(kinds('10.0.0.1'))}")
    with Lab("line3") as lab:
        seen = attack(lab, rate=options.rate, seconds=options.seconds, names=options.kinds)
    print(table(seen))
    if options.json:
        options.json.write_text(json.dumps(seen, indent=1) + "\n")
    if options.svg:
        options.svg.write_text(svg(seen["memory"], seen["sent"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
