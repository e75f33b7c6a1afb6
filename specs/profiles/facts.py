"""What is known about a model that a builder makes: its size, mostly.

Only what the sources say with constants, and numbers only under the names that the
builders of transformers use for them.
"""

import ast

NUMBERS = ("vocab_size", "num_layers", "num_heads", "num_kv_heads", "embed_dim",
           "intermediate_dim", "max_seq_len")


def facts(sources, path, found, entry):
    """The facts about a component: name -> value."""
    package = path.split(".")
    if package[:2] != ["torchtune", "models"] or len(package) < 4:
        return {}
    module, node, given = unwrap(sources, found)
    known = {"family": package[2]}
    if isinstance(node, ast.FunctionDef):
        known.update(sizes(sources, module, node, given))
        if node.returns and ast.unparse(node.returns).endswith("FusionModel"):
            known["multimodal"] = True
    if "lora_rank" in entry["arguments"]:
        known["lora"] = True
    if given.get("quantize_base") is True:
        known["quantized"] = True
    return known


def unwrap(sources, found):
    """(module, definition, {name: constant}) of something below its partials."""
    module, node = found if isinstance(found, tuple) else (None, None)
    if not isinstance(node, ast.Call):
        return module, node, {}
    module, inner, given = unwrap(sources, sources.follow(module, node.args[0]))
    return module, inner, {**given, **constants(node.keywords, {})}


def constants(keywords, names):
    """name -> value of the keywords that are constants, or names of such."""
    values = {}
    for keyword in keywords:
        if isinstance(keyword.value, ast.Constant):
            values[keyword.arg] = keyword.value.value
        elif isinstance(keyword.value, ast.Name) and keyword.value.id in names:
            values[keyword.arg] = names[keyword.value.id]
    return values


def defaults(function):
    """name -> default of the parameters whose default is a constant."""
    args = function.args
    pairs = [*zip(reversed(args.args), reversed(args.defaults)),
             *zip(args.kwonlyargs, args.kw_defaults)]
    return {arg.arg: default.value for arg, default in pairs
            if isinstance(default, ast.Constant)}


def sizes(sources, module, function, given):
    """The numbers that a builder gives to the builder below it, where there is one."""
    names = {**defaults(function), **given}
    known = {}
    call = call_of(sources, module, function)
    below = sources.follow(module, call.func) if call else None
    if isinstance(below, tuple) and isinstance(below[1], ast.FunctionDef):
        passed = {keyword.arg for keyword in call.keywords}
        inner = {name: value for name, value in defaults(below[1]).items()
                 if name not in passed}
        inner.update(constants(call.keywords, names))
        known = sizes(sources, *below, inner)
    known.update((name, names[name]) for name in NUMBERS if names.get(name) is not None)
    if names.get("tie_word_embeddings") or ties(function):
        known["tied_embeddings"] = True
    return {name: known[name] for name in NUMBERS + ("tied_embeddings",) if name in known}


def call_of(sources, module, function):
    """The call whose value a builder returns; of a model of two parts the decoder's."""
    returned = [node.value for node in function.body if isinstance(node, ast.Return)]
    call = returned[-1] if returned and isinstance(returned[-1], ast.Call) else None
    parts = {keyword.arg: keyword.value for keyword in call.keywords} if call else {}
    if isinstance(parts.get("decoder"), ast.Name):
        name = parts["decoder"].id
        made = [node.value for node in function.body if isinstance(node, ast.Assign)
                and ast.unparse(node.targets[0]) == name]
        return made[-1] if made and isinstance(made[-1], ast.Call) else None
    return call


def ties(function):
    """Does a builder always use its embeddings as its output layer?"""
    return any(isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
               and ast.unparse(node.value.func).endswith("TiedLinear")
               for node in function.body)
