#!/usr/bin/python3
"""Compares vivarium-inspect with Apache's TxnLogToolkit and SnapshotFormatter, on files that Apache wrote and on files that
Vivarium wrote: text dumps of a log and a snapshot, the sizes in the JSON tree, chopped logs byte for byte, and a damaged log.

usage: inspect_against_apache.py

What is masked: the operations of a multi (3.8.0 prints them as raw bytes), the order of a snapshot's nodes and sessions
(Apache's is that of a hash table), and a damaged record's second line (3.8.0 prints it with and without the mark).
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import files  # noqa: E402
from servers import KINDS, VIVARIUM  # noqa: E402

INSPECT = os.path.join(os.path.dirname(VIVARIUM), "vivarium-inspect")
CLASSPATH = "/usr/share/java/zookeeper.jar:/usr/share/java/commons-cli.jar"
UTC = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
RECORD = re.compile(rb"^(?=(?:CRC ERROR - )?\d+/\d+/\d\d, .* session 0x|EOF reached)", re.M)


def run(command, expected=0):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=UTC, timeout=120)
    if done.returncode != expected:
        raise SystemExit("%s: exit %d\n%s" % (" ".join(command), done.returncode, done.stderr.decode(errors="replace")[-2000:]))
    return done.stdout


def apache(tool, *arguments):
    return run(["java", "-cp", CLASSPATH, "org.apache.zookeeper.server." + tool, *arguments])


def inspect(*arguments, expected=0):
    return run([INSPECT, *arguments], expected)


def records(dump):
    return [re.sub(rb" multi .*", b" multi", record, flags=re.S) for record in RECORD.split(dump)]


def without_repetition(theirs):
    """A damaged record comes twice."""
    return [r for i, r in enumerate(theirs) if i == 0 or theirs[i - 1] != b"CRC ERROR - " + r]


def sections(dump):
    found = dump.split(b"----\n")
    return sorted(b"\n".join(sorted(s.split(b"\n"))) if s.startswith(b"Session Details") else s for s in found)


def sizes(tree, path=""):
    """{path: size} of an ncdu tree."""
    if isinstance(tree, dict):
        return {path + "/" + tree["name"]: tree["asize"]}
    found = sizes(tree[0], path)
    below = next(iter(found))
    for child in tree[1:]:
        found.update(sizes(child, below))
    return found


def same(what, ours, theirs):
    if ours == theirs:
        return
    print("%s: ours differs from Apache's" % what)
    if isinstance(ours, dict):
        ours, theirs = sorted(ours.items()), sorted(theirs.items())
    for number in range(max(len(ours), len(theirs))):
        o = ours[number] if number < len(ours) else None
        t = theirs[number] if number < len(theirs) else None
        if o != t:
            raise SystemExit("  part %d\n  ours:   %r\n  Apache: %r" % (number, o, t))


def compare_log(log, scratch):
    ours, theirs = records(inspect("log", log)), records(apache("persistence.TxnLogToolkit", "-d", log))
    same("log", ours, theirs)
    zxids = [json.loads(line)["zxid"] for line in inspect("log", "--json", log).splitlines()]
    if len(zxids) != len(ours) - 2:
        raise SystemExit("log: %d JSON records for %d of text" % (len(zxids), len(ours) - 2))
    chopped = {}
    for who in ("ours", "theirs"):
        copy = os.path.join(scratch, who, os.path.basename(log))
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copyfile(log, copy)
        target = int(zxids[len(zxids) // 2], 16)
        if who == "ours":
            inspect("chop", copy, "--zxid", hex(target))
        else:
            apache("persistence.TxnLogToolkit", "-c", "-z", hex(target), copy)
        with open("%s.chopped%d" % (copy, target), "rb") as f:
            chopped[who] = f.read()
    same("chop", chopped["ours"], chopped["theirs"])
    return len(zxids)


def compare_damaged_log(log, scratch):
    place = json.loads(inspect("log", "--json", log).splitlines()[5])
    damaged = os.path.join(scratch, "damaged")
    shutil.copyfile(log, damaged)
    with open(damaged, "r+b") as f:
        f.seek(place["offset"] + 12 + 8 + 3)  # the last byte of its cxid
        byte = f.read(1)
        f.seek(-1, os.SEEK_CUR)
        f.write(bytes([byte[0] ^ 1]))
    ours = records(inspect("log", damaged, expected=1))
    same("damaged log", ours, without_repetition(records(apache("persistence.TxnLogToolkit", "-d", damaged))))
    if not ours[6].startswith(b"CRC ERROR - "):
        raise SystemExit("damaged log: %r" % ours[6])


def compare_snapshot(snapshot):
    same("snapshot", sections(inspect("snapshot", snapshot)), sections(apache("SnapshotFormatter", snapshot)))
    same("snapshot -d", sections(inspect("snapshot", "--data", snapshot)), sections(apache("SnapshotFormatter", "-d", snapshot)))
    ours = sizes(json.loads(inspect("snapshot", "--json", snapshot))[3])
    same("snapshot -json", ours, sizes(json.loads(apache("SnapshotFormatter", "-json", snapshot))[3]))
    return len(ours)


def written_by(kind, extra=""):
    """A server after a second of writes, killed."""
    server = KINDS[kind](extra="snapCount=400\npreAllocSize=512\n" + extra)
    server.start()
    stop = threading.Event()
    writers = [threading.Thread(target=files.fill, args=(server.port, stop, n)) for n in range(2)]
    for writer in writers:
        writer.start()
    time.sleep(1.5)
    server.kill()
    stop.set()
    for writer in writers:
        writer.join()
    return server


def newest_but_one(directory, prefix):
    """The newest may be unfinished."""
    names = [n for n in os.listdir(directory) if re.fullmatch(prefix + r"\.[0-9a-f]+(\.gz|\.snappy)?", n)]
    names.sort(key=lambda n: int(n.split(".")[1], 16))
    return os.path.join(directory, names[-2])


def compare(kind, extra=""):
    server = written_by(kind, extra)
    scratch = tempfile.mkdtemp(prefix="inspect-")
    try:
        version2 = os.path.join(server.data, "version-2")
        log = newest_but_one(version2, "log")
        count = compare_log(log, scratch)
        compare_damaged_log(log, scratch)
        nodes = compare_snapshot(newest_but_one(version2, "snapshot"))
        verdict = inspect("verify", server.data).decode().splitlines()[-1]
        print("inspect: %s%s: %d records and %d nodes as Apache's tools print them; %s" % (
            kind, " (%s)" % extra if extra else "", count, nodes, verdict))
    finally:
        shutil.rmtree(scratch)
        server.close()


def main():
    compare("apache")
    compare("vivarium")
    compare("vivarium", "snapshot.compression.method=gz")
    compare("apache", "snapshot.compression.method=snappy")


main()
