"""A private network for one test: every member of an ensemble in a network namespace of its own, and faults on the links between.

The test starts itself again inside fresh namespaces (network, mounts, processes): nothing is ever added to the machine's own, and when
the test ends, however it ends, the kernel takes everything back, servers included. Where that is not permitted the test says so in one
line and runs on 127.0.0.1; then members can be stopped and killed, but links cannot be cut.

Must never: touch the namespaces it was started in.
"""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

INSIDE = "VIVARIUM_SANDBOX"
DIRECTORY = "VIVARIUM_SANDBOX_DIRECTORY"  # of all that a run writes; removed by the process outside, however the inside ended
NET = "10.77.0."
CLIENTS = 254  # the number of the bridge's own address, where clients live
FULL_RATE = "10gbit"


def run(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise OSError("%s: %s" % (" ".join(words), done.stdout.strip()))
    return done.stdout


def _unshare():
    words = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return words + (["--map-root-user", "--user"] if os.geteuid() != 0 else [])


def enter():
    """Call first in main: returns inside the sandbox, or outside when there can be none (and says so)."""
    if os.environ.get(INSIDE):
        if os.environ[INSIDE] == "namespaces":
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # process 1 of a namespace has no defaults
                signal.signal(number, lambda *_: os._exit(130))
        return
    if os.environ.get("VIVARIUM_NO_NAMESPACES"):
        why = "as told by VIVARIUM_NO_NAMESPACES"
    elif not all(shutil.which(tool) for tool in ("unshare", "nsenter", "ip")):
        why = "unshare, nsenter or ip is missing"
    else:
        probe = subprocess.run(_unshare() + ["ip", "link", "add", "viv-a", "type", "veth", "peer", "name", "viv-b"],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        why = probe.stdout.strip() if probe.returncode != 0 else None
    if why:
        print("sandbox: no network namespaces (%s): members share 127.0.0.1 and links cannot be cut" % why, flush=True)
        os.environ[INSIDE] = "flat"
        return
    die_with_parent = lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    directory = tempfile.mkdtemp(prefix="viv-%d-" % os.getpid())
    child = subprocess.Popen(_unshare() + [sys.executable] + sys.argv, preexec_fn=die_with_parent,
                             env=dict(os.environ, **{INSIDE: "namespaces", DIRECTORY: directory}))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: child.kill())
    status = abs(child.wait())
    shutil.rmtree(directory, ignore_errors=True)
    sys.exit(status)


class Flat:
    """No namespaces: one address, many ports."""

    cuts_links = False
    breaks_connections = False
    slow_by = "nothing"
    faults = {}

    def __init__(self, members):
        self.ports, held = {}, []
        for member in members:
            sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
            held += sockets
            self.ports[member] = [s.getsockname()[1] for s in sockets]
        for s in held:
            s.close()

    def address(self, member):
        return "127.0.0.1"

    def member_ports(self, member):
        """(client, quorum, election)"""
        return self.ports[member]

    def prefix(self, member):
        return []

    def heal(self):
        pass

    def close(self):
        pass


class Namespaces:
    """A bridge and one namespace a member. Each direction of each link is a traffic class of its sender, so it can be cut or slowed alone."""

    def __init__(self, members):
        self.members = list(members)
        run("ip", "link", "set", "lo", "up")
        if not os.path.ismount("/run"):
            run("mount", "-t", "tmpfs", "tmpfs", "/run")
        os.makedirs("/run/netns", exist_ok=True)
        run("ip", "link", "add", "viv-br", "type", "bridge")
        run("ip", "addr", "add", NET + "%d/24" % CLIENTS, "dev", "viv-br")
        run("ip", "link", "set", "viv-br", "up")
        for member in self.members:
            self._add(member)
        self.faults = {}
        self.shaped = self._shape()
        self.slow_by = self._slow_by()
        self.cuts_links = True
        self.breaks_connections = self._breaks()

    def _add(self, member):
        space, outer = "viv-%d" % member, "viv-o%d" % member
        run("ip", "netns", "add", space)
        run("ip", "link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", space)
        run("ip", "link", "set", outer, "master", "viv-br", "up")
        run("ip", "-n", space, "addr", "add", NET + "%d/24" % member, "dev", "eth0")
        run("ip", "-n", space, "link", "set", "eth0", "up")
        run("ip", "-n", space, "link", "set", "lo", "up")

    def _tc(self, member, *words):
        return run(*self.prefix(member), "tc", *words)

    def _shape(self):
        """Classes to every other address. Without them (a kernel without HTB) cuts are black-hole routes."""
        try:
            for member in self.members:
                self._tc(member, "qdisc", "add", "dev", "eth0", "root", "handle", "1:", "htb", "default", "1", "r2q", "100000")
                for other in self.members + [CLIENTS]:
                    if other == member:
                        continue
                    name = "1:%x" % (16 + other)
                    self._tc(member, "class", "add", "dev", "eth0", "parent", "1:", "classid", name, "htb", "rate", FULL_RATE)
                    self._tc(member, "filter", "add", "dev", "eth0", "parent", "1:", "protocol", "ip", "prio", "1", "u32", "match", "ip",
                             "dst", NET + "%d/32" % other, "flowid", name)
            return True
        except OSError as error:
            print("sandbox: no traffic classes (%s): cuts are black-hole routes, links cannot be slowed" % error, flush=True)
            for member in self.members:
                subprocess.run(self.prefix(member) + ["tc", "qdisc", "del", "dev", "eth0", "root"], stderr=subprocess.DEVNULL)
            return False

    def _slow_by(self):
        if not self.shaped:
            return "nothing"
        probe = subprocess.run(["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"], stderr=subprocess.DEVNULL)
        if probe.returncode != 0:
            return "rate"  # no netem in this kernel: a link so thin that a packet takes as long
        run("tc", "qdisc", "del", "dev", "lo", "root")
        return "delay"

    def _breaks(self):
        """Whether this kernel ends other people's connections when it is asked."""
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as one:
            with server.accept()[0] as other:
                subprocess.run(["ss", "-K", "-t", "-n", "sport", "=", ":%d" % one.getsockname()[1]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                other.settimeout(1)
                try:
                    return other.recv(1) == b""
                except ConnectionError:
                    return True
                except OSError:
                    print("sandbox: no ss -K: connections between members cannot be broken", flush=True)
                    return False

    def address(self, member):
        return NET + "%d" % member

    def member_ports(self, member):
        return 2181, 2888, 3888

    def prefix(self, member):
        return ["nsenter", "--net=/run/netns/viv-%d" % member]

    def _leaf(self, member, other, *qdisc):
        parent = "1:%x" % (16 + other)
        subprocess.run(self.prefix(member) + ["tc", "qdisc", "del", "dev", "eth0", "parent", parent], stderr=subprocess.DEVNULL)
        if qdisc:
            self._tc(member, "qdisc", "add", "dev", "eth0", "parent", parent, "handle", "%x:" % (16 + other), *qdisc)

    def _rate(self, member, other, *rate):
        self._tc(member, "class", "change", "dev", "eth0", "parent", "1:", "classid", "1:%x" % (16 + other), "htb", *rate)

    def mend(self, member, other):
        """What `member` sends to `other` arrives again."""
        fault = self.faults.pop((member, other), None)
        if fault is None:
            return
        if not self.shaped:
            run("ip", "-n", "viv-%d" % member, "route", "del", "blackhole", NET + "%d/32" % other)
            return
        self._leaf(member, other)
        if fault == "rate":
            self._rate(member, other, "rate", FULL_RATE)

    def cut(self, member, other):
        """Nothing that `member` sends to `other` arrives; nobody is told."""
        self.mend(member, other)
        if self.shaped:
            self._leaf(member, other, "blackhole")
        else:
            run("ip", "-n", "viv-%d" % member, "route", "add", "blackhole", NET + "%d/32" % other)
        self.faults[member, other] = "cut"

    def slow(self, member, other, seconds):
        """What `member` sends to `other` takes about so much longer."""
        self.mend(member, other)
        if self.slow_by == "delay":
            self._leaf(member, other, "netem", "delay", "%dms" % max(1, seconds * 1000), "limit", "100000")
        elif self.slow_by == "rate":
            self._leaf(member, other, "pfifo", "limit", "10000")
            self._rate(member, other, "rate", "%dbit" % max(1000, 150 * 8 / seconds), "burst", "200", "cburst", "200")
        self.faults[member, other] = self.slow_by

    def break_connections(self, member, other, both_told=True):
        """Those that there are between the two; they may dial again at once. Otherwise `other` hears of it only when it says something."""
        silenced = not both_told and (member, other) not in self.faults
        if silenced:
            self.cut(member, other)
        run(*self.prefix(member), "ss", "-K", "-t", "-n", "dst", NET + "%d" % other)
        if silenced:
            self.mend(member, other)

    def cut_pair(self, a, b):
        self.cut(a, b)
        self.cut(b, a)

    def isolate(self, member):
        for other in self.members:
            if other != member:
                self.cut_pair(member, other)

    def partition(self, side):
        """Nothing gets through between the members of `side` and the others."""
        for a in side:
            for b in self.members:
                if b not in side:
                    self.cut_pair(a, b)

    def heal(self):
        for member, other in list(self.faults):
            self.mend(member, other)

    def close(self):
        for member in self.members:
            run("ip", "link", "del", "viv-o%d" % member)  # a namespace goes when the kernel finds time; its name would be taken until then
            run("ip", "netns", "del", "viv-%d" % member)
        run("ip", "link", "del", "viv-br")


def network(members):
    return Namespaces(members) if os.environ.get(INSIDE) == "namespaces" else Flat(members)
