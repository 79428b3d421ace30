#!/usr/bin/python3
"""Walks the client protocol frame by frame, odd corners included, and prints every reply with its header and its bytes in hex.

usage: raw_script.py PORT   (a fresh standalone server, so that zxids are equal on two servers)
Wall-clock stamps and session ids are masked by rawzk.
"""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from rawzk import OPEN, Closed, Raw, acl_list, create, flag, multi, text, u32, u64  # noqa: E402

PORT = int(sys.argv[1])
CREATE, DELETE, EXISTS, GET, SET, GETACL, SETACL, CHILDREN, SYNC, PING, CHILDREN2, CHECK, MULTI, CREATE2 = (
    1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15)
RECONFIG, CHECKWATCHES, REMOVEWATCHES, CONTAINER, DELCONTAINER, TTL, MULTIREAD, AUTH, SETWATCHES, SETWATCHES2 = (
    16, 17, 18, 19, 20, 21, 22, 100, 101, 105)
EPHEMERALS, ALLCHILDREN, ADDWATCH, WHOAMI, CLOSE = 103, 104, 106, 107, -11


def line(label, value):
    print("%s | %s" % (label, value), flush=True)


def op(c, label, code, body=b"", xid=None):
    """One call; prints the frames in order. A connection that the server drops is said so."""
    try:
        for f in c.call(code, body, xid):
            line(label, c.show(f))
    except (Closed, ConnectionResetError, BrokenPipeError):
        line(label, "closed")
        return False
    except TimeoutError:
        line(label, "no answer")
        return False
    return True


def fatal(label, code, body=b"", xid=None):
    """A call on a connection of its own, and whether the server closes it afterwards."""
    c = Raw(PORT)
    c.sock.settimeout(2)
    if op(c, label, code, body, xid):
        c.sock.settimeout(1)
        try:
            line(label + " then", "closed" if c.closed() else "more")
        except TimeoutError:
            line(label + " then", "open")
    c.close()


def handshakes():
    for label, options in (("plain", {}), ("read-only", {"read_only": True}), ("old form", {"read_only": None}),
                           ("timeout tiny", {"timeout": 1}), ("timeout huge", {"timeout": 10000000}),
                           ("timeout negative", {"timeout": -5}), ("unknown session", {"session": (0x1234, b"p" * 16)}),
                           ("zxid ahead", {"zxid": 1 << 40})):
        try:
            c = Raw(PORT, **options)
            line("handshake " + label, "len %d timeout %d password %s" % (
                len(c.handshake), c.negotiated, "zero" if c.session[1] == b"\0" * 16 else "set"))
            if c.session[0] == 0:
                line("handshake " + label + " then", "closed" if c.closed() else "open")
            else:
                op(c, "close " + label, CLOSE)
                line("after close", "closed" if c.closed() else "open")
            c.close()
        except Closed:
            line("handshake " + label, "closed")
    first = Raw(PORT)
    op(first, "ephemeral of a moving session", CREATE, create("/moving", b"", OPEN, 1))
    second = Raw(PORT, session=first.session)
    line("same-session takeover", (second.session == first.session, first.closed()))
    op(second, "ephemeral survives the move", EXISTS, text("/moving") + flag(False))
    thief = Raw(PORT, session=(first.session[0], b"x" * 16))
    line("wrong password", (thief.negotiated, thief.session[0], thief.closed()))
    third = Raw(PORT, session=first.session)
    op(third, "close", CLOSE)
    short = Raw(PORT, session=(0, b""))
    line("empty password for a new session", short.session[0] != 0)
    op(short, "close", CLOSE)
    for label, data in (("negative length", u32(-7)), ("huge length", u32(0x7fffffff)), ("limit plus one", u32(0xfffff + 1)),
                        ("unknown letters", b"abcd"), ("telnet close", b"\xff\xf4\xff\xfd"), ("short handshake", u32(3) + b"abc")):
        c = Raw(PORT, handshake=False)
        c.sock.sendall(data)
        line("opening with " + label, "closed" if c.closed() else "answered")
        c.close()


def nodes(c):
    op(c, "create", CREATE, create("/n", b"data"))
    op(c, "create null data", CREATE, create("/null", None))
    op(c, "get null data", GET, text("/null") + flag(False))
    op(c, "create2", CREATE2, create("/n2", b"data"))
    op(c, "create ephemeral", CREATE, create("/n3", b"", OPEN, 1))
    op(c, "create sequence", CREATE, create("/n/s", b"", OPEN, 2))
    op(c, "create2 ephemeral sequence", CREATE2, create("/n/s", b"", OPEN, 3))
    op(c, "container", CONTAINER, create("/cont", b"", OPEN, 4))
    op(c, "ttl", TTL, create("/ttl", b"", OPEN, 5, 100000))
    op(c, "ttl sequence", TTL, create("/ttl", b"", OPEN, 6, 100000))
    op(c, "ttl zero", TTL, create("/ttl0", b"", OPEN, 5, 0))
    op(c, "ttl too long", TTL, create("/ttlmax", b"", OPEN, 5, 1 << 40))
    op(c, "create flag 7", CREATE, create("/f7", b"", OPEN, 7))
    op(c, "create flag -1", CREATE, create("/f7", b"", OPEN, -1))
    op(c, "create with ttl flag", CREATE, create("/f5", b"", OPEN, 5))
    for path in ("", "x", "/a/", "//", "/a//b", "/a/./b", "/a/../b", "/.", "/..", "/a\0b", "/a\x01", "/a\x7f", "/\ud800", "/\ue000",
                 "/\uf8ff", "/\ufff0", "/ok\u00a0", "/zookeeper/x", "/.hidden", "/a...b"):
        raw = path.encode("utf-8", "surrogatepass")
        op(c, "create at %r" % path, CREATE, create(raw, b""))
    for path in ("/seq/", "/n/", "/"):
        op(c, "sequence at %r" % path, CREATE, create(path, b"", OPEN, 2))
    op(c, "create null path", CREATE, create(None, b""))
    op(c, "create null acl", CREATE, create("/nullacl", b"", None))
    op(c, "create empty acl", CREATE, create("/emptyacl", b"", []))
    op(c, "create acl twice the same", CREATE, create("/dupacl", b"", [(31, "world", "anyone"), (31, "world", "anyone")]))
    op(c, "getACL of it", GETACL, text("/dupacl"))
    op(c, "create acl perms 0", CREATE, create("/acl0", b"", [(0, "world", "anyone")]))
    op(c, "get of it", GET, text("/acl0") + flag(False))
    op(c, "create acl digest malformed", CREATE, create("/acld", b"", [(31, "digest", "nocolon")]))
    op(c, "create acl digest", CREATE, create("/acld", b"", [(31, "digest", "u:hash"), (1, "world", "anyone")]))
    op(c, "getACL masked", GETACL, text("/acld"))
    for ip in ("127.0.0.1", "127.0.0.1/8", "127.0.0.1/33", "127.0.0.1/-1", "1.2.3", "x", ""):
        op(c, "create acl ip %r" % ip, CREATE, create("/aclip", b"", [(31, "ip", ip)]))
    op(c, "exists", EXISTS, text("/n") + flag(False))
    op(c, "get", GET, text("/n") + flag(False))
    op(c, "get null path", GET, text(None) + flag(False))
    op(c, "get empty path", GET, text("") + flag(False))
    op(c, "set", SET, text("/n") + text(b"more") + u32(-1))
    op(c, "set bad version", SET, text("/n") + text(b"more") + u32(9))
    op(c, "set null", SET, text("/n") + text(None) + u32(1))
    op(c, "set bad path", SET, text("/a/") + text(b"") + u32(-1))
    op(c, "setACL", SETACL, text("/n") + acl_list([(31, "world", "anyone"), (1, "ip", "10.0.0.1")]) + u32(0))
    op(c, "setACL bad version", SETACL, text("/n") + acl_list(OPEN) + u32(5))
    op(c, "setACL null", SETACL, text("/n") + acl_list(None) + u32(-1))
    op(c, "setACL not", SETACL, text("/nope") + acl_list(OPEN) + u32(-1))
    op(c, "getACL", GETACL, text("/n"))
    op(c, "getACL not", GETACL, text("/nope"))
    op(c, "children", CHILDREN, text("/n3") + flag(False))
    op(c, "children2 of ephemeral", CHILDREN2, text("/n3") + flag(False))
    op(c, "children not", CHILDREN, text("/nope") + flag(False))
    op(c, "create below ephemeral", CREATE, create("/n3/x", b""))
    op(c, "all children", ALLCHILDREN, text("/n"))
    op(c, "all children of root", ALLCHILDREN, text("/"))
    op(c, "all children not", ALLCHILDREN, text("/nope"))
    op(c, "ephemerals", EPHEMERALS, text("/n/"))
    op(c, "ephemerals none", EPHEMERALS, text("/zzz"))
    op(c, "delete not empty", DELETE, text("/n") + u32(-1))
    op(c, "delete bad version", DELETE, text("/n2") + u32(4))
    op(c, "delete", DELETE, text("/n2") + u32(0))
    op(c, "delete not", DELETE, text("/n2") + u32(0))
    op(c, "delete no parent", DELETE, text("/nope/x") + u32(0))
    for path in ("/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config", "", "x", "/a/"):
        op(c, "delete %r" % path, DELETE, text(path) + u32(-1))
    op(c, "sync", SYNC, text("/n"))
    op(c, "sync of nothing", SYNC, text("/nope"))
    op(c, "ping", PING, b"", -2)
    op(c, "whoami", WHOAMI)
    op(c, "set config", SET, text("/zookeeper/config") + text(b"x") + u32(-1))
    op(c, "reconfig", RECONFIG, text("server.1=a:1:2") + text(None) + text(None) + u64(-1))
    op(c, "delete container by client", DELCONTAINER, text("/cont"))


def multis(c):
    op(c, "multi ok", MULTI, multi((CREATE, create("/m", b"1")), (SET, text("/m") + text(b"2") + u32(0)),
                                   (CHECK, text("/m") + u32(1)), (CREATE, create("/m/k", b"")), (DELETE, text("/m/k") + u32(-1))))
    op(c, "multi fails", MULTI, multi((CREATE, create("/m9", b"1")), (DELETE, text("/nope") + u32(-1)), (CREATE, create("/m8", b""))))
    op(c, "multi empty", MULTI, multi())
    op(c, "multi create2", MULTI, multi((CREATE2, create("/m/c2", b"1"))))
    op(c, "multi container and ttl", MULTI, multi((CONTAINER, create("/m/co", b"", OPEN, 4)), (TTL, create("/m/tt", b"", OPEN, 5, 9999))))
    op(c, "multi sequence", MULTI, multi((CREATE, create("/m/s", b"", OPEN, 2)), (CREATE, create("/m/s", b"", OPEN, 2))))
    op(c, "multi sequence fails", MULTI, multi((CREATE, create("/m/s", b"", OPEN, 2)), (CHECK, text("/m") + u32(77))))
    op(c, "sequence after", CREATE, create("/m/s", b"", OPEN, 2))
    op(c, "multi create and use", MULTI, multi((CREATE, create("/m/a", b"")), (CREATE, create("/m/a/b", b"")), (DELETE, text("/m/a") + u32(-1))))
    op(c, "multi delete and recreate", MULTI, multi((DELETE, text("/m/c2") + u32(0)), (CREATE, create("/m/c2", b"again"))))
    op(c, "multi bad path", MULTI, multi((CREATE, create("bad", b""))))
    op(c, "multi bad version", MULTI, multi((SET, text("/m") + text(b"") + u32(40))))
    op(c, "multi check of nothing", MULTI, multi((CHECK, text("/nope") + u32(-1))))
    op(c, "multiread", MULTIREAD, multi((GET, text("/m") + flag(False)), (CHILDREN, text("/m/c2") + flag(False)),
                                        (GET, text("/nope") + flag(False)), (GET, text("/m/c2") + flag(True))))
    op(c, "multiread empty", MULTIREAD, multi())


def watches(c, other):
    op(c, "watch data", GET, text("/m") + flag(True))
    op(c, "watch exists", EXISTS, text("/soon") + flag(True))
    op(c, "watch children", CHILDREN, text("/m/c2") + flag(True))
    op(c, "checkwatches data", CHECKWATCHES, text("/m") + u32(2))
    op(c, "checkwatches child", CHECKWATCHES, text("/m") + u32(1))
    op(c, "checkwatches any", CHECKWATCHES, text("/m") + u32(3))
    op(c, "checkwatches bad type", CHECKWATCHES, text("/m") + u32(9))
    op(other, "other set", SET, text("/m") + text(b"w") + u32(-1))
    op(other, "other create", CREATE, create("/soon", b""))
    op(other, "other child", CREATE, create("/m/c2/kid", b""))
    op(c, "events arrive before", PING, b"", -2)
    op(c, "own watch", GET, text("/soon") + flag(True))
    op(c, "own write: event first", SET, text("/soon") + text(b"1") + u32(-1))
    op(c, "removewatches none", REMOVEWATCHES, text("/soon") + u32(2))
    op(c, "addwatch persistent", ADDWATCH, text("/m/c2") + u32(0))
    op(c, "addwatch recursive", ADDWATCH, text("/soon") + u32(1))
    op(c, "addwatch bad mode", ADDWATCH, text("/soon") + u32(7))
    op(other, "other deep", CREATE, create("/soon/deep", b""))
    op(other, "other deep set", SET, text("/soon/deep") + text(b"1") + u32(-1))
    op(other, "other persistent child", CREATE, create("/m/c2/kid2", b""))
    op(other, "other persistent set", SET, text("/m/c2") + text(b"1") + u32(-1))
    op(other, "other deep delete", DELETE, text("/soon/deep") + u32(-1))
    op(c, "events arrive", PING, b"", -2)
    op(c, "removewatches persistent any", REMOVEWATCHES, text("/m/c2") + u32(3))
    op(other, "other after removal", SET, text("/m/c2") + text(b"2") + u32(-1))
    op(c, "no event", PING, b"", -2)
    op(c, "removewatches recursive any", REMOVEWATCHES, text("/soon") + u32(3))
    strings = lambda *paths: u32(len(paths)) + b"".join(text(p) for p in paths)  # noqa: E731
    op(c, "setwatches", SETWATCHES, u64(1) + strings("/m", "/gone") + strings("/soon", "/gone") + strings("/m", "/gone"), -8)
    op(c, "setwatches current", SETWATCHES, u64(1 << 40) + strings("/m") + strings("/never") + strings("/m"), -8)
    op(c, "setwatches2", SETWATCHES2, u64(1 << 40) + strings() + strings() + strings() + strings("/soon") + strings("/m"), -8)
    op(other, "other set after setwatches", SET, text("/m") + text(b"q") + u32(-1))
    op(other, "other create after setwatches", CREATE, create("/m/zz", b""))
    op(other, "other set of persistent", SET, text("/soon") + text(b"q") + u32(-1))
    op(c, "events of coexisting modes", PING, b"", -2)
    op(other, "multi with events", MULTI, multi((SET, text("/soon") + text(b"r") + u32(-1)), (CREATE, create("/m/yy", b""))))
    op(c, "events of a multi", PING, b"", -2)


def auths():
    c = Raw(PORT)
    op(c, "auth digest", AUTH, u32(0) + text("digest") + text(b"bob:pw"), -4)
    op(c, "whoami", WHOAMI)
    op(c, "create for auth", CREATE, create("/bobs", b"", [(31, "auth", "")]))
    op(c, "getACL", GETACL, text("/bobs"))
    op(c, "auth again", AUTH, u32(0) + text("digest") + text(b"bob:pw"), -4)
    op(c, "auth second", AUTH, u32(0) + text("digest") + text(b"al:pw"), -4)
    op(c, "create for two", CREATE, create("/both", b"", [(31, "auth", "")]))
    op(c, "getACL", GETACL, text("/both"))
    stranger = Raw(PORT)
    op(stranger, "stranger get", GET, text("/bobs") + flag(False))
    op(stranger, "stranger getACL", GETACL, text("/bobs"))
    op(stranger, "stranger create below", CREATE, create("/bobs/x", b""))
    op(stranger, "stranger exists", EXISTS, text("/bobs") + flag(False))
    op(stranger, "stranger multi", MULTI, multi((SET, text("/bobs") + text(b"") + u32(-1))))
    op(stranger, "stranger multiread", MULTIREAD, multi((GET, text("/bobs") + flag(False))))
    op(stranger, "stranger setACL", SETACL, text("/bobs") + acl_list(OPEN) + u32(-1))
    op(stranger, "stranger delete", DELETE, text("/bobs") + u32(-1))
    fatal("auth unknown scheme", AUTH, u32(0) + text("martian") + text(b"x"), -4)
    fatal("auth digest malformed", AUTH, u32(0) + text("digest") + text(b"nocolon"), -4)
    fatal("auth ip", AUTH, u32(0) + text("ip") + text(b"1.2.3.4"), -4)
    fatal("auth world", AUTH, u32(0) + text("world") + text(b"anyone"), -4)


def broken():
    fatal("unknown op 99", 99)
    fatal("unknown op -50", -50)
    fatal("create without body", CREATE)
    fatal("create truncated", CREATE, text("/x"))
    fatal("get without body", GET)
    fatal("multi truncated", MULTI, u32(1) + flag(False))
    fatal("multi unknown op", MULTI, multi((77, b"")))
    fatal("multi of reads", MULTI, multi((GET, text("/") + flag(False))))
    fatal("multiread of writes", MULTIREAD, multi((CREATE, create("/mr", b""))))
    fatal("multi bad flags", MULTI, multi((CREATE, create("/mf", b"", OPEN, 99))))
    fatal("top-level check", CHECK, text("/") + u32(-1))
    fatal("createSession by client", -10, u32(1000))
    fatal("error op by client", -1)
    fatal("notification op by client", 0)


def main():
    handshakes()
    c, other = Raw(PORT), Raw(PORT)
    nodes(c)
    multis(c)
    watches(c, other)
    auths()
    broken()


main()
