"""What Python sources say about callables, found by parsing them.

Nothing is imported, so neither torch nor a user's own module has to work here.
"""

import ast

# Bases and decorators that change nothing about how a class or function is called.
# Anything else that cannot be looked into makes its arguments unknown.
PLAIN_BASES = set("ABC Dataset Generic IterableDataset Module object Protocol "
                  "saved_tensors_hooks".split())
PLAIN_DECORATORS = set("abstractmethod cache contextmanager deprecated disable final "
                       "lru_cache no_grad override record requires_torchdata "
                       "runtime_checkable total_ordering wraps".split())

# No config can make use of a class with such a base.
UNUSABLE_BASES = ("Enum", "Error", "Exception", "Flag", "Protocol", "Warning")

MAPPINGS = set("dict Dict DefaultDict Mapping MutableMapping OrderedDict".split())
LISTS = set("list List tuple Tuple Sequence Iterable Collection".split())
PATHS = set("Path PathLike PosixPath PurePath".split())
WRAPPERS = set("Annotated ClassVar Final InitVar".split())


class Sources:
    """Parsed modules, and what their names stand for.

    `roots` names the packages that can be opened: name -> directory or file.  What a
    name stands for ("found") is (module, definition or value), or the dotted path of
    a module or of something that cannot be opened, or None if there is none."""

    def __init__(self, roots):
        self.roots = roots
        self.names = {}
        self.busy = set()
        self.open_ended = set()  # modules that may have names which are not seen here

    def file(self, module):
        """The file of a module that can be opened, else None."""
        top, *rest = module.split(".")
        if top not in self.roots or self.roots[top].is_file():
            return self.roots.get(top) if not rest else None
        path = self.roots[top].joinpath(*rest)
        named = path.parent / (path.name + ".py")
        return next(filter(lambda p: p.is_file(), (path / "__init__.py", named)), None)

    def package(self, module):
        """What a relative import in a module starts from."""
        is_package = self.file(module).name == "__init__.py"
        return module if is_package else module.rpartition(".")[0]

    def tree(self, module):
        """The syntax tree of a module that can be opened."""
        file = self.file(module)
        return ast.parse(file.read_bytes(), str(file))

    def bindings(self, module):
        """Top-level name -> the statement or value that binds it, or for an import
        the dotted path of what it is."""
        if module not in self.names:
            self.names[module] = {}
            if not self.file(module):
                return {}
            tree = self.tree(module)
            bound = bind(tree.body, self.package(module))
            stars = bound.pop("*", [])
            for star in stars:
                public = {name: star + "." + name for name in self.bindings(star)
                          if not name.startswith("_")}
                bound = {**public, **bound}
            if "__getattr__" in bound or "globals()" in ast.unparse(tree) or \
                    not all(map(self.file, stars)):
                self.open_ended.add(module)
            self.names[module] = bound
        return self.names[module]

    def find(self, path):
        """What a dotted path stands for."""
        head, _, name = path.rpartition(".")
        if head and self.file(head):
            return self.lookup(head, name)
        return path

    def lookup(self, module, name):
        """What a name in a module stands for."""
        path = module + "." + name
        bound = self.bindings(module).get(name)
        if bound is None or bound == path or path in self.busy:
            return path if self.file(path) else None
        self.busy.add(path)
        found = self.find(bound) if isinstance(bound, str) else self.follow(module, bound)
        self.busy.discard(path)
        return found

    def follow(self, module, node):
        """What an expression in a module stands for, past aliases."""
        if isinstance(node, ast.Name):
            known = node.id in self.bindings(module)
            return self.lookup(module, node.id) if known else node.id
        if isinstance(node, ast.Attribute):
            owner = self.follow(module, node.value)
            return self.find(owner + "." + node.attr) if isinstance(owner, str) else None
        return module, node


def bind(body, package):
    """Name -> what binds it last; a try's and an if's first branch win over the others.
    "*" holds the modules of which all names are imported."""
    names = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names[node.name] = node
        elif isinstance(node, ast.Assign):
            names.update((target.id, node.value) for target in node.targets
                         if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            names[ast.unparse(node.target)] = node.value
        elif isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[:1 - node.level or None] if node.level else []
            source = ".".join(base + ([node.module] if node.module else []))
            for alias in node.names:
                if alias.name == "*":
                    names.setdefault("*", []).append(source)
                else:
                    names[alias.asname or alias.name] = source + "." + alias.name
        elif isinstance(node, ast.With):
            names.update(bind(node.body, package))
        elif isinstance(node, (ast.Try, ast.If)):
            others = [*node.orelse] + [item for handler in getattr(node, "handlers", [])
                                       for item in handler.body]
            names = {**bind(others, package), **names, **bind(node.body, package)}
    return names


# --- types ---------------------------------------------------------------------------


def alternatives(sources, module, node):
    """The types that an annotation allows, as words of the profile's notation; None if
    it allows what a config cannot write or what is not known here."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body  # a quoted annotation
    if isinstance(node, ast.Constant):
        return ["null"] if node.value is None else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return union(sources, module, [node.left, node.right])
    if isinstance(node, ast.Subscript):
        return generic(sources, module, node)
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return None
    name = ast.unparse(node).rpartition(".")[2]
    if name in ("bool", "float", "int", "str"):
        return [name]
    if name in LISTS or name in MAPPINGS or name in PATHS:
        return ["list[any]" if name in LISTS else "mapping" if name in MAPPINGS else "str"]
    found = sources.follow(module, node)  # another name of a type?
    if not isinstance(found, tuple) or isinstance(found[1], (ast.ClassDef, ast.Call)):
        return None
    return alternatives(sources, *found)


def union(sources, module, nodes):
    """The types that any of some annotations allows."""
    parts = [alternatives(sources, module, node) for node in nodes]
    if None in parts:
        return None
    words = dict.fromkeys(word for part in parts for word in part)
    return sorted(words, key=lambda word: word == "null")  # null is written last


def generic(sources, module, node):
    """The types that an annotation X[...] allows."""
    name = ast.unparse(node.value).rpartition(".")[2]
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Optional":
        return union(sources, module, inner + [ast.Constant(None)])
    if name == "Union":
        return union(sources, module, inner)
    if name in WRAPPERS:
        return alternatives(sources, module, inner[0])
    if name in MAPPINGS:
        return ["mapping"]
    if name in PATHS:
        return ["str"]
    if name in LISTS:
        items = [item for item in inner if ast.unparse(item) != "..."]
        return ["list[%s]" % "|".join(union(sources, module, items) or ["any"])]
    if name == "Literal":
        return list(dict.fromkeys(map(literal, inner)))
    return None


def literal(node):
    """A value inside Literal[...] in the profile's notation."""
    value = ast.literal_eval(node)
    if isinstance(value, str):
        return "'%s'" % value if value and not set("'|]") & set(value) else "str"
    return "null" if value is None else type(value).__name__


def argument(sources, module, annotation, default, **more):
    """The profile's entry for an argument; `default` is None if there is none."""
    default = constant(sources, module, default)
    try:
        value = ast.literal_eval(default)
    except (TypeError, ValueError):
        value = ...
    own = [type(value).__name__] if isinstance(value, (bool, float, int, str)) else None
    types = own if annotation is None else alternatives(sources, module, annotation)
    if types and value is None:
        types = [word for word in types if word != "null"] + ["null"]
    elif types and own and own[0] not in types and not (
            own == ["int"] and "float" in types or own == ["str"] and "'" in types[0]):
        types = types + own  # the default is of a type that its annotation denies
    entry = {"type": "|".join(types)} if types else {}
    entry.update({"required": True} if default is None else {"default": ast.unparse(default)})
    return {**entry, **more}


def constant(sources, module, node):
    """What a default is; where it is the name of a constant, the constant."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        found = sources.follow(module, node)
        if isinstance(found, tuple) and isinstance(found[1], (ast.Constant, ast.UnaryOp)):
            return found[1]
    return node


# --- signatures ----------------------------------------------------------------------


def signature(sources, found, known):
    """How something is called: {"arguments": name -> entry, "extra": takes **kwargs}, and
    "ignores_extra" if it takes them and its code never uses them.  None if it is no callable that a config could name.  `known` holds the signatures of
    things that cannot be opened, by dotted path."""
    if isinstance(found, str):
        return known.get(found)
    if found is None:
        return None
    module, node = found
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return of_function(sources, module, node, decorated(node))
    if isinstance(node, ast.ClassDef):
        return of_class(sources, module, node, known)
    if isinstance(node, ast.Lambda):
        return of_function(sources, module, node)
    if isinstance(node, ast.Call):
        return of_call(sources, module, node, known)
    return None


def decorated(node):
    """Does a decorator make the arguments unknown?"""
    names = {ast.unparse(item.func if isinstance(item, ast.Call) else item).rpartition(".")[2]
             for item in node.decorator_list}
    return bool(names - PLAIN_DECORATORS)


def unknown(arguments=()):
    """A signature that takes anything; of the given arguments the types are known."""
    lenient = {name: {key: value for key, value in entry.items() if key == "type"}
               for name, entry in dict(arguments).items()}
    return {"arguments": lenient, "extra": True}


def uses(function, name):
    """Does the body of a function or lambda mention a name, or all names at once?"""
    body = function.body if isinstance(function.body, list) else [function.body]
    return any(isinstance(node, ast.Name) and node.id in (name, "locals")
               for item in body for node in ast.walk(item))


def of_function(sources, module, function, lenient=False, skip=0):
    """The signature of a function or lambda, without its first `skip` parameters."""
    args = function.args
    positional = args.posonlyargs + args.args
    defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
    pairs = list(zip(positional, defaults))[skip:] + list(zip(args.kwonlyargs, args.kw_defaults))
    entries = {}
    for arg, default in pairs:
        more = {"positional_only": True} if arg in args.posonlyargs else {}
        entries[arg.arg] = argument(sources, module, arg.annotation, default, **more)
    if lenient:
        return unknown(entries)
    plain = {"arguments": entries, "extra": args.kwarg is not None}
    if args.kwarg is not None and not uses(function, args.kwarg.arg):
        plain["ignores_extra"] = True
    return plain


def of_call(sources, module, node, known):
    """The signature of the value of a call: of functools.partial, else not known."""
    if ast.unparse(node.func).rpartition(".")[2] != "partial" or not node.args:
        return unknown()
    inner = signature(sources, sources.follow(module, node.args[0]), known)
    if inner is None:
        return unknown()
    # What is bound by position can no longer be given; by keyword it is a new default.
    arguments = dict(list(inner["arguments"].items())[len(node.args) - 1:])
    for keyword in node.keywords:
        entry = dict(arguments.get(keyword.arg, {}))
        entry.pop("required", None)
        if keyword.arg is not None and (keyword.arg in arguments or inner.get("extra")):
            arguments[keyword.arg] = {**entry, "default": ast.unparse(keyword.value)}
    return {**inner, "arguments": arguments}


def of_class(sources, module, node, known):
    """The signature of a class: of its __init__, its fields or its bases."""
    bases = [ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
             for base in node.bases]
    if any(base.endswith(UNUSABLE_BASES) for base in bases):
        return None
    return own_signature(sources, module, node, known) or inherited(
        sources, module, node, known) or {
            "arguments": {}, **protocol_extra(sources, module, node)}


def protocol_extra(sources, module, node):
    """What a class without __init__ does with other arguments."""
    if any(is_protocol(sources, module, base) for base in node.bases):
        return {"extra": True, "ignores_extra": True}
    return {"extra": False}


def is_protocol(sources, module, base):
    """Is this base class a Protocol?  The __init__ that typing_extensions gives to such a class
    takes any arguments and ignores them, and what is derived from it inherits that."""
    found = sources.follow(module, base)
    node = found[1] if isinstance(found, tuple) else None
    return isinstance(node, ast.ClassDef) and any(
        ast.unparse(above).split("[")[0].endswith("Protocol") for above in node.bases)


def own_signature(sources, module, node, known):
    """The signature that a class's own body gives it, or None."""
    methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
    maker = methods.get("__init__")
    decorators = {ast.unparse(item).partition("(")[0].rpartition(".")[2]: ast.unparse(item)
                  for item in node.decorator_list}
    if "dataclass" in decorators and maker is None:
        if "init=False" not in decorators["dataclass"]:
            return fields(sources, module, node, known)
    elif set(decorators) - PLAIN_DECORATORS - {"dataclass"}:
        return unknown()
    if any(ast.unparse(base).endswith("NamedTuple") for base in node.bases):
        return fields(sources, module, node, known)
    maker = maker or methods.get("__new__")
    return of_function(sources, module, maker, skip=1) if maker else None


def inherited(sources, module, node, known):
    """The signature that a class gets from its bases, or None."""
    for base in node.bases:
        base = base.value if isinstance(base, ast.Subscript) else base
        name = ast.unparse(base).rpartition(".")[2]
        found = sources.follow(module, base)
        if isinstance(found, tuple) and isinstance(found[1], ast.ClassDef):
            one = own_signature(sources, *found, known) or inherited(sources, *found, known)
            if one:
                return one
        elif isinstance(found, str) and found in known:
            return known[found]
        elif name not in PLAIN_BASES and not name.endswith(UNUSABLE_BASES + ("NamedTuple",)):
            return unknown()
    return None


def fields(sources, module, node, known):
    """The signature that the annotated names of a dataclass or NamedTuple give it."""
    arguments = {}
    for base in node.bases:
        found = sources.follow(module, base)
        if isinstance(found, tuple) and isinstance(found[1], ast.ClassDef):
            one = own_signature(sources, *found, known)
            arguments.update(one["arguments"] if one else {})
    for item in node.body:
        if not isinstance(item, ast.AnnAssign) or "ClassVar" in ast.unparse(item.annotation) \
                or "KW_ONLY" in ast.unparse(item.annotation):
            continue
        default = item.value
        if isinstance(default, ast.Call) and ast.unparse(default.func).endswith("field"):
            given = {keyword.arg: keyword.value for keyword in default.keywords}
            if ast.unparse(given.get("init", ast.Constant(True))) == "False":
                continue
            make = given.get("default_factory")
            default = ast.Call(make, [], []) if make else given.get("default")
        arguments[item.target.id] = argument(sources, module, item.annotation, default)
    return {"arguments": arguments, "extra": False}
