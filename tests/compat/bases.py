#!/usr/bin/env python3
"""Compares specs/ with the torchtune release that it is made for.

    tests/compat/bases.py SITE_PACKAGES

SITE_PACKAGES contains torchtune 0.6.1: an installation or the unpacked wheel. omegaconf is needed (it
reads torchtune's configs), torch is not. For each file in specs/bases:

  values     what OmegaConf loads: the same keys, order, values and types, at all levels
  spelling   the YAML nodes: the same text, quoting, and flow or block style

For specs/profiles/torchtune-0.6.1.scan.json: scan.py prints it byte for byte, and its recipes and
configs are those of torchtune's registry. Exit status: 0 passed, 1 failed, 77 something is missing.
"""

import json
import runpy
import subprocess
import sys
from pathlib import Path

SPECS = Path(__file__).resolve().parents[2] / "specs"
BASES = [
    "llama3_1/8B_lora_single_device",
    "llama3_1/8B_full_single_device",
    "llama3_1/8B_lora",
    "llama3_2/1B_lora_single_device",
    "llama3_2/3B_lora_single_device",
    "qwen2_5/0.5B_lora_single_device",
    "mistral/7B_lora_single_device",
    "gemma2/2B_lora_single_device",
]
VERSION = "0.6.1"


def flat(value, path=""):
    """A container as a list of (path, type, value), which also has the order of keys. The type tells apart
    1, 1.0 and True, which are equal in Python."""
    kind = type(value).__name__
    if isinstance(value, dict):
        items = [flat(item, "%s.%s" % (path, key)) for key, item in value.items()]
    elif isinstance(value, list):
        items = [flat(item, "%s[%d]" % (path, i)) for i, item in enumerate(value)]
    else:
        return [(path, kind, repr(value))]
    return [(path, kind, len(items))] + sum(items, [])


def nodes(node, path=""):
    """A YAML node tree as a list of (path, tag, text or size, style)."""
    if node.id == "scalar":
        return [(path, node.tag, node.value, node.style)]
    if node.id == "sequence":
        inner = [nodes(item, "%s[%d]" % (path, i)) for i, item in enumerate(node.value)]
    else:
        inner = [nodes(key, path + " key") + nodes(item, "%s.%s" % (path, key.value))
                 for key, item in node.value]
    return [(path, node.tag, len(inner), node.flow_style)] + sum(inner, [])


def difference(ours, theirs):
    """The first difference between two lists, or ""."""
    for mine, real in zip(ours, theirs):
        if mine != real:
            return "%r, torchtune has %r" % (mine, real)
    if len(ours) != len(theirs):
        return "%d entries, torchtune has %d" % (len(ours), len(theirs))
    return ""


def check_base(site, name):
    """Yields (check, error) for one base file."""
    import yaml
    from omegaconf import OmegaConf

    pair = (SPECS / "bases" / (name + ".yaml"),
            site / "recipes" / "configs" / (name + ".yaml"))
    loaded = [flat(OmegaConf.to_container(OmegaConf.load(path))) for path in pair]
    yield name + ": values", difference(*loaded)
    trees = [nodes(yaml.compose(path.read_text("utf-8"))) for path in pair]
    yield name + ": spelling", difference(*trees)
    first = pair[0].read_text("utf-8").split("\n")[0]
    head = "# torchtune %s %s: " % (VERSION, name)
    yield name + ": first line", "" if first.startswith(head) else repr(first)


def registry(site):
    """{recipe: [supports several GPUs, [config names]]}, from torchtune's registry."""
    recipes = runpy.run_path(str(site / "torchtune" / "_recipe_registry.py"))
    return {recipe.name: [recipe.supports_distributed, [c.name for c in recipe.configs]]
            for recipe in recipes["_ALL_RECIPES"]}


def check_profile(site):
    """Yields (check, error) for the scanned part of the profile."""
    name = "torchtune-%s.scan.json" % VERSION
    committed = (SPECS / "profiles" / name).read_bytes()
    scan = subprocess.run([sys.executable, str(SPECS / "profiles" / "scan.py"), str(site)],
                          stdout=subprocess.PIPE, check=False)
    error = difference(committed.split(b"\n"), scan.stdout.split(b"\n"))
    if scan.returncode != 0:
        error = "scan.py exits with %d" % scan.returncode
    yield name + ": is what scan.py prints", error

    profile = json.loads(committed)
    version = profile["version"]
    yield name + ": version", "" if version == VERSION else repr(version)
    ours = {recipe: [entry["distributed"], entry["configs"]]
            for recipe, entry in profile["recipes"].items()}
    real = registry(site)
    yield name + ": recipes", difference(sorted(ours), sorted(real))
    yield name + ": configs", difference(sorted(ours.items()), sorted(real.items()))


def check_files():
    """Yields (check, error): all bases were compared."""
    bases = SPECS / "bases"
    found = [str(path.relative_to(bases).with_suffix("")) for path in bases.rglob("*.yaml")]
    others = sorted(set(found) ^ set(BASES))
    yield "specs/bases: the files are the ones checked", ", ".join(others)


def site_packages(arguments):
    """The directory to compare with; exits with 77 if something is missing."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "recipes" / "configs").is_dir():
        print("skipped: needs the directory that holds torchtune %s (torchtune/ and "
              "recipes/) as its argument" % VERSION)
        sys.exit(77)
    try:
        import omegaconf  # noqa: F401
        import yaml  # noqa: F401
    except ImportError:
        print("skipped: needs a Python with omegaconf (pip install omegaconf==2.3.0)")
        sys.exit(77)
    return Path(arguments[0])


def main():
    site = site_packages(sys.argv[1:])
    checks = [check for name in BASES for check in check_base(site, name)]
    checks += list(check_profile(site)) + list(check_files())
    for name, error in checks:
        print("FAIL  %s: %s" % (name, error) if error else "ok    " + name)
    failed = sum(1 for _, error in checks if error)
    print("%d passed, %d failed" % (len(checks) - failed, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
