"""What passes a namespace's interfaces, as scapy reads it."""

import dataclasses
import os
import select
import socket
import threading

from scapy.config import conf
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6
from scapy.utils import PcapWriter

from support.commands import wait_until
from support.netns import socket_inside
from support.snap import PROTOCOL, Packet

ETH_P_ALL = 0x0003  # all of them, to see what goes out, too
ETHER_TYPES = {0x0800: 4, 0x86dd: 6}  # IP versions
IPV6_HEADER, HOP_BY_HOP = 40, 0
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33  # asm-generic/socket.h; the socket module has no name for it
DLT_RAW = 101  # a pcap of IP packets without a link's header
conf.verb = 0


@dataclasses.dataclass(frozen=True)
class Seen:
    interface: str
    is_outgoing: bool
    octets: bytes  # from the IP header on

    @property
    def ip(self):
        return (IPv6 if self.version == 6 else IP)(self.octets)

    @property
    def version(self):
        return self.octets[0] >> 4

    @property
    def has_hop_by_hop(self):
        return self.version == 6 and self.octets[6] == HOP_BY_HOP

    @property
    def protocol(self):
        if self.version == 4:
            return self.octets[9]
        return self.octets[IPV6_HEADER if self.has_hop_by_hop else 6]

    @property
    def header_size(self):
        if self.version == 4:
            return (self.octets[0] & 15) * 4
        return IPV6_HEADER + (8 * (1 + self.octets[IPV6_HEADER + 1]) if self.has_hop_by_hop else 0)

    @property
    def snap(self):
        return Packet.decode(self.octets[self.header_size:])


class Capture:
    """All packets of an IP version in a namespace but those on lo, while the block runs. Ready when entered."""

    def __init__(self, netns, version=4):
        self.version = version
        self.socket = socket_inside(netns, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.socket.setblocking(False)
        # A burst of a thousand packets waits here while the machine does other things.
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 * 1024 * 1024)
        self.wake_read, self.wake_write = os.pipe()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.packets = []

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        os.write(self.wake_write, b"x")
        self.thread.join(timeout=30)
        self.socket.close()
        os.close(self.wake_read)
        os.close(self.wake_write)

    def _read(self):
        ends = False
        while not ends:
            ready, _, _ = select.select([self.socket, self.wake_read], [], [])
            ends = self.wake_read in ready  # what waits is still read
            while True:
                try:
                    octets, address = self.socket.recvfrom(65535)
                except BlockingIOError:
                    break
                if ETHER_TYPES.get(address[1]) == self.version and address[0] != "lo":
                    self.packets.append(Seen(address[0], address[2] == PACKET_OUTGOING, octets))

    def of_protocol(self, protocol=PROTOCOL, outgoing=None):
        """What was seen so far, in order."""
        return [seen for seen in list(self.packets) if seen.protocol == protocol and
                (outgoing is None or seen.is_outgoing == outgoing)]

    def wait_for(self, count, protocol=PROTOCOL, outgoing=None):
        """The packets of a protocol, once there are that many."""
        wait_until(lambda: len(self.of_protocol(protocol, outgoing)) >= count,
                   lambda: f"{count} packets of protocol {protocol}; seen: {self.of_protocol(protocol, outgoing)}")
        return self.of_protocol(protocol, outgoing)


def write_pcap(path, seen):
    """A file that tshark reads: raw IP packets."""
    writer = PcapWriter(str(path), linktype=DLT_RAW)
    for one in seen:
        writer.write(one.octets)
    writer.close()
