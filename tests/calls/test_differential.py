"""The same programs under strace and under `syscope trace`, compared line by line.

Usage: SYSCOPE=PROGRAM test_differential.py [NAME...]; a NAME picks single programs. Addresses, process ids and
times are normalised; what is left must be equal. allowed.tsv names the differences that are accepted.
Exit status 77 (skipped): there is no strace, or tracing is forbidden here.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = re.compile(r"alarm\(4242\)")


def allowed_differences():
    """A list of (program pattern, pattern of strace's line, pattern of syscope's line)."""
    rows = []
    with open(os.path.join(HERE, "allowed.tsv")) as table:
        for line in table:
            if line.strip() and not line.startswith("#"):
                program, theirs, ours, _reason = line.rstrip("\n").split("\t")
                rows.append((re.compile(program), re.compile(theirs), re.compile(ours)))
    return rows


def options_of(source):
    """The lists of options to trace the program with, one after the other: `// options: -s 5 | -v`."""
    with open(source) as text:
        return [options.split() for options in text.readline().partition("options:")[2].split("|")]


def compile_program(source, folder):
    program = os.path.join(folder, os.path.basename(source)[:-2])
    subprocess.run(["gcc", "-w", "-O0", "-pthread", "-o", program, source], check=True)
    return program


def trace(tracer, options, command, folder):
    """The lines of each traced process, the first process first."""
    output = os.path.join(folder, "trace")
    for old in os.listdir(folder):
        if old.startswith("trace"):
            os.unlink(os.path.join(folder, old))
    split = "-ff" if "-f" in options else None
    arguments = [split if o == "-f" else o for o in options]
    subprocess.run(tracer + ["-o", output] + arguments + ["--"] + command, cwd=folder, timeout=120,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    files = [f for f in os.listdir(folder) if f.startswith("trace")]
    files.sort(key=lambda name: [int(part) for part in re.findall(r"\d+", name)])
    traces = []
    for name in files:
        with open(os.path.join(folder, name), errors="replace") as text:
            traces.append(text.read().splitlines())
    return traces


def between_marks(lines):
    marks = [i for i, line in enumerate(lines) if MARK.match(line)]
    return lines[marks[0] + 1:marks[-1]] if len(marks) > 1 else lines


ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")
PID = re.compile(r"(?<![\w.])([1-9]\d{2,6})(?![\w.])")
TIMES = [
    (re.compile(r"(ru_[us]time)=\{tv_sec=\d+, tv_usec=\d+\}"), r"\1={TIME}"),
    (re.compile(r"(si_[us]time)=-?\d+( /\* [^*]* \*/)?"), r"\1=T"),
    (re.compile(r"(?<=tms_)(\w+)=\d+"), r"\1=T"),
    (re.compile(r"\b(st_ino|st_dev|stx_ino|d_ino|d_off|f_bfree|f_bavail|f_ffree|f_blocks|f_files|f_fsid)="
                r"(\{[^}]*\}|makedev\([^)]*\)|\w+)"), r"\1=N"),
    (re.compile(r"\b((?:st|stx)_[abcm]time)(_nsec)?=(\{[^}]*\}|\d+)( /\* [^*]* \*/)?"), r"\1\2=T"),
    (re.compile(r"\b(r\d{1,2}|r[a-ds][xpi]|eflags|rip)=\w+"), r"\1=R"),
    (re.compile(r"/tmp/(cc|tmp)\w+"), r"/tmp/\1"),
    (re.compile(r'getrandom\("[^"]*"'), 'getrandom("RANDOM"'),
    (re.compile(r"sysinfo\(\{.*\}\)"), "sysinfo({...})"),
    (re.compile(r"\bl_pid=\d+"), "l_pid=N"),
    (re.compile(r"\b(nl|nlmsg)_pid=[1-9]\d*"), r"\1_pid=N"),
    (re.compile(r"\bparent_tid=\[\d+\]"), "parent_tid=[N]"),  # 0 where the child has ended already
    (re.compile(r"wait4\(\d{2,}, "), "wait4(PID, "),
    (re.compile(r"(ptrace\(\w+|kill\(|si_pid=)(, )?\d{2,}"), r"\1\2PID"),
    (re.compile(r"waitid\(P_PID, \d+"), "waitid(P_PID, PID"),
    (re.compile(r"(tv_sec|tv_nsec|tv_usec)=\d{3,}"), r"\1=N"),
    (re.compile(r"(getppid|getpid|gettid|getpgrp|fork|vfork|getpgid|getsid|clone3?|wait4|times|sysinfo)(\(.*\)) += \d+"), r"\1\2 = N"),
]


def normalised(line):
    line = re.sub(r"\) +=", ") =", line)
    for pattern, replacement in TIMES:
        line = pattern.sub(replacement, line)
    addresses = {}
    line = ADDRESS.sub(lambda m: addresses.setdefault(m.group(), "ADDRESS"), line)
    line = re.sub(r"(si_pid=|pid\(|kill\(|\[pid +)\d+", r"\1PID", line)
    return PID.sub(lambda m: "PID" if int(m.group()) > 300 and is_pid(m.group()) else m.group(), line)


PIDS = set()


def is_pid(text):
    return text in PIDS


def note_pids(lines):
    for line in lines:
        for number in re.findall(r"(?:getpid|gettid|getppid|set_tid_address|fork|clone3?|getsid|getpgrp|getpgid)\(.*\) += (\d+)", line):
            PIDS.add(number)
        for number in re.findall(r"(?:si_pid=|parent_tid=\[|=> \{parent_tid=\[)(\d+)", line):
            PIDS.add(number)


def accepted(rows, name, theirs, ours):
    return any(p.fullmatch(name) and t.search(theirs) and o.search(ours) for p, t, o in rows)


def without_draws(lines):
    """The C library draws eight random bytes for a temporary name, and again where they are of no use to it."""
    drawn = re.compile(r'getrandom\(".*", 8, GRND_NONBLOCK\)')
    return [line for line in lines if not drawn.match(line)]


def compare(name, theirs, ours, rows):
    """The differences, as text; lines are matched in order."""
    theirs, ours = without_draws(theirs), without_draws(ours)
    note_pids(theirs)
    note_pids(ours)
    problems = []
    for i in range(max(len(theirs), len(ours))):
        left = normalised(theirs[i]) if i < len(theirs) else "(nothing)"
        right = normalised(ours[i]) if i < len(ours) else "(nothing)"
        if left != right and not accepted(rows, name, left, right):
            problems.append(f"{name}: line {i + 1}\n  strace:  {left}\n  syscope: {right}")
    return problems


def differences(name, command, options, marks, syscope, rows):
    traces = []
    for tracer in (["strace"], [syscope, "trace", "--engine=ptrace"]):
        with tempfile.TemporaryDirectory() as folder:
            found = trace(tracer, options, command, folder)
            traces.append([between_marks(t) for t in found] if marks else found)
    theirs, ours = traces
    if len(theirs) != len(ours):
        return [f"{name}: strace saw {len(theirs)} processes, syscope {len(ours)}"]
    problems = []
    for left, right in zip(theirs, ours):
        if "-f" in options:
            left, right = without_children(left), without_children(right)
        problems += compare(name, left, right, rows)
    return problems


def without_children(lines):
    """The end of a child comes between any two calls, so its signal and what returns from the handler have no place."""
    return [line for line in lines if not line.startswith(("--- SIGCHLD", "rt_sigreturn("))]


def real_programs(folder):
    """Name, command, options, whether only the lines between the marks count."""
    source = os.path.join(folder, "x.c")
    with open(source, "w") as text:
        text.write("int x;\n")
    threads, traced_child = (compile_program(os.path.join(HERE, "programs", name), folder)
                             for name in ("threads.c", "traced_child.c"))
    return [
        ("program cat", ["cat", "/etc/issue"], [], False),
        ("program ls", ["ls", "-la", "/"], [], False),
        ("program sh", ["sh", "-c", "echo a | tr a b"], ["-f"], False),
        ("program python", ["/usr/bin/python3", "-c", "import socket"], [], False),
        ("program gcc", ["gcc", "-c", source], ["-f"], False),
        ("program threads", [threads], ["-f"], False),
        # Not followed: its child has a tracer of its own.
        ("program traced_child", [traced_child], [], True),
    ]


def main():
    syscope = os.path.abspath(os.environ.get("SYSCOPE", "build/syscope"))
    wanted = sys.argv[1:]
    if subprocess.run(["sh", "-c", "strace true"], capture_output=True, check=False).returncode != 0:
        print("no working strace: skipped")
        sys.exit(77)
    rows = allowed_differences()
    problems, count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for source in sorted(os.listdir(HERE)):
            name = source[:-2]
            if source.endswith(".c") and (not wanted or name in wanted):
                path = os.path.join(HERE, source)
                program = compile_program(path, folder)
                jobs += [(name, [program], options, True) for options in options_of(path)]
        jobs += [job for job in real_programs(folder) if not wanted or job[0] in wanted]
        for name, command, options, marks in jobs:
            found = differences(name, command, options, marks, syscope, rows)
            problems += found
            count += 1
    print("\n".join(problems))
    print(f"{count} traces, {len(problems)} differences")
    sys.exit(1 if problems or count == 0 else 0)


if __name__ == "__main__":
    main()
