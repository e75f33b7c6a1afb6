#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The points of random specs, exported and read back, give the same runs.

    SWEEPCTL=build/daemon/sweepctl points.py SPEC_EVAL

random_specs.py writes specs. `sweepctl plan --format csv` and jsonl print the points of each, and a spec
with "cases": {"file": …} in place of everything that makes points must give the same identities in the
same order. A list or mapping cannot be in CSV. SWEEP_SEED and SWEEP_CASES choose what is tried.

Exit status: 0 they agree, 1 they do not.
"""
import collections
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import language
import random_specs

# What is said of null where nothing is inherited.
MISTAKES = {"sample": "the number of samples must be int, got NoneType"}
POINTS = ["grid", "zip", "cases", "sweep", "where", "exclude", "include", "sample", "repeat", "order"]


def export(scratch, style, name):
    return subprocess.run([os.environ["SWEEPCTL"], "plan", "--profile", "profile.json", "--format", style, name],
                          cwd=scratch, capture_output=True, check=False, timeout=60)


def read_back(comparison, style):
    """The answer to the original spec with the points of a file. Null is a mistake unless it removes
    something that is inherited."""
    spec = {"extends": "original.json", "cases": {"file": "points." + style}}
    spec.update({key: None for key in POINTS if key != "cases"})
    while True:
        answer = comparison.plan([json.dumps(spec)])[0]
        wrong = [key for key in POINTS for _, message in answer["findings"]
                 if MISTAKES.get(key, key + " must be") in message and spec.get(key, 0) is None]
        if not wrong:
            return answer
        for key in set(wrong):
            del spec[key]


def ids(answer):
    return [run[1] for run in answer["runs"]]


def compare(comparison, counts, seed):
    """False if a spec with the exported points has other runs."""
    scratch, good = comparison.scratch, True
    text = random_specs.spec(random.Random(seed), scratch, "c%d" % seed, comparison.orders)
    answer = comparison.plan([text])[0]
    if answer["findings"] or not answer["runs"]:
        return True
    (scratch / "original.json").write_text(text, "utf-8")
    for style in "csv", "jsonl":
        done = export(scratch, style, "original.json")
        if done.returncode == 1 and style == "csv" and b"a CSV cell cannot hold" in done.stderr:
            counts["not for CSV"] += 1
            continue
        if done.stdout.strip() in (b"", b"{}"):
            counts["without axes"] += 1
            continue
        (scratch / ("points." + style)).write_bytes(done.stdout)
        again = read_back(comparison, style)
        counts[style] += 1
        if done.returncode != 0 or ids(again) != ids(answer):
            good = False
            print("FAIL  SWEEP_SEED=%d SWEEP_CASES=1, %s\n  %s\n  %s\n  %s\n  %s" % (
                seed, style, text, done.stdout.decode()[:160], done.stderr.decode()[:500],
                again["findings"][:3] or (ids(again), ids(answer))))
    return good


def main():
    seed, cases = int(os.environ.get("SWEEP_SEED", "1")), int(os.environ.get("SWEEP_CASES", "200"))
    counts, failed = collections.Counter(), 0
    with tempfile.TemporaryDirectory(prefix="sweep-points-") as scratch:
        comparison = language.Comparison(sys.argv[1], Path(scratch))
        for number in range(seed, seed + cases):
            failed += not compare(comparison, counts, number)
    print("%d specs: %s; %d failed" % (
        cases, ", ".join("%d %s" % (n, what) for what, n in sorted(counts.items())), failed))
    if cases >= 200 and min(counts["csv"], counts["jsonl"]) < cases // 20:
        print("FAIL  too few specs could be exported")
        return 1
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
