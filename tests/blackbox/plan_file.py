"""Plans in the simulator's language (sim/plan, docs/SIMULATOR.md), as far as they make sense on real machines.

    vivarium-plan 1
    seed 7
    set duration 60s
    set servers 5
    at 3.2s kill s3 for 1.5s
    from 10s to 14s partition s1,s2

Faults that are done: power and kill (kill -9), stop (SIGTERM), pause and freeze (SIGSTOP), start, wipe, full (a file system with so many bytes
left), leap (the wall clock), cut (both forms between servers), isolate, partition, swizzle, clog, heal. Settings that are used: duration,
servers, observers, tick, session-timeout, init-limit, sync-limit, commit-log-count, snap-count, initialize. What is left: faults inside a disk
(slow, fail-sync, fail-reads, rot, power-in-sync, `power ... after`), drift, half-open, break, those of single clients, the workload's settings
and mix (the workload is workload.py's), and a scenario's expectations, which are about moments that only virtual time can name.
"""
import re

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
DONE = {"power", "kill", "crash", "stop", "pause", "freeze", "start", "wipe", "full", "leap", "cut", "isolate", "partition", "swizzle", "clog", "heal"}
NOT_DONE = {"slow", "fail-sync", "fail-reads", "rot", "power-in-sync", "drift", "half-open", "break", "leave"}
VALUE_WORDS = {"full": "left", "leap": "by", "clog": "by"}
FOREVER = float("inf")


class Fault:
    """`servers` are numbers, [] for all of them or none; `length` in seconds."""

    def __init__(self, at, length, name, target, servers, value, line):
        self.at, self.length, self.name, self.target, self.servers, self.value, self.line = at, length, name, target, servers, value, line


class Plan:
    def __init__(self):
        self.seed, self.settings, self.faults, self.left_out = 1, {}, [], []

    def seconds(self, name, default):
        return parse_time(self.settings[name]) if name in self.settings else default

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
    if name in NOT_DONE or name == "expect":
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
        value, rest = (int(rest[1]) if name == "full" else parse_time(rest[1])), rest[2:]
    if rest:
        raise ValueError("the end of the line")
    return Fault(at, length, name, target, servers, value, line)


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
                if "expect" in words[:5]:
                    continue
                line = " ".join(words)
                fault = _fault(words, line)
                if fault:
                    plan.faults.append(fault)
                else:
                    plan.left_out.append(line)
            else:
                raise ValueError("seed, set, mix, at or from")
        except (ValueError, IndexError) as error:
            raise SystemExit("line %d: expected %s: %s" % (number, error, line))
    plan.faults.sort(key=lambda f: f.at)
    return plan
