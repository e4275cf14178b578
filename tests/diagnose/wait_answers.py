"""Whether `why --json` names whom the fixture `waiters` says is to blame."""
import json


def names(node, pid, tid):
    """Whether some step below the root names this process (and thread)."""
    for child in node.get("children", []):
        if child.get("pid") == pid and (tid == 0 or child.get("tid") == tid):
            return True
        if names(child, pid, tid):
            return True
    return False


def texts(answer):
    def walk(node):
        yield node["text"]
        yield node.get("role", "")
        for child in node.get("children", []):
            yield from walk(child)
    return "\n".join([*walk(answer["tree"]), *answer.get("verdict", [])])


def wrong_with(answer, want):
    """What is wrong with an answer, by what the fixture said; an empty string when it is right."""
    if want["object"] not in texts(answer):
        return "'%s' is not named in\n%s" % (want["object"], texts(answer))
    if want["culprit_pid"] and not names(answer["tree"], want["culprit_pid"], want["culprit_tid"]):
        return "culprit %d/%d is not named in\n%s" % (want["culprit_pid"], want["culprit_tid"],
                                                      json.dumps(answer, indent=1))
    return ""
