# SPDX-License-Identifier: Apache-2.0
"""Random specs that combine everything of the sweep language.

    spec(r, directory, name) -> the text of a spec, on one line

Its files are written into the directory. Most specs are valid; ODD of the choices are mistakes.
"""
import json

ODD = 0.004


class Raw(str):
    """A number as it is written in the spec."""


def raws(text):
    return [Raw(word) for word in text.split()]


INTS, FLOATS, TEXTS = "int", "float", "text"

# For each setting its spellings, its values, and what kind of expression can compute it.
SETTINGS = {
    "lr": (["lr", "learning_rate", "optimizer.lr"], raws("1e-4 3e-4 0.0001 1e-05 2.5E-4 0.001 1"), FLOATS),
    "batch_size": (["batch_size"], raws("1 2 4 8 16"), INTS),
    "epochs": (["epochs"], raws("1 2 3 5"), INTS),
    "steps": (["gradient_accumulation_steps"], raws("1 2 4 8 32"), INTS),
    "warmup": (["warmup_steps", "lr_scheduler.num_warmup_steps"], raws("0 10 100 200"), INTS),
    "decay": (["weight_decay", "optimizer.weight_decay"], raws("0 0.0 0.01 0.1 1e-3"), FLOATS),
    "dropout": (["lora_dropout", "model.lora_dropout"], raws("0 0.05 0.1 0.5"), FLOATS),
    "length": (["max_seq_length", "tokenizer.max_seq_len"], raws("512 1024 2048 4096"), INTS),
    "seed": (["seed"], raws("0 1 2 42"), INTS),
    "clip": (["clip_grad_norm"], [*raws("1 1.0 0.5"), None], FLOATS),
    "max_steps": (["max_steps_per_epoch"], [*raws("10 100 1000"), None], INTS),
    "every": (["log_every_n_steps"], raws("1 2 10"), INTS),
    "dtype": (["dtype"], ["bf16", "fp32"], TEXTS),
    "device": (["device"], ["cuda", "cpu", "a b/c", "1", "é"], TEXTS),
    "compile": (["compile"], [True, False], None),
    "shuffle": (["shuffle"], [True, False], None),
    "packed": (["dataset.packed"], [True, False], None),
    "path": (["tokenizer.path"], ["/tmp/t", "x: y", "null", "1e3", "a, b", "==x", "é\U0001f600"], TEXTS),
    "tag": (["metric_logger.tag"], ["a", "b", Raw("1"), Raw("1.0"), None, True], TEXTS),
    "file": (["metric_logger.filename"], ["f", "g"], TEXTS),
    "betas": (["optimizer.betas"], [raws("0.9 0.999"), raws("0.9 0.95"), raws("0 1")], None),
    "fused": (["optimizer"], [{"fused": True}, {"fused": False}, {"eps": Raw("1e-8")}, {}], None),
}
PAIRS = [{"rank": Raw(str(rank)), "alpha": Raw(str(alpha))} for rank in (8, 16, 64) for alpha in (16, 32)]
LORA = ["lora", "lora_params"]
INT_NAMES = ["batch_size", "epochs", "gradient_accumulation_steps", "lora.rank", "model.lora_alpha",
             "warmup_steps", "lora_params.alpha", "log_every_n_steps"]
NULL_NAMES = ["tokenizer.max_seq_len", "seed", "max_steps_per_epoch", "clip_grad_norm", "max_seq_length"]
FLOAT_NAMES = ["lr", "learning_rate", "optimizer.lr", "weight_decay", "lora_dropout"]
TEMPLATE_NAMES = INT_NAMES + FLOAT_NAMES + NULL_NAMES + ["dtype", "shuffle", "device", "name", "run", "index",
                                                        "id", "metric_logger.filename", "optimizer.fused"]


def dumped(r, value, comments):
    """JSON, with comments and commas before closing brackets where `comments`."""
    space = "/* x, ] */" if comments and r.random() < 0.05 else " " * r.randrange(2)
    comma = "," if comments and r.random() < 0.1 else ""
    if isinstance(value, Raw):
        return value + space
    if isinstance(value, dict):
        inner = ",".join(space + json.dumps(key, ensure_ascii=r.random() < 0.5) + ":" + dumped(r, one, comments)
                         for key, one in value.items())
        return "{" + inner + (comma if inner else "") + "}" + space
    if isinstance(value, list):
        inner = ",".join(space + dumped(r, one, comments) for one in value)
        return "[" + inner + (comma if inner else "") + "]"
    return json.dumps(value, ensure_ascii=r.random() < 0.5)


class Writer:
    def __init__(self, r, directory, name, orders):
        self.r, self.directory, self.name, self.orders = r, directory, name, orders
        self.unused = [*SETTINGS, "lora"]
        r.shuffle(self.unused)
        self.n_files = 0
        self.sampled = False

    def chance(self, odds):
        return self.r.random() < odds

    def odd(self):
        return self.chance(ODD)

    def file(self, text):
        name = "%s-%d.csv" % (self.name, self.n_files)
        self.n_files += 1
        (self.directory / name).write_text(text, "utf-8", newline="")
        return name

    # --- expressions ---

    def number(self, names, depth=0):
        r, choice = self.r, self.r.random()
        if depth > 2 or choice < 0.4:
            return r.choice(names)
        if choice < 0.6:
            return r.choice(["1", "2", "3", "8", "64", "100", "0.5", "1e-3", "2.5"])
        left, right = self.number(names, depth + 1), self.number(names, depth + 1)
        if choice < 0.9:
            return "(%s %s %s)" % (left, r.choice(["+", "-", "*", "*", "/", "//", "%"]), right)
        if choice < 0.95:
            return "%s(%s, %s)" % (r.choice(["min", "max"]), left, right)
        if choice < 0.97:
            return "%s(%s)" % (r.choice(["abs", "floor", "ceil", "round"]), left)
        return "(%s if %s else %s)" % (left, self.condition(names, depth + 1), right)

    def int_expression(self, names):
        r = self.r
        left = r.choice(names)
        return r.choice(["2*%s", "%s + 1", "64 // %s", "max(1, %s)", "%s * 1", "-%s + 1000", "%s if shuffle else 3",
                         "ceil(%s / 3) + 1", "round(%s * 0.7) + 1", "min(7, %s * %%s)" % r.choice(names),
                         "%s %% 7 + 1", "64 // (%s - 1)", "max(%s, 1 + %%s) - 0" % r.choice(names)]) % left

    def expression(self, kind, own):
        """One that computes a setting; mostly not from itself."""
        r = self.r
        own = set(own)
        ints = [name for name in INT_NAMES if name not in own or self.odd()]
        floats = [name for name in FLOAT_NAMES if name not in own or self.odd()]
        if self.odd():
            return "=" + r.choice(["nothing", "1 +", "null", "1 // 0", "dtype", "seed", "shuffle", "1.5", "-1"])
        if kind == INTS:
            return "=" + self.int_expression(ints)
        if kind == FLOATS:
            return "=" + r.choice(["0.1*%s", "%s / 3", "min(%s, 0.3)", "%s + 0.1", "0.3 if epochs > 1 else %s",
                                   "%s * 1e-3", "%s"]) % r.choice(floats)
        return self.template()

    def template(self):
        r = self.r
        parts = [r.choice(["-", "x", "_", "{{", "}}", "/", " ", "é"]) if self.chance(0.4)
                 else "{%s}" % (r.choice(TEMPLATE_NAMES) if self.chance(0.8) else
                                self.int_expression(INT_NAMES + ["(lr + 1)"])) for _ in range(r.randrange(1, 5))]
        if not any(part[0] == "{" and part != "{{" for part in parts):
            parts.append("{lr}")
        return "=" + "".join(parts)

    def condition(self, names=None, depth=0):
        r, choice = self.r, self.r.random()
        names = names or r.choice([INT_NAMES, INT_NAMES + FLOAT_NAMES, INT_NAMES + NULL_NAMES])
        if depth == 0 and self.odd():
            return r.choice(["nothing > 1", "1 <", "dtype < 1", "batch_size + 1", "lr", "epochs and shuffle"])
        if depth > 1 or choice < 0.6:
            return "%s %s %s" % (self.number(names, 1), r.choice(["<", "<=", ">", ">=", "!=", "=="]),
                                 self.number(names, 1))
        if choice < 0.7:
            return r.choice(["shuffle", "not compile", "dtype == 'bf16'", 'device in ["cpu", "cuda"]',
                             "seed is null", "max_steps_per_epoch is not null", "batch_size in [1, 2, 4]",
                             "lr not in [1e-4, 1]", "2 <= batch_size < 16", "'u' in device", "tokenizer.path != '/tmp/t'",
                             "'1' in tokenizer.path", "metric_logger.filename in ['f', 'x_1']",
                             "1 < epochs < gradient_accumulation_steps <= 32",
                             "epochs > 1 and gradient_accumulation_steps < 32"])
        if choice < 0.8:
            return "not (%s)" % self.condition(names, depth + 1)
        return "%s %s %s" % (self.condition(names, depth + 1), r.choice(["and", "or"]),
                             self.condition(names, depth + 1))

    # --- settings ---

    def setting(self, reuse=False):
        """A setting that is not used yet: its key, values, and kind."""
        r = self.r
        if not self.unused or reuse or self.odd():
            name = r.choice([*SETTINGS])
        else:
            name = self.unused.pop()
        if name == "lora":
            return r.choice(LORA), PAIRS, None
        spellings, values, kind = SETTINGS[name]
        return r.choice(spellings), values, kind

    def own_names(self, key):
        for spellings, _, _ in SETTINGS.values():
            if key in spellings:
                return spellings
        return ["lora.rank", "lora_params.alpha", "model.lora_alpha"]

    def value(self, setting):
        key, values, kind = setting
        if key in LORA and self.chance(0.15):
            return {"rank": Raw("32"), "alpha": "=2*lora.rank"}
        if kind is not None and self.chance(0.12):
            return self.expression(kind, self.own_names(key))
        if self.odd():
            return self.r.choice(["x", Raw("-1"), None, [], {}, True, Raw("0"), Raw("1.5"), "", "=", "={"])
        return self.r.choice(values)

    def listed(self, setting, n):
        """n different values."""
        values = []
        for _ in range(8 * n):
            value = self.value(setting)
            if len(values) < n and (all(not same(value, one) for one in values) or self.odd()):
                values.append(value)
        return values

    def axis(self, n=None, setting=None):
        """An axis: its key and its values; of length n if that is given."""
        r = self.r
        setting = setting or self.setting()
        key, _, kind = setting
        if n is None and kind in (INTS, FLOATS) and self.chance(0.25):
            return key, self.generator(kind)
        if n is None and self.sampled and kind in (INTS, FLOATS) and self.chance(0.3):
            return key, self.distribution(kind)
        if n is None and key in LORA and self.chance(0.4):
            return key, self.lora_fields()
        if n is None and kind in (INTS, FLOATS, TEXTS) and self.chance(0.1):
            return key, self.column(setting)
        return key, self.listed(setting, n or r.choice([1, 2, 2, 3, 3, 4]))

    def lora_fields(self):
        r = self.r
        return {"rank": r.choice([raws("8 16"), raws("4"), Raw("8"), {"range": raws("8 32 8")},
                                  {"logspace": raws("8 64 4")}]),
                "alpha": r.choice([raws("16 32"), Raw("16"), "=2*lora.rank", ["=lora.rank", Raw("48")],
                                   {"range": raws("16 32 16")}])}

    def generator(self, kind):
        r = self.r
        if kind == INTS:
            return r.choice([{"range": raws("1 4")}, {"range": raws("2 10 4")}, {"range": raws("9 1 -3")},
                             {"linspace": raws("1 9 3")}, {"logspace": raws("1 16 5")},
                             {"linspace": raws("4 4 1")}])
        if self.odd():
            return r.choice([{"range": raws("2 1")}, {"range": raws("1 2 0")}, {"linspace": raws("1 1 2")},
                             {"logspace": raws("0 1 3")}, {"uniform": raws("0 1")}])
        return r.choice([{"range": raws("0.1 0.5 0.1")}, {"linspace": raws("0.1 0.9 4")},
                         {"logspace": raws("1e-5 1e-3 5")}, {"logspace": raws("1e-4 1e-1 3"), "digits": Raw("2")},
                         {"linspace": raws("0 0.3 4"), "digits": Raw("3")}, {"range": raws("1e-3 2e-3 5e-4")}])

    def distribution(self, kind):
        r = self.r
        if kind == INTS:
            return r.choice([{"randint": raws("1 4")}, {"randint": raws("2 1000")}, {"randint": raws("3 3")}])
        return r.choice([{"uniform": raws("0.1 0.5")}, {"loguniform": raws("1e-5 1e-1")},
                         {"loguniform": raws("1e-5 1e-3"), "digits": Raw("1")},
                         {"uniform": raws("0 0.1"), "digits": Raw("2")}])

    def column(self, setting):
        key, _, kind = setting
        rows = [cell(value) for value in self.listed((key, SETTINGS_OF[key], None), 3)]
        rows = [one for one in rows if one is not None]
        text = "a,%s\r\n" % key + "".join("1,%s\r\n" % one for one in rows)
        return {"file": self.file(text), "column": key}

    # --- structures ---

    def axes(self, n):
        return dict(self.axis() for _ in range(n))

    def zip(self):
        n = self.r.choice([1, 2, 3])
        lengths = [n if self.chance(0.8) else 1 for _ in range(self.r.choice([1, 2, 2, 3]))]
        if self.odd():
            lengths.append(n + 1)
        return dict(self.axis(length) for length in lengths)

    def cases(self):
        r = self.r
        pool = [self.setting() for _ in range(r.choice([1, 2, 3]))]
        bundles = [{setting[0]: self.value(setting) for setting in pool if self.chance(0.75)}
                   for _ in range(r.choice([1, 2, 3, 4]))]
        if self.chance(0.2):
            return self.cases_file(pool, bundles)
        return bundles

    def cases_file(self, pool, bundles):
        keys = [setting[0] for setting in pool if setting[0] not in LORA and setting[2] is not None]
        if not keys:
            return bundles
        lines = [",".join(keys)]
        for bundle in bundles:
            line = ",".join("" if key not in bundle or cell(bundle[key]) is None else cell(bundle[key])
                            for key in keys)
            lines.append(line if line else '""')
        return {"file": self.file("\n".join(lines) + "\n")}

    def node(self, depth=0):
        r, choice = self.r, self.r.random()
        if depth > 2 or choice < 0.4:
            node = self.axes(r.choice([1, 1, 2, 2, 3]))
        elif choice < 0.55:
            node = {"cases": self.cases()}
        elif choice < 0.7:
            node = {"product": [self.node(depth + 1) for _ in range(r.choice([1, 2]))]}
        elif choice < 0.85:
            node = {"union": self.union(depth)}
        else:
            node = {"zip": self.zipped(depth)}
        if self.chance(0.2):
            node["where"] = self.condition() if self.chance(0.7) else [self.condition(), self.condition()]
        return node

    def union(self, depth):
        """Nodes that may set the same paths."""
        before, nodes = list(self.unused), []
        for _ in range(self.r.choice([1, 2, 2, 3])):
            if self.chance(0.7):
                self.unused = list(before)
                if self.chance(0.5):
                    self.r.shuffle(self.unused)
            nodes.append(self.node(depth + 1))
        self.unused = self.rest(before, nodes)
        return nodes

    def rest(self, before, nodes):
        """The settings that no node uses."""
        text = json.dumps(nodes)
        return [one for one in before
                if not any(json.dumps(key) in text for key in (LORA if one == "lora" else SETTINGS[one][0]))]

    def zipped(self, depth):
        n = self.r.choice([2, 3])
        nodes = [dict([self.axis(n)]) if self.chance(0.7) else {"zip": [dict([self.axis(n)]), dict([self.axis(1)])]}
                 for _ in range(self.r.choice([1, 2]))]
        if self.chance(0.1):
            nodes.append(self.node(depth + 1))
        return nodes

    # --- the rest ---

    def exclude(self):
        r, found = self.r, []
        for _ in range(r.choice([1, 1, 2])):
            if self.chance(0.4):
                found.append(self.condition())
                continue
            key, values, _ = self.setting(reuse=True)
            one = {}
            if not isinstance(values[0], (dict, list)):
                one[key] = r.choice([r.choice(values), r.sample(values, 2)])
            if self.chance(0.4) or not one:
                one[r.choice(LORA)] = r.choice([{"rank": Raw("8")}, {"rank": raws("8 16"), "alpha": Raw("32")}])
            found.append(one)
        return found

    def sample(self):
        r = self.r
        n = Raw(r.choice(["1", "2", "3", "4", "6", "9", "16"] + (["0", "100000"] if self.odd() else [])))
        if self.chance(0.2):
            return n
        given = {"n": n, "method": r.choice(["random", "sobol", "lhs"])}
        if self.chance(0.6):
            given["seed"] = Raw(r.choice(["0", "1", "7", "-3", "123456789012"]))
        return given

    def structures(self):
        r, parts = self.r, {}
        for key in r.sample(["grid", "zip", "cases", "sweep"], r.choice([1, 1, 2, 2, 3])):
            if key == "grid":
                parts[key] = self.axes(r.choice([0, 1, 2, 2, 3]))
            elif key == "zip":
                parts[key] = self.zip()
            else:
                parts[key] = self.cases() if key == "cases" else self.node()
        return parts

    def extend(self, whole):
        """Moves some keys into a file."""
        r = self.r
        moved = {key: whole.pop(key) for key in list(whole) if key != "name" and self.chance(0.3)}
        if "fixed" in moved and self.chance(0.5):
            inner = moved["fixed"]
            whole["fixed"] = {key: inner.pop(key) for key in list(inner) if self.chance(0.5)}
        if self.chance(0.2):
            key, values, _ = self.setting()
            moved.setdefault("fixed", {})[key] = r.choice(values)
            whole.setdefault("fixed", {})[key] = None
        if self.chance(0.2):
            moved.setdefault("repeat", Raw("2"))
            whole.setdefault("repeat", None)
        if self.chance(0.3):
            moved = self.extend(moved)
        name = "%s-%d.json" % (self.name, self.n_files)
        self.n_files += 1
        (self.directory / name).write_text(dumped(r, moved, True), "utf-8")
        items = [("extends", r.choice([name, [name]])), *whole.items()]
        return dict(items)

    def whole(self):
        r = self.r
        out = {"name": self.name, "base": {"file": "b.yaml"}}
        self.sampled = self.chance(0.2)
        if self.chance(0.3):
            self.unused = [one for one in self.unused if one != "seed"]
            out["repeat"] = r.choice([*raws("1 2 3"), {"n": Raw("2"), "first": Raw("5")}])
        fixed = [self.setting() for _ in range(r.choice([0, 0, 1, 2, 3]))]
        if fixed:
            out["fixed"] = {setting[0]: self.value(setting) for setting in fixed}
        out.update(self.structures())
        if self.sampled:
            out["sample"] = self.sample()
        if self.chance(0.25):
            out["where"] = self.condition() if self.chance(0.5) else [self.condition()]
        if self.chance(0.2):
            out["exclude"] = self.exclude()
        if self.chance(0.15):
            out["include"] = [{key: self.value((key, values, kind))
                               for key, values, kind in [self.setting() for _ in range(r.choice([0, 1, 2]))]}
                              for _ in range(r.choice([1, 2]))]
        if self.chance(0.3) and self.orders:
            out["order"] = r.choice(["shuffled", {"shuffled": Raw("9")}])
        if self.chance(0.3):
            out["output_dir"] = r.choice(["/o/{name}/{run}", "/o/{id}-{index}", "=/o/{run}/{lr}-{device}",
                                          "o/{batch_size}_{run}", "/o/{index}/{metric_logger.name}",
                                          "/o/{run}/{2*batch_size}_{lr * 10}", "/o/{{{run}}}-{epochs}"])
        if self.chance(0.1):
            out["//"] = "a comment"
        if self.chance(0.15):
            out = self.extend(out)
        return out


SETTINGS_OF = {key: values for spellings, values, _ in SETTINGS.values() for key in spellings}


def cell(value):
    """As a cell of CSV; None if it cannot be one."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, str) and value != "":
        return '"%s"' % value.replace('"', '""') if "," in value else value
    return None


def same(a, b):
    """True if they are one value for a parameter, as 1 and 1.0 are for a float."""
    if isinstance(a, Raw) and isinstance(b, Raw):
        return float(a) == float(b)
    return type(a) is type(b) and a == b


def spec(r, directory, name, orders):
    return dumped(r, Writer(r, directory, name, orders).whole(), r.random() < 0.3)
