"""What the benchmark scripts share: running variants of a command in turn, and medians of what they print."""
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

SYSCOPE = os.environ.get("SYSCOPE", "build/syscope")
HERE = Path(__file__).resolve().parent


def compiled(source, *flags):
    """The path of a C program next to this file, compiled into a folder that goes with the process."""
    folder = tempfile.mkdtemp(prefix="bench-")
    program = Path(folder) / Path(source).stem
    subprocess.run(["cc", "-O2", "-o", program, HERE / source, *flags], check=True)
    return str(program)


def printed_number(command):
    """Runs a command that prints one number, and returns it."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: exit {done.returncode}: {done.stderr[-500:]}")
    return float(done.stdout.strip().splitlines()[-1])


def wall_seconds(command):
    """Runs a command and returns how long it took from outside."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def medians(variants, measure, rounds=5):
    """variants: name -> command. Runs them in turn, `rounds` times; returns name -> median figure."""
    figures = {name: [] for name in variants}
    for command in variants.values():
        measure(command)  # warm-up
    for _ in range(rounds):
        for name, command in variants.items():
            figures[name].append(measure(command))
    return {name: statistics.median(values) for name, values in figures.items()}


def report_added(title, unit, figures, base, reference, *ours):
    """Prints each figure, what it adds to `base`, and the ratio of the additions of each of ours to reference's."""
    print(title)
    for name, value in figures.items():
        print(f"  {name:42} {value:12.1f} {unit}   added {value - figures[base]:12.1f}")
    theirs = figures[reference] - figures[base]
    for name in ours:
        print(f"  ratio of added time, {name} / {reference}: {(figures[name] - figures[base]) / theirs:.3f}")
