"""A Debian 12 that boots: systemd as process 1, a network of its own, apt with what was fetched beforehand.

Root and Machine mount; call them in a mount namespace that ends with the tests, as tools/test_deb.sh does.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import time

MIRROR = os.environ.get("SPLASH_DEBIAN_MIRROR", "http://deb.debian.org/debian")
CACHE = pathlib.Path(os.environ.get("SPLASH_CACHE", pathlib.Path.home() / ".cache/splash"))
BASE = CACHE / "bookworm-systemd.tar"
INCLUDED = "systemd,systemd-sysv,ca-certificates,iproute2,procps"
MINUTE = 60
PATIENCE = 30  # seconds until something that was started has to be there
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def host(argv, limit=10 * MINUTE, **more):
    """A command of the machine the tests run on; its failure ends the test with what it said."""
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=limit, check=False, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_until(what, question, limit=PATIENCE):
    deadline = time.monotonic() + limit
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit} s: {what}")
        time.sleep(0.05)
    return answer


class Root:
    """A Debian without Splash, in whose archive of apt everything is that the tests install."""

    def __init__(self, folder, debs, also):
        self.folder = folder
        self.path = folder / "root"
        self.path.mkdir()
        if not BASE.exists():
            self._debootstrap()
        host(["tar", "--extract", "--numeric-owner", "--xattrs", "--file", BASE, "--directory", self.path])
        # apt's way out, where there is only one through a proxy
        proxies = pathlib.Path("/etc/apt/apt.conf.d").glob("*proxy*")
        for file in (*proxies, pathlib.Path("/etc/resolv.conf")):
            if file.is_file():
                shutil.copy(file, f"{self.path}{file}")
        (self.path / "debs").mkdir()
        for deb in debs:
            shutil.copy(deb, self.path / "debs")
        # Fetched here, where there is a network; installed there, where there is none.
        names = [f"/debs/{deb.name}" for deb in debs]
        self._inside("apt-get", "-qq", "update")
        self._inside("apt-get", "-qq", "--yes", "--download-only", "--no-install-recommends", "install", *names, *also)

    def _debootstrap(self):
        CACHE.mkdir(parents=True, exist_ok=True)
        place = self.folder / "debootstrap"
        host(["debootstrap", "--variant=minbase", f"--include={INCLUDED}", "bookworm", place, MIRROR])
        host(["tar", "--create", "--numeric-owner", "--xattrs", "--file", f"{BASE}.new", "--directory", place, "."])
        shutil.rmtree(place)
        os.replace(f"{BASE}.new", BASE)

    def _inside(self, *argv):
        environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
                       **{k: v for k, v in os.environ.items() if k in ("http_proxy", "https_proxy")}}
        return host(["chroot", self.path, *argv], env=environment)


class Machine:
    """One boot of a root; what it writes is gone afterwards."""

    def __init__(self, root, name):
        self.name = name
        self.folder = root.folder / name
        self.top = self.folder / "top"
        for part in ("upper", "work", "top"):
            (self.folder / part).mkdir(parents=True)
        layers = f"lowerdir={root.path},upperdir={self.folder}/upper,workdir={self.folder}/work"
        host(["mount", "-t", "overlay", "overlay", "-o", layers, self.top])
        self.boots = 0
        self.boot()

    def boot(self):
        """Also after power_off(): what was written is still there."""
        self.boots += 1
        self.console = self.folder / f"console{self.boots}.log"
        with open(self.console, "wb") as log:
            self.nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--boot",
                 "--console=pipe", f"--machine=splash-{os.getpid()}-{self.name}", f"--directory={self.top}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.leader = wait_until("systemd in the container", self._leader)
        self.run("systemctl", "is-system-running", "--wait", accept=(0, 1))

    def _leader(self):
        if self.nspawn.poll() is not None:
            raise AssertionError("systemd-nspawn: " + self.console.read_text(errors="replace"))
        children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
        up = [c for c in children if pathlib.Path(f"/proc/{c}/root/run/systemd/private").exists()]
        return int(up[0]) if up else None

    def power_off(self):
        """Stops every service as a shutdown does; kills what does not stop."""
        if self.nspawn.poll() is None:
            self.nspawn.send_signal(signal.SIGTERM)  # nspawn asks process 1 to power off
            try:
                self.nspawn.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait(PATIENCE)

    def remove(self):
        self.power_off()
        host(["umount", self.top])
        shutil.rmtree(self.folder)

    def run(self, *argv, accept=(0,), stdin=None):
        """A command in the machine; its output. Fails the test unless it exits as accepted."""
        done = self.try_run(*argv, stdin=stdin)
        if done.returncode not in accept:
            raise AssertionError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}\n{self.journal()}")
        return done.stdout

    def try_run(self, *argv, stdin=None):
        environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        return subprocess.run(["nsenter", f"--target={self.leader}", "--all", *argv], capture_output=True, text=True,
                              input=stdin if stdin is not None else "", timeout=5 * MINUTE, check=False, env=environment)

    def shell(self, text):
        return self.run("sh", "-ec", text)

    def apt(self, *argv):
        # There is no network: what is to be installed is in apt's archive. A changed snmpd.conf stays, as unattended upgrades have it.
        return self.run("apt-get", "--yes", "--no-install-recommends",
                        "-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Use-Pty=0", *argv)

    def ask(self, *argv, accept=(0,)):
        """A net-snmp tool of the host, in the machine's network."""
        environment = {"PATH": PATH, "HOME": "/nonexistent", "SNMPCONFPATH": "/nonexistent", "MIBS": ""}
        done = subprocess.run(["nsenter", f"--target={self.leader}", "--net", *argv], capture_output=True, text=True,
                              timeout=MINUTE, check=False, env=environment)
        if done.returncode not in accept:
            raise AssertionError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}\n{self.journal()}")
        return done.stdout

    def state(self, unit):
        """As systemd has it: active and enabled, each a word."""
        return tuple(self.try_run("systemctl", question, unit).stdout.strip() for question in ("is-active", "is-enabled"))

    def pid(self, unit):
        return int(self.run("systemctl", "show", "--property=MainPID", "--value", unit))

    def read(self, path):
        return self.run("cat", path)

    def write(self, path, text, mode="644"):
        self.run("sh", "-ec", f'mkdir -p "$(dirname {path})"; cat >{path}; chmod {mode} {path}', stdin=text)

    def has(self, path):
        return self.try_run("test", "-e", path).returncode == 0

    def journal(self):
        return self.try_run("journalctl", "--no-pager", "--lines=25", "--unit=splashd", "--unit=snmpd").stdout
