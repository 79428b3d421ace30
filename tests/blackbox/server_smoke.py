#!/usr/bin/env python3
"""vivarium-server end to end: start, four-letter words, a raw client, restart, signals, exit codes.

usage: server_smoke.py PATH_TO_vivarium-server
Waits are for events (a line in the log, the end of a process), with one generous deadline each.
"""
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

BINARY = sys.argv[1]
PATIENCE = 60.0


class Server:
    """A server process; its log is read line by line."""

    def __init__(self, arguments, env=None):
        environment = dict(os.environ, **(env or {}))
        if not env:
            environment.pop("ZOO_LOG_DIR", None)
        self.process = subprocess.Popen([BINARY] + arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, env=environment)
        self.lines = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()

    def wait_for_line(self, part):
        end = time.monotonic() + PATIENCE
        with self.changed:
            while True:
                for line in self.lines:
                    if part in line:
                        return line
                left = end - time.monotonic()
                assert left > 0 and (self.process.poll() is None or left > PATIENCE - 1), \
                    f"no line with {part!r} in:\n" + "\n".join(self.lines)
                self.changed.wait(min(left, 0.2))

    def port(self):
        return int(self.wait_for_line("listening for clients on").rsplit(":", 1)[1])

    def finish(self):
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        return self.finish()

    def log(self):
        return "\n".join(self.lines)


def word(port, name):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
        s.sendall(name.encode())
        s.shutdown(socket.SHUT_WR)  # as `echo ruok | nc` does
        answer = b""
        while chunk := s.recv(65536):
            answer += chunk
    return answer.decode()


class Client:
    """The smallest ZooKeeper client: one session, one request at a time."""

    def __init__(self, port):
        self.s = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.xid = 0
        self.send(struct.pack(">iqiq", 0, 0, 10000, 0) + self.buffer(b"\0" * 16) + b"\0")
        reply = self.receive()
        _, self.timeout, self.session = struct.unpack(">iiq", reply[:16])
        assert self.session != 0

    @staticmethod
    def buffer(data):
        return struct.pack(">i", len(data)) + data

    def send(self, body):
        self.s.sendall(struct.pack(">i", len(body)) + body)

    def exactly(self, size):
        data = b""
        while len(data) < size:
            chunk = self.s.recv(size - len(data))
            assert chunk, "the server closed the connection"
            data += chunk
        return data

    def receive(self):
        return self.exactly(struct.unpack(">i", self.exactly(4))[0])

    def call(self, op, body):
        self.xid += 1
        self.send(struct.pack(">ii", self.xid, op) + body)
        reply = self.receive()
        xid, zxid, error = struct.unpack(">iqi", reply[:16])
        assert xid == self.xid, (xid, self.xid)
        return error, zxid, reply[16:]

    def create(self, path, data, flags=0):
        acl = struct.pack(">ii", 1, 31) + self.buffer(b"world") + self.buffer(b"anyone")
        return self.call(1, self.buffer(path) + self.buffer(data) + acl + struct.pack(">i", flags))

    def get(self, path):
        error, _, body = self.call(4, self.buffer(path) + b"\0")
        if error != 0:
            return error
        size = struct.unpack(">i", body[:4])[0]
        return body[4:4 + size]


def config(directory, extra="", port=0):
    path = os.path.join(directory, "zoo.cfg")
    with open(path, "w") as f:
        f.write(f"tickTime=2000\ndataDir={directory}/data\nclientPort={port}\nclientPortAddress=127.0.0.1\n"
                f"4lw.commands.whitelist=*\n{extra}")
    return path


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def serves_and_keeps_what_it_acknowledged(directory):
    cfg = config(directory)
    server = Server([cfg])
    port = server.port()
    expect(word(port, "ruok") == "imok", "ruok")
    expect("Mode: standalone\nNode count: 5\n" in word(port, "srvr"), "srvr: " + word(port, "srvr"))
    client = Client(port)
    expect(client.create(b"/smoke", b"one")[0] == 0, "create")
    expect(client.create(b"/smoke", b"two")[0] == -110, "create of an existing node")
    expect(client.get(b"/smoke") == b"one", "get")
    expect(client.get(b"/none") == -101, "get of a missing node")
    expect(f"sid=0x{client.session:x}" in word(port, "cons"), "cons")
    expect("zk_znode_count\t6\n" in word(port, "mntr"), "mntr")
    expect(server.stop() == 0, "SIGTERM: exit code\n" + server.log())
    expect("stopped" in server.log(), "SIGTERM: last line")

    server = Server([cfg])
    client = Client(server.port())
    expect(client.get(b"/smoke") == b"one", "get after a clean restart")
    expect(client.create(b"/killed", b"three")[0] == 0, "create before kill")
    server.stop(signal.SIGKILL)
    server = Server([cfg])
    expect(Client(server.port()).get(b"/killed") == b"three", "get after kill -9\n" + server.log())
    expect(server.stop(signal.SIGINT) == 0, "SIGINT: exit code")


def refuses_a_second_server_on_the_same_directory(directory):
    cfg = config(directory)
    server = Server([cfg])
    server.port()
    second = Server([cfg])
    expect(second.finish() == 3, "second server: exit code\n" + second.log())
    expect(f"in use by another vivarium-server (process {server.process.pid})" in second.log(), second.log())
    expect(server.stop() == 0, "first server: exit code")


def refuses_a_port_that_is_taken(directory):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = Server([config(directory, port=taken.getsockname()[1])])
        expect(server.finish() == 1, "taken port: exit code\n" + server.log())
        expect("cannot listen for clients on 127.0.0.1:" in server.log(), server.log())


def tells_of_a_write_beyond_the_limit_of_file_sizes(directory):
    server = Server([config(directory)])
    client = Client(server.port())
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    try:
        client.create(b"/too-far", b"x" * 1000)
    except (AssertionError, OSError):
        pass  # the server ends before it answers
    expect(server.finish() == 10, "exit code\n" + server.log())
    expect("cannot write log file" in server.log(), server.log())


def names_mistakes_in_zoo_cfg(directory):
    server = Server([config(directory, "snapCuont=5\n")])
    server.port()
    expect(":6: unknown key 'snapCuont' (did you mean 'snapCount'?); ignored" in server.log(), server.log())
    expect(server.stop() == 0, "exit code")
    server = Server([config(directory, "maxClientCnxns=lots\n")])
    expect(server.finish() == 2, "wrong value: exit code")
    expect(":6: maxClientCnxns: expected a number from 0 to 2147483647, got 'lots'" in server.log(), server.log())


def refuses_directories_that_it_cannot_use(directory):
    blocked = os.path.join(directory, "file")
    open(blocked, "w").close()
    cfg = os.path.join(directory, "blocked.cfg")
    with open(cfg, "w") as f:
        f.write(f"dataDir={blocked}/data\nclientPort=0\n")
    server = Server([cfg])
    expect(server.finish() == 3, "unusable directory: exit code\n" + server.log())
    server = Server([config(directory, "datadir.autocreate=false\n")])
    expect(server.finish() == 3, "missing directory: exit code\n" + server.log())


def knows_its_arguments(directory):
    run = lambda *a: subprocess.run([BINARY, *a], capture_output=True, text=True, timeout=PATIENCE)
    expect(run("--help").returncode == 0, "--help")
    expect("vivarium-server 0." in run("--version").stdout, "--version")
    expect(run("--nonsense").returncode == 2, "unknown option")
    expect(run("1", "2", "3", "4", "5").returncode == 2, "too many arguments")
    expect(run(os.path.join(directory, "absent.cfg")).returncode == 2, "absent configuration")
    server = Server(["0", os.path.join(directory, "args"), "1000"])
    expect("tickTime=1000" in word_conf(server), "port dataDir tickTime")
    expect(server.stop() == 0, "exit code")


def word_conf(server):
    # This form has Apache's default whitelist: only srvr; the log tells the tick.
    server.port()
    expect("Zookeeper version" in word(server.port(), "srvr"), "srvr")
    expect("is not executed because it is not in the whitelist" in word(server.port(), "conf"), "whitelist")
    return server.wait_for_line("tickTime 1000 ms").replace("tickTime 1000 ms", "tickTime=1000")


def logs_to_the_directory_that_it_is_given(directory):
    logs = os.path.join(directory, "logs")
    server = Server([config(directory)], {"ZOO_LOG_DIR": logs, "ZOO_LOG_FILE": "zk.log"})
    server.port()
    expect(server.stop() == 0, "exit code")
    with open(os.path.join(logs, "zk.log")) as f:
        expect("listening for clients on" in f.read(), "log file")


TESTS = [serves_and_keeps_what_it_acknowledged, refuses_a_second_server_on_the_same_directory,
         refuses_a_port_that_is_taken,
         tells_of_a_write_beyond_the_limit_of_file_sizes, names_mistakes_in_zoo_cfg, refuses_directories_that_it_cannot_use,
         knows_its_arguments, logs_to_the_directory_that_it_is_given]

for test in TESTS:
    with tempfile.TemporaryDirectory(prefix="vivarium-smoke-") as where:
        test(where)
        print("ok", test.__name__, flush=True)
