"""-e read and -e write: all that calls transferred, in hexadecimal; the same text as strace's."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SYSCOPE = os.environ["SYSCOPE"]
DEADLINE = 120

PROGRAM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
static int null(void) { return open("/dev/null", O_WRONLY); }
int main(int count, char** arguments) {
  char bytes[200], in[400];
  for (unsigned i = 0; i < sizeof bytes; ++i) bytes[i] = i;
  int file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600), pair[2], many[2];
  write(file, bytes, sizeof bytes);
  write(file, "", 0);
  struct iovec out[] = {{"abc", 3}, {"0123456789abcdefXYZ", 19}};
  writev(file, out, 2);
  pwrite(file, "at 3", 4, 3);
  lseek(file, 0, SEEK_SET);
  read(file, in, 17);
  struct iovec to[] = {{in, 5}, {in + 5, 300}};
  readv(file, to, 2);
  pread(file, in, 16, 1);
  preadv(file, to, 2, 190);
  read(file, in, sizeof in);
  write(-1, "never", 5);
  write(77, "failed", 6);
  write(null(), (void*)1, 1);  /* its memory cannot be read, and nobody does */
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  send(pair[0], "hello", 5, 0);
  recv(pair[1], in, 3, 0);
  recvfrom(pair[1], in, 99, 0, 0, 0);
  struct msghdr message = {.msg_iov = out, .msg_iovlen = 2}, answer = {.msg_iov = to, .msg_iovlen = 2};
  sendmsg(pair[0], &message, 0);
  recvmsg(pair[1], &answer, 0);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, many);
  struct mmsghdr messages[] = {{message}, {message}}, answers[] = {{answer}, {answer}};
  sendmmsg(many[0], messages, 2, 0);
  recvmmsg(many[1], answers, 2, 0, 0);
  return 0;
}
"""


class Dumps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.program = os.path.join(cls.folder.name, "program")
        cls.strace = os.path.join(cls.folder.name, "strace")
        os.symlink(SYSCOPE, cls.strace)
        with open(cls.program + ".c", "w") as file:
            file.write(PROGRAM)
        subprocess.run(["gcc", "-w", "-o", cls.program, cls.program + ".c"], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def trace(self, program, *arguments):
        path = os.path.join(self.folder.name, "trace")
        subprocess.run([program, "-o", path, *arguments, self.program, os.path.join(self.folder.name, "file")],
                       timeout=DEADLINE, check=True)
        with open(path) as file:
            return re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", file.read())

    def trace_of(self, program, script):
        path = os.path.join(self.folder.name, "trace")
        subprocess.run([program, "-o", path, "-e", "trace=write", "-e", "write=3", sys.executable, "-S", "-c", script],
                       timeout=DEADLINE, check=True)
        with open(path) as file:
            return file.read()

    def test_dumps_are_those_of_strace(self):
        calls = "trace=read,write,readv,writev,/^p(read|write),/^(send|recv),lseek"
        for options in (["-e", "read=all", "-e", "write=all"], ["-e", "read=3"], ["--write=3,6"],
                        ["-e", "read=!3", "-s", "3"], ["-e", "write=all", "-e", "abbrev=none"]):
            with self.subTest(options):
                expected = self.trace(shutil.which("strace"), "-e", calls, *options)
                self.assertGreater(expected.count("\n | 00000  "), 3)
                self.assertEqual(self.trace(self.strace, "-e", calls, *options), expected)

    def test_offsets_are_as_wide_as_the_size(self):
        for size in (0x100000, 0x100001):
            script = f"import os; f = os.open('/dev/null', 1); os.dup2(f, 3); os.write(3, b'x' * {size})"
            strace, ours = ([line.split()[1] for line in self.trace_of(program, script).splitlines()
                            if line.startswith(" | ")] for program in (shutil.which("strace"), self.strace))
            self.assertTrue(strace == ours, size)

    def test_none(self):
        text = self.trace(self.strace, "-e", "trace=write", "-e", "write=none", "-e", "read=77")
        self.assertNotIn("\n |", text)

    def test_more_than_a_record_holds_is_told(self):
        lines = self.trace_of(self.strace, "import os; f = os.open('/dev/null', 1); os.dup2(f, 3); "
                                           "os.write(3, b'x' * (3 << 20))").splitlines()
        missing = next(int(line.split()[3]) for line in lines if line.startswith(" | <Cannot fetch "))
        shown = sum(16 for line in lines if re.match(r" \| [0-9a-f]{5,}  78 ", line))
        self.assertGreater(shown, 1000000)
        self.assertLess(abs(shown + missing - (3 << 20)), 16)


if __name__ == "__main__":
    unittest.main(verbosity=2)
