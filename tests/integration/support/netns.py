"""Sockets inside network namespaces: a socket stays in the one it was made in, the thread comes back."""

import contextlib
import ctypes
import os
import socket

CLONE_NEWNET = 0x40000000


def inside(netns):
    """The calling thread is in that namespace (as `ip netns` names it) for the time being."""
    return _network(f"/run/netns/{netns}")


def process_network(pid):
    """Likewise in the namespace of a process."""
    return _network(f"/proc/{pid}/ns/net")


@contextlib.contextmanager
def _network(path):
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(descriptor):
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {path}")

    with open("/proc/thread-self/ns/net", "rb") as own, open(path, "rb") as other:
        enter(other.fileno())
        try:
            yield
        finally:
            enter(own.fileno())


def socket_inside(netns, *arguments):
    with inside(netns):
        return socket.socket(*arguments)


class RawSender:
    """Sends whole IP packets, header included, as they are given."""

    def __init__(self, netns, family=socket.AF_INET):
        self.socket = socket_inside(netns, family, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, packet):
        """`packet`: octets, or what scapy builds."""
        octets = bytes(packet)
        to = octets[16:20] if octets[0] >> 4 == 4 else octets[24:40]
        self.socket.sendto(octets, (socket.inet_ntop(self.socket.family, to), 0))


def udp_inside(netns, deadline=30, family=socket.AF_INET):
    opened = socket_inside(netns, family, socket.SOCK_DGRAM)
    opened.settimeout(deadline)
    return opened


def is_root():
    return os.geteuid() == 0
