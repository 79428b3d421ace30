#!/usr/bin/python3
"""Everybody who can reach a peer port but is no member: garbage, cut and huge packets, liars, strangers, dead links, a thousand dials a second.

usage: bad_peers.py
Three members under load. No member may end, forget a write or commit one that no quorum holds; elections go on in the middle of it; the log
says what came; memory and descriptors stay bounded and come back.
"""
import os
import random
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sandbox  # noqa: E402

FOLLOWERINFO, ACKEPOCH, ACK, PING, REQUEST = 11, 18, 3, 5, 1
MORE_MEMORY = 96 << 20   # than before the first attack
MORE_DESCRIPTORS = 600   # while it lasts
HOLD = 5.0               # seconds that dead links are held, longer than syncLimit ticks


def i32(v):
    return struct.pack(">i", v)


def i64(v):
    return struct.pack(">q", v)


def packet(kind, zxid=0, data=None, ids=-1):
    return i32(kind) + i64(zxid) + (i32(-1) if data is None else i32(len(data)) + data) + i32(ids)


def follower_info(sid, epoch=0, version=0x10000, config=0):
    return packet(FOLLOWERINFO, epoch << 32, i64(sid) + i32(version) + i64(config))


def greeting(sid, address=b"10.77.0.254:3888", version=-65536):
    return i64(version) + i64(sid) + i32(len(address)) + address


def notification(state, leader, zxid, round_, epoch, config=b""):
    body = i32(state) + i64(leader) + i64(zxid) + i64(round_) + i64(epoch) + i32(2) + i32(len(config)) + config
    return i32(len(body)) + body


class Attack:
    """Connections to peer ports; what comes back is thrown away."""

    def __init__(self, members):
        self.members, self.draw, self.dials = members, random.Random(4), 0

    def ports(self):
        return [(m.address, port) for m in self.members for port in (m.quorum_port, m.election_port)]

    def say(self, where, data, linger=0.0):
        """Dials, sends, waits a little for an answer, closes."""
        self.dials += 1
        try:
            with socket.create_connection(where, 2) as s:
                s.sendall(data)
                if linger:
                    s.settimeout(linger)
                    end = time.monotonic() + linger
                    while time.monotonic() < end and s.recv(65536):
                        pass
        except OSError:
            pass

    def everywhere(self, data, linger=0.0):
        for where in self.ports():
            self.say(where, data, linger)


def garbage(attack):
    """Random bytes, and other people's protocols."""
    for _ in range(40):
        attack.everywhere(attack.draw.randbytes(attack.draw.randrange(1, 3000)))
    for text in (b"GET / HTTP/1.1\r\nHost: zk\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"ruok", b"\0" * 4096, b"\xff" * 4096):
        attack.everywhere(text, 0.2)


def truncated(attack):
    """Every true packet, cut at every byte."""
    for member in attack.members:
        for whole, port in ((greeting(3), member.election_port), (follower_info(2), member.quorum_port),
                            (follower_info(2) + packet(ACKEPOCH, 5, i32(1)), member.quorum_port),
                            (greeting(99) + notification(0, 99, 5, 1, 1), member.election_port)):
            for end in range(1, len(whole), 3):
                attack.say((member.address, port), whole[:end])


def oversized(attack):
    """Lengths that lie: nobody may set memory aside for a promise."""
    for length in (0x7fffffff, 0x10000000, -2, -0x80000000):
        for member in attack.members:
            election, quorum = (member.address, member.election_port), (member.address, member.quorum_port)
            for whole in (i64(-65536) + i64(3) + i32(length), greeting(3) + i32(length), greeting(3, b"x" * 3000)):
                attack.say(election, whole + b"x" * 1000, 0.05)
            for whole in (i32(FOLLOWERINFO) + i64(0) + i32(length), packet(FOLLOWERINFO, 0, i64(2) + i32(0x10000) + i64(0), ids=length),
                          packet(length), follower_info(2) + packet(ACKEPOCH, 0, b"x" * 100000)):
                attack.say(quorum, whole + b"x" * 1000, 0.05)
    flood = b"\0\0\0\1" * (1 << 18)
    for where in attack.ports():
        try:
            with socket.create_connection(where, 2) as s:
                s.settimeout(1)
                for _ in range(20):
                    s.sendall(flood)
        except OSError:
            pass


def liars(attack):
    """A stranger that claims a member's id: its votes for a leader that is none, an epoch from the future, a history longer than all."""
    for member in attack.members:
        election, quorum = (member.address, member.election_port), (member.address, member.quorum_port)
        for sid in (1, 2, 3):
            attack.say(election, greeting(sid) + b"".join(notification(state, leader, 0x7000000000, 1000, 100)
                                                          for state in (0, 1, 2, 3) for leader in (1, 2, 3, 77)), 0.2)
            attack.say(election, greeting(sid) + notification(9, 1, 1, 1, 1), 0.05)
            attack.say(quorum, follower_info(sid, epoch=0x7fffffff) + packet(ACKEPOCH, 0x7fffffff00000001, i32(0x7fffffff)), 0.3)
            attack.say(quorum, follower_info(sid) + packet(ACKEPOCH, 0, i32(-1)) + packet(ACK, 0x7fffffff00000000) + packet(99), 0.3)


def others(attack):
    """A member of another ensemble: an id that nobody here knows, a newer configuration."""
    for where in attack.ports():
        attack.say(where, greeting(99) + notification(2, 99, 0x9900000000, 99, 99), 0.1)
        attack.say(where, follower_info(99) + packet(ACKEPOCH, 0, i32(-1)), 0.2)
        attack.say(where, follower_info(2, config=0x7fff), 0.2)


def half_open(attack):
    """Links that say nothing, or half of something, and stay."""
    held = []
    for where in attack.ports():
        for beginning in [b""] * 40 + [greeting(3)[:12]] * 5 + [follower_info(2)[:9]] * 5 + [follower_info(99)] * 5:
            try:
                s = socket.create_connection(where, 2)
                s.sendall(beginning)
                held.append(s)
            except OSError:
                pass
    time.sleep(HOLD)
    for s in held:
        s.close()


def storm(attack, seconds=10):
    """A thousand dials a second, over all ports."""
    end = time.monotonic() + seconds
    before = attack.dials

    def dial(number):
        where, words = attack.ports(), [b"", b"x", greeting(99), greeting(1)[:9], follower_info(99)]
        next_at = time.monotonic()
        while time.monotonic() < end:
            next_at += 0.004
            time.sleep(max(0.0, next_at - time.monotonic()))
            attack.say(where[number % len(where)], words[number % len(words)])
            number += 1
    threads = [threading.Thread(target=dial, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return "%d dials a second" % ((attack.dials - before) / seconds)


def fake_quorum(ensemble):
    """Both followers stand still; a stranger with no id of ours acknowledges whatever the leader proposes: nothing may be committed by that."""
    import trees
    from rawzk import OPEN, create
    leader = ensemble.wait_leader()
    client = trees.connect(leader)
    client.sock.settimeout(1.5)
    stop = threading.Event()
    newest = int(leader.srvr()["Zxid"], 16)

    def acknowledge(sid):
        try:
            with socket.create_connection((leader.address, leader.quorum_port), 2) as s:
                s.settimeout(0.2)
                s.sendall(follower_info(sid) + packet(ACKEPOCH, newest, i32(newest >> 32)) + packet(ACK, newest >> 32 << 32))
                while not stop.is_set():
                    for zxid in range(newest - 5, newest + 400):
                        s.sendall(packet(ACK, zxid))
                    s.sendall(packet(PING, 0, b""))
                    try:
                        s.recv(1 << 16)
                    except TimeoutError:
                        pass
        except OSError:
            pass
    followers = [m for m in ensemble.members if m is not leader]
    for m in followers:
        m.pause()
    strangers = [threading.Thread(target=acknowledge, args=(sid,)) for sid in (99, 100)]
    for s in strangers:
        s.start()
    time.sleep(0.2)
    client.send(1, create("/never-by-strangers", b"", OPEN))
    try:
        answered = client.receive()
        if struct.unpack(">i", answered[12:16])[0] == 0:
            raise AssertionError("a write was acknowledged while both followers stood still: %r" % answered)
    except (OSError, trees.Closed):
        pass  # no answer, or the leader has stepped down: right
    finally:
        stop.set()
        for s in strangers:
            s.join()
        for m in followers:
            m.resume()
        client.close()
    ensemble.wait_leader()
    ensemble.wait_serving()


ATTACKS = [garbage, truncated, oversized, liars, others, half_open, storm]
LOG_WORDS = [  # the log says what came: one of each row
    ["malformed greeting", "Exception reading or writing challenge"],
    ["message length", "Invalid packet"],
    ["server 99 is not in our configuration", "99"],
    ["claims our own id", "sid"],
]


def measure(ensemble):
    return {m: (m.resident(), m.descriptors()) for m in ensemble.members}


def watch_bounds(ensemble, before, stop, worst):
    while not stop.wait(0.2):
        for member, (resident, descriptors) in before.items():
            if member.alive() and member.pids[-1] == member.process.pid:
                try:
                    worst[0] = max(worst[0], member.resident() - resident)
                    worst[1] = max(worst[1], member.descriptors() - descriptors)
                except OSError:
                    pass


def elect(ensemble):
    """The leader is killed: another one leads, and the old one comes back. Seconds until the new one."""
    leader = ensemble.wait_leader()
    began = time.monotonic()
    leader.kill()
    ensemble.wait_leader([m for m in ensemble.members if m is not leader], 30)
    took = time.monotonic() - began
    leader.start().wait_serving()
    leader.pids.append(leader.process.pid)
    return took


def main():
    sandbox.enter()
    from checker import figures
    from ensemble import Ensemble
    from history import History
    from judge import finish
    from workload import Workload
    kind = os.environ.get("BAD_PEERS_OF", "vivarium")
    with Ensemble([kind] * 3, name="bad-peers") as ensemble:
        ensemble.start()
        history = History()
        load = Workload(ensemble, history, timeout=20.0).start()
        time.sleep(1)
        for m in ensemble.members:
            m.pids = [m.process.pid]
        attack, elections = Attack(ensemble.members), []
        before, worst, stop = measure(ensemble), [0, 0], threading.Event()
        watcher = threading.Thread(target=watch_bounds, args=(ensemble, before, stop, worst))
        watcher.start()
        for one in ATTACKS:
            began = time.monotonic()
            said = []
            thread = threading.Thread(target=lambda: said.append(one(attack)))
            thread.start()
            if one in (half_open, storm, liars):
                time.sleep(1)
                elections.append(elect(ensemble))
            thread.join()
            for m in ensemble.members:
                assert m.alive() and m.process.pid == m.pids[-1], "%r ended during %s:\n%s" % (m, one.__name__, m.log_tail())
            ensemble.wait_serving()
            time.sleep(1.5)  # lines that are alike are left out for a second
            print("%-10s %5.1f s  %s" % (one.__name__, time.monotonic() - began, said[0] if said and said[0] else ""), flush=True)
        stop.set()
        watcher.join()
        fake_quorum(ensemble)
        log = "".join(m.log_text() for m in ensemble.members)
        for words in LOG_WORDS:
            assert any(w in log for w in words), "the log does not say any of %s" % words
        time.sleep(1)
        for m in ensemble.members:
            left = m.descriptors() - before[m][1]
            assert left < 100, "%r keeps %d descriptors" % (m, left)
        assert worst[0] < MORE_MEMORY or kind == "apache", "a member took %d MB more" % (worst[0] >> 20)
        assert worst[1] < MORE_DESCRIPTORS or kind == "apache", "a member took %d descriptors more" % worst[1]
        assert max(elections) < 15, elections
        good = finish(ensemble, load, history, sessions_survive=True)
        if not good:
            sys.exit("bad_peers: violations")
        print("bad_peers: %d hostile connections, %d elections meanwhile (%.1f s at most), at most %d MB and %d descriptors more, log of %d KB, %s" % (
            attack.dials, len(elections), max(elections), worst[0] >> 20, worst[1], len(log) >> 10, figures(history)))


main()
