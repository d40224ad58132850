"""Cases are YAML: cases/*.yaml, described in README.md. This reads them, runs them in two boxes and compares."""

import concurrent.futures
import dataclasses
import difflib
import re
import signal
import subprocess
import time
from pathlib import Path

import yaml

import wire
from box import DEADLINE, PAUSE, Box, Daemon

HERE = Path(__file__).resolve().parent
FILES = sorted((HERE / "cases").glob("*.yaml"))
OPTIONS = ["-f", "-Lo"]
KEYS = {"name", "why", "conf", "files", "options", "do", "differs", "programs", "covers", "masks"}
SIGNALS = {"stop": signal.SIGTERM, "interrupt": signal.SIGINT, "kill": signal.SIGKILL}


@dataclasses.dataclass(frozen=True)
class Difference:
    """Lines that only one of the two prints, and why that is so."""
    why: str
    snmpd: tuple
    splashd: tuple


@dataclasses.dataclass(frozen=True)
class Case:
    area: str
    name: str
    why: str = ""
    conf: str = ""
    files: dict = dataclasses.field(default_factory=dict)
    options: tuple = tuple(OPTIONS)
    steps: tuple = ()
    differs: tuple = ()
    programs: tuple = ("splashd",)  # one for each start; snmpd's box starts snmpd each time
    covers: tuple = ()              # directives that are not at the beginning of a line of conf or files
    masks: tuple = ()               # of masks.yaml, those that are only used where a case asks for them

    @property
    def is_identical(self):
        return not self.differs


def load(path):
    """The cases of a file, in their order."""
    document = yaml.safe_load(path.read_text())
    found = []
    for raw in document["cases"]:
        unknown = set(raw) - KEYS
        if unknown:
            raise ValueError(f"{path.name}: {raw.get('name')}: no such key: {', '.join(sorted(unknown))}")
        conf = raw.get("conf", "")
        found.append(Case(
            area=path.stem, name=raw["name"], why=raw.get("why", ""), conf=conf, files=raw.get("files", {}),
            options=tuple(str(word) for word in raw.get("options", OPTIONS)), steps=tuple(raw.get("do", ())),
            differs=tuple(Difference(d["why"], tuple(d.get("snmpd", ())), tuple(d.get("splashd", ())))
                          for d in raw.get("differs", ())),
            programs=tuple(raw.get("programs", ("splashd",))), covers=tuple(raw.get("covers", ())),
            masks=tuple(raw.get("masks", ()))))
    return document.get("about", ""), found


def load_all():
    return {path.stem: load(path) for path in FILES}


@dataclasses.dataclass(frozen=True)
class Mask:
    name: str
    why: str
    values: tuple
    find: re.Pattern
    put: str
    always: bool


def load_masks():
    found = []
    for raw in yaml.safe_load((HERE / "masks.yaml").read_text())["masks"]:
        find, put = raw.get("find"), raw.get("put")
        if "values" in raw:
            names = "|".join(re.escape(oid) + (r"[\d.]+" if oid.endswith(".") else "") for oid in raw["values"])
            find, put = rf"^(\.(?:{names})) = .*$", r"\1 = (masked)"
        found.append(Mask(raw["name"], " ".join(raw["why"].split()), tuple(raw.get("values", ())),
                          re.compile(find, re.M), put, not raw.get("only-where-named", False)))
    return found


def masked(text, case, masks):
    unknown = set(case.masks) - {mask.name for mask in masks}
    if unknown:
        raise ValueError(f"{case.name}: no such mask: {unknown}")
    for mask in masks:
        if mask.always or mask.name in case.masks:
            text = mask.find.sub(mask.put, text)
    return text


class Run:
    """One case in one box; what happened is the transcript."""

    def __init__(self, case, program):
        self.case = case
        self.box = Box(program)
        self.daemon = Daemon(self.box, case.options, case.programs if program == "splashd" else ("snmpd",))
        self.lines = []

    def transcript(self):
        try:
            with self.box:
                self.box.write("/etc/snmp/snmpd.conf", self.case.conf)
                for path, text in self.case.files.items():
                    self.box.write(path, text)
                self.daemon.install()
                if "start later" not in self.case.steps:
                    self._begin()
                for step in self.case.steps:
                    if step != "start later":
                        self._step(step)
                self._say("[what the daemon said]")
                self._say(self.daemon.output())
        except (AssertionError, subprocess.TimeoutExpired, OSError) as problem:
            raise AssertionError(f"{self.case.name} ({self.box.program}): {problem}\nso far:\n"
                                 + "\n".join(self.lines) + "\n" + self.daemon.output()) from problem
        return "\n".join(self.lines) + "\n"

    def _say(self, text):
        self.lines.append(text.rstrip("\n"))

    def _begin(self):
        status = self.daemon.start()
        self._say("[ready]" if status is None else f"[ended with {status}]")

    def _step(self, step):
        if isinstance(step, str):
            self._command(step)
            return
        (verb, argument), = step.items()
        if verb == "until":
            self._until(argument)
        elif verb == "background":
            self.box.start(["sh", "-c", f"exec {argument}"], "background")
        elif verb == "write":
            for path, text in argument.items():
                self.box.write(path, text)
        elif verb == "daemon":
            self._daemon(argument)
        else:
            raise ValueError(f"{self.case.name}: no such step: {verb}")

    def _command(self, line):
        self._say(f"$ {line}")
        if line.startswith("wire "):
            self._say(wire.ask(self.box.pid, line))
            return
        if "/mnt/syslog" in line:
            self.box.collect_syslog()
        status, text = self.box.sh(line, as_process=True)
        self._say(text)
        self._say(f"[{status}]")

    def _until(self, line):
        end = time.monotonic() + DEADLINE
        while True:
            status, text = self.box.sh(line)
            if status == 0:
                return
            if time.monotonic() > end:
                raise AssertionError(f"not within {DEADLINE} s: {line}: {text}")
            time.sleep(PAUSE)

    def _daemon(self, what):
        if what in SIGNALS:
            self._say(f"[{what}: {self.daemon.stop(SIGNALS[what])}]")
        elif what == "start":
            self._begin()
        elif what == "reload":
            self.daemon.send(signal.SIGHUP)
        elif what == "dump":
            self.daemon.send(signal.SIGUSR1)
        elif what == "wait":
            self._say(f"[ended: {self.daemon.process.wait(timeout=DEADLINE)}]")
        else:
            raise ValueError(f"{self.case.name}: no such action: {what}")


def run(case):
    """The transcripts of snmpd and splashd, as they are."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        both = [pool.submit(Run(case, program).transcript) for program in ("snmpd", "splashd")]
        return [one.result() for one in both]


def _matches(patterns, lines):
    """Each line is one of the patterns', in their order: text, or a regular expression between slashes."""
    def is_like(pattern, line):
        if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
            return re.fullmatch(pattern[1:-1], line) is not None
        return pattern == line
    return len(patterns) == len(lines) and all(map(is_like, patterns, lines))


def compare(case, transcripts, masks):
    """None if they differ as the case says, else what to show."""
    stock, ours = (masked(text, case, masks).splitlines() for text in transcripts)
    changes = list(difflib.unified_diff(stock, ours, lineterm="", n=0))[2:]
    missing = [line[1:] for line in changes if line.startswith("-")]
    extra = [line[1:] for line in changes if line.startswith("+")]
    expected_missing = [line for difference in case.differs for line in difference.snmpd]
    expected_extra = [line for difference in case.differs for line in difference.splashd]
    if _matches(expected_missing, missing) and _matches(expected_extra, extra):
        return None
    shown = "\n".join(difflib.unified_diff(stock, ours, "snmpd", "splashd", lineterm="", n=2))
    return f"{case.area}: {case.name}\n{shown or 'the same, but the case expects a difference'}\n"
