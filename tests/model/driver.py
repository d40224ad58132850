"""The C++ side: build/*/tests/model/engine_driver, and situations as it writes them."""

import ipaddress
import json
import os
import subprocess
from pathlib import Path

from node import Node, Service
from outcome import Refusal
from text import canonical, parse_values

ROOT = Path(__file__).resolve().parent.parent.parent


def find():
    """The driver: SPLASH_ENGINE_DRIVER, else the newest that is built."""
    if given := os.environ.get("SPLASH_ENGINE_DRIVER"):
        return given
    built = sorted(ROOT.glob("build/**/tests/model/engine_driver"), key=lambda path: path.stat().st_mtime)
    if not built:
        raise SystemExit("no engine_driver: build it with tools/build.sh dev --target engine_driver")
    return str(built[-1])


def lines(*arguments):
    """What it prints, one document at a time. Raises if it fails."""
    with subprocess.Popen([find(), *map(str, arguments)], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            yield json.loads(line)
        if process.wait(60) != 0:
            raise SystemExit(f"engine_driver {' '.join(map(str, arguments))}: exit status {process.returncode}")


class Engine:
    """The interpreter, asked one situation at a time."""

    def __enter__(self):
        self.process = subprocess.Popen([find(), "run"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def run(self, situation):
        self.process.stdin.write(json.dumps(situation) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the engine ended with status {self.process.wait(60)} over {json.dumps(situation)}")
        return json.loads(answer)

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(60)


def node_of(situation):
    """The model's node for a situation as the driver writes it."""
    return Node(local=[ipaddress.ip_address(a) for a in situation["local"]],
                neighbours=[ipaddress.ip_address(a) for a in situation["neighbours"]],
                here=ipaddress.ip_address(situation["here"]),
                destination=ipaddress.ip_address(situation["destination"]),
                ingress=situation["ingress"], now=situation["now"], max_sends=situation["max_sends"],
                workspace=situation["workspace"], budget=situation["budget"],
                routes=[(ipaddress.ip_network(to, strict=False), Refusal(n) if what == "exc" else n)
                        for to, what, n in situation["routes"]],
                services=[_service(row) for row in situation["services"]])


def situation_of(octets, node):
    """The reverse of node_of."""
    services = [{"name": s.name, "arguments": s.arguments, "results": s.results, "cost": s.cost, "later": False,
                 "fails": isinstance(s.answer, Refusal),
                 "values": [f"exc:{s.answer.code}"] if isinstance(s.answer, Refusal) else [canonical(v) for v in s.answer]}
                for s in node.services]
    routes = [[str(to), "exc", n.code] if isinstance(n, Refusal) else [str(to), "room", n] for to, n in node.routes]
    return {"packet": octets.hex(), "local": [str(a) for a in node.local], "neighbours": [str(a) for a in node.neighbours],
            "here": str(node.here), "destination": str(node.destination), "ingress": node.ingress, "now": node.now,
            "max_sends": node.max_sends, "workspace": node.workspace, "budget": node.budget, "routes": routes, "services": services}


def _service(row):
    values = [value for text in row["values"] for value in parse_values(text)]
    answer = Refusal(values[0][1]) if row["fails"] else values
    return Service(row["name"], row["arguments"], row["results"], row["cost"], answer)
