#!/usr/bin/python3
"""Uses vivarium-cli as a person does, on a pseudo terminal: editing, completion, history, events while a line is typed,
a chroot, a server that goes away and comes back, a session that expires. Each step waits for text, never for time.

usage: cli_on_terminal.py [vivarium]   (default: against Apache)
"""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import servers  # noqa: E402

CLI = os.environ.get("VIVARIUM_CLI", os.path.join(servers.ROOT, "build/release/bin/vivarium-cli"))
PATIENCE = 60
steps = 0


class Person:
    def __init__(self, home, *arguments):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(HOME=home, TERM="xterm", LC_ALL="C.UTF-8")
            os.execv(CLI, [CLI] + list(arguments))

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def expect(self, pattern):
        """Waits for the pattern and forgets everything up to its end."""
        global steps
        deadline = time.time() + PATIENCE
        while True:
            found = re.search(pattern, self.seen, re.S)
            if found:
                self.seen = self.seen[found.end():]
                steps += 1
                return found
            if time.time() > deadline or not self.read(deadline - time.time()):
                raise SystemExit("expected %r, saw:\n%s" % (pattern, self.seen[-3000:]))

    def type(self, text):
        os.write(self.fd, text.encode())

    def prompt(self, state="CONNECTED"):
        """Waits until a line can be edited: keys such as control-D mean something else before."""
        self.expect(r"\(%s\) \d+\] " % state)

    def do(self, line, pattern="", state="CONNECTED"):
        self.type(line + "\n")
        self.expect(pattern)
        self.prompt(state)

    def quit(self, keys="quit\n"):
        """Returns the exit code."""
        self.type(keys)
        deadline = time.time() + PATIENCE
        while time.time() < deadline:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise SystemExit("does not quit, saw:\n" + self.seen[-3000:])


def once(server, *words):
    return subprocess.run([CLI, "-server", server] + list(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=PATIENCE).stdout


def edit_and_complete(server, home):
    person = Person(home, "-server", server.hosts)
    person.expect(r"type:None path:null")
    person.prompt()
    person.do("create /alpha one", "Created /alpha")
    person.do("create /alpine ünï", "Created /alpine")
    person.type("get /al\t\t")
    person.expect("/alpha  /alpine")
    person.type("i\t\n")
    person.expect("\nünï\r")
    person.prompt()
    person.type("getA\t\t")
    person.expect("getAcl  getAllChildrenNumber")
    person.type("c\t/alpha\n")
    person.expect("'world,'anyone\r\n: cdrwa\r")
    person.prompt()
    person.type("\x1b[A\x1b[A\n")  # two lines up
    person.expect("\nünï\r")
    person.prompt()
    person.do("addauth digest me:secret")
    person.do("history", "4 - get /alpine *\r\n5 - addauth digest me:secret\r\n6 - history")
    person.do("redo 4", "\nünï\r")
    person.do("ls /nope", "Node does not exist: /nope")
    assert person.quit() == 1, "quit says how the last command ended"
    history = open(os.path.join(home, ".vivarium_cli_history")).read()
    assert "alpine" in history and "secret" not in history, "credentials are not kept"
    later = Person(home, "-server", server.hosts)
    later.prompt()
    later.type("\x1b[A\x1b[A\x1b[A\n")  # quit, ls, redo
    later.expect("Command index out of range")
    later.prompt()
    assert later.quit("\x04") == 1


def events_over_a_line(server, home):
    person = Person(home, "-server", server.hosts)
    person.prompt()
    person.do("get -w /alpha", "\none\r")
    person.type("set /alpha typed-slo")
    person.expect("typed-slo")
    once(server.hosts, "set", "/alpha", "two")
    person.expect(r"WATCHER::\r\n\r\nWatchedEvent state:SyncConnected type:NodeDataChanged path:/alpha( zxid: \d+)?\r\n")
    person.expect(r"\[zk: [^\]]*\] set /alpha typed-slo")
    person.do("wly")
    person.do("get /alpha", "\ntyped-slowly\r")
    person.do("printwatches off")
    person.do("printwatches", "printwatches is off")
    assert person.quit("exit\n") == 0


def chroot(server, home):
    once(server.hosts, "create", "/root", "r")
    person = Person(home, "-server", server.hosts + "," + server.hosts + "/root")
    person.expect(r"/root\(CONNECTED\) 0\] ")
    person.do("create /a x", "Created /a\r")
    person.do("create -s /a/s- x", "Created /a/s-0000000000\r")
    person.do("create -e /e x", "Created /e\r")
    person.do("getEphemerals", r"\[/e\]")
    person.do("ls /", r"\[a, e\]")
    person.do("get -w /", r"\nr\r")
    person.do("addWatch /a")
    once(server.hosts, "set", "/root/a/s-0000000000", "y")
    person.expect(r"type:NodeDataChanged path:/a/s-0000000000( zxid: \d+)?\r")
    person.prompt()
    once(server.hosts, "set", "/root", "y")
    person.expect(r"type:NodeDataChanged path:/( zxid: \d+)?\r")
    person.prompt()
    person.do("get /nope", "Node does not exist: /nope\r")
    person.do("removewatches /a", "type:PersistentWatchRemoved path:/a\r")
    person.do("setquota -n 5 /a")
    person.do("listquota /a", "absolute path is /zookeeper/quota/root/a/zookeeper_limits\r\nOutput quota for /a count=5,.*"
                              "Output stat for /a count=2,bytes=2")
    person.type("get /a/\t\n")
    person.expect("\ny\r")
    person.prompt()
    person.do("deleteall /a")
    person.do("ls -R /", "\n/\r\n/e\r")
    assert person.quit() == 0


def expire(server, person):
    """A process that stands still is a client that the server gives up."""
    session = "0x" + re.findall(r"sid=0x([0-9a-f]+)", servers.four_letter_word(server.port, "cons"))[0]
    os.kill(person.pid, signal.SIGSTOP)
    deadline = time.time() + PATIENCE
    while session in servers.four_letter_word(server.port, "dump").split("Sessions with Ephemerals")[0]:
        assert time.time() < deadline, "the session does not expire"
        time.sleep(0.1)
    os.kill(person.pid, signal.SIGCONT)


def lost_and_found(kind, home):
    server = servers.KINDS[kind]().start()
    try:
        person = Person(home, "-timeout", "4000", "-server", server.hosts.replace("127.0.0.1", "localhost"))
        person.prompt()
        person.do("create /kept x", "Created /kept")
        person.do("get -w /kept", "\nx\r")
        server.kill()
        person.expect("state:Disconnected type:None path:null")
        person.prompt("CONNECTING")
        person.do("get /kept", "KeeperErrorCode = ConnectionLoss for /kept", "CONNECTING")
        server.start()
        person.expect("state:SyncConnected type:None path:null")
        person.prompt()
        once(server.hosts, "set", "/kept", "y")
        person.expect("type:NodeDataChanged path:/kept")  # the watch came along
        person.prompt()
        expire(server, person)
        person.expect("state:Expired type:None path:null")
        person.prompt("CLOSED")
        person.do("ls /", "Not connected", "CLOSED")
        person.type("connect\n")
        person.expect("state:SyncConnected type:None path:null")
        person.prompt()
        person.do("ls /", r"\[kept, zookeeper\]")
        person.do("close", "state:Closed", "CLOSED")
        person.do("ls /", "Not connected", "CLOSED")
        assert person.quit("\x04") == 0
    finally:
        server.close()


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else "apache"
    with tempfile.TemporaryDirectory() as home:
        with servers.KINDS[kind]() as server:
            edit_and_complete(server, home)
            events_over_a_line(server, home)
            chroot(server, home)
        lost_and_found(kind, home)
    print("cli_on_terminal.py: %d steps as expected" % steps)


main()
