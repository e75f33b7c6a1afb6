# SPDX-License-Identifier: Apache-2.0
"""Specs with random changes: values, keys and items replaced, added and removed.

Most changed specs are wrong somewhere. The values are those that some key takes.
"""
import copy
import random

VALUES = [
    0, 1, 2, -1, 1.0, 0.5, 1e-4, 1e300, True, False, None, "", "x", "a,b", [], {},
    # computed, filters
    "=2*lr", "={name}-{run}", "==x", "=", "${seed}", "lr > 1e-4", ["seed > 1"],
    # lists and axes
    [1], [1, 2], ["a", "b"], [1e-4, 3e-4], [True, False], {"range": [1, 3]},
    {"linspace": [1, 2, 3], "digits": 3}, {"logspace": [1, 100, 3]}, {"uniform": [0, 1]},
    {"randint": [1, 4]}, {"file": "p.csv", "column": "lr"}, {"file": "p.csv"},
    {"rank": 8, "alpha": 16}, {"rank": [8, 16], "alpha": "=2*lora.rank"},
    [{"lr": 1e-4}], {"lr": [1e-4, 2e-4]}, [{"lr": [1e-4, 2e-4]}],
    # keys of the spec
    3, {"n": 2}, {"n": 2, "first": 3}, {"n": 3, "method": "lhs"}, "shuffled", {"shuffled": 3},
    # options of sbatch
    300, "true", "64G", "1-0", "USR1", "B:TERM@300", "afterok:12", "map_gpu:0,1", "low",
    "medium,memory=high", "now+2hours", "20:30", "2-4", "1,2", "a100:2", "gpu:2", "END", "end,fail",
    ["END", "FAIL"], "verbose", "local,rank",
]
NAMES = [
    "lr", "learning_rate", "lora", "lora_params", "batch_size", "epochs", "seed", "dtype", "packed",
    "compile", "optimizer.lr", "model.lora_rank", "model.lora_alpha", "optimizer.weight_decay",
    "~optimizer.fused", "clip_grad_norm", "dataset", "dataset.source", "prompt_template", "output_dir",
    "shuffle", "log_every_n_steps", "dataset.packed", "tokenizer.max_seq_len", "max_steps_per_epoch",
    "warmup_steps", "lora_dropout", "dataset.0.packed", "metric_logger.filename", "//", "// x",
]


def containers(node, path=()):
    """Every object and list in a value, with its path."""
    if isinstance(node, (dict, list)):
        yield path, node
        members = node.items() if isinstance(node, dict) else enumerate(node)
        for key, inner in members:
            yield from containers(inner, path + (key,))


class Changer:
    """Changes specs; `keys` and `options` are those of a spec and of its "slurm"."""

    def __init__(self, seed, keys, options):
        self.random = random.Random(seed)
        self.keys, self.options = sorted(keys), sorted(options)

    def change(self, spec):
        spec = copy.deepcopy(spec)
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            path, node = self.random.choice(list(containers(spec)))
            value = copy.deepcopy(self.random.choice(VALUES))
            if isinstance(node, dict):
                self.change_object(path, node, value)
            else:
                self.change_list(node, value)
        return spec

    def change_object(self, path, node, value):
        action = self.random.random()
        if action < 0.45 and node:
            node[self.random.choice(sorted(node))] = value
        elif action < 0.6 and node:
            node.pop(self.random.choice(sorted(node)))
        else:
            node[self.random.choice(self.names(path))] = value

    def names(self, path):
        """Names for a new key of the object at a path."""
        if self.random.random() < 0.25:
            return NAMES + self.keys
        if path == ():
            return self.keys
        if path == ("slurm",):
            return self.options + [name.replace("-", "_") for name in self.options]
        return NAMES

    def change_list(self, node, value):
        action = self.random.random()
        if action < 0.5 and node:
            node[self.random.randrange(len(node))] = value
        elif action < 0.6 and node:
            node.pop()
        else:
            node.append(value)
