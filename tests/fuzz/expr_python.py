#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Expressions without nulls mean what they mean in Python.

    expr_python.py EXPR_EVAL

Random well-typed expressions are evaluated by EXPR_EVAL and by Python, which reads the
same text.  Three things differ on purpose and are checked for: every int has 64 bits,
every float is finite, and // gives an int; a result that breaks this is an error.
SWEEP_SEED and SWEEP_CASES choose what is tried; case i of seed S is the only case of
seed S + i.

Exit status: 0 they agree, 1 they do not.
"""
import ast
import json
import math
import os
import posixpath
import random
import re
import subprocess
import sys
from types import SimpleNamespace

MOST = 2 ** 63
INTS = [0, 1, -1, 2, 3, -7, 10, 64, MOST - 1, -MOST, 1 - MOST, 2 ** 53, 2 ** 53 + 1, -2 ** 53 - 1,
        2 ** 62 + 1, 3037000500]
FLOATS = [0.0, -0.0, 0.5, 1.0, 1.5, 2.5, -2.5, -0.1, 0.1, 3e-4, 1e16, 1e308, -1e308, 5e-324,
          2.0 ** 53, 2.0 ** 63, -2.0 ** 63, 9007199254740992.0, 7.25]
PATHS = ["", "/", "/a", "/a/b", "/a/../b//c", "//a/", "/..", "/../a", "a", "a/b", "ab", "./a/.",
         "a/../..", "../a", "..", "../..", "../../a", ".", "../a/b", "/ab", "a/b/../../c/.."]
STRINGS = ["", "a", "ab", "abc", "b", "bär", "日本", "a\nb", "tab\t", "it's", 'say "x"', "back\\slash",
           "/a/b", "a*", "?b", "*", "**b*", "b?r", "[a]", "*a*b*c", "aXbXbc"]

# How tightly the operators bind, the loosest first.
TERNARY, OR, AND, NOT, COMPARE, SUM, TERM, UNARY, ATOM = range(9)


# --- expressions ---------------------------------------------------------------

class Writer:
    """Makes expressions: (text, how tightly its outermost operator binds)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.values = {}

    def one_in(self, n):
        return self.random.randrange(n) == 0

    def wrap(self, made, level):
        """The text, in parentheses when the place for it binds more tightly; now and then anyway."""
        text, binds = made
        return "(%s)" % text if binds < level or self.one_in(12) else text

    def number(self, kind):
        r = self.random
        if kind == "int":
            return r.choice(INTS) if self.one_in(2) else r.randrange(-20, 20)
        if self.one_in(8):
            return r.randrange(-6, 6) + 0.5
        return r.choice(FLOATS) if self.one_in(2) else r.uniform(-9, 9) * 10 ** r.randrange(-5, 12)

    def constant(self, kind):
        if kind == "bool":
            return self.one_in(2)
        if kind == "str":
            return self.random.choice(STRINGS)
        if kind == "list":
            kind = self.random.choice(["number", "str", "bool"])
            return [self.constant(kind) for _ in range(self.random.randrange(4))]
        return self.number(self.random.choice(["int", "float"]) if kind == "number" else kind)

    def write(self, value):
        """A literal of ours, which is one of Python's too."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            quote = self.random.choice("'\"")
            for plain, escaped in ("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), (quote, "\\" + quote):
                value = value.replace(plain, escaped)
            return quote + value + quote
        if isinstance(value, list):
            return "[%s]" % ", ".join(self.write(item) for item in value)
        return repr(value)

    def leaf(self, kind):
        if kind == "number":
            kind = self.random.choice(["int", "float"])
        value = self.constant(kind)
        if not self.one_in(3):
            text = self.write(value)
            return text, UNARY if text.startswith("-") else ATOM
        name = "%s%s%d" % ("cfg." if self.one_in(3) else "", kind, len(self.values))
        self.values[name] = value
        return name, ATOM

    def infix(self, symbol, level, left, right):
        space = " " if symbol.isalpha() or " " in symbol else self.random.choice(["", " "])
        # `1 - -2` without blanks is one sign to nobody, but `x--2` is hard to read in a report.
        space = " " if symbol == "-" else space
        return self.wrap(left, level) + space + symbol + space + self.wrap(right, level + 1), level

    def call(self, name, *arguments):
        return "%s(%s)" % (name, ", ".join(self.wrap(one, TERNARY) for one in arguments)), ATOM

    def make(self, kind, depth):
        if depth <= 0 or self.one_in(6):
            return self.leaf(kind)
        if self.one_in(12):
            return self.ternary(kind, depth - 1)
        if kind == "bool":
            return self.make_bool(depth - 1)
        if kind in ("int", "float", "number"):
            return self.make_number(kind, depth - 1)
        return self.leaf(kind)

    def ternary(self, kind, depth):
        return "%s if %s else %s" % (
            self.wrap(self.make(kind, depth), OR), self.wrap(self.make("bool", depth), OR),
            self.wrap(self.make(kind, depth), TERNARY)), TERNARY

    def make_number(self, kind, depth):
        r = self.random
        if kind == "int" and self.one_in(3):
            if self.one_in(4):
                return self.call("len", self.make(r.choice(["str", "list"]), depth))
            return self.call(r.choice(["round", "floor", "ceil"]),
                             self.make("number", depth) if self.one_in(2) else self.leaf("float"))
        if kind == "float" and self.one_in(4):
            if self.one_in(2):
                return self.infix("/", TERM, *((str(r.randrange(1, MOST)), ATOM) for _ in "ab"))
            return self.infix("/", TERM, self.make("number", depth), self.make("number", depth))
        if kind == "float" and self.one_in(8):
            return self.call("log2", self.make("number", depth))
        form = r.randrange(8)
        if form == 0:
            text = self.wrap(self.make(kind, depth), UNARY)
            return "-" + text, UNARY
        if form == 1:
            return self.call("abs", self.make(kind, depth))
        if form == 2:
            arguments = [self.make(kind, depth) for _ in range(r.randrange(2, 5))]
            return self.call(r.choice(["min", "max"]), *arguments)
        symbol = r.choice(["+", "-", "*", "//", "%"])
        return self.infix(symbol, SUM if symbol in "+-" else TERM, self.make(kind, depth),
                          self.make(kind, depth))

    def make_bool(self, depth):
        r = self.random
        form = r.randrange(10)
        if form < 2:
            symbol, level = r.choice([("and", AND), ("or", OR)])
            return self.infix(symbol, level, self.make("bool", depth), self.make("bool", depth))
        if form == 2:
            return "not " + self.wrap(self.make("bool", depth), NOT), NOT
        if form == 3:
            return self.call(r.choice(["startswith", "endswith", "matches"]),
                             self.make("str", depth), self.make("str", depth))
        if form == 4 and self.one_in(2):
            return self.call("inside", *((self.write(r.choice(PATHS)), ATOM) for _ in "ab"))
        if form == 4:
            return self.call("subset", self.leaf("list"), self.leaf("list"))
        if form == 5:
            kind = r.choice(["number", "str"])
            items = [self.constant(kind) for _ in range(r.randrange(5))]
            return self.infix(r.choice(["in", "not in"]), COMPARE, self.make(kind, depth),
                              (self.write(items), ATOM))
        if form == 6:
            return self.infix(r.choice(["in", "not in"]), COMPARE, self.make("str", depth),
                              self.make("str", depth))
        return self.chain(depth)

    def chain(self, depth):
        if self.one_in(6):  # an int beside a float that is almost the same
            number = self.random.choice([2 ** 53, -2 ** 53, 2 ** 62, MOST - 1024])
            return "%d %s %r" % (number + self.random.randrange(-2, 3),
                                 self.random.choice(["==", "!=", "<", "<=", ">", ">="]),
                                 float(number)), COMPARE
        kind = self.random.choice(["number", "number", "int", "str", "bool"])
        symbols = ["==", "!="] + (["<", "<=", ">", ">="] * 2 if kind != "bool" else [])
        text = self.wrap(self.make(kind, depth), SUM)
        for _ in range(1 if not self.one_in(3) else self.random.randrange(2, 4)):
            text += " %s %s" % (self.random.choice(symbols),
                                self.wrap(self.make(kind, depth), SUM))
        return text, COMPARE


# --- Python --------------------------------------------------------------------

class Refused(Exception):
    """What Python computes, but an expression may not."""


def checked(value):
    if isinstance(value, int) and not isinstance(value, bool) and not -MOST <= value < MOST:
        raise Refused("more than 64 bits")
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("not finite")
    return value


def whole(value):
    """The result of //, which is an int here."""
    return checked(int(checked(value)))


class Checks(ast.NodeTransformer):
    """Puts checked() around every operation."""

    def around(self, node):
        self.generic_visit(node)
        call = ast.Call(ast.Name("checked", ast.Load()), [node], [])
        return ast.copy_location(call, node)

    visit_UnaryOp = visit_Call = around

    def visit_BinOp(self, node):
        call = self.around(node)
        if isinstance(node.op, ast.FloorDiv):
            call.func.id = "whole"
        return call


# As if it were the current directory; deep enough for all the `..` there are.
HERE = "/" + "/".join("here%d" % i for i in range(20))


def inside(path, directory):
    if path.startswith("/") != directory.startswith("/"):
        return False
    path, directory = (posixpath.normpath(posixpath.join(HERE, text)).replace("//", "/") + "/"
                       for text in (path, directory))
    return path.startswith(directory.replace("//", "/"))


def subset(some, of):
    """Python takes True for 1."""
    return all(any(a == b and isinstance(a, bool) == isinstance(b, bool) for b in of) for a in some)


def matches(text, glob):
    pattern = "".join({"*": ".*", "?": "."}.get(c) or re.escape(c) for c in glob)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


FUNCTIONS = {
    "true": True, "false": False, "checked": checked, "whole": whole, "min": min, "max": max, "abs": abs,
    "floor": math.floor, "ceil": math.ceil, "round": round, "log2": math.log2, "len": len,
    "startswith": str.startswith, "endswith": str.endswith, "inside": inside, "matches": matches,
    "subset": subset,
}


def evaluate(text, values):
    """(type, text of the value), or "error"."""
    names = dict(FUNCTIONS, cfg=SimpleNamespace())
    for name, value in values.items():
        if name.startswith("cfg."):
            setattr(names["cfg"], name[4:], value)
        else:
            names[name] = value
    tree = ast.fix_missing_locations(Checks().visit(ast.parse(text, mode="eval")))
    try:
        value = eval(compile(tree, "expression", "eval"), {"__builtins__": {}}, names)
    except (Refused, ArithmeticError, ValueError):
        return "error"
    return type(value).__name__, repr(value)


# --- comparison ----------------------------------------------------------------

def main():
    seed, cases = int(os.environ.get("SWEEP_SEED", 1)), int(os.environ.get("SWEEP_CASES", 3000))
    asked = []
    for i in range(cases):
        writer = Writer(seed + i)
        kind = writer.random.choice(["bool", "bool", "int", "float", "number", "str", "list"])
        text = writer.wrap(writer.make(kind, writer.random.randrange(1, 6)), TERNARY)
        asked.append({"expr": text, "values": writer.values, "exact": writer.one_in(2)})
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    done = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True, check=True)
    failed = errors = refused = 0
    for number, (one, line) in enumerate(zip(asked, done.stdout.splitlines(), strict=True)):
        answer = json.loads(line)
        ours = "error"
        if "value" in answer:
            ours = type(answer["value"]).__name__, repr(answer["value"])
        # Nesting and nodes have limits that Python has not.
        if answer.get("stage") == "compile" and answer["error"].startswith(("nested", "too long")):
            refused += 1
            continue
        theirs = evaluate(one["expr"], one["values"])
        errors += theirs == "error"
        if ours != theirs or answer.get("stage") == "compile":
            failed += 1
            print("SWEEP_SEED=%d SWEEP_CASES=1\n  %s\n  %s\n  ours:   %s\n  Python: %s" % (
                seed + number, one["expr"], one["values"], answer, theirs))
    print("%d expressions: %d errors in both, %d beyond the limits, %d differ" % (
        cases, errors, refused, failed))
    # Errors that are many would hide what the values are.
    return 1 if failed or (errors + refused) * 3 > cases + 10 else 0


if __name__ == "__main__":
    sys.exit(main())
