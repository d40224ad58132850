"""Techniques for one client and one node: sections 10.2.1 to 10.2.3 of the thesis."""

import tempfile

import faults
from measured_lab import READ, WRITE
from measuring import Task, Way

COLUMN = "ifInErrors"
ROWS = (4, 16, 64)
ROWS_IN_A_PACKET = 72  # of that column; an answer of many more would be fragments
ERRORS, THRESHOLD = 1000, 100
SLOW_MS = 10
GROWTH = 10  # errors between two visits
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


# For each object: what it is now, what it was when this program came by last (the dictionary knows), and whether it
# grew by more than the limit. Home comes how many did; of a first visit exception 41.
TREND_BEGINS = """
        dforw
        push 0
"""
TREND_OBJECT = """
        push oid:{name}
        calls "snmp_getsingle"
        push "{name}"
        calls "memmap_getint"   ; how many, now, then
        push "{name}"
        pull 2
        calls "memmap_addint"
        pop
        sub
        gti {limit}
        add
"""
TREND_ENDS = """
        pull 0
        isint
        bez home-pc
        pull 0
        bez home-pc
        push oid:{spare}
        push 1
        calls "snmp_setsingle"
        pop
home:   getsrc
        dmoveto out-pc
out:    dforw
        demuxall 0
"""


def trend(lab):
    """The errors of all interfaces of a node, watched for growth; a spare one is brought up when they grow too fast. The
    poller keeps the values of before, the program leaves them at the node."""
    node = lab.farthest()
    with lab.errors_at([node], [ERRORS]), tempfile.NamedTemporaryFile("w", suffix=".snap") as file:
        indices = lab.snmp(*READ, "--walk", "ifIndex", "--", lab.address(node))["agents"][0]["values"]
        names = [f"{COLUMN}.{index}" for index in indices]
        file.write(TREND_BEGINS + "".join(TREND_OBJECT.format(name=name, limit=GROWTH - 1) for name in names)
                   + TREND_ENDS.format(spare=SPARE_OBJECT))
        file.flush()
        kept = {"values": [ERRORS] * len(names)}

        def poll():
            limit = max(kept["values"]) + GROWTH - 1
            answer = lab.snmp(*WRITE, *(word for name in names for word in ("--get", name)), "--above", limit, *SET_UP,
                              "--", lab.address(node))
            kept["then"], kept["values"] = kept["values"], answer["agents"][0]["values"]
            return answer

        def visit():
            return lab.snap("run", file.name, "--to", node)

        def grow():
            faults.make_errors(lab.name, node, GROWTH // 2)  # the ways take turns: each sees what came before two runs
            lab.wait_for_values([node], [ERROR_OBJECT], [[faults.errors(lab.name, node)]])

        def begin_again():
            lab.spare_down([node])
            grow()
        poll()
        grow()
        visit()
        snmp = Way("snmp", poll, lambda _: sum(now - then >= GROWTH for now, then in zip(kept["values"], kept["then"])),
                   f"GET {COLUMN} of each interface, subtract what it was, then SET {SPARE_OBJECT}")
        snap = Way("snap", visit, lambda answer: answer["deliveries"][0]["values"][0]["value"],
                   "`splash run trend.snap --to NODE`")
        yield Task("trend", f"{len(names)} counters", len(names), (snmp, snap), 1, ROUND_TRIP_SAVED, (node,), begin_again)
