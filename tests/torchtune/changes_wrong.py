"""Changes (see changes.py) that make a config invalid, or at least doubtful."""

import re
from fnmatch import fnmatchcase

import mutation_tables as tables
from changes import Skip, applies, dotted, pick_entry, set_at, split_path, twice
from yamltext import Document, scalar_value, set_values

EXTREMES = ("0 -1 1 -0.5 0.0 2147483648 4294967296 9223372036854775808 1e30 -1e30 1e-30 .inf -.inf "
            ".nan 1.5 99999 1000000000000 0.999 1.0001").split()
INTERPOLATIONS = [
    "${nowhere}", "${", "'${'", "${}", "${output_dir", "${output_dir}}", "${nope:1}",
    "${oc.env:NOPE_X}", "${output_dir}/x", "${seed}", "${model.lora_rank}", "${optimizer.lr}",
    "${oc.env:HOME}", "${.lr}", "${..seed}", "${optimizer}", "${dataset.0}", "${output-dir}",
    "$output_dir", "${{output_dir}}", "${env:HOME}", "\\${output_dir}", "${oc.env:NOPE_X,7}",
    "${ seed }", "'${seed}'", "${oc.select:nowhere,3}", "${oc.decode:'3'}", "${Output_dir}",
]


# --- keys -------------------------------------------------------------------------


def misspelt(rng, word):
    """WORD with a typing error."""
    at = rng.randrange(len(word))
    slips = [
        lambda: word[:at] + word[at + 1:],
        lambda: word[:at] + word[at] + word[at:],
        lambda: word[:at] + word[at + 1:at + 2] + word[at] + word[at + 2:],
        lambda: word[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1:],
        lambda: word.replace("_", "-", 1),
        lambda: word.replace("_", "", 1),
        lambda: word[:-1] if word.endswith("s") else word + "s",
        lambda: word.capitalize() if "_" not in word else word.upper(),
    ]
    changed = rng.choice(slips)()
    if changed == word or not changed or changed[0] in "-.!":
        raise Skip
    return changed


def drop_key(rng, document, *_):
    entry = pick_entry(rng, document, lambda entry: True)
    return entry.path, document.raw(entry.path), "", document.dropped(entry.path)


def misspell_key(rng, document, *_):
    entry = pick_entry(rng, document, lambda entry: entry.key is not None)
    new = misspelt(rng, entry.path[-1])
    return entry.path, entry.path[-1], new, document.renamed(entry.path, new)


def add_key(rng, document, *_):
    """Adds a key that torchtune does not read, or not here."""
    where = rng.choice(["top", "inner", "inner", "data"])
    if where == "top":
        path, pool = (), tables.TOP_KEYS
    else:
        data = where == "data"
        entry = pick_entry(rng, document, lambda entry: entry.kind == "mapping"
                           and not entry.in_flow and (entry.path[0] == "dataset") == data)
        path, pool = entry.path, tables.DATA_KEYS if data else tables.INNER_KEYS
    key = rng.choice(sorted(pool))
    if path + (key,) in document.entries or not document.mapping(path).value:
        raise Skip
    after = rng.randrange(len(document.mapping(path).value))
    return path + (key,), "", pool[key], document.inserted(path, key, pool[key], after)


def misplace(rng, document, *_):
    """Moves a key one level up or down."""
    entry = pick_entry(rng, document, lambda entry: entry.key is not None and not entry.in_flow
                       and entry.kind == "scalar" and entry.path[-1] != "_component_")
    raw, key = document.raw(entry.path), entry.path[-1]
    targets = [()] if len(entry.path) > 1 else []
    targets += [other.path for other in document.entries.values()
                if other.kind == "mapping" and not other.in_flow and len(other.path) == 1
                and other.path != entry.path[:-1]]
    target = rng.choice(targets)
    if target + (key,) in document.entries:
        raise Skip
    rest = Document(document.dropped(entry.path))
    if target and target not in rest.entries:
        raise Skip
    return entry.path, dotted(entry.path), dotted(target + (key,)), rest.inserted(target, key, raw)


def duplicate(rng, document, *_):
    entry = pick_entry(rng, document, lambda entry: entry.key is not None and not entry.in_flow
                       and entry.kind == "scalar")
    raw = document.raw(entry.path)
    text = document.inserted(entry.path[:-1], entry.path[-1], raw or "null")
    return entry.path, raw, raw, text


# --- values -----------------------------------------------------------------------


def other_scalars(value, plain):
    """YAML for a scalar with another type, or nearly the same value."""
    if isinstance(value, bool):
        return [f"'{plain}'", "1", "0", "yes", "no", "T", "None", "1.0", "maybe", "'false'"]
    if isinstance(value, int):
        return [f"'{plain}'", f"{plain}.0", f"{plain}.5", "True", "False", "four", f"{plain}e0",
                f"{plain} # x", f"0x{value & 0xffff:x}", f"{plain}_0", f"{plain},0", f"+{plain}",
                f"{plain}k", f"0{plain}"]
    if isinstance(value, float) or re.fullmatch(r"[\d.]+e-?\d+", plain):
        return [f"'{plain}'", "True", "1", "high", f"{plain}f", f"{plain} %",
                plain.replace(".", ","), "0"]
    return ["12", "1.5", "True", "False", f"'{plain} '", "{a: 1}", "no"]


def literals_of_other_types(document, entry):
    """YAML for the value of ENTRY with another type."""
    raw = document.raw(entry.path)
    if entry.kind == "mapping":
        component = document.component(entry.path) or "x"
        return ["null", component, "[]", "{}", "''", "True", "5", f"[{component}]"]
    if entry.kind == "list":
        first = entry.value.value[0] if entry.value.value else None
        item = first.value if first is not None and isinstance(first.value, str) else "x"
        return ["null", item, f"'{item},{item}'", "{}", f"{{a: {item}}}", f"[[{item}]]", "[]", "5",
                "[1, 2]", "True", "[null]"]
    value = scalar_value(entry.value)
    if value is None:
        return ["None", "0", "''", "[]", "False", "True", "{}", "none", "5", "1.5", "text"]
    plain = raw.strip("'\"") or "x"
    listed = "[x]" if "${" in plain or "@" in plain else f"[{plain}]"
    return ["null", listed, "{a: b}", "''", "[]"] + other_scalars(value, plain)


def retype(rng, document, *_):
    # `compile: true` takes longer than everything else.
    entry = pick_entry(rng, document, lambda entry: entry.path != ("compile",))
    raw = document.raw(entry.path)
    new = rng.choice([text for text in literals_of_other_types(document, entry) if text != raw])
    return entry.path, raw, new, document.replaced(entry.path, new)


def is_number(entry):
    if entry.kind != "scalar":
        return False
    value = scalar_value(entry.value)
    return isinstance(value, (int, float)) and not isinstance(value, bool) or \
        re.fullmatch(r"[\d.]+e-?\d+", entry.value.value) is not None


def out_of_range(rng, document, *_):
    entry = pick_entry(rng, document, is_number)
    new = rng.choice(EXTREMES)
    return entry.path, document.raw(entry.path), new, document.replaced(entry.path, new)


def wrong_value(rng, document, *_):
    glob, values = rng.choice(tables.WRONG)
    paths = [path for path in document.entries if fnmatchcase(dotted(path), glob)]
    if "*" in glob and not paths:
        raise Skip
    path = rng.choice(paths) if paths else split_path(glob)
    return set_at(document, path, rng.choice(values))


def mandatory(rng, document, *_):
    entry = pick_entry(rng, document, lambda entry: True)
    return entry.path, document.raw(entry.path), "???", document.replaced(entry.path, "???")


def break_interpolation(rng, document, *_):
    entry = pick_entry(rng, document, lambda entry: entry.kind == "scalar" and not entry.in_flow
                       and entry.path != ("compile",))
    new = rng.choice([f"${{{dotted(entry.path)}}}", *INTERPOLATIONS])
    return entry.path, document.raw(entry.path), new, document.replaced(entry.path, new)


def swap_component(rng, document, _, components):
    entry = pick_entry(rng, document, lambda entry: entry.path[-1] == "_component_")
    raw = document.raw(entry.path)
    slot = entry.path[0]
    same = components.get(slot, []) + tables.MORE_COMPONENTS.get(slot, [])
    way = rng.random()
    if way < 0.45 and same:
        new = rng.choice(same)
    elif way < 0.65:
        new = rng.choice(components[rng.choice(sorted(components.keys() - {slot}))])
    elif way < 0.9:
        parts = raw.split(".")
        at = rng.randrange(len(parts))
        parts[at] = misspelt(rng, parts[at])
        new = ".".join(parts)
    else:
        new = rng.choice(tables.ANY_COMPONENTS)
    return entry.path, raw, new, document.replaced(entry.path, new)


def combo(rng, document, name, _):
    options = [entry for entry in tables.COMBOS if applies(entry[0], name)]
    _, kind, changes = rng.choice(options)
    try:
        text = set_values(document.text, changes)
    except KeyError:
        raise Skip from None
    new = ", ".join(f"{path}={value}" for path, value in changes.items())
    return split_path(next(iter(changes))), kind, new, text


# --- YAML syntax -----------------------------------------------------------------


def damaged(line):
    """{kind of damage: damaged LINE}; the line has a colon."""
    key, _, value = line.partition(":")
    value = value.strip()
    return {
        "tab indent": "\t" + line.lstrip(), "no colon": f"{key} {value}",
        "no space": f"{key}:{value}", "one space more": " " + line, "two spaces more": "  " + line,
        "one space less": line[1:] if line[0] == " " else line + "x",
        "open quote": f'{key}: "{value}', "open bracket": f"{key}: [{value}",
        "two colons": f"{key}: a: {value}", "percent": f"{key}: %{value}",
        "at sign": f"{key}: @{value}", "star": f"{key}: *{value or 'x'}",
        "equals": f"{key} = {value}", "tag": f"{key}: !!python/none {value}", "comma": line + ",",
        "dash": f"- {line.strip()}", "second document": line + "\n---",
        "backquote": f"{key}: `{value}`", "merge marker": "<<<<<<< HEAD\n" + line,
        "closing brace": line + " }", "control": line + "\x07", "null key": f"~: 1\n{line}",
        "bang": f"{key}: !x {value}", "list item": f"{key}:\n- {value}",
        "windows path": f'{key}: "C:\\temp\\new"',
    }


def break_syntax(rng, document, *_):
    """Damages the YAML in a random line."""
    lines = document.text.split("\n")
    at = rng.choice([number for number, line in enumerate(lines)
                     if ":" in line and not line.startswith("#")])
    path = (lines[at].partition(":")[0].strip() or "x",)
    if rng.random() < 0.04:
        return path, "cut off", "", "\n".join(lines[:at])
    ways = damaged(lines[at])
    how = rng.choice(sorted(ways))
    return path, how, ways[how], "\n".join(lines[:at] + [ways[how]] + lines[at + 1:])


def two_wrongs(rng, document, name, components):
    return twice(rng, document, name, components, WRONGS)


WRONGS = [(drop_key, 9), (misspell_key, 9), (retype, 16), (out_of_range, 7), (wrong_value, 22),
          (add_key, 9), (swap_component, 10), (break_interpolation, 4), (mandatory, 1.5),
          (misplace, 4), (duplicate, 2), (combo, 12), (break_syntax, 5)]
ALL = WRONGS + [(two_wrongs, 4)]
