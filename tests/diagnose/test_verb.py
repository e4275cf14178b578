"""The verb `why` itself: its forms of output, its exit status, and the list of everything blocked."""
import json
import os
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
