#!/usr/bin/env python3
"""Print what the sources of a torchtune, or of a module, say about configs, as JSON.

With SITE_PACKAGES, a directory that holds torchtune/, recipes/ and
torchtune-*.dist-info/ (an installation or an unpacked wheel): the part of torchtune's
profile that can be read from its sources.  It says which recipes there are, which keys
of a config each needs or can use, which configs are shipped, and what the callables
that a config can name take as arguments.

With --module: a profile of the functions and classes of a Python module of yours, for
sweepctl's --profile.  It extends the profile of torchtune, so that mistakes in the
arguments of your own components are found as well.

Sources are parsed, never imported: torch is not needed, and nothing of a module is run.
Same input, same output.  Names that begin with an underscore are left out, and so is
what a module makes up while it runs.

examples:
  scan.py ~/venv/lib/python3.11/site-packages > torchtune-0.6.1.scan.json
  scan.py --module my_pkg=src/my_pkg > my_profile.json
  scan.py --module losses=losses.py --module my_data=my_data > my_profile.json
"""

import argparse
import ast
import itertools
import json
import re
import sys
from pathlib import Path

import facts
import recipes
from signatures import Sources, of_function, signature, unknown

HERE = Path(__file__).resolve().parent
COMPLETE = ["torch.optim", "torchtune"]
SCANNED = "torchtune-0.6.1.scan.json"

# What recipes pass to a component themselves, by the name of its first parameter.  By
# position: it fails if the config names it as well; by keyword: the config's is ignored.
# A *_transform is made without any.
SUPPLIED = {
    "model_transform": {"model_transform": "positional"},
    "optimizer": {"optimizer": "positional", "num_training_steps": "keyword",
                  "last_epoch": "keyword"},
    "params": {"params": "positional"},
    "tokenizer": {"tokenizer": "positional"},
}
# By the component's path, where that is not all.  The recipes for preference data pass
# the tokenizer by keyword.
SUPPLIED_TO = {
    r"Checkpointer$": {"should_load_recipe_state": "keyword"},
    r"\.(hh_rlhf_helpful_d|preference_d|PreferenceD|stack_exchange_paired_d)ataset$":
        {"tokenizer": "keyword"},
}


def outside():
    """Path -> signature of the components of other projects, from outside.txt."""
    text = re.sub(r"(?m)^#.*\n", "", (HERE / "outside.txt").read_text("utf-8"))
    text = re.sub(r"\n[ \t]+", " ", text)
    types, known = {}, {}
    for line in filter(None, text.split("\n")):
        path, _, rest = line.partition("(")
        function = ast.parse("def f(%s: locals()" % rest).body[0]  # may use all that it takes
        args = function.args
        for arg in args.args + args.kwonlyargs:
            arg.annotation = arg.annotation or types.get(arg.arg)
        if path == "types":
            types = {arg.arg: arg.annotation for arg in args.args}
            continue
        parts = [part.split(",") for part in re.split(r"[{}]", path)]
        for words in itertools.product(*parts):
            known["".join(words)] = of_function(Sources({}), "", function)
    return known


def with_supplied(path, entry):
    """An entry that tells which arguments recipes supply."""
    arguments = {name: dict(one) for name, one in entry["arguments"].items()}
    first = None if path.endswith("_transform") else next(iter(arguments), None)
    supplied = dict(SUPPLIED.get(first, {}))
    for pattern, more in SUPPLIED_TO.items():
        supplied.update(more if re.search(pattern, path) else {})
    for name in supplied.keys() & arguments.keys():
        arguments[name]["supplied"] = supplied[name]
    return {**entry, "arguments": arguments}


def modules(sources, top):
    """The public modules of a package."""
    root = sources.roots[top]
    if root.is_file():
        return [top]
    found = []
    for file in root.rglob("*.py"):
        parts = file.relative_to(root).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if not any(part.startswith("_") for part in parts):
            found.append(".".join((top,) + parts))
    return found


def public(sources, tops):
    """The paths of all public names of some packages."""
    found = [module for top in tops for module in modules(sources, top)]
    return [module + "." + name for module in found for name in sources.bindings(module)
            if not name.startswith("_")]


def shipped(site):
    """The paths that the shipped configs name; one of them is not public."""
    return [path for config in (site / "recipes" / "configs").rglob("*.yaml")
            for path in re.findall(r"^[^#\n]*\b_component_:\s*([\w.]+)",
                                   config.read_text("utf-8"), re.M)]


def components(sources, paths, known, guess):
    """Path -> entry for those of some paths that are callables.  With `guess` those that
    cannot be looked into are there too, as something that takes any argument."""
    entries = {}
    for path in paths:
        found = sources.find(path)
        entry = signature(sources, found, known)
        if not guess and isinstance(found, tuple) and made_by_call(found[1]):
            entry = None
        if guess and isinstance(found, str) and found not in known:
            entry = unknown() if may_be_callable(found) else None
        if entry:
            about = facts.facts(sources, path, found, entry)
            entries[path] = {**with_supplied(path, entry), "facts": about}
    return entries


def made_by_call(node):
    """Is this the value of a call other than of functools.partial?"""
    return isinstance(node, ast.Call) and not ast.unparse(node.func).endswith("partial")


def may_be_callable(path):
    """Can something that was imported from elsewhere be a component?"""
    standard = getattr(sys, "stdlib_module_names", ())
    return "." in path and path.split(".")[0] not in standard


def line(path, entry):
    """A component on a line of its own; what is empty or false is left out."""
    kept = {key: value for key, value in entry.items() if value or key == "arguments"}
    return " %s: %s" % (json.dumps(path), json.dumps(kept))


def block(name, entry):
    """A recipe with one line for each of its fields."""
    fields = ["%s: %s" % (json.dumps(key), json.dumps(value)) for key, value in entry.items()]
    return " %s: {\n   %s\n  }" % (json.dumps(name), ",\n   ".join(fields))


def write(head, sections):
    """Print a profile: its short fields, then its sections."""
    parts = [" %s: %s" % (json.dumps(key), json.dumps(value)) for key, value in head.items()]
    for key, lines in sections.items():
        parts.append(" %s: {\n %s\n }" % (json.dumps(key), ",\n ".join(lines)))
    sys.stdout.write("{\n%s\n}\n" % ",\n".join(parts))


def scan_torchtune(site):
    """Print the profile of a torchtune."""
    sources = Sources({"torchtune": site / "torchtune", "recipes": site / "recipes"})
    info = next(site.glob("torchtune-*.dist-info")) / "METADATA"
    version = re.search(r"^Version: *([^\s+]+)", info.read_text("utf-8"), re.M)[1]
    known = outside()
    entries = {path: with_supplied(path, entry) for path, entry in known.items()}
    paths = public(sources, ["torchtune"]) + shipped(site)
    entries.update(components(sources, paths, known, False))
    write({"trainer": "torchtune", "version": version, "complete": COMPLETE}, {
        "recipes": [block(*item) for item in sorted(recipes.registry(sources).items())],
        "components": [line(*item) for item in sorted(entries.items())]})


def scan_modules(given):
    """Print the profile of a user's modules: name -> file or directory."""
    scanned = json.loads((HERE / SCANNED).read_text("utf-8"))
    known = {path: {"extra": False,
                    **{key: value for key, value in entry.items() if key != "facts"}}
             for path, entry in scanned["components"].items()}
    sources = Sources(given)
    entries = components(sources, public(sources, given), known, True)
    open_ended = {name.split(".")[0] for name in sources.open_ended}
    open_ended.update(name for name, path in given.items() if any(
        next(path.rglob(compiled), None) for compiled in ("*.so", "*.pyd", "*.pyx")))
    for name in sorted(open_ended):
        print("scan.py: %s may have more names than are seen here" % name, file=sys.stderr)
    write({"extends": "%(trainer)s-%(version)s" % scanned,
           "complete": sorted(set(given) - open_ended)},
          {"components": [line(*item) for item in sorted(entries.items())]})


def module(text):
    """An argument NAME=PATH as (name, path)."""
    name, _, path = text.partition("=")
    if not name.isidentifier() or not Path(path).exists() or not path:
        raise argparse.ArgumentTypeError("%s is not NAME=DIRECTORY or NAME=FILE" % text)
    return name, Path(path)


def main():
    about, _, examples = __doc__.partition("examples:\n")
    parser = argparse.ArgumentParser(
        description=about, epilog="examples:\n" + examples,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", metavar="SITE_PACKAGES", nargs="?", type=Path,
                        help="the directory that holds torchtune/ and recipes/")
    parser.add_argument("--module", metavar="NAME=PATH", action="append", type=module,
                        help="scan the package in a directory, or the module in a file, that "
                        "a config calls NAME")
    options = parser.parse_args()
    if (options.site is None) == (options.module is None):
        parser.error("give either SITE_PACKAGES or --module")
    try:
        if options.module:
            scan_modules(dict(options.module))
        elif (options.site / "torchtune").is_dir() and (options.site / "recipes").is_dir():
            scan_torchtune(options.site)
        else:
            parser.error("%s does not hold torchtune/ and recipes/" % options.site)
    except SyntaxError as error:
        sys.exit("scan.py: %s:%s: %s" % (error.filename, error.lineno, error.msg))


if __name__ == "__main__":
    main()
