"""Real database servers for the tests: each is started with a fresh data directory, as an ordinary
user, on a free loopback port and a private socket, and stopped by its process number."""
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

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


class ServerCase(unittest.TestCase):
    def setUp(self):
        self.processes = Processes()
        self.folder = tempfile.mkdtemp(prefix="syscope-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        if IS_ROOT:
            shutil.chown(self.folder, "nobody", "nogroup")

    def tearDown(self):
        self.processes.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

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

    def start_postgresql(self):
        """Returns the command line of a client."""
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
        return client

    def start_redis(self):
        """Returns the server's process, its port and the path of its socket."""
        port = free_port()
        path = os.path.join(self.folder, "s")
        server = self.processes.start(
            [*AS_USER, "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--unixsocket", path,
             "--unixsocketperm", "777", "--save", "", "--dir", self.folder])
        wait_until(lambda: os.path.exists(path), "Redis does not answer")
        return server.pid, port, path
