"""splashd starts, reloads and ends as snmpd(8) does."""
import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess
import tempfile
import unittest

from snmp_daemon import (COLD_START, CONFIGURATION, DEADLINE, RESTART, SHUTDOWN, SPLASHD, Daemon, TrapSink,
                         environment, until)

SYS_CONTACT = ".1.3.6.1.2.1.1.4.0"
SYS_NAME = ".1.3.6.1.2.1.1.5.0"


class Terminal(unittest.TestCase):
    def run_splashd(self, *arguments):
        with tempfile.TemporaryDirectory(prefix="splash-it-") as directory:
            return subprocess.run([SPLASHD, *arguments], env=environment(pathlib.Path(directory)), text=True,
                                  capture_output=True, timeout=DEADLINE, check=False)

    def test_version(self):
        for option in ("-v", "--version"):
            done = self.run_splashd(option)
            self.assertEqual(done.returncode, 0)
            self.assertTrue(done.stdout.startswith("\nNET-SNMP version:  5."), done.stdout)

    def test_usage(self):
        for option in ("-h", "--help"):
            done = self.run_splashd(option)
            self.assertEqual(done.returncode, 1)  # as snmpd
            self.assertIn("[OPTIONS] [LISTENING ADDRESSES]", done.stdout)

    def test_unknown_option(self):
        done = self.run_splashd("-Z")
        self.assertEqual(done.returncode, 1)
        self.assertIn("invalid option -- 'Z'", done.stderr)

    def test_directives(self):
        done = self.run_splashd("-H")
        self.assertEqual(done.returncode, 0)
        self.assertIn("rocommunity", done.stderr)

    def test_unknown_user(self):
        done = self.run_splashd("-f", "-u", "no-such-user-here", "udp:127.0.0.1:1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no-such-user-here", done.stderr)


class StartAndEnd(unittest.TestCase):
    def test_term_and_int_end_it_cleanly(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with Daemon() as daemon:
                self.assertEqual(daemon.pid_path.read_text(), f"{daemon.process.pid}\n")
                self.assertEqual(daemon.end(number), 0)
                self.assertFalse(daemon.pid_path.exists())

    def test_pid_file_stays_when_told(self):
        with Daemon(options=["-U"]) as daemon:
            self.assertEqual(daemon.end(), 0)
            self.assertTrue(daemon.pid_path.exists())

    def test_goes_to_the_background(self):
        with Daemon(foreground=False) as daemon:
            daemon.process.communicate(timeout=DEADLINE)
            self.assertEqual(daemon.process.returncode, 0)
            pid = int(until(daemon.pid_path.read_text, "a pid file"))
            try:
                self.assertNotEqual(pid, daemon.process.pid)
                self.assertIn("STRING", daemon.get(SYS_NAME))
            finally:
                os.kill(pid, signal.SIGTERM)
            until(lambda: not daemon.pid_path.exists(), "the pid file is removed")

    def test_notifies_at_start_reload_and_end(self):
        with TrapSink() as sink, Daemon(CONFIGURATION + f"trap2sink 127.0.0.1:{sink.port} public\n") as daemon:
            sink.wait_for(COLD_START, "coldStart")
            daemon.process.send_signal(signal.SIGHUP)
            sink.wait_for(RESTART, "nsNotifyRestart")
            daemon.end()
            sink.wait_for(SHUTDOWN, "nsNotifyShutdown")

    def test_tells_systemd_when_it_is_ready(self):
        with tempfile.TemporaryDirectory(prefix="splash-it-") as directory:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
                notify.bind(directory + "/notify")
                notify.settimeout(DEADLINE)
                daemon = Daemon()
                os.environ["NOTIFY_SOCKET"] = directory + "/notify"
                try:
                    with daemon:
                        self.assertIn(b"READY=1", notify.recv(100))
                finally:
                    del os.environ["NOTIFY_SOCKET"]

    def test_quit_directive_ends_it_at_once(self):
        self.assertEqual(Daemon(CONFIGURATION + "quit yes\n").run()[0], 0)

    def test_usr1_dumps_the_registry(self):
        with Daemon() as daemon:
            daemon.process.send_signal(signal.SIGUSR1)
            self.assertIn("STRING", daemon.get(SYS_NAME))
            daemon.process.send_signal(signal.SIGTERM)
            output, _ = daemon.process.communicate(timeout=DEADLINE)
            self.assertIn("Subtrees for Context", output)


class Reload(unittest.TestCase):
    def test_new_community_comes_and_old_one_goes(self):
        with Daemon("rocommunity before 127.0.0.1\n") as daemon:
            self.assertIn("STRING", daemon.get(SYS_NAME, credentials=("-v2c", "-c", "before")))
            daemon.conf_path.write_text("rocommunity after 127.0.0.1\n")
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_for_log("restarted")
            self.assertIn("STRING", daemon.get(SYS_NAME, credentials=("-v2c", "-c", "after")))
            done = daemon.tool("snmpget", SYS_NAME, check=False, credentials=("-v2c", "-c", "before", "-r0", "-t0.3"))
            self.assertIn("Timeout", done.stderr)

    def test_log_file_is_opened_again(self):
        with Daemon(options=["-A"]) as daemon:
            moved = daemon.log_path.with_suffix(".old")
            daemon.log_path.rename(moved)
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_for_log("restarted")


class Conflicts(unittest.TestCase):
    def test_address_taken(self):
        with Daemon() as first:
            status, text = Daemon(port=first.port).run()
            self.assertEqual(status, 1)
            self.assertIn(f"udp:127.0.0.1:{first.port}: the address is already in use", text)

    def test_second_of_two_addresses_is_the_one_named(self):
        with Daemon() as first:
            second = Daemon(port=first.port)
            second.argv.insert(-1, "udp:127.0.0.1:0")
            _, text = second.run()
            self.assertIn(f"udp:127.0.0.1:{first.port}: the address is already in use", text)

    def test_persistent_directory_taken(self):
        with Daemon() as first:
            before = sorted(p.name for p in (first.directory / "persist").iterdir())
            status, text = Daemon(directory=first.directory).run()
            self.assertEqual(status, 1)
            self.assertIn(f"persistent directory {first.directory}/persist, process {first.process.pid}", text)
            self.assertEqual(before, sorted(p.name for p in (first.directory / "persist").iterdir()))

    def test_persistent_directory_is_free_after_a_kill(self):
        with Daemon() as first:
            first.end(signal.SIGKILL)
            with Daemon(directory=first.directory) as second:
                self.assertIn("STRING", second.get(SYS_NAME))


class Persistence(unittest.TestCase):
    def store(self, daemon):
        return (daemon.directory / "persist" / "snmpd.conf").read_text()

    def test_a_value_set_is_stored_while_running(self):
        with Daemon() as daemon:
            daemon.tool("snmpset", SYS_CONTACT, "s", "stored-soon")
            until(lambda: "stored-soon" in self.store(daemon), "the value in the persistent file")

    def test_a_value_set_outlives_an_orderly_end(self):
        with Daemon() as daemon:
            daemon.tool("snmpset", SYS_CONTACT, "s", "outlives")
            daemon.end()
            self.assertIn("outlives", self.store(daemon))
            again = Daemon(directory=daemon.directory)
            again.argv.remove("-C")  # which leaves the persistent file unread
            with again:
                self.assertEqual(again.get(SYS_CONTACT), 'STRING: "outlives"')

    def test_engine_boots_count_up(self):
        def boots(daemon):
            return int(re.search(r"^engineBoots (\d+)", self.store(daemon), re.M).group(1))
        with Daemon() as first:
            one = boots(first)
            first.end()
            again = Daemon(directory=first.directory)
            again.argv.remove("-C")
            with again:
                self.assertEqual(boots(again), one + 1)


@unittest.skipUnless(os.geteuid() == 0, "needs root to give it up")
class Privileges(unittest.TestCase):
    def status(self, pid):
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def check_dropped(self, daemon, user):
        entry = pwd.getpwnam(user)
        status = self.status(daemon.process.pid)
        self.assertEqual(status["Uid"].split(), [str(entry.pw_uid)] * 4)
        self.assertEqual(status["Gid"].split(), [str(entry.pw_gid)] * 4)
        self.assertNotIn("0", status["Groups"].split())
        self.assertEqual(int(status["CapEff"], 16) & ~(1 << 10 | 1 << 12 | 1 << 13), 0)  # net_bind, net_admin, net_raw
        self.assertEqual((daemon.directory / "persist").stat().st_uid, entry.pw_uid)
        self.assertIn("STRING", daemon.get(SYS_NAME))

    def daemon(self, configuration=CONFIGURATION, options=()):
        daemon = Daemon(configuration, options)
        daemon.directory.chmod(0o755)
        return daemon

    def test_options_u_and_g(self):
        with self.daemon(options=["-u", "Debian-snmp", "-g", "Debian-snmp"]) as daemon:
            self.check_dropped(daemon, "Debian-snmp")
            self.assertEqual(daemon.end(), 0)

    def test_directives_agentuser_and_agentgroup(self):
        with self.daemon(CONFIGURATION + "agentuser Debian-snmp\nagentgroup Debian-snmp\n") as daemon:
            self.check_dropped(daemon, "Debian-snmp")


if __name__ == "__main__":
    unittest.main()
