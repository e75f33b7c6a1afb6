"""What changes of a config have in common.

A change takes (random numbers, Document, name of the working config,
components) and returns (path, old, new, text); it raises Skip where it does
not apply.
"""

from fnmatch import fnmatchcase

from yaml import YAMLError
from yamltext import Document

QUIET = ("profiler",)  # many keys that matter little


class Skip(Exception):
    """This change does not apply here; another one is tried."""


def applies(globs, name):
    return any(fnmatchcase(name, glob) for glob in globs.split())


def dotted(path):
    return ".".join(str(part) for part in path)


def split_path(path):
    return tuple(int(part) if part.isdigit() else part for part in path.split("."))


def pick_entry(rng, document, accept):
    """A random entry that ACCEPT likes; those of QUIET sections come up less often."""
    entries = [entry for entry in document.entries.values() if accept(entry)]
    if not entries:
        raise Skip
    weights = [0.25 if entry.path[0] in QUIET and len(entry.path) > 1 else 1 for entry in entries]
    return rng.choices(entries, weights)[0]


def chosen(rng, changes):
    """One of [(change, weight)]."""
    return rng.choices([change for change, _ in changes], [weight for _, weight in changes])[0]


def set_at(document, path, literal):
    """The change that gives PATH a value, whether or not it has one."""
    if path in document.entries:
        return path, document.raw(path), literal, document.replaced(path, literal)
    parent = path[:-1]
    if parent and (parent not in document.entries or document.entries[parent].kind != "mapping"):
        raise Skip
    return path, "", literal, document.inserted(parent, path[-1], literal)


def twice(rng, document, name, components, changes):
    """Two changes, one after the other."""
    path, old, new, text = chosen(rng, changes)(rng, document, name, components)
    try:
        document = Document(text)
    except YAMLError:
        raise Skip from None
    other, _, more, text = chosen(rng, changes)(rng, document, name, components)
    return path, old, f"{new}; {dotted(other)}: {more}", text
