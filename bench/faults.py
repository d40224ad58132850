"""Faults of the real kind for a lab's nodes: what they change is what the kernel counts and forwards.

An *error interface* is a VXLAN port of the node's own. A frame that comes to it with congestion marked outside and
no support for it inside is one that RFC 6040 has dropped as an error, so the kernel counts it in ifInErrors.
A *spare interface* is a bridge without ports, down: to bring it up is the reaction that is timed, since the kernel
tells of it at once and, other than taking an interface down, does not wait for all processors.
"""

import contextlib
import select
import socket
import subprocess

from support.netns import socket_inside

ERROR_INTERFACE = "err0"
ERROR_INDEX = 77  # of the interface, on every node that has one: ifInErrors.77
SPARE_INTERFACE, SPARE_INDEX = "spare0", 78
COMMAND_SECONDS = 30

_SEND_ERRORS = """
import socket, struct, sys
count, port = int(sys.argv[1]), int(sys.argv[2])
congestion_experienced, not_capable = 3, 0
ethernet = bytes.fromhex("ffffffffffff" "020000000001" "0800")
inner = struct.pack("!BBHHHBBH4s4s", 0x45, not_capable, 28, 1, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, congestion_experienced)
for _ in range(count):
    sender.sendto(struct.pack("!II", 0x08000000, 77 << 8) + ethernet + inner + bytes(8), ("127.0.0.1", port))
"""
_VXLAN_PORT = 4799
_POUR = """
import socket, sys, time
address, port, at_once, per_second = sys.argv[1], *map(int, sys.argv[2:])
sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
sender.connect((address, port))
for _ in range(at_once):
    sender.send(bytes(64))
print("poured", flush=True)
begin, sent = time.monotonic(), 0
while True:
    while sent < (time.monotonic() - begin) * per_second:
        sender.send(bytes(64))
        sent += 1
    time.sleep(0.01)
"""
_DISCARD_PORT = 9


class FaultError(Exception):
    """A fault could not be made, so nothing that would be measured means anything."""


def _in_node(lab, node, *words):
    command = ["ip", "netns", "exec", f"{lab}-{node}", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    if done.returncode != 0:
        raise FaultError(f"{' '.join(words)} on {node}: {done.stderr.strip()}")
    return done.stdout


def add_error_interface(lab, node):
    _in_node(lab, node, "ip", "link", "add", ERROR_INTERFACE, "index", str(ERROR_INDEX), "type", "vxlan", "id", "77",
             "local", "127.0.0.1", "dstport", str(_VXLAN_PORT), "dev", "lo")
    _in_node(lab, node, "ip", "link", "set", ERROR_INTERFACE, "up")


def add_spare_interface(lab, node):
    _in_node(lab, node, "ip", "link", "add", SPARE_INTERFACE, "index", str(SPARE_INDEX), "type", "bridge")


def add_idle_interfaces(lab, node, total):
    """The node's ifTable has so many rows."""
    there = interfaces(lab, node)
    for number in range(len(there), total):
        _in_node(lab, node, "ip", "link", "add", f"idle{number}", "type", "bridge")


def remove_interfaces(lab, node, *names):
    for name in names:
        _in_node(lab, node, "ip", "link", "del", name)


def interfaces(lab, node):
    return _in_node(lab, node, "ls", "/sys/class/net").split()


def make_errors(lab, node, count):
    """`count` frames come in at the node's error interface that it has to count as errors."""
    before = errors(lab, node)
    _in_node(lab, node, "/usr/bin/python3", "-c", _SEND_ERRORS, str(count), str(_VXLAN_PORT))
    made = errors(lab, node) - before
    if made != count:
        raise FaultError(f"{node} counts {made} errors of {count}")


def errors(lab, node):
    return int(_in_node(lab, node, "cat", f"/sys/class/net/{ERROR_INTERFACE}/statistics/rx_errors"))


@contextlib.contextmanager
def storm(lab, node, victim, address, at_once, per_second):
    """The node sends `at_once` small UDP packets to the victim's IPv6 address as fast as it can, then so many a second
    while the block runs. Somebody listens there and does not read, so that no ICMP comes back."""
    with socket_inside(f"{lab}-{victim}", socket.AF_INET6, socket.SOCK_DGRAM) as deaf:
        deaf.bind((address, _DISCARD_PORT))
        command = ["ip", "netns", "exec", f"{lab}-{node}", "/usr/bin/python3", "-c", _POUR, address, str(_DISCARD_PORT),
                   str(at_once), str(per_second)]
        pouring = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        try:
            ready, _, _ = select.select([pouring.stdout], [], [], COMMAND_SECONDS)
            if not ready or pouring.stdout.readline() != "poured\n":
                raise FaultError(f"{node} does not pour packets on {victim}")
            yield
        finally:
            pouring.kill()
            pouring.communicate()


@contextlib.contextmanager
def reporting_each_time(lab, *nodes):
    """The nodes' kernels report every packet that they cannot forward. Otherwise it is one a second to the same address,
    and a task that is done again within that would wait for a report in vain."""
    limits = [_in_node(lab, node, "sysctl", "-n", "net.ipv4.icmp_ratelimit").strip() for node in nodes]
    for node in nodes:
        _in_node(lab, node, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0")
    try:
        yield
    finally:
        for node, limit in zip(nodes, limits):
            _in_node(lab, node, "sysctl", "-qw", f"net.ipv4.icmp_ratelimit={limit}")


@contextlib.contextmanager
def lying_route(lab, node, address, back=None):
    """While the block runs the node's table says that there is no way to `address`, or that it is by `back`, which
    sends it here again."""
    truth = _in_node(lab, node, "ip", "route", "show", "exact", f"{address}/32").split()
    if not truth:
        raise FaultError(f"{node} has no route to {address}")
    lie = [f"{address}/32", "via", back] if back else ["unreachable", f"{address}/32"]
    _in_node(lab, node, "ip", "route", "replace", *lie)
    try:
        yield
    finally:
        _in_node(lab, node, "ip", "route", "replace", *truth)
