#!/usr/bin/python3 -B
"""run_case.py [-v] [WORD...]   runs the cases whose area or name holds one of the words; all without any.

-v prints what snmpd and splashd said, masked.   Exit 0: as the cases say. 1: not.
"""

import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

import cases  # noqa: E402


def main():
    verbose = "-v" in sys.argv
    words = [word for word in sys.argv[1:] if word != "-v"]
    masks = cases.load_masks()
    bad = 0
    for area, (_, found) in cases.load_all().items():
        for case in found:
            if words and not any(word in f"{area}: {case.name}" for word in words):
                continue
            begun = time.monotonic()
            try:
                transcripts = cases.run(case)
                problem = cases.compare(case, transcripts, masks)
            except AssertionError as error:
                transcripts, problem = [], str(error)
            print(f"{'ok  ' if problem is None else 'FAIL'} {time.monotonic() - begun:5.1f} s  {area}: {case.name}",
                  flush=True)
            if problem:
                bad += 1
                print(problem)
            if verbose:
                for text in transcripts:
                    print(cases.masked(text, case, masks))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
