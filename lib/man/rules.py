#!/usr/bin/env python3
"""Prints sweepd-rules(7), for scdoc, from a profile.

    rules.py PROFILE

The page has a section for each rule of PROFILE. If PROFILE extends another profile, only the recipes
are read from that one.
"""

import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path

# As lib/trainer/profile.c has them.
PHASES = {
    "parse": "while the config is read",
    "startup": "when the recipe starts",
    "setup": "before the weights are loaded",
    "loaded": "after the weights were loaded",
    "training": "in the first steps",
    "saving": "when a checkpoint is saved",
    "silent": "never: the run would not be what it looks like",
}
BEGINNING = """\
sweepd-rules(7) "sweepd" "Miscellaneous Information Manual"

# NAME

sweepd-rules - rules that configs are checked against

# DESCRIPTION

*sweepctl validate*, *sweepctl plan*, *sweepctl generate* and *sweepd*(8) check configs of
{trainer} {version} without running it. Besides checks that are the same for every trainer
(duplicate keys, arguments that a component does not have) they apply the rules below: conditions
under which a config that can be read is wrong. The rules were derived from the source code of
{trainer}; where the section says so, the failure was also seen in a real run.

The title of each section has the code that findings show in brackets, the number of the rule, and
its severity. An error means that the config is refused. *sweepctl validate --explain* _CODE_ shows
the same text, also for the other checks; *--explain list* lists all codes.

A condition is an expression, and the config is wrong if it is true. The names in it are config
paths, after interpolations are resolved. An absent path is null, and an ordering comparison with
null is not true. _it_ is the component or mapping that the rule is applied to, _facts_ is what the
profile knows of a component, and _launch_ and _host_ describe how and where the run is started.
Words in braces are replaced by values. In the names of recipes and components \\* and ? match any
string and any character. *sweepd-profile*(5) describes the language.
"""
EXECUTED = """\
# WHAT WAS EXECUTED

Recipes for one device were run on a CPU, with thousands of modified configs. Recipes for several
processes, vision models and quantised models need GPUs and could not be run to the end. Some of
their rules could be executed all the same, because the recipe fails before it needs a GPU, or
because the function that fails can be called alone. The others were read in the source code. This
is where each of them is known from:
"""
UNDETECTED = """\
# WHAT IS NOT FOUND

A config without errors can still fail, for reasons that are not in the config:
"""
# Words in a rule that show that it needs a GPU.
NEEDS_GPU = {"vision-": "vision models", "_vision.": "vision models", "quant": "quantised models",
             "qat": "quantised models", "nf4": "quantised models", "qlora": "quantised models"}
END = """
# SEE ALSO

*sweepctl*(1), *sweepd-profile*(5), *sweep-spec*(5), *sweep_explain*(3), *sweepd*(8)
"""


def plain(text):
    """Escape a text for scdoc."""
    text = " ".join(text.split())
    text = "".join("\\" + c if c in "\\*_`" else c for c in text)
    return text if text[:1].isalnum() or text[:1] == "\\" else "\\" + text


def row(label, text):
    """The lines of a labelled text; none if it is empty."""
    return ["*%s*" % plain(label), "\t" + plain(text), ""] if text else []


def names(value):
    return ", ".join([value] if isinstance(value, str) else value or [])


def rule_section(rule):
    """Yield the lines of a rule's section."""
    yield from ["## %s" % plain("%s (%s, %s)" % (rule["code"], rule["id"], rule["severity"])), ""]
    yield from [plain(rule["message"]), ""]
    if rule.get("why"):
        yield from [plain(rule["why"]), ""]
    yield from row("Wrong when", rule.get("when"))
    yield from row("Must exist", rule.get("path"))
    fails = PHASES[rule["phase"]]
    if rule.get("raises"):
        fails += ", with %s" % rule["raises"]
    yield from row("Fails", fails)
    yield from row("Recipes", names(rule.get("recipes")))
    yield from row("Components", names(rule.get("component")))
    yield from row("Keys", names(rule.get("keys")))
    if rule.get("source"):
        how = ("seen to fail in a real run" if rule.get("executed")
               else "read there, not seen in a run")
        yield from row("Source", "%s (%s)" % (rule["source"], how))
    yield from row("How to fix", rule.get("hint"))


def listed(title, beginning, entries, name, text):
    """Yield the lines of a section on paths; none if it is empty."""
    if not entries:
        return
    yield from ["# " + title, "", beginning, ""]
    for entry in entries:
        recipes = names(entry.get("recipes"))
        yield from row(entry[name], entry[text] + (" (%s)" % recipes if recipes else ""))


def needs(rule, recipes):
    """What a rule needs that a CPU does not have, or None."""
    globs = rule.get("recipes")
    meant = [recipe for name, recipe in recipes.items()
             if any(fnmatchcase(name, glob) for glob in globs or ["*"])]
    when = rule.get("when", "")
    if globs and meant and all(recipe["distributed"] for recipe in meant):
        return "several processes"
    if "launch.distributed == true" in when or "tensor_parallel" in when:
        return "several processes"
    text = " ".join([rule["code"], when, names(rule.get("component"))])
    return next((what for word, what in NEEDS_GPU.items() if word in text.lower()), None)


def executed(profile, recipes):
    """Yield the lines of the section on rules that need more than a CPU."""
    rows = [(rule, needs(rule, recipes)) for rule in profile.get("rules", [])]
    rows = [(rule, what) for rule, what in rows if what is not None]
    if not rows:
        return
    yield from EXECUTED.split("\n")
    start = "["  # in the first row: to the left
    for cells in [("*Rule*", "*for*", "*known from*")] + [
            (plain("%s %s" % (rule["id"], rule["code"])), what,
             "a real run" if rule.get("executed") else plain(rule["source"]))
            for rule, what in rows]:
        yield "|%s %s" % (start, cells[0])
        yield from (":%s %s" % (start, cell) for cell in cells[1:])
        start = " "
    yield ""


def page(profile, recipes):
    lines = BEGINNING.format(**profile).split("\n")
    lines += ["# RULES", ""]
    for rule in profile.get("rules", []) + profile.get("path_checks", []):
        lines += rule_section(rule)
    lines += listed("VALUES THAT CHANGE NOTHING", "The recipe reads these values, but none of "
                    "them changes what is learned. An axis that sets nothing else is an error "
                    "(dead-axis).",
                    profile.get("inert"), "path", "message")
    lines += listed("KEYS THAT ARE NEVER READ", "Configs have these keys although the recipe "
                    "does not read them: a note (dead-key).", profile.get("dead"), "key", "why")
    lines += executed(profile, recipes)
    if profile.get("undetected"):
        lines += UNDETECTED.split("\n")
    for entry in profile.get("undetected", []):
        number = " (%s)" % entry["id"] if "id" in entry else ""
        lines += row(entry["what"] + number, entry["why"])
    return "\n".join(lines).rstrip("\n") + "\n" + END


def main():
    if len(sys.argv) != 2:
        print("usage: rules.py PROFILE", file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as stream:
        profile = json.load(stream)
    below = Path(sys.argv[1]).with_name(profile.get("extends", "") + ".json")
    base = json.loads(below.read_text("utf-8")) if "extends" in profile else {}
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(page(profile, {**base.get("recipes", {}), **profile.get("recipes", {})}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
