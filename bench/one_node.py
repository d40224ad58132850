"""Techniques for one client and one node: sections 10.2.1 to 10.2.3 of the thesis."""

import faults
from measured_lab import READ, WRITE
from measuring import Task, Way

COLUMN = "ifInErrors"
ROWS = (4, 16, 64)
ROWS_IN_A_PACKET = 64  # of that column; more would be fragments
ERRORS, THRESHOLD = 1000, 100
SLOW_MS = 10
ERROR_OBJECT, SPARE_OBJECT = f"ifInErrors.{faults.ERROR_INDEX}", f"ifAdminStatus.{faults.SPARE_INDEX}"
TREND_OBJECTS = 8


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
                     lambda answer: answer["value"], f"splash table NODE ifTable --sum {COLUMN}")),
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
