"""wireshark/snap.lua in tshark: what it shows of a packet is what the files beside this one say.

A case NAME.packet is assembly text, or octets in hexadecimal after a first line `octets`; NAME.shown is what tshark
prints for it, from the line that begins with SNAP/2. To write the .shown files anew, look at them and commit them:
    SPLASH_BIN_DIR=build/bin PYTHONPATH=tests/integration tests/integration/dissector/test_dissector.py write
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from scapy.layers.inet import ICMP, IP, UDP, IPOption_Router_Alert  # noqa: E402
from scapy.layers.inet6 import (ICMPv6ParamProblem, ICMPv6TimeExceeded, IPv6, IPv6ExtHdrHopByHop,  # noqa: E402
                                 RouterAlert)
from scapy.utils import PcapWriter  # noqa: E402

from support.lab import LabTest  # noqa: E402
from support.capture import Capture, write_pcap  # noqa: E402
from support.snap import PROTOCOL, UDP_PORT, Packet, assemble  # noqa: E402

DISSECTOR = HERE.parents[2] / "wireshark/snap.lua"
DLT_RAW = 101
CASES = sorted(HERE.glob("*.packet"))


def octets_of(case):
    text = case.read_text()
    if text.startswith("octets\n"):
        return bytes.fromhex(text.removeprefix("octets\n"))
    return assemble(text)


def by_raw_ip(octets):
    return IP(src="10.0.0.1", dst="10.0.0.5", proto=PROTOCOL, options=IPOption_Router_Alert()) / octets


def tshark(packets, *arguments):
    """What tshark prints about IP packets. Fails on whatever it says of the script."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "packets.pcap"
        writer = PcapWriter(str(path), linktype=DLT_RAW)
        for packet in packets:
            writer.write(bytes(packet))
        writer.close()
        return tshark_file(path, *arguments)


def tshark_file(path, *arguments):
    ran = subprocess.run(["tshark", "-n", "-r", str(path), "-X", f"lua_script:{DISSECTOR}", *arguments],
                         capture_output=True, text=True, timeout=60, check=False)
    complaints = [line for line in ran.stderr.splitlines() if "Running as user" not in line]
    if ran.returncode != 0 or complaints or "Lua Error" in ran.stdout:
        raise AssertionError(f"tshark: {ran.returncode}\n{ran.stderr}{ran.stdout}")
    return ran.stdout


def shown(case):
    text = tshark([by_raw_ip(octets_of(case))], "-V", "-O", "snap")
    return text[text.index("SNAP/2"):].rstrip() + "\n"


class Dissector(unittest.TestCase):
    maxDiff = None

    def test_it_shows_packets_as_the_cases_say(self):
        self.assertGreater(len(CASES), 5)
        for case in CASES:
            with self.subTest(case.stem):
                self.assertEqual(shown(case), case.with_suffix(".shown").read_text())

    def test_no_octets_break_it(self):
        for case in CASES:
            octets = octets_of(case)
            cut = [octets[:size] for size in range(len(octets))]
            flipped = [octets[:at] + bytes([octets[at] ^ bits]) + octets[at + 1:]
                       for at in range(len(octets)) for bits in (0x01, 0x80, 0xff)]
            with self.subTest(case.stem):
                text = tshark([by_raw_ip(packet) for packet in cut + flipped], "-V", "-O", "snap")
                self.assertEqual(text.count("\nSNAP/2"), len(cut) + len(flipped) - 1)  # all but the empty one

    def test_a_tuple_that_names_itself_ends(self):
        loop = (4 << 60 | 16).to_bytes(8, "big")  # two fields at offset 0: each the same tuple again
        packet = Packet(heap=loop + loop, stack=loop)
        self.assertIn("?", tshark([by_raw_ip(packet.encode())], "-V", "-O", "snap"))

    def test_it_is_found_by_udp_and_in_icmp_errors(self):
        octets = octets_of(HERE / "program.packet")
        packets = [IP(dst="10.0.0.5") / UDP(sport=40000, dport=UDP_PORT) / octets,
                   IP(dst="10.0.0.1") / ICMP(type=3, code=2) / by_raw_ip(octets)]
        self.assertEqual(tshark(packets, "-Y", "snap", "-T", "fields", "-e", "snap.bound"), "7\n7\n")

    def test_it_is_found_in_ipv6_and_in_icmpv6_errors(self):
        octets = octets_of(HERE / "ipv6_origin.packet")
        ends = {"src": "2001:db8::1", "dst": "2001:db8::5"}
        alert = IPv6ExtHdrHopByHop(nh=PROTOCOL, options=[RouterAlert(value=2)])
        packets = [IPv6(nh=PROTOCOL, **ends) / octets, IPv6(**ends) / alert / octets,
                   IPv6(**ends) / UDP(sport=40000, dport=UDP_PORT) / octets,
                   IPv6(**ends) / ICMPv6ParamProblem(code=1, ptr=40) / IPv6(**ends) / alert / octets,
                   IPv6(**ends) / ICMPv6TimeExceeded() / IPv6(nh=PROTOCOL, **ends) / octets]
        (bound,) = set(tshark(packets, "-Y", "snap", "-T", "fields", "-e", "snap.bound").split())
        self.assertEqual(tshark(packets, "-Y", "snap", "-T", "fields", "-e", "snap.bound"), len(packets) * f"{bound}\n")

    def test_its_numbers_can_be_set(self):
        octets = octets_of(HERE / "program.packet")
        packets = [IP(dst="10.0.0.5", proto=254) / octets, IP(dst="10.0.0.5") / UDP(sport=1, dport=9999) / octets]
        self.assertEqual(tshark(packets, "-Y", "snap", "-T", "fields", "-e", "snap.version"), "")
        self.assertEqual(tshark(packets, "-o", "snap.protocol:254", "-o", "snap.udp_port:9999", "-Y", "snap", "-T",
                                "fields", "-e", "snap.version"), "2\n2\n")

    def test_faults_can_be_filtered(self):
        packets = [by_raw_ip(octets_of(HERE / f"{name}.packet")) for name in ("program", "report", "garbage")]
        chosen = tshark(packets, "-Y", "snap.report.reason == 134", "-T", "fields", "-e", "frame.number")
        self.assertEqual(chosen, "2\n")
        malformed = tshark(packets, "-Y", "_ws.expert.severity == error", "-T", "fields", "-e", "frame.number")
        self.assertEqual(malformed, "3\n")


class OnTheWire(LabTest):
    topology = "line3"

    def test_what_daemons_send_is_read_without_complaint(self):
        with Capture(self.lab.netns("n2")) as capture, self.lab.client("n1") as client:
            client.inject(assemble('forw\npush oid:sysName.0\ncalls "snmp_getsingle"\ngetsrc\nmoveto home-pc\n'
                                   "home: forw\ndemuxall 0\n"), self.lab.address("n3"), 9)
            self.assertEqual(client.packet().values(), [b"n3"])
            seen = capture.wait_for(2, outgoing=True)
        with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
            write_pcap(file.name, seen)
            shown_lines = tshark_file(file.name, "-T", "fields", "-e", "_ws.col.Protocol", "-e", "_ws.col.Info",
                                      "-e", "_ws.expert.message").splitlines()
        self.assertEqual(len(shown_lines), 2)
        for line in shown_lines:
            protocol, info, complaint = line.split("\t")
            self.assertEqual((protocol, complaint), ("SNAP", ""))
            self.assertTrue(info.startswith("Program of "), info)
        self.assertTrue(shown_lines[1].rstrip().endswith('["n3"]'), shown_lines[1])


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        for each in CASES:
            each.with_suffix(".shown").write_text(shown(each))
    else:
        unittest.main()
