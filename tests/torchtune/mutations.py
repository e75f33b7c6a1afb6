"""Random changes of working configs, valid and invalid ones.

`generate(bases, seed, count, site)` yields Mutation objects; each depends only on the seed and its number,
so that it can be repeated.
"""

import random
import re
from dataclasses import dataclass
from pathlib import Path

import changes_right
import changes_wrong
from changes import Skip, chosen, dotted
from yamltext import Document

BENIGN = 0.27  # share of mutations that should still work
FAVOURED = {"lora": 4, "full": 3, "dpo": 3, "kd": 3, "ppo": 2}
ATTEMPTS = 200


@dataclass
class Mutation:
    id: str
    base: str
    kind: str
    path: str
    old: str
    new: str
    benign: bool
    text: str


def shortened(text):
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "..."


def shipped_components(site):
    """{top-level key: the components that shipped configs have there}.

    Without the vision models, which are too large even to be rejected quickly.
    """
    found = {}
    for file in sorted(Path(site, "recipes", "configs").rglob("*.yaml")):
        slot = None
        for line in file.read_text().split("\n"):
            if match := re.match(r"(\w+):", line):
                slot = match[1]
            if (match := re.match(r"\s+_component_: ([\w.]+)", line)) and "vision" not in line:
                found.setdefault(slot, set()).add(match[1])
    return {slot: sorted(paths) for slot, paths in found.items()}


def one(documents, weights, identity, attempt, components):
    """A mutation, or Skip."""
    rng = random.Random(f"{identity}:{attempt}")
    name = rng.choices(sorted(documents), weights)[0]
    benign = rng.random() < BENIGN
    change = chosen(rng, changes_right.ALL if benign else changes_wrong.ALL)
    path, old, new, text = change(rng, documents[name], name, components)
    kind = change.__name__.replace("_", "-")
    return Mutation(identity, name, kind, dotted(path), shortened(old), shortened(new), benign,
                    text)


def generate(bases, seed, count, site):
    """COUNT different mutations of {name: (recipe, text)}."""
    components = shipped_components(site)
    documents = {name: Document(text) for name, (_, text) in bases.items()}
    weights = [FAVOURED.get(name, 1) for name in sorted(bases)]
    seen = {text for _, text in bases.values()}
    for number in range(count):
        for attempt in range(ATTEMPTS):
            try:
                mutation = one(documents, weights, f"{seed}-{number}", attempt, components)
            except (Skip, IndexError):
                continue
            if mutation.text not in seen:
                seen.add(mutation.text)
                yield mutation
                break
