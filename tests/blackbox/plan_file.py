"""Plans in the simulator's language (sim/plan, docs/SIMULATOR.md), as far as they make sense on real machines.

    vivarium-plan 1
    seed 7
    set duration 60s
    set servers 5
    at 3.2s kill s3 for 1.5s
    from 10s to 14s partition s1,s2

Faults that are done: power and kill (kill -9), stop (SIGTERM), pause and freeze (SIGSTOP), start, wipe; of disks full (a file system with so many
bytes left), slow (each sync takes so many milliseconds), fail-sync, fail-reads, rot (of a member that is stopped for it); of clocks leap (the wall
clock) and drift (the monotonic one); of links cut (both forms between servers), isolate, partition, swizzle, clog, break, half-open, heal. Settings
that are used: duration, servers, observers, tick, session-timeout, init-limit, sync-limit, commit-log-count, snap-count, initialize, beyond. What is left:
moments inside a disk's operations (power-in-sync, `power ... after`), those of single clients, and the workload's settings and mix (the workload is
workload.py's; it takes `think`). expectations.py says which of a scenario's expectations are judged; none when one of its faults is left out.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import expectations  # noqa: E402

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
DONE = {"power", "kill", "crash", "stop", "pause", "freeze", "start", "wipe", "full", "slow", "fail-sync", "fail-reads", "rot", "leap", "drift", "cut",
        "isolate", "partition", "swizzle", "clog", "break", "half-open", "heal"}
NOT_DONE = {"power-in-sync", "leave"}
VALUE_WORDS = {"full": "left", "slow": "times", "fail-sync": "count", "rot": "file", "leap": "by", "drift": "by", "clog": "by"}
TIMES = {"leap", "clog"}  # whose value is a time; others are whole numbers
FOREVER = float("inf")


class Fault:
    """`servers` are numbers, [] for all of them or none; `length` in seconds."""

    def __init__(self, at, length, name, target, servers, value, line):
        self.at, self.length, self.name, self.target, self.servers, self.value, self.line = at, length, name, target, servers, value, line


class Plan:
    def __init__(self):
        self.seed, self.settings, self.faults, self.expected, self.left_out, self.factor = 1, {}, [], [], [], 1.0

    def stretch(self, factor):
        """Everything takes so many times longer, ticks too: virtual time is patient with slow machines."""
        self.factor *= factor
        for fault in self.faults:
            fault.at, fault.length = fault.at * factor, fault.length * factor
            if fault.name == "clog":
                fault.value *= factor
        for expectation in self.expected:
            expectation.stretch(factor)

    def seconds(self, name, default):
        return parse_time(self.settings[name]) * self.factor if name in self.settings else default

    def number(self, name, default):
        return int(self.settings.get(name, default))


def parse_time(word):
    found = re.fullmatch(r"(-?)(\d+(?:\.\d+)?)(ns|us|ms|s)|(0)", word)
    if not found:
        raise ValueError("a time, such as 3.2s, not " + word)
    return 0.0 if found[4] else (-1 if found[1] else 1) * float(found[2]) * UNITS[found[3]]


def _servers(word):
    if word == "all":
        return []
    if not re.fullmatch(r"s\d+([,>-]s\d+)*", word):
        return None
    return [int(s[1:]) for s in re.split("[,>-]", word)]


def _fault(words, line):
    at, length = parse_time(words[1]), FOREVER
    rest = words[2:]
    if words[0] == "from":
        if rest[0] != "to":
            raise ValueError("to")
        length, rest = parse_time(rest[1]) - at, rest[2:]
    name = "kill" if rest[0] == "crash" else rest[0]
    if name in NOT_DONE:
        return None
    if name not in DONE:
        raise ValueError("the name of a fault, not " + name)
    if name == "heal":
        return Fault(at, 0, name, "", [], None, line)
    target, rest = rest[1], rest[2:]
    servers = _servers(target)
    if servers is None:  # cut c3
        return None
    if rest[:1] == ["for"]:
        length, rest = parse_time(rest[1]), rest[2:]
    value = None
    if name == "power":
        if rest[:1] == ["after"]:
            return None
        name = "kill"
    elif name in VALUE_WORDS:
        if rest[0] != VALUE_WORDS[name]:
            raise ValueError(VALUE_WORDS[name])
        value, rest = parse_time(rest[1]) if name in TIMES else int(rest[1]), rest[2:]
    if rest:
        raise ValueError("the end of the line")
    return Fault(at, length, name, target, servers, value, line)


def _expectation(words, line):
    text = " ".join(words[words.index("expect") + 1:])
    if words[0] == "at":
        return expectations.parse(line, None, parse_time(words[1]), text)
    return expectations.parse(line, parse_time(words[1]), parse_time(words[3]), text)


def parse(text):
    plan = Plan()
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        if not words or words == ["vivarium-plan", "1"] or words[0] in ("mix", "expect"):
            continue
        try:
            if words[0] == "seed":
                plan.seed = int(words[1])
            elif words[0] == "set":
                plan.settings[words[1]] = words[2]
            elif words[0] in ("at", "from"):
                line = " ".join(words)
                meant = _expectation(words, line) if "expect" in words[:5] else _fault(words, line)
                where = plan.left_out if not meant else plan.expected if "expect" in words[:5] else plan.faults
                where.append(meant or line)
            else:
                raise ValueError("seed, set, mix, at or from")
        except (ValueError, IndexError) as error:
            raise SystemExit("line %d: expected %s: %s" % (number, error, line))
    if any("expect" not in line.split()[:5] for line in plan.left_out):  # without all of its faults it is another story
        plan.left_out, plan.expected = plan.left_out + [e.line for e in plan.expected], []
    plan.faults.sort(key=lambda f: f.at)
    return plan
