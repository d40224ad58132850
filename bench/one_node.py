"""Techniques for one client and one node: sections 10.2.1 to 10.2.3 of the thesis."""

import time

import faults
from measured_lab import READ, WRITE
from measuring import Task, Way
from support.commands import PROGRAMS, wait_until

COLUMN = "ifInErrors"
ROWS = (4, 16, 64)
ROWS_IN_A_PACKET = 72  # of that column; an answer of many more would be fragments
ERRORS, THRESHOLD = 1000, 100
SLOW_MS = 10
LIMIT = 5  # errors a second: ERRORS at once are more for minutes
TREND = PROGRAMS / "trend.snap"
ERROR_OBJECT, SPARE_OBJECT = f"{COLUMN}.{faults.ERROR_INDEX}", f"ifAdminStatus.{faults.SPARE_INDEX}"
IS_BAD, BRING_UP = f"{ERROR_OBJECT} > {THRESHOLD}", f"{SPARE_OBJECT} i 1"  # as commands of `splash` take them
SET_UP = ("--set", f"{SPARE_OBJECT}=i:1")  # as the poller takes it
ROUND_TRIP_SAVED = {"snmp": {"messages": 4}, "snap": {"messages": 2}}


def aggregation(lab):
    """The sum of a column. The poller knows how many rows there are and asks for them at once."""
    node = lab.farthest()
    faults.add_error_interface(lab.name, node)
    faults.make_errors(lab.name, node, ERRORS)

    def walk(rows):
        return lab.snmp(*READ, "--walk", COLUMN, "--rows", min(rows + 1, ROWS_IN_A_PACKET), "--", lab.address(node))
    snap = Way("snap", lambda: lab.snap("table", node, "ifTable", "--via", "snap", "--sum", COLUMN),
               lambda answer: answer["aggregate"]["value"], f"`splash table NODE ifTable --sum {COLUMN}`")
    try:
        for rows in ROWS:
            faults.add_idle_interfaces(lab.name, node, rows)
            lab.wait_for_values([node], ["ifNumber.0", ERROR_OBJECT], [[rows, ERRORS]])
            snmp = Way("snmp", lambda rows=rows: walk(rows), lambda answer: sum(answer["agents"][0]["values"]),
                       f"GETBULK {COLUMN}")
            yield Task("aggregation", f"{rows} values", rows, (snmp, snap), ERRORS)
    finally:
        idle = (name for name in faults.interfaces(lab.name, node) if name.startswith("idle"))
        faults.remove_interfaces(lab.name, node, faults.ERROR_INTERFACE, *idle)


def reacting(lab):
    """Above a threshold a spare interface is brought up."""
    node = lab.farthest()

    def read_snap(answer):
        (row,) = answer["rows"]
        return [row["results"][0]["value"], "done" if row["did"]["value"] == 1 else None]

    def read_snmp(answer):
        (agent,) = answer["agents"]
        return [*agent["values"], agent.get("set")]
    ways = (
        Way("snmp", lambda: lab.snmp(*WRITE, "--get", ERROR_OBJECT, "--above", THRESHOLD, *SET_UP, "--", lab.address(node)),
            read_snmp, f"GET {ERROR_OBJECT}, then SET {SPARE_OBJECT}"),
        Way("snap", lambda: lab.snap("survey", node, "--oid", ERROR_OBJECT, "--where", IS_BAD, "--do", BRING_UP),
            read_snap, f"`splash survey NODE --oid {ERROR_OBJECT} --where '{IS_BAD}' --do '{BRING_UP}'`"))
    with lab.errors_at([node], [ERRORS]):
        for delay in (0, SLOW_MS):
            with lab.slow_station(delay):
                yield Task("reacting", f"links of the station {delay} ms" if delay else "fast links", delay, ways,
                           [ERRORS, "done"], ROUND_TRIP_SAVED, (node,), lambda: lab.spare_down([node]))


def trend(lab):
    """The rate of a counter since the last visit; above a limit, and more than twice what it was, a spare interface is
    brought up. The poller keeps the values of before, the program leaves them at the node."""
    node = lab.farthest()
    kept = {}

    def poll():
        # What the counter must be above depends on the time that has passed: the clock of the station, since the
        # poller writes before anything could read the agent's.
        now = time.monotonic()
        limit = max(LIMIT, 2 * kept.get("rate", 0)) * (now - kept.get("time", now)) + kept.get("value", ERRORS)
        answer = lab.snmp(*WRITE, "--get", ERROR_OBJECT, "--get", "sysUpTime.0", "--above", int(limit), *SET_UP, "--",
                          lab.address(node))
        value = answer["agents"][0]["values"][0]
        if "time" in kept:
            kept["rate"] = (value - kept["value"]) / (now - kept["time"])
        kept.update(time=now, value=value)
        return answer

    def visit():
        return lab.snap("run", TREND, "--to", node, "--arg", f"object={ERROR_OBJECT}", "--arg", f"limit={LIMIT}",
                        "--arg", f"alarm={SPARE_OBJECT}")

    def judged(answer):
        _, _, judgement, reaction = (value["value"] for value in answer["deliveries"][0]["values"])
        return [judgement, reaction]

    def polled(answer):
        return ["error", 1] if answer["agents"][0].get("set") == "done" else ["ok", 0]

    def burst_behind_calm():
        wait_until(lambda: judged(visit()) == ["ok", 0] and polled(poll()) == ["ok", 0], f"{ERROR_OBJECT} is calm")
        lab.spare_down([node])
        faults.make_errors(lab.name, node, ERRORS)
        lab.wait_for_values([node], [ERROR_OBJECT], [[faults.errors(lab.name, node)]])
    ways = (Way("snmp", poll, polled, f"GET {ERROR_OBJECT} and sysUpTime.0, divide by what they were, then SET {SPARE_OBJECT}"),
            Way("snap", visit, judged, f"`splash run trend.snap --to NODE --arg object={ERROR_OBJECT} --arg limit={LIMIT} "
                f"--arg alarm={SPARE_OBJECT}`"))
    with lab.errors_at([node], [ERRORS]):
        yield Task("trend", "1 counter", 1, ways, ["error", 1], ROUND_TRIP_SAVED, (node,), burst_behind_calm)
