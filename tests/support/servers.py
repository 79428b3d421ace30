"""Starts the two servers that compatibility tests compare: Apache ZooKeeper 3.8 (Debian's package) and vivarium-server.

Each runs in a directory of its own, on loopback, and is killed when the object is closed. Ports are picked free.
"""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VIVARIUM = os.environ.get("VIVARIUM_SERVER", os.path.join(ROOT, "build/release/bin/vivarium-server"))
APACHE_CLASSPATH = "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def four_letter_word(port, word, timeout=5.0):
    with socket.create_connection(("127.0.0.1", port), timeout) as s:
        s.sendall(word.encode())
        data = b""
        while True:
            piece = s.recv(65536)
            if not piece:
                return data.decode()
            data += piece


class Server:
    """A running server. `extra` are further lines of its zoo.cfg."""

    kind = "server"

    def __init__(self, directory=None, extra="", port=None):
        self.own_directory = directory is None
        self.directory = directory or tempfile.mkdtemp(prefix="zk-" + self.kind + "-")
        self.data = os.path.join(self.directory, "data")
        os.makedirs(self.data, exist_ok=True)
        self.port = port or free_port()
        self.hosts = "127.0.0.1:%d" % self.port
        self.config = os.path.join(self.directory, self.kind + ".cfg")
        self.log = os.path.join(self.directory, self.kind + ".log")
        with open(self.config, "w") as f:
            f.write("tickTime=2000\ndataDir=%s\nclientPort=%d\nclientPortAddress=127.0.0.1\nmaxClientCnxns=0\n"
                    "admin.enableServer=false\n4lw.commands.whitelist=*\nextendedTypesEnabled=true\n%s\n"
                    % (self.data, self.port, extra))
        self.process = None

    def command(self):
        raise NotImplementedError

    def start(self, wait=30.0):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self.directory)
        deadline = time.time() + wait
        while time.time() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError("%s exited %d:\n%s" % (self.kind, self.process.returncode, self.log_tail()))
            try:
                if four_letter_word(self.port, "ruok", 2) == "imok" and "Mode:" in four_letter_word(self.port, "srvr", 2):
                    return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("%s does not answer:\n%s" % (self.kind, self.log_tail()))

    def log_tail(self, lines=30):
        with open(self.log, errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    def kill(self):
        """kill -9, as a power switch for the process."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def terminate(self, timeout=20):
        """SIGTERM; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def close(self):
        self.kill()
        if self.own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()


class Apache(Server):
    kind = "apache"

    def command(self):
        return ["java", "-Xmx1g", "-Dzookeeper.admin.enableServer=false", "-Dzookeeper.extendedTypesEnabled=true",
                "-Dznode.container.checkIntervalMs=1000", "-Dzookeeper.jmx.log4j.disable=true", "-cp", APACHE_CLASSPATH,
                "org.apache.zookeeper.server.quorum.QuorumPeerMain", self.config]


class Vivarium(Server):
    kind = "vivarium"

    def __init__(self, directory=None, extra="", port=None):
        super().__init__(directory, "znode.container.checkIntervalMs=1000\n" + extra, port)

    def command(self):
        return [VIVARIUM, self.config]


KINDS = {"apache": Apache, "vivarium": Vivarium}
