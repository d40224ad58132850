"""A lab that is measured: the commands of its station, the places of its nodes, what of its faults agents know."""

import contextlib
import json
import subprocess
from collections import deque

import faults
from reaction_watch import keep_stamping
from support.commands import BIN, ENVIRONMENT, SPLASH, SPLASHD, run, wait_until
from support.lab import Lab

STATION_PROGRAM = BIN / "snmp_station"
READ, WRITE = ("-v2c", "-c", "public"), ("-v2c", "-c", "private")
IMPATIENT = ("-t", "0.5", "-r", "1")  # where silence is part of the task
AGENTS = "".join(f'\n[[agent]]\nprefix = "{prefix}"\ncommunity = "public"\n' for prefix in ("10.0.0.0/8", "172.16.0.0/12"))
AGENT_SECONDS = 60  # an agent looks at its interfaces again after some seconds, without being told to
CACHE_OF_IF_TABLE, CACHE_EMPTY = "1.3.6.1.4.1.8072.1.5.3.1.3.1.3.6.1.2.1.2.2", 3  # nsCacheStatus


class MeasuredLab(Lab):
    """All questions are asked at the station n1; what is measured are the other nodes."""

    binary = SPLASH
    station = "n1"

    def up(self):
        self.stamping = keep_stamping()
        super().up()
        self.graph = json.loads(run(SPLASH, "lab", "graph", self.name, "-o", "json").stdout)
        self.neighbours = {node["name"]: [] for node in self.graph["nodes"]}
        for link in self.graph["links"]:
            a, b = (end["node"] for end in link["ends"])
            self.neighbours[a].append(b)
            self.neighbours[b].append(a)
        self.others = [node for node in self.neighbours if node != self.station]

    def down(self, check=False):
        self.stamping.close()
        return super().down(check)

    # ---- what the station asks

    def snmp(self, *words):
        """The parallel poller: the JSON it prints."""
        return json.loads(run("nsenter", f"--net=/run/netns/{self.netns(self.station)}", STATION_PROGRAM, *words).stdout)

    def snap(self, *words):
        """A command of `splash`: the JSON it prints. Status 1 is an answer, too: not all nodes gave theirs."""
        done = run(SPLASH, "--lab", self.name, "--from", self.station, *words, "-o", "json", check=False)
        if done.returncode not in (0, 1) or not done.stdout.strip():
            raise AssertionError(f"splash {' '.join(map(str, words))}: exit {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)

    def way(self, start, end, *options):
        """The nodes from one to another, both included, as a packet travels."""
        done = run(SPLASH, "--lab", self.name, "--from", start, *options, "path", end, "-o", "json")
        return [hop["name"] for hop in json.loads(done.stdout)["hops"]]

    def loopbacks(self, nodes):
        return [self.address(node) for node in nodes]

    def values(self, nodes, *objects):
        """By SNMP, for each node its values; None where it does not answer."""
        answer = self.snmp(*READ, *(word for name in objects for word in ("--get", name)), "--", *self.loopbacks(nodes))
        return [agent["values"] if "error" not in agent else None for agent in answer["agents"]]

    # ---- where nodes are

    def distances(self, start):
        """Links to every node that can be reached, nearest first."""
        far = {start: 0}
        queue = deque([start])
        while queue:
            node = queue.popleft()
            for other in self.neighbours[node]:
                if other not in far:
                    far[other] = far[node] + 1
                    queue.append(other)
        return far

    def farthest(self):
        return list(self.distances(self.station))[-1]

    def nearest(self, centre, count):
        """So many nodes that lie together, none of them the station."""
        return [node for node in self.distances(centre) if node != self.station][:count]

    def tour(self, nodes):
        """The nodes in an order in which each is near the one before it, the first near the station."""
        left, at, order = set(nodes), self.station, []
        while left:
            at = next(node for node in self.distances(at) if node in left)
            left.remove(at)
            order.append(at)
        return order

    def inner(self):
        """Nodes that are no neighbours of the station, nor it."""
        return [node for node in self.others if self.station not in self.neighbours[node]]

    def link_without(self, *nodes):
        """The last link that touches none of these, nor the station."""
        links = ([end["node"] for end in link["ends"]] for link in reversed(self.graph["links"]))
        return next(ends for ends in links if not {self.station, *nodes} & set(ends))

    def link_address(self, node, other):
        """The node's address on its link to another."""
        for link in self.graph["links"]:
            ends = {end["node"]: end for end in link["ends"]}
            if set(ends) == {node, other}:
                return ends[node]["address"]
        raise KeyError(f"no link between {node} and {other}")

    def node_at(self, address):
        """The node that has an address; what is none of the lab's comes back as it is."""
        for link in self.graph["links"]:
            for end in link["ends"]:
                if end["address"] == address:
                    return end["node"]
        return next((name for name, facts in self.nodes.items() if facts["loopback"] == address), address)

    # ---- faults

    def wait_for_values(self, nodes, objects, wanted):
        """Until the agents know of what was done to their interfaces. They forget what they know first."""
        self.snmp(*WRITE, "--get", "ifNumber.0", "--above", "0", "--set", f"{CACHE_OF_IF_TABLE}=i:{CACHE_EMPTY}", "--",
                  *self.loopbacks(nodes))
        seen = []

        def agents_know():
            seen[:] = self.values(nodes, *objects)
            return seen == wanted
        wait_until(agents_know, lambda: f"{objects} are {list(zip(nodes, seen, wanted))}", AGENT_SECONDS)

    def wait_for(self, nodes, name, is_wanted):
        """Until the agents say so of an object."""
        seen = []

        def agents_know():
            seen[:] = [values and values[0] for values in self.values(nodes, name)]
            return all(value is not None and is_wanted(value) for value in seen)
        wait_until(agents_know, lambda: f"{name} is {list(zip(nodes, seen))}", AGENT_SECONDS)

    @contextlib.contextmanager
    def errors_at(self, nodes, counts):
        """Each node has an error interface with so many errors, and a spare one."""
        for node, count in zip(nodes, counts):
            faults.add_error_interface(self.name, node)
            faults.add_spare_interface(self.name, node)
            if count:
                faults.make_errors(self.name, node, count)
        try:
            self.wait_for_values(nodes, [f"ifInErrors.{faults.ERROR_INDEX}", f"ifAdminStatus.{faults.SPARE_INDEX}"],
                                 [[count, 2] for count in counts])
            yield
        finally:
            for node in nodes:
                faults.remove_interfaces(self.name, node, faults.ERROR_INTERFACE, faults.SPARE_INTERFACE)

    @contextlib.contextmanager
    def spares_at(self, nodes):
        """Each node has a spare interface, and nothing else is wrong with it."""
        for node in nodes:
            faults.add_spare_interface(self.name, node)
        try:
            self.wait_for_values(nodes, [f"ifAdminStatus.{faults.SPARE_INDEX}"], [[2]] * len(nodes))
            yield
        finally:
            for node in nodes:
                faults.remove_interfaces(self.name, node, faults.SPARE_INTERFACE)

    @contextlib.contextmanager
    def slow_station(self, milliseconds):
        """The station's own links take that long, each way."""
        if not milliseconds:
            yield
            return
        run(SPLASH, "lab", "impair", self.name, self.station, "--delay", milliseconds)
        try:
            yield
        finally:
            run(SPLASH, "lab", "impair", self.name, self.station, "--clear")

    @contextlib.contextmanager
    def dead_link(self, a, b):
        run(SPLASH, "lab", "impair", self.name, f"{a}-{b}", "--down")
        try:
            yield
        finally:
            run(SPLASH, "lab", "impair", self.name, f"{a}-{b}", "--up")

    @contextlib.contextmanager
    def silent_node(self, node):
        """No daemon runs there; the kernel forwards."""
        run(SPLASH, "lab", "stop", self.name, node)
        try:
            yield
        finally:
            run(SPLASH, "lab", "start", self.name, node)
            self.refresh()

    @contextlib.contextmanager
    def plain_agent(self, node):
        """The node's agent runs without Splash. Its neighbours may ask it for programs."""
        for neighbour in self.neighbours[node]:
            self.configure(neighbour, lambda text: text if AGENTS in text else text + AGENTS)
        with self.silent_node(node):
            agent = subprocess.Popen(["nsenter", f"--net=/run/netns/{self.netns(node)}", SPLASHD, "-f", "-Ln", "-C", "-c",
                                      self.directory(node) / "snmpd.conf", "-I", "-smux"],
                                     stdin=subprocess.DEVNULL, env=ENVIRONMENT)
            try:
                wait_until(lambda: self.values([node], "ifNumber.0") != [None], f"the plain agent of {node} answers")
                yield
            finally:
                agent.terminate()
                agent.wait(timeout=AGENT_SECONDS)

    def spare_down(self, nodes):
        """What a reaction brought up is down again."""
        answer = self.snmp(*WRITE, "--get", f"ifAdminStatus.{faults.SPARE_INDEX}", "--above", "0", "--set",
                           f"ifAdminStatus.{faults.SPARE_INDEX}=i:2", "--", *self.loopbacks(nodes))
        failed = [agent for agent in answer["agents"] if agent.get("set") != "done"]
        if failed:
            raise faults.FaultError(f"interfaces stay up: {failed}")
