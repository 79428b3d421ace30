"""Ensembles of real servers, each member Apache ZooKeeper 3.8 or vivarium-server, in a sandbox (sandbox.py).

A member can become the other kind on the same data directory. Waits are for what a member answers, never for a time to pass, with one
generous deadline each. Must never: decide what is right; that is the checker's.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import sandbox  # noqa: E402
import trees  # noqa: E402
from servers import APACHE_CLASSPATH, ROOT, VIVARIUM  # noqa: E402

PATIENCE = 90.0
LOGS = os.path.join(ROOT, "build", "test-logs")


def wait_for(what, condition, patience=PATIENCE):
    """The first true value of `condition()`; connection troubles count as false."""
    end = time.monotonic() + patience
    while True:
        try:
            value = condition()
        except OSError:
            value = None
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError("waited %d s for: %s" % (patience, what))
        time.sleep(0.05)


class Member:
    """One server. `role` is participant or observer."""

    def __init__(self, ensemble, number, kind, role):
        self.ensemble, self.number, self.kind, self.role = ensemble, number, kind, role
        self.address = ensemble.network.address(number)
        self.port, self.quorum_port, self.election_port = ensemble.network.member_ports(number)
        self.directory = os.path.join(ensemble.directory, "m%d" % number)
        self.data = os.path.join(self.directory, "data")
        os.makedirs(self.data)
        with open(os.path.join(self.data, "myid"), "w") as f:
            f.write("%d\n" % number)
        # Its disk is meant to be empty: without this a Vivarium member waits until all voters have said the same. A wiped one has it no more.
        open(os.path.join(self.data, "initialize"), "w").close()
        self.config = os.path.join(self.directory, "zoo.cfg")
        self.log = os.path.join(self.directory, "log")
        self.process = None
        self.wanted = False  # whether it should be running
        self.environment = {}

    def __repr__(self):
        return "s%d (%s %s)" % (self.number, self.kind, self.role)

    @property
    def hosts(self):
        return "%s:%d" % (self.address, self.port)

    @property
    def speaks(self):
        """What really runs: with VIVARIUM_IS_APACHE the tests themselves are tried, on Apache alone, which must pass them all."""
        return "apache" if os.environ.get("VIVARIUM_IS_APACHE") else self.kind

    def server_line(self):
        return "server.%d=%s:%d:%d:%s" % (self.number, self.address, self.quorum_port, self.election_port, self.role)

    def write_config(self):
        own = ["dataDir=" + self.data, "clientPort=%d" % self.port, "clientPortAddress=" + self.address]
        if self.role == "observer":
            own.append("peerType=observer")
        with open(self.config, "w") as f:
            f.write("\n".join(self.ensemble.settings + own + [m.server_line() for m in self.ensemble.members]) + "\n")

    def command(self):
        if self.speaks == "vivarium":
            return [VIVARIUM, self.config]
        system = ["-D%s" % p for p in self.ensemble.system_properties]
        return ["java", "-Xmx300m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Dzookeeper.jmx.log4j.disable=true",
                "-Dzookeeper.admin.enableServer=false", "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS", "-Dorg.slf4j.simpleLogger.showShortLogName=true",
                "-Dorg.slf4j.simpleLogger.log.org.apache.zookeeper.server.quorum.LearnerHandler=debug", *system, "-cp",
                APACHE_CLASSPATH + ":/usr/share/java/slf4j-simple.jar", "org.apache.zookeeper.server.quorum.QuorumPeerMain", self.config]

    def start(self):
        assert not self.alive(), self
        self.write_config()
        with open(self.log, "ab") as log:
            log.write(b"---- start of %s\n" % self.kind.encode())
            log.flush()
            environment = dict(os.environ, **self.environment)
            environment.pop("ZOO_LOG_DIR", None)
            self.process = subprocess.Popen(self.ensemble.network.prefix(self.number) + self.command(), stdout=log, stderr=log,
                                            cwd=self.directory, env=environment)
        self.wanted = True
        return self

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        if self.alive():
            self.process.send_signal(number)

    def stop(self):
        """SIGTERM; the exit status."""
        self.wanted = False
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError("%r did not end within %d s of SIGTERM:\n%s" % (self, PATIENCE, self.log_tail()))

    def kill(self):
        """kill -9: what was not acknowledged may be lost, the page cache is not."""
        self.wanted = False
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def restart(self):
        self.stop()
        return self.start()

    def become(self, kind):
        """Stops, and starts as the other kind of server on the same directory."""
        if self.alive():
            self.stop()
        self.kind = kind
        return self.start()

    def wipe(self):
        """An empty disk; only myid is left."""
        assert not self.alive()
        shutil.rmtree(os.path.join(self.data, "version-2"), ignore_errors=True)
        if os.path.exists(os.path.join(self.data, "initialize")):
            os.remove(os.path.join(self.data, "initialize"))

    def word(self, name, timeout=3.0):
        with socket.create_connection((self.address, self.port), timeout) as s:
            s.settimeout(timeout)
            s.sendall(name.encode())
            data = b""
            while piece := s.recv(65536):
                data += piece
            return data.decode(errors="replace")

    def srvr(self):
        """Empty while it does not serve."""
        return dict(line.split(": ", 1) for line in self.word("srvr").splitlines() if ": " in line)

    def mntr(self):
        return dict(line.split("\t", 1) for line in self.word("mntr").splitlines() if "\t" in line)

    def mode(self):
        """leader, follower, observer, standalone; None while it does not serve."""
        try:
            return self.srvr().get("Mode")
        except OSError:
            return None

    def wait_serving(self, patience=PATIENCE):
        try:
            return wait_for("%r to serve" % self, lambda: (self._must_live(), self.mode())[1], patience)
        except TimeoutError as error:
            raise TimeoutError("%s\n%s" % (error, self.log_tail()))

    def _must_live(self):
        if not self.alive():
            raise RuntimeError("%r ended with %s:\n%s" % (self, self.process and self.process.returncode, self.log_tail()))

    def log_text(self):
        try:
            with open(self.log, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def log_tail(self, lines=40):
        return "\n".join(self.log_text().splitlines()[-lines:])

    def resident(self):
        """Bytes of resident memory."""
        with open("/proc/%d/statm" % self.process.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))


class Ensemble:
    """Members numbered from 1: `kinds` of the voters, then of the observers."""

    def __init__(self, kinds, observers=(), settings=(), system_properties=(), name="ensemble"):
        self.name, self.directory = name, tempfile.mkdtemp(prefix="viv-%d-" % os.getpid(), dir=os.environ.get(sandbox.DIRECTORY))
        self.settings = ["tickTime=500", "initLimit=20", "syncLimit=6", "maxSessionTimeout=40000", "maxClientCnxns=0",
                         "4lw.commands.whitelist=*", "admin.enableServer=false", "preAllocSize=4096"] + list(settings)
        self.system_properties = list(system_properties)
        self.network = sandbox.network(range(1, len(kinds) + len(observers) + 1))
        self.members = []
        for kind in kinds:
            self.members.append(Member(self, len(self.members) + 1, kind, "participant"))
        for kind in observers:
            self.members.append(Member(self, len(self.members) + 1, kind, "observer"))

    def __getitem__(self, number):
        return self.members[number - 1]

    @property
    def hosts(self):
        return ",".join(m.hosts for m in self.members)

    @property
    def voters(self):
        return [m for m in self.members if m.role == "participant"]

    def start(self):
        for member in self.members:
            member.start()
        return self.wait_serving()

    def start_with_leader(self, number):
        """Member `number` wins the first election: it starts first, then one by one as many lower ones as make a quorum, then the others."""
        quorum = [m for m in self.voters if m.number < number][:len(self.voters) // 2]
        if len(quorum) < len(self.voters) // 2:
            raise ValueError("s%d cannot win a fresh election; number the members otherwise" % number)
        leader = self[number].start()
        wait_for("%r to take part in elections" % leader, lambda: socket.create_connection((leader.address, leader.election_port), 1).close() is None)
        for member in quorum:
            member.start()
        wait_for("%r to lead" % leader, lambda: leader.mode() == "leader", PATIENCE / 3)
        for member in self.members:
            if not member.alive():
                member.start()
        return self.wait_serving()

    def wait_serving(self, members=None, patience=PATIENCE):
        for member in members or self.members:
            member.wait_serving(patience)
        return self

    def leader(self):
        for member in self.voters:
            if member.alive() and member.mode() == "leader":
                return member
        return None

    def wait_leader(self, among=None, patience=PATIENCE):
        def led():
            found = self.leader()
            return found if found and (among is None or found in among) else None
        return wait_for("a leader", led, patience)

    def wait_level(self, patience=PATIENCE):
        """All members at one zxid, with one node count, as they tell it themselves."""
        def level():
            try:
                if time.monotonic() > level.nudge:
                    level.nudge = time.monotonic() + 2
                    trees.nudge(self.members[0])
            except trees.Closed:
                return None
            answers = [m.srvr() for m in self.members]
            seen = {(a.get("Zxid"), a.get("Node count")) for a in answers}
            return answers if len(seen) == 1 and answers[0].get("Zxid") else None
        level.nudge = 0  # a member that joined without a write to catch up with tells its old zxid until the next one
        try:
            return wait_for("all members at one zxid", level, patience)
        except TimeoutError as error:
            raise TimeoutError("%s: %s" % (error, [(m, m.srvr().get("Zxid"), m.srvr().get("Node count")) for m in self.members]))

    def keep_logs(self):
        os.makedirs(LOGS, exist_ok=True)
        for member in self.members:
            if os.path.exists(member.log):
                shutil.copy(member.log, os.path.join(LOGS, "%s-s%d.log" % (self.name, member.number)))
        print("logs of the members: %s/%s-s*.log" % (LOGS, self.name), flush=True)

    def close(self):
        for member in self.members:
            member.resume()
            member.kill()
        self.network.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if kind is not None:
            self.keep_logs()
        self.close()
