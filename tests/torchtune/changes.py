"""Shared by all changes of a config.

A change is a function of (random numbers, Document, name of the working config, components) that returns
(path, old, new, text), or raises Skip if it does not apply.
"""

from fnmatch import fnmatchcase

from yaml import YAMLError
from yamltext import Document

QUIET = ("profiler",)  # sections with many unimportant keys


class Skip(Exception):
    """The change does not apply."""


def applies(globs, name):
    return any(fnmatchcase(name, glob) for glob in globs.split())


def dotted(path):
    return ".".join(str(part) for part in path)


def split_path(path):
    return tuple(int(part) if part.isdigit() else part for part in path.split("."))


def pick_entry(rng, document, accept):
    """A random entry for which accept() is true; entries of QUIET sections are less likely."""
    entries = [entry for entry in document.entries.values() if accept(entry)]
    if not entries:
        raise Skip
    weights = [0.25 if entry.path[0] in QUIET and len(entry.path) > 1 else 1 for entry in entries]
    return rng.choices(entries, weights)[0]


def chosen(rng, changes):
    """A random one of [(change, weight)]."""
    return rng.choices([change for change, _ in changes], [weight for _, weight in changes])[0]


def set_at(document, path, literal):
    """The change that sets a path, whether or not it exists."""
    if path in document.entries:
        return path, document.raw(path), literal, document.replaced(path, literal)
    parent = path[:-1]
    if parent and (parent not in document.entries or document.entries[parent].kind != "mapping"):
        raise Skip
    return path, "", literal, document.inserted(parent, path[-1], literal)


def twice(rng, document, name, components, changes):
    """Two changes in sequence."""
    path, old, new, text = chosen(rng, changes)(rng, document, name, components)
    try:
        document = Document(text)
    except YAMLError:
        raise Skip from None
    other, _, more, text = chosen(rng, changes)(rng, document, name, components)
    return path, old, f"{new}; {dotted(other)}: {more}", text
