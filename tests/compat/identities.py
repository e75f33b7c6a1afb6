#!/usr/bin/env python3
"""Computes the identities of runs of random sweeps independently.

    tests/compat/identities.py [--seed N] [--configs N] SWEEPCTL

The specs are those of generated.py, with templates (which may use others), expressions, deletions and
several axes in one mapping added. Each config is read by OmegaConf; what does not affect training is taken out of it, and
the digest of what is left, as Python's json writes it, must begin with the `id` in run_mapping.csv. And
the vectors below, which were computed elsewhere.

--seed repeats the specs of a printed seed. Exit status: 0 no difference, 1 differences (the sweeps are
kept), 77 something is missing.
"""

import argparse
import concurrent.futures
import hashlib
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import generated
from bases import BASES

BASE, RECIPE = "llama3_1/8B_lora_single_device", "lora_finetune_single_device"
VECTORS = [
    ({"lr": [1e-4], "lora": [{"rank": 8, "alpha": 16}], "seed": [42]}, {}, ["3cfcac6bce2c"]),
    ({"lr": [1e-4, 3e-4], "seed": [1, 2]}, {},
     ["f7408daea8c6", "622131dd88e8", "f885662e0ad5", "29a199161ab4"]),
    ({"lr": [0.000114815, 1e-5], "batch_size": [1], "epochs": [3, 1]}, {},
     ["99caa5b9cd28", None, None, "b63270d7ea3a"]),
    ({}, {"lr": 2.23598e-05, "batch_size": 2, "epochs": 4, "metric_logger.filename": "={run}",
          "output_dir": "/elsewhere/{id}"}, ["c35614b54252"]),
]
POINTS = [("334b5eeef88c", 0.000193979, 2, 4), ("99caa5b9cd28", 0.000114815, 1, 3),
          ("c35614b54252", 2.23598e-05, 2, 4), ("5419edd430a4", 0.000237886, 2, 3),
          ("e9e7a3ebe467", 6.63649e-05, 2, 3), ("b0f1294a0387", 0.000184077, 4, 5),
          ("ed434e1ebeef", 0.000386693, 1, 4), ("c1c87a096d80", 2.20847e-05, 8, 1),
          ("d6767da98120", 2.75274e-05, 4, 3), ("68f2541cc8e4", 0.000275274, 1, 1),
          ("333e5f36e33f", 0.000870491, 8, 5), ("52146250c6ff", 8.70491e-05, 2, 2),
          ("b63270d7ea3a", 1e-05, 1, 1), ("7c783b222f05", 0.0001, 4, 3),
          ("06fd7516a34d", 0.000316228, 2, 2), ("f0e15900a442", 3.16228e-05, 8, 4)]
# Parts of a sweep that set different paths, or the same with other values.
UNION = {"union": [{"lr": [1e-4], "seed": [1, 2]}, {"zip": [{"seed": [1]}, {"lr": [3e-4]}]}, {"lr": [1e-3]}]}
VOLATILE = ["metric_logger.log_dir", "cudnn_deterministic_mode", "profiler.schedule", "max_steps_per_epoch"]
TEMPLATES = ["={name}", "=x{run}", "={index}", "={id}", "=a{seed}b", "={lr}", "=é \"{batch_size}\"",
             "={tokenizer.path}", "={dataset.split}/y", "={collate_fn}", "={{no}}", "={output_dir}/z",
             "=w{optimizer.weight_decay}"]
TARGETS = ["collate_fn", "dataset.split", "tokenizer.path", "checkpointer.output_dir", "metric_logger.tag"]


def digest(config, recipe):
    text = json.dumps({"config": config, "recipe": recipe, "trainer": "torchtune"}, sort_keys=True,
                      separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# --- specs ----------------------------------------------------------------------------------------


def cyclic(settings):
    """True if the templates of a spec use each other in a circle."""
    edges = {key: {used for value in values if is_template(value) for used in placeholders(value)}
             for key, values in settings.items()}

    def reaches(start, end, seen=()):
        return any(used == end or (used not in seen and reaches(used, end, (*seen, used)))
                   for used in edges.get(start, ()))

    return any(reaches(key, key) for key in edges)


def is_template(value):
    return isinstance(value, str) and value.startswith("=") and "{" in value


def placeholders(text):
    return re.findall(r"\{([a-z_.]+)\}", text.replace("{{", "").replace("}}", ""))


def deletable(path, config, settings):
    """True if the base has the path, and the spec does not use it otherwise."""
    *parents, last = path.split(".")
    for name in parents:
        config = config.get(name, {})
    return last in config and "{%s}" % last not in json.dumps(settings) and path not in settings


def some_spec(rng, name, base, config):
    """A spec whose templates use values that it sets, or that the base has."""
    while True:
        _, spec = generated.some_spec(rng, name, base)
        fixed, grid = spec["fixed"], spec["grid"]
        for path in rng.sample(TARGETS, rng.randint(0, 3)):
            fixed.pop(path, None)
            grid.pop(path, None)
            if rng.random() < 0.5:
                fixed[path] = rng.choice(TEMPLATES)
            else:
                grid[path] = rng.sample(TEMPLATES, 2) + [path + "-plain"]
        for key, values in rng.sample([("optimizer.weight_decay", [0.01, 0.1, "=0.1*optimizer.lr"]),
                                       ("optimizer.extra", [1, None]), ("tokenizer.extra", ["x", 2.5]),
                                       ("tokenizer.prompt_template", [None, "q"]),
                                       ("~optimizer.fused", [True, False]),
                                       ("~profiler.with_stack", [True, False]),
                                       ("~seed", [True, False])], rng.randint(0, 3)):
            if key.startswith("~") and not deletable(key[1:], config, {**fixed, **grid}):
                continue
            if rng.random() < 0.3:
                fixed[key] = values[0]
            else:
                grid[key] = values
        if rng.random() < 0.5:
            spec["output_dir"] = "=out/{name}/{id}/{run}"
        settings = {**{key: [value] for key, value in fixed.items()}, **grid}
        if generated.product(len(values) for values in grid.values()) <= 200 and not cyclic(settings):
            return spec


# --- expected identities --------------------------------------------------------------------------


def uses_run(value, point):
    """True if the template depends on the run itself, also through other templates of this run."""
    return is_template(value) and any(
        used in ("name", "run", "index", "id") or uses_run(point.get(used), point)
        for used in placeholders(value))


def computed(value, point):
    """The value, computed as far as values of the point decide it: it may equal that of another point."""
    for lr in ("learning_rate", "lr", "optimizer.lr"):
        if value == "=0.1*optimizer.lr" and lr in point:
            return float("%.15g" % (0.1 * point[lr]))
    if not is_template(value):
        return value
    text = value[1:]
    for used in placeholders(text):
        if used in point:
            text = text.replace("{%s}" % used, str(computed(point[used], point)))
    return text.replace("{{", "{").replace("}}", "}")


def without(config, path):
    *parents, last = path.split(".")
    for name in parents:
        config = config.get(name) if isinstance(config, dict) else None
    if isinstance(config, dict):
        config.pop(last, None)


def expected_id(job):
    from omegaconf import OmegaConf

    path, recipe, dropped = job
    try:
        config = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    except Exception as error:  # any error of a reader
        return "%s: %s" % (type(error).__name__, error)
    for name in dropped:
        without(config, name)
    return digest(config, recipe)


def jobs_of(spec, rows, recipe):
    """What expected_id() takes, with the identity in run_mapping.csv. Only the first of points that
    differ in nothing that affects training is a run."""
    points = {}
    for values in itertools.product(*spec["grid"].values()):
        point = {**spec["fixed"], **dict(zip(spec["grid"], values))}
        dropped = ["output_dir"] + VOLATILE + [key for key in point if uses_run(point[key], point)]
        mark = repr([(key, computed(point[key], point)) for key in spec["grid"] if key not in dropped])
        points.setdefault(mark, dropped)
    if len(rows) != len(points):
        raise ValueError("%d runs, expected %d" % (len(rows), len(points)))
    for row, dropped in zip(rows, points.values()):
        yield (row["config"], recipe, dropped), row["id"]


# --- main -----------------------------------------------------------------------------------------


def write_profile(file):
    generated.write_profile(file)
    profile = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**profile, "volatile": VOLATILE}), "utf-8")


def check_vectors(sweepctl, scratch):
    """Yields what differs from the vectors."""
    vectors = [({"grid": grid, "fixed": fixed}, wanted) for grid, fixed, wanted in VECTORS]
    vectors += [({"fixed": {"lr": lr, "batch_size": batch_size, "epochs": epochs}}, [identity])
                for identity, lr, batch_size, epochs in POINTS]
    vectors.append(({"sweep": UNION}, ["f7408daea8c6", "622131dd88e8", "f885662e0ad5", None]))
    for number, (spec, wanted) in enumerate(vectors):
        file = scratch / ("vector%d.json" % number)
        file.write_text(json.dumps({"name": "v%d" % number, "base": BASE, **spec}))
        done = subprocess.run([sweepctl, "generate", file.name, "-q", "-o", "vectors"], cwd=scratch,
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            yield "vector %d: %s" % (number, done.stderr)
            continue
        lines = (scratch / done.stdout.strip() / "run_mapping.csv").read_text("utf-8").splitlines()
        if not lines[0].startswith("index,run,id,config"):
            yield "vector %d: %s" % (number, lines[0])
        for line, identity in zip(lines[1:], wanted):
            if identity not in (None, line.split(",")[2]):
                yield "vector %d: %s, expected %s" % (number, line, identity)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--configs", type=int, default=1500)
    parser.add_argument("sweepctl")
    options = parser.parse_args()
    if not os.access(options.sweepctl, os.X_OK):
        generated.skip("the program %s" % options.sweepctl)
    try:
        import omegaconf  # noqa: F401
    except ImportError as error:
        generated.skip("a Python with omegaconf (%s)" % error)
    if options.seed is None:
        options.seed = int.from_bytes(os.urandom(4), "big")
    return options


def main():
    options = arguments()
    sweepctl = os.path.abspath(options.sweepctl)
    rng = random.Random(options.seed)
    print("--seed %d" % options.seed, flush=True)
    scratch = Path(tempfile.mkdtemp(prefix="sweep-identities-"))
    write_profile(scratch / "profile.json")
    wrong = list(check_vectors(sweepctl, scratch))
    bases = {name: generated.load_base(name) for name in BASES}
    jobs, specs, refused = [], 0, 0
    while len(jobs) < options.configs:
        base = BASES[specs % len(BASES)]
        spec = some_spec(rng, "s%03d" % specs, base, bases[base])
        specs += 1
        try:
            rows = generated.generate(sweepctl, scratch, json.dumps(spec), spec["name"])
            manifest = Path(rows[0]["config"]).parents[1] / "manifest.json"
            jobs += jobs_of(spec, rows, json.loads(manifest.read_text("utf-8"))["recipe"])
        except (OSError, KeyError, ValueError, subprocess.TimeoutExpired) as error:
            if "error[bad-template]" in str(error):
                refused += 1  # it uses a path that only some runs have, or that is a list or mapping
            else:
                wrong.append("%s.json: %s" % (spec["name"], error))
        if refused + len(wrong) > 10 + specs / 2:
            wrong.append("%d of %d specs were refused" % (refused, specs))
            break
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for (job, got), wanted in zip(jobs, pool.map(expected_id, [job for job, _ in jobs], chunksize=8)):
            if got != wanted:
                wrong.append("%s has %s, expected %s" % (Path(job[0]).relative_to(scratch), got, wanted))
    for complaint in wrong:
        print("FAIL  %s" % complaint)
    if wrong:
        print("kept: %s" % scratch)
    else:
        shutil.rmtree(scratch)
    print("%d specs, %d of them refused, %d configs; %d failed" % (specs, refused, len(jobs), len(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
