"""What one member serves: its whole tree with every node's data, ACL and stat, after a sync; and how two such trees differ."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from rawzk import OPEN, Closed, Raw, create, flag, text, u32  # noqa: E402

STAT = struct.Struct(">qqqqiiiqiiq")
STAT_FIELDS = ("czxid", "mzxid", "ctime", "mtime", "version", "cversion", "aversion", "ephemeralOwner", "dataLength", "numChildren", "pzxid")
SYNC, GET, GET_ACL, CHILDREN, SET, CREATE, CLOSE = 9, 4, 6, 12, 5, 1, -11
NO_NODE, NODE_EXISTS = -101, -110
WINDOW = 200


def connect(member, timeout=20000):
    return Raw(member.port, timeout=timeout, address=member.address)


def _answers(connection, requests):
    """Pipelined; (error, body) of each request, in order."""
    sent, out = 0, []
    requests = list(requests)
    while len(out) < len(requests):
        while sent < len(requests) and sent - len(out) < WINDOW:
            connection.send(*requests[sent])
            sent += 1
        frame = connection.receive()
        xid, _, error = struct.unpack(">iqi", frame[:16])
        if xid > 0:
            out.append((error, frame[16:]))
    return out


def _text(body, at):
    size = struct.unpack_from(">i", body, at)[0]
    end = at + 4 + max(size, 0)
    return (body[at + 4:end] if size >= 0 else None), end


def dump(member):
    """{path: (data, acl bytes, stat tuple)} without /zookeeper and below."""
    connection = connect(member)
    error, _ = _answers(connection, [(SYNC, text("/"))])[0]
    if error:
        raise Closed()
    tree, level = {}, ["/"]
    while level:
        answers = _answers(connection, [(op, text(path) + rest) for path in level
                                        for op, rest in ((GET, flag(False)), (GET_ACL, b""), (CHILDREN, flag(False)))])
        below = []
        for i, path in enumerate(level):
            (error, data_body), (acl_error, acl_body), (children_error, children_body) = answers[3 * i:3 * i + 3]
            if error or acl_error or children_error:
                continue  # deleted meanwhile
            data, at = _text(data_body, 0)
            tree[path] = (data, acl_body[:-STAT.size], STAT.unpack_from(data_body, at))
            at = 4
            for _ in range(struct.unpack_from(">i", children_body)[0]):
                name, at = _text(children_body, at)
                child = path.rstrip("/") + "/" + name.decode()
                if child != "/zookeeper":
                    below.append(child)
        level = below
    connection.send(CLOSE)
    connection.close()

    return tree


def differences(left, right, limit=10):
    """Lines that say how two trees differ. The root's stat counts, /zookeeper does not."""
    out = []
    for path in sorted(left.keys() | right.keys()):
        a, b = left.get(path), right.get(path)
        if a == b:
            continue
        if a is None or b is None:
            out.append("%s: only in the %s tree" % (path, "second" if a is None else "first"))
        else:
            fields = [n for n, x, y in zip(STAT_FIELDS, a[2], b[2]) if x != y]
            out.append("%s: %s" % (path, ", ".join((["data %r / %r" % (a[0], b[0])] if a[0] != b[0] else []) + (["acl"] if a[1] != b[1] else []) + [
                "%s %s / %s" % (n, a[2][STAT_FIELDS.index(n)], b[2][STAT_FIELDS.index(n)]) for n in fields])))
        if len(out) >= limit:
            out.append("...")
            break
    return out


def nudge(member, path="/nudge"):
    """One acknowledged write through this member, so that all of the ensemble has something to catch up with."""
    connection = connect(member)
    answers = _answers(connection, [(CREATE, create(path, b"", OPEN)), (SET, text(path) + text(b"x") + u32(-1))])
    connection.send(CLOSE)
    connection.close()
    if answers[1][0] != 0:
        raise Closed()
