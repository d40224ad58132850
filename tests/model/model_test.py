#!/usr/bin/python3 -B
"""That the model's tests can fail, and that its parts say what they must."""

import io
import json
import unittest
from contextlib import redirect_stdout
from unittest import mock

import cases
import coverage
import differential
import driver
import instructions
import minimise
import packet
import text
import words
import write_case
from conformance import all_cases
from node import run


def situations(count, seed=1):
    return list(driver.lines("random", seed, count))


class Differential(unittest.TestCase):
    def test_finds_an_instruction_that_does_another_thing(self):
        wrong = {**instructions.INT_OPERATIONS, "Add": lambda a, b: a + b + 1}
        with driver.Engine() as engine, mock.patch.object(instructions, "INT_OPERATIONS", wrong), redirect_stdout(io.StringIO()) as said:
            comparison = differential.Comparison(engine, None)
            for line in situations(400):
                if not comparison.found:
                    comparison.look_at(line["situation"], line["observed"], "here")
        self.assertEqual(comparison.found, ["here"])
        self.assertIn("DISAGREEMENT here", said.getvalue())
        self.assertIn("-- packet", said.getvalue())

    def test_what_it_writes_is_a_case_that_holds(self):
        with driver.Engine() as engine:
            for line in situations(40):
                [case] = cases.cut("x", write_case.case_text(line["situation"], line["observed"], "test"))
                case.packet = bytes.fromhex(line["situation"]["packet"])
                self.assertEqual(cases.differences(case, engine.run(line["situation"])), [])

    def test_a_smaller_situation_keeps_the_property(self):
        line = next(s for s in situations(200) if s["observed"]["ending"][0] == "fault" and s["observed"]["ending"][2] > 3)
        reason = line["observed"]["ending"][1]

        def holds(s):
            return run(bytes.fromhex(s["packet"]), driver.node_of(s))["ending"][:2] == ["fault", reason]
        small = minimise.minimised(line["situation"], holds)
        self.assertTrue(holds(small))
        self.assertLess(len(small["packet"]), len(line["situation"]["packet"]))

    def test_mutations_follow_from_the_seed(self):
        situation = situations(1)[0]["situation"]
        self.assertEqual(*(json.dumps(differential.mutated(situation, differential.random.Random(7))) for _ in range(2)))

    def test_mutates_packets_of_any_size(self):
        situation = situations(1)[0]["situation"]
        for seed in range(200):
            short = {**situation, "packet": "02" * (1 + seed % 24)}
            self.assertTrue(differential.mutated(short, differential.random.Random(seed))["packet"])


class Conformance(unittest.TestCase):
    def case(self, outcome):
        [case] = cases.cut("x", f"-- why w\n-- asm push 1\n{outcome}\n")
        case.packet = packet.Packet(packet.Header(0, 7, 1, 10, 0, text.parse_values("10.0.9.9")[0][1]), bytes([0x10, 0, 0, 1]), b"",
                                    []).to_wire()
        return cases.differences(case, run(case.packet, case.node()))

    def test_says_what_differs(self):
        self.assertEqual(self.case("-- stack 1\n-- exit"), [])
        self.assertEqual(self.case("-- stack 2\n-- exit"), ["stack: wanted ['2'], got ['1']"])
        self.assertEqual(self.case("-- units 2\n-- exit"), ["units: wanted 2, got 1"])
        self.assertEqual(len(self.case("-- fault BadJump at 0")), 1)
        self.assertEqual(len(self.case("-- delivered 7 1")), 2)
        self.assertEqual(len(self.case("-- moved 10.0.0.2 alert")), 2)

    def test_reads_every_kind_of_value(self):
        line = r'-7 0x1f 4611686018427387904 1.5 float:-inf "a\x00\"\n" 10.0.0.1 2001:db8::1 oid:sysName.0 exc:12 (1, ("a")) ()'
        self.assertEqual([text.canonical(v) for v in text.parse_values(line)],
                         ["-7", "31", "4611686018427387904", "1.5", "float:-inf", r'"a\x00\x22\x0a"', "10.0.0.1", "2001:db8::1",
                          "oid:1.3.6.1.2.1.1.5.0", "exc:12", '(1, ("a"))', "()"])

    def test_identifiers_have_one_form(self):
        for subids in ([1, 3], [2, 39], [2, 4294967215], [0, 0, 4294967295], [1, 3, 128, 127]):
            self.assertEqual(words.subids_of(words.ber_of(subids)), subids)
        for octets in (b"", b"\x2b\x80\x01", b"\x2b\x81", b"\x2b\x90\x80\x80\x80\x00"):
            self.assertIsNone(words.subids_of(octets))


class Coverage(unittest.TestCase):
    def test_misses_what_no_case_tries(self):
        seen = coverage.Seen()
        for case in all_cases():
            if "bits/" not in case.name:
                seen.case(case)
        missing = list(coverage.gaps(seen))
        self.assertIn("rsha: no float as operand s[0]", missing)
        self.assertIn("lshi: never ends with Underflow", missing)
        self.assertNotIn("add: no float as operand s[0]", missing)


if __name__ == "__main__":
    unittest.main()
