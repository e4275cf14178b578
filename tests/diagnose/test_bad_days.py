"""What must never hang or crash `why`: many threads, processes that end, servers and mounts that hang,
wrong passwords, processes of other users."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from servers import AS_USER, ServerCase

SYSCOPE = os.environ["SYSCOPE"]
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(os.environ["SYSCOPE_BUILD"], "tests", "diagnose_programs")
IS_ROOT = os.geteuid() == 0
# Seconds in which the program promises to answer. A machine that is busy with something else may break the promise once
# or twice, the program may not.
PROMISE, PROMISE_ASKING, TRIES = 2.0, 5.0, 4

MANY_THREADS = r"""
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void* wait_for_it(void* unused) { pthread_mutex_lock(&lock); return unused; }
int main(int argc, char** argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1, made = 0;
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16384);
  pthread_mutex_lock(&lock);
  while (made < count && pthread_create(&thread, &attributes, wait_for_it, NULL) == 0) ++made;
  printf("%d\n", made);
  fflush(stdout);
  for (;;) pause();
}
"""


def timed_why(promise, *arguments, **options):
    """A run that kept the promise; fails when none of several did."""
    taken = []
    for _ in range(TRIES):
        start = time.monotonic()
        result = subprocess.run([SYSCOPE, "why", *arguments], capture_output=True, text=True,
                                timeout=promise + 60, **options)
        taken.append(time.monotonic() - start)
        if taken[-1] <= promise:
            return result
    raise AssertionError("%r took %s s" % (arguments, taken))


class BadDays(ServerCase):
    def test_ten_thousand_threads(self):
        os.makedirs(FOLDER, exist_ok=True)
        source = os.path.join(self.folder, "many.c")
        program = os.path.join(self.folder, "many")
        with open(source, "w", encoding="utf-8") as file:
            file.write(MANY_THREADS)
        subprocess.run(["gcc", "-O1", "-pthread", "-o", program, source], check=True)
        many = self.processes.start([program, "10000"], stdout=subprocess.PIPE, text=True)
        made = int(many.stdout.readline())
        if made < 10000:
            self.skipTest("the limits of this machine allow %d threads" % made)
        result = timed_why(PROMISE, str(many.pid))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("mutex", result.stdout)
        self.assertIn("owns it", result.stdout)
        self.assertLess(len(result.stdout.splitlines()), 100)
        if "cut short" not in result.stdout:
            self.assertIn("10001 threads: 10000 blocked", result.stdout)

    def test_processes_that_end_in_the_middle(self):
        for delay in (0, 0.005, 0.02, 0.05):
            for _ in range(5):
                short = subprocess.Popen(["sh", "-c", "sleep %g | cat" % delay])
                result = timed_why(PROMISE, "--json", str(short.pid))
                self.assertIn(result.returncode, (0, 1), result.stderr)
                for line in result.stdout.splitlines():
                    json.loads(line)
                short.wait()

    def fake_server(self, name):
        """Accepts by its backlog, answers nothing, and has the name of a real one."""
        code = ("import socket, sys, time\n"
                "open('/proc/self/comm', 'w').write(%r)\n"
                "s = socket.create_server(('127.0.0.1', 0))\n"
                "print(s.getsockname()[1], flush=True)\n"
                "kept = []\n"
                "while True: kept.append(s.accept())\n" % name)
        server = self.processes.start([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        return server, int(server.stdout.readline())

    def test_servers_that_accept_and_never_answer(self):
        for name in ("mariadbd", "redis-server", "postgres"):
            with self.subTest(name):
                server, port = self.fake_server(name)
                code = ("import socket\ns = socket.create_connection(('127.0.0.1', %d))\n"
                        "s.sendall(b'hello')\nprint('sent', flush=True)\ns.recv(1)\n" % port)
                client = self.processes.start([sys.executable, "-c", code], stdout=subprocess.PIPE)
                client.stdout.readline()
                end = time.monotonic() + 30
                while True:  # until it has gone to sleep
                    result = timed_why(PROMISE_ASKING, "--ask", str(client.pid))
                    if "could not be asked" in result.stdout or time.monotonic() > end:
                        break
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("could not be asked", result.stdout)
                self.assertIn("%s %d" % (name, server.pid), result.stdout)

    def test_a_wrong_password(self):
        _, port = self.start_mariadb()
        client = self.processes.start([sys.executable, os.path.join(HERE, "exampledaemon.py"),
                                       str(port), "SELECT SLEEP(185)"], stdout=subprocess.PIPE)
        client.stdout.readline()
        home = tempfile.mkdtemp(dir=self.folder)
        with open(os.path.join(home, ".my.cnf"), "w", encoding="utf-8") as file:
            file.write("[client]\nuser=suitecrm\npassword=wrong\n")
        end = time.monotonic() + 30
        while True:
            result = timed_why(PROMISE_ASKING, "--ask", str(client.pid),
                               env={**os.environ, "HOME": home})
            if "could not be asked" in result.stdout or time.monotonic() > end:
                break
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("could not be asked", result.stdout)
        self.assertIn("Access denied", result.stdout)

    def test_a_python_whose_frames_are_not_known(self):
        # The name is all that tells the version, so that any program will do.
        program = shutil.copy(shutil.which("sleep"), os.path.join(self.folder, "python3.99"))
        unknown = self.processes.start([program, "1000"])
        result = timed_why(PROMISE, "-k", str(unknown.pid))
        self.assertIn("Python 3.99: its lines are not known", result.stdout)

    @unittest.skipUnless(IS_ROOT and os.path.exists("/dev/fuse"), "mounts a file system")
    def test_a_hung_mount(self):
        """Every process that is asked about, and all at once, while somebody hangs on the mount."""
        waiters = os.path.join(FOLDER, "waiters")
        if not os.path.exists(waiters):
            self.skipTest("the fixture is compiled by the test of every way of waiting")
        hung = self.processes.start([waiters, "fuse"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    text=True)
        answer = json.loads(hung.stdout.readline())
        self.addCleanup(shutil.rmtree, answer["folder"], ignore_errors=True)
        end = time.monotonic() + 20
        while True:
            result = timed_why(PROMISE, str(answer["pid"]))
            if "FUSE" in result.stdout or time.monotonic() > end:
                break
        self.assertIn("waiters %d" % answer["culprit_pid"], result.stdout)
        timed_why(PROMISE, "-a")
        # The daemon's end frees whoever hangs there.
        os.kill(answer["culprit_pid"], 9)

    @unittest.skipUnless(IS_ROOT, "becomes another user")
    def test_a_chain_through_another_users_process(self):
        folder = tempfile.mkdtemp(dir="/tmp")
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        program = shutil.copy(SYSCOPE, folder)
        reads, writes = os.pipe()
        holder = self.processes.start(["sleep", "1000"], stdout=writes)  # root's
        reader = self.processes.start([*AS_USER, "cat"], stdin=reads)
        os.close(reads)
        os.close(writes)
        end = time.monotonic() + 20
        while True:
            result = subprocess.run([*AS_USER, program, "why", str(reader.pid)], capture_output=True,
                                    text=True, timeout=60)
            if "pipe:[" in result.stdout or time.monotonic() > end:
                break
            time.sleep(0.1)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("held by another user's process", result.stdout)
        self.assertNotIn("sleep %d" % holder.pid, result.stdout)
        result = subprocess.run([*AS_USER, program, "why", str(holder.pid)], capture_output=True,
                                text=True, timeout=60)
        self.assertIn(result.returncode, (0, 3), result.stdout + result.stderr)


del ServerCase  # a base, no test

if __name__ == "__main__":
    unittest.main()
