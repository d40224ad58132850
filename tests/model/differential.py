#!/usr/bin/python3 -B
"""Random and mutated programs, by the interpreter and by the model: everything that can be seen must be the same.

differential.py [--seconds N] [--seed N] [--keep FOLDER]

Each round takes random situations from engine_driver, the same with their packets mutated, and mutated packets of
the conformance cases. Prints the seed, which repeats a run, and a case file for every disagreement, made as small as it can be. Exit 0: none. 1: some.
"""

import argparse
import random
import sys
import time
import traceback
from pathlib import Path

import driver
from conformance import all_cases
from minimise import minimised
from node import run
from packet import IPV6_ORIGIN
from write_case import case_text

BATCH = 500
FIXED_SEED = 2_000_000
MOST_SHOWN = 5


def differs(situation, observed):
    """What the two disagree about, as (what, model's, engine's); empty if nothing."""
    expected = run(bytes.fromhex(situation["packet"]), driver.node_of(situation))
    return [(key, expected[key], observed[key]) for key in expected if expected[key] != observed[key]]


def mutated(situation, dice):
    """The same with a packet that has a few octets changed, mostly in sizes, opcodes and words."""
    octets = bytearray.fromhex(situation["packet"])
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(octets))
        match dice.randrange(4):
            case 0:
                octets[at] ^= 1 << dice.randrange(8)
            case 1:
                octets[at] = dice.choice((0, 1, 4, 8, 0x7F, 0x80, 0xFF))
            case 2 if len(octets) >= 20:
                code_at, code_size = 32 if octets[1] & IPV6_ORIGIN else 20, int.from_bytes(octets[10:12], "big")
                if code_size >= 4 and code_at + code_size <= len(octets):
                    octets[code_at + 4 * dice.randrange(code_size // 4)] = dice.randrange(0xC0)
            case 3:  # somebody else's octets
                source = dice.randrange(len(octets))
                part = octets[source:source + dice.choice((1, 4, 8))]
                octets[at:at + len(part)] = part
    changed = {**situation, "packet": octets.hex()}
    if dice.randrange(4) == 0:
        changed["workspace"] = len(octets) + dice.randrange(120)
    if dice.randrange(8) == 0:
        changed["budget"] = dice.randrange(40)
    return changed


class Comparison:
    def __init__(self, engine, keep):
        self.engine, self.keep = engine, keep
        self.executions, self.faults, self.found = 0, 0, []

    def look_at(self, situation, observed, origin):
        self.executions += 1
        self.faults += observed["ending"][0] in ("fault", "refused")
        try:
            differences = differs(situation, observed)
        except Exception:  # the model itself is broken: a finding like any other
            differences = [("the model", traceback.format_exc(), "")]
        if not differences:
            return
        small = minimised(situation, lambda s: self._still_differs(s))
        self.found.append(origin)
        print(f"DISAGREEMENT {origin}")
        for what, model, engine in differences:
            print(f"  {what}: the model says {model}\n  {'engine'.rjust(len(what))}: {engine}")
        text = case_text(small, self.engine.run(small), f"found by differential.py, {origin}")
        print(text)
        if self.keep:
            (self.keep / f"disagreement_{len(self.found)}.case").write_text(text)

    def _still_differs(self, situation):
        try:
            return bool(differs(situation, self.engine.run(situation)))
        except RuntimeError:
            raise
        except Exception:
            return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, help="else one that is always the same, then a fresh one")
    parser.add_argument("--keep", type=Path, help="folder for case files of disagreements")
    arguments = parser.parse_args()
    fresh = random.SystemRandom().randrange(10**12)
    seeds = [arguments.seed] if arguments.seed is not None else [FIXED_SEED, fresh]
    cases = [(case.name, driver.situation_of(case.packet, case.node())) for case in all_cases()]
    begun = time.monotonic()  # now: on a busy machine reading the cases takes long, too
    with driver.Engine() as engine:
        comparison = Comparison(engine, arguments.keep)
        for turn, seed in enumerate(seeds, start=1):
            print(f"--seed {seed} repeats this", flush=True)
            end = begun + arguments.seconds * turn / len(seeds)
            is_enough = False
            while not is_enough:  # one batch at least, however slow the machine
                for line in driver.lines("random", seed, BATCH):
                    origin = f"seed {line['seed']}"
                    comparison.look_at(line["situation"], line["observed"], origin)
                    changed = mutated(line["situation"], random.Random(line["seed"]))
                    comparison.look_at(changed, engine.run(changed), origin + ", mutated")
                dice = random.Random(seed)
                for name, situation in dice.choices(cases, k=BATCH):
                    changed = mutated(situation, dice)
                    comparison.look_at(changed, engine.run(changed), f"seed {seed}, {name}, mutated")
                seed += BATCH
                is_enough = time.monotonic() >= end or len(comparison.found) >= MOST_SHOWN
    seconds = time.monotonic() - begun
    print(f"{comparison.executions} executions ({comparison.faults} of them faults or refusals), "
          f"{len(comparison.found)} disagreements, {seconds:.0f} s")
    return 1 if comparison.found else 0


if __name__ == "__main__":
    sys.exit(main())
