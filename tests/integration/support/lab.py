"""A lab of real daemons for a test class, taken down whatever happens: the tests' process owns it."""

import itertools
import json
import os
import signal
import tempfile
import threading
import unittest
from pathlib import Path

from support.commands import DEADLINE, ENVIRONMENT, SPLASH, is_alive, run, wait_until
from support.netns import is_root
from support.snap import assemble
from support.unix_client import UnixClient

READ = ("-v2c", "-c", "public")
SYS_NAME = ".1.3.6.1.2.1.1.5.0"
_numbers = itertools.count(1)


def new_name():
    """No other lab on this machine has it."""
    return f"t{os.getpid()}-{next(_numbers)}"


def remains_of(name):
    """What of a lab is still there: files, namespaces, processes."""
    left = [str(path) for path in Path("/run/splash/lab").glob(f"{name}*") if path.name.split(".")[0] == name]
    left += [str(path) for path in Path("/run/netns").glob(f"{name}-*")]
    left += [f"process {pid}" for pid in processes_of(name)]
    return left


def processes_of(name):
    """Daemons that were started with this lab's files, and whoever makes or guards the lab."""
    place, maker = f"/run/splash/lab/{name}/".encode(), f"\0--name\0{name}\0".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"splash" in line.split(b"\0")[0] and (place in line or maker in line):
                found.append(int(entry.name))
    return found


class Lab:
    """`topology`: a generator's name, or the text of a topology file."""

    def __init__(self, topology, name=None):
        self.name = name or new_name()
        self.topology = topology
        self.nodes = {}

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        with tempfile.NamedTemporaryFile("w", suffix=".clab.yml") as file:
            is_text = "\n" in self.topology
            if is_text:
                file.write(self.topology)
                file.flush()
            made = run(SPLASH, "lab", "up", file.name if is_text else self.topology, "--name", self.name,
                       "--owner", os.getpid(), "-o", "json")
        self.nodes = {node["name"]: node for node in json.loads(made.stdout)["nodes"]}

    def refresh(self):
        """Takes up the pids of daemons that were started again."""
        labs = json.loads(run(SPLASH, "lab", "list", "-o", "json").stdout)["labs"]
        (own,) = [lab for lab in labs if lab["name"] == self.name]
        self.nodes = {node["name"]: node for node in own["nodes"]}

    def down(self, check=False):
        return run(SPLASH, "lab", "down", self.name, check=check)

    # ---- a node's facts

    def address(self, node, version=4):
        return self.nodes[node]["loopback" if version == 4 else "loopback_ipv6"]

    def addresses(self, node, version=4):
        """All of a node's addresses of an IP version."""
        lines = self.inside(node, "ip", f"-{version}", "-o", "addr").stdout.splitlines()
        return [line.split()[3].partition("/")[0] for line in lines]

    def netns(self, node):
        return self.nodes[node]["netns"]

    def pid(self, node):
        return self.nodes[node]["pid"]

    def directory(self, node):
        return Path(self.nodes[node]["directory"])

    def log(self, node):
        return (self.directory(node) / "splashd.log").read_text()

    def is_alive(self, node):
        return is_alive(self.pid(node))

    # ---- what is done there

    def inside(self, node, *argv, check=True, **options):
        """Runs a program in a node's namespace."""
        return run("ip", "netns", "exec", self.netns(node), *argv, check=check, **options)

    def splash(self, *words, start="n1", check=True):
        return run(SPLASH, "--lab", self.name, "--from", start, *words, check=check)

    def ask(self, *words, start="n1", check=True):
        """The JSON answer of a command that starts at a node; with it, its exit status if not checked."""
        done = self.splash(*words, "-o", "json", start=start, check=check)
        answer = json.loads(done.stdout) if done.stdout.strip() else None
        return answer if check else (done, answer)

    def run_text(self, text, to=None, *more, start="n1", check=True):
        """Runs a program given as assembly text."""
        with tempfile.NamedTemporaryFile("w", suffix=".snap") as file:
            file.write(text)
            file.flush()
            where = ("--to", to) if to else ()
            return self.ask("run", file.name, *where, *more, start=start, check=check)

    def snmpget(self, node, *objects, start="n1", options=READ, check=True):
        """Stock snmpget through splashd, values only."""
        done = self.inside(start, "snmpget", "-t", "5", "-r", "3", "-Oqvn", *options, self.address(node), *objects,
                           check=check, env=ENVIRONMENT)
        return done.stdout.split("\n")[:-1] if check else done

    def client(self, node):
        """A connected client of the node's UNIX socket."""
        return UnixClient(self.nodes[node]["socket"])

    def counters(self, node):
        """What the node counts, by name; a counter that is not there is 0."""
        with self.client(node) as client:
            client.inject(assemble(COUNTERS), self.address(node))
            (text,) = client.packet().values()
        counted = dict(pair.split("=") for pair in text.decode().split())
        return {name: int(value) for name, value in counted.items()}

    def wait_for_counter(self, node, name, at_least):
        wait_until(lambda: self.counters(node).get(name, 0) >= at_least,
                   lambda: f"{name} of {node} is {at_least}: {self.counters(node)}")

    def configure(self, node, change):
        """Rewrites the node's splash.toml by `change`, text to text, and has the daemon read it again."""
        file = self.directory(node) / "splash.toml"
        file.write_text(change(file.read_text()))
        self.reload(node)

    def reload(self, node):
        """SIGHUP, and back when it has been acted on: the daemon logs that it begins, and answers when it is done."""
        before = self.log(node).count(RELOADING)
        os.kill(self.pid(node), signal.SIGHUP)
        wait_until(lambda: self.log(node).count(RELOADING) > before, f"{node} reads its settings again")
        self.counters(node)

    def report_freely(self):
        """Lifts the limits on reports, for tests that ask for many."""
        for node, facts in self.nodes.items():
            if facts["pid"]:
                self.configure(node, lambda text: text.replace("[node]\n", "[node]\nreports_per_second = 1000000\n"))

    def kill(self, node, number=signal.SIGKILL):
        """Ends a daemon and waits until it is gone."""
        pid = self.pid(node)
        os.kill(pid, number)
        wait_until(lambda: not is_alive(pid), f"the daemon of {node} ends")


RELOADING = "Reconfiguring daemon"
COUNTERS = 'push "counters"\ncalls "node_info"\ndemuxall 0\n'


class StockAsking:
    """A stock snmpget that asks a node from n1 again and again while the block runs."""

    def __init__(self, lab, node):
        self.lab, self.node = lab, node
        self.answers, self.failures = 0, []
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join(timeout=DEADLINE)

    def _ask(self):
        while not self.ends.is_set():
            done = self.lab.snmpget(self.node, SYS_NAME, check=False)
            if done.stdout != f'"{self.node}"\n':
                self.failures.append(done.stdout + done.stderr)
            self.answers += 1


class LabTest(unittest.TestCase):
    """One lab for all tests of a class, up before the first one. `topology` is the class's to set."""

    topology = "line3"
    lab: Lab

    @classmethod
    def setUpClass(cls):
        if not is_root():
            raise unittest.SkipTest("needs root: network namespaces")
        cls.lab = Lab(cls.topology)
        cls.addClassCleanup(cls.lab.down)
        cls.lab.up()

    def assert_daemons_live(self):
        """The daemons the lab began with run, and answer a stock tool."""
        for name, node in self.lab.nodes.items():
            if node["pid"]:
                self.assertTrue(self.lab.is_alive(name), f"{name} died:\n{self.lab.log(name)[-2000:]}")
                self.assertEqual(self.lab.snmpget(name, SYS_NAME), [f'"{name}"'])

    def ask_all_the_while(self, node):
        """From now to the end of the test a stock tool asks the node, and must be answered every time."""
        stock = StockAsking(self.lab, node)
        stock.__enter__()

        def check():
            stock.__exit__()
            self.assertEqual(stock.failures, [])
            self.assertGreater(stock.answers, 0)
            self.assert_daemons_live()
        self.addCleanup(check)


PING = """
        forw
        getsrc
        moveto home-pc
home:   forw
        demuxall 0
#data "still there"
"""
NAME_THERE = 'forw\npush oid:sysName.0\ncalls "snmp_getsingle"\ngetsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n'
