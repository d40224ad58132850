"""Starts splashd (or the stock snmpd) on a loopback port with a configuration of its own, and asks it."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BIN = pathlib.Path(os.environ.get("SPLASH_BIN_DIR", pathlib.Path(__file__).parents[3] / "build" / "bin"))
SPLASHD = str(BIN / "splashd")
SNMPD = "/usr/sbin/snmpd"
DEADLINE = 30
READY = "NET-SNMP version"

CONFIGURATION = """
rwcommunity private 127.0.0.1
rocommunity public 127.0.0.1
createUser ann SHA authpassphrase AES privpassphrase
rwuser ann priv
dontLogTCPWrappersConnects yes
"""


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(condition, what, deadline=DEADLINE):
    """Waits for a true value of condition() and returns it."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def environment(directory):
    """No MIB files, no configuration of this machine, persistent data in `directory`."""
    persistent = f"{directory}/persist"
    return {**os.environ, "MIBS": "", "SNMPCONFPATH": f"{directory}:{persistent}", "SNMP_PERSISTENT_DIR": persistent}


class Daemon:
    """A daemon in a temporary directory. A context manager: whatever happens, it is gone afterwards."""

    def __init__(self, configuration=CONFIGURATION, options=(), program=SPLASHD, port=None, directory=None,
                 addresses=None, foreground=True):
        self.owns_directory = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="splash-it-"))
        self.port = port or free_port()
        self.program = program
        self.log_path = self.directory / f"log.{self.port}"
        self.pid_path = self.directory / f"pid.{self.port}"
        self.conf_path = self.directory / f"test.{self.port}.conf"
        self.conf_path.write_text(configuration)
        self.argv = [program, *(["-f"] if foreground else []), "-Lf", str(self.log_path), "-C", "-c",
                     str(self.conf_path), "-I", "-smux", "-p", str(self.pid_path), *options,
                     *(addresses if addresses is not None else [f"udp:127.0.0.1:{self.port}"])]
        self.process = None

    def __enter__(self):
        try:
            self.start()
            self.wait_for_log(READY)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.communicate()
        if self.owns_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        self.process = subprocess.Popen(self.argv, env=environment(self.directory), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self):
        """Runs to the end, in place of being a context manager: exit status and stderr."""
        try:
            self.start()
            _, text = self.process.communicate(timeout=DEADLINE)
            return self.process.returncode, text
        finally:
            self.__exit__()

    def log(self):
        return self.log_path.read_text() if self.log_path.exists() else ""

    def wait_for_log(self, text, times=1):
        def there():
            if self.log().count(text) >= times:
                return True
            if self.process and self.process.poll() not in (None, 0):
                raise AssertionError(f"ended with {self.process.returncode}: {self.process.stderr.read()}{self.log()}")
            return False
        until(there, lambda: f"{text!r} in the log: {self.log()}")

    def end(self, signal_number=signal.SIGTERM):
        """Ends it by a signal and gives its exit status."""
        self.process.send_signal(signal_number)
        self.process.communicate(timeout=DEADLINE)
        return self.process.returncode

    def tool(self, name, *arguments, credentials=("-v2c", "-c", "private"), transport="udp", check=True):
        """One of net-snmp's tools, numeric output; its output lines."""
        argv = [name, "-On", "-t", "2", "-r", "10", *credentials, f"{transport}:127.0.0.1:{self.port}", *arguments]
        done = subprocess.run(argv, env=environment(self.directory), capture_output=True, text=True,
                              timeout=4 * DEADLINE, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(argv)}: {done.stdout}{done.stderr}")
        return done.stdout.splitlines() if check else done

    def get(self, oid, **options):
        return self.tool("snmpget", oid, **options)[0].split(" = ", 1)[1]


V3 = ("-v3", "-l", "authPriv", "-u", "ann", "-a", "SHA", "-A", "authpassphrase", "-x", "AES", "-X", "privpassphrase")


class TrapSink:
    """Receives notifications on a loopback port."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def wait_for(self, oid_octets, what):
        """Reads notifications until one holds these BER octets."""
        end = time.monotonic() + DEADLINE
        while True:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                if oid_octets in self.socket.recv(65536):
                    return
            except TimeoutError:
                raise AssertionError(f"no {what} within {DEADLINE} s") from None


COLD_START = bytes.fromhex("2b0601060301010501")
SHUTDOWN = bytes.fromhex("2b06010401bf08040002")  # nsNotifyShutdown
RESTART = bytes.fromhex("2b06010401bf08040003")   # nsNotifyRestart
