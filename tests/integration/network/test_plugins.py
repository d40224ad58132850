"""Services from outside the daemon: plug-ins and C functions on a node of a lab, called, called wrongly, hanging, refused."""

import os
import pathlib
import shutil
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import BIN, SPLASH, SPLASHD, is_alive, run, wait_until  # noqa: E402
from support.lab import SYS_NAME, LabTest  # noqa: E402
from support.snap import Exc, assemble  # noqa: E402

EXAMPLES = BIN.parent / "plug-ins/examples"
NO_SERVICE, OUT_OF_RANGE, WRONG_TYPE, QUOTA, TIMED_OUT = 35, 38, 44, 45, 46
UNDERFLOW = 128
FOR_EVER = 100_000  # seconds a service sleeps that is to hang

# n2 has plug-ins and one worker, on which sleep() hangs as long as it is told.
SERVICES = """\
[services]
directory = "{directory}"
workers = 1
queue = 1

[[services.function]]
library = "libm.so.6"
symbol = "hypot"
service = "math_hypot"
signature = "double hypot(double, double)"
right = "none"

[[services.function]]
library = "libc.so.6"
service = "c_abs"
signature = "int abs(int)"

[[services.function]]
library = "libc.so.6"
service = "c_strlen"
signature = "size_t strlen(const char *s)"

[[services.function]]
library = "libc.so.6"
service = "c_strdup"
signature = "char *strdup(const char *s)"
free = true

[[services.function]]
library = "libc.so.6"
service = "c_srand48"
signature = "void srand48(long seed)"

[[services.function]]
library = "libc.so.6"
service = "c_sleep"
signature = "unsigned sleep(unsigned seconds)"
blocks = true
"""
TOPOLOGY = """\
name: plugins
topology:
  nodes:
    n1:
    n2:
      splash_toml: |
        park_timeout_ms_is_below = 0
  links:
    - endpoints: ["n1:eth1", "n2:eth1"]
"""


def indented(text):
    return "".join(f"        {line}\n" if line else "\n" for line in text.splitlines())


def program(*lines):
    """Goes there, does that, and brings the stack home."""
    return "forw\n" + "\n".join(lines) + "\ngetsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n"


class PlugIns(LabTest):
    @classmethod
    def setUpClass(cls):
        if not (EXAMPLES / "snap_svc_loadavg.so").exists():
            raise unittest.SkipTest(f"no {EXAMPLES}: tools/build.sh makes them")
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="splash-it-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        for name in ("loadavg", "disk", "template"):
            shutil.copy(EXAMPLES / f"snap_svc_{name}.so", cls.directory)
        # Three that must not be loaded, for different reasons, and stop nothing.
        (cls.directory / "snap_svc_text.so").write_text("this is no library\n")
        shutil.copy(EXAMPLES / "snap_svc_loadavg.so", cls.directory / "snap_svc_open.so")
        (cls.directory / "snap_svc_open.so").chmod(0o666)
        shutil.copy(EXAMPLES / "snap_svc_loadavg.so", cls.directory / "snap_svc_zweitens.so")
        services = SERVICES.format(directory=cls.directory)
        cls.topology = TOPOLOGY.replace(indented("park_timeout_ms_is_below = 0"), indented(services))
        super().setUpClass()

    def call(self, *lines):
        """What n2 answers a program, asked by n1: the values, bottom first."""
        with self.lab.client("n1") as client:
            client.inject(assemble(program(*lines)), self.lab.address("n2"))
            return client.packet().values()

    def report_of(self, *lines):
        with self.lab.client("n1") as client:
            client.inject(assemble(program(*lines)), self.lab.address("n2"))
            return client.packet().report()

    def with_short_patience(self):
        """Programs wait half a second for a service; put back at the end."""
        self.lab.configure("n2", lambda text: text.replace("[node]\n", "[node]\npark_timeout_ms = 500\n"))
        self.addCleanup(self.lab.configure, "n2",
                        lambda text: text.replace("[node]\npark_timeout_ms = 500\n", "[node]\n"))

    # ---- calls that work

    def test_splash_run_calls_a_plug_in_on_a_remote_node(self):
        answer = self.lab.run_text(program('calls "loadavg"'), "n2")
        self.assertEqual([value["type"] for value in answer["deliveries"][0]["values"]], ["float"] * 3)
        there = [float(word) for word in pathlib.Path("/proc/loadavg").read_text().split()[:3]]
        for told, read in zip(self.call('calls "loadavg"'), there):
            self.assertAlmostEqual(told, read, delta=max(5, read))

    def test_results_may_be_several_or_a_list(self):
        free, size = self.call('push "/"', 'calls "disk_free"')
        self.assertEqual(size, os.statvfs("/").f_blocks * os.statvfs("/").f_frsize)
        self.assertLessEqual(free, size)
        self.assertEqual(self.call("push 12", 'calls "template_divisors"'), [1, 2, 3, 4, 6, 12, 6])
        *mounts, count = self.call('calls "disk_mounts"')
        self.assertEqual(count, len(mounts))
        self.assertIn(b"/", mounts)

    def test_c_functions_are_called_without_a_wrapper(self):
        self.assertEqual(self.call("push 3.0", "push 4.0", 'calls "math_hypot"'), [5.0])
        self.assertEqual(self.call("push -7", 'calls "c_abs"'), [7])
        self.assertEqual(self.call('push "seven77"', 'calls "c_strlen"'), [7])
        self.assertEqual(self.call('push "a copy"', 'calls "c_strdup"'), [b"a copy"])

    def test_state_of_a_plug_in_is_made_once(self):
        self.assertEqual(self.call("push 5", 'calls "template_add"', "push 6", 'calls "template_add"'), [1005, 1006])

    def test_node_info_has_their_names(self):
        (names,) = self.call('push "services"', 'calls "node_info"')
        self.assertLessEqual({b"loadavg", b"uptime_seconds", b"disk_free", b"template_divisors", b"math_hypot"},
                             set(names.split()))

    def test_a_reload_keeps_them(self):
        before = self.lab.log("n2").count("services of ")
        self.lab.reload("n2")
        self.assertEqual(self.call("push 5", 'calls "template_add"'), [1005])
        self.assertEqual(self.call("push 6", 'calls "template_divisors"'), [1, 2, 3, 6, 4])
        self.assertEqual(self.lab.log("n2").count("services of "), before, "loaded once")

    # ---- calls that do not

    def test_wrong_calls_are_exceptions(self):
        for lines, expected in (
                (('push "5"', 'calls "template_add"'), [Exc(WRONG_TYPE)]),
                (("push 5.0", 'calls "template_add"'), [Exc(WRONG_TYPE)]),
                (("push exc:7", 'calls "template_add"'), [Exc(7)]),
                (("push 9223372036854775807", 'calls "template_add"'), [Exc(OUT_OF_RANGE)]),
                (("push 0", 'calls "template_divisors"'), [Exc(OUT_OF_RANGE)]),
                (("push 3", "push 4", 'calls "math_hypot"'), [Exc(WRONG_TYPE)]),
                (("push 4294967296", 'calls "c_abs"'), [Exc(OUT_OF_RANGE)]),
                (("push 5", 'calls "c_strlen"'), [Exc(WRONG_TYPE)]),
                (('push "not/absolute"', 'calls "disk_free"'), [Exc(OUT_OF_RANGE)] * 2),
                (('calls "template_subtract"',), [Exc(NO_SERVICE)])):
            with self.subTest(lines=lines):
                self.assertEqual(self.call(*lines), expected)
        self.assert_daemons_live()

    def test_a_function_without_a_result_gives_1_or_the_exception(self):
        self.assertEqual(self.call("push 7", 'calls "c_srand48"'), [1])
        self.assertEqual(self.call("push 7.0", 'calls "c_srand48"'), [Exc(WRONG_TYPE)])

    def test_a_call_with_too_few_arguments_is_reported(self):
        self.assertEqual(self.report_of('calls "template_add"').reason, UNDERFLOW)
        self.assertEqual(self.report_of("push 3.0", 'calls "math_hypot"').reason, UNDERFLOW)
        self.assert_daemons_live()

    # ---- one that hangs

    def test_one_that_hangs_delays_nobody_and_cannot_stop_the_end(self):
        with self.lab.client("n1") as client:
            client.inject(assemble(program(f"push {FOR_EVER}", 'calls "c_sleep"')), self.lab.address("n2"))
            self.lab.wait_for_counter("n2", "parked", 1)
            # It waits; everybody else is served.
            self.assertEqual(self.lab.snmpget("n2", SYS_NAME), ['"n2"'])
            self.assertEqual(self.call("push 1", 'calls "template_add"'), [1001])
            client.socket.setblocking(False)
            with self.assertRaises(BlockingIOError):
                client.socket.recv(1)
            client.socket.settimeout(30)

            # The only worker is taken, and the queue has one place.
            self.with_short_patience()
            self.assertEqual(self.call("push 12", 'calls "template_divisors"'), [Exc(TIMED_OUT)])
            self.assertEqual(client.packet().values(), [Exc(TIMED_OUT)])
        self.assertEqual(self.lab.snmpget("n2", SYS_NAME), ['"n2"'])

        pid = self.lab.pid("n2")
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not is_alive(pid), "the daemon ends all the same")
        self.assertIn("service c_sleep still runs", self.lab.log("n2"))
        run(SPLASH, "lab", "start", self.lab.name, "n2")
        self.lab.refresh()
        self.assertEqual(self.call("push 12", 'calls "template_divisors"')[-1], 6)

    # ---- those that are not loaded

    def test_why_one_is_not_loaded_is_logged_and_the_daemon_goes_on(self):
        log = self.lab.log("n2")
        for words in ("snap_svc_text.so: file too short", "snap_svc_open.so (owner 0, group 0, mode 0666) is writable by "
                      "others than root", "snap_svc_zweitens.so: service loadavg is there already"):
            self.assertIn(words, log)
        self.assert_daemons_live()

    def test_services_lists_what_is_there_and_what_is_not(self):
        settings = f"--splash-config={self.lab.directory('n2')}/splash.toml"
        for option in ("--services", "--splash-services"):
            done = run(SPLASHD, settings, option, check=False)
            self.assertEqual(done.returncode, 1, "some are refused")
            rows = {line.split()[0]: line.split() for line in done.stdout.splitlines()}
            self.assertEqual(rows["loadavg"][1:7],
                             ["-", "fff", "read", "16", "no", f"{self.directory}/snap_svc_loadavg.so"])
            self.assertEqual(rows["disk_free"][1:6], ["s", "ii", "read", "64", "yes"])
            self.assertEqual(rows["math_hypot"][1:7], ["ff", "f", "none", "16", "no", "libm.so.6"])
            self.assertEqual(rows["node_info"][1:7], ["s", "*", "none", "16", "no", "splashd"])
            self.assertIn("not loaded: ", done.stdout)
            self.assertIn("snap_svc_text.so: file too short", done.stdout)


if __name__ == "__main__":
    unittest.main()
