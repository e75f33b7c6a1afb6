"""Changes (see changes.py) that use corner cases of YAML, of OmegaConf and of Python signatures. Most are
rejected by `tune validate`.
"""

import re

from changes import Skip, pick_entry
from changes_right import relay_out, restyle_key, restyle_value, share
from changes_wrong import (add_key, break_interpolation, break_syntax, combo, drop_key, duplicate,
                           mandatory, misplace, misspell_key, misspelt, out_of_range, retype,
                           swap_component, wrong_value)
from shipped_tables import (COMPONENTS, FRAMES, KEYS, LINES, LITERALS, MERGES, NAMES, PARTS,
                            SCALARS)
from yamltext import Document

# --- components and their arguments ----------------------------------------------


def is_component(document):
    return lambda entry: entry.kind == "mapping" and document.component(entry.path) is not None


def indented(text, by):
    return text.replace("\n", "\n" + " " * by)


def insert_line(document, path, after, line):
    """Adds a line, maybe with more lines below, to the block mapping at a path."""
    node = document.mapping(path)
    if node.flow_style or not node.value:
        raise Skip
    column = node.value[0][0].start_mark.column
    key, value = node.value[min(after, len(node.value) - 1)]
    end = max(document.text.find("\n", node_end(document, key, value)), 0)
    return f"{document.text[:end]}\n{' ' * column}{indented(line, column)}{document.text[end:]}"


def node_end(document, key, value):
    path = next(path for path, entry in document.entries.items() if entry.key is key)
    start = document.entries[path].value.start_mark.index
    return max(start + len(document.raw(path)), key.end_mark.index)


def strange_argument(rng, document, *_):
    """An argument with a name that may be invalid as a keyword in Python."""
    entry = pick_entry(rng, document, is_component(document))
    name, literal = rng.choice(NAMES), rng.choice(LITERALS)
    line = f"{name}: {literal}"
    text = insert_line(document, entry.path, rng.randrange(9), line)
    return entry.path, "", line, text


def other_argument(rng, document, *_):
    """An argument of another component of the same config."""
    entry = pick_entry(rng, document, is_component(document))
    other = pick_entry(rng, document, is_component(document))
    keys = [path[-1] for path in document.entries
            if path[:-1] == other.path and path[-1] != "_component_"]
    if not keys or entry.path == other.path:
        raise Skip
    key = rng.choice(keys)
    line = f"{key}: {rng.choice(LITERALS)}"
    return entry.path, "", line, insert_line(document, entry.path, rng.randrange(9), line)


def missing_and_unknown(rng, document, *_):
    """Replaces an argument by one that the component does not have."""
    entry = pick_entry(rng, document, is_component(document))
    inner = [path for path in document.entries
             if path[:-1] == entry.path and path[-1] != "_component_"]
    if not inner:
        raise Skip
    path = rng.choice(inner)
    document = Document(document.dropped(path))
    name = rng.choice([misspelt(rng, path[-1]), rng.choice(NAMES)])
    line = f"{name}: {rng.choice(LITERALS)}"
    return path, path[-1], line, insert_line(document, entry.path, rng.randrange(9), line)


def strange_component(rng, document, *_):
    entry = pick_entry(rng, document, lambda entry: entry.path[-1] == "_component_")
    new = rng.choice(COMPONENTS)
    return entry.path, document.raw(entry.path), new, document.replaced(entry.path, new)


def any_component(rng, document, name, components):
    """Another component of a shipped config, with the arguments of the present one."""
    entry = pick_entry(rng, document, lambda entry: entry.path[-1] == "_component_")
    new = rng.choice(components[rng.choice(sorted(components))])
    return entry.path, document.raw(entry.path), new, document.replaced(entry.path, new)


def only_component(rng, document, *_):
    """A component without its arguments."""
    entry = pick_entry(rng, document, is_component(document))
    new = f"{{_component_: {document.component(entry.path)}}}"
    return entry.path, "all arguments", "none", document.replaced(entry.path, new)


def nest(rng, document, *_):
    """A component in place of a scalar."""
    entry = pick_entry(rng, document, lambda entry: entry.kind != "mapping"
                       and entry.path[-1] != "_component_" and len(entry.path) > 1)
    path = rng.choice(["torch.nn.Identity", "torch.nn.NoSuch", "torchtune.data.Message", "5", "''",
                       "${nowhere}", "no_such.Thing"])
    new = rng.choice(["{_component_: %s}", "[{_component_: %s}]", "{a: {_component_: %s}}",
                      "{_component_: %s, x: 1}"]) % path
    return entry.path, document.raw(entry.path), new, document.replaced(entry.path, new)


def wrap(rng, document, *_):
    """A component in a list, or one level deeper."""
    entry = pick_entry(rng, document, lambda entry: entry.kind == "mapping" and len(entry.path) == 1
                       and not entry.value.flow_style)
    raw = document.raw(entry.path)
    lines = raw.split("\n")
    first = rng.choice(["- ", "x:\n    "])
    new = "\n  " + first + "\n".join([lines[0]] + ["  " + line for line in lines[1:]])
    return entry.path, "", first.strip(), document.replaced(entry.path, new)


# --- values and keys -----------------------------------------------------------------


def block_scalar(entry):
    return entry.kind == "scalar" and not entry.in_flow


def strange_scalar(rng, document, *_):
    entry = pick_entry(rng, document, block_scalar)
    new = indented(rng.choice(SCALARS), entry.parent.start_mark.column)
    return entry.path, document.raw(entry.path), new, document.replaced(entry.path, new)


def strange_key(rng, document, *_):
    entry = pick_entry(rng, document, lambda entry: entry.key is not None and not entry.in_flow)
    new = indented(rng.choice(KEYS), entry.parent.start_mark.column)
    return entry.path, entry.path[-1], new, document.renamed(entry.path, new)


def interpolation(rng, document, *_):
    """An interpolation of a random form, in a random place."""
    entry = pick_entry(rng, document, lambda entry: entry.kind == "scalar")
    frame = rng.choice(FRAMES).replace("\\ ", " ")
    new = re.sub("%s", lambda _: rng.choice(PARTS), frame)
    if rng.random() < 0.3:
        new = '"' + new.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return entry.path, document.raw(entry.path), new, document.replaced(entry.path, new)


def two_interpolations(rng, document, *args):
    """Two interpolations, which may refer to each other."""
    first = pick_entry(rng, document, block_scalar).path
    second = pick_entry(rng, document, block_scalar).path
    if first == second or any(not re.fullmatch(r"\w+", str(part)) for part in first + second):
        raise Skip
    to = [".".join(map(str, path)) for path in (first, second)]
    text = document.replaced(first, f"${{{to[1]}}}")
    new = rng.choice([f"${{{to[0]}}}", f"x${{{to[0]}}}", "${nowhere}", "???", f"${{{to[1]}}}",
                      "${oc.select:" + to[0] + ",1}"])
    return first, to[1], new, Document(text).replaced(second, new)


def mandatory_value(rng, document, *_):
    """??? (a missing value) for an argument or a top-level key, in different YAML."""
    entry = pick_entry(rng, document, lambda entry: len(entry.path) < 3 and not entry.in_flow)
    new = rng.choice(["???", "'???'", '"???"', ">-\n    ???", "!!str ???", "'??? '", "??", "????",
                      "?", "[???]", "{a: ???}", "x???"])
    return entry.path, document.raw(entry.path), new, document.replaced(entry.path, new)


# --- lines and characters ---------------------------------------------------------------


def extra_line(rng, document, *_):
    """Adds lines at the top level or in a mapping."""
    pool = rng.choice([LINES, LINES, MERGES])
    line = rng.choice(pool)
    if rng.random() < 0.5:
        where = rng.choice(["first", "last"])
        text = f"{line}\n{document.text}" if where == "first" else f"{document.text}\n{line}\n"
        return (where,), "", line, text
    paths = [()] + [path for path, entry in document.entries.items() if entry.kind == "mapping"]
    path = rng.choice(paths)
    return path, "", line, insert_line(document, path, rng.randrange(20), line)


def share_anchor(rng, document, *_):
    """A mapping that includes another one by alias or merge key."""
    entries = [entry for entry in document.entries.values() if len(entry.path) == 1
               and entry.kind == "mapping" and not entry.value.flow_style]
    if len(entries) < 2:
        raise Skip
    first, second = rng.sample(entries, 2)
    way = rng.choice(["alias", "merge", "merge list", "merge and more", "twice"])
    new = {"alias": "*it", "merge": "\n  <<: *it", "merge list": "\n  <<: [*it]",
           "merge and more": "\n  <<: *it\n  x: 1", "twice": "\n  <<: *it\n  <<: *it"}[way]
    text = document.replaced(second.path, new)
    name = first.path[0]
    text = re.sub(rf"^{name}:", f"{name}: &it", text, count=1, flags=re.MULTILINE)
    return second.path, way, f"that of {name}", text


def line_edit(rng, document, *_):
    """Removes, duplicates, swaps, joins or indents lines."""
    lines = document.text.split("\n")
    at = rng.choice([number for number, line in enumerate(lines)
                     if line.strip() and not line.lstrip().startswith("#")])
    other = min(at + rng.choice([1, 1, 1, 2, 5]), len(lines) - 1)
    new = list(lines)
    way = rng.choice(["omit", "double", "exchange", "join", "indent", "outdent", "tab", "uncomment",
                      "split", "dash", "cut", "crlf", "cr", "nel", "no indent"])
    if way == "omit":
        del new[at]
    elif way == "double":
        new.insert(other, lines[at])
    elif way == "exchange":
        new[at], new[other] = lines[other], lines[at]
    elif way == "join":
        new[at:at + 2] = [" ".join(lines[at:at + 2])]
    elif way == "uncomment":
        new[at] = lines[at].replace("#", "", 1)
    elif way == "cut":
        new[at] = lines[at][:rng.randrange(len(lines[at]))]
    elif way == "split":
        where = rng.randrange(len(lines[at]))
        new[at:at + 1] = [lines[at][:where], lines[at][where:]]
    else:
        new[at] = {"indent": " " * rng.randrange(1, 4) + lines[at], "outdent": lines[at][1:],
                   "tab": lines[at].replace(" ", "\t", 1), "dash": "- " + lines[at],
                   "crlf": lines[at] + "\r", "cr": lines[at].replace(" ", "\r", 1),
                   "nel": lines[at].replace(" ", rng.choice("\u0085\u2028\u2029\u00a0"), 1),
                   "no indent": lines[at].lstrip()}[way]
    if new == lines:
        raise Skip
    return (str(at + 1),), lines[at], way, "\n".join(new)


def character_edit(rng, document, *_):
    """Removes, inserts or duplicates a character outside of comments."""
    text = document.text
    at = rng.randrange(len(text))
    if "#" in text[text.rfind("\n", 0, at) + 1:at + 1]:
        raise Skip
    new = rng.choice(["", "", text[at] * 2, *":-#[]{},'\"&*!|>%@`?~$\t \n\r\\/.=<0a\x00\x07",
                      "\u00a0", "\u2028", "\ufeff", "\udcff", "\x7f", "${", "---", "???", "<<"])
    return (str(text.count("\n", 0, at) + 1),), text[at], new, text[:at] + new + text[at + 1:]


def whole_file(rng, document, *_):
    """A document that is not a mapping, or not one document."""
    text = document.text
    ways = {
        "empty": "", "blank": "\n\n", "comment": "# x\n", "scalar": "x\n", "number": "5\n",
        "null": "null\n", "list": "- a\n- b\n", "empty mapping": "{}\n", "document start": "---\n",
        "in a list": "- " + indented(text, 2), "twice": text + "\n" + text,
        "two documents": text + "\n---\n" + text, "indented": " " + indented(text, 1),
        "by one key": "x:\n  " + indented(text, 2), "json": '{"seed": 1}',
        "utf-16 mark": "\udcff\udcfe" + text,
        "byte order mark": "\ufeff" + text, "two marks": "\ufeff\ufeff" + text,
        "latin-1": text + "\n# \udce9\n", "carriage returns": text.replace("\n", "\r"),
        "windows": text.replace("\n", "\r\n"), "nul at the end": text + "\0",
        "flow": "{" + text + "}",
        "quoted": '"' + text.replace('"', "'") + '"', "zero": "\0", "end": text + "\n...\n",
        "end and more": text + "\n...\nx: 1\n", "version": "%YAML 1.1\n---\n" + text,
        "no start": "%YAML 1.1\n" + text, "version 1.2": "%YAML 1.2\n---\n" + text,
        "version 3": "%YAML 3.0\n---\n" + text, "tabs": text.replace("  ", "\t"),
        "doubled spaces": text.replace("  ", "    "), "anchor": "&a\n" + text,
        "tagged": "!!map\n" + text, "tagged str": "!!str\n" + text, "tagged foo": "!foo\n" + text,
    }
    how = rng.choice(sorted(ways))
    return ("*",), "", how, ways[how]


ALL = [
    # rejected because of arguments
    (strange_argument, 10), (other_argument, 5), (missing_and_unknown, 5), (strange_component, 10),
    (any_component, 5), (only_component, 1), (nest, 4), (wrap, 2), (add_key, 5),
    (swap_component, 10), (drop_key, 5), (misspell_key, 9), (misplace, 4), (combo, 2),
    # because of values or interpolations
    (strange_scalar, 16), (strange_key, 8), (interpolation, 14), (two_interpolations, 2),
    (mandatory_value, 4), (mandatory, 1), (break_interpolation, 5), (retype, 8), (out_of_range, 1),
    (wrong_value, 3),
    # because of syntax
    (extra_line, 12), (share_anchor, 3), (line_edit, 10), (character_edit, 12), (whole_file, 2),
    (break_syntax, 8), (duplicate, 3),
    # and not rejected
    (restyle_value, 2), (restyle_key, 1), (relay_out, 1), (share, 1),
]
