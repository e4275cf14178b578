"""The verb `why` itself: its forms of output, its exit status, and the list of everything blocked."""
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import unittest

SYSCOPE = os.environ["SYSCOPE"]


def why(*arguments):
    return subprocess.run([SYSCOPE, "why", *arguments], capture_output=True, text=True, timeout=60)


class VerbTest(unittest.TestCase):
    def setUp(self):
        # A reader and a process that has the other end of its pipe and sleeps.
        reads, writes = os.pipe()
        self.reader = subprocess.Popen(["cat"], stdin=reads, stdout=subprocess.DEVNULL)
        self.writer = subprocess.Popen(["sleep", "1000"], stdout=writes)
        os.close(reads)
        os.close(writes)

    def tearDown(self):
        for process in (self.reader, self.writer):
            process.kill()
            process.wait()

    def test_usage(self):
        for arguments in ([], ["x"], ["--bogus"], ["--match", "("]):
            self.assertEqual(why(*arguments).returncode, 2, arguments)
        self.assertEqual(why("4194303").returncode, 1)

    def selected(self, *selection):
        """The processes that were explained, and what was said about them."""
        result = why("--json", *selection)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        return {line["pid"]: line for line in lines}, result

    def test_selections(self):
        mine = "^sleep 1000$"
        with socket.create_server(("127.0.0.1", 0)) as listener, \
                socket.create_connection(listener.getsockname()) as client:
            port = str(listener.getsockname()[1])
            code = "import socket, time; s = socket.fromfd(0, 2, 1).accept(); time.sleep(1000)"
            server = subprocess.Popen([sys.executable, "-c", code], stdin=listener)
            reader = subprocess.Popen(["cat"], stdin=client, stdout=subprocess.DEVNULL)
            try:
                both = {server.pid, reader.pid}
                answers, result = self.selected("--port", port)
                self.assertEqual(set(answers) & both, both, result.stderr)
                answers, _ = self.selected("--port", port, "--match", "^cat$")
                self.assertEqual(set(answers), {reader.pid})
            finally:
                for process in (server, reader):
                    process.kill()
                    process.wait()
        answers, _ = self.selected("--match", mine, "-u", str(os.geteuid()))
        self.assertIn(self.writer.pid, answers)
        answers, _ = self.selected("-u", str(os.geteuid()), str(self.writer.pid))
        self.assertEqual(set(answers), {self.writer.pid})
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            group = file.readline().strip().split(":", 2)[2]
        for path in (group, "/"):
            answers, _ = self.selected("--match", mine, "--cgroup", path)
            self.assertIn(self.writer.pid, answers)

    def test_selections_that_hold_nothing(self):
        for arguments, status, words in (
                (["-u", "no-such-user"], 2, "no such user: no-such-user"),
                (["-u", "4294967000"], 1, "no process matches: -u 4294967000"),
                (["--port", "http"], 2, "not a port"),
                (["--port", "70000"], 2, "not a port"),
                (["--port", "1", "--match", "x"], 1, "no process matches: --match x --port 1"),
                (["--cgroup", "/no/such"], 1, "no process matches: --cgroup /no/such"),
                (["--cgroup", ""], 2, "not a control group"),
                (["--container", "nosuch"], 1, "no process matches: --container nosuch"),
                (["--container", ""], 2, "no container given"),
                (["-a", "--watch", "1s"], 2, "--watch does not go with: --all"),
                (["-p", "1,x"], 2, "not a process id: x")):
            result = why(*arguments)
            self.assertEqual(result.returncode, status, arguments)
            self.assertIn(words, result.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "makes a control group")
    def test_container(self):
        """A control group with the name that a container runtime gives it is a container."""
        name = secrets.token_hex(32)
        for base in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
            group = "%s/docker-%s.scope" % (base, name)
            try:
                os.mkdir(group)
            except OSError:
                continue
            self.addCleanup(self.remove_group, group)
            try:
                with open(group + "/cgroup.procs", "w", encoding="utf-8") as file:
                    file.write(str(self.writer.pid))
            except OSError:
                continue
            break
        with open("/proc/%d/cgroup" % self.writer.pid, encoding="utf-8") as file:
            found = re.findall("[0-9a-f]{64}", file.read())
        if found[:1] != [name]:
            self.skipTest("no control group can be made, or this is a container itself")
        for given in (name, name[:12], name[:6]):
            answers, result = self.selected("--container", given)
            self.assertEqual(set(answers), {self.writer.pid}, result.stderr)
        answers, _ = self.selected("--container", name, "--match", "^cat$")
        self.assertEqual(answers, {})

    def remove_group(self, group):
        self.writer.kill()
        self.writer.wait()
        for _ in range(100):
            try:
                os.rmdir(group)
                return
            except OSError:
                time.sleep(0.02)

    def test_forms(self):
        end = time.monotonic() + 20
        while "pipe:[" not in why(str(self.reader.pid)).stdout and time.monotonic() < end:
            time.sleep(0.1)
        text = why("-v", str(self.reader.pid))
        self.assertEqual(text.returncode, 0)
        self.assertIn("sleep %d has the write end" % self.writer.pid, text.stdout)
        self.assertIn("# /proc/%d/fd/1" % self.writer.pid, text.stdout)
        dot = why("--dot", str(self.reader.pid)).stdout
        self.assertTrue(dot.startswith("digraph why {") and dot.endswith("}\n"), dot)
        self.assertIn("t%d_%d [label=" % (self.writer.pid, self.writer.pid), dot)

    def test_threads_without_an_owner(self):
        """What a condition variable waits for nobody knows: the code tells, and threads in the same code are told once."""
        code = ("import queue, threading\n"
                "def worker(): queue.Queue().get()\n"
                "def locked(): lock.acquire()\n"
                "lock = threading.Lock()\nlock.acquire()\n"
                "for body in [worker] * 3 + [locked] * 2: threading.Thread(target=body).start()\n")
        many = subprocess.Popen([sys.executable, "-c", code])
        try:
            end = time.monotonic() + 60
            while time.monotonic() < end:
                text = why("-k", str(many.pid)).stdout
                if "2 more threads wait for the same" in text and "1 more thread waits for the same" in text:
                    break
                time.sleep(0.2)
            for words in ("6 threads: 0 blocked", "2 more threads wait for the same", "1 more thread waits for the same"):
                self.assertIn(words, text)
            self.assertRegex(text, r"<string>:2 in worker\n")
            self.assertRegex(text, r"<string>:3 in locked\n")
            self.assertIn("-k shows the code that waits", why(str(many.pid)).stdout)
        finally:
            many.kill()
            many.wait()

    def test_everything_blocked(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            time.sleep(2)
            lines = [json.loads(line) for line in why("-a", "--json").stdout.splitlines()]
            ours = [line for line in lines if line["pid"] == self.reader.pid]
            if ours:
                break
        self.assertTrue(ours, "the reader is not in the list")
        self.assertEqual(ours[0]["culprits"][0]["pid"], self.writer.pid)
        self.assertGreaterEqual(ours[0]["seconds"], 10)
        self.assertIn("sleep %d\n" % self.writer.pid, why("-a").stdout)


if __name__ == "__main__":
    unittest.main()
