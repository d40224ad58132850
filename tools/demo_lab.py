"""The lab of the demo as seen from its node n1: commands with a deadline, and what they print."""

import json
import subprocess

COMMAND_SECONDS = 60
START = "n1"


class DemoError(Exception):
    """A step did not do what it shows."""


class Splash:
    """The command line of the build, always with a deadline."""

    def __init__(self, binary, lab):
        self.binary = binary
        self.lab = lab

    def run(self, *words, check=True):
        command = [self.binary, *words]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired as error:
            raise DemoError(f"no end after {COMMAND_SECONDS} s: {' '.join(command)}") from error
        if check and done.returncode != 0:
            raise DemoError(f"exit {done.returncode}: {' '.join(command)}\n{done.stderr}")
        return done

    def typed(self, *words):
        """Runs a command that starts at n1 and gives what a person would see."""
        return self.run("--lab", self.lab, "--from", START, *words).stdout.strip()

    def ask(self, *words):
        """Likewise its JSON."""
        return json.loads(self.run("--lab", self.lab, "--from", START, *words, "-o", "json").stdout)

    def inside(self, *words):
        """Runs a program inside n1's namespace and gives what it prints."""
        return self.run("lab", "exec", self.lab, START, "--", *words).stdout.strip()

    def graph(self):
        """Nodes and links with their places: the JSON of `lab graph`."""
        return json.loads(self.run("lab", "graph", self.lab, "-o", "json").stdout)
