#!/usr/bin/env python3
"""`sweepctl validate` must reject everything that `tune validate` rejects.

usage: refusals.py SWEEPCTL [--seed N] [--count N] [--more]
       refusals.py SWEEPCTL --show ID                          prints that config

Needs the Python of TORCHTUNE_VENV. COUNT configs, each a shipped one with one change, are validated by
both. Prints each change that torchtune rejects (or that crashes it) and for which sweepctl has no error.
Unchanged configs must have no errors. Exit status: 0 passed, 1 failed, 77 torchtune is missing.
"""

import argparse
import collections
import difflib
import os
import random
import re
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from validate_configs import problem  # exits if torchtune is missing

import torchtune
from torchtune._recipe_registry import get_all_recipes
from yaml import YAMLError

import changes_shipped
from agreement import BATCH, ask, print_groups
from changes import Skip, chosen, dotted
from mutations import ATTEMPTS, Mutation, shipped_components, shortened
from shipped_tables import VARIABLES
from yamltext import PLACEHOLDER, Document

# Correct errors of sweepctl for unchanged shipped configs, and why.
KNOWN = {
    ("dev/8B_full_experimental", "wrong-type", "log_every_n_steps"):
        "is null, which the recipe divides by: TypeError at the first step",
}
# The names in the tables of changes for configs of such a recipe.
ALIASES = [("lora_dpo", "dpo"), ("full_dpo", "dpo"), ("lora", "lora"), ("qat_lora", "lora"),
           ("knowledge", "kd"), ("ppo", "ppo"), ("full", "full"), ("qat", "full")]
STRICT = ["--unknown", "error"]
# Values of environment variables with which a config may be valid.
ENVIRONMENTS = ["3", "seed", "model", "torch.nn.Identity"]


# --- the configs ---------------------------------------------------------------------


def shipped(site):
    """{name: (recipe, text)} of all config files, also of unregistered ones."""
    recipes = {config.file_path: recipe.name
               for recipe in get_all_recipes() for config in recipe.configs}
    root, found = site / "recipes" / "configs", {}
    for file in sorted(root.rglob("*.yaml")):
        name, text = str(file.relative_to(root)), file.read_text()
        command = re.search(r"tune run .*?(\w+) --config", text)
        recipe = recipes.get(name) or (command and command[1])
        if recipe is None:
            sys.exit(f"refusals: nothing says which recipe {name} is for")
        found[name.removesuffix(".yaml")] = (recipe, text)
    return found


def alias(recipe):
    return next((name for start, name in ALIASES if recipe.startswith(start)), "other")


def one(document, name, recipe, identity, attempt, components):
    """A change of the config, or Skip."""
    rng = random.Random(f"{identity}:{attempt}")
    change = chosen(rng, changes_shipped.ALL)
    path, old, new, text = change(rng, document, alias(recipe), components)
    kind = change.__name__.replace("_", "-")
    text = text.replace(PLACEHOLDER, "/nowhere")
    return Mutation(identity, name, kind, dotted(path), shortened(old), shortened(new), False, text)


class Mutations:
    """Changes that depend only on the seed and their number, spread over all configs."""

    def __init__(self, configs, seed, site):
        self.configs, self.seed = configs, seed
        self.components = shipped_components(site)
        self.documents = {name: Document(text) for name, (_, text) in configs.items()}
        self.order = sorted(configs)
        random.Random(seed).shuffle(self.order)

    def get(self, number):
        name = self.order[number % len(self.order)]
        recipe, text = self.configs[name]
        for attempt in range(ATTEMPTS):
            try:
                mutation = one(self.documents[name], name, recipe, f"{self.seed}-{number}", attempt,
                               self.components)
            except (Skip, IndexError, YAMLError):
                continue
            if mutation.text != text:
                return mutation
        sys.exit(f"refusals: no change {self.seed}-{number} of {name}")


def encoded(text):
    """Encodes text; lone surrogates from U+DC80 are bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape")


# --- run both -------------------------------------------------------------------------


def ask_sweepctl(sweepctl, directory, recipes, options=()):
    """{id: findings, or None} of the files in DIRECTORY, given {id: recipe}."""
    files, answers = collections.defaultdict(list), {}
    for identity, recipe in recipes.items():
        files[recipe].append(directory / f"{identity}.yaml")
    for recipe, some in files.items():
        for start in range(0, len(some), BATCH):
            answers.update(ask(sweepctl, recipe, some[start:start + BATCH], options))
    return answers


def of_severity(findings, severity):
    return [finding for finding in findings or () if finding["severity"] == severity]


def one_line(finding):
    return f"{finding['severity']} {finding['code']} at {finding.get('path')}: {finding['message']}"


# --- the two properties ------------------------------------------------------------------


def check_shipped(sweepctl, configs):
    """The number of errors for unchanged configs; prints the other findings."""
    names, wrong = sorted(configs), 0
    with tempfile.TemporaryDirectory(prefix="refusals.") as top:
        for number, name in enumerate(names):
            Path(top, f"{number}.yaml").write_bytes(configs[name][1].encode())
        recipes = {str(number): configs[name][0] for number, name in enumerate(names)}
        answers = ask_sweepctl(sweepctl, Path(top), recipes)
    others = []
    for number, name in enumerate(names):
        findings = answers[str(number)]
        for finding in findings or ():
            why = KNOWN.get((name, finding["code"], finding.get("path")))
            if finding["severity"] != "error":
                others.append((f"{finding['severity']} {finding['code']}", name))
            elif why is not None:
                print(f"known: {name}: {finding['path']} {why}")
            else:
                wrong += 1
                print(f"WRONG {name}: {one_line(finding)}")
        if findings is None:
            wrong += 1
            print(f"WRONG {name}: no answer")
    print_groups(f"warnings and notes on the {len(names)} configs as they are", others)
    return wrong


def print_miss(mutation, recipe, base, error, findings):
    print(f"\nMISSED {mutation.id}: {mutation.kind} at {mutation.path} of {mutation.base} "
          f"({recipe})")
    lines = difflib.unified_diff(base.split("\n"), mutation.text.split("\n"), n=0, lineterm="")
    for line in list(lines)[2:14]:
        print(f"  {line!a}")
    print(f"  tune validate: {' '.join(error.split())[:300]}")
    for finding in findings or ():
        print(f"  sweepctl: {one_line(finding)}")
    if not findings:
        print(f"  sweepctl: {'no answer' if findings is None else 'nothing'}")


def up_to_environment(file, error, findings):
    """Whether it depends on environment variables, and sweepctl has a finding for that."""
    notes = [finding for finding in findings or ()
             if finding["code"] == "environment" and "oc.env" in finding["message"]]
    if not notes:
        return False
    looked_up = "Interpolation" not in error and "GrammarParse" not in error
    if looked_up and any(finding["path"].endswith("_component_") for finding in notes):
        return True
    kept = {name: os.environ.get(name) for name in VARIABLES}
    try:
        for value in ENVIRONMENTS:
            os.environ.update(dict.fromkeys(kept, value))
            if problem(file) is None:
                return True
    finally:
        for name, value in kept.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
    return False


class Comparison:
    """Both results for COUNT changed configs."""

    def __init__(self, sweepctl, mutations, count):
        self.configs, self.mutations = mutations.configs, {}
        with tempfile.TemporaryDirectory(prefix="refusals.") as top:
            directory = Path(top)
            for mutation in map(mutations.get, range(count)):
                self.mutations[mutation.id] = mutation
                (directory / f"{mutation.id}.yaml").write_bytes(encoded(mutation.text))
            self.theirs = {key: problem(directory / f"{key}.yaml") for key in self.mutations}
            recipes = {key: self.recipe(key) for key in self.mutations}
            self.answers = ask_sweepctl(sweepctl, directory, recipes)
            missed = {key: recipes[key] for key, error in self.theirs.items()
                      if self.answers[key] is None or error is not None and not self.refuses(key)}
            # For unknown packages sweepctl only warns by default.
            strict = ask_sweepctl(sweepctl, directory, missed, STRICT)
            self.unknown = {key for key in missed if of_severity(strict[key], "error")}
            self.environment = {
                key for key in missed if key not in self.unknown and up_to_environment(
                    directory / f"{key}.yaml", self.theirs[key] or "", self.answers[key])}
        self.missed = missed.keys() - self.unknown - self.environment

    def recipe(self, key):
        return self.configs[self.mutations[key].base][0]

    def refuses(self, key):
        return bool(of_severity(self.answers[key], "error"))

    def print_missed(self):
        for key in self.mutations:
            if key in self.missed:
                mutation = self.mutations[key]
                print_miss(mutation, self.recipe(key), self.configs[mutation.base][1],
                           self.theirs[key] or "valid", self.answers[key])

    def print_more(self):
        """What only sweepctl rejects, by the first error."""
        some = [(key, of_severity(self.answers[key], "error")[0]) for key in self.mutations
                if self.refuses(key) and self.theirs[key] is None]
        print_groups("refused by sweepctl only", [
            (f"{finding['code']} ({self.mutations[key].kind})", key) for key, finding in some])

    def print_counts(self):
        theirs = {key for key, error in self.theirs.items() if error is not None}
        mine = {key for key in self.mutations if self.refuses(key)}
        bases = {mutation.base for mutation in self.mutations.values()}
        print(f"\n{len(self.mutations)} changes of {len(bases)} configs: `tune validate` refuses "
              f"{len(theirs)}, sweepctl {len(mine)}; both {len(theirs & mine)}, "
              f"only sweepctl {len(mine - theirs)}")
        print(f"of unknown packages, refused with --unknown error: {len(self.unknown)}; "
              f"up to the environment, as sweepctl notes: {len(self.environment)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("sweepctl")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--more", action="store_true", help="print what only sweepctl refuses")
    parser.add_argument("--show", metavar="ID")
    options = parser.parse_args()
    site = Path(torchtune.__file__).parent.parent
    configs = shipped(site)
    if options.show:
        seed, number = options.show.split("-")
        text = Mutations(configs, int(seed), site).get(int(number)).text
        sys.stdout.buffer.write(encoded(text))
        return 0
    sweepctl = os.path.abspath(options.sweepctl)
    wrong = check_shipped(sweepctl, configs)
    comparison = Comparison(sweepctl, Mutations(configs, options.seed, site), options.count)
    comparison.print_missed()
    if options.more:
        comparison.print_more()
    comparison.print_counts()
    print(f"{len(comparison.missed)} missed, {wrong} wrong errors on configs as they are")
    return 1 if comparison.missed or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
