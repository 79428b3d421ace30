#!/usr/bin/python3
"""Kills vivarium-server with -9 under load, again and again, and looks for every acknowledged write after each restart.

usage: durability.py [ROUNDS]
Writers pipeline creates, sets and multis on names of their own and keep a ledger of what was acknowledged; what was sent but not
acknowledged may be there or not. Ephemerals of a session that is resumed after the restart must still be there.
"""
import os
import random
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from rawzk import OPEN, Closed, Raw, create, flag, multi, text, u32  # noqa: E402
from servers import Vivarium  # noqa: E402

WRITERS = 6
WINDOW = 32


class Writer(threading.Thread):
    """Pipelines writes until the server dies. `acked` maps path -> last acknowledged value; `maybe` holds what was under way."""

    def __init__(self, port, name):
        super().__init__()
        self.port, self.label = port, name
        self.acked, self.maybe = {}, {}
        self.session = None

    def run(self):
        try:
            self.write()
        except (Closed, OSError, TimeoutError):
            pass

    def write(self):
        connection = Raw(self.port, timeout=30000)
        connection.call(1, create("/%s-e" % self.label, b"", OPEN, 1))
        self.session = connection.session
        sent, number = {}, 0
        while True:
            while len(sent) < WINDOW:
                number += 1
                value = b"%d" % number
                path = "/%s-%d" % (self.label, number % 997)
                if number < 997:
                    changes, call = [(path, value)], (1, create(path, value))
                elif number % 10 == 0:
                    other = "/%s-%d" % (self.label, (number * 7) % 996 + 1)
                    changes = [(path, value), (other, value)] if path != other else [(path, value)]
                    call = (14, multi(*[(5, text(p) + text(v) + u32(-1)) for p, v in changes]))
                else:
                    changes, call = [(path, value)], (5, text(path) + text(value) + u32(-1))
                if number % 997 == 0:
                    continue
                for p, v in changes:
                    self.maybe.setdefault(p, []).append(v)
                sent[connection.send(*call)] = changes
            xid, _, error = struct.unpack(">iqi", connection.receive()[:16])
            assert error == 0, (self.label, error)
            for p, v in sent.pop(xid):
                self.acked[p] = v
                under_way = self.maybe[p]
                del under_way[:under_way.index(v) + 1]


def check(port, writers):
    """Number of acknowledged writes verified; raises on the first one that is lost."""
    verified = 0
    for w in writers:
        connection = Raw(port)
        for path, value in w.acked.items():
            frame = connection.call(4, text(path) + flag(False))[-1]
            error = struct.unpack(">i", frame[12:16])[0]
            size = struct.unpack(">i", frame[16:20])[0] if error == 0 else -1
            data = frame[20:20 + size] if error == 0 else None
            if data != value and data not in w.maybe.get(path, []):
                raise SystemExit("LOST: %s acknowledged %r, server has %r (error %d)" % (path, value, data, error))
            verified += 1
        connection.close()
        if w.session:
            again = Raw(port, timeout=30000, session=w.session)
            if again.session[0] != w.session[0]:
                raise SystemExit("LOST: session 0x%x of %s is gone after the restart" % (w.session[0], w.label))
            if struct.unpack(">i", again.call(3, text("/%s-e" % w.label) + flag(False))[-1][12:16])[0] != 0:
                raise SystemExit("LOST: ephemeral of %s" % w.label)
            again.call(-11)
    return verified


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    draw = random.Random(7)
    server, total = Vivarium(extra="snapCount=2000\npreAllocSize=1024"), 0
    try:
        for number in range(rounds):
            server.start()
            writers = [Writer(server.port, "r%dw%d" % (number, i)) for i in range(WRITERS)]
            for w in writers:
                w.start()
            time.sleep(draw.uniform(0.3, 1.5))
            server.kill()
            for w in writers:
                w.join()
            server.start()
            total += check(server.port, writers)
            if server.terminate() != 0:
                raise SystemExit("SIGTERM did not end in exit code 0:\n" + server.log_tail())
        print("durability: %d rounds of kill -9, %d acknowledged writes verified, 0 lost" % (rounds, total))
    finally:
        server.close()


main()
