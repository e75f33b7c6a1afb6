#!/usr/bin/env python3
"""Resolves random interpolations with OmegaConf and with sweepctl.

    tests/compat/interpolations.py [--seed N] [--cases N] [--strict] SWEEPCTL

sweepctl must reject, at the same path, what OmegaConf rejects in any environment. All forms of
tests/torchtune/shipped_tables.py are tested, then random ones. sweepctl may be stricter; --strict shows
where.

--seed repeats the cases of a printed seed. Exit status: 0 passed, 1 failed, 77 something is missing.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

sys.dont_write_bytecode = True

try:
    from omegaconf import OmegaConf
except ImportError as error:
    print(f"skipped: needs {error.name} (for {sys.executable})")
    sys.exit(77)

sys.path.insert(0, str(Path(__file__).parent.parent / "torchtune"))
from shipped_tables import FRAMES, PARTS  # noqa: E402

BATCH = 500

# What interpolations refer to: each kind of value, and keys that are invalid in the grammar.
AROUND = {
    "seed": 1, "s": "str", "key": "seed", "t": True, "n": None, "f": 0.5, "i": 1, "neg": -1,
    "no": "lora_rank", "empty": "", "dotted": "model.lora_rank", "rel": ".seed", "brk": "l[0]",
    "bs": "a\\", "qq": "??", "x": "izer", "seedx": 4,
    "model": {"_component_": "x", "lora_rank": 8, "name": "lora_rank",
              "deep": {"k": 2, "up": "${..name}"}},
    "optimizer": {"lr": 1e-3}, "l": [10, {"x": "y"}, [1, 2], "${seed}"],
    "m2": "${model}", "l2": "${l}", "outer": {"m": "${outer2}", "p": {"q": "${..m}"}},
    "outer2": {"in": 3, "sib": "${.in}", "back": "${outer.m2}"},
    "e": "${oc.env:NOPE_X}", "e2": "x${oc.env:HOME}/y", "ed": "${oc.env:NOPE_X,lora_rank}",
    "null": 5, "true": 6, "0.5": 7, "1.5": 1, "1": "one", "-1": 8, "caf\xe9": 1, "seed$": 3,
    **{f"a{mark}b": 1 for mark in "(,=.' {}:[]/%@\t\""}, "a$": 1, "a\\": 1, "seed,1": 2,
}
WORDS = [*AROUND, "nowhere", "lora_rank", "deep", "k", "0", "2", "name", "in", "sib", "up"]
# An environment variable has one of these values, or none.
VALUES = [None, "3", "seed", "model", "lora_rank"]
# Where an interpolation is placed, with the text around it.
PLACES = {
    "T": lambda text: {"T": text},
    "M.T": lambda text: {"M": {"T": text, "seed": 9, "D": {"z": 1}}},
    "L.1": lambda text: {"L": [5, text]},
    "A.B.T": lambda text: {"A": {"B": {"T": text, "k": 1}, "j": 2}},
}

RESOLVERS = (["oc.env"] * 8 + ["oc.select"] * 4 + ["oc.decode"] * 3 +
             "oc.create oc.deprecated oc.dict.keys oc.dict.values oc.nope nope env oc".split())
ELEMENTS = (
    "HOME NOPE_X seed model.lora_rank nowhere null NULL true True inf NaN 3 -1 1.5 1e3 .5 01 1_0 "
    "a-b a/b a.b - +3 a:b x? ??? \\, \\ () a=b http://x/y _ $ $x a$ * | @ < a;b \xe9").split(" ")
MARKS = ("${ ${ } } . .. [ ] : , ' \" \\ \\\\ $ { ( ) = ? / - + % @ | * ; # ! & ~ ^ < > ` {}").split()
ATOMS = MARKS + RESOLVERS + WORDS + ["oc.env:", "oc.env:HOME", "nope:", "???", " ", "\n", "\u2028"]


class Forms:
    """Random interpolations, most of them valid in the grammar."""

    def __init__(self, rng):
        self.rng = rng

    def blank(self):
        return self.rng.choice([""] * 9 + [" ", "\t", "  "])

    def path(self, depth):
        def part():
            nested = depth > 0 and self.rng.random() < 0.2
            return self.interpolation(depth - 1) if nested else self.rng.choice(WORDS)

        text = self.rng.choice([""] * 6 + [".", "..", "...", "...."])
        text += part() if self.rng.random() < 0.9 else f"[{part()}]"
        while self.rng.random() < 0.4:
            text += self.rng.choice([".%s", ".%s", ".%s", "[%s]"]) % part()
        return text

    def interpolation(self, depth):
        if self.rng.random() < 0.7:
            return "${" + self.blank() + self.path(depth) + self.blank() + "}"
        count = self.rng.choice([0, 1, 1, 1, 1, 2, 2, 2, 3])
        comma = self.blank() + "," + self.blank()
        return ("${" + self.blank() + self.rng.choice(RESOLVERS) + self.blank() + ":" + self.blank()
                + comma.join(self.element(depth) for _ in range(count)) + self.blank() + "}")

    def element(self, depth):
        """An argument of a resolver."""
        way, inner = self.rng.random(), max(depth - 1, 0)
        if depth > 0 and way < 0.2:
            return self.interpolation(inner)
        if way < 0.5:
            return self.rng.choice(ELEMENTS)
        some = range(self.rng.randrange(3))
        if way < 0.75:
            quote = self.rng.choice("'\"")
            nested = [self.interpolation(inner)] if depth > 0 else []
            text = self.rng.choice(["", "3", "a b", "[1", "a" + quote, "\\" + quote, "\\\\", *ELEMENTS,
                                    *nested])
            return quote + text + quote
        if way < 0.87:
            return "[" + ",".join(self.element(inner) for _ in some) + "]"
        keys = ["a", "1", "null", "'a'", "a b", "${seed}"]
        return "{" + ",".join(f"{self.rng.choice(keys)}:{self.element(inner)}" for _ in some) + "}"

    def noise(self, most):
        return "".join(self.rng.choice(ATOMS) for _ in range(self.rng.randrange(1, most)))

    def text(self):
        way = self.rng.random()
        if way < 0.1:
            return self.noise(9)
        if way < 0.3:
            return "${" + self.noise(7) + "}" + self.rng.choice(["", "", "", "}", "x", "${seed}"])
        text = "".join(self.rng.choice(["", "", "", "", *"x$\\ ?/.}{'", "\\\\", "\\\\\\"])
                       + self.interpolation(3) for _ in range(self.rng.choice([1, 1, 1, 2, 3])))
        if self.rng.random() < 0.15:
            at = self.rng.randrange(len(text))
            text = text[:at] + self.rng.choice(ATOMS) + text[at + self.rng.randrange(2):]
        return text


def tabled(rng):
    """Each of PARTS in each of FRAMES; if a frame has two, the other is random."""
    for frame in FRAMES:
        for part in PARTS:
            parts = iter([part, rng.choice(PARTS)])
            yield re.sub("%s", lambda _: next(parts), frame.replace("\\ ", " "))


def config(text, place):
    return {**AROUND, **PLACES[place](text)}


def value_at(node, place):
    for part in place.split("."):
        node = node[int(part) if part.isdigit() else part]
    return node


def needs_environment(text):
    return "oc.env" in text or "${oc." in text or re.search(r"\b(e|e2|ed)\b", text)


# Errors that do not depend on the value of a variable.
WRITTEN_WRONG = re.compile("GrammarParseError|UnsupportedInterpolationType")
BASE = OmegaConf.create(AROUND)


def resolve(text, place):
    """The value in OmegaConf; raises its exceptions."""
    added = PLACES[place](text)
    try:
        BASE.update(added)
        value_at(BASE, place)
    finally:
        for key in added:
            BASE.pop(key, None)


def omegaconf_error(text, place):
    """Why OmegaConf cannot resolve it in any environment; None if it can in some."""
    names = set(re.findall(r"[A-Za-z_]\w*", text)) | {"HOME", "NOPE_X"}
    kept, errors = dict(os.environ), []
    try:
        for value in VALUES if needs_environment(text) else [None]:
            for name in names:
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value
            try:
                resolve(text, place)
                return None
            except Exception as error:  # any error
                errors.append(f"{type(error).__name__}: {error}".split("\n", maxsplit=1)[0])
    finally:
        os.environ.clear()
        os.environ.update(kept)
    named = re.search(r"\$\{[^}]*\$\{", text) and needs_environment(text)
    return None if named and not any(map(WRITTEN_WRONG.search, errors)) else errors[0]


def ask(sweepctl, cases):
    """For each case the errors at its path; None without a result."""
    answers = [None] * len(cases)
    with tempfile.TemporaryDirectory() as top:
        files = [Path(top, f"{number}.yaml") for number in range(len(cases))]
        for file, (text, place) in zip(files, cases):
            file.write_text(json.dumps(config(text, place)), "utf-8")
        for start in range(0, len(files), BATCH):
            done = subprocess.run([sweepctl, "validate", "--json", *files[start:start + BATCH]],
                                  capture_output=True, text=True, check=False)
            for answer in map(json.loads, done.stdout.splitlines()):
                number = int(Path(answer["file"]).stem)
                answers[number] = [finding for finding in answer["findings"]
                                   if finding["severity"] == "error"
                                   and finding.get("path", "") in ("", cases[number][1])]
    return answers


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[2])
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    parser.add_argument("--cases", type=int, default=int(os.environ.get("SWEEP_CASES", 2000)))
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("sweepctl")
    args = parser.parse_args()
    print(f"--seed {args.seed} --cases {args.cases}", flush=True)
    warnings.simplefilter("ignore")
    rng = random.Random(args.seed)
    forms = Forms(rng)
    texts = [*tabled(rng), *(forms.text() for _ in range(args.cases))]
    cases = [(text, rng.choice(sorted(PLACES))) for text in texts]
    missed = unanswered = 0
    for (text, place), errors in zip(cases, ask(args.sweepctl, cases)):
        unanswered += errors is None
        theirs = omegaconf_error(text, place)
        if theirs is not None and not errors:
            missed += 1
            print(f"MISSED at {place}: {text!r}: {theirs}")
        elif theirs is None and errors and args.strict:
            print(f"strict at {place}: {text!r}: {errors[0]['code']}")
    print(f"{len(cases)} interpolations: {missed} missed, {unanswered} without a result")
    return missed > 0 or unanswered > 0


sys.exit(main())
