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
# Signals that are ignored, or that end the process at once, are delivered to nobody but a ptracer.
UNDELIVERED = {"sending_signals": "--- SIGUSR1", "timers": "--- SIGUSR1", "wait": "--- SIGTERM"}

# Ends by a signal that comes at any time: compared as far as both went.
ENDS_AT_ANY_TIME = {"timers"}


def is_untouched(theirs, ours):
    """Memory that neither the program nor a call that failed has touched is in no page yet: it stays an address."""
    if "ADDRESS" not in ours or " = -1 " not in ours:
        return False
    return re.fullmatch(".*".join(map(re.escape, ours.split("ADDRESS"))), theirs) is not None


def after_first_mark(lines):
    return lines[next((at for at, line in enumerate(lines) if differential.MARK.match(line)), -1) + 1:]


def differences(program, by_ptrace, by_bpf):
    """Of one process of `program`, lines as traced: the differences, as text."""
    lines = []
    for traced in by_ptrace, by_bpf:
        if program in ENDS_AT_ANY_TIME:
            traced = [line for line in after_first_mark(traced) if not line.startswith("+++")]
        else:
            traced = differential.between_marks(traced)
        traced = differential.without_children(traced)
        skipped = UNDELIVERED.get(program)
        lines.append([line for line in traced if not skipped or not line.startswith(skipped)])
    if program in ENDS_AT_ANY_TIME:
        shorter = min(map(len, lines))
        lines = [one[:shorter] for one in lines]
    differential.note_pids(lines[0])
    differential.note_pids(lines[1])
    lines = [[differential.normalised(line) for line in one] for one in lines]
    if len(lines[0]) != len(lines[1]):
        return differential.compare(program, *lines, ACCEPTED) or [f"{program}: {len(lines[0])} and {len(lines[1])} lines"]
    pairs = [(theirs, ours) for theirs, ours in zip(*lines) if not is_untouched(theirs, ours)]
    return differential.compare(program, [theirs for theirs, _ in pairs], [ours for _, ours in pairs], ACCEPTED)
