"""Descriptors by name: -y, -yy, -P and -e trace-fds, line by line against Debian's strace."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SYSCOPE = os.environ["SYSCOPE"]
DEADLINE = 120

# Makes one descriptor of every kind, and shows each to ftruncate(2), which does not exist for most of
# them and does nothing to the others.
KINDS = r"""
import ctypes, os, select, socket
libc = ctypes.CDLL(None)
def show(number): libc.syscall(77, number, ctypes.c_long(0))
kept = []
def sock(*arguments):
    kept.append(socket.socket(*arguments)); show(kept[-1].fileno()); return kept[-1]
show(os.open("/etc/passwd", os.O_RDONLY))
show(os.open("a\nb<>\"\xe9\x01.txt", os.O_CREAT | os.O_RDWR))
gone = os.open("gone", os.O_CREAT | os.O_RDWR); os.unlink("gone"); show(gone)
named = os.open("x (deleted)", os.O_CREAT | os.O_RDWR); show(named); os.unlink("x (deleted)"); show(named)
linked = os.open("one", os.O_CREAT | os.O_RDWR); os.link("one", "two"); os.unlink("one"); show(linked)
reader, writer = os.pipe(); show(reader); show(writer)
show(os.open(".", os.O_DIRECTORY))
null = os.open("/dev/null", os.O_RDWR); show(null)
show(libc.eventfd(5, 0)); show(libc.epoll_create1(0)); show(libc.timerfd_create(1, 0)); show(libc.inotify_init1(0))
mask = (ctypes.c_ulong * 16)(); mask[0] = 1 << 9 | 1 << 16
show(libc.signalfd(-1, mask, 0))
show(os.memfd_create("mem<>x")); show(os.pidfd_open(os.getpid()))
master, slave = os.openpty(); show(master); show(slave)
os.mkfifo("fifo"); show(os.open("fifo", os.O_RDWR))
show(os.open("/proc/self/ns/net", os.O_RDONLY)); show(os.open("/proc/self/status", os.O_RDONLY))
for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET6, "::")):
    listener = sock(family, socket.SOCK_STREAM); listener.bind((address, 0)); listener.listen(); show(listener.fileno())
    client = sock(family, socket.SOCK_STREAM)
    client.connect((address.replace("::", "::1") if address == "::" else address, listener.getsockname()[1]))
    show(client.fileno()); kept.append(listener.accept()[0]); show(kept[-1].fileno())
    bound = sock(family, socket.SOCK_DGRAM); bound.bind((address, 0)); show(bound.fileno())
datagrams = sock(socket.AF_INET, socket.SOCK_DGRAM); datagrams.bind(("127.0.0.1", 0))
sender = sock(socket.AF_INET, socket.SOCK_DGRAM); sender.connect(datagrams.getsockname()); show(sender.fileno())
for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET:
    kept += socket.socketpair(socket.AF_UNIX, kind); show(kept[-1].fileno()); show(kept[-2].fileno())
for name in "so\nck<>\"]", "\0abstract\0x":
    listener = sock(socket.AF_UNIX, socket.SOCK_STREAM); listener.bind(name); listener.listen(); show(listener.fileno())
    client = sock(socket.AF_UNIX, socket.SOCK_STREAM); client.connect(name)
    kept.append(listener.accept()[0]); show(kept[-1].fileno()); show(client.fileno())
for protocol in 0, 16:
    netlink = sock(socket.AF_NETLINK, socket.SOCK_RAW, protocol); netlink.bind((0, 0)); show(netlink.fileno())
try: sock(socket.AF_INET, socket.SOCK_STREAM, 262)
except OSError: pass
os.dup2(null, 200); os.dup2(reader, 200); os.close(200)
select.select([reader, null], [writer], [], 0)
poll = select.poll(); poll.register(reader, 1); poll.register(writer, 4); poll.poll(0)
left, right = socket.socketpair(); socket.send_fds(left, [b"x"], [null, reader]); socket.recv_fds(right, 1, 4)
os.chdir("/usr")
try: os.stat("nope")
except OSError: pass
show(999); show(-1)
for i in range(300):
    number = os.open("/etc/hostname" if i % 2 else "/etc/passwd", os.O_RDONLY); os.close(number)
os._exit(0)  # strace remembers the peers of unix sockets beyond their end: nothing is closed in its sight
"""
CALLS = ("ftruncate,openat,pipe2,dup2,dup3,close,socket,socketpair,bind,listen,connect,accept4,select,pselect6,poll,"
         "sendmsg,recvmsg,eventfd2,epoll_create1,timerfd_create,inotify_init1,signalfd4,memfd_create,pidfd_open,"
         "newfstatat,unlink")


def run(tracer, arguments, command, folder):
    """The trace, and what the tracer said on stderr."""
    output = os.path.join(folder, "output")
    done = subprocess.run([*tracer, "-o", output, *arguments, *command], cwd=folder, timeout=DEADLINE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with open(output, encoding="utf-8") as file:
        return file.read().splitlines(), done.stderr.decode()


def bpf_fails():
    """Whether the eBPF engine cannot be tested; in CI it must work."""
    if os.environ.get("CI"):
        return False
    return subprocess.run([SYSCOPE, "trace", "--engine=bpf", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL,
                          timeout=DEADLINE).returncode != 0


def number_again(lines):
    """Inodes, ports, addresses and ids of processes by the order of their appearance."""
    seen = {}

    def name(match):
        return seen.setdefault(match[0], f"N{len(seen)}")
    # A process may have a short number, where they have begun anew.
    return [re.sub(r"0x[0-9a-f]{6,}|\d{4,}|(?<=pidfd_open\()\d+|(?<=<pid:)\d+", name, line) for line in lines]


def as_61(line):
    """What strace writes since 6.1 in the way of 6.1."""
    line = re.sub(r"<\{eventfd-count=[^}]*\}>", "<anon_inode:[eventfd]>", line)
    line = re.sub(r"<signalfd:\[[A-Z0-9_ ]*\]>", "<anon_inode:[signalfd]>", line)
    line = re.sub(r" @/dev/pts/\d+>", ">", line)
    line = re.sub(r"msg_namelen=\d+ => ", "msg_namelen=", line)  # not a matter of descriptors
    return re.sub(r"\) +=", ") =", line)


def after_start(lines):
    """Without the start of the interpreter, which reads files of its own."""
    start = next(i for i, line in enumerate(lines) if "ftruncate(" in line)
    return lines[start - 1:]


@unittest.skipUnless(shutil.which("strace"), "needs strace to compare with")
class AgainstStrace(unittest.TestCase):
    def compare(self, *arguments):
        traces = []
        with tempfile.TemporaryDirectory() as base:
            for tracer in ["strace"], [SYSCOPE, "trace", "--engine=ptrace"]:
                folder = os.path.join(base, "folder")  # of the same name for both
                os.mkdir(folder)
                lines, _ = run(tracer, ["-e", "signal=none", "-e", "trace=" + CALLS, *arguments],
                               [sys.executable, "-c", KINDS], folder)
                shutil.rmtree(folder)
                traces.append(number_again([as_61(line) for line in after_start(lines)]))
        self.maxDiff = None
        self.assertGreater(len(traces[0]), 700)
        for of_strace, ours in zip(*traces):
            self.assertEqual(ours, of_strace)
        self.assertEqual(len(traces[1]), len(traces[0]))

    def test_paths(self):
        self.compare("-y")

    def test_everything(self):
        self.compare("-yy")

    def test_single_kinds(self):
        self.compare("-e", "decode-fds=socket")
        self.compare("-e", "decode-fds=dev,pidfd")

    def test_hexadecimal(self):
        self.compare("-y", "-x")

    def test_path_filter(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink("/etc/passwd", os.path.join(folder, "link"))
            for arguments in (["-P", "link"], ["-y", "-P", "/etc/passwd"], ["-P", "/no/such", "-P", "/etc/../etc/passwd"],
                              ["-e", "quiet=path-resolution", "-P", "link"], ["-e", "raw=all", "-P", "/etc/passwd"]):
                of_strace = run(["strace"], arguments, ["cat", "link"], folder)
                ours = run([SYSCOPE, "trace", "--engine=ptrace"], arguments, ["cat", "link"], folder)
                self.assertEqual(number_again(ours[0]), number_again(of_strace[0]))
                self.assertEqual(ours[1].replace("syscope trace: ", "strace: "), of_strace[1])

    def test_path_filter_passes_over_contexts_of_file_systems(self):
        program = ("import ctypes, os\n"
                   "fd = os.open('/etc/passwd', os.O_RDONLY)\n"
                   "for call in ((fd, 3, b'key', b'/etc/group', -100), (-1, 5, b'key', None, fd), (fd, 6, None, None, 0)):\n"
                   "  ctypes.CDLL(None).syscall(431, *call)\n")
        arguments = ["-e", "trace=fsconfig", "-e", "signal=none", "-P", "/etc/passwd"]
        command = [sys.executable, "-c", program]
        with tempfile.TemporaryDirectory() as folder:
            of_strace = run(["strace"], arguments, command, folder)[0]
            ours = run([SYSCOPE, "trace", "--engine=ptrace"], arguments, command, folder)[0]
        self.assertEqual(len(of_strace), 2, of_strace)  # one call, and the end
        self.assertEqual(number_again(ours), number_again(of_strace))


@unittest.skipIf(bpf_fails(), "the eBPF engine does not work here")
class BetweenEngines(unittest.TestCase):
    # Sets of descriptors and control messages are named by the ptrace engine alone.
    NOT_NAMED = ("select(", "pselect6(", "sendmsg(", "recvmsg(")

    def test_same_names(self):
        self.maxDiff = None
        for option in "-y", "-yy":
            traces = []
            with tempfile.TemporaryDirectory() as base:
                for engine in "ptrace", "bpf":
                    folder = os.path.join(base, "folder")  # of the same name for both
                    os.mkdir(folder)
                    lines, _ = run([SYSCOPE, "trace", "--engine=" + engine],
                                   ["-e", "signal=none", "-e", "trace=" + CALLS, option],
                                   [sys.executable, "-c", KINDS], folder)
                    shutil.rmtree(folder)
                    traces.append(number_again([line for line in after_start(lines) if not line.startswith(self.NOT_NAMED)]))
            self.assertGreater(len(traces[0]), 700)
            self.assertEqual(traces[1], traces[0])


class Filters(unittest.TestCase):
    def test_descriptor_filter(self):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", "import os; os.dup2(1, 77); os.dup2(1, 78); os.write(77, b'x'); os.close(78)"]
            for option in ["-e", "trace-fds=77"], ["--trace-fds=77"], ["-e", "fd=77"]:
                lines, _ = run([SYSCOPE, "trace", "--engine=ptrace"], [*option, "-e", "trace=dup2,dup3,write,close"],
                               command, folder)
                self.assertEqual([line.split("(")[0] for line in lines[:-1]], ["dup3", "write"] if "dup3" in lines[0]
                                 else ["dup2", "write"])

    def test_bad_sets(self):
        for option, message in (("trace-fds=a", "invalid descriptor 'a'"), ("decode-fds=x", "invalid decode-fds 'x'")):
            done = subprocess.run([SYSCOPE, "trace", "-e", option, "true"], stderr=subprocess.PIPE, timeout=DEADLINE)
            self.assertIn(message, done.stderr.decode())
            self.assertNotEqual(done.returncode, 0)

    def test_explanations(self):
        with tempfile.TemporaryDirectory() as folder:
            lines, _ = run([SYSCOPE, "trace", "--engine=ptrace"], ["--explain", "-e", "trace=openat,open", "-e", "status=failed"],
                           [sys.executable, "-c", "try: open('/nosuch')\nexcept OSError: pass"], folder)
            at = next(i for i, line in enumerate(lines) if '"/nosuch"' in line)
            self.assertRegex(lines[at + 1], r"^    # \w")


class ModernKinds(unittest.TestCase):
    """What strace says since 6.1, on the descriptors that have it."""

    def test_states(self):
        with tempfile.TemporaryDirectory() as folder:
            lines, _ = run([SYSCOPE, "trace", "--engine=ptrace"], ["-yy", "-e", "trace=ftruncate"],
                           [sys.executable, "-c", KINDS], folder)
        text = "\n".join(lines)
        self.assertRegex(text, r"<\{eventfd-count=0x5, eventfd-id=\d+, eventfd-semaphore=0\}>")
        self.assertIn("<signalfd:[USR1 CHLD]>", text)
        self.assertRegex(text, r"</dev/ptmx<char 5:2 @/dev/pts/\d+>>")

    def test_requests_of_terminals(self):
        """Terminals and sound devices have requests in common: under its name, strace asks which device it is."""
        script = ("import fcntl, os; null = os.open('/dev/null', 0); master, slave = os.openpty()\n"
                  "for number in (null, slave):\n"
                  "    try: fcntl.ioctl(number, 0x5402, 0)\n"
                  "    except OSError: pass\n")
        with tempfile.TemporaryDirectory() as folder:
            strace = os.path.join(folder, "strace")
            os.symlink(SYSCOPE, strace)
            lines, _ = run([strace], ["-e", "trace=ioctl"], [sys.executable, "-c", script], folder)
        names = re.findall(r", (SNDCTL_TMR_START or TCSETS|TCSETS), NULL\)", "\n".join(lines))
        self.assertEqual(names, ["SNDCTL_TMR_START or TCSETS", "TCSETS"])


if __name__ == "__main__":
    unittest.main()
