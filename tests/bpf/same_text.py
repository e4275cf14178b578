"""What the two engines may tell differently of one program, and nothing else."""
import re
import sys
from pathlib import Path

CALLS = Path(__file__).resolve().parent.parent / "calls"
sys.path.insert(0, str(CALLS))
import test_differential as differential

# Program, the ptrace engine's line, the eBPF engine's line.
ACCEPTED = [tuple(map(re.compile, row)) for row in [
    # The eBPF engine has programs and maps of its own in the kernel.
    ("bpf", r"_GET_NEXT_ID, ", r"_GET_NEXT_ID, "),
    # Which of two objects comes first hangs on their addresses in the kernel.
    ("pidfd", r"kcmp\(.* = [12]", r"kcmp\(.* = [12]"),
    # The killed thread does not reach the end of its call under ptrace.
    (".*", r"kill\(.*SIGKILL\) = \?", r"kill\(.*SIGKILL\) = 0"),
]]
# Signals that are ignored are delivered to nobody but a ptracer.
UNDELIVERED = {"sending_signals": "--- SIGUSR1"}


def is_untouched(theirs, ours):
    """Memory that neither the program nor a call that failed has touched is in no page yet: it stays an address."""
    if "ADDRESS" not in ours or " = -1 " not in ours:
        return False
    return re.fullmatch(".*".join(map(re.escape, ours.split("ADDRESS"))), theirs) is not None


def differences(program, by_ptrace, by_bpf):
    """Of one process of `program`, lines as traced: the differences, as text."""
    lines = []
    for traced in by_ptrace, by_bpf:
        traced = differential.without_children(differential.between_marks(traced))
        skipped = UNDELIVERED.get(program)
        lines.append([line for line in traced if not skipped or not line.startswith(skipped)])
    differential.note_pids(lines[0])
    differential.note_pids(lines[1])
    lines = [[differential.normalised(line) for line in one] for one in lines]
    if len(lines[0]) != len(lines[1]):
        return differential.compare(program, *lines, ACCEPTED) or [f"{program}: {len(lines[0])} and {len(lines[1])} lines"]
    pairs = [(theirs, ours) for theirs, ours in zip(*lines) if not is_untouched(theirs, ours)]
    return differential.compare(program, [theirs for theirs, _ in pairs], [ours for _, ours in pairs], ACCEPTED)
