"""What `syscope trace` selects, keeps and leaves out beyond strace's options."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SYSCOPE = os.environ["SYSCOPE"]
FOLDER = tempfile.TemporaryDirectory(prefix="options-")
OUT = Path(FOLDER.name) / "out"


def run(*arguments, **keywords):
    return subprocess.run([SYSCOPE, "trace", *map(str, arguments)], capture_output=True, text=True, timeout=120, **keywords)


def text_of(*arguments):
    OUT.unlink(missing_ok=True)
    result = run("-o", OUT, *arguments)
    assert result.returncode == 0, (arguments, result)
    return OUT.read_text(errors="replace")


# What cannot be: three parts, and the status that belongs to it.
for option in (["--all"], ["--uid=root"], ["--cgroup=/"], [f"--pidns={os.getpid()}"], ["--buffer=1M"]):
    result = run("--engine=ptrace", *option, "true")
    assert result.returncode != 0 and "ptrace engine" in result.stderr and "--engine=bpf" in result.stderr, result
for option in ("--buffer=0", "--buffer=9G", "--buffer=x", "--duration=-1", "--duration=nan", "--max-events=0",
               "--pidns=x", "--uid=nobody-of-this-name", "--cgroup=/nonexistent", "--container=nonexistent"):
    result = run(option, "true")
    assert result.returncode != 0 and result.stderr, (option, result)
strace = Path(FOLDER.name) / "strace"
strace.symlink_to(SYSCOPE)
assert subprocess.run([strace, "--lossless", "true"], capture_output=True).returncode == 1

# What both engines leave out.
SLEEPER = ["python3", "-c", "import time; time.sleep(0.2)"]
for engine in ("--engine=ptrace", "--engine=auto"):
    lines = text_of(engine, "-e", "signal=none", "--duration=100", *SLEEPER).splitlines()
    assert len(lines) == 2 and "nanosleep" in lines[0] and "exited" in lines[1], (engine, lines)
    lines = text_of(engine, "--max-events=3", "-q", *SLEEPER).splitlines()
    assert len([line for line in lines if " = " in line]) == 3, (engine, lines)
    lines = text_of(engine, "-Z", "-qq", "cat", "/etc/hostname").splitlines()
    assert lines and all("= -1 E" in line for line in lines), (engine, lines)
    lines = text_of(engine, "-z", "-qq", "cat", "/etc/hostname").splitlines()
    assert any("/etc/hostname" in line for line in lines) and not any("= -1" in line for line in lines), (engine, lines)

probe = run("--engine=bpf", "-o", "/dev/null", "true")
if probe.returncode != 0:
    print("skipped:", probe.stderr.strip())
    sys.exit(1 if os.environ.get("CI") else 0)


def selected(*options, work):
    """Everything that a selection shows while `work` runs."""
    OUT.unlink(missing_ok=True)
    tracer = subprocess.Popen([SYSCOPE, "trace", "-d", "-o", OUT, *map(str, options)], stderr=subprocess.PIPE, text=True)
    for line in tracer.stderr:
        if "engine:" in line:
            break
    work()
    tracer.send_signal(signal.SIGINT)
    tracer.communicate(timeout=60)
    return tracer.pid, OUT.read_text(errors="replace")


def cat(name, **keywords):
    return lambda: subprocess.run(["cat", name], capture_output=True, **keywords)


# Lossless with the smallest buffer: every single call is there.
text = text_of("--lossless", "--buffer=256K", "-e", "trace=read", "head", "-c", "40000000", "/dev/zero")
assert "lost" not in text and text.count("read(") > 40000000 / 1024 / 64, text[-300:]

# The whole machine: everybody but the tracer, whose own writes would feed it for ever.
tracer, text = selected("--all", work=lambda: (cat("/nonexistent-of-all")(), time.sleep(0.5)))
assert "/nonexistent-of-all" in text
assert not re.search(rf"^{tracer} ", text, re.M), "the tracer traces itself"

if os.geteuid() == 0:
    work = lambda: (cat("/nonexistent-mine")(), cat("/nonexistent-theirs", user=65534)())
    _, text = selected("--uid=65534", work=work)
    assert "nonexistent-theirs" in text and "nonexistent-mine" not in text, text

namespace = os.readlink("/proc/self/ns/pid")
for name in (os.getpid(), namespace):
    _, text = selected(f"--pidns={name}", work=cat("/nonexistent-here"))
    assert "nonexistent-here" in text, text


def cgroup_folders():
    """A new cgroup of each version that is mounted writably here."""
    for parent in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/pids"):
        folder = Path(parent) / f"syscope-test-{os.getpid()}"
        if (Path(parent) / "cgroup.procs").exists():
            try:
                folder.mkdir()
            except OSError:
                continue
            yield folder


for folder in cgroup_folders():
    enter = lambda: (folder / "cgroup.procs").write_text(str(os.getpid()))
    try:
        work = lambda: (cat("/nonexistent-inside", preexec_fn=enter)(), cat("/nonexistent-outside")())
        for name in (folder, folder.relative_to("/sys/fs/cgroup")):
            _, text = selected(f"--cgroup={name}", work=work)
            assert "nonexistent-inside" in text and "nonexistent-outside" not in text, (name, text)
    finally:
        folder.rmdir()
    print("cgroup:", folder)
