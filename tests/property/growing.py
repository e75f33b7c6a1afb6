#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sweeps of random specs grow as a slow, obvious implementation in Python says.

    growing.py SPEC_EVAL

A random spec is generated, then changed (values of lists are added, removed and put into another order)
and generated again into the same queue. The second sweep must hold exactly the runs that the first does
not have, with numbers that go on; inherited.csv the others; and no two runs a directory. SWEEP_SEED and
SWEEP_CASES choose what is tried, as in language.py.

Exit status: 0 all do, 1 one does not.
"""
import copy
import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import language
import random_specs
import reference
from expressions import Refused

BATCH = 50
NO_VALUES = ("range", "linspace", "logspace", "uniform", "loguniform", "randint", "where")  # their lists are others


def lists_in(value):
    """All lists with the values of an axis, and of bundles."""
    children = []
    if isinstance(value, list):
        yield value
        children = value
    elif isinstance(value, dict):
        children = [child for key, child in value.items() if key not in NO_VALUES]
    for child in children:
        yield from lists_in(child)


def changed(r, value):
    """The spec with one to three changes in its lists."""
    value = copy.deepcopy(value)
    for _ in range(r.randint(1, 3)):
        found = [one for key in reference.STRUCTURES for one in lists_in(value.get(key, {})) if one]
        if not found:
            return value
        chosen, how = r.choice(found), r.random()
        if how < 0.4:
            one = copy.deepcopy(r.choice(chosen))
            if isinstance(one, int) and not isinstance(one, bool):
                one += r.randint(1, 9)
            chosen.insert(r.randrange(len(chosen) + 1), one)
        elif how < 0.7:
            chosen.remove(r.choice(chosen))
        else:
            r.shuffle(chosen)
    return value


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Growth:
    def __init__(self, program, scratch):
        self.program, self.scratch = program, scratch
        self.failed = self.grown = self.refused = self.collided = 0
        (scratch / "b.yaml").write_text(language.yaml(reference.BASE) + "\n", "utf-8")
        (scratch / "profile.json").write_text(json.dumps(language.profile()), "utf-8")

    def generate(self, texts, queues):
        """What SPEC_EVAL says of each pair of texts, the second generated after the first."""
        done = subprocess.run([self.program, self.scratch / "profile.json", self.scratch, queues],
                              input="".join(text + "\n" for text in texts), capture_output=True, text=True,
                              timeout=600, check=False)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode != 0 or len(answers) != len(texts):
            sys.exit("%s: exit status %d\n%s" % (self.program, done.returncode, done.stderr))
        return answers

    def expand(self, text, first=0, made=()):
        try:
            return reference.expand(text, self.scratch, True, first, made)
        except Refused:
            return None

    def fail(self, seed, texts, *lines):
        self.failed += 1
        if self.failed <= language.MAX_SHOWN:
            print("\n".join(["FAIL  SWEEP_SEED=%d SWEEP_CASES=1" % seed, *("  " + text for text in texts),
                             *("  " + str(line) for line in lines)]), flush=True)

    def compare(self, seed, texts, answers, queue):
        before = self.expand(texts[0])
        if before is None:
            self.refused += 1
            return
        if json.dumps(before) != json.dumps(answers[0]["runs"]):
            self.fail(seed, texts, "the first sweep", *language.differences(before, answers[0]["runs"]))
            return
        made = {identity: name for name, identity, _ in before}
        new = self.expand(texts[1], len(before), made)
        codes = [code for code, _ in answers[1]["findings"]]
        if new is None:
            self.refused += 1
            if not codes or answers[1]["runs"]:
                self.fail(seed, texts, "the second sweep is not refused")
            return
        taken = {os.path.normpath(config["output_dir"]) for _, _, config in before}
        own = [os.path.normpath(config["output_dir"]) for _, _, config in new]
        if any(path in taken for path in own):
            self.collided += 1
            if "output-collision" not in codes:
                self.fail(seed, texts, "two runs have one output_dir", codes)
            return
        if json.dumps(new) != json.dumps(answers[1]["runs"]):
            self.fail(seed, texts, codes, *language.differences(new, answers[1]["runs"]))
            return
        self.grown += 1
        self.check_files(seed, texts, before, new, queue)

    def check_files(self, seed, texts, before, new, queue):
        """The mappings and inherited.csv of both directories."""
        directories = {rows(path)[0]["index"]: path.parent for path in queue.glob("*/run_mapping.csv")}
        if len(directories) != (2 if new else 1):
            self.fail(seed, texts, "directories: %s" % directories)
            return
        first = directories["0"]
        made = {identity: name for name, identity, _ in before}
        both = [(row["run"], row["id"]) for path in directories.values() for row in rows(path / "run_mapping.csv")]
        if sorted(both) != sorted((name, identity) for name, identity, _ in before + new) or \
                len({name.split("_")[1].lstrip("0") for name, _ in both}) != len(both):
            self.fail(seed, texts, "runs: %s" % both)
        if not new:
            return
        wanted = [(identity, made[identity], first.name)
                  for _, identity, _ in self.expand(texts[1]) if identity in made]
        path = directories[str(len(before))] / "inherited.csv"
        found = [(row["id"], row["run"], row["directory"]) for row in rows(path)] if path.exists() else []
        if found != wanted or path.exists() != bool(wanted):
            self.fail(seed, texts, "inherited: %s, expected %s" % (found, wanted))

    def specs(self, seeds):
        texts = []
        for seed in seeds:
            r = random.Random(seed)
            value = random_specs.Writer(r, self.scratch, "c%d" % seed, True).whole()
            texts += [random_specs.dumped(r, value, False), random_specs.dumped(r, changed(r, value), False)]
        queues = self.scratch / "queues"
        queues.mkdir()
        answers = self.generate(texts, queues)
        for i, seed in enumerate(seeds):
            self.compare(seed, texts[2 * i:2 * i + 2], answers[2 * i:2 * i + 2], queues / str(i))
        shutil.rmtree(queues)
        for file in self.scratch.glob("c*-*"):
            file.unlink()


def main():
    seed = int(os.environ.get("SWEEP_SEED", "1"))
    cases = int(os.environ.get("SWEEP_CASES") or os.environ.get("SWEEP_SLOW_CASES", "1000"))
    scratch = Path(tempfile.mkdtemp(prefix="sweep-growing-", dir=os.environ.get("TMPDIR", "/dev/shm")))
    growth = Growth(sys.argv[-1], scratch)
    print("SWEEP_SEED=%d SWEEP_CASES=%d" % (seed, cases), flush=True)
    for first in range(seed, seed + cases, BATCH):
        growth.specs(range(first, min(first + BATCH, seed + cases)))
    shutil.rmtree(scratch)
    print("%d sweeps, %d grew, %d invalid, %d with one output_dir for two runs; %d differ" % (
        cases, growth.grown, growth.refused, growth.collided, growth.failed))
    return 1 if growth.failed or (cases >= 100 and growth.grown < cases // 10) else 0


if __name__ == "__main__":
    sys.exit(main())
