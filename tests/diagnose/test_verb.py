"""The verb `why` itself: its forms of output, its exit status, and the list of everything blocked."""
import json
import os
import subprocess
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
