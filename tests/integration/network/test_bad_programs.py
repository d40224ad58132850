"""A principal whose programs do what they should not gets the exception or report that docs/snap.md names, and the node
answers everybody else meanwhile: a stock tool that asks all the time, and a program of another principal."""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.lab import PING, LabTest  # noqa: E402
from support.snap import Exc, assemble  # noqa: E402

NOT_ENOUGH_BOUND, NO_SERVICE, NOT_PERMITTED, WRONG_TYPE, QUOTA = 32, 35, 39, 44, 45
UNDERFLOW, FAULT_OF_TYPE = 128, 129
HOME = "getsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n"
OFTEN = 50
SYS_CONTACT = ".1.3.6.1.2.1.1.4.0"
TO_AND_FRO = 'dforw\ningress\ncalls "if_getnexthop"\ndforwto\n'  # until its bound is used up


def call(service, *arguments):
    return "forw\n" + "".join(f"push {argument}\n" for argument in arguments) + f'calls "{service}"\n' + HOME


class BadPrograms(LabTest):
    """n1 sends them to n2, where it is a principal of its own; n3 is everybody else."""

    topology = "line3"

    def setUp(self):
        self.node = self.lab.directory("n2") / "splash.toml"
        settings = self.node.read_text()
        self.addCleanup(lambda: self.lab.configure("n2", lambda _: settings))
        self.rights("read", "write", "send")
        self.ask_all_the_while("n2")

    def rights(self, *words):
        """Of n1 at n2."""
        rule = (f'[[allow]]\nprefix = "{self.lab.address("n1")}/32"\nrights = [{", ".join(f"{w!r}" for w in words)}]\n'
                'snmp_user = "splashrw"\ninsecure = true\nbound = 255\n# others\n').replace("'", '"')
        self.lab.configure("n2", lambda text: re.sub(r"(?s)\[\[allow\]\].*?# others\n|(?=\[\[allow\]\])", rule, text, count=1))

    def send(self, program, times=OFTEN, bound=64, start="n1"):
        """What comes home of each."""
        with self.lab.client(start) as client:
            for _ in range(times):
                client.inject(assemble(program), self.lab.address("n2"), bound)
            return [client.packet() for _ in range(times)]

    def assert_others_are_answered(self):
        (answer,) = self.send(PING, times=1, start="n3")
        self.assertEqual(answer.values(), [b"still there"])

    def assert_all_get(self, program, *values):
        self.assertEqual([answer.values() for answer in self.send(program)], [list(values)] * OFTEN)
        self.assert_others_are_answered()

    def test_unknown_services(self):
        self.assert_all_get(call("no_such_service"), Exc(NO_SERVICE))
        self.assert_all_get(call("no_such_service", 1, '"one"'), 1, b"one", Exc(NO_SERVICE))

    def test_arguments_of_the_wrong_type(self):
        self.assert_all_get(call("snmp_getsingle", 1), Exc(WRONG_TYPE))
        self.assert_all_get(call("memmap_addint", '"name"', '"one"'), Exc(WRONG_TYPE))

    def test_instructions_on_the_wrong_type_or_on_nothing(self):
        """Faults: the program ends, and its node reports. Reports are limited, so few are asked for."""
        for program, reason in (('forw\npush 1\npush "one"\nadd\n', FAULT_OF_TYPE), ("forw\nadd\n", UNDERFLOW),
                                ('forw\ncalls "snmp_getsingle"\n', UNDERFLOW)):
            (answer,) = self.send(program, times=1)
            self.assertEqual((answer.report().reason, answer.report().node), (reason, self.lab.address("n2")))
        self.assert_others_are_answered()

    def test_a_full_dictionary_is_its_fillers_alone(self):
        value = 1000 * "x"
        keep = [f'push "{number}"\npush "{value}"\ncalls "memmap_addstring"\n' for number in range(300)]
        came = [answer.values()[-1] for keeping in keep for answer in self.send("forw\n" + keeping + HOME, times=1)]
        kept = came.index(Exc(QUOTA))
        self.assertEqual(came, [1] * kept + [Exc(QUOTA)] * (300 - kept))
        self.assertEqual(kept, 262144 // (1000 + 3))  # octets_per_principal, of values and names
        (other,) = self.send(call("memmap_addint", '"mine"', 7), times=1, start="n3")
        self.assertEqual(other.values(), [1])
        (other,) = self.send(call("memmap_getint", '"mine"'), times=1, start="n3")
        self.assertEqual(other.values(), [7])
        self.assert_others_are_answered()

    def executions(self):
        """Of all nodes, and how many looks at them they count themselves."""
        return sum(self.lab.counters(node)["executions"] for node in self.lab.nodes)

    def test_a_flood_ends_with_its_bound_and_says_so(self):
        looks = -(self.executions() - self.executions())
        before = self.executions()
        bounds = 5
        for answer in self.send(TO_AND_FRO, times=bounds, bound=200):
            self.assertEqual(answer.report().reason, NOT_ENOUGH_BOUND)
        self.assertLessEqual(self.executions() - before - looks, 200 * bounds)
        self.assert_others_are_answered()

    def test_writing_without_the_right(self):
        self.rights("read", "send")
        self.assert_all_get(call("snmp_setsingle", "oid:sysContact.0", '"me"'), Exc(NOT_PERMITTED))
        self.assert_all_get(call("memmap_addint", '"mine"', 7), Exc(NOT_PERMITTED))
        self.assert_all_get(call("if_setup", '"lo"', 0), Exc(NOT_PERMITTED))
        self.assertNotEqual(self.lab.snmpget("n2", SYS_CONTACT), ['"me"'])


if __name__ == "__main__":
    unittest.main()
