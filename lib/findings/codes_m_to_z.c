/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/findings/codes.h"

/* Sorted by code. */
/* clang-format off */
const struct code_text codes_m_to_z[] = {
    {"missing-argument", "a required argument of a component is missing",
        "The trainer calls the component with the arguments in its mapping. This one has no "
        "default, so Python raises a TypeError when the component is created, possibly minutes "
        "into the run. Add the argument.",
        "wrong: model:\n"
        "         _component_: my.lora_model\n"
        "right: model:\n"
        "         _component_: my.lora_model\n"
        "         lora_rank: 8"},
    {"missing-key", "a required key is missing",
        "In a config, the recipe reads this key and has no default for it, so the run stops when "
        "it gets there. If an unused key has a similar name, it is probably a misspelling. In a "
        "spec, nothing can be generated without the key.",
        "wrong: batchsize: 2\nright: batch_size: 2"},
    {"missing-recipe", "the recipe of the base is not known",
        "Each shipped config belongs to one recipe, but your own file could be for any of them. "
        "The recipe determines which keys are read and how the run is started. Name it in the "
        "spec.",
        "wrong: \"base\": {\"file\": \"base.yaml\"}\n"
        "right: \"base\": {\"file\": \"base.yaml\"}, \"recipe\": \"mine.py\""},
    {"missing-value", "a value has not been filled in",
        "?\?? is OmegaConf's marker for a value that must be filled in. A run fails as soon as it "
        "reads the key. Set the value in the config or, for a sweep, in \"fixed\" or \"grid\".",
        "wrong: checkpoint_dir: ?\??\nright: checkpoint_dir: /models/llama"},
    {"needs-restart", "a change of a setting takes effect after a restart",
        "sweepd has reloaded its settings, but one that has changed cannot be applied while it "
        "runs: directories, its socket, or the user it may run as. sweepd continues with the old "
        "value. Restart it to apply the change.",
        "wrong: systemctl --user reload sweepd\nright: systemctl --user restart sweepd"},
    {"negative", "a number is negative",
        "The parameter is a count or a measure that cannot be negative. Zero is allowed; where it "
        "means that nothing is done, it turns the feature off.",
        "wrong: \"fixed\": {\"weight_decay\": -0.1}\nright: \"fixed\": {\"weight_decay\": 0.1}"},
    {"no-component", "a mapping does not name its component",
        "The recipe creates an object from this mapping, and gets its class or function from the "
        "key that names the component. Without that key there is nothing to create, and the run "
        "fails. Add the key.",
        "wrong: optimizer: {lr: 2e-5}\n"
        "right: optimizer: {_component_: torch.optim.AdamW, lr: 2e-5}"},
    {"no-parent", "the base has no mapping for a value",
        "The base has no such component, so there is no mapping that the argument could belong "
        "to. Set the component of the mapping first; settings are applied in the order in which "
        "they are written.",
        "wrong: \"fixed\": {\"lr_scheduler.num_warmup_steps\": 10}\n"
        "right: \"fixed\": {\"lr_scheduler._component_\": \"my.scheduler\",\n"
        "                 \"lr_scheduler.num_warmup_steps\": 10}"},
    {"no-runs", "no run is left",
        "The filters drop every point of the sweep. Each says how many it drops when the others "
        "are removed.",
        "wrong: \"grid\": {\"batch_size\": [1, 2]}, \"where\": \"batch_size > 2\"\n"
        "right: \"grid\": {\"batch_size\": [1, 2]}, \"where\": \"batch_size >= 2\""},
    {"no-such-item", "a list does not have this item",
        "An item of a list is addressed by its number, from 0: dataset.0 is the first of several "
        "datasets. The list must have the item already; negative numbers are not read. To make a "
        "list longer or shorter, set all of it.",
        "wrong: \"fixed\": {\"dataset.2.packed\": true}\n"
        "right: \"fixed\": {\"dataset.1.packed\": true}"},
    {"not-a-config", "the file has nothing of a config in it",
        "Without a recipe, only components and known keys can be checked, and the file has "
        "neither: it is empty, or something else, such as a spec in YAML. It is not called valid.",
        "wrong: foo: 1\n"
        "right: model: {_component_: torchtune.models.llama3_2.llama3_2_1b}"},
    {"not-a-mapping", "a list or a single value where a mapping is expected",
        "A config is a mapping of keys to values, and a config path goes through mappings. Here "
        "it meets a list or a single value, or the whole file is one. Often a space is missing "
        "after a colon.",
        "wrong: epochs:1\nright: epochs: 1"},
    {"not-finite", "a number is infinite or NaN",
        ".inf and .nan are numbers in YAML, but cannot be used for runs: JSON cannot represent "
        "them, and they spoil every computation they are part of. If a program accepts the string "
        "\"inf\", put quotes around it.",
        "wrong: clip_grad_norm: .inf\nright: clip_grad_norm: 'inf'"},
    {"not-fraction", "a number is not in the range from 0 to below 1",
        "The parameter is a fraction, such as a probability. A dropout of 1 would drop "
        "everything.",
        "wrong: \"fixed\": {\"lora_dropout\": 5}\nright: \"fixed\": {\"lora_dropout\": 0.05}"},
    {"not-on-cluster", "the cluster does not have something of this name",
        "With --cluster, and by sweepctl submit, partitions, types of GPUs, features, accounts and "
        "QOS are compared with those that the Slurm cluster has. Case matters: a100 and A100 are "
        "different types.",
        "wrong: \"slurm\": {\"gres\": \"gpu:A100:1\"}\n"
        "right: \"slurm\": {\"gres\": \"gpu:a100:1\"}"},
    {"not-positive", "a number is zero or negative",
        "The parameter must be positive: there is no batch of zero samples, no training of zero "
        "epochs, and a learning rate of 0 changes nothing. Set a larger number; to turn something "
        "off, remove it or set its config path to null.",
        "wrong: \"fixed\": {\"batch_size\": 0}\nright: \"fixed\": {\"batch_size\": 1}"},
    {"not-utf8", "the file is not UTF-8 text",
        "Configs must be UTF-8. The byte at the position shown is not valid: the file may be in "
        "Latin-1 or UTF-16, or not a text file at all. Convert it, for example with `iconv -t "
        "UTF-8`.",
        "wrong: name: caf\\xe9\nright: iconv -f LATIN1 -t UTF-8 old.yaml > new.yaml"},
    {"number-range", "a number is too large for any type",
        "Integers in a spec have 64 bits, floating-point numbers go up to 1.8e308. Larger ones "
        "cannot be represented exactly, and are rejected rather than changed.",
        "wrong: \"lr\": 1e999\nright: \"lr\": 1e-5"},
    {"option-conflict", "two options of Slurm exclude each other, or one needs another",
        "sbatch refuses some options together, such as mem and mem-per-gpu. Of others it takes the "
        "last one, or asks for other GPUs than you meant. The message names the options; remove "
        "one, or add what is missing.",
        "wrong: \"slurm\": {\"gpus\": 4, \"gres\": \"gpu:2\"}\n"
        "right: \"slurm\": {\"gres\": \"gpu:4\"}"},
    {"option-meaning", "Slurm may take an option's value otherwise than you meant it",
        "The value is valid, but often meant differently: a time of one or two numbers is in "
        "minutes, a word for gpus is a type. The same code says that an option needs a newer "
        "Slurm than 22.05. If the message says what you meant, there is nothing to do.",
        "wrong: \"slurm\": {\"time\": \"24:00\"}\nright: \"slurm\": {\"time\": \"24:00:00\"}"},
    {"output-collision", "two runs would write to the same place",
        "Each run needs its own place for everything that it writes: its output_dir, checkpoints, "
        "logs and profiler traces. Two runs that share one overwrite each other's files. "
        "Interpolations are resolved and placeholders replaced before the paths are compared. Let "
        "the path begin with ${output_dir}, which is different for each run; in output_dir "
        "itself, use {run} or the keys of all axes. It is a warning if the recipe or component is "
        "your own, so that it is not known whether the run writes there.",
        "wrong: \"fixed\": {\"checkpointer.output_dir\": \"/data/ckpt\"}\n"
        "right: \"fixed\": {\"checkpointer.output_dir\": \"${output_dir}/ckpt\"}\n"
        "wrong: \"output_dir\": \"/data/{lr}\"\nright: \"output_dir\": \"/data/{lr}/{run}\""},
    {"positional-argument", "an argument that can only be passed by position",
        "The function only accepts this argument by position, but the trainer passes the values "
        "of a config by name. Python raises a TypeError when the component is created. Remove the "
        "argument; if you need it, wrap the function in your own.",
        "wrong: _component_: my.loss\n"
        "       x: 1\n"
        "right: _component_: my.loss"},
    {"read-otherwise", "a value is read otherwise than it looks",
        "By YAML 1.1, digits after a zero are octal, parts between colons are to the base 60, and "
        "0o17, 08 and -.5 are strings. Write a number in its usual form, and quote a string.",
        "wrong: seed: 010\nright: seed: 10"},
    {"relative-path", "a path depends on where the job starts",
        "A relative path of a dataset is resolved against the working directory of the run, which "
        "may not be your current one. This is only a warning. An absolute path works from "
        "everywhere.",
        "wrong: \"fixed\": {\"dataset\": \"data/train.jsonl\"}\n"
        "right: \"fixed\": {\"dataset\": \"/home/me/data/train.jsonl\"}"},
    {"rewritten", "the configs are written without the base's comments",
        "Usually the text of the base is kept, and only values in it are changed. This base "
        "cannot be edited in place, so all configs are written from its values. They mean the "
        "same, but comments and layout are lost. The usual cause is an alias or a merge key at a "
        "place that changes.",
        "wrong: model:\n"
        "         <<: *defaults\n"
        "right: model:\n"
        "         lora_rank: 8"},
    {"set-together", "values that belong together are not all set",
        "The profile lists config paths that only make sense together, such as two values whose "
        "ratio the trainer uses. A sweep that changes only one of them would compare runs that "
        "differ in more than that value. Set all of them, in \"fixed\" or as axes.",
        "wrong: \"grid\": {\"hops.grams\": [20, 30]}\n"
        "right: \"grid\": {\"hops.grams\": [20, 30]},\n"
        "       \"fixed\": {\"hops.minutes\": 60}"},
    {"set-twice", "the same thing is set twice",
        "Two settings have the same path, or one contains the other: a parameter and its config "
        "path, an entry of \"fixed\" and one of the grid, or a Slurm option in two spellings. "
        "Only one of them could take effect. Keep the one that you mean.",
        "wrong: \"fixed\": {\"lr\": 1e-4}, \"grid\": {\"optimizer.lr\": [2e-5]}\n"
        "right: \"grid\": {\"lr\": [1e-4, 2e-5]}"},
    {"settings-file", "a settings file cannot be read",
        "The settings file was named explicitly, but does not exist, is not a regular file, or "
        "cannot be read. sweepd does not start without it, because it would then run with other "
        "settings than you asked for.",
        "wrong: sweepd --config /etc/sweepd\nright: sweepd --config /etc/sweepd/sweepd.yaml"},
    {"several-documents", "the file contains more than one YAML document",
        "A line with three hyphens starts a new document. The trainer only accepts configs with a "
        "single document. Move the second one to its own file.",
        "wrong: a: 1\n"
        "       ---\n"
        "       a: 2\n"
        "right: a: 1"},
    {"supplied-argument", "the recipe passes this argument itself",
        "The recipe passes this argument when it creates the component. As an error: it is passed "
        "by position, so the same argument by name raises a TypeError. As a warning: the recipe's "
        "value takes precedence, and the one in the config is ignored. Remove it from the config.",
        "wrong: optimizer:\n"
        "         params: []\n"
        "right: optimizer:\n"
        "         lr: 2e-5"},
    {"swallowed-argument", "the component accepts this argument and ignores it",
        "The component accepts any argument (**kwargs), so a misspelled one is not an error: it "
        "is ignored, and the run uses a default instead. Correct the name, or remove it.",
        "wrong: max_sequence_len: 2048\nright: max_seq_len: 2048"},
    {"tab", "a tab that older YAML readers reject",
        "YAML forbids tabs in indentation, and older versions of OmegaConf also reject them "
        "between values. The config may load on one machine and fail on another. Use spaces.",
        "wrong: lr:<tab>2e-5\nright: lr: 2e-5"},
    {"too-deep", "mappings and lists are nested too deeply",
        "The default limits are 32 levels for a spec and 64 for a config, far more than any "
        "config needs. Usually the file is damaged, or not the one you meant.",
        "wrong: [[[[…]]]]\nright: […]"},
    {"too-large", "the input is larger than the limit",
        "By default, specs and configs can have 1 MiB, a spec 10000 keys and 1000 settings, a "
        "config 100000 values with all aliases expanded, and the configs of a sweep 4 GiB. The "
        "limits keep a wrong file from exhausting the machine. Check that it is the file you "
        "meant; if a sweep really is this large, split it, or raise the limit: sweepctl(1) lists "
        "them.",
        "wrong: sweepctl validate model.safetensors\nright: sweepctl validate config.yaml"},
    {"too-long", "a string in the spec is too long",
        "By default, a string in a spec can have 4096 bytes. Put longer ones, such as templates "
        "or lists of files, into the base config, or into a separate file that the spec names.",
        "wrong: \"fixed\": {\"prompt_template\": \"…5000 bytes…\"}\n"
        "right: \"fixed\": {\"prompt_template\": \"my.module.template\"}"},
    {"too-many-runs", "the grid makes too many runs",
        "The number of runs is the product of the numbers of values of all axes, and grows fast; "
        "by default, the maximum is 100000. Remove values or axes, or fix some axes and generate "
        "several smaller sweeps.",
        "wrong: \"grid\": {\"seed\": [1, 2, …], \"lr\": […], \"lora\": […], …}\n"
        "right: \"grid\": {\"seed\": [1, 2, 3], \"lr\": [1e-4, 2e-5]}"},
    {"type-change", "a value would replace one of another type in the base",
        "A setting must keep the type that the base has: a number for a number, a string for a "
        "string, true or false for one of these, a list for a list, a mapping for a mapping. "
        "Anything else is usually a mistake. null and interpolations can replace any value. "
        "Correct the value, set paths inside the mapping, or change the base.",
        "wrong: \"fixed\": {\"optimizer\": \"torch.optim.SGD\"}\n"
        "right: \"fixed\": {\"optimizer._component_\": \"torch.optim.SGD\"}"},
    {"unchecked-argument", "whether the component has this argument is not known",
        "The component is not in the profile, or passes arguments on to another function, so a "
        "misspelled name would not be noticed here. This is only a warning; your own profile "
        "(--profile) can describe the component.",
        "wrong: _component_: my.dataset\n"
        "       splt: train\n"
        "right: _component_: my.dataset\n"
        "       split: train"},
    {"unchecked-component", "the profile does not describe this component",
        "The component belongs to a package that the profile does not describe, such as your own. "
        "Its name and its arguments cannot be checked. This is only a warning; add a description "
        "with --profile FILE, or use --unknown error to make it an error.",
        "wrong: _component_: my.model\n"
        "right: {\"extends\": \"torchtune-0.6.1\",\n"
        "        \"components\": {\"my.model\": {\"arguments\": {…}}}}"},
    {"unchecked-path", "a file that --check-paths may not read",
        "The file exists, but its permissions, or the sandbox of sweepd's generator, do not allow "
        "to read it, so what is in it was not checked. A run may still be able to. The sandbox "
        "allows only the files next to the spec and below `bases`; run `sweepctl validate "
        "--check-paths` on the spec to check the others.",
        "wrong: chmod 000 data.json\nright: chmod 644 data.json"},
    {"unchecked-resolver", "an OmegaConf resolver that is not evaluated",
        "Only ${oc.env:NAME} and a plain ${oc.decode:'3'} are evaluated. What other resolvers "
        "return, and whether they fail, is not known, so the config cannot be checked completely. "
        "Write the value itself.",
        "wrong: seed: ${oc.select:nowhere,3}\nright: seed: 3"},
    {"unfit-file", "a dropped file that sweepd does not accept",
        "Specs must be regular files: no links, whose target other users may own or change; no "
        "directories, pipes or devices; no larger than limits.spec_bytes; and owned by the user "
        "that sweepd runs as, unless `owner` allows others. Drop a copy of the file.",
        "wrong: ln -s ~/grid.json specs/\nright: sweepctl drop ~/grid.json specs"},
    {"unknown-alias", "an alias without an anchor before it",
        "*name repeats the value marked with &name above it in the same file. There is no such "
        "anchor. If you mean a string that starts with an asterisk, put quotes around it.",
        "wrong: b: *x\n"
        "       a: &x 1\n"
        "right: a: &x 1\n"
        "       b: *x"},
    {"unknown-argument", "the component has no such argument",
        "The trainer calls the component with every argument in its mapping, and Python raises a "
        "TypeError for an unknown one. The run fails when it creates the component, possibly "
        "after loading the weights. Correct the name or remove it.",
        "wrong: optimizer:\n"
        "         _component_: torch.optim.AdamW\n"
        "         learning_rate: 2e-5\n"
        "right: optimizer:\n"
        "         _component_: torch.optim.AdamW\n"
        "         lr: 2e-5"},
    {"unknown-base", "no base config has this name, or its text is not available",
        "A base is one of the trainer's shipped configs. Some are compiled in; the others are "
        "read from an installed trainer: use --torchtune DIR, or activate its environment. "
        "`sweepctl bases` lists all names. To use your own file, write an object.",
        "wrong: \"base\": \"base.yaml\"\nright: \"base\": {\"file\": \"base.yaml\"}"},
    {"unknown-column", "a CSV file has no such column",
        "\"column\" must be one of the names in the first line of the file. The hint lists them.",
        "wrong: \"lr\": {\"file\": \"values.csv\", \"column\": \"LR\"}\n"
        "right: \"lr\": {\"file\": \"values.csv\", \"column\": \"lr\"}"},
    {"unknown-component", "the trainer has no such component",
        "All public names of the package are known, and this is not one of them: it is "
        "misspelled, in another module, or from another version. A run fails with an import error "
        "when it creates the component.",
        "wrong: _component_: torch.optim.Adamw\nright: _component_: torch.optim.AdamW"},
    {"unknown-data", "a dataset's directory contains no data files",
        "A directory is loaded according to the type of its files: JSON, CSV, Parquet or text. "
        "None were found, or the directory is not visible from this machine, so JSON is assumed. "
        "This is only a warning. To be sure, name the files themselves.",
        "wrong: \"fixed\": {\"dataset\": \"/data/train/\"}\n"
        "right: \"fixed\": {\"dataset\": \"/data/train/part.parquet\"}"},
    {"unknown-key", "a spec has no such key",
        "A spec and the objects in it have a fixed set of keys. Parameters and config paths "
        "belong into \"fixed\" or, with a list of values, into \"grid\". sweep-spec(5) describes "
        "all keys.",
        "wrong: {\"name\": \"x\", \"lr\": 2e-5}\n"
        "right: {\"name\": \"x\", \"fixed\": {\"lr\": 2e-5}}"},
    {"unknown-option", "Slurm has no such option",
        "Options are named like the long options of sbatch. Those that the scripts set "
        "themselves, such as array, output and job-name, and those that run a command cannot be "
        "used. `sweepctl generate --help` lists the others.",
        "wrong: \"slurm\": {\"gpu\": 1}\nright: \"slurm\": {\"gpus\": 1}"},
    {"unknown-parameter", "neither a parameter nor a key of the config",
        "A setting is a parameter, see sweep-spec(5), or a config path. A word without a dot that "
        "is not a parameter must be a top-level key of the base, or one that the recipe reads. "
        "The trainer would accept any other and never read it.",
        "wrong: \"fixed\": {\"learning_rat\": 2e-5}\nright: \"fixed\": {\"learning_rate\": 2e-5}"},
    {"unknown-path", "neither the base nor the recipe has this path",
        "The base has no such top-level key, and the recipe never reads one. The value would be "
        "written to every config and have no effect.",
        "wrong: \"fixed\": {\"optimiser.lr\": 2e-5}\nright: \"fixed\": {\"optimizer.lr\": 2e-5}"},
    {"unknown-recipe", "the trainer has no such recipe",
        "The run could not be started. To use your own recipe, write its path, with a slash or a "
        "dot in it; it is used as given.",
        "wrong: --recipe lora_finetune\nright: --recipe lora_finetune_single_device"},
    {"unknown-resolver", "OmegaConf has no such resolver",
        "${name:arguments} calls a resolver. OmegaConf has a few, such as oc.env; others only "
        "exist where a program registers them, which the trainer does not. A run fails as soon as "
        "it reads the key.",
        "wrong: output_dir: ${env:HOME}/runs\nright: output_dir: ${oc.env:HOME}/runs"},
    {"unresolved-interpolation", "an interpolation refers to a missing key",
        "${path} is replaced by the value at a path from the top level of the config or, with "
        "leading dots, from the mapping that contains it. There is no such key, so a run fails as "
        "soon as it reads this one.",
        "wrong: dir: /models\n"
        "       checkpoint_dir: ${dri}/llama\n"
        "right: dir: /models\n"
        "       checkpoint_dir: ${dir}/llama"},
    {"untrusted", "others can change something that sweepd obeys",
        "A settings file, or the profile, the trainer's installation, the base configs or the "
        "program that it names, or a directory above one of them, belongs to another user or can "
        "be written by others, who could make sweepd do what they want. sweepd does not start; "
        "the hint is the command that fixes it.",
        "wrong: chmod 666 ~/.config/sweepd/sweepd.yaml\n"
        "right: chmod 644 ~/.config/sweepd/sweepd.yaml"},
    {"wrong-item", "an item of a list has the wrong type",
        "The value is a list as expected, but the argument does not accept one of its items; the "
        "message names it. Common causes are a number in quotes, and a word that is not one of "
        "the allowed ones.",
        "wrong: lora_attn_modules: [q_proj, 3]\nright: lora_attn_modules: [q_proj, k_proj]"},
    {"wrong-type", "a value has the wrong type",
        "The key, argument or parameter expects another type; the message names both. A number in "
        "quotes is a string, so is None (in YAML, write null), and true is never an integer. A "
        "run would fail when it uses the value, or misinterpret it.",
        "wrong: batch_size: \"2\"\nright: batch_size: 2"},
    {"wrong-value", "a value is not one of the allowed ones",
        "The argument or key accepts one of a few words, which the message lists. A run would "
        "reject any other when it uses it, or use the default instead.",
        "wrong: reduction: average\nright: reduction: mean"},
    {"yaml-syntax", "the config is not valid YAML",
        "The text breaks a rule of YAML at the position shown, or somewhat before it. Common "
        "causes are a line with a different indentation than its neighbours, an unclosed bracket "
        "or quote, and a string that contains a colon and a space without being in quotes. "
        "Everything after the position is ignored.",
        "wrong: note: LoRA: rank 8\nright: note: \"LoRA: rank 8\""},
    {"zip-lengths", "what is zipped has different lengths",
        "Values of a zip are used in step: the first of each, then the second of each. All need "
        "the same number of values; one value alone is used for all.",
        "wrong: \"zip\": {\"lr\": [1e-4, 2e-4], \"batch_size\": [1, 2, 4]}\n"
        "right: \"zip\": {\"lr\": [1e-4, 2e-4, 3e-4], \"batch_size\": [1, 2, 4]}"},
};
/* clang-format on */

const size_t codes_m_to_z_count = sizeof codes_m_to_z / sizeof *codes_m_to_z;
