"""Programs under test and stock tools, always with a deadline; waiting for a condition."""

import os
import subprocess
import time
from pathlib import Path

ROOT = Path(os.environ.get("SPLASH_SOURCE_DIR", Path(__file__).resolve().parents[3])).resolve()
BIN = Path(os.environ.get("SPLASH_BIN_DIR", ROOT / "build/bin")).resolve()
SPLASH = str(BIN / "splash")
SPLASHD = str(BIN / "splashd")
PROGRAMS = ROOT / "programs"

DEADLINE = 60  # seconds: nothing takes as long; an overloaded machine may
PAUSE = 0.02

# Stock tools shall neither look for MIB files nor read this machine's settings.
ENVIRONMENT = {**os.environ, "MIBS": "", "SNMPCONFPATH": "/nonexistent"}


class CommandFailed(AssertionError):
    """A command that should have worked did not."""


def run(*argv, check=True, deadline=DEADLINE, **options):
    """Runs a program to its end. With `check` a status other than 0 is a failure that shows what it printed."""
    words = [str(word) for word in argv]
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("env", ENVIRONMENT)
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=deadline,
                          check=False, **options)
    if check and done.returncode != 0:
        raise CommandFailed(f"exit {done.returncode}: {' '.join(words)}\n{done.stdout}{done.stderr}")
    return done


def wait_until(condition, what, deadline=DEADLINE):
    """Asks until condition() is true and gives its value; fails after `deadline` seconds. `what` may be callable."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"not within {deadline} s: {what() if callable(what) else what}")
        time.sleep(PAUSE)


def is_alive(pid):
    """True while a process of that number runs; one that nobody has waited for has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
