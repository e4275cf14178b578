"""The unit tests and fuzz targets once more, built with the address and undefined-behaviour sanitizers."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(os.environ["SYSCOPE_BUILD"]) / "sanitized"


def run(*command):
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], check=True)


run("cmake", "-S", ROOT, "-B", FOLDER, "-G", "Ninja", "-DSYSCOPE_SANITIZE=ON", "-DCMAKE_BUILD_TYPE=Debug",
    "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1")
run("cmake", "--build", FOLDER, "--target", "unit_programs")
run("ctest", "--test-dir", FOLDER, "-L", "unit", "--output-on-failure", "--no-tests=error", "-j", os.cpu_count())
