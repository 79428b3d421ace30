"""Judges a history (history.py) of what clients saw. It knows nothing of zxids, logs or leaders, and believes no server about itself.

Each law is a function from a Facts to the violations it finds; check() runs them all. checker_test.py has a bad history for each.
"""
import bisect
import os
import sys
from collections import defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import trees  # noqa: E402

OWNER = trees.STAT_FIELDS.index("ephemeralOwner")
VERSION = trees.STAT_FIELDS.index("version")


def number(data):
    """The number that a register's or sequential node's data begins with; None for anything else."""
    word = (data or b"").split(b" ")[0]
    return int(word) if word.isdigit() else None


def with_highest_before(events, rank):
    """Each event with the highest-ranking one that had ended before it started; None for the first ones."""
    ended, next_ended, highest = sorted(events, key=lambda e: e["end"]), 0, None
    for e in sorted(events, key=lambda e: e["start"]):
        while next_ended < len(ended) and ended[next_ended]["end"] <= e["start"]:
            if highest is None or rank(ended[next_ended]) > rank(highest):
                highest = ended[next_ended]
            next_ended += 1
        yield e, highest


class Facts:
    """The history, sorted and grouped once for all laws."""

    def __init__(self, history, sessions_survive=False, expiry_slack=4.0):
        self.history, self.sessions_survive, self.expiry_slack = history, sessions_survive, expiry_slack
        self.by_type = defaultdict(list)
        for event in history.events:
            self.by_type[event["type"]].append(event)
        self.writes = defaultdict(list)
        for w in self["write"]:
            self.writes[w["key"]].append(w)
        self.reads = defaultdict(list)
        for r in self["read"]:
            self.reads[r["key"]].append(r)
        self.gone = {g["sid"]: g for g in self["gone"]}
        self.last_alive = defaultdict(lambda: -1.0)  # a moment at which the session surely lived: the start of its last success
        for event in history.events:
            if "sid" in event and "start" in event and event.get("outcome", "ok") == "ok":
                self.last_alive[event["sid"]] = max(self.last_alive[event["sid"]], event["start"])
        for final in self["final"]:
            for sid in final["live"]:
                self.last_alive[sid] = float("inf")

    def __getitem__(self, kind):
        return self.by_type[kind]

    def finals_of(self, key):
        """(member, value, version) of a register in each final tree; value None when the node is gone."""
        for final in self["final"]:
            node = final["tree"].get(key)
            yield final["member"], number(node[0]) if node else None, node[2][VERSION] if node else -1


def acknowledged_writes_survive(facts):
    """A version of a register has one value for ever; values grow with versions; what was refused is never seen; the end has it all."""
    for key, writes in facts.writes.items():
        attempted = {w["value"]: w for w in writes}
        seen = {}  # version -> (value, who says so)
        claims = [(w["version"], w["value"], "write acknowledged at %.3f" % w["end"]) for w in writes if w["outcome"] == "ok"]
        claims += [(r["version"], r["value"], "read at %.3f" % r["end"]) for r in facts.reads[key] if r["value"] is not None]
        claims += [(version, value, "tree of %s" % member) for member, value, version in facts.finals_of(key) if value is not None]
        for version, value, who in claims:
            if value not in attempted:
                yield "%s: value %s (%s) was never written" % (key, value, who)
            elif attempted[value]["outcome"] == "fail":
                yield "%s: value %s (%s) was refused when it was written" % (key, value, who)
            if version in seen and seen[version][0] != value:
                yield "%s: version %d is %s (%s) and %s (%s)" % ((key, version) + seen[version] + (value, who))
            seen.setdefault(version, (value, who))
        last = (-1, -1)
        for version in sorted(seen):
            if seen[version][0] <= last[1]:
                yield "%s: version %d is %s, but version %d already was %s" % (key, version, seen[version][0], last[0], last[1])
            last = (version, seen[version][0])
        acked = [w for w in writes if w["outcome"] == "ok"]
        newest = max(acked, key=lambda w: w["version"], default=None)
        for member, value, version in facts.finals_of(key):
            if newest and version < newest["version"]:
                yield "%s: version %d (value %s) was acknowledged, the tree of %s ends with version %d (value %s)" % (
                    key, newest["version"], newest["value"], member, version, value)


def sessions_never_go_back(facts):
    """On one session the versions of a register that are read, or acknowledged as written, never fall."""
    for key in facts.writes.keys() | facts.reads.keys():
        by_session = defaultdict(list)
        for e in facts.reads[key] + [w for w in facts.writes[key] if w["outcome"] == "ok"]:
            by_session[e["sid"]].append(e)
        for sid, events in by_session.items():
            for e, known in with_highest_before(events, lambda e: e["version"]):
                if known and known["version"] > e["version"]:
                    yield "%s: session 0x%x knew version %d at %.3f, then at %.3f saw version %d" % (
                        key, sid, known["version"], known["end"], e["end"], e["version"])


def one_session_one_order(facts):
    """Who has seen the later of two chained writes has the earlier, too."""
    for chain in facts["chain"]:
        first, then = chain["first"], chain["then"]
        by_session = defaultdict(lambda: ([], []))  # ends of the readings of `then`, and the highest value by each
        for r in sorted(facts.reads[then], key=lambda r: r["end"]):
            ends, highest = by_session[r["sid"]]
            ends.append(r["end"])
            highest.append(max(r["value"], highest[-1] if highest else r["value"]))
        for r in facts.reads[first]:
            ends, highest = by_session[r["sid"]]
            known = bisect.bisect_right(ends, r["start"])
            if known and highest[known - 1] > r["value"]:
                yield "session 0x%x saw %s = %d, then at %.3f %s = %d" % (r["sid"], then, highest[known - 1], r["end"], first, r["value"])
        last = {m: v for m, v, _ in facts.finals_of(first)}
        for member, value, _ in facts.finals_of(then):
            if value is not None and (last.get(member) is None or last[member] < value):
                yield "tree of %s: %s = %s, but %s = %s, sent earlier on the same connection" % (member, then, value, first, last.get(member))


def sequence_numbers_are_given_once(facts):
    """No name twice, no request executed twice, order of numbers is the order of time, and every acknowledged node is there."""
    by_parent = defaultdict(list)
    for e in facts["sequence"]:
        by_parent[e["parent"]].append(e)
    for parent, events in by_parent.items():
        acked = [e for e in events if e["outcome"] == "ok"]
        names = {}
        for e in acked:
            if e["name"] in names:
                yield "%s: %s was given to request %s and to request %s" % (parent, e["name"], names[e["name"]], e["id"])
            names[e["name"]] = e["id"]
        for e, top in with_highest_before(acked, lambda e: int(e["name"][-10:])):
            if top and int(top["name"][-10:]) >= int(e["name"][-10:]):
                yield "%s: %s was given after %s was acknowledged" % (parent, e["name"], top["name"])
        known = {e["id"]: e for e in events}
        for final in facts["final"]:
            held = defaultdict(list)
            for path, (data, _, _) in final["tree"].items():
                if path.startswith(parent + "/"):
                    held[number(data)].append(path[len(parent) + 1:])
            for identity, where in held.items():
                if len(where) > 1:
                    yield "tree of %s: request %s was executed twice: %s" % (final["member"], identity, sorted(where))
                if identity not in known:
                    yield "tree of %s: %s/%s was never asked for" % (final["member"], parent, where[0])
            for e in acked:
                if held.get(e["id"]) != [e["name"]]:
                    yield "tree of %s: %s/%s was acknowledged, request %s is at %s" % (final["member"], parent, e["name"], e["id"], held.get(e["id"]))


def ephemerals_live_as_long_as_their_session(facts):
    """They never vanish before it, as seen by their owner, by any other session and in the end; and never outlive it."""
    deleted = {d["path"]: d["start"] for d in facts["delete"]}
    listings = defaultdict(list)
    for listing in facts["listing"]:
        listings[listing["parent"]].append(listing)
    ends = {}
    for parent, events in listings.items():
        events.sort(key=lambda r: r["end"])
        ends[parent] = [r["end"] for r in events]
    for e in facts["ephemeral"]:
        path, sid = e["path"], e["sid"]
        parent, name = path.rsplit("/", 1)
        alive = min(facts.last_alive[sid], deleted.get(path, float("inf")))  # surely there up to then, once it was created
        acked = e["outcome"] == "ok"
        first_seen = defaultdict(lambda: float("inf"))
        seen = listings[parent]
        for r in seen[bisect.bisect_left(ends.get(parent, []), e["start"]):]:
            if r["start"] > alive:
                break  # nothing that is seen from here on is wrong
            there = name in r["names"]
            if there:
                first_seen[r["sid"]] = min(first_seen[r["sid"]], r["end"])
            elif acked and r["sid"] == sid and r["start"] >= e["end"] and r["end"] < deleted.get(path, float("inf")):
                yield "%s: its own session 0x%x does not see it at %.3f" % (path, sid, r["end"])
            elif r["start"] >= first_seen[r["sid"]] and r["end"] < alive:
                yield "%s: session 0x%x saw it and at %.3f no more, though session 0x%x lived at %.3f" % (path, r["sid"], r["end"], sid, alive)
        for final in facts["final"]:
            node = final["tree"].get(path)
            if acked and node is None and sid in final["live"] and path not in deleted:
                yield "%s: missing in the tree of %s, though session 0x%x lives" % (path, final["member"], sid)
            if node is not None and node[2][OWNER] % 2**64 != sid % 2**64:
                yield "%s: belongs to 0x%x in the tree of %s, session 0x%x made it" % (path, node[2][OWNER], final["member"], sid)
    for final in facts["final"]:
        live = {sid % 2**64 for sid in final["live"]}
        for path, (_, _, stat) in final["tree"].items():
            if stat[OWNER] != 0 and stat[OWNER] % 2**64 not in live:
                yield "%s: in the tree of %s, though session 0x%x is gone" % (path, final["member"], stat[OWNER] % 2**64)


def a_lock_has_one_holder(facts):
    """Tokens in the protected register never fall, and nobody is told to hold the lock while another surely does."""
    by_lock = defaultdict(list)
    for e in facts["fenced"]:
        if e["outcome"] == "ok":
            by_lock[e["lock"]].append(e)
    for e in facts["seen"]:
        by_lock[e["lock"]].append(e)
    for lock, events in by_lock.items():
        events.sort(key=lambda e: (e["version"], e["token"]))
        for before, after in zip(events, events[1:]):
            if before["version"] == after["version"] and before["token"] != after["token"]:
                yield "%s: version %d has token %d and token %d" % (lock, after["version"], before["token"], after["token"])
            elif after["token"] < before["token"]:
                yield "%s: token %d wrote version %d after token %d wrote version %d: an old holder still wrote" % (
                    lock, after["token"], after["version"], before["token"], before["version"])
    holds = defaultdict(list)
    for h in facts["hold"]:
        holds[h["lock"]].append(h)
    for lock, events in holds.items():
        longest = None
        for h in sorted(events, key=lambda h: h["end"]):
            if longest and h["end"] < longest["until"] and h["token"] != longest["token"]:
                yield "%s: token %d was given at %.3f, while token %d of session 0x%x surely held it from %.3f to %.3f" % (
                    lock, h["token"], h["end"], longest["token"], longest["sid"], longest["end"], longest["until"])
            if longest is None or h["until"] > longest["until"]:
                longest = h


def watches_miss_nothing(facts):
    """A session that sees a newer version than the one it left a watch at has got the event before; and an event means a newer version."""
    fired = {}
    for f in facts["fire"]:
        if f["id"] in fired:
            yield "watch %s fired twice" % (f["id"],)
        fired[f["id"]] = f["time"]
    dropped = {u["id"]: u["time"] for u in facts["unarm"]}
    reads = defaultdict(list)
    for r in facts["read"]:
        reads[r["sid"], r["key"]].append(r)
    starts = {}
    for key, events in reads.items():
        events.sort(key=lambda r: r["start"])
        starts[key] = [r["start"] for r in events]
    for arm in facts["arm"]:
        if arm["id"] in dropped:
            continue
        events = reads[arm["sid"], arm["key"]]
        first = bisect.bisect_left(starts.get((arm["sid"], arm["key"]), []), arm["end"])
        at = fired.get(arm["id"], float("inf"))
        for i in range(first, len(events)):
            r = events[i]
            if r["version"] > arm["version"]:
                if at <= r["end"]:
                    break  # right, and so is all that comes later
                yield "%s: session 0x%x left a watch at version %d, read version %d at %.3f, the event came %s" % (
                    arm["key"], arm["sid"], arm["version"], r["version"], r["end"], "never" if arm["id"] not in fired else "at %.3f" % at)
                break
            if r["version"] <= arm["version"] and r["start"] >= at:
                yield "%s: session 0x%x had the event at %.3f and still read version %d" % (arm["key"], arm["sid"], at, r["version"])
                break


def sessions_end_by_right(facts):
    """None when the test says that all survive; otherwise none before its time without a word to any server is over."""
    timeouts = {s["sid"]: s["timeout"] for s in facts["session"]}
    for sid, gone in facts.gone.items():
        if gone["how"] != "expired":
            continue
        if facts.sessions_survive:
            yield "session 0x%x was lost at %.3f" % (sid, gone["time"])
        elif facts.last_alive[sid] >= 0 and gone["time"] - facts.last_alive[sid] < timeouts.get(sid, 0) - facts.expiry_slack:
            yield "session 0x%x of %.1f s had expired at %.3f, %.3f s after a request that was answered" % (
                sid, timeouts[sid], gone["time"], gone["time"] - facts.last_alive[sid])


def members_end_equal(facts):
    """After healing and a sync every member serves the same tree, stats included."""
    firsts = {}  # by the moment, which the sessions that were open name
    for final in facts["final"]:
        first = firsts.setdefault(final["live"], final)
        for line in trees.differences(first["tree"], final["tree"], 5):
            yield "%s / %s: %s" % (first["member"], final["member"], line)


def answers_are_of_this_world(facts):
    """No session is answered with an error that its request cannot have."""
    for e in facts["strange"]:
        yield "session 0x%x: %s" % (e["sid"], e["error"])


LAWS = [acknowledged_writes_survive, sessions_never_go_back, one_session_one_order, sequence_numbers_are_given_once,
        ephemerals_live_as_long_as_their_session, a_lock_has_one_holder, watches_miss_nothing, sessions_end_by_right, members_end_equal,
        answers_are_of_this_world]


def check(history, **promises):
    """[(law, what was seen)]"""
    facts = Facts(history, **promises)
    return [(law.__name__, text) for law in LAWS for text in law(facts)]


def report(history, **promises):
    """Prints what is wrong; True when nothing is."""
    violations = check(history, **promises)
    for name in dict.fromkeys(law for law, _ in violations):
        texts = [text for law, text in violations if law == name]
        for text in texts[:6]:
            print("VIOLATION %s: %s" % (name, text), flush=True)
        if len(texts) > 6:
            print("... and %d more of %s" % (len(texts) - 6, name), flush=True)
    return not violations


def figures(history):
    """One line of what was judged."""
    count = lambda kind, outcome=None: sum(1 for e in history.events if e["type"] == kind and (outcome is None or e.get("outcome") == outcome))
    acked = count("write", "ok") + count("sequence", "ok") + count("ephemeral", "ok") + count("fenced", "ok")
    maybe = count("write", "maybe") + count("sequence", "maybe") + count("ephemeral", "maybe") + count("fenced", "maybe")
    expired = sum(1 for g in history.of("gone") if g["how"] == "expired")
    return "%d acknowledged writes, %d in doubt, %d reads, %d watches (%d fired), %d locks held, %d sessions (%d expired)" % (
        acked, maybe, count("read") + count("listing") + count("seen"), count("arm"), count("fire"), count("hold"), count("session"), expired)
