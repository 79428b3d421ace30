#!/usr/bin/python3
"""Data directories change hands: Apache 3.8 starts from what Vivarium wrote under load and was killed over with -9, and the
other way round. The tree (data, stats, ACLs), the sessions and the digest must be the same on both.

usage: files.py
"""
import os
import re
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from rawzk import OPEN, Closed, Raw, create, flag, multi, text, u32, u64  # noqa: E402
from servers import KINDS, four_letter_word  # noqa: E402
from treedump import differences, dump  # noqa: E402


def fill(port, stop, number):
    """Writes of every kind until the server is gone."""
    try:
        c = Raw(port, timeout=40000)
        c.call(100, u32(0) + text("digest") + text(b"u:p"), -4)
        base = "/f%d" % number
        c.call(1, create(base, b"base"))
        i = 0
        while not stop.is_set():
            i += 1
            window = [(1, create("%s/n%d" % (base, i), b"x" * (i % 200))), (1, create(base + "/s", b"", OPEN, 2)),
                      (1, create("%s/e%d" % (base, i), b"", OPEN, 1)), (19, create("%s/c%d" % (base, i), b"", OPEN, 4)),
                      (21, create("%s/t%d" % (base, i), b"", OPEN, 5, 10000000)), (5, text(base) + text(b"v%d" % i) + u32(-1)),
                      (1, create("%s/a%d" % (base, i), None, [(31, "auth", ""), (1, "ip", "127.0.0.1")])),
                      (7, text("%s/n%d" % (base, i)) + u32(1) + u32(3) + text("world") + text("anyone") + u32(-1)),
                      (14, multi((1, create("%s/m%d" % (base, i), b"")), (5, text("%s/m%d" % (base, i)) + text(b"1") + u32(0)))),
                      (14, multi((1, create("%s/x%d" % (base, i), b"")), (2, text("/nope") + u32(-1)))),
                      (2, text("%s/n%d" % (base, i - 3)) + u32(-1)), (2, text("/nope") + u32(-1))]
            xids = [c.send(*w) for w in window]
            while struct.unpack(">i", c.receive()[:4])[0] != xids[-1]:
                pass
    except (Closed, OSError):
        pass


def sessions(port):
    """Ids as `dump` lists them, in hex."""
    return set(re.findall(r"^\t0x([0-9a-f]+)", four_letter_word(port, "dump").split("ephemeral nodes")[0], re.M))


def look(server):
    c = Raw(server.port)
    c.call(100, u32(0) + text("digest") + text(b"u:p"), -4)
    tree = dump(c)
    known = sessions(server.port)
    known.discard("%x" % (c.session[0] & 0xffffffffffffffff))
    zxid = int(re.search(r"Zxid: 0x([0-9a-f]+)", four_letter_word(server.port, "srvr")).group(1), 16)
    return tree, known, zxid


def hand_over(writer_kind, reader_kind):
    writer = KINDS[writer_kind](extra="snapCount=300\npreAllocSize=512")
    try:
        writer.start()
        stop = threading.Event()
        threads = [threading.Thread(target=fill, args=(writer.port, stop, n)) for n in range(4)]
        for t in threads:
            t.start()
        time.sleep(3)
        writer.kill()
        stop.set()
        for t in threads:
            t.join()
        reader = KINDS[reader_kind](directory=writer.directory)
        reader.data = writer.data
        try:
            reader.start()
            tree, known, zxid = look(reader)
            log = open(reader.log, errors="replace").read()
            if re.search(r"digest (mis|doesn't )match|Digests are not matching", log, re.I):
                raise SystemExit("%s -> %s: the reader reports a digest mismatch\n%s" % (writer_kind, reader_kind, reader.log_tail()))
        finally:
            reader.kill()
        again = KINDS[writer_kind](directory=writer.directory)
        try:
            again.start()
            tree2, known2, zxid2 = look(again)
        finally:
            again.kill()
        different = differences(tree, tree2)
        if different:
            p = different[0]
            raise SystemExit("%s -> %s: %d nodes differ, first %s\n%r\n%r" % (
                writer_kind, reader_kind, len(different), p, tree.get(p), tree2.get(p)))
        if not known <= known2:
            raise SystemExit("%s -> %s: sessions differ: %r %r" % (writer_kind, reader_kind, known, known2))
        if len(known) < 4:
            raise SystemExit("%s -> %s: sessions were lost: %r" % (writer_kind, reader_kind, known))
        print("files: %s -> %s -> %s: %d nodes, %d sessions, zxid 0x%x then 0x%x, same tree" % (
            writer_kind, reader_kind, writer_kind, len(tree) // 2, len(known), zxid, zxid2))
    finally:
        writer.close()


def main():
    hand_over(*(sys.argv[1:3] if len(sys.argv) > 2 else ("vivarium", "apache")))
    if len(sys.argv) <= 2:
        hand_over("apache", "vivarium")


if __name__ == "__main__":
    main()
