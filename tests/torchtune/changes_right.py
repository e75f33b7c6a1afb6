"""Changes (see changes.py) after which a config still works: other valid values, or other YAML for the same
values. They measure false alarms.
"""

import re

import mutation_tables as tables
from changes import Skip, applies, pick_entry, set_at, split_path, twice
from yamltext import scalar_value

REFERENCES = [
    {"model.lora_alpha": "${model.lora_rank}"}, {"log_every_n_steps": "${epochs}"},
    {"seed": "${batch_size}"}, {"metric_logger.log_dir": "${output_dir}/logs/${seed}"},
    {"model.lora_alpha": "${.lora_rank}"}, {"checkpointer.output_dir": "${oc.select:output_dir}"},
    {"metric_logger.log_dir": '"${output_dir}/logs"'}, {"seed": "${oc.decode:'3'}"},
]


def valid_value(rng, document, name, _):
    options = [entry for entry in tables.VALID if applies(entry[0], name)]
    _, path, values = rng.choice(options)
    return set_at(document, split_path(path), rng.choice(values))


def valid_optimizer(rng, document, *_):
    return set_at(document, ("optimizer",), rng.choice(tables.OPTIMIZERS))


def other_spellings(raw, value):
    """Other YAML for the same value."""
    if value is None:
        return ["null", "~", "Null", "NULL", ""]
    if isinstance(value, bool):
        return ["true", "True", "TRUE", "yes", "on", "Yes"] if value else \
            ["false", "FALSE", "no", "off", "Off"]
    if isinstance(value, int):
        return [f"+{value}", f"0x{value:x}", f"!!int {value}", f"!!int '{value}'"] if value > 0 \
            else [str(value)]
    if re.fullmatch(r"[\d.]+(e-?\d+)?", raw):
        return [repr(float(raw)), f"{float(raw):.6e}", f"{float(raw):.10f}", f"!!float {raw}"]
    if raw[:1] in "'\">|!":
        return [raw]
    return [f'"{raw}"', f"'{raw}'", f"!!str {raw}", f">-\n      {raw}"]


def restyle_value(rng, document, *_):
    """Writes the same value differently."""
    entry = pick_entry(rng, document, lambda entry: entry.kind == "scalar" and not entry.in_flow)
    raw = document.raw(entry.path)
    new = rng.choice(other_spellings(raw, scalar_value(entry.value)))
    rest = document.text[entry.value.end_mark.index:].partition("\n")[0]
    if new.startswith(">") and rest.strip():
        raise Skip  # the comment after it would become part of the string
    return entry.path, raw, new, document.replaced(entry.path, new)


def restyle_key(rng, document, *_):
    entry = pick_entry(rng, document, lambda entry: entry.key is not None)
    key = entry.path[-1]
    new = rng.choice([f'"{key}"', f"'{key}'", f"{key} "])
    return entry.path, key, new, document.renamed(entry.path, new)


def share(rng, document, *_):
    """A value by an alias or interpolation."""
    (place, value), = rng.choice(REFERENCES).items()
    named = re.findall(r"\$\{(\w[\w.]*)\}", value)
    if any(split_path(path) not in document.entries for path in [place, *named]):
        raise Skip
    return set_at(document, split_path(place), value)


def blocks(text):
    """The lines before the first key, and the top-level entries with the comments above."""
    found, start = [], 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if re.match(r"[A-Za-z_]+:", line):
            begin = number
            while begin > start and lines[begin - 1].startswith("#"):
                begin -= 1
            found.append(begin)
    return lines[:found[0]], [lines[a:b] for a, b in zip(found, found[1:] + [len(lines)])]


def reorder(rng, document, *_):
    head, parts = blocks(document.text)
    if parts[-1][-1] == "":
        parts[-1].pop()
    rng.shuffle(parts)
    text = "\n".join(head + [line for part in parts for line in part] + [""])
    return ("*",), "", "reordered", text


def relay_out(rng, document, *_):
    """Comments, empty lines, document markers, line ends."""
    lines = document.text.split("\n")
    at = rng.randrange(len(lines))
    ways = {
        "comment line": lines[:at] + ["# tried: lr: 5e-4, [x] {y} ${z}"] + lines[at:],
        "comment": lines[:at] + [lines[at] + "  # note: \"kept\""] + lines[at + 1:],
        "blank lines": lines[:at] + ["", "  ", ""] + lines[at:],
        "trailing spaces": [line + "  " for line in lines],
        "document start": ["---"] + lines,
        "document end": lines + ["..."],
        "carriage returns": [line + "\r" for line in lines],
        "no comments": [re.sub(r"(^|\s)#.*", "", line) for line in lines],
        "no last newline": document.text.rstrip("\n").split("\n"),
        "byte order mark": ["\ufeff" + lines[0]] + lines[1:],
    }
    how = rng.choice(sorted(ways))
    if how == "comment line" and at and lines[at - 1].rstrip().endswith((">-", "|")):
        raise Skip
    return ("*",), "", how, "\n".join(ways[how])


def two_rights(rng, document, name, components):
    return twice(rng, document, name, components, RIGHTS)


RIGHTS = [(valid_value, 14), (valid_optimizer, 2), (restyle_value, 4), (restyle_key, 1),
          (reorder, 1), (relay_out, 2), (share, 1)]
ALL = RIGHTS + [(two_rights, 3)]
