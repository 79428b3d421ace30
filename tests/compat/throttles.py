#!/usr/bin/python3
"""Throttles of features.md 5.1 against Apache ZooKeeper 3.8 and against Vivarium, from the same zoo.cfg: who is let in, who is closed.
Then mntr: every name of ours is one of Apache's.

usage: throttles.py   (exit status 1 when the two differ)
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import rawzk  # noqa: E402
import servers  # noqa: E402

CREATE, SET_DATA = 1, 5
NEVER = 100000000  # ms until tokens come back
# Since 3.9.
NEWER_NAMES = {"snapshot_error_count"}


def knocks(port, session=(0, b"\0" * 16)):
    try:
        return rawzk.Raw(port, session=session)
    except (rawzk.Closed, OSError):
        return None


def tokens(port):
    """Three tokens, and none come back."""
    guests = [knocks(port) for _ in range(5)]
    yield "five new sessions", [guest is not None for guest in guests]
    yield "a renewed session", knocks(port, guests[0].session) is not None


def weights(port):
    """Six tokens: a new session costs three, a renewed one two."""
    first = knocks(port)
    renewed = knocks(port, first.session)
    yield "new, renewed", [first is not None, renewed is not None]
    yield "one token is left", [knocks(port) is not None, knocks(port, first.session) is not None]


def large(port):
    """Over 1000 bytes is large; all that are under way have 5000."""
    client = knocks(port)
    for size in (900, 2000, 4000):
        client.call(CREATE, rawzk.create("/n%d" % size, b"x" * size))
        yield "%d bytes" % size, "answered"
    client.send(SET_DATA, rawzk.text("/n900") + rawzk.text(b"x" * 6000) + rawzk.u32(-1))
    yield "6000 bytes", "closed" if client.closed() else "answered"
    other = knocks(port)
    other.send(SET_DATA, rawzk.text("/n900") + rawzk.text(b"x" * 900) + rawzk.u32(-1))
    yield "900 bytes by another", "closed" if other.closed() else "answered"


SCENES = [
    (tokens, "connection_throttle_tokens=3\nconnection_throttle_fill_time=%d" % NEVER),
    (weights, "connection_throttle_tokens=2\nconnection_throttle_fill_time=%d\nconnection_throttle_weight_enabled=true" % NEVER),
    (large, "largeRequestThreshold=1000\nlargeRequestMaxBytes=5000"),
]


def metric_names(kind):
    with servers.KINDS[kind]() as server:
        client = rawzk.Raw(server.port)
        client.call(CREATE, rawzk.create("/a", b"x"))
        return set(re.findall(r"^zk_(\w+)\t", servers.four_letter_word(server.port, "mntr"), re.M))


def main():
    questions = surprises = 0
    for scene, settings in SCENES:
        answers = {}
        for kind in ("apache", "vivarium"):
            with servers.KINDS[kind](extra=settings) as server:
                answers[kind] = list(scene(server.port))
        questions += len(answers["apache"])
        for a, v in zip(answers["apache"], answers["vivarium"]):
            if a != v:
                surprises += 1
                print("%s\n  apache   %s\n  vivarium %s" % (scene.__name__, a, v))
    ours = metric_names("vivarium")
    unknown = sorted(ours - metric_names("apache") - NEWER_NAMES)
    if unknown:
        surprises += 1
        print("mntr names that Apache does not have: %s" % ", ".join(unknown))
    print("throttles.py: %d questions, %d mntr names, %d surprises" % (questions, len(ours), surprises))
    sys.exit(1 if surprises else 0)


main()
