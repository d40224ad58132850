"""What a node counts, as an operator sees it: SPLASH-MIB by stock tools, text for Prometheus, and that both agree."""

import os
import pathlib
import re
import signal
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import ENVIRONMENT, ROOT, wait_until  # noqa: E402
from support.daemon import BOX, BOX_ALLOWS_PEER, BOX_SETTINGS, Daemon  # noqa: E402
from support.lab import NAME_THERE, PING, RELOADING, LabTest  # noqa: E402
from support.netns import inside, socket_inside  # noqa: E402
from support.snap import assemble  # noqa: E402

PORT = 9253
SETTINGS = BOX_SETTINGS + BOX_ALLOWS_PEER + f'[metrics]\nlisten = "127.0.0.1:{PORT}"\n'
READ_ONLY = '[local]\nrights = ["read", "send"]\n'
SPLASH_MIB = ".1.3.6.1.4.1.8072.9999.9999.7253"
SYS_OR_ID = ".1.3.6.1.2.1.1.9.1.2"
IF_ADMIN_STATUS = ".1.3.6.1.2.1.2.2.1.7"
MIB_FOLDERS = f"{ROOT}/tests/mibs:{ROOT}/spec/mibs:/usr/share/snmp/mibs"
CAP_NET_ADMIN, CAP_NET_RAW = 1 << 12, 1 << 13
AS_DEBIAN_SNMP = ["-u", "Debian-snmp", "-g", "Debian-snmp"]
HTTP_HEAD = re.compile(rb"^HTTP/1\.[01] (\d+) .*?\r\n\r\n", re.DOTALL)
SERIES = re.compile(r'^(\w+)(?:\{(\w+)="([^"]*)"(?:,[^}]*)?\})? ([0-9.e+]+)$')


def of_columns(walked, prefix):
    """{index: value} of the column, in the text of a walk with SPLASH-MIB read."""
    return dict(re.findall(rf"^{prefix}\.(\S+) (\S+)$", walked, re.MULTILINE))


class Metrics(LabTest):
    topology = BOX

    def daemon(self, settings=SETTINGS, options=()):
        made = Daemon(self.lab.netns("box"), settings, options)
        self.addCleanup(made.end)
        return made

    # ---- asking

    def http(self, request, host="127.0.0.1"):
        """Status and body of one request, given as octets."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket_inside(self.lab.netns("box"), family, socket.SOCK_STREAM) as one:
            one.settimeout(30)
            one.connect((host, PORT))
            one.sendall(request)
            octets = b""
            while part := one.recv(65536):
                octets += part
        head = HTTP_HEAD.match(octets)
        return int(head.group(1)), octets[:head.end()].decode(), octets[head.end():].decode()

    def scrape(self, host="127.0.0.1"):
        """{(metric, label): number}"""
        status, head, body = self.http(b"GET /metrics HTTP/1.1\r\nHost: box\r\n\r\n", host)
        self.assertEqual(status, 200)
        self.assertIn("text/plain; version=0.0.4", head)
        found = {}
        for line in body.splitlines():
            if not line.startswith("#"):
                series = SERIES.match(line)
                self.assertTrue(series, line)
                key = (series.group(1), series.group(3))
                self.assertNotIn(key, found, "a series twice")
                found[key] = float(series.group(4))
        return found

    def walk(self, options=("-v2c", "-c", "public"), check=True):
        """SPLASH-MIB as snmpwalk prints it: object and instance, then the value."""
        done = self.lab.inside("peer", "snmpwalk", "-M", MIB_FOLDERS, "-m", "SPLASH-MIB", "-OsQUX", "-Ih", "-t", "10",
                               *options, self.lab.address("box"), SPLASH_MIB, check=check, env=ENVIRONMENT)
        return done.stdout.replace(" = ", " ") if check else done

    def ping(self, daemon, text=PING):
        with daemon.client() as client:
            client.inject(assemble(text), "127.0.0.1")
            return client.packet()

    def ask_from_peer(self):
        with self.lab.client("peer") as client:
            client.inject(assemble(NAME_THERE), self.lab.address("box"))
            return client.packet()

    def assert_agree(self, walked, scraped):
        """Every object of SPLASH-MIB has the value of its metric, as docs/counters.md pairs them."""
        pairs = re.findall(r"^\| `\w+` \| `(splash\w+)` \| `(splash_\w+)(?:\{reason=\"(\w+)\"\})?` \|",
                           (ROOT / "docs/counters.md").read_text(), re.MULTILINE)
        scalars = dict(re.findall(r"^(splash\w+)\.0 (.*)$", walked, re.MULTILINE))
        columns, totals = 0, 0
        for name, metric, reason in pairs:
            if name in scalars:
                self.assertEqual(float(scalars[name].split()[0]), scraped[metric, reason or None], name)
                totals += 1
            else:
                for index, value in re.findall(rf'^{name}\["?([^"\]]*)"?\] (\d+)', walked, re.MULTILINE):
                    self.assertEqual(float(value), scraped[metric, index], (name, index))
                    columns += 1
        self.assertGreater(totals, 25)
        self.assertGreaterEqual(columns, 3 * 8)
        for total, family in (("splashServiceCalls", "splash_service_calls_total"),
                              ("splashFaults", "splash_faults_total"),
                              ("splashFailedMoves", "splash_failed_moves_total")):
            self.assertEqual(float(scalars[total].split()[0]),
                             sum(value for (name, _), value in scraped.items() if name == family), total)

    # ---- what is counted

    def test_traffic_is_counted_and_both_faces_agree(self):
        with self.daemon() as daemon:
            before = self.scrape()
            self.assertEqual(self.ask_from_peer().values(), [b"box"])  # splashro reads sysName
            self.assertEqual(self.ping(daemon).values(), [b"still there"])
            self.assertEqual(self.ping(daemon, "pop\n").report().reason, 128)
            after, walked = self.scrape(), self.walk()

            def grown(metric, label=None):
                return after[metric, label] - before[metric, label]
            self.assertEqual(grown("splash_packets_received_total"), 3)
            self.assertEqual(grown("splash_principal_packets_received_total", "10.0.0.0/8"), 1)
            self.assertEqual(grown("splash_principal_packets_received_total", "local"), 2)
            self.assertEqual(grown("splash_principal_packets_sent_total", "10.0.0.0/8"), 1)
            self.assertEqual(grown("splash_service_calls_total", "snmp_getsingle"), 1)
            self.assertEqual(grown("splash_principal_service_calls_total", "10.0.0.0/8"), 1)
            self.assertEqual(grown("splash_faults_total", "underflow"), 1)
            self.assertEqual(grown("splash_principal_faults_total", "local"), 1)
            self.assertGreater(grown("splash_received_bytes_total"), 60)
            self.assertEqual(after["splash_parked", None], 0)
            self.assert_agree(walked, after)
            self.assertIn('splashName.0 "box"', walked)
            self.assertIn("splashAddressType.0 ipv4", walked)
            self.assertRegex(walked, r'splashReasonText\[128\] "stack underflow"')
            self.assertRegex(walked, r"splashReasonCount\[128\] 1\b")

    def test_snmptable_shows_principals(self):
        with self.daemon():
            done = self.lab.inside("peer", "snmptable", "-M", MIB_FOLDERS, "-m", "SPLASH-MIB", "-v2c", "-c", "public",
                                   "-Ci", "-CB", "-Cf", ";", self.lab.address("box"), "splashPrincipalTable",
                                   env=ENVIRONMENT)
            for name in ("local", "10.0.0.0/8", "homecoming"):
                self.assertIn(name, done.stdout)

    def test_without_settings_there_is_no_splash_mib(self):
        with self.daemon(None):
            self.assertIn("No Such Object", self.walk(check=False).stdout)
            listed = self.lab.inside("peer", "snmpwalk", "-v2c", "-c", "public", "-On", self.lab.address("box"), SYS_OR_ID,
                                     env=ENVIRONMENT).stdout
            self.assertNotIn(SPLASH_MIB, listed)
        with self.daemon():
            listed = self.lab.inside("peer", "snmpwalk", "-v2c", "-c", "public", "-On", self.lab.address("box"), SYS_OR_ID,
                                     env=ENVIRONMENT).stdout
            self.assertIn(SPLASH_MIB, listed)

    def test_vacm_decides_about_splash_mib(self):
        daemon = self.daemon()
        daemon.conf.write_text(daemon.conf.read_text() + "view system included .1.3.6.1.2.1.1\n"
                               "com2sec narrow default narrow\ngroup narrow v2c narrow\n"
                               "access narrow \"\" v2c noauth exact system none none\n")
        with daemon:
            self.assertIn("splashReceived.0", self.walk())
            self.assertNotIn("splashReceived", self.walk(("-v2c", "-c", "narrow"), check=False).stdout)
            done = self.lab.inside("peer", "snmpset", "-v2c", "-c", "private", self.lab.address("box"),
                                   f"{SPLASH_MIB}.1.1.2.0", "s", "other", check=False, env=ENVIRONMENT)
            self.assertIn("notWritable", done.stderr)

    # ---- the endpoint

    def test_it_serves_metrics_and_nothing_else(self):
        with self.daemon() as daemon:
            status, head, body = self.http(b"HEAD /metrics HTTP/1.1\r\nHost: box\r\n\r\n")
            self.assertEqual((status, body), (200, ""))
            self.assertRegex(head, r"Content-Length: [1-9]\d{3}")
            self.assertEqual(self.http(b"GET / HTTP/1.1\r\nHost: box\r\n\r\n")[0], 404)
            self.assertEqual(self.http(b"GET /metrics/x HTTP/1.0\r\n\r\n")[0], 404)
            status, head, _ = self.http(b"POST /metrics HTTP/1.1\r\nHost: box\r\nContent-Length: 3\r\n\r\nabc")
            self.assertEqual(status, 405)
            self.assertIn("Allow: GET, HEAD", head)
            self.assertEqual(self.http(b"\x16\x03\x01 nonsense\r\n\r\n")[0], 400)
            self.assertEqual(self.ping(daemon).values(), [b"still there"])

    def test_without_the_setting_nothing_listens(self):
        with self.daemon(SETTINGS.partition("[metrics]")[0]):
            with socket_inside(self.lab.netns("box"), socket.AF_INET, socket.SOCK_STREAM) as one:
                self.assertRaises(ConnectionRefusedError, one.connect, ("127.0.0.1", PORT))

    def test_ipv6_literal(self):
        switch = "net.ipv6.conf.lo.disable_ipv6"  # labs are IPv4
        self.lab.inside("box", "sysctl", "-qw", f"{switch}=0")
        self.addCleanup(self.lab.inside, "box", "sysctl", "-qw", f"{switch}=1")
        with self.daemon(SETTINGS.replace("127.0.0.1:9253", "[::1]:9253")):
            self.assertIn(("splash_executions_total", None), self.scrape("::1"))

    def test_port_taken(self):
        with inside(self.lab.netns("box")):
            other = socket.create_server(("127.0.0.1", PORT))
        with other:
            status, text = self.daemon().run_to_its_end()
            self.assertEqual(status, 1)
            self.assertIn("[metrics] listen 127.0.0.1:9253", text)
            self.assertIn("already in use", text)

    def test_slow_connections_stop_nobody(self):
        with self.daemon() as daemon:
            slow = [socket_inside(self.lab.netns("box"), socket.AF_INET, socket.SOCK_STREAM) for _ in range(40)]
            try:
                for at, one in enumerate(slow):
                    one.connect(("127.0.0.1", PORT))
                    one.sendall(b"GET /metrics HTTP/1.1\r\nX: " if at % 2 else b"")
                # Others are served while all places are taken.
                self.assertEqual(self.lab.snmpget("box", ".1.3.6.1.2.1.1.5.0", start="peer"), ['"box"'])
                self.assertEqual(self.ping(daemon).values(), [b"still there"])

                def dribble_until_hung_up():
                    slow[1].setblocking(False)
                    try:
                        slow[1].send(b"x")
                        return slow[1].recv(1) == b""
                    except BlockingIOError:
                        return False
                    except ConnectionError:
                        return True
                wait_until(dribble_until_hung_up, "a connection that dribbles is closed")
                self.assertIn(("splash_executions_total", None), self.scrape())
            finally:
                for one in slow:
                    one.close()

    def test_it_survives_a_reload_and_follows_the_principals(self):
        with self.daemon() as daemon:
            self.ask_from_peer()
            daemon.toml.write_text(daemon.toml.read_text().replace("[metrics]", '[[allow]]\nprefix = "192.0.2.0/24"\n'
                                                                   "insecure = true\n[metrics]"))
            os.kill(daemon.pid(), signal.SIGHUP)
            wait_until(lambda: RELOADING in daemon.log(), "it reads its settings again")
            wait_until(lambda: ("splash_principal_executions_total", "192.0.2.0/24") in self.scrape(),
                       "the new principal is shown")
            self.assertEqual(self.scrape()["splash_principal_executions_total", "10.0.0.0/8"], 1)
            self.assert_agree(self.walk(), self.scrape())

    # ---- privileges

    def capabilities(self, daemon):
        status = pathlib.Path(f"/proc/{daemon.pid()}/status").read_text()
        return int(re.search(r"^CapEff:\s*(\w+)", status, re.MULTILINE).group(1), 16)

    def interface(self, name):
        """An interface of the box, made for this test and up; its ifIndex. The agent lists it if it starts later."""
        self.lab.inside("box", "ip", "link", "add", name, "type", "veth", "peer", "name", name + "p")
        self.addCleanup(self.lab.inside, "box", "ip", "link", "del", name, check=False)
        self.lab.inside("box", "ip", "link", "set", name, "up")
        with inside(self.lab.netns("box")):
            return socket.if_nametoindex(name)

    def set_down(self, index):
        """By stock snmpset."""
        return self.lab.inside("peer", "snmpset", "-t", "10", "-r", "0", "-v2c", "-c", "private", self.lab.address("box"),
                               f"{IF_ADMIN_STATUS}.{index}", "i", "2", check=False, env=ENVIRONMENT)

    def is_up(self, name):
        return ",UP" in self.lab.inside("box", "ip", "-o", "link", "show", name).stdout

    def test_granted_writes_keep_the_privilege_to_set_interfaces(self):
        index = self.interface("spl0")
        with self.daemon(options=AS_DEBIAN_SNMP) as daemon:
            self.assertEqual(self.capabilities(daemon), CAP_NET_RAW | CAP_NET_ADMIN)
            done = self.set_down(index)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertFalse(self.is_up("spl0"))
            self.assertIn(("splash_executions_total", None), self.scrape())  # opened before the drop

    def test_without_granted_writes_interfaces_stay_as_they_are(self):
        index = self.interface("spl1")
        with self.daemon(SETTINGS.replace("[local]\n", READ_ONLY), AS_DEBIAN_SNMP) as daemon:
            self.assertEqual(self.capabilities(daemon), CAP_NET_RAW)
            self.assertNotEqual(self.set_down(index).returncode, 0)
            self.assertTrue(self.is_up("spl1"))

    def test_a_user_without_an_access_line_is_named_at_the_start(self):
        with self.daemon(SETTINGS.replace('"splashro"', '"nosuch"')) as daemon:
            warnings = [line for line in daemon.log().splitlines() if "no access line" in line]
            self.assertEqual(len(warnings), 1, daemon.log())
            self.assertIn("snmp_user nosuch", warnings[0])
            self.assertIn("rouser -s usm nosuch noauth", warnings[0])
        with self.daemon() as daemon:
            self.assertNotIn("no access line", daemon.log())


if __name__ == "__main__":
    unittest.main()
