# SPDX-License-Identifier: Apache-2.0
"""Sweep specs, expanded in the obvious way: every point is listed, every config is merged.

    expand(text, directory) -> [[name, id, config], ...], or Refused

The same with `first` and `made`: of a sweep that grows, only the runs whose ids are not in `made`, with
numbers from `first` on.

sweep-spec(5) says what a spec means. This knows the parameters of PARAMETERS and the base BASE.
"""
import copy
import csv
import hashlib
import itertools
import json
import re
from decimal import Decimal
from pathlib import Path

import generators
import samples
from expressions import Evaluation, Failed, Refused

BASE = {
    "output_dir": "/tmp/x",
    "model": {"_component_": "m.Lora", "lora_rank": 8, "lora_alpha": 16, "lora_dropout": 0.0},
    "tokenizer": {"_component_": "t.Tokenizer", "path": "/tmp/t", "max_seq_len": None},
    "dataset": {"_component_": "d.Alpaca", "packed": False},
    "seed": None,
    "shuffle": True,
    "batch_size": 2,
    "optimizer": {"_component_": "o.AdamW", "fused": True, "weight_decay": 0.01, "lr": 0.0003,
                  "betas": [0.9, 0.999]},
    "lr_scheduler": {"_component_": "s.Cosine", "num_warmup_steps": 100},
    "epochs": 1,
    "max_steps_per_epoch": None,
    "gradient_accumulation_steps": 8,
    "clip_grad_norm": None,
    "compile": False,
    "metric_logger": {"_component_": "l.Disk", "log_dir": "${output_dir}/logs", "filename": "f", "name": "n",
                      "tag": None},
    "log_every_n_steps": 1,
    "device": "cuda",
    "dtype": "bf16",
}
RECIPE, TRAINER, VOLATILE = "r", "torchtune", ["metric_logger.log_dir", "metric_logger.filename"]

# name, alias, and for each field its name, path, type and range
PARAMETERS = [
    ("learning_rate", "lr", [("lr", "optimizer.lr", "float", "positive")]),
    ("batch_size", None, [("batch_size", "batch_size", "int", "positive")]),
    ("epochs", None, [("epochs", "epochs", "int", "positive")]),
    ("gradient_accumulation_steps", None,
     [("steps", "gradient_accumulation_steps", "int", "positive")]),
    ("lora_params", "lora", [("rank", "model.lora_rank", "int", "positive"),
                             ("alpha", "model.lora_alpha", "int", "positive")]),
    ("max_seq_length", None, [("length", "tokenizer.max_seq_len", "int", "positive")]),
    ("seed", None, [("seed", "seed", "int", "non-negative")]),
    ("dtype", None, [("dtype", "dtype", "str", "not-empty")]),
    ("compile", None, [("enabled", "compile", "bool", "any")]),
    ("weight_decay", None, [("weight_decay", "optimizer.weight_decay", "float", "non-negative")]),
    ("warmup_steps", None, [("steps", "lr_scheduler.num_warmup_steps", "int", "non-negative")]),
    ("lora_dropout", None, [("dropout", "model.lora_dropout", "float", "fraction")]),
    ("clip_grad_norm", None, [("max_norm", "clip_grad_norm", "float", "positive")]),
    ("device", None, [("device", "device", "str", "not-empty")]),
]
STRUCTURES = ("grid", "zip", "cases", "sweep")
KEYS = STRUCTURES + ("name", "base", "fixed", "where", "exclude", "include", "sample", "repeat", "order",
                     "output_dir", "extends", "$schema", "description", "tags", "recipe")


class Number(float):
    """A float as it is written, for decimal arithmetic."""

    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self


COMPUTED = []  # all of the spec, with their paths
CONDITIONS = set()  # all of the spec, with objects of "exclude" as JSON


def names_in(expression):
    """The paths of the names in an expression."""
    return [path_of(name) for name in re.findall(r"[A-Za-z_][\w.]*", re.sub(r"'.*?'|\".*?\"", "", expression))]


class Computed:
    """A string that begins with "=", for a path."""

    def __init__(self, text, path, field):
        self.text, self.field = text, field
        self.is_template = "{" in text
        COMPUTED.append((path, self))

    def uses(self):
        """The paths of the names in it."""
        if self.is_template:
            inner = re.findall(r"\{([^{}]*)\}", re.sub(r"\{\{|\}\}", "", self.text))
            return [path for text in inner for path in names_in(text)]
        return names_in(self.text)

    def parts(self):
        """The expressions in it."""
        if not self.is_template:
            return [self.text]
        inner = re.findall(r"\{([^{}]*)\}", re.sub(r"\{\{|\}\}", "", self.text))
        return [text for text in inner if text not in ("name", "run", "index", "id")]

    def __repr__(self):
        return "=" + self.text


class Distribution:
    def __init__(self, key, factor):
        self.key, self.factor = key, factor
        self.paths = {path for path, _ in settings(key, "=0")}


def plain(value):
    return float(value) if isinstance(value, Number) else value


def mark(value):
    """Tells values apart, also those that Python finds equal."""
    return json.dumps(value, default=repr, sort_keys=True)


# --- reading ---------------------------------------------------------------------------------------


def unique(pairs):
    if len({key for key, _ in pairs}) < len(pairs):
        raise Refused("duplicate-key")
    return dict(pairs)


def read_json(text):
    """JSON with comments and commas before a closing bracket."""
    text = re.sub(r'("(?:[^"\\]|\\.)*")|/\*.*?\*/|//[^\n]*', lambda m: m[1] or " ", text.lstrip("\ufeff"),
                  flags=re.DOTALL)
    text = re.sub(r'("(?:[^"\\]|\\.)*")|,(\s*[\]}])', lambda m: m[1] or m[2], text)
    return json.loads(text, object_pairs_hook=unique, parse_float=Number)


def members(value, code="wrong-type"):
    """The members of an object of the language itself: keys that begin with // are comments."""
    if not isinstance(value, dict):
        raise Refused(code)
    return {key: one for key, one in value.items() if not key.startswith("//")}


def inherit(spec, directory, depth=0):
    if depth > 8:
        raise Refused("bad-extends")
    merged = {}
    files = spec.get("extends", [])
    for file in [files] if isinstance(files, str) else files:
        path = directory / file
        if not path.exists():
            raise Refused("no-file")
        add(merged, inherit(members(read_json(path.read_text("utf-8"))), path.parent, depth + 1))
    add(merged, {key: value for key, value in spec.items() if key != "extends"})
    return merged


def add(merged, spec):
    for key, value in spec.items():
        if key in ("fixed", "slurm") and isinstance(value, dict):
            inner = merged.setdefault(key, {})
            for name, one in value.items():
                put_or_remove(inner, name, one)
        else:
            put_or_remove(merged, key, value)


def put_or_remove(target, key, value):
    if value is None and key in target:
        del target[key]
    else:
        target[key] = value


# --- assignments -----------------------------------------------------------------------------------


def parameter_of(key):
    """The parameter of a name or an alias."""
    for name, alias, fields in PARAMETERS:
        if key in (name, alias):
            return name, fields
    return None, None


def field_of(path):
    return next((field for _, _, fields in PARAMETERS for field in fields if field[1] == path), None)


def full_name(key):
    return parameter_of(key)[0] or key


def get(config, path):
    for part in path.split("."):
        if isinstance(config, list):
            config = config[int(part)] if part.isdigit() and int(part) < len(config) else None
        else:
            config = config.get(part) if isinstance(config, dict) else None
    return config


def has(config, path):
    *parents, last = path.split(".")
    config = get(config, ".".join(parents)) if parents else config
    return isinstance(config, dict) and last in config


def check_field(field, value):
    """The value that the config gets."""
    wanted, limit = field[2:]
    if wanted == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(plain(value)).__name__ != wanted:
        raise Refused("wrong-type")
    value = plain(value)
    if {"positive": lambda: value <= 0, "non-negative": lambda: value < 0,
            "fraction": lambda: not 0 <= value < 1, "not-empty": lambda: value == "",
            "any": lambda: False}[limit]():
        raise Refused("bad-value")
    return value


def sort_of(value):
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def check_change(path, value, base):
    """A value has the type of the base's, but null may become anything, and anything null."""
    if isinstance(value, dict) and isinstance(base, dict):
        for key, one in value.items():
            check_change(path + "." + key, one, base.get(key))
    elif None not in (value, base) and sort_of(value) != sort_of(base):
        raise Refused("type-change")


def make_plain(value):
    if isinstance(value, dict):
        return {key: make_plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [make_plain(one) for one in value]
    return plain(value)


def set_path(path, value, field):
    """One (path, value) of a point."""
    if isinstance(value, str) and value.startswith("=") and not value.startswith("=="):
        if not value.strip("= "):
            raise Refused("bad-template")
        if "{" in value and field is not None and field[2] != "str":
            raise Refused("wrong-type: a template")
        if "{" in value:
            template_parts(value[1:])
        if "{" in value and field is None:
            check_change(path, value, get(BASE, path))
        return path, Computed(value[1:], path, field)
    if isinstance(value, str) and value.startswith("=="):
        value = value[1:]
    if field is not None:
        return path, check_field(field, value)
    if not has(BASE, path) and get(BASE, path.rpartition(".")[0]) is None:
        raise Refused("unknown-path")
    value = make_plain(value)
    check_change(path, value, get(BASE, path))
    return path, value


def path_field(path, value):
    """What a path takes: as its parameter, but it may be null, and a float where that takes an int."""
    field = field_of(path)
    if field is None or value is None:
        return None
    is_computed = isinstance(value, str) and value[:1] == "=" and value[:2] != "==" and "{" not in value
    if field[2] == "int" and (is_computed or (isinstance(value, float) and value > 0)):
        return None
    return field


def settings(key, value):
    """The (path, value) pairs of a key with one value."""
    _, fields = parameter_of(key)
    if fields is None:
        return [set_path(key, value, path_field(key, value))]
    if len(fields) == 1:
        path = fields[0][1]
        return [set_path(path, value, None if value is None and key == path else fields[0])]
    if not isinstance(value, dict):
        raise Refused("wrong-type")
    value = members(value)
    if set(value) != {field[0] for field in fields}:
        raise Refused("fields")
    return [set_path(field[1], value[field[0]], field) for field in fields]


# --- values of axes --------------------------------------------------------------------------------


def cell(text):
    if text in ("true", "false", "null"):
        return json.loads(text)
    if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", text):
        return json.loads(text, parse_float=Number)
    return text


def rows(name, directory):
    path = directory / name
    if not path.exists():
        raise Refused("no-file")
    with open(path, encoding="utf-8-sig", newline="") as stream:
        header, *lines = [row for row in csv.reader(stream) if row]
    if any(len(row) != len(header) for row in lines) or len(set(header)) < len(header):
        raise Refused("csv-syntax")
    return [dict(zip(header, row)) for row in lines]


def written(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused("wrong-type")
    return value.text if isinstance(value, Number) else str(value)


def generated(value, directory):
    """The values of a generator, or its kind, numbers and digits if it is a distribution."""
    value = members(value)
    kinds = [key for key in value if key not in ("digits", "column")]
    if len(kinds) != 1:
        raise Refused("bad-generator")
    kind = kinds[0]
    if kind == "file":
        column = value.get("column")
        found = [cell(row[column]) for row in rows(value["file"], directory) if column in row]
        if not found:
            raise Refused("empty-axis")
        return found
    texts = [written(one) for one in value[kind]]
    digits = value.get("digits", 6)
    if kind in ("uniform", "loguniform", "randint"):
        low, high = map(Decimal, texts)
        if low > high or (kind == "loguniform" and low <= 0) or (kind == "randint" and "digits" in value):
            raise Refused("bad-generator")
        if kind == "randint":
            return {kind: [int(text) for text in texts]}
        return {kind: [low, high], "digits": digits}
    found = generators.expected(kind, texts, digits)
    if isinstance(found, str):
        raise Refused(found)
    return found


def note_conditions(filters):
    """What is wrong with a condition is found even if no point gets to it."""
    for _, given in filters:
        for one in given if isinstance(given, list) else [given]:
            CONDITIONS.add(one if isinstance(one, str) else " ".join(one))
            try:
                matches(Run(BASE, []), one)
            except Failed:
                pass


class Reader:
    """Reads the structures of a spec into lists of points. A point is a list of (path, value)."""

    def __init__(self, directory, base, sampled):
        self.directory, self.base, self.sampled = directory, base, sampled

    def field_values(self, value):
        if isinstance(value, dict):
            value = generated(value, self.directory)
            if isinstance(value, dict):
                raise Refused("not-here")
        if value == []:
            raise Refused("empty-axis")
        return value if isinstance(value, list) else [value]

    def values(self, key, value):
        """The values of an axis as they would be written in a list."""
        _, fields = parameter_of(key)
        if fields is not None and len(fields) > 1 and isinstance(value, dict):
            value = members(value)
            lists = [self.field_values(one) for one in value.values()]
            return [dict(zip(value, one)) for one in itertools.product(*lists)]
        if isinstance(value, dict):
            return generated(value, self.directory)
        if not isinstance(value, list):
            raise Refused("wrong-type")
        return value

    def axis(self, key, value, may_draw=False):
        values = self.values(key, value)
        if isinstance(values, dict):
            if not may_draw or not self.sampled:
                raise Refused("distribution")
            return Distribution(key, values)
        points = [settings(key, one) for one in values]
        if not points:
            raise Refused("empty-axis")
        if len({mark(point) for point in points}) < len(points):
            raise Refused("duplicate-value")
        return listed(points)

    def bundles(self, value):
        if isinstance(value, dict):
            value = [{key: cell(one) for key, one in row.items() if one != ""}
                     for row in rows(members(value)["file"], self.directory)]
        if not isinstance(value, list) or not value:
            raise Refused("empty-axis")
        return listed([join([settings(key, one) for key, one in members(bundle).items()]) for bundle in value])

    def node(self, value):
        value = members(value)
        where = value.pop("where", [])
        note_conditions([("where", where)])
        special = [key for key in value if key in ("product", "zip", "union", "cases")]
        if special and len(value) > 1:
            raise Refused("bad-sweep")
        if not special:
            points = product([self.axis(key, one) for key, one in value.items()])
        elif special == ["cases"]:
            points = self.bundles(value["cases"])
        else:
            inner = value[special[0]]
            if not isinstance(inner, list) or not inner:
                raise Refused("empty-axis")
            lists = [self.node(one) for one in inner]
            points = {"product": product, "zip": in_step, "union": one_after_the_other}[special[0]](lists)
        return Points([point for point in points if self.keeps(point, [("where", where)] if where != [] else [])], points.paths)

    def keeps(self, point, filters):
        """Whether a point passes ("where" or "exclude", conditions), in the written order."""
        if not filters:
            return True
        run = Run(self.base, point)
        kept = True
        for kind, given in filters:
            for one in given if isinstance(given, list) else [given]:
                kept = kept and matches(run, one) is (kind == "where")
        return kept

    def factors(self, spec):
        """The key of each factor of a sample, with its points or its distribution."""
        for key in spec:
            if key == "grid":
                yield from ((full_name(name), self.axis(name, one, True))
                            for name, one in members(spec["grid"]).items())
            elif key == "zip":
                yield "zip", in_step([self.axis(name, one) for name, one in members(spec["zip"]).items()])
            elif key == "cases":
                yield "cases", self.bundles(spec["cases"])
            elif key == "sweep":
                yield "sweep", self.node(spec["sweep"])


def overlap(a, b):
    return a == b or a.startswith(b + ".") or b.startswith(a + ".")


def join(parts):
    """One point of several; no path may be set twice."""
    point = [one for part in parts for one in part]
    for (a, _), (b, _) in itertools.combinations(point, 2):
        if overlap(a, b):
            raise Refused("set-twice")
    return point


class Points(list):
    """Points, with all paths that they set, also before filters."""

    def __init__(self, points, paths):
        super().__init__(points)
        self.paths = set(paths)


def listed(points):
    return Points(points, (path for point in points for path, _ in point))


def paths_of(factors):
    """The paths of several factors, which must not set the same."""
    for one, other in itertools.combinations(factors, 2):
        if any(overlap(a, b) for a in one.paths for b in other.paths):
            raise Refused("set-twice")
    return {path for one in factors for path in one.paths}


def product(lists):
    return Points([join(parts) for parts in itertools.product(*lists)], paths_of(lists))


def in_step(lists):
    if not lists:
        return Points([[]], [])
    length = max((len(one) for one in lists if len(one) != 1), default=1)
    if any(len(one) not in (1, length) for one in lists):
        raise Refused("zip-length")
    return Points([join([one[i if len(one) > 1 else 0] for one in lists]) for i in range(length)],
                  paths_of(lists))


def one_after_the_other(lists):
    return Points([point for one in lists for point in one], {path for one in lists for path in one.paths})


# --- samples ---------------------------------------------------------------------------------------


def draws_of(method, seed, keys, n):
    """For each draw the 64-bit number of each factor."""
    if method == "random":
        return ([samples.random_draw(seed, i, key) for key in keys] for i in itertools.count())
    if method == "lhs":
        return zip(*[samples.lhs_draws(seed, n, key) for key in keys])
    shifts = [int.from_bytes(samples.sha256("sweepd-sobol|%d|%s" % (seed, key))[:4], "big") if seed else 0
              for key in keys]
    return ([(sobol_point(i, d) ^ shift) << 32 for d, shift in enumerate(shifts)]
            for i in itertools.count())


def sobol_directions():
    """The 32 direction numbers of each dimension, from the table in lib/plan/sobol.c."""
    source = (Path(__file__).resolve().parents[2] / "lib/plan/sobol.c").read_text("utf-8")
    directions = [[1 << (31 - k) for k in range(32)]]
    for polynomial, initial in re.findall(r"^    \{(\d+), \{([\d, ]+)\}\},$", source, re.MULTILINE):
        polynomial, m = int(polynomial), list(map(int, initial.split(", ")))
        degree = polynomial.bit_length() - 1
        for k in range(degree, 32):
            value = m[k - degree] ^ (m[k - degree] << degree)
            for j in range(1, degree):
                if polynomial >> (degree - j) & 1:
                    value ^= m[k - j] << j
            m.append(value)
        directions.append([number << (31 - k) for k, number in enumerate(m[:32])])
    return directions


DIRECTIONS = sobol_directions()


def sobol_point(i, dimension):
    """Number i in Gray code order."""
    gray, value = i ^ (i >> 1), 0
    for k in range(32):
        if gray >> k & 1:
            value ^= DIRECTIONS[dimension][k]
    return value


def take(factors, draw):
    parts = []
    for (_, factor), u in zip(factors, draw):
        if isinstance(factor, Distribution):
            parts.append(settings(factor.key, samples.value(factor.factor, u)))
        else:
            parts.append(factor[samples.value(len(factor), u)])
    return join(parts)


def identity_or_mark(base, point):
    """The identity of a point's run; of an invalid one what it sets."""
    run = Run(base, point)
    try:
        run.settle()
    except Refused:
        return mark(point)
    return run.identity()


def sample(given, factors, keeps, base):
    given = {"n": given} if isinstance(given, int) else members(given)
    n, method, seed = given.get("n"), given.get("method", "random"), given.get("seed", 0)
    if type(n) is not int or n < 1 or method not in ("random", "sobol", "lhs") or type(seed) is not int:
        raise Refused("bad-sample")
    size = 1
    for _, factor in factors:
        size *= 10**9 if isinstance(factor, Distribution) else len(factor)
    if n > size:
        raise Refused("fewer-samples")
    limit = n if method == "lhs" else 1000 * n + 10000
    found, seen = [], set()
    if not factors and method == "lhs":
        return [[]] if keeps([]) else []
    for draw in itertools.islice(draws_of(method, seed, [key for key, _ in factors], n), limit):
        point = take(factors, draw)
        if not keeps(point) or identity_or_mark(base, point) in seen:
            continue
        seen.add(identity_or_mark(base, point))
        found.append(point)
        if len(found) == n:
            break
    if len(found) < n and method != "lhs":
        raise Refused("fewer-samples")
    return found


# --- runs ------------------------------------------------------------------------------------------


def merge(target, value):
    for key, one in value.items():
        if isinstance(one, dict) and isinstance(target.get(key), dict):
            merge(target[key], one)
        else:
            target[key] = copy.deepcopy(one)


def nested(path, value):
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


def path_of(name):
    _, fields = parameter_of(name)
    if fields is not None and len(fields) == 1:
        return fields[0][1]
    stem, _, rest = name.partition(".")
    _, fields = parameter_of(stem)
    for field in fields or []:
        if rest == field[0]:
            return field[1]
    return name


def written_value(value):
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    return re.sub(r"^(-?\d+)e", r"\1.0e", repr(value))


def template_parts(text):
    """Literals, escaped braces, and what is in braces."""
    parts = re.findall(r"\{\{|\}\}|\{[^{}]*\}|[^{}]+", text)
    if "".join(parts) != text:
        raise Refused("bad-template")
    return parts


class Run:
    """A config with values that are computed when they are needed."""

    def __init__(self, base, point):
        self.config = copy.deepcopy(base)
        self.busy, self.names = [], {}
        for path, value in point:
            merge(self.config, nested(path, value))

    def lookup(self, name):
        path = path_of(name)
        if not has(self.config, path):
            raise Refused("bad-expression: unknown name " + name)
        value = get(self.config, path)
        if isinstance(value, Computed) and value.is_template and uses_run(self, value.text):
            raise Refused("bad-expression: a template")
        return self.compute(path)

    def evaluate(self, text):
        return Evaluation(self.lookup).text(text)

    def compute(self, path):
        value = get(self.config, path)
        if not isinstance(value, Computed):
            return value
        if path in self.busy:
            raise Refused("computed-circle")
        self.busy.append(path)
        try:
            self.check_circles(value)
            if value.is_template:
                result = self.fill(value.text)
            else:
                result = self.evaluate(value.text)
                if isinstance(result, float):
                    result = float("%.15g" % result)
        finally:
            self.busy.pop()
        return result

    def check_circles(self, value):
        """What a value uses must not use the value, also where that is not needed in this run."""
        for path in value.uses():
            used = get(self.config, path)
            if isinstance(used, Computed):
                if path in self.busy:
                    raise Refused("computed-circle")
                self.busy.append(path)
                self.check_circles(used)
                self.busy.pop()

    def fill(self, text, clean=lambda text: text):
        out = ""
        for part in template_parts(text):
            if part in ("{{", "}}"):
                out += part[0]
            elif part[0] != "{":
                out += part
            elif part[1:-1] in self.names:
                out += self.names[part[1:-1]]
            else:
                out += clean(written_value(self.part(part[1:-1])))
        return out

    def part(self, text):
        """The value of a name, or of an expression, in the braces of a template."""
        if re.fullmatch(r"[\w.]+", text):
            path = path_of(text)
            if not has(self.config, path):
                raise Refused("bad-template")
            value = self.compute(path)
            if isinstance(value, (dict, list)):
                raise Refused("bad-template")
            return value
        value = self.evaluate(text)
        return float("%.15g" % value) if isinstance(value, float) else value

    def settle(self):
        """Replaces what is computed by its values, except for templates that depend on the run's name."""
        values = {}
        for path in computed_paths(self.config):
            computed = get(self.config, path)
            if computed.is_template and uses_run(self, computed.text):
                continue
            value = self.compute(path)
            if computed.field is not None:
                if value is None:
                    raise Refused("wrong-type: null")
                value = check_field(computed.field, value)
            else:
                check_change(path, value, get(BASE, path))
            values[path] = value
        for path, value in values.items():
            merge(self.config, nested(path, value))

    def identity(self):
        config = copy.deepcopy(self.config)
        for path in ["output_dir", *VOLATILE, *computed_paths(self.config)]:
            without(config, path)
        text = json.dumps({"config": config, "recipe": RECIPE, "trainer": TRAINER}, sort_keys=True,
                          separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def finished(self, names, output):
        """The whole config."""
        self.names = names
        values = {path: self.compute(path) for path in computed_paths(self.config)}
        values["output_dir"] = self.fill(output, clean)
        for path, value in values.items():
            merge(self.config, nested(path, value))
        return self.config


def clean(text):
    if not text.strip("."):
        return "_" * len(text)
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)


def computed_paths(config, prefix=""):
    for key, value in config.items():
        if isinstance(value, Computed):
            yield prefix + key
        elif isinstance(value, dict):
            yield from computed_paths(value, prefix + key + ".")


def condition(run, text):
    if not isinstance(text, str):
        raise Refused("wrong-type")
    value = run.evaluate(text)
    if value is not None and not isinstance(value, bool):
        raise Refused("bad-expression: not a condition")
    return value


def matches(run, wanted, prefix=""):
    if isinstance(wanted, str):
        return condition(run, wanted) is True
    wanted = members(wanted)
    if not wanted:
        raise Refused("empty")
    found = []
    for key, value in wanted.items():
        if isinstance(value, dict):
            found.append(matches(run, value, prefix + key + "."))
        else:
            evaluation = Evaluation(run.lookup)
            got = evaluation.lookup(prefix + key)
            values = value if isinstance(value, list) else [value]
            found.append(any(sort_of(got) == sort_of(one) and got == one for one in values))
    return all(found)


def without(config, path):
    *parents, last = path.split(".")
    for name in parents:
        config = config.get(name, {})
    config.pop(last, None)


def uses_run(run, text):
    """True if a template depends on the run itself, also through others."""
    for name in re.findall(r"\{([^{}]*)\}", text.replace("{{", "").replace("}}", "")):
        value = get(run.config, path_of(name))
        if name in ("name", "run", "index", "id"):
            return True
        if isinstance(value, Computed) and value.is_template and uses_run(run, value.text):
            return True
    return False


def check_templates():
    """Expressions cannot use the text of a template that depends on the run itself, also through others,
    whether or not a run has both."""
    templates = {path for path, computed in COMPUTED if computed.is_template and is_late(computed)}
    used = [computed.text for _, computed in COMPUTED if not computed.is_template]
    for text in [*used, *CONDITIONS]:
        if templates & set(names_in(text)):
            raise Refused("bad-expression: a template")


def is_late(computed):
    """True if a template depends on the run itself with some values."""
    return any(text in ("name", "run", "index", "id") or any(
        path == path_of(text) and other.is_template and is_late(other) for path, other in COMPUTED)
               for text in re.findall(r"\{([^{}]*)\}", computed.text.replace("{{", "").replace("}}", "")))


def check_circles():
    """No template may use itself, whether or not a run has all the values on the way."""
    def visit(computed, busy):
        if computed in busy:
            raise Refused("computed-circle")
        for used in computed.uses():
            for path, other in COMPUTED:
                if path == used and other.is_template:
                    visit(other, [*busy, computed])

    for _, computed in COMPUTED:
        if computed.is_template:
            visit(computed, [])


def check_constants(base, varied):
    """Wrong types are found even if no run has the value, if it depends on no axis; so is a name that
    nothing has."""
    for _, computed in COMPUTED:
        for text in computed.parts():
            if any(overlap(path, other) for path in names_in(text) for other in varied):
                continue
            try:
                if computed.is_template:
                    Run(base, []).part(text)
                else:
                    Run(base, []).evaluate(text)
            except Failed:
                pass


# --- everything ------------------------------------------------------------------------------------


def repeated(points, given):
    given = {"n": given} if isinstance(given, int) else members(given)
    n, first = given.get("n"), given.get("first", 0)
    if type(n) is not int or type(first) is not int or n < 1 or first < 0:
        raise Refused("bad-repeat")
    return [join([point, settings("seed", first + i)]) for point in points for i in range(n)]


def points_of(spec, fixed, reader):
    factors = list(reader.factors(spec))
    filters = [(key, value) for key, value in spec.items() if key in ("where", "exclude")]
    note_conditions(filters)
    if "include" in spec:
        included = reader.bundles(spec["include"])
        paths_of([included, fixed])
    check_circles()
    paths = paths_of([factor for _, factor in factors] + [fixed])
    if "sample" in spec:
        points = sample(spec["sample"], factors, lambda point: reader.keeps(point, filters), reader.base)
    else:
        points = [point for point in product([points for _, points in factors])
                  if reader.keeps(point, filters)]
    if "include" in spec:
        points += included
        paths |= included.paths
    check_constants(reader.base, paths - fixed.paths | ({"seed"} if "repeat" in spec else set()))
    if not points:
        raise Refused("no-runs")
    if "repeat" in spec:
        if any(overlap(path, "seed") for path in paths):
            raise Refused("set-twice")
        points = repeated(points, spec["repeat"])
    return points


def shuffled(runs, order):
    seed = 0 if order == "shuffled" else members(order).get("shuffled")
    if type(seed) is not int:
        raise Refused("bad-order")
    return sorted(runs, key=lambda run: samples.sha256("sweepd-order|%d|%s" % (seed, run[0])))


def expand(text, directory, drops_equal=True, first=0, made=()):
    """[[name, id, config], ...]"""
    COMPUTED.clear()
    CONDITIONS.clear()
    spec = inherit(members(read_json(text)), directory)
    if set(spec) - set(KEYS):
        raise Refused("unknown-key")
    fixed = join([settings(key, value) for key, value in members(spec.get("fixed", {})).items()])
    base = Run(BASE, fixed).config
    points = points_of(spec, listed([fixed]), Reader(directory, base, "sample" in spec))
    check_templates()
    runs, ids = [], set()
    for point in points:
        run = Run(base, point)
        run.settle()
        identity = run.identity()
        if not drops_equal or identity not in ids:
            runs.append((identity, run))
        ids.add(identity)
    if "order" in spec:
        runs = shuffled(runs, spec["order"])
    output = spec.get("output_dir", BASE["output_dir"] + "/{name}/{run}")
    runs = [(identity, run) for identity, run in runs if identity not in made]
    found = []
    for i, (identity, run) in enumerate(runs, first):
        name = "run_%0*d" % (max(3, len(str(first + len(runs) - 1))), i)
        names = {"name": spec["name"], "run": name, "index": str(i), "id": identity}
        found.append([name, identity, run.finished(names, output.removeprefix("="))])
    return found
