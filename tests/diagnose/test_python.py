"""`why -k` shows the lines of Pythons that describe their own structures.

`./dev test` unpacks an interpreter of a later Debian below the build folder; without one the test is skipped, which is a
failure under CI. It is run through its own loader, as the user who tests, and by root in a root folder of its own. Other
interpreters are tried with $SYSCOPE_PYTHON_ROOTS: folders, with colons between them, that hold usr/bin/python3.*.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SYSCOPE = os.environ["SYSCOPE"]
ROOTS = [Path(name).resolve() for name in os.environ.get(
    "SYSCOPE_PYTHON_ROOTS", os.path.join(os.environ["SYSCOPE_BUILD"], "python", "root")).split(":")]
PROGRAM = '''\
import os
import _thread


class Store:
    def load(self, key):
        return sorted([key], key=self.fetch)  # called back from C

    def fetch(self, key):
        # a line that is none
        return os.read(0, 10)  # reads


def work():
    lock.acquire()  # waits


def main():
    _thread.start_new_thread(work, ())
    Store().load(  # loads
        "x")


lock = _thread.allocate_lock()
lock.acquire()
main()  # begins
'''


def line_of(mark):
    return 1 + next(at for at, line in enumerate(PROGRAM.splitlines()) if line.endswith("# " + mark))


MAIN = ["%s:%d in %s" % ("program.py", line_of(mark), name) for mark, name in (
    ("reads", "fetch"), ("called back from C", "load"), ("loads", "main"), ("begins", "<module>"))]
WORKER = ["program.py:%d in work" % line_of("waits")]


def frames(pid):
    """The stacks of a process' threads: the main one's first."""
    done = subprocess.run([SYSCOPE, "why", "-k", "--json", str(pid)], capture_output=True, text=True, timeout=60)
    if not done.stdout:
        return []
    main = json.loads(done.stdout)["tree"]
    if main["kind"] == "process":
        main = next((node for node in main["children"] if node.get("tid") == pid), {})
    stacks = [main]
    for tid in sorted(map(int, os.listdir("/proc/%d/task" % pid)))[1:]:
        done = subprocess.run([SYSCOPE, "why", "-k", "--json", str(tid)], capture_output=True, text=True, timeout=60)
        stacks.append(json.loads(done.stdout)["tree"] if done.stdout else {})
    return [[node["text"] for node in stack.get("children", []) if node["kind"] == "frame"] for stack in stacks]


class Python(unittest.TestCase):
    def check(self, command):
        child = subprocess.Popen(command, stdin=subprocess.PIPE)
        try:
            end = time.monotonic() + 60
            while time.monotonic() < end:
                stacks = frames(child.pid)
                lines = [[text for text in stack if text.startswith("program.py:")] for stack in stacks]
                if lines == [MAIN, WORKER]:
                    break
                time.sleep(0.2)
            self.assertEqual(lines, [MAIN, WORKER], stacks)
        finally:
            child.kill()
            child.stdin.close()
            child.wait()

    def test_lines(self):
        for root in ROOTS:
            libraries = root / "usr/lib/x86_64-linux-gnu"
            for python in sorted((root / "usr/bin").glob("python3.*")):
                with tempfile.TemporaryDirectory(dir=root) as folder:
                    os.chmod(folder, 0o755)
                    program = Path(folder) / "program.py"
                    program.write_text(PROGRAM)
                    with self.subTest("through its loader", python=python):
                        self.check([libraries / "ld-linux-x86-64.so.2", "--library-path", libraries, python, "-SE", program])
                    if os.geteuid() != 0 or not (root / "lib64").exists():
                        continue
                    with self.subTest("in a root folder", python=python):
                        self.check(["chroot", root, "/usr/bin/" + python.name, "-SE", "/" + str(program.relative_to(root))])


if __name__ == "__main__":
    if not any((root / "usr/bin").exists() for root in ROOTS):
        print("skipped: there is no other Python: `./dev test` fetches one, which needs a Debian mirror")
        sys.exit(1 if os.environ.get("CI") else 77)
    unittest.main()
