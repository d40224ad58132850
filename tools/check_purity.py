#!/usr/bin/python3 -B
"""check_purity.py ARCHIVE...   checks by `nm` that a pure static library refers to nothing impure.

Refused: sockets, clocks, files, streams, threads, processes, environment, randomness, and variables that can
change. A constant that is built on first use (a guarded local static) passes if it is named kPascal.
Only assert.cpp, where a bug is reported, may print and abort.
Exit 0: pure. 1: not. 2: usage, or nm could not read the archive.
"""

import re
import subprocess
import sys

# What a symbol is for, and which C functions (whole names) or C++ names (beginnings) betray it.
DENIED = [
    ("a socket", r"socket|socketpair|bind|connect|listen|accept4?|shutdown|send(to|m?msg)?|recv(from|m?msg)?|"
                 r"[gs]etsockopt|getsockname|getpeername|getaddrinfo|freeaddrinfo|gethostby\w+|gethostname|"
                 r"getifaddrs|if_\w+", r""),
    ("a clock", r"clock|clock_\w+|gettimeofday|time|times|ftime|localtime(_r)?|gmtime(_r)?|mktime|timegm|"
                r"timer_\w+|timerfd_\w+|alarm|setitimer|sleep|usleep|nanosleep",
     r"std::chrono::(_V2::)?\w+::now\b"),
    ("a file", r"f?open(64)?|fdopen|freopen(64)?|openat(64)?|creat(64)?|close|p?(read|write)v?(64)?|l?seek(64)?|"
               r"f?stat(64|at|x)?|lstat(64)?|unlink(at)?|rename(at)?|mkdir(at)?|rmdir|opendir|readdir(64)?|ioctl|fcntl(64)?|"
               r"mmap(64)?|poll|ppoll|select|pselect|epoll_\w+|eventfd|pipe2?|dup[23]?|fclose|fread|fseeko?|ftello?|"
               r"getline|tmpfile|mkstemp|isatty", r"std::filesystem::|std::basic_(i|o|)f(ile)?(stream|buf)|std::basic_filebuf"),
    ("output or input", r"v?f?printf|v?dprintf|__v?f?printf_chk|puts|putchar|putc|fputc|fputs|fwrite|fflush|"
                        r"perror|syslog|stdout|stderr|stdin|scanf|fscanf|gets|fgets|getchar|fgetc",
     r"std::(cout|cerr|clog|cin|wcout|wcerr|ios_base::Init)\b|std::print|fmt::v\d+::v?print|spdlog::"),
    ("a thread", r"pthread_\w+|thrd_\w+|mtx_\w+|sem_\w+|sched_\w+",
     r"std::(thread|jthread|condition_variable|this_thread|__future_base|call_once|__condvar)"),
    ("a process or signal", r"v?fork|clone3?|exec\w+|posix_spawnp?|system|popen|pclose|kill|raise|wait(pid|id|4)?|"
                            r"signal|sigaction|dlopen|dlsym|getpid|getuid|geteuid|syscall|prctl|setns|unshare", r""),
    ("the environment", r"getenv|secure_getenv|setenv|unsetenv|putenv|environ|setlocale|newlocale|uselocale",
     r"std::locale::global"),
    ("randomness", r"s?rand(om)?(_r)?|[delmnj]?rand48|getrandom|getentropy|arc4random\w*", r"std::random_device"),
    ("the end of the process", r"abort|_?exit|_Exit|quick_exit|at_quick_exit|atexit", r""),
]
COMPILED = [(what, re.compile(rf"^_*(?:{c})(?:@.*)?$"), re.compile(rf"^(?:{cpp})") if cpp else None)
            for what, c, cpp in DENIED]
# Reporting our own bug is the one thing base may do to the process, and it has one place.
BUG_REPORTER = re.compile(r"^assert\.cpp\.o$")
BUG_REPORTING = re.compile(r"^_*(v?fprintf|fprintf_chk|fwrite|fputs|fputc|fflush|stderr|abort)(@.*)?$")
CONSTANT_NAME = re.compile(r"(^|::)k[A-Z]\w*(\[abi:\w+\])?$")


def rows(archive: str) -> list[list[str]]:
    """Member, symbol, class and section of every symbol, by `nm --format=sysv`."""
    run = subprocess.run(["nm", "--demangle", "--format=sysv", "--print-file-name", archive], capture_output=True,
                         text=True, timeout=120, check=False)
    if run.returncode != 0:
        raise OSError(run.stderr.strip())
    found = []
    for line in run.stdout.splitlines():
        columns = line.rsplit("|", 6)
        if len(columns) != 7 or columns[0].startswith("Name"):
            continue
        place, symbol = re.match(r"^(?:.*:)?([^:/]+\.o):\s*(.*)$", columns[0]).groups()
        found.append([place, symbol.strip(), columns[2].strip(), columns[6].strip()])
    return found


def impurity(member: str, symbol: str) -> str | None:
    """What an undefined symbol stands for, if a pure module may not have it."""
    if BUG_REPORTER.match(member) and BUG_REPORTING.match(symbol):
        return None
    for what, c_name, cpp_name in COMPILED:
        if c_name.match(symbol) or (cpp_name and cpp_name.match(symbol)):
            return what
    return None


def is_changeable(symbol: str, section: str, guarded: set[str]) -> bool:
    """True for a variable in writable memory, tables of pointers that are read-only after loading aside."""
    base = section.split(".", 2)[1] if section.startswith(".") and len(section) > 1 else section
    if base not in ("data", "bss", "tdata", "tbss") and section != "*COM*":
        return False
    if section.startswith(".data.rel.ro") or symbol.startswith(("guard variable for ", "DW.ref.", ".L")):
        return False
    return not (symbol in guarded and CONSTANT_NAME.search(symbol))


def check(archive: str) -> list[str]:
    findings = []
    table = rows(archive)
    if not table:
        raise OSError(f"{archive}: no symbols")
    guarded = {(m, s.removeprefix("guard variable for ")) for m, s, _, _ in table if s.startswith("guard variable for ")}
    for member, symbol, kind, section in table:
        if kind in "Uw":
            what = impurity(member, symbol) if kind == "U" else None
            if what:
                findings.append(f"{member}: refers to {what}: {symbol}")
        elif is_changeable(symbol, section, {s for m, s in guarded if m == member}):
            findings.append(f"{member}: holds a variable that can change ({section}): {symbol}")
    return sorted(set(findings))


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    total = 0
    for archive in sys.argv[1:]:
        try:
            findings = check(archive)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"check_purity: {error}", file=sys.stderr)
            return 2
        for finding in findings:
            print(f"{archive}: {finding}")
        print(f"check_purity: {archive}: {len(findings)} findings"
              + ("; pass what it needs as an argument or through a port" if findings else ""))
        total += len(findings)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
