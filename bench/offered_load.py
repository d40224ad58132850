#!/usr/bin/python3 -B
"""offered_load.py SOCKET TARGET RATE FILE

Injects the packets of FILE in turn at a node's socket, for TARGET, so many a second, and says "offering" once the first
have been accepted. SIGTERM ends it; then it prints as JSON how many were accepted, in how many seconds, and what came
back. A process of its own, so that it shares no interpreter with whoever measures meanwhile.
"""

import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/integration"))
from support.snap import FLAG_REPORT, Exc  # noqa: E402
from support.unix_client import UnixClient  # noqa: E402

FIRST = 5
LONGEST_PAUSE = 0.005


def main():
    where, target, rate, file = sys.argv[1:]
    packets = [bytes.fromhex(line) for line in Path(file).read_text().splitlines()]
    ends = []
    signal.signal(signal.SIGTERM, lambda *_: ends.append(True))
    came, accepted = Counter(), 0
    begin = time.monotonic()
    with UnixClient(where) as client:
        while not ends:
            due = begin + accepted / float(rate)
            if time.monotonic() < due:
                time.sleep(min(due - time.monotonic(), LONGEST_PAUSE) if due > time.monotonic() else 0)
                continue
            client.inject(packets[accepted % len(packets)], target, bound=255)
            accepted += 1
            if accepted == FIRST:
                print("offering", flush=True)
            while client.waiting:
                came[what_came(client.packet())] += 1
    print(json.dumps({"accepted": accepted, "seconds": time.monotonic() - begin, "came": came}))


def what_came(packet):
    """The last value, or why there is none."""
    last = packet.values()[-1]
    if packet.flags & FLAG_REPORT:
        return f"report {packet.report().reason}"
    return f"exception {last.code}" if isinstance(last, Exc) else "answer"


if __name__ == "__main__":
    main()
