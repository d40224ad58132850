"""What a task costs when it is done in several ways: packets from a capture, times from runs without one, in turn.

A *way* is a command. A *task* is what all its ways have to find out, or to bring about.
"""

import statistics
import time
from dataclasses import dataclass, field
from typing import Any, Callable

from lab_capture import LabCapture, tally
from reaction_watch import ReactionWatch

CAPTURED_RUNS = 3
LEAST_RUNS = 5
SETTLE_SECONDS = 0.05  # a packet that is still on its way when the command has its answer belongs to it


class BenchError(Exception):
    """What would have been measured is not the task."""


@dataclass(frozen=True)
class Way:
    via: str  # snmp; snmp_in_turn: one agent after the other; snap
    ask: Callable[[], dict]  # gives the JSON of the command, which has elapsed_us
    read: Callable[[dict], Any]  # what it found out
    command: str = ""  # as an operator would type it


@dataclass(frozen=True)
class Task:
    technique: str
    label: str
    size: int  # what it is drawn over
    ways: tuple
    expected: Any  # what every way finds; None: what it finds is the figure
    thesis: dict = field(default_factory=dict)  # what the formula gives, by name of what is measured
    reacting: tuple = ()  # nodes at which the task brings about a write that the kernel tells of
    restore: Callable[[], None] = lambda: None  # puts back what a run has changed


def quartiles(values):
    if len(values) == 1:
        return {"lower": values[0], "median": values[0], "upper": values[0], "count": 1}
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return {"lower": round(lower), "median": round(median), "upper": round(upper), "count": len(values)}


def _do(task, way):
    answer = way.ask()
    found = way.read(answer)
    if task.expected is not None and found != task.expected:
        raise BenchError(f"{task.technique}, {task.label}, by {way.via}: found {found}, not {task.expected}")
    return answer["elapsed_us"], found


def _count(lab, task, runs):
    """For each way the run with the median number of crossings."""
    spans = {way.via: [] for way in task.ways}
    with LabCapture(lab.binary, lab.name, lab.graph) as capture:
        for _ in range(runs):
            for way in task.ways:
                task.restore()
                time.sleep(SETTLE_SECONDS)
                begin = time.time_ns()
                _, found = _do(task, way)
                time.sleep(SETTLE_SECONDS)
                spans[way.via].append((begin, time.time_ns(), found))
    counted = {}
    for via, seen in spans.items():
        tallies = [{**tally(lab.graph, [p for p in capture.packets if begin <= p[0] <= end], lab.station),
                    "found": found} for begin, end, found in seen]
        counted[via] = sorted(tallies, key=lambda one: one["crossings"])[len(tallies) // 2]
        if not counted[via]["crossings"]:
            raise BenchError(f"{task.technique}, {task.label}, by {via}: no packet was seen")
    return counted


def _time(lab, task, runs, seconds):
    """As many runs as there may be, or as the seconds allow, but no fewer than LEAST_RUNS."""
    end = time.monotonic() + seconds
    times = {way.via: [] for way in task.ways}
    reactions = {way.via: [] for way in task.ways}
    for number in range(runs):
        if number >= LEAST_RUNS and time.monotonic() > end:
            break
        for way in task.ways:
            task.restore()
            if task.reacting:
                with ReactionWatch(lab, lab.station, task.reacting) as watch:
                    elapsed, _ = _do(task, way)
                reactions[way.via].append(watch.microseconds())
            else:
                elapsed, _ = _do(task, way)
            times[way.via].append(elapsed)
    return times, reactions


def measure(lab, task, runs, seconds, captured_runs=CAPTURED_RUNS):
    """The task's row of the results, ready for JSON."""
    counted = _count(lab, task, captured_runs)
    times, reactions = _time(lab, task, runs, seconds)
    row = {"technique": task.technique, "label": task.label, "size": task.size, "thesis": task.thesis, "ways": {}}
    for way in task.ways:
        row["ways"][way.via] = {"command": way.command, **counted[way.via], "answer_us": quartiles(times[way.via])}
        if task.reacting:
            row["ways"][way.via]["reaction_us"] = quartiles(reactions[way.via])
    return row
