"""`why --ask` against real servers: each is started here with a fresh data directory, as an ordinary
user, on a free loopback port and a private socket, and stopped by its process number."""
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SYSCOPE = os.environ["SYSCOPE"]
HERE = os.path.dirname(os.path.abspath(__file__))
IS_ROOT = os.geteuid() == 0
AS_USER = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if IS_ROOT else []
PATIENCE = 60.0
POSTGRES = max(glob.glob("/usr/lib/postgresql/*/bin"), default="")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.1)


class Processes:
    """Started processes, ended by number in reverse order."""

    def __init__(self):
        self.running = []

    def start(self, arguments, **options):
        process = subprocess.Popen(arguments, **{"stdin": subprocess.DEVNULL,
                                                 "stdout": subprocess.DEVNULL,
                                                 "stderr": subprocess.DEVNULL, **options})
        self.running.append(process)
        return process

    def stop(self):
        for process in reversed(self.running):
            for number in (signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    process.send_signal(number)
                    try:
                        process.wait(15)
                    except subprocess.TimeoutExpired:
                        pass
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()


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


class ServerTest(unittest.TestCase):
    def setUp(self):
        self.processes = Processes()
        self.folder = tempfile.mkdtemp(prefix="syscope-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        if IS_ROOT:
            shutil.chown(self.folder, "nobody", "nogroup")

    def tearDown(self):
        self.processes.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

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

    def start_mariadb(self):
        data = os.path.join(self.folder, "data")
        path = os.path.join(self.folder, "s")
        port = free_port()
        subprocess.run([*AS_USER, "mariadb-install-db", "--no-defaults", "--datadir=" + data,
                        "--skip-test-db"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        server = self.processes.start(
            [*AS_USER, "/usr/sbin/mariadbd", "--no-defaults", "--datadir=" + data, "--socket=" + path,
             "--port=%d" % port, "--bind-address=127.0.0.1", "--skip-name-resolve",
             "--innodb-buffer-pool-size=8M", "--pid-file=" + path + ".pid"])
        admin = [*AS_USER, "mariadb", "--no-defaults", "--socket=" + path, "-e"]
        setup = ("CREATE DATABASE suitecrm; CREATE USER suitecrm@'127.0.0.1';"
                 "GRANT ALL ON suitecrm.* TO suitecrm@'127.0.0.1';"
                 "CREATE TABLE suitecrm.t (i INT PRIMARY KEY, n INT);"
                 "INSERT INTO suitecrm.t VALUES (1, 1);")
        if IS_ROOT:
            admin = admin[len(AS_USER):]

        def answers():
            self.assertIsNone(server.poll(), "the server ended")
            return subprocess.run([*admin, "SELECT 1"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode == 0
        wait_until(answers, "MariaDB does not answer")
        subprocess.run([*admin, setup], check=True)
        return server.pid, port

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
        data = os.path.join(self.folder, "data")
        port = free_port()
        subprocess.run([*AS_USER, POSTGRES + "/initdb", "-D", data, "--auth-local=peer",
                        "--auth-host=trust", "--no-sync", "-E", "UTF8", "--locale=C"], check=True,
                       stdout=subprocess.DEVNULL, cwd=self.folder)
        self.processes.start([*AS_USER, POSTGRES + "/postgres", "-D", data, "-p", str(port), "-h",
                              "127.0.0.1", "-k", self.folder, "-F"], cwd=self.folder)
        owner = "nobody" if IS_ROOT else subprocess.run(["id", "-un"], capture_output=True,
                                                        text=True).stdout.strip()
        client = [POSTGRES + "/psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", owner,
                  "-d", "postgres"]
        wait_until(lambda: subprocess.run([*client, "-c", "CREATE TABLE IF NOT EXISTS t (i int)"],
                                          stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL).returncode == 0,
                   "PostgreSQL does not answer")
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
        port = free_port()
        path = os.path.join(self.folder, "s")
        server = self.processes.start(
            [*AS_USER, "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--unixsocket", path,
             "--unixsocketperm", "777", "--save", "", "--dir", self.folder])
        wait_until(lambda: os.path.exists(path), "Redis does not answer")
        for family, address in ((socket.AF_INET, ("127.0.0.1", port)), (socket.AF_UNIX, path)):
            with self.subTest(family.name):
                code = ("import socket\ns = socket.socket(%d)\ns.connect(%r)\n"
                        "s.sendall(b'BLPOP queue 0\\r\\n')\ns.recv(1)\n" % (family, address))
                client = self.processes.start([sys.executable, "-c", code])
                answer = self.answer_with(client.pid, "statement: blpop", "CLIENT UNBLOCK")
                self.assertEqual(answer["culprits"][0]["pid"], server.pid)

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
