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

    def do(self, line, pattern):
        self.type(line + "\n")
        return self.expect(pattern)

    def exit_code(self):
        while self.read(0.05):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def once(server, *words):
    return subprocess.run([CLI, "-server", server] + list(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=PATIENCE).stdout


def edit_and_complete(server, home):
    person = Person(home, "-server", server.hosts)
    person.expect(r"type:None path:null")
    person.expect(r"\(CONNECTED\) 0\] ")
    person.do("create /alpha one", "Created /alpha")
    person.do("create /alpine ünï", "Created /alpine")
    person.type("get /al\t\t")
    person.expect("/alpha  /alpine")
    person.type("i\t\n")
    person.expect("\nünï\r")
    person.type("getA\t\t")
    person.expect("getAcl  getAllChildrenNumber")
    person.type("c\t/alpha\n")
    person.expect("'world,'anyone\r\n: cdrwa\r")
    person.type("\x1b[A\x1b[A\n")  # two lines up
    person.expect("\nünï\r")
    person.do("addauth digest me:secret", r"\] ")
    person.do("history", "4 - get /alpine\r\n5 - addauth digest me:secret\r\n6 - history")
    person.do("redo 4", "\nünï\r")
    person.do("ls /nope", "Node does not exist: /nope")
    person.do("quit", "state:Closed type:None path:null")
    assert person.exit_code() == 1, "quit says how the last command ended"
    history = open(os.path.join(home, ".vivarium_cli_history")).read()
    assert "secret" not in history, "credentials are not kept"
    later = Person(home, "-server", server.hosts)
    later.expect(r"\(CONNECTED\) 0\] ")
    later.type("\x1b[A\x1b[A\x1b[A\n")  # quit, ls, redo
    later.expect("redo 4")
    later.expect("Command index out of range")
    later.type("\x04")
    assert later.exit_code() == 1


def events_over_a_line(server, home):
    person = Person(home, "-server", server.hosts)
    person.expect(r"\(CONNECTED\) 0\] ")
    person.do("get -w /alpha", "\none\r")
    person.expect(r"\] ")
    person.type("set /alpha typed-slo")
    person.expect("typed-slo")
    once(server.hosts, "set", "/alpha", "two")
    person.expect(r"WATCHER::\r\n\r\nWatchedEvent state:SyncConnected type:NodeDataChanged path:/alpha\r\n")
    person.expect(r"\[zk: [^\]]*\] set /alpha typed-slo")
    person.type("wly\n")
    person.do("get /alpha", "\ntyped-slowly\r")
    person.do("printwatches off", r"\] ")
    person.do("printwatches", "printwatches is off")
    person.do("quit", r"quit")
    assert person.exit_code() == 0


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
    person.do("addWatch /a", r"\] ")
    once(server.hosts, "set", "/root/a/s-0000000000", "y")
    person.expect("type:NodeDataChanged path:/a/s-0000000000")
    once(server.hosts, "set", "/root", "y")
    person.expect("type:NodeDataChanged path:/\r")
    person.do("get /nope", "Node does not exist: /nope\r")
    person.do("removewatches /a", "type:PersistentWatchRemoved path:/a\r")
    person.do("setquota -n 5 /a", r"\] ")
    person.do("listquota /a", "absolute path is /zookeeper/quota/root/a/zookeeper_limits")
    person.expect("Output stat for /a count=2,bytes=2")
    person.type("get /a/\t\n")
    person.expect("\ny\r")
    person.do("deleteall /a", r"\] ")
    person.do("ls -R /", "\n/\r\n/e\r")
    person.do("quit", "state:Closed")
    assert person.exit_code() == 0


def lost_and_found(kind, home):
    server = servers.KINDS[kind]().start()
    try:
        person = Person(home, "-timeout", "4000", "-server", server.hosts.replace("127.0.0.1", "localhost"))
        person.expect(r"\(CONNECTED\) 0\] ")
        person.do("create /kept x", "Created /kept")
        person.do("get -w /kept", "\nx\r")
        server.kill()
        person.expect("state:Disconnected type:None path:null")
        person.expect(r"\(CONNECTING\) 2\] ")
        person.do("get /kept", "KeeperErrorCode = ConnectionLoss for /kept")
        server.start()
        person.expect("state:SyncConnected type:None path:null")
        person.expect(r"\(CONNECTED\) 3\] ")
        once(server.hosts, "set", "/kept", "y")
        person.expect("type:NodeDataChanged path:/kept")  # the watch came along
        # A process that stands still is a client that the server gives up.
        session = "0x" + re.findall(r"sid=0x([0-9a-f]+)", servers.four_letter_word(server.port, "cons"))[0]
        os.kill(person.pid, signal.SIGSTOP)
        deadline = time.time() + PATIENCE
        while session in servers.four_letter_word(server.port, "dump").split("Sessions with Ephemerals")[0]:
            assert time.time() < deadline, "the session does not expire"
            time.sleep(0.1)
        os.kill(person.pid, signal.SIGCONT)
        person.expect("state:Expired type:None path:null")
        person.expect(r"\(CLOSED\) 3\] ")
        person.do("ls /", "Not connected")
        person.do("connect", "state:SyncConnected type:None path:null")
        person.do("ls /", r"\[kept, zookeeper\]")
        person.do("close", "state:Closed")
        person.do("ls /", "Not connected")
        person.type("\x04")
        assert person.exit_code() == 0
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
