"""A FUSE daemon that has stopped answering, in a mount namespace of its own: `files` never waits for it."""
import ctypes
import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile

SYSCOPE = os.environ["SYSCOPE"]
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, MS_PRIVATE, MS_REC = 0x20000, 1 << 18, 1 << 14
PR_SET_PDEATHSIG = 1
LOOKUP, GETATTR, OPEN, INIT, OPENDIR, ACCESS = 1, 3, 14, 26, 27, 34
ENOSYS = 38


def attributes(inode):
    mode = 0o40755 if inode == 1 else 0o100755
    return struct.pack("=QQQQQQIIIIIIIIII", inode, 8192, 16, 0, 0, 0, 0, 0, 0, mode, 2 if inode == 1 else 1, 0, 0, 0, 4096, 0)


def serve(device, stop):
    """Answers what opening a folder and a file takes, until `stop` is readable; then nothing, for ever."""
    while True:
        request = os.read(device, 1 << 17)
        if stop.is_set():
            signal.pause()
        length, opcode, unique, node = struct.unpack_from("=IIQQ", request)
        error, answer = 0, b""
        if opcode == INIT:
            answer = struct.pack("=IIIIHHII", 7, 19, 0, 0, 0, 0, 4096, 0)
        elif opcode == GETATTR:
            answer = struct.pack("=QII", 0, 0, 0) + attributes(node)
        elif opcode == LOOKUP:
            answer = struct.pack("=QQQQII", 2, 0, 0, 0, 0, 0) + attributes(2)
        elif opcode in (OPEN, OPENDIR):
            answer = struct.pack("=QII", 1, 0, 0)
        else:
            error = -ENOSYS
        os.write(device, struct.pack("=IiQ", 16 + len(answer), error, unique) + answer)


class Flag:
    """Set by another process: one byte of shared memory."""

    def __init__(self):
        self.memory = mmap.mmap(-1, 1)

    def set(self):
        self.memory[0] = 1

    def is_set(self):
        return self.memory[0] == 1


def mount(folder):
    """A descriptor of the daemon's device, or None where one cannot mount."""
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError:
        return None
    if LIBC.unshare(CLONE_NEWNS) != 0 or LIBC.mount(b"none", b"/", None, MS_PRIVATE | MS_REC, None) != 0:
        return None
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    return device if LIBC.mount(b"hung", folder.encode(), b"fuse", 0, options) == 0 else None


def hold(folder, ready):
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # ends with the daemon
    os.chdir(folder)
    held = [os.open(".", os.O_RDONLY), os.open("library", os.O_RDONLY)]
    LIBC.mmap.restype = ctypes.c_void_p
    if LIBC.mmap(None, ctypes.c_size_t(4096), mmap.PROT_READ, mmap.MAP_PRIVATE, held[1], ctypes.c_long(0)) == 2**64 - 1:
        os._exit(1)
    os.write(ready, b"y")
    signal.pause()


def start(folder):
    """The daemon, a pipe that tells who holds files there and when it does, and what stops the daemon."""
    answered, said = os.pipe()
    stop = Flag()
    daemon = os.fork()
    if daemon == 0:
        device = mount(folder)
        if device is None:
            os._exit(0)
        holder = os.fork()
        if holder == 0:
            os.close(device)
            hold(folder, said)
        os.write(said, struct.pack("i", holder))
        os.close(said)
        serve(device, stop)
    os.close(said)
    return daemon, answered, stop


def check(daemon, answered, stop, folder):
    text = b""
    while len(text) < 5:  # the holder's number, and its word that it holds everything
        more = os.read(answered, 64)
        if not more:
            print("not checked: cannot mount FUSE here")
            return []
        text += more
    holder, = struct.unpack("i", text[:4])
    stop.set()
    failures = []
    for engine in ("proc", "auto"):
        for arguments in (["-p", str(holder)], []):
            listing = subprocess.Popen([SYSCOPE, "files", "--json", f"--engine={engine}", *arguments],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            try:
                output = listing.communicate(timeout=60)[0]
            except subprocess.TimeoutExpired:
                # What waits for the daemon cannot be killed before the daemon is.
                os.kill(daemon, signal.SIGKILL)
                listing.kill()
                listing.communicate()
                return [f"hung: --engine={engine} {arguments}"]
            rows = [row for row in map(json.loads, output.splitlines()) if row["pid"] == holder]
            names = {(row["role"], row.get("name")) for row in rows}
            for wanted in (("cwd", folder), ("fd", folder), ("fd", folder + "/library"), ("mem", folder + "/library")):
                if wanted not in names:
                    failures.append(f"--engine={engine} {arguments}: no {wanted}")
    return failures


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = os.path.realpath(name)
        daemon, answered, stop = start(folder)
        try:
            failures = check(daemon, answered, stop, folder)
        finally:
            os.kill(daemon, signal.SIGKILL)  # which closes the device: whoever waits gets an error
            os.waitpid(daemon, 0)
    print("\n".join(failures))
    return 1 if failures else 0


sys.exit(main())
