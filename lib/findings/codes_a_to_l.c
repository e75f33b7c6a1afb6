/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/findings/codes.h"

/* Sorted by code. */
/* clang-format off */
const struct code_text codes_a_to_l[] = {
    {"axes-overlap", "two axes change the same part of the base",
        "Each axis needs its own place in the base, where its values are inserted. Two axes "
        "cannot have one if both would create the same missing mapping, or if the base is written "
        "so that the mapping can only be replaced as a whole. Put what they have in common into "
        "\"fixed\" or into the base.",
        "wrong: \"grid\": {\"a.b.x\": [1, 2], \"a.c.y\": [1, 2]}\n"
        "right: \"fixed\": {\"a.b.z\": 0, \"a.c.z\": 0}, \"grid\": …"},
    {"bad-component", "a component's name is not a dotted Python path",
        "The trainer imports the module before the last dot and takes the name after it from "
        "there. File paths, empty parts and values that are not strings cannot be imported, so a "
        "run stops when it reaches this component. Write the path as in an import statement.",
        "wrong: _component_: torch/optim/AdamW\nright: _component_: torch.optim.AdamW"},
    {"bad-deletion", "something that cannot be deleted, or another value than true",
        "\"~PATH\": true deletes a key of the base, as `tune run … ~PATH` does. On an axis, false "
        "keeps the key. As there, a component cannot be deleted, and neither can its _component_; "
        "nor can an item of a list, or the output directory.",
        "wrong: \"fixed\": {\"~optimizer\": true}\n"
        "right: \"fixed\": {\"~optimizer.fused\": true}"},
    {"bad-expression", "an expression cannot be used",
        "A string that begins with \"=\" and has no braces is an expression, and so are entries "
        "of \"where\" and \"exclude\". Names are parameters (lr), their fields (lora.rank) and "
        "config paths (optimizer.lr). It may also be right in itself, but fail for the values of "
        "some runs.",
        "wrong: \"where\": \"lora.alpha = 2 * lora.rank\"\n"
        "right: \"where\": \"lora.alpha == 2 * lora.rank\""},
    {"bad-extends", "files extend each other in a circle, or too deeply",
        "A spec can extend others, which may extend further ones, up to 8 levels deep. None of "
        "them may extend one that it is extended by. The message shows the chain.",
        "wrong: a.json: {\"extends\": \"b.json\"}\n       b.json: {\"extends\": \"a.json\"}\n"
        "right: a.json: {\"extends\": \"common.json\"}\n"
        "       b.json: {\"extends\": \"common.json\"}"},
    {"bad-generator", "the values of an axis cannot be computed",
        "Instead of a list, an axis can have {\"range\": [lo, hi]} or [lo, hi, step], "
        "{\"linspace\": [lo, hi, n]} or {\"logspace\": [lo, hi, n]}: n values with both ends, "
        "evenly spaced, or evenly in the logarithm. The ends of a logspace are positive values, "
        "not exponents. sweep-spec(5) lists them.",
        "wrong: \"lr\": {\"logspace\": [-5, -3, 5]}\n"
        "right: \"lr\": {\"logspace\": [1e-5, 1e-3, 5]}"},
    {"bad-interpolation", "an interpolation ${…} has a syntax error",
        "${path} is replaced by the value of another key, and ${name:arguments} by the result of "
        "an OmegaConf resolver. With an unclosed brace or an empty path, the config cannot be "
        "read. To write ${ itself, use \\${.",
        "wrong: root: /data\n"
        "       output_dir: ${root\n"
        "right: root: /data\n"
        "       output_dir: ${root}"},
    {"bad-key", "a key is not a string",
        "The keys of a config become names of Python arguments, which are strings. In YAML, a "
        "number, yes, no, on, off, true, false or null without quotes is not a string, even "
        "before a colon. Put quotes around the key.",
        "wrong: on: 1\nright: \"on\": 1"},
    {"bad-merge", "the merge key << has a value that is not a mapping",
        "<< copies the keys of another mapping into this one. Its value must be a mapping, an "
        "alias of one, or a list of these; with anything else, the config cannot be read.",
        "wrong: <<: adamw\nright: <<: *adamw"},
    {"bad-metadata", "a metadata file is not valid",
        "The .meta.yaml file next to a config records what the config was made from. A key is "
        "missing, unknown or of the wrong type, or a newer version wrote the file, so the config "
        "cannot be rebuilt from it. Do not edit these files; generate the config again, or "
        "restore an older copy. sweep-metadata(5) lists the keys.",
        "wrong: deletions: model.x\nright: deletions: [model.x]"},
    {"bad-name", "a sweep's name cannot be used in paths",
        "The name becomes part of a directory name and of the names of Slurm jobs. It must have 1 "
        "to 64 characters, only letters, digits, dots, underscores and hyphens, and start with a "
        "letter or a digit.",
        "wrong: \"name\": \"LoRA ranks/8B\"\nright: \"name\": \"lora-ranks-8B\""},
    {"bad-option", "a Slurm option has a value that sbatch does not accept",
        "The value becomes an #SBATCH line in the scripts. It is checked here because sbatch "
        "would only reject it when the job is submitted, or would misread it. The message says "
        "which form is expected; `man sbatch` describes the option.",
        "wrong: \"slurm\": {\"time\": \"2 days\"}\nright: \"slurm\": {\"time\": \"2-00:00:00\"}"},
    {"bad-output-dir", "the runs would write to the root directory",
        "Each run gets a directory below output_dir. The root directory is not a place for them; "
        "most often a variable was not set. Name a directory.",
        "wrong: \"output_dir\": \"/\"\nright: \"output_dir\": \"/data/sweeps\""},
    {"bad-path", "not a config path, or it does not fit the base",
        "A config path consists of names joined by single dots, each a key of the mapping before "
        "it. No name can be empty, and every part but the last must be a mapping in the base, or "
        "not exist there.",
        "wrong: \"grid\": {\"model..lora_dropout\": [0, 0.1]}\n"
        "right: \"grid\": {\"model.lora_dropout\": [0, 0.1]}"},
    {"bad-processes", "the number of processes does not fit the recipe",
        "processes is the number of processes of a run on its node, an int from 1 to 1024. A "
        "single-device recipe of the trainer always runs in one. A distributed one, or your own "
        "when slurm asks for more than one GPU, runs in one process for each GPU if processes is "
        "left out. GPUs and nodes that slurm would reserve and the run not use are an error, and "
        "so are numbers that Slurm could split over the nodes in another way.",
        "wrong: \"recipe\": \"lora_finetune_single_device\", \"processes\": 4\n"
        "right: \"recipe\": \"lora_finetune_distributed\", \"processes\": 4"},
    {"bad-recipe", "a recipe's name has characters that are not allowed",
        "The recipe becomes part of a command in the scripts. It is a name, or the path of your "
        "own recipe, and can only contain letters, digits and the characters . _ / -, since the "
        "shell would interpret spaces, quotes and $.",
        "wrong: \"recipe\": \"my recipe.py\"\nright: \"recipe\": \"recipes/mine.py\""},
    {"bad-resume", "a run cannot resume, or would train something else",
        "With \"resume\": true, a later attempt goes on from the last checkpoint of another. "
        "That is allowed for recipes that then train as if they had not been interrupted. With "
        "others, the result is another experiment; \"force\" accepts that, and the status files "
        "say so. Without resume, each attempt starts from the beginning.",
        "wrong: \"recipe\": \"lora_finetune_single_device\", \"resume\": true\n"
        "right: \"recipe\": \"full_finetune_single_device\", \"resume\": true"},
    {"bad-scalar", "a word with a special meaning in YAML is used as a value",
        "A bare = or <<, and a number without digits such as 0x_, are special in YAML, and the "
        "trainer's YAML reader rejects them. Put quotes around them if you mean the string.",
        "wrong: separator: =\nright: separator: \"=\""},
    {"bad-setup", "a value of setup or run_with that a job cannot use",
        "setup and run_with become part of the job script. Modules and conda environments are "
        "names, a venv and a prolog are paths, env has names of variables with strings or ints, "
        "and run_with is a list of words. Values are quoted: ~/ at the start is the home "
        "directory, but $VARIABLES are not expanded. sweepd accepts only a prolog that its "
        "settings list.",
        "wrong: \"setup\": {\"env\": {\"HF-HOME\": \"/scratch/hf\"}}\n"
        "right: \"setup\": {\"env\": {\"HF_HOME\": \"/scratch/hf\"}}"},
    {"bad-sweep", "a node of \"sweep\" is two things at once",
        "A node is either an object of axes, which means all their combinations, or it has one of "
        "the keys product, zip, union and cases. Combine several with product.",
        "wrong: {\"union\": [{\"lr\": [1e-4]}], \"seed\": [1, 2]}\n"
        "right: {\"product\": [{\"lr\": [1e-4]}, {\"seed\": [1, 2]}]}"},
    {"bad-tag", "a YAML tag that the trainer cannot load",
        "A word starting with ! sets the type of a value. Only standard tags such as !!str, !!int "
        "and !!float can be loaded, and only on values that fit; with language-specific tags such "
        "as !!python/tuple, the config cannot be read. Remove the tag.",
        "wrong: betas: !!python/tuple [0.9, 0.95]\nright: betas: [0.9, 0.95]"},
    {"bad-template", "a template is not complete, or has an unknown placeholder",
        "A string of \"fixed\" or \"grid\" that begins with \"=\" is a template, and so is "
        "output_dir. In braces it can have name, run, index, a parameter (lr, lora.rank) or a "
        "config path. {{ and }} are braces. A string that itself begins with \"=\" is written "
        "with \"==\".",
        "wrong: \"fixed\": {\"metric_logger.filename\": \"={nmae}.txt\"}\n"
        "right: \"fixed\": {\"metric_logger.filename\": \"={name}.txt\"}"},
    {"bad-value", "the argument of --set is not valid",
        "An override has the form PATH=VALUE, with the value in YAML, as in a config. Because of "
        "the shell, put quotes around the whole argument if it contains brackets, braces, spaces "
        "or asterisks. Set a parameter with several fields by its config paths.",
        "wrong: --set lora={rank: 8}\nright: --set model.lora_rank=8 --set model.lora_alpha=16"},
    {"base-file", "the base config cannot be read",
        "All runs start from the base config. The message contains the system's reason: the file "
        "may be missing, not readable by you, or too large. A relative path is resolved against "
        "the directory of the spec, not against the current directory.",
        "wrong: \"base\": {\"file\": \"configs/base.yaml\"}\n"
        "right: \"base\": {\"file\": \"/home/me/configs/base.yaml\"}"},
    {"builder", "a step of building the config failed",
        "The builder keeps the error of the first call that failed and ignores later calls, so "
        "there is no config to check. The message is that call's error; correct its argument, or "
        "check the builder's status after each step to find the call.",
        "wrong: sweep_with_batch_size(builder, 0)\nright: sweep_with_batch_size(builder, 2)"},
    {"cluster-limit", "no partition or node of the cluster can meet the request",
        "With --cluster, and by sweepctl submit, the options are compared with the limits of the "
        "partitions, nodes and accounts of the Slurm cluster. sbatch accepts several of these "
        "requests, but the jobs would wait for ever. What is known of the cluster is some minutes "
        "old at most.",
        "wrong: \"slurm\": {\"partition\": \"short\", \"time\": \"2-0\"}\n"
        "right: \"slurm\": {\"partition\": \"long\", \"time\": \"2-0\"}"},
    {"computed-circle", "a value is computed from itself",
        "Values that begin with \"=\" are computed from others of the run. Those named here need "
        "each other, directly or over further ones. Write one of them as a value.",
        "wrong: \"fixed\": {\"lr\": \"=x * 2\", \"x\": \"=lr / 2\"}\n"
        "right: \"fixed\": {\"lr\": \"=x * 2\", \"x\": 1e-4}"},
    {"constant-axis", "filters leave one value of an axis",
        "The axis has several values, but every run that the filters keep has the same one, or "
        "none has any. Perhaps a condition is stricter than it was meant; otherwise the value can "
        "go into \"fixed\".",
        "wrong: \"grid\": {\"lr\": [1e-4, 3e-4]}, \"where\": \"lr < 2e-4\"\n"
        "right: \"fixed\": {\"lr\": 1e-4}"},
    {"constant-value", "a computed value is the same in every run",
        "The expression uses values that differ between runs, but always has the same result. "
        "Perhaps // was meant to be /, or a bound in min() or max() is always reached; otherwise "
        "write the value itself.",
        "wrong: \"grid\": {\"seed\": [1, 2], \"epochs\": [\"=max(4, seed)\"]}\n"
        "right: \"grid\": {\"seed\": [1, 2], \"epochs\": [4]}"},
    {"csv-syntax", "a CSV file cannot be read",
        "A CSV file is a table as RFC 4180 describes it: cells separated by commas, the names of "
        "the columns in the first line, as many cells in each row. A cell with a comma, a quote or "
        "a line break is written in double quotes, and a quote in it twice.",
        "wrong: name,note\n       a,x, y\nright: name,note\n       a,\"x, y\""},
    {"cyclic-interpolation", "an interpolation refers to itself",
        "The key's value comes from another key, which in the end takes it from this one. So "
        "neither has a value, and a run stops as soon as it reads one of them. The same code is "
        "used for interpolations that are nested too deeply or expand without end. Write an "
        "actual value for one of the keys.",
        "wrong: a: ${b}\n"
        "       b: ${a}\n"
        "right: a: /data\n"
        "       b: ${a}"},
    {"data-file", "a data file of the spec cannot be read",
        "An axis can take its values from a column of a CSV file, and \"cases\" its points from "
        "the rows of one. The message contains the system's reason: the file may be missing, not "
        "readable by you, or too large. A relative path is resolved against the directory of the "
        "spec, not against the current directory.",
        "wrong: \"lr\": {\"file\": \"~/values.csv\", \"column\": \"lr\"}\n"
        "right: \"lr\": {\"file\": \"values.csv\", \"column\": \"lr\"}"},
    {"dead-axis", "an axis has no effect",
        "The recipe never reads what the axis sets, or ignores it with the other settings. Every "
        "run would be repeated for each value of the axis, with identical results. Remove the "
        "axis, or set whatever makes its values matter. To keep a single value, move it to "
        "\"fixed\".",
        "wrong: \"grid\": {\"lr\": [1e-4, 2e-5], \"log_level\": [\"INFO\", \"WARN\"]}\n"
        "right: \"grid\": {\"lr\": [1e-4, 2e-5]}"},
    {"dead-key", "the recipe never reads this key",
        "A config can have any top-level key; one that the recipe does not read is silently "
        "ignored. So the value has no effect: usually it is misspelled, belongs to another "
        "recipe, or belongs inside a mapping. It is only a note for keys that shipped configs "
        "contain without needing them. Correct or remove it.",
        "wrong: learning_rate: 2e-5\n"
        "right: optimizer:\n"
        "         lr: 2e-5"},
    {"duplicate-anchor", "an anchor is defined twice",
        "&name names a value, so that *name can repeat it below. YAML would let the second "
        "definition replace the first, but the trainer's YAML reader rejects the config. Rename "
        "one of them.",
        "wrong: a: &x 1\n"
        "       b: &x 2\n"
        "right: a: &x 1\n"
        "       b: &y 2"},
    {"duplicate-key", "a key occurs twice in the same mapping",
        "Only one of the two values can be used, and which one depends on the reader: many "
        "silently use the last one, the trainer's rejects the config. Keep the one that you mean.",
        "wrong: lr: 1e-4\n"
        "       weight_decay: 0.1\n"
        "       lr: 2e-5\n"
        "right: lr: 2e-5\n"
        "       weight_decay: 0.1"},
    {"duplicate-value", "an axis lists the same value twice",
        "Every value of an axis gets its own runs. Two equal values, even if written differently, "
        "make pairs of identical runs, which cost twice as much and give no new result. To repeat "
        "runs, add an axis of seeds.",
        "wrong: \"grid\": {\"weight_decay\": [0, 0.0]}\n"
        "right: \"grid\": {\"weight_decay\": [0], \"seed\": [1, 2]}"},
    {"empty", "a required value is empty",
        "An empty string or mapping is given where a name, a path or similar is required. Set the "
        "value, or remove the key if it is optional.",
        "wrong: \"output_dir\": \"\"\nright: \"output_dir\": \"/data/runs\""},
    {"empty-axis", "an axis has no values",
        "The number of runs is the product of the numbers of values, so an axis without values "
        "leaves no runs. Give it at least one value, or remove it from the grid.",
        "wrong: \"grid\": {\"lr\": []}\nright: \"grid\": {\"lr\": [2e-5]}"},
    {"environment", "a value is only known where the run starts",
        "${oc.env:NAME} and OmegaConf's other resolvers are evaluated when the run reads its "
        "config, on the machine where it runs. Checks that depend on this value are skipped. Make "
        "sure that the variable is set in the job, or write the value itself.",
        "wrong: checkpoint_dir: ${oc.env:MODELS}\nright: checkpoint_dir: /models/llama"},
    {"equal-runs", "several points give the same config",
        "What differs between these points makes no difference in the config: values that are "
        "computed, or set by more than one part of the sweep, came out equal. The first of them "
        "is run; the others would train the same model again. To run a config several times, use "
        "\"repeat\".",
        "wrong: \"lora\": {\"rank\": [8], \"alpha\": [16, \"=2*lora.rank\"]}\n"
        "right: \"lora\": {\"rank\": [8], \"alpha\": \"=2*lora.rank\"}"},
    {"fewer-samples", "there are fewer points than samples",
        "\"sample\" asks for more points than the sweep has, or than its filters let pass. The "
        "methods random and sobol go on drawing until they have found enough, but not for ever; "
        "lhs draws n points, of which the ones that are dropped are missing.",
        "wrong: \"grid\": {\"batch_size\": [1, 2]}, \"sample\": {\"n\": 3}\n"
        "right: \"grid\": {\"batch_size\": [1, 2, 4]}, \"sample\": {\"n\": 3}"},
    {"gave-up", "sweepd gave up on a spec",
        "sweepd was killed or crashed while it worked on this spec, in as many attempts as the "
        "setting `attempts` allows. Usually the machine ran out of memory because of this spec; "
        "sometimes the spec was only being worked on at the time. Make the sweep smaller, or drop "
        "the spec again.",
        "wrong: MemoryMax=50M in the unit\nright: MemoryMax=1G in the unit"},
    {"idle-filter", "a filter drops no run",
        "Every point passes this condition of \"where\" or \"exclude\", so it changes nothing. "
        "Perhaps a value in it is written differently in the grid, or is of another size.",
        "wrong: \"grid\": {\"lr\": [1e-4, 3e-4]}, \"exclude\": [\"lr > 1\"]\n"
        "right: \"grid\": {\"lr\": [1e-4, 3e-4]}, \"exclude\": [\"lr > 2e-4\"]"},
    {"incomplete-profile", "the profile lacks something that a sweep needs",
        "A profile without launch commands is enough to validate configs, but the scripts of a "
        "sweep have to start the runs. Single-process recipes need launch.single in the profile, "
        "all others launch.distributed; sweepd-profile(5) describes both.",
        "wrong: {\"trainer\": \"mine\", \"version\": \"1\"}\n"
        "right: {\"trainer\": \"mine\", \"version\": \"1\",\n"
        "        \"launch\": {\"single\": [\"my-trainer\", \"{config}\"]}}"},
    {"int-range", "an integer is too large",
        "Integers have 64 bits, from -9223372036854775808 to 9223372036854775807. If a long "
        "number is an identifier or similar, put quotes around it to make it a string.",
        "wrong: run_id: 20250131123456789012\nright: run_id: \"20250131123456789012\""},
    {"json-syntax", "the spec is not valid JSON",
        "The text breaks a rule of JSON at the position shown, or just before it. Common causes "
        "are a comma after the last item, a missing comma between two items, single quotes, "
        "comments, and Python's True, False and None. Everything after the position is ignored.",
        "wrong: {'seed': None,}\nright: {\"seed\": null}"},
    {"lora-pair", "LoRA rank and alpha are not set together",
        "LoRA's update is scaled by alpha / rank. If only the rank is changed, the scale changes "
        "too, and runs with different ranks are no longer comparable. Set both together, as pairs "
        "or as the product of two lists.",
        "wrong: \"grid\": {\"lora\": [8, 16]}\n"
        "right: \"grid\": {\"lora\": {\"rank\": [8, 16], \"alpha\": [16, 32]}}"},
};
/* clang-format on */

const size_t codes_a_to_l_count = sizeof codes_a_to_l / sizeof *codes_a_to_l;
