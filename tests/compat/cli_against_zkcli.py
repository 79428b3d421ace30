#!/usr/bin/python3
"""Runs one list of commands through Apache's zkCli and through vivarium-cli, each against a fresh Apache server, and
compares what they print, masked alike. Events may come between any two lines in Java, so they are compared apart.

usage: cli_against_zkcli.py [vivarium]   ("vivarium": vivarium-cli talks to vivarium-server instead)
Then the exit codes of single commands. Exit status 1 on any difference.
"""
import difflib
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import servers  # noqa: E402
import zkcli_script  # noqa: E402

CLI = os.environ.get("VIVARIUM_CLI", os.path.join(servers.ROOT, "build/release/bin/vivarium-cli"))

# Beyond zkcli_script's: what users mistype, and the forms that zkCli calls old.
MORE_COMMANDS = """
create
create -t 5x /q
create -e -t 5 /q
create -c -s /q
create -t 0 /q
create q
create /q/
create /q//a
create /q/../a
create "/with space" "some data with spaces"
get '/with space'
create /null
get /null
ls -?
ls
ls / watch
ls -sw /null
get /null watch
stat /null watch
stat /nope watch
set /null x
create /acl d foo
create /acl d world:anyone:xr
create /acl d nosuch:bad:r
setAcl /null
setAcl -R /null world:anyone:cdrwa
addWatch -m foo /null
create /rec
addWatch /rec
create /rec/child
create /rec/child/grandchild
removewatches /nothing
removewatches -c /null
removewatches /null
removewatches /rec
create /null/child
sync nope
whoami foo
getAllChildrenNumber
getAllChildrenNumber /nope
getEphemerals nope
create -e /e1
create /e1/child
getEphemerals /e
setquota -n a /null
setquota -n 0 /null
setquota -b -1 /null
setquota -n 3
setquota -n 3 /nope
setquota -b 1 /null
setquota -n 3 /null/child
setquota -n 3 /
setquota -n 5 /zookeeper/quota
listquota /nope
listquota /
listquota /null
delquota -b /null
listquota /null
delquota /null
delquota /null
config -c
config -s
reconfig -add a -members b
reconfig -v zz -add a
reconfig -add server.1=127.0.0.1:22:33
redo 1000
redo 9
printwatches
printwatches off
set /null y
printwatches
printwatches on
ls -R /null
deleteall -b x /null
deleteall /nope
deleteall -b 1 /null
close
ls /
quit
""".strip().splitlines()

# One command and what zkCli exits with.
EXIT_CODES = [("ls /", 0), ("ls /nope", 1), ("nosuch", 127), ("create /exit x", 0), ("create /exit x", 1), ("get", 1)]


def run_cli(command, hosts, commands):
    run = subprocess.run(command + ["-waitforconnection", "-server", hosts], input="\n".join(commands) + "\n",
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=90)
    return run.returncode, run.stdout


def lines_and_events(text):
    """Masked lines without events, and the events in order."""
    lines, events = [], []
    for line in zkcli_script.mask(text).splitlines():
        if line.startswith("WatchedEvent "):
            events.append(re.sub(r" zxid: \d+$", "", line))  # told by servers from 3.9 on
        elif line != "WATCHER::" and not zkcli_script.KEEP_OUT.search(line):
            line = re.sub(r"^(ZooKeeper CLI version: ).*", r"\1<version>", line)
            lines.append(re.sub(r"^org\.apache\.commons\.cli\.\w+: ", "", line))  # Java's class names
    return lines, events


def compare(what, expected, got):
    difference = [line for line in difflib.unified_diff(expected, got, "zkCli: " + what, "vivarium-cli: " + what, "", "", 2)]
    for line in difference[:60]:
        print(line.rstrip()[:400])
    return sum(line[0] in "+-" and line[:3] not in ("+++", "---") for line in difference)


def transcripts(kind, command, commands):
    with servers.KINDS[kind]() as server:
        code, text = run_cli(command, server.hosts, commands)
    lines, events = lines_and_events(text)
    return ["exit code %d" % code] + lines, events


def wrong_exit_codes(kind):
    wrong = 0
    with servers.KINDS[kind]() as server:
        for command, expected in EXIT_CODES:
            code = subprocess.run([CLI, "-server", server.hosts] + command.split(), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=60).returncode
            if code != expected:
                wrong += 1
                print("%s: exit code %d, zkCli's is %d" % (command, code, expected))
    return wrong


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else "apache"
    surprises = compared = 0
    for commands in (zkcli_script.COMMANDS.strip().splitlines(), MORE_COMMANDS):
        java_lines, java_events = transcripts("apache", zkcli_script.JAVA_CLI, commands)
        our_lines, our_events = transcripts(kind, [CLI], commands)
        surprises += compare("line", java_lines, our_lines) + compare("event", java_events, our_events)
        compared += len(java_lines) + len(java_events)
    surprises += wrong_exit_codes(kind)
    print("cli_against_zkcli.py: %d lines and %d exit codes, %d surprises" % (compared, len(EXIT_CODES), surprises))
    sys.exit(1 if surprises else 0)


main()
