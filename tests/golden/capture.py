#!/usr/bin/python3
"""Captures golden bytes from a real Apache ZooKeeper (Debian's 3.8.0) into tests/golden/apache_3_8_0/.

Starts a standalone server in a temporary directory on a loopback port, drives it with hand-made frames through
every operation of the client port, and keeps: the frames of both directions (frames.txt: label, kind, hex per
line), the transaction log cut to its used bytes, the empty first snapshot and the snapshot of the final state, and what
Apache's own tools print for that log and snapshot (`capture.py tools` does only that, for the files that are there).
Run it again only to add exchanges; session ids and times differ on every run, so everything changes together.
"""
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

PORT = 21811
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "apache_3_8_0")
OPS = {
    "create": 1, "delete": 2, "exists": 3, "getData": 4, "setData": 5, "getACL": 6, "setACL": 7, "getChildren": 8,
    "sync": 9, "ping": 11, "getChildren2": 12, "check": 13, "multi": 14, "create2": 15, "reconfig": 16,
    "checkWatches": 17, "removeWatches": 18, "createContainer": 19, "createTTL": 21, "multiRead": 22, "auth": 100,
    "setWatches": 101, "getEphemerals": 103, "getAllChildrenNumber": 104, "setWatches2": 105, "addWatch": 106,
    "whoAmI": 107, "closeSession": -11,
}
frames = []


def integer(v):
    return struct.pack(">i", v)


def long(v):
    return struct.pack(">q", v)


def boolean(v):
    return b"\1" if v else b"\0"


def buffer(v):
    if v is None:
        return integer(-1)
    if isinstance(v, str):
        v = v.encode()
    return integer(len(v)) + v


def vector(items):
    return integer(len(items)) + b"".join(items)


def acl(perms, scheme, who):
    return integer(perms) + buffer(scheme) + buffer(who)


OPEN = vector([acl(31, "world", "anyone")])


def create(path, data=b"data", acls=OPEN, flags=0):
    return buffer(path) + buffer(data) + acls + integer(flags)


def header(kind, done=False, err=-1):
    return integer(kind) + boolean(done) + integer(err)


def multi(*operations):
    return b"".join(header(OPS[op]) + body for op, body in operations) + header(-1, True)


class Client:
    def __init__(self, label, read_only=False, timeout=30000, session=0, password=bytes(16), last_zxid=0):
        self.socket = socket.create_connection(("127.0.0.1", PORT))
        self.socket.settimeout(10)
        self.xid = 0
        body = integer(0) + long(last_zxid) + integer(timeout) + long(session) + buffer(password)
        if read_only is not None:
            body += boolean(read_only)
        self.send(label, "connect_request", body)
        reply = self.receive()
        frames.append((label, "connect_response", reply))
        self.timeout, self.session = struct.unpack(">iq", reply[4:16])
        self.password = reply[20:36]

    def send(self, label, kind, body):
        frames.append((label, kind, body))
        self.socket.sendall(integer(len(body)) + body)

    def receive(self):
        data = b""
        while len(data) < 4:
            more = self.socket.recv(4 - len(data))
            if not more:
                return None
            data += more
        length = struct.unpack(">i", data)[0]
        data = b""
        while len(data) < length:
            data += self.socket.recv(length - len(data))
        return data

    def call(self, label, op, body=b"", xid=None, code=None):
        """Sends one request and records all frames up to and including its reply."""
        if xid is None:
            self.xid += 1
            xid = self.xid
        self.send(label, "request", integer(xid) + integer(OPS[op] if code is None else code) + body)
        while True:
            frame = self.receive()
            if frame is None:
                return None
            if struct.unpack(">i", frame[:4])[0] == -1:
                frames.append((label, "event", frame))
                continue
            frames.append((label, "reply:" + op, frame))
            return frame

    def events(self, label, count):
        for _ in range(count):
            frames.append((label, "event", self.receive()))

    def close(self):
        self.socket.close()


def serving():
    try:
        probe = socket.create_connection(("127.0.0.1", PORT))
        probe.sendall(b"srvr")
        answer = probe.recv(1000)
        probe.close()
        return b"Zookeeper version" in answer
    except OSError:
        return False


class Server:
    def __init__(self, directory):
        self.directory = directory
        config = os.path.join(directory, "zoo.cfg")
        with open(config, "w") as f:
            f.write("tickTime=200\nclientPort=%d\nclientPortAddress=127.0.0.1\ndataDir=%s\nmaxClientCnxns=0\n"
                    "minSessionTimeout=400\nmaxSessionTimeout=60000\n" % (PORT, directory))
        self.process = subprocess.Popen(
            ["java", "-Dzookeeper.admin.enableServer=false", "-Dzookeeper.extendedTypesEnabled=true",
             "-Dznode.container.checkIntervalMs=300", "-cp", "/usr/share/java/zookeeper.jar",
             "org.apache.zookeeper.server.quorum.QuorumPeerMain", config],
            stdout=open(os.path.join(directory, "out"), "w"), stderr=subprocess.STDOUT)
        for _ in range(200):
            if serving():
                return
            time.sleep(0.1)
        raise SystemExit("the server did not start: " + open(os.path.join(directory, "out")).read())

    def stop(self):
        self.process.terminate()
        self.process.wait()


def nodes(c):
    c.call("create", "create", create("/a", b"first"))
    c.call("create_null_data", "create", create("/a/null", None))
    c.call("create_empty_data", "create", create("/a/empty", b""))
    c.call("create_sequential", "create", create("/a/seq-", b"s", flags=2))
    c.call("create_exists", "create", create("/a"))
    c.call("create_no_parent", "create", create("/none/child"))
    c.call("create_bad_path", "create", create("//"))
    c.call("create_utf8", "create", create("/a/\u017eluva-\u732b", "\U0001f408".encode()))
    c.call("create2", "create2", create("/b", b"second"))
    c.call("create2_ephemeral", "create2", create("/b/e", b"", flags=1))
    c.call("create_ephemeral_sequential", "create", create("/b/e-", b"", flags=3))
    c.call("create_under_ephemeral", "create", create("/b/e/x"))
    c.call("create_container", "createContainer", create("/c", b"box", flags=4))
    c.call("create_container_to_die", "createContainer", create("/c-dies", b"box", flags=4))
    c.call("create_ttl", "createTTL", create("/t", b"ttl", flags=5) + long(1 << 39))
    c.call("create_ttl_sequential", "createTTL", create("/t-", b"ttl", flags=6) + long(100000))
    c.call("create_ttl_to_die", "createTTL", create("/t-dies", b"ttl", flags=5) + long(1))
    c.call("create_ttl_bad", "createTTL", create("/t-bad", b"ttl", flags=5) + long(0))
    c.call("child_of_container_create", "create", create("/c-dies/child"))
    c.call("child_of_container_delete", "delete", buffer("/c-dies/child") + integer(-1))
    c.call("set_data", "setData", buffer("/a") + buffer(b"changed") + integer(0))
    c.call("set_data_null", "setData", buffer("/a/empty") + buffer(None) + integer(-1))
    c.call("set_data_bad_version", "setData", buffer("/a") + buffer(b"no") + integer(7))
    c.call("set_data_no_node", "setData", buffer("/none") + buffer(b"no") + integer(-1))
    c.call("delete_not_empty", "delete", buffer("/a") + integer(-1))
    c.call("delete_bad_version", "delete", buffer("/a/null") + integer(4))
    c.call("delete_no_node", "delete", buffer("/none") + integer(-1))
    c.call("create_to_delete", "create", create("/gone"))
    c.call("delete", "delete", buffer("/gone") + integer(0))


def acls(c):
    digest = vector([acl(31, "digest", "user:smGaoVKd/cQkjm7b88GyorAUz20="), acl(1, "world", "anyone"),
                     acl(3, "ip", "127.0.0.1/8")])
    c.call("auth_digest", "auth", integer(0) + buffer("digest") + buffer("user:pass"), xid=-4)
    c.call("create_with_acl", "create", create("/guarded", b"secret", digest))
    c.call("create_with_auth_acl", "create", create("/mine", b"m", vector([acl(31, "auth", "")])))
    c.call("set_acl", "setACL", buffer("/b") + digest + integer(0))
    c.call("set_acl_bad_version", "setACL", buffer("/b") + digest + integer(9))
    c.call("set_acl_invalid", "setACL", buffer("/b") + vector([]) + integer(-1))
    c.call("create_null_acl", "create", buffer("/x") + buffer(b"") + integer(-1) + integer(0))
    c.call("get_acl", "getACL", buffer("/guarded"))
    c.call("get_acl_no_node", "getACL", buffer("/none"))
    c.call("who_am_i", "whoAmI")


def reads(c):
    c.call("exists", "exists", buffer("/a") + boolean(False))
    c.call("exists_no_node", "exists", buffer("/none") + boolean(False))
    c.call("get_data", "getData", buffer("/a") + boolean(False))
    c.call("get_data_null", "getData", buffer("/a/null") + boolean(False))
    c.call("get_data_empty_path", "getData", buffer("") + boolean(False))
    c.call("get_data_no_node", "getData", buffer("/none") + boolean(False))
    c.call("get_children", "getChildren", buffer("/a") + boolean(False))
    c.call("get_children2", "getChildren2", buffer("/") + boolean(False))
    c.call("get_children_leaf", "getChildren2", buffer("/a/null") + boolean(False))
    c.call("get_children_no_node", "getChildren", buffer("/none") + boolean(False))
    c.call("sync", "sync", buffer("/a"))
    c.call("ping", "ping", xid=-2)
    c.call("get_ephemerals", "getEphemerals", buffer("/b"))
    c.call("get_all_children_number", "getAllChildrenNumber", buffer("/"))
    c.call("get_all_children_number_no_node", "getAllChildrenNumber", buffer("/none"))
    c.call("reconfig", "reconfig", buffer("server.1=a:1:2") + buffer(None) + buffer(None) + long(-1))


def multis(c):
    c.call("multi_empty", "multi", multi())
    c.call("multi_all_kinds", "multi", multi(
        ("create", create("/m", b"1")), ("create2", create("/m/two", b"2")),
        ("createContainer", create("/m/box", b"3", flags=4)),
        ("createTTL", create("/m/ttl", b"4", flags=5) + long(1 << 38)),
        ("setData", buffer("/m") + buffer(b"5") + integer(0)), ("check", buffer("/m") + integer(1)),
        ("create", create("/m/x", b"")), ("delete", buffer("/m/x") + integer(-1))))
    c.call("multi_failed", "multi", multi(
        ("create", create("/m/y")), ("delete", buffer("/none") + integer(-1)), ("create", create("/m/z"))))
    c.call("multi_failed_check", "multi", multi(("check", buffer("/m") + integer(99)), ("create", create("/m/q"))))
    c.call("multi_bad_type", "multi", multi(("exists", buffer("/m") + boolean(False))))
    c.call("multi_read", "multiRead", multi(
        ("getData", buffer("/m") + boolean(False)), ("getChildren", buffer("/m") + boolean(False)),
        ("getData", buffer("/none") + boolean(False))))


def watches(c, other):
    c.call("watch_data", "getData", buffer("/a") + boolean(True))
    c.call("watch_children", "getChildren2", buffer("/a") + boolean(True))
    c.call("watch_exists", "exists", buffer("/w") + boolean(True))
    c.call("add_watch", "addWatch", buffer("/b") + integer(0))
    c.call("add_watch_recursive", "addWatch", buffer("/c") + integer(1))
    other.call("other_sets", "setData", buffer("/a") + buffer(b"again") + integer(-1))
    other.call("other_creates", "create", create("/a/new"))
    other.call("other_creates_watched", "create", create("/w"))
    other.call("other_creates_below", "create", create("/c/below"))
    c.events("events_after_other", 4)
    c.call("watch_own_delete", "exists", buffer("/w") + boolean(True))
    c.call("own_delete", "delete", buffer("/w") + integer(-1))
    c.call("check_watches", "checkWatches", buffer("/b") + integer(3))
    c.call("check_watches_none", "checkWatches", buffer("/none") + integer(2))
    c.call("remove_watches", "removeWatches", buffer("/b") + integer(3))
    c.call("remove_watches_none", "removeWatches", buffer("/none") + integer(3))
    c.call("set_watches", "setWatches", long(1) + vector([buffer("/a"), buffer("/none")]) + vector([buffer("/nothere")])
           + vector([buffer("/c")]), xid=-8)
    c.call("set_watches2", "setWatches2", long(1 << 40) + vector([buffer("/a")]) + vector([]) + vector([])
           + vector([buffer("/b")]) + vector([buffer("/c")]), xid=-8)


def sessions():
    old = Client("connect_without_read_only", read_only=None)
    old.call("old_client_ephemeral", "create", create("/old-e", b"", flags=1))
    old.call("old_client_ephemeral2", "create", create("/old-f", b"", flags=1))
    old.call("close_session", "closeSession")
    old.close()
    empty = Client("connect_clamped", timeout=1)
    empty.call("close_session_without_ephemerals", "closeSession")
    lost = Client("connect_to_expire", timeout=400)
    lost.call("expiring_ephemeral", "create", create("/lost-e", b"", flags=1))
    lost.close()
    kept = Client("connect_to_move", timeout=30000)
    kept.close()
    moved = Client("reconnect", session=kept.session, password=kept.password)
    moved.call("after_reconnect", "exists", buffer("/") + boolean(False))
    Client("reconnect_bad_password", session=kept.session, password=b"x" * 16).close()
    Client("reconnect_unknown_session", session=12345, password=b"x" * 16).close()
    bad_auth = Client("connect_bad_auth")
    bad_auth.call("auth_unknown_scheme", "auth", integer(0) + buffer("nosuch") + buffer("x"), xid=-4)
    unknown = Client("connect_unknown_op")
    unknown.call("unknown_op", "ping", code=77)
    no_auth = Client("connect_no_auth")
    no_auth.call("no_auth", "setData", buffer("/mine") + buffer(b"") + integer(-1))
    no_auth.call("no_auth_read", "getData", buffer("/mine") + boolean(False))
    time.sleep(1.5)  # the lost session expires, the container and the TTL node are collected


def used_bytes(log):
    """The log file without its zero padding."""
    with open(log, "rb") as f:
        data = f.read()
    at = 16
    while at + 12 <= len(data):
        length = struct.unpack(">i", data[at + 8:at + 12])[0]
        if length == 0:
            break
        at += 12 + length + 1
    return data[:at]


def tool(name, *arguments):
    """What one of Apache's tools prints, in UTC."""
    classpath = "/usr/share/java/zookeeper.jar:/usr/share/java/commons-cli.jar"
    run = subprocess.run(["java", "-cp", classpath, "org.apache.zookeeper.server." + name, *arguments], cwd=OUT, check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"})
    return run.stdout


def capture_tools():
    for output, arguments in (("log.1.txt", ("persistence.TxnLogToolkit", "log.1")),
                              ("snapshot.last.txt", ("SnapshotFormatter", "snapshot.last")),
                              ("snapshot.last.data.txt", ("SnapshotFormatter", "-d", "snapshot.last"))):
        with open(os.path.join(OUT, output), "wb") as f:
            f.write(tool(*arguments))


def main():
    if sys.argv[1:] == ["tools"]:
        return capture_tools()
    directory = tempfile.mkdtemp(prefix="golden-")
    server = Server(directory)
    try:
        main_client = Client("connect")
        other = Client("connect_read_only_ok", read_only=True)
        nodes(main_client)
        acls(main_client)
        reads(main_client)
        multis(main_client)
        watches(main_client, other)
        sessions()
    finally:
        server.stop()
    server = Server(directory)  # writes a snapshot of everything, open sessions and ephemerals included
    server.stop()
    version2 = os.path.join(directory, "version-2")
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, "log.1"), "wb") as f:
        f.write(used_bytes(os.path.join(version2, "log.1")))
    snapshots = sorted((n for n in os.listdir(version2) if n.startswith("snapshot.")), key=lambda n: int(n[9:], 16))
    shutil.copyfile(os.path.join(version2, snapshots[0]), os.path.join(OUT, "snapshot.first"))
    shutil.copyfile(os.path.join(version2, snapshots[-1]), os.path.join(OUT, "snapshot.last"))
    with open(os.path.join(OUT, "frames.txt"), "w") as f:
        f.write("# label kind hex; written by capture.py\n")
        for label, kind, body in frames:
            f.write("%s %s %s\n" % (label, kind, body.hex()))
    capture_tools()
    print(snapshots, len(frames), "frames")
    shutil.rmtree(directory)


main()
