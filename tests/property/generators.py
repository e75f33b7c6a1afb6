#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The values of range, linspace and logspace are those of exact arithmetic in Python.

    generators.py GENERATOR_EVAL

Random generators are computed by GENERATOR_EVAL and here: with fractions where the exact value is
rational, with 90 decimal digits where it is not. SWEEP_SEED and SWEEP_CASES choose what is tried.

Exit status: 0 they agree, 1 they do not.
"""
import json
import os
import random
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

LIMIT = 100000  # runs
WIDE = Context(prec=2000, Emax=10**6, Emin=-10**6)
LOGARITHMS = Context(prec=90, Emax=10**6, Emin=-10**6)


def rounded(value, digits):
    """A Fraction to `digits` significant digits, half to even, as a Decimal."""
    if value == 0:
        return Decimal(0)
    size, exponent = abs(value), 0
    exponent = len(str(size.numerator)) - len(str(size.denominator)) - digits
    scaled = size / Fraction(10) ** exponent
    while scaled >= 10 ** digits:
        exponent += 1
        scaled = size / Fraction(10) ** exponent
    units = round(scaled)  # half to even
    return WIDE.scaleb(Decimal(units if value > 0 else -units), exponent)


def linspace(low, high, n, digits):
    low, high = Fraction(low), Fraction(high)
    return [rounded(low + (high - low) * k / (n - 1), digits) for k in range(1, n - 1)]


def rounded_decimal(value, digits):
    """The same for a Decimal that is exact to more than 45 digits."""
    for precision in 45, digits:
        value = Context(prec=precision, rounding=ROUND_HALF_EVEN, Emax=10**6, Emin=-10**6).plus(value)
    return value


def logspace(low, high, n, digits):
    c = LOGARITHMS
    start = c.ln(low)
    width = c.subtract(c.ln(high), start)
    return [rounded_decimal(
        c.exp(c.add(start, c.divide(c.multiply(width, Decimal(k)), Decimal(n - 1)))), digits)
            for k in range(1, n - 1)]


def expected(kind, numbers, digits):
    """A list of ints or floats, or the code of the error."""
    texts = numbers if kind == "range" else numbers[:2]
    exact = [Decimal(text) for text in texts]
    ints = all(isinstance(json.loads(text), int) for text in texts)
    low, high = exact[:2]
    if kind == "range":
        step = exact[2] if len(exact) == 3 else Decimal(1)
        if step == 0:
            return "bad-generator"
        values, count = [], 0
        if (Fraction(high) - Fraction(low)) / Fraction(step) >= LIMIT:
            return "too-many-runs"
        while True:
            value = WIDE.add(low, WIDE.multiply(step, Decimal(count)))
            if value > high if step > 0 else value < high:
                break
            values.append(value)
            count += 1
        if not values:
            return "empty-axis"
    else:
        n = int(numbers[2])
        if kind == "logspace" and (low <= 0 or high <= 0):
            return "bad-generator"
        inner = (linspace if kind == "linspace" else logspace)(low, high, n, digits)
        values = [low] + inner + [high] * (n > 1)
    if ints and all(value == int(value) for value in values):
        return [int(value) for value in values]
    floats = [float(value) for value in values]
    return "number-range" if float("inf") in floats else floats


def number(r, positive):
    choice = r.random()
    if choice < 0.4:
        text = str(r.randrange(1, 200))
    elif choice < 0.6:
        text = r.choice(["0.1", "1e-5", "3e-4", "1e-3", "0.25", "2.25", "1e5", "1.0", "1000", "0.0625"])
    elif choice < 0.9:
        text = "%d.%de%d" % (r.randrange(1, 10), r.randrange(10**5), r.randrange(-20, 20))
    else:
        text = "%d.%de%d" % (r.randrange(1, 10), r.randrange(10**40), r.randrange(-290, 290))
    if not positive and r.random() < 0.2:
        text = "-" + text
    if r.random() < 0.02:
        text = "0"
    return text


def generator(r):
    kind = r.choice(["range", "linspace", "logspace"])
    numbers = [number(r, kind == "logspace") for _ in range(2)]
    digits = r.choice([None, None, 1, 2, 3, 4, 5, 10, 17])
    if kind == "range":
        digits = None
        low, high = map(Decimal, numbers)
        steps = r.choice([1, 2, 3, 7, 10, 33])
        step = WIDE.divide(WIDE.subtract(high, low), Decimal(steps))
        choice = r.random()
        if choice < 0.6:  # meets the end, or nearly
            step = Context(prec=r.choice([1, 2, 6, 30]), Emax=10**6, Emin=-10**6).plus(step)
            numbers.append(str(step).replace("E", "e"))
        elif choice < 0.8:
            numbers.append(number(r, False))
        if len(numbers) == 3 and numbers[2].lstrip("-").isdigit() and abs(int(numbers[2])) >= 2**63:
            numbers[2] += ".0"
    else:
        numbers.append(str(r.choice([1, 2, 3, 4, 5, 5, 9, 17, 40])))
    text = '{"%s": [%s]%s}' % (kind, ", ".join(numbers),
                               "" if digits is None else ', "digits": %d' % digits)
    return text, (kind, numbers, digits or 6)


def main():
    seed = int(os.environ.get("SWEEP_SEED", "1"))
    cases = int(os.environ.get("SWEEP_CASES", "4000"))
    r = random.Random(seed)
    tried = [generator(r) for _ in range(cases)]
    done = subprocess.run([sys.argv[1]], input="\n".join(text for text, _ in tried) + "\n",
                          capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    failed = abs(len(lines) - len(tried))
    lists = 0
    for (text, parts), line in zip(tried, lines):
        want = expected(*parts)
        lists += isinstance(want, list)
        if json.dumps(want) != line:
            failed += 1
            print("%s\n  got      %s\n  expected %s" % (text, line, json.dumps(want)))
    print("%d generators, %d lists, %d differ" % (len(tried), lists, failed))
    return 1 if failed or lists < cases // 2 else 0


if __name__ == "__main__":
    sys.exit(main())
