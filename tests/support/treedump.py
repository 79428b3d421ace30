"""Reads the whole tree of a server over the wire: {path: (data, stat fields, acl bytes)}. Needs a super or open ACLs."""
import struct

from rawzk import flag, text

GET, GETACL, CHILDREN = 4, 6, 8


def strings(body):
    count = struct.unpack(">i", body[:4])[0]
    out, at = [], 4
    for _ in range(count):
        size = struct.unpack(">i", body[at:at + 4])[0]
        out.append(body[at + 4:at + 4 + size].decode())
        at += 4 + size
    return out


def dump(connection, path="/", skip=("/zookeeper",)):
    """Every node at or below `path`. Data and stat exactly as the server sends them; what a stranger may not read is None."""
    tree, pending = {}, [path]
    while pending:
        node = pending.pop()
        frame = connection.call(GET, text(node) + flag(False))[-1]
        error = struct.unpack(">i", frame[12:16])[0]
        tree[node] = frame[16:] if error == 0 else None
        acl = connection.call(GETACL, text(node))[-1]
        tree[node + " acl"] = acl[16:] if struct.unpack(">i", acl[12:16])[0] == 0 else None
        for child in strings(connection.call(CHILDREN, text(node) + flag(False))[-1][16:] or b"\0\0\0\0"):
            below = ("" if node == "/" else node) + "/" + child
            if below not in skip:
                pending.append(below)
    return tree


def differences(left, right):
    return sorted(p for p in set(left) | set(right) if left.get(p) != right.get(p))
