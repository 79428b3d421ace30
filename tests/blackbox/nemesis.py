#!/usr/bin/python3
"""Random faults against real servers under load; everything that clients saw is judged by checker.py.

usage: nemesis.py [--seed N] [--seconds S] [--members KIND,KIND,...] [--print] [PLAN]
Draws a plan from the seed and runs it, or runs a plan file in the simulator's language (plan_file.py says which lines). Members are vivarium or
apache; five of vivarium unless told otherwise. --print shows the plan and runs nothing: `vivarium-sim replay` takes it, too.
"""
import argparse
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import plan_file  # noqa: E402
import sandbox  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
DISK = 192 << 20  # of a member whose disk can become full
QUIET = 10.0      # at the end of a drawn plan


def draw(seed, seconds, members, wipes):
    """A plan as text: overlapping faults of all families, about one in four seconds."""
    pick = random.Random(seed)
    servers = ["s%d" % (i + 1) for i in range(members)]
    lines = ["vivarium-plan 1", "seed %d" % seed, "set duration %ds" % seconds, "set servers %d" % members, "set tick 500ms", "set session-timeout 10s",
             "set init-limit 20", "set sync-limit 6"]
    families = [("kill", 7), ("pause", 5), ("stop", 2), ("way", 5), ("pair", 2), ("isolate", 4), ("partition", 4), ("clog", 4), ("full", 2), ("leap", 3),
                ("swizzle", 1), ("everybody", 1)] + ([("wipe", 1)] if wipes else [])
    at = 2.0
    while at < seconds - QUIET:
        kind = pick.choices([f for f, _ in families], [w for _, w in families])[0]
        one, other = pick.sample(servers, 2)
        length = round(pick.choice([0.3, 1.0, 3.0, 6.0]) * pick.uniform(0.7, 1.4), 1)
        until = round(min(at + length, seconds - QUIET), 1)
        some = ",".join(sorted(pick.sample(servers, pick.randint(1, (members - 1) // 2))))
        window = "from %.1fs to %.1fs " % (at, until)
        lines.append({
            "kill": "at %.1fs kill %s for %.1fs" % (at, one, length),
            "pause": "at %.1fs pause %s for %.1fs" % (at, one, length),
            "stop": "at %.1fs stop %s for %.1fs" % (at, one, length),
            "wipe": "at %.1fs wipe %s for %.1fs" % (at, one, length),
            "everybody": "at %.1fs kill all for 0.5s" % at,
            "full": "at %.1fs full %s for %.1fs left %d" % (at, one, length + 3, pick.choice([0, 5000, 100000])),
            "leap": "at %.1fs leap %s by %s%ds" % (at, one, pick.choice(["", "-"]), pick.choice([2, 30, 4000])),
            "way": window + "cut %s>%s" % (one, other),
            "pair": window + "cut %s-%s" % (one, other),
            "isolate": window + "isolate %s" % one,
            "partition": window + "partition %s" % some,
            "swizzle": window + "swizzle %s" % some,
            "clog": window + "clog %s>%s by %dms" % (one, other, pick.choice([20, 100, 400])),
        }[kind])
        at = round(at + pick.uniform(1.5, 5.0), 1)
    return "\n".join(lines) + "\n"


class Clocks:
    """Wall clocks that jump, by a preloaded library; None of it when there is no C compiler."""

    def __init__(self, ensemble):
        self.files, library = {}, os.path.join(ensemble.directory, "clock_shim.so")
        built = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, os.path.join(HERE, "clock_shim.c")], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        if built.returncode != 0:
            print("nemesis: no clock jumps: clock_shim.c cannot be built here: %s" % built.stdout.strip()[:200], flush=True)
            return
        for member in ensemble.members:
            path = os.path.join(member.directory, "clock")
            with open(path, "wb") as f:
                f.write(bytes(8))
            member.environment = {"LD_PRELOAD": library, "CLOCK_SHIM_FILE": path}
            self.files[member] = path

    def leap(self, member, seconds):
        with open(self.files[member], "r+b") as f:
            ahead = struct.unpack("<q", f.read(8))[0] + int(seconds * 1e9)
            f.seek(0)
            f.write(struct.pack("<q", ahead))


class Disks:
    """A small file system of its own for each member's data; otherwise a limit on the size of its files."""

    def __init__(self, ensemble):
        self.mounted = os.environ.get(sandbox.INSIDE) == "namespaces"
        for member in ensemble.members if self.mounted else []:
            with open(os.path.join(member.data, "myid")) as f:
                myid = f.read()
            sandbox.run("mount", "-t", "tmpfs", "-o", "size=%d" % DISK, "tmpfs", member.data)
            for name, text in (("myid", myid), ("initialize", "")):
                with open(os.path.join(member.data, name), "w") as f:
                    f.write(text)
        if not self.mounted:
            print("nemesis: no file systems of their own: a full disk is a limit on the size of files", flush=True)

    def fill(self, member, left):
        if not self.mounted:
            if member.alive():
                resource.prlimit(member.process.pid, resource.RLIMIT_FSIZE, (left, resource.RLIM_INFINITY))
            return
        fd = os.open(os.path.join(member.data, "ballast"), os.O_CREAT | os.O_RDWR)
        while True:  # the server takes space, too
            space = os.statvfs(member.data)
            more = space.f_bavail * space.f_frsize - left
            if more <= 0:
                break
            try:
                os.posix_fallocate(fd, os.fstat(fd).st_size, more)
            except OSError:
                pass
        os.close(fd)

    def free(self, member):
        if not self.mounted:
            if member.alive():
                resource.prlimit(member.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            return
        try:
            os.remove(os.path.join(member.data, "ballast"))
        except FileNotFoundError:
            pass

    def close(self, ensemble):
        for member in ensemble.members if self.mounted else []:
            subprocess.run(["umount", "-l", member.data])


class Nemesis:
    """Carries out a plan. What a member should be (up, down, frozen) is counted, so that faults may overlap."""

    def __init__(self, ensemble, plan, seed):
        self.ensemble, self.plan, self.pick = ensemble, plan, random.Random(seed)
        self.clocks, self.disks = Clocks(ensemble), Disks(ensemble)
        self.down = {m: 0 for m in ensemble.members}
        self.frozen = {m: 0 for m in ensemble.members}
        self.full = {m: 0 for m in ensemble.members}
        self.links = []  # faults of links that are in force
        self.counts, self.deaths, self.skipped = {}, 0, 0
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
            if fault.length not in (0, plan_file.FOREVER) and fault.name not in ("leap", "heal", "start"):
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

    def begin(self, fault):
        if fault.name in ("cut", "isolate", "partition", "clog", "swizzle") and not self.ensemble.network.cuts_links:
            self.skipped += 1
            return self.say("skipped, links cannot be cut here: " + fault.line)
        if fault.name == "leap" and not self.clocks.files:
            self.skipped += 1
            return self.say("skipped, clocks cannot jump here: " + fault.line)
        self.counts[fault.name] = self.counts.get(fault.name, 0) + 1
        self.say(fault.line)
        if fault.name in ("cut", "isolate", "partition", "clog"):
            self.links.append(fault)
            self.set_links()
        elif fault.name == "heal":
            self.links.clear()
            self.set_links()
        elif fault.name == "leap":
            for member in self.of(fault):
                self.clocks.leap(member, fault.value)
        elif fault.name != "swizzle":
            for member in self.of(fault):
                self.strike(fault, member)

    def strike(self, fault, member):
        if fault.name in ("kill", "stop", "wipe"):
            self.down[member] += 1
            if fault.name == "stop" and not self.frozen[member] and member.alive():
                member.stop()
            else:
                member.kill()
            if fault.name == "wipe":
                member.wipe()
        elif fault.name in ("pause", "freeze"):
            self.frozen[member] += 1
            member.pause()
        elif fault.name == "full":
            self.full[member] += 1
            self.disks.fill(member, fault.value)
        elif fault.name == "start":
            self.down[member] = 0
            self.ensure_up(member)

    def end(self, fault):
        if fault in self.links:
            self.links.remove(fault)
            self.set_links()
        if fault.name not in ("kill", "stop", "wipe", "pause", "freeze", "full"):
            return
        for member in self.of(fault):
            if fault.name in ("kill", "stop", "wipe"):
                self.down[member] = max(0, self.down[member] - 1)
                self.ensure_up(member)
            elif fault.name == "full":
                self.full[member] -= 1
                if not self.full[member]:
                    self.disks.free(member)
            else:
                self.frozen[member] -= 1
                if not self.frozen[member]:
                    member.resume()

    def ensure_up(self, member):
        if not self.down[member] and not member.alive():
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
                        self.say("%r ended by itself with status %s%s" % (member, member.process.returncode,
                                                                         ", its disk is full" if self.full[member] else ""))
                        if not self.full[member]:
                            self.say("  its last words: " + member.log_tail(3).replace("\n", " | ")[-600:])
                    elif time.monotonic() - ended[member] > 1.0:
                        del ended[member]
                        self.ensure_up(member)

    def heal_everything(self):
        with self.lock:
            self.say("everything is healed")
            self.links.clear()
            self.set_links()
            for member in self.ensemble.members:
                self.disks.free(member)
                self.full[member] = self.frozen[member] = self.down[member] = 0
                member.resume()
                self.ensure_up(member)


def elections(ensemble):
    words = {"vivarium": "] leading in epoch", "apache": "LEADING - LEADER ELECTION TOOK"}
    return sum(m.log_text().count(w) for m in ensemble.members for w in words.values())


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
        text = draw(options.seed, options.seconds, len(kinds), wipes=set(kinds) == {"vivarium"} and not os.environ.get("VIVARIUM_IS_APACHE"))
    if options.print:
        return print(text, end="")
    sandbox.enter()
    plan = plan_file.parse(text)
    voters, observers = plan.number("servers", len(kinds)), plan.number("observers", 0)
    kinds = (kinds * (voters + observers))[:voters + observers]
    seconds = plan.seconds("duration", options.seconds)
    replay = "tests/blackbox/nemesis.py " + (options.plan or "--seed %d --seconds %d" % (options.seed, options.seconds)) + " --members " + options.members
    print("replay: " + replay, flush=True)
    for line in plan.left_out:
        print("left to the simulator: " + line)
    if not carry_out(plan, kinds[:voters], kinds[voters:], seconds, options.plan or "seed %d" % options.seed):
        sys.exit("violations; replay: " + replay)


def carry_out(plan, kinds, observers, seconds, name):
    from checker import figures
    from ensemble import Ensemble
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
            load = Workload(ensemble, history, seed=plan.seed, timeout=plan.seconds("session-timeout", 10.0)).start()
            time.sleep(1)
            nemesis.run(seconds)
            good = finish(ensemble, load, history, expiry_slack=(sync_limit + 2) * tick)
            crashed = unexpected_ends(ensemble)
            for line in crashed:
                print("CRASH " + line)
            digests = equal_digests(ensemble)
        finally:
            nemesis.over.set()
            nemesis.disks.close(ensemble)
        faults = sum(nemesis.counts.values())
        print("nemesis: %s, %d members, %d faults in %d s (%s)%s, %d leaders, writes in %d of %d seconds, %s, %d digests equal, %s" % (
            name, len(ensemble.members), faults, seconds, ", ".join("%d %s" % (n, k) for k, n in sorted(nemesis.counts.items())),
            ", %d skipped" % nemesis.skipped if nemesis.skipped else "", elections(ensemble),
            seconds_with_writes(history, nemesis.began, seconds), seconds, figures(history), digests, "no violation" if good and not crashed else "VIOLATIONS"))
        return good and not crashed


main()
