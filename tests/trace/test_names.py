"""Names beside the calls: functions (-k), processes (-Y), and process ids of other namespaces."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

SYSCOPE = os.environ["SYSCOPE"]
DEADLINE = 120

CHAIN = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#define HERE __attribute__((noinline, noclone))
HERE int leaf(int i) { int r = chdir("/"); kill(getpid(), SIGURG); return r + i; }
HERE int inner(int i) { return leaf(i + 1) * 2; }
HERE int recurse(int depth) { return depth == 0 ? inner(depth) : recurse(depth - 1) + 1; }
HERE void leave(void) { _exit(7); }
int main(int count, char** arguments) {
  if (count > 1) { char* argv[] = {arguments[0], 0}; return execv(argv[0], argv); }
  recurse(2);
  dlopen("libm.so.6", RTLD_NOW);  /* what is mapped changes */
  inner(1);
  leave();
}
"""


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.chain = os.path.join(cls.folder.name, "chain")
        cls.strace = os.path.join(cls.folder.name, "strace")
        os.symlink(SYSCOPE, cls.strace)
        source = cls.chain + ".c"
        with open(source, "w") as file:
            file.write(CHAIN)
        subprocess.run(["gcc", "-w", "-g", "-O1", "-fno-optimize-sibling-calls", "-fomit-frame-pointer", "-o", cls.chain,
                        source], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def trace(self, *arguments):
        path = os.path.join(self.folder.name, "trace")
        subprocess.run([self.strace, "-o", path, *arguments], timeout=DEADLINE, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
        with open(path) as file:
            return file.read()

    def stacks(self, text):
        """What each line leads to: the functions below it, outermost last."""
        lines = []
        for line in text.splitlines():
            if not line.startswith(" > "):
                lines.append((line, []))
                continue
            frame = re.fullmatch(r" > (/\S+)\((?:(.+)\+0x[0-9a-f]+)?\) \[0x[0-9a-f]+\](?: (\S+):(\d+))?", line)
            self.assertIsNotNone(frame, line)
            lines[-1][1].append(frame)
        return lines

    def functions(self, frames):
        return [frame[2] for frame in frames if frame[1] == self.chain]

    def test_functions_that_led_to_calls_and_signals(self):
        lines = self.stacks(self.trace("-k", "-e", "trace=chdir,exit_group", self.chain))
        outer = ["recurse", "recurse", "recurse", "main"]
        expected = [("chdir(", ["leaf", "inner", *outer]), ("--- SIGURG", ["leaf", "inner", *outer]),
                    ("chdir(", ["leaf", "inner", "main"]), ("--- SIGURG", ["leaf", "inner", "main"]),
                    ("exit_group(7)", []), ("+++ exited with 7", ["leave", "main"])]
        self.assertEqual(len(lines), len(expected), lines)
        for (line, frames), (start, names) in zip(lines, expected):
            self.assertTrue(line.startswith(start), (line, start))
            found = self.functions(frames)
            if found and found[-1] in (None, "_start"):
                found.pop()
            self.assertEqual(found, names, line)
            if frames:
                self.assertIn("libc.so", frames[0][1])

    def test_the_stack_of_execve_is_that_of_its_caller(self):
        lines = self.stacks(self.trace("-k", "-e", "trace=execve", self.chain, "again"))
        self.assertEqual([line.startswith("execve(") for line, _ in lines[:2]], [True, True])
        self.assertEqual(self.functions(lines[1][1])[0], "main")

    def test_source_lines(self):
        lines = self.stacks(self.trace("-kk", "-e", "trace=chdir", self.chain))
        frame = next(frame for frame in lines[0][1] if frame[2] == "leaf")
        self.assertTrue(frame[3].endswith("chain.c"))
        self.assertIn('chdir("/")', CHAIN.splitlines()[int(frame[4]) - 1])
        self.assertNotIn("chain.c", self.trace("--stack-trace=symbol", "-e", "trace=chdir", self.chain))

    def test_the_number_of_frames_is_limited(self):
        text = self.trace("-k", "--stack-trace-frame-limit=2", "-e", "trace=chdir", "-e", "signal=none", self.chain)
        self.assertEqual(text.count(" > too many stack frames\n"), 2)
        self.assertEqual(text.count("\n > /"), 4)

    def test_calls_that_are_not_shown_have_no_stack(self):
        text = self.trace("-k", "-Z", "-e", "trace=chdir", "-e", "signal=none", self.chain)
        self.assertEqual(text, "+++ exited with 7 +++\n")

    def test_stacks_in_json(self):
        done = subprocess.run([SYSCOPE, "trace", "--json", "-k", "-e", "trace=chdir", self.chain], timeout=DEADLINE,
                              capture_output=True, text=True)
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        at = next(i for i, line in enumerate(lines) if line["type"] == "call")
        self.assertEqual(lines[at + 1]["type"], "stack")
        self.assertIn("leaf", [frame["function"] for frame in lines[at + 1]["frames"]])

    def test_the_ebpf_engine_refuses_what_takes_a_tracer(self):
        for option in ("-k", "-Y", "--pidns-translation"):
            done = subprocess.run([SYSCOPE, "trace", "--engine=bpf", option, "true"], timeout=DEADLINE,
                                  capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("leave out --engine=bpf", done.stderr)

    def test_commands_behind_process_ids(self):
        script = ("import ctypes, os, signal\nctypes.CDLL(None).prctl(15, b'one<\"', 0, 0, 0)\nchild = os.fork()\n"
                  "if child == 0: os.getppid(); os._exit(0)\n"
                  "os.waitid(os.P_PID, child, os.WEXITED)\nos.kill(os.getpid(), 0)\nos.kill(-os.getpgrp(), 0)\n")
        text = self.trace("-f", "-Y", "-e", "trace=getppid,kill,waitid", sys.executable, "-S", "-c", script)
        me = r"\d+<one\\74\\\">"
        self.assertRegex(text, rf"(?m)^{me} getppid\(\) += {me}$")
        self.assertRegex(text, rf"(?m)^{me} kill\({me}, 0\) += 0$")
        self.assertRegex(text, r"(?m) kill\(-\d+, 0\) += 0$")
        self.assertRegex(text, rf"(?m) waitid\(P_PID, {me}")  # its name as the call began
        self.assertRegex(text, rf"(?m)^{me} \+\+\+ exited with 0")

    @unittest.skipUnless(subprocess.run(["unshare", "-Urpf", "true"]).returncode == 0, "no user namespaces here")
    def test_process_ids_of_other_namespaces(self):
        script = "import os, signal\nos.getpid()\nos.kill(1, 0)\nos.kill(1, signal.SIGCONT)\nos.getppid()"
        command = ["unshare", "-Urpf", sys.executable, "-S", "-c", script]
        for before in ([], ["unshare", "-Urpf"]):  # /proc is then that of another namespace
            with self.subTest(before):
                path = os.path.join(self.folder.name, "pids")
                subprocess.run([*before, self.strace, "-f", "-o", path, "--pidns-translation", "-e",
                                "trace=getpid,kill,getppid", *command], timeout=DEADLINE, check=True)
                with open(path) as file:
                    text = file.read()
                inside = re.search(r"(?m)^(\d+) +getpid\(\) += 1 /\* (\d+) in strace's PID NS \*/$", text)
                self.assertIsNotNone(inside, text)
                self.assertEqual(inside[1], inside[2])
                self.assertIn(f"kill(1 /* {inside[1]} in strace's PID NS */, 0) = 0", text)
                self.assertIn(f"si_pid=1 /* {inside[1]} in strace's PID NS */", text)
                self.assertRegex(text, r"getppid\(\) += 0\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
