"""Runs a program with its output in a file, a time limit, and a sign of life every minute."""

import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

SIGN_OF_LIFE = 60.0
GRACE = 5.0


def shell(argv: list) -> str:
    """The command as a person types it in the root of the source tree."""
    here = f"{Path.cwd()}/"
    return shlex.join(str(word).replace(here, "") for word in argv)


def end_group(process: subprocess.Popen) -> None:
    """Ends what we started and all that it started in its session."""
    for what in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, what)
        except ProcessLookupError:
            return
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            continue


def last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 400))
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:120] if lines else ""


def run(argv: list, log: Path, limit: float, environment: dict[str, str] | None = None) -> str | None:
    """None if it exits with 0 within `limit` seconds, else what went wrong."""
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("wb") as output:
        try:
            process = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT, start_new_session=True,
                                       env={**os.environ, **(environment or {})})
        except OSError as error:
            output.write(f"{argv[0]}: {error.strerror}\n".encode())
            return f"{argv[0]} cannot be started: {error.strerror}"
        try:
            while True:
                left = limit - (time.monotonic() - started)
                if left <= 0:
                    return f"{shell(argv[:3])} ... took longer than {limit:g} s and was ended"
                try:
                    status = process.wait(min(left, SIGN_OF_LIFE))
                    break
                except subprocess.TimeoutExpired:
                    print(f"\n    {time.monotonic() - started:.0f} s: {last_line(log)} ... ", end="", flush=True)
        finally:
            if process.poll() is None:
                end_group(process)
    if status == 0:
        return None
    return f"{shell(argv[:3])} ... " + (f"ended by signal {-status}" if status < 0 else f"exit status {status}")


def git_files(root: Path, *patterns: str) -> list[str]:
    """Files of the tree that git knows or would add, as paths relative to the root."""
    run_git = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--",
                              *patterns], capture_output=True, text=True, timeout=60, check=True)
    return sorted({name for name in run_git.stdout.split("\0") if name and (root / name).is_file()})
