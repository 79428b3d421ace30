#!/usr/bin/python3
"""Throws bad input at the real binary: it must answer as Apache does or close, say why in its log, stay up and lose nothing.

usage: bad_input.py
"""
import os
import random
import re
import resource
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from rawzk import OPEN, Closed, Raw, create, flag, text, u32, u64  # noqa: E402
from servers import Vivarium, four_letter_word  # noqa: E402


def still_serving(server, what):
    if server.process.poll() is not None:
        raise SystemExit("%s: the server died\n%s" % (what, server.log_tail()))
    c = Raw(server.port)
    data = c.call(4, text("/kept") + flag(False))[-1]
    if b"precious" not in data:
        raise SystemExit("%s: /kept was lost" % what)
    c.close()
    print("bad input: %s: still serving" % what, flush=True)


def random_bytes(server, draw):
    for size in (1, 3, 4, 5, 44, 45, 1000, 100000):
        for _ in range(10):
            s = socket.create_connection(("127.0.0.1", server.port))
            try:
                s.sendall(draw.randbytes(size))
            except OSError:
                pass
            s.close()


def random_after_handshake(server, draw):
    for _ in range(200):
        c = Raw(server.port)
        try:
            for _ in range(5):
                op = draw.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15, 17, 18, 19, 21, 22, 100, 101, 103, 104, 105, 106, 107, -1, 999])
                c.frame(u32(draw.choice([1, 7, -4, -8, -2])) + u32(op) + draw.randbytes(draw.randrange(0, 80)))
        except OSError:
            pass
        c.close()


def truncated_frames(server, draw):
    whole = u32(1) + u32(1) + create("/trunc", b"x" * 50)
    for cut in range(len(whole)):
        c = Raw(server.port)
        c.frame(whole[:cut] + b"")
        c.close()
        s = Raw(server.port)
        s.sock.sendall(u32(len(whole)) + whole[:cut])
        s.close()


def absurd_lengths(server):
    for length in (-1, -2147483648, 0x7fffffff, 0x100000, 0):
        c = Raw(server.port)
        c.sock.sendall(struct.pack(">i", length) + b"rest")
        c.close()


def absurd_counts(server):
    c = Raw(server.port)
    for op, body in ((1, text("/x") + text(b"") + u32(0x7fffffff)), (101, u64(0) + u32(0x7fffffff)), (101, u64(0) + u32(-5)),
                     (14, u32(1) + flag(False) + u32(-1) + text("/y") + u32(0x7ffffff0)), (105, u64(0) + u32(1 << 30) * 5)):
        c.send(op, body)
    c.close()


def deep_paths(server):
    c = Raw(server.port, timeout=30000)
    path = ""
    for _ in range(2000):
        path += "/d"
        if struct.unpack(">i", c.call(1, create(path, b""))[-1][12:16])[0] != 0:
            raise SystemExit("deep path refused at %d" % len(path))
    c.call(1, create("/" + "w" * 500000, b""))
    c.call(104, text("/"))
    while path:
        c.call(2, text(path) + u32(-1))
        path = path[:-2]
    c.close()


def client_that_never_reads(server):
    c = Raw(server.port, timeout=30000)
    c.call(1, create("/big", b"b" * 500000))
    request = u32(5) + u32(4) + text("/big") + flag(False)
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    c.sock.settimeout(1)
    try:
        for _ in range(20000):
            c.sock.sendall(u32(len(request)) + request)
    except OSError:
        pass
    with open("/proc/%d/status" % server.process.pid) as f:
        rss = int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))
    c.close()
    if rss > 1000000:
        raise SystemExit("a client that never reads made the server grow to %d kB" % rss)


def many_connections(server, count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(count, hard - 200)
    held = []
    for i in range(count):
        held.append(socket.create_connection(("127.0.0.1", server.port), 10))
        if i % 2:
            held[-1].sendall(u32(45) + u32(0) + u64(0) + u32(30000) + u64(0) + text(b"\0" * 16) + b"\0")
    for s in held[1::2]:
        s.settimeout(20)
        if len(s.recv(41)) == 0:
            raise SystemExit("a session among %d connections was refused" % count)
    c = Raw(server.port)
    c.close()
    for s in held:
        s.close()
    print("bad input: %d connections held at once" % count)


def unwritable_directory():
    server = Vivarium()
    os.rmdir(server.data)
    with open(server.data, "w") as f:
        f.write("a file where the directory should be")
    run = subprocess.run(server.command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    os.remove(server.data)
    server.close()
    if run.returncode == 0 or server.data not in run.stdout:
        raise SystemExit("unusable dataDir: exit %d\n%s" % (run.returncode, run.stdout))
    print("bad input: unusable dataDir: exit %d, says why" % run.returncode)


def full_disk():
    """The log's file system has room for a few hundred kB: the server must stop rather than acknowledge what it cannot keep."""
    server = Vivarium(extra="preAllocSize=64")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", server.data], check=True)
    try:
        server.start()
        acked = 0
        try:
            c = Raw(server.port)
            for i in range(100):
                if struct.unpack(">i", c.call(1, create("/full%d" % i, b"f" * 100000))[-1][12:16])[0] != 0:
                    break
                acked = i + 1
        except (Closed, OSError):
            pass
        code = server.process.wait(20)
        log = server.log_tail(200)
        if not re.search(r"no space|full", log, re.I):
            raise SystemExit("full disk: the log does not say so\n" + log[-2000:])
        subprocess.run(["mount", "-o", "remount,size=64m", server.data], check=True)
        server.start()
        c = Raw(server.port)
        for i in range(acked):
            if struct.unpack(">i", c.call(3, text("/full%d" % i) + flag(False))[-1][12:16])[0] != 0:
                raise SystemExit("full disk: /full%d was acknowledged and is gone" % i)
        c.close()
        print("bad input: full disk: stopped with exit %d after %d acknowledged writes, all there after the restart" % (code, acked))
    finally:
        server.kill()
        subprocess.run(["umount", "-l", server.data], check=False)
        server.close()


def main():
    draw = random.Random(11)
    with Vivarium(extra="maxCnxns=0") as server:
        c = Raw(server.port)
        c.call(1, create("/kept", b"precious"))
        c.close()
        for name, call in (("random bytes", lambda: random_bytes(server, draw)),
                           ("random requests", lambda: random_after_handshake(server, draw)),
                           ("truncated frames", lambda: truncated_frames(server, draw)),
                           ("absurd lengths", lambda: absurd_lengths(server)), ("absurd counts", lambda: absurd_counts(server)),
                           ("deep and long paths", lambda: deep_paths(server)),
                           ("a client that never reads", lambda: client_that_never_reads(server)),
                           ("10,000 connections", lambda: many_connections(server, 10000))):
            call()
            still_serving(server, name)
        if server.terminate() != 0:
            raise SystemExit("SIGTERM after all that: not a clean exit")
    unwritable_directory()
    full_disk()
    print("bad input: all survived")


main()
