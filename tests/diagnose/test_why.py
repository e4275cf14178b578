"""Every way of waiting, made for real by the fixture `waiters`: does `why` name the right culprit?

Prints the score per row, as root and as the plain owner. A way that this machine cannot make counts as
skipped and is listed.
"""
import json
import os
import pwd
import shutil
import subprocess
import sys
import time

from wait_answers import wrong_with

SYSCOPE = os.environ["SYSCOPE"]
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(os.environ["SYSCOPE_BUILD"], "tests", "diagnose_programs")
WAITERS = os.path.join(FOLDER, "waiters")
SETTLE = 10.0  # seconds within which a waiter must have gone to sleep
IN_GROUP = {"frozen", "frozen-v1", "throttled", "memory-high"}
NOBODY = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]


def compile_fixture():
    os.makedirs(FOLDER, exist_ok=True)
    sources = [os.path.join(HERE, name) for name in sorted(os.listdir(HERE)) if name.endswith(".c")]
    newest = max(os.path.getmtime(path) for path in sources + [os.path.join(HERE, "waiters.h")])
    if not os.path.exists(WAITERS) or os.path.getmtime(WAITERS) < newest:
        subprocess.run(["gcc", "-O1", "-Wall", "-Wextra", "-D_GNU_SOURCE", "-pthread", "-o", WAITERS,
                        *sources, "-lrt"], check=True)


def readable_by_nobody():
    """A copy of both programs where the user nobody may run them."""
    folder = "/tmp/syscope-why-%d" % os.getpid()
    os.mkdir(folder, 0o755)
    for program in (SYSCOPE, WAITERS):
        shutil.copy(program, folder)
        os.chmod(os.path.join(folder, os.path.basename(program)), 0o755)
    return folder


class Waiter:
    """A running fixture; gone, with all its helpers, at the end of the block."""

    def __init__(self, way, prefix, folder, environment=None):
        self.way = way
        self.process = subprocess.Popen([*prefix, os.path.join(folder, "waiters"), way],
                                        env={**os.environ, **(environment or {})},
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        line = self.process.stdout.readline()
        self.answer = json.loads(line) if line else None
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        if self.way in IN_GROUP:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                pass
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
        if self.answer and self.answer["folder"]:
            subprocess.run(["umount", "-l", self.answer["folder"]], stderr=subprocess.DEVNULL)
            shutil.rmtree(self.answer["folder"], ignore_errors=True)


def why(prefix, folder, *arguments):
    return subprocess.run([*prefix, os.path.join(folder, "syscope"), "why", *arguments],
                          capture_output=True, text=True, timeout=60)


def judge(waiter, prefix, folder):
    """An empty string when the answer is right, else what is wrong with it."""
    result = why(prefix, folder, "--json", str(waiter.answer["pid"]))
    if result.returncode not in (0, 1):
        return "exit status %d: %s" % (result.returncode, result.stderr.strip())
    expected_status = 1 if waiter.way == "running" else 0
    if result.returncode != expected_status:
        return "exit status %d\n%s" % (result.returncode, result.stdout)
    return wrong_with(json.loads(result.stdout), waiter.answer)


def try_way(way, makers, prefix, folder):
    maker, environment = makers
    with Waiter(way, maker, folder, environment) as waiter:
        if waiter.answer is None:
            return "skipped", waiter.process.stderr.read().strip()
        end = time.monotonic() + SETTLE
        while True:
            wrong = judge(waiter, prefix, folder)
            if not wrong:
                return "right", ""
            if time.monotonic() > end:
                return "WRONG", wrong
            time.sleep(0.1)


def score(title, ways, prefix, folder, makers=None):
    """`makers`: the command prefix and environment of the fixture, if not those of `why`."""
    count = {"right": 0, "WRONG": 0, "skipped": 0}
    print("--- %s" % title)
    for way in ways:
        outcome, reason = try_way(way, makers or (prefix, {}), prefix, folder)
        count[outcome] += 1
        print("%-20s %s%s" % (way, outcome, "" if not reason else ": " + reason), flush=True)
    print("%s: %d right, %d wrong, %d skipped" % (title, count["right"], count["WRONG"],
                                                  count["skipped"]), flush=True)
    return count["WRONG"]


def main():
    compile_fixture()
    listed = subprocess.run([WAITERS, "--list"], capture_output=True, text=True, check=True)
    ways = [line.split() for line in listed.stdout.splitlines()]
    ways = [way for way in ways if "machine" not in way]  # tests/kernels makes those
    if len(sys.argv) > 1:
        ways = [way for way in ways if way[0] in sys.argv[1:]]
    wrong = 0
    is_root = os.geteuid() == 0
    folder = readable_by_nobody()
    try:
        if is_root:
            wrong += score("as root", [way[0] for way in ways], [], folder)
        plain = [way[0] for way in ways if len(way) == 1]
        wrong += score("as the owner", plain, NOBODY if is_root else [], folder)
        if is_root:
            owned = [way[0] for way in ways if "owner" in way]
            nobody = {"WAITERS_OWNER": str(pwd.getpwnam("nobody").pw_uid)}
            wrong += score("as the owner, made by root", owned, NOBODY, folder, ([], nobody))
    finally:
        shutil.rmtree(folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
