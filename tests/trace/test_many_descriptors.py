"""A program opens, uses and closes more than 100,000 files and sockets: the eBPF engine names every one right."""
import os
import re
import subprocess
import sys
import tempfile

SYSCOPE = os.path.abspath(os.environ["SYSCOPE"])
HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = 100_000
# Room for all of it in the kernel: losing records is not what this test is about.
OPTIONS = ["--engine=bpf", "-f", "-yy", "-e", "trace=lseek,close", "-e", "signal=none", "--buffer=64M"]

USED = re.compile(r"(\d+) +lseek\(((\d+)<.*), (\d+), 0x7 ")
CLOSED = re.compile(r"(\d+) +close\(((\d+)<.*?)(?:\) | <unfinished)")


def trace(folder):
    program, log, output = (os.path.join(folder, name) for name in ("program", "log", "trace"))
    subprocess.run(["gcc", "-O1", "-pthread", "-o", program, os.path.join(HERE, "many_descriptors.c")], check=True)
    work = os.path.join(folder, "work")
    os.mkdir(work)
    done = subprocess.run([SYSCOPE, "trace", *OPTIONS, "-o", output, program, str(COUNT), log], cwd=work, timeout=500,
                          capture_output=True, text=True)
    if done.returncode != 0 and not os.path.exists(log):
        print("skipped:", done.stderr)
        sys.exit(1 if os.environ.get("CI") else 77)
    assert done.returncode == 0, done.stderr
    with open(log) as known, open(output) as traced:
        return dict(line.rstrip("\n").split(" ", 1) for line in known), traced.read()


def main():
    with tempfile.TemporaryDirectory(prefix="descriptors-") as folder:
        known, traced = trace(folder)
    assert "lost" not in traced, re.search(r".*lost.*", traced)[0]
    wrong, seen, latest, closed = [], set(), {}, 0
    for line in traced.splitlines():
        if used := USED.match(line):
            thread, name, number, index = used.groups()
            seen.add(index)
            if name != known[index]:
                wrong.append(f"{line}\n  it is {known[index]}")
            latest[thread, number] = known[index]
        elif (close := CLOSED.match(line)) and (expected := latest.pop((close[1], close[3]), None)):
            closed += 1
            # A connection may be gone since its last use: its other end was closed first.
            if close[2] != expected and "->" not in expected:
                wrong.append(f"{line}\n  it is {expected}")
    print(f"{len(seen)} uses, {closed} closed, {len(wrong)} names are wrong")
    print("\n".join(wrong[:20]))
    assert not wrong and len(seen) == len(known) >= COUNT and closed >= COUNT, len(known)


main()
