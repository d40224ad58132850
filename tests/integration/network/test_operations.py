"""splashd as an operator meets it: what it says when it cannot start, reloads, privileges, what it opens and leaves."""

import os
import pathlib
import pwd
import shutil
import signal
import socket
import stat
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import BIN, run, wait_until  # noqa: E402
from support.daemon import BOX, BOX_ALLOWS_PEER, BOX_SETTINGS, READY, Daemon  # noqa: E402
from support.lab import NAME_THERE, PING, RELOADING, LabTest, new_name, remains_of  # noqa: E402
from support.netns import inside, socket_inside  # noqa: E402
from support.snap import UDP_PORT, Exc, assemble  # noqa: E402

SETTINGS = BOX_SETTINGS
NO_WRITES = SETTINGS.replace("[local]\n", '[local]\nrights = ["read", "send"]\n')
CAP_NET_ADMIN, CAP_NET_RAW = 1 << 12, 1 << 13
NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def raw_sockets(pid):
    """Protocols of the raw IPv4 sockets in the process's namespace."""
    lines = pathlib.Path(f"/proc/{pid}/net/raw").read_text().splitlines()[1:]
    return sorted(int(line.split()[1].split(":")[1], 16) for line in lines)


def udp_ports(pid):
    lines = pathlib.Path(f"/proc/{pid}/net/udp").read_text().splitlines()[1:]
    return sorted(int(line.split()[1].split(":")[1], 16) for line in lines)


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {line.partition(":")[0]: line.partition(":")[2].split() for line in lines}


class Operations(LabTest):
    topology = BOX

    def daemon(self, settings=SETTINGS, options=(), **more):
        made = Daemon(self.lab.netns("box"), settings, options, **more)
        self.addCleanup(made.end)
        return made

    def ask_box(self):
        """What comes to the peer when it asks the box for its name."""
        with self.lab.client("peer") as client:
            client.inject(assemble(NAME_THERE), self.lab.address("box"))
            return client.packet()

    def assert_refused(self, daemon, *words):
        status, text = daemon.run_to_its_end()
        self.assertEqual(status, 1, text)
        for word in words:
            self.assertIn(str(word), text)
        self.assertFalse(daemon.pid_file.exists(), "a pid file is left")

    # ---- what it says when it cannot start

    def test_udp_port_taken(self):
        with inside(self.lab.netns("box")):
            other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with other:
            other.bind(("0.0.0.0", UDP_PORT))
            self.assert_refused(self.daemon(), f":{UDP_PORT}", "already in use")
        with socket_inside(self.lab.netns("box"), socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("0.0.0.0", 7999))
            self.assert_refused(self.daemon(SETTINGS.replace("[local]", "udp_port = 7999\n[local]")), ":7999")

    def test_snmp_port_taken(self):
        with socket_inside(self.lab.netns("box"), socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("0.0.0.0", 161))
            self.assert_refused(self.daemon(options=["udp:161"]), "udp:161", "already in use")
            self.assert_refused(self.daemon(options=["udp:1161", "udp:161"]), "udp:161", "already in use")

    def test_persistent_directory_in_use(self):
        with self.daemon() as first:
            second = self.daemon(SETTINGS.replace("d.sock", "e.sock"), ["udp:1161"], directory=first.directory,
                                 name="e")
            second.persistent = first.persistent
            self.assert_refused(second, first.persistent, first.process.pid, "another instance")
            self.assertIsNone(first.process.poll())

    def test_unix_socket_in_use(self):
        with self.daemon() as first:
            other = SETTINGS.replace("[local]", "udp_port = 7999\nraw = false\n[local]")
            second = self.daemon(other, ["udp:1161"], directory=first.directory, name="e")
            self.assert_refused(second, first.socket, "another instance")
            with first.client() as client:  # the first one still has it
                client.inject(assemble(PING), "127.0.0.1")
                self.assertEqual(client.packet().values(), [b"still there"])

    def test_a_stale_socket_file_is_taken_over(self):
        daemon = self.daemon()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as old:
            old.bind(str(daemon.socket))
        with daemon, daemon.client() as client:
            client.inject(assemble(PING), "127.0.0.1")
            self.assertEqual(client.packet().values(), [b"still there"])

    def test_broken_settings_name_line_and_column(self):
        for text, where in ((SETTINGS + "[[allow\n", "d.toml:6:"), (SETTINGS + "colour = 1\n", "d.toml:6:"),
                            (SETTINGS + "[[allow]]\nprefix = 7\ninsecure = true\n", "d.toml:7:10"),
                            (SETTINGS.replace('"box"', "box"), "d.toml:2:")):
            with self.subTest(text):
                self.assert_refused(self.daemon(text), where, "docs/splash.toml.md")

    def test_missing_settings_and_unknown_options(self):
        daemon = self.daemon()
        daemon.toml.unlink()
        self.assert_refused(daemon, daemon.toml)
        self.assert_refused(self.daemon(options=["--splash-colour=red"]), "splash-colour", "--splash-config")

    def as_nobody(self, settings=SETTINGS):
        """As a user without privileges, from a directory everybody can read."""
        daemon = self.daemon(settings, ["udp:1161"])
        daemon.before = NOBODY
        daemon.program = shutil.copy(BIN / "splashd", daemon.directory)
        return daemon

    def test_without_root_it_names_the_capability(self):
        self.assert_refused(self.as_nobody(), "CAP_NET_RAW", "privileges")

    def test_without_root_it_serves_udp_and_its_socket(self):
        daemon = self.as_nobody(SETTINGS.replace("[local]", "raw = false\n[local]"))
        with daemon, daemon.client() as client:
            self.assertEqual(status_of(daemon.pid())["Uid"][1], str(pwd.getpwnam("nobody").pw_uid))
            client.inject(assemble(PING), "127.0.0.1")
            self.assertEqual(client.packet().values(), [b"still there"])

    def test_without_root_no_lab_comes_up(self):
        name = new_name()
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o755)
            for program in ("splash", "splashd"):
                shutil.copy(BIN / program, directory)
            done = run(*NOBODY, f"{directory}/splash", "lab", "up", "line2", "--name", name, check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("privileges", done.stderr)
        self.assertEqual(remains_of(name), [])

    # ---- reloading

    def reload(self, daemon):
        before = daemon.log().count(RELOADING)
        os.kill(daemon.pid(), signal.SIGHUP)
        wait_until(lambda: daemon.log().count(RELOADING) > before, "it reads its settings again")
        with daemon.client() as client:  # answered when the reload is over
            client.inject(assemble(PING), "127.0.0.1")
            client.packet()

    def test_hup_takes_new_settings_and_keeps_the_old_when_they_are_broken(self):
        with self.daemon() as daemon:
            self.assertEqual(self.ask_box().report().reason, 139)
            whole = daemon.toml.read_text()
            daemon.toml.write_text(whole + BOX_ALLOWS_PEER)
            self.reload(daemon)
            self.assertEqual(self.ask_box().values(), [b"box"])

            daemon.toml.write_text(whole + "[[allow]]\nprefix = \"10.0.0.0/33\"\n")
            self.reload(daemon)
            self.assertEqual(self.ask_box().values(), [b"box"])
            self.assertIn("the old settings stay", daemon.log())
            self.assertIn("d.toml:7:10", daemon.log())

            daemon.toml.unlink()
            self.reload(daemon)
            self.assertEqual(self.ask_box().values(), [b"box"])
            self.assertEqual(daemon.log().count("the old settings stay"), 2)

            daemon.toml.write_text(whole)
            self.reload(daemon)
            self.assertEqual(self.ask_box().report().reason, 139)

    # ---- privileges

    def test_hup_says_what_it_read_and_what_a_restart_would_change(self):
        with self.daemon() as daemon:
            whole = daemon.toml.read_text()
            self.reload(daemon)
            self.assertEqual(daemon.log().count(f"{daemon.toml} was read again"), 1)
            self.assertNotIn("restart splashd", daemon.log())
            daemon.toml.write_text(whole.replace("[local]", "udp_port = 7254\nprotocol = 254\n[local]") +
                                   '[metrics]\nlisten = "127.0.0.1:9253"\n')
            self.reload(daemon)
            self.assertIn("restart splashd to change protocol, udp_port, metrics.listen", daemon.log())

    def test_hup_of_a_daemon_without_root_names_the_capability_it_gave_up(self):
        with self.daemon(NO_WRITES, ["-u", "Debian-snmp", "-g", "Debian-snmp"]) as daemon:
            # SIGHUP opens the log anew, as snmpd does: its user must be able to.
            daemon.directory.chmod(0o755)
            os.chown(daemon.log_file, pwd.getpwnam("Debian-snmp").pw_uid, -1)
            daemon.toml.write_text(daemon.toml.read_text().replace('rights = ["read", "send"]\n', ""))
            self.reload(daemon)
            self.assertIn("restart splashd for rights that need cap_net_admin", daemon.log())

    def test_dropping_root_keeps_cap_net_raw_and_nothing_else(self):
        with self.daemon(NO_WRITES + BOX_ALLOWS_PEER, ["-u", "Debian-snmp", "-g", "Debian-snmp"]) as daemon:
            self.assertEqual(self.ask_box().values(), [b"box"])
            user = pwd.getpwnam("Debian-snmp")
            status = status_of(daemon.pid())
            self.assertEqual(set(status["Uid"]), {str(user.pw_uid)})
            self.assertEqual(set(status["Gid"]), {str(user.pw_gid)})
            for kind in ("CapEff", "CapPrm"):
                self.assertEqual(int(status[kind][0], 16), CAP_NET_RAW, kind)
            for kind in ("CapInh", "CapAmb"):
                self.assertEqual(int(status[kind][0], 16), 0, kind)
            # It still follows the network, and its settings.
            daemon.toml.write_text(daemon.toml.read_text().replace(BOX_ALLOWS_PEER, ""))
            self.reload(daemon)
            self.assertEqual(self.ask_box().report().reason, 139)
            # What others send through it still comes out at the other side.
            answer = self.lab.snmpget("box", ".1.3.6.1.2.1.1.5.0", start="peer")
            self.assertEqual(answer, ['"box"'])

    def test_the_right_to_configure_is_good_without_root(self):
        self.addCleanup(self.lab.inside, "box", "sysctl", "-qw", "net.ipv4.ip_forward=0")
        settings = SETTINGS.replace("[local]\n", '[local]\nrights = ["read", "configure"]\n')
        program = ('push 1\ncalls "proc_setipforward"\ncalls "proc_getipforward"\n'
                   'push 198.18.0.0\npush 15\ncalls "route_del"\n'
                   'push "eth1"\npush 1\ncalls "if_setup"\ndemuxall 0\n')
        with self.daemon(settings, ["-u", "Debian-snmp", "-g", "Debian-snmp"]) as daemon, daemon.client() as client:
            self.assertEqual(int(status_of(daemon.pid())["CapEff"][0], 16), CAP_NET_RAW | CAP_NET_ADMIN)
            client.inject(assemble(program), self.lab.address("box"), 9)
            self.assertEqual(client.packet().values(), [1, 1, Exc(34), 1])

    def test_an_agent_alone_keeps_no_capability(self):
        with self.daemon(None, ["-u", "Debian-snmp", "-g", "Debian-snmp"]) as daemon:
            self.assertEqual(int(status_of(daemon.pid())["CapEff"][0], 16), 0)
            self.assertEqual(self.lab.snmpget("box", ".1.3.6.1.2.1.1.5.0", start="peer"), ['"box"'])

    # ---- what it opens and what it leaves

    def test_with_settings_it_opens_raw_sockets_and_its_udp_port(self):
        with self.daemon() as daemon:
            self.assertEqual(raw_sockets(daemon.pid()), [1, 253, 255])
            self.assertEqual(udp_ports(daemon.pid()), [161, UDP_PORT])
            self.assertEqual(stat.S_IMODE(daemon.socket.stat().st_mode), 0o660)
        with self.daemon(SETTINGS.replace("[local]", "raw = false\nudp = false\n[local]")) as daemon:
            self.assertEqual(raw_sockets(daemon.pid()), [])
            self.assertEqual(udp_ports(daemon.pid()), [161])

    def test_without_settings_it_is_an_snmp_agent_and_nothing_else(self):
        with self.daemon(None) as daemon:
            self.assertEqual(raw_sockets(daemon.pid()), [])
            self.assertEqual(udp_ports(daemon.pid()), [161])
            self.assertEqual([path.name for path in daemon.directory.glob("*.sock*")], [])
            answer = self.ask_box().report()
            self.assertEqual((answer.reason, answer.node), (138, self.lab.address("box")))

    def test_term_removes_socket_and_pid_file(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.daemon() as daemon:
                self.assertEqual(daemon.pid(), daemon.process.pid)
                self.assertTrue(daemon.socket.exists())
                self.assertEqual(daemon.stop(number), 0)
                self.assertFalse(daemon.pid_file.exists())
                self.assertEqual([path.name for path in daemon.directory.glob("*.sock*")], [])

    def test_kill_leaves_files_that_the_next_one_takes_over(self):
        with self.daemon() as first:
            first.stop(signal.SIGKILL)
            self.assertTrue(first.socket.exists())
            first.log_file.unlink()
            with first, first.client() as client:
                client.inject(assemble(PING), "127.0.0.1")
                self.assertEqual(client.packet().values(), [b"still there"])

    def test_in_the_background_it_serves_and_ends(self):
        daemon = self.daemon(SETTINGS + BOX_ALLOWS_PEER)
        daemon.is_foreground = False
        with daemon:
            self.assertEqual(daemon.process.wait(timeout=60), 0)
            self.assertNotEqual(daemon.pid(), daemon.process.pid)
            self.assertEqual(self.ask_box().values(), [b"box"])
            self.assertEqual(self.lab.snmpget("box", ".1.3.6.1.2.1.1.5.0", start="peer"), ['"box"'])
            daemon.stop(signal.SIGTERM)
            self.assertFalse(daemon.pid_file.exists())
            self.assertFalse(daemon.socket.exists())
            self.assertIn(READY, daemon.log())

    def test_in_the_background_it_keeps_one_capability_too(self):
        daemon = self.daemon(NO_WRITES + BOX_ALLOWS_PEER, ["-u", "Debian-snmp", "-g", "Debian-snmp"])
        daemon.is_foreground = False
        with daemon:
            self.assertEqual(int(status_of(daemon.pid())["CapEff"][0], 16), CAP_NET_RAW)
            self.assertEqual(self.ask_box().values(), [b"box"])


if __name__ == "__main__":
    unittest.main()
