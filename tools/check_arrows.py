#!/usr/bin/python3 -B
"""check_arrows.py [ROOT]   checks every #include of src/, lab/ and apps/ against cmake/Arrows.cmake.

Also: what each foreign interface is allowed to be seen by. net-snmp only in src/snmp/*.cpp and at most one
private header there; netlink only in the .cpp files and private headers of src/linux and lab; operating
system, thread, file, random and stream headers never in a pure module (its tests may).
Exit 0: all arrows point the right way. 1: not.
"""

import re
import sys
from pathlib import Path

import arrows

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
NET_SNMP = re.compile(r"^(net-snmp|ucd-snmp)/")
NETLINK = re.compile(r"^(libmnl/|libnetlink|netlink/|nftables/|libnftables/|bpf/|xdp/|"
                     r"linux/(netlink|rtnetlink|genetlink|neighbour|fib_rules|pkt_sched|pkt_cls|if_link|if_addr|veth)\b)")
IMPURE = re.compile(r"^(sys/|netinet/|arpa/|net/|netpacket/|linux/|asm/|bits/|asio|spdlog/|CLI/|toml|yaml-cpp/|nlohmann/|"
                    r"(unistd|fcntl|poll|pthread|sched|signal|time|dirent|dlfcn|netdb|ifaddrs|pwd|grp|termios|syslog)\.h$|"
                    r"(ctime|csignal|fstream|filesystem|iostream|istream|ostream|thread|mutex|shared_mutex|"
                    r"condition_variable|future|atomic|barrier|latch|semaphore|stop_token|random)$)")
SOURCES = ("*.hpp", "*.cpp", "*.h", "*.c", "*.def")


class Checker:
    def __init__(self, root: Path):
        self.root = root
        self.modules = arrows.read(root)
        self.findings: list[str] = []
        self.files = 0
        self.net_snmp_headers: set[str] = set()

    def say(self, module: arrows.Module, path: Path, line: int, what: str) -> None:
        self.findings.append(f"{path.relative_to(self.root)}:{line}: module {module.name}: {what}")

    def check_all(self) -> None:
        known = {m.folder for m in self.modules.values()}
        for parent in ("src", "apps"):
            for folder in sorted((self.root / parent).glob("*")):
                if folder.is_dir() and any(folder.rglob("*.[ch]pp")) and f"{parent}/{folder.name}" not in known:
                    self.findings.append(f"{parent}/{folder.name}: no line in cmake/Arrows.cmake lists this module")
        for module in self.modules.values():
            folder = self.root / module.folder
            for path in sorted(p for pattern in SOURCES for p in folder.rglob(pattern)):
                self.files += 1
                self.check_file(module, path)
        if len(self.net_snmp_headers) > 1:
            self.findings.append("src/snmp: one private header may include net-snmp, these do: "
                                 + ", ".join(sorted(self.net_snmp_headers)))

    def check_file(self, module: arrows.Module, path: Path) -> None:
        text = path.read_text(errors="replace")
        is_public = "include" in path.relative_to(self.root / module.folder).parts
        is_test = path.stem.endswith("_test") or "tests" in path.relative_to(self.root / module.folder).parts
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            name = match.group(2)
            if match.group(1) == '"' or name.endswith(".hpp") and name.split("/")[0] in self.modules:
                self.check_ours(module, path, line, name)
            else:
                self.check_foreign(module, path, line, name, is_public, is_test)

    def check_ours(self, module: arrows.Module, path: Path, line: int, name: str) -> None:
        if ".." in Path(name).parts:
            self.say(module, path, line, f'"{name}" climbs out of its folder; include "module/header.hpp"')
            return
        if "/" not in name:
            if not (path.parent / name).exists() and not (self.root / "spec" / name).exists() \
                    and not (self.root / module.folder / name).exists():
                self.say(module, path, line, f'"{name}" is neither a file of this module nor of spec/')
            return
        first = name.split("/")[0]
        if first == module.name or (path.parent / name).exists() or (self.root / module.folder / "include" / name).exists():
            return
        allowed = ", ".join(module.allowed) or "nothing"
        if first not in self.modules:
            self.say(module, path, line, f'"{name}" is of no module in cmake/Arrows.cmake; allowed: {allowed}')
        elif first not in module.allowed:
            self.say(module, path, line, f'"{name}" is against the arrows; allowed: {allowed}')

    def check_foreign(self, module: arrows.Module, path: Path, line: int, name: str, is_public: bool,
                      is_test: bool) -> None:
        if NET_SNMP.match(name):
            is_private_header = path.suffix == ".hpp" and not is_public
            if module.name != "snmp" or not (path.suffix == ".cpp" or is_private_header):
                self.say(module, path, line, f"<{name}>: net-snmp is seen by src/snmp/*.cpp and one private header only")
            elif is_private_header:
                self.net_snmp_headers.add(str(path.relative_to(self.root)))
        elif NETLINK.match(name) and (module.name not in ("linux", "lab") or is_public):
            self.say(module, path, line, f"<{name}>: netlink is seen by src/linux and lab only, and by no public header")
        elif module.kind == "PURE" and not is_test and IMPURE.match(name):
            self.say(module, path, line, f"<{name}>: a pure module meets no operating system, thread, stream or library "
                                         "of that kind; what it needs comes in as an argument or through a port")


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    try:
        checker = Checker(root)
    except (OSError, ValueError) as error:
        print(f"check_arrows: {error}", file=sys.stderr)
        return 1
    checker.check_all()
    for finding in checker.findings:
        print(finding)
    print(f"check_arrows: {checker.files} files in {len(checker.modules)} modules, {len(checker.findings)} findings")
    return 1 if checker.findings else 0


if __name__ == "__main__":
    sys.exit(main())
