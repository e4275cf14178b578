"""A thread that slept before the trace began: its call lasted since it fell asleep, no more and no less."""
import json
import os
import signal
import subprocess
import sys
import time

SYSCOPE = os.environ["SYSCOPE"]
ASLEEP = 0.4  # seconds before the trace begins
SLACK = 0.1   # the scheduler's clock is good to a few milliseconds, starting the process takes some
SLEEPER = "import os; os.read(0, 1); os.read(0, 1)"


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)


def traced_read(engine):
    """The first read of the trace, and how long it can have lasted at most."""
    begin = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdin=subprocess.PIPE) as sleeper:
        def call():
            with open(f"/proc/{sleeper.pid}/syscall") as text:
                return text.read().split()[:2]
        until(lambda: call() == ["0", "0x0"])  # read(0
        time.sleep(ASLEEP)
        trace = subprocess.Popen([SYSCOPE, "trace", "--json", f"--engine={engine}", "-e", "read", "-p", str(sleeper.pid)],
                                 stderr=subprocess.PIPE, text=True)
        lines = []
        while True:
            line = trace.stderr.readline()
            if not line:
                break
            row = json.loads(line) if line.startswith("{") else {}
            lines.append(line)
            if row.get("type") == "enter":
                sleeper.stdin.write(b"x")
                sleeper.stdin.flush()
            if row.get("type") == "call":
                break
        elapsed = time.monotonic() - begin
        trace.send_signal(signal.SIGINT)
        trace.communicate()
        sleeper.stdin.close()
    if not lines or '"call"' not in lines[-1]:
        raise RuntimeError(f"no call: {lines}")
    return json.loads(lines[-1]), elapsed


def problems(engine):
    for attempt in range(5):
        call, most = traced_read(engine)
        lasted = call["dur_ns"] / 1e9
        if lasted > most + SLACK:
            return [f"{engine}: {lasted:.3f} s, the process is {most:.3f} s old"]
        if lasted >= ASLEEP - SLACK:
            return []
        # The scheduler forgets the instant when it moves a sleeper to another CPU: once more.
    return [f"{engine}: {lasted:.3f} s of at least {ASLEEP} s"]


def main():
    found = problems("ptrace")
    probe = subprocess.run([SYSCOPE, "trace", "--engine=bpf", "-o", "/dev/null", "true"], capture_output=True)
    if probe.returncode == 0:
        found += problems("bpf")
    elif os.environ.get("CI"):
        found.append(probe.stderr.decode())
    print("\n".join(found))
    sys.exit(1 if found else 0)


main()
