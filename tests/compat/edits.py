#!/usr/bin/env python3
"""Reads random edits of random documents with OmegaConf and PyYAML.

    tests/compat/edits.py [--seed N] [--cases N] EDITED

EDITED (tests/property/edited.c) prints how our reader reads each text; OmegaConf must read the same values
and types. Two differences of PyYAML are allowed: it reads a float without a dot as a string, and some
strings as dates.

--seed repeats the cases of a printed seed. Exit status: 0 no difference, 1 differences, 77 something is
missing.
"""

import argparse
import datetime
import io
import json
import os
import random
import subprocess
import sys

try:
    import yaml
    from omegaconf import OmegaConf
    from omegaconf.errors import GrammarParseError
except ImportError as error:
    print(f"skipped: needs {error.name} (for {sys.executable})")
    sys.exit(77)


def alike(ours, theirs, lenient):
    """Whether two values and their types are equal."""
    if lenient and isinstance(ours, float) and isinstance(theirs, str):
        return float(theirs.replace("_", "")) == ours
    if lenient and isinstance(ours, str) and isinstance(theirs, datetime.date):
        return True
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, dict):
        return sorted(ours) == sorted(theirs) and all(
            alike(ours[key], theirs[key], lenient) for key in ours)
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(lambda a, b: alike(a, b, lenient), ours, theirs))
    return ours == theirs


def check(case):
    """What is wrong with one case, or None."""
    text, ours = case["text"], case["value"]
    try:
        theirs = OmegaConf.to_container(OmegaConf.load(io.StringIO(text)), resolve=False)
        loaded = yaml.load(text, Loader=yaml.CSafeLoader)
    except GrammarParseError:
        return None  # a broken ${…} in a random string: not the subject of this test
    except Exception as error:  # any error of a reader
        return f"{type(error).__name__}: {error}"
    if not alike(ours, theirs, False):
        return f"OmegaConf reads {theirs!r}, we {ours!r}"
    if not alike(ours, loaded if loaded is not None else {}, True):
        return f"PyYAML reads {loaded!r}, we {ours!r}"
    return None


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[2])
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    parser.add_argument("--cases", type=int, default=int(os.environ.get("SWEEP_CASES", 5000)))
    parser.add_argument("edited")
    args = parser.parse_args()
    print(f"--seed {args.seed} --cases {args.cases}")
    done = subprocess.run([args.edited, str(args.seed), str(args.cases)], capture_output=True,
                          check=False)
    passed = failed = 0
    for line in filter(None, done.stdout.decode().split("\n")):
        case = json.loads(line)
        problem = check(case)
        passed += problem is None
        failed += problem is not None
        if problem and failed <= 5:
            print(f"seed {case['seed']}: {problem}\n{case['text']}")
    if done.returncode != 0:
        print(done.stderr.decode())
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return failed > 0 or passed == 0


sys.exit(main())
