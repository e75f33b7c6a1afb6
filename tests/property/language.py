#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The runs of random specs are those of a slow, obvious implementation in Python.

    language.py [--show] SPEC_EVAL

random_specs.py writes specs, SPEC_EVAL plans them, reference.py expands them; verdicts, names, ids and
configs of all runs must be equal, in order. And the fixed cases of VECTORS. SWEEP_SEED and SWEEP_CASES
choose what is tried: case i of seed S is the only case of seed S + i. --show prints each spec.

Exit status: 0 they agree, 1 they do not.
"""
import collections
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

import generators
import random_specs
import reference
import samples
import vectors
from expressions import Refused

ROOT = Path(__file__).resolve().parents[2]
BATCH, MAX_SHOWN = 100, 10


def yaml(value, indent=""):
    """A mapping in block style."""
    lines = []
    for key, one in value.items():
        if isinstance(one, dict):
            lines += [indent + key + ":", yaml(one, indent + "  ")]
        else:
            lines.append("%s%s: %s" % (indent, key, json.dumps(one)))
    return "\n".join(lines)


def profile():
    """Parameters as torchtune's, without rules, types and required keys: every value is valid."""
    builtin = json.loads((ROOT / "specs/profiles/torchtune-0.6.1.json").read_text("utf-8"))
    components = {value["_component_"]: {"extra": True, "arguments": {name: {"default": ""} for name in value}}
                  for value in reference.BASE.values() if isinstance(value, dict)}
    return {"trainer": reference.TRAINER, "version": "0", "component_key": "_component_",
            "outputs": ["output_dir"], "launch": builtin["launch"], "parameters": builtin["parameters"],
            "seed": "seed", "volatile": reference.VOLATILE, "components": components,
            "recipes": {reference.RECIPE: {"distributed": False, "required": [],
                                           "optional": list(reference.BASE)}}}


class Comparison:
    def __init__(self, program, scratch):
        self.program, self.scratch = program, scratch
        self.failed = 0
        self.counts = collections.Counter()
        (scratch / "b.yaml").write_text(yaml(reference.BASE) + "\n", "utf-8")
        (scratch / "profile.json").write_text(json.dumps(profile()), "utf-8")
        one = '{"name": "x", "base": {"file": "b.yaml"}, "cases": [{"lr": 1}, {"lr": 1}]%s}'
        equal, order = self.plan([one % "", one % ', "order": "shuffled"'])
        self.drops_equal, self.orders = len(equal["runs"]) == 1, bool(order["runs"])

    def plan(self, texts, profile="profile.json"):
        """What SPEC_EVAL says of each; without a profile, for torchtune."""
        done = subprocess.run([self.program, self.scratch / profile if profile else "", self.scratch],
                              input="".join(text + "\n" for text in texts), capture_output=True, text=True,
                              timeout=600, check=False)
        answers = [json.loads(line) for line in done.stdout.splitlines(True) if line.endswith("]}\n")]
        if done.returncode != 0 or len(answers) != len(texts):
            sys.exit("%s: exit status %d at\n%s\n%s" % (
                self.program, done.returncode, texts[min(len(answers), len(texts) - 1)], done.stderr))
        return answers

    def fail(self, title, text, lines):
        self.failed += 1
        if self.failed <= MAX_SHOWN:
            print("\n".join(["FAIL  " + title, "  " + text, *("  " + line for line in lines)]), flush=True)

    def expand(self, text):
        """Runs, and why there are none."""
        try:
            return reference.expand(text, self.scratch, self.drops_equal), None
        except Refused as refused:
            return [], str(refused)

    def compare(self, title, text, answer):
        runs, refused = self.expand(text)
        findings = ["%s: %s" % tuple(one) for one in answer["findings"]]
        for one in answer["findings"]:
            self.counts[one[0]] += 1
        self.counts["runs"] += len(runs)
        if (refused is None) != (findings == []):
            self.fail(title, text, ["the reference: %s" % (refused or "valid, %d runs" % len(runs)), *findings])
        elif json.dumps(runs) != json.dumps(answer["runs"]):
            self.fail(title, text, differences(runs, answer["runs"]))
        return runs

    def specs(self, seeds):
        cases = [random_specs.spec(random.Random(seed), self.scratch, "c%d" % seed, self.orders)
                 for seed in seeds]
        for seed, text, answer in zip(seeds, cases, self.plan(cases)):
            self.compare("SWEEP_SEED=%d SWEEP_CASES=1" % seed, text, answer)
        for file in self.scratch.glob("c*-*"):
            file.unlink()

    def vectors(self):
        """The fixed cases; the reference has another base, and so other ids."""
        texts = [json.dumps(spec) for spec, _ in vectors.VECTORS]
        for (_, wanted), text, answer in zip(vectors.VECTORS, texts, self.plan(texts, None)):
            runs, _ = self.expand(text)
            for who, found in ("SPEC_EVAL", answer["runs"]), ("the reference", runs):
                got = [(identity, config["optimizer"]["lr"], config["batch_size"], config["epochs"],
                        config["seed"] or 0) for _, identity, config in found]
                if who != "SPEC_EVAL":  # its order may depend on the ids
                    got, wanted = sorted(run[1:] for run in got), sorted(run[1:] for run in wanted)
                if got != wanted:
                    self.fail("a fixed case, %s" % who, text, ["%s, expected %s" % (got, wanted)])
        for text, wanted in vectors.DIGESTS.items():
            if samples.sha256(text)[:8].hex() != wanted:
                self.fail("a fixed digest", text, [])
        for kind, numbers, wanted in vectors.AXES:
            if json.dumps(generators.expected(kind, numbers, 6)) != json.dumps(wanted):
                self.fail("a fixed axis", "%s %s" % (kind, numbers), [])


def differences(runs, answer):
    if len(runs) != len(answer):
        yield "%d runs, the reference %d" % (len(answer), len(runs))
    for (name, identity, config), (got_name, got_identity, got) in zip(runs, answer):
        if (name, identity) != (got_name, got_identity):
            yield "%s %s, the reference %s %s" % (got_name, got_identity, name, identity)
        for path in sorted(flat(config).keys() | flat(got).keys()):
            a, b = flat(config).get(path), flat(got).get(path)
            if json.dumps(a) != json.dumps(b):
                yield "  %s %s: %s, the reference %s" % (name, path, json.dumps(b), json.dumps(a))
        if json.dumps(config) != json.dumps(got) or identity != got_identity:
            return


def flat(config, prefix=""):
    out = {}
    for key, value in config.items():
        out.update(flat(value, prefix + key + ".") if isinstance(value, dict) else {prefix + key: value})
    return out


def main():
    seed = int(os.environ.get("SWEEP_SEED", "1"))
    cases = int(os.environ.get("SWEEP_CASES") or os.environ.get("SWEEP_SLOW_CASES", "10000"))
    scratch = Path(tempfile.mkdtemp(prefix="sweep-language-", dir=os.environ.get("TMPDIR", "/dev/shm")))
    comparison = Comparison(sys.argv[-1], scratch)
    print("SWEEP_SEED=%d SWEEP_CASES=%d" % (seed, cases), flush=True)
    comparison.vectors()
    for first in range(seed, seed + cases, BATCH):
        comparison.specs(range(first, min(first + BATCH, seed + cases)))
    shutil.rmtree(scratch)
    counts = comparison.counts
    print(", ".join("%s %d" % one for one in counts.most_common()))
    print("%d specs, %d runs; %d differ" % (cases, counts["runs"], comparison.failed))
    return 1 if comparison.failed else 0


if __name__ == "__main__":
    sys.exit(main())
