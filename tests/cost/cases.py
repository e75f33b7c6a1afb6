# SPDX-License-Identifier: Apache-2.0
"""Inputs that are large in one dimension, each made by a function of its size.

A case writes its files into a directory and returns the arguments of sweepctl. `small` is the size
that tests/cost/growth starts from; `large` is about as large as the default limits allow.
A `bounded` case may grow faster, since a limit keeps it small: a spec has at most 1,000 settings.
"""
import json

RECIPE = "full_finetune_single_device"
MAX_BYTES = 1 << 20
CHECKPOINTER = """checkpointer:
  _component_: torchtune.training.FullModelHFCheckpointer
  checkpoint_dir: /tmp
  model_type: LLAMA3
  output_dir: /tmp
  checkpoint_files:
"""
CASES = []


class TooLarge(Exception):
    pass


class Case:
    def __init__(self, make, small, large, bounded):
        self.name = make.__name__
        self.make = make
        self.small = small
        self.large = large
        self.bounded = bounded

    def make_large(self, directory):
        """With as much as fits into the limit of bytes."""
        while True:
            try:
                return self.make(directory, self.large)
            except TooLarge:
                self.large = self.large * 9 // 10


def case(small, large, bounded=False):
    def add(make):
        CASES.append(Case(make, small, large, bounded))
        return make
    return add


def check_size(text):
    if len(text.encode()) > MAX_BYTES:
        raise TooLarge


def config(directory, text, *options, name="config.yaml"):
    check_size(text)
    (directory / name).write_text(text)
    return ["validate", "--format", "text", *options, str(directory / name)]


def plan(directory, spec, base=None, name="spec.json"):
    spec = {"name": "cost", "base": "llama3_2/1B_lora_single_device", **spec}
    if base is not None:
        check_size(base)
        (directory / "base.yaml").write_text(base)
        spec["base"] = {"file": "base.yaml"}
        spec["recipe"] = "my/recipe.py"
    text = json.dumps(spec, separators=(",", ":"))
    check_size(text)
    (directory / name).write_text(text)
    return ["plan", "--json", str(directory / name)]


def lines(n, line):
    return "".join(line % {"i": i} + "\n" for i in range(n))


# --- configs: keys, lists, strings ----------------------------------------------------------------


@case(1500, 90000)
def top_level_keys(directory, n):
    return config(directory, lines(n, "k%(i)d: 1"), "--recipe", RECIPE)


@case(1500, 90000)
def top_level_keys_without_recipe(directory, n):
    return config(directory, lines(n, "k%(i)d: 1"))


@case(1000, 60000)
def keys_of_a_mapping(directory, n):
    return config(directory, "m:\n" + lines(n, "  k%(i)d: 1"))


@case(400, 60000)
def unknown_arguments(directory, n):
    return config(directory, "optimizer:\n  _component_: torch.optim.AdamW\n" +
                  lines(n, "  k%(i)d: 1"), "--recipe", RECIPE)


@case(100, 16000)
def unknown_components(directory, n):
    return config(directory, lines(n, "c%(i)d: {_component_: torchtune.models.x.m%(i)d}"))


@case(60, 9000)
def misspelled_components(directory, n):
    return config(directory, lines(
        n, "c%(i)d: {_component_: torchtune.models.llama3.lama3_8b, a%(i)d: 1}"))


@case(400, 8000)
def components(directory, n):
    return config(directory, "dataset:\n" +
                  lines(n, "- _component_: torchtune.datasets.alpaca_cleaned_dataset\n"
                        "  packed: False\n  train_on_input: True\n  s%(i)d: 1"))


@case(400, 19000)
def components_with_rules(directory, n):
    return config(directory, lines(n, "m%(i)d: {_component_: torch.optim.AdamW, lr: -1}"))


@case(4000, 99000)
def list_items(directory, n):
    return config(directory, "a:\n" + lines(n, "- %(i)d"))


@case(4000, 99000)
def flow_list_items(directory, n):
    return config(directory, "a: [" + ",".join(str(i) for i in range(n)) + "]\n")


@case(400, 90000)
def wrong_items(directory, n):
    return config(directory, CHECKPOINTER +
                  lines(n, "  - 1"), "--recipe", RECIPE)


@case(400, 20000)
def wrong_lists(directory, n):
    return config(directory, CHECKPOINTER +
                  lines(n, "  - [%(i)d, [1, x]]"), "--recipe", RECIPE)


@case(15, 60)
def levels(directory, n):
    one = "{k: " * n + "1" + "}" * n
    return config(directory, "".join(f"t{i}: {one}\n" for i in range(200)))


@case(20000, 1000000)
def string_length(directory, n):
    return config(directory, "a: " + "x" * n + "\n")


@case(20000, 1000000)
def quoted_string_length(directory, n):
    return config(directory, 'a: "' + "\\n" * (n // 2) + '"\n')


@case(1000, 60000)
def block_string_lines(directory, n):
    return config(directory, "a: |\n" + lines(n, "  line %(i)d"))


@case(2000, 100000)
def comments(directory, n):
    return config(directory, lines(n, "# %(i)d") + "a: 1\n")


@case(400, 90000)
def one_line(directory, n):
    keys = ", ".join(f"k{i}: 1" for i in range(n))
    return config(directory, "{" + keys + "}\n", "--recipe", RECIPE)


@case(400, 60000)
def keys_beyond_ascii(directory, n):
    return config(directory, lines(n, "k\u00e9%(i)d: 1"), "--recipe", RECIPE)


@case(400, 25000)
def wrong_keys(directory, n):
    return config(directory, lines(n, "k%(i)d: {1: 2, 3: 4}"))


# --- configs: findings of the parser --------------------------------------------------------------


@case(1000, 100000)
def duplicate_keys(directory, n):
    return config(directory, "m:\n" + "".join(f"  k{i}: 1\n  k{i}: 2\n" for i in range(n // 2)))


@case(1000, 100000)
def same_key(directory, n):
    return config(directory, "k: 1\n" * n)


@case(1000, 45000)
def large_integers(directory, n):
    return config(directory, "a:\n" + "- 99999999999999999999\n" * n)


@case(1000, 90000)
def not_finite(directory, n):
    return config(directory, lines(n, "k%(i)d: .inf"), "--recipe", RECIPE)


@case(1000, 60000)
def not_a_number(directory, n):
    return config(directory, lines(n, "k%(i)d: .nan"), "--recipe", RECIPE)


# --- configs: anchors -----------------------------------------------------------------------------


@case(400, 24000)
def anchors(directory, n):
    return config(directory, lines(n, "a%(i)d: &a%(i)d 1\nb%(i)d: *a%(i)d"))


@case(1000, 49000)
def aliases(directory, n):
    return config(directory, "a: &a 1\nl:\n" + "- *a\n" * n)


@case(200, 24000)
def merge_keys(directory, n):
    return config(directory, "a: &a {x: 1}\n" + lines(n, "m%(i)d: {<<: *a}"))


@case(200, 12000)
def merged_mappings(directory, n):
    return config(directory, lines(n, "a%(i)d: &a%(i)d {x%(i)d: 1}") + "m:\n  <<: [" +
                  ", ".join(f"*a{i}" for i in range(n)) + "]\n")


@case(200, 20000)
def merged_keys(directory, n):
    return config(directory, "a: &a\n" + lines(n, "  k%(i)d: 1") + "m:\n  <<: *a\n" +
                  lines(n, "  k%(i)d: 2"))


# --- configs: interpolations ----------------------------------------------------------------------


@case(400, 48000)
def unresolved_interpolations(directory, n):
    return config(directory, lines(n, "a%(i)d: ${zz%(i)d}"))


@case(400, 32000)
def interpolations(directory, n):
    return config(directory, "b: 1\n" + lines(n, "a%(i)d: ${b}"))


@case(400, 32000)
def interpolations_of_different_keys(directory, n):
    return config(directory, lines(n, "b%(i)d: 1\na%(i)d: ${b%(i)d}"))


@case(400, 60000)
def interpolations_in_a_list(directory, n):
    return config(directory, "b: 1\nl:\n" + lines(n, "- ${b}"))


@case(400, 40000)
def relative_interpolations(directory, n):
    return config(directory, "m:\n  b: 1\n" + lines(n, "  a%(i)d: ${.b}"))


@case(400, 40000)
def interpolations_of_a_mapping(directory, n):
    return config(directory, "b: {x: 1}\n" + lines(n, "a%(i)d: ${b}"))


@case(400, 40000)
def interpolated_interpolations(directory, n):
    return config(directory, lines(n, "a%(i)d: ${b%(i)d}\nb%(i)d: ${c}") + "c: 1\n")


@case(400, 15000)
def cyclic_interpolations(directory, n):
    return config(directory, lines(n, "a%(i)d: ${b%(i)d}\nb%(i)d: ${a%(i)d}"))


@case(1000, 100000)
def interpolations_in_a_string(directory, n):
    return config(directory, "b: 1\na: " + "${b}" * n + "\n")


@case(400, 40000)
def environment(directory, n):
    return config(directory, lines(n, "a%(i)d: ${oc.env:HOME}"))


# --- two similar configs --------------------------------------------------------------------------


@case(200, 60000)
def changed_scalars(directory, n):
    first = "c: {_component_: torch.optim.AdamW, lr: 0.1}\nm:\n"
    args = config(directory, first + lines(n, "  k%(i)d: 1"))
    config(directory, first + lines(n, "  k%(i)d: 2"), name="other.yaml")
    return args + [str(directory / "other.yaml")]


@case(50, 8000)
def changed_components(directory, n):
    line = "m%(i)d: {_component_: torch.optim.AdamW, lr: 0.1, weight_decay: "
    args = config(directory, lines(n, line + "0.1}"))
    config(directory, lines(n, line + "0.2}"), name="other.yaml")
    return args + [str(directory / "other.yaml")]


@case(50, 8000)
def interpolations_twice(directory, n):
    line = "m%(i)d: {_component_: torch.optim.AdamW, lr: 0.1, weight_decay: '${b}'}"
    args = config(directory, "b: 0.1\n" + lines(n, line))
    config(directory, "b: 0.2\n" + lines(n, line), name="other.yaml")
    return args + [str(directory / "other.yaml")]


# --- specs ----------------------------------------------------------------------------------------


@case(200, 9900)
def keys_of_a_fixed_mapping(directory, n):
    return plan(directory, {"fixed": {"m": {f"k{i}": i for i in range(n)}}}, "m: {}\n")


@case(200, 9900)
def keys_added_to_a_mapping(directory, n):
    return plan(directory, {"fixed": {"m": {f"k{i}": i for i in range(n)}}}, "m:\n  a: 1\n")


@case(200, 9900)
def keys_changed_in_a_mapping(directory, n):
    return plan(directory, {"fixed": {"m": {f"k{i}": i + 1 for i in range(n)}}},
                "m:\n" + lines(n, "  k%(i)d: 0"))


@case(200, 9900)
def keys_changed_in_a_flow_mapping(directory, n):
    return plan(directory, {"fixed": {"m": {f"k{i}": i + 1 for i in range(n)}}},
                "m: {" + ", ".join(f"k{i}: 0" for i in range(n)) + "}\n")


@case(200, 9900)
def keys_deleted_from_a_mapping(directory, n):
    return plan(directory, {"fixed": {"m": {f"~k{i}": True for i in range(n)}}},
                "m:\n  a: 1\n" + lines(n, "  k%(i)d: 0"))


@case(200, 9900)
def keys_of_an_axis_value(directory, n):
    return plan(directory, {"grid": {"m": [{f"k{i}": i + 1 for i in range(n)}, {"k0": 5}]}},
                "m:\n" + lines(n, "  k%(i)d: 0"))


@case(200, 990)
def fixed_settings(directory, n):
    return plan(directory, {"fixed": {f"k{i}": i + 1 for i in range(n)}}, lines(n, "k%(i)d: 0"))


@case(200, 990)
def new_fixed_settings(directory, n):
    return plan(directory, {"fixed": {f"m.k{i}": i + 1 for i in range(n)}}, "m: {a: 1}\n")


@case(100, 490)
def fixed_settings_in_exotic_base(directory, n):
    return plan(directory, {"fixed": {f"k{i}.x": i + 1 for i in range(n)}},
                "a: &a {x: 0, y: 1}\n" + lines(n, "k%(i)d: *a"))


@case(200, 990, bounded=True)
def unknown_settings(directory, n):
    return plan(directory, {"fixed": {f"kk{i}": i + 1 for i in range(n)}}, lines(n, "k%(i)d: 0"))


@case(100, 990)
def deletions(directory, n):
    return plan(directory, {"fixed": {f"~k{i}": True for i in range(n)}},
                "a: 1\n" + lines(n, "k%(i)d: 0"))


@case(200, 990, bounded=True)
def settings_set_twice(directory, n):
    fixed = {}
    for i in range(n // 2):
        fixed.update({f"k{i}": {"x": 1}, f"k{i}.x": 1})
    return plan(directory, {"fixed": fixed}, lines(n, "k%(i)d: {x: 0}"))


@case(500, 20000)
def items_of_a_base_with_settings(directory, n):
    return plan(directory, {"fixed": {f"k{i}": i + 1 for i in range(n * 900 // 20000)}},
                "l:\n" + lines(n, "- %(i)d") + lines(900, "k%(i)d: 0"))


@case(500, 100000)
def axis_values(directory, n):
    return plan(directory, {"grid": {"seed": list(range(n))}})


@case(500, 50000)
def axis_values_after_that_of_the_base(directory, n):
    return plan(directory, {"grid": {"epochs": [i + 1 for i in range(n)]}})


@case(1000, 50000)
def axis_values_of_strings(directory, n):
    return plan(directory, {"grid": {"tokenizer.path": [f"/v{i}" for i in range(n)]}})


@case(200, 20000)
def wrong_axis_values(directory, n):
    return plan(directory, {"grid": {"batch_size": [f"v{i}" for i in range(n)]}})


@case(100, 20000)
def wrong_axis_lists(directory, n):
    return plan(directory, {"grid": {"checkpointer.checkpoint_files": [[i] for i in range(n)]}})


@case(100, 20000)
def axis_lists(directory, n):
    files = [[f"{i}"] for i in range(n)]
    return plan(directory, {"grid": {"checkpointer.checkpoint_files": files}})


@case(100, 20000)
def axis_block_lists(directory, n):
    return plan(directory, {"grid": {"l": [[i, i] for i in range(n)]}}, "l:\n- 1\n- 2\nm: 1\n")


@case(200, 30000)
def axis_interpolations(directory, n):
    return plan(directory, {"grid": {"tokenizer.path": [f"${{output_dir}}/{i}" for i in range(n)]}})


@case(200, 30000)
def axis_components(directory, n):
    return plan(directory, {"grid": {"optimizer._component_": [f"own.A{i}" for i in range(n)]}})


@case(200, 50000)
def axis_values_of_a_template(directory, n):
    return plan(directory, {"fixed": {"tokenizer.path": "=/t/{seed}"}, "grid": {"seed": list(range(n))}})


@case(200, 9000)
def values_of_an_axis_of_mappings(directory, n):
    return plan(directory, {"grid": {"dataset": [{"source": f"s{i}", "split": "train"} for i in range(n)]}})


@case(100, 9000)
def axis_mappings(directory, n):
    return plan(directory, {"grid": {"m": [{"a": i} for i in range(n)]}}, "m: {a: -1}\n")


@case(500, 50000)
def duplicate_axis_values(directory, n):
    return plan(directory, {"grid": {"seed": [i // 2 for i in range(n)]}})


@case(100, 990, bounded=True)
def axes(directory, n):
    return plan(directory, {"grid": {f"k{i}": [1] for i in range(n)}}, lines(n, "k%(i)d: 0"))


@case(100, 990, bounded=True)
def axes_of_deletions(directory, n):
    return plan(directory, {"grid": {f"~m.k{i}": [True] for i in range(n)}},
                "m:\n  a: 1\n" + lines(n, "  k%(i)d: 0"))


@case(500, 60000)
def items_of_a_setting(directory, n):
    return plan(directory, {"fixed": {"l": list(range(n))}}, "l: []\n")


@case(500, 9900)
def unknown_spec_keys(directory, n):
    return plan(directory, {f"k{i}": 1 for i in range(n)})


@case(8, 28)
def levels_of_a_setting(directory, n):
    value = 1
    for _ in range(n * 6 // 8):
        value = {"k": value}
    return plan(directory, {"fixed": {f"k{i}": value for i in range(60)}},
                lines(60, "k%(i)d: {}"))


@case(500, 12000)
def templates(directory, n):
    return plan(directory, {"fixed": {"l": [f"={{name}}-{i}" for i in range(n)]}}, "l: []\n")


@case(20000, 1000000)
def invalid_spec(directory, n):
    (directory / "spec.json").write_text("[" * 20 + "1, " * (n // 3))
    return ["plan", "--json", str(directory / "spec.json")]


@case(1000, 100000)
def brackets(directory, n):
    return config(directory, "a: " + "[" * 60 + "x, " * n + "\n")
