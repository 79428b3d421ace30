#!/usr/bin/python3
"""One language for both: every scenario of the simulator is read here, and what nemesis.py draws is run by the simulator."""
import glob
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import plan_file  # noqa: E402

SIMULATOR = os.path.join(HERE, "../../build/release/bin/vivarium-sim")
NEMESIS = os.path.join(HERE, "nemesis.py")


def main():
    scenarios = sorted(glob.glob(os.path.join(HERE, "../scenarios/*.scenario")))
    faults = expected = 0
    for path in scenarios:
        with open(path) as f:
            plan = plan_file.parse(f.read())
        faults, expected = faults + len(plan.faults), expected + len(plan.expected)
    assert len(scenarios) > 50 and faults > 150 and expected > 150, (len(scenarios), faults, expected)
    one = plan_file.parse("vivarium-plan 1\nset servers 5\nat 3.2s kill s3 for 1.5s # a comment\nfrom 10s to 14s partition s1,s2\nat 1s leap s2 by -30s\n"
                          "at 2s cut s1>s2\nat 5s slow s1 for 1s times 7\nat 6s expect all level\nat 6s power-in-sync s1 count 7\n")
    assert [(f.at, f.length, f.name, f.servers, f.value) for f in one.faults] == [
        (1.0, plan_file.FOREVER, "leap", [2], -30.0), (2.0, plan_file.FOREVER, "cut", [1, 2], None), (3.2, 1.5, "kill", [3], None),
        (5.0, 1.0, "slow", [1], 7), (10.0, 4.0, "partition", [1, 2], None)], one.faults
    assert one.left_out == ["at 6s expect all level", "at 6s power-in-sync s1 count 7"], one.left_out
    for seed in (1, 2, 3):
        drawn = subprocess.run([NEMESIS, "--print", "--seed", str(seed), "--seconds", "60"], stdout=subprocess.PIPE, check=True, text=True).stdout
        with tempfile.NamedTemporaryFile("w", suffix=".plan") as f:
            f.write(drawn)
            f.flush()
            done = subprocess.run([SIMULATOR, "replay", f.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        assert done.returncode == 0, done.stdout[-2000:]
    print("plans: %d scenarios of the simulator are read, with %d faults and %d expectations for real machines; 3 drawn plans pass in the simulator" % (len(scenarios), faults, expected))


main()
