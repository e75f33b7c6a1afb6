# SPDX-License-Identifier: Apache-2.0
"""Specs with the runs that they must have, which were computed elsewhere.

VECTORS: specs of torchtune's base, and for each run its id, lr, batch_size, epochs and seed (0 for null).
"""


def spec(name="vector", **keys):
    return {"name": name, "base": "llama3_1/8B_lora_single_device", **keys}


SPACE = {"lr": {"loguniform": [1e-5, 1e-3]}, "batch_size": [1, 2, 4, 8], "epochs": {"randint": [1, 5]}}

VECTORS = [
    (spec(grid={"lr": [1e-4], "lora": [{"rank": 8, "alpha": 16}], "seed": [42]}),
     [("3cfcac6bce2c", 1e-4, 2, 1, 42)]),
    (spec("other", cases=[{"seed": 42, "optimizer.lr": 1e-4}]),
     [("3cfcac6bce2c", 1e-4, 2, 1, 42)]),
    (spec(grid={"lr": [1e-4, 3e-4], "seed": [1, 2]}, order={"shuffled": 9}),
     [("f885662e0ad5", 3e-4, 2, 1, 1), ("f7408daea8c6", 1e-4, 2, 1, 1), ("29a199161ab4", 3e-4, 2, 1, 2),
      ("622131dd88e8", 1e-4, 2, 1, 2)]),
    (spec(grid={"lr": [1e-4, 3e-4]}, repeat={"n": 2, "first": 1}),
     [("f7408daea8c6", 1e-4, 2, 1, 1), ("622131dd88e8", 1e-4, 2, 1, 2), ("f885662e0ad5", 3e-4, 2, 1, 1),
      ("29a199161ab4", 3e-4, 2, 1, 2)]),
    (spec(grid=SPACE, sample={"n": 4, "method": "random", "seed": 3}),
     [("334b5eeef88c", 0.000193979, 2, 4, 0), ("99caa5b9cd28", 0.000114815, 1, 3, 0),
      ("c35614b54252", 2.23598e-05, 2, 4, 0), ("5419edd430a4", 0.000237886, 2, 3, 0)]),
    (spec(grid=SPACE, sample={"n": 4, "method": "lhs", "seed": 3}),
     [("e9e7a3ebe467", 6.63649e-05, 2, 3, 0), ("b0f1294a0387", 0.000184077, 4, 5, 0),
      ("ed434e1ebeef", 0.000386693, 1, 4, 0), ("c1c87a096d80", 2.20847e-05, 8, 1, 0)]),
    (spec(grid=SPACE, sample={"n": 4, "method": "sobol", "seed": 3}),
     [("d6767da98120", 2.75274e-05, 4, 3, 0), ("68f2541cc8e4", 0.000275274, 1, 1, 0),
      ("333e5f36e33f", 0.000870491, 8, 5, 0), ("52146250c6ff", 8.70491e-05, 2, 2, 0)]),
    (spec(grid=SPACE, sample={"n": 4, "method": "sobol"}),
     [("b63270d7ea3a", 1e-05, 1, 1, 0), ("7c783b222f05", 0.0001, 4, 3, 0),
      ("06fd7516a34d", 0.000316228, 2, 2, 0), ("f0e15900a442", 3.16228e-05, 8, 4, 0)]),
]

DIGESTS = {"sweepd-sample|0|0|learning_rate": "e94b455065b40ccb", "sweepd-sample|3|1|seed": "fd6309e8135fddca",
           "sweepd-sample|3|0|zip": "8413775a6cc30ff3"}

# What is written as an axis, and its values.
AXES = [
    ("range", ["0.1", "0.5", "0.1"], [0.1, 0.2, 0.3, 0.4, 0.5]),
    ("range", ["5", "1", "-2"], [5, 3, 1]),
    ("linspace", ["0", "100", "5"], [0, 25, 50, 75, 100]),
    ("linspace", ["0", "1", "4"], [0.0, 0.333333, 0.666667, 1.0]),
    ("logspace", ["1e-5", "1e-3", "5"], [1e-05, 3.16228e-05, 0.0001, 0.000316228, 0.001]),
    ("logspace", ["8", "64", "4"], [8, 16, 32, 64]),
    ("logspace", ["10", "1000", "4"], [10.0, 46.4159, 215.443, 1000.0]),
]
