"""A node as a case describes it, and what it sees of an execution."""

import ipaddress
from dataclasses import dataclass, field

import packet
import spec
from leaving import report
from machine import Execution
from objects import snapshot
from outcome import Refusal
from text import canonical
from words import octets_of

NO_ROUTE = Refusal(spec.EXCEPTIONS["NoRoute"])


@dataclass
class Service:
    name: str
    arguments: str
    results: str
    cost: int
    answer: object  # values, or a Refusal


@dataclass
class Node:
    local: list = field(default_factory=lambda: [ipaddress.ip_address("10.0.0.1")])
    neighbours: list = field(default_factory=list)
    here: object = ipaddress.ip_address("10.0.0.1")
    destination: object = ipaddress.ip_address("10.0.0.1")
    ingress: int = 0
    now: int = 1_000_000
    max_sends: int = 8
    workspace: int = 16384
    budget: int = 4096
    routes: list = field(default_factory=list)    # (network, octets that fit or a Refusal); the first counts
    services: list = field(default_factory=list)
    emissions: list = field(default_factory=list)
    deliveries: list = field(default_factory=list)
    calls: list = field(default_factory=list)

    def is_local(self, address):
        return address in self.local

    def is_neighbour(self, address):
        return address in self.neighbours

    def route(self, to, travel):
        if travel == "hop" and not self.is_neighbour(to):
            return NO_ROUTE
        return next((answer for network, answer in self.routes if to in network), NO_ROUTE)

    def emit(self, to, travel, octets):
        self.emissions.append([str(to), travel, octets.hex()])

    def deliver(self, port, heap, words):
        self.deliveries.append([port, heap.hex(), octets_of(words).hex()])

    def find_service(self, service_id):
        return next((s for s in self.services if spec.service_id(s.name) == service_id), None)

    def call(self, service, arguments):
        self.calls.append([service.name, [canonical(a) for a in arguments]])
        return service.answer


def run(octets, node, watch=None):
    """What comes of these octets on that node: the same dictionary that engine_driver prints."""
    nothing = {"steps": 0, "units": 0, "bound": 0, "heap": "", "stack": "", "emissions": [], "deliveries": [],
               "calls": [], "report": ""}
    try:
        arrived = packet.parse(octets)
    except packet.Refused as why:
        return {**nothing, "ending": ["refused", why.args[0]]}
    execution = Execution(arrived, node, max(node.workspace, len(octets)))
    execution.watch = watch
    ending = list(execution.run())
    heap, words = snapshot(execution.heaps, execution.stack, 0xFFFF)
    told = ""
    if ending[0] == "fault":
        told = report(arrived, execution.heaps, execution.stack, ending[1:], execution.count, node.here).to_wire().hex()
    return {"ending": ending, "steps": execution.steps, "units": execution.budget - execution.left,
            "bound": execution.bound, "heap": heap.hex(), "stack": octets_of(words).hex(),
            "emissions": node.emissions, "deliveries": node.deliveries, "calls": node.calls, "report": told}
