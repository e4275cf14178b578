"""The command line of strace: what options do, compared with Debian's strace where both know them."""
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
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


# The leader of the threads ends before another one executes.
LEADER = r"""
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
static void* other(void* leader) {
  char* const argv[] = {"true", 0};
  usleep(200000);
  execv("/bin/true", argv);
  return 0;
}
int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, other, 0);
  syscall(SYS_exit, 42);
}
"""

SLEEPER = r"""
#include <signal.h>
#include <time.h>
int main(void) {
  const struct timespec later = {.tv_nsec = 300000000};
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG};
  const struct itimerspec once = {.it_value.tv_nsec = 100000000};
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  timer_settime(timer, 0, &once, 0);
  return nanosleep(&later, 0);
}
"""


# Calls that only the interface of 32 bits has, and numbers that take two of its registers.
NARROW = r"""
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  char text[] = "abc";
  struct { void* base; unsigned long size; } vector = {text, 3};
  unsigned long action[4] = {1, 1 << 9, 0, 0};
  unsigned short ids[3];
  syscall(17);
  syscall(22, "/nonexistent");
  syscall(58, 1, 2);
  syscall(67, 10, action, 0);
  syscall(67, 10, 0, action);
  syscall(126, 0, 0, action);
  syscall(80, 0, 0);
  syscall(165, ids, ids + 1, ids + 2);
  syscall(180, -1, text, 3, 0x10, 1);
  syscall(193, "/nonexistent", 5, 1);
  syscall(194, -1, 5, 1);
  syscall(225, -1, 5, 1, 9);
  syscall(250, -1, 5, 1, 9, 3);
  syscall(272, -1, 5, 1, 9, 1, 3);
  syscall(314, -1, 1, 1, 2, 2, 1);
  syscall(324, -1, 1, 1, 2, 2, 1);
  syscall(334, -1, &vector, 1, 1, 2);
  syscall(379, -1, &vector, 1, 1, 2, 1);
  syscall(418, -1, text, 3, 1, 0);
  return 0;
}
"""


class Options(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.strace = os.path.join(cls.folder.name, "strace")
        os.symlink(SYSCOPE, cls.strace)
        cls.forker, cls.leader, cls.sleeper = (cls.build(*program) for program in (
            ("forker", FORKER), ("leader", LEADER), ("sleeper", SLEEPER)))

    @classmethod
    def build(cls, name, text, *flags):
        program = os.path.join(cls.folder.name, name)
        with open(program + ".c", "w") as file:
            file.write(text)
        subprocess.run(["gcc", "-w", "-pthread", *flags, "-o", program, program + ".c"], check=True)
        return program

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
                          "inject=getppid,chdir:retval=9", "inject=getppid,chdir:retval=0xfffffffffffffffe"):
            with self.subTest(qualifier):
                self.same("-e", "trace=getppid,chdir", "-e", qualifier, sys.executable, "-S", "-c",
                          "import os\nfor i in range(4): os.getppid()\ntry: os.chdir('/nonexistent')\nexcept OSError: pass")

    def test_a_poke_reaches_the_memory_of_the_call(self):
        _, text, _ = self.ours("-e", "trace=chdir", "-e", "inject=chdir:poke_enter=@arg1=2f00", "sh", "-c", "cd /tmp")
        self.assertRegex(text, r'chdir\("/"\) += 0')

    def test_a_delay_holds_the_call_up(self):
        _, text, _ = self.ours("-T", "-e", "trace=chdir", "-e", "inject=chdir:delay_enter=50ms", "sh", "-c", "cd /")
        self.assertGreaterEqual(float(re.search(r"<([0-9.]+)>", text)[1]), 0.05)

    def test_tampering_is_marked_as_strace_marks_it(self):
        for more in ("", ":delay_enter=1", ":delay_exit=0.1ms", ":retval=42", ":delay_exit=1:retval=42"):
            for qualifier in ("chdir:poke_enter=@arg1=2f00", "getcwd:poke_exit=@arg1=2f00"):
                with self.subTest(qualifier + more):
                    self.same("-e", "trace=chdir,getcwd", "-e", "inject=" + qualifier + more, sys.executable, "-S",
                              "-c", "import os\nos.chdir('/tmp')\nos.getcwd()")

    def test_a_poke_into_nothing_is_told(self):
        _, text, errors = self.ours("-e", "trace=chdir", "-e", "inject=chdir:poke_enter=@arg1=2f00", sys.executable,
                                    "-S", "-c", "import ctypes\nctypes.CDLL(None).chdir(1)")
        self.assertNotIn("INJECTED", text)
        self.assertRegex(errors, r"strace: Failed to tamper with process \d+: couldn't poke")

    def test_a_poke_of_an_argument_that_is_not_there_is_told(self):
        _, text, errors = self.ours("-e", "trace=chdir", "-e", "inject=chdir:poke_enter=@arg2=2f00", "sh", "-c", "cd /")
        self.assertNotIn("INJECTED", text)
        self.assertRegex(errors, r"requested to tamper with argument #2, but system call 'chdir' has only 1 arguments")

    def test_a_string_that_ends_in_unreadable_memory_is_told(self):
        code = ("import ctypes, mmap\nlibc = ctypes.CDLL(None)\nlibc.mmap.restype = ctypes.c_void_p\n"
                "at = libc.mmap(None, ctypes.c_size_t(8192), 3, 0x22, -1, 0)\n"
                "libc.munmap(ctypes.c_void_p(at + 4096), ctypes.c_size_t(4096))\n"
                "ctypes.memset(at, 47, 4096)\nlibc.chdir(ctypes.c_void_p(at + 4093))\n")
        _, text, errors = self.ours("-e", "trace=chdir", sys.executable, "-S", "-c", code)
        self.assertRegex(text, r"chdir\(0x[0-9a-f]+ffd\) += -1 EFAULT")
        self.assertRegex(errors, r"short read \(3 < \d+\) @0x[0-9a-f]+ffd: Bad address")

    def test_debugging_tells_what_is_asked_of_the_kernel(self):
        done = subprocess.run([self.strace, "-d", "-e", "trace=none", "true"], capture_output=True, text=True)
        self.assertRegex(done.stderr, r"(?m)^\S*strace: ptrace_setoptions = 0x[0-9a-f]+$")

    def test_a_call_without_a_name_is_always_shown(self):
        command = (sys.executable, "-S", "-c", "import ctypes\nctypes.CDLL(None).syscall(1000, 1, 2, 3, 4, 5, 6)")
        self.same("-e", "trace=none", *command)
        _, text, errors = self.ours("-d", "-e", "trace=chdir", *command)
        self.assertIn("syscall_0x3e8(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS", text)
        self.assertRegex(errors, r"pid \d+ invalid syscall 0x3e8\n")

    def test_a_detached_call_is_shown_where_only_those_are_wanted(self):
        child = subprocess.Popen([self.strace, "-I2", "-e", "status=detached", sys.executable, "-S", "-c",
                                  "import time\nprint(1, flush=True)\ntime.sleep(60)"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        child.stdout.readline()
        time.sleep(0.3)  # on its way into the sleep
        child.terminate()
        self.assertRegex(child.communicate(timeout=DEADLINE)[1], r"sleep\(.*\} <detached \.\.\.>")

    def test_a_full_disk_is_told_in_the_words_of_strace(self):
        done = subprocess.run([self.strace, "-o", "/dev/full", "-e", "trace=none", "true"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr),
                         (0, self.strace + ": /dev/full: No space left on device\n"))

    def test_the_tracer_of_a_daemon_is_no_child_nor_parent_of_the_command(self):
        told = ("import os\nstatus = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
                "tracer = int(status['TracerPid'])\n"
                "print(os.getppid(), tracer, os.getpgid(tracer) == tracer, os.getsid(tracer) == tracer)\n"
                "print(os.path.exists('/proc/self/task/%d/children' % os.getpid()) and "
                "open('/proc/self/task/%d/children' % os.getpid()).read())\nraise SystemExit(7)")
        for option, own_group, own_session in (("-D", False, False), ("-DD", True, False), ("-DDD", True, True),
                                               ("--daemonize=pgroup", True, False)):
            with self.subTest(option):
                path = os.path.join(self.folder.name, "daemon")
                done = subprocess.run([self.strace, option, "-o", path, "-e", "trace=none", sys.executable, "-S", "-c",
                                       told], timeout=DEADLINE, capture_output=True, text=True)
                lines = done.stdout.splitlines()
                parent, tracer, group, session = lines[0].split()
                self.assertEqual(int(parent), os.getpid())
                self.assertNotEqual(parent, tracer)
                self.assertEqual((group, session, done.returncode), (str(own_group), str(own_session), 7))
                self.assertIn(lines[1], ("", "False"))
                while os.path.exists(f"/proc/{tracer}"):
                    time.sleep(0.01)
                with open(path) as file:
                    self.assertEqual(file.read(), "+++ exited with 7 +++\n")

    def test_a_bad_command_line_is_told_in_the_words_of_strace(self):
        me = str(os.getpid())
        for line in (["-I", "5", "true"], ["--interruptible=nev", "true"], ["--timestamps=format:s", "true"],
                     ["-t", "--timestamps", "-p", me], ["-f", "--follow-forks", "-p", me], ["-DDDD", "true"],
                     ["-D", "--daemonize", "-p", me], ["--daemonize=SESSION", "-p", me], ["--daemonize=pgr", "true"],
                     ["-q", "-e", "q=none", "-p", me], ["-U", "name", "true"], ["-s", "1073741824", "true"],
                     ["-x", "--strings-in-hex", "-p", me], ["-y", "--decode-fds", "-p", me], ["-F", "-w", "true"],
                     ["-fF", "-w", "true"], ["--seccomp-bpf", "-w", "true"], ["-q", "--quiet", "-P/.", "-p", me],
                     ["-e", "trace=getcwd@42", "true"], ["-e", "trace=415", "true"], ["--tips=id:", "true"],
                     ["--tips=1,id:42"], ["-ff", "-o", 4090 * "x", "true"], [4096 * "x"],
                     ["-e", "trace=1,none", "true"], ["-P", "."], ["-e", "kvm=x", "true"], ["-e", "decode-pids=x", "true"],
                     ["-e", "trace=getcwd@x32"], ["--output-separately", "-A", "-u", "nobody-of-this-name", "true"],
                     ["--strings-in-hex=al", "true"], ["--const-print-style=a", "true"], ["-O", "-42", "true"]):
            with self.subTest(line):
                expected, got = (subprocess.run([program, *line], timeout=DEADLINE, capture_output=True, text=True)
                                 for program in (shutil.which("strace"), self.strace))
                named = [done.stderr.replace(program, "strace") for program, done in
                         ((shutil.which("strace"), expected), (self.strace, got))]
                self.assertEqual((got.returncode, named[1]), (expected.returncode, named[0]))

    def test_precision_and_format_of_timestamps_add_up(self):
        for options in (["--timestamps=format:unix", "--timestamps=precision:ms"], ["--timestamps=precision:ms,unix"]):
            _, text, _ = self.ours("-e", "trace=none", *options, "true")
            self.assertRegex(text, r"^\d{9,}\.\d{3} \+\+\+ exited with 0")

    @unittest.skipUnless(os.uname().machine == "x86_64", "x86 alone has calls of 32 bits")
    def test_calls_of_the_first_interface(self):
        self.same("-q", "-e", "trace=!rseq", "-e", "signal=none", self.build("narrow", NARROW, "-m32"))

    def test_an_exit_that_is_prevented(self):
        self.same("-e", "trace=exit_group", "-e", "fault=exit_group:error=EPERM:when=1", sys.executable, "-S", "-c",
                  "import ctypes; libc = ctypes.CDLL(None)\nfor i in 3, 4: libc.syscall(231, i)")

    def test_an_exit_is_written_whole_as_it_begins(self):
        _, text, _ = self.ours("-f", "-e", "trace=exit,exit_group,execve", "-e", "signal=none", self.leader)
        lines = [re.sub(r"^\d+ +", "", line) for line in text.splitlines()]
        self.assertIn("exit(42)                          = ?", lines)
        self.assertTrue(any(re.fullmatch(r"execve\(\"/bin/true\", .*<pid changed to \d+ \.\.\.>", line) for line in lines), text)
        self.assertNotIn("exit resumed", text)

    def test_what_restart_syscall_goes_on_with_is_named(self):
        _, text, _ = self.ours("-e", "trace=restart_syscall,nanosleep,clock_nanosleep", self.sleeper)
        self.assertRegex(text, r"(?m)^restart_syscall\(<\.\.\. resuming interrupted (clock_)?nanosleep \.\.\.>\) += 0$")

    def test_a_command_and_an_attached_process_are_told_apart(self):
        with subprocess.Popen(["sleep", "0.5"]) as other:
            _, text, _ = self.ours("-p", str(other.pid), "-e", "trace=chdir", "sh", "-c", "cd /")
        self.assertRegex(text, rf"(?m)^{other.pid} +\+\+\+ exited with 0 \+\+\+$")
        self.assertRegex(text, r"(?m)^\d+ +chdir\(")

    def test_only_the_command_holds_the_pipes_that_were_given(self):
        reading, writing = os.pipe()
        script = "import os, time; os.close(1); time.sleep(100)"
        with subprocess.Popen([self.strace, "-qq", "-e", "trace=none", sys.executable, "-S", "-c", script],
                              stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.DEVNULL) as tracer:
            os.close(writing)
            ended = select.select([reading], [], [], DEADLINE / 2)[0]
            tracer.terminate()
        self.assertEqual(ended, [reading])  # the command has closed its end, and nobody else has one
        self.assertEqual(os.read(reading, 1), b"")
        os.close(reading)

    def test_calls_of_one_abi_only(self):
        self.same("-e", "trace=all@32,chdir", "sh", "-c", "cd /")

    def test_a_program_without_a_name_is_what_its_file_is_called(self):
        told = subprocess.run([sys.executable, "-S", "-c", "import ctypes\n"
                               f"ctypes.CDLL(None).execv({self.strace.encode()!r}, (ctypes.c_char_p * 2)(b'', None))"],
                              timeout=DEADLINE, capture_output=True, text=True)
        self.assertEqual(told.stderr, f"{self.strace}: must have PROG [ARGS] or -p PID\n"
                                      f"Try '{self.strace} -h' for more information.\n")

    def test_tips(self):
        def tip(value):
            done = subprocess.run([self.strace, "-qqq", "-e", "trace=none", f"--tips={value}", "true"],
                                  timeout=DEADLINE, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0)
            return done.stderr
        first = tip("0")
        self.assertEqual(len({len(line) for line in first.splitlines()}), 1, first)
        self.assertEqual(tip("id:0,compact"), first)
        self.assertNotEqual(tip("1"), first)
        self.assertIn("  syscope trace", tip("0,full"))
        self.assertEqual(tip("none"), "")
        self.assertGreater(len({tip("random") for _ in range(30)}), 1)

    def test_version(self):
        lines = self.version().splitlines()
        self.assertRegex(lines[0], r"^strace -- version \d")
        self.assertRegex(lines[-1], r"^Optional features enabled: .*m32-mpers")

    def version(self):
        return subprocess.check_output([self.strace, "-V"], timeout=DEADLINE, text=True)

    @unittest.skipIf(os.path.exists("/sys/fs/selinux/enforce"), "SELinux is on")
    def test_without_selinux_there_are_no_contexts_to_tell(self):
        for option in ("--secontext", "--secontext=full,mismatch", "-esecontext"):
            status, text, _ = self.ours(option, "-y", "-e", "trace=chdir", "sh", "-c", "cd /")
            self.assertEqual((status, text), (0, 'chdir("/")                              = 0\n+++ exited with 0 +++\n'))
        for value in ("", "ss", "full,ss"):
            done = subprocess.run([self.strace, f"--secontext={value}", "true"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"invalid secontext '{value.split(',')[-1]}'", done.stderr)

    def test_what_cannot_be_had_is_refused(self):
        for option in ("--kvm=vcpu", "--namespace=new", "--color=always"):
            done = subprocess.run([self.strace, option, "true"], timeout=DEADLINE, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (1, ""), option)
            self.assertIn("leave it out", done.stderr)

    def test_a_bad_injection_is_refused(self):
        for value in ("getpid", "getpid:signal=1:signal=2", "getpid:retval=1:when=1..65535",
                      "getpid:delay_exit=1:delay_exit=2", "getpid:poke_enter=@arg1=" + 2050 * "0",
                      "getpid:retval=1:error=2", "getpid:syscall=write:retval=1", "getpid:when=0:retval=1"):
            done = subprocess.run([self.strace, "-e", "inject=" + value, "true"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"invalid inject argument '{value}'", done.stderr)

    def test_detach_on_execve_lets_children_go(self):
        _, text, _ = self.ours("-f", "-b", "execve", "-e", "trace=execve", "sh", "-c", "/bin/true; :")
        self.assertIn(" <detached ...>", text)
        self.assertTrue(text.endswith("+++ exited with 0 +++\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
