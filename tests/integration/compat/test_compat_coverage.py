"""Every directive and option of snmpd has a case or an explanation, and docs/compat.md tells of the same cases."""

import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import cases  # noqa: E402
import coverage  # noqa: E402
from support.commands import ROOT  # noqa: E402


class Coverage(unittest.TestCase):
    def test_every_directive_has_a_case_or_an_explanation(self):
        by_directive, explained = coverage.cases_by_directive(), coverage.explained()
        listed = [name for names in coverage.listed_directives().values() for name in names]
        self.assertGreater(len(listed), 150)
        missing = [name for name in [*listed, *coverage.FROM_THE_MANUAL]
                   if name.lower() not in by_directive and name.lower() not in explained]
        self.assertEqual(missing, [], "set in no case, and not in explained.yaml")

    def test_what_is_explained_exists_and_has_no_case(self):
        listed = {name.lower() for names in coverage.listed_directives().values() for name in names}
        by_directive = coverage.cases_by_directive()
        needless = [name for name in coverage.explained() if name not in listed or name in by_directive]
        self.assertEqual(needless, [], "in explained.yaml, but not in -H, or there is a case")

    def test_every_option_has_a_case(self):
        self.assertEqual([option for option in coverage.OPTIONS if option not in coverage.cases_by_option()], [])


class Differences(unittest.TestCase):
    def test_every_difference_says_why(self):
        for area, (_, listed) in cases.load_all().items():
            for case in listed:
                for difference in case.differs:
                    self.assertTrue(difference.why and (difference.snmpd or difference.splashd), f"{area}: {case.name}")

    def test_every_mask_says_why_and_is_used(self):
        named = {name for _, listed in cases.load_all().values() for case in listed for name in case.masks}
        for mask in cases.load_masks():
            self.assertTrue(mask.why, mask.name)
            self.assertTrue(mask.always or mask.name in named, f"{mask.name} is named by no case")

    def test_a_difference_that_no_case_expects_is_found(self):
        case = cases.Case(area="a", name="n", differs=(cases.Difference("why", ("old",), ("/ne./",)),))
        self.assertIsNone(cases.compare(case, ["same\nold\n", "same\nnew\n"], []))
        self.assertIsNotNone(cases.compare(case, ["same\nold\n", "same\nother\n"], []))
        self.assertIsNotNone(cases.compare(case, ["same\n", "same\n"], []))
        self.assertIsNotNone(cases.compare(cases.Case(area="a", name="n"), ["same\nold\n", "same\nnew\n"], []))


class Document(unittest.TestCase):
    def test_docs_compat_md_is_of_these_cases(self):
        done = subprocess.run(["/usr/bin/python3", "-B", ROOT / "tools/gen_compat.py", "--check"], text=True,
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
