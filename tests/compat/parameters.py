#!/usr/bin/env python3
"""Sets each parameter in each config of torchtune and checks which lines change.

    tests/compat/parameters.py [--update] WITH_METHOD SITE_PACKAGES

A parameter applies to a config if its recipe reads the key or its component has the argument. Then
exactly one line per config path may differ: only the value in it, or a new line. The printed table must
be that of parameters.txt (--update writes it).

Exit status: 0 passed, 1 failed, 77 something is missing.
"""

import difflib
import json
import pathlib
import re
import subprocess
import sys

try:
    from omegaconf import OmegaConf
except ImportError:
    print(f"skipped: needs omegaconf (for {sys.executable})")
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
PROFILE = json.loads((HERE.parents[1] / "specs/profiles/torchtune-0.6.1.scan.json").read_text())

# method: argument, and the config paths with the new text of their lines
METHODS = {
    "dataset": ("org/data", {"dataset.source": "org/data"}),
    "output_dir": ("out/x", {"output_dir": "out/x"}),
    "learning_rate": (0.00123, {"optimizer.lr": "0.00123"}),
    "batch_size": (77, {"batch_size": "77"}),
    "epochs": (99, {"epochs": "99"}),
    "gradient_accumulation_steps": (55, {"gradient_accumulation_steps": "55"}),
    "lora_params": ({"rank": 3, "alpha": 5}, {"model.lora_rank": "3", "model.lora_alpha": "5"}),
    "max_seq_length": (777, {"tokenizer.max_seq_len": "777"}),
    "seed": (4242, {"seed": "4242"}),
    "dtype": ("fp64", {"dtype": "fp64"}),
    "packed": (None, {"dataset.packed": None}),
    "activation_checkpointing": (None, {"enable_activation_checkpointing": None}),
    "compile": (None, {"compile": None}),
    "dataset_template": ("my.Template", {"dataset.template": "my.Template"}),
    "weight_decay": (0.123, {"optimizer.weight_decay": "0.123"}),
    "warmup_steps": (11, {"lr_scheduler.num_warmup_steps": "11"}),
    "lora_dropout": (0.25, {"model.lora_dropout": "0.25"}),
    "clip_grad_norm": (2.5, {"clip_grad_norm": "2.5"}),
    "checkpoint_dir": ("/ck", {"checkpointer.checkpoint_dir": "/ck"}),
    "device": ("cuda:7", {"device": "cuda:7"}),
    "activation_offloading": (None, {"enable_activation_offloading": None}),
    "prompt_template": ("my.Template", {"tokenizer.prompt_template": "my.Template"}),
}


def applies(config, recipe, path):
    """"set", "added" or None."""
    *parents, key = path.split(".")
    node = config
    for parent in parents:
        node = node.get(parent)
        if not isinstance(node, dict):
            return None
    if key in node:
        return "set"
    if not parents:
        entry = PROFILE["recipes"].get(recipe, {"required": [], "optional": []})
        return "added" if key in entry["required"] + entry["optional"] else None
    component = PROFILE["components"].get(node.get("_component_"))
    known = component and (key in component["arguments"] or component.get("extra"))
    return "added" if known else None


def get(config, path):
    for key in path.split("."):
        config = config.get(key) if isinstance(config, dict) else None
    return config


def problem(before, after, wanted):
    """What is wrong with the lines that differ, or None. `wanted` is {key: text}."""
    old, new = before.splitlines(), after.splitlines()
    left = dict(wanted)
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for i in range(max(b - a, d - c)):
            was = old[a + i] if a + i < b else None
            now = new[c + i] if c + i < d else None
            match = re.match(r"\s*([\w]+): +", now or "")
            if match is None or match[1] not in left:
                return f"{was!r} became {now!r}"
            text = left.pop(match[1])
            start = match.end()
            if not now[start:].startswith(text):
                return f"{now!r} does not have {text}"
            rest = now[start + len(text):]
            if was is None and rest:
                return f"{now!r} was added"
            if was is not None and not (was.startswith(now[:start]) and was.endswith(rest)):
                return f"{was!r} became {now!r}"
    return f"{sorted(left)} did not change" if left else None


def cases(site):
    recipes = {c: name for name, recipe in PROFILE["recipes"].items() for c in recipe["configs"]}
    root = pathlib.Path(site) / "recipes/configs"
    for file in sorted(root.rglob("*.yaml")):
        config = OmegaConf.to_container(OmegaConf.load(file), resolve=False)
        name = str(file.relative_to(root))[:-5]
        for method, (argument, paths) in METHODS.items():
            kinds = {applies(config, recipes.get(name), path) for path in paths}
            if None in kinds:
                yield name, file, method, None, None, "no"
                continue
            texts = {path: text for path, text in paths.items()}
            if argument is None:  # the opposite of the present value
                path, = paths
                argument = get(config, path) is not True
                texts[path] = str(argument)
            yield (name, file, method, argument,
                   {path.split(".")[-1]: text for path, text in texts.items()}, kinds.pop())


def main(program, site, update=False):
    todo = list(cases(site))
    asked = [case for case in todo if case[5] != "no"]
    lines = "".join(json.dumps({"file": str(file), "method": method, "argument": argument}) + "\n"
                    for _, file, method, argument, _, _ in asked)
    done = subprocess.run([program], input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    counts = {method: {"set": 0, "added": 0, "no": 0} for method in METHODS}
    for _, _, method, _, _, kind in todo:
        counts[method][kind] += 1
    failed = 0
    for (name, file, method, _, wanted, _), answer in zip(asked, answers, strict=True):
        wrong = answer.get("error") or problem(file.read_text(), answer["text"], wanted)
        failed += wrong is not None
        if wrong:
            print(f"{name} {method}: {wrong}")
    table = f"{'method':<30}{'line changed':>14}{'line added':>14}{'does not apply':>16}\n"
    table += "".join(f"{m:<30}{c['set']:>14}{c['added']:>14}{c['no']:>16}\n"
                     for m, c in counts.items())
    print(table)
    report = HERE / "parameters.txt"
    if update:
        report.write_text(table)
    elif report.read_text() != table:
        print("the table differs from parameters.txt")
        failed += 1
    print(f"{len(asked) - min(failed, len(asked))} passed, {failed} failed")
    return failed > 0 or not asked


arguments = [a for a in sys.argv[1:] if a != "--update"]
if len(arguments) != 2 or not pathlib.Path(arguments[1], "recipes/configs").is_dir():
    print("skipped: needs WITH_METHOD and a directory with recipes/configs: torchtune 0.6.1")
    sys.exit(77)
sys.exit(main(*arguments, update="--update" in sys.argv))
