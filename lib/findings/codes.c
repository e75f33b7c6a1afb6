/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/findings/codes.h"

/* Sorted by code. An example is a wrong line or two, and the right ones. */
/* clang-format off */
static const struct code_text texts[] = {
    {"axes-overlap", "two axes of the grid change the same part of the base",
        "Every axis has places of its own in the base, where its values are put in. Two axes "
        "have none when both would begin the same missing mapping, or when the base writes it "
        "so that it can be replaced only as a whole. Give what they have in common in \"fixed\" "
        "or in the base.",
        "wrong: \"grid\": {\"a.b.x\": [1, 2], \"a.c.y\": [1, 2]}\n"
        "right: \"fixed\": {\"a.b.z\": 0, \"a.c.z\": 0}, \"grid\": …"},
    {"bad-component", "a component's name is no dotted path in Python",
        "The trainer imports the module that stands before the last dot and takes from it the "
        "name behind. Paths of files, empty parts and anything that is no text cannot be "
        "imported: a run stops when it comes to this component. Write the path as it stands "
        "in an import statement.",
        "wrong: _component_: torch/optim/AdamW\nright: _component_: torch.optim.AdamW"},
    {"bad-interpolation", "an interpolation ${…} is not written correctly",
        "${path} stands for the value of another key, and ${name:arguments} for what a "
        "resolver of OmegaConf gives. A brace that is not closed or an empty path makes the "
        "config unreadable. Where the text itself should hold ${, write \\${.",
        "wrong: root: /data\n"
        "       output_dir: ${root\n"
        "right: root: /data\n"
        "       output_dir: ${root}"},
    {"bad-key", "a key is not a text",
        "The keys of a config become names of arguments in Python, which are texts. In YAML a "
        "bare number, yes, no, on, off, true, false or null is none of these, also in front "
        "of a colon. Put quotes around the key.",
        "wrong: on: 1\nright: \"on\": 1"},
    {"bad-merge", "the merge key << takes mappings only",
        "<< copies the keys of another mapping into this one. What stands behind it has to be "
        "a mapping, an alias of one, or a list of them; anything else cannot be merged and "
        "the config cannot be read.",
        "wrong: <<: adamw\nright: <<: *adamw"},
    {"bad-metadata", "a file of metadata is not what sweepd writes",
        "The file .meta.yaml beside a config says what the config was made from. A key is "
        "missing, unknown or of the wrong type, or the file is of a newer version, so the "
        "config cannot be made again from it. Do not edit such files; make the config once "
        "more, or take an older copy. sweep-metadata(5) lists the keys.",
        "wrong: deletions: model.x\nright: deletions: [model.x]"},
    {"bad-name", "the name of a sweep cannot be used in paths",
        "The name becomes part of a directory and of the names of Slurm jobs. So it has 1 to "
        "64 letters, digits, dots, underscores and hyphens, and begins with a letter or a "
        "digit.",
        "wrong: \"name\": \"LoRA ranks/8B\"\nright: \"name\": \"lora-ranks-8B\""},
    {"bad-option", "an option of Slurm has a value that sbatch does not take",
        "The value becomes a line #SBATCH in the scripts. It is checked here, because sbatch "
        "would refuse the job only when it is submitted, or take the value for something "
        "else. The message says which form is wanted; `man sbatch` describes the option.",
        "wrong: \"slurm\": {\"time\": \"2 days\"}\nright: \"slurm\": {\"time\": \"2-00:00:00\"}"},
    {"bad-path", "this is no config path, or it leads nowhere in the base",
        "A config path is names joined by single dots, each a key in the mapping before it. "
        "There must be no empty name, and every part but the last has to be a mapping in the "
        "base or to be missing there.",
        "wrong: \"grid\": {\"model..lora_dropout\": [0, 0.1]}\n"
        "right: \"grid\": {\"model.lora_dropout\": [0, 0.1]}"},
    {"bad-recipe", "a recipe's name has characters that no recipe has",
        "The recipe becomes a word of the command in the scripts. It is a name, or the path "
        "of a recipe of your own, of letters, digits and the characters . _ / - only; blanks, "
        "quotes and a $ would mean something to the shell.",
        "wrong: \"recipe\": \"my recipe.py\"\nright: \"recipe\": \"recipes/mine.py\""},
    {"bad-scalar", "YAML gives this text a special meaning, and it is no value",
        "A bare = or << and a number that is begun but has no digits, such as 0x_, are "
        "special words of YAML. The reader that the trainer uses refuses them. Where the text "
        "itself is meant, put quotes around it.",
        "wrong: separator: =\nright: separator: \"=\""},
    {"bad-tag", "a YAML tag that the trainer cannot load",
        "A word with ! in front tells the reader of which type a value is. Only the standard "
        "ones such as !!str, !!int and !!float can be loaded, and only on values that fit; "
        "tags of programs, like !!python/tuple, are refused when the config is read. Leave "
        "the tag out.",
        "wrong: betas: !!python/tuple [0.9, 0.95]\nright: betas: [0.9, 0.95]"},
    {"bad-template", "output_dir has a placeholder that is not known",
        "Words in braces in output_dir are replaced for each run: {name} by the sweep's name, "
        "{run} by the run's, {index} by its number, and any key of the grid by its value. "
        "Other words would stay in the path as they are. An interpolation of the config, "
        "${…}, is left alone.",
        "wrong: \"output_dir\": \"/data/{sweep}/{run}\"\n"
        "right: \"output_dir\": \"/data/{name}/{run}\""},
    {"bad-value", "what stands behind --set cannot be read",
        "An override is written PATH=VALUE, and the value is read as YAML, as in a config. "
        "Mind the shell: brackets, braces, blanks and asterisks need quotes around the whole "
        "word. A parameter of several parts is set by its config paths.",
        "wrong: --set lora={rank: 8}\nright: --set model.lora_rank=8 --set model.lora_alpha=16"},
    {"base-file", "the file with the base config cannot be read",
        "The base is the config that all runs start from. The message says what the system "
        "answered: the file may be missing, not readable for you, or too large. A relative "
        "path starts at the directory of the spec, not at the one you are in.",
        "wrong: \"base\": {\"file\": \"configs/base.yaml\"}\n"
        "right: \"base\": {\"file\": \"/home/me/configs/base.yaml\"}"},
    {"builder", "a step that should have built the config failed",
        "The builder remembers the first of its calls that failed, and takes no further ones. "
        "So there is no config that could be checked. The message is that call's; correct its "
        "argument, or ask for the builder's status after each step to find it.",
        "wrong: sweep_with_batch_size(builder, 0)\nright: sweep_with_batch_size(builder, 2)"},
    {"cyclic-interpolation", "an interpolation refers to itself",
        "The value of a key is taken from another one, which in the end takes it from the "
        "first. It has no value then, and a run stops as soon as it reads one of them. The "
        "same is said of interpolations that are nested too deeply or grow without end. Write "
        "the value itself in one of the places.",
        "wrong: a: ${b}\n"
        "       b: ${a}\n"
        "right: a: /data\n"
        "       b: ${a}"},
    {"dead-axis", "an axis of the grid changes nothing",
        "The recipe never reads what the axis sets, or does not use it with the other "
        "settings. So every run would be made once for each value of the axis, and all of "
        "these would learn the same. Take the axis out, or set what makes its values count. A "
        "single value may stay, in \"fixed\".",
        "wrong: \"grid\": {\"lr\": [1e-4, 2e-5], \"log_level\": [\"INFO\", \"WARN\"]}\n"
        "right: \"grid\": {\"lr\": [1e-4, 2e-5]}"},
    {"dead-key", "the recipe never reads this key",
        "A config may have any key at the top; one that the recipe does not ask for is passed "
        "over without a word. So the value changes nothing: mostly it is mistyped, of another "
        "recipe, or belongs into a mapping. As a note it is said of keys that shipped configs "
        "carry without need. Correct it or take it out.",
        "wrong: learning_rate: 2e-5\n"
        "right: optimizer:\n"
        "         lr: 2e-5"},
    {"duplicate-anchor", "an anchor is defined twice",
        "&name gives a value a name, so that *name can repeat it below. YAML would let a "
        "second one replace the first, but the reader that the trainer uses refuses the "
        "config. Rename one of them.",
        "wrong: a: &x 1\n"
        "       b: &x 2\n"
        "right: a: &x 1\n"
        "       b: &y 2"},
    {"duplicate-key", "a key stands in the same mapping twice",
        "Only one of the two values could count, and which one depends on the reader: many "
        "take the last without a word, the trainer's refuses the config. Keep the one that is "
        "meant.",
        "wrong: lr: 1e-4\n"
        "       weight_decay: 0.1\n"
        "       lr: 2e-5\n"
        "right: lr: 2e-5\n"
        "       weight_decay: 0.1"},
    {"duplicate-value", "an axis holds the same value twice",
        "Every value of an axis makes runs of its own. Two equal values, also if they are "
        "written differently, make pairs of equal runs, which cost twice and tell nothing "
        "new. To repeat runs, add an axis of seeds.",
        "wrong: \"grid\": {\"weight_decay\": [0, 0.0]}\n"
        "right: \"grid\": {\"weight_decay\": [0], \"seed\": [1, 2]}"},
    {"empty", "a value that is needed is empty",
        "An empty text or mapping stands where a name, a path or the like is needed. Nothing "
        "can be made of it. Give the value, or leave the key out where it is optional.",
        "wrong: \"output_dir\": \"\"\nright: \"output_dir\": \"/data/runs\""},
    {"empty-axis", "an axis of the grid has no values",
        "The number of runs is the product of the numbers of values, so that an axis without "
        "any leaves no run at all. Give it at least one value, or take it out of the grid.",
        "wrong: \"grid\": {\"lr\": []}\nright: \"grid\": {\"lr\": [2e-5]}"},
    {"environment", "a value is known only where the run starts",
        "${oc.env:NAME} and OmegaConf's other resolvers are evaluated when the run reads its "
        "config, on the machine where it runs. What depends on this value is not checked "
        "here. Make sure that the variable is set in the job, or write the value itself.",
        "wrong: checkpoint_dir: ${oc.env:MODELS}\nright: checkpoint_dir: /models/llama"},
    {"gave-up", "sweepd has given up on a spec",
        "sweepd ended before it was done with this spec, and again when it took the spec up "
        "anew: as often as `attempts` says. Most often the machine ran out of memory and the "
        "spec is the one that asks for too much; sometimes it only happened to be there. Make "
        "the sweep smaller, or drop the spec once more.",
        "wrong: MemoryMax=50M in the unit\nright: MemoryMax=1G in the unit"},
    {"incomplete-profile", "the profile lacks what a sweep needs",
        "A profile without the command of a run is enough to validate configs, but a sweep has "
        "scripts that start the runs. Recipes of one process need launch.single in the profile, "
        "the others launch.distributed; sweepd-profile(5) describes both.",
        "wrong: {\"trainer\": \"mine\", \"version\": \"1\"}\n"
        "right: {\"trainer\": \"mine\", \"version\": \"1\",\n"
        "        \"launch\": {\"single\": [\"my-trainer\", \"{config}\"]}}"},
    {"int-range", "an integer is too large",
        "Integers here have 64 bits, from -9223372036854775808 to 9223372036854775807. If a "
        "long number is an identifier or the like, put quotes around it to make it a text.",
        "wrong: run_id: 20250131123456789012\nright: run_id: \"20250131123456789012\""},
    {"json-syntax", "the spec is not valid JSON",
        "The text breaks a rule of JSON at the place shown, or just before it. Often it is a "
        "comma behind the last item or a missing one between two, single quotes, a comment, "
        "or Python's True, False and None. Nothing behind the place was read.",
        "wrong: {'seed': None,}\nright: {\"seed\": null}"},
    {"lora-pair", "LoRA's rank and alpha are not given together",
        "LoRA's update is scaled by alpha / rank: a rank that is changed alone changes the "
        "scale as well, and runs of different rank can no longer be compared. So both are set "
        "together, as pairs or as the product of two lists.",
        "wrong: \"grid\": {\"lora\": [8, 16]}\n"
        "right: \"grid\": {\"lora\": {\"rank\": [8, 16], \"alpha\": [16, 32]}}"},
    {"missing-argument", "a component lacks an argument that has no default",
        "The trainer calls the component with the arguments that stand in its mapping. "
        "Without this one Python raises a TypeError when the component is made, which may be "
        "minutes into the run. Add the argument.",
        "wrong: model:\n"
        "         _component_: my.lora_model\n"
        "right: model:\n"
        "         _component_: my.lora_model\n"
        "         lora_rank: 8"},
    {"missing-key", "a key that is needed is not there",
        "In a config, the recipe reads this key and has no value of its own for it: the run "
        "stops when it comes to it. A key that is not read and has a similar name is probably "
        "meant to be it. In a spec, nothing can be made without the key.",
        "wrong: batchsize: 2\nright: batch_size: 2"},
    {"missing-recipe", "nothing says which recipe runs the base",
        "A shipped config belongs to one recipe, but a file of your own may be for any. The "
        "recipe decides which keys are read and how the run is started. Name it in the spec.",
        "wrong: \"base\": {\"file\": \"base.yaml\"}\n"
        "right: \"base\": {\"file\": \"base.yaml\"}, \"recipe\": \"mine.py\""},
    {"missing-value", "a value is still to be given",
        "?\?? is OmegaConf's mark for a value that must be filled in. A run fails as soon as "
        "it reads the key. Set the value in the config, or in a sweep in \"fixed\" or \"grid\".",
        "wrong: checkpoint_dir: ?\??\nright: checkpoint_dir: /models/llama"},
    {"needs-restart", "a setting changes only when sweepd starts anew",
        "sweepd was told to read its settings again, and one is different that it cannot change "
        "while it runs: directories, its socket, or who it may run as. It goes on with what it "
        "had. Start it anew for the change to count.",
        "wrong: systemctl --user reload sweepd\nright: systemctl --user restart sweepd"},
    {"negative", "a number is below zero",
        "The parameter counts or measures something that cannot be negative. Zero is allowed; "
        "where it means that nothing is done, it switches the thing off.",
        "wrong: \"fixed\": {\"weight_decay\": -0.1}\nright: \"fixed\": {\"weight_decay\": 0.1}"},
    {"no-component", "a mapping does not say which component it is for",
        "The recipe makes an object from this mapping, and takes its class or function from "
        "the key that names the component. Without it there is nothing to make, and the run "
        "fails there. Add that key.",
        "wrong: optimizer: {lr: 2e-5}\n"
        "right: optimizer: {_component_: torch.optim.AdamW, lr: 2e-5}"},
    {"no-parent", "the mapping that a value should go into is not in the base",
        "The base has no such component, so that there is nothing that the argument could "
        "belong to. Set the mapping's component first; settings are applied in the order in "
        "which they are written.",
        "wrong: \"fixed\": {\"lr_scheduler.num_warmup_steps\": 10}\n"
        "right: \"fixed\": {\"lr_scheduler._component_\": \"my.scheduler\",\n"
        "                 \"lr_scheduler.num_warmup_steps\": 10}"},
    {"not-a-mapping", "something that should have keys is a single value or a list",
        "A config is a mapping of keys to values, and a config path leads through mappings. "
        "Here a list or a single value stands in the way, or the file is one. Often a blank "
        "behind a colon is missing.",
        "wrong: epochs:1\nright: epochs: 1"},
    {"not-finite", "a number is infinite or not a number",
        ".inf and .nan are numbers in YAML, but no value that a run could be made from: JSON "
        "has no word for them, and in a computation they spoil all that follows. Where a "
        "program takes the word \"inf\" as a text, put quotes around it.",
        "wrong: clip_grad_norm: .inf\nright: clip_grad_norm: 'inf'"},
    {"not-fraction", "a number is not from 0 to below 1",
        "The parameter is a share of the whole, a probability. A dropout of 1 would drop "
        "everything.",
        "wrong: \"fixed\": {\"lora_dropout\": 5}\nright: \"fixed\": {\"lora_dropout\": 0.05}"},
    {"not-positive", "a number is zero or less",
        "The parameter has no meaning unless it is above zero: a batch of no samples, no "
        "epochs, a learning rate that moves nothing. Give a larger number; to switch "
        "something off, leave it out or set its config path to null.",
        "wrong: \"fixed\": {\"batch_size\": 0}\nright: \"fixed\": {\"batch_size\": 1}"},
    {"not-utf8", "the file is not UTF-8 text",
        "Configs are read as UTF-8. At the place shown there is a byte that cannot stand "
        "there: the file may be in Latin-1 or UTF-16, or no text at all. Convert it, with "
        "`iconv -t UTF-8` for one.",
        "wrong: name: caf\\xe9\nright: iconv -f LATIN1 -t UTF-8 old.yaml > new.yaml"},
    {"number-range", "a number is too large for any type",
        "Integers in a spec have 64 bits, floating point numbers go up to 1.8e308. What is "
        "larger cannot be kept exactly, and is refused rather than changed.",
        "wrong: \"lr\": 1e999\nright: \"lr\": 1e-5"},
    {"output-collision", "two runs would write into the same directory",
        "The output_dir of two runs is the same once its placeholders are replaced, and each "
        "would overwrite what the other saves. Put {run} into it, or the keys of all axes.",
        "wrong: \"output_dir\": \"/data/{lr}\"\nright: \"output_dir\": \"/data/{lr}/{run}\""},
    {"positional-argument", "an argument that can be given by position only",
        "The function takes this argument by its position and not by its name, and what a "
        "config gives is passed by name. Python raises a TypeError when the component is "
        "made. Take the argument out; if it is needed, wrap the function in one of your own.",
        "wrong: _component_: my.loss\n"
        "       x: 1\n"
        "right: _component_: my.loss"},
    {"relative-path", "a path depends on where the job starts",
        "A dataset's relative path is looked up from the working directory of the run, which "
        "need not be the one that you are in now. This is only a warning. An absolute path is "
        "found from everywhere.",
        "wrong: \"fixed\": {\"dataset\": \"data/train.jsonl\"}\n"
        "right: \"fixed\": {\"dataset\": \"/home/me/data/train.jsonl\"}"},
    {"rewritten", "the configs are written anew, without the base's comments",
        "As a rule the base's text is kept and only values are changed in it. This one is "
        "written in a way that cannot be edited in place, so that all configs are written "
        "from its values. They mean the same, but comments and layout are lost. Mostly "
        "aliases or merge keys are the cause, at the place that changes.",
        "wrong: model:\n"
        "         <<: *defaults\n"
        "right: model:\n"
        "         lora_rank: 8"},
    {"set-together", "values that belong together are not all set",
        "The profile lists config paths that mean something only together, such as two values of "
        "which the trainer uses the ratio. A sweep that changes one and leaves the others as the "
        "base has them would compare runs that differ in more than it says. Set all of them, in "
        "\"fixed\" or as axes.",
        "wrong: \"grid\": {\"hops.grams\": [20, 30]}\n"
        "right: \"grid\": {\"hops.grams\": [20, 30]},\n"
        "       \"fixed\": {\"hops.minutes\": 60}"},
    {"set-twice", "the same thing is set in two places",
        "Two settings have the same path, or one contains the other: a parameter and its "
        "config path, an entry of \"fixed\" and one of the grid, or an option of Slurm in two "
        "spellings. Only one could win. Keep the one that is meant.",
        "wrong: \"fixed\": {\"lr\": 1e-4}, \"grid\": {\"optimizer.lr\": [2e-5]}\n"
        "right: \"grid\": {\"lr\": [1e-4, 2e-5]}"},
    {"settings-file", "a file of settings cannot be read",
        "The file of settings for sweepd is not there although it was named, is no regular file, "
        "or may not be read. sweepd does not start then: it would do something else than it was "
        "told.",
        "wrong: sweepd --config /etc/sweepd\nright: sweepd --config /etc/sweepd/sweepd.yaml"},
    {"several-documents", "the file holds more than one YAML document",
        "A line with three hyphens begins a new document. The trainer reads configs of one "
        "document and refuses others. Put what follows into a file of its own.",
        "wrong: a: 1\n"
        "       ---\n"
        "       a: 2\n"
        "right: a: 1"},
    {"supplied-argument", "the recipe gives this argument itself",
        "The recipe passes the argument when it makes the component. As an error: it passes "
        "it by position, and a second one of that name raises a TypeError. As a warning: its "
        "own value wins, and the one of the config is never used. Take it out of the config.",
        "wrong: optimizer:\n"
        "         params: []\n"
        "right: optimizer:\n"
        "         lr: 2e-5"},
    {"swallowed-argument", "the component takes this argument and ignores it",
        "The component accepts any argument (**kwargs), so that a mistyped one raises no "
        "error: it goes nowhere, and the run uses a default instead of the value. Correct the "
        "name, or take it out.",
        "wrong: max_sequence_len: 2048\nright: max_seq_len: 2048"},
    {"tab", "a tab stands where older readers refuse one",
        "YAML forbids tabs in indentation, and older versions of OmegaConf refuse them "
        "between values too. The config may load on one machine and fail on another. Use "
        "blanks.",
        "wrong: lr:<tab>2e-5\nright: lr: 2e-5"},
    {"too-deep", "mappings and lists are nested too deeply",
        "Unless other limits are set, 32 levels are read in a spec and 64 in a config; no config "
        "needs nearly as many. Mostly the file is damaged, or not the one that was meant.",
        "wrong: [[[[…]]]]\nright: […]"},
    {"too-large", "there is more of it than is read",
        "Unless other limits are set, specs and configs have at most 1 MiB, a spec 10000 keys and "
        "1000 settings, a config 100000 values once its aliases are expanded, and the configs "
        "of a sweep 4 GiB. The limits keep a wrong file from using up the machine. Check that "
        "it is the file that was meant; split a sweep that is really so large, or set another "
        "limit: sweepctl(1) lists them.",
        "wrong: sweepctl validate model.safetensors\nright: sweepctl validate config.yaml"},
    {"too-long", "a text in the spec is too long",
        "Unless another limit is set, a text in a spec may have 4096 bytes. Longer ones, "
        "templates or lists of files, belong into the base config or into a file of their own "
        "that the spec names.",
        "wrong: \"fixed\": {\"prompt_template\": \"…5000 bytes…\"}\n"
        "right: \"fixed\": {\"prompt_template\": \"my.module.template\"}"},
    {"too-many-runs", "the grid makes too many runs",
        "The number of runs is the product of the numbers of values of all axes, and grows "
        "fast; unless another limit is set, at most 100000 are made. Take values or axes out, or "
        "fix some axes and make several sweeps one after the other.",
        "wrong: \"grid\": {\"seed\": [1, 2, …], \"lr\": […], \"lora\": […], …}\n"
        "right: \"grid\": {\"seed\": [1, 2, 3], \"lr\": [1e-4, 2e-5]}"},
    {"type-change", "a value of another kind would take the place of one in the base",
        "A setting keeps what the base has: a number for a number, a text for a text, true or "
        "false for these, a list for a list, a mapping for a mapping. Anything else is mostly "
        "a slip. null and interpolations may take any place. Correct the value, set paths "
        "inside the mapping, or change the base.",
        "wrong: \"fixed\": {\"optimizer\": \"torch.optim.SGD\"}\n"
        "right: \"fixed\": {\"optimizer._component_\": \"torch.optim.SGD\"}"},
    {"unchecked-argument", "nothing says whether the component has this argument",
        "The component is not in the profile, or hands arguments on to another function. So a "
        "mistyped name would not be noticed here. This is only a warning; a profile of your "
        "own (--profile) can describe the component.",
        "wrong: _component_: my.dataset\n"
        "       splt: train\n"
        "right: _component_: my.dataset\n"
        "       split: train"},
    {"unchecked-component", "nothing is known of this component",
        "The component belongs to a package that the profile does not describe, your own for "
        "one. Its name and its arguments cannot be checked. This is only a warning; --profile "
        "FILE takes a description of it, and --unknown error makes it an error.",
        "wrong: _component_: my.model\n"
        "right: {\"extends\": \"torchtune-0.6.1\",\n"
        "        \"components\": {\"my.model\": {\"arguments\": {…}}}}"},
    {"unchecked-resolver", "a resolver of OmegaConf that is not evaluated",
        "Only ${oc.env:NAME} and a plain ${oc.decode:'3'} are read. What other resolvers give, or "
        "whether they fail, is not worked out, so that the config cannot be vouched for. Write the "
        "value itself.",
        "wrong: seed: ${oc.select:nowhere,3}\nright: seed: 3"},
    {"unfit-file", "what was dropped is not a file that sweepd reads",
        "Specs are regular files of their own: no links, whose target somebody else may change "
        "or own; no directories, pipes or devices; not larger than limits.spec_bytes; and they "
        "belong to the user that sweepd runs as, unless `owner` allows others. Drop a copy of "
        "the file.",
        "wrong: ln -s ~/grid.json specs/\nright: sweepctl drop ~/grid.json specs"},
    {"unknown-alias", "an alias has no anchor before it",
        "*name repeats the value that &name was put in front of, further up in the same file. "
        "There is none of this name. Where the text itself should begin with an asterisk, put "
        "quotes around it.",
        "wrong: b: *x\n"
        "       a: &x 1\n"
        "right: a: &x 1\n"
        "       b: *x"},
    {"unknown-argument", "the component has no such argument",
        "The trainer calls the component with every argument in its mapping, and Python "
        "raises a TypeError for one that it does not have. The run fails when it makes the "
        "component, which may be after the weights were loaded. Correct the name or take it "
        "out.",
        "wrong: optimizer:\n"
        "         _component_: torch.optim.AdamW\n"
        "         learning_rate: 2e-5\n"
        "right: optimizer:\n"
        "         _component_: torch.optim.AdamW\n"
        "         lr: 2e-5"},
    {"unknown-base", "there is no base config of this name, or its text is not at hand",
        "A base is named as the trainer lists its shipped configs. Some are compiled in, the "
        "others are read from an installed trainer: give --torchtune DIR, or activate its "
        "environment. `sweepctl bases` lists all names. A file of your own is given as an "
        "object.",
        "wrong: \"base\": \"base.yaml\"\nright: \"base\": {\"file\": \"base.yaml\"}"},
    {"unknown-component", "the trainer has no component of this name",
        "All public names of the package are known, and this is none of them: it is mistyped, "
        "stands in another module, or is of another version. A run fails with an import error "
        "when it makes the component.",
        "wrong: _component_: torch.optim.Adamw\nright: _component_: torch.optim.AdamW"},
    {"unknown-data", "no data file was found in a dataset's directory",
        "A directory is loaded by the kind of the files in it: JSON, CSV, Parquet or text. "
        "None was found here, or the directory is not visible from this machine, so JSON is "
        "assumed. This is only a warning. Name the files themselves to be sure.",
        "wrong: \"fixed\": {\"dataset\": \"/data/train/\"}\n"
        "right: \"fixed\": {\"dataset\": \"/data/train/part.parquet\"}"},
    {"unknown-key", "a spec has no such key",
        "A spec has few keys of its own, and so have the objects in it. Parameters and config "
        "paths go into \"fixed\", or into \"grid\" with a list of values. sweep-spec(5) describes "
        "all keys.",
        "wrong: {\"name\": \"x\", \"lr\": 2e-5}\n"
        "right: {\"name\": \"x\", \"fixed\": {\"lr\": 2e-5}}"},
    {"unknown-option", "there is no such option of Slurm",
        "Options have sbatch's own long names. Those that the scripts set themselves, such as "
        "array, output and job-name, and those that run a command cannot be given. `sweepctl "
        "generate --help` lists the others.",
        "wrong: \"slurm\": {\"gpu\": 1}\nright: \"slurm\": {\"gpus\": 1}"},
    {"unknown-parameter", "neither a parameter nor a key of the config",
        "A setting is one of the parameters that sweep-spec(5) lists, or a config path. A "
        "word without a dot that is no parameter has to be a key at the top of the base, or "
        "one that the recipe reads. The trainer would accept it and never read it.",
        "wrong: \"fixed\": {\"learning_rat\": 2e-5}\nright: \"fixed\": {\"learning_rate\": 2e-5}"},
    {"unknown-path", "neither the base nor the recipe has this path",
        "The base has no such key at the top, and the recipe never asks for one. The value "
        "would be written into every config and change nothing in the runs.",
        "wrong: \"fixed\": {\"optimiser.lr\": 2e-5}\nright: \"fixed\": {\"optimizer.lr\": 2e-5}"},
    {"unknown-recipe", "the trainer has no recipe of this name",
        "The run could not be started. A recipe of your own is given by its path, with a "
        "slash or a dot in it, and is taken as it is.",
        "wrong: --recipe lora_finetune\nright: --recipe lora_finetune_single_device"},
    {"unknown-resolver", "OmegaConf has no resolver of this name",
        "${name:arguments} calls a resolver. OmegaConf has a few, oc.env for one; others "
        "exist only where a program registers them, which the trainer does not. A run fails "
        "as soon as it reads the key.",
        "wrong: output_dir: ${env:HOME}/runs\nright: output_dir: ${oc.env:HOME}/runs"},
    {"unresolved-interpolation", "an interpolation leads to nothing",
        "${path} stands for the value at a path from the top of the config, or with dots in "
        "front from the mapping that it stands in. There is no such key, so a run fails as "
        "soon as it reads this one.",
        "wrong: dir: /models\n"
        "       checkpoint_dir: ${dri}/llama\n"
        "right: dir: /models\n"
        "       checkpoint_dir: ${dir}/llama"},
    {"wrong-item", "an item of a list has the wrong type",
        "The list is fine, but one of its items is not what the argument takes; the message "
        "names it. Often it is a number in quotes, or a word that is not one of those "
        "allowed.",
        "wrong: lora_attn_modules: [q_proj, 3]\nright: lora_attn_modules: [q_proj, k_proj]"},
    {"wrong-type", "a value has the wrong type",
        "The key, argument or parameter takes values of another type; the message names both. "
        "Numbers in quotes are texts, None is one too (YAML's word is null), and true is "
        "never an integer. A run would fail where it uses the value, or take it for something "
        "else.",
        "wrong: batch_size: \"2\"\nright: batch_size: 2"},
    {"wrong-value", "a word is none of those allowed",
        "The argument or key takes one of a few words, which the message lists. Any other is "
        "refused when the run uses it, or taken for the default.",
        "wrong: reduction: average\nright: reduction: mean"},
    {"yaml-syntax", "the config is not valid YAML",
        "The text breaks a rule of YAML at the place shown, or somewhat before it. Often a "
        "line is indented differently from its neighbours, a bracket or quote is not closed, "
        "or a text with a colon and a blank in it needs quotes. Nothing behind the place was "
        "read.",
        "wrong: note: LoRA: rank 8\nright: note: \"LoRA: rank 8\""},
};
/* clang-format on */

enum { N_TEXTS = sizeof texts / sizeof *texts };

const struct code_text *code_text_at(size_t index)
{
    return index < N_TEXTS ? &texts[index] : NULL;
}

const struct code_text *code_text_find(const char *code)
{
    size_t first = 0, behind = N_TEXTS;
    while (first < behind) {
        size_t middle = first + (behind - first) / 2;
        int order = strcmp(code, texts[middle].code);
        if (order == 0)
            return &texts[middle];
        if (order < 0)
            behind = middle;
        else
            first = middle + 1;
    }
    return NULL;
}
