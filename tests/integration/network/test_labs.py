"""Labs beside each other, labs whose maker is killed, and labs whose daemons are."""

import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import ENVIRONMENT, PROGRAMS, SPLASH, run, wait_until  # noqa: E402
from support.lab import Lab, new_name, remains_of  # noqa: E402
from support.netns import is_root  # noqa: E402


@unittest.skipUnless(is_root(), "needs root: network namespaces")
class Labs(unittest.TestCase):
    def lab(self, topology):
        made = Lab(topology)
        self.addCleanup(made.down)
        made.up()
        return made

    def test_two_labs_do_not_meet(self):
        first, second = self.lab("line3"), self.lab("line3")
        first.splash("set", "n3", "sysContact.0", "s", "of the first", "--via", "snap")
        second.splash("set", "n3", "sysContact.0", "s", "of the second", "--via", "snap")
        for lab, text in ((first, "of the first"), (second, "of the second")):
            answer = lab.ask("get", "n3", "sysContact.0", "--via", "snap")
            self.assertEqual(answer["results"][0]["value"], text)
        before = second.counters("n2")["received"]
        first.ask("run", PROGRAMS / "traceroute.snap", "--to", "n3")
        self.assertEqual(second.counters("n2")["received"], before + 1)  # the question itself
        first.down()
        self.assertEqual(remains_of(first.name), [])
        self.assertEqual(len(second.ask("path", "n3")["hops"]), 3)

    def test_down_leaves_nothing(self):
        lab = self.lab("honeycomb20")
        self.assertNotEqual(remains_of(lab.name), [])
        self.assertEqual(lab.down(check=True).returncode, 0)
        self.assertEqual(remains_of(lab.name), [])

    def test_down_after_half_the_daemons_were_killed_leaves_nothing(self):
        lab = self.lab("honeycomb20")
        for node in list(lab.nodes)[::2]:
            lab.kill(node, signal.SIGKILL)
        listed = run(SPLASH, "lab", "list").stdout
        self.assertIn("10 of 20", [line for line in listed.splitlines() if line.startswith(lab.name)][0])
        lab.down(check=True)
        self.assertEqual(remains_of(lab.name), [])

    def test_a_lab_goes_with_its_owner(self):
        owner = subprocess.Popen(["sleep", "600"])
        name = new_name()
        self.addCleanup(run, SPLASH, "lab", "down", name, check=False)
        try:
            run(SPLASH, "lab", "up", "line3", "--name", name, "--owner", owner.pid)
            self.assertNotEqual(remains_of(name), [])
        finally:
            owner.kill()
            owner.wait()
        wait_until(lambda: not remains_of(name), lambda: f"nothing is left: {remains_of(name)}")

    def test_a_killed_lab_up_leaves_nothing_wherever_it_was(self):
        """Killed after each of its steps; it names them on standard error."""
        whole = Lab("honeycomb20")
        self.addCleanup(whole.down)
        up = run(SPLASH, "lab", "up", "honeycomb20", "--name", whole.name, "--owner", os.getpid())
        steps = up.stderr.splitlines()
        self.assertGreaterEqual(len(steps), 4)
        whole.down(check=True)
        for step in range(len(steps)):
            with self.subTest(after=steps[step - 1] if step else "its start"):
                self.kill_after(step)

    def kill_after(self, lines):
        name = new_name()
        self.addCleanup(run, SPLASH, "lab", "down", name, check=False)
        making = subprocess.Popen([SPLASH, "lab", "up", "honeycomb20", "--name", name, "--owner", str(os.getpid())],
                                  stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                  env=ENVIRONMENT)
        try:
            for _ in range(lines):
                making.stderr.readline()
        finally:
            making.kill()
            making.communicate(timeout=60)
        wait_until(lambda: not remains_of(name), lambda: f"nothing is left: {remains_of(name)}")

    def test_a_name_in_use_is_refused_and_the_lab_stays(self):
        lab = self.lab("line2")
        done = run(SPLASH, "lab", "up", "line3", "--name", lab.name, check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn(lab.name, done.stderr)
        self.assertEqual(len(lab.ask("path", "n2")["hops"]), 2)

    def test_a_lab_whose_daemon_cannot_start_says_why_and_leaves_nothing(self):
        lab = Lab("name: broken\ntopology:\n  nodes:\n    a:\n    b:\n      splash_toml: |\n        colour = 1\n"
                  '  links:\n    - endpoints: ["a:eth1", "b:eth1"]\n')
        self.addCleanup(lab.down)
        with self.assertRaises(AssertionError) as caught:
            lab.up()
        self.assertIn("node b", str(caught.exception))
        self.assertIn("of splash.toml is: colour = 1", str(caught.exception))  # the file itself is gone
        self.assertEqual(remains_of(lab.name), [])


if __name__ == "__main__":
    unittest.main()
