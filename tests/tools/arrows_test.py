#!/usr/bin/python3 -B
"""tools/check_arrows.py accepts what cmake/Arrows.cmake allows and refuses the rest."""

import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ARROWS = """
splash_arrows(base  PURE)  # a comment
splash_arrows(node  PURE    base)
splash_arrows(snmp  ADAPTER node base)
splash_arrows(linux ADAPTER node base)
splash_arrows(lab   TOOL    linux base)
splash_arrows(daemon APP    snmp linux node base)
"""


class Arrows(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("cmake/Arrows.cmake", ARROWS)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def check(self):
        return subprocess.run([ROOT / "tools/check_arrows.py", self.root], capture_output=True, text=True,
                              timeout=60, check=False)

    def assert_refused(self, path, text, *facts):
        self.write(path, text)
        run = self.check()
        self.assertEqual(run.returncode, 1, run.stdout)
        for fact in facts:
            self.assertIn(fact, run.stdout)

    def test_allowed_includes_pass(self):
        self.write("spec/errors.def", "")
        self.write("src/node/local.hpp", "")
        self.write("src/node/node.cpp", '#include "node/node.hpp"\n#include "base/error.hpp"\n'
                                        '#include "errors.def"\n#include "local.hpp"\n#include <vector>\n')
        self.write("src/snmp/agent.cpp", "#include <net-snmp/net-snmp-config.h>\n")
        self.write("src/linux/link.cpp", "#include <libmnl/libmnl.h>\n#include <linux/rtnetlink.h>\n")
        self.write("src/node/node_test.cpp", "#include <fstream>\n")
        run = self.check()
        self.assertEqual(run.returncode, 0, run.stdout)

    def test_an_arrow_outward_is_refused_with_file_line_and_what_is_allowed(self):
        self.assert_refused("src/base/include/base/error.hpp", '#pragma once\n#include "node/node.hpp"\n',
                            "src/base/include/base/error.hpp:2", "module base", "allowed: nothing")

    def test_adapters_do_not_see_each_other(self):
        self.assert_refused("src/snmp/agent.cpp", '#  include "linux/link.hpp"\n', "allowed: node, base")

    def test_angle_brackets_do_not_hide_a_module(self):
        self.assert_refused("src/snmp/agent.cpp", "#include <linux/link.hpp>\n", "against the arrows")

    def test_climbing_out_of_the_folder_is_refused(self):
        self.assert_refused("src/snmp/agent.cpp", '#include "../linux/link.hpp"\n', "climbs out")

    def test_an_unlisted_module_is_refused(self):
        self.assert_refused("src/surprise/a.cpp", "", "src/surprise", "no line")

    def test_net_snmp_outside_its_adapter_is_refused(self):
        self.assert_refused("src/node/node.cpp", "#include <net-snmp/library/oid.h>\n", "net-snmp is seen by")

    def test_net_snmp_in_a_public_header_is_refused(self):
        self.assert_refused("src/snmp/include/snmp/agent.hpp", "#include <net-snmp/types.h>\n", "net-snmp is seen by")

    def test_a_second_private_net_snmp_header_is_refused(self):
        self.write("src/snmp/one.hpp", "#include <net-snmp/types.h>\n")
        self.assertEqual(self.check().returncode, 0)
        self.assert_refused("src/snmp/two.hpp", "#include <net-snmp/types.h>\n", "one private header")

    def test_netlink_outside_linux_and_lab_is_refused(self):
        self.assert_refused("apps/daemon/main.cpp", "#include <linux/rtnetlink.h>\n", "netlink is seen by")

    def test_operating_system_in_a_pure_module_is_refused(self):
        for header in ("unistd.h", "sys/socket.h", "thread", "fstream", "random", "asio.hpp"):
            with self.subTest(header):
                self.assert_refused("src/node/node.cpp", f"#include <{header}>\n", f"<{header}>", "pure module")

    def test_a_table_that_cannot_be_read_is_a_failure(self):
        for line in ("splash_arrows(x)", "splash_arrows(x LOVELY)", "splash_arrows(x PURE unknown)",
                     "splash_arrows(base PURE)"):
            with self.subTest(line):
                self.write("cmake/Arrows.cmake", ARROWS + line)
                self.assertEqual(self.check().returncode, 1)

    def test_this_tree_keeps_its_own_rules(self):
        run = subprocess.run([ROOT / "tools/check_arrows.py"], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
