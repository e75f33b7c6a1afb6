#!/usr/bin/env python3
"""Reads configs of random sweeps with four readers of YAML.

    tests/compat/generated.py [--seed N] [--configs N] SWEEPCTL YAML2JSON

Random sweeps of the embedded bases set paths to values that readers of YAML easily misread. Each config
is read by

  OmegaConf 2.3   as torchtune does: the whole config must be the base with the changes of the spec, and
                  the base's keys in their order
  our reader      YAML2JSON: the same
  PyYAML          YAML 1.1: the paths that the spec sets (it reads the `2e-5` of a base as a string)
  ruamel.yaml     YAML 1.2: the same

Types count: 1, 1.0 and True are different values. --seed repeats the specs of a printed seed. Exit
status: 0 no difference, 1 differences (the sweeps are kept), 77 something is missing.
"""

import argparse
import concurrent.futures
import copy
import csv
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bases import BASES, SPECS, difference, flat

# Strings that readers or writers of YAML easily misread.
NASTY = [
    "", " ", "~", "null", "Null", "NULL", "true", "True", "FALSE", "y", "Y", "n", "yes", "No", "on",
    "OFF", "0", "1", "-1", "+1", "007", "08", "0o17", "0x1F", "0b11", "1_000", "1__0", "_1", "1e3",
    "1E3", "1e+3", "2e-5", "1.", ".5", ".5e3", "-.5", "1.0e5", "1.5e+3", "1.e3", "+.inf", ".inf",
    "-.INF", ".nan", ".NaN", "inf", "nan", "12:30:45", "12:30", "1:60", "190:20:30.15", "2024-01-01",
    "2024-01-01T12:00:00Z", "2001-12-14 21:59:43.10 -5", "=", "<<", "-", "--", "---", "...", "- x",
    "-x", "? x", "?", "?x", ": x", ":x", ":", "a: b", "a:b", "a:", "x:[", "#c", "a #c", "a#c", " lead",
    "trail ", "\ttab", "tab\t", "in\tside", "line\nbreak", "\n", "end\n", "two\n\nlines", "\r", "a\r\nb",
    "'", "''", "it's", '"', '""', 'say "x"', "'q'", '"q"', "\\", "a\\b", "\\n", "\\x41", "c:\\dir\\new",
    "@x", "%x", "%YAML 1.1", "*x", "&x", "!x", "!!str x", "!", "`x", "|", ">", "|-", "| x", "> x",
    "[1,2]", "[", "]", "a]", "a[0]", "{a: 1}", "{", "}", "a}", ",", "a,b", "a, b", ",a", "{x}", "$x",
    "x$", "é", "日本", "日本: 語", "naïve #1", "\u0085", "a\u0085b", "\u2028", "a\u2029b", "\u00a0",
    "\ufeff", "\u200b", "\ufffd", "\U0001f600", "a \U0001f9ea b", "\x7f", "\x1b[0m", "\x01", "\x9f",
    "e\u0301", "\u05d0\u05d1", "/tmp/a b/c", "~/x", "../up", "C:", "http://h:80/p?q=1#f", "a  b",
    "x" * 300, "word " * 60, "é" * 150, "/very/long" * 30, "key: value, " * 25,
    "${output_dir}/x", "${output_dir}", "a ${output_dir} b", "${output_dir}: #x",
]
ALPHABET = "-?:,[]{}#&*!|>'\"%@`~=<. 0123456789eE+_xoyYnN\t\n\\/é日\u00a0\u2028"
# Mapping keys; part of a path, so without dots, and no ~ at the start, which deletes.
KEYS = ["k", "long_name", "1", "1e3", "007", "null", "true", "y", "a~", "a b", "a: b", "#c", "- x", "é",
        "日本", "<<", "=", "[k]", "{k}", "*k", "&k", "!k", "it's", 'k"', "back\\slash", " k", "k ", "k:",
        "12:30:45", "2024-01-01", "0x1F", "\U0001f600", "k,l"]
FLOATS = [1e-5, 3e-4, 2e-5, 1e16, 1e22, 1e15, 123456789012345680.0, 5e-324, 2.2250738585072014e-308,
          1.7976931348623157e308, 0.1, 0.30000000000000004, 1 / 3, -0.0, 0.0, 1.0, -1.5, 100.0, 1e100,
          0.0001, 0.00001, 12345.678, 9007199254740993.0]
INTEGERS = [0, 1, -1, 7, 8, 10, 255, 2**31 - 1, 2**31, -2**31, 2**32, 2**53 + 1, 2**63 - 1, -2**63]
PLAIN = [True, False, None]

STRING_PATHS = ["checkpointer.output_dir", "dataset.split", "tokenizer.path",
                "metric_logger.log_dir"]
ANY_PATHS = ["max_steps_per_epoch", "cudnn_deterministic_mode", "collate_fn"]
HUB_DATASETS = ["tatsu-lab/alpaca", "org/na_me", "1e3", "null", "2024-01-01", "No", "0x1F", "é/日本",
                "it's", "a #c", "12:30:45", "{x}"]
DATA_FILES = {"data/train.json": "json", "my data/a: b.csv": "csv", "/data/x y/z.parquet": "parquet",
              "#1.jsonl": "json", "- x.txt": "text", "data/é.JSON": "json", "null.json": "json"}

ABSENT = object()
LEAST_RUNS, MOST_RUNS = 12, 40
BIG_SWEEP, BIG_SAMPLE = (8, 12, 11), 40  # more than 1,000 runs: configs are in folders


def skip(need):
    print("skipped: needs %s" % need)
    sys.exit(77)


# --- random specs -----------------------------------------------------------


def some_string(rng):
    if rng.random() < 0.8:
        text = rng.choice(NASTY)
    else:
        text = "".join(rng.choice(ALPHABET) for _ in range(rng.randint(1, 12)))
    # That would be a template.
    return text if not text.startswith("=") else "x" + text


def some_float(rng):
    if rng.random() < 0.6:
        return rng.choice(FLOATS)
    return rng.choice([-1, 1]) * rng.random() * 10.0 ** rng.randint(-20, 25)


def some_scalar(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return some_float(rng)
    if kind == 1:
        return rng.choice(INTEGERS)
    return rng.choice(PLAIN) if kind == 2 else some_string(rng)


def some_value(rng, depth=0):
    kind = rng.randrange(10) if depth < 2 else 9
    if kind == 0:
        return [some_value(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    if kind == 1:
        keys = rng.sample(KEYS, rng.randint(1, 4))
        return {key: some_value(rng, depth + 1) for key in keys}
    return some_scalar(rng)


def some_dataset(rng):
    return rng.choice(HUB_DATASETS + list(DATA_FILES))


def positive_float(rng):
    value = some_float(rng)
    return abs(value) if value else 3e-4


MAKERS = {
    "learning_rate": lambda rng: rng.choice([positive_float(rng), rng.randint(1, 9)]),
    "lora": lambda rng: {"rank": 2 ** rng.randint(0, 8), "alpha": rng.randint(1, 512)},
    "seed": lambda rng: rng.choice([0, rng.randint(1, 2**31), 2**63 - 1]),
    "batch_size": lambda rng: rng.randint(1, 512),
    "epochs": lambda rng: rng.randint(1, 100),
    "dataset": some_dataset,
}
MAKERS.update({path: some_string for path in STRING_PATHS})
MAKERS.update({path: some_value for path in ANY_PATHS})
SPELLINGS = {"learning_rate": ["learning_rate", "lr", "optimizer.lr"], "lora": ["lora", "lora_params"]}


def operations(key, value):
    """The (path, value) pairs that a setting changes; ABSENT deletes."""
    if key in ("learning_rate", "lr", "optimizer.lr"):
        return [("optimizer.lr", float(value))]
    if key in ("lora", "lora_params"):
        return [("model.lora_rank", value["rank"]), ("model.lora_alpha", value["alpha"])]
    if key == "dataset":
        loader = DATA_FILES.get(value)
        return [("dataset.source", loader or value),
                ("dataset.data_files", value if loader else ABSENT), ("dataset.data_dir", ABSENT)]
    return [(key, value)]


def distinct_values(rng, key, count):
    """Up to `count` values, no two of which are similar."""
    values, seen = [], set()
    for _ in range(20 * count):
        value = MAKERS[key](rng)
        mark = repr(operations(key, value))
        if mark not in seen and len(values) < count:
            seen.add(mark)
            values.append(value)
    return values


def some_spec(rng, name, base, sizes=None):
    """Returns the text and the dictionary of a spec."""
    keys = [key for key in MAKERS if key != "lora" or "lora" in base]
    rng.shuffle(keys)
    if sizes is None:
        sizes = [rng.randint(2, 6) for _ in range(rng.randint(1, 3))]
        while not LEAST_RUNS <= product(sizes) <= MOST_RUNS:
            sizes = [rng.randint(2, 6) for _ in range(rng.randint(2, 3))]
    grid = {}
    for size in sizes:
        # Few keys have enough values for a large axis.
        key = next(k for k in keys if size <= 6 or k in STRING_PATHS + ANY_PATHS + ["batch_size"])
        keys.remove(key)
        spelling = rng.choice(SPELLINGS.get(key, [key]))
        grid[spelling] = distinct_values(rng, key, size)
    fixed = {rng.choice(SPELLINGS.get(key, [key])): MAKERS[key](rng)
             for key in keys[:rng.randint(0, 4)]}
    spec = {"name": name, "base": base, "fixed": fixed, "grid": grid,
            "output_dir": "out/{name}/{run}"}
    return json.dumps(spec, ensure_ascii=rng.random() < 0.5, indent=1), spec


def product(sizes):
    count = 1
    for size in sizes:
        count *= size
    return count


def some_specs(rng, configs):
    """Random specs with at least `configs` configs together."""
    specs, runs = [], 0
    while runs < configs:
        base = BASES[len(specs) % len(BASES)]
        specs.append(some_spec(rng, "s%03d" % len(specs), base))
        runs += product(len(values) for values in specs[-1][1]["grid"].values())
    specs.append(some_spec(rng, "big", rng.choice(BASES), BIG_SWEEP))
    return specs


# --- expected values -------------------------------------------------------


def put(tree, path, value):
    """Sets a dotted path; a mapping is merged into the present one."""
    *parents, last = path.split(".")
    for name in parents:
        tree = tree[name]
    if value is ABSENT:
        tree.pop(last, None)
    elif isinstance(value, dict) and isinstance(tree.get(last), dict):
        for key, inner in value.items():
            put(tree[last], key, inner)
    else:
        tree[last] = copy.deepcopy(value)


def look(tree, path):
    for name in path.split("."):
        if not isinstance(tree, dict) or name not in tree:
            return ABSENT
        tree = tree[name]
    return tree


def in_order(value):
    """The value with all keys sorted, to compare without order."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value, key=repr)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


def misplaced(base, value):
    """The first key of the base whose order has changed; added keys are ignored."""
    kept = [key for key in value if key in base]
    for ours, theirs in zip(kept, [key for key in base if key in value]):
        if ours != theirs:
            return "key %r stands where the base has %r" % (ours, theirs)
    for key in kept:
        if isinstance(base[key], dict) and isinstance(value[key], dict):
            complaint = misplaced(base[key], value[key])
            if complaint:
                return complaint
    return ""


# --- the readers ------------------------------------------------------------


def compare_whole(base, expected, value):
    return difference(flat(in_order(value)), flat(in_order(expected))) or misplaced(base, value)


def compare_paths(expected, paths, value):
    for path in paths:
        ours, wanted = look(value, path), look(expected, path)
        if ours is ABSENT or wanted is ABSENT:
            if ours is not wanted:
                return "%s is %s" % (path, "missing" if ours is ABSENT else "still there")
        else:
            complaint = difference(flat(in_order(ours), path), flat(in_order(wanted), path))
            if complaint:
                return complaint
    return ""


def read_ours(program, text, path):
    done = subprocess.run([program, path], capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise ValueError("exit status %d: %s" % (done.returncode, done.stderr.decode()))
    return json.loads(done.stdout.decode("utf-8"))


def read_config(job):
    """Reads a config with all readers; returns a list of (reader, error or "")."""
    import ruamel.yaml
    import yaml
    from omegaconf import OmegaConf

    program, path, base, expected, paths = job
    with open(path, encoding="utf-8", newline="") as stream:
        text = stream.read()

    def check(reader, read, compare):
        try:
            return reader, compare(read()).replace("torchtune has", "expected")
        except Exception as error:  # any error of a reader
            return reader, "%s: %s" % (type(error).__name__, str(error)[:600])

    def whole(value):
        return compare_whole(base, expected, value)

    def some(value):
        return compare_paths(expected, paths, value)

    return [
        check("OmegaConf", lambda: OmegaConf.to_container(OmegaConf.load(path), resolve=False), whole),
        check("our reader", lambda: read_ours(program, text, path), whole),
        check("PyYAML", lambda: yaml.safe_load(text), some),
        check("ruamel.yaml", lambda: ruamel.yaml.YAML(typ="safe", pure=True).load(text), some),
    ]


# --- main -------------------------------------------------------------------


def load_base(name):
    from omegaconf import OmegaConf

    return OmegaConf.to_container(OmegaConf.load(SPECS / "bases" / (name + ".yaml")), resolve=False)


def write_profile(file):
    """The built-in profile without rules, types, required keys and further outputs, so that any value
    is valid."""
    builtin = json.loads((SPECS / "profiles/torchtune-0.6.1.json").read_text("utf-8"))
    kept = {key: builtin[key]
            for key in ("component_key", "launch", "parameters", "groups")}
    kept["outputs"] = builtin["outputs"][:1]
    scan = json.loads((SPECS / "profiles/torchtune-0.6.1.scan.json").read_text("utf-8"))
    for recipe in scan["recipes"].values():
        recipe["optional"] = recipe.pop("required") + recipe["optional"]
    for component in scan["components"].values():
        component["extra"] = True
        component["arguments"] = {name: {"default": ""} for name in component["arguments"]}
    file.write_text(json.dumps({**scan, **kept}), "utf-8")


def generate(sweepctl, scratch, text, name):
    """The rows of run_mapping.csv, with absolute paths of configs."""
    (scratch / "queue").mkdir(exist_ok=True)
    file = scratch / (name + ".json")
    file.write_text(text, "utf-8")
    command = [sweepctl, "generate", file.name, "-o", "queue", "--profile", "profile.json"]
    done = subprocess.run(command, cwd=scratch,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        raise ValueError("exit status %d: %s" % (
            done.returncode, done.stderr.decode("utf-8", "replace")))
    lines = done.stdout.decode("utf-8").splitlines()
    if not lines:
        raise ValueError("no directory was printed")
    directory = scratch / lines[-1]
    with open(directory / "run_mapping.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["config"] = str(directory / row["config"])
    return rows


def jobs_of(spec, rows, base, program, pick):
    """The arguments of read_config() for the runs that `pick` chooses."""
    settings = [(key, [value]) for key, value in spec["fixed"].items()]
    settings += list(spec["grid"].items())
    points = list(itertools.product(*[values for _, values in settings]))
    if len(rows) != len(points):
        raise ValueError("%d runs, expected %d" % (len(rows), len(points)))
    for row, point in pick(list(zip(rows, points))):
        changes = [("output_dir", "out/%s/%s" % (spec["name"], row["run"]))]
        for (key, _), value in zip(settings, point):
            changes += operations(key, value)
        expected = copy.deepcopy(base)
        for path, value in changes:
            put(expected, path, value)
        yield program, row["config"], base, expected, [path for path, _ in changes]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--configs", type=int, default=1000)
    parser.add_argument("sweepctl")
    parser.add_argument("yaml2json")
    options = parser.parse_args()
    for program in options.sweepctl, options.yaml2json:
        if not os.access(program, os.X_OK):
            skip("the program %s" % program)
    try:
        import omegaconf  # noqa: F401
        import ruamel.yaml  # noqa: F401
        import yaml  # noqa: F401
    except ImportError as error:
        skip("a Python with omegaconf, PyYAML and ruamel.yaml (%s)" % error)
    if options.seed is None:
        options.seed = int.from_bytes(os.urandom(4), "big")
    return options


def main():
    options = arguments()
    sweepctl, program = os.path.abspath(options.sweepctl), os.path.abspath(options.yaml2json)
    rng = random.Random(options.seed)
    print("--seed %d" % options.seed, flush=True)
    scratch = Path(tempfile.mkdtemp(prefix="sweep-compat-"))
    write_profile(scratch / "profile.json")
    bases = {name: load_base(name) for name in BASES}
    jobs, passed, failed = [], 0, 0
    for text, spec in some_specs(rng, options.configs):
        big = spec["name"] == "big"

        def pick(runs, big=big):
            return [runs[0], runs[-1]] + rng.sample(runs, BIG_SAMPLE) if big else runs

        try:
            rows = generate(sweepctl, scratch, text, spec["name"])
            jobs += jobs_of(spec, rows, bases[spec["base"]], program, pick)
        except (OSError, KeyError, ValueError, subprocess.TimeoutExpired) as error:
            failed += 1
            print("FAIL  %s.json: %s" % (spec["name"], error))
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for job, results in zip(jobs, pool.map(read_config, jobs, chunksize=8)):
            for reader, complaint in results:
                passed += not complaint
                failed += bool(complaint)
                if complaint:
                    print("FAIL  %s: %s: %s" % (
                        Path(job[1]).relative_to(scratch), reader, complaint))
    print("%d configs, each read by four readers" % len(jobs))
    if failed:
        print("kept: %s" % scratch)
    else:
        shutil.rmtree(scratch)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
