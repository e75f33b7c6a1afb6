# SPDX-License-Identifier: Apache-2.0
"""Inputs that are large in two dimensions at once: what one of them costs must not be paid for each
of the other.

Where the spec, or what it makes, has the size of the product (a value of each axis in each run), so
has the case: square() gives both dimensions.
"""
import math

from cases import case, lines, plan


def square(n):
    """Two dimensions of which the product is `n`."""
    rows = max(math.isqrt(n), 1)
    return rows, n // rows


# --- a base with many keys, and a long axis -------------------------------------------------------


@case(30, 1000)
def interpolations_and_values(directory, n):
    return plan(directory, {"grid": {"seed": list(range(n * 50))}},
                "seed: 1\nb: 1\n" + lines(n, "a%(i)d: ${b}"))


@case(20, 1000)
def fixed_interpolations_and_values(directory, n):
    return plan(directory, {"fixed": {f"a{i}": "${b}/x" for i in range(n * 9 // 10)},
                            "grid": {"seed": list(range(n * 4))}},
                "seed: 1\nb: x\n" + lines(n, "a%(i)d: y"))


@case(20, 1000)
def components_and_values(directory, n):
    return plan(directory, {"grid": {"seed": list(range(n * 4))}},
                "seed: 1\n" + lines(n, "a%(i)d: {_component_: torch.optim.AdamW, lr: 0.1}"))


@case(40, 9000)
def components_and_values_of_one(directory, n):
    return plan(directory, {"grid": {"a0.lr": [i + 1 for i in range(n)]}},
                lines(n, "a%(i)d: {_component_: torch.optim.AdamW, lr: 0.1}"))


# --- many axes ------------------------------------------------------------------------------------


@case(1000, 100000)
def axes_and_values_in_step(directory, n):
    axes, values = square(n)
    return plan(directory,
                {"zip": {f"k{i}": [j + 1 for j in range(values)] for i in range(axes)}},
                lines(axes, "k%(i)d: 0"))


@case(100, 990, bounded=True)
def axes_of_deletions_in_step(directory, n):
    return plan(directory, {"zip": {f"~m.k{i}": [True, False] for i in range(n)}},
                "m:\n  a: 1\n" + lines(n, "  k%(i)d: 0"))


@case(100, 490, bounded=True)
def axes_and_deletions(directory, n):
    return plan(directory, {"fixed": {f"~m.d{i}": True for i in range(n)},
                            "grid": {f"m.k{i}": [1] for i in range(n)}},
                "m:\n  a: 1\n" + lines(n, "  k%(i)d: 0\n  d%(i)d: 0"))


@case(400, 9000)
def cases_and_keys(directory, n):
    cases, keys = square(n)
    return plan(directory, {"cases": [{f"k{i}": j + 1 for i in range(keys)} for j in range(cases)]},
                lines(keys, "k%(i)d: 0"))


@case(1000, 800000)
def cases_of_one_key(directory, n):
    cases, keys = square(n)
    return plan(directory, {"cases": [{f"k{i % keys}": 1 + i} for i in range(cases)]},
                lines(keys, "k%(i)d: 0"))


@case(1000, 800000)
def nodes_of_a_union(directory, n):
    nodes, keys = square(n)
    return plan(directory, {"sweep": {"union": [{f"k{i % keys}": [1, 2]} for i in range(nodes)]}},
                lines(keys, "k%(i)d: 0"))


@case(1000, 100000)
def samples_of_many_axes(directory, n):
    axes, points = square(n)
    return plan(directory, {"grid": {f"k{i}": list(range(1, 20)) for i in range(axes)},
                            "sample": points},
                lines(axes, "k%(i)d: 0"))


@case(400, 100000)
def samples_of_distributions(directory, n):
    axes, points = square(n)
    return plan(directory, {"grid": {f"k{i}": {"uniform": [0, 1]} for i in range(axes)},
                            "sample": {"n": points, "method": "lhs"}},
                lines(axes, "k%(i)d: 0.5"))


# --- computed values and filters ------------------------------------------------------------------


@case(50, 490)
def computed_and_axes(directory, n):
    return plan(directory, {"fixed": {f"c{i}": f"=k{i} + 1" for i in range(n)},
                            "grid": {f"k{i}": [1] for i in range(n)}},
                lines(n, "k%(i)d: 0\nc%(i)d: 0"))


@case(1000, 120000)
def computed_of_many_axes(directory, n):
    computed, axes = square(n)
    names = " + ".join(f"k{i}" for i in range(axes))
    return plan(directory, {"fixed": {f"c{i}": f"={names}" for i in range(computed)},
                            "grid": {f"k{i}": [1] for i in range(axes)}},
                lines(max(axes, computed), "k%(i)d: 0\nc%(i)d: 0"))


@case(2000, 800000)
def computed_of_computed(directory, n):
    computed, runs = square(n)
    return plan(directory, {"fixed": {f"c{i}": f"=c{i + 1} + 1" for i in range(computed)},
                            "grid": {f"c{computed}": list(range(runs))}},
                lines(computed + 1, "c%(i)d: -1"))


@case(2000, 800000)
def computed_and_values(directory, n):
    computed, runs = square(n)
    return plan(directory, {"fixed": {f"c{i}": "=seed + 1" for i in range(computed)},
                            "grid": {"seed": list(range(runs))}},
                "seed: -1\n" + lines(computed, "c%(i)d: 0"))


@case(2000, 160000)
def filters_of_many_axes(directory, n):
    filters, axes = square(n)
    names = " + ".join(f"k{i}" for i in range(axes))
    return plan(directory, {"grid": {f"k{i}": [1] for i in range(axes)},
                            "where": [f"{names} > {i}" for i in range(min(filters, axes))]},
                lines(axes, "k%(i)d: 0"))


@case(50, 900)
def filters_and_axes(directory, n):
    return plan(directory, {"grid": {f"k{i}": [1] for i in range(n)},
                            "where": [f"k{i} > 0" for i in range(n)]},
                lines(n, "k%(i)d: 0"))


# --- templates ------------------------------------------------------------------------------------


@case(50, 900)
def templates_and_axes(directory, n):
    return plan(directory, {"fixed": {"l": [f"={{k{i}}}" for i in range(n)]},
                            "grid": {f"k{i}": [1] for i in range(n)}},
                "l: []\n" + lines(n, "k%(i)d: 0"))


@case(400, 400000)
def templates_of_many_axes(directory, n):
    templates, axes = square(n)
    return plan(directory, {"fixed": {"l": ["=" + "".join(f"{{k{(i + j) % axes}}}" for j in range(40))
                                            for i in range(templates * 2)]},
                            "grid": {f"k{i}": [1] for i in range(axes)}},
                "l: []\n" + lines(axes, "k%(i)d: 0"))


# --- data files -----------------------------------------------------------------------------------


@case(1000, 99000)
def cells_of_a_file(directory, n):
    columns, rows = square(n)
    (directory / "points.csv").write_text(
        ",".join(f"k{i}" for i in range(columns)) + "\n" +
        "".join(",".join(str(j % 7 + 1) for i in range(columns)) + "\n" for j in range(rows)))
    return plan(directory, {"cases": {"file": "points.csv"}}, lines(columns, "k%(i)d: 0"))


@case(500, 49000)
def lines_of_a_file(directory, n):
    (directory / "points.jsonl").write_text(lines(n, '{"seed": %(i)d, "epochs": 2}'))
    return plan(directory, {"cases": {"file": "points.jsonl"}}, "seed: -1\nepochs: 1\n")


# --- a long axis, and what has to be read back ----------------------------------------------------


@case(25, 1000)
def mappings_and_keys(directory, n):
    return plan(directory, {"grid": {"m": [{"a": i} for i in range(n)]}},
                "m: {a: -1}\n" + lines(n * 4, "k%(i)d: 0"))


@case(25, 1000)
def component_values_and_keys(directory, n):
    return plan(directory, {"grid": {"c": [{"_component_": "torch.optim.AdamW", "lr": i + 1}
                                           for i in range(n)]}},
                "c: {_component_: torch.optim.SGD, lr: 1}\n" + lines(n * 4, "k%(i)d: 0"))
