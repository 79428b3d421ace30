#!/usr/bin/python3
"""Runs one script against Apache ZooKeeper 3.8 and against Vivarium, each on a fresh directory, and compares what they print.

usage: compare.py SCRIPT   (kazoo_script.py, raw_script.py, c_client, zkcli_script.py)
A line that differs must be named in expected_differences.txt, which docs/COMPATIBILITY.md explains; an entry there that no
longer differs is reported too. Exit status 1 on any surprise.
"""
import difflib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import servers  # noqa: E402

SECONDS = 120


def command(script, server):
    if script == "raw_script.py":
        return ["/usr/bin/python3", os.path.join(HERE, script), str(server.port)]
    if script.endswith(".py"):
        return ["/usr/bin/python3", os.path.join(HERE, script), server.hosts]
    return [os.path.join(os.path.dirname(servers.VIVARIUM), script), server.hosts]


def transcript(kind, script):
    with servers.KINDS[kind]() as server:
        run = subprocess.run(command(script, server), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS, text=True)
        if run.returncode != 0 or (kind == "vivarium" and server.process.poll() is not None):
            print("%s against %s failed (%d):\n%s\n%s" % (script, kind, run.returncode, run.stderr[-3000:], server.log_tail()))
            sys.exit(1)
        return run.stdout.splitlines()


def expected(script):
    """label -> reason, for lines that may differ under this script."""
    rows = {}
    with open(os.path.join(HERE, "expected_differences.txt")) as f:
        for row in f:
            if row.strip() and not row.startswith("#"):
                where, label, reason = [part.strip() for part in row.split(";", 2)]
                if where == script:
                    rows[label] = reason
    return rows


def groups(lines, separator):
    """[(label, values)]: neighbouring lines of one label belong to one question."""
    out = []
    for text in lines:
        label, _, value = text.partition(separator)
        if not out or out[-1][0] != label:
            out.append((label, []))
        out[-1][1].append(value)
    return out


def main():
    script = sys.argv[1]
    separator = " | " if script == "raw_script.py" else ": "
    apache, vivarium = (groups(transcript(kind, script), separator) for kind in ("apache", "vivarium"))
    allowed, used, surprises = expected(script), set(), 0
    matcher = difflib.SequenceMatcher(None, [g[0] for g in apache], [g[0] for g in vivarium], autojunk=False)
    for tag, a0, a1, v0, v1 in matcher.get_opcodes():
        pairs = zip(apache[a0:a1], vivarium[v0:v1]) if tag == "equal" else [(g, None) for g in apache[a0:a1]] + [
            (None, g) for g in vivarium[v0:v1]]
        for a, v in pairs:
            if a == v:
                continue
            label = (a or v)[0]
            if label in allowed:
                used.add(label)
                continue
            surprises += 1
            if surprises <= 40:
                print("apache   %s\nvivarium %s\n" % (str(a)[:500], str(v)[:500]))
    for label in sorted(set(allowed) - used):
        surprises += 1
        print("listed as different but equal: %s (%s)" % (label, allowed[label]))
    print("%s: %d questions, %d expected differences, %d surprises" % (script, len(apache), len(used), surprises))
    sys.exit(1 if surprises else 0)


main()
