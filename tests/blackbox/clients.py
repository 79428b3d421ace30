#!/usr/bin/python3
"""Three client libraries, each connected to the list of all members, while every member is lost once (kill -9), the leader last, and then
the leader that came after.

usage: clients.py [SCENARIO...]
kazoo, Apache's C client (c_line_client) and Apache's zkCli (Java) write all the time. Each keeps its session, its ephemeral and its watches: one
on a node that changes while clients look for another member, and one on a node that changes once they have found it; each fires once. What was
acknowledged is on every member in the end. Must never: depend on which member a client was attached to.
"""
import os
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sandbox  # noqa: E402

SESSION_MS = 10000
PATIENCE = 40.0
ZKCLI = ["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dzookeeper.log.threshold=OFF", "-Djline.terminal=jline.UnsupportedTerminal",
         "-cp", "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar:/usr/share/java/commons-cli.jar", "org.apache.zookeeper.ZooKeeperMain",
         "-waitforconnection", "-timeout", str(SESSION_MS), "-server"]
DATA_CHANGED = 3


class Failed(Exception):
    """The request was answered with an error, or not at all: it may have been carried out."""


class Client:
    """Writes on a thread of its own: `acked` are the paths whose creation was acknowledged. One request at a time."""

    def __init__(self, hosts):
        self.acked, self.failed, self.made, self.error = [], 0, 0, None
        self.stopping, self.turn = threading.Event(), threading.Lock()
        self.writer = threading.Thread(target=self.write, daemon=True)
        self.open(hosts)

    def write(self):
        try:
            while not self.stopping.wait(0.01):
                with self.turn:
                    self.made += 1
                    path = "/acked/%s-%d" % (self.name, self.made)
                    try:
                        self.create(path)
                        self.acked.append(path)
                    except Failed:
                        self.failed += 1
        except Exception as error:  # noqa: told by whoever waits for this client
            self.error = error

    def insist(self, action, *arguments):
        """Repeats what may be done twice until it is done."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with self.turn:
                    return action(*arguments)
            except Failed:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def stop_writing(self):
        self.stopping.set()
        self.writer.join()
        if self.error:
            raise self.error


class OnALine(Client):
    """A client that is a process with a line of commands."""

    def open(self, hosts):
        self.text, self.heard = "", threading.Condition()
        self.process = subprocess.Popen(self.command(hosts), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self.listen, daemon=True).start()
        self.wait(self.connected, 0)

    def listen(self):
        while piece := os.read(self.process.stdout.fileno(), 65536):
            with self.heard:
                self.text += piece.decode(errors="replace")
                self.heard.notify_all()

    def wait(self, pattern, since):
        with self.heard:
            if not self.heard.wait_for(lambda: re.search(pattern, self.text[since:]), PATIENCE):
                raise AssertionError("%s never said %s; its last words:\n%s" % (self.name, pattern, self.text[-1500:]))
            return re.search(pattern, self.text[since:])

    def ask(self, line, good, bad):
        since = len(self.text)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        found = self.wait("%s|%s" % (good, bad), since)
        if not re.fullmatch(good, found[0]):
            raise Failed(found[0])
        return found

    def losses(self):
        return len(re.findall(self.disconnected, self.text))

    def events(self, path):
        return len(re.findall(self.event % path, self.text))

    def close(self):
        self.process.stdin.write(self.goodbye)
        self.process.stdin.close()
        if self.process.wait(PATIENCE) != 0:
            raise AssertionError("%s ended with %d:\n%s" % (self.name, self.process.returncode, self.text[-1500:]))


class CClient(OnALine):
    name, connected, disconnected, event, goodbye = "c", r"(?m)^connected$", r"(?m)^disconnected$", r"(?m)^event %d %%s$" % DATA_CHANGED, b""

    def command(self, hosts):
        from servers import VIVARIUM
        return [os.path.join(os.path.dirname(VIVARIUM), "c_line_client"), hosts]

    def do(self, command, path, good):
        return self.ask("%s %s" % (command, path), good, r"error -?\d+ %s\n" % path)

    def create(self, path):
        self.do("create", path, r"created %s\n" % path)

    def ephemeral(self, path):
        self.do("ephemeral", path, r"created %s\n" % path)

    def watch(self, path):
        self.do("watch", path, r"watched [0-9a-f]+ %s\n" % path)

    def owner(self, path):
        return int(self.do("owner", path, r"owner ([0-9a-f]+) %s\n" % path)[1], 16)


class ZkCli(OnALine):
    name, connected, disconnected, goodbye = "zkcli", r"state:SyncConnected", r"state:Disconnected type:None", b"quit\n"
    event = r"state:SyncConnected type:NodeDataChanged path:%s\n"
    REFUSAL = r"KeeperErrorCode = \w+( for \S+)?\n|Node already exists: \S+\n|Node does not exist: \S+\n"

    def command(self, hosts):
        return ZKCLI + [hosts]

    def create(self, path):
        self.ask("create " + path, r"Created %s\n" % path, self.REFUSAL)

    def ephemeral(self, path):
        self.ask("create -e " + path, r"Created %s\n" % path, self.REFUSAL)

    def watch(self, path):
        self.ask("stat -w " + path, r"numChildren = \d+\n", self.REFUSAL)

    def owner(self, path):
        return int(self.ask("stat " + path, r"(?s)ephemeralOwner = 0x([0-9a-f]+)\n.*?numChildren = \d+\n", self.REFUSAL)[1], 16)


class Kazoo(Client):
    name = "kazoo"

    def open(self, hosts):
        from kazoo.client import KazooClient
        from kazoo.protocol.states import KazooState
        from kazoo.retry import KazooRetry
        from workload import quiet
        self.seen, self.suspensions = [], 0
        self.client = KazooClient(hosts=hosts, timeout=SESSION_MS / 1000.0, logger=quiet,
                                  connection_retry=KazooRetry(max_tries=-1, delay=0.05, backoff=1, max_jitter=0.1, max_delay=0.2))

        def told(state):
            self.suspensions += state == KazooState.SUSPENDED
            if state == KazooState.LOST and not self.stopping.is_set():
                self.error = AssertionError("kazoo lost its session")
        self.client.add_listener(told)
        self.client.start(timeout=PATIENCE)

    def do(self, method, *arguments, **options):
        from workload import IN_DOUBT, REFUSED
        try:
            return method(*arguments, **options).get(timeout=PATIENCE)
        except IN_DOUBT + REFUSED as error:
            raise Failed(repr(error))

    def create(self, path):
        self.do(self.client.create_async, path)

    def ephemeral(self, path):
        self.do(self.client.create_async, path, ephemeral=True)

    def watch(self, path):
        """kazoo forgets its watches with the connection; those of its recipe are left again with a reading, and told what was missed."""
        def told(data, stat):
            if stat.version == 0:
                return True
            self.seen.append(path)
            return False  # the recipe is done
        self.client.DataWatch(path, told)

    def owner(self, path):
        return self.do(self.client.get_async, path)[1].ephemeralOwner

    def losses(self):
        return self.suspensions

    def events(self, path):
        return self.seen.count(path)

    def close(self):
        self.client.stop()
        self.client.close()


class Other:
    """Somebody else's session, which changes what the clients watch."""

    def __init__(self, ensemble):
        from raw_session import RawSession
        self.session = RawSession([(m.address, m.port) for m in ensemble.members], SESSION_MS / 1000.0, 1)

    def insist(self, op, body):
        """0 or the error that the server answers; done twice, if need be."""
        from raw_session import TROUBLE
        while True:
            try:
                if self.session.connection is None:
                    self.session.connect(time.monotonic() + PATIENCE)
                return self.session.call(op, body)[0]
            except TROUBLE:
                self.session.drop()

    def create(self, path):
        from rawzk import OPEN, create
        from trees import NODE_EXISTS
        assert self.insist(1, create(path, b"", OPEN)) in (0, NODE_EXISTS), path

    def change(self, path):
        from rawzk import text, u32
        assert self.insist(5, text(path) + text(b"changed") + u32(-1)) == 0, path


class Run:
    def __init__(self, ensemble):
        self.ensemble, self.other = ensemble, Other(ensemble)
        self.clients, self.watched, self.silence, self.round = [], [], 0.0, 0
        for path in ("/acked", "/watched", "/mine"):
            self.other.create(path)

    def begin(self):
        self.clients = [kind(self.ensemble.hosts) for kind in (Kazoo, CClient, ZkCli)]
        for client in self.clients:
            client.insist(client.ephemeral, "/mine/" + client.name)
            client.sid = client.insist(client.owner, "/mine/" + client.name)
            client.writer.start()
        return self

    def everybody_writes(self):
        """Each client gets an acknowledgement for something that it asked for from here on."""
        from ensemble import wait_for
        for client in self.clients:
            with client.turn:
                before = len(client.acked)
            wait_for("%s to write" % client.name, lambda: client.error or len(client.acked) > before, PATIENCE)
            if client.error:
                raise client.error

    def lose(self, member):
        from ensemble import wait_for
        self.round += 1
        paths = {when: ["/watched/%s-%d-%s" % (c.name, self.round, when) for c in self.clients] for when in ("during", "after")}
        for when in paths:
            for client, path in zip(self.clients, paths[when]):
                self.other.create(path)
                client.insist(client.watch, path)
                self.watched.append((client, path))
        self.everybody_writes()
        member.kill()
        lost = time.monotonic()
        for path in paths["during"]:
            self.other.change(path)
        self.everybody_writes()
        self.silence = max(self.silence, time.monotonic() - lost)
        for path in paths["after"]:
            self.other.change(path)
        for when in paths:
            for client, path in zip(self.clients, paths[when]):
                wait_for("the event of %s for %s" % (path, client.name), lambda: client.events(path), PATIENCE)
                self.other.change(path)  # of which nobody is told
        self.everybody_writes()
        member.start().wait_serving()

    def judge(self):
        import trees
        for client in self.clients:
            client.stop_writing()
            client.insist(client.ephemeral, "/mine/%s-again" % client.name)
            for path in ("/mine/" + client.name, "/mine/%s-again" % client.name):
                assert client.insist(client.owner, path) == client.sid, "%s has another session" % client.name
            assert client.losses() > 0, "%s never lost its server: nothing was tried" % client.name
        for client, path in self.watched:
            assert client.events(path) == 1, "%s: %d events for %s" % (path, client.events(path), client.name)
        self.ensemble.wait_level()
        for member in self.ensemble.members:
            tree = trees.dump(member)
            missing = [path for client in self.clients for path in client.acked if path not in tree]
            assert not missing, "%r has not: %s" % (member, missing[:5])
            mine = {"/mine/" + c.name + more: c.sid for c in self.clients for more in ("", "-again")}
            held = {path: node[2][trees.STAT_FIELDS.index("ephemeralOwner")] for path, node in tree.items() if path.startswith("/mine/")}
            assert held == mine, (member, held, mine)

    def end(self):
        from ensemble import wait_for
        import trees
        for client in self.clients:
            client.close()
        for member in self.ensemble.members:
            wait_for("the ephemerals to go with their sessions", lambda: not any(p.startswith("/mine/") for p in trees.dump(member)), 5)


def survive(name, kinds):
    from ensemble import Ensemble
    began = time.monotonic()
    with Ensemble(kinds, name="clients-" + name) as ensemble:
        ensemble.start_with_leader(len(kinds))
        run = Run(ensemble).begin()
        leader = ensemble.leader()
        for member in [m for m in ensemble.members if m is not leader] + [leader]:
            run.lose(member)
        run.lose(ensemble.wait_leader())
        run.judge()
        run.end()
        print("clients: %-8s ok %3.0f s: %s; %d watches fired once; longest silence %.1f s" % (
            name, time.monotonic() - began, ", ".join("%s %d acknowledged, %d in doubt, %d reconnects" % (c.name, len(c.acked), c.failed, c.losses())
                                                    for c in run.clients), len(run.watched), run.silence), flush=True)


SCENARIOS = {"vivarium": ["vivarium", "vivarium", "vivarium"], "mixed": ["apache", "vivarium", "apache"]}


def main():
    sandbox.enter()
    for name in sys.argv[1:] or SCENARIOS:
        survive(name, SCENARIOS[name])
    print("clients: kazoo, the C client and zkCli survived the loss of every member")


main()
