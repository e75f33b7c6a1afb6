#!/usr/bin/env python3
"""Tests each rule of the profile on its example, and all rules on torchtune's configs.

    tests/compat/examples.py [--update] SWEEPCTL PROFILE SITE_PACKAGES

Each rule and path check of PROFILE has an example: a config of torchtune, changes of it, and other
assumptions. The rule must not fire for the config itself; with the changes it must, at the path of the
rule. A rule that cannot have an example has "example": null, and the reason in "no_example".

All 156 configs must be free of errors, except for those that are listed here. Their warnings and notes
must be those of examples.txt (--update writes it).

Exit status: 0 passed, 1 failed, 77 something is missing.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase

try:
    from omegaconf import OmegaConf
except ImportError:
    print(f"skipped: needs omegaconf (for {sys.executable})")
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
CONFIGS = 156

# Shipped configs with errors, and why: they do fail.
BROKEN = {
    "dev/8B_full_experimental": [("wrong-type", "log_every_n_steps")],
}


# --- configs ----------------------------------------------------------------------


def load(file):
    return OmegaConf.to_container(OmegaConf.load(file), resolve=False)


def step(node, part):
    """The value of a path, or None."""
    if isinstance(node, list):
        return node[int(part)] if part.isdigit() and int(part) < len(node) else None
    return node.get(part) if isinstance(node, dict) else None


def get(config, path):
    for part in filter(None, path.split(".")):
        config = step(config, part)
    return config


def parent(config, path):
    """The container of the last part of a path; creates missing ones."""
    *parts, last = path.split(".")
    for part in parts:
        if step(config, part) is None:
            config[part] = {}
        config = step(config, part)
    return config, int(last) if isinstance(config, list) else last


def changed(config, example):
    """A copy of the config with the changes of an example."""
    config = json.loads(json.dumps(config))
    for path in example.get("delete", []):
        node, key = parent(config, path)
        del node[key]
    for path, value in example.get("set", {}).items():
        node, key = parent(config, path)
        node[key] = value
    return config


# --- validate ---------------------------------------------------------------------


def options(example, is_path_check):
    """The options of `sweepctl validate` for the assumptions of an example."""
    words = []
    for key, value in {**example.get("host", {}), **example.get("launch", {})}.items():
        if key == "bf16":
            words += ["--bf16", "yes" if value else "no"]
        elif key == "processes":
            words += ["--processes", str(value)]
        else:
            raise KeyError(f"nothing states {key}")
    return tuple(words + ["--check-paths"] * is_path_check)


def validate(sweepctl, files, words):
    """The findings of files: {file: (recipe, findings)}."""
    command = [sweepctl, "validate", "--json", *words, *map(str, files)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, 3):
        sys.exit(f"{done.stderr.decode()}\nexit status {done.returncode}")
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    if len(answers) != len(files):
        sys.exit(f"{len(answers)} answers for {len(files)} files")
    return {answer["file"]: (answer["recipe"], answer["findings"]) for answer in answers}


class Asker:
    """Collects configs, to validate all with the same options at once."""

    def __init__(self, sweepctl, directory):
        self.sweepctl, self.directory = sweepctl, directory
        self.groups, self.answers, self.count = collections.defaultdict(list), {}, 0

    def add(self, config, recipe, words):
        """Returns the key of its result."""
        file = self.directory / f"{self.count}.yaml"
        self.count += 1
        file.write_text(json.dumps(config))
        self.groups[(*words, "--recipe", recipe)].append(file)
        return str(file)

    def ask(self):
        for words, files in self.groups.items():
            self.answers.update(validate(self.sweepctl, files, words))

    def findings(self, name):
        return self.answers[name][1]


# --- rules ------------------------------------------------------------------------


def globs(value):
    return [value] if isinstance(value, str) else value


def applies_to(rule, config, path, key):
    """Whether `it` of a rule matches the mapping at a path."""
    node = get(config, path)
    if not isinstance(node, dict):
        return False
    if "keys" in rule and not any(fnmatchcase(path, glob) for glob in globs(rule["keys"])):
        return False
    component = str(node.get(key, ""))
    return ("component" not in rule or "${" in component
            or any(fnmatchcase(component, glob) for glob in globs(rule["component"])))


def blames(rule, config, path, key):
    """Whether a path is that of the rule."""
    of_it = "component" in rule or "keys" in rule
    at = rule.get("at", "it" if of_it else "")
    if not of_it or not (at == "it" or at.startswith("it.")):
        return path == at
    rest = at[2:]
    return path.endswith(rest) and applies_to(rule, config, path[:len(path) - len(rest)], key)


# One mistake has one finding. In some examples of these rules the check of the component's signature
# finds the same mistake first, with the code given here, and the rule is not applied to the wrong
# value. The rules are for components whose signature is not known.
BY_ANOTHER_CHECK = {
    "packed-preference": "unknown-argument",
    "packed-attention-dropout": "unknown-argument",
    "unknown-lora-module": "wrong-item",
    "lora-module-ignored": "wrong-item",
    "nf4-arguments-without-quantize-base": "unknown-argument",
    "column-map-images": "unknown-argument",
    "prompt-template-type": "wrong-type",
    "column-map-unused": "unknown-argument",
}


def is_within(rule, config, path, key):
    """Whether a path is inside something that the rule is applied to."""
    parts = path.split(".")
    return any(applies_to(rule, config, ".".join(parts[:count]), key)
               for count in range(1, len(parts)))


def problem(rule, findings, config, is_base, key):
    """What is wrong with the findings in a config, or None."""
    places = [finding["path"] for finding in findings if finding["code"] == rule["code"]]
    if not is_base and not places and any(
            finding["code"] == BY_ANOTHER_CHECK.get(rule["code"])
            and is_within(rule, config, finding["path"], key) for finding in findings):
        return None
    if is_base:
        return f"already found in the base, at {places}" if places else None
    if not places:
        others = sorted({finding["code"] for finding in findings})
        return f"not found; found are {others}"
    if not any(blames(rule, config, place or "", key) for place in places):
        return f"found at {places}, not at {rule.get('at')}"
    return None


def prepare(rule, is_path_check, site, recipes, asker):
    """(config, name, is_base) for both configs of a rule's example."""
    example = rule["example"]
    base = load(site / "recipes" / "configs" / (example["base"] + ".yaml"))
    recipe = example.get("recipe") or recipes[example["base"]]
    wrong = changed(base, example)
    words = options(example, is_path_check)
    return [(base, asker.add(base, recipe, ()), True),
            (wrong, asker.add(wrong, recipe, words), False)]


def check_rules(sweepctl, profile, recipes, site):
    """Yields (name of the rule, error)."""
    rules = [(rule, False) for rule in profile.get("rules", [])]
    rules += [(rule, True) for rule in profile.get("path_checks", [])]
    key = profile["component_key"]
    with tempfile.TemporaryDirectory() as directory:
        asker = Asker(sweepctl, pathlib.Path(directory))
        todo = []
        for number, (rule, is_path_check) in enumerate(rules):
            name = f"rule {number}, {rule['id']} {rule['code']}"
            if rule.get("example") is None:
                yield name, "" if rule.get("no_example") else "has no example"
                continue
            try:
                todo.append((name, rule, prepare(rule, is_path_check, site, recipes, asker)))
            except (KeyError, TypeError, OSError) as error:
                yield name, f"its example cannot be made: {error!r}"
        asker.ask()
        for name, rule, configs in todo:
            errors = [problem(rule, asker.findings(file), config, is_base, key)
                          for config, file, is_base in configs]
            yield name, "; ".join(filter(None, errors))


# --- torchtune's configs ----------------------------------------------------------


def check_configs(sweepctl, site, others):
    """Yields (config, error), and collects other findings."""
    root = site / "recipes" / "configs"
    files = sorted(root.rglob("*.yaml"))
    yield "the configs", "" if len(files) == CONFIGS else f"there are {len(files)}"
    for file, (recipe, findings) in validate(sweepctl, files, ()).items():
        name = str(pathlib.Path(file).relative_to(root))[:-5]
        errors = [(finding["code"], finding["path"]) for finding in findings
                  if finding["severity"] == "error"]
        for finding in findings:
            if finding["severity"] != "error":
                hint = finding.get("hint", "")
                others.append(f"{name}: {finding['severity']}[{finding['code']}] at "
                              f"{finding['path']}: {finding['message']}" + f"; {hint}" * bool(hint))
        if recipe is None:
            yield name, "its recipe is not known"
        elif errors != BROKEN.get(name, []):
            yield name, f"errors {errors}"
        else:
            yield name, ""


def check_list(others, update):
    """Compares the warnings and notes with examples.txt."""
    text = "".join(line + "\n" for line in others)
    report = HERE / "examples.txt"
    if update:
        report.write_text(text, "utf-8")
    yield "examples.txt", "" if report.read_text("utf-8") == text else "is another:\n" + text


def merged(file):
    """The rules of a profile and of those that it extends."""
    profile = json.loads(file.read_text("utf-8"))
    below = file.parent / (profile.get("extends", "") + ".json")
    if "extends" not in profile:
        return profile
    base = merged(below)
    both = {**base, **profile}
    both["recipes"] = {**base.get("recipes", {}), **profile.get("recipes", {})}
    for name in "rules", "path_checks":
        both[name] = profile.get(name, []) + base.get(name, [])
    return both


def main(sweepctl, profile, site, update=False):
    profile, site = merged(pathlib.Path(profile)), pathlib.Path(site)
    recipes = {config: name for name, recipe in profile["recipes"].items()
               for config in recipe.get("configs", [])}
    others = []
    checks = list(check_rules(sweepctl, profile, recipes, site))
    checks += check_configs(sweepctl, site, others)
    checks += check_list(others, update)
    for name, error in checks:
        if error:
            print(f"FAIL  {name}: {error}")
    failed = sum(1 for _, error in checks if error)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    arguments = [word for word in sys.argv[1:] if word != "--update"]
    if len(arguments) != 3 or not pathlib.Path(arguments[2], "recipes/configs").is_dir():
        print("skipped: needs SWEEPCTL, PROFILE and a directory with recipes/configs: torchtune"
              " 0.6.1")
        sys.exit(77)
    sys.exit(main(*arguments, update="--update" in sys.argv))
