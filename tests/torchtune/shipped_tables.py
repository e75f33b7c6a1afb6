"""Unusual keys, values, interpolations and lines for changes_shipped.py.

Entries are separated by " | ", those of NAMES, PARTS and FRAMES by a space.
"""

from mutation_tables import values

VARIABLES = ("NOPE_X", "HOME")  # the environment variables in the entries below

# Names that may not be arguments, or not keywords.
NAMES = (
    "self args kwargs _args_ cls _partial_ _target_ _convert_ _recursive_ params model fn "
    "optimizer tokenizer name lr LR rank lora_rnk '' ' ' a.b a-b 'a b' \"\\x41\" 1 -1 1.5 0x1 "
    "true no null ~ 2020-01-01 .inf .nan 1_0 '1' 'null' _component __class__ '_component_ ' \xe9 "
    "lambda None"
).split(" ")

# Values for them.
LITERALS = values(
    "5 | x | null | [] | {} | ??? | ${seed} | ${nowhere} | '' | [1, ${nowhere}] | "
    "{_component_: torch.nn.Identity} | {_component_: torch.nn.NoSuch} | 1e-3 | "
    "{a: ${nowhere}} | '???' | ${oc.env:NOPE_X} | ${oc.env:NOPE_X,3}")

# Values that are probably not a component.
COMPONENTS = values(
    "null | '' | ' ' | 5 | 1.5 | true | [] | {} | [torch.optim.AdamW] | {a: torch.optim.AdamW} | "
    "'???' | torch | torch.optim | torch.optim. | .torch.optim.AdamW | torch..optim.AdamW | "
    "'torch.optim.AdamW ' | ' torch.optim.AdamW' | torch.optim.adamw | torch.optim.AdamW.step | "
    "torch/optim/AdamW | torch:optim.AdamW | torch.optim.AdamW() | torch.float32 | torch.pi | "
    "torch.__version__ | torch.nn | torch.nn.Linear | torch.nn.Identity | torch.nn.Module | "
    "torch.nn.functional.mse_loss | torch.optim.lr_scheduler | torch.optim.Optimizer | "
    "torch.optim.AdamW.__init__ | torch.optim.AdamW.zero_grad | torch.nn.Linear.forward | "
    "torch.tensor | torch.zeros | torchtune | torchtune.models | torchtune.models.llama3_1 | "
    "torchtune.data.Message | torchtune.data.Message.from_dict | torchtune.data | "
    "torchtune.data.PromptTemplate | torchtune.data.CROSS_ENTROPY_IGNORE_IDX | "
    "torchtune.models.llama3_1._model_builders.llama3_1_8b | torchtune.config | "
    "torchtune.config.instantiate | torchtune.training.FullModelHFCheckpointer.save_checkpoint | "
    "torchtune.training.checkpointing._checkpointer.FullModelHFCheckpointer | "
    "torchtune.modules.RotaryPositionalEmbeddings | torchtune.modules.TransformerDecoder | "
    "torchtune.training.OptimizerInBackwardWrapper | torchtune.training.ModelType | "
    "torchtune.training.ModelType.LLAMA3 | torchtune.training.quantization | "
    "torchtune.utils.batch_to_device | torchtune.utils.get_logger | torchtune.rlhf.loss | "
    "torchtune.rlhf.estimate_advantages | torchtune.datasets.multimodal | "
    "torchtune.__version__ | torchtune.datasets.multimodal.vqa_dataset | "
    "torchtune.data._messages.AlpacaToMessages | torchtune.modules.peft.LoRALinear | "
    "torchtune.modules.peft.get_adapter_params | bitsandbytes.optim.PagedAdamW8bit | "
    "bitsandbytes.optim.NoSuch | bitsandbytes | torchao.optim.AdamW8bit | torchao.optim.NoSuch | "
    "torchao.prototype.low_bit_optim.AdamW8bit | builtins.dict | dict | int | builtins.int | "
    "builtins.type | builtins.print | math.pi | math.sqrt | operator.add | functools.partial | "
    "collections.OrderedDict | os.path.join | logging.Logger | types.SimpleNamespace | "
    "no_such_module | no_such_module.Thing | transformers.AdamW | "
    "recipes.lora_finetune_single_device.LoRAFinetuneRecipeSingleDevice | "
    "torchtune.Models.llama3_1.llama3_1_8b | Torchtune.models.llama3_1.llama3_1_8b | "
    "${model._component_} | ${optimizer._component_} | ${nowhere} | torch.${seed} | ${seed} | "
    "torch.optim.${oc.env:NOPE_X,AdamW} | !!str torch.optim.AdamW | '\"torch.optim.AdamW\"' | "
    "torch.\xf3ptim.AdamW | torch.optim\\.AdamW | >-\n    torch.optim.AdamW")

# Keys that replace valid ones.
KEYS = values(
    "1 | -1 | 1.5 | true | null | ~ | 2020-01-01 | [a] | {a: b} | !!binary aGk= | .nan | '' | "
    "' ' | 0x1 | 010 | 1e3 | ? a\n | ${seed} | '${seed}' | ${ | a.b | a[0] | !!str 1 | "
    "!!int '1' | &k key | *k | <<: 1 # | = | \xe9 | 'a: b' | \"a\\nb\" | @ | _component_ | "
    "seed | 1: 1\n1 | true: 1\nyes | [a, b]: 1\n[a, b]")

# Values that replace valid ones.
SCALARS = values(
    "2020-01-01 | 2020-01-01T00:00:00Z | 2020-13-45 | 2020-02-30 | !!binary aGk= | "
    "!!binary '*' | !!set {a} | !!omap [a: 1] | !!pairs [a: 1] | !!python/tuple [1, 2] | "
    "!!python/name:os.system | !!python/none x | !!timestamp 2020-01-01 | !!timestamp x | "
    "!!float x | !!int x | !!int 1.5 | !!bool x | !!bool 1 | !!null x | !!seq x | !!map x | "
    "!!str [a] | !foo x | !foo [x] | ! x | !!foo x | !<tag:yaml.org,2002:int> 3 | !<x> 3 | "
    "!e!x 3 | !!int '' | !!float '' | !!int 0b1 | 0o17 | 017 | 08 | 1_000 | 1__0 | 1_ | 1:30 | "
    "1:90 | 190:20:30.15 | 0b2 | 0x | 0xg | +.5 | 1. | . | .5. | 1e5 | 1e | 1e+5 | 1.e5 | "
    "-.inf | .INF | .Nan | +.inf | infinity | nan | = | << | &a x | &a | *a | *undefined | "
    "&a [*a] | &a {b: *a} | &a {<<: *a} | & x | * x | &a &b x | \"\\q\" | \"\\x4\" | \"\\u12\" | "
    "\"\\ud800\" | \"\\U00110000\" | \"\\0\" | \"\\\n  x\" | 'a''b' | 'a'b | 'a' 'b' | \"a\" b | "
    "% x | %x | @x | `x` | - x | -x | ? x | ?x | : x | :x | x: y | x:y | x : y | , | [ | ] | { | "
    "} | [a | [a, | [a,, b] | [a, b | [,] | [a b] | [a: b] | [a: b, c: d] | [? a : b] | {a} | "
    "{a, b} | {a: b | {a: b, a: c} | {a b} | {a: b,} | {: a} | {a: } | {1: 2} | {[a]: b} | "
    "{{a: b}: c} | {a: {b: c}} | {\"a\":b} | {a:b} | {a: 1, 'a': 2} | | | |\n | >\n | |+ | "
    "|- x | |9 | |0 | |2\n      x | >-\n    x\n  y | |\n x | !!str | !!str # x | # x | x # y | "
    "x# y | 'x' # y | 'x'# y | [a]# y | 'x\n  y' | x\n  y | x\n  y: z | x\n\n  y | x\n# c\n  y | "
    "'x\n\n\n  y' | \xe9 | \u2028 | \x85 | \ufeff | \ufffe | \U0001f600 | \x7f | \x80 | \x00 | "
    "\x1b | x\ty | \tx | x\t | x\t# y | '\t' | [a,\tb] | [\ta] | [\n\ta] | {a:\tb} | [\na] | "
    "[\n  a\n  ] | [\na\n] | {a: b}\n  c | [a] b | [a]: b | 'x': b | --- | ... | x --- | "
    "!!merge x | 999999999999999999999999 | 1e999 | -0 | 0.0 | 00 | +1 | ++1 | 1-1 | y | n | Y | "
    "~ | Null | nUll | TRUE | tRUE | On | oFF")

# What is inside of an interpolation,
PARTS = (
    "seed output_dir model optimizer.lr model._component_ dataset dataset.0 nowhere "
    "model.nowhere . .. .lr ..seed ...seed a[0] [seed] model[_component_] model['x'] "
    "checkpointer.checkpoint_files[0] checkpointer.checkpoint_files.0 "
    "checkpointer.checkpoint_files[9] checkpointer.checkpoint_files[-1] oc.env:HOME "
    "oc.env:NOPE_X oc.env:NOPE_X,1 oc.env:NOPE_X,null oc.env oc.env: oc.env:[a] oc.select:seed "
    "oc.select:nowhere oc.select:nowhere,1 oc.select: oc.decode:'3' oc.decode:'[1,' "
    "oc.decode:null oc.decode:3 oc.create:{a:1} oc.create:[1,2] oc.create:null oc.create:x "
    "oc.dict.keys:model oc.dict.values:model oc.dict.keys:seed oc.dict.keys:nowhere "
    "oc.dict.values:nowhere oc.deprecated:seed oc.deprecated:nowhere oc.nope:1 nope:1 nope.x:1 "
    "now: env:HOME seed, seed:1 1 1.5 -1 a-b a$b a%b a@b \xe9 'seed' \"seed\" seed[ seed] [ ] {} "
    "{a:b} oc.env:${seed} ${seed} ${nowhere} .${seed} model.${seed} ???"
).split(" ")

# and around it.
FRAMES = (
    "${%s} ${%s} ${%s} '${%s}' x${%s} ${%s}x ${%s}/x \"${%s}\" ${ %s } ${%s ${%s}} $${%s} "
    "\\${%s} \\\\${%s} '\\\\${%s}' {%s} ${{%s}} [${%s}] {a:\\ ${%s}} ${oc.select:%s} "
    "${oc.select:'%s'} ${%s}${%s} ${%s,1} '${oc.env:NOPE_X,''%s''}' ${oc.env:NOPE_X,${%s}} "
    "${oc.select:nowhere,${%s}} ${oc.decode:${%s}} ${oc.decode:'${%s}'} ${${%s}}"
).split(" ")

# Lines to add to a mapping,
LINES = values(
    "--- | --- # x | --- x | ---\n--- | ... | ...\n--- | ...\nx: 1 | ...\n... | ---\n... | "
    "%YAML 1.1 | %YAML 1.2\n--- | %YAML 2.0\n--- | %TAG ! x | "
    "%TAG !e! tag:x,2000:\n---\nx: !e!y 1 | --- {} | --- null | ---x | --- !!map | "
    "---\n%YAML 1.1\n--- | \ufeff | \ufeffx: 1 | x | - x | x: | x:y | ? x | ? x\n: y | : y | "
    "?\n: y | [a] | {a: 1} | 'x' | 'x': 1 | \"x\": 1 | x : 1 | x: 1: 2 | x:: 1 | x: - 1 | "
    "x: 'a | x: \"a | x: [a | x: {a | x: a] | # x | #x: | \t | \t# x | \tx: 1 | x:\t1 | x\t: 1 | "
    "x: 1\t# y |  \tx: 1 | x:\n\ty: 1 | x:\n  - a\n\t- b | x:\n  y: 1\n z: 2 | "
    "x:\n   y: 1\n  z: 2 | x:\n  y\n  z: 1 | x:\n  - y: 1\n    z: 2\n   w: 3 | x:\n- y\n- z | "
    "x:\n- y\n z | x: &a 1\ny: *a | y: *a\nx: &a 1 | x: &a 1\ny: &a 2\nz: *a | x: *a : 1 | "
    "*a : 1 | &a : 1 | &a x: 1 | x: !!str\ny: 1 | x: |\n  a\n b\ny: 1 | x: |\n\n    a\n  b | "
    "x: >2\n    a | x: |\n\ta | x: |-+\n  a | x: |# y\n  a | x: | # y\n  a | x: 'a\nb' | "
    "x: a\nb | x: \"a\\\nb\" | x: [a,\nb] | x: [a,\n b] | x: {a: b,\nc: d} | x: {a: b\n, c: d} | "
    "x: 1\nx: 2 | x: {a: 1}\nx: {a: 2} | 'x': 1\nx: 2 | x: 1\n\"\\x78\": 2 | !!str x: 1\nx: 2 | "
    "1: 1\n1.0: 2 | 1: 1\ntrue: 2 | yes: 1\ntrue: 2 | 1: a\n'1': b | x: ??? | x: ${nowhere} | "
    "x: ${x} | x: ${y}\ny: ${x} | x: {a: ${nowhere}} | x: [${nowhere}] | x: ${seed} | "
    "x: {_component_: torch.nn.NoSuch} | x: {_component_: torch.nn.Identity} | "
    "x: {_component_: 5} | x: {_component_: torch.optim.AdamW, lrr: 1} | "
    "x: [{_component_: torch.nn.NoSuch}] | x: {y: {_component_: torch.nn.NoSuch}} | "
    "x: {_component_: null} | x: {_component_: ''} | x: ${model} | x: ${optimizer} | "
    "_component_: torch.nn.NoSuch | _component_: torch.nn.Identity | _component_: null | "
    "x: {_component_: torch.optim.AdamW, lr: ${nowhere}} | "
    "x: {_component_: torch.optim.AdamW, lr: ???} | x: {_component_: ???} | "
    "x: {_component_: torch.optim.AdamW, 1: 2} | "
    "x: {_component_: torch.optim.AdamW, betas: [???]} | "
    "x: {<<: {_component_: torch.nn.NoSuch}} | config: x | self: x | cfg: x | content: x | "
    "_metadata: 1 | _content: 1 | _parent: 1 | __dict__: 1 | items: 1 | get: 1 | keys: [a] | "
    "pop: 1")

# and those with merge keys.
MERGES = values(
    "<<: *undefined | <<: 5 | <<: null | <<: '' | <<: [] | <<: {} | <<: [1] | <<: [{a: 1}] | "
    "<<: [{a: 1}, {a: 2}] | <<: [[{a: 1}]] | <<: {a: 1} | <<: {seed: 1} | "
    "<<: {_component_: x.y} | <<: {_component_: torch.nn.NoSuch} | <<: {a: 1}\n<<: {b: 2} | "
    "<<: {a: 1, a: 2} | <<: &m {a: 1}\nx: *m | x: &m {a: 1}\n<<: *m | "
    "x: &m {a: 1}\n<<: [*m, *m] | x: &m 5\n<<: *m | '<<': 5 | \"<<\": {a: 1} | !!str <<: 5 | "
    "!!merge x: {a: 1} | !!merge x: 5 | << : {a: 1} | <<:\n  a: 1 | <<: {<<: {a: 1}} | "
    "<<: {<<: 5} | <<: &r {<<: *r} | ? <<\n: {a: 1} | <<: {1: 2} | <<: {null: 2} | "
    "<<: !!map {a: 1} | <<: !!omap [a: 1] | <<: {a: ${nowhere}} | <<: {lr: 1, lrr: 2}")
