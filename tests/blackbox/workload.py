"""Clients that use an ensemble as people do and record what they saw (history.py): writers, readers, lock holders, watchers, holders of
sessions and ephemerals. Most are kazoo's, as people's are; some speak the bare protocol (raw_session.py).

An actor works until the workload settles, then reads everything once more and keeps its session open until the end.
"""
import contextlib
import logging
import os
import random
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kazoo import exceptions as zk  # noqa: E402
from kazoo.client import KazooClient  # noqa: E402
from kazoo.handlers.threading import KazooTimeoutError, SequentialThreadingHandler  # noqa: E402
from kazoo.protocol.states import EventType, KazooState  # noqa: E402
from kazoo.retry import KazooRetry  # noqa: E402
from history import now  # noqa: E402
from raw_session import TROUBLE, Expired, RawSession  # noqa: E402
from rawzk import OPEN, create, text, u32  # noqa: E402

REFUSED = (zk.BadVersionError, zk.NoNodeError, zk.NodeExistsError)
IN_DOUBT = (zk.ConnectionLoss, zk.SessionExpiredError, zk.OperationTimeoutError, zk.ConnectionClosedError, zk.SessionMovedError,
            KazooTimeoutError)
PATIENCE = 60.0  # of one request; the longest fault is shorter
LOCK, LOCK_DATA = "/lock", "/lock-data"

quiet = logging.getLogger("kazoo")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


class Over(Exception):
    """The session is gone."""


def value_of(data):
    return int(data.split(b" ")[0])


class Armed:
    """A one-shot watch; told by the connection's own thread, so its time is in order with the replies."""

    def __init__(self, history, identity):
        self.history, self.identity, self.done = history, identity, threading.Event()

    def event(self, event):
        self.history.add("unarm" if event.type == EventType.NONE else "fire", id=self.identity, time=now())
        self.done.set()

    def __call__(self, event):
        self.event(event)


class Handler(SequentialThreadingHandler):
    def dispatch_callback(self, callback):
        if callback.type == "watch" and isinstance(callback.func, Armed):
            callback.func.event(callback.args[0])
        else:
            super().dispatch_callback(callback)


class Actor(threading.Thread):
    timeout = None  # the workload's

    def __init__(self, load, name):
        super().__init__(name=name, daemon=True)
        self.load, self.history = load, load.history
        self.draw = random.Random("%s %s" % (load.seed, name))
        self.lives, self.sid, self.settled, self.failure = 0, None, threading.Event(), None

    def run(self):
        try:
            while not self.load.stopping.is_set():
                self.live()
            self.live()
        except Exception as error:  # a broken actor is a broken test
            self.failure = error
            self.history.add("strange", sid=self.sid or 0, error="%s: %r" % (self.name, error))
        self.settled.set()

    def live(self):
        """One session, as long as it lasts; or the last readings of the current one when the workload settles."""
        try:
            if self.sid is None:
                self.open()
                self.lives += 1
                self.begin()
            while not self.load.stopping.is_set():
                if self.load.going.wait(1.0):
                    self.step()
                else:
                    self.beat()
            self.settle()
        except Over:
            self.sid = None

    def gone(self, how):
        self.history.add("gone", sid=self.sid, how=how, time=now())

    def pause(self, seconds):
        self.load.stopping.wait(self.draw.uniform(0.5, 1.5) * seconds)

    def begin(self):
        pass

    def beat(self):
        """While the workload is held: the session must live. A client library sees to that by itself."""

    def settle(self):
        pass


class KazooActor(Actor):
    def open(self):
        """A new client with a new session."""
        self.shut()
        self.lost = threading.Event()
        deadline = now() + PATIENCE * 2
        while True:
            start = now()
            self.client = KazooClient(hosts=self.load.hosts, timeout=self.timeout or self.load.timeout, handler=Handler(), logger=quiet,
                                      connection_retry=KazooRetry(max_tries=-1, delay=0.05, backoff=1, max_jitter=0.1, max_delay=0.2))
            try:
                self.client.start(timeout=PATIENCE)
                break
            except KazooTimeoutError:
                self.shut()
                if now() > deadline:
                    raise TimeoutError("%s gets no session" % self.name)
        self.sid = self.client._session_id
        lost, sid = self.lost, self.sid

        def on_state(state):
            if state == KazooState.LOST and not lost.is_set():
                lost.set()
                if self.sid == sid and not self.load.closing:
                    self.gone("expired")
        self.client.add_listener(on_state)
        self.history.add("session", sid=sid, timeout=float(self.timeout or self.load.timeout), start=start, end=now())

    def shut(self):
        client = getattr(self, "client", None)
        if client is not None:
            try:
                client.stop()
                client.close()
            except Exception:  # whatever: it is thrown away
                pass
            self.client = None

    def do(self, method, *arguments, **options):
        """(outcome, result, start, end). Raises Over when the session turned out to be gone and nothing needs recording."""
        sid, start, result = self.sid, now(), None
        try:
            result = method(*arguments, **options).get(timeout=PATIENCE)
            outcome = "ok"
        except REFUSED as error:
            outcome, result = "fail", error
        except IN_DOUBT:
            outcome = "maybe"
        except zk.ZookeeperError as error:
            outcome = "maybe"
            self.history.add("strange", sid=sid, error="%s: %s%r: %r" % (self.name, method.__name__, arguments[:1], error))
        end = now()
        if self.lost.is_set() or self.client._session_id != sid:
            outcome = "maybe"  # perhaps it ran on the next session
        if outcome == "maybe":
            if self.client._connection.connection_stopped.is_set() and not self.lost.is_set():
                self.history.add("strange", sid=sid, error="%s: kazoo's connection thread has ended" % self.name)
                self.lost.set()
            time.sleep(0.02)
        return outcome, result, start, end

    def alive(self):
        if self.lost.is_set():
            raise Over()

    def until_known(self, method, *arguments, **options):
        """Repeats a reading until it is answered."""
        while True:
            outcome, result, start, end = self.do(method, *arguments, **options)
            self.alive()
            if outcome != "maybe":
                return outcome, result, start, end

    def read(self, key):
        outcome, result, start, end = self.until_known(self.client.get_async, key)
        if outcome == "ok":
            self.history.add("read", sid=self.sid, key=key, value=value_of(result[0]), version=result[1].version, start=start, end=end)
            return value_of(result[0]), result[1].version
        return None

    def sync(self):
        self.until_known(self.client.sync_async, "/")

    def close(self):
        if self.sid is not None and not self.lost.is_set():
            self.client.stop()
            self.gone("closed")
        self.shut()


class RegisterWriter(KazooActor):
    """Writes registers of its own with the version that it knows; reads them again when it does not know."""

    def __init__(self, load, name):
        super().__init__(load, name)
        self.keys = {"/w/%s-%d" % (name, i): [-1, 0] for i in range(load.keys)}  # version (-1: to create), last value that was tried

    def step(self):
        self.alive()
        key = self.draw.choice(list(self.keys))
        self.write(key)
        self.pause(self.load.think)

    def write(self, key):
        known = self.keys[key]
        known[1] += 1
        value, data = known[1], b"%d %s" % (known[1], b"." * self.draw.randrange(100))
        if known[0] < 0:
            outcome, result, start, end = self.do(self.client.create_async, key, data)
            version = 0
        else:
            outcome, result, start, end = self.do(self.client.set_async, key, data, version=known[0])
            version = result.version if outcome == "ok" else None
        self.history.add("write", sid=self.sid, key=key, value=value, start=start, end=end, outcome=outcome, version=version)
        if outcome == "ok":
            known[0] = version
            return
        self.alive()
        self.sync()
        seen = self.read(key)
        known[0] = seen[1] if seen else -1

    def settle(self):
        self.sync()
        for key in self.keys:
            self.read(key)


class ChainWriter(Actor):
    """Pairs of writes, pipelined without waiting, on the bare protocol: the second never without the first."""

    def open(self):
        self.raw = RawSession(self.load.members, self.load.timeout, "%s %s" % (self.load.seed, self.name))
        start = now()
        self.raw.connect(now() + PATIENCE * 2)
        self.sid = self.raw.sid
        self.history.add("session", sid=self.sid, timeout=self.raw.negotiated, start=start, end=now())

    def begin(self):
        self.first, self.then = ("/c/%s-%d-%s" % (self.name, self.lives, part) for part in "ab")
        self.value = 0
        self.burst([(1, create(key, b"0", OPEN)) for key in (self.first, self.then)], [(self.first, 0, 0), (self.then, 0, 0)])
        self.history.add("chain", first=self.first, then=self.then)
        self.load.chains.append((self.first, self.then))

    def burst(self, requests, meanings):
        """Sends all; records each as a write (key, value, version or None for what the reply says)."""
        start, done = now(), []
        sid = self.sid

        def answered(i, error, body):
            key, value, version = meanings[i]
            if error == 0 and version is None:
                version = struct.unpack_from(">i", body, 32)[0]
            if error not in (0, -101, -110):
                self.history.add("strange", sid=sid, error="%s: error %d for %s" % (self.name, error, key))
            self.history.add("write", sid=sid, key=key, value=value, start=start, end=now(), outcome="fail" if error else "ok", version=version)
            done.append(i)

        try:
            self.raw.pipeline(requests, answered)
        except TROUBLE:
            for key, value, _ in meanings[len(done):]:
                self.history.add("write", sid=sid, key=key, value=value, start=start, end=now(), outcome="maybe", version=None)
            self.reattach()

    def reattach(self):
        try:
            self.raw.connect(now() + PATIENCE * 2)
        except Expired:
            self.gone("expired")
            raise Over()

    def step(self):
        requests, meanings = [], []
        for _ in range(self.draw.randint(1, 8)):
            self.value += 1
            for key in (self.first, self.then):
                requests.append((5, text(key) + text(b"%d" % self.value) + u32(-1)))
                meanings.append((key, self.value, None))
        self.burst(requests, meanings)
        self.pause(self.load.think * 4)

    def settle(self):
        self.load.until_closing(self.beat)

    def beat(self):
        try:
            self.raw.ping()
        except TROUBLE:
            self.reattach()

    def close(self):
        if self.sid is not None:
            self.gone("closed" if self.raw.close() else "left")


class RawWatcher(ChainWriter):
    """One-shot watches that follow the session from server to server (SetWatches); the events are counted."""

    def begin(self):
        self.armed, self.next = {}, 0
        self.raw.on_event = self.on_event

    def on_event(self, kind, path):
        if path in self.armed:
            self.history.add("fire", id=self.armed.pop(path), time=now())
        else:
            self.history.add("strange", sid=self.sid, error="%s: event %d for %s, where no watch was left" % (self.name, kind, path))

    def step(self):
        keys = self.load.register_keys()
        key = self.draw.choice(keys)
        self.look(key, watch=key not in self.armed and key not in self.raw.watched and len(self.armed) < 40)
        self.pause(self.load.think)

    def look(self, key, watch):
        start = now()
        self.next += 1
        identity = "%s-%d-%d" % (self.name, self.lives, self.next)
        if watch:
            self.armed[key] = identity  # before the reply: the event may follow at once
        try:
            error, data, version = self.raw.get(key, watch)
        except TROUBLE:
            if watch:
                self.armed.pop(key, None)
            self.reattach()
            return
        if error:
            if watch:
                self.armed.pop(key, None)
            return
        end = now()
        self.history.add("read", sid=self.sid, key=key, value=value_of(data), version=version, start=start, end=end)
        if watch:
            self.history.add("arm", id=identity, sid=self.sid, key=key, version=version, start=start, end=end)

    def settle(self):
        try:
            self.raw.call(9, text("/"))
        except TROUBLE:
            self.reattach()
        for key in self.load.register_keys():
            self.look(key, watch=False)
        super().settle()


class Abandoner(ChainWriter):
    """Sessions whose client goes away without a word: their ephemerals must go, too."""

    def begin(self):
        path = "/e/%s-%d" % (self.name, self.lives)
        start = now()
        outcome = "maybe"
        try:
            error, _ = self.raw.call(1, create(path, b"", OPEN, 1))
            outcome = "fail" if error else "ok"
        except TROUBLE:
            pass
        self.history.add("ephemeral", sid=self.sid, path=path, start=start, end=now(), outcome=outcome)
        self.raw.drop()
        self.gone("left")
        self.sid = None
        self.pause(3)
        raise Over()

    def open(self):
        self.raw = RawSession(self.load.members, 3.0, "%s %s %d" % (self.load.seed, self.name, self.lives))
        start = now()
        self.raw.connect(now() + PATIENCE * 2)
        self.sid = self.raw.sid
        self.history.add("session", sid=self.sid, timeout=self.raw.negotiated, start=start, end=now())

    def live(self):
        if not self.load.stopping.is_set():
            super().live()

    def close(self):
        pass


class Reader(KazooActor):
    """Reads what the others write, on one session, in any order."""

    def step(self):
        self.alive()
        what = self.draw.randrange(10)
        if what < 5:
            self.read(self.draw.choice(self.load.register_keys()))
        elif what < 8 and self.load.chains:
            first, then = self.draw.choice(self.load.chains[-4:])
            self.read(then)
            self.read(first)
        elif what == 8:
            self.see_lock()
        else:
            self.list("/e")
        self.pause(self.load.think)

    def see_lock(self):
        outcome, result, start, end = self.until_known(self.client.get_async, LOCK_DATA)
        if outcome == "ok":
            self.history.add("seen", sid=self.sid, lock=LOCK, token=value_of(result[0]), version=result[1].version, start=start, end=end)

    def list(self, parent):
        outcome, names, start, end = self.until_known(self.client.get_children_async, parent)
        if outcome == "ok":
            self.history.add("listing", sid=self.sid, parent=parent, names=frozenset(names), start=start, end=end)

    def settle(self):
        self.sync()
        for key in self.load.register_keys():
            self.read(key)
        self.see_lock()
        self.list("/e")


class Watcher(KazooActor):
    """Leaves one-shot watches through kazoo, reads again when they fire, and now and then without being told."""

    def begin(self):
        self.armed, self.next = {}, 0

    def step(self):
        self.alive()
        for key in [k for k, a in self.armed.items() if a.done.is_set()]:
            del self.armed[key]
            self.read(key)
        key = self.draw.choice(self.load.register_keys())
        if key in self.armed or len(self.armed) >= 40:
            self.read(key)
        else:
            self.arm(key)
        self.pause(self.load.think)

    def arm(self, key):
        self.next += 1
        armed = Armed(self.history, "%s-%d-%d" % (self.name, self.lives, self.next))
        outcome, result, start, end = self.do(self.client.get_async, key, watch=armed)
        if outcome == "ok":
            self.history.add("read", sid=self.sid, key=key, value=value_of(result[0]), version=result[1].version, start=start, end=end)
            self.history.add("arm", id=armed.identity, sid=self.sid, key=key, version=result[1].version, start=start, end=end)
            self.armed[key] = armed

    def settle(self):
        self.sync()
        for key in self.load.register_keys():
            self.read(key)


class SessionHolder(Reader):
    """Makes ephemerals and looks whether they are there."""

    def begin(self):
        self.made = 0
        for _ in range(3):
            self.make()

    def make(self):
        self.made += 1
        path = "/e/%s-%d-%d" % (self.name, self.lives, self.made)
        outcome, _, start, end = self.do(self.client.create_async, path, b"", ephemeral=True)
        self.history.add("ephemeral", sid=self.sid, path=path, start=start, end=end, outcome=outcome)
        self.paths = getattr(self, "paths", [])
        self.paths.append(path)

    def step(self):
        self.alive()
        if self.made < 30 and self.draw.random() < 0.1:
            self.make()
        elif self.draw.random() < 0.05 and len(self.paths) > 3:
            self.remove(self.paths.pop())
        else:
            self.list("/e")
        self.pause(self.load.think * 10)

    def remove(self, path):
        outcome, _, start, end = self.do(self.client.delete_async, path)
        self.history.add("delete", sid=self.sid, path=path, start=start, end=end, outcome=outcome)

    def settle(self):
        self.sync()
        self.list("/e")


class SequenceMaker(KazooActor):
    def step(self):
        self.alive()
        identity = self.load.next_identity()
        outcome, name, start, end = self.do(self.client.create_async, "/q/n", b"%d %s" % (identity, self.name.encode()), sequence=True)
        self.history.add("sequence", sid=self.sid, parent="/q", id=identity, name=name[3:] if outcome == "ok" else None, start=start, end=end,
                         outcome=outcome)
        self.pause(self.load.think * 5)


class LockHolder(KazooActor):
    """The recipe of ephemeral sequential nodes; while it holds the lock it writes its number into the register that the lock protects."""

    def begin(self):
        self.attempts = 0

    def mine(self):
        """Own nodes in line, when known."""
        _, names, start, end = self.until_known(self.client.get_children_async, LOCK)
        return [n for n in names if n.startswith(self.prefix)], names, end

    @property
    def prefix(self):
        return "%s.%d-" % (self.name, self.lives)

    def clear(self):
        """Nothing of an earlier attempt is left in line."""
        self.sync()
        for name in self.mine()[0]:
            self.until_known(self.client.delete_async, LOCK + "/" + name)

    def step(self):
        self.alive()
        outcome, path, _, _ = self.do(self.client.create_async, "%s/%sn" % (LOCK, self.prefix), b"", ephemeral=True, sequence=True)
        self.alive()
        if outcome != "ok":
            return self.clear()
        name = path[len(LOCK) + 1:]
        acquired = self.stand_in_line(name)
        if acquired:
            self.hold(int(name[-10:]), acquired)
        self.until_known(self.client.delete_async, path)
        self.pause(self.load.think)

    def stand_in_line(self, name):
        """When the lock was given, or None when the workload settles before."""
        while True:
            _, names, end = self.mine()
            if name not in names:
                self.alive()
                self.history.add("strange", sid=self.sid, error="%s: its node %s is not in line any more" % (self.name, name))
                return None
            line = sorted(names, key=lambda n: n[-10:])
            if line[0] == name:
                return end
            moved = Armed(self.load.unrecorded, None)
            self.do(self.client.exists_async, LOCK + "/" + line[line.index(name) - 1], watch=moved)
            self.alive()
            if self.load.stopping.is_set():
                return None
            moved.done.wait(0.5)

    def hold(self, token, acquired):
        until = acquired
        for _ in range(self.draw.randint(1, 4)):
            outcome, stat, start, end = self.do(self.client.set_async, LOCK_DATA, b"%d %s" % (token, self.name.encode()))
            self.history.add("fenced", sid=self.sid, lock=LOCK, token=token, outcome=outcome, start=start, end=end,
                             version=stat.version if outcome == "ok" else None)
            if outcome == "ok":
                until = start
            time.sleep(0.005)
        self.history.add("hold", sid=self.sid, lock=LOCK, token=token, start=acquired, end=acquired, until=until)
        self.alive()

    def settle(self):
        self.clear()


class Nowhere:
    def add(self, *_, **__):
        pass


class Workload:
    """`counts` says how many actors of each class."""

    STANDARD = {RegisterWriter: 2, ChainWriter: 1, Reader: 2, Watcher: 1, RawWatcher: 2, SessionHolder: 2, SequenceMaker: 1, LockHolder: 3,
                Abandoner: 1}

    def __init__(self, ensemble, history, seed=1, timeout=10.0, think=0.01, keys=4, counts=None):
        self.history, self.seed, self.timeout, self.think, self.keys = history, seed, timeout, think, keys
        self.hosts = ensemble.hosts
        self.members = [(m.address, m.port) for m in ensemble.members]
        self.stopping, self.closing, self.done = threading.Event(), False, threading.Event()
        self.going = threading.Event()
        self.going.set()
        self.chains, self.unrecorded = [], Nowhere()
        self._identity, self._identities = 0, threading.Lock()
        self.actors = [kind(self, "%s%d" % (kind.__name__, i)) for kind, count in (counts or self.STANDARD).items() for i in range(count)]

    def next_identity(self):
        with self._identities:
            self._identity += 1
            return self._identity

    def register_keys(self):
        return self._keys

    def start(self):
        """Makes the parents, lets the writers make their registers, and starts everybody."""
        client = KazooClient(hosts=self.hosts, timeout=10, logger=quiet)
        client.start(timeout=PATIENCE)
        for path, data in (("/w", b""), ("/c", b""), ("/e", b""), ("/q", b""), (LOCK, b""), (LOCK_DATA, b"0")):
            client.retry(client.create, path, data)
        client.stop()
        client.close()
        self._keys = [key for a in self.actors if isinstance(a, RegisterWriter) for key in a.keys]
        for actor in self.actors:
            actor.start()
        return self

    def until_closing(self, beat):
        """Keeps a session of the bare protocol alive from settling to closing; the actor counts as settled from here on."""
        threading.current_thread().settled.set()
        while not self.done.wait(0.3):
            beat()

    def settle(self, patience=PATIENCE * 2):
        """Nobody writes any more, everybody has read once more; sessions stay open. The ensemble must be healed."""
        self.stopping.set()
        deadline = now() + patience
        for actor in self.actors:
            began = now()
            settled = actor.settled.wait(max(0.1, deadline - now()))
            if now() - began > 10:
                print("note: %s settled only %.0f s later" % (actor.name, now() - began), flush=True)
            if not settled:
                self.history.add("strange", sid=actor.sid or 0, error="%s: no answer within %d s of healing" % (actor.name, patience))
        return self

    def live(self):
        return {a.sid for a in self.actors if a.sid is not None and not (hasattr(a, "lost") and a.lost.is_set())}

    @contextlib.contextmanager
    def held(self):
        """Nobody begins anything new inside; a lock that is held is given back first."""
        self.going.clear()
        time.sleep(1.0)
        yield
        self.going.set()

    def close(self):
        """All sessions end."""
        self.closing = True
        self.done.set()
        for actor in self.actors:
            if not isinstance(actor, KazooActor):
                actor.join(10)
            actor.close()
