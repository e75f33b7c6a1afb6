"""Which keys of a config a recipe reads, found by parsing the recipe."""

import ast
import re

# Attributes of a config object that are its methods rather than keys.
METHODS = set("copy get items keys merge_with pop setdefault update values".split())


class Reader:
    """Collects the config paths that one module's code reads.

    A value that comes from the config is (path, sure): "" is the whole config, and
    sure is false if the path itself may be absent."""

    def __init__(self, sources, module, tree):
        self.sources = sources
        self.module = module
        self.tree = tree
        self.functions = {node.name: node for node in ast.walk(tree)
                          if isinstance(node, ast.FunctionDef)}
        self.parameters = {}  # (function, parameter) -> values that calls give it
        self.reads = {}       # path -> must it be there?

    def run(self):
        """path -> must it be there, for all code of the module."""
        known = None
        while known != self.parameters:  # until calls tell nothing new
            known = {key: set(values) for key, values in self.parameters.items()}
            self.reads = {}
            for item in self.tree.body:
                self.visit(item, "", True)
        return self.reads

    def values(self, node, function):
        """The config values that an expression stands for."""
        if ast.unparse(node) in ("cfg", "self.cfg", "self._cfg"):
            return {("", True)}
        if isinstance(node, ast.Name):
            return self.parameters.get((function, node.id), set())
        key, must, owner = self.access(node)
        if key is None or key.startswith("_"):
            return set()
        return {((path + "." + key).lstrip("."), sure and must)
                for path, sure in self.values(owner, function)}

    def access(self, node):
        """(key, must it be there, expression it is read from) of cfg.key and the like."""
        if isinstance(node, ast.Attribute) and node.attr not in METHODS:
            return node.attr, True, node.value
        if isinstance(node, ast.Subscript):
            return self.word(node.slice), True, node.value
        if isinstance(node, ast.Call) and node.args:
            if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                must = node.func.attr == "pop" and len(node.args) == 1
                return self.word(node.args[0]), must, node.func.value
            if ast.unparse(node.func) in ("getattr", "hasattr") and len(node.args) > 1:
                must = ast.unparse(node.func) == "getattr" and len(node.args) == 2
                return self.word(node.args[1]), must, node.args[0]
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            return self.word(node.left), False, node.comparators[0]
        return None, False, None

    def word(self, node):
        """The string that an expression is: a literal, or an imported constant."""
        if isinstance(node, ast.Name):
            found = self.sources.follow(self.module, node)
            node = found[1] if isinstance(found, tuple) else node
        return node.value if isinstance(getattr(node, "value", None), str) else None

    def visit(self, node, function, always):
        """Record what a piece of code reads; `always` is false where it may not run."""
        if isinstance(node, ast.FunctionDef):
            function = node.name
        if not isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            for path, sure in self.values(node, function) - {("", True)}:
                self.reads[path] = self.reads.get(path, False) or sure and always
        if isinstance(node, ast.Call):
            self.call(node, function, always)
        elif isinstance(node, ast.Assign) and "cfg" in ast.unparse(node.targets[0]):
            self.bind(function, ast.unparse(node.targets[0]), node.value, function, always)
        first, later = branches(node)
        for child in first:
            self.visit(child, function, always)
        for child in later:
            self.visit(child, function, False)

    def call(self, node, function, always):
        """Follow a config into the function that is called with it."""
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in self.functions:
            parameters = [arg.arg for arg in self.functions[name].args.args]
            parameters = parameters[1:] if parameters[:1] == ["self"] else parameters
            given = [*zip(parameters, node.args)]
            given += [(keyword.arg, keyword.value) for keyword in node.keywords]
            for parameter, value in given:
                if "cfg" in (parameter or ""):
                    self.bind(name, parameter, value, function, always)
        elif isinstance(node.func, ast.Name):
            found = self.sources.follow(self.module, node.func)
            if isinstance(found, tuple) and any(
                    ("", True) in self.values(arg, function) for arg in node.args):
                for path, must in Reader(self.sources, *found).run().items():
                    self.reads[path] = self.reads.get(path, False) or must and always

    def bind(self, target, name, value, function, always):
        """Let a name in the function `target` stand for what `value` does here."""
        values = {(path, sure and always) for path, sure in self.values(value, function)}
        self.parameters.setdefault((target, name), set()).update(values)


def branches(node):
    """The children of a node that run whenever it does, and the others."""
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        if re.search(r"\brank\b|rank_zero", ast.unparse(node.test)) or makes(node):
            return children, []  # one process is always the first; what is used is made
        return [node.test], [child for child in children if child is not node.test]
    if isinstance(node, ast.BoolOp):
        return node.values[:1], node.values[1:]
    if isinstance(node, ast.Try):
        return [child for child in children if child not in node.handlers], node.handlers
    return children, []


def makes(node):
    """Is this "if not x: x = ..."?"""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.UnaryOp):
        return False
    return any(isinstance(item, ast.Assign) and
               ast.unparse(item.targets[0]) == ast.unparse(node.test.operand)
               for item in node.body)


def recipe(sources, module):
    """The required and the optional config paths of a recipe."""
    reads = Reader(sources, module, sources.tree(module)).run()
    return {"required": sorted(path for path in reads if reads[path]),
            "optional": sorted(path for path in reads if not reads[path])}


def registry(sources):
    """Recipe -> entry, from torchtune's registry and the recipes' own code."""
    entries = {}
    for item in sources.bindings("torchtune._recipe_registry")["_ALL_RECIPES"].elts:
        given = {keyword.arg: keyword.value for keyword in item.keywords}
        module = "recipes." + given["file_path"].value[:-3].replace("/", ".")
        entries[given["name"].value] = {
            "distributed": given["supports_distributed"].value,
            **recipe(sources, module),
            "configs": [keyword.value.value for config in given["configs"].elts
                        for keyword in config.keywords if keyword.arg == "name"],
        }
    return entries
