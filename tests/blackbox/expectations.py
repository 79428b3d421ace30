"""What a scenario expects (sim/plan/scenario.h), as far as it can be judged honestly on real machines: from outside, by what members answer and
by what clients were told.

    at 5s expect s1 not serving          serving, leading, following, observing, looking, up, down; "all" for every member
    at 6s expect leader among s2,s3      or: no leader
    at 9s expect s1,s2 epoch = 2         the number in currentEpoch on disk
    from 4s to 6s expect acks >= 10      acknowledged writes of all clients; `= 0` only SLACK after the window began
    at 5s expect elections = 2
    from 4s to 5s expect write c1 succeeds
    expect acked survive                 checker.py's laws see to it in every run

A moment is met when it is so at that time or within SLACK after it: machines are not as punctual as virtual time. The rest is the simulator's: what a
server has on its disk or in its memory at a moment (level, behind, ahead, proven, committed), acknowledgements by server or client, recipes.
"""
import re
import threading
import time

SLACK = 2.0
ROLES = {"leading": "leader", "following": "follower", "observing": "observer"}
RELATIONS = {">=": int.__ge__, "<=": int.__le__, "=": int.__eq__}
SERVERS = r"(all|s\d+(?:,s\d+)*)"


class Expectation:
    """`holds(world)` for a moment; for a window it is judged at the end of the run."""

    def __init__(self, at, line, holds, start=None):
        self.at, self.line, self.holds, self.start = at, line, holds, start

    def stretch(self, factor):
        self.at *= factor
        if self.start is not None:
            self.start *= factor


def _numbers(word):
    return None if word == "all" else [int(s[1:]) for s in word.split(",")]


def _of_servers(word, wanted, so):
    numbers = _numbers(word)
    return lambda world: all(so(m, world) == wanted for m in world.ensemble.members if numbers is None or m.number in numbers)


def _moment(text):
    """A predicate, or None when this is the simulator's."""
    if found := re.fullmatch(SERVERS + r" (not )?(serving|leading|following|observing|looking|up|down)", text):
        word, negated, what = found.groups()
        if what == "serving":
            so = lambda m, world: world.modes[m] is not None
        elif what in ROLES:
            so = lambda m, world: world.modes[m] == ROLES[what]
        elif what == "looking":
            so = lambda m, world: world.modes[m] is None and m.alive()
        else:
            so = lambda m, world: m.alive() == (what == "up")
        return _of_servers(word, not negated, so)
    if found := re.fullmatch(SERVERS + r" epoch (>=|<=|=) (\d+)", text):
        return _of_servers(found[1], True, lambda m, world: RELATIONS[found[2]](world.epoch(m), int(found[3])))
    if found := re.fullmatch("leader among " + SERVERS, text):
        return lambda world: world.leaders() != [] and set(world.leaders()) <= set(_numbers(found[1]))
    if text == "no leader":
        return lambda world: world.leaders() == []
    if found := re.fullmatch(r"elections (>=|<=|=) (\d+)", text):
        return lambda world: RELATIONS[found[1]](world.elections(), int(found[2]))
    return None


def _window(text):
    if found := re.fullmatch(r"acks (>=|=) (\d+)", text):
        if found[1] == ">=" or found[2] == "0":
            return lambda count: RELATIONS[found[1]](count, int(found[2]))
    return (lambda count: count > 0) if re.fullmatch(r"write c\d+ succeeds", text) else None


def parse(line, start, at, text):
    """None: it is left to the simulator."""
    if start is None:
        holds = _moment(text)
        return Expectation(at, line, holds) if holds else None
    holds = _window(text)
    return Expectation(at, line, holds, start + (SLACK if " = 0" in text else 0)) if holds else None


class World:
    """What can be seen of the members at one moment."""

    def __init__(self, ensemble, elections):
        self.ensemble, self._elections = ensemble, elections
        self.modes = {m: self.mode(m) for m in ensemble.members}

    def mode(self, member):
        try:
            return dict(line.split(": ", 1) for line in member.word("srvr", 0.5).splitlines() if ": " in line).get("Mode") if member.alive() else None
        except OSError:
            return None

    def leaders(self):
        return [m.number for m, mode in self.modes.items() if mode == "leader"]

    def elections(self):
        return self._elections(self.ensemble)

    def epoch(self, member):
        try:
            with open("%s/version-2/currentEpoch" % member.data) as f:
                return int(f.read() or 0)
        except OSError:
            return 0

    def __str__(self):
        return ", ".join("s%d %s, epoch %d" % (m.number, mode or ("does not serve" if m.alive() else "is down"), self.epoch(m)) for m, mode in self.modes.items())


class Watch(threading.Thread):
    """Judges moments as they come."""

    def __init__(self, ensemble, expectations, began, elections):
        super().__init__(daemon=True)
        self.ensemble, self.began, self.elections = ensemble, began, elections
        self.pending = sorted((e for e in expectations if e.start is None), key=lambda e: e.at)
        self.windows = [e for e in expectations if e.start is not None]
        self.unmet = []

    def run(self):
        while self.pending:
            now = time.monotonic() - self.began
            due = [e for e in self.pending if e.at <= now]
            if not due:
                time.sleep(min(self.pending[0].at - now, 0.2))
                continue
            world = World(self.ensemble, self.elections)
            for expectation in due:
                if not expectation.holds(world):
                    if now < expectation.at + SLACK:
                        continue
                    self.unmet.append("%s: %s" % (expectation.line, world))
                self.pending.remove(expectation)
            time.sleep(0.05)

    def judge(self, history):
        """Lines that say what was not as expected."""
        self.join(SLACK * 2)
        acks = [e["end"] - self.began for e in history.of("write", "sequence", "ephemeral", "fenced", "delete") if e["outcome"] == "ok"]
        for window in self.windows:
            count = sum(window.start <= end <= window.at for end in acks)
            if not window.holds(count):
                self.unmet.append("%s: there were %d" % (window.line, count))
        return self.unmet + ["%s: never looked at" % e.line for e in self.pending]
