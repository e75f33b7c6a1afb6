#!/usr/bin/env python3
"""Makes a language model that trains on a CPU within seconds.

usage: tiny_model.py [--wide] DIR

Needs the Python of TORCHTUNE_VENV. DIR gets a data set of 64 sums in words, a SentencePiece tokenizer, a
random checkpoint in the shape of Llama 2, and base.yaml: a config for the recipe
lora_finetune_single_device, made from torchtune's llama2/7B_lora_single_device, that trains on them for
one epoch of 16 steps:

    tune run lora_finetune_single_device --config DIR/base.yaml

The files depend only on the arguments. With --wide, a batch of 64 needs some 700 MB more than one of 4.
"""

import json
import os
import random
import sys
from pathlib import Path

try:
    import sentencepiece
    import torch
    import torchtune
    from omegaconf import OmegaConf
    from torchtune.models.llama2 import llama2
except ImportError as error:
    print(f"tiny_model.py: needs the Python of TORCHTUNE_VENV: {error}", file=sys.stderr)
    sys.exit(77)

ORIGIN = "recipes/configs/llama2/7B_lora_single_device.yaml"
ROWS = 64
PIECES = 128
SHAPE = {"num_layers": 2, "num_heads": 4, "num_kv_heads": 4, "embed_dim": 64, "max_seq_len": 256}
DIGITS = "zero one two three four five six seven eight nine".split()


def spell(number):
    return " ".join(DIGITS[int(digit)] for digit in str(number))


def write_data(path):
    rng = random.Random(20)
    rows = []
    for _ in range(ROWS):
        a, b = rng.randrange(1000), rng.randrange(1000)
        rows.append({
            "instruction": f"Add {spell(a)} and {spell(b)}.",
            "input": "",
            "output": f"The sum is {spell(a + b)}.",
        })
    path.write_text(json.dumps(rows, indent=1))
    return rows


def write_tokenizer(prefix, rows):
    # The prompt template of the alpaca data set has these letters too; without them it would be "unknown".
    frame = ("Below is an instruction that describes a task. Write a response "
             "that appropriately completes the request.\n### Instruction:\n### Response:")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([frame] + [f"{row['instruction']} {row['output']}" for row in rows]),
        model_prefix=str(prefix), model_type="bpe", vocab_size=PIECES, hard_vocab_limit=False,
        unk_id=0, bos_id=1, eos_id=2, pad_id=-1, num_threads=1, minloglevel=2)
    return sentencepiece.SentencePieceProcessor(model_file=f"{prefix}.model").vocab_size()


def write_checkpoint(path, vocab_size, shape):
    path.parent.mkdir(exist_ok=True)
    torch.manual_seed(0)
    torch.save(llama2(vocab_size=vocab_size, **shape).state_dict(), path)


def write_config(directory, vocab_size, shape):
    config = OmegaConf.load(Path(torchtune.__file__).parent.parent / ORIGIN)
    # merge=False replaces a whole component, with the arguments of the present one.
    changes = {
        "output_dir": str(directory / "out"),
        "model._component_": "torchtune.models.llama2.lora_llama2",
        "model.vocab_size": vocab_size,
        **{f"model.{key}": value for key, value in shape.items()},
        "tokenizer.path": str(directory / "tokenizer.model"),
        "tokenizer.max_seq_len": shape["max_seq_len"],
        "checkpointer._component_": "torchtune.training.FullModelTorchTuneCheckpointer",
        "checkpointer.checkpoint_dir": str(directory / "checkpoint"),
        "checkpointer.checkpoint_files": ["model.pt"],
        "dataset": {
            "_component_": "torchtune.datasets.alpaca_dataset",
            "source": "json",
            "data_files": str(directory / "data.json"),
            "packed": False,
        },
        "batch_size": 4,
        "gradient_accumulation_steps": 1,
        "epochs": 1,
        "lr_scheduler.num_warmup_steps": 2,
        "device": "cpu",
        "dtype": "fp32",
        "enable_activation_checkpointing": False,
        "metric_logger": {
            "_component_": "torchtune.training.metric_logging.DiskLogger",
            "log_dir": "${output_dir}/logs",
        },
        "log_every_n_steps": 1,
    }
    for key, value in changes.items():
        OmegaConf.update(config, key, value, merge=False)
    OmegaConf.save(config, directory / "base.yaml")


def main():
    options = sys.argv[1:-1]
    if options not in ([], ["--wide"]) or len(sys.argv) < 2 or sys.argv[-1].startswith("-"):
        sys.exit(__doc__.split("\n\n")[1])
    shape = {**SHAPE, **({"intermediate_dim": 4096} if options else {})}
    # Absolute, so that the config works from any directory.
    directory = Path(os.path.abspath(sys.argv[-1]))
    directory.mkdir(parents=True, exist_ok=True)
    rows = write_data(directory / "data.json")
    vocab_size = write_tokenizer(directory / "tokenizer", rows)
    write_checkpoint(directory / "checkpoint" / "model.pt", vocab_size, shape)
    write_config(directory, vocab_size, shape)


if __name__ == "__main__":
    main()
