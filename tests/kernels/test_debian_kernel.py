"""The eBPF engine on Debian's kernels, booted in QEMU: its unit tests, and the test programs of tests/calls under both
engines, whose texts must be equal. And `why` about waits that only a machine of its own can make: hung disks, hung file
servers, limits of control groups.

Usage: test_debian_kernel.py [VMLINUZ...]; without arguments the oldest kernel that `./dev test` has fetched. What
keeps this test from running is told, with exit status 77; under CI that is a failure.
"""
import concurrent.futures
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bpf"))
sys.path.insert(0, str(HERE.parent / "diagnose"))
import same_text
import wait_answers

BUILD = Path(os.environ.get("SYSCOPE_BUILD", "build")).resolve()
NEEDED = {"busybox": "busybox-static", "cpio": "cpio", "mkfs.ext4": "e2fsprogs",
          "qemu-system-x86_64": "qemu-system-x86"}
UNIT_TESTS, PROGRAM = BUILD / "tests/bpf_test_static", BUILD / "src/app/syscope_static"


def skip(reason):
    print("skipped:", reason)
    sys.exit(1 if os.environ.get("CI") else 77)


def release(kernel):
    return [int(number) for number in re.findall(r"\d+", kernel.name)]


def compile_programs(folder):
    """Each program of tests/calls, in one file that needs no library."""
    folder.mkdir()
    def build(source):
        subprocess.run(["gcc", "-w", "-O0", "-static", "-s", "-pthread", "-o", folder / source.stem, source], check=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return len(list(pool.map(build, (HERE.parent / "calls").glob("*.c"))))


def copy_modules(kernel, folder):
    """The modules that the waits need, in the order in which they load; a kernel lacks those that it has built in."""
    folder.mkdir()
    order = []
    for name in (HERE / "modules").read_text().split():
        for path in kernel.parent.parent.glob(f"lib/modules/**/{name}.ko*"):
            data = path.read_bytes()
            (folder / f"{name}.ko").write_bytes(lzma.decompress(data) if path.suffix == ".xz" else data)
            order.append(f"{name}.ko\n")
    (folder / "order").write_text("".join(order))


def prepare_waits(kernel, guest):
    """The fixture that waits, and what it waits for."""
    shutil.copy(HERE / "guest_waits.sh", guest / "waits")
    subprocess.run(["gcc", "-w", "-O1", "-D_GNU_SOURCE", "-static", "-s", "-pthread", "-o", guest / "waiters",
                    *sorted((HERE.parent / "diagnose").glob("*.c")), "-lrt"], check=True)
    with open(guest / "disk.image", "wb") as image:
        image.truncate(4 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", guest / "disk.image"], check=True)
    copy_modules(kernel, guest / "modules")


class Boot:
    """One boot of a kernel: what it said, and the files it left."""

    def __init__(self, kernel):
        self.folder = tempfile.TemporaryDirectory(prefix="kernel-")
        guest, self.results = Path(self.folder.name) / "guest", Path(self.folder.name) / "results"
        guest.mkdir()
        self.programs = compile_programs(guest / "programs")
        shutil.copy(HERE / "guest.sh", guest / "run")
        prepare_waits(kernel, guest)
        for program, name in ((PROGRAM, "syscope"), (UNIT_TESTS, "unit_tests")):
            subprocess.run(["strip", "-o", guest / name, program], check=True)
        done = subprocess.run([HERE / "boot", kernel, guest, self.results], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        self.status, self.output = done.returncode, done.stdout.decode(errors="replace")

    def text(self, name):
        path = self.results / name
        return path.read_text(errors="replace") if path.exists() else f"(there is no {name})"

    def traces(self, name):
        """The lines of each process, by the program that it belongs to and its place among that one's processes."""
        found, program = {}, None
        for path in sorted((self.results / name).iterdir(), key=lambda path: int(path.suffix[1:])):
            lines = path.read_text(errors="replace").splitlines()
            for at, line in enumerate(lines):
                started = re.match(r'execve\("/guest/programs/(\w+)"', line)
                if started:  # the shell's own calls come before
                    program, lines = started[1], lines[at:]
                    break
            if program:
                at = sum(key[0] == program for key in found)
                found[program, at] = lines
        return found


class DebianKernel(unittest.TestCase):
    boot = None

    def test_unit_tests(self):
        self.assertRegex(self.boot.output, r"\[  PASSED  \] \d+ tests")
        self.assertNotIn("[  SKIPPED ]", self.boot.output)
        self.assertEqual(self.boot.status, 0, self.boot.output[-6000:])

    def test_same_text(self):
        by_ptrace, by_bpf = self.boot.traces("ptrace"), self.boot.traces("bpf")
        self.assertEqual(len({name for name, _ in by_ptrace}), self.boot.programs)
        self.assertEqual(by_ptrace.keys(), by_bpf.keys())
        problems = [problem for key in by_ptrace
                    for problem in same_text.differences(key[0], by_ptrace[key], by_bpf[key])]
        self.assertEqual(problems, [], "\n".join(problems[:40]))

    def test_nothing_lost(self):
        for path in self.boot.results.rglob("*"):
            if path.is_file():
                self.assertNotRegex(self.boot.text(path), r"!!! |lost here", path)
        lines = self.boot.text("dd").splitlines()
        self.assertGreaterEqual(sum(line.startswith("read(0, \"\\0\", 1)") for line in lines), 20000)
        self.assertGreaterEqual(sum(line.startswith("write(1, \"\\0\", 1)") for line in lines), 20000)
        counts = {fields[-1]: int(fields[3]) for fields in map(str.split, self.boot.text("dd-counts").splitlines())
                  if len(fields) > 4 and fields[-1] in ("read", "write")}
        self.assertEqual(counts, {name: sum(line.startswith(name + "(") for line in lines) for name in ("read", "write")})

    def test_follows_forks(self):
        text = self.boot.text("forks")
        for number in range(1, 9):
            self.assertIn(f'execve("/bin/echo", ["/bin/echo", "number {number}"]', text)
        self.assertEqual(text.count("exit_group("), 9)
        self.assertEqual(text.count("+++ exited with 0 +++"), 9)

    def test_sets_of_calls(self):
        calls = self.boot.text("calls")
        self.assertRegex(calls, r'openat\(AT_FDCWD, "/etc/nothing", .*\) = -1 ENOENT|open\("/etc/nothing", .*ENOENT')
        self.assertEqual(set(re.findall(r"^(\w+)\(", calls, re.MULTILINE)) - {"open", "openat", "close"}, set())
        successful = self.boot.text("successful")
        self.assertIn("/guest/run", successful)
        self.assertNotIn("ENOENT", successful)

    def test_attaches_to_a_sleeper(self):
        self.assertRegex(self.boot.text("attached"), r"nanosleep\(.*tv_sec=77")
        self.assertEqual(self.boot.text("switches-before"), self.boot.text("switches-after"))
        self.assertEqual(self.boot.text("sleeper"), "runs\n")
        self.assertEqual(self.boot.text("growth"), "nothing has grown\n")  # it was watched

    def test_files_of_both_engines(self):
        rows = {}
        for engine in ("bpf", "proc"):
            self.assertEqual(self.boot.text(f"files-{engine}.messages"), "")
            # The program itself comes and goes, with what it writes to.
            every = map(json.loads, self.boot.text(f"files-{engine}").splitlines())
            rows[engine] = [{key: value for key, value in row.items() if key not in ("peers", "offset", "size")}
                            for row in every if "/files-" not in row.get("name", "")]
            self.assertGreater(sum(row["role"] == "fd" for row in rows[engine]), 5)
            self.assertGreater(sum(row["role"] == "mem" for row in rows[engine]), 0)
        self.assertEqual(*rows.values())

    def test_a_limit_of_two_to_the_thirtieth(self):
        text = self.boot.text("limit")
        self.assertEqual(len(re.findall(r"^1073741816$", text, re.MULTILINE)), 2, text)
        self.assertEqual(text.count("+++ exited with 0 +++"), 2, text)
        self.assertRegex(text, r" cwd +DIR ")
        self.assertRegex(text, r"sleep \d+ has been in \w*nanosleep")

    def test_waits(self):
        """What `why` must say besides what the fixture itself demands."""
        said = {
            "disk-fsync": [r"fd 3  /tmp/waiters\.\w+/file: block device \d+:\d+ dm-0 \(waiters-disk-\d+\) of "
                           r"/tmp/waiters\.\w+ \(ext4\): it is suspended"],
            "disk-read": [r"fd 3  /dev/dm-1: block device \d+:1 dm-1 \(waiters-disk-\d+\): it is suspended"],
            "nfs-stat": [r"/tmp/waiters\.\w+/file: file server of localhost:/export \(127\.0\.0\.1:\d+\), mounted on "
                         r"/tmp/waiters\.\w+ \(nfs\): it has not answered", "is that server"],
            "nfs-fsync": [r"in fsync\(3\)", r"fd 3  /tmp/waiters\.\w+/file: file server of localhost:/export"],
            "nfs-mount": [r"localhost:/export \(127\.0\.0\.1:\d+\), to be mounted on /tmp/waiters\.\w+ \(nfs\)"],
            "memory-high": [r"its control group /syscope-waiters-\d+ has \d+ KiB, more than its memory.high of 128 KiB"],
            "frozen": [r"its control group /syscope-waiters-\d+ to be thawed"],
            "throttled": [r"its control group /syscope-waiters-\d+ has used up its CPU bandwidth"],
        }
        for way, patterns in said.items():
            with self.subTest(way):
                made, answer = self.boot.text(f"waits/{way}.made"), self.boot.text(f"waits/{way}.json")
                messages = self.boot.text(f"waits/{way}.messages")
                self.assertTrue(made.startswith("{") and answer.startswith("{"), made + answer + messages)
                answer = json.loads(answer)
                self.assertEqual(wait_answers.wrong_with(answer, json.loads(made)), "")
                for pattern in patterns:
                    self.assertRegex(wait_answers.texts(answer), pattern)

    def test_doctor(self):
        rows = [json.loads(line) for line in self.boot.text("doctor").splitlines()]
        self.assertTrue(rows)
        self.assertEqual([row for row in rows if not row["met"]], [])


def main():
    missing = sorted({package for program, package in NEEDED.items() if not shutil.which(program)})
    if missing:
        skip("not installed: " + ", ".join(missing))
    for program in UNIT_TESTS, PROGRAM:
        if not program.exists():
            skip(f"not built: {program.name}: ninja -C {BUILD} {program.name}")
    kernels = [Path(name) for name in sys.argv[1:]]
    if not kernels:
        kernels = sorted(BUILD.glob("kernels/*/boot/vmlinuz-*"), key=release)[:1]
    if not kernels:
        skip("there is no kernel: `./dev test` fetches one, which needs a Debian mirror")
    results = []
    for kernel in kernels:
        print(kernel.name, flush=True)
        DebianKernel.boot = Boot(kernel)
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(DebianKernel)
        results.append(unittest.TextTestRunner(stream=sys.stdout).run(suite).wasSuccessful())
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
