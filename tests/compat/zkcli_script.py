#!/usr/bin/python3
"""Drives Apache's Java command line (zkCli, the Java client) over one session and prints what it shows, masked.

usage: zkcli_script.py HOST:PORT
"""
import re
import subprocess
import sys

COMMANDS = """
create /j one
create -s /j/s- x
create -s /j/s- y
create -e /je
create -c /jc
create -t 100000 /jt
ls /
ls -s /j
ls -R /j
stat /j
get /j
get -s /j
set /j two
set -v 7 /j three
set -s /j four
getAcl /j
setAcl /j world:anyone:cdrwa,ip:127.0.0.1:r
getAcl -s /j
addauth digest user:pass
create /ja secret auth:user:cdrwa
getAcl /ja
whoami
sync /j
getAllChildrenNumber /
getEphemerals
setquota -n 5 /j
listquota /j
setquota -B 100 /j
listquota /j
delquota /j
get -w /j
set /j watched
addWatch -m PERSISTENT /j
set /j again
removewatches /j
delete -v 9 /j
delete /j
deleteall /j
delete /jc
ls /nope
get /zookeeper/config
config
version
delete /
quit
"""

JAVA_CLI = ["java", "-Dzookeeper.log.threshold=OFF", "-Djline.terminal=jline.UnsupportedTerminal", "-cp",
            "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar:/usr/share/java/commons-cli.jar",
            "org.apache.zookeeper.ZooKeeperMain"]
KEEP_OUT = re.compile(r"(JLine|Welcome|log4j|SLF4J|^\d{4}-\d\d-\d\d|Exiting JVM|WARN|INFO|Connecting to|^$)")


def mask(text):
    text = re.sub(r"(ctime|mtime) = .*", r"\1 = <time>", text)
    text = re.sub(r"ephemeralOwner = 0x[1-9a-f][0-9a-f]{8,}", "ephemeralOwner = <owner>", text)
    text = re.sub(r"\[zk: [^\]]*\] ?", "> ", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "<server>", text)
    return text


def main():
    run = subprocess.run(JAVA_CLI + ["-waitforconnection", "-server", sys.argv[1]],
                         input=COMMANDS.strip() + "\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=90)
    for line in mask(run.stdout).splitlines():
        if not KEEP_OUT.search(line):
            print("zkcli: " + line)


if __name__ == "__main__":
    main()
