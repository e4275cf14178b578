"""Descriptors listed by the kernel's iterator and from /proc: the same rows, for every kind that one can open."""
import json
import os
import subprocess
import sys

SYSCOPE = os.environ["SYSCOPE"]
failures = []

HOLDER = r"""
import os, select, socket, sys, tempfile, time
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
print(folder, flush=True)
sys.stdin.readline()
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
        holder.stdout.readline()
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
        # All processes: what this holder has must be in both.
        names = [{(row["fd"], row["kind"]) for row in rows(engine, "-d", "fd") if row["pid"] == holder.pid and "fd" in row}
                 for engine in ("bpf", "proc")]
        if names[0] != names[1] or not names[0]:
            failures.append(f"whole machine: {names[0] ^ names[1]}")
    finally:
        holder.stdin.write(b"\n")
        holder.stdin.close()
        holder.wait()
    if run("nonsense").returncode != 2:
        failures.append("--engine=nonsense is taken")


main()
print("\n".join(failures))
sys.exit(1 if failures else 0)
