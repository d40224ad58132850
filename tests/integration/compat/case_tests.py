"""Makes a unittest class of case files: one method a case, so that a run counts them and names what differs."""

import os
import re
import unittest

import cases


def case_tests(name, areas):
    """`areas`: names of files in cases/, without .yaml."""
    def method(case):
        def check(self):
            problem = cases.compare(case, cases.run(case), cases.load_masks())
            if problem:
                self.fail(problem)
        check.__doc__ = f"{case.area}: {case.name}"
        return check

    methods = {}
    for area in areas:
        _, found = cases.load(cases.HERE / "cases" / f"{area}.yaml")
        for number, case in enumerate(found):
            words = re.sub(r"\W+", "_", case.name).strip("_").lower()
            methods[f"test_{area}_{number:02}_{words}"] = method(case)
    made = type(name, (unittest.TestCase,), methods)
    return unittest.skipUnless(os.geteuid() == 0, "boxes are namespaces, and need root")(made)
