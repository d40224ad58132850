"""How long a node's other clients wait while a principal sends it programs that do what they should not.

Three nodes in a line: n1 sends the programs, n2 gets them, n3 asks n2 by SNMP and by a program. Quiet times and times
with programs take turns. All is one machine: what is offered has a stated rate, since without one it would be the
sharing of its processors that is measured. A node's clients also wait longer because anything else runs on the machine
at all: so the same programs are sent, in turn with that, in a second such lab, whose nodes n3 does not ask.
"""

import json
import re
import select
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from measuring import BenchError, quartiles
from overload import question, request_id
from support.commands import PROGRAMS
from support.lab import NAME_THERE, PING, Lab
from support.netns import udp_inside
from support.snap import assemble

OFFERER = Path(__file__).with_name("offered_load.py")
SENDER, NODE, CLIENT = "n1", "n2", "n3"
RATE, FLOODS = 200, 20  # a second; a flood is a packet to every node, and a report from each
PATIENCE = 1.0  # seconds until a question counts as not answered
PAUSE = 0.002  # between two questions
ROUNDS, QUESTIONS = 8, 60
START_SECONDS, STOP_SECONDS = 20, 20
CALLS = 10  # in a program that does the same again and again
NAMES, VALUE = 30, 500  # that a program writes, and octets of each: 30 programs are more than one principal may keep
HOME = "getsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n"
RIGHTS = ["read", "write", "send"]


def _calling(call):
    """A program that does it often and brings home what came of it."""
    return ["forw\n" + "pop\n".join([call] * CALLS) + HOME]


def _filling():
    for number in range(30):
        keep = (f'push "{number}.{name}"\npull 1\ncalls "memmap_addstring"\n' for name in range(NAMES))
        yield "forw\n" + "pop\n".join(keep) + "swap\npop\n" + HOME + f'#data "{VALUE * "x"}"\n'


def _flood():
    """The shipped program without its condition: everywhere."""
    text = (PROGRAMS / "flood.snap").read_text()
    return [re.sub(r"(?s);; where\n.*?;; end\n", "", text)]


KINDS = {  # words, programs, a second, the sender's rights at the node
    "none of this: its name": ([NAME_THERE], RATE, RIGHTS),
    "unknown services": (_calling('calls "no_such_service"\n'), RATE, RIGHTS),
    "wrong types": (_calling('push 1\ncalls "snmp_getsingle"\n'), RATE, RIGHTS),
    "filling the dictionary": (list(_filling()), RATE, RIGHTS),
    "floods": (_flood(), FLOODS, RIGHTS),
    "writing without the right": (_calling('push oid:sysContact.0\npush "me"\ncalls "snmp_setsingle"\n'), RATE,
                                  ["read", "send"]),
}


class _Clients:
    """n3 asks n2, one question after the other, SNMP and SNAP in turn."""

    def __init__(self, lab):
        self.snap, self.address = lab.client(CLIENT), lab.address(NODE)
        self.ping = assemble(PING)
        self.udp = udp_inside(lab.netns(CLIENT), PATIENCE)
        self.udp.connect((self.address, 161))
        self.asked = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.snap.socket.close()
        self.udp.close()

    def _by_snmp(self):
        self.asked += 1
        self.udp.send(question(self.asked))
        while request_id(self.asked) not in self.udp.recv(4096):
            pass

    def _by_snap(self):
        self.snap.inject(self.ping, self.address)
        if self.snap.packet().values() != [b"still there"]:
            raise BenchError(f"{NODE} does not answer a program of {CLIENT}")

    def ask(self, times, questions):
        for _ in range(questions):
            for via, once in (("snmp", self._by_snmp), ("snap", self._by_snap)):
                begin = time.monotonic_ns()
                try:
                    once()
                    times[via].append((time.monotonic_ns() - begin) // 1000)
                except TimeoutError:
                    times["unanswered"] += 1
                time.sleep(PAUSE)


class _Offer:
    """The sender's programs, while the block runs."""

    def __init__(self, lab, file, rate):
        self.command = ["/usr/bin/python3", "-B", OFFERER, lab.nodes[SENDER]["socket"], lab.address(NODE), str(rate), file]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        if not ready or self.process.stdout.readline() != "offering\n":
            self.process.kill()
            self.process.communicate()
            raise BenchError("no programs are offered")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            said, _ = self.process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            said, _ = self.process.communicate()
        self.said = json.loads(said)


def _own_rules(lab, rights):
    """The sender is a principal of its own at the node, with just these rights."""
    def change(text):
        text = re.sub(r"(?s)# the sender\n.*# end\n", "", text)
        words = ", ".join(f'"{right}"' for right in rights)
        rule = (f'# the sender\n[[allow]]\nprefix = "{lab.address(SENDER)}/32"\nrights = [{words}]\nsnmp_user = "splashrw"\n'
                "insecure = true\nbound = 255\n# end\n")
        return text.replace("[[allow]]", rule + "[[allow]]", 1)
    lab.configure(NODE, change)


def measure(rounds=ROUNDS, questions=QUESTIONS):
    """A row for each kind of programs, ready for JSON."""
    rows = []
    with Lab("line3") as lab, Lab("line3") as another, _Clients(lab) as clients, tempfile.NamedTemporaryFile("w", suffix=".hex") as file:
        clients.ask({"snmp": [], "snap": [], "unanswered": 0}, questions)  # everybody knows everybody from here on
        for words, (programs, rate, rights) in KINDS.items():
            for where in (lab, another):
                _own_rules(where, rights)
            file.seek(0)
            file.truncate()
            file.write("\n".join(assemble(program).hex() for program in programs))
            file.flush()
            rows.append(_measure_kind(lab, another, clients, file.name, words, rate, rounds, questions))
    return rows


def _measure_kind(lab, another, clients, file, words, rate, rounds, questions):
    times = {name: {"snmp": [], "snap": [], "unanswered": 0} for name in ("quiet", "elsewhere", "meanwhile")}
    offered = {name: {"accepted": 0, "seconds": 0} for name in ("elsewhere", "meanwhile")}
    came = Counter()
    for number in range(rounds):
        clients.ask(times["quiet"], questions)
        turns = (("elsewhere", another), ("meanwhile", lab))
        for name, where in turns if number % 2 == 0 else reversed(turns):
            with _Offer(where, file, rate) as offer:
                clients.ask(times[name], questions)
            for what in offered[name]:
                offered[name][what] += offer.said[what]
            if name == "meanwhile":
                came.update(offer.said["came"])
    here, elsewhere = (round(offered[name]["accepted"] / offered[name]["seconds"]) for name in ("meanwhile", "elsewhere"))
    row = {"kind": words, "rate": here, "rate_elsewhere": elsewhere, "accepted": offered["meanwhile"]["accepted"], "came": came}
    for name, seen in times.items():
        row[name] = {"unanswered": seen["unanswered"], **{via: quartiles(seen[via]) for via in ("snmp", "snap")}}
    return row
