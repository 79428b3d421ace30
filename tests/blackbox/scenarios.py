#!/usr/bin/python3
"""Scenarios of the simulator (tests/scenarios) on real machines: their faults by nemesis.py, their expectations judged by expectations.py.

usage: scenarios.py [--stretch F] [NAME...]
Each runs in a sandbox of its own, half of the standard ones at a time: they mostly wait. Times are stretched: a tick of 100 ms is for virtual time,
which is patient with slow machines.
"""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Those that hardly depend on the workload, and of whose expectations most can be judged from outside.
STANDARD = ["split_brain_3", "tolerates_loss_3", "leader_returns_as_follower", "old_leader_on_one_way_link", "wiped_member_is_a_guest",
            "leader_whose_log_fails"]


def run(name, stretch):
    done = subprocess.run([os.path.join(HERE, "nemesis.py"), "--stretch", str(stretch), os.path.join(HERE, "../scenarios", name + ".scenario")],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    return name, done.returncode == 0, done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stretch", type=float, default=2.0)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    began, failed = time.monotonic(), []
    names = options.names or STANDARD
    with concurrent.futures.ThreadPoolExecutor(len(STANDARD) // 2) as pool:
        for name, good, text in pool.map(lambda n: run(n, options.stretch), names):
            print("%-32s %s %s" % (name, "ok    " if good else "FAILED", text.splitlines()[-1]) if good else "%s FAILED\n%s" % (name, text), flush=True)
            if not good:
                failed.append(name)
    print("scenarios: %d on real machines in %d s, %s" % (len(names), time.monotonic() - began, "FAILED: " + " ".join(failed) if failed else "all as expected"))
    sys.exit(bool(failed))


main()
