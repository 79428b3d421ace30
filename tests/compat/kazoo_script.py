#!/usr/bin/python3
"""A broad walk over kazoo's API and recipes. Prints one line per fact, so that two servers can be compared line by line.

usage: kazoo_script.py HOST:PORT
Whatever depends on time or on session numbers is masked; whatever the protocol fixes (zxids relative to the start, versions,
counts, errors, event order) is printed.
"""
import logging
import os
import queue
import sys
import threading
import time
import traceback

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import KazooException, LockTimeout
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.security import OPEN_ACL_UNSAFE, READ_ACL_UNSAFE, make_acl, make_digest_acl

logging.basicConfig(level=logging.CRITICAL)
HOSTS = sys.argv[1]
BASE = None


def client(**options):
    c = KazooClient(hosts=HOSTS, timeout=10, **options)
    c.start(timeout=20)
    return c


def say(label, value=""):
    print("%s: %s" % (label, value), flush=True)


def attempt(label, call, show=lambda v: v):
    try:
        value = call()
    except (KazooException, KazooTimeoutError, ValueError, TypeError) as e:
        say(label, "error " + type(e).__name__)
        return None
    say(label, show(value))
    return value


def stat(s):
    owner = s.ephemeralOwner
    kind = 0 if owner == 0 else "session"
    return "cz+%d mz+%d pz+%d v%d cv%d av%d owner %s len %d kids %d" % (
        s.czxid - BASE, s.mzxid - BASE, s.pzxid - BASE, s.version, s.cversion, s.aversion, kind, s.dataLength, s.numChildren)


def nodes(zk):
    global BASE
    BASE = zk.create("/base", b"", include_data=True)[1].czxid
    attempt("create", lambda: zk.create("/a", b"one"))
    attempt("create again", lambda: zk.create("/a", b"two"))
    attempt("create below nothing", lambda: zk.create("/x/y", b""))
    attempt("create makepath", lambda: zk.create("/p/q/r", b"deep", makepath=True))
    attempt("create empty data", lambda: zk.create("/empty"))
    attempt("create2", lambda: zk.create("/c2", b"data", include_data=True), lambda r: (r[0], stat(r[1])))
    attempt("create sequence", lambda: zk.create("/a/s-", b"", sequence=True))
    attempt("create sequence", lambda: zk.create("/a/s-", b"", sequence=True))
    attempt("create sequence in directory form", lambda: zk.create("/a/", b"", sequence=True))
    attempt("delete then sequence", lambda: (zk.delete("/a/s-0000000001"), zk.create("/a/s-", b"", sequence=True)))
    attempt("create ephemeral", lambda: zk.create("/e", b"", ephemeral=True))
    attempt("create below ephemeral", lambda: zk.create("/e/x", b""))
    attempt("create ephemeral sequence", lambda: zk.create("/es-", b"", ephemeral=True, sequence=True))
    attempt("exists", lambda: zk.exists("/a"), stat)
    attempt("exists not", lambda: zk.exists("/nope"))
    attempt("exists ephemeral", lambda: zk.exists("/e"), stat)
    attempt("get", lambda: zk.get("/a"), lambda r: (r[0], stat(r[1])))
    attempt("get not", lambda: zk.get("/nope"))
    attempt("set", lambda: zk.set("/a", b"changed"), stat)
    attempt("set version ok", lambda: zk.set("/a", b"again", version=1), stat)
    attempt("set bad version", lambda: zk.set("/a", b"again", version=7))
    attempt("set not", lambda: zk.set("/nope", b""))
    attempt("children", lambda: sorted(zk.get_children("/a")))
    attempt("children with stat", lambda: zk.get_children("/a", include_data=True), lambda r: (sorted(r[0]), stat(r[1])))
    attempt("children not", lambda: zk.get_children("/nope"))
    attempt("delete not empty", lambda: zk.delete("/a"))
    attempt("delete bad version", lambda: zk.delete("/c2", version=3))
    attempt("delete version", lambda: zk.delete("/c2", version=0))
    attempt("delete not", lambda: zk.delete("/c2"))
    attempt("delete recursive", lambda: zk.delete("/p", recursive=True))
    attempt("delete root", lambda: zk.delete("/"))
    attempt("delete system", lambda: zk.delete("/zookeeper"))
    attempt("root children", lambda: sorted(zk.get_children("/")))
    attempt("system children", lambda: sorted(zk.get_children("/zookeeper")))
    attempt("config", lambda: zk.get("/zookeeper/config"), lambda r: (r[0], r[1].version, r[1].aversion))
    attempt("sync", lambda: zk.sync("/a"))
    attempt("unicode", lambda: zk.create("/caf\u00e9", b"x"))
    attempt("unicode children", lambda: [c for c in sorted(zk.get_children("/")) if c.startswith("caf")])
    attempt("large", lambda: zk.create("/large", b"z" * 900000))
    attempt("large get", lambda: len(zk.get("/large")[0]))
    attempt("ensure_path", lambda: zk.ensure_path("/ens/ure/d"))


def acls(zk):
    admin = client(auth_data=[("digest", "admin:secret")])
    mine = make_digest_acl("admin", "secret", all=True)
    attempt("acl create", lambda: admin.create("/locked", b"s", acl=[mine]))
    attempt("acl get by stranger", lambda: zk.get("/locked"))
    attempt("acl set by stranger", lambda: zk.set("/locked", b"x"))
    attempt("acl exists by stranger", lambda: zk.exists("/locked"), lambda s: s is not None)
    attempt("acl delete of open parent by stranger", lambda: zk.create("/locked/x", b""))
    attempt("acl get by owner", lambda: admin.get("/locked"), lambda r: (r[0], stat(r[1])))
    attempt("acl list by owner", lambda: admin.get_acls("/locked"), lambda r: (r[0], stat(r[1])))
    attempt("acl list by stranger", lambda: zk.get_acls("/locked"))
    readers = [mine, make_acl("world", "anyone", read=True)]
    attempt("acl set acls", lambda: admin.set_acls("/locked", readers), stat)
    attempt("acl set acls bad version", lambda: admin.set_acls("/locked", readers, version=9))
    attempt("acl masked for stranger", lambda: zk.get_acls("/locked"), lambda r: r[0])
    attempt("acl readable now", lambda: zk.get("/locked")[0])
    attempt("acl empty list", lambda: zk.create("/noacl", b"", acl=[]))
    attempt("acl bad scheme", lambda: zk.create("/noacl", b"", acl=[make_acl("martian", "x", read=True)]))
    attempt("acl bad world", lambda: zk.create("/noacl", b"", acl=[make_acl("world", "me", read=True)]))
    attempt("acl bad ip", lambda: zk.create("/noacl", b"", acl=[make_acl("ip", "300.1.1.1", read=True)]))
    attempt("acl ip", lambda: zk.create("/ip", b"", acl=[make_acl("ip", "127.0.0.0/8", all=True)]))
    attempt("acl ip read", lambda: zk.get("/ip")[0])
    attempt("acl other ip", lambda: zk.create("/ip2", b"", acl=[make_acl("ip", "10.0.0.1", all=True)]))
    attempt("acl other ip read", lambda: zk.get("/ip2"))
    attempt("acl auth without auth", lambda: zk.create("/auth", b"", acl=[make_acl("auth", "", all=True)]))
    attempt("acl auth", lambda: admin.create("/auth", b"", acl=[make_acl("auth", "", all=True)]))
    attempt("acl auth expanded", lambda: admin.get_acls("/auth")[0])
    attempt("add_auth late", lambda: zk.add_auth("digest", "admin:secret"))
    attempt("acl after late auth", lambda: zk.set("/locked", b"y"), stat)
    attempt("add_auth unknown scheme", lambda: client().add_auth("martian", "x"))
    attempt("delete locked", lambda: admin.delete("/locked"))
    admin.stop()
    admin.close()


def transactions(zk):
    def commit(label, *operations):
        t = zk.transaction()
        for name, *args in operations:
            getattr(t, name)(*args)
        results = t.commit()
        say(label, [type(r).__name__ if isinstance(r, Exception) else (stat(r) if hasattr(r, "czxid") else r) for r in results])

    commit("multi ok", ("create", "/m", b"1"), ("set_data", "/m", b"2"), ("check", "/m", 1), ("create", "/m/k", b""),
           ("delete", "/m/k"))
    commit("multi fails in the middle", ("create", "/m2", b""), ("delete", "/nope"), ("create", "/m3", b""))
    attempt("multi left nothing", lambda: zk.exists("/m2"))
    commit("multi check fails", ("check", "/m", 9), ("set_data", "/m", b"x"))
    commit("multi sequence", ("create", "/m/s", b"", None, False, True), ("create", "/m/s", b"", None, False, True))
    commit("multi failing sequence", ("create", "/m/s", b"", None, False, True), ("check", "/nope", 0))
    attempt("sequence after failed multi", lambda: zk.create("/m/s", b"", sequence=True))
    attempt("stat after multis", lambda: zk.exists("/m"), stat)
    commit("multi empty")


def watches(zk):
    events = queue.Queue()

    def watcher(name):
        return lambda e: events.put((name, e.type, e.state, e.path))

    def drain(label, count):
        got = []
        for _ in range(count):
            try:
                got.append(events.get(timeout=5))
            except queue.Empty:
                got.append("missing")
        time.sleep(0.1)
        while not events.empty():
            got.append(("extra",) + events.get())
        say(label, sorted(map(str, got)))

    zk.create("/w", b"")
    zk.get("/w", watch=watcher("data"))
    zk.get_children("/w", watch=watcher("child"))
    zk.exists("/w/x", watch=watcher("exists"))
    zk.create("/w/x", b"")
    drain("watch create", 2)
    zk.set("/w", b"1")
    drain("watch set", 1)
    zk.set("/w", b"2")
    drain("watch fires once", 0)
    zk.get("/w/x", watch=watcher("data"))
    zk.exists("/w/x", watch=watcher("exists"))
    zk.get_children("/w/x", watch=watcher("child of x"))
    zk.get_children("/w", watch=watcher("child"))
    zk.delete("/w/x")
    drain("watch delete", 4)
    zk.exists("/w", watch=watcher("exists"))
    zk.set_acls("/w", OPEN_ACL_UNSAFE)
    drain("watch setACL is silent", 0)
    zk.delete("/w")
    drain("watch exists delete", 1)
    zk.exists("/multi-watched", watch=watcher("exists"))
    t = zk.transaction()
    t.create("/multi-watched", b"")
    t.set_data("/multi-watched", b"1")
    t.commit()
    drain("watch through multi", 1)


def another(c, refused):
    """Waits until the client has a session of its own after its first one was refused."""
    for _ in range(100):
        try:
            if c.client_id[0] != refused[0]:
                return True
        except TypeError:  # between two sessions
            pass
        time.sleep(0.05)
    return False


def sessions(zk):
    other = client()
    password = other.client_id
    say("password length", len(password[1]))
    other.create("/mine", b"", ephemeral=True)
    say("ephemeral seen", zk.exists("/mine") is not None)
    gone = threading.Event()
    zk.exists("/mine", watch=lambda e: gone.set())
    other.stop()
    other.close()
    say("ephemeral gone at close", gone.wait(5))
    say("ephemeral gone", zk.exists("/mine"))
    short = client()
    first_id = short.client_id
    short.stop()
    mover = KazooClient(hosts=HOSTS, timeout=10, client_id=first_id)
    mover.start(timeout=20)
    say("closed session is not resumed", another(mover, first_id))
    mover.stop()
    mover.close()
    short.close()


def recipes(zk):
    lock_a, lock_b = zk.Lock("/lock", "a"), client()
    other = lock_b.Lock("/lock", "b")
    say("lock acquired", lock_a.acquire())
    say("lock contenders", lock_a.contenders())
    attempt("lock busy", lambda: other.acquire(timeout=0.3))
    lock_a.release()
    say("lock after release", other.acquire(timeout=5))
    other.release()
    read = zk.ReadLock("/rw", "r")
    write = lock_b.WriteLock("/rw", "w")
    say("read lock", read.acquire())
    attempt("write lock waits", lambda: write.acquire(timeout=0.3))
    read.release()
    say("write lock", write.acquire(timeout=5))
    write.release()
    semaphore = zk.Semaphore("/sem", "s", max_leases=2)
    say("semaphore", semaphore.acquire())
    say("lease holders", semaphore.lease_holders())
    semaphore.release()
    done = queue.Queue()
    election = lock_b.Election("/election", "x")
    thread = threading.Thread(target=lambda: election.run(lambda: done.put("elected")))
    thread.start()
    say("election", done.get(timeout=10))
    thread.join(10)
    barrier = zk.Barrier("/barrier")
    barrier.create()
    say("barrier closed", lock_b.Barrier("/barrier").wait(0.3))
    barrier.remove()
    say("barrier open", lock_b.Barrier("/barrier").wait(5))
    first, second = zk.DoubleBarrier("/double", 2, "one"), lock_b.DoubleBarrier("/double", 2, "two")
    thread = threading.Thread(target=lambda: (second.enter(), second.leave()))
    thread.start()
    first.enter()
    say("double barrier", first.participating)
    first.leave()
    thread.join(10)
    q = zk.Queue("/queue")
    for i in range(4):
        q.put(b"item %d" % i, priority=50 - i)
    say("queue", [q.get() for _ in range(5)])
    lq = zk.LockingQueue("/lqueue")
    lq.put_all([b"a", b"b"])
    say("locking queue", (lq.get(5), lq.consume(), lq.get(5), lq.consume(), len(lq)))
    counter = zk.Counter("/counter", default=5)
    counter += 3
    counter -= 1
    say("counter", counter.value)
    party = zk.Party("/party", "p1")
    party.join()
    shallow = lock_b.ShallowParty("/shallow", "p2")
    shallow.join()
    say("party", (list(party), len(party), len(list(shallow))))
    party.leave()
    partitioner = zk.SetPartitioner("/partition", set=("a", "b"), time_boundary=0.2)
    partitioner.wait_for_acquire(10)
    say("partitioner", (partitioner.acquired, sorted(partitioner)))
    partitioner.finish()
    seen = queue.Queue()

    @zk.DataWatch("/watched")
    def on_data(data, s):
        seen.put(data)

    say("data watch", seen.get(timeout=5))
    zk.create("/watched", b"1")
    say("data watch", seen.get(timeout=5))
    zk.set("/watched", b"2")
    say("data watch", seen.get(timeout=5))
    kids = queue.Queue()

    @zk.ChildrenWatch("/watched")
    def on_children(children):
        kids.put(sorted(children))

    say("children watch", kids.get(timeout=5))
    zk.create("/watched/k", b"")
    say("children watch", kids.get(timeout=5))
    from kazoo.recipe.cache import TreeCache
    cache = TreeCache(zk, "/watched")
    ready = threading.Event()
    cache.listen(lambda e: ready.set() if e.event_type == 6 else None)
    cache.start()
    say("tree cache ready", ready.wait(10))
    say("tree cache", (cache.get_data("/watched").data, sorted(cache.get_children("/watched"))))
    cache.close()
    lock_b.stop()
    lock_b.close()


def main():
    zk = client()
    say("state", zk.state == KazooState.CONNECTED)
    for part in (nodes, acls, transactions, watches, sessions, recipes):
        say("== " + part.__name__)
        part(zk)
    zk.stop()
    zk.close()


try:
    main()
except BaseException as e:  # the transcript shows where the walk broke off; kazoo's threads must not keep us alive
    say("broke off", repr(e))
    traceback.print_exc()
sys.stdout.flush()
os._exit(0)
