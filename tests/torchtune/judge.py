#!/usr/bin/env python3
"""Runs thousands of changed configs with torchtune's recipes, and records how they end.

usage: judge.py --seed N --count N --out FILE    run mutations 0..N-1 of a seed
       judge.py --working                        run the working configs alone
       judge.py --again FILE [--count N]         run recorded mutations again, compare the verdicts
       judge.py --rerun ID --verdicts FILE       run one again, with all its output

Needs the Python of TORCHTUNE_VENV. Working configs (working.py) are changed (mutations.py) and run by the
real recipes, which train tiny models (shrunk.py) on the CPU, each in its own process (court.py,
trial.py). records.py describes the records.

Exit status: 0 done, 1 a working config fails or a verdict has changed, 77 torchtune is missing.
"""

import argparse
import collections
import importlib.util
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

if importlib.util.find_spec("torchtune") is None:
    print("judge.py: needs the Python of TORCHTUNE_VENV", file=sys.stderr)
    sys.exit(77)

import court
import mutations
import records
import working
from reasons import reason


def judged(mutation, verdict, base):
    """The record of one mutation."""
    record = {"id": mutation.id, "base": mutation.base, "kind": mutation.kind,
              "path": mutation.path, "old": mutation.old, "new": mutation.new,
              "benign": mutation.benign, "verdict": verdict["verdict"]}
    for key in ("phase", "error", "message", "frame", "validate"):
        if verdict.get(key) is not None:
            record[key] = verdict[key]
    if verdict["verdict"] == "failed":
        record["reason"], record["why"] = reason(verdict)
    if verdict["losses"]:
        common = verdict["losses"].keys() & base["losses"].keys()
        record["same_losses"] = bool(common) and all(
            verdict["losses"][step] == base["losses"][step] for step in common)
        record["last_loss"] = list(verdict["losses"].values())[-1]
    if verdict["weights"]:
        record["same_weights"] = verdict["weights"] == base["weights"]
        record["trained"] = verdict["moved"]
    record["steps"] = len(verdict["losses"])
    return record


def try_working(trials, bases):
    """Runs the unchanged configs; returns {name: verdict}."""
    trials.warm_up(bases)
    cases = ((name, recipe, text, False) for name, (recipe, text) in bases.items())
    results = dict(trials.run(cases))
    for name, result in results.items():
        result.pop("modules", None)
        result.update(name=name, recipe=bases[name][0], text=bases[name][1])
    return {name: results[name] for name in bases}


def show_working(results):
    """Prints the verdicts of the working configs; true if all have finished."""
    for result in results.values():
        print(f"{result['name']:14} {result['verdict']:9} {result['phase']:8} "
              f"{result['seconds']:5} s  {len(result['losses'])} steps  "
              f"tune validate: {result.get('validate')}  "
              f"{result.get('error', '')} {result.get('message', '')} {result.get('frame', '')}")
    return all(result["verdict"] == "finished" for result in results.values())


def progress(counts, started):
    total, seconds = sum(counts.values()), time.monotonic() - started
    shares = ", ".join(f"{name} {count} ({100 * count / max(1, total):.1f} %)"
                       for name, count in counts.most_common())
    print(f"{total} in {seconds:.0f} s, {total / seconds:.1f}/s: {shares}", flush=True)


def head(options, trials):
    from importlib.metadata import version

    packages = ("torchtune", "torch", "torchao", "datasets", "omegaconf")
    return {"seed": options.seed, "count": options.count, "files": trials.files(),
            "versions": {name: version(name) for name in packages}}


def cases_of(changes, bases, found):
    """Yields cases for court.py; each mutation is in FOUND until its verdict."""
    for mutation in changes:
        found[mutation.id] = mutation
        # A cached data set would hide errors in its arguments.
        fresh = "dataset" in f"{mutation.path} {mutation.new}"
        yield mutation.id, bases[mutation.base][0], mutation.text, fresh


def record_all(options, trials, bases, results):
    """Runs the mutations of a seed and writes their records."""
    found, counts, started = {}, collections.Counter(), time.monotonic()
    writer = records.Writer(options.out, head(options, trials), list(results.values()))
    changes = mutations.generate(bases, options.seed, options.count, trials.site)
    for key, verdict in trials.run(cases_of(changes, bases, found)):
        mutation = found.pop(key)
        record = judged(mutation, verdict, results[mutation.base])
        writer.add(record, mutation.text)
        counts[record["verdict"]] += 1
        if sum(counts.values()) % 250 == 0:
            progress(counts, started)
    writer.close()
    progress(counts, started)
    return 0


def compare_all(options, trials, bases, results):
    """Runs recorded mutations again and prints changed verdicts."""
    _, _, recorded = records.read(options.again)
    sample = random.Random(options.seed).sample(recorded, min(options.count, len(recorded)))
    fields = mutations.Mutation.__dataclass_fields__
    changes = [mutations.Mutation(**{name: record[name] for name in fields}) for record in sample]
    old, found, changed = {record["id"]: record for record in sample}, {}, 0
    for key, verdict in trials.run(cases_of(changes, bases, found)):
        mutation = found.pop(key)
        new = judged(mutation, verdict, results[mutation.base])
        differing = [f"{name} was {old[key].get(name)}, is {new.get(name)}"
                     for name in ("verdict", "phase", "error", "validate", "same_weights")
                     if old[key].get(name) != new.get(name)]
        changed += bool(differing)
        if differing:
            print(f"{key} ({mutation.base}, {mutation.kind} of {mutation.path}): "
                  + "; ".join(differing), flush=True)
    print(f"{len(sample)} run again, {changed} with another verdict")
    return 1 if changed else 0


def judge(options, scratch):
    """Runs the working configs, then the requested mutations."""
    recipes = sorted({entry[0] for entry in working.WORKING.values()})
    trials = court.Court(scratch, recipes, options.jobs)
    bases = working.texts(trials.site)
    if options.only:
        bases = {name: bases[name] for name in options.only.split(",")}
    results = try_working(trials, bases)
    if options.working or any(result["verdict"] != "finished" for result in results.values()):
        return 0 if show_working(results) else 1
    act = compare_all if options.again else record_all
    return act(options, trials, bases, results)


def find(file, wanted):
    for record in records.read(file)[2]:
        if record["id"] == wanted:
            return record
    sys.exit(f"judge.py: {file} has no {wanted}")


def rerun(options, scratch):
    """Runs a recorded mutation again with its output on the terminal."""
    record = find(options.verdicts, options.rerun)
    trials = court.Court(scratch, [record["recipe"]], 1)
    run = court.Run(trials.slots[0], trials.modules[record["recipe"]], record["text"],
                    fresh=True, show=True)
    verdict = run.wait()
    verdict.pop("modules", None)
    print(json.dumps(verdict, indent=1))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--out", default="verdicts.jsonl.gz")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", metavar="NAMES", help="working configs, with commas")
    parser.add_argument("--working", action="store_true")
    parser.add_argument("--again", metavar="FILE")
    parser.add_argument("--verdicts", metavar="FILE")
    parser.add_argument("--rerun", metavar="ID")
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="judge."))
    try:
        return rerun(options, scratch) if options.rerun else judge(options, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
