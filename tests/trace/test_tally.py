"""-c counted in the kernel: the totals of the ptrace engine; per thread, and as histograms."""
import os
import re
import subprocess
import sys

SYSCOPE = os.environ["SYSCOPE"]
PROGRAM = ["python3", "-c", """
import os, threading, time
def work():
    for _ in range(300): os.stat("/etc/passwd")
    for _ in range(40):
        try: os.stat("/nonexistent")
        except OSError: pass
    time.sleep(0.05)
work()
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""]


def summary(engine, *options):
    result = subprocess.run(["setarch", "-R", SYSCOPE, "trace", f"--engine={engine}", "-f", "-c", *options, *PROGRAM],
                            capture_output=True, text=True, timeout=120, env=os.environ | {"PYTHONHASHSEED": "0"})
    return result.returncode, result.stderr


status, theirs = summary("bpf")
if status != 0:
    print("skipped:", theirs.strip())
    sys.exit(1 if os.environ.get("CI") else 0)


def counts(text):
    """Calls and errors by name. What depends on who ran when does not count."""
    rows = {}
    for line in text.splitlines():
        found = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:(\d+)\s+)?(\w+)$", line)
        if found and found[3] not in ("futex", "total"):
            rows[found[3]] = (int(found[1]), int(found[2] or 0))
    return rows


ours = counts(summary("ptrace")[1])
assert counts(theirs) == ours, set(counts(theirs).items()) ^ set(ours.items())
assert "execve" in ours and any(calls >= 680 and errors >= 80 for calls, errors in ours.values()), ours

for engine in ("bpf", "ptrace"):
    _, text = summary(engine, "--per-thread", "--histogram=clock_nanosleep", "-e", "trace=clock_nanosleep")
    rows = re.findall(r"^ *(\d+) +(\d+) +1 +0((?: +[\d.]+){7}) clock_nanosleep$", text, re.M)
    assert len(rows) == 2 and rows[0][1] != rows[1][1], (engine, text)
    for row in rows:
        total, least, mean, most, p50, p95, p99 = map(float, row[2].split())
        assert total == least == mean == most == p50 == p95 == p99 >= 50000, (engine, row)
    assert "clock_nanosleep: 2 calls" in text, (engine, text)
    buckets = [int(count) for count in re.findall(r"\.\. +[\d.]+ us +(\d+) \|", text)]
    assert sum(buckets) == 2, (engine, text)

# -T: of a sleep nearly everything is spent off the CPU; the ptrace engine keeps to strace's notation.
sleep = ["trace", "-T", "-e", "trace=nanosleep,clock_nanosleep", "sleep", "0.1"]
text = subprocess.run([SYSCOPE, *sleep], capture_output=True, text=True).stderr
found = re.search(r"<(\d+\.\d{6}) blocked (\d+\.\d{6})>", text)
assert found and 0.1 <= float(found[2]) <= float(found[1]), text
text = subprocess.run([SYSCOPE, sleep[0], "--engine=ptrace", *sleep[1:]], capture_output=True, text=True).stderr
assert re.search(r"<\d+\.\d{6}>", text) and "blocked" not in text, text
