"""Configs that work: shipped ones, changed to train on a CPU in a fraction of a second.

`make_files(DIR)` writes the data sets, the tokenizer and the checkpoints; `texts(SITE)` returns the configs,
with @DIR@ in place of DIR.
"""

import json
import random
from pathlib import Path

from yamltext import set_values

ROWS = 16
PIECES = 150  # at most the vocabulary of the shrunk llama2, 160
DATA = ("alpaca", "instruct", "chat", "openai", "text", "prefer", "paired")
WORDS = ("the cat sat on a mat and saw big red dog run fast over green hill under blue sky "
         "while small bird sang loud song near old tree").split()


# --- the files ----------------------------------------------------------------


def sentence(rng):
    return " ".join(rng.choice(WORDS) for _ in range(5))


def rows():
    """{file name: rows}, for the data set builders."""
    rng = random.Random(7)
    data = {name: [] for name in DATA}
    for _ in range(ROWS):
        good, bad = sentence(rng), sentence(rng)
        ask = f"Repeat: {good}"
        user, answer = {"role": "user", "content": ask}, {"role": "assistant", "content": good}
        data["alpaca"].append({"instruction": ask, "input": "", "output": good})
        data["instruct"].append({"question": ask, "answer": good})
        data["chat"].append({"conversations": [{"from": "human", "value": ask},
                                               {"from": "gpt", "value": good}]})
        data["openai"].append({"messages": [user, answer]})
        data["text"].append({"text": f"{ask} {good}"})
        data["prefer"].append({"chosen": [user, answer],
                               "rejected": [user, {"role": "assistant", "content": bad}]})
        data["paired"].append({"question": ask, "response_j": good, "response_k": bad})
    return data


def make_tokenizer(prefix, data):
    import sentencepiece

    frame = ("Below is an instruction that describes a task. Write a response that appropriately "
             "completes the request.\n\n### Instruction:\n\n### Response:\n [INST] [/INST] <<SYS>>")
    texts = [f"{row['instruction']} {row['output']}" for row in data["alpaca"]]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([frame] * 5 + texts), model_prefix=str(prefix), model_type="bpe",
        vocab_size=PIECES, hard_vocab_limit=False, unk_id=0, bos_id=1, eos_id=2, pad_id=-1,
        num_threads=1, minloglevel=2)


def make_checkpoint(directory, model, to_hf, meta=False):
    """Writes weights in the formats of torchtune, Hugging Face and maybe Meta."""
    import torch
    from safetensors.torch import save_file
    from torchtune.models.convert_weights import tune_to_meta

    directory.mkdir(parents=True, exist_ok=True)
    attention = model.layers[0].attn
    config = {"num_attention_heads": attention.num_heads, "hidden_size": attention.embed_dim,
              "num_key_value_heads": attention.num_kv_heads, "head_dim": attention.head_dim,
              "vocab_size": model.tok_embeddings.num_embeddings}
    (directory / "config.json").write_text(json.dumps(config))
    weights = model.state_dict()
    torch.save(weights, directory / "model.pt")
    if meta:
        torch.save(tune_to_meta(weights), directory / "consolidated.00.pth")
    weights = {key: value.contiguous() for key, value in to_hf(weights, config).items()}
    half = len(weights) // 2
    for number, items in enumerate((list(weights.items())[:half], list(weights.items())[half:]), 1):
        save_file(dict(items), directory / f"model-{number:05}-of-00002.safetensors")


def make_files(directory):
    """Writes the files that the working configs name. Needs the shrunk builders."""
    import torch
    from torchtune.models import gemma, llama2, mistral
    from torchtune.models.convert_weights import tune_to_hf
    from torchtune.models.mistral._component_builders import mistral_classifier
    from torchtune.rlhf.utils import reward_tune_to_hf

    def plain(weights, config):
        return tune_to_hf(weights, config["num_attention_heads"], config["num_key_value_heads"],
                          config["hidden_size"], config["head_dim"])

    def reward(weights, config):
        return reward_tune_to_hf(weights, config["num_attention_heads"],
                                 config["num_key_value_heads"], config["hidden_size"])

    directory = Path(directory)
    (directory / "data").mkdir(parents=True, exist_ok=True)
    data = rows()
    for name, items in data.items():
        (directory / "data" / f"{name}.json").write_text(json.dumps(items))
    make_tokenizer(directory / "tokenizer", data)
    torch.manual_seed(0)
    make_checkpoint(directory / "llama2", llama2.llama2_7b(), plain, meta=True)
    make_checkpoint(directory / "mistral", mistral.mistral_7b(), plain)
    make_checkpoint(directory / "gemma", gemma.gemma_2b(), plain)
    make_checkpoint(directory / "reward", mistral_classifier(num_classes=1, **REWARD_SHAPE), reward)


# --- the configs --------------------------------------------------------------

REWARD_SHAPE = {"vocab_size": 161, "num_layers": 1, "num_heads": 4, "num_kv_heads": 1,
                "embed_dim": 64, "intermediate_dim": 224, "max_seq_len": 32768}

RUN = {
    "output_dir": "@DIR@/out",
    "tokenizer.path": "@DIR@/tokenizer.model",
    "seed": "7",
    "device": "cpu",
    "dtype": "fp32",
    "batch_size": "4",
    "gradient_accumulation_steps": "1",
}
TUNE = {
    "checkpointer._component_": "torchtune.training.FullModelTorchTuneCheckpointer",
    "checkpointer.checkpoint_dir": "@DIR@/llama2",
    "checkpointer.checkpoint_files": "[model.pt]",
    "checkpointer.model_type": "LLAMA2",
}
HF = {
    "checkpointer.checkpoint_dir": "@DIR@/llama2",
    "checkpointer.checkpoint_files": """[
    model-00001-of-00002.safetensors,
    model-00002-of-00002.safetensors,
  ]""",
    "checkpointer.model_type": "LLAMA2",
}
LLAMA2_TOKENS = {"tokenizer._component_": "torchtune.models.llama2.llama2_tokenizer"}


def dataset(builder, file, *more, key="dataset"):
    """The YAML of a data set for a local file, with more lines."""
    lines = [f"_component_: torchtune.datasets.{builder}", "source: json",
             f"data_files: @DIR@/data/{file}.json", *more]
    return {key: "\n" + "\n".join(f"  {line}" for line in lines)}


ALPACA = dataset("alpaca_dataset", "alpaca", "packed: False")
LORA = {**RUN, "lr_scheduler.num_warmup_steps": "2", "enable_activation_checkpointing": "False"}
FULL = {**RUN, "lr_scheduler.num_warmup_steps": "2", "enable_activation_checkpointing": "False",
        "enable_activation_offloading": "False", "optimizer._component_": "torch.optim.AdamW"}

LLAMA2_LORA = "llama2/7B_lora_single_device"
LLAMA2_FULL = "llama2/7B_full_low_memory"
# name: (recipe, shipped config, changes)
WORKING = {
    "lora": ("lora_finetune_single_device", LLAMA2_LORA, {**LORA, **TUNE, **ALPACA}),
    "full": ("full_finetune_single_device", LLAMA2_FULL, {**FULL, **TUNE, **ALPACA}),
    "dpo": ("lora_dpo_single_device", "llama3_1/8B_lora_dpo_single_device", {
        **LORA, **TUNE, **LLAMA2_TOKENS,
        "tokenizer.max_seq_len": "256",
        "model._component_": "torchtune.models.llama2.lora_llama2_7b",
        **dataset("preference_dataset", "prefer"),
        "gradient_accumulation_steps": "2",
    }),
    "kd": ("knowledge_distillation_single_device", "llama3_2/8B_to_1B_KD_lora_single_device", {
        **LORA, **TUNE, **LLAMA2_TOKENS, **ALPACA,
        "model._component_": "torchtune.models.llama2.lora_llama2_7b",
        "teacher_model._component_": "torchtune.models.llama2.llama2_7b",
        "teacher_checkpointer._component_": "torchtune.training.FullModelTorchTuneCheckpointer",
        "teacher_checkpointer.checkpoint_dir": "@DIR@/llama2",
        "teacher_checkpointer.checkpoint_files": "[model.pt]",
        "teacher_checkpointer.model_type": "LLAMA2",
        "model.lora_rank": "8",
        "model.lora_alpha": "16",
    }),
    "lora-hf": ("lora_finetune_single_device", LLAMA2_LORA, {
        **LORA, **HF,
        **dataset("instruct_dataset", "instruct", "column_map:", "  input: question",
                  "  output: answer", "train_on_input: True", "split: train"),
        "metric_logger": "\n  _component_: torchtune.training.metric_logging.StdoutLogger",
        "gradient_accumulation_steps": "2",
        "clip_grad_norm": "1.0",
    }),
    "lora-packed": ("lora_finetune_single_device", LLAMA2_LORA, {
        **LORA, **TUNE,
        **dataset("alpaca_dataset", "alpaca", "packed: True"),
        "tokenizer.max_seq_len": "256",
        "batch_size": "2",
        "epochs": "2",
        "save_adapter_weights_only": "True",
    }),
    "lora-list": ("lora_finetune_single_device", LLAMA2_LORA, {
        **LORA, **TUNE,
        "dataset": """
  - _component_: torchtune.datasets.alpaca_dataset
    source: json
    data_files: @DIR@/data/alpaca.json
    split: train[:50%]
  - _component_: torchtune.datasets.instruct_dataset
    source: json
    data_files: @DIR@/data/instruct.json
    column_map: {input: question, output: answer}
    split: train[50%:]""",
        "shuffle": "False",
    }),
    "lora-chat": ("lora_finetune_single_device", LLAMA2_LORA, {
        **LORA, **TUNE,
        **dataset("chat_dataset", "chat", "conversation_column: conversations",
                  "conversation_style: sharegpt", "train_on_input: False"),
        "optimizer": "\n  _component_: torch.optim.SGD\n  lr: 0.05\n  momentum: 0.9",
        "loss._component_": "torch.nn.CrossEntropyLoss",
        "model.lora_attn_modules": "['q_proj', 'k_proj']",
        "model.apply_lora_to_mlp": "False",
    }),
    "lora-gemma": ("lora_finetune_single_device", "gemma/2B_lora_single_device", {
        **LORA, **HF,
        "checkpointer.checkpoint_dir": "@DIR@/gemma/",
        "checkpointer.model_type": "GEMMA",
        "model.lora_rank": "4",
        **dataset("chat_dataset", "openai", "conversation_column: messages",
                  "conversation_style: openai"),
    }),
    "lora-mistral": ("lora_finetune_single_device", "mistral/7B_lora_single_device", {
        **LORA, **HF, **ALPACA,
        "checkpointer.checkpoint_dir": "@DIR@/mistral",
        "checkpointer.model_type": "MISTRAL",
        "tokenizer.max_seq_len": "64",
        "max_steps_per_epoch": "3",
    }),
    "full-hf": ("full_finetune_single_device", "llama3_2/1B_full_single_device", {
        **FULL, **HF, **ALPACA, **LLAMA2_TOKENS, "lr_scheduler.num_warmup_steps": None,
        "model._component_": "torchtune.models.llama2.llama2_7b",
        "optimizer_in_bwd": "False",
        "gradient_accumulation_steps": "2",
        "clip_grad_norm": "1.0",
        "epochs": "2",
    }),
    "full-meta": ("full_finetune_single_device", LLAMA2_FULL, {
        **FULL, **TUNE,
        "checkpointer._component_": "torchtune.training.FullModelMetaCheckpointer",
        "checkpointer.checkpoint_files": "[consolidated.00.pth]",
        **dataset("text_completion_dataset", "text", "column: text", "packed: True"),
        "tokenizer.max_seq_len": "64",
        "batch_size": "2",
        "log_every_n_steps": "2",
    }),
    "full-parts": ("full_finetune_single_device", LLAMA2_FULL, {
        **FULL, **TUNE, **ALPACA,
        "model": """
  _component_: torchtune.models.llama2.llama2
  vocab_size: 160
  num_layers: 1
  num_heads: 4
  num_kv_heads: 4
  embed_dim: 64
  max_seq_len: 512""",
        "optimizer_in_bwd": "False",
        "enable_activation_checkpointing": "True",
    }),
    "dpo-paired": ("lora_dpo_single_device", "llama3_1/8B_lora_dpo_single_device", {
        **LORA, **HF, **LLAMA2_TOKENS,
        "model._component_": "torchtune.models.llama2.lora_llama2_7b",
        **dataset("stack_exchange_paired_dataset", "paired"),
        "loss": "\n  _component_: torchtune.rlhf.loss.RSOLoss\n  gamma: 0.2",
    }),
    "kd-full": ("knowledge_distillation_single_device", "llama3_2/8B_to_1B_KD_lora_single_device", {
        **LORA, **TUNE, **LLAMA2_TOKENS,
        **dataset("alpaca_cleaned_dataset", "alpaca", "packed: True"),
        "tokenizer.max_seq_len": "128",
        "model._component_": "torchtune.models.llama2.lora_llama2_7b",
        "teacher_model._component_": "torchtune.models.llama2.llama2_7b",
        "teacher_checkpointer.checkpoint_dir": "@DIR@/llama2",
        "teacher_checkpointer.checkpoint_files": "[model-00001-of-00002.safetensors, "
                                                 "model-00002-of-00002.safetensors]",
        "teacher_checkpointer.model_type": "LLAMA2",
        "kd_loss": "\n  _component_: torchtune.modules.loss.ForwardKLLoss",
        "loss._component_": "torch.nn.CrossEntropyLoss",
        "kd_ratio": "0.25",
        "gradient_accumulation_steps": "1",
    }),
    "ppo": ("ppo_full_finetune_single_device", "mistral/7B_full_ppo_low_memory", {
        **RUN,
        "tokenizer.max_seq_len": "24",
        "dataset": "\n  _component_: torchtune.datasets.text_completion_dataset\n  source: json\n"
                   "  data_files: @DIR@/data/text.json\n  split: train\n  column: text\n"
                   "  add_eos: False",
        **{f"{which}checkpointer.checkpoint_dir": f"@DIR@/{model}"
           for which, model in (("", "mistral"), ("ref_policy_", "mistral"), ("value_", "reward"),
                                ("reward_", "reward"))},
        **{f"{which}checkpointer.checkpoint_files":
           "[model-00001-of-00002.safetensors, model-00002-of-00002.safetensors]"
           for which in ("", "ref_policy_", "value_", "reward_")},
        **{f"reward_and_value_model.{key}": str(value) for key, value in REWARD_SHAPE.items()},
        "batch_size": "8",
        "num_steps": "16",
        "ppo_batch_size": "4",
        "forward_batch_size": "4",
        "max_generated_tokens": "6",
        "min_response_length": "3",
        "stop_token_ids": "[2, 13]",
        "compile": "False",
        "optimizer._component_": "torch.optim.AdamW",
        "enable_activation_checkpointing": "False",
    }),
}


def texts(site):
    """{name: (recipe, text)} from the shipped configs in the site-packages SITE."""
    made = {}
    for name, (recipe, origin, changes) in WORKING.items():
        shipped = (Path(site) / "recipes" / "configs" / f"{origin}.yaml").read_text()
        made[name] = (recipe, set_values(shipped, changes))
    return made
