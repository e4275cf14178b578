"""`why -k`: the functions of blocked threads, in order, and the threads left alone."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

SYSCOPE = os.environ["SYSCOPE"]
HERE = os.path.dirname(os.path.abspath(__file__))
CHAIN = ["read+", "chain::innermost(char*, int)+", "chain::with_dynamic_array(int)+",
         "long chain::templated<double>(double)+", "chain::Outer::called_virtually(int)+",
         "chain::Outer::called_virtually(int)+", "chain::Outer::called_virtually(int)+",
         "thread_body+"]
KINDS = {"optimised": ["-O2", "-fomit-frame-pointer"],
         "with frame pointers": ["-O2", "-fno-omit-frame-pointer"],
         "for the debugger": ["-O0", "-g"]}


def why(*arguments):
    return subprocess.run([SYSCOPE, "why", *arguments], capture_output=True, text=True, timeout=60)


def has_stacks():
    return "no native stacks" not in why("-k", str(os.getpid())).stdout


def state_of(pid, tid):
    with open("/proc/%d/task/%d/status" % (pid, tid), encoding="utf-8") as status:
        return [line for line in status if line.startswith(("State", "TracerPid")) or "ctxt" in line]


def frames_of(tid):
    nodes = json.loads(why("-k", "--json", str(tid)).stdout)["tree"]["children"]
    return [node for node in nodes if node["kind"] in ("frame", "note")]


@unittest.skipUnless(has_stacks(), "built without libdw")
class StacksTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.reads, self.writes = os.pipe()
        self.children = []

    def tearDown(self):
        for child in self.children:
            child.kill()
            child.wait()
        os.close(self.reads)
        os.close(self.writes)
        shutil.rmtree(self.folder)

    def build(self, *options):
        program = os.path.join(self.folder, "blocked")
        subprocess.run(["g++", *options, "-o", program, os.path.join(HERE, "blocked.cc"), "-pthread"],
                       check=True)
        return program

    def start(self, *command):
        child = subprocess.Popen(command, stdin=self.reads, stdout=subprocess.PIPE, text=True)
        self.children.append(child)
        self.addCleanup(child.stdout.close)
        return child

    def wait_for_read(self, pid, tid):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with open("/proc/%d/task/%d/syscall" % (pid, tid), encoding="utf-8") as call:
                if call.read().startswith("0 0x0 "):
                    return
            time.sleep(0.02)
        self.fail("thread %d does not read" % tid)

    def in_order(self, frames, wanted):
        texts = [frame["text"] for frame in frames]
        self.assertEqual([text[:len(start)] for text, start in zip(texts, wanted)], wanted, texts)

    def test_every_kind_of_code(self):
        for kind, options in KINDS.items():
            child = self.start(self.build(*options))
            second = int(child.stdout.readline())
            for tid in (child.pid, second):
                with self.subTest(kind=kind, main=tid == child.pid):
                    self.wait_for_read(child.pid, tid)
                    before = state_of(child.pid, tid)
                    if tid == child.pid:
                        outer = ["main+"]
                        tree = json.loads(why("-k", "--json", str(tid)).stdout)["tree"]
                        frames = next(node for node in tree["children"]
                                      if node.get("tid") == tid)["children"]
                    else:
                        outer = ["announce_and_read+"] if "-O0" in options else []
                        frames = frames_of(tid)
                    self.in_order(frames, CHAIN + outer)
                    self.assertEqual(state_of(child.pid, tid), before, "the thread was disturbed")
                    if "-g" in options:
                        self.assertIn(" blocked.cc:", frames[1]["text"])

    def test_a_program_that_was_deleted(self):
        program = self.build("-O2")
        child = self.start(program)
        second = int(child.stdout.readline())
        self.wait_for_read(child.pid, second)
        os.unlink(program)
        if os.geteuid() == 0:
            self.in_order(frames_of(second), CHAIN)
        else:  # its file cannot be had; what is known is said, and that more is not
            self.assertTrue(frames_of(second)[-1]["text"].startswith("the caller is not known"))

    def test_a_program_without_symbols(self):
        child = self.start(self.build("-O2", "-s"))
        second = int(child.stdout.readline())
        self.wait_for_read(child.pid, second)
        frames = frames_of(second)
        self.in_order(frames, ["read+"] + ["blocked+0x"] * 7 + ["start_thread+"])
        self.assertEqual(frames[3]["certainty"], "likely")

    @unittest.skipUnless(os.path.basename(os.path.realpath(shutil.which("python3"))) == "python3.11",
                         "no CPython 3.11")
    def test_python_between_native_frames(self):
        child = self.start("python3", "-c", "import os\ndef key(x): return os.read(0, x)\n"
                           "def most(l): return max(l, key=key)\nmost([1])\n")
        end = time.monotonic() + 30
        texts = []
        while "<string>:2 in key" not in texts and time.monotonic() < end:
            texts = [frame["text"] for frame in frames_of(child.pid)]
        at = [texts.index(line) for line in ("<string>:2 in key", "<string>:3 in most",
                                             "<string>:4 in <module>")]
        self.assertEqual(at, sorted(at))
        if any(text.startswith("_PyEval_EvalFrameDefault+") for text in texts):
            self.assertGreater(at[1], at[0] + 1, "max() stands between the two")


if __name__ == "__main__":
    unittest.main()
