#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One mistake in a config is one finding.

    tests/compat/mistakes.py SWEEPCTL SITE_PACKAGES

Makes one mistake at a time in torchtune's configs: renames or deletes a key, moves a component, changes a
value's type, writes .nan, an unknown interpolation, invalid YAML. Compared with the unchanged config,
`sweepctl validate` must report at most one error, for some kinds exactly one, and no two findings of one
severity on a line. Each must be at the mistake, name what was changed, or be where something refers to it.

SWEEP_SEED and SWEEP_CASES (default 1500) replay or extend it. Exit status: 0 passed, 1 failed.
"""
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import yaml

sys.dont_write_bytecode = True

# Kinds of mistakes that must be found; the others may have no effect.
CERTAIN = {"nan", "duplicate", "no_space", "tab", "unclosed", "no_module", "slashes", "unknown_reference",
           "open_reference", "moved"}


class Leaf:
    """A key of a config with its value, and where both are in the text."""

    def __init__(self, path, key, value, parent):
        self.path, self.key, self.value, self.parent = path, key, value, parent
        self.line = key.start_mark.line
        self.is_scalar = isinstance(value, yaml.ScalarNode)
        self.tag = value.tag.rpartition(":")[2]
        self.text = value.value if self.is_scalar else ""

    def replaced(self, text, new):
        """The config with another value."""
        start, end = self.value.start_mark.index, self.value.end_mark.index
        tail = text[start:end]
        kept = tail[len(tail.rstrip()):]
        return text[:start] + new + kept + text[end:]

    def renamed(self, text, new):
        start, end = self.key.start_mark.index, self.key.end_mark.index
        return text[:start] + new + text[end:]

    def doubled(self, text):
        """With the same key on the next line."""
        start = text.rfind("\n", 0, self.key.start_mark.index) + 1
        line = " " * (self.key.start_mark.index - start) + self.key.value + ": 1\n"
        return text[:start] + line + text[start:]

    def deleted(self, text):
        start = text.rfind("\n", 0, self.key.start_mark.index) + 1
        last = len(text[:self.value.end_mark.index].rstrip())
        end = text.find("\n", last)
        return text[:start] + text[end + 1 or len(text):]


def leaves(node, path=()):
    """Yields every key of a config that is written in block style."""
    for key, value in node.value:
        here = (*path, key.value)
        yield Leaf(here, key, value, node)
        if isinstance(value, yaml.MappingNode) and not value.flow_style:
            yield from leaves(value, here)
        elif isinstance(value, yaml.SequenceNode):
            for index, item in enumerate(value.value):
                if isinstance(item, yaml.MappingNode) and not item.flow_style:
                    yield from leaves(item, (*here, str(index)))


def misspelled(rng, word):
    """The word without a letter, with one doubled, or with two swapped."""
    at = rng.randrange(len(word))
    return rng.choice([word[:at] + word[at + 1:] or word + word, word[:at] + word[at] + word[at:],
                       word[:at] + word[at + 1:at + 2] + word[at] + word[at + 2:]])


def mistake(rng, text, leaf):
    """Returns (kind, changed text), or None if this key has no such mistake."""
    number = leaf.is_scalar and leaf.tag in ("int", "float") or re.fullmatch(r"\d+e-\d+", leaf.text)
    kinds = ["misspelled", "deleted", "duplicate", "null"]
    if leaf.is_scalar:
        kinds += ["no_space", "tab", "unclosed", "unknown_reference", "open_reference", "itself", "mapping", "list"]
    else:
        kinds += ["scalar", "empty_list"]
    if number:
        kinds += ["nan", "infinite", "word", "quoted", "zero", "negative", "huge"]
    if leaf.tag == "bool":
        kinds += ["word", "quoted", "seven"]
    if leaf.key.value == "_component_":
        kinds += 3 * ["moved", "name", "no_module", "slashes"]
    elif leaf.is_scalar and leaf.tag == "str" and not number:
        kinds += ["seven", "nan", "empty"]
    kind = rng.choice(kinds)
    old = leaf.text
    line_start = text.rfind("\n", 0, leaf.key.start_mark.index) + 1
    indent = text[line_start:leaf.key.start_mark.index]
    values = {"null": "null", "unclosed": "[" + (old or "x"), "unknown_reference": "${no_such_key}",
              "open_reference": "${seed", "itself": "${%s}" % ".".join(leaf.path), "mapping": "{a: 1}",
              "list": "[1, x]", "scalar": "3", "empty_list": "[]", "nan": ".nan", "infinite": ".inf",
              "word": "some_word", "quoted": '"%s"' % old, "zero": "0", "negative": "-3", "huge": "1e400",
              "seven": "7", "empty": '""', "no_module": old.rpartition(".")[2], "slashes": old.replace(".", "/"),
              "name": misspelled(rng, old) if old else ""}
    if kind == "misspelled":
        return kind, leaf.renamed(text, misspelled(rng, leaf.key.value))
    if kind in ("deleted", "duplicate") and indent.strip():
        return None  # it begins an item of a list
    if kind == "deleted":
        return kind, leaf.deleted(text)
    if kind == "duplicate":
        return kind, leaf.doubled(text)
    if kind == "no_space":
        if not old or len(leaf.parent.value) == 1 or leaf.value.start_mark.line != leaf.line or leaf.path[-1] == "_component_":
            return None
        return kind, text[:leaf.key.end_mark.index + 1] + text[leaf.value.start_mark.index:]
    if kind == "tab":
        return kind, text[:line_start] + "\t" + text[line_start:]
    if kind == "moved":
        parts = old.split(".")
        if len(parts) < 3:
            return None
        parts[1] = rng.choice(["modules", "models", "utils", "training", "moved"]) + "_old"
        return kind, leaf.replaced(text, ".".join(parts))
    if leaf.is_scalar and leaf.value.start_mark.line != leaf.value.end_mark.line:
        return None
    return kind, leaf.replaced(text, values[kind] + ("" if leaf.is_scalar else "\n"))


def validate(sweepctl, root, files):
    """Returns the findings of each file."""
    done = subprocess.run([sweepctl, "validate", "--format", "json", *files], cwd=root, check=False,
                          capture_output=True, text=True, timeout=300)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["file"] for row in rows] == files, done.stderr
    return [row["findings"] for row in rows]


def made(rng, texts, cases):
    """Yields (name of the config, kind, changed text, changed key)."""
    names = sorted(texts)
    parsed = {}
    while cases > 0:
        name = rng.choice(names)
        if name not in parsed:
            parsed[name] = list(leaves(yaml.compose(texts[name])))
        leaf = rng.choice(parsed[name])
        one = mistake(rng, texts[name], leaf)
        if one is None or one[1] == texts[name]:
            continue
        cases -= 1
        yield name, *one, leaf


def is_about(finding, kind, text, leaf):
    """True if a finding is at the mistake, names what was changed, or is where something refers to it."""
    if finding["line"] == leaf.line + 1 + (kind == "duplicate"):
        return True
    lines = [*text.splitlines(), "", ""]
    words = re.findall(r"\w+", finding["message"] + " " + lines[finding["line"] - 1])
    names = {leaf.key.value, *leaf.path[-2:-1]}
    if finding["severity"] == "note":  # about a key that nothing refers to any more
        names |= set(re.findall(r"\w+", text_of(leaf.value)))
    return bool(names & set(words))


def text_of(node):
    """All strings of a value."""
    if isinstance(node, yaml.ScalarNode):
        return node.value
    parts = node.value if isinstance(node, yaml.SequenceNode) else [value for _, value in node.value]
    return " ".join(text_of(part) for part in parts)


def judge(kind, text, leaf, new):
    """Returns what is wrong with the new findings, or None."""
    errors = [f for f in new if f["severity"] == "error"]
    places = [(f["line"], f["severity"]) for f in new]
    if len(errors) > 1:
        return "several errors"
    if len(set(places)) != len(places):
        return "several findings at one place"
    if kind in CERTAIN and not errors and not any(f["code"] == "unchecked-component" for f in new):
        return "no error"
    if not all(is_about(f, kind, text, leaf) for f in new):
        return "a finding about something else"
    return None


def write(root, name, text):
    file = pathlib.Path(root, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return name


def main():
    sweepctl, site = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    configs = site / "recipes/configs"
    texts = {str(path.relative_to(configs)): path.read_text(encoding="utf-8") for path in configs.rglob("*.yaml")}
    seed = int(os.environ.get("SWEEP_SEED", "1"))
    cases = list(made(random.Random(seed), texts, int(os.environ.get("SWEEP_CASES", "1500"))))
    with tempfile.TemporaryDirectory() as root:
        bases = validate(sweepctl, root, [write(root, f"base/{name}", texts[name]) for name in sorted(texts)])
        bases = dict(zip(sorted(texts), bases))
        results = validate(sweepctl, root, [write(root, f"{index}/{name}", text)
                                            for index, (name, _, text, _) in enumerate(cases)])
    failed = 0
    for (name, kind, text, leaf), found in zip(cases, results):
        before = {(f["code"], f["path"], f["message"]) for f in bases[name]}
        new = [f for f in found if (f["code"], f["path"], f["message"]) not in before]
        problem = judge(kind, text, leaf, new)
        if problem is None:
            continue
        failed += 1
        line = [*text.splitlines(), ""][leaf.line].strip()
        print(f"FAIL  {name}: {kind} {'.'.join(leaf.path)}: {problem}\n      {leaf.line + 1}: {line}")
        for f in new:
            print(f"      {f['line']}:{f['column']}: {f['severity']}[{f['code']}] {f['message']}")
    print(f"{len(cases)} mistakes, seed {seed}: {failed} failed")
    return 1 if failed else 0


sys.exit(main())
