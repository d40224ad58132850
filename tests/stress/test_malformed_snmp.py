"""Malformed SNMP and AgentX neither end splashd nor keep it from answering, nor is it told from snmpd by them."""

import random
import unittest

from malformed_snmp import SEED, SNMPD, SPLASHD, Target, agentx_messages, compare, messages, random_messages

RANDOM = 1000
GROWTH_KIB = 512  # what allocators keep; snmpd's own memory moves by less, too


class MalformedSnmp(unittest.TestCase):
    """malformed_snmp.py in short. A message that goes unanswered by what it should be names itself in the failure."""

    def cases(self):
        return [*messages(), *random_messages(random.Random(SEED), RANDOM)]

    def test_the_messages_are_many_and_the_same_every_time(self):
        cases = self.cases()
        self.assertGreater(len(cases), 15_000)
        self.assertEqual(len(cases), len(dict(cases)))
        self.assertEqual(cases, self.cases())

    def test_splashd_stays_alive_and_answers_as_snmpd_does(self):
        outcomes = {}
        for program in (SPLASHD, SNMPD):
            with Target(program) as target:
                outcomes[program] = target.fire(self.cases())
                self.assertGreater(target.load.answers, 0)
        ours, theirs = outcomes[SPLASHD], outcomes[SNMPD]
        self.assertEqual(compare(ours, theirs), {})
        self.assertLessEqual(ours.kib_end - ours.kib_half, GROWTH_KIB)
        self.assertLessEqual(ours.log.count("\n"), theirs.log.count("\n") + 10)

    def test_agentx_connections_that_break_the_rules_end_alone(self):
        with Target(SPLASHD) as target:
            target.fire_agentx(agentx_messages(random.Random(SEED), 200))
            before = target.ask("everything")
            self.assertEqual(before, [])


if __name__ == "__main__":
    unittest.main()
