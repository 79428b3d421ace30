#!/usr/bin/python3
"""Captures what three real Apache ZooKeeper servers (Debian's 3.8.0) tell each other, into tests/golden/apache_3_8_0/ensemble/.

Every server believes that the others live behind ports of ours; what passes there is kept, one file per connection and
direction: <election|quorum>.<nth connection>.<dialling server>_to_<dialled server>.<out|back>. Servers 1 and 2 form an
ensemble, serve clients, 3 joins with an empty disk (SNAP), a client moves from 1 to 3 (REVALIDATE), 1 is restarted behind
some writes (DIFF with PROPOSALs). Run it again only to add exchanges; everything changes together.
"""
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from kazoo.client import KazooClient

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apache_3_8_0", "ensemble")
SERVERS = (1, 2, 3)
kept = {}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def pump(source, sink, name):
    try:
        while data := source.recv(65536):
            kept[name] += data
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Tap:
    """A port that server `dialling` takes for a port of server `dialled`."""

    def __init__(self, kind, dialling, dialled, target):
        self.kind, self.pair, self.target, self.count = kind, (dialling, dialled), target, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            here = self.listener.accept()[0]
            try:
                there = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                here.close()
                continue
            self.count += 1
            name = "%s.%d.%d_to_%d" % (self.kind, self.count, *self.pair)
            for source, sink, direction in ((here, there, ".out"), (there, here, ".back")):
                kept[name + direction] = b""
                threading.Thread(target=pump, args=(source, sink, name + direction), daemon=True).start()


class Member:
    def __init__(self, directory, sid, ports, taps):
        self.sid, self.client = sid, free_port()
        self.directory = os.path.join(directory, str(sid))
        os.makedirs(os.path.join(self.directory, "data"))
        with open(os.path.join(self.directory, "data", "myid"), "w") as f:
            f.write(str(sid))
        lines = ["tickTime=1000", "initLimit=10", "syncLimit=5", "dataDir=" + os.path.join(self.directory, "data"),
                 "clientPort=%d" % self.client, "clientPortAddress=127.0.0.1", "admin.enableServer=false"]
        for other in SERVERS:
            quorum, election = ports[other]
            if other != sid:
                quorum, election = taps["quorum", sid, other].port, taps["election", sid, other].port
            lines.append("server.%d=127.0.0.1:%d:%d" % (other, quorum, election))
        self.config = os.path.join(self.directory, "zoo.cfg")
        with open(self.config, "w") as f:
            f.write("\n".join(lines) + "\n")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["java", "-Xmx128m", "-cp", "/usr/share/java/zookeeper.jar", "org.apache.zookeeper.server.quorum.QuorumPeerMain",
             self.config], stdout=open(os.path.join(self.directory, "out"), "a"), stderr=subprocess.STDOUT)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def connect(self, session=None):
        client = KazooClient("127.0.0.1:%d" % self.client, timeout=6, client_id=session)
        client.start(60)
        return client


def run(members):
    one, two, three = members
    one.start()
    two.start()
    client = one.connect()
    client.create("/a", b"data")
    client.create("/a/e", b"", ephemeral=True)
    client.set("/a", b"more")
    client.sync("/a")
    three.start()
    moved = three.connect()
    moved.create("/a/seq-", b"", sequence=True)
    moved.stop()
    again = three.connect(client.client_id)
    again.set("/a", b"moved")
    time.sleep(2)  # some pings with touched sessions
    one.stop()
    for i in range(3):
        again.create("/late%d" % i, b"")
    one.start()
    rejoined = one.connect()
    rejoined.create("/end", b"")
    time.sleep(1)


def main():
    directory = tempfile.mkdtemp(prefix="zk-golden-")
    ports = {sid: (free_port(), free_port()) for sid in SERVERS}
    taps = {}
    for a in SERVERS:
        for b in SERVERS:
            if a != b:
                taps["quorum", a, b] = Tap("quorum", a, b, ports[b][0])
                taps["election", a, b] = Tap("election", a, b, ports[b][1])
    members = [Member(directory, sid, ports, taps) for sid in SERVERS]
    try:
        run(members)
    finally:
        for member in members:
            if member.process:
                member.stop()
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    for name, data in kept.items():
        if data:
            with open(os.path.join(OUT, name), "wb") as f:
                f.write(data)
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
    os._exit(0)  # clients whose server is gone would wait
