"""-c counted in the kernel: the totals of the ptrace engine; per thread, and as histograms."""
import os
import re
import subprocess
import sys

SYSCOPE = os.environ["SYSCOPE"]
PROGRAM = ["python3", "-c", """
import os, select, threading
def work():
    for _ in range(300): os.stat("/etc/passwd")
    for _ in range(40):
        try: os.stat("/nonexistent")
        except OSError: pass
    select.poll().poll(50)  # a relative time: sleep() counts from before the call
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

# What decides about single calls is heeded, whoever counts.
for options in (["-z"], ["-Z"], ["-w"], ["-e", "trace=%file"], ["-e", "trace=stat,newfstatat", "-P", "/etc/passwd"],
                ["-e", "status=failed", "-S", "calls"]):
    theirs, ours = (counts(summary(engine, *options)[1]) for engine in ("bpf", "ptrace"))
    assert ours and theirs == ours, (options, set(theirs.items()) ^ set(ours.items()))
text = summary("bpf", "--duration=40", "-e", "trace=poll,stat,newfstatat")[1]
assert counts(text) == {"poll": (2, 0)}, text
text = summary("bpf", "--histogram=poll")[1]
assert "poll: 2 calls" in text and "p50        p95" not in text, text

for engine in ("bpf", "ptrace"):
    _, text = summary(engine, "--per-thread", "--histogram=poll", "-e", "trace=poll")
    rows = re.findall(r"^ *(\d+) +(\d+) +1 +0((?: +[\d.]+){7}) poll$", text, re.M)
    assert len(rows) == 2 and rows[0][1] != rows[1][1], (engine, text)
    for row in rows:
        total, least, mean, most, p50, p95, p99 = map(float, row[2].split())
        assert total == least == mean == most == p50 == p95 == p99 >= 50000, (engine, row)
    assert "poll: 2 calls" in text, (engine, text)
    buckets = [int(count) for count in re.findall(r"\.\. +[\d.]+ us +(\d+) \|", text)]
    assert sum(buckets) == 2, (engine, text)

# -T: of a sleep nearly everything is spent off the CPU; the ptrace engine keeps to strace's notation.
sleep = ["trace", "-T", "-e", "trace=nanosleep,clock_nanosleep", "sleep", "0.1"]
text = subprocess.run([SYSCOPE, *sleep], capture_output=True, text=True).stderr
found = re.search(r"<(\d+\.\d{6}) blocked (\d+\.\d{6})>", text)
assert found and 0.1 <= float(found[2]) <= float(found[1]), text
text = subprocess.run([SYSCOPE, sleep[0], "--engine=ptrace", *sleep[1:]], capture_output=True, text=True).stderr
assert re.search(r"<\d+\.\d{6}>", text) and "blocked" not in text, text
