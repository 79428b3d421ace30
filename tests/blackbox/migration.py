#!/usr/bin/python3
"""docs/MIGRATION.md as a test: three Apache ZooKeeper 3.8 members become three Vivarium members one at a time, on the same data
directories, then go back, then forth again, while clients hold sessions, ephemerals, locks and watches and never stop writing.

usage: migration.py
Nothing may be noticed: no acknowledged write is lost, no session, no watch, and each lock has one holder at most.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sandbox  # noqa: E402

EXISTING = 3000  # nodes that are there before anybody migrates


def furnish(member):
    """An ensemble that has lived: nodes, ACLs, many children, big data, deleted nodes, a failed multi."""
    import trees
    from rawzk import OPEN, create, multi, text, u32
    closed = [(31, "digest", "user:iAhpYV/3yNKKLhvMd3NLmXDmE8I="), (1, "world", "anyone")]
    requests = [(1, create("/old", b"", OPEN)), (1, create("/old/closed", b"secret", closed)), (1, create("/old/big", b"x" * 200000, OPEN))]
    requests += [(1, create("/old/n%d" % i, b"%d" % i, OPEN)) for i in range(EXISTING)]
    requests += [(2, text("/old/n%d" % i) + u32(-1)) for i in range(0, EXISTING, 3)]
    requests += [(1, create("/old/s", b"", OPEN, 2)) for _ in range(20)]
    requests += [(14, multi((5, text("/old/big") + text(b"y" * 1000) + u32(-1)), (2, text("/old/none") + u32(-1))))]
    connection = trees.connect(member)
    errors = [error for error, _ in trees._answers(connection, requests)]
    assert set(errors[:-1]) == {0}, set(errors)
    connection.send(trees.CLOSE)
    connection.close()


def replace(ensemble, load, kind):
    """Every member becomes `kind`: followers first, the leader last. The longest time in which no write was acknowledged."""
    done, silences = [], []
    while len(done) < len(ensemble.members):
        leader = ensemble.wait_leader()
        left = [m for m in ensemble.members if m not in done]
        member = next((m for m in left if m is not leader), leader)
        began = time.monotonic()
        was = "leader" if member is leader else "follower"
        member.become(kind)
        mode = member.wait_serving()
        ensemble.wait_level()
        took = time.monotonic() - began
        time.sleep(1.5)
        silences.append(longest_silence(load.history, began))
        print("s%d, a %s, is %s now: %s after %.1f s, longest time without an acknowledged write %.1f s" % (
            member.number, was, kind, mode, took, silences[-1]), flush=True)
        done.append(member)
    compare(ensemble, load)
    return max(silences)


def compare(ensemble, load):
    """While nobody writes: equal trees, and equal digests."""
    import trees
    from judge import equal_digests, patiently
    with load.held():
        end = time.monotonic() + 15
        while True:  # a session may yet expire between two readings
            ensemble.wait_level()
            dumps = [patiently(lambda: trees.dump(m)) for m in ensemble.members]
            lines = [line for dump in dumps[1:] for line in trees.differences(dumps[0], dump)]
            if not lines:
                break
            assert time.monotonic() < end, "\n".join(lines)
        print("%s members: %d nodes, equal trees, %d digests equal" % (ensemble.members[0].kind, len(dumps[0]), equal_digests(ensemble)), flush=True)


def longest_silence(history, since):
    """Seconds without an acknowledged write of anybody, at most, from `since` until now."""
    ends = [since] + sorted(e["end"] for e in list(history.events) if e["type"] == "write" and e["outcome"] == "ok" and e["end"] > since)
    return max(b - a for a, b in zip(ends, ends[1:] + [time.monotonic()]))


def main():
    sandbox.enter()
    from checker import figures
    from ensemble import Ensemble
    from history import History
    from judge import finish
    from workload import Workload
    began = time.monotonic()
    with Ensemble(["apache"] * 3, settings=["snapCount=2000"], name="migration") as ensemble:
        ensemble.start()
        furnish(ensemble[1])
        history = History()
        load = Workload(ensemble, history, timeout=20.0).start()
        time.sleep(2)
        silence = max(replace(ensemble, load, kind) for kind in ("vivarium", "apache", "vivarium"))
        if not finish(ensemble, load, history, sessions_survive=True):
            sys.exit("migration: violations")
        print("migration there, back and there again in %d s, nothing lost, writes paused for %.1f s at most: %s" % (
            time.monotonic() - began, silence, figures(history)))


main()
