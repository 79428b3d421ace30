"""The client protocol by hand: frames, requests and masked replies, for tests that must see bytes (protocol.md section 2)."""
import socket
import struct
import time

OPEN = [(31, "world", "anyone")]


def u32(v):
    return struct.pack(">i", v)


def u64(v):
    return struct.pack(">q", v)


def text(v):
    if v is None:
        return u32(-1)
    if isinstance(v, str):
        v = v.encode()
    return u32(len(v)) + v


def flag(v):
    return b"\1" if v else b"\0"


def acl_list(entries):
    if entries is None:
        return u32(-1)
    return u32(len(entries)) + b"".join(u32(p) + text(s) + text(i) for p, s, i in entries)


def create(path, data=b"", acl=OPEN, flags=0, ttl=None):
    return text(path) + text(data) + acl_list(acl) + u32(flags) + (u64(ttl) if ttl is not None else b"")


def multi(*operations):
    out = b""
    for op, body in operations:
        out += u32(op) + flag(False) + u32(-1) + body
    return out + u32(-1) + flag(True) + u32(-1)


class Closed(Exception):
    pass


class Raw:
    """One connection. `session` is (id, password) to resume."""

    def __init__(self, port, timeout=10000, session=(0, b"\0" * 16), zxid=0, read_only=False, handshake=True, address="127.0.0.1",
                 patience=10):
        self.sock = socket.create_connection((address, port), patience)
        self.sock.settimeout(patience)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.xid = 0
        self.started = time.time()
        if handshake:
            body = u32(0) + u64(zxid) + u32(timeout) + u64(session[0]) + text(session[1])
            if read_only is not None:
                body += flag(read_only)
            self.frame(body)
            self.handshake = self.receive()
            self.negotiated = struct.unpack(">i", self.handshake[4:8])[0]
            self.session = (struct.unpack(">q", self.handshake[8:16])[0], self.handshake[20:36])

    def frame(self, body):
        self.sock.sendall(u32(len(body)) + body)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            try:
                piece = self.sock.recv(n - len(data))
            except ConnectionResetError:
                raise Closed()
            if not piece:
                raise Closed()
            data += piece
        return data

    def receive(self):
        return self.exactly(struct.unpack(">i", self.exactly(4))[0])

    def send(self, op, body=b"", xid=None):
        if xid is None:
            self.xid += 1
            xid = self.xid
        self.frame(u32(xid) + u32(op) + body)
        return xid

    def call(self, op, body=b"", xid=None):
        """Sends and returns the frames up to and including the reply to this xid."""
        xid = self.send(op, body, xid)
        frames = []
        while True:
            frames.append(self.receive())
            if struct.unpack(">i", frames[-1][:4])[0] == xid:
                return frames

    def mask(self, body):
        """Hex of a body with wall-clock stamps and this session's id replaced."""
        now = int(self.started * 1000)
        own = u64(self.session[0])
        if self.session[0] != 0 and own in body:
            return "<session>".join(self.mask(part) for part in body.split(own))
        out, i = "", 0
        while i < len(body):
            if i + 8 <= len(body):
                v = struct.unpack(">q", body[i:i + 8])[0]
                if abs(v - now) < 86400000:
                    out += "<time>"
                    i += 8
                    continue
            out += "%02x" % body[i]
            i += 1
        return out

    def show(self, frame):
        xid, zxid, err = struct.unpack(">iqi", frame[:16])
        return "xid %d zxid %d err %d %s" % (xid, zxid, err, self.mask(frame[16:]))

    def closed(self):
        """True when the server has closed the connection (within the socket's time limit)."""
        try:
            self.receive()
            return False
        except (Closed, ConnectionResetError):
            return True

    def close(self):
        self.sock.close()
