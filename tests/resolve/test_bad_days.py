"""What must not break: strange names, vanishing processes, huge limits, no privilege, wrong arguments."""
import json
import os
import pwd
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SYSCOPE = os.environ["SYSCOPE"]
failures = []


def check(what, holds, detail=""):
    if not holds:
        failures.append(f"{what} {detail}")


def run(*arguments, **options):
    return subprocess.run([SYSCOPE, *arguments], capture_output=True, timeout=120, **options)


def rows(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def find():
    marker = f"marker-{os.getpid()}"
    sleeper = subprocess.Popen(["sh", "-c", "read line; :", marker, "a\nb\033[2J"], stdin=subprocess.PIPE)
    try:
        result = run("find", "--json", f"sh -c .*{marker}")
        found = rows(result)
        check("find: one process", [row["pid"] for row in found] == [sleeper.pid], found)
        check("find: status 0", result.returncode == 0)
        check("find: whole command line", found and found[0]["command_line"].endswith("a\nb\033[2J"), found)
        table = run("find", marker).stdout
        check("find: harmless", b"\033" not in table and table.count(b"\n") == 2, table)
        check("find: never itself", run("find", f"{marker}-absent").returncode == 1)
        check("find: bad expression", run("find", "(").returncode == 2)
        check("find: nothing to find", run("find").returncode == 2)
        wanted = subprocess.run(["pgrep", "--full", marker], capture_output=True).stdout
        check("find: as pgrep", run("find", "-t", marker).stdout == wanted, wanted)
        matched = run("files", "--json", "--match", marker)
        check("files --match", {row["pid"] for row in rows(matched)} == {sleeper.pid})
    finally:
        sleeper.kill()
        sleeper.wait()


def wrong_arguments():
    for arguments in (["--nonsense"], ["-p"], ["-p", "x"], ["-p", "99999999999"], ["-i", "4sctp"], ["-d", "3-1"],
                      ["-i", "@name.example"], ["--growth", "soon"], ["--by", "colour"], ["--match", "["],
                      ["-i:70000"], ["-sTCP:SLEEPING"]):
        result = run("files", *arguments)
        check("usage error", result.returncode == 2 and result.stderr and not result.stdout, arguments)
    check("no such process", run("files", "-p", "1073741823").returncode == 1)
    check("no such file", run("files", "/no/such/file").returncode == 1)


def selections():
    with tempfile.TemporaryDirectory() as folder:
        real = os.path.realpath(folder)
        path = f"{real}/held"
        held = open(path, "w")
        me = os.getpid()

        def descriptors(*arguments):
            return {row.get("fd", row["role"]) for row in rows(run("files", "--json", *arguments)) if row["pid"] == me}

        check("a path", descriptors(path) == {held.fileno()})
        check("a folder's tree", descriptors("+D", folder) == {held.fileno()})
        check("-d", descriptors("-p", str(me), "-d", f"{held.fileno()},cwd") == {held.fileno(), "cwd"})
        check("selections must all hold", descriptors("-p", str(me), "-U", path) == set())
        check("not deleted yet", held.fileno() not in descriptors("-p", str(me), "+L1"))
        os.unlink(path)
        check("--deleted", held.fileno() in descriptors("-p", str(me), "--deleted"))
        check("-t", run("files", "-t", "+L1", "-p", str(me)).stdout == b"%d\n" % me)
        mounted = run("files", "--json", "-p", str(me), "/proc")
        check("a mount point", mounted.returncode in (0, 1))
        held.close()


def leak():
    code = "import os,time\nwhile True:\n  os.open('/etc/passwd', os.O_RDONLY); time.sleep(0.005)"
    leaker = subprocess.Popen([sys.executable, "-c", code])
    try:
        time.sleep(0.3)
        found = rows(run("files", "--json", "--growth", "500ms", str(leaker.pid)))
        check("growth names the kind", found and found[0]["kind"] == "regular" and found[0]["growth"] > 0 and
              found[0]["origin"] == "/etc/", found)
        counts = rows(run("files", "--json", "--by", "kind,name", str(leaker.pid), "-d", "fd"))
        check("--by counts", counts and counts[0]["name"] == "/etc/passwd" and counts[0]["count"] > 3, counts)
    finally:
        leaker.kill()
        leaker.wait()


def vanishing():
    """The machine is listed while processes come and go."""
    churn = subprocess.Popen(["sh", "-c", "while :; do sh -c 'exec 3</dev/null; :' | cat; done"], start_new_session=True)
    try:
        for _ in range(20):
            result = run("files", "--json")
            check("listing while processes vanish", result.returncode == 0, result.stderr)
            rows(result)
    finally:
        os.killpg(churn.pid, signal.SIGKILL)
        churn.wait()


def huge_limit():
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))
    except (ValueError, PermissionError):
        pass
    start = time.monotonic()
    result = run("files", "-p", str(os.getpid()))
    check("a huge limit of descriptors", result.returncode == 0 and time.monotonic() - start < 30)


def odd_name():
    with tempfile.TemporaryDirectory() as folder:
        name = os.fsencode(folder) + b"/\xff\xfe\xc2\x9b31m\n\x1b]0;owned\x07"
        held = os.open(name, os.O_WRONLY | os.O_CREAT)
        table = run("files", "-p", str(os.getpid()), "-d", str(held)).stdout
        check("bytes in the table", not any(byte < 32 and byte != 10 or byte > 126 for byte in table), table)
        check("one line", table.count(b"\n") == 2, table)
        row, = rows(run("files", "--json", "-p", str(os.getpid()), "-d", str(held)))
        check("bytes come back from JSON", row["name"].encode("utf-8", "surrogateescape") == name, row["name"])
        os.close(held)


def without_privilege():
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        print("not checked: without privilege")
        return
    nobody = pwd.getpwnam("nobody")
    drop = ["setpriv", "--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups", "--inh-caps=-all"]
    # The program may lie where nobody may look.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(SYSCOPE, folder)
        mine = subprocess.Popen(["sleep", "60"])
        theirs = subprocess.Popen([*drop, "sleep", "60"])
        time.sleep(0.3)
        try:
            result = subprocess.run([*drop, program, "files", "--json"], capture_output=True, cwd="/", timeout=120)
            found = rows(result)
            hidden = [row for row in found if row["pid"] == mine.pid]
            check("says per process what is not permitted", any("not permitted" in row.get("note", "") for row in hidden), hidden)
            own = [row for row in found if row["pid"] == theirs.pid and "fd" in row]
            check("shows its own", own, result.stderr)
            alone = subprocess.run([*drop, program, "files", "-p", str(mine.pid)], capture_output=True, cwd="/")
            check("status 3", alone.returncode == 3, alone)
        finally:
            for process in (mine, theirs):
                process.kill()
                process.wait()


for step in (find, wrong_arguments, selections, leak, vanishing, huge_limit, odd_name, without_privilege):
    step()
print("\n".join(failures))
sys.exit(1 if failures else 0)
