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

    def test_injected_results_errors_and_signals(self):
        for qualifier in ("inject=getppid:retval=42:when=2", "inject=getppid:error=EPERM:when=2+",
                          "inject=getppid:retval=7:when=1+2", "inject=getppid:signal=CONT:when=3",
                          "fault=getppid:when=1..2", "inject=chdir:syscall=getpid:error=ENOENT",
                          "inject=getppid,chdir:retval=9"):
            with self.subTest(qualifier):
                self.same("-e", "trace=getppid,chdir", "-e", qualifier, sys.executable, "-S", "-c",
                          "import os\nfor i in range(4): os.getppid()\ntry: os.chdir('/nonexistent')\nexcept OSError: pass")

    def test_a_poke_reaches_the_memory_of_the_call(self):
        _, text, _ = self.ours("-e", "trace=chdir", "-e", "inject=chdir:poke_enter=@arg1=2f00", "sh", "-c", "cd /tmp")
        self.assertRegex(text, r'chdir\("/"\) += 0')

    def test_a_delay_holds_the_call_up(self):
        _, text, _ = self.ours("-T", "-e", "trace=chdir", "-e", "inject=chdir:delay_enter=50ms", "sh", "-c", "cd /")
        self.assertGreaterEqual(float(re.search(r"<([0-9.]+)>", text)[1]), 0.05)

    def test_a_bad_injection_is_refused(self):
        for value in ("getpid", "getpid:retval=1:error=2", "getpid:syscall=write:retval=1", "getpid:when=0:retval=1"):
            done = subprocess.run([self.strace, "-e", "inject=" + value, "true"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"invalid inject argument '{value}'", done.stderr)

    def test_detach_on_execve_lets_children_go(self):
        _, text, _ = self.ours("-f", "-b", "execve", "-e", "trace=execve", "sh", "-c", "/bin/true; :")
        self.assertIn(" <detached ...>", text)
        self.assertTrue(text.endswith("+++ exited with 0 +++\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
