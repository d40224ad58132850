"""Which directive and which option is covered by which case."""

import re
import subprocess
from pathlib import Path

import yaml

import cases
from box import SNMPD

HERE = Path(__file__).resolve().parent

# Of snmpd.conf(5) and snmp_config(5), what `snmpd -H` does not list: modules register these by other names, or the
# parser takes them itself.
FROM_THE_MANUAL = ("exec", "sh", "execfix", "extend", "extendfix", "notificationFilter", "include", "includeFile",
                   "includeDir", "includeSearch")
# What getopt in snmpd takes, listed in snmpd(8) or not; -- is --name=value.
OPTIONS = tuple("aAcCdDfghHIlLmMnpPqrsSuUvVxXY-")


def listed_directives():
    """By section (snmpd.conf, snmp.conf, agentx.conf), as this machine's snmpd prints them."""
    done = subprocess.run([SNMPD, "-H", "-C"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=True, env={"MIBS": "", "HOME": "/"})
    sections, section = {}, None
    for line in done.stderr.splitlines():
        if match := re.match(r"  In (\S+) and ", line):
            section = sections.setdefault(match[1], [])
        elif section is not None and (match := re.match(r"    (\S+) ", line)):
            section.append(match[1])
    return sections


def explained():
    """Reason by directive, in small letters."""
    return {name.lower(): " ".join(group["why"].split())
            for group in yaml.safe_load((HERE / "explained.yaml").read_text()) for name in group["directives"]}


def _texts(case):
    yield case.conf
    yield from (text for path, text in case.files.items() if path.endswith(".conf"))
    for step in case.steps:
        if isinstance(step, dict) and "write" in step:
            yield from step["write"].values()


def cases_by_directive():
    """Which cases have it at the beginning of a line of a file of theirs; small letters."""
    found = {}
    for area, (_, listed) in cases.load_all().items():
        for case in listed:
            if (area, case.name) == ("configuration", "mistakes"):
                continue  # a directive is not covered by what is wrong with it
            words = set(case.covers)
            for text in _texts(case):
                words.update(re.findall(r"^\s*(?:\[snmp\] +)?([A-Za-z0-9_]+)", text, re.M))
            for word in words:
                found.setdefault(word.lower(), []).append(case)
    return found


def cases_by_option():
    found = {}
    for _, (_, listed) in sorted(cases.load_all().items()):
        for case in listed:
            words = [" " + word for word in case.options]
            words += [step for step in case.steps if isinstance(step, str) and "snmpd " in step]
            text = " ".join(words)
            for option in OPTIONS:
                if re.search(r" --[a-zA-Z]" if option == "-" else rf" -{option}", text):
                    found.setdefault(option, []).append(case)
    return found
