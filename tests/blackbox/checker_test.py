#!/usr/bin/python3
"""A checker that cannot fail is worthless: a good history passes every law, and each of these bad ones breaks just the law it is named for."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import checker  # noqa: E402
from history import History  # noqa: E402

A, B = 0xa, 0xb
EMPTY_STAT = (5, 5, 1, 1, 0, 0, 0, 0, 1, 0, 5)


def stat(version=0, owner=0):
    return EMPTY_STAT[:4] + (version,) + EMPTY_STAT[5:7] + (owner,) + EMPTY_STAT[8:]


def good():
    """A little of everything, all right."""
    h = History()
    for sid in (A, B):
        h.add("session", sid=sid, timeout=10.0, start=0, end=0.1)
    h.add("write", sid=A, key="/r", value=0, version=0, start=0.2, end=0.3, outcome="ok")
    h.add("write", sid=A, key="/r", value=1, version=1, start=1, end=2, outcome="ok")
    h.add("write", sid=A, key="/r", value=2, start=2, end=3, outcome="maybe")
    h.add("write", sid=A, key="/r", value=3, start=3, end=4, outcome="fail")
    h.add("write", sid=A, key="/r", value=4, version=3, start=4, end=5, outcome="ok")
    h.add("arm", id=1, sid=B, key="/r", version=1, start=2, end=2.5)
    h.add("fire", id=1, time=3.4)
    h.add("read", sid=B, key="/r", value=1, version=1, start=2, end=2.5)
    h.add("read", sid=B, key="/r", value=2, version=2, start=3, end=3.5)
    h.add("chain", first="/c/a", then="/c/b")
    for key, start in (("/c/a", 1), ("/c/b", 1.1)):
        h.add("write", sid=A, key=key, value=7, version=1, start=start, end=start + 1, outcome="ok")
    h.add("read", sid=B, key="/c/b", value=7, version=1, start=2, end=2.5)
    h.add("read", sid=B, key="/c/a", value=7, version=1, start=2.6, end=2.7)
    h.add("sequence", sid=A, parent="/q", id=1, name="n0000000000", start=1, end=2, outcome="ok")
    h.add("sequence", sid=B, parent="/q", id=2, name="n0000000002", start=3, end=4, outcome="ok")
    h.add("sequence", sid=B, parent="/q", id=3, name=None, start=2, end=4, outcome="maybe")
    h.add("ephemeral", sid=A, path="/e/x", start=1, end=2, outcome="ok")
    h.add("ephemeral", sid=0xc, path="/e/y", start=1, end=2, outcome="ok")
    h.add("listing", sid=A, parent="/e", names=["x", "y"], start=2, end=3)
    h.add("listing", sid=B, parent="/e", names=["x", "y"], start=2, end=3)
    h.add("session", sid=0xc, timeout=3.0, start=0, end=1)
    h.add("gone", sid=0xc, how="left", time=2)
    h.add("listing", sid=B, parent="/e", names=["x"], start=9, end=10)
    h.add("hold", sid=A, lock="/l", token=0, start=1, end=2, until=3)
    h.add("fenced", sid=A, lock="/l", token=0, version=1, start=2.5, end=3, outcome="ok")
    h.add("hold", sid=B, lock="/l", token=1, start=1, end=4, until=5)
    h.add("fenced", sid=B, lock="/l", token=1, version=2, start=4.5, end=5, outcome="ok")
    h.add("seen", sid=A, lock="/l", token=1, version=2, start=6, end=7)
    for member in ("s1", "s2"):
        h.add("final", member=member, live=frozenset((A, B)), tree=final_tree())
    return h


def final_tree():
    acl = b""
    return {"/r": (b"4", acl, stat(3)), "/c/a": (b"7", acl, stat(1)), "/c/b": (b"7", acl, stat(1)), "/q/n0000000000": (b"1 x", acl, stat()),
            "/q/n0000000002": (b"2 x", acl, stat()), "/e/x": (b"", acl, stat(owner=A))}


def in_every_tree(h, path, node):
    for final in h.of("final"):
        if node is None:
            del final["tree"][path]
        else:
            final["tree"][path] = node


def first(h, kind, **fields):
    return next(e for e in h.of(kind) if all(e[k] == v for k, v in fields.items()))


# name of the case -> (the law that it breaks, how to spoil a good history, promises)
CASES = {}


def breaks(law, **promises):
    def keep(spoil):
        CASES[spoil.__name__] = (law, spoil, promises)
        return spoil
    return keep


@breaks("acknowledged_writes_survive")
def an_acknowledged_write_is_missing_in_the_end(h):
    in_every_tree(h, "/r", (b"2", b"", stat(2)))


@breaks("acknowledged_writes_survive")
def the_node_of_an_acknowledged_write_is_missing(h):
    in_every_tree(h, "/r", None)


@breaks("acknowledged_writes_survive")
def a_version_has_two_values(h):
    h.add("read", sid=B, key="/r", value=2, version=1, start=2.6, end=2.7)


@breaks("acknowledged_writes_survive")
def a_refused_write_is_read(h):
    h.add("read", sid=B, key="/r", value=3, version=2, start=3.6, end=3.7)


@breaks("acknowledged_writes_survive")
def a_value_from_nowhere(h):
    in_every_tree(h, "/r", (b"9", b"", stat(4)))


@breaks("sessions_never_go_back")
def a_read_goes_back(h):
    h.add("read", sid=0xd, key="/r", value=2, version=2, start=3, end=3.5)
    h.add("read", sid=0xd, key="/r", value=1, version=1, start=4, end=4.5)


@breaks("sessions_never_go_back")
def a_session_does_not_see_its_own_write(h):
    h.add("read", sid=A, key="/r", value=2, version=2, start=6, end=6.5)


@breaks("one_session_one_order")
def a_later_write_is_seen_without_the_earlier(h):
    h.add("write", sid=A, key="/c/b", value=8, version=2, start=3, end=4, outcome="maybe")
    h.add("write", sid=A, key="/c/a", value=8, start=3, end=4, outcome="maybe")
    h.add("read", sid=B, key="/c/b", value=8, version=2, start=4, end=4.5)
    h.add("read", sid=B, key="/c/a", value=7, version=1, start=5, end=5.5)
    in_every_tree(h, "/c/b", (b"8", b"", stat(2)))
    in_every_tree(h, "/c/a", (b"8", b"", stat(2)))


@breaks("one_session_one_order")
def only_the_later_write_is_there_in_the_end(h):
    h.add("write", sid=A, key="/c/b", value=8, version=2, start=3, end=4, outcome="maybe")
    in_every_tree(h, "/c/b", (b"8", b"", stat(2)))


@breaks("sequence_numbers_are_given_once")
def a_sequential_name_is_given_twice(h):
    h.add("sequence", sid=B, parent="/q", id=2, name="n0000000000", start=1, end=2, outcome="ok")
    h.events = [e for e in h.events if not (e["type"] == "sequence" and e["name"] == "n0000000002")]
    in_every_tree(h, "/q/n0000000002", None)


@breaks("sequence_numbers_are_given_once")
def a_request_is_executed_twice(h):
    in_every_tree(h, "/q/n0000000004", (b"2 x", b"", stat()))


@breaks("sequence_numbers_are_given_once")
def numbers_go_back_in_time(h):
    h.add("sequence", sid=A, parent="/q", id=4, name="n0000000001", start=5, end=6, outcome="ok")
    in_every_tree(h, "/q/n0000000001", (b"4 x", b"", stat()))


@breaks("sequence_numbers_are_given_once")
def an_acknowledged_sequential_node_is_gone(h):
    in_every_tree(h, "/q/n0000000002", None)


@breaks("ephemerals_live_as_long_as_their_session")
def an_ephemeral_vanishes_for_its_own_session(h):
    h.add("listing", sid=A, parent="/e", names=[], start=4, end=5)


@breaks("ephemerals_live_as_long_as_their_session")
def an_ephemeral_vanishes_for_another_session(h):
    h.add("listing", sid=B, parent="/e", names=["y"], start=3.5, end=3.6)


@breaks("ephemerals_live_as_long_as_their_session")
def an_ephemeral_of_a_live_session_is_gone_in_the_end(h):
    in_every_tree(h, "/e/x", None)


@breaks("ephemerals_live_as_long_as_their_session")
def an_ephemeral_outlives_its_session(h):
    in_every_tree(h, "/e/y", (b"", b"", stat(owner=0xc)))


@breaks("a_lock_has_one_holder")
def an_old_holder_still_writes(h):
    h.add("fenced", sid=A, lock="/l", token=0, version=3, start=6, end=7, outcome="ok")


@breaks("a_lock_has_one_holder")
def two_holders_at_a_time(h):
    first(h, "hold", token=0)["until"] = 4.5


@breaks("watches_miss_nothing")
def a_change_without_its_event(h):
    h.events.remove(first(h, "fire"))


@breaks("watches_miss_nothing")
def the_event_comes_after_the_data(h):
    first(h, "fire")["time"] = 3.6


@breaks("watches_miss_nothing")
def a_watch_fires_twice(h):
    h.add("fire", id=1, time=3.41)


@breaks("watches_miss_nothing")
def an_event_and_nothing_new(h):
    h.add("read", sid=B, key="/c/a", value=7, version=1, start=2.8, end=2.9)
    h.add("arm", id=2, sid=B, key="/c/a", version=1, start=2.6, end=2.7)
    h.add("fire", id=2, time=2.75)


@breaks("sessions_end_by_right")
def a_session_expires_early(h):
    h.add("gone", sid=B, how="expired", time=first(h, "listing", names=["x"])["start"] + 1)
    for final in h.of("final"):
        final["live"] = frozenset((A,))


@breaks("sessions_end_by_right", sessions_survive=True)
def a_session_is_lost_where_none_may(h):
    h.add("gone", sid=B, how="expired", time=100)
    for final in h.of("final"):
        final["live"] = frozenset((A,))


@breaks("members_end_equal")
def members_end_with_different_stats(h):
    data, acl, old = h.of("final")[1]["tree"]["/e/x"]
    h.of("final")[1]["tree"]["/e/x"] = (data, acl, (6,) + old[1:])


@breaks("answers_are_of_this_world")
def an_answer_that_no_one_may_get(h):
    h.add("strange", sid=A, error="SystemError")


def main():
    assert checker.check(good()) == [], checker.check(good())
    laws = {law.__name__ for law in checker.LAWS}
    for name, (law, spoil, promises) in CASES.items():
        history = good()
        spoil(history)
        broken = {found for found, _ in checker.check(history, **promises)}
        if broken != {law}:
            sys.exit("%s: expected a violation of %s, found %s" % (name, law, checker.check(history, **promises)))
    unbroken = laws - {law for law, _, _ in CASES.values()}
    assert not unbroken, "no bad history for %s" % sorted(unbroken)
    print("checker: %d bad histories, each found by its law; all %d laws can fail" % (len(CASES), len(laws)))


main()
