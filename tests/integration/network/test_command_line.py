"""The command line as people and scripts meet it: what it prints, on which stream, and how it ends."""

import json
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import ENVIRONMENT, ROOT, SPLASH, SPLASHD, run  # noqa: E402
from support.daemon import Daemon  # noqa: E402
from support.lab import Lab  # noqa: E402
from support.netns import is_root  # noqa: E402

NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


class FilesTest(unittest.TestCase):
    """A test with a directory of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="splash-it-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path


class DaemonsOwnOptions(FilesTest):
    def test_check_prints_what_holds(self):
        path = self.write("splash.toml", '[node]\nsocket = "/x/s.sock"\nprotocol = 254\n')
        done = run(SPLASHD, f"--splash-config={path}", "--splash-check")
        self.assertIn(f"file {path}\nnode.socket /x/s.sock\n", done.stdout)
        self.assertIn("node.protocol 254\n", done.stdout)
        self.assertIn("local.rights read,write,send\n", done.stdout)
        self.assertIn("dictionary.entries 4096\n", done.stdout)

    def test_check_names_the_place_of_what_is_wrong(self):
        path = self.write("splash.toml", "[node]\nproto = 254\n")
        done = run(SPLASHD, f"--splash-config={path}", "--splash-check", check=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"{path}:2:", done.stderr)

    def test_settings_that_cannot_be_read_end_every_mode(self):
        for option in ("--splash-check", "--services", "-f"):
            done = run(SPLASHD, f"--splash-config={self.directory}", option, check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"{self.directory}: Is a directory: the file cannot be read", done.stderr)

    def test_a_group_that_is_not_there_is_named_with_file_and_setting(self):
        path = self.write("splash.toml", '[node]\nsocket_group = "no-such-group"\n')
        for option in ("--splash-check", "-f"):
            done = run(SPLASHD, f"--splash-config={path}", option, check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"splashd: {path}: socket_group: no group is called no-such-group: ", done.stderr)

    def test_help_lists_them_behind_those_of_snmpd(self):
        done = run(SPLASHD, "--help", check=False)
        snmpd, _, own = done.stdout.partition("Options of splashd beside those of snmpd:\n")
        self.assertIn("-Lsd", snmpd)
        self.assertIn("--splash-config=FILE|none", own)
        self.assertIn("--splash-check", own)


class Refusals(FilesTest):
    """What needs no network."""

    def refused(self, *words, status, json_output=False):
        done = run(SPLASH, *words, check=False, cwd=self.directory)
        self.assertEqual(done.returncode, status, done.stderr)
        if not json_output:
            self.assertEqual(done.stdout, "")
        return done

    def test_an_unknown_command_is_named_with_the_nearest(self):
        self.assertIn("no command 'gte'; did you mean 'get'?", self.refused("gte", "n1", status=2).stderr)

    def test_json_has_the_error_and_the_text_goes_to_standard_error(self):
        done = self.refused("run", "missing.snap", "--to", "127.0.0.1", "-o", "json", status=3, json_output=True)
        error = json.loads(done.stdout)["error"]
        self.assertEqual((error["code"], error["name"]), (4, "FileNotFound"))
        self.assertIn("missing.snap", error["detail"])
        self.assertIn(error["hint"], done.stderr)

    def test_json_of_a_wrong_command_line(self):
        done = self.refused("get", "-o", "json", status=2, json_output=True)
        error = json.loads(done.stdout)["error"]
        self.assertEqual((error["name"], error["hint"]), ("Usage", "see splash get --help"))

    def test_version_of_both_spellings(self):
        words = run(SPLASH, "version").stdout
        for option in ("--version", "-V"):
            self.assertEqual(run(SPLASH, option).stdout, words)

    def test_garbage_is_refused_and_not_printed(self):
        for name, status_text in (("x.snapc", "no SNAP packet"), ("x.snap", "neither assembly")):
            (self.directory / name).write_bytes(b"\x7fELF\x00\x1b[31mred\n" * 50)
            done = self.refused("run", name, "--to", "127.0.0.1", status=3)
            self.assertIn(status_text, done.stderr)
            self.assertNotIn("\x1b", done.stderr)
            self.assertNotIn("\x7f", done.stderr)

    def test_findings_are_capped(self):
        done = self.refused("asm", ROOT / "README.md", "-o", "-", status=3)
        self.assertEqual(done.stderr.count(": error: "), 20)
        self.assertRegex(done.stderr, r"\nand \d+ more\n")

    def test_bad_snmp_options_are_answered_in_one_line(self):
        done = self.refused("get", "-v9", "-c", "public", "127.0.0.1", "sysName.0", status=2)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("-v", done.stderr)

    def test_snmp_3_says_what_is_missing_before_it_asks(self):
        # Nobody answers there: what is said comes before anything is sent.
        for options, missing in ((("-v3",), "-u"), (("-v3", "-u", "ann", "-l", "authNoPriv"), "-A"),
                                 (("-v3", "-u", "ann", "-l", "authPriv", "-A", "authpassphrase"), "-X")):
            with self.subTest(options=options):
                done = self.refused("get", *options, "-r", "0", "-t", "0.2", "127.0.0.1:9", "sysName.0", status=2)
                self.assertIn(f"give {missing}, or def", done.stderr)
        complete = ("-v3", "-u", "ann", "-l", "authPriv", "-A", "authpassphrase", "-X", "privpassphrase")
        self.refused("get", *complete, "-r", "0", "-t", "0.2", "127.0.0.1:9", "sysName.0", status=4)

    def test_a_topology_says_its_range(self):
        self.assertIn("line takes 2 to 200 nodes", self.refused("lab", "up", "line0", status=3).stderr)

    def test_a_lab_that_is_not_there(self):
        for words in (("lab", "down", "no-such-lab"), ("lab", "exec", "no-such-lab", "n1", "--", "true"),
                      ("get", "n1", "sysName.0", "--lab", "no-such-lab")):
            self.assertIn("lab no-such-lab: nothing of that name exists", self.refused(*words, status=4).stderr)


@unittest.skipUnless(is_root(), "needs root: network namespaces")
class InALab(FilesTest):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab("line2")
        cls.addClassCleanup(cls.lab.down)
        cls.lab.up()

    def exec(self, *words, **options):
        return run(SPLASH, "lab", "exec", self.lab.name, *words, check=False, **options)

    def test_exec_ends_as_a_shell_does(self):
        done = self.exec("n1", "--", "no-such-command-here")
        self.assertEqual(done.returncode, 127)
        self.assertIn("no-such-command-here", done.stderr)
        self.assertEqual(self.exec("n1", "--", self.write("plain", "x")).returncode, 126)

    def test_an_unknown_node_is_the_same_error_everywhere(self):
        for done in (self.exec("n9", "--", "true"),
                     run(SPLASH, "get", "n9", "sysName.0", "--lab", self.lab.name, check=False)):
            self.assertEqual(done.returncode, 4)
            self.assertIn(f"node 'n9' in lab {self.lab.name}", done.stderr)

    def test_values_look_the_same_by_both_ways(self):
        # A link's address of printable octets looks like this, too: quoted, since nothing says that it is text.
        lab = ("--lab", self.lab.name)
        run(SPLASH, "set", "n1", "sysLocation.0", "s", 'a\\b"c', *lab)
        self.addCleanup(run, SPLASH, "set", "n1", "sysLocation.0", "s", "", *lab)
        objects = ("sysLocation.0", "sysObjectID.0", "sysName.0", "sysUpTime.0", "ifPhysAddress.2", "ifType.2", "ipForwarding.0",
                   "sysORID.1", "snmpEngineID.0")
        words = ("get", "n1", *objects, *lab)
        by_snmp, by_snap = (run(SPLASH, *words, "--via", via, check=False).stdout.splitlines() for via in ("snmp", "snap"))
        self.assertEqual(len(by_snmp), len(objects))
        for one, other in zip(by_snmp, by_snap):
            if "sysUpTime" not in one:
                self.assertEqual(one, other)

    def test_a_program_that_cannot_deliver_is_said_to(self):
        path = self.write("silent.snap", "forw\n")
        done = run(SPLASH, "run", path, "--lab", self.lab.name, "--from", "n1", "--to", "n2", "--timeout", "0.3",
                   "-o", "json", check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("has no demux, demuxi or demuxall", json.loads(done.stdout)["error"]["detail"])

    def test_a_socket_that_is_closed_names_who_may_open_it(self):
        socket = self.lab.nodes["n1"]["socket"]
        os.chmod(socket, 0o660)
        done = run(*NOBODY, SPLASH, "path", "127.0.0.1", "--socket", socket, check=False)
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, "group root|closed to this user")

    def test_doctor_finds_the_node_well(self):
        done = self.doctor("--lab", self.lab.name, "--from", "n1")
        self.assertEqual((done["socket"]["state"], done["self-test"]["state"]), ("ok", "ok"))
        self.assertIn('"n1"', done["self-test"]["why"])

    def test_doctor_examines_the_node_of_a_lab_not_the_host(self):
        conf = pathlib.Path(self.lab.directory("n2")) / "snmpd.conf"
        kept = conf.read_text()
        self.addCleanup(conf.write_text, kept)
        conf.write_text(kept + "view\n")
        self.lab.inside("n2", "sysctl", "-qw", "net.ipv4.conf.eth1.rp_filter=1")
        self.addCleanup(self.lab.inside, "n2", "sysctl", "-qw", "net.ipv4.conf.eth1.rp_filter=0")
        checks = self.doctor("--lab", self.lab.name, "--from", "n2")
        self.assertEqual(checks["splash.toml"]["why"], f"{self.lab.directory('n2')}/splash.toml")
        self.assertIn(f"{conf}: line ", checks["snmpd.conf"]["why"])
        self.assertIn(f"-c {conf} shows all", checks["snmpd.conf"]["mend"])
        self.assertIn("eth1", checks["rp_filter"]["why"])
        self.assertEqual(checks["rp_filter"]["mend"],
                         f"splash lab exec {self.lab.name} n2 -- sysctl -w net.ipv4.conf.all.rp_filter=2")
        pid = self.lab.pid("n2")
        for port in (161, 7253):
            self.assertEqual(checks[f"UDP port {port}"]["why"], f"taken by splashd (pid {pid})")

    def test_doctor_of_no_lab_or_without_root_says_so(self):
        done = run(SPLASH, "doctor", "--lab", "no-such-lab", "--from", "n1", check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("lab no-such-lab", done.stderr)
        checks = self.doctor("--lab", self.lab.name, "--from", "n2", before=NOBODY)
        self.assertEqual((checks["network"]["state"], checks["network"]["mend"]), ("warning", "sudo splash doctor ..."))
        self.assertIn("veth", checks)

    def doctor(self, *words, before=()):
        printed = run(*before, SPLASH, "doctor", *words, "-o", "json", check=False)
        document = json.loads(printed.stdout)
        self.assertEqual(printed.returncode, 1 if document["no"] else 0)
        return {check["name"]: check for check in document["checks"]}

    def test_doctor_tries_the_kernel_without_root_too(self):
        checks = self.doctor(before=NOBODY)
        self.assertEqual(checks["privileges"]["state"], "warning")
        for name in ("veth", "Router Alert", "seccomp"):
            self.assertIn(checks[name]["state"], ("ok", "warning"))
        self.assertNotEqual([c for c in checks.values() if "sudo" in (c["mend"] or "")], [])

    def test_doctor_names_a_socket_without_a_daemon(self):
        checks = self.doctor("--socket", self.directory / "none.sock")
        self.assertEqual(checks["socket"]["state"], "no")
        self.assertNotIn("self-test", checks)

    def test_doctor_leaves_no_namespace_and_no_file(self):
        before = (sorted(os.listdir("/run/netns")), sorted(os.listdir("/sys/class/net")))
        self.doctor()
        self.assertEqual((sorted(os.listdir("/run/netns")), sorted(os.listdir("/sys/class/net"))), before)

    def test_doctor_passes_on_what_snmpds_parser_says(self):
        self.write("snmpd.conf", "rocommunity public\nview\n")
        printed = run(SPLASH, "doctor", "-o", "json", check=False,
                      env={**ENVIRONMENT, "SNMPCONFPATH": str(self.directory)})
        checks = {check["name"]: check for check in json.loads(printed.stdout)["checks"]}
        self.assertEqual((printed.returncode, checks["snmpd.conf"]["state"]), (1, "no"))
        self.assertIn("snmpd.conf: line 2", checks["snmpd.conf"]["why"])

    def test_doctor_prints_a_line_a_check_for_people(self):
        printed = run(SPLASH, "doctor", check=False)
        self.assertRegex(printed.stdout, r"\n  ok +veth +works")
        self.assertRegex(printed.stdout, r"\n\d+ ok, \d+ no, \d+ warnings?\n$")

    def test_a_directory_made_for_the_socket_is_logged(self):
        settings = '[node]\nsocket = "{directory}/deep/d.sock"\nraw = false\nudp = false\n'
        with Daemon(self.lab.nodes["n1"]["netns"], settings, options=["udp:127.0.0.1:11161"]) as daemon:
            self.assertIn(f"made the directory {daemon.directory}/deep for the socket", daemon.log())


if __name__ == "__main__":
    unittest.main()
