"""The end of a run: heal, let everybody read once more, compare the members' trees while sessions live and after they ended, then check."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import checker  # noqa: E402
import trees  # noqa: E402
from ensemble import LOGS, wait_for  # noqa: E402

OWNER = checker.OWNER


def patiently(action, patience=30.0):
    end = time.monotonic() + patience
    while True:
        try:
            return action()
        except (OSError, trees.Closed):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def owners(member):
    return {stat[OWNER] for _, _, stat in patiently(lambda: trees.dump(member)).values()} - {0}


def look(ensemble, load, history):
    """Every member's whole tree, once all are level and every session that is gone has been expired."""
    live = load.live() if not load.closing else set()
    for member in ensemble.members:
        began = time.monotonic()
        try:
            wait_for("ephemerals of the dead to go", lambda: owners(member) <= live, 30)
        except TimeoutError:
            pass  # the checker says which
        if time.monotonic() - began > 10:
            print("note: ephemerals of the dead were on %r for %.0f s more" % (member, time.monotonic() - began), flush=True)
    ensemble.wait_level()
    for member in ensemble.members:
        history.add("final", member="s%d" % member.number, live=frozenset(live), tree=patiently(lambda: trees.dump(member)))


def own_snapshots_doubted(member):
    """By an Apache member in this life: it reads the digest for a snapshot while its tree goes on, and may miss its own at the next start."""
    life = member.log_text().split("---- start of ")[-1] if member.speaks == "apache" else ""
    return len(re.findall(r"The digest in the snapshot has [^\n]*\n[^\n]*Digests are not matching", life))


def equal_digests(ensemble):
    """How many zxids all members have in common in their digest logs; raises when a digest differs (and 0 where nobody keeps any)."""
    logs = []
    for member in ensemble.members:
        pairs = [line.split(": ") for line in member.word("hash").splitlines() if ": " in line]
        logs.append({zxid: digest for zxid, digest in pairs})
        mismatches = member.mntr().get("zk_digest_mismatches_count", "0")
        if mismatches != "0" and (all(m.speaks == "apache" for m in ensemble.members) or own_snapshots_doubted(member) >= int(mismatches)):
            print("note: %r counts %s digest mismatches, among Apache members alone or with its own snapshots" % (member, mismatches))
        elif mismatches != "0":
            raise AssertionError("%r counts %s digest mismatches" % (member, mismatches))
    common = set.intersection(*[set(log) for log in logs])
    for zxid in common:
        if len({log[zxid] for log in logs}) != 1:
            raise AssertionError("digests at %s differ: %s" % (zxid, [(m, log[zxid]) for m, log in zip(ensemble.members, logs)]))
    return len(common)


def finish(ensemble, load, history, **promises):
    """True when the run broke no law."""
    ensemble.wait_serving()
    load.settle()
    look(ensemble, load, history)
    load.close()
    look(ensemble, load, history)
    good = checker.report(history, **promises)
    if not good:
        os.makedirs(LOGS, exist_ok=True)
        where = os.path.join(LOGS, ensemble.name + "-history.jsonl")
        history.save(where)
        print("history: " + where)
        ensemble.keep_logs()
    return good
