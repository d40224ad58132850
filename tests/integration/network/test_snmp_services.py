"""Requests of several variables, a node as a proxy for agents without Splash, and notifications."""

import contextlib
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import ENVIRONMENT, PROGRAMS, wait_until  # noqa: E402
from support.lab import LabTest  # noqa: E402
from support.netns import udp_inside  # noqa: E402
from support.snap import Exc, assemble  # noqa: E402

SNMPD, SNMPTRAPD = "/usr/sbin/snmpd", "/usr/sbin/snmptrapd"
FAILED, OUT_OF_RANGE, NOT_PERMITTED, QUOTA, TIMED_OUT = 36, 38, 39, 45, 46
NO_SUCH_NAME, WRONG_TYPE, AUTHORIZATION_ERROR, NOT_WRITABLE = 64 + 2, 64 + 7, 64 + 16, 64 + 17
SYS_NAME, SYS_CONTACT, SYS_LOCATION = ".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.1.4.0", ".1.3.6.1.2.1.1.6.0"

# n2 is the proxy of "plain", where a stock snmpd runs (10.0.0.3), tests answer for an agent themselves (172.16.0.3,
# port 1161), nothing listens (10.0.0.4), and a snmptrapd waits. 10.0.0.1 no setting names.
TOPOLOGY = """\
name: proxied
topology:
  nodes:
    n1:
    n2:
      snmpd_conf: |
        trap2sink 10.0.0.3:1162 public
      splash_toml: |
        [[agent]]
        prefix = "10.0.0.3"
        community = "plain"
        timeout_ms = 4000
        [[agent]]
        prefix = "172.16.0.3"
        port = 1161
        community = "stub"
        timeout_ms = 900
        [[agent]]
        prefix = "10.0.0.4"
        version = "1"
        community = "plain"
    plain: {kind: host}
    empty: {kind: host}
  links:
    - endpoints: ["n1:eth1", "n2:eth1"]
    - endpoints: ["n2:eth2", "plain:eth1"]
    - endpoints: ["n2:eth3", "empty:eth1"]
"""
PLAIN, STUB, NOBODY = "10.0.0.3", "172.16.0.3", "10.0.0.4"
PLAIN_CONF = """\
rwcommunity plain
createUser splash SHA-256 "correct horse" AES "battery staple"
rwuser splash priv
sysName printer
sysDescr a plain agent
agentAddress udp:161
pass .1.3.6.1.4.1.8072.9999.7 /bin/sh {directory}/slow.sh
"""
SLOW = """\
[ "$1" = -g ] || exit 0
sleep 1.6
echo "$2"; echo string; echo at last
"""
BY_COMMUNITY = 'community = "plain"\ntimeout_ms = 4000\n'
BY_USER = """\
version = "3"
user = "splash"
auth = "SHA-256"
auth_password = "correct horse"
priv = "AES"
priv_password = "battery staple"
timeout_ms = 4000
"""
HOME = "getsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n"


def session(*steps):
    """A program that does the steps of a request at its destination and brings home what came of it."""
    return "forw\n" + "\n".join(steps) + "\n" + HOME


def ip(address):
    return f'push {address}\ncalls "snmp_init_ip"'


def pdu(number):
    return f'push {number}\ncalls "snmp_pdu_init"'


def null(oid):
    return f'push oid:{oid}\ncalls "snmp_pdu_addvar_null"'


def value(oid, text):
    return f'push oid:{oid}\npush {text}\ncalls "snmp_pdu_addvar_withvalue"'


SEND = 'calls "snmp_send"'
PROXIED_NAME = session(ip(PLAIN), null("sysName.0"), SEND)


class Stub:
    """An agent that a test makes up: `reply` turns the octets of a request into those of a response, or None."""

    def __init__(self, lab, reply, node="plain", address=STUB):
        self.socket = udp_inside(lab.netns(node))
        self.socket.bind((address, 1161))
        self.socket.settimeout(0.05)
        self.reply, self.requests, self.ends = reply, [], threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join(timeout=30)
        self.socket.close()

    def _serve(self):
        while not self.ends.is_set():
            with contextlib.suppress(TimeoutError):
                octets, sender = self.socket.recvfrom(65536)
                self.requests.append(octets)
                answer = self.reply(octets)
                if answer is not None:
                    self.socket.sendto(answer, sender)


def pdu_tag(octets):
    """Of an SNMPv2c message with short lengths: behind version and community."""
    return octets[7 + octets[6]]


def as_response(octets):
    """The request itself, called a response: its variables have the value NULL."""
    at = 7 + octets[6]
    return octets[:at] + b"\xa2" + octets[at + 1:]


class SnmpServices(LabTest):
    topology = TOPOLOGY

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = pathlib.Path(tempfile.mkdtemp(prefix="splash-it-"))
        cls.addClassCleanup(subprocess.run, ["rm", "-r", str(cls.files)], check=False)
        (cls.files / "slow.sh").write_text(SLOW)
        (cls.files / "plain.conf").write_text(PLAIN_CONF.replace("{directory}", str(cls.files)))
        (cls.files / "trapd.conf").write_text("disableAuthorization yes\n")
        cls.plain = cls.start(SNMPD, "-f", "-r", "-Lf", cls.files / "plain.log", "-C", "-c", cls.files / "plain.conf",
                              "-I", "-smux,mteTrigger,mteTriggerConf", name="plain")
        cls.start(SNMPTRAPD, "-f", "-On", "-C", "-c", cls.files / "trapd.conf", "-Lf", cls.files / "traps",
                  "udp:10.0.0.3:1162", name="trapd")
        wait_until(lambda: cls.lab.inside("n1", "snmpget", "-t", "1", "-r", "0", "-v2c", "-c", "plain", PLAIN,
                                          SYS_NAME, check=False).returncode == 0, "the plain agent answers")
        wait_until(lambda: "NET-SNMP version" in cls.traps(), "snmptrapd listens")

    @classmethod
    def start(cls, *argv, name):
        environment = {**ENVIRONMENT, "SNMP_PERSISTENT_DIR": str(cls.files / f"{name}.persist")}
        process = subprocess.Popen(["ip", "netns", "exec", cls.lab.netns("plain"), *map(str, argv)], env=environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end():
            process.kill()
            process.wait(timeout=60)
        cls.addClassCleanup(end)
        return process

    @classmethod
    def traps(cls):
        file = cls.files / "traps"
        return file.read_text() if file.exists() else ""

    def values(self, text, to="n2", start="n1"):
        with self.lab.client(start) as client:
            client.inject(assemble(text), self.lab.address(to))
            packet = client.packet()
            self.assertEqual(packet.flags & 8, 0, "a delivery and no report")
            return packet.values()

    def stock(self, *words, address=PLAIN):
        """What the stock tools say of the plain agent, from n1."""
        return self.lab.inside("n1", *words[:1], "-t", "5", "-Oqvn", "-v2c", "-c", "plain", address,
                               *words[1:]).stdout.split("\n")[:-1]

    @contextlib.contextmanager
    def stopped(self):
        os.kill(self.plain.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.plain.pid, signal.SIGCONT)

    # ---- the node's own agent

    def test_multiget_is_one_request_and_equals_what_snmpget_says(self):
        before = int(self.lab.snmpget("n2", ".1.3.6.1.2.1.11.1.0")[0])
        answer = self.lab.ask("run", PROGRAMS / "multiget.snap", "--to", "n2")
        name, uptime, interfaces, forwarding, packets, count = (v["value"] for v in answer["deliveries"][0]["values"])
        self.assertEqual([name, count], ["n2", 5])
        self.assertEqual([str(interfaces), str(forwarding)],
                         self.lab.snmpget("n2", ".1.3.6.1.2.1.2.1.0", ".1.3.6.1.2.1.4.1.0"))
        self.assertGreater(uptime, 0)
        self.assertGreaterEqual(packets, before)

    def test_several_are_written_or_none(self):
        both = session(value("sysContact.0", '"desk"'), value("sysLocation.0", '"roof"'), SEND)
        self.assertEqual(self.values(both), [1, 1, 2])
        self.assertEqual(self.lab.snmpget("n2", SYS_CONTACT, SYS_LOCATION), ['"desk"', '"roof"'])
        for spoiler, error in (('push oid:sysUpTime.0\npush 5', NOT_WRITABLE), ('push oid:sysName.0\npush 5', WRONG_TYPE)):
            one_wrong = session(value("sysContact.0", '"nobody"'),
                                f'{spoiler}\ncalls "snmp_pdu_addvar_withvalue"', SEND)
            self.assertEqual(self.values(one_wrong), [Exc(error)])
            self.assertEqual(self.lab.snmpget("n2", SYS_CONTACT), ['"desk"'])

    def test_getbulk_gives_the_rows_snmpbulkget_gives(self):
        found = self.values(session(pdu(165 + 3 * 256), null("ifDescr"), null("ifMtu"), SEND))
        stock = self.lab.inside("n1", "snmpbulkget", "-Oqvn", "-Cr3", "-v2c", "-c", "public", self.lab.address("n2"),
                                ".1.3.6.1.2.1.2.2.1.2", ".1.3.6.1.2.1.2.2.1.4").stdout.split("\n")[:-1]
        self.assertEqual(found[-1], 12)
        self.assertEqual([v.decode() if isinstance(v, bytes) else str(v) for v in found[1:-1:2]],
                         [text.strip('"') for text in stock])

    # ---- a proxy for a plain agent

    def test_proxyget_brings_the_plain_agents_value_home(self):
        answer = self.lab.ask("run", PROGRAMS / "proxyget.snap", "--to", "n2", "--arg", f"agent={PLAIN}")
        self.assertEqual([v["value"] for v in answer["deliveries"][0]["values"]], ["printer", 1])
        self.assertEqual([f'"{answer["deliveries"][0]["values"][0]["value"]}"'], self.stock("snmpget", SYS_NAME))

    def test_a_proxied_get_of_several_and_a_getnext(self):
        self.assertEqual(self.values(session(ip(PLAIN), null("sysName.0"), null("sysDescr.0"), SEND)),
                         [b"printer", b"a plain agent", 2])
        oid, name, count = self.values(session(ip(PLAIN), pdu(161), null("sysContact.0"), SEND))
        self.assertEqual((oid, name, count), (bytes([0x2b, 6, 1, 2, 1, 1, 5, 0]), b"printer", 2))

    def test_a_proxied_set_writes_and_its_failure_is_the_agents_own(self):
        self.assertEqual(self.values(session(ip(PLAIN), value("sysContact.0", '"by proxy"'), SEND)), [1, 1])
        self.assertEqual(self.stock("snmpget", SYS_CONTACT), ['"by proxy"'])
        self.assertEqual(self.values(session(ip(PLAIN), value("sysUpTime.0", "5"), SEND)), [Exc(NOT_WRITABLE)])

    def test_only_agents_a_setting_names_are_asked(self):
        self.assertEqual(self.values(session(ip(self.lab.address("n1")), null("sysName.0"), SEND)),
                         [Exc(NOT_PERMITTED)])
        # A node's own address is its own agent, whatever a setting says.
        self.assertEqual(self.values(session(ip(self.lab.address("n2")), null("sysName.0"), SEND)), [b"n2", 1])

    def test_where_nothing_listens_that_is_said_at_once(self):
        self.assertEqual(self.values(session(ip(NOBODY), null("sysName.0"), SEND)), [Exc(FAILED)])

    def test_a_silent_agent_keeps_nobody_waiting(self):
        program = assemble(PROXIED_NAME)
        with self.lab.client("n1") as client, self.stopped():
            parked = self.lab.counters("n2").get("parked", 0)
            for _ in range(16):
                client.inject(program, self.lab.address("n2"))
            self.lab.wait_for_counter("n2", "parked", parked + 16)
            for _ in range(20):
                self.assertEqual(self.lab.snmpget("n2", SYS_NAME), ['"n2"'])
                self.assertEqual(self.values(session(null("sysName.0"), SEND)), [b"n2", 1])
            is_answered, _, _ = select.select([client.socket], [], [], 0)
            self.assertEqual(is_answered, [], "all that while the agent was silent")
            # As many as one principal may have outstanding: the next is refused at once.
            self.assertEqual(self.values(PROXIED_NAME), [Exc(QUOTA)])
            os.kill(self.plain.pid, signal.SIGCONT)
            self.assertEqual([client.packet().values() for _ in range(16)], [[b"printer", 1]] * 16)
        self.assertEqual(self.values(PROXIED_NAME), [b"printer", 1])

    def test_a_slow_agents_answer_is_taken_when_it_comes(self):
        slow = session(ip(PLAIN), null("1.3.6.1.4.1.8072.9999.7.1"), SEND)
        with self.lab.client("n1") as client:
            parked = self.lab.counters("n2").get("parked", 0)
            client.inject(assemble(slow), self.lab.address("n2"))
            self.lab.wait_for_counter("n2", "parked", parked + 1)
            self.assertEqual(self.lab.snmpget("n2", SYS_NAME), ['"n2"'])
            self.assertEqual(client.packet().values(), [b"at last", 1])  # the first try was given up meanwhile

    def set_way(self, way, instead_of=BY_COMMUNITY):
        """How n2 asks an agent from now on, until the test ends."""
        def change(before, after):
            self.lab.configure("n2", lambda text: text.replace(before, after, 1))
            self.assertNotIn("the old settings stay", self.lab.log("n2"))
        change(instead_of, way)
        self.addCleanup(change, way, instead_of)

    def test_an_agent_is_asked_by_snmpv3(self):
        self.set_way(BY_USER)
        for _ in range(2):
            self.assertEqual(self.values(PROXIED_NAME), [b"printer", 1])
        self.assertEqual(self.values(session(ip(PLAIN), value("sysContact.0", '"by user"'), SEND)), [1, 1])
        self.assertEqual(self.stock("snmpget", SYS_CONTACT), ['"by user"'])
        with self.stopped():
            before = self.lab.counters("n2").get("park_timeouts", 0)
            self.assertEqual(self.values(PROXIED_NAME), [Exc(TIMED_OUT)])
            self.assertEqual(self.lab.counters("n2").get("park_timeouts", 0), before)

    def test_an_agent_that_does_not_know_the_user_refuses(self):
        for right, wrong in (("correct horse", "wrong horse"), ('user = "splash"', 'user = "nobody"')):
            way = BY_USER.replace(right, wrong)
            with self.subTest(wrong=wrong):
                self.set_way(BY_USER)
                self.assertEqual(self.values(PROXIED_NAME), [b"printer", 1])
                self.set_way(way, BY_USER)  # what was known of the user before does not help
                answer = self.values(PROXIED_NAME)
                self.doCleanups()
                self.assertEqual(answer, [Exc(AUTHORIZATION_ERROR)])

    def test_an_agent_that_claims_the_nodes_own_engine_id_is_refused(self):
        self.set_way(BY_USER, 'community = "stub"\ntimeout_ms = 900\n')
        with udp_inside(self.lab.netns("plain")) as relay:
            def as_the_node_would(octets):
                relay.sendto(octets, (self.lab.address("n2"), 161))
                return relay.recv(65536)
            with Stub(self.lab, as_the_node_would) as stub:
                self.assertEqual(self.values(session(ip(STUB), null("sysName.0"), SEND)), [Exc(FAILED)])
                self.assertEqual(len(stub.requests), 1, "nothing is sent in the user's name")
        self.assert_daemons_live()

    def test_an_agent_is_asked_by_snmpv1(self):
        self.set_way('version = "1"\n' + BY_COMMUNITY)
        self.assertEqual(self.values(PROXIED_NAME), [b"printer", 1])
        self.assertEqual(self.values(session(ip(PLAIN), null("1.3.6.1.2.1.1.5.7"), SEND)), [Exc(NO_SUCH_NAME)])
        self.assertEqual(self.values(session(ip(PLAIN), pdu(165), null("sysName"), SEND)), [Exc(OUT_OF_RANGE)])

    def test_reads_are_repeated_and_then_time_out(self):
        before = self.lab.counters("n2").get("proxied_timeouts", 0)
        with Stub(self.lab, lambda octets: None) as stub:
            self.assertEqual(self.values(session(ip(STUB), null("sysName.0"), SEND)), [Exc(TIMED_OUT)])
            self.assertEqual([pdu_tag(octets) for octets in stub.requests], [0xA0] * 3)
            self.assertIn(b"stub", stub.requests[0])
        self.assertEqual(self.lab.counters("n2")["proxied_timeouts"], before + 1)

    def test_a_lost_read_is_answered_at_the_second_try(self):
        seen = []
        with Stub(self.lab, lambda octets: as_response(octets) if seen else seen.append(octets)):
            self.assertEqual(self.values(session(ip(STUB), null("sysName.0"), SEND)), [Exc(FAILED), 1])

    def test_writes_are_never_repeated(self):
        with Stub(self.lab, lambda octets: as_response(octets) if pdu_tag(octets) == 0xA0 else None) as stub:
            # Its type is unknown to this agent: NULL. Octets are then OCTET STRING.
            self.assertEqual(self.values(session(ip(STUB), value("sysContact.0", '"x"'), SEND)), [Exc(TIMED_OUT)])
            self.assertEqual([pdu_tag(octets) for octets in stub.requests], [0xA0, 0xA3])

    def test_what_is_no_answer_is_none(self):
        junk = [b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", os.urandom(100), b"\x30\x82" + b"\xff" * 500]
        for octets in junk:
            with self.subTest(octets=octets[:8].hex()), Stub(self.lab, lambda _, reply=octets: reply):
                self.assertEqual(self.values(session(ip(STUB), null("sysName.0"), SEND)), [Exc(TIMED_OUT)])
        other = lambda octets: as_response(octets).replace(b"\x01\x01\x05\x00", b"\x01\x01\x06\x00")  # noqa: E731
        with Stub(self.lab, other):
            self.assertEqual(self.values(session(ip(STUB), null("sysName.0"), SEND)), [Exc(FAILED)])
        self.assert_daemons_live()

    def test_answers_from_another_socket_do_not_count(self):
        with udp_inside(self.lab.netns("plain")) as other, \
                udp_inside(self.lab.netns("plain")) as asked, self.lab.client("n1") as client:
            asked.bind((STUB, 1161))
            other.bind((STUB, 0))
            client.inject(assemble(session(ip(STUB), null("sysName.0"), SEND)), self.lab.address("n2"))
            octets, sender = asked.recvfrom(65536)
            other.sendto(as_response(octets), sender)
            self.assertEqual(client.packet().values(), [Exc(TIMED_OUT)])

    # ---- notifications

    def test_a_notification_reaches_the_trap_sink(self):
        notify = 'push oid:1.3.6.1.4.1.8072.9999.5.{n}\npush {what}\ncalls "snmp_notify"'
        self.assertEqual(self.values(session(notify.format(n=1, what='"on fire"'), notify.format(n=2, what=42))), [1, 1])
        wait_until(lambda: ".8072.9999.5.2" in self.traps(), self.traps)
        self.assertRegex(self.traps(), re.escape(".1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.4.1.8072.9999.5.1\t"
                                                 '.1.3.6.1.4.1.8072.9999.5.1 = STRING: "on fire"'))
        self.assertIn(".1.3.6.1.4.1.8072.9999.5.2 = INTEGER: 42", self.traps())

    def test_more_notifications_than_the_rate_are_refused(self):
        notify = 'push oid:1.3.6.1.4.1.8072.9999.6\npush 1\ncalls "snmp_notify"\n'
        answers = self.values(session(notify * 12))
        self.assertEqual(answers[0], 1)
        self.assertEqual(answers[-1], Exc(QUOTA))
        self.assertGreaterEqual(self.lab.counters("n2")["notifications_withheld"], 1)


if __name__ == "__main__":
    unittest.main()
