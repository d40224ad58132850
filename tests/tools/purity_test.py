#!/usr/bin/python3 -B
"""tools/check_purity.py passes pure code and refuses every kind of impurity, by compiling samples."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPILER = os.environ.get("CXX", "g++")


class Purity(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check(self, source, name="sample.cpp"):
        (self.folder / name).write_text(source)
        archive = self.folder / "libsample.a"
        archive.unlink(missing_ok=True)
        for command in ([COMPILER, "-std=c++20", "-O1", "-fPIE", "-c", name, "-o", f"{name}.o"],
                        ["ar", "rcs", archive, f"{name}.o"]):
            subprocess.run(command, cwd=self.folder, check=True, timeout=60)
        return subprocess.run([ROOT / "tools/check_purity.py", archive], capture_output=True, text=True, timeout=60,
                              check=False)

    def assert_refused(self, source, fact, name="sample.cpp"):
        run = self.check(source, name)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn(fact, run.stdout)

    def test_strings_tables_and_virtual_functions_pass(self):
        run = self.check("""
            #include <array>
            #include <chrono>
            #include <memory>
            #include <map>
            #include <stdexcept>
            #include <string>
            #include <string_view>
            #include <cstdio>
            struct Port { virtual ~Port(); virtual int ask() = 0; };
            struct Fake : Port { int ask() override { return 1; } };
            Port::~Port() = default;
            constexpr std::array<std::string_view, 2> kNames{"one", "two"};
            std::string_view name(unsigned i) { return kNames.at(i); }
            std::unique_ptr<Port> make() { return std::make_unique<Fake>(); }
            std::shared_ptr<Port> share() { return std::make_shared<Fake>(); }
            const std::map<int, std::string>& table() {
                static const std::map<int, std::string> kTable{{1, "one"}};
                return kTable;
            }
            std::string text(double d) { char b[32]; std::snprintf(b, sizeof b, "%g", d); return b; }
        """)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_each_impurity_is_refused(self):
        samples = {
            "a socket": "#include <sys/socket.h>\nint f() { return socket(1, 2, 3); }",
            "a clock": "#include <chrono>\nlong f() { return std::chrono::steady_clock::now().time_since_epoch().count(); }",
            "clock_gettime": "#include <ctime>\nint f(timespec* t) { return clock_gettime(CLOCK_REALTIME, t); }",
            "a file": "#include <fstream>\nbool f() { std::ifstream s(\"x\"); return s.good(); }",
            "fopen": "#include <cstdio>\nbool f() { return std::fopen(\"x\", \"r\") != nullptr; }",
            "write": "#include <unistd.h>\nlong f() { return write(1, \"x\", 1); }",
            "output": "#include <cstdio>\nvoid f(int n) { std::printf(\"%d\", n); }",
            "a thread": "#include <thread>\nvoid f() { std::thread([] {}).join(); }",
            "pthread_mutex": "#include <mutex>\nstd::mutex& m();\nvoid f() { std::lock_guard l(m()); }",
            "the environment": "#include <cstdlib>\nchar* f() { return std::getenv(\"HOME\"); }",
            "randomness": "#include <random>\nunsigned f() { return std::random_device()(); }",
            "the end of the process": "#include <cstdlib>\nvoid f() { std::abort(); }",
            "a process or signal": "#include <unistd.h>\nint f() { return getpid(); }",
        }
        for fact, source in samples.items():
            with self.subTest(fact):
                self.assert_refused(source, fact)

    def test_variables_that_can_change_are_refused(self):
        samples = {
            "global_count": "int global_count;",
            "hidden": "namespace { int hidden = 3; }\nint f() { return ++hidden; }",
            "calls": "int f() { static int calls = 0; return ++calls; }",
            "cache": "#include <vector>\nstd::vector<int>& f() { static std::vector<int> cache; return cache; }",
            "per_thread": "thread_local int per_thread = 1;\nint f() { return ++per_thread; }",
            "kLooksConstant": "int kLooksConstant = 1;",
        }
        for fact, source in samples.items():
            with self.subTest(fact):
                self.assert_refused(source, fact)

    def test_only_assert_may_print_and_abort(self):
        source = "#include <cstdio>\n#include <cstdlib>\nvoid f(int n) { std::fprintf(stderr, \"%d\", n); std::abort(); }"
        self.assertEqual(self.check(source, "assert.cpp").returncode, 0)
        self.assert_refused(source, "stderr", "other.cpp")
        self.assert_refused("#include <unistd.h>\nint f() { return getpid(); }", "getpid", "assert.cpp")

    def test_what_cannot_be_read_is_no_pass(self):
        (self.folder / "broken.a").write_text("no archive")
        run = subprocess.run([ROOT / "tools/check_purity.py", self.folder / "broken.a"], capture_output=True, timeout=60,
                             check=False)
        self.assertEqual(run.returncode, 2)


if __name__ == "__main__":
    unittest.main()
