"""A session that moves from server to server, on the bare protocol: for what a client library hides (pipelining on one connection, watches
that are left again after a reconnect, sessions that are abandoned without a word). One thread uses it; replies and events come in the
order of the wire.
"""
import os
import random
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from rawzk import Closed, Raw, flag, text, u32, u64  # noqa: E402

PING, SET_WATCHES, CLOSE, SYNC = 11, 101, -11, 9
PING_XID, SET_WATCHES_XID, EVENT_XID = -2, -8, -1
TROUBLE = (Closed, OSError)


class Expired(Exception):
    pass


class RawSession:
    """`members` are (address, port). `on_event(type, path)` is called as the event is read."""

    def __init__(self, members, timeout, seed, on_event=None):
        self.members, self.timeout, self.draw, self.on_event = list(members), timeout, random.Random(seed), on_event
        self.session, self.zxid, self.connection, self.negotiated = (0, b"\0" * 16), 0, None, 0.0
        self.watched = set()  # paths with a data watch

    @property
    def sid(self):
        return self.session[0]

    def connect(self, deadline):
        """Attaches to any member; raises Expired when the session is gone, TimeoutError at the deadline."""
        self.drop()
        while True:
            if time.monotonic() > deadline:
                raise TimeoutError("no member accepts session 0x%x" % self.sid)
            address, port = self.draw.choice(self.members)
            try:
                connection = Raw(port, timeout=int(self.timeout * 1000), session=self.session, zxid=self.zxid, address=address, patience=2)
                if connection.negotiated <= 0:
                    raise Expired()
                self.session, self.negotiated, self.connection = connection.session, connection.negotiated / 1000.0, connection
                if self.watched:
                    self._leave_watches_again()
                return
            except TROUBLE:
                self.drop()
                time.sleep(0.05)

    def _leave_watches_again(self):
        paths = sorted(self.watched)
        body = u64(self.zxid) + u32(len(paths)) + b"".join(text(p) for p in paths) + u32(0) + u32(0)
        self.connection.send(SET_WATCHES, body, xid=SET_WATCHES_XID)
        while self._receive()[0] != SET_WATCHES_XID:
            pass

    def _receive(self):
        """(xid, error, body) of the next reply; events on the way are handed over."""
        while True:
            frame = self.connection.receive()
            xid, zxid, error = struct.unpack(">iqi", frame[:16])
            if zxid > 0:
                self.zxid = max(self.zxid, zxid)
            if xid != EVENT_XID:
                return xid, error, frame[16:]
            kind, _, size = struct.unpack(">iii", frame[16:28])
            path = frame[28:28 + size].decode()
            self.watched.discard(path)
            if self.on_event:
                self.on_event(kind, path)

    def pipeline(self, requests, answered):
        """Sends all of (op, body), then calls answered(index, error, body) for each reply, in order. Raises Closed or OSError on the way."""
        first = self.connection.xid + 1
        for request in requests:
            self.connection.send(*request)
        for i in range(len(requests)):
            xid, error, body = self._receive()
            if xid != first + i:
                raise AssertionError("reply %d where %d was expected" % (xid, first + i))
            answered(i, error, body)

    def call(self, op, body):
        out = []
        self.pipeline([(op, body)], lambda _, error, reply: out.append((error, reply)))
        return out[0]

    def ping(self):
        self.connection.send(PING, xid=PING_XID)
        while self._receive()[0] != PING_XID:
            pass

    def get(self, path, watch=False):
        """(error, data, version)"""
        error, body = self.call(4, text(path) + flag(watch))
        if error:
            return error, None, None
        if watch:
            self.watched.add(path)
        size = struct.unpack(">i", body[:4])[0]
        return 0, body[4:4 + size], struct.unpack_from(">i", body, 4 + size + 32)[0]

    def close(self):
        """True when the server has acknowledged the end of the session."""
        try:
            error, _ = self.call(CLOSE, b"")
            return error == 0
        except TROUBLE:
            return False
        finally:
            self.drop()

    def drop(self):
        """The connection breaks; the session lives on."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
