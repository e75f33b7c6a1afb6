# SPDX-License-Identifier: Apache-2.0
"""The expression language, evaluated over Python's syntax trees.

The language has Python's grammar, except for its literals true, false and null, for `is set`, and for
parts of names in backquotes, which are not here. Null propagates; `and`, `or` and `not` use Kleene's
logic.
"""
import ast
import math
import operator


class Refused(Exception):
    """The spec is not valid: the code of a finding, or a word for it."""


class Failed(Refused):
    """An expression is valid, but not for these values."""


def kind(value):
    if value is None or isinstance(value, (bool, str)):
        return type(value).__name__
    return "number" if isinstance(value, (int, float)) else "collection"


def numbers(*values):
    for value in values:
        if value is not None and kind(value) != "number":
            raise Refused("bad-expression: a number is needed")


def bools(*values):
    for value in values:
        if value is not None and kind(value) != "bool":
            raise Refused("bad-expression: a condition is needed")


def checked(value):
    """A result, which has 64 bits or is finite."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Failed("bad-expression: too large")
    elif isinstance(value, int) and not -2**63 <= value < 2**63:
        raise Failed("bad-expression: overflow")
    return value


def equal(a, b):
    return kind(a) == kind(b) and a == b


def contains(item, container):
    if container is None:
        return None
    if isinstance(container, list):
        return any(equal(item, one) for one in container)
    if not isinstance(container, str) or kind(item) not in ("str", "NoneType"):
        raise Refused("bad-expression: in")
    return None if item is None else item in container


def ordered(compare, a, b):
    for value in a, b:
        if kind(value) not in ("number", "str", "NoneType"):
            raise Refused("bad-expression: an order")
    if a is None or b is None:
        return None
    if kind(a) != kind(b):
        raise Refused("bad-expression: an order of a number and a string")
    return compare(a, b)


ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
              ast.FloorDiv: lambda a, b: int(a // b), ast.Mod: operator.mod}
ORDERS = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}


def arithmetic(symbol, a, b):
    numbers(a, b)
    if a is None or b is None:
        return None
    try:
        return checked(ARITHMETIC[type(symbol)](a, b))
    except (ZeroDivisionError, OverflowError) as error:
        raise Failed("bad-expression: %s" % error) from error


def log2(x):
    if x <= 0:
        raise Failed("bad-expression: log2")
    return math.log2(x)


def as_int(function):
    return lambda x: x if isinstance(x, int) else checked(int(function(x)))


FUNCTIONS = {"min": min, "max": max, "abs": abs, "floor": as_int(math.floor), "ceil": as_int(math.ceil),
             "round": as_int(round), "log2": log2}


def negation(value):
    bools(value)
    return None if value is None else not value


def logic(values, decisive):
    """`and` (decided by False) or `or` (by True) of values that are computed when they are needed."""
    result = not decisive
    for value in values:
        bools(value)
        if value is decisive:
            return decisive
        if value is None:
            result = None
    return result


class Evaluation:
    """Computes expressions; `lookup` gives the value of a name."""

    def __init__(self, lookup):
        self.lookup = lookup

    def text(self, text):
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except SyntaxError as error:
            raise Refused("bad-expression: %s" % error) from error
        return self.value(tree)

    def compare(self, node):
        left, links = self.value(node.left), []
        for symbol, right in zip(node.ops, node.comparators):
            right = self.value(right)
            links.append(self.link(symbol, left, right))
            if links[-1] is False:
                break
            left = right
        return logic(links, False)

    def link(self, symbol, a, b):
        if isinstance(symbol, (ast.Eq, ast.Is)):
            return equal(a, b)
        if isinstance(symbol, (ast.NotEq, ast.IsNot)):
            return not equal(a, b)
        if isinstance(symbol, ast.In):
            return contains(a, b)
        if isinstance(symbol, ast.NotIn):
            return negation(contains(a, b))
        return ordered(ORDERS[type(symbol)], a, b)

    def call(self, node):
        values = [self.value(one) for one in node.args]
        numbers(*values)
        return None if None in values else checked(FUNCTIONS[node.func.id](*values))

    def condition(self, node):
        test = self.value(node.test)
        bools(test)
        return self.value(node.body if test is True else node.orelse)

    def value(self, node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.List):
            return [self.value(one) for one in node.elts]
        if isinstance(node, ast.Name) and node.id in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[node.id]
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self.lookup(ast.unparse(node))
        if isinstance(node, ast.BinOp):
            return arithmetic(node.op, self.value(node.left), self.value(node.right))
        if isinstance(node, ast.BoolOp):
            return logic(map(self.value, node.values), isinstance(node.op, ast.Or))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return negation(self.value(node.operand))
        if isinstance(node, ast.UnaryOp):
            return arithmetic(ast.Sub(), 0, self.value(node.operand))
        if isinstance(node, ast.Compare):
            return self.compare(node)
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.IfExp):
            return self.condition(node)
        raise Refused("bad-expression: %s" % ast.dump(node))
