"""Valid and invalid values that an author of a config might write.

The tables are text, because most entries are YAML: one entry per line, continued in indented lines; \\n is
a line break. Bases and paths are globs.
"""

import re


def entries(text):
    """The entries of a table, with their continuation lines joined."""
    found = []
    for line in text.strip("\n").split("\n"):
        if line.startswith(" "):
            found[-1] += " " + line.strip()
        elif line:
            found.append(line)
    return [re.sub(r"(?<![;|=]) *\\n", "\n", entry) for entry in found]


def values(text):
    return text.split(" | ")


def by_base(text):
    """[(bases, path, [value])] of `bases ; path ; value | value`."""
    return [(bases, path, values(rest))
            for bases, path, rest in (entry.split(" ; ", 2) for entry in entries(text))]


def by_path(text):
    """[(path, [value])] of `path ; value | value`."""
    return [(path, values(rest))
            for path, rest in (entry.split(" ; ", 1) for entry in entries(text))]


def together(text):
    """[(bases, kind, {path: value})] of `bases ; kind ; path = value ; path = value`.

    The value `(absent)` removes the key.
    """
    found = []
    for entry in entries(text):
        bases, kind, *changes = entry.split(" ; ")
        pairs = [re.split(r" = ?", change, maxsplit=1) for change in changes]
        found.append((bases, kind, {path: None if value == "(absent)" else value
                                    for path, value in pairs}))
    return found


def keyed(text):
    """{key: value} of `key: value | key: value`."""
    return dict(re.split(r": ", pair, maxsplit=1) for entry in entries(text)
                for pair in values(entry))


# Valid values. The path may be missing, but not the mapping around it.
VALID = by_base(r"""
* ; optimizer.lr ; 1e-3 | 0.01 | 2e-5 | 1.0e-04 | 5e-04 | 0.0 | .001 | 1e-2
* ; optimizer.weight_decay ; 0.0 | 0.1 | 0 | 1e-2
lora full dpo kd lora-hf full-hf ppo ; optimizer.betas ; [0.9, 0.95] | [0.8, 0.99]
lora full dpo kd lora-hf full-hf ppo ; optimizer.eps ; 1e-6 | 1.0e-08
lora full dpo kd lora-hf full-hf ppo ; optimizer.amsgrad ; True | false
lora-chat ; optimizer.momentum ; 0.0 | 0.5
lora-chat ; optimizer.nesterov ; True | False
* ; optimizer.maximize ; False
lora* dpo* kd* ; lr_scheduler.num_warmup_steps ; 0 | 1 | 10
lora* dpo* kd* ; lr_scheduler.num_cycles ; 0.5 | 1.0 | 2
lora* dpo* kd* ; model.lora_rank ; 1 | 2 | 4 | 16 | 32
lora* dpo* kd* ; model.lora_alpha ; 8 | 32 | 16.0 | 1
lora* dpo* kd* ; model.lora_dropout ; 0.1 | 0.0 | 0.5 | 0
lora* dpo* kd* ; model.use_dora ; True | False
lora* dpo* kd* ; model.quantize_base ; False
lora* dpo* kd* ; model.apply_lora_to_mlp ; True | false
lora lora-hf dpo kd lora-mistral ; model.apply_lora_to_output ; False | true
lora* dpo* kd* ; model.lora_attn_modules ; ['q_proj'] | [q_proj, v_proj] |
    ['q_proj', 'k_proj', 'v_proj', 'output_proj'] | \n    - q_proj\n    - v_proj |
    ["v_proj", "q_proj"]
* ; seed ; 0 | 1 | 42 | 4294967295 | 1234
* ; shuffle ; True | False
lora* full* dpo* kd* ; batch_size ; 1 | 2 | 8
lora* full* dpo* kd* ; epochs ; 2 | 3
lora* full* dpo* kd* ; max_steps_per_epoch ; 1 | 2 | 100 | null
lora* dpo* kd* full-parts ; gradient_accumulation_steps ; 1 | 2
lora* full-parts full-hf kd* ; clip_grad_norm ; 0.5 | 1 | 100.0 | null
* ; log_every_n_steps ; 1 | 2
* ; log_peak_memory_stats ; True | False
lora* full* kd* dpo* ; dtype ; fp32 | bf16
* ; enable_activation_checkpointing ; True | False
lora* dpo* kd* ; save_adapter_weights_only ; True | False
* ; cudnn_deterministic_mode ; null
lora full dpo kd lora-hf lora-chat ; tokenizer.max_seq_len ; 64 | 512 | 4096 | null
lora full dpo kd ; tokenizer.prompt_template ; torchtune.data.ChatMLTemplate | null |
    torchtune.data.QuestionAnswerTemplate | torchtune.models.llama2.Llama2ChatTemplate
lora full kd lora-hf lora-chat lora-gemma lora-mistral dpo ; dataset.train_on_input ; True | False
lora full kd lora-hf lora-chat dpo dpo-paired ; dataset.split ; train | "train[:50%]" |
    train[:8] | train[50%:]
lora full kd lora-hf ; dataset.packed ; False
lora-hf lora-chat dpo ; dataset.new_system_prompt ; You repeat. | null | 'Say: it'
lora full lora-hf ; dataset.filter_fn ; null
lora full kd ; dataset.column_map ; null |
    {instruction: instruction, input: input, output: output}
lora full dpo kd ; dataset.keep_in_memory ; True | False
lora full dpo kd ; dataset.num_proc ; 1 | null
lora full dpo kd ; dataset.cache_dir ; @DIR@/out/cache | null
lora full kd ; dataset.data_files ; ['@DIR@/data/alpaca.json'] | "@DIR@/data/alpaca.json" |
    {train: '@DIR@/data/alpaca.json'}
lora full kd dpo ; metric_logger.filename ; run.txt
lora full lora-hf full-hf dpo ; metric_logger ;
    \n  _component_: torchtune.training.metric_logging.StdoutLogger |
    \n  _component_: torchtune.training.metric_logging.DiskLogger\n  log_dir: ${output_dir}/x
lora full lora-hf full-hf kd ; profiler.wait_steps ; 1 | 3
lora full ; profiler.enabled ; True
lora full kd ; profiler ; null | \n  enabled: False
lora full lora-hf full-hf ; loss.num_output_chunks ; 4 | 8 | 2
lora full lora-hf full-hf ; loss.ignore_index ; -100
lora-chat ; loss.label_smoothing ; 0.1
kd* ; kd_ratio ; 0.0 | 1.0 | 0.3 | 1
dpo ; loss.beta ; 0.2 | 0.05
dpo ; loss.label_smoothing ; 0.1 | 0.0
dpo-paired ; loss.gamma ; 0.1 | 1.0
lora-hf full-hf lora-gemma lora-mistral dpo-paired ; checkpointer.safe_serialization ; True |
    False
lora* dpo* kd* ; checkpointer.adapter_checkpoint ; null
* ; checkpointer.recipe_checkpoint ; null
lora* kd* ; low_cpu_ram ; False
lora* full* ; collate_fn ; torchtune.data.padded_collate_sft
full full-parts ; optimizer_in_bwd ; True | False
full full-parts full-hf ; lr_scheduler ;
    \n  _component_: torchtune.training.lr_schedulers.get_cosine_schedule_with_warmup
    \n  num_warmup_steps: 1
full-parts ; model.attn_dropout ; 0.0 | 0.1
full-parts ; model.norm_eps ; 1e-5 | 1.0e-06
lora-list ; dataset.0.split ; train | train[:4]
lora-list ; dataset.1.train_on_input ; True
full-meta ; dataset.add_eos ; True | False
full-meta ; dataset.split_across_pack ; True
kd-full kd ; teacher_checkpointer.recipe_checkpoint ; null
ppo ; gamma ; 0.9 | 1.0 | 0
ppo ; lmbda ; 1.0 | 0.5
ppo ; kl_coeff ; 0.1 | 0.0
ppo ; temperature ; 1.0 | 0.5 | 2
ppo ; top_k ; 5 | 1 | null
ppo ; whiten_rewards ; True
ppo ; min_response_length ; 0 | 2 | 6
ppo ; penalise_no_eos ; False
ppo ; reward_penalty ; 0 | -1.5
ppo ; ppo_epochs ; 2 | 1
ppo ; num_steps ; 8 | 24 | 32
ppo ; ppo_batch_size ; 8 | 2
ppo ; forward_batch_size ; 8 | 2 | 1
ppo ; max_generated_tokens ; 4 | 8
ppo ; stop_token_ids ; [2] | null | [2, 5, 9]
ppo ; loss.epsilon ; 0.1
ppo ; loss.value_coeff ; 0.5
ppo ; enable_kv_cache ; False
""")

# Whole optimizers that a user may choose, for any recipe.
OPTIMIZERS = entries(r"""
\n  _component_: torch.optim.SGD\n  lr: 0.01
\n  _component_: torch.optim.SGD\n  lr: 0.01\n  momentum: 0.9\n  nesterov: True
\n  _component_: torch.optim.Adam\n  lr: 1e-3
\n  _component_: torch.optim.AdamW\n  lr: 1e-3\n  betas: [0.9, 0.95]
\n  _component_: torch.optim.Adagrad\n  lr: 1e-2
\n  _component_: torch.optim.RMSprop\n  lr: 1e-3\n  alpha: 0.9
\n  _component_: torch.optim.NAdam\n  lr: 1e-3
\n  _component_: torch.optim.Adafactor\n  lr: 1e-3
""")

# Invalid or doubtful values.
WRONG = by_path(r"""
dtype ; float32 | bfloat16 | fp16 | FP32 | 32 | fp8 | half | null | fp64 | torch.float32
device ; gpu | CPU | 'cuda:0' | cuda | mps | 0 | null | 'cpu:0' | meta | tpu
*checkpointer.model_type ; llama2 | LLAMA2_7B | LLAMA3 | GEMMA | LLAMA | QWEN | MISTRAL | 2 |
    null | REWARD | PHI3_MINI | T5_ENCODER | LLAMA3_2 | GEMMA2 | QWEN2 | CLIP_TEXT |
    LLAMA3_VISION | PHI4
*checkpointer.checkpoint_files ; [] | [missing.pt] | model.pt | [model.pt, model.pt] | null |
    [null] | model-00001-of-00002.safetensors | ['model.pt '] |
    {filename_format: 'model-{}-of-{}.safetensors', max_filename: '00002'} |
    {filename_format: 'model-{}-of-{}.safetensors', max_filename: 00002} |
    {filename_format: 'model-{}.safetensors', max_filename: '00002'} |
    {filename_format: 'model-{}-of-{}.safetensors'} |
    {filename_format: 'model-{}-of-{}.safetensors', max_filename: two} | [1] | [[model.pt]] |
    [model-00001-of-00002.safetensors]
*checkpointer.checkpoint_dir ; @DIR@/nowhere | @DIR@ | ~/x | @DIR@/tokenizer.model | null | '' |
    @DIR@/llama2/ | @DIR@/reward | ['@DIR@/llama2']
*checkpointer.output_dir ; @DIR@/llama2 | @DIR@/llama2/out | null | '' | @DIR@/llama2-out | 5 |
    @DIR@/tokenizer.model | @DIR@/out/../llama2/x
output_dir ; @DIR@/llama2/out | @DIR@/llama2 | '' | null | out/run | @DIR@/out/../llama2/x |
    @DIR@/tokenizer.model | 7 | [a, b] | @DIR@/out/ | @DIR@/mistral/out
*checkpointer.adapter_checkpoint ; adapter.pt | @DIR@/llama2/model.pt | 5 | True
*checkpointer.recipe_checkpoint ; recipe_state.pt | @DIR@/llama2/model.pt | 5 | False
model.lora_attn_modules ; ['q_prj'] | [] | 'q_proj' | ['q_proj', 'q_proj'] |
    ['o_proj', 'q_proj'] | ['w1'] | [q_proj, vproj] | null | ["gate_proj", "v_proj"] | [output] |
    q_proj,v_proj | q_proj v_proj | all | [Q_PROJ] | {q_proj: True} | ['q_proj v_proj'] |
    [true, q_proj] | ['output_proj', 'output']
model.lora_rank ; 0 | -1 | 8.0 | 8.5 | '8' | null | True | [8] | 1e1 | 4096 | False
model.lora_alpha ; 0 | -16 | '16' | null | True | [16] | 1e1 | .inf
model.lora_dropout ; 1.0 | 1.5 | -0.1 | '0.1' | null | True | [0.1] | 5 | .nan
model.use_dora ; 'False' | 1 | null | 'no'
model.quantize_base ; True | 'False' | null
model.apply_lora_to_mlp ; 'False' | 0 | null | [w1] | 1
model.apply_lora_to_output ; 'False' | 0 | null | 1
optimizer.lr ; '3e-4' | -1e-4 | 3-e4 | null | .nan | .inf | 1e400 | [1e-3] | 1 | 1e | 3e−4 |
    True | 3 e-4 | 0.3e-3 | auto | 1000000
optimizer.betas ; [0.9] | 0.9 | [0.9, 1.0] | [1.0, 0.9] | [0.9, 0.99, 0.999] | (0.9, 0.95) |
    null | '0.9, 0.95' | ['0.9', '0.95'] | [-0.1, 0.9]
optimizer.eps ; -1e-8 | null | '1e-8' | 0 | 1
optimizer.weight_decay ; -0.1 | '0.01' | null | [0.01] | 2 | 0,01 | True
optimizer.fused ; 'True' | null | 1 | False | [True]
optimizer.foreach ; True | False | null
optimizer.momentum ; -0.1 | 1.5 | '0.9' | null | 0
optimizer.nesterov ; True | 'False'
lr_scheduler.num_warmup_steps ; -1 | 1.5 | '2' | null | 1000000 | [2] | True | 0.1 | 1e2
lr_scheduler.num_cycles ; -1 | '0.5' | null | 0 | [1]
lr_scheduler.num_training_steps ; 5 | 'many'
lr_scheduler.last_epoch ; -1 | 3
lr_scheduler ; null | \n  _component_: torch.optim.lr_scheduler.StepLR\n  step_size: 2 |
    \n  _component_: torch.optim.lr_scheduler.CosineAnnealingLR\n  T_max: 10 | cosine | []
clip_grad_norm ; 0 | -1 | '1.0' | True | .inf | 'inf' | None | [1.0] | .nan | 1e10
gradient_accumulation_steps ; 0 | -1 | 1.5 | '2' | 100 | null | True | 1e1 | [2] | 3 | 4.0
max_steps_per_epoch ; 0 | -1 | 1.5 | '3' | True | [3] | 1e1
log_every_n_steps ; 0 | -1 | null | 1.5 | '1' | True | 1000
seed ; '42' | 1.5 | -1 | 4294967296 | true | [1] | 1e3 | 42.0 | random | False | 1_000 | 0x10
shuffle ; 'False' | 0 | null | 'no' | yes | [True]
batch_size ; 0 | -1 | 2.0 | '4' | null | [4] | 1e1 | 1000 | True | 17 | auto | 3
epochs ; 0 | -1 | 1.5 | '1' | null | [1] | 1e0 | True | 100000
enable_activation_checkpointing ; 'False' | null | 1 | [True]
enable_activation_offloading ; True | 'False' | null | 1
optimizer_in_bwd ; True | 'False' | null | 1
resume_from_checkpoint ; True | 'False' | null | 1 | @DIR@/out | 0
save_adapter_weights_only ; 'False' | null | 1
low_cpu_ram ; True | 'False' | null
compile ; null | 0 | '' | []
cudnn_deterministic_mode ; True | False | 'True' | 1 | 3 | warn
log_peak_memory_stats ; 'False' | null | 1
kd_ratio ; 1.5 | -0.5 | '0.5' | null | [0.5] | 2
kd_loss.num_output_chunks ; 4 | 0 | '8' | 8
loss.num_output_chunks ; 0 | -1 | '8' | 2.0 | null | 1000 | 1
loss.ignore_index ; '-100' | 0 | null | -1
loss.label_smoothing ; 1.5 | -0.1 | '0.1' | null
loss.beta ; -0.1 | 0 | '0.1' | null | [0.1]
loss.gamma ; -0.1 | 0 | '0.1' | null
collate_fn ; torchtune.data.padded_collate | torchtune.data.left_pad_sequence |
    padded_collate_sft | torchtune.data.padded_collate_packed | null | torchtune.data.no_such |
    torchtune.data.padded_collate_dpo | {_component_: torchtune.data.padded_collate_sft} |
    torch.nn.Linear
tokenizer.path ; @DIR@/nowhere.model | @DIR@ | null | '' | @DIR@/data/alpaca.json | 3 | [a]
tokenizer.max_seq_len ; 0 | 1 | -1 | 2 | '256' | 64.0 | 8192 | 1e2 | True | [64] | 100000 | 3
tokenizer.prompt_template ; ChatMLTemplate | torchtune.data.NoSuch | {user: [A, B]} |
    {user: ['A', 'B'], assistant: ['', '']} | 3 | [a] | torchtune.data.ChatMLTemplate | '' |
    torchtune.models.mistral.MistralChatTemplate | {system: ['A', 'B'], user: ['C']} |
    {nobody: ['A', 'B']}
dataset.packed ; True | 'False' | null | 1 | 'yes'
dataset.train_on_input ; 'False' | null | 1 | [True]
dataset.split ; training | val | train[:0] | train[:200%] | '[:10]' | test | null | [train] | 3 |
    train[10:5] | train+train | all | train[:2] | train[:101%]
dataset.source ; jsonl | tatsu-lab/alpaca | csv | parquet | null | text | '' | @DIR@/data | JSON |
    7
dataset.data_files ; @DIR@/data/nowhere.json | [] | null | 5 | '@DIR@/data/*.json' |
    {val: '@DIR@/data/alpaca.json'} | ''
dataset.column_map ; {input: nowhere, output: answer} | {instruction: question, output: answer} |
    {input: question} | null | [question, answer] | {} | question |
    {prompt: question, chosen: x, rejected: y} | {chosen: chosen} |
    {chosen: nowhere, rejected: rejected} | {instruction: a, input: b, output: c}
dataset.conversation_column ; nowhere | null | 5 | ''
dataset.conversation_style ; ShareGPT | chatml | null | openai | sharegpt | alpaca | 5
dataset.column ; nowhere | null | 5 | instruction
dataset.new_system_prompt ; 5 | [Be brief] | {a: b} | '' | True | Be brief
dataset.filter_fn ; torchtune.data.padded_collate | 5 | len
dataset.name ; default | en | null
dataset.subset ; default | en
dataset.streaming ; True | False
dataset.num_proc ; 0 | -1 | '2'
dataset.trust_remote_code ; True
dataset.verification_mode ; no_checks | nope
dataset.max_seq_len ; 512
dataset.template ; torchtune.data.AlpacaInstructTemplate | null
dataset.add_eos ; 'False' | null | 0
dataset.split_across_pack ; False | null
metric_logger ; null |
    \n  _component_: torchtune.training.metric_logging.WandBLogger\n  project: x |
    \n  _component_: torchtune.training.metric_logging.TensorBoardLogger
    \n  log_dir: ${output_dir}/tb |
    \n  _component_: torchtune.training.metric_logging.CometLogger |
    \n  _component_: torchtune.training.metric_logging.MLFlowLogger |
    \n  _component_: torchtune.training.metric_logging.StdoutLogger\n  log_dir: x |
    \n  log_dir: x | [] | disk
metric_logger.log_dir ; null | /proc/nowhere | '' | 5 | @DIR@/tokenizer.model | [x]
metric_logger.filename ; null | 5 | a/b.txt | ''
profiler._component_ ; torchtune.training.DummyProfiler | torch.profiler.profile | null |
    setup_torch_profiler
profiler.enabled ; 'False' | null | 0 | [True]
profiler ; null | {} | [] | off | \n  enabled: False\n  steps: 3
model ; null | {} | torchtune.models.llama2.lora_llama2_7b | []
teacher_model ; null | {} | torchtune.models.llama2.llama2_7b
dataset ; null | [] | {} | alpaca | torchtune.datasets.alpaca_dataset
loss ; null | [] | {} | cross_entropy | torch.nn.CrossEntropyLoss
tokenizer ; null | {} | llama2
optimizer ; null | {} | adamw | []
checkpointer ; null | {}
model.vocab_size ; 0 | -1 | 128 | '160' | null | 161 | 160.0
model.num_layers ; 0 | 2 | 3 | -1 | '2' | 2.0 | null
model.num_heads ; 0 | 3 | 8 | '4' | 5 | null | -4
model.num_kv_heads ; 0 | 2 | 3 | 8 | null | '4' | 1
model.embed_dim ; 0 | 63 | 128 | '64' | 64.0 | null | -64
model.max_seq_len ; 0 | 16 | -1 | '512' | null | 1.5 | 100000
model.attn_dropout ; 1.5 | -0.1 | '0.1' | null
model.norm_eps ; -1 | '1e-5' | null
model.intermediate_dim ; 0 | -1 | 100 | null | '256'
num_steps ; 0 | 7 | 8 | -8 | 16.0 | '16' | null | 17 | 100000
forward_batch_size ; 0 | 3 | 16 | -4 | 4.0 | '4' | null
ppo_batch_size ; 0 | 3 | 16 | -4 | 4.0 | '4' | null
ppo_epochs ; 0 | -1 | 1.5 | '1' | null | [1]
max_generated_tokens ; 0 | 1 | -1 | 6.0 | '6' | null | 2
temperature ; 0 | -1 | '0.7' | null | 0.0 | 1e-9
top_k ; 0 | -1 | '5' | 1000 | 1.5
min_response_length ; -1 | 100 | '3' | null | 1.5
stop_token_ids ; 2 | [] | ['2'] | null | [99999] | '2' | [2.5] | [-1] | [[2]]
kl_coeff ; -1 | '0.01' | null | [0.01]
gamma ; 2 | -1 | '1' | null
lmbda ; 2 | -1 | '0.95' | null
reward_penalty ; '-3' | null | [1] | -1000000
whiten_rewards ; 'False' | null | 1
penalise_no_eos ; 'False' | null | 1
enable_kv_cache ; 'False' | null | 1
loss.epsilon ; -1 | '0.2' | null | 2
loss.value_coeff ; -1 | '0.1' | null
loss.value_clip_range ; -1 | '0.2' | null
""")

# Several values that cannot be combined, and some that can.
COMBOS = together(r"""
full* ; in-bwd-and-clip ; optimizer_in_bwd = True ; clip_grad_norm = 1.0
full* ; in-bwd-and-accumulation ; optimizer_in_bwd = True ; gradient_accumulation_steps = 2 ;
    clip_grad_norm = null
full* ; in-bwd-alone ; optimizer_in_bwd = True ; gradient_accumulation_steps = 1 ;
    clip_grad_norm = null
ppo ; in-bwd-and-accumulation ; optimizer_in_bwd = True ; gradient_accumulation_steps = 2
ppo ; accumulation ; optimizer_in_bwd = False ; gradient_accumulation_steps = 2
ppo ; no-in-bwd ; optimizer_in_bwd = False
ppo ; accumulation-no-divisor ; optimizer_in_bwd = False ; gradient_accumulation_steps = 3
ppo ; policy-dirs-differ ; ref_policy_checkpointer.checkpoint_dir = @DIR@/llama2
ppo ; policy-files-differ ; ref_policy_checkpointer.checkpoint_files = [model.pt]
ppo ; batch-no-divisor ; batch_size = 6 ; num_steps = 12
ppo ; packed ; dataset.packed = True
lora full kd lora-hf full-hf lora-chat ; packed-without-length ; dataset.packed = True ;
    tokenizer.max_seq_len = null
lora full kd lora-hf full-hf lora-chat ; packed-length-absent ; dataset.packed = True ;
    tokenizer.max_seq_len = (absent)
lora full kd lora-hf full-hf lora-chat ; packed ; dataset.packed = True ;
    tokenizer.max_seq_len = 128 ; batch_size = 1
lora full kd ; packed-too-long ; dataset.packed = True ; tokenizer.max_seq_len = 8192
full-meta ; packed-no-split ; dataset.split_across_pack = False ; tokenizer.max_seq_len = 8
dpo* ; packed-preference ; dataset.packed = True
lora-list ; packed-mixed ; dataset.0.packed = True ; tokenizer.max_seq_len = 128
lora-list ; packed-all ; dataset.0.packed = True ; dataset.1.packed = True ;
    tokenizer.max_seq_len = 128 ; batch_size = 1
full-parts ; longer-than-model ; tokenizer.max_seq_len = 1024 ; dataset.packed = True
lora* full* dpo* ; offloading ; enable_activation_offloading = True ;
    enable_activation_checkpointing = True
lora* full* dpo* ; offloading-alone ; enable_activation_offloading = True ;
    enable_activation_checkpointing = False
kd* ; offloading-unread ; enable_activation_offloading = True
lora full lora-hf ; profiled ; profiler.enabled = True ; profiler.wait_steps = 1 ;
    profiler.warmup_steps = 1
lora full kd ppo ; profiled-no-cycle ; profiler.enabled = True ; profiler.wait_steps = 1 ;
    profiler.warmup_steps = 1 ; profiler.num_cycles = (absent)
lora full kd ppo ; profiled-no-active ; profiler.enabled = True ; profiler.wait_steps = 1 ;
    profiler.warmup_steps = 1 ; profiler.active_steps = (absent)
lora full kd ppo ; profiled-wrong-step ; profiler.enabled = True ; profiler.wait_steps = 1 ;
    profiler.warmup_steps = 1 ; profiler.active_steps = 0
lora full kd ppo ; profiled-text-step ; profiler.enabled = True ; profiler.wait_steps = '1' ;
    profiler.warmup_steps = 1
lora full kd ppo ; profiled-nothing ; profiler.enabled = True ; profiler.wait_steps = 1 ;
    profiler.warmup_steps = 1 ; profiler.cpu = False ; profiler.cuda = False
lora full kd ppo ; profiled-no-dir ; profiler.enabled = True ; profiler.wait_steps = 1 ;
    profiler.warmup_steps = 1 ; profiler.output_dir = (absent)
lora full kd ppo ; profiled-unknown ; profiler.enabled = True ; profiler.wait_steps = 1 ;
    profiler.warmup_steps = 1 ; profiler.export = True
kd ; chunks-differ ; loss.num_output_chunks = 4
kd ; chunks-differ ; kd_loss.num_output_chunks = 4
kd ; chunks-agree ; kd_loss.num_output_chunks = 4 ; loss.num_output_chunks = 4
kd ; chunked-and-plain ; loss._component_ = torch.nn.CrossEntropyLoss
kd ; plain-and-chunked ; kd_loss._component_ = torchtune.modules.loss.ForwardKLLoss
kd ; symmetric-ratio ; kd_loss =
    \n  _component_: torchtune.modules.loss.SymmetricKLWithChunkedOutputLoss \n  sym_kd_ratio: 1.5
kd ; symmetric ; kd_loss =
    \n  _component_: torchtune.modules.loss.SymmetricKLWithChunkedOutputLoss \n  sym_kd_ratio: 0.5
kd ; reverse ; kd_loss = \n  _component_: torchtune.modules.loss.ReverseKLWithChunkedOutputLoss
kd kd-full ; teacher-lora ; teacher_model._component_ = torchtune.models.llama2.lora_llama2_7b
kd kd-full ; teacher-other-size ; teacher_model._component_ = torchtune.models.llama2.llama2_13b
* ; resume ; resume_from_checkpoint = True
* ; resume-with-files ; resume_from_checkpoint = True ;
    checkpointer.recipe_checkpoint = recipe_state.pt
lora lora-hf dpo kd ; quantized ; model._component_ = torchtune.models.llama2.qlora_llama2_7b
lora lora-hf dpo kd ; quantized-dora ; model.quantize_base = True ; model.use_dora = True
lora-gemma ; qlora ; model._component_ = torchtune.models.gemma.qlora_gemma_2b
lora* dpo* kd* ; plain-model ; model = \n  _component_: torchtune.models.llama2.llama2_7b
full full-hf full-meta ; lora-model ; model =
    \n  _component_: torchtune.models.llama2.lora_llama2_7b \n  lora_attn_modules: ['q_proj']
full full-hf ; lora-keys ; model.lora_rank = 8 ; model.lora_alpha = 16
lora lora-hf dpo kd ; other-size ; model._component_ = torchtune.models.llama2.lora_llama2_13b
lora lora-hf dpo kd ; other-family ; model._component_ = torchtune.models.mistral.lora_mistral_7b
lora lora-hf dpo kd ; no-valid-module ; model.lora_attn_modules = ['query'] ;
    model.apply_lora_to_mlp = False
lora lora-hf dpo kd lora-gemma ; one-wrong-module ; model.lora_attn_modules = ['q_proj', 'v_prj']
lora lora-hf dpo kd ; no-module ; model.lora_attn_modules = [] ; model.apply_lora_to_mlp = True
lora-gemma ; no-such-argument ; model.apply_lora_to_output = False
lora full ; two-tune-files ; checkpointer.checkpoint_files = [model.pt, model-2.pt]
full-meta ; two-meta-files ;
    checkpointer.checkpoint_files = [consolidated.00.pth, consolidated.01.pth]
lora-hf full-hf ; formatted-files ; checkpointer.checkpoint_files =
    \n    filename_format: model-{}-of-{}.safetensors \n    max_filename: '00002'
lora-hf full-hf ; formatted-int ; checkpointer.checkpoint_files =
    \n    filename_format: model-{}-of-{}.safetensors \n    max_filename: 00002
lora-mistral ; mistral-system ; dataset =  \n  _component_: torchtune.datasets.instruct_dataset
    \n  source: json \n  data_files: @DIR@/data/instruct.json
    \n  column_map: {input: question, output: answer} \n  new_system_prompt: Be brief
lora full ; no-column-map ; dataset =  \n  _component_: torchtune.datasets.instruct_dataset
    \n  source: json \n  data_files: @DIR@/data/instruct.json
lora full ; chat-no-column ; dataset =  \n  _component_: torchtune.datasets.chat_dataset
    \n  source: json \n  data_files: @DIR@/data/chat.json \n  conversation_style: sharegpt
lora full ; chat-wrong-style ; dataset =  \n  _component_: torchtune.datasets.chat_dataset
    \n  source: json \n  data_files: @DIR@/data/chat.json \n  conversation_column: conversations
    \n  conversation_style: openai
lora full ; no-component ; dataset = \n  source: json\n  data_files: @DIR@/data/alpaca.json
lora full ; no-files ;
    dataset = \n  _component_: torchtune.datasets.alpaca_dataset\n  source: json
lora full ; hub ; dataset = \n  _component_: torchtune.datasets.alpaca_dataset
lora full ; preference-data ; dataset =  \n  _component_: torchtune.datasets.preference_dataset
    \n  source: json \n  data_files: @DIR@/data/prefer.json
dpo ; sft-data ; dataset =  \n  _component_: torchtune.datasets.alpaca_dataset \n  source: json
    \n  data_files: @DIR@/data/alpaca.json
lora full ; sft-class ; dataset =  \n  _component_: torchtune.datasets.SFTDataset \n  source: json
    \n  data_files: @DIR@/data/alpaca.json
lora full ; nested-component ; dataset.filter_fn = {_component_: torchtune.data.padded_collate}
lora full ; dpo-loss ; loss = \n  _component_: torchtune.rlhf.loss.DPOLoss
dpo ; sft-loss ; loss = \n  _component_: torchtune.modules.loss.CEWithChunkedOutputLoss
lora full kd ; mse-loss ; loss = \n  _component_: torch.nn.MSELoss
lora* kd* ; no-scheduler ; lr_scheduler = null
lora* kd* dpo* ; scheduler-absent ; lr_scheduler = (absent)
full* ; scheduler-null ; lr_scheduler = null
dpo* ; scheduler-null ; lr_scheduler = null
lora full dpo kd ppo ; optimizer-stale-fused ;
    optimizer._component_ = bitsandbytes.optim.PagedAdamW8bit ; optimizer.fused = True
lora full ; bnb ; optimizer = \n  _component_: bitsandbytes.optim.AdamW8bit\n  lr: 1e-3
lora full ; bnb-paged ; optimizer = \n  _component_: bitsandbytes.optim.PagedAdamW\n  lr: 1e-3
lora ; sgd-fused-decay ; optimizer._component_ = torch.optim.SGD
lora lora-hf dpo kd full ; fused-and-foreach ; optimizer.fused = True ; optimizer.foreach = True
full full-hf ; muon ; optimizer = \n  _component_: torch.optim.Muon\n  lr: 1e-3
lora full ; lbfgs ; optimizer = \n  _component_: torch.optim.LBFGS\n  lr: 1e-3
lora full ; sparse ; optimizer = \n  _component_: torch.optim.SparseAdam\n  lr: 1e-3
lora full dpo kd ; too-few-batches ; batch_size = 16 ; gradient_accumulation_steps = 2
lora full dpo kd ; batch-beyond-data ; batch_size = 64
lora full ; no-epoch ; epochs = 0
lora full ; no-step ; max_steps_per_epoch = 0
* ; dtype-and-fused ; dtype = bf16
full full-parts ; fp64 ; dtype = fp64
lora full dpo kd ; adapter-only-meta ;
    checkpointer._component_ = torchtune.training.FullModelMetaCheckpointer
lora full dpo kd ; hf-for-tune ;
    checkpointer._component_ = torchtune.training.FullModelHFCheckpointer
lora-hf full-hf ; tune-for-hf ;
    checkpointer._component_ = torchtune.training.FullModelTorchTuneCheckpointer
lora full ; wandb ; metric_logger =
    \n  _component_: torchtune.training.metric_logging.WandBLogger \n  project: sweeps
lora full ; local-component ; loss._component_ = my_losses.Focal
lora full ; list-of-one ; dataset =  \n  - _component_: torchtune.datasets.alpaca_dataset
    \n    source: json \n    data_files: @DIR@/data/alpaca.json
lora full ; list-with-null ; dataset =  \n  - _component_: torchtune.datasets.alpaca_dataset
    \n    source: json \n    data_files: @DIR@/data/alpaca.json \n  - null
lora full dpo ; top-level-dataset-keys ; source = json ; max_seq_len = 512
lora ; vision-tokenizer ;
    tokenizer._component_ = torchtune.models.llama3_2_vision.llama3_2_vision_transform
""")

# Keys that torchtune does not read there: at the top level,
TOP_KEYS = keyed(r"""
learning_rate: 1e-4 | lr: 3e-4 | max_epochs: 3 | num_epochs: 3 | warmup_steps: 10 |
 wandb_project: sweeps | gradient_checkpointing: True | fp16: False | bf16: True |
 tensor_parallel_dim: 1 | fsdp_cpu_offload: False | quantizer: null | ac_mode: full |
 dataset_val: null | run_val_every_n_steps: 10 | save_steps: 100 | optimizer_in_bwd: False |
 low_cpu_ram: False | num_workers: 2 | packed: True | max_seq_len: 512 | lora_rank: 8 |
 dataloader: {shuffle: True} | checkpoint_dir: @DIR@/llama2 | kd_ratio: 0.5 | temperature: 0.7 |
 weight_decay: 0.1 | name: run-1 | notes: first try | slurm: {time: 60} | loss_scale: 1.0 |
 gradient_clip: 1.0 | max_grad_norm: 1.0 | clip_grad_norm: null | collate: x | schedular: null |
 save_every_n_epochs: 1 | enable_async_checkpointing: False | custom_sharded_layers: ['output'] |
 ac_option: 1 | fsdp_reshard_after_forward: True | log_level: INFO |
 cudnn_deterministic_mode: null | memory_efficient_fsdp_wrap: True | teacher_model: null |
 reward_penalty: -3 | epoch: 2 | resume: False | save_adapter_weights: True | config: x |
 tasks: [hellaswag] | ref_checkpointer: null | generation: {top_k: 5} | x-note: 1 | 1: 2 |
 'on': x | profile: False | eval_steps: 5
""")

# in components,
INNER_KEYS = keyed(r"""
lr: 1e-4 | learning_rate: 1e-4 | rank: 8 | alpha: 16 | dropout: 0.1 | max_seq_len: 512 |
 lora_rank: 8 | weight_decay: 0.1 | name: x | dtype: bf16 | device: cpu | fused: True |
 epochs: 1 | momentum: 0.9 | betas: [0.9, 0.95] | warmup_steps: 10 | num_warmup_steps: 5 |
 reduction: mean | label_smoothing: 0.1 | log_dir: @DIR@/out/l | filename: x.txt | project: p |
 group: g | ignore_index: -100 | num_output_chunks: 8 | checkpoint_dir: @DIR@/llama2 |
 keep_last_n_checkpoints: 2 | enable_dcp: False | should_load_recipe_state: False |
 _partial_: True | resume_from_checkpoint: False | _recursive_: True | prompt_template: null |
 padding_side: left | truncation_type: right | use_dora: False | quantize_base: False |
 lora_dropout: 0.0 | params: null | optimizer: null | tokenizer: null | vocab_size: 160 |
 num_layers: 2 | embed_dim: 64 | safe_serialization: True | 1: 2 | args: [] | self: null |
 nesterov: False
""")

# and in data sets.
DATA_KEYS = keyed(r"""
template: torchtune.data.AlpacaInstructTemplate | max_seq_len: 512 | shuffle: True | seed: 1 |
 batch_size: 4 | subset: default | name: default | system_prompt: Be brief | num_proc: 1 |
 columns: [text] | streaming: False | field: null | encoding: utf-8 | revision: main |
 download_mode: reuse_dataset_if_exists | chunksize: 1000 | trust_remote_code: True |
 tokenizer: null | train_on_inputs: True | mask_prompt: True | column: text | data_dir: null |
 train_on_input: False | new_system_prompt: Be brief | max_rows: 10 | message_transform: null |
 use_auth_token: null | keep_in_memory: False | split_across_pack: True |
 conversation_style: sharegpt | image_dir: null | filter_fn: null | model_transform: null |
 features: null | collate_fn: null | add_eos: True
""")

# Components that no shipped config has at this path.
MORE_COMPONENTS = dict(by_path(r"""
optimizer ; torch.optim.SGD | torch.optim.Adam | torch.optim.LBFGS | torch.optim.Adagrad |
    torchao.optim.AdamW8bit | bitsandbytes.optim.AdamW | torch.optim.lr_scheduler.StepLR |
    transformers.AdamW | torch.optim.adamw | torch.optim.AdamX | torch.AdamW | AdamW
lr_scheduler ; torch.optim.lr_scheduler.StepLR | torch.optim.lr_scheduler.LinearLR |
    torchtune.modules.get_cosine_schedule_with_warmup |
    torchtune.training.get_cosine_schedule_with_warmup | torchtune.training.lr_schedulers |
    torchtune.training.lr_schedulers.get_linear_schedule_with_warmup
loss ; torch.nn.CrossEntropyLoss | torch.nn.MSELoss |
    torchtune.modules.loss.LinearCrossEntropyLoss | torchtune.modules.loss.ForwardKLLoss |
    torch.nn.functional.cross_entropy | torchtune.rlhf.loss.SimPOLoss |
    torchtune.rlhf.loss.IPOLoss | torchtune.rlhf.loss.RSOLoss
dataset ; torchtune.datasets.instruct_dataset | torchtune.datasets.chat_dataset |
    torchtune.datasets.slimorca_dataset | torchtune.datasets.samsum_dataset |
    torchtune.datasets.grammar_dataset | torchtune.datasets.wikitext_dataset |
    torchtune.datasets.cnn_dailymail_articles_dataset | torchtune.datasets.SFTDataset |
    torchtune.datasets.hh_rlhf_helpful_dataset | torchtune.datasets.PackedDataset |
    torchtune.datasets.alpaca | datasets.load_dataset | torchtune.datasets.ConcatDataset |
    torchtune.datasets.PreferenceDataset | torchtune.data.AlpacaToMessages
model ; torchtune.models.llama2.llama2 | torchtune.models.llama2.lora_llama2 |
    torchtune.models.llama2 | torchtune.models.llama2.llama2_reward_7b |
    torchtune.models.llama2_7b | torch.nn.Linear | torchtune.models.llama2.qlora_llama2_7b |
    torchtune.models.llama4.llama4_scout_17b_16e |
    torchtune.models.mistral.lora_mistral_reward_7b | transformers.AutoModelForCausalLM
tokenizer ; torchtune.models.llama2.Llama2Tokenizer | torchtune.models.llama3.llama3_tokenizer |
    torchtune.modules.transforms.tokenizers.SentencePieceBaseTokenizer |
    torchtune.modules.tokenizers.SentencePieceBaseTokenizer | transformers.AutoTokenizer |
    torchtune.models.llama2.llama2_tokeniser
checkpointer ; torchtune.training.checkpointing.FullModelHFCheckpointer |
    torchtune.utils.FullModelHFCheckpointer | torchtune.training.HFCheckpointer |
    torchtune.training.checkpointing._checkpointer.DistributedCheckpointer
metric_logger ; torchtune.training.metric_logging.StdoutLogger |
    torchtune.utils.metric_logging.DiskLogger | torchtune.training.metric_logging.WandbLogger |
    torchtune.training.metric_logging.WandBLogger | torchtune.training.metric_logging |
    logging.Logger | torchtune.training.DiskLogger
profiler ; torchtune.utils.setup_torch_profiler | torch.profiler.profile
"""))

# Names that are not a component.
ANY_COMPONENTS = values(entries(r"""
builtins.dict | builtins.int | math.pi | torch | os | torchtune | a.b.c | '' | null | 3 |
 [torch.optim.AdamW] | torchtune..models | .torchtune | torch.nn.Identity | builtins.print |
 torchtune.models.llama2.llama2_7b() | ???
""")[0])
