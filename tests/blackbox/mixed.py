#!/usr/bin/python3
"""Ensembles of Vivarium and Apache ZooKeeper 3.8 members together, under load, judged by checker.py.

usage: mixed.py [SCENARIO...]
Roles: a Vivarium follower and observer under an Apache leader, a Vivarium leader with an Apache follower and observer; each is killed with
-9 while clients write. Synchronisation in both directions: TRUNC, DIFF, SNAP for an empty disk, SNAP for a long absence. Sessions that move
from one kind to the other and back. At the end of each: equal trees, stats included, and equal digests.
"""
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sandbox  # noqa: E402

SHORT_MEMORY = ["commitLogCount=4000", "snapshotSizeFactor=-1", "snapCount=2500"]  # a longer absence ends in SNAP
WITHOUT_ABANDONER = "no session expires by itself"
LEADER_SAYS = {  # in its log, of the learner with that number; the first method that is found counts
    "apache": {"SNAP": "Sending snapshot last zxid of peer", "TRUNC": r"Sending TRUNC .*sid: ?%d", "DIFF": r"(Using committedLog for|Sending DIFF .*) peer sid: %d"},
    "vivarium": {how: "synchronising server %%d at 0x[0-9a-f]+ by %s" % how for how in ("SNAP", "TRUNC", "DIFF")},
}


class Run:
    """An ensemble under load; `end` judges it."""

    def __init__(self, name, kinds, observers=(), leader=None, settings=(), counts=None):
        from ensemble import Ensemble
        from history import History
        from workload import Abandoner, Workload
        if counts == WITHOUT_ABANDONER:
            counts = {kind: number for kind, number in Workload.STANDARD.items() if kind is not Abandoner}
        self.began, self.name, self.notes = time.monotonic(), name, []
        self.ensemble = Ensemble(kinds, observers, settings, name="mixed-" + name.replace(" > ", "-").replace(" ", "-"))
        try:
            self.ensemble.start_with_leader(leader) if leader else self.ensemble.start()
        except Exception:
            self.ensemble.keep_logs()
            self.ensemble.close()
            raise
        self.history = History()
        self.load = Workload(self.ensemble, self.history, timeout=15.0, counts=counts).start()
        self.work(1.0)

    def work(self, seconds):
        """Clients go on for so long at least, and until something was acknowledged."""
        time.sleep(seconds)

    def note(self, text):
        self.notes.append(text)

    def end(self):
        from checker import figures
        from judge import equal_digests, finish
        if not finish(self.ensemble, self.load, self.history, sessions_survive=True):
            raise AssertionError("%s: violations" % self.name)
        self.note("%d digests equal" % equal_digests(self.ensemble))
        print("%-18s ok %4.0f s: %s; %s" % (self.name, time.monotonic() - self.began, ", ".join(self.notes), figures(self.history)), flush=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if kind is not None:
            self.ensemble.keep_logs()
        self.ensemble.close()


def strike(run, member, absence=1.0):
    """kill -9 while clients write, and back."""
    member.kill()
    run.work(absence)
    member.start().wait_serving()
    run.work(0.5)


def apache_leads():
    """Vivarium follows and observes; the Vivarium follower is killed, then the Apache leader."""
    with Run("apache leads", ["vivarium", "apache", "apache"], ["vivarium"], leader=3) as run:
        strike(run, run.ensemble[1])
        strike(run, run.ensemble[4])
        assert run.ensemble.leader() is run.ensemble[3]
        strike(run, run.ensemble[3], absence=5.0)
        run.note("vivarium follower, vivarium observer and apache leader killed; s%d leads" % run.ensemble.wait_leader().number)
        run.end()


def vivarium_leads():
    """Apache follows and observes; each is killed, then the Vivarium leader; whoever leads next."""
    with Run("vivarium leads", ["apache", "apache", "vivarium"], ["apache"], leader=3) as run:
        strike(run, run.ensemble[1])
        strike(run, run.ensemble[4])
        assert run.ensemble.leader() is run.ensemble[3]
        strike(run, run.ensemble[3], absence=5.0)
        run.note("apache follower, apache observer and vivarium leader killed; s%d leads" % run.ensemble.wait_leader().number)
        run.end()


def expect_sync(run, learner, how, since):
    """How the learner was synchronised, by the word of its leader."""
    leader = run.ensemble.wait_leader()
    text = leader.log_text()[since[leader]:]
    said = {h: re.search(words % learner.number if "%d" in words else words, text) for h, words in LEADER_SAYS[leader.speaks].items()}
    seen = next((h for h in said if said[h]), None)
    if seen not in how:
        raise AssertionError("%s: %r synchronised %r by %s, expected %s" % (run.name, leader, learner, seen, " or ".join(how)))
    run.note(seen)


def marks(run):
    return {m: len(m.log_text()) for m in run.ensemble.members}


def uncommitted_tail(run, leader):
    """The leader logs what nobody else ever hears of, and dies with it."""
    import trees
    from rawzk import OPEN, create
    others = [m for m in run.ensemble.members if m is not leader]
    connection = trees.connect(leader)
    assert trees._answers(connection, [(1, create("/tail", b"", OPEN))])[0][0] == 0
    for other in others:
        run.ensemble.network.cut(leader.number, other.number)
    for i in range(20):
        connection.send(1, create("/tail/never%d" % i, b"", OPEN))
    time.sleep(1.0)  # it is logged at once, and answered never; the leader steps down after syncLimit, later than this
    leader.kill()
    connection.close()
    run.ensemble.wait_leader(others)
    run.ensemble.network.heal()  # not before: the dead leader's sockets still try to deliver what they hold


def synchronisation(name, leaders_kind, learners_kind):
    """The third member, of the one kind, leads and falls; the two others, of the other kind, take it back in every way there is."""
    with Run(name, [leaders_kind, leaders_kind, learners_kind], leader=3, settings=SHORT_MEMORY, counts=WITHOUT_ABANDONER) as run:
        members, odd = run.ensemble.members, run.ensemble[3]
        if run.ensemble.network.cuts_links:
            with run.load.held():  # Apache cuts a tail only while nothing new is committed behind it
                uncommitted_tail(run, odd)
                since = marks(run)
                odd.start().wait_serving()
            expect_sync(run, odd, ["TRUNC"], since)
            run.work(0.5)
        else:
            print("%s: no TRUNC: links cannot be cut here" % name, flush=True)
            odd.kill()
            run.ensemble.wait_leader(members[:2])
            odd.start().wait_serving()
        odd.kill()
        since = marks(run)
        odd.start().wait_serving()
        expect_sync(run, odd, ["DIFF"], since)
        odd.stop()
        odd.wipe()
        since = marks(run)
        assert odd.start().wait_serving() == "follower", odd  # a Vivarium voter comes back in two steps: uncounted, then as what it was
        expect_sync(run, odd, ["SNAP", "DIFF"], since)  # a leader that remembers everything since the beginning may send just that
        odd.kill()
        fill(run, 6000)
        purge(run)
        since = marks(run)
        odd.start().wait_serving()
        expect_sync(run, odd, ["SNAP"], since)
        assert run.ensemble.leader().kind == leaders_kind
        odd.become(leaders_kind).wait_serving()  # whatever such a life has left on its disk, the other kind goes on with it
        run.end()


def fill(run, count):
    """So many writes, quickly."""
    import trees
    from rawzk import text, u32
    connection = trees.connect(run.ensemble[1])
    answers = trees._answers(connection, [(5, text("/fill") + text(b"%d" % i) + u32(-1)) if i else (1, trees.create("/fill", b"", trees.OPEN))
                                          for i in range(count)])
    assert all(error == 0 for error, _ in answers)
    connection.close()


def purge(run):
    """The others keep no log that reaches back, as after a purge."""
    for member in run.ensemble.members:
        if member.alive():
            where = os.path.join(member.data, "version-2")
            logs = sorted((f for f in os.listdir(where) if f.startswith("log.")), key=lambda f: int(f.split(".")[1], 16))
            assert len(logs) > 1, (member, logs)
            for name in logs[:-1]:
                os.remove(os.path.join(where, name))


def vivarium_syncs_apache():
    synchronisation("vivarium > apache", "vivarium", "apache")


def apache_syncs_vivarium():
    synchronisation("apache > vivarium", "apache", "vivarium")


def sessions_move():
    """One session, its ephemeral and its watch, from member to member of both kinds and back, by its own will and because servers die."""
    import trees
    from raw_session import RawSession
    from rawzk import OPEN, create, text, u32
    with Run("sessions move", ["vivarium", "apache", "vivarium"], ["apache"]) as run:
        members, events = run.ensemble.members, []
        at = lambda m: [(m.address, m.port)]
        session = RawSession(at(members[0]), 15.0, 1, lambda kind, path: events.append((kind, path)))
        session.connect(time.monotonic() + 60)
        sid = session.sid
        other = RawSession(at(members[0]), 15.0, 2)
        other.connect(time.monotonic() + 60)
        assert session.call(1, create("/mine", b"", OPEN, 1))[0] == 0 and session.call(1, create("/watched", b"0", OPEN))[0] == 0
        moves = 0
        for turn in range(2):
            for a in members:
                for b in members:
                    if a is b:
                        continue
                    moves += 1
                    session.members = at(a)
                    session.connect(time.monotonic() + 60)
                    assert session.get("/watched", watch=True)[0] == 0
                    session.drop()
                    if turn:  # the change comes while nobody is attached
                        other.call(5, text("/watched") + text(b"%d" % moves) + u32(-1))
                    session.members = at(b)
                    session.connect(time.monotonic() + 60)
                    assert session.sid == sid
                    if not turn:
                        other.call(5, text("/watched") + text(b"%d" % moves) + u32(-1))
                    session.call(9, text("/"))  # a sync; the event comes before its answer or before that of the reading
                    error, data, _ = session.get("/watched")
                    assert (error, int(data)) == (0, moves), (error, data, moves, a, b)
                    assert events == [(3, "/watched")], (events, a, b)
                    events.clear()
                    assert session.get("/mine")[0] == 0, (a, b)
        assert session.close()
        assert other.call(3, text("/mine") + b"\0")[0] == trees.NO_NODE, "the ephemeral outlived its session"
        other.close()
        run.note("%d moves" % moves)
        run.end()


SCENARIOS = [apache_leads, vivarium_leads, vivarium_syncs_apache, apache_syncs_vivarium, sessions_move]


def main():
    sandbox.enter()
    chosen = [s for s in SCENARIOS if not sys.argv[1:] or s.__name__ in sys.argv[1:]]
    assert chosen, "scenarios: " + " ".join(s.__name__ for s in SCENARIOS)
    began = time.monotonic()
    for scenario in chosen:
        scenario()
    print("mixed: %d scenarios with Apache 3.8 and Vivarium members in %d s, no violation" % (len(chosen), time.monotonic() - began))


main()
