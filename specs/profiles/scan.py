#!/usr/bin/env python3
"""Print the profile of an installed torchtune as JSON.

usage: scan.py SITE_PACKAGES

SITE_PACKAGES is a directory that holds torchtune/, recipes/ and
torchtune-*.dist-info/ (an installation or an unpacked wheel).  A profile says, for
one release: which recipes exist, which top-level keys each reads, which configs it
ships, and which arguments the components named in a config take.  The sources are
parsed, never imported, so torch is not needed; same input, same bytes.
"""

import ast
import json
import re
import sys
from pathlib import Path

# Where components are looked for: package -> which of its public names count.
# torchtune.models.<family> is added for every family found.  Every
# `_component_` of a shipped config counts as well, wherever it lives.
PACKAGES = {
    "torchtune.data": r"ToMessages$|Template$|^padded_collate|^left_pad_sequence$",
    "torchtune.datasets": r"",
    "torchtune.datasets.multimodal": r"",
    "torchtune.modules.loss": r"",
    "torchtune.modules.transforms.tokenizers": r"Tokenizer$",
    "torchtune.rlhf.loss": r"",
    "torchtune.training": r"Checkpointer$|schedule|^setup_torch_profiler$",
    "torchtune.training.lr_schedulers": r"schedule",
    "torchtune.training.metric_logging": r"Logger$",
    "torchtune.training.quantization": r"Quantizer",
}

# Components of other projects, which the scan cannot open.  Source: the signatures
# of PyTorch 2.13, bitsandbytes 0.50 and torchao 0.11, and two arguments that only
# older bitsandbytes has (percentile_clipping, block_wise).  `params` is missing
# because recipes supply it.
ADAM = "lr betas eps weight_decay amsgrad"
BNB = ADAM + " optim_bits args min_8bit_size percentile_clipping block_wise"
QAT = "torchao.quantization.qat."
OUTSIDE = {path: names.split() for path, names in {
    "bitsandbytes.optim.AdamW": BNB + " is_paged",
    "bitsandbytes.optim.AdamW8bit": BNB + " is_paged",
    "bitsandbytes.optim.PagedAdamW": BNB,
    "bitsandbytes.optim.PagedAdamW8bit": BNB,
    "torch.nn.CrossEntropyLoss":
        "weight size_average ignore_index reduce reduction label_smoothing",
    "torch.optim.Adam": ADAM + " foreach maximize capturable differentiable fused "
                        "decoupled_weight_decay",
    "torch.optim.AdamW": ADAM + " maximize foreach capturable differentiable fused",
    "torch.optim.SGD": "lr momentum dampening weight_decay nesterov"
                       " maximize foreach differentiable fused",
    QAT + "Int4WeightOnlyQATQuantizer":
        "groupsize inner_k_tiles precision scales_precision",
    QAT + "Int8DynActInt4WeightQATQuantizer":
        "groupsize padding_allowed precision scales_precision",
}.items()}

# What recipes pass by position: the call fails if a config names it as well.
SUPPLIED = [
    (r"^torchtune\.datasets\.(?!.*_transform$)", {"tokenizer", "model_transform"}),
    (r"^torchtune\.training\.(lr_schedulers\.)?get_\w*schedule", {"optimizer"}),
]

# Attributes of a config object that are its methods rather than keys.
METHODS = set("copy get items keys merge_with pop setdefault update values".split())


class Sources:
    """The parsed modules of one torchtune, and what their names stand for."""

    def __init__(self, root):
        self.root = Path(root)
        self.names = {}

    def file(self, module):
        """The file of a torchtune module, else None."""
        path = self.root.joinpath(*module.split("."))
        for candidate in (path / "__init__.py", path.with_suffix(".py")):
            if module.split(".")[0] == "torchtune" and candidate.is_file():
                return candidate
        return None

    def bindings(self, module):
        """Top-level name -> the statement that binds it."""
        if module not in self.names:
            path = self.file(module)
            package = module if path.stem == "__init__" else module.rpartition(".")[0]
            self.names[module] = bind(ast.parse(path.read_text("utf-8")).body, package)
        return self.names[module]

    def resolve(self, module, name):
        """Follow imports, aliases and partials to (module, def or class node), to
        a string (the path of something outside torchtune) or to None."""
        if not self.file(module):
            return module + "." + name
        bound = self.bindings(module).get(name)
        if isinstance(bound, tuple):
            return None if self.file(".".join(bound)) else self.resolve(*bound)
        if isinstance(bound, (ast.FunctionDef, ast.ClassDef)):
            return module, bound
        if isinstance(bound, ast.Name):
            return self.resolve(module, bound.id)
        if isinstance(bound, ast.Call) and ast.unparse(bound.func).endswith("partial"):
            # Arguments bound by keyword can still be given; none is by position.
            return self.resolve(module, bound.args[0].id)
        return None

    def constant(self, module, name):
        """The literal that a name of a module stands for, or None."""
        bound = self.bindings(module).get(name)
        if isinstance(bound, tuple):
            return self.constant(*bound) if self.file(bound[0]) else None
        return bound.value if isinstance(bound, ast.Constant) else None


def bind(body, package):
    """Name -> definition, assigned value or imported (module, name); of several
    bindings (the branches of a try) the first counts."""
    names = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.setdefault(node.name, node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.setdefault(node.targets[0].id, node.value)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[:1 - node.level or None] if node.level else []
            source = ".".join(base + ([node.module] if node.module else []))
            for alias in node.names:
                names.setdefault(alias.asname or alias.name, (source, alias.name))
        elif isinstance(node, (ast.Try, ast.If)):
            names = {**bind(node.body, package), **names}
    return names


def signature(sources, found):
    """([argument names], takes **kwargs), or None for what no config could name."""
    if isinstance(found, str):
        return (OUTSIDE[found], False) if found in OUTSIDE else None
    module, node = found
    if isinstance(node, ast.FunctionDef):
        args = node.args.args + node.args.kwonlyargs
        return [arg.arg for arg in args], node.args.kwarg is not None
    bases = [ast.unparse(base) for base in node.bases]
    if {"Enum", "Protocol"} & set(bases):
        return None
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            names, extra = signature(sources, (module, item))
            return names[1:], extra
    for base in bases:
        inherited = sources.resolve(module, base) if base.isidentifier() else None
        known = signature(sources, inherited) if inherited else None
        if known:
            return known
    return [], False


def describe(sources, path):
    """The profile's entry for a component, or None if there is none of that path."""
    found = sources.resolve(*path.rsplit(".", 1))
    names, extra = found and signature(sources, found) or (None, False)
    for pattern, supplied in SUPPLIED:
        if names and names[0] in supplied and re.search(pattern, path):
            names = names[1:]
    return None if names is None else {"arguments": names, "extra": extra}


def components(sources):
    """Path -> entry for all components: the table's, the packages', the configs'."""
    families = (sources.root / "torchtune" / "models").glob("*/__init__.py")
    packages = {"torchtune.models." + init.parent.name: r"" for init in families}
    paths = set(OUTSIDE)
    for package, wanted in {**packages, **PACKAGES}.items():
        paths.update(package + "." + name for name in sources.bindings(package)
                     if not name.startswith("_") and re.search(wanted, name))
    for config in (sources.root / "recipes" / "configs").rglob("*.yaml"):
        paths.update(re.findall(r"^[^#\n]*\b_component_:\s*([\w.]+)",
                                config.read_text("utf-8"), re.M))
    entries = {path: describe(sources, path) for path in sorted(paths)}
    return {path: entry for path, entry in entries.items() if entry}


def is_config(node):
    """Is this expression the whole config?"""
    return ast.unparse(node) in ("cfg", "self.cfg", "self._cfg")


def text(sources, names, node):
    """What an expression stands for: a literal, or an imported constant."""
    if isinstance(node, ast.Name) and isinstance(names.get(node.id), tuple):
        return sources.constant(*names[node.id])
    return node.value if isinstance(node, ast.Constant) else None


def reads(sources, names, tree):
    """Top-level keys that a piece of code reads from the config."""
    keys = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_config(node.value):
            keys |= {node.attr} - METHODS
        elif isinstance(node, ast.Subscript) and is_config(node.value):
            keys.add(text(sources, names, node.slice))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if is_config(node.func.value) and node.args:
                keys.add(text(sources, names, node.args[0]))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            helper = names.get(node.func.id)  # torchtune's, given the whole config?
            if isinstance(helper, tuple) and any(map(is_config, node.args)):
                module, body = sources.resolve(*helper)
                keys |= reads(sources, sources.bindings(module), body)
    return {key for key in keys if isinstance(key, str)}


def recipes(sources):
    """Recipe -> entry, from the registry and the recipes' own code."""
    entries = {}
    for item in sources.bindings("torchtune._recipe_registry")["_ALL_RECIPES"].elts:
        fields = {keyword.arg: keyword.value for keyword in item.keywords}
        file = sources.root / "recipes" / fields["file_path"].value
        tree = ast.parse(file.read_text("utf-8"))
        entries[fields["name"].value] = {
            "distributed": fields["supports_distributed"].value,
            "keys": sorted(reads(sources, bind(tree.body, "recipes"), tree)),
            "configs": [keyword.value.value for config in fields["configs"].elts
                        for keyword in config.keywords if keyword.arg == "name"],
        }
    return entries


def write(out, sources):
    """The profile: one line for each component and for each field of a recipe."""
    info = next(sources.root.glob("torchtune-*.dist-info")) / "METADATA"
    version = re.search(r"^Version: *([^\s+]+)", info.read_text("utf-8"), re.M)[1]
    blocks = [' "%s": {\n   %s\n  }' % (name, ",\n   ".join(
        '"%s": %s' % (key, json.dumps(value)) for key, value in entry.items()))
        for name, entry in sorted(recipes(sources).items())]
    lines = [' "%s": %s' % (path, json.dumps(entry))
             for path, entry in components(sources).items()]
    out.write('{\n "trainer": "torchtune",\n "version": "%s",\n' % version)
    out.write(' "recipes": {\n %s\n },\n' % ",\n ".join(blocks))
    out.write(' "components": {\n %s\n }\n}\n' % ",\n ".join(lines))


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "torchtune").is_dir():
        sys.exit("usage: scan.py SITE_PACKAGES (the directory that holds torchtune/)")
    write(sys.stdout, Sources(sys.argv[1]))
