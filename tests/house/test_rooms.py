"""The arrows between rooms are those of ARCHITECTURE.md, and a wrong include is noticed."""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def check(root):
    return subprocess.run([sys.executable, root / "tools/check-rooms"], capture_output=True, text=True)


real = check(ROOT)
print(real.stdout)
assert real.returncode == 0, "a room includes what it may not"

with tempfile.TemporaryDirectory() as folder:
    copy = Path(folder)
    (copy / "tools").mkdir()
    (copy / "src/event").mkdir(parents=True)
    shutil.copy(ROOT / "tools/check-rooms", copy / "tools")
    shutil.copy(ROOT / "ARCHITECTURE.md", copy)
    (copy / "src/event/wrong.cc").write_text('#include "app/verb.h"\n')
    broken = check(copy)
    assert broken.returncode == 1 and "event may not include app" in broken.stdout, broken.stdout
