"""The other end of 1,000 random pipes, unix sockets, TCP connections, terminals and eventfds.

Every end is held by one of several processes, one of which lives in another network namespace where that
is permitted, together with some of the connections.
"""
import collections
import ctypes
import fcntl
import json
import os
import pty
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

SYSCOPE = os.environ["SYSCOPE"]
PAIRS = 1000
WORKERS = 8
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def loopback_up():
    request = struct.pack("16sH14x", b"lo", 1)  # IFF_UP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS


def tcp_pair(family, listeners):
    listener = listeners[family]
    client = socket.socket(family)
    client.connect(listener.getsockname()[:2])
    server, _ = listener.accept()
    return client.detach(), server.detach()


def make_listeners():
    listeners = {}
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            listener = socket.socket(family)
            listener.bind((address, 0))
            listener.listen(64)
            listeners[family] = listener
        except OSError:
            pass  # no IPv6 here
    return listeners


def make_pair(kind, listeners):
    if kind == "pipe":
        return os.pipe()
    if kind == "unix":
        kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET)
        one, other = socket.socketpair(socket.AF_UNIX, random.choice(kinds))
        return one.detach(), other.detach()
    if kind == "eventfd":
        event = os.eventfd(0)
        return event, os.dup(event)
    if kind == "pty":
        return pty.openpty()
    return tcp_pair(random.choice(list(listeners)), listeners)


def make_pairs(kinds, count):
    """[(kind, one descriptor, other descriptor)]"""
    listeners = make_listeners()
    pairs = []
    for _ in range(count):
        kind = random.choice(kinds)
        try:
            pairs.append((kind, *make_pair(kind, listeners)))
        except OSError:
            pairs.append(("pipe", *os.pipe()))  # the terminals have run out
    for listener in listeners.values():
        listener.close()
    return pairs


def start_worker(keep, name_space, ready):
    pid = os.fork()
    if pid != 0:
        return pid
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number not in keep and number not in (name_space, ready):
            try:
                os.close(number)
            except OSError:
                pass  # the folder's own
    if name_space >= 0:
        libc.setns(name_space, CLONE_NEWNET)
    os.write(ready, b"x")
    signal.pause()
    os._exit(0)


def listed(pids):
    text = subprocess.run([SYSCOPE, "files", "--json", "-d", "fd", "-p", ",".join(map(str, pids))],
                          capture_output=True, check=True).stdout
    rows = (json.loads(line) for line in text.splitlines())
    return {(row["pid"], row["fd"]): row for row in rows}


def check_random_pairs():
    kinds = ("pipe", "unix", "tcp", "eventfd", "pty")
    pairs = make_pairs(kinds, PAIRS * 4 // 5)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    other = -1
    if libc.unshare(CLONE_NEWNET) == 0:
        other = os.open("/proc/self/ns/net", os.O_RDONLY)
        loopback_up()
    pairs += make_pairs(("tcp", "tcp", "unix"), PAIRS - len(pairs))
    if other >= 0:
        libc.setns(home, CLONE_NEWNET)
    owners = [(random.randrange(WORKERS), random.randrange(WORKERS)) for _ in pairs]
    reader, ready = os.pipe()
    workers = []
    for worker in range(WORKERS):
        keep = {fd for pair, owner in zip(pairs, owners) for fd, who in zip(pair[1:], owner) if who == worker}
        workers.append(start_worker(keep, other if worker == 0 else -1, ready))
    for _, one, two in pairs:
        os.close(one)
        os.close(two)
    failures = []
    try:
        for _ in workers:
            os.read(reader, 1)
        rows = listed(workers)
        for (kind, *ends), owner in zip(pairs, owners):
            for mine, peer in ((0, 1), (1, 0)):
                row = rows.get((workers[owner[mine]], ends[mine]))
                wanted = [(workers[owner[peer]], ends[peer])]
                found = row and [(p["pid"], p["fd"]) for p in row["peers"]]
                if found != wanted:
                    failures.append(f"{kind} {workers[owner[mine]]}/{ends[mine]}: {found}, not {wanted}; "
                                    f"{row and row.get('peer_note')}")
        counted = collections.Counter(kind for kind, *_ in pairs)
        print(dict(counted), "in two network namespaces" if other >= 0 else "in one network namespace")
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)
    return failures


SERVER = """
import socket, sys, time
listener = socket.create_server(("10.77.0.2", 7777)); print("up", flush=True)
server, _ = listener.accept(); time.sleep(60)
"""
CLIENT = """
import socket, time
client = socket.create_connection(("10.77.0.2", 7777)); print("up", flush=True); time.sleep(60)
"""


def check_across_name_spaces():
    """A connection over a veth pair: each end lives in a namespace of its own."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("nsenter"):
        print("not checked: a connection between two namespaces")
        return []
    started = []

    def start(*command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        started.append(process)
        return process

    try:
        spaces = []
        for _ in range(2):
            process = start("unshare", "-n", "sh", "-c", "echo up; exec sleep 60")
            process.stdout.readline()
            spaces.append(process.pid)

        def inside(which, *command):
            subprocess.run(["nsenter", "-t", str(spaces[which]), "-n", *command], check=True, capture_output=True)

        try:
            inside(0, "ip", "link", "add", "va", "type", "veth", "peer", "name", "vb", "netns", str(spaces[1]))
        except subprocess.CalledProcessError as error:
            print("not checked: a connection between two namespaces:", error.stderr)
            return []
        for which, name, address in ((0, "va", "10.77.0.1/24"), (1, "vb", "10.77.0.2/24")):
            inside(which, "ip", "addr", "add", address, "dev", name)
            inside(which, "ip", "link", "set", name, "up")
        server = start("nsenter", "-t", str(spaces[1]), "-n", sys.executable, "-c", SERVER)
        server.stdout.readline()
        client = start("nsenter", "-t", str(spaces[0]), "-n", sys.executable, "-c", CLIENT)
        client.stdout.readline()
        for _ in range(100):
            rows = listed([client.pid, server.pid])
            ends = {pid: row for (pid, _), row in rows.items()
                    if row["kind"] == "tcp" and row["socket"]["state"] == "ESTABLISHED"}
            if len(ends) == 2:
                break
            time.sleep(0.05)
        found = [[p["pid"] for p in ends[one.pid]["peers"]] for one in (client, server)]
        print("a connection between two namespaces:", found)
        return [] if found == [[server.pid], [client.pid]] else [f"between namespaces: {found}"]
    finally:
        for process in started:
            process.kill()
            process.wait()


def main():
    random.seed(4)
    failures = check_random_pairs() + check_across_name_spaces()
    print("\n".join(failures[:20]))
    return 1 if failures else 0


sys.exit(main())
