"""A splashd of a test's own in a lab's namespace, with files of its own in a directory that goes with it."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from support.commands import BIN, DEADLINE, ENVIRONMENT, is_alive, wait_until
from support.unix_client import UnixClient

READY = "NET-SNMP version"
SNMPD_CONF = """\
rocommunity public
rwcommunity private
sysName box
dontLogTCPWrappersConnects yes
rouser -s usm splashro noauth
rwuser -s usm splashrw noauth
"""

# A lab of two nodes: "box" has no daemon but those a test starts there, "peer" asks them.
BOX = """\
name: box
topology:
  nodes:
    peer:
    box: {kind: host}
  links:
    - endpoints: ["peer:eth1", "box:eth1"]
"""
BOX_SETTINGS = """\
[node]
name = "box"
socket = "{directory}/d.sock"
[local]
snmp_user = "splashrw"
"""
BOX_ALLOWS_PEER = """\
[[allow]]
prefix = "10.0.0.0/8"
rights = ["read"]
snmp_user = "splashro"
insecure = true
"""


class Daemon:
    """`settings`: the text of splash.toml, {directory} replaced; None: no such file. Not started yet."""

    def __init__(self, netns, settings=None, options=(), directory=None, name="d"):
        self.netns = netns
        self.owns_directory = directory is None
        self.directory = Path(directory or tempfile.mkdtemp(prefix="splash-it-"))
        self.directory.chmod(0o777)  # whoever the daemon becomes reads and writes there
        self.log_file = self.directory / f"{name}.log"
        self.pid_file = self.directory / f"{name}.pid"
        self.socket = self.directory / f"{name}.sock"
        self.toml = self.directory / f"{name}.toml"
        self.conf = self.directory / f"{name}.conf"
        self.conf.write_text(SNMPD_CONF)
        self.persistent = self.directory / f"{name}.persist"
        self.has_node = settings is not None
        if settings is not None:
            self.toml.write_text(settings.replace("{directory}", str(self.directory)))
        self.options = list(options)
        self.before = []  # a program that starts it: setpriv and its options
        self.program = str(BIN / "splashd")
        self.is_foreground = True
        self.process = None

    def command(self):
        return ["ip", "netns", "exec", self.netns, *self.before, self.program, *(["-f"] if self.is_foreground else []),
                "-Lf", str(self.log_file), "-C", "-c", str(self.conf), "-p", str(self.pid_file),
                "-I", "-smux,mteTrigger,mteTriggerConf",
                f"--splash-config={self.toml if self.has_node else 'none'}", *self.options]

    def begin(self):
        environment = {**ENVIRONMENT, "SNMP_PERSISTENT_DIR": str(self.persistent)}
        self.process = subprocess.Popen(self.command(), env=environment, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")

    def run_to_its_end(self):
        """Exit status and standard error of a daemon that should not come up."""
        try:
            self.begin()
            _, text = self.process.communicate(timeout=DEADLINE)
            return self.process.returncode, text
        finally:
            self.end()

    def __enter__(self):
        self.begin()
        wait_until(self._is_ready, lambda: f"splashd is ready: {self.log()}")
        return self

    def _is_ready(self):
        if self.process.poll() not in (None, 0):
            raise AssertionError(f"ended with {self.process.returncode}: {self.process.stderr.read()}{self.log()}")
        return READY in self.log()

    def __exit__(self, *_):
        self.end()

    def pid(self):
        return int(self.pid_file.read_text())

    def log(self):
        return self.log_file.read_text() if self.log_file.exists() else ""

    def client(self):
        return UnixClient(self.socket)

    def stop(self, number=signal.SIGTERM):
        """Ends it by a signal; gives its status if it is this process's child."""
        pid = self.pid()
        os.kill(pid, number)
        if self.is_foreground:
            self.process.communicate(timeout=DEADLINE)
            return self.process.returncode
        wait_until(lambda: not is_alive(pid), f"splashd {pid} ends")
        return None

    def end(self):
        """Whatever its state, it is gone afterwards, and so are its files."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.communicate(timeout=DEADLINE)
        if not self.is_foreground and self.pid_file.exists() and is_alive(self.pid()):
            os.kill(self.pid(), signal.SIGKILL)
        if self.owns_directory:
            shutil.rmtree(self.directory, ignore_errors=True)
