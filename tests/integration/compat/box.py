"""A box: network, processes, mounts and host name of its own, made the same way each time.

Two boxes differ in one thing only: which program lies at /usr/sbin/snmpd. So what runs in them has the same
addresses, paths, process numbers and arguments, and what it says can be compared byte for byte.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from support.commands import SPLASHD

SNMPD = "/usr/sbin/snmpd"
PROGRAMS = {"snmpd": SNMPD, "splashd": SPLASHD}
HERE = Path(__file__).resolve().parent
DEADLINE = 60  # seconds: nothing takes as long; an overloaded machine may
PAUSE = 0.03
COMMAND_LIMIT = 90

# {root}: a directory of the machine's, the same files as /mnt in the box.
SETUP = """
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
hostname box
mount --make-rprivate /
mkdir -p {root}/etc-snmp {root}/var-lib-snmp {root}/agentx {root}/dev {root}/home {root}/etc-splash
cp -p {snmpd} {root}/bin.snmpd
cp -p {splashd} {root}/bin.splashd
for node in null zero random urandom tty; do cp -a /dev/$node {root}/dev/$node; done
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /var
mkdir -p /var/lib/snmp /var/agentx /var/log /var/run /var/tmp
mount --bind {root}/var-lib-snmp /var/lib/snmp
mount --bind {root}/agentx /var/agentx
mount --bind {root}/etc-snmp /etc/snmp
if [ -d /etc/splash ]; then mount --bind {root}/etc-splash /etc/splash; fi
mount --bind {root} /mnt
mount -t tmpfs -o mode=755 tmpfs /dev
for node in null zero random urandom tty; do cp -a {root}/dev/$node /dev/$node; done
ln -s /proc/self/fd /dev/fd
ln -s /mnt/dev-log /dev/log
echo 40000 40099 > /proc/sys/net/ipv4/ip_local_port_range
ip link set lo up
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02
# Multicast listener reports, two for the address, go out before a daemon counts octets, not up to two seconds later.
echo 1 > /proc/sys/net/ipv6/conf/eth0/mldv2_unsolicited_report_interval
ip addr add 192.0.2.1/24 dev eth0
ip addr add 2001:db8::1/64 dev eth0 nodad
for link in eth0 eth1; do ip link set $link addrgenmode none; ip link set $link up; done
for link in eth0 eth1; do until read -r state < /sys/class/net/$link/operstate && [ "$state" = up ]; do :; done; done
echo up
while read -r line; do :; done
"""


class Box:
    """A context manager; with it go all processes and mounts, also when this program is killed."""

    def __init__(self, program):
        self.program = program
        self.root = Path(tempfile.mkdtemp(prefix="splash-compat-"))
        self.holder = None
        self.pid = 0
        self.running = []
        self.notify = None
        self.syslog = None
        self.is_mounted = False

    def __enter__(self):
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _open(self):
        self.root.chmod(0o755)
        script = SETUP.format(root=self.root, **PROGRAMS)
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc",
             "bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        first = self.holder.stdout.readline()
        if first != "up\n":
            self.holder.kill()
            raise AssertionError(f"no box: {first}{self.holder.stdout.read()}")
        children = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text()
        self.pid = int(children.split()[0])
        # Tools print names as numbers and ask once, with time enough.
        self.write("/mnt/home/.snmp/snmp.conf", "printNumericOids yes\nretries 0\ntimeout 20\n")
        self.write("/etc/snmp/snmp.conf", "mibs :\n")  # as Debian has it
        self.syslog = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.syslog.bind(str(self.root / "dev-log"))
        (self.root / "dev-log").chmod(0o666)
        self.syslog.setblocking(False)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(self.root / "notify"))
        (self.root / "notify").chmod(0o777)
        self.notify.setblocking(False)

    def __exit__(self, *_):
        for process in self.running:
            if process.poll() is None:
                process.kill()
        if self.holder:
            self.holder.kill()  # and with it the first process of the box, and so all others
            self.holder.communicate()
        for process in self.running:
            process.wait()
        for opened in (self.notify, self.syslog):
            if opened:
                opened.close()
        shutil.rmtree(self.root, ignore_errors=True)

    @staticmethod
    def environment(home):
        return {"CLIENTS": str(HERE / "clients"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LC_ALL": "C", "TZ": "UTC",
                "PYTHONDONTWRITEBYTECODE": "1"}

    def _enter(self, *, as_process):
        return ["nsenter", "-t", str(self.pid), "-m", "-n", "-u", "-i", *(["-p"] if as_process else []), "--wd=/"]

    def write(self, path, text):
        """`path` as it is in the box: below /mnt or /etc/snmp."""
        real = self.real(path)
        real.parent.mkdir(parents=True, exist_ok=True)
        real.write_text(text)
        real.chmod(0o755 if text.startswith("#!") else 0o644)

    def real(self, path):
        for inside, outside in (("/mnt/", ""), ("/etc/snmp/", "etc-snmp"), ("/var/lib/snmp/", "var-lib-snmp")):
            if path.startswith(inside):
                return self.root / outside / path[len(inside):]
        raise ValueError(f"{path}: files of a case are in /mnt, /etc/snmp or /var/lib/snmp")

    def install(self, program):
        """What an operator does: another program under the old name."""
        undo = "umount /usr/sbin/snmpd; " if self.is_mounted else ""
        self.sh(f"{undo}mount --bind /mnt/bin.{program} {SNMPD}", check=True)
        self.is_mounted = True

    def collect_syslog(self):
        """What came for the system log, to the file /mnt/syslog."""
        with open(self.root / "syslog", "ab") as out:
            while True:
                try:
                    out.write(self.syslog.recv(65536).rstrip(b"\0\n") + b"\n")
                except BlockingIOError:
                    return

    def sh(self, line, check=False, as_process=False):
        """Status and both outputs of a shell's command line in the box.

        What runs an unknown number of times must not be its process, or numbers would differ from then on.
        """
        done = subprocess.run([*self._enter(as_process=as_process), "sh", "-c", line], env=self.environment("/mnt/home"),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=COMMAND_LIMIT, check=False)
        text = done.stdout.decode(errors="backslashreplace")
        if check and done.returncode != 0:
            raise AssertionError(f"{line}: {done.returncode} {text}")
        return done.returncode, text

    def start(self, words, output, more_environment=None):
        """A process of the box that goes on by itself; its output is the file /mnt/`output`."""
        environment = {**self.environment("/"), **(more_environment or {})}
        with open(self.root / output, "ab") as out:
            process = subprocess.Popen([*self._enter(as_process=True), *words], env=environment,
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.running.append(process)
        return process

    def inner_pid(self, process):
        """The process that nsenter made for us, as this machine numbers it."""
        try:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        except FileNotFoundError:  # it said that it was ready, and ended: directive quit
            return 0
        return int(children[0]) if children else 0


class Daemon:
    """The agent of a box."""

    def __init__(self, box, options, programs):
        self.box = box
        self.options = options
        self.programs = list(programs)  # one for each start; the last one for all further ones
        self.installed = None
        self.process = None
        self.pid = 0

    def start(self):
        """Gives None when it is ready, or its exit status when it does not become so."""
        self.install()
        if len(self.programs) > 1:
            self.programs.pop(0)
        self._drain()
        # The agent alone is told the socket: snmptrapd in the same box would say there that it is ready, too.
        self.process = self.box.start([SNMPD, *self.options], "output", {"NOTIFY_SOCKET": "/mnt/notify"})
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            status = self.process.poll()
            if self._is_ready():
                self.pid = self._find()
                return None
            if status is not None and (status != 0 or not self._is_behind()):
                return status
            time.sleep(PAUSE)
        raise AssertionError(f"{self.installed} neither ready nor ended: {self.output()}")

    def install(self):
        """The program that comes next lies at its place."""
        if self.programs[0] != self.installed:
            self.installed = self.programs[0]
            self.box.install(self.installed)

    def _drain(self):
        while self._is_ready():
            pass

    def _is_ready(self):
        try:
            return b"READY=1" in self.box.notify.recv(4096)
        except BlockingIOError:
            return False

    def _is_behind(self):
        """It went to the background and is still on its way."""
        return "-f" not in self.options and self.process.poll() == 0 and self._find() != 0

    def _find(self):
        if "-f" in self.options:
            return self.box.inner_pid(self.process)
        children = Path(f"/proc/{self.box.pid}/task/{self.box.pid}/children").read_text().split()
        for pid in children:  # orphans go to the first process of the box
            if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode() == SNMPD:
                return int(pid)
        return 0

    def output(self):
        path = self.box.root / "output"
        return path.read_text(errors="backslashreplace") if path.exists() else ""

    def send(self, number):
        if self.pid == 0:  # a signal to 0 would end this program
            raise AssertionError(f"{self.installed} runs no more: {self.output()}")
        os.kill(self.pid, number)

    def stop(self, number=signal.SIGTERM):
        """Ends it; gives the status, None of one in the background."""
        self.send(number)
        if "-f" in self.options:
            return self.process.wait(timeout=DEADLINE)
        end = time.monotonic() + DEADLINE
        while Path(f"/proc/{self.pid}").exists():
            if time.monotonic() > end:
                raise AssertionError(f"process {self.pid} does not end")
            time.sleep(PAUSE)
        return None
