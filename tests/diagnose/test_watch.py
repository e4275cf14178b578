"""`why --watch`: what goes over the connections of a process, who woke it, and where its time went.
Clients and servers are the real ones."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from servers import AS_USER, POSTGRES, ServerCase, wait_until

SYSCOPE = os.environ["SYSCOPE"]
IS_ROOT = os.geteuid() == 0


class Watched:
    """A watch that ends when the block does; then `tree` and `traffic` are its answers."""

    def __init__(self, pid, *options):
        self.why = subprocess.Popen([SYSCOPE, "why", "--json", "--watch", "10m", *options, str(pid)],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        self.told = self.why.stderr.readline()  # that the watch has begun
        return self

    def __exit__(self, failed, *_):
        self.why.send_signal(signal.SIGKILL if failed else signal.SIGINT)
        output, errors = self.why.communicate(timeout=60)
        if failed:
            return
        if "watching" not in self.told:
            raise AssertionError(self.told + errors)
        lines = [json.loads(line) for line in output.splitlines()]
        self.traffic = next(line for line in lines if line["schema"] == "syscope.why.watch/1")
        self.tree = next((line for line in lines if line["schema"] == "syscope.why/1"), None)

    def connection(self, protocol, side="client"):
        found = [each for each in self.traffic["connections"]
                 if each.get("protocol") == protocol and each["side"] == side]
        if not found:
            raise AssertionError("no %s %s in %r" % (protocol, side, self.traffic))
        return found[0]


def wait_for_answer(pid):
    """Until the process has sent what it has to send, and sleeps in a call that waits for more."""
    waiting = {"0", "7", "23", "45", "47", "232", "270", "271"}  # read, poll, recv... of x86-64

    def waits():
        with open("/proc/%d/syscall" % pid, encoding="utf-8") as file:
            return file.read().split()[0] in waiting
    wait_until(waits, "it does not wait")


def texts(requests):
    return [request["text"] for request in requests]


@unittest.skipUnless(IS_ROOT, "the eBPF engine needs root")
class WatchTest(ServerCase):
    def open_client(self, arguments):
        """A client that takes statements from its standard input."""
        return self.processes.start(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    @staticmethod
    def say(client, text, until=None):
        client.stdin.write(text + "\n")
        client.stdin.flush()
        while until and until not in client.stdout.readline():
            pass

    def launcher(self, arguments, **options):
        """Waits for a line before it executes the program, so that the watch can begin before."""
        return self.processes.start(["/bin/sh", "-c", 'read go; exec "$@"', "sh", *arguments],
                                    stdin=subprocess.PIPE, text=True, **options)

    def start(self, launcher):
        launcher.stdin.write("\n")
        launcher.stdin.flush()

    def test_mariadb(self):
        server, port = self.start_mariadb()
        client_line = ["mariadb", "--no-defaults", "-h127.0.0.1", "-P%d" % port, "-usuitecrm",
                       "suitecrm", "-nN"]
        client = self.open_client(client_line)
        self.say(client, "SELECT 'ready';", "ready")

        def is_asked():
            listed = subprocess.run([*client_line, "-e", "SHOW PROCESSLIST"], capture_output=True,
                                    text=True, check=True)
            return "SLEEP(183)" in listed.stdout
        with Watched(client.pid) as watched:
            self.say(client, "SELECT 40 + 2;", "42")
            self.say(client, "SELECT SLEEP(0.3), 'slow';", "slow")
            self.say(client, "SELECT SLEEP(183);")
            wait_until(is_asked, "the statement does not arrive")
            wait_for_answer(client.pid)
        talk = watched.connection("MySQL")
        self.assertEqual(talk["requests"], 3)
        self.assertEqual(talk["answers"], 2)
        self.assertEqual(talk["slowest"][0]["text"], "SELECT SLEEP(0.3), 'slow'")
        self.assertGreaterEqual(talk["slowest"][0]["seconds"], 0.3)
        self.assertIn("SELECT 40 + 2", texts(talk["slowest"]))
        self.assertEqual(texts(talk["unanswered"]), ["SELECT SLEEP(183)"])
        self.assertEqual(talk["peer"], "mariadbd %d" % server)
        self.assertIn("SELECT SLEEP(183)", json.dumps(watched.tree))
        thread = watched.traffic["threads"][0]
        on_server = [wait for wait in thread["waits"] if wait.get("peer") == talk["peer"]]
        self.assertGreaterEqual(sum(wait["seconds"] for wait in on_server), 0.3)
        self.assertTrue(any(wait["now"] for wait in on_server), thread)

    @unittest.skipUnless(POSTGRES, "PostgreSQL is not installed")
    def test_postgresql(self):
        client_line = self.start_postgresql()
        with self.subTest("simple protocol, and an error"):
            client = self.open_client([*client_line, "-tA"])
            self.say(client, "select 'ready';", "ready")
            with Watched(client.pid) as watched:
                self.say(client, "select nothing;\nselect 40 + 2;", "42")
                self.say(client, "select pg_sleep(184);")
                wait_until(lambda: "184" in subprocess.run(
                    [*client_line, "-tAc", "select query from pg_stat_activity where pid <> "
                     "pg_backend_pid()"], capture_output=True, text=True, check=True).stdout,
                    "the statement does not arrive")
                wait_for_answer(client.pid)
            talk = watched.connection("PostgreSQL")
            self.assertEqual((talk["requests"], talk["answers"]), (3, 2))
            self.assertIn("select 40 + 2;", texts(talk["slowest"]))
            self.assertIn("42703", json.dumps(talk["slowest"]))
            self.assertEqual(texts(talk["unanswered"]), ["select pg_sleep(184);"])
        with self.subTest("extended protocol"):
            script = os.path.join(self.folder, "script")
            with open(script, "w", encoding="utf-8") as file:
                file.write("\\set x 5\nselect :x from pg_sleep(0.1);\n")
            where = client_line[client_line.index("-h"):client_line.index("-d")]
            bench = self.launcher([POSTGRES + "/pgbench", "-n", "-M", "prepared", "-t", "7", "-f",
                                   script, *where, "postgres"])
            with Watched(bench.pid) as watched:
                self.start(bench)
                self.assertEqual(bench.wait(60), 0)
            talks = [talk for talk in watched.traffic["connections"]
                     if "select $1 from pg_sleep(0.1);" in texts(talk["slowest"])]
            self.assertTrue(talks, watched.traffic)
            self.assertGreaterEqual(talks[0]["answers"], 7)

    def test_redis(self):
        server, port, _ = self.start_redis()
        client = self.open_client(["redis-cli", "-p", str(port)])
        self.say(client, "SET greeting hello", "OK")
        with Watched(client.pid) as watched:
            self.say(client, "GET greeting", "hello")
            self.say(client, "BLPOP queue 0")
            with socket.create_connection(("127.0.0.1", port)) as other:
                def is_blocked():
                    other.sendall(b"CLIENT LIST\r\n")
                    return b"cmd=blpop" in other.recv(65536)
                wait_until(is_blocked, "the command does not arrive")
            wait_for_answer(client.pid)
        talk = watched.connection("Redis")
        self.assertEqual(texts(talk["slowest"]), ["GET greeting"])
        self.assertEqual(texts(talk["unanswered"]), ["BLPOP queue 0"])
        self.assertEqual(talk["peer"], "redis-server %d" % server)

    def test_http(self):
        server = self.processes.start(
            [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"],
            stdout=subprocess.PIPE, text=True, cwd=self.folder)
        port = server.stdout.readline().split("port ")[1].split()[0]
        url = "http://127.0.0.1:%s/missing?a=1" % port
        curl = self.launcher(["curl", "--noproxy", "*", "-s", "-o", "/dev/null", url])
        with Watched(server.pid) as at_server, Watched(curl.pid) as at_client:
            self.start(curl)
            self.assertEqual(curl.wait(60), 0)
        for watched, side in ((at_server, "server"), (at_client, "client")):
            talk = watched.connection("HTTP", side)
            self.assertEqual(texts(talk["slowest"]), ["GET /missing?a=1 (127.0.0.1:%s)" % port])
            self.assertEqual(talk["slowest"][0]["outcome"], "404 File not found")
        self.assertTrue(any(thread["ended"] for thread in at_client.traffic["threads"]))

    def test_short_connections_are_told_together(self):
        server = self.processes.start(
            [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"],
            stdout=subprocess.PIPE, text=True, cwd=self.folder)
        address = "127.0.0.1:" + server.stdout.readline().split("port ")[1].split()[0]
        with Watched(server.pid) as watched:
            for i in range(5):
                subprocess.run(["curl", "--noproxy", "*", "-s", "-o", "/dev/null",
                                "http://%s/%d" % (address, i)], check=True)
        talk = watched.connection("HTTP", "server")
        self.assertEqual((talk["connections"], talk["requests"], talk["answers"]), (5, 5, 5))
        self.assertEqual(talk["server"], address)
        self.assertEqual(len(talk["slowest"]), 3)

    def test_dns(self):
        """A resolver that answers one name and never the other."""
        resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        resolver.bind(("127.0.0.1", 0))
        self.addCleanup(resolver.close)

        def serve():
            while True:
                try:
                    query, client = resolver.recvfrom(512)
                except OSError:
                    return
                if b"silent" in query:
                    continue
                answer = query[:2] + b"\x81\x80" + query[4:6] + b"\0\1" + query[8:]
                resolver.sendto(answer + b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\xc0\0\2\1", client)
        threading.Thread(target=serve, daemon=True).start()
        code = (
            "import socket, sys\n"
            "def name(text):\n"
            "    return b''.join(bytes([len(p)]) + p for p in text.encode().split(b'.')) + b'\\0'\n"
            "sys.stdin.readline()\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "for number, host in enumerate(['loud.example', 'silent.example']):\n"
            "    question = bytes([7, number]) + b'\\1\\0\\0\\1' + bytes(6) + name(host) + b'\\0\\1\\0\\1'\n"
            "    s.sendto(question, ('127.0.0.1', %d))\n"
            "    print(host, flush=True)\n"
            "    s.recv(512)\n" % resolver.getsockname()[1])
        client = self.processes.start([sys.executable, "-c", code], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        with Watched(client.pid) as watched:
            self.start(client)
            while "silent" not in client.stdout.readline():
                pass
            wait_for_answer(client.pid)
        talk = watched.connection("DNS")
        self.assertEqual(texts(talk["slowest"]), ["A loud.example"])
        self.assertEqual(talk["slowest"][0]["outcome"], "192.0.2.1")
        self.assertEqual(texts(talk["unanswered"]), ["A silent.example"])

    def test_dns_of_the_c_library(self):
        """getaddrinfo(3) in a network namespace whose only name server takes questions and is silent."""
        files = {"resolv.conf": "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n",
                 "nsswitch.conf": "hosts: dns\n"}
        for name, text in files.items():
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        code = (
            "import fcntl, os, socket, struct, subprocess, sys\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "fcntl.ioctl(s, 0x8914, struct.pack('16sH14x', b'lo', 1))\n"  # SIOCSIFFLAGS, IFF_UP
            "for name in ('resolv.conf', 'nsswitch.conf'):\n"
            "    subprocess.run(['mount', '--bind', %r + '/' + name, '/etc/' + name], check=True)\n"
            "s.bind(('127.0.0.1', 53))\n"
            "child = os.fork()\n"
            "if child == 0:\n"
            "    sys.stdin.readline()\n"
            "    socket.getaddrinfo('silent.example', 80)\n"
            "print(child, flush=True)\n"
            "s.recv(512)\n"
            "print('asked', flush=True)\n"
            "os.waitpid(child, 0)\n" % self.folder)
        inside = self.processes.start(["unshare", "-m", "-n", sys.executable, "-c", code],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = inside.stdout.readline()
        if not line:
            self.skipTest("no namespaces of its own")
        child = int(line)
        try:
            with Watched(child) as watched:
                self.start(inside)
                inside.stdout.readline()
                wait_for_answer(child)
            talk = watched.connection("DNS")
            self.assertIn("A silent.example", texts(talk["unanswered"]))
            self.assertIn("silent.example", json.dumps(watched.tree))
            plain = subprocess.run([SYSCOPE, "why", str(child)], capture_output=True, text=True)
            self.assertIn("a name server", plain.stdout)
            self.assertIn("127.0.0.1:53", plain.stdout)
            self.assertIn("--watch", plain.stdout)
        finally:
            os.kill(child, signal.SIGKILL)

    def test_who_woke_it_and_what_it_waited_for(self):
        reads, writes = os.pipe()
        reader = self.processes.start(["cat"], stdin=reads)
        with Watched(reader.pid) as watched:
            for _ in range(5):
                time.sleep(0.1)
                os.write(writes, b"x")
            time.sleep(0.1)
        os.close(reads)
        os.close(writes)
        thread, = watched.traffic["threads"]
        wait = thread["waits"][0]
        self.assertEqual((wait["call"], wait["fd"]), ("read", 0))
        self.assertTrue(wait["now"])
        self.assertIn("pipe:[", wait["object"])
        self.assertIn(os.getpid(), [waker["pid"] for waker in wait["woken_by"]])
        self.assertGreaterEqual(wait["seconds"], 0.5)
        self.assertAlmostEqual(thread["running"] + thread["starved"] + thread["blocked"],
                               thread["seconds"], delta=0.25 * thread["seconds"])

    def test_a_process_that_ends_is_told_of_all_the_same(self):
        ends = self.launcher(["true"])
        why = subprocess.Popen([SYSCOPE, "why", "--watch", "10m", str(ends.pid)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertIn("watching", why.stderr.readline())
        self.start(ends)
        output, errors = why.communicate(timeout=60)  # ends by itself
        self.assertIn("ended after", output)
        self.assertIn(why.returncode, (0, 1), errors)


class UsageTest(unittest.TestCase):
    def test_times(self):
        for text in ("", "0", "-1s", "x", "10x", "1e9s", "nan"):
            result = subprocess.run([SYSCOPE, "why", "--watch", text, "1"], capture_output=True,
                                    text=True, timeout=60)
            self.assertEqual(result.returncode, 2, text)
            self.assertIn("10s", result.stderr)

    @unittest.skipUnless(IS_ROOT, "becomes another user")
    def test_without_privilege_the_rest_is_told(self):
        folder = tempfile.mkdtemp(dir="/tmp")
        os.chmod(folder, 0o755)
        self.addCleanup(shutil.rmtree, folder)
        program = shutil.copy(SYSCOPE, folder)
        sleeper = subprocess.Popen([*AS_USER, "sleep", "1000"])
        try:
            result = subprocess.run([*AS_USER, program, "why", "--watch", "1s", str(sleeper.pid)],
                                    capture_output=True, text=True, timeout=60)
        finally:
            sleeper.kill()
            sleeper.wait()
        self.assertEqual(result.returncode, 3)
        self.assertIn("run as root", result.stderr)
        self.assertIn("sleep %d" % sleeper.pid, result.stdout)


if __name__ == "__main__":
    unittest.main()
