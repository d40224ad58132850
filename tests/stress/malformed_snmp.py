#!/usr/bin/python3 -B
"""malformed_snmp.py [--seed N] [--random N] [--flood RATE] [--json FILE]   malformed SNMP and AgentX to splashd, and to snmpd.

Makes the same malformed messages for both daemons, in the manner of the PROTOS suite c06: every BER field of good
messages of all versions and PDU types with wrong tags, lengths and contents, truncated at every octet, extremes of every
number, and --random messages with several such faults at once. Behind each message a good question must be answered.
Says how many each daemon answered and in which cases they differ. SPLASH_BIN_DIR names the folder of splashd.
With --flood splashd is also sent so many forged and faulty SNAP packets a second: overload.py's, by splash_flood. All of it
then happens in a network namespace of its own, which takes root.
"""

import argparse
import ctypes
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration/snmp"))
import overload  # noqa: E402
from snmp_daemon import CONFIGURATION, SNMPD, SPLASHD, Daemon  # noqa: E402

SEED = 20260501
PATIENCE = 10.0
GROWN = 3  # octets
LARGE = 400  # octets: an answer with more than the two or three objects most messages name
ENGINE = bytes.fromhex("8000000001020304")
SYS_NAME = bytes.fromhex("2b06010201010500")
SYS_CONTACT = bytes.fromhex("2b06010201010400")
SEQUENCE, INTEGER, OCTETS, NULL, OBJECT = 0x30, 2, 4, 5, 6
GET, NEXT, RESPONSE, SET, TRAP_V1, BULK, INFORM, TRAP, REPORT = range(0xA0, 0xA9)


# ---- BER

@dataclass(frozen=True)
class Tlv:
    """A field: octets, or fields inside."""
    tag: int
    content: object

    def body(self):
        return self.content if isinstance(self.content, bytes) else b"".join(field.encode() for field in self.content)

    def encode(self):
        body = self.body()
        return bytes([self.tag]) + length(len(body)) + body


@dataclass(frozen=True)
class Raw:
    """Octets in the place of a field."""
    octets: bytes

    def encode(self):
        return self.octets


def length(n):
    if n < 128:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def integer(value):
    return Tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def text(octets):
    return Tlv(OCTETS, octets)


def sequence(*fields, tag=SEQUENCE):
    return Tlv(tag, tuple(fields))


def places(tree, at=()):
    """The way to every field of a message, itself included."""
    yield at
    if isinstance(tree, Tlv) and not isinstance(tree.content, bytes):
        for i, field in enumerate(tree.content):
            yield from places(field, (*at, i))


def field_at(tree, at):
    for i in at:
        tree = tree.content[i]
    return tree


def replaced(tree, at, field):
    """The message with another field in that place; lengths around it follow."""
    if not at:
        return field
    inside = list(tree.content)
    inside[at[0]] = replaced(inside[at[0]], at[1:], field)
    return Tlv(tree.tag, tuple(inside))


# ---- good messages

def binding(name=SYS_NAME, value=Tlv(NULL, b"")):
    return sequence(Tlv(OBJECT, name), value)


def pdu(tag, *bindings, request=0x11223344, first=0, second=0):
    return sequence(integer(request), integer(first), integer(second), sequence(*bindings), tag=tag)


def community_message(version, data, community=b"private"):
    return sequence(integer(version), text(community), data)


def v3_message(data, flags=4, user=b"", engine=ENGINE, model=3, authentication=b"", privacy=b""):
    parameters = sequence(text(engine), integer(1), integer(1), text(user), text(authentication), text(privacy))
    return sequence(integer(3), sequence(integer(77), integer(65507), text(bytes([flags])), integer(model)),
                    text(parameters.encode()), data)


def scoped(data):
    return sequence(text(ENGINE), text(b""), data)


def good_messages():
    two = (binding(), binding(SYS_CONTACT))
    to_set = binding(SYS_CONTACT, text(b"somebody"))
    trap = sequence(Tlv(OBJECT, SYS_NAME), Tlv(0x40, bytes(4)), integer(6), integer(1), Tlv(0x43, b"\1"),
                    sequence(binding()), tag=TRAP_V1)
    messages = {"v1 trap": community_message(0, trap)}
    for version, name in ((0, "v1"), (1, "v2c")):
        messages |= {f"{name} get": community_message(version, pdu(GET, *two)),
                     f"{name} next": community_message(version, pdu(NEXT, *two)),
                     f"{name} set": community_message(version, pdu(SET, to_set))}
    messages |= {"v2c bulk": community_message(1, pdu(BULK, *two, first=1, second=3)),
                 "v2c inform": community_message(1, pdu(INFORM, *two)),
                 "v2c trap": community_message(1, pdu(TRAP, *two)),
                 "v2c response": community_message(1, pdu(RESPONSE, *two)),
                 "v2c report": community_message(1, pdu(REPORT, *two)),
                 "v3 discovery": v3_message(scoped(pdu(GET)), engine=b""),
                 "v3 get": v3_message(scoped(pdu(GET, *two)), user=b"ann"),
                 "v3 authenticated": v3_message(scoped(pdu(GET, *two)), 5, b"ann", authentication=bytes(12)),
                 "v3 encrypted": v3_message(text(bytes(range(64))), 7, b"ann", authentication=bytes(12),
                                            privacy=bytes(8))}
    return messages


# ---- what is wrong with them

TAGS = (0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x1F, 0x30, 0x40, 0x41, 0x44, 0x46, 0x80, 0x82, 0xA0, 0xA5, 0xA8, 0xAF, 0xFF)
NUMBERS = (0, 1, -1, 127, 128, 255, 256, 483, 484, 65535, 65536, 2**31 - 1, 2**31, -2**31, 2**32 - 1, 2**63 - 1, -2**63,
           2**64)
FLAGS = tuple(range(8)) + (0x80, 0xFF)
OIDS = (b"", b"\0", b"\x80", b"\x2b", b"\x2b\x06\x80", b"\x2b\x06\x80\x01", b"\xff" * 5, b"\x2b" + b"\x8f\xff\xff\xff\x7f",
        b"\x2b" + b"\x90\x80\x80\x80\x00", b"\x2b" + b"\xff" * 10 + b"\x7f", b"\x2b" + b"\1" * 126, b"\x2b" + b"\1" * 127,
        b"\x2b" + b"\1" * 128, b"\x2b" + b"\1" * 1000, b"\x2b" + b"\xff" * 2000)
TEXTS = (b"", b"\0", b"%n%s%x" * 10, b"\xff" * 32, b"x" * 33, b"x" * 255, b"x" * 256, b"x" * 4000)


def lengths_of(n):
    """Length octets that are wrong for a content of n octets, or right but unusual."""
    yield from (length(max(0, n - 1)), length(n + 1), b"\0", b"\x7f", b"\x80", b"\x81" + bytes([min(n, 255)]),
                b"\x82" + struct.pack("!H", n), b"\x82\xff\xff", b"\x83\xff\xff\xff", b"\x84" + struct.pack("!I", n),
                b"\x84\x7f\xff\xff\xff", b"\x84\x80\0\0\0", b"\x84\xff\xff\xff\xff", b"\x85\0\0\0\0" + bytes([min(n, 255)]),
                b"\x88" + b"\xff" * 8, b"\xff", b"\xff" + b"\xff" * 127)


def faults_of(field):
    """Octets in the place of a field."""
    whole, body = field.encode(), field.body()
    yield b""
    yield whole + whole
    yield whole[:1]
    yield from (bytes([tag]) + whole[1:] for tag in TAGS)
    yield from (bytes([field.tag]) + wrong + body for wrong in lengths_of(len(body)))
    yield from (bytes([field.tag]) + length(len(body) + 1) + extra + body for extra in (b"\0", b"\xff"))
    yield bytes([field.tag, 0x80]) + body + b"\0\0"  # indefinite, as BER has it and SNMP not
    if field.tag == INTEGER:
        yield from (integer(n).encode() for n in NUMBERS)
        yield from (Tlv(INTEGER, octets).encode() for octets in (b"", b"\0" * 5, b"\xff" * 9, b"\0" * 64, b"\x7f" * 200))
    elif field.tag == OBJECT:
        yield from (Tlv(OBJECT, octets).encode() for octets in OIDS)
    elif field.tag == OCTETS:
        yield from (text(octets).encode() for octets in TEXTS)
        if len(body) == 1:
            yield from (text(bytes([flags])).encode() for flags in FLAGS)
    elif not isinstance(field.content, bytes):
        inside = field.content
        yield from (Tlv(field.tag, inside[:i]).encode() for i in range(len(inside)))
        yield from (Tlv(field.tag, inside * n).encode() for n in (2, 10, 100))
        deep = b""
        for _ in range(300):
            deep = Tlv(field.tag, deep).encode()
        yield deep


def inner_parameters(tree):
    """A v3 message with its USM parameters as fields, where they are octets in the good one."""
    return sequence(*tree.content[:2], Tlv(OCTETS, (
        sequence(text(ENGINE), integer(1), integer(1), text(b"ann"), text(bytes(12)), text(bytes(8))),)), tree.content[3])


def messages():
    """Pairs of a name and octets: every single fault of every good message."""
    for name, tree in good_messages().items():
        whole = tree.encode()
        yield from ((f"{name} cut to {n}", whole[:n]) for n in range(len(whole)))
        tree = inner_parameters(tree) if name.startswith("v3") else tree
        for at in places(tree):
            for number, octets in enumerate(faults_of(field_at(tree, at))):
                yield f"{name} field {at} fault {number}", replaced(tree, at, Raw(octets)).encode()
    for first in NUMBERS[:-1]:
        for second in NUMBERS[:-1]:
            for count in (0, 1, 40):
                yield (f"bulk {first} {second} of {count}",
                       community_message(1, pdu(BULK, *[binding()] * count, first=first, second=second)).encode())
    for version in NUMBERS:
        yield f"version {version}", community_message(version, pdu(GET, binding())).encode()
    for tag in range(256):
        yield f"PDU type {tag}", community_message(1, pdu(tag, binding())).encode()
    for model in NUMBERS:
        for flags in FLAGS:
            yield (f"security model {model} flags {flags}",
                   v3_message(scoped(pdu(GET, binding())), flags, b"ann", model=model).encode())
    for size in (0, 1, 4, 5, 11, 12, 31, 32, 33, 64, 255, 1000):
        yield f"engine of {size}", v3_message(scoped(pdu(GET)), engine=b"\x80" * size).encode()
        yield f"user of {size}", v3_message(scoped(pdu(GET)), user=b"u" * size).encode()
        yield f"digest of {size}", v3_message(scoped(pdu(GET)), 5, b"ann", authentication=bytes(size)).encode()
        yield f"salt of {size}", v3_message(text(bytes(64)), 7, b"ann", authentication=bytes(12),
                                            privacy=bytes(size)).encode()


def random_messages(dice, count):
    """Good messages with up to four faults of any field, and some octets changed behind all of BER."""
    good = list(good_messages().items())
    for number in range(count):
        name, tree = dice.choice(good)
        for _ in range(dice.randrange(1, 4)):
            at = dice.choice([p for p in places(tree)])
            field = field_at(tree, at)
            if at and isinstance(field, Tlv):
                tree = replaced(tree, at, Raw(dice.choice(list(faults_of(field)))))
        octets = bytearray(tree.encode())
        for _ in range(dice.randrange(0, 3)):
            octets[dice.randrange(len(octets))] = dice.randrange(256)
        yield f"{name} at random {number}", bytes(octets[:60000])


# ---- AgentX

def agentx(kind, payload=b"", version=1, flags=0x10, session=0, size=None):
    return struct.pack("!BBBBIIII", version, kind, flags, 0, session, 1, 2, len(payload) if size is None else size) + payload


def agentx_messages(dice, count):
    """Streams to the AgentX socket (RFC 2741): every PDU type with lengths, flags and contents of all kinds."""
    opening = agentx(1, b"\5\0\0\0" + b"\0" * 4 + struct.pack("!I", 4) + b"evil")
    for kind in range(256):
        yield opening + agentx(kind, b"\0" * 8, session=1)
    for size in (0, 1, 3, 4, 8, 255, 65535, 2**31 - 1, 2**31, 2**32 - 4, 2**32 - 1):
        for kind in range(20):
            yield agentx(kind, b"\xff" * 16, size=size)
    for version in (0, 2, 255):
        yield agentx(1, b"", version=version)
    for subids in (1, 4, 127, 128, 129, 255):
        for kind in (1, 3, 4, 5, 6, 7, 12, 14, 16, 17, 18):
            body = bytes([5, 0, 0, 0, subids, 4, 0, 0]) + struct.pack("!I", 1) * subids
            yield opening + agentx(kind, body, session=1)
    for cut in range(len(opening)):
        yield opening[:cut]
    for _ in range(count):
        body = dice.randbytes(dice.randrange(0, 25) * 4)
        yield opening + agentx(dice.randrange(1, 19), body, flags=dice.choice([0, 0x10, 0x18, 0xFF]),
                               session=dice.randrange(3))


# ---- a daemon under fire

@dataclass
class Outcome:
    """What became of a daemon: answers by the name of the message, None where there was none."""
    answers: dict
    log: str = ""
    kib_half: int = 0
    kib_end: int = 0


def resident_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError(f"process {pid} is gone")


class Load(threading.Thread):
    """Asks a daemon for many objects again and again while others attack it."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.ends = threading.Event()
        self.answers = 0

    def run(self):
        question = community_message(1, pdu(BULK, binding(bytes.fromhex("2b06010201")), second=20)).encode()
        while not self.ends.wait(0.002):
            try:
                self.socket.send(question)
                self.answers += len(self.socket.recv(65536)) > 0
            except OSError:
                return

    def finish(self):
        self.ends.set()
        self.join(timeout=2 * PATIENCE)
        self.socket.close()


class Flood:
    """Forged and faulty SNAP packets to the daemon of this namespace, as long as it is entered."""

    METRICS = "127.0.0.1:9253"
    SETTINGS = f"""
[node]
address = "127.0.0.1"
socket = "{{directory}}/splashd.sock"
[[allow]]
prefix = "127.0.0.0/8"
insecure = true
rights = ["read", "send"]
snmp_user = "public"
[metrics]
listen = "{METRICS}"
"""
    ACCESS = "group flooded usm public\naccess flooded \"\" usm noauth exact all none none\nview all included .1\n"
    FOREVER = 86400  # seconds

    def __init__(self, rate):
        self.rate = rate
        self.seen = {}

    def __enter__(self):
        # Its own file descriptor: the packets are read before it goes.
        self.packets = tempfile.NamedTemporaryFile()
        overload.write_packets(self.packets, "127.0.0.1", "127.0.0.1", list(overload.kinds("127.0.0.1")))
        self.process = subprocess.Popen([overload.FLOOD, str(self.rate), str(self.FOREVER), self.packets.name])
        return self

    def __exit__(self, *_):
        self.seen = self.counters()
        ended = self.process.poll()
        self.process.kill()
        self.process.wait()
        self.packets.close()
        if ended is not None:
            raise AssertionError(f"the flood ended by itself with status {ended}")

    def counters(self):
        """What the node counted, by the name of the metric."""
        with urllib.request.urlopen(f"http://{self.METRICS}/metrics", timeout=PATIENCE) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    def __str__(self):
        def total(name):
            return int(sum(value for at, value in self.seen.items() if at.partition("{")[0] == f"splash_{name}_total"))
        return (f"{total('packets_received')} SNAP packets read meanwhile, {total('executions')} executions, "
                f"{total('faults')} faults")


class Target:
    """A daemon of its own, asked a good question behind every message."""

    def __init__(self, program, splash_settings=None, access=""):
        self.daemon = Daemon(program=program)
        if splash_settings:
            settings = self.daemon.directory / "splash.toml"
            settings.write_text(splash_settings.format(directory=self.daemon.directory))
            self.daemon.argv.insert(1, f"--splash-config={settings}")
        self.agentx_path = self.daemon.directory / "agentx"
        self.daemon.conf_path.write_text(CONFIGURATION + "sysName target\nexactEngineID 0x" + ENGINE.hex() +
                                         f"\nmaster agentx\nagentXSocket unix:{self.agentx_path}\nagentXTimeout 1\n{access}")
        self.questions = 0

    def __enter__(self):
        self.daemon.__enter__()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", self.daemon.port))
        self.load = Load(self.daemon.port)
        self.load.start()
        return self

    def __exit__(self, *_):
        self.load.finish()
        self.socket.close()
        self.daemon.__exit__()

    def pid(self):
        return self.daemon.process.pid

    def ask(self, about):
        """A good GET: gives what came before its answer."""
        self.questions += 1
        wanted = struct.pack("!I", 0x40000000 | self.questions)
        self.socket.send(community_message(1, pdu(GET, binding(), request=0x40000000 | self.questions)).encode())
        before = []
        try:
            while True:
                answer = self.socket.recv(65536)
                if wanted in answer and b"target" in answer:
                    return before
                before.append(answer)
        except OSError as error:
            raise AssertionError(f"no answer after {about}: {error}; alive: {self.daemon.process.poll() is None}\n"
                                 f"{self.daemon.log()[-3000:]}") from None

    def fire(self, cases):
        """Sends every message; gives the Outcome."""
        cases = list(cases)
        outcome = Outcome({})
        for number, (name, octets) in enumerate(cases):
            self.socket.send(octets)
            before = self.ask(f"{name}: {octets[:200].hex()}")
            outcome.answers[name] = len(before[0]) if before else None
            if number == len(cases) // 2:
                outcome.kib_half = resident_kib(self.pid())
        outcome.kib_end = resident_kib(self.pid())
        outcome.log = self.daemon.log()
        return outcome

    def fire_agentx(self, streams):
        """Opens a connection for every stream, sends it, hangs up."""
        for stream in streams:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(PATIENCE)
                client.connect(str(self.agentx_path))
                try:
                    client.send(stream)
                    self.ask(f"AgentX {stream[:100].hex()}")
                except BrokenPipeError:
                    pass  # it was hung up on
            self.ask(f"AgentX {stream[:100].hex()} and a hang-up")


def compare(ours, theirs):
    """Messages that one daemon answered, or at another length, and the other not.

    Times and counters take an octet or two more when they have grown; answers of many objects hold many of them: there
    only that they came counts.
    """
    differ = {}
    for name, size in ours.answers.items():
        other = theirs.answers[name]
        came_both = size is not None and other is not None
        are_alike = came_both and (abs(size - other) <= GROWN or min(size, other) > LARGE)
        if size != other and not are_alike:
            differ[name] = (size, other)
    return differ


def enter_new_network():
    """The whole process gets a network of its own, with a loopback interface and nothing else."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x40000000) != 0:  # CLONE_NEWNET
        raise SystemExit(f"malformed_snmp: a network namespace: {os.strerror(ctypes.get_errno())}")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def attack(target, options):
    """Everything there is, to one daemon."""
    dice = random.Random(options.seed)
    outcome = target.fire([*messages(), *random_messages(dice, options.random)])
    target.fire_agentx(agentx_messages(dice, 300))
    outcome.log = target.daemon.log()
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--random", type=int, default=20000)
    parser.add_argument("--flood", type=int)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    flood = Flood(options.flood) if options.flood else None
    if flood:
        enter_new_network()
    outcomes = []
    for program in (SPLASHD, SNMPD):
        if flood and program == SPLASHD:
            with Target(program, Flood.SETTINGS, Flood.ACCESS) as target, flood:
                outcome = attack(target, options)
            print(flood)
        else:
            with Target(program) as target:
                outcome = attack(target, options)
        outcomes.append(outcome)
        answered = sum(size is not None for size in outcome.answers.values())
        print(f"{Path(program).name}: {len(outcome.answers)} messages, {answered} answered, alive; "
              f"{outcome.kib_half} KiB at half, {outcome.kib_end} KiB at the end, {outcome.log.count(chr(10))} log lines")
    differ = compare(*outcomes)
    print(f"{len(differ)} answered differently by splashd and snmpd")
    for name, (ours, theirs) in list(differ.items())[:20]:
        print(f"  {name}: {ours} and {theirs} octets")
    if options.json:
        options.json.write_text(json.dumps({"differ": differ, "messages": len(outcomes[0].answers)}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
