"""`files --socket-options`: what a program has set on its sockets is what its rows say, and the sockets stay as they were.

As root, and once more as an ordinary user who looks at his own process.
"""
import ctypes
import json
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile

SYSCOPE = os.environ["SYSCOPE"]
AS_USER = "--as-user" in sys.argv
PEEK_OFF = 42  # SO_PEEK_OFF
IP_FREEBIND = 15
failures = []


def check(what, holds, detail=""):
    if not holds:
        failures.append(f"{what} {detail}")


def rows(*arguments, before=()):
    result = subprocess.run([*before, SYSCOPE, "files", "--json", *arguments], stdout=subprocess.PIPE, timeout=120)
    return [json.loads(line) for line in result.stdout.splitlines()]


def own_options(*sockets):
    numbers = ",".join(str(end.fileno()) for end in sockets)
    found = {row["fd"]: row for row in rows("--socket-options", "-p", str(os.getpid()), "-d", numbers)}
    return [found.get(end.fileno(), {}).get("options") for end in sockets]


def get(end, level, option):
    return end.getsockopt(level, option)


def sizes(end):
    return {"RCVBUF": get(end, socket.SOL_SOCKET, socket.SO_RCVBUF), "SNDBUF": get(end, socket.SOL_SOCKET, socket.SO_SNDBUF)}


def timeval(seconds, microseconds=0):
    return struct.pack("@ll", seconds, microseconds)


SOL, TCP, IP, IP6 = socket.SOL_SOCKET, socket.IPPROTO_TCP, socket.IPPROTO_IP, socket.IPPROTO_IPV6


def compare(what, plain, end, settings, unset=()):
    """The row of `end` differs from that of `plain`, a socket of the same kind, in what `settings` say: level, option,
    value to set, then name and value to find (no value: what getsockopt(2) says)."""
    expected_more = {}
    for level, option, value, name, *shown in settings:
        end.setsockopt(level, option, value)
        expected_more[name] = shown[0] if shown else get(end, level, option)
    before, after = own_options(plain, end)
    check(f"{what}: both rows", before is not None and after is not None, (before, after))
    if before is None or after is None:
        return
    check(f"{what}: sizes of a new socket", before.items() >= sizes(plain).items(), before)
    expected = before | sizes(end) | expected_more
    for name in unset:
        expected.pop(name, None)
    check(what, after == expected, f"\n   expected {expected}\n   found    {after}")


def tcp():
    plain, end = socket.socket(), socket.socket()
    settings = [
        (SOL, socket.SO_REUSEADDR, 1, "REUSEADDR", True),
        (SOL, socket.SO_REUSEPORT, 1, "REUSEPORT", True),
        (SOL, socket.SO_OOBINLINE, 1, "OOBINLINE", True),
        (SOL, socket.SO_KEEPALIVE, 1, "KEEPALIVE", True),
        (TCP, socket.TCP_KEEPIDLE, 111, "KEEPIDLE", 111),
        (TCP, socket.TCP_KEEPINTVL, 22, "KEEPINTVL", 22),
        (TCP, socket.TCP_KEEPCNT, 3, "KEEPCNT", 3),
        (TCP, socket.TCP_NODELAY, 1, "NODELAY", True),
        (TCP, socket.TCP_CORK, 1, "CORK", True),
        (TCP, socket.TCP_USER_TIMEOUT, 12345, "USER_TIMEOUT", 12345),
        (TCP, socket.TCP_DEFER_ACCEPT, 5, "DEFER_ACCEPT"),
        (TCP, socket.TCP_SYNCNT, 4, "SYNCNT", 4),
        (TCP, socket.TCP_MAXSEG, 1000, "MSS", 1000),
        (SOL, socket.SO_LINGER, struct.pack("ii", 1, 7), "LINGER", 7),
        (SOL, socket.SO_RCVTIMEO, timeval(2, 500_000), "RCVTIMEO", 2.5),
        (SOL, socket.SO_SNDTIMEO, timeval(30), "SNDTIMEO", 30),
        (SOL, socket.SO_RCVLOWAT, 10, "RCVLOWAT", 10),
        (SOL, socket.SO_RCVBUF, 50_000, "RCVBUF"),
        (SOL, socket.SO_SNDBUF, 60_000, "SNDBUF"),
        (IP, socket.IP_TOS, 0x10, "TOS", 0x10),
        (IP, socket.IP_TTL, 33, "TTL", 33),
        (IP, IP_FREEBIND, 1, "FREEBIND", True),
    ]
    if not AS_USER:
        settings += [
            (SOL, socket.SO_MARK, 0x77, "MARK", 0x77),
            (IP, socket.IP_TRANSPARENT, 1, "TRANSPARENT", True),
            (SOL, socket.SO_BINDTODEVICE, b"lo\0", "BINDTODEVICE", "lo"),
        ]
    # Last: the type of service sets the priority, too.
    settings.append((SOL, socket.SO_PRIORITY, 5, "PRIORITY", 5))
    # Its sizes are the owner's now. The segment size that is set counts until it is connected.
    end.setsockopt(SOL, socket.SO_RCVBUF, 50_000)
    settings.append((SOL, socket.SO_SNDBUF, 60_000, "BUF_LOCK", "RCV|SND"))
    compare("TCP", plain, end, settings)
    algorithm = end.getsockopt(TCP, socket.TCP_CONGESTION, 16).split(b"\0")[0].decode()
    check("TCP: congestion control", own_options(end)[0].get("CONGESTION") == algorithm, algorithm)
    end.setsockopt(SOL, socket.SO_LINGER, struct.pack("ii", 1, 0))
    check("TCP: linger for no time is not none", own_options(end)[0].get("LINGER") == 0)

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(TCP, socket.TCP_FASTOPEN, 9)
    client = socket.create_connection(listener.getsockname())
    server = listener.accept()[0]
    of_listener, of_client, of_server = own_options(listener, client, server)
    check("TCP: a listener", of_listener.get("FASTOPEN") == 9 and of_listener.get("REUSEADDR"), of_listener)
    check("TCP: a connection", "MSS" in of_client and of_client["MSS"] == get(client, TCP, socket.TCP_MAXSEG) and
          "REUSEADDR" not in of_client, of_client)
    check("TCP: what is inherited", of_server.get("REUSEADDR") is True, of_server)


def udp():
    compare("UDP", socket.socket(type=socket.SOCK_DGRAM), socket.socket(type=socket.SOCK_DGRAM), [
        (SOL, socket.SO_BROADCAST, 1, "BROADCAST", True),
        (SOL, socket.SO_RCVTIMEO, timeval(0, 500_000), "RCVTIMEO", 0.5),
        (IP, socket.IP_MULTICAST_TTL, 5, "MULTICAST_TTL", 5),
        (IP, socket.IP_MULTICAST_LOOP, 0, "MULTICAST_LOOP", 0),
        (IP, socket.IP_RECVTOS, 1, "RECVTOS", True),
        (SOL, PEEK_OFF, 12, "PEEK_OFF", 12),
    ])


def tcp6():
    compare("TCPv6", socket.socket(socket.AF_INET6), socket.socket(socket.AF_INET6), [
        (IP6, socket.IPV6_V6ONLY, 1, "V6ONLY", True),
        (IP6, socket.IPV6_TCLASS, 0x20, "TCLASS", 0x20),
        (IP6, socket.IPV6_UNICAST_HOPS, 9, "UNICAST_HOPS", 9),
        (TCP, socket.TCP_NODELAY, 1, "NODELAY", True),
    ])


def other_families():
    one, other = socket.socketpair()
    compare("unix", one, other, [
        (SOL, socket.SO_PASSCRED, 1, "PASSCRED", True),
        (SOL, socket.SO_SNDTIMEO, timeval(1), "SNDTIMEO", 1),
    ])
    netlink = [socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) for _ in range(2)]
    compare("netlink", *netlink, [(270, 11, 1, "EXT_ACK", True), (270, 5, 1, "NO_ENOBUFS", True)])
    if AS_USER:
        return
    packet = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) for _ in range(2)]
    keep_all = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0xffffffff))  # BPF_RET|BPF_K
    program = struct.pack("HxxxxxxP", 1, ctypes.addressof(keep_all))
    compare("packet", *packet, [
        (263, 8, 1, "AUXDATA", True),
        (263, 10, 2, "VERSION", 2),
        (SOL, 26, program, "FILTER", 1),
    ])


def vsock():
    try:
        plain, end = [socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) for _ in range(2)]
    except OSError:
        print("not checked: vsock, this kernel has none")
        return
    compare("vsock", plain, end, [(socket.AF_VSOCK, 0, 65536, "BUFFER_SIZE", 65536)])


def formats():
    end = socket.socket()
    end.setsockopt(SOL, socket.SO_KEEPALIVE, 1)
    end.setsockopt(IP, socket.IP_TOS, 0x10)
    me = ["-p", str(os.getpid()), "-d", str(end.fileno())]
    for arguments in (["--socket-options"], ["-T", "f"], ["-Tf"], ["-Tfqs"], ["-T", "sqf"]):
        table = subprocess.run([SYSCOPE, "files", *arguments, *me], capture_output=True, text=True).stdout
        check("table", " SO=KEEPALIVE,KEEPIDLE=" in table and ",TOS=0x10" in table, (arguments, table))
    for arguments in ([], ["-T"], ["-T", "qs"], ["-Tw"]):
        table = subprocess.run([SYSCOPE, "files", *arguments, *me], capture_output=True, text=True).stdout
        check("only where asked for", table and "SO=" not in table, (arguments, table))
    fields = subprocess.run([SYSCOPE, "files", "-F", "T", "-Tf", *me], capture_output=True, text=True).stdout
    check("lsof's fields", "\nTSO=KEEPALIVE," in fields, fields)
    wrong = subprocess.run([SYSCOPE, "files", "-Tfx", *me], capture_output=True)
    check("another letter", wrong.returncode == 2 and wrong.stderr, wrong)
    pipe = os.pipe()
    row, = rows("--socket-options", "-p", str(os.getpid()), "-d", str(pipe[0]))
    check("no socket, no options", "options" not in row and "options_note" not in row, row)


def traced(folder, inject=()):
    log = f"{folder}/trace"
    return log, [SYSCOPE, "trace", "--engine=ptrace", "-f", "-o", log, "-e", "trace=pidfd_open,pidfd_getfd,getsockopt", *inject]


def on_demand(folder):
    end = socket.socket()
    me = ["-p", str(os.getpid()), "-d", str(end.fileno())]
    log, tracer = traced(folder)
    row, = rows(*me, before=tracer)
    with open(log) as file:
        calls = file.read()
    check("nothing is asked without the option", "options" not in row and "pidfd" not in calls, calls)
    row, = rows("--socket-options", *me, before=tracer)
    with open(log) as file:
        calls = file.read()
    check("asked with it", "options" in row and "pidfd_getfd(" in calls, calls)
    check("SO_ERROR is not asked for", "SO_ERROR" not in calls and "PACKET_STATISTICS" not in calls, calls)


def refused(folder):
    """What the kernel says, in the row."""
    end = socket.socket()
    me = ["--socket-options", "-p", str(os.getpid()), "-d", str(end.fileno())]
    for call, error, words in (("pidfd_getfd", "EPERM", "not permitted"), ("pidfd_getfd", "ENOSYS", "Linux 5.6"),
                               ("pidfd_open", "ENOSYS", "Linux 5.6"), ("pidfd_open", "ESRCH", "closed meanwhile"),
                               ("pidfd_getfd", "EBADF", "closed meanwhile"), ("pidfd_getfd", "EMFILE", "cannot borrow")):
        _, tracer = traced(folder, ["-e", f"inject={call}:error={error}"])
        row, = rows(*me, before=tracer)
        check("a note", words in row.get("options_note", "") and "options" not in row and row["kind"] == "tcp", (error, row))
    table = subprocess.run([*tracer, SYSCOPE, "files", *me], stdout=subprocess.PIPE, text=True).stdout
    check("a note in the table", "(options unknown: cannot borrow" in table, table)


def undisturbed():
    """A pending error stays, a waiting reader waits on, and the other end hears of a close at once."""
    end = socket.socket(type=socket.SOCK_DGRAM)
    closed = socket.socket(type=socket.SOCK_DGRAM)
    closed.bind(("127.0.0.1", 0))
    end.connect(closed.getsockname())
    closed.close()
    end.send(b"?")
    own_options(end)
    check("a pending error stays", get(end, SOL, socket.SO_ERROR) != 0)
    here, there = socket.socketpair()
    own_options(here, there)
    here.close()
    there.settimeout(60)
    check("no copy is left", there.recv(1) == b"")


def come_and_go():
    """Processes that hold lingering sockets, for a moment each."""
    os.setpgid(0, 0)
    while True:
        if os.fork() == 0:
            ends = [socket.socket() for _ in range(20)]
            for end in ends:
                end.setsockopt(SOL, socket.SO_LINGER, struct.pack("ii", 1, 60))
            os._exit(0)
        os.wait()


def vanishing():
    """Sockets whose processes end in the middle: each row has its options or says why not."""
    churn = os.fork()
    if churn == 0:
        come_and_go()
    try:
        seen = 0
        for _ in range(15):
            for row in rows("--socket-options", "-i"):
                seen += 1
                check("options or a note", ("options" in row) != ("options_note" in row), row)
        check("something was seen", seen > 0)
    finally:
        os.killpg(churn, signal.SIGKILL)
        os.waitpid(churn, 0)


def as_user():
    """The same as nobody, about a process of nobody's."""
    if not shutil.which("setpriv"):
        print("not checked: as an ordinary user, setpriv is missing")
        return
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope") as file:
            if file.read().strip() != "0":
                print("not checked: as an ordinary user, Yama forbids to look at one's own processes")
                return
    except FileNotFoundError:
        pass
    user = pwd.getpwnam("nobody")
    drop = ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups", "--inh-caps=-all"]
    # Program and test may lie where nobody may look.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        environment = dict(os.environ, SYSCOPE=shutil.copy(SYSCOPE, folder))
        script = shutil.copy(__file__, folder)
        result = subprocess.run([*drop, sys.executable, script, "--as-user"], env=environment, cwd="/", capture_output=True,
                                text=True, timeout=300)
        check("as an ordinary user", result.returncode == 0, result.stdout + result.stderr)


with tempfile.TemporaryDirectory() as folder:
    keep = socket.create_server(("127.0.0.1", 0))  # so that there is always an internet socket to see
    for step in (tcp, udp, tcp6, other_families, vsock, formats, undisturbed, vanishing):
        step()
    on_demand(folder)
    refused(folder)
if not AS_USER and os.geteuid() == 0:
    as_user()
print("\n".join(failures))
sys.exit(1 if failures else 0)
