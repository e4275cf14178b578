"""The kernel's headers as a witness: every constant, struct and number of the catalog that they know too.

`catalogc --facts` lists what the catalog says. For each header that mentions one of its names a small C file asserts
the values, compiled for x86-64 and, where gcc can, for i386. Names that a header only mentions are no errors.
"""
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGC = Path(os.environ["SYSCOPE_BUILD"]) / "src/catalogc/catalogc"
INCLUDE = Path("/usr/include")
ABIS = {"x86_64": "-m64", "i386": "-m32"}
# Structs that are called like one of the headers and are another, or end in a union that the catalog shows the start of.
OTHER_STRUCTS = {"stat", "sigaction", "termios", "timespec", "timeval", "itimerspec", "itimerval", "rusage", "sigevent"}
# Structs that newer kernels than that of the headers have made longer.
GROWN_STRUCTS = {"perf_event_attr"}
# The catalog holds the numbers of requests as x86-64 has them: those of i386 differ where a struct does.
UNCHECKED_SETS = {"i386": {"ioctl_request"}}


class Facts:
    def __init__(self, lines, abi):
        self.constants = defaultdict(dict)
        self.structs = {}
        self.fields = defaultdict(dict)
        self.calls = {}
        split = set()
        for line in lines:
            owner, kind, *rest = line.split("\t")
            if owner != abi:
                continue
            if kind == "constant" and rest[0] not in UNCHECKED_SETS.get(abi, ()):
                self.constants[rest[1]][rest[0]] = (int(rest[2]), int(rest[3]))
            elif kind == "struct":
                if rest[0] in self.structs:
                    split.add(rest[0])
                self.structs[rest[0]] = (int(rest[1]), rest[2])
            elif kind == "field":
                self.fields[rest[0]][rest[1]] = int(rest[2])
            elif kind == "call":
                self.calls[rest[0]] = int(rest[1])
        for name in split | {n for n in self.structs if n in OTHER_STRUCTS or n.startswith("sockaddr")}:
            del self.structs[name]


def headers():
    folders = ["linux", "asm-generic", "x86_64-linux-gnu/asm", "mtd", "rdma", "sound", "drm", "misc"]
    for folder in folders:
        yield from sorted((INCLUDE / folder).glob("*.h"))


def assertions(text, words, facts):
    for name in sorted(words & facts.constants.keys()):
        for owner, (value, width) in facts.constants[name].items():
            mask = (1 << 8 * width) - 1
            # 1 << 31 is negative in C and a bit in the catalog.
            yield f"{owner}: {name}", (f"((unsigned long long)({name}) & {mask}ull) == {value}ull || "
                                       f"((unsigned long long)({name}) & 0xffffffffull) == {value}ull")
    for name in sorted(words & facts.structs.keys()):
        if not re.search(r"struct\s+%s\s*\{" % re.escape(name), text):
            continue
        size, kind = facts.structs[name]
        if kind == "fixed" and name not in GROWN_STRUCTS:
            yield f"size of struct {name}", f"sizeof(struct {name}) == {size}"
        for field, offset in facts.fields[name].items():
            yield f"offset of {name}.{field}", f"__builtin_offsetof(struct {name}, {field}) == {offset}"


def disagreements(header, facts, flag, folder):
    text = header.read_text(errors="replace")
    claims = list(assertions(text, set(re.findall(r"\w+", text)), facts))
    if not claims:
        return 0, []
    # The header's own requirements are met by the library's headers; it is included last and may be incomplete.
    prologue = f'#include <sys/socket.h>\n#include <linux/types.h>\n#include "{header}"\n'
    source = Path(folder) / "witness.c"
    lines = prologue.count("\n")
    source.write_text(prologue + "".join(f'_Static_assert({claim}, "");\n' for _, claim in claims))
    done = subprocess.run(["gcc", flag, "-fsyntax-only", "-fmax-errors=0", "-w", str(source)],
                          capture_output=True, text=True)
    wrong, unknown = [], set()
    for line, message in re.findall(r"witness\.c:(\d+):\d+: error: (.*)", done.stderr):
        at = int(line) - lines - 1
        if "static assertion failed" in message:
            wrong.append(claims[at][0])
        else:
            unknown.add(at)
    return len(claims) - len(unknown), wrong


def check_numbers(facts, name):
    text = (INCLUDE / "x86_64-linux-gnu/asm" / name).read_text()
    known = {call: int(nr) for call, nr in re.findall(r"#define __NR_(\w+) (\d+)", text)}
    wrong = [f"{call}: {nr}, the header says {known[call]}" for call, nr in facts.calls.items()
             if known.get(call, nr) != nr]
    missing = sorted(known.keys() - facts.calls.keys())
    print(f"{name}: {len(facts.calls)} calls in the catalog, {len(missing)} of the header's are missing"
          + (f": {' '.join(missing)}" if missing else ""))
    return wrong


def can_compile(flag, folder):
    probe = Path(folder) / "probe.c"
    probe.write_text("#include <sys/socket.h>\n")
    return subprocess.run(["gcc", flag, "-fsyntax-only", str(probe)], capture_output=True).returncode == 0


def main():
    texts = sorted((ROOT / "catalog").glob("*.sys"))
    lines = subprocess.run([CATALOGC, "--facts", *texts], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for abi, flag in ABIS.items():
            if not can_compile(flag, folder):
                print(f"{abi}: gcc {flag} does not work here, not checked")
                continue
            facts = Facts(lines, abi)
            wrong += check_numbers(facts, "unistd_64.h" if abi == "x86_64" else "unistd_32.h")
            agreed = 0
            for header in headers():
                count, here = disagreements(header, facts, flag, folder)
                agreed += count - len(here)
                wrong += [f"{abi}: {what} disagrees with {header}" for what in here]
            print(f"{abi}: {agreed} constants, sizes and offsets confirmed")
            assert agreed > 500, "the headers confirm next to nothing: is linux-libc-dev installed?"
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


main()
