"""`syscope doctor`: every requirement with an answer, and what to do without privilege."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

SYSCOPE = os.environ["SYSCOPE"]


def run(*arguments, **options):
    return subprocess.run([SYSCOPE, "doctor", *arguments], capture_output=True, text=True, **options)


text = run()
assert "eBPF engine:" in text.stdout and "ptrace engine:" in text.stdout, text
rows = [json.loads(line) for line in run("--json").stdout.splitlines()]
assert {row["engine"] for row in rows} == {"bpf", "ptrace"}, rows
assert all(set(row) >= {"requirement", "met", "found"} for row in rows), rows
assert all(row["met"] or row["todo"] for row in rows), rows
works = next(row["met"] for row in rows if row["requirement"] == "its programs load")
assert works == ("can use the eBPF engine" in text.stdout)
assert run("--nonsense").returncode == 2

if os.geteuid() != 0:
    print("skipped: what an ordinary user sees, since this is not root")
    sys.exit(0)
if os.environ.get("CI"):
    assert works, text.stdout

with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o755)
    SYSCOPE = shutil.copy(SYSCOPE, folder)  # the build folder may be closed to others
    plain = run("--json", user=65534, group=65534, extra_groups=[])
rows = [json.loads(line) for line in plain.stdout.splitlines()]
permission = next(row for row in rows if row["requirement"] == "permission to trace with eBPF")
assert not permission["met"] and "root" in permission["todo"], permission
assert not any("newer kernel" in row.get("todo", "") for row in rows if not row["met"]), rows  # blames no kernel
loads = next(row for row in rows if row["requirement"] == "its programs load")
assert not loads["met"], loads
