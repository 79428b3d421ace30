"""What machines suffer apart from their links: clocks that jump and drift, disks that are full, slow, failing or rotten; and the atlas of damage,
which says what may still be struck so that what was acknowledged survives by right (docs/FAULT_MODEL.md).

Must never: damage a majority of the voters at a time, or flip a bit that no server could tell from a torn write.
"""
import mmap
import os
import re
import resource
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sandbox  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
DISK = 192 << 20       # of a member whose disk can become full
SYNC = 1_000_000       # nanoseconds; what a sync takes on the disk that `slow ... times N` makes N times slower
# By the number in a plan, as in the simulator; without what is unfinished or was set aside.
ROT_NAMES = [r"log\.[0-9a-f]+", r"snapshot\.[0-9a-f]+", r"(vivarium\.)?(accepted|current)Epoch"]


def _preload(ensemble, name):
    """The path of a library that members preload; None when it cannot be built."""
    library = os.path.join(ensemble.directory, name + ".so")
    built = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, os.path.join(HERE, name + ".c")], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    if built.returncode == 0:
        return library
    print("nemesis: %s.c cannot be built here, so its faults are skipped: %s" % (name, built.stdout.strip()[:200]), flush=True)
    return None


class Words:
    """Numbers of 64 bits in a file that a preloaded library has mapped."""

    def __init__(self, member, name, library, count, **environment):
        path = os.path.join(member.directory, name)
        with open(path, "w+b") as f:
            f.write(bytes(8 * count))
            f.flush()
            self.memory = mmap.mmap(f.fileno(), 8 * count)
        others = member.environment.get("LD_PRELOAD")
        member.environment = dict(member.environment, LD_PRELOAD=(others + ":" if others else "") + library, **environment)
        member.environment[name.upper() + "_SHIM_FILE"] = path

    def __getitem__(self, index):
        return struct.unpack_from("<q", self.memory, 8 * index)[0]

    def __setitem__(self, index, value):
        struct.pack_into("<q", self.memory, 8 * index, value)


class Clocks:
    """By clock_shim.c."""

    WALL_AHEAD, WRITING, SINCE, GAINED, RATE = range(5)

    def __init__(self, ensemble):
        library = _preload(ensemble, "clock_shim")
        self.words = {m: Words(m, "clock", library, 5) for m in ensemble.members} if library else {}

    def can(self, name, members):
        # Java waits by the kernel's clock for what it computed by this one.
        return bool(self.words) and (name == "leap" or all(m.speaks == "vivarium" for m in members))

    def leap(self, member, seconds):
        self.words[member][self.WALL_AHEAD] += int(seconds * 1e9)

    def drift(self, member, thousandths):
        words, now = self.words[member], time.monotonic_ns()
        words[self.WRITING] += 1
        words[self.GAINED] += (now - words[self.SINCE]) // 1000 * words[self.RATE]
        words[self.SINCE], words[self.RATE] = now, thousandths
        words[self.WRITING] += 1

    def heal(self, member):
        if member in self.words:
            self.drift(member, 0)


class Disks:
    """A small file system of its own for each member's data (otherwise a full disk is a limit on the size of its files), and disk_shim.c."""

    SYNC_TAKES, SYNCS_FAIL, READS_FAIL, ERRORS = range(4)

    def __init__(self, ensemble):
        self.mounted = os.environ.get(sandbox.INSIDE) == "namespaces"
        for member in ensemble.members if self.mounted else []:
            with open(os.path.join(member.data, "myid")) as f:
                myid = f.read()
            sandbox.run("mount", "-t", "tmpfs", "-o", "size=%d" % DISK, "tmpfs", member.data)
            for name, text in (("myid", myid), ("initialize", "")):
                with open(os.path.join(member.data, name), "w") as f:
                    f.write(text)
        if not self.mounted:
            print("nemesis: no file systems of their own: a full disk is a limit on the size of files", flush=True)
        library = _preload(ensemble, "disk_shim")
        self.words = {m: Words(m, "disk", library, 4, DISK_SHIM_ROOT=os.path.join(os.path.realpath(m.data), "version-2")) for m in ensemble.members} if library else {}
        self.slowness = {m: [] for m in ensemble.members}
        self.unreadable = {m: 0 for m in ensemble.members}

    def can(self, name, members):
        return bool(self.words) or name not in ("slow", "fail-sync", "fail-reads")

    def fill(self, member, left):
        if not self.mounted:
            if member.alive():
                resource.prlimit(member.process.pid, resource.RLIMIT_FSIZE, (left, resource.RLIM_INFINITY))
            return
        fd = os.open(os.path.join(member.data, "ballast"), os.O_CREAT | os.O_RDWR)
        for _ in range(50):  # the server takes space, too, and the last pages may not be had
            space = os.statvfs(member.data)
            more = space.f_bavail * space.f_frsize - left
            if more <= 0:
                break
            try:
                os.posix_fallocate(fd, os.fstat(fd).st_size, more)
            except OSError:
                pass
        os.close(fd)

    def free(self, member):
        if not self.mounted:
            if member.alive():
                resource.prlimit(member.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            return
        try:
            os.remove(os.path.join(member.data, "ballast"))
        except FileNotFoundError:
            pass

    def slow(self, member, times, begins):
        self.slowness[member].append(times) if begins else self.slowness[member].remove(times)
        self.words[member][self.SYNC_TAKES] = max(self.slowness[member], default=0) * SYNC

    def fail_syncs(self, member, count):
        self.words[member][self.SYNCS_FAIL] = count

    def fail_reads(self, member, begins):
        self.unreadable[member] += 1 if begins else -1
        self.words[member][self.READS_FAIL] = int(self.unreadable[member] > 0)

    def failing(self, member):
        return bool(self.words) and (self.words[member][self.SYNCS_FAIL] > 0 or self.words[member][self.READS_FAIL] != 0)

    def errors(self):
        """That disks gave by disk_shim.c."""
        return sum(w[self.ERRORS] for w in self.words.values())

    def heal(self, member):
        self.free(member)
        self.slowness[member], self.unreadable[member] = [], 0
        for word in (self.SYNC_TAKES, self.SYNCS_FAIL, self.READS_FAIL) if self.words else []:
            self.words[member][word] = 0

    def close(self, ensemble):
        for member in ensemble.members if self.mounted else []:
            subprocess.run(["umount", "-l", member.data])


def flip_a_bit(member, file, pick):
    """In a file that was written and synced by a server that has ended in good order; says which, or None when there is none."""
    where = os.path.join(member.data, "version-2")
    names = [n for n in os.listdir(where) if re.fullmatch(ROT_NAMES[file], n)] if os.path.isdir(where) else []
    contents = {}
    for name in names:
        with open(os.path.join(where, name), "rb") as f:
            contents[name] = f.read().rstrip(b"\0")  # behind the last record a log is room that was never written
    names = sorted((n for n in names if contents[n]), key=lambda n: (len(n), n))
    if not names:
        return None
    # Mostly what the next start reads; what is older is only looked at when that is gone.
    name = names[-1] if file < 2 and pick.random() < 0.7 else pick.choice(names)
    offset, bit = pick.randrange(len(contents[name])), pick.randrange(8)
    with open(os.path.join(where, name), "r+b") as f:
        f.seek(offset)
        f.write(bytes([contents[name][offset] ^ 1 << bit]))
    return "%s offset %d of %d bit %d" % (name, offset, len(contents[name]), bit)


class Atlas:
    """Which voters' disks are whole. One that was damaged counts again once it serves as a voter: its leader has repaired it."""

    def __init__(self, ensemble, disks, beyond=False):
        self.ensemble, self.disks, self.beyond, self.harmed = ensemble, disks, beyond, set()

    def intact(self, member):
        if member in self.harmed and not self.disks.unreadable[member] and member.alive() and self.mode(member) in ("leader", "follower"):
            self.harmed.discard(member)
        return member not in self.harmed

    def mode(self, member):
        try:
            return dict(line.split(": ", 1) for line in member.word("srvr", 0.5).splitlines() if ": " in line).get("Mode")
        except OSError:
            return None

    def may_damage(self, member):
        """A majority of whole voters is left; beyond the model, by the plan's word, one. Apache members are not damaged: they would vote with what they no longer have."""
        if member.speaks != "vivarium":
            return False
        voters = self.ensemble.voters
        whole = sum(self.intact(v) for v in voters if v is not member)
        return member not in voters or (whole > 0 if self.beyond else 2 * whole > len(voters))

    def damaged(self, member):
        self.harmed.add(member)
