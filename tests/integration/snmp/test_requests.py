"""Stock net-snmp tools see in splashd what they see in snmpd."""
import concurrent.futures
import unittest

from snmp_daemon import CONFIGURATION, SNMPD, V3, Daemon, free_port

SYS_CONTACT = ".1.3.6.1.2.1.1.4.0"
SYS_LOCATION = ".1.3.6.1.2.1.1.6.0"
SYSTEM = ".1.3.6.1.2.1.1"


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(CONFIGURATION + "sysLocation lab\n")
        cls.daemon.__enter__()
        cls.addClassCleanup(cls.daemon.__exit__)

    def test_get_by_community(self):
        self.assertEqual(self.daemon.get(SYS_LOCATION, credentials=("-v2c", "-c", "public")), 'STRING: "lab"')
        self.assertEqual(self.daemon.get(SYS_LOCATION, credentials=("-v1", "-c", "public")), 'STRING: "lab"')

    def test_get_by_user_authenticated_and_encrypted(self):
        self.assertEqual(self.daemon.get(SYS_LOCATION, credentials=V3), 'STRING: "lab"')

    def test_wrong_password_is_refused(self):
        wrong = ["wrongpassphrase" if word == "authpassphrase" else word for word in V3]
        done = self.daemon.tool("snmpget", SYS_LOCATION, credentials=wrong, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Authentication failure", done.stderr)

    def test_set_by_user_reads_back_by_community(self):
        self.daemon.tool("snmpset", SYS_CONTACT, "s", "ops", credentials=V3)
        self.assertEqual(self.daemon.get(SYS_CONTACT), 'STRING: "ops"')

    def test_read_only_community_cannot_set(self):
        done = self.daemon.tool("snmpset", SYS_CONTACT, "s", "x", credentials=("-v2c", "-c", "public"), check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("noAccess", done.stderr)

    def test_bulkwalk_gives_what_walk_gives(self):
        def names(tool):
            return [line.split(" = ")[0] for line in self.daemon.tool(tool, SYSTEM)]
        self.assertGreater(len(names("snmpwalk")), 20)
        self.assertEqual(names("snmpwalk"), names("snmpbulkwalk"))

    def test_many_clients_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: self.daemon.get(SYS_LOCATION), range(40)))
        self.assertEqual(answers, ['STRING: "lab"'] * 40)


class Transports(unittest.TestCase):
    def test_listens_on_several_addresses(self):
        port = free_port()
        with Daemon(addresses=[f"udp:127.0.0.1:{port}", f"tcp:127.0.0.1:{port}"], port=port) as daemon:
            for transport in ("udp", "tcp"):
                self.assertIn("STRING", daemon.get(SYS_LOCATION, transport=transport))


# Rows that come and go with processes and sockets, hold this agent's engine id, or count its own modules.
VOLATILE = tuple(oid + "." for oid in (
    ".1.3.6.1.2.1.25.4.2", ".1.3.6.1.2.1.25.5.1",                        # hrSWRun*
    ".1.3.6.1.2.1.6.13", ".1.3.6.1.2.1.6.19", ".1.3.6.1.2.1.6.20",       # TCP connections, listeners
    ".1.3.6.1.2.1.7.5", ".1.3.6.1.2.1.7.7",                              # UDP endpoints
    ".1.3.6.1.2.1.4.22", ".1.3.6.1.2.1.4.35", ".1.3.6.1.2.1.3.1",        # neighbours
    ".1.3.6.1.6.3.15.1.2",                                               # usmUserTable
    ".1.3.6.1.4.1.8072.1.7.2.1",                                         # nsLoggingTable: names of log files
))


class WholeTree(unittest.TestCase):
    def test_same_objects_as_snmpd(self):
        def names(daemon):
            lines = daemon.tool("snmpbulkwalk", ".1")
            return {line.split(" = ")[0] for line in lines
                    if line.startswith(".1.") and not line.startswith(VOLATILE)}
        with Daemon() as ours, Daemon(program=SNMPD) as stock:
            mine, reference = names(ours), names(stock)
        self.assertGreater(len(reference), 1000)
        self.assertEqual(sorted(mine ^ reference), [])


if __name__ == "__main__":
    unittest.main()
