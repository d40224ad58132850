"""The packages on a Debian that boots: fresh, beside snmpd, there and back, upgraded, removed, purged."""

import os
import pathlib
import re
import unittest

from machine import Machine, Root, host, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "packaging/debian/splashd.service"
V2C = ["snmpget", "-v2c", "-cpublic", "-Oqv", "-On", "-r0", "-t5", "127.0.0.1"]
V3 = ["snmpget", "-v3", "-uwarden", "-lauthPriv", "-aSHA-512", "-Acorrect horse", "-xAES", "-Xbattery staple", "-Oqv",
      "-On", "-r0", "-t5", "127.0.0.1"]
SYS_DESCR, SYS_NAME = ".1.3.6.1.2.1.1.1.0", ".1.3.6.1.2.1.1.5.0"
ENGINE_ID, ENGINE_BOOTS = ".1.3.6.1.6.3.10.2.1.1.0", ".1.3.6.1.6.3.10.2.1.2.0"
STORAGE_DESCR = ".1.3.6.1.2.1.25.2.3.1.3"
EXTENDED = ".1.3.6.1.4.1.8072.1.3.2.3.1.2"  # nsExtendOutputFull
NET_ADMIN, NET_RAW = 1 << 12, 1 << 13
AS_MEMBER = ["setpriv", "--reuid=nobody", "--regid=nogroup"]
# What Debian's unit and ours differ in, besides the program.
SAME_AS_SNMPD = ("Type", "ExecReload")


def setting(text, name):
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


def doc_commands(which):
    """The command line that docs/install.md gives after the sentence with that word."""
    text = (ROOT / "docs/install.md").read_text()
    found = re.search(rf"<!-- {which} -->\n```\n(.*?)```", text, re.DOTALL)
    assert found, f"docs/install.md gives no commands marked {which}"
    return found.group(1)


def setUpModule():
    folder = pathlib.Path(os.environ["SPLASH_FOLDER"])
    now = sorted(p for p in pathlib.Path(os.environ["SPLASH_DEBS"]).glob("*.deb") if "dbgsym" not in p.name)
    later = sorted(p for p in pathlib.Path(os.environ["SPLASH_NEXT_DEBS"]).glob("*.deb") if "dbgsym" not in p.name)
    Packages.now = {p.name.partition("_")[0]: f"/debs/{p.name}" for p in now}
    Packages.later = {p.name.partition("_")[0]: f"/debs/{p.name}" for p in later}
    Packages.root = Root(folder, [*now, *later], ["snmpd"])


class Packages(unittest.TestCase):
    root: Root
    now: dict
    later: dict

    def setUp(self):
        self.machine = Machine(self.root, self._testMethodName.removeprefix("test_")[:24].replace("_", "-").rstrip("-"))
        self.addCleanup(self.machine.remove)

    # What the tests do with a machine

    def install(self, *names):
        return self.machine.apt("install", *(self.now.get(n, n) for n in names))

    def answers(self):
        return self.machine.ask(*V2C, SYS_DESCR)

    def add_user(self, unit):
        """As docs/install.md has it: a user who may read everything, made while the agent is down."""
        self.machine.run("systemctl", "stop", unit)
        self.machine.shell("echo 'createUser warden SHA-512 \"correct horse\" AES \"battery staple\"' >>/var/lib/snmp/snmpd.conf")
        self.machine.shell("echo 'rouser warden authpriv' >>/etc/snmp/snmpd.conf")
        self.machine.run("systemctl", "start", unit)

    def engine(self):
        *octets, boots = self.machine.ask(*V3, ENGINE_ID, ENGINE_BOOTS).replace('"', "").split()
        return " ".join(octets), int(boots)

    def identity(self, unit="splashd"):
        """User, and capabilities left, of the daemon."""
        status = self.machine.read(f"/proc/{self.machine.pid(unit)}/status")
        uid = re.search(r"^Uid:\s+(\d+)\s+(\d+)", status, re.MULTILINE)
        user = self.machine.run("id", "-nu", uid.group(2)).strip()
        return user, int(re.search(r"^CapEff:\s+(\w+)", status, re.MULTILINE).group(1), 16)

    def assert_serves(self, unit):
        self.assertEqual(self.machine.state(unit)[0], "active", self.machine.journal())
        self.assertIn("Linux", self.answers())

    def assert_documented_exposure(self, *units):
        for unit in units:
            said = self.machine.run("systemd-analyze", "security", "--no-pager", f"{unit}.service")
            exposure = re.search(r"exposure level for \S+: (\S+)", said).group(1)
            self.assertIn(exposure, re.findall(r"\d\.\d", (ROOT / "docs/install.md").read_text()), f"of {unit}:\n{said[-100:]}")

    # On a host without snmpd

    def test_fresh_host_answers_as_debians_snmpd_does(self):
        self.install("splashd")
        self.assertEqual(self.machine.state("splashd"), ("active", "enabled"), self.machine.journal())
        self.assertEqual(self.identity(), ("Debian-snmp", 0))
        self.assertFalse(self.machine.has("/run/splash/splashd.sock"), "without a splash.toml it is an snmpd")
        ours = self.machine.ask("snmpwalk", *V2C[1:], ".1")
        conf = self.machine.read("/etc/snmp/snmpd.conf")
        self.machine.run("systemctl", "disable", "--now", "splashd")
        self.machine.run("rm", "/etc/snmp/snmpd.conf")
        self.install("snmpd")
        theirs = self.machine.ask("snmpwalk", *V2C[1:], ".1")
        self.assertNotEqual(conf, self.machine.read("/etc/snmp/snmpd.conf"))
        names = re.compile(r"^\S+", re.MULTILINE)
        self.assertEqual(len(ours.splitlines()), len(theirs.splitlines()), f"{ours}\n{theirs}")
        self.assertGreater(len(names.findall(ours)), 10)

    def test_unit_runs_what_snmpds_runs_and_sees_the_mounts_of_the_host(self):
        self.install("splashd", "snmpd")
        theirs = self.machine.read("/lib/systemd/system/snmpd.service")
        ours = UNIT.read_text()
        self.assertEqual(self.machine.read("/lib/systemd/system/splashd.service"), ours)
        self.assertEqual(setting(ours, "ExecStart")[0], setting(theirs, "ExecStart")[0].replace("snmpd", "splashd", 1))
        for name in SAME_AS_SNMPD:
            self.assertEqual(setting(ours, name), setting(theirs, name))
        said = self.machine.run("systemd-analyze", "verify", "--man=no", "splashd.service")
        self.assertEqual(said, "")
        self.assert_documented_exposure("splashd", "snmpd")
        self.machine.run("systemctl", "disable", "--now", "snmpd")
        self.machine.run("systemctl", "enable", "--now", "splashd")
        mounts = self.machine.run("readlink", "/proc/1/ns/mnt", f"/proc/{self.machine.pid('splashd')}/ns/mnt").split()
        self.assertEqual(*mounts)

    def test_scripts_may_become_root_and_the_hardening_example_ends_that(self):
        self.install("splashd")
        self.machine.shell("install -m 4755 /usr/bin/id /usr/local/bin/id-of-root")
        self.machine.write("/etc/snmp/snmpd.conf.d/test.conf",
                           "rocommunity all\nextend who /usr/local/bin/id-of-root -nu\n")
        self.machine.run("systemctl", "reload", "splashd")
        who = ["snmpwalk", "-v2c", "-call", "-Oqv", "-On", "127.0.0.1"]
        wait_until("the script's answer", lambda: "root" in self.machine.ask(*who, EXTENDED))
        before = self.machine.ask(*who, STORAGE_DESCR)
        self.machine.shell("mkdir /etc/systemd/system/splashd.service.d && cp "
                           "/usr/share/doc/splashd/examples/hardening.conf /etc/systemd/system/splashd.service.d/")
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "restart", "splashd")
        self.assert_serves("splashd")
        self.assert_documented_exposure("splashd")
        self.assertIn("Debian-snmp", self.machine.ask(*who, EXTENDED))
        self.assertNotEqual(before, self.machine.ask(*who, STORAGE_DESCR), "why the unit itself does none of this")
        self.add_user("splashd")
        self.engine()

    def test_members_of_the_group_send_programs_and_the_daemon_keeps_raw_sockets_only(self):
        self.install("splashd", "splash")
        self.machine.run("ip", "address", "add", "192.0.2.1/32", "dev", "lo")  # a host has an address
        self.machine.shell("mkdir -p /etc/splash && cp /usr/share/doc/splashd/examples/splash.toml /etc/splash/")
        self.machine.shell("echo 'rouser -s usm splash noauth' >>/etc/snmp/snmpd.conf")
        self.machine.run("systemctl", "restart", "splashd")
        self.assertEqual(self.machine.run("stat", "-c", "%a %U %G", "/run/splash/splashd.sock"), "660 root splash\n")
        self.assertEqual(self.identity(), ("Debian-snmp", NET_RAW))
        ask = ["splash", "get", "127.0.0.1", "sysName.0", "--via", "snap"]
        name = self.machine.run("hostname").strip()
        self.assertIn(name, self.machine.run(*AS_MEMBER, "--groups=splash", *ask))
        refused = self.machine.try_run(*AS_MEMBER, "--clear-groups", *ask, "--socket", "/run/splash/splashd.sock")
        self.assertEqual(refused.returncode, 4, refused.stdout + refused.stderr)
        self.machine.run("systemctl", "kill", "--signal=KILL", "splashd")
        wait_until("systemd to start it again", lambda: self.machine.try_run(*ask).returncode == 0)
        self.machine.shell("""sed -i 's/"read", /"read", "write", /' /etc/splash/splash.toml""")
        self.machine.run("systemctl", "restart", "splashd")
        self.assertEqual(self.identity(), ("Debian-snmp", NET_RAW | NET_ADMIN))
        self.machine.run("systemctl", "stop", "splashd")
        self.assertFalse(self.machine.has("/run/splash"))

    def test_lab_of_the_installed_command_answers(self):
        self.install("splash", "splashd")
        self.machine.run("splash", "lab", "up", "line3", "--name", "here")
        self.assertIn("n3", self.machine.run("splash", "get", "n3", "sysName.0", "--via", "snap", "--lab", "here"))
        program = "/usr/share/splash/programs/figure71.snap"
        self.assertIn("n3", self.machine.run("splash", "run", program, "--to", "n3", "--lab", "here"))
        self.machine.run("splash", "lab", "down", "here")

    def test_upgrade_restarts_with_boots_users_and_settings_kept(self):
        self.install("splashd", "splash")
        self.add_user("splashd")
        engine_id, boots = self.engine()
        pid = self.machine.pid("splashd")
        self.machine.apt("install", self.later["splashd"], self.later["splash"])
        self.assertNotEqual(self.machine.pid("splashd"), pid)
        self.assertEqual(self.engine(), (engine_id, boots + 1))
        self.assertEqual(self.machine.state("splashd"), ("active", "enabled"))

    def test_upgrade_leaves_a_stopped_daemon_of_a_host_on_snmpd_alone(self):
        self.install("snmpd")
        self.install("splashd")
        self.machine.apt("install", self.later["splashd"])
        self.assertEqual(self.machine.state("splashd"), ("inactive", "disabled"))
        self.assert_serves("snmpd")

    def test_removed_and_installed_again_it_runs_with_its_data(self):
        self.install("splashd")
        self.add_user("splashd")
        engine_id, boots = self.engine()
        self.machine.apt("remove", "splashd")
        self.assertNotEqual(self.machine.state("splashd")[0], "active")
        self.assertEqual(self.machine.try_run("pgrep", "splashd").returncode, 1)
        self.assertTrue(self.machine.has("/var/lib/snmp/snmpd.conf"))
        self.install("splashd")
        self.assert_serves("splashd")
        self.assertEqual(self.engine(), (engine_id, boots + 1))

    def test_purge_takes_what_the_package_made_and_nothing_else(self):
        self.install("splashd")
        self.machine.apt("purge", "splashd")
        self.assertFalse(self.machine.has("/etc/snmp/snmpd.conf"))
        for path in ("/etc/apparmor.d/usr.sbin.splashd", "/etc/apparmor.d/force-complain/usr.sbin.splashd",
                     "/etc/splash", "/etc/systemd/system/multi-user.target.wants/splashd.service", "/run/splash"):
            self.assertFalse(self.machine.has(path), path)
        self.assertTrue(self.machine.has("/var/lib/snmp/snmpd.conf"))
        self.install("splashd")
        self.machine.shell("echo '# mine' >>/etc/snmp/snmpd.conf; echo >/etc/splash/splash.toml")
        self.machine.apt("purge", "splashd")
        self.assertIn("# mine", self.machine.read("/etc/snmp/snmpd.conf"))
        self.assertTrue(self.machine.has("/etc/splash/splash.toml"))
        # Back to snmpd, also then: its package takes the file and the directory as they are.
        self.install("snmpd")
        self.assert_serves("snmpd")

    # Beside snmpd

    def test_installed_beside_snmpd_it_stays_off_and_says_how_to_switch(self):
        self.install("snmpd")
        self.add_user("snmpd")
        pid, engine = self.machine.pid("snmpd"), self.engine()
        said = self.install("splashd")
        self.assertEqual((self.machine.pid("snmpd"), self.engine()), (pid, engine))
        self.assertEqual(self.machine.state("splashd"), ("inactive", "disabled"))
        for command in doc_commands("switch").splitlines() + doc_commands("back").splitlines():
            self.assertIn(command, said)

    def test_there_and_back_by_the_commands_of_the_documentation(self):
        self.install("snmpd", "splashd")
        self.add_user("snmpd")
        engine_id, boots = self.engine()
        self.machine.shell(doc_commands("switch"))
        self.assert_serves("splashd")
        self.assertEqual(self.machine.state("snmpd"), ("inactive", "disabled"))
        self.assertEqual(self.engine(), (engine_id, boots + 1))
        self.machine.power_off()
        self.machine.boot()
        self.assertEqual((self.machine.state("splashd"), self.machine.state("snmpd")),
                         (("active", "enabled"), ("inactive", "disabled")))
        self.assertEqual(self.engine(), (engine_id, boots + 2))
        self.machine.shell(doc_commands("back"))
        self.assert_serves("snmpd")
        self.assertEqual(self.machine.state("splashd"), ("inactive", "disabled"))
        self.assertEqual(self.engine(), (engine_id, boots + 3))
        self.machine.apt("purge", "splashd")
        self.assertEqual(self.engine(), (engine_id, boots + 3))

    def test_back_by_installing_snmpd_keeps_what_splashd_saved(self):
        self.install("splashd")
        self.add_user("splashd")
        engine_id, boots = self.engine()
        self.machine.shell(doc_commands("back").splitlines()[0])
        self.machine.apt("remove", "splashd")
        self.install("snmpd")
        self.assert_serves("snmpd")
        self.assertEqual(self.engine(), (engine_id, boots + 1))

    def test_snmpd_installed_later_takes_over_and_one_start_ends_the_other(self):
        self.install("splashd")
        self.install("snmpd")
        self.assert_serves("snmpd")
        self.assertEqual(self.machine.state("splashd")[0], "inactive")
        self.machine.run("systemctl", "start", "splashd")
        self.assert_serves("splashd")
        self.assertEqual(self.machine.state("snmpd")[0], "inactive")

    # The files

    def test_programs_come_with_manual_pages_completion_mib_and_samples(self):
        self.install("splashd", "splash")
        files = self.machine.run("dpkg", "-L", "splash", "splashd").split()
        for wanted in ("/usr/share/man/man1/splash.1.gz", "/usr/share/man/man8/splashd.8.gz",
                       "/usr/share/man/man5/splash.toml.5.gz", "/usr/share/snmp/mibs/SPLASH-MIB.txt",
                       "/usr/share/bash-completion/completions/splash"):
            self.assertIn(wanted, files)
        shipped = {p.name for p in (ROOT / "programs").glob("*.snap")}
        self.assertEqual({pathlib.Path(f).name for f in files if f.startswith("/usr/share/splash/programs/")}, shipped)
        for package in ("splash", "splashd"):
            linked = host(["dpkg-deb", "-f", self.root.path / self.now[package].lstrip("/"), "Depends"])
            self.assertIn("libc6 (>=", linked)
        self.assertIn("libsnmp40 (>=", host(["dpkg-deb", "-f", self.root.path / self.now["splashd"].lstrip("/"), "Depends"]))


if __name__ == "__main__":
    unittest.main()
