"""When the last of several nodes has been written to: the kernel of each tells of its interface that went up.

What is written is ifAdminStatus of an interface that every such node has to spare, so a write that was only said to
have happened does not count. Time begins with the first packet that leaves the station.
"""

import select
import socket
import struct
import threading
import time

from faults import SPARE_INDEX
from support.netns import socket_inside

NETLINK_ROUTE, RTMGRP_LINK, RTM_NEWLINK = 0, 1, 16  # linux/rtnetlink.h
LINK_MESSAGE = struct.Struct("=IHHII" "BBHiII")  # nlmsghdr, ifinfomsg
IFF_UP = 1
ETH_P_ALL, ETH_P_IP, PACKET_OUTGOING = 0x0003, 0x0800, 4
SO_TIMESTAMPNS = 35  # of the kernel, when the packet passed; the socket module has no name for it
DEADLINE = 60  # seconds


def keep_stamping():
    """A socket; until it is closed the kernel stamps every packet as it passes. Without one it begins to some time after
    it is asked to, and what has no stamp gets that of the moment it is read."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    return opened


class ReactionError(Exception):
    """No packet left the station, or a node was not written to."""


class ReactionWatch:
    """Watches while the block runs; `microseconds` waits for the last node."""

    def __init__(self, lab, station, nodes):
        self.sockets = {}
        for node in nodes:
            told = socket_inside(lab.netns(node), socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE)
            told.bind((0, RTMGRP_LINK))
            self.sockets[told.fileno()] = (node, told)
        self.station = socket_inside(lab.netns(station), socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.station.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.station.setblocking(False)
        self.up = {}  # nanoseconds since the epoch, by node
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.ends.set()
        self.thread.join(timeout=DEADLINE)
        self.first = self._first_packet()
        for _, told in self.sockets.values():
            told.close()
        self.station.close()

    def microseconds(self):
        missing = sorted({node for node, _ in self.sockets.values()} - set(self.up))
        if missing or self.first is None:
            raise ReactionError(f"no reaction at {', '.join(missing)}" if missing else "no packet left the station")
        passed = max(self.up.values()) - self.first
        if passed <= 0:
            raise ReactionError("a node reacted before a packet left the station: the packet was stamped late")
        return passed // 1000

    def _watch(self):
        poll = select.poll()
        for descriptor in self.sockets:
            poll.register(descriptor, select.POLLIN)
        end = time.monotonic() + DEADLINE
        while len(self.up) < len(self.sockets) and time.monotonic() < end and not self.ends.is_set():
            for descriptor, _ in poll.poll(100):
                now = time.time_ns()
                node, told = self.sockets[descriptor]
                if _says_up(told.recv(65536)):
                    self.up.setdefault(node, now)

    def _first_packet(self):
        while True:
            try:
                _, ancillary, _, address = self.station.recvmsg(64, 64)
            except BlockingIOError:
                return None
            if address[1] == ETH_P_IP and address[2] == PACKET_OUTGOING and address[0] != "lo":
                seconds, nanoseconds = struct.unpack("=qq", ancillary[0][2][:16])
                return seconds * 1_000_000_000 + nanoseconds


def _says_up(octets):
    at = 0
    while at + LINK_MESSAGE.size <= len(octets):
        length, kind, _, _, _, _, _, _, index, flags, _ = LINK_MESSAGE.unpack_from(octets, at)
        if kind == RTM_NEWLINK and index == SPARE_INDEX and flags & IFF_UP:
            return True
        at += (length + 3) // 4 * 4
    return False
