"""`files --growth` names the code that opens what increases; for those who may not know, it says so and counts."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

SYSCOPE = os.environ["SYSCOPE"]
LEAK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "leak.c")
failures = []


def check(what, holds, detail=""):
    if not holds:
        failures.append(f"{what} {detail}")


def growth(pid, *options, program=SYSCOPE, user=None):
    done = subprocess.run([program, "files", "--growth", "700ms", *options, str(pid)], capture_output=True, text=True,
                          timeout=120, user=user)
    return done.stdout, done.stderr


def starts_with(row, *functions):
    return row.get("opened_by", [])[:len(functions)] == list(functions)


def with_privilege(pid):
    text, messages = growth(pid, "--json")
    check("nothing to complain of", messages == "", messages)
    rows = {row["kind"]: row for row in map(json.loads, text.splitlines()) if row["growth"] > 0}
    check("the three kinds", set(rows) == {"regular", "pipe", "character-device"}, text)
    if failures:
        return
    check("a file", starts_with(rows["regular"], "openat", "open_config", "reload", "main"), rows["regular"])
    check("a pipe", starts_with(rows["pipe"], "pipe2", "make_channel", "main") or
          starts_with(rows["pipe"], "pipe", "make_channel", "main"), rows["pipe"])
    check("a copy", starts_with(rows["character-device"], "fcntl", "keep_copy", "main"), rows["character-device"])
    for row in rows.values():
        check("what has been seen", 0 < row["opened_so"] <= row["looked_at"] <= row["after"], row)
    table, _ = growth(pid)
    check("the table has it", "OPENED BY" in table and "openat < open_config < reload < main" in table, table)


def without(pid, program, user):
    text, messages = growth(pid, "--json", program=program, user=user)
    row = json.loads(text.splitlines()[0])
    check("counted", row["growth"] > 0 and "opened_by" not in row, text)
    check("and said why", "cannot watch which code opens files" in messages and "run as root" in messages, messages)


def main():
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program, copy = os.path.join(folder, "leak"), os.path.join(folder, "syscope")
        subprocess.run(["cc", "-O2", "-o", program, LEAK], check=True)
        shutil.copy(SYSCOPE, copy)
        os.chmod(copy, 0o755)
        # The owner of a process may list its files, but not watch.
        for user in ([None, 65534] if root else [None]):
            leaker = subprocess.Popen([program], user=user)
            try:
                time.sleep(0.1)
                if root and user is None:
                    with_privilege(leaker.pid)
                else:
                    without(leaker.pid, copy, user)
            finally:
                leaker.kill()
                leaker.wait()
    print("\n".join(failures) or "ok")
    return 1 if failures else 0


sys.exit(main())
