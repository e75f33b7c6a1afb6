#!/usr/bin/env python3
"""Checks the profiles in specs/profiles, and scan.py with a user's package.

    tests/compat/profiles.py

Each profile, alone and merged with those that it extends, must be valid by profile.schema.json and
consistent. Then scan.py reads a package that cannot be imported. Exit status: 0 passed, 1 failed, 77
jsonschema is missing.
"""

import json
import re
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

try:
    import jsonschema
except ImportError:
    print("skipped: needs a Python with jsonschema (pip install jsonschema==4.23.0)")
    sys.exit(77)

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ROOT / "specs" / "profiles"
SCHEMA = json.loads((PROFILES / "profile.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

# Parts of a profile that the schema must reject.
BAD = {
    "an unknown field": {"recipe": {}},
    "an unknown type": {"keys": {"seed": "integer"}},
    "an open list": {"keys": {"seed": "list[int"}},
    "an empty alternative": {"keys": {"seed": "int|"}},
    "a default of what is required":
        {"components": {"a.b": {"arguments": {"c": {"required": True, "default": "1"}}}}},
    "a rule without a code": {"rules": [{"id": "G1", "when": "true", "severity": "error",
                                         "message": "m", "phase": "startup"}]},
    "unknown scalars": {"scalars": "yaml"},
    "an output that is no path": {"outputs": ["a..b"]},
    "a group of one": {"groups": [{"paths": ["a"]}]},
    "a directory outside": {"config_directories": ["../configs"]},
    "a word for a shell": {"launch": {"single": ["a b"]}},
    "data without loaders": {"parameters": [{
        "name": "d", "category": "scientific",
        "fields": [{"name": "p", "path": "p", "type": "str", "range": "any"}],
        "data": {"files": "f", "directory": "d", "default_loader": "j"}}]},
    "a fact that is a list": {"components": {"a.b": {"arguments": {}, "facts": {"c": []}}}},
}

# A user's package. Importing it fails.
MODULE = {
    "__init__.py": """
raise ImportError("nothing here may be imported")
from functools import partial
from my_pkg.parts import Words as Renamed, dataset
from torchtune.models.llama3 import llama3_8b
import torch
from .missing_extra import Thing
LIMIT = 12
short = partial(dataset, "given", split="test", max_rows=LIMIT)
cleaned = partial(torch.optim.AdamW, lr=0.1, unheard_of=1)
made = Thing.make()
def _private(): pass
""",
    "parts.py": """
from dataclasses import dataclass, field
from typing import Callable, Dict, List, Literal, NamedTuple, Optional, Union
import os
from torch import nn
import torchtune.datasets
LIMIT = 12
MODE = Literal["fast", "slow"]
def dataset(tokenizer, source: str, /, *, mode: MODE = "fast", max_rows: int = LIMIT,
            names: "List[MODE] | None" = None, split=-1, where: os.PathLike = None,
            ratio: Union[int, float] = .5, on_end: Optional[Callable] = None, **more): ...
@dataclass
class Base:
    size: int
    tags: List[str] = field(default_factory=list)
@dataclass(frozen=True)
class Words(Base):
    table: Dict[str, int] = None
    hidden: int = field(init=False, default=3)
class Pair(NamedTuple):
    left: str
    right: Optional[bool] = True
class Loss(nn.Module):
    def __init__(self, scale: float = 1, *rest): ...
class Inherits(Loss): pass
class Data(torchtune.datasets.TextCompletionDataset): pass
class Distant(nn.Transformer): pass
class Oops(Exception): pass
@nn.wrapped
def wrapped(a: int, b=2): ...
make = lambda x, y="z": None
""",
    "sub/deep.py": "def deep(optimizer, num_training_steps: int, last_epoch: int = -1): ...\n",
    "star.py": "with open('x'):\n    from .parts import *\n",
    "_hidden.py": "def hidden(): ...\n",
}
POSITIONAL = {"required": True, "supplied": "positional"}
DATASET = {
    "mode": {"type": "'fast'|'slow'", "default": "'fast'"},
    "max_rows": {"type": "int", "default": "12"},
    "names": {"type": "list['fast'|'slow']|null", "default": "None"},
    "split": {"type": "int", "default": "-1"},
    "where": {"type": "str|null", "default": "None"},
    "ratio": {"type": "int|float", "default": "0.5"},
    "on_end": {"default": "None"},
}
SOURCE = {"type": "str", "required": True, "positional_only": True}
FIRST = {"tokenizer": {**POSITIONAL, "positional_only": True}, "source": SOURCE}
WORDS = {"size": {"type": "int", "required": True},
         "tags": {"type": "list[str]", "default": "list()"},
         "table": {"type": "mapping|null", "default": "None"}}
SCALE = {"scale": {"type": "float", "default": "1"}}
STEPS = {"type": "int", "required": True, "supplied": "keyword"}

# Path: arguments and whether it takes others; None: must not be found.
EXPECTED = {
    "dataset": (FIRST | DATASET, True),
    "parts.dataset": (FIRST | DATASET, True),
    "short": ({"source": SOURCE} | DATASET | {
        "split": {"type": "int", "default": "'test'"},
        "max_rows": {"type": "int", "default": "LIMIT"}}, True),
    "Renamed": (WORDS, False),
    "parts.Pair": ({"left": {"type": "str", "required": True},
                    "right": {"type": "bool|null", "default": "True"}}, False),
    "parts.Loss": (SCALE, False),
    "parts.Inherits": (SCALE, False),
    "star.Pair": ({"left": {"type": "str", "required": True},
                   "right": {"type": "bool|null", "default": "True"}}, False),
    "parts.Distant": ({}, True),
    "parts.wrapped": ({"a": {"type": "int"}, "b": {"type": "int"}}, True),
    "parts.make": ({"x": {"required": True}, "y": {"type": "str", "default": "'z'"}}, False),
    "sub.deep.deep": ({"optimizer": POSITIONAL, "num_training_steps": STEPS, "last_epoch": {
        "type": "int", "default": "-1", "supplied": "keyword"}}, False),
    "made": ({}, True),
    "Thing": ({}, True),
    "llama3_8b": ({}, False),
    "LIMIT": None, "torch": None, "partial": None, "_private": None, "parts.Oops": None,
    "parts.MODE": None, "parts.Dict": None, "_hidden.hidden": None,
}


def problems(profile):
    """The first violation of the schema, or ""."""
    error = jsonschema.exceptions.best_match(VALIDATOR.iter_errors(profile))
    return "%s: %s" % (error.json_path, error.message[:200]) if error else ""


def load(path):
    """A profile merged with those that it extends."""
    profile = json.loads(path.read_text("utf-8"))
    beside = path.parent / (profile.get("extends", "") + ".json")
    if "extends" not in profile:
        return profile
    base = load(beside if beside.exists() else PROFILES / beside.name)
    for key, value in profile.items():
        if isinstance(value, dict):
            base[key] = {**base.get(key, {}), **value}
        elif isinstance(value, list):
            base[key] = value + base.get(key, [])
        elif key != "extends":
            base[key] = value
    return base


def check_fit(name, profile):
    """Yields (check, error) for the parts of a profile."""
    rules = profile.get("rules", []) + profile.get("path_checks", [])
    for field, known in (("recipes", profile["recipes"]), ("component", profile["components"])):
        entries = rules + profile.get("inert", []) + profile.get("dead", [])
        lost = {glob for entry in entries for glob in entry.get(field, [])
                if not any(fnmatchcase(one, glob) for one in known)}
        yield "%s: each %s of a rule is one" % (name, field), ", ".join(sorted(lost))
    if "keys" in profile:
        typed = {key.rpartition(":")[2] for key in profile["keys"]}
        read = {path.split(".")[0] for recipe in profile["recipes"].values()
                for path in recipe["required"] + recipe["optional"]}
        yield name + ": each key that is read has a type", ", ".join(sorted(read - typed))
        yield name + ": each key with a type is read", ", ".join(sorted(typed - read))


def invented_profiles():
    """Yields (name, profile) of those in tests/golden and in the manual page."""
    for path in sorted((ROOT / "tests/golden").glob("*.json")):
        yield path.name, json.loads(path.read_text("utf-8"))
    page = (ROOT / "daemon/man/sweepd-profile.5.scd").read_text("utf-8")
    for number, block in enumerate(re.findall("^```\n(\\{.*?)^```", page, re.DOTALL | re.MULTILINE)):
        example = json.loads(block)
        if "base" not in example:  # not a spec
            yield "example %d of sweepd-profile(5)" % number, example


def check_profiles():
    """Yields (check, error) for the schema and all profiles."""
    VALIDATOR.check_schema(SCHEMA)
    for path in sorted(PROFILES.glob("torchtune-*.json")):
        yield path.name + ": as the schema says", problems(json.loads(path.read_text("utf-8")))
        merged = load(path)
        yield path.name + ": so is the whole of it", problems(merged)
        yield from check_fit(path.name, merged)
    for name, profile in invented_profiles():
        yield name + ": as the schema says", problems(profile)
    head = {"trainer": "t", "version": "1"}
    yield "the schema takes the least profile", problems(head)
    for what, part in BAD.items():
        error = "" if problems({**head, **part}) else "taken"
        yield "the schema refuses " + what, error


def scan(*arguments):
    """Runs scan.py and returns the finished process."""
    return subprocess.run([sys.executable, "-B", str(PROFILES / "scan.py"), *arguments],
                          capture_output=True, text=True, check=False)


def check_module(root):
    """Yields (check, error) for a user's package, written below root."""
    package = root / "src"
    for name, content in MODULE.items():
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    done = scan("--module", "my_pkg=%s" % package)
    yield "a module is scanned without importing it", done.stderr
    profile = json.loads(done.stdout or "{}")
    yield "its profile: as the schema says", problems(profile)
    components = profile.get("components", {})
    for name, expected in EXPECTED.items():
        entry = components.get("my_pkg." + name)
        real = entry and (entry["arguments"], entry.get("extra", False))
        same = real == expected and (not real or list(real[0]) == list(expected[0]))
        yield "my_pkg." + name, "" if same else "%r, not %r" % (real, expected)
    theirs = load(PROFILES / "torchtune-0.6.1.scan.json")["components"]
    base = theirs["torchtune.datasets.TextCompletionDataset"]
    mine = components.get("my_pkg.parts.Data", {})
    yield "a class that inherits from torchtune's", \
        "" if mine == base else "%r, not %r" % (mine, base)
    bound = {"type": "float", "default": "0.1"}
    error = "" if components["my_pkg.cleaned"]["arguments"]["lr"] == bound else "other lr"
    yield "a partial of something of torch", error
    file = root / "profile.json"
    file.write_text(done.stdout, "utf-8")
    yield "with what it extends: as the schema says", problems(load(file))
    complete = "" if profile.get("complete") == ["my_pkg"] else "%r" % profile.get("complete")
    yield "all names of the package are known", complete
    one = scan("--module", "deep=%s" % (package / "sub/deep.py"))
    yield "a single file", "" if '"deep.deep"' in one.stdout else one.stderr or one.stdout
    for line in ("def __getattr__(name): ...", "globals()['f'] = len", "from numpy import *"):
        file.write_text("def f(a): ...\n%s\n" % line, "utf-8")
        more = json.loads(scan("--module", "more=%s" % file).stdout)
        error = "" if more["complete"] == [] and len(more["components"]) == 1 else str(more)
        yield "not all names of a module are known with " + line, error


def check_errors(root):
    """Yields (check, error) for the error messages of scan.py."""
    (root / "bad.py").write_text("def f(:\n", "utf-8")
    for arguments, status, words in (
            (["--module", "bad=%s" % (root / "bad.py")], 1, "bad.py:1: invalid syntax"),
            (["--module", "bad"], 2, "is not NAME=DIRECTORY or NAME=FILE"),
            (["--module", "no=%s" % (root / "none.py")], 2, "is not NAME="),
            ([str(root)], 2, "does not hold torchtune/ and recipes/"),
            ([], 2, "give either")):
        done = scan(*arguments)
        fine = done.returncode == status and words in done.stderr and not done.stdout
        yield "scan.py: " + words, "" if fine else "%d: %s" % (done.returncode, done.stderr)


def main():
    checks = list(check_profiles())
    with tempfile.TemporaryDirectory() as directory:
        checks += list(check_module(Path(directory))) + list(check_errors(Path(directory)))
    for name, error in checks:
        print("FAIL  %s: %s" % (name, error) if error else "ok    " + name)
    failed = sum(1 for _, error in checks if error)
    print("%d passed, %d failed" % (len(checks) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
