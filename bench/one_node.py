"""Techniques for one client and one node: sections 10.2.1 to 10.2.3 of the thesis."""

import tempfile

import faults
from measured_lab import READ, WRITE
from measuring import Task, Way

COLUMN = "ifInErrors"
ROWS = (4, 16, 64)
ROWS_IN_A_PACKET = 64  # of that column; more would be fragments
ERRORS, THRESHOLD = 1000, 100
SLOW_MS = 10
ERROR_OBJECT, SPARE_OBJECT = f"ifInErrors.{faults.ERROR_INDEX}", f"ifAdminStatus.{faults.SPARE_INDEX}"
GROWTH = 10  # errors between two visits


def aggregation(lab):
    """The sum of a column. The poller knows how many rows there are and asks for them at once."""
    node = lab.farthest()
    faults.add_error_interface(lab.name, node)
    faults.make_errors(lab.name, node, ERRORS)
    try:
        for rows in ROWS:
            faults.add_idle_interfaces(lab.name, node, rows)
            lab.wait_for_values([node], ["ifNumber.0", ERROR_OBJECT], [[rows, ERRORS]])
            yield Task(
                "aggregation", f"{rows} values", rows,
                (Way("snmp", lambda n=rows: lab.snmp(*READ, "--walk", COLUMN, "--rows", min(n + 1, ROWS_IN_A_PACKET), "--",
                                                     lab.address(node)),
                     lambda answer: sum(answer["agents"][0]["values"]), f"GETBULK {COLUMN}"),
                 Way("snap", lambda: lab.snap("table", node, "ifTable", "--via", "snap", "--sum", COLUMN),
                     lambda answer: answer["aggregate"]["value"], f"splash table NODE ifTable --sum {COLUMN}")),
                ERRORS)
    finally:
        faults.remove_interfaces(lab.name, node, faults.ERROR_INTERFACE,
                                 *(name for name in faults.interfaces(lab.name, node) if name.startswith("idle")))


def reacting(lab):
    """Above a threshold a spare interface is brought up."""
    node = lab.farthest()
    with lab.errors_at([node], [ERRORS]):
        for delay in (0, SLOW_MS):
            with lab.slow_station(delay):
                yield Task(
                    "reacting", f"links of the station {delay} ms" if delay else "fast links", delay,
                    (Way("snmp", lambda: lab.snmp(*WRITE, "--get", ERROR_OBJECT, "--above", THRESHOLD, "--set",
                                                  f"{SPARE_OBJECT}=i:1", "--", lab.address(node)),
                         lambda answer: [answer["agents"][0]["values"], answer["agents"][0].get("set")],
                         f"GET {ERROR_OBJECT}, then SET {SPARE_OBJECT}"),
                     Way("snap", lambda: lab.snap("survey", node, "--oid", ERROR_OBJECT, "--where",
                                                  f"{ERROR_OBJECT} > {THRESHOLD}", "--do", f"{SPARE_OBJECT} i 1"),
                         lambda answer: [[answer["rows"][0]["results"][0]["value"]],
                                         "done" if answer["rows"][0]["did"]["value"] == 1 else None],
                         f"splash survey NODE --oid {ERROR_OBJECT} --where '{ERROR_OBJECT} > {THRESHOLD}' --do '{SPARE_OBJECT} i 1'")),
                    [[ERRORS], "done"], {"snmp": {"messages": 4}, "snap": {"messages": 2}}, (node,), lambda: lab.spare_down([node]))


# For each object: what it is now, what it was when this program came by last (the dictionary knows), and whether it
# grew by more than the limit. Home comes how many did; of a first visit exception 41.
TREND_BEGINS = "        dforw\n        push 0\n"
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
        before = {}

        def poll():
            limits = ("--above", max(before["values"]) + GROWTH - 1) if before else ()
            answer = lab.snmp(*WRITE, *(word for name in names for word in ("--get", name)), *limits,
                              "--set", f"{SPARE_OBJECT}=i:1", "--", lab.address(node))
            before["then"], before["values"] = before.get("values"), answer["agents"][0]["values"]
            return answer

        def visit():
            return lab.snap("run", file.name, "--to", node)

        def grow():
            lab.spare_down([node])
            faults.make_errors(lab.name, node, GROWTH // 2)  # the ways take turns: each sees what came before two runs
            lab.wait_for_values([node], [ERROR_OBJECT], [[faults.errors(lab.name, node)]])
        poll()
        faults.make_errors(lab.name, node, GROWTH // 2)
        lab.wait_for_values([node], [ERROR_OBJECT], [[ERRORS + GROWTH // 2]])
        visit()
        yield Task(
            "trend", f"{len(names)} counters", len(names),
            (Way("snmp", poll, lambda answer: sum(now - then >= GROWTH for now, then in zip(before["values"], before["then"])),
                 f"GET {COLUMN} of each, subtract what was, then SET {SPARE_OBJECT}"),
             Way("snap", visit, lambda answer: answer["deliveries"][0]["values"][0]["value"],
                 "splash run trend.snap --to NODE")),
            1, {"snmp": {"messages": 4}, "snap": {"messages": 2}}, (node,), grow)
