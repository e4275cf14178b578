"""Two busy processes on two CPUs: every loss is accounted for, and under --lossless there is none; a low memlock limit."""
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

SYSCOPE = os.environ["SYSCOPE"]
FOLDER = tempfile.TemporaryDirectory(prefix="losses-")
OUT = Path(FOLDER.name) / "out"
WRITES = 60000
# Threads that come and go may be among what is lost.
OTHER_RECORDS = 20


def no_locked_memory():
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))


probe = subprocess.run([SYSCOPE, "trace", "--engine=bpf", "-o", OUT, "true"], capture_output=True, text=True,
                       preexec_fn=no_locked_memory)
if probe.returncode != 0:
    print("skipped:", probe.stderr.strip())
    sys.exit(1 if os.environ.get("CI") else 77)
assert "exited with 0" in OUT.read_text()

CPUS = sorted(os.sched_getaffinity(0))


def writers():
    """Two processes that wait for a line, and then write WRITES bytes, each on a CPU of its own."""
    command = f"read line; exec dd if=/dev/zero of=/dev/null bs=1 count={WRITES} status=none"
    return [subprocess.Popen(["taskset", "-c", str(cpu), "sh", "-c", command], stdin=subprocess.PIPE)
            for cpu in (CPUS[0], CPUS[-1])]


def trace(*options, hold):
    """Both writers to their ends; while they write, `hold` keeps the tracer from reading. Exit status, stderr."""
    busy = writers()
    pids = ",".join(str(process.pid) for process in busy)
    tracer = subprocess.Popen([SYSCOPE, "trace", "--engine=bpf", "-d", "-f", "-e", "trace=write", "-e", "signal=none", "-o", OUT,
                               *options, "-p", pids], stderr=subprocess.PIPE, text=True)
    told = ""
    while told.count(" attached") < 2:
        line = tracer.stderr.readline()
        assert line, told
        told += line
    if hold:
        tracer.send_signal(signal.SIGSTOP)
    for process in busy:
        process.stdin.write(b"go\n")
        process.stdin.close()
    for process in busy:
        assert process.wait(timeout=240) == 0
    if hold:
        tracer.send_signal(signal.SIGCONT)
    told += tracer.communicate(timeout=240)[1]
    return tracer.returncode, told


status, told = trace("--buffer=256K", hold=True)
text = OUT.read_text(errors="replace")
seen = len(re.findall(r"write\(1, ", text))
lost = sum(int(count) for count in re.findall(r"!!! (\d+) calls? ", text))
assert lost > 0 and 2 * WRITES <= seen + lost <= 2 * WRITES + OTHER_RECORDS, (seen, lost)
assert status == 4 and f"{lost} calls were lost" in told, (status, told)

status, told = trace("--buffer=256K", "--json", hold=True)
rows = [json.loads(line) for line in OUT.read_text().splitlines()]
seen = sum(row["type"] == "call" and row["syscall"] == "write" for row in rows)
counted = sum(row["count"] for row in rows if row["type"] == "lost")
assert counted > 0 and 2 * WRITES <= seen + counted <= 2 * WRITES + OTHER_RECORDS, (seen, counted)
assert status == 4 and f"{counted} calls were lost" in told, (status, told)

status, told = trace("--buffer=4M", "--lossless", hold=False)
text = OUT.read_text(errors="replace")
assert status == 0 and "!!!" not in text and len(re.findall(r"write\(1, ", text)) == 2 * WRITES, (status, told)
