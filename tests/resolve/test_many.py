"""Very many descriptors, very high ones, and very many processes that share one: the work grows with the rows, not with
the limit and not with their square.

Measured in processor time of the program itself, small against large, so that the speed of the machine and its load
cancel out.
"""
import json
import os
import resource
import signal
import socket
import subprocess
import sys

SYSCOPE = os.environ["SYSCOPE"]
FEW = 2_000
MANY = 20_000
FEW_PROCESSES = 200
MANY_PROCESSES = 2_000
failures = []


def check(what, holds, detail=""):
    if not holds:
        failures.append(f"{what} {detail}")


def raise_limit(wanted):
    """The limit of descriptors as high as this user and the kernel allow, at most `wanted`."""
    with open("/proc/sys/fs/nr_open") as file:
        wanted = min(wanted, int(file.read()))
    for hard in (wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1]):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
            break
        except (ValueError, PermissionError):
            pass
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def rows_of(descriptors, pids):
    """What `files` lists of these processes, and the processor time that took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([SYSCOPE, "files", "--json", "-d", descriptors, "-p", ",".join(map(str, pids))],
                            stdout=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return rows, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def own_rows():
    rows, seconds = rows_of("fd", [os.getpid()])
    return {row["fd"]: row for row in rows}, seconds


def highest_descriptor(limit):
    """Its table has a place for every number below: where memory ends, a lower one has to do."""
    source = os.open("/dev/null", os.O_RDONLY)
    number = min(limit, 1 << 24) - 1
    while True:
        try:
            os.dup2(source, number)
            break
        except OSError:
            number //= 2
    try:
        rows, _ = own_rows()
        check("the highest descriptor", rows.get(number, {}).get("name") == "/dev/null", (number, rows.get(number)))
        check("and nothing between", len(rows) < 100, len(rows))
    finally:
        os.close(number)
        os.close(source)


def sockets(wanted, held, listener):
    """Half of them TCP connections to ourselves, half unix pairs."""
    while len(held) < wanted:
        held.append(socket.create_connection(listener.getsockname()))
        held.append(listener.accept()[0])
        held.extend(socket.socketpair())


def many_sockets(limit):
    wanted = min(MANY, limit - 100)
    if wanted < 4 * FEW:
        print(f"not checked: {MANY} sockets, the limit of descriptors is {limit}")
        return
    held = []
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    sockets(FEW, held, listener)
    few, few_seconds = own_rows()
    sockets(wanted, held, listener)
    many, many_seconds = own_rows()
    numbers = {end.fileno() for end in held}
    check("every socket", numbers <= many.keys(), len(numbers - many.keys()))
    without = sum(1 for number in numbers if not many[number].get("peers"))
    check("every socket has its other end", without == 0, without)
    # Ten times the rows: ten times the work, a hundred times if each looked at all others.
    growth = many_seconds / max(few_seconds, 0.005)
    check("the work grows with the rows", growth < 4 * len(many) / len(few),
          f"{len(few)} rows {few_seconds:.3f} s, {len(many)} rows {many_seconds:.3f} s")
    for end in held:
        end.close()


def sleepers(wanted, pids):
    while len(pids) < wanted:
        pid = os.fork()
        if pid == 0:
            signal.pause()
            os._exit(0)
        pids.append(pid)


def many_processes():
    """All of them hold both ends of one pipe and of one pair of sockets."""
    pipe = os.pipe()
    pair = socket.socketpair()
    shared = {*pipe, pair[0].fileno(), pair[1].fileno()}
    pids = []
    try:
        sleepers(FEW_PROCESSES, pids)
        few, few_seconds = rows_of(",".join(map(str, shared)), pids)
        sleepers(MANY_PROCESSES, pids)
        many, many_seconds = rows_of(",".join(map(str, shared)), pids)
        check("every descriptor of every process", len(many) == len(pids) * len(shared), len(many))
        holders = len(pids) + 1  # this process, too
        check("each has the other ends, listed or counted",
              all(len(row["peers"]) + row.get("peers_more", 0) == holders for row in many), many[:1])
        check("the list has an end", max(len(row["peers"]) for row in many) <= 100)
        growth = many_seconds / max(few_seconds, 0.005)
        check("the work grows with the processes", growth < 4 * len(many) / len(few),
              f"{len(few)} rows {few_seconds:.3f} s, {len(many)} rows {many_seconds:.3f} s")
    except BlockingIOError:
        print(f"not checked: {MANY_PROCESSES} processes, this user may not start as many")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


many_processes()
limit = raise_limit(1 << 30)
highest_descriptor(limit)
many_sockets(limit)
print("\n".join(failures))
sys.exit(1 if failures else 0)
