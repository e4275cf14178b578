"""The command line of strace: what options do, compared with Debian's strace where both know them."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SYSCOPE = os.environ["SYSCOPE"]
DEADLINE = 60

FORKER = r"""
#define _GNU_SOURCE
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>
static char stack[65536];
static int child(void* unused) { return 0; }
int main(void) {
  int tid;
  if (fork() == 0) _exit(3);
  wait(0);
  clone(child, stack + sizeof stack, CLONE_VM | CLONE_PARENT_SETTID | 17, 0, &tid);
  wait(0);
  return 0;
}
"""


def normal(text):
    """The text without what differs from run to run: addresses, process ids, and the name called."""
    text = re.sub(r"^(/usr/bin/|.*/)?strace: ", "strace: ", text, flags=re.M)
    text = re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", text)
    text = re.sub(r"(= |\[|si_pid=|\[pid +)\d{2,}", r"\1N", text)
    return re.sub(r"/\* \d+ vars \*/", "/* VARS */", text)


class Options(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.strace = os.path.join(cls.folder.name, "strace")
        os.symlink(SYSCOPE, cls.strace)
        source = os.path.join(cls.folder.name, "forker.c")
        cls.forker = os.path.join(cls.folder.name, "forker")
        with open(source, "w") as file:
            file.write(FORKER)
        subprocess.run(["gcc", "-w", "-o", cls.forker, source], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_as(self, program, *arguments, **options):
        """The exit status and the trace that -o receives."""
        path = os.path.join(self.folder.name, "trace")
        done = subprocess.run([program, "-o", path, *arguments], timeout=DEADLINE, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)
        with open(path) as file:
            return done.returncode, file.read(), done.stderr

    def ours(self, *arguments, **options):
        return self.run_as(self.strace, *arguments, **options)

    def same(self, *arguments):
        expected = self.run_as(shutil.which("strace"), *arguments)
        got = self.ours(*arguments)
        self.assertEqual(got[0], expected[0], got)
        self.assertEqual(normal(got[1]), normal(expected[1]))

    def test_clone_has_the_order_and_names_of_strace(self):
        self.same("-e", "trace=clone", self.forker)

    def test_a_command_that_cannot_be_executed_exits_with_1(self):
        self.same("/etc/passwd")


if __name__ == "__main__":
    unittest.main(verbosity=2)
