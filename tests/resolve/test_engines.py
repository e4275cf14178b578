"""Descriptors listed by the kernel's iterator and from /proc: the same rows, for every kind that one can open."""
import json
import os
import subprocess
import sys

SYSCOPE = os.environ["SYSCOPE"]
failures = []

HOLDER = r"""
import fcntl, mmap, os, select, socket, subprocess, sys, tempfile, time
held = []
folder = tempfile.mkdtemp()
held.append(open(folder + "/plain", "w+"))
held.append(open(folder + "/gone\n\x1b[31m", "w")); os.unlink(held[-1].name)
held.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
held.append(os.open(folder, os.O_PATH))
held.append(os.open("/dev/null", os.O_RDWR))
held.append(os.pipe())
os.mkfifo(folder + "/fifo"); held.append(os.open(folder + "/fifo", os.O_RDWR))
held.append(os.memfd_create("memory"))
held.append(select.epoll())
held.append(os.openpty())
held.append(os.open("/proc/self/ns/net", os.O_RDONLY))
for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    try:
        listener = socket.socket(family); listener.bind((address, 0)); listener.listen(5)
    except OSError:
        continue
    client = socket.create_connection(listener.getsockname()[:2]); server = listener.accept()[0]
    client.send(b"unread")
    waiting = socket.create_connection(listener.getsockname()[:2])
    bound = socket.socket(family); bound.bind((address, 0))
    lone = socket.socket(family)
    dgram = socket.socket(family, socket.SOCK_DGRAM); dgram.bind((address, 0)); dgram.connect(dgram.getsockname()[:2])
    dgram.send(b"to itself")
    unbound = socket.socket(family, socket.SOCK_DGRAM)
    held += [listener, client, server, waiting, bound, lone, dgram, unbound]
named = socket.socket(socket.AF_UNIX); named.bind(folder + "/name"); named.listen(2)
visitor = socket.socket(socket.AF_UNIX); visitor.connect(folder + "/name")
held += [named, visitor, os.open(folder + "/name", os.O_PATH), socket.socketpair(), socket.socketpair(type=socket.SOCK_DGRAM)]
held.append(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
try:
    held.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW)); held.append(socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
except PermissionError:
    pass
for lock in (fcntl.flock, fcntl.lockf):
    held.append(open(folder + "/" + lock.__name__, "w")); lock(held[-1], fcntl.LOCK_EX)
os.lseek(held[-1].fileno(), 77, os.SEEK_SET); os.set_inheritable(held[-1].fileno(), True)
def mapped(path, unlink=False):
    with open(path, "wb+") as file:
        file.truncate(3 * 4096)
        for page in (0, 2):
            held.append(mmap.mmap(file.fileno(), 4096, offset=page * 4096))
    if unlink: os.unlink(path)
mapped(folder + "/map\nped"); mapped(folder + "/unmapped", True)
held.append(mmap.mmap(-1, 4096))
# An overlay in a mount namespace of its own: its files are those of the layers below.
below = folder + "/layers"
layers = subprocess.Popen(["unshare", "-m", "sh", "-c", f"mkdir {below} && mount -t tmpfs none {below} && cd {below} && "
    "mkdir a b c d && cp /bin/sleep a && mount -t overlay none -o lowerdir=a,upperdir=b,workdir=c d && "
    "echo made && exec d/sleep 600 9>d/written"], stdout=subprocess.PIPE)
if layers.stdout.readline() != b"made\n":
    layers = subprocess.Popen(["sleep", "600"])
print(folder, layers.pid, flush=True)
sys.stdin.readline()
layers.kill(); layers.wait()
import shutil; shutil.rmtree(folder)
"""


def run(engine, *arguments):
    return subprocess.run([SYSCOPE, "files", f"--engine={engine}", *arguments], capture_output=True, timeout=300)


def rows(engine, *arguments):
    return [json.loads(line) for line in run(engine, "--json", *arguments).stdout.splitlines()]


def main():
    if run("bpf", "-p", str(os.getpid())).returncode == 3:
        print("not checked: no permission for the iterator")
        return
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        layered = int(holder.stdout.readline().split()[-1])
        pid = str(holder.pid)
        fast, slow = rows("bpf", "-p", pid), rows("proc", "-p", pid)
        if len(slow) < 50:
            failures.append(f"only {len(slow)} rows")
        if len(fast) != len(slow):
            failures.append(f"{len(fast)} rows, /proc has {len(slow)}")
        failures.extend(f"{one}\n  /proc: {other}" for one, other in zip(fast, slow) if one != other)
        for arguments in (["-p", pid], ["-F", "-p", pid], ["--by", "type,peer", "-p", pid], ["-i", "-p", pid],
                          ["-U", "-p", pid]):
            if run("bpf", *arguments).stdout != run("proc", *arguments).stdout:
                failures.append(f"another answer to {arguments}")
        # All processes, where what is mapped comes from the kernel too.
        fast, slow = ([row for row in rows(engine) if row["pid"] in (holder.pid, layered)] for engine in ("bpf", "proc"))
        for row in fast + slow:
            row.pop("peers", None)  # this program comes and goes
        if sum(row["role"] in ("mem", "DEL") for row in slow) < 10 or len({row["pid"] for row in slow}) != 2:
            failures.append(f"whole machine: only {slow}")
        failures.extend(f"whole machine: {row}" for row in fast if row not in slow)
        failures.extend(f"whole machine, only in /proc: {row}" for row in slow if row not in fast)
    finally:
        holder.stdin.write(b"\n")
        holder.stdin.close()
        holder.wait()
    if run("nonsense").returncode != 2:
        failures.append("--engine=nonsense is taken")


main()
print("\n".join(failures))
sys.exit(1 if failures else 0)
