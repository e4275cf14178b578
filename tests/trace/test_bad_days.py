"""Bad input and bad days: each ends in a clear message or a clean end, never a hung or stopped tracee."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SYSCOPE = os.environ["SYSCOPE"]
DEADLINE = 60


def trace(*arguments, **options):
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([SYSCOPE, "trace", *arguments], timeout=DEADLINE, **options)


def state(pid):
    """The letter of /proc/PID/stat, or "gone"."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rsplit(b")", 1)[1].split()[0].decode()
    except (FileNotFoundError, ProcessLookupError):
        return "gone"


def tracer(pid):
    with open(f"/proc/{pid}/status", "rb") as file:
        for line in file:
            if line.startswith(b"TracerPid:"):
                return int(line.split()[1])
    return 0


def wait_until(condition, what):
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("never happened: " + what)
        time.sleep(0.01)


class Sleeper:
    """A process that counts until it is told to stop, to be seen running."""

    CODE = "import time\nwhile True: time.sleep(0.02)"

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", self.CODE])
        self.pid = self.process.pid
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def runs_untraced(self):
        return tracer(self.pid) == 0 and state(self.pid) in "SR"


class Usage(unittest.TestCase):
    def check(self, arguments, message, status=2):
        result = trace(*arguments)
        self.assertIn(message, result.stderr.decode())
        self.assertEqual(result.returncode, status)

    def test_nothing_to_trace(self):
        self.check([], "must have PROG [ARGS] or -p PID\nTry 'syscope trace -h' for more information.\n")

    def test_wrong_values(self):
        self.check(["-e", "trace=nosuchcall", "true"], "invalid system call 'nosuchcall'")
        self.check(["-e", "trace=%nosuch", "true"], "invalid system call '%nosuch'")
        self.check(["-e", "raed", "true"], "Did you mean read?")
        self.check(["-e", "trace=/(", "true"], "regcomp: (")
        self.check(["-e", "signal=FOO", "true"], "invalid signal 'FOO'")
        self.check(["-e", "status=x", "true"], "invalid status 'x'")
        self.check(["-s", "many", "true"], "invalid -s argument: 'many'")
        self.check(["-X", "nice", "true"], "invalid -X argument: 'nice'")
        self.check(["-c", "-S", "beauty", "true"], "invalid sortby: 'beauty'")
        self.check(["-c", "-U", "beauty", "true"], "unknown column name: 'beauty'")
        self.check(["-p", "abc"], "Invalid process id: 'abc'")
        self.check(["--nosuch", "true"], "unrecognized option '--nosuch'")
        self.check(["-e", "inject=read:error=NOSUCH", "true"], "invalid inject argument")
        self.check(["--match", "("], "(")

    def test_under_the_name_of_strace(self):
        with tempfile.TemporaryDirectory() as folder:
            link = os.path.join(folder, "strace")
            os.symlink(SYSCOPE, link)
            result = subprocess.run(["strace"], executable=link, capture_output=True, timeout=DEADLINE)
            self.assertEqual(result.stderr, b"strace: must have PROG [ARGS] or -p PID\n"
                                            b"Try 'strace -h' for more information.\n")
            self.assertEqual(result.returncode, 1)
            result = subprocess.run(["strace", "-e", "raed", "true"], executable=link, capture_output=True, timeout=DEADLINE)
            self.assertEqual(result.stderr, b"strace: invalid system call 'raed'\n")
            result = subprocess.run([link, "-e", "trace=close", "sh", "-c", "exit 3"],
                                    capture_output=True, timeout=DEADLINE)
            self.assertEqual(result.returncode, 3)
            self.assertIn(b"+++ exited with 3 +++", result.stderr)


class Command(unittest.TestCase):
    def test_missing(self):
        result = trace("no-such-command-anywhere")
        self.assertIn(b"Cannot find executable 'no-such-command-anywhere'", result.stderr)
        self.assertNotEqual(result.returncode, 0)
        result = trace("./no-such-command")
        self.assertIn(b"Cannot stat './no-such-command': No such file or directory", result.stderr)

    def test_not_executable(self):
        result = trace("/etc/passwd")
        self.assertIn(b"Permission denied", result.stderr)
        self.assertNotEqual(result.returncode, 0)

    def test_status_is_the_commands(self):
        self.assertEqual(trace("sh", "-c", "exit 42").returncode, 42)
        self.assertEqual(trace("sh", "-c", "kill -TERM $$").returncode, -signal.SIGTERM)

    def test_killed_in_the_middle(self):
        result = trace("-f", "sh", "-c", "sleep 100 & kill -9 $!; wait; exit 5")
        self.assertIn(b"+++ killed by SIGKILL +++", result.stderr)
        self.assertEqual(result.returncode, 5)


class Processes(unittest.TestCase):
    def test_gone(self):
        process = subprocess.Popen(["true"])
        process.wait()
        result = trace("-p", str(process.pid))
        self.assertIn(str(process.pid).encode(), result.stderr)
        self.assertEqual(result.returncode, 1)

    def test_zombie(self):
        process = subprocess.Popen(["true"])
        try:
            wait_until(lambda: state(process.pid) == "Z", "zombie")
            result = trace("-p", str(process.pid))
            self.assertIn(str(process.pid).encode(), result.stderr)
            self.assertNotEqual(result.returncode, 0)
        finally:
            process.wait()

    @unittest.skipUnless(state(2) != "gone", "kernel threads are not visible here")
    def test_kernel_thread(self):
        result = trace("-p", "2")
        self.assertNotEqual(result.returncode, 0)
        self.assertTrue(result.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to be somebody else")
    def test_of_another_user(self):
        with Sleeper() as sleeper, tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            program = shutil.copy(SYSCOPE, folder)  # it may lie where nobody may look
            result = subprocess.run([program, "trace", "-p", str(sleeper.pid)], timeout=DEADLINE, capture_output=True,
                                    user=65534, group=65534, extra_groups=[])
            self.assertEqual(result.returncode, 3)
            self.assertTrue(sleeper.runs_untraced())

    def test_already_traced(self):
        with Sleeper() as sleeper:
            first = subprocess.Popen([SYSCOPE, "trace", "--engine=ptrace", "-o", "/dev/null", "-p", str(sleeper.pid)],
                                     stderr=subprocess.DEVNULL)
            wait_until(lambda: tracer(sleeper.pid) == first.pid, "attached")
            second = trace("--engine=ptrace", "-p", str(sleeper.pid))
            self.assertEqual(second.returncode, 3)
            self.assertIn(str(first.pid).encode(), second.stderr)
            first.send_signal(signal.SIGINT)
            self.assertEqual(first.wait(DEADLINE), -signal.SIGINT)
            self.assertTrue(sleeper.runs_untraced())

    def test_attached_and_detached_are_said_once(self):
        with Sleeper() as sleeper:
            process = subprocess.Popen([SYSCOPE, "trace", "--engine=ptrace", "-f", "-p", str(sleeper.pid)], stderr=subprocess.PIPE)
            wait_until(lambda: tracer(sleeper.pid) == process.pid, "attached")
            text = os.read(process.stderr.fileno(), 1)
            process.send_signal(signal.SIGINT)
            text += process.communicate(timeout=DEADLINE)[1]
            self.assertEqual(text.count(b"Process %d attached" % sleeper.pid), 1, text)
            self.assertEqual(text.count(b"Process %d detached" % sleeper.pid), 1, text)
            self.assertTrue(sleeper.runs_untraced())

    def test_tracer_killed(self):
        with Sleeper() as sleeper:
            process = subprocess.Popen([SYSCOPE, "trace", "--engine=ptrace", "-o", "/dev/null", "-f", "-p", str(sleeper.pid)],
                                       stderr=subprocess.DEVNULL)
            wait_until(lambda: tracer(sleeper.pid) == process.pid, "attached")
            process.kill()
            process.wait()
            wait_until(sleeper.runs_untraced, "untraced again")

    def test_blocked_call_shows_at_once(self):
        read_end, write_end = os.pipe()
        reader = subprocess.Popen(["cat"], stdin=read_end, stdout=subprocess.DEVNULL)
        process = None
        try:
            wait_until(lambda: state(reader.pid) == "S", "cat waits")
            process = subprocess.Popen([SYSCOPE, "trace", "-q", "-p", str(reader.pid)],
                                       stderr=subprocess.PIPE)
            seen = b""
            while b"read(0, " not in seen:
                chunk = os.read(process.stderr.fileno(), 100)
                self.assertTrue(chunk, seen)
                seen += chunk
            process.send_signal(signal.SIGINT)
            rest = process.stderr.read()
            self.assertIn(b"<detached ...>", rest)
            self.assertEqual(process.wait(DEADLINE), -signal.SIGINT)
            wait_until(lambda: state(reader.pid) == "S", "cat waits again")
        finally:
            reader.kill()
            reader.wait()
            if process:
                process.stderr.close()
            os.close(read_end)
            os.close(write_end)


class Outputs(unittest.TestCase):
    def test_unwritable(self):
        result = trace("-o", "/no/such/folder/file", "true")
        self.assertIn(b"/no/such/folder/file", result.stderr)
        self.assertNotEqual(result.returncode, 0)

    def test_full_disk(self):
        result = trace("-o", "/dev/full", "sh", "-c", "echo done; exit 4")
        self.assertEqual(result.stdout, b"done\n")
        self.assertIn(b"No space left on device", result.stderr)
        self.assertEqual(result.returncode, 4)

    def test_full_disk_while_attached(self):
        with Sleeper() as sleeper:
            result = trace("-o", "/dev/full", "-p", str(sleeper.pid))
            self.assertIn(b"No space left on device", result.stderr)
            self.assertNotEqual(result.returncode, 0)
            self.assertTrue(sleeper.runs_untraced())

    def test_closed_pipe(self):
        read_end, write_end = os.pipe()
        with Sleeper() as sleeper:
            process = subprocess.Popen([SYSCOPE, "trace", "-p", str(sleeper.pid)], stderr=write_end)
            os.close(write_end)
            os.read(read_end, 1)
            os.close(read_end)
            process.wait(DEADLINE)
            self.assertTrue(sleeper.runs_untraced())

    def test_command_that_reads_little(self):
        result = trace("-o", "|head -c 10 >/dev/null", "sh", "-c", "true; true; echo end; exit 6")
        self.assertEqual(result.stdout, b"end\n")
        self.assertEqual(result.returncode, 6)

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trace")
            trace("-ff", "-o", path, "sh", "-c", "true & wait")
            self.assertEqual(len(os.listdir(folder)), 2)
            trace("-o", path, "true")
            size = os.path.getsize(path)
            trace("-A", "-o", path, "true")
            self.assertGreater(os.path.getsize(path), size)


class Limits(unittest.TestCase):
    def test_calls(self):
        result = trace("--syscall-limit=2", "-e", "trace=close,openat", "sh", "-c", "exit 3")
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 3, lines)
        self.assertEqual(lines[-1], b"syscope trace: System call limit has been reached, detaching tracees")
        self.assertEqual(result.returncode, 3)

    def test_json_is_nothing_but_json(self):
        result = trace("--json", "-f", "sh", "-c", "(exit 2); kill -USR1 $$")
        kinds = [json.loads(line)["type"] for line in result.stderr.splitlines()]
        self.assertEqual(kinds[0], "start")
        for kind in ("task", "exec", "call", "signal", "exit"):
            self.assertIn(kind, kinds)
        self.assertEqual(result.returncode, -signal.SIGUSR1)


class Terminals(unittest.TestCase):
    """Whatever the traced process says, no control character comes out."""

    NASTY = "\x1b]0;pwned\x07\x9b31m\u202e\n"

    def check(self, output):
        self.assertTrue(output)
        for byte in output:
            self.assertTrue(byte == 0x0A or 0x20 <= byte < 0x7F, output)

    def test_strings_paths_and_names(self):
        code = "import os,sys\nname=sys.argv[1]\ntry: os.open(name,0)\nexcept OSError: pass\nos.write(9,name.encode())"
        code = code.replace("os.write(9", "os.write(os.dup(1)")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, self.NASTY)
            self.check(trace(sys.executable, "-c", code, path, stdout=subprocess.DEVNULL).stderr)
            os.symlink("/bin/sleep", path)
            self.check(trace(path, "0").stderr)
            self.check(trace(os.path.join(folder, "not" + self.NASTY)).stderr)
            self.check(trace("-e", "trace=" + self.NASTY, "true").stderr)
            lines = trace("--json", path, "0").stderr
            for byte in lines:
                self.assertTrue(byte == 0x0A or byte >= 0x20 and byte != 0x7F, lines)


if __name__ == "__main__":
    unittest.main()
