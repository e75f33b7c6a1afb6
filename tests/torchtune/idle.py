#!/usr/bin/env python3
"""Keys without any effect must have a warning in a config, and an error in a sweep.

usage: idle.py VERDICTS SWEEPCTL PROFILE [--show]

VERDICTS was recorded by judge.py: what torchtune did to thousands of changed configs.

A key that was added, moved or misspelled, and that the finished run ignored, must have a warning, unless
PROFILE knows it: then it is read, and only had its default or an unimportant value.

If no recorded value of a path changed the trained weights, a sweep over two of them must be an error,
unless TRIED says why these values say nothing about others. --show prints all errors.

Exit status: 0 passed, 1 failed, 77 something is missing.
"""

import argparse
import collections
import json
import math
import os
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

sys.dont_write_bytecode = True

try:
    import yaml
    from omegaconf._utils import get_yaml_loader
except ImportError as error:
    print(f"skipped: needs {error.name} ({sys.executable} has it not)")
    sys.exit(77)

import records
from agreement import ask_all

# Changes of one value, and of one key.
VALUES = ("valid-value", "wrong-value", "out-of-range", "retype", "add-key", "drop-key")
KEYS = ("add-key", "misspell-key", "misplace")

SAME = "the values that were tried mean the same, or what is the default"
HARDWARE = "it changes time and memory: a sweep may be after these"
DATA = "the data that were tried are the same, or too short for it to matter"
# Sweeps over values that had no effect in the runs, but need not be rejected.
TRIED = {
    "enable_activation_checkpointing": HARDWARE, "enable_activation_offloading": HARDWARE,
    "low_cpu_ram": HARDWARE, "device": HARDWARE, "dataset.num_proc": HARDWARE,
    "dataset.keep_in_memory": HARDWARE, "cudnn_deterministic_mode": HARDWARE,
    "model.num_kv_heads": SAME, "dataset.column_map": DATA, "dataset.name": DATA,
    "dataset.split": DATA, "dataset.cache_dir": HARDWARE, "tokenizer.max_seq_len": DATA,
    "loss.ignore_index": DATA,
}


def idle(record):
    return record["verdict"] == "finished" and record.get("same_weights")


# --- keys -------------------------------------------------------------------------


def known(profile, recipe, config, path):
    """Whether the key at a path is read."""
    parts = path.split(".")
    if len(parts) == 1:
        entry = profile["recipes"][recipe]
        return path in {key.split(".")[0] for key in entry["required"] + entry["optional"]}
    for part in parts[:-1]:
        step = int(part) if part.isdigit() else part
        try:
            config = config[step]
        except (KeyError, IndexError, TypeError):
            return False
    component = config.get("_component_") if isinstance(config, dict) else None
    arguments = dict(profile["components"].get(component, {}).get("arguments", {}))
    for entry in profile["handed_on"]:
        if any(fnmatchcase(str(component), glob) for glob in entry["component"]):
            arguments.update(entry["arguments"])
    return parts[-1] in arguments


def check_keys(recorded, answers, profile):
    """Yields (description, error) for keys that runs ignored."""
    for record in recorded:
        if not idle(record) or record["kind"] not in KEYS:
            continue
        found = any(finding["severity"] in ("error", "warning")
                    for finding in answers[record["id"]] or ())
        config = yaml.load(record["text"].replace("@DIR@", "/data"), get_yaml_loader())
        fine = found or known(profile, record["recipe"], config, record["path"])
        name = f"{record['id']}: {record['kind']} {record['path']} -> {record['new']}"
        yield name, "" if fine else "the run ignored it, and nothing is said"


# --- sweeps -----------------------------------------------------------------------


def plain(value):
    """Whether JSON can represent it."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(item) for key, item in value.items())
    return all(map(plain, value)) if isinstance(value, list) else True


def values_of(some):
    """The distinct recorded values that a spec can have."""
    found = {}
    for record in some:
        if record["kind"] == "drop-key" or record["new"].endswith("..."):
            continue
        try:
            value = yaml.load(record["new"].replace("@DIR@", "/data"), get_yaml_loader())
        except yaml.YAMLError:
            continue
        if plain(value):
            found.setdefault(json.dumps(value), value)
    return list(found.values())


def plan(sweepctl, directory, base, path, values):
    """What `sweepctl plan` has against a sweep over the values: "" for nothing."""
    (directory / "base.yaml").write_text(base["text"].replace("@DIR@", "/data"), "utf-8")
    spec = {"name": "x", "base": {"file": "base.yaml"}, "recipe": base["recipe"],
            "grid": {path: values}}
    (directory / "x.json").write_text(json.dumps(spec), "utf-8")
    done = subprocess.run([sweepctl, "plan", directory / "x.json"], capture_output=True, text=True,
                          check=False)
    return done.stderr.split("error[", 1)[-1].split("\n")[0] if done.returncode == 3 else ""


def check_sweeps(recorded, bases, answers, sweepctl, show):
    """Yields (path and recipe, error) for paths without any effect."""
    groups = collections.defaultdict(list)
    for record in recorded:
        if record["verdict"] == "finished" and record["kind"] in VALUES:
            groups[record["recipe"], record["path"]].append(record)
    with tempfile.TemporaryDirectory() as top:
        for (recipe, path), some in sorted(groups.items()):
            if not all(map(idle, some)):
                continue
            # Invalid values are rejected anyway.
            values = values_of(record for record in some if not any(
                finding["severity"] == "error" for finding in answers[record["id"]] or ()))
            if len(values) < 2:
                continue
            said = plan(sweepctl, Path(top), bases[some[0]["base"]], path, values[:2])
            why = TRIED.get(path)
            if show:
                print(f"{path} {values[:2]} ({recipe}): {said or why}")
            yield f"{path} ({recipe})", "" if said or why else \
                f"a sweep over {values[:2]} is not refused, and none of {len(values)} changed anything"


def merged(file):
    profile = json.loads(file.read_text("utf-8"))
    base = json.loads(file.with_name(profile["extends"] + ".json").read_text("utf-8"))
    return {**base, **profile}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("verdicts")
    parser.add_argument("sweepctl")
    parser.add_argument("profile", type=Path)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    sweepctl = os.path.abspath(options.sweepctl)
    head, bases, recorded = records.read(options.verdicts)
    some = [record for record in recorded if record["kind"] in {*KEYS, *VALUES} and idle(record)]
    answers = ask_all(sweepctl, head, some, [])
    checks = [*check_keys(some, answers, merged(options.profile)),
              *check_sweeps(recorded, bases, answers, sweepctl, options.show)]
    for name, complaint in checks:
        if complaint:
            print(f"FAIL  {name}: {complaint}")
    failed = sum(1 for _, complaint in checks if complaint)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed or not checks else 0


if __name__ == "__main__":
    sys.exit(main())
