"""`why --ask` against real servers."""
import json
import os
import signal
import socket
import subprocess
import sys
import time
import unittest

from servers import AS_USER, POSTGRES, ServerCase, free_port, wait_until

SYSCOPE = os.environ["SYSCOPE"]
HERE = os.path.dirname(os.path.abspath(__file__))


def why(pid, *options):
    result = subprocess.run([SYSCOPE, "why", "--json", *options, str(pid)], capture_output=True,
                            text=True, timeout=60)
    return result.returncode, json.loads(result.stdout) if result.stdout else {}, result.stderr


def nodes(node):
    yield node
    for child in node.get("children", []):
        yield from nodes(child)


def text_of(answer):
    return "\n".join([*(node.get("role", "") + " " + node["text"] for node in nodes(answer["tree"])),
                      *answer.get("verdict", [])])


class ServerTest(ServerCase):
    def answer_with(self, pid, *wanted, options=("--ask",)):
        """Asks until everything wanted is in the answer: the client needs a moment to block."""
        end = time.monotonic() + 20
        while True:
            status, answer, errors = why(pid, *options)
            text = text_of(answer) if answer else errors
            if status == 0 and all(each in text for each in wanted):
                return answer
            if time.monotonic() > end:
                self.fail("%r not in the answer:\n%s" % (wanted, text))
            time.sleep(0.2)

    def names(self, answer, pid):
        self.assertIn(pid, [node.get("pid") for node in nodes(answer["tree"])])

    def test_mariadb(self):
        server, port = self.start_mariadb()
        with self.subTest("a sleeping statement"):
            daemon = self.processes.start([sys.executable, os.path.join(HERE, "exampledaemon.py"),
                                           str(port), "SELECT SLEEP(180)"])
            answer = self.answer_with(daemon.pid, "statement: SELECT SLEEP(180)", "user suitecrm",
                                      "User sleep", "still executing this statement", "KILL QUERY")
            self.names(answer, server)
            if os.path.basename(os.path.realpath("/proc/%d/exe" % daemon.pid)) == "python3.11":
                with open(os.path.join(HERE, "exampledaemon.py"), encoding="utf-8") as source:
                    line = 1 + source.read().split("\n").index("    return connection.recv(1)")
                answer = self.answer_with(daemon.pid, "exampledaemon.py:%d in poll_database" % line,
                                          "in main", options=("-k", "--ask"))
            self.assertEqual(answer["culprits"][0]["pid"], server)

        with self.subTest("a row that another transaction has locked"):
            client = ["mariadb", "--no-defaults", "-h127.0.0.1", "-P%d" % port, "-usuitecrm",
                      "suitecrm", "-n"]
            holder = self.processes.start(client, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          text=True)
            holder.stdin.write("START TRANSACTION; UPDATE t SET n=2 WHERE i=1; SELECT 'locked';\n")
            holder.stdin.flush()
            while "locked" not in holder.stdout.readline():
                pass
            waiter = self.processes.start([*client, "-e", "UPDATE t SET n=3 WHERE i=1"])
            answer = self.answer_with(waiter.pid, "the lock is held by", "UPDATE t SET n=3")
            self.names(answer, holder.pid)
            self.assertIn(holder.pid, [culprit["pid"] for culprit in answer["culprits"]])

        with self.subTest("curl -> proxy -> app -> database"):
            hops = os.path.join(HERE, "hop.py")
            app = self.processes.start([sys.executable, hops, "app", str(port)],
                                       stdout=subprocess.PIPE, text=True)
            proxy = self.processes.start([sys.executable, hops, "proxy", app.stdout.readline().strip()],
                                         stdout=subprocess.PIPE, text=True)
            curl = self.processes.start(["curl", "--noproxy", "*", "-s", "http://127.0.0.1:%s/"
                                         % proxy.stdout.readline().strip()])
            answer = self.answer_with(curl.pid, "statement: SELECT SLEEP(182)")
            for pid in (proxy.pid, app.pid, server):
                self.names(answer, pid)

    @unittest.skipUnless(POSTGRES, "PostgreSQL is not installed")
    def test_postgresql(self):
        client = self.start_postgresql()
        holder = self.processes.start(client, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        holder.stdin.write("BEGIN; LOCK TABLE t; SELECT 'locked';\n")
        holder.stdin.flush()
        while "locked" not in holder.stdout.readline():
            pass
        waiter = self.processes.start([*client, "-c", "SELECT * FROM t"])
        with self.subTest("the process title, without asking"):
            answer = self.answer_with(waiter.pid, "its title says", "SELECT waiting", options=())
        with self.subTest("the lock of an idle transaction"):
            answer = self.answer_with(waiter.pid, "statement: SELECT * FROM t", "the lock is held by",
                                      "idle in transaction", "pg_terminate_backend")
            self.names(answer, holder.pid)
            self.assertIn(holder.pid, [culprit["pid"] for culprit in answer["culprits"]])

    def test_redis(self):
        server, port, path = self.start_redis()
        for family, address in ((socket.AF_INET, ("127.0.0.1", port)), (socket.AF_UNIX, path)):
            with self.subTest(family.name):
                code = ("import socket\ns = socket.socket(%d)\ns.connect(%r)\n"
                        "s.sendall(b'BLPOP queue 0\\r\\n')\ns.recv(1)\n" % (family, address))
                client = self.processes.start([sys.executable, "-c", code])
                answer = self.answer_with(client.pid, "statement: blpop", "CLIENT UNBLOCK")
                self.assertEqual(answer["culprits"][0]["pid"], server)

    def test_a_hung_server_does_not_hang_us(self):
        port = free_port()
        server = self.processes.start([*AS_USER, "redis-server", "--port", str(port), "--bind",
                                       "127.0.0.1", "--save", "", "--dir", self.folder])

        def answers():
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return True
            except OSError:
                return False
        wait_until(answers, "Redis does not answer")
        with socket.create_connection(("127.0.0.1", port)):
            client = self.processes.start(
                [sys.executable, "-c", "import socket\ns = socket.create_connection(('127.0.0.1', %d))\n"
                 "s.sendall(b'PING\\r\\nBLPOP queue 0\\r\\n')\ns.recv(7)\ns.recv(1)\n" % port])
            self.answer_with(client.pid, "statement: blpop")
            server.send_signal(signal.SIGSTOP)
            try:
                self.answer_with(client.pid, "could not be asked", "no answer in time", "SIGSTOP")
            finally:
                server.send_signal(signal.SIGCONT)


if __name__ == "__main__":
    unittest.main()
