#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Samples are those of another implementation, with exact arithmetic.

    samples.py SAMPLE_EVAL

Random samples are drawn by SAMPLE_EVAL and here, points of `sobol` by SciPy. SWEEP_SEED and
SWEEP_CASES choose what is tried.

Exit status: 0 they agree, 1 they do not, 77 SciPy is missing.
TEST_VENV is an environment with it, made by `tests/support/environment tests DIR`.
"""
import hashlib
import json
import os
import random
import subprocess
import sys
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from checks import enter_venv

enter_venv("TEST_VENV")

from generators import LOGARITHMS, rounded, rounded_decimal  # noqa: E402

try:
    import numpy  # noqa: E402
    from scipy.stats import qmc  # noqa: E402
except ImportError:
    print("skipped: needs a Python with scipy (pip install scipy==1.17.1)")
    sys.exit(77)

RANDOM, SOBOL, LHS = range(3)


def sha256(text):
    return hashlib.sha256(text.encode()).digest()


def random_draw(seed, i, key):
    return int.from_bytes(sha256("sweepd-sample|%d|%d|%s" % (seed, i, key))[:8], "big")


def sobol_draws(seed, n, keys):
    """One list of draws for each key."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # n is no power of two
        points = qmc.Sobol(d=len(keys), scramble=False, bits=32).random(n)
    columns = []
    for d, key in enumerate(keys):
        shift = int.from_bytes(sha256("sweepd-sobol|%d|%s" % (seed, key))[:4], "big") if seed else 0
        bits = (points[:, d] * 2**32).astype(numpy.uint64)
        columns.append([(int(x) ^ shift) << 32 for x in bits])
    return columns


def lhs_draws(seed, n, key):
    order = sorted(range(n), key=lambda j: sha256("sweepd-lhs|%d|%d|%s" % (seed, j, key)))
    return [((stratum << 64) + random_draw(seed, i, key)) // n for i, stratum in enumerate(order)]


def draws(method, seed, n, keys):
    if method == SOBOL:
        return sobol_draws(seed, n, keys)
    if method == LHS:
        return [lhs_draws(seed, n, key) for key in keys]
    return [[random_draw(seed, i, key) for i in range(n)] for key in keys]


def value(factor, draw):
    if isinstance(factor, int):
        return draw * factor >> 64
    digits = factor.get("digits", 6)
    kind = next(key for key in factor if key != "digits")
    low, high = factor[kind]
    if kind == "randint":
        return low + (draw * (high - low + 1) >> 64)
    if kind == "uniform":
        low, high = Fraction(low), Fraction(high)
        return float(rounded(low + (high - low) * draw / 2**64, digits))
    c = LOGARITHMS
    start = c.ln(low)
    u = c.divide(Decimal(draw), Decimal(2**64))
    return float(rounded_decimal(
        c.exp(c.add(start, c.multiply(c.subtract(c.ln(high), start), u))), digits))


def number(r):
    return r.choice(["1e-5", "0.1", "1", "3e-4", "%d" % r.randrange(1, 1000),
                     "%d.%de%d" % (r.randrange(1, 10), r.randrange(10**6), r.randrange(-12, 12))])


def factor(r):
    """The text of a factor."""
    kind = r.choice(["list", "list", "uniform", "loguniform", "randint"])
    if kind == "list":
        return str(r.choice([1, 2, 3, 4, 10, 1000, 2**62]))
    if kind == "randint":
        low = r.choice([0, 1, -5, -2**63, r.randrange(10**6)])
        high = low + r.choice([0, 1, 4, 99, 10**12, 2**63 - 1])
        return '{"randint": [%d, %d]}' % (low, min(high, 2**63 - 1))
    ends = sorted((number(r), number(r)), key=Decimal)
    if kind == "uniform" and r.random() < 0.3:
        ends[0] = "-" + ends[0]
    digits = r.choice(["", "", ', "digits": %d' % r.randrange(1, 18)])
    return '{"%s": [%s]%s}' % (kind, ", ".join(ends), digits)


def sample(r):
    method = r.choice([RANDOM, SOBOL, LHS])
    keys = r.sample(["learning_rate", "batch_size", "zip", "cases", "sweep", "seed", "model.ü",
                     "optimizer.weight_decay", "epochs", "lora_params"], r.randrange(1, 9))
    factors = ", ".join("%s: %s" % (json.dumps(key), factor(r)) for key in keys)
    return '{"method": %d, "seed": %d, "n": %d, "factors": {%s}}' % (
        method, r.choice([0, 0, 1, 3, -1, 10**15, 2**63 - 1]), r.choice([1, 2, 5, 8, 33]), factors)


def expected(text):
    given = json.loads(text, parse_float=Decimal)
    factors = given["factors"]
    columns = draws(given["method"], given["seed"], given["n"], list(factors))
    return [[value(one, column[i]) for one, column in zip(factors.values(), columns)]
            for i in range(given["n"])]


def main():
    r = random.Random(int(os.environ.get("SWEEP_SEED", "1")))
    tried = [sample(r) for _ in range(int(os.environ.get("SWEEP_CASES", "1000")))]
    done = subprocess.run([sys.argv[1]], input="\n".join(tried) + "\n", capture_output=True,
                          text=True, check=True)
    lines = done.stdout.splitlines()
    failed = abs(len(lines) - len(tried))
    for text, line in zip(tried, lines):
        want = json.dumps(expected(text))
        if want != line:
            failed += 1
            print("%s\n  got      %s\n  expected %s" % (text, line, want))
    print("%d samples, %d differ" % (len(tried), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
