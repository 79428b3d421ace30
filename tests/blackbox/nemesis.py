#!/usr/bin/python3
"""Random faults against real servers under load; everything that clients saw is judged by checker.py.

usage: nemesis.py [--seed N] [--seconds S] [--members KIND,KIND,...] [--stretch F] [--print] [PLAN]
Draws a plan from the seed and runs it, or runs a plan or scenario file in the simulator's language (plan_file.py says which lines); --stretch makes all
its times longer. Members are vivarium or apache; five of vivarium unless told otherwise. --print shows the plan and runs nothing: `vivarium-sim
replay` takes it, too.
"""
import argparse
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import machines  # noqa: E402
import plan_file  # noqa: E402
import sandbox  # noqa: E402

QUIET = 10.0  # at the end of a drawn plan

LASTING = ("leap", "heal", "start")     # have no end
DAMAGE = ("wipe", "rot", "fail-reads")  # of what was acknowledged


def draw(seed, seconds, kinds):
    """A plan as text: overlapping faults of all families, about one in four seconds."""
    pick, members = random.Random(seed), len(kinds)
    servers = ["s%d" % (i + 1) for i in range(members)]
    ours = [s for s, kind in zip(servers, kinds) if kind == "vivarium"]  # what is promised for disks holds for these
    lines = ["vivarium-plan 1", "seed %d" % seed, "set duration %ds" % seconds, "set servers %d" % members, "set tick 500ms", "set session-timeout 10s",
             "set init-limit 20", "set sync-limit 6"]
    families = [("kill", 7), ("pause", 5), ("stop", 2), ("way", 5), ("pair", 2), ("isolate", 4), ("partition", 4), ("clog", 4), ("break", 2),
                ("half-open", 2), ("slow", 3), ("leap", 3), ("swizzle", 1), ("everybody", 1)]
    families += [("full", 2), ("wipe", 1), ("rot", 3), ("fail-sync", 2), ("fail-reads", 2), ("drift", 2)] if ours else []
    at = 2.0
    while at < seconds - QUIET:
        kind = pick.choices([f for f, _ in families], [w for _, w in families])[0]
        one, other = pick.sample(servers, 2)
        mine = pick.choice(ours or servers)
        length = round(pick.choice([0.3, 1.0, 3.0, 6.0]) * pick.uniform(0.7, 1.4), 1)
        until = round(min(at + length, seconds - QUIET), 1)
        some = ",".join(sorted(pick.sample(servers, pick.randint(1, (members - 1) // 2))))
        window = "from %.1fs to %.1fs " % (at, until)
        lines += {
            "kill": ["at %.1fs kill %s for %.1fs" % (at, one, length)],
            "pause": ["at %.1fs pause %s for %.1fs" % (at, one, length)],
            "stop": ["at %.1fs stop %s for %.1fs" % (at, one, length)],
            "wipe": ["at %.1fs wipe %s for %.1fs" % (at, mine, length)],
            "everybody": ["at %.1fs kill all for 0.5s" % at],
            "full": ["at %.1fs full %s for %.1fs left %d" % (at, mine, length + 3, pick.choice([0, 5000, 100000]))],
            "slow": ["at %.1fs slow %s for %.1fs times %d" % (at, one, length, pick.choice([10, 50, 200]))],
            "fail-sync": ["at %.1fs fail-sync %s count %d" % (at, mine, pick.choice([1, 1, 2, 3]))],
            "fail-reads": ["at %.1fs fail-reads %s for %.1fs" % (at, mine, pick.choice([0.7, 2.0, 6.0])), "at %.1fs kill %s for 0.3s" % (at + 0.2, mine)],
            "rot": ["at %.1fs rot %s file %d" % (at, mine, pick.choice([0, 0, 1, 2]))],
            "leap": ["at %.1fs leap %s by %s%ds" % (at, one, pick.choice(["", "-"]), pick.choice([2, 30, 4000]))],
            "drift": [window + "drift %s by %s%d" % (mine, pick.choice(["", "-"]), pick.choice([20, 100, 200]))],
            "way": [window + "cut %s>%s" % (one, other)],
            "pair": [window + "cut %s-%s" % (one, other)],
            "isolate": [window + "isolate %s" % one],
            "partition": [window + "partition %s" % some],
            "swizzle": [window + "swizzle %s" % some],
            "clog": [window + "clog %s>%s by %dms" % (one, other, pick.choice([20, 100, 400]))],
            "break": ["at %.1fs break %s-%s" % (at, one, other)],
            "half-open": ["at %.1fs half-open %s-%s" % (at, one, other)],
        }[kind]
        at = round(at + pick.uniform(1.5, 5.0), 1)
    return "\n".join(lines) + "\n"


class Nemesis:
    """Carries out a plan. What a member should be (up, down, frozen) is counted, so that faults may overlap."""

    def __init__(self, ensemble, plan, seed):
        self.ensemble, self.plan, self.pick = ensemble, plan, random.Random(seed)
        self.clocks, self.disks = machines.Clocks(ensemble), machines.Disks(ensemble)
        self.atlas = machines.Atlas(ensemble, self.disks, beyond=plan.number("beyond", 0) != 0)
        self.down = {m: 0 for m in ensemble.members}
        self.frozen = {m: 0 for m in ensemble.members}
        self.full = {m: 0 for m in ensemble.members}
        self.in_force = set()  # (fault, member), where it was not spared
        self.links = []  # faults of links that are in force
        self.excused = {m: False for m in ensemble.members}  # in this life its disk failed: it may end by itself
        self.counts, self.deaths, self.causeless, self.skipped, self.spared = {}, 0, [], 0, 0
        self.lock = threading.RLock()
        self.over = threading.Event()

    def say(self, text):
        print("%8.2f s  %s" % (time.monotonic() - self.began, text), flush=True)

    def run(self, seconds):
        """Begins and ends the faults at their times; at the end everything is healed."""
        self.began = time.monotonic()
        supervisor = threading.Thread(target=self.supervise, daemon=True)
        supervisor.start()
        agenda = []
        for number, fault in enumerate(self.plan.faults):
            agenda.append((fault.at, number, "begin", fault))
            if fault.length not in (0, plan_file.FOREVER) and fault.name not in LASTING:
                agenda.append((fault.at + fault.length, number, "end", fault))
            if fault.name == "swizzle":
                agenda += self.swizzle(fault, number)
        for at, _, what, fault in sorted(agenda, key=lambda a: a[:2]):
            if at > seconds:
                break
            time.sleep(max(0.0, self.began + at - time.monotonic()))
            with self.lock:
                if callable(what):
                    what()
                elif what == "begin":
                    self.begin(fault)
                else:
                    self.say("end of: " + fault.line)
                    self.end(fault)
        time.sleep(max(0.0, self.began + seconds - time.monotonic()))
        self.heal_everything()
        self.over.set()
        supervisor.join()

    def of(self, fault):
        return [self.ensemble[n] for n in fault.servers if n <= len(self.ensemble.members)] or self.ensemble.members

    def can(self, fault):
        """Whether this machine has the means."""
        network, members = self.ensemble.network, self.of(fault)
        if fault.name in ("break", "half-open"):
            return network.breaks_connections
        if fault.name in ("cut", "isolate", "partition", "clog", "swizzle"):
            return network.cuts_links
        return self.clocks.can(fault.name, members) if fault.name in ("leap", "drift") else self.disks.can(fault.name, members)

    def begin(self, fault):
        if not self.can(fault):
            self.skipped += 1
            return self.say("skipped, there are no means for it here: " + fault.line)
        self.counts[fault.name] = self.counts.get(fault.name, 0) + 1
        self.say(fault.line)
        if fault.name in ("cut", "isolate", "partition", "clog"):
            self.links.append(fault)
            self.set_links()
        elif fault.name == "heal":
            self.links.clear()
            self.set_links()
        elif fault.name in ("break", "half-open"):
            ends = fault.servers if self.pick.random() < 0.5 else fault.servers[::-1]
            self.ensemble.network.break_connections(*ends, both_told=fault.name == "break")
        elif fault.name != "swizzle":
            for member in self.of(fault):
                self.strike(fault, member)

    def strike(self, fault, member):
        if fault.name in DAMAGE and not self.atlas.may_damage(member):
            self.spared += 1
            return self.say("too much is damaged already, or it is not ours: %r is spared" % member)
        if fault.name in ("kill", "stop", "wipe"):
            self.take_down(fault, member)
        elif fault.name in ("pause", "freeze"):
            self.frozen[member] += 1
            member.pause()
        elif fault.name == "start":
            self.down[member] = 0
            self.ensure_up(member)
        elif fault.name == "leap":
            self.clocks.leap(member, fault.value)
        elif fault.name == "drift":
            self.clocks.drift(member, fault.value)
        elif fault.name == "slow":
            self.disks.slow(member, fault.value, True)
        elif fault.name == "rot":
            self.rot(fault, member)
        else:
            self.fail_disk(fault, member)

    def take_down(self, fault, member):
        self.down[member] += 1
        if fault.name == "stop" and not self.frozen[member] and member.alive():
            member.stop()
        else:
            member.kill()
        if fault.name == "wipe":
            self.atlas.damaged(member)
            member.wipe()
        self.in_force.add((fault, member))

    def fail_disk(self, fault, member):
        self.excused[member] = True
        if fault.name == "full":
            self.full[member] += 1
            self.disks.fill(member, fault.value)
        elif fault.name == "fail-sync":
            self.disks.fail_syncs(member, fault.value)
        elif fault.name == "fail-reads":
            self.atlas.damaged(member)
            self.disks.fail_reads(member, True)
        self.in_force.add((fault, member))

    def rot(self, fault, member):
        """Before it has ended in good order no server can tell a flipped bit at the end of its log from a torn write."""
        if not member.alive() or self.frozen[member] or self.full[member] or self.disks.failing(member):
            self.spared += 1
            return self.say("%r is not at rest: it is spared" % member)
        status = member.stop()
        if status == 0:
            what = machines.flip_a_bit(member, fault.value, self.pick)
            if what:
                self.atlas.damaged(member)
            self.say("a bit of %r flips: %s" % (member, what or "there is no such file"))
        else:
            self.spared += 1
            self.say("%r was stopped with status %d: it is spared" % (member, status))
            if status != -signal.SIGTERM:  # by the signal itself it ends before it has begun
                self.causeless.append("%r was stopped with status %d: %s" % (member, status, member.log_tail(1)[-300:]))
        self.ensure_up(member)

    def end(self, fault):
        if fault in self.links:
            self.links.remove(fault)
            self.set_links()
        for member in self.of(fault):
            if fault.name == "drift" and self.clocks.words:
                self.clocks.drift(member, 0)
            elif fault.name == "slow" and self.disks.words:
                self.disks.slow(member, fault.value, False)
            elif fault.name in ("pause", "freeze"):
                self.frozen[member] -= 1
                if not self.frozen[member]:
                    member.resume()
            elif (fault, member) in self.in_force:
                self.in_force.discard((fault, member))
                self.end_on(fault, member)

    def end_on(self, fault, member):
        if fault.name in ("kill", "stop", "wipe"):
            self.down[member] = max(0, self.down[member] - 1)
            self.ensure_up(member)
        elif fault.name == "full":
            self.full[member] -= 1
            if not self.full[member]:
                self.disks.free(member)
        elif fault.name == "fail-reads":
            self.disks.fail_reads(member, False)

    def ensure_up(self, member):
        if not self.down[member] and not member.alive():
            self.excused[member] = bool(self.full[member] or self.disks.failing(member))
            member.start()
            if self.frozen[member]:
                member.pause()

    def swizzle(self, fault, number):
        """The members are isolated one by one, and healed one by one in another order: a list of agenda entries."""
        entries, step = [], fault.length / (2.0 * len(fault.servers))
        alone = {n: plan_file.Fault(fault.at, 0, "isolate", "s%d" % n, [n], None, "isolate s%d (swizzle)" % n) for n in fault.servers}

        def one(n, begins):
            if not self.ensemble.network.cuts_links:
                return
            self.say(("" if begins else "end of: ") + alone[n].line)
            self.links.append(alone[n]) if begins else alone[n] in self.links and self.links.remove(alone[n])
            self.set_links()
        for i, n in enumerate(self.pick.sample(fault.servers, len(fault.servers))):
            entries.append((fault.at + i * step, number, lambda n=n: one(n, True), fault))
        for i, n in enumerate(self.pick.sample(fault.servers, len(fault.servers))):
            entries.append((fault.at + fault.length / 2 + (i + 1) * step - 0.01, number, lambda n=n: one(n, False), fault))
        return entries

    def wanted_links(self):
        """{(from, to): "cut" or the delay in seconds}"""
        everybody, wanted = [m.number for m in self.ensemble.members], {}
        for fault in self.links:
            if fault.name == "clog":
                wanted.setdefault(tuple(fault.servers), fault.value)
        for fault in self.links:
            side = fault.servers
            if fault.name == "cut":
                pairs = [tuple(side)] if ">" in fault.target else [tuple(side), tuple(side[::-1])]
            elif fault.name in ("isolate", "partition"):
                pairs = [p for a in side for b in everybody if b not in side for p in ((a, b), (b, a))]
            else:
                continue
            wanted.update({pair: "cut" for pair in pairs})
        return wanted

    def set_links(self):
        network, wanted = self.ensemble.network, self.wanted_links()
        for pair in set(network.faults) - set(wanted):
            network.mend(*pair)
        for pair, what in wanted.items():
            if what == "cut" and network.faults.get(pair) != "cut":
                network.cut(*pair)
            elif what != "cut" and pair not in network.faults and network.slow_by != "nothing":
                network.slow(*pair, what)

    def supervise(self):
        """What systemd does: a member that ended by itself is started again, a second later."""
        ended = {}
        while not self.over.wait(0.1):
            with self.lock:
                for member in self.ensemble.members:
                    if self.down[member] or member.alive():
                        ended.pop(member, None)
                    elif member not in ended:
                        ended[member] = time.monotonic()
                        self.deaths += 1
                        cause = ", its disk had failed" if self.excused[member] else ""
                        self.say("%r ended by itself with status %s%s" % (member, member.process.returncode, cause))
                        if not cause:
                            self.say("  its last words: " + member.log_tail(3).replace("\n", " | ")[-600:])
                            if member.speaks == "vivarium":
                                self.causeless.append("%r ended without cause: %s" % (member, member.log_tail(1)[-300:]))
                    elif time.monotonic() - ended[member] > 1.0:
                        del ended[member]
                        self.ensure_up(member)

    def heal_everything(self):
        with self.lock:
            self.say("everything is healed")
            self.links.clear()
            self.set_links()
            for member in self.ensemble.members:
                self.disks.heal(member)
                self.clocks.heal(member)
                self.full[member] = self.frozen[member] = self.down[member] = 0
                member.resume()
                self.ensure_up(member)


def elections(ensemble):
    words = {"vivarium": "] leading in epoch", "apache": "LEADING - LEADER ELECTION TOOK"}
    return sum(m.log_text().count(w) for m in ensemble.members for w in words.values())


def repairs(ensemble):
    """Of voters that had lost what they had, by a leader."""
    return sum(m.log_text().count("repaired by the leader") for m in ensemble.members)


def unexpected_ends(ensemble):
    """Members that crashed: a failed assertion, a signal of their own."""
    words = ("assertion", "Assertion", "terminate called", "SIGSEGV", "Segmentation")
    return ["%r: %s" % (m, line) for m in ensemble.members for line in m.log_text().splitlines() if any(w in line for w in words)]


def seconds_with_writes(history, began, seconds):
    return len({int(e["end"] - began) for e in history.of("write") if e["outcome"] == "ok" and 0 <= e["end"] - began < seconds})


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--members", default="vivarium,vivarium,vivarium,vivarium,vivarium")
    parser.add_argument("--stretch", type=float, default=1.0)
    parser.add_argument("--print", action="store_true")
    parser.add_argument("plan", nargs="?")
    return parser.parse_args()


def main():
    options = arguments()
    kinds = options.members.split(",")
    if options.plan:
        with open(options.plan) as f:
            text = f.read()
    else:
        text = draw(options.seed, options.seconds, ["apache"] * len(kinds) if os.environ.get("VIVARIUM_IS_APACHE") else kinds)
    if options.print:
        return print(text, end="")
    sandbox.enter()
    plan = plan_file.parse(text)
    plan.stretch(options.stretch)
    voters, observers = plan.number("servers", len(kinds)), plan.number("observers", 0)
    kinds = (kinds * (voters + observers))[:voters + observers]
    seconds = plan.seconds("duration", options.seconds)
    replay = "tests/blackbox/nemesis.py " + (options.plan or "--seed %d --seconds %d" % (options.seed, options.seconds)) + " --members " + options.members + (
        " --stretch %g" % options.stretch if options.stretch != 1 else "")
    print("replay: " + replay, flush=True)
    for line in plan.left_out:
        print("left to the simulator: " + line)
    if not carry_out(plan, kinds[:voters], kinds[voters:], seconds, options.plan or "seed %d" % options.seed):
        sys.exit("violations; replay: " + replay)


def carry_out(plan, kinds, observers, seconds, name):
    from checker import figures
    from ensemble import Ensemble
    from expectations import Watch
    from history import History
    from judge import equal_digests, finish
    from workload import Workload
    tick, sync_limit = plan.seconds("tick", 0.5), plan.number("sync-limit", 6)
    settings = ["tickTime=%d" % (tick * 1000), "initLimit=%d" % plan.number("init-limit", 20), "syncLimit=%d" % sync_limit, "snapCount=%d" % plan.number(
        "snap-count", 3000), "commitLogCount=%d" % plan.number("commit-log-count", 500)]
    with Ensemble(kinds, observers, settings, name="nemesis") as ensemble:
        nemesis = Nemesis(ensemble, plan, plan.seed)
        try:
            ensemble.start_with_leader(len(kinds))  # who leads at first in the simulator, too
            history = History()
            load = Workload(ensemble, history, seed=plan.seed, timeout=plan.seconds("session-timeout", 10.0), think=plan.seconds("think", 0.01)).start()
            time.sleep(1)
            watch = Watch(ensemble, plan.expected, time.monotonic(), elections)
            watch.start()
            nemesis.run(seconds)
            unmet = watch.judge(history)
            good = finish(ensemble, load, history, expiry_slack=(sync_limit + 2) * tick)
            crashed = unexpected_ends(ensemble) + nemesis.causeless
            for line in crashed:
                print("CRASH " + line)
            for line in unmet:
                print("NOT AS EXPECTED " + line)
            if unmet and good:
                ensemble.keep_logs()
            good = good and not unmet
            digests = equal_digests(ensemble)
        finally:
            nemesis.over.set()
            nemesis.disks.close(ensemble)
        faults = sum(nemesis.counts.values())
        print("nemesis: %s, %d members, %d faults in %d s (%s)%s, %d leaders, %d repairs, writes in %d of %d seconds, %s, %d digests equal, %s" % (
            name, len(ensemble.members), faults, seconds, ", ".join("%d %s" % (n, k) for k, n in sorted(nemesis.counts.items())),
            (", %d skipped" % nemesis.skipped if nemesis.skipped else "") + (", %d spared" % nemesis.spared if nemesis.spared else ""), elections(ensemble), repairs(ensemble),
            seconds_with_writes(history, nemesis.began, seconds), seconds, figures(history), digests,
            ("%d expectations met, " % (len(plan.expected) - len(unmet)) if plan.expected else "") + ("no violation" if good and not crashed else "VIOLATIONS")))
        return good and not crashed


main()
