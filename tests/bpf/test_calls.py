"""Every program of tests/calls under both engines: the same text."""
import os
import subprocess
import sys
import tempfile

import same_text
from same_text import differential

SYSCOPE = os.path.abspath(os.environ["SYSCOPE"])


def compare(source, program, options):
    traces = []
    for engine in "ptrace", "bpf":
        with tempfile.TemporaryDirectory() as work:
            traces.append(differential.trace([SYSCOPE, "trace", "--engine=" + engine], [*options, "-f"], [program],
                                             work))
    if len(traces[0]) != len(traces[1]):
        return [f"{source.stem}: {len(traces[0])} and {len(traces[1])} threads"]
    return [problem for pair in zip(*traces) for problem in same_text.differences(source.stem, *pair)]


def main():
    probe = subprocess.run([SYSCOPE, "trace", "--engine=bpf", "-o", "/dev/null", "true"], capture_output=True, text=True)
    if probe.returncode != 0:
        print("skipped:", probe.stderr.strip())
        sys.exit(1 if os.environ.get("CI") else 77)
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted(same_text.CALLS.glob("*.c")):
            program = differential.compile_program(str(source), folder)
            for options in differential.options_of(source):
                problems += compare(source, program, options)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
