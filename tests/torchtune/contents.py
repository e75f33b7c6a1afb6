#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what --check-paths says of files with what torchtune does with them.

Each case is a config and its files. The data set, tokenizer or checkpointer of torchtune reads them:
where it fails, `sweepctl validate --check-paths` must have said so, and only there. Some mistakes are
not found; those cases say so.

Needs SWEEPCTL and TORCHTUNE_VENV. Exit status: 0 all agree, 1 they do not, 77 something is missing.
"""
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, enter_venv, finish, program, skip

SWEEPCTL = program("SWEEPCTL")
if not os.environ.get("TORCHTUNE_VENV"):
    skip("needs TORCHTUNE_VENV (see tests/support/environment)")
enter_venv("TORCHTUNE_VENV")

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")
import datasets
import torch
from omegaconf import OmegaConf
from safetensors.torch import save_file
from torchtune import config as torchtune_config
from torchtune.models import convert_weights

import tiny_model

datasets.disable_caching()
CODES = {check["code"] for check in json.loads(
    (Path(__file__).resolve().parents[2] / "specs/profiles/torchtune-0.6.1.json").read_text())["path_checks"]}
MISSED = "missed"  # torchtune fails, and sweepctl does not know
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
PAGE = b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n"
D = "torchtune.datasets."
CHECKPOINTER = "torchtune.training.FullModelHFCheckpointer"


class Tokenizer:
    """Takes every message, as long as its parts are text."""
    max_seq_len = 64

    def encode(self, text, **_):
        return [len(word) for word in text.split()]

    def __call__(self, sample, inference=False):
        for message in sample["messages"]:
            for part in message.content:
                if not isinstance(part["content"], str):
                    raise TypeError("no text")
        return {"tokens": [1, 2], "mask": [False, False]}

    def tokenize_messages(self, messages, **_):
        for message in messages:
            if not isinstance(message.text_content, str):
                raise TypeError("no text")
        return [1, 2], [False, False]


# --- data -------------------------------------------------------------------------


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def chat(a="role", b="content", roles=("user", "assistant")):
    return [{a: roles[0], b: "Q"}, {a: roles[1], b: "A"}]


SHARE = chat("from", "value", ("human", "gpt"))
ALPACA = {"instruction": "a", "output": "b"}
IO_RECORD = {"input": "a", "output": "b"}
PAIR = {"chosen": chat(), "rejected": chat()}

# name: (component, further arguments, file name, bytes, code, None or MISSED)
DATA = {
    "alpaca": ("alpaca_dataset", {}, "a.jsonl", lines(ALPACA, ALPACA), None),
    "alpaca with input": ("alpaca_dataset", {}, "a.json",
                          json.dumps([{**ALPACA, "input": ""}]).encode(), None),
    "indented list": ("alpaca_dataset", {}, "a.json",
                      json.dumps([ALPACA, ALPACA], indent=2).encode(), None),
    "indented object": ("alpaca_dataset", {}, "a.json",
                        json.dumps(ALPACA, indent=2).encode(), None),
    "other columns": ("alpaca_dataset", {}, "a.jsonl",
                      lines({"prompt": "a", "completion": "b"}), "data-columns"),
    "one column missing": ("alpaca_dataset", {}, "a.jsonl",
                           lines({"instruction": "a", "response": "b"}), "data-columns"),
    "case": ("alpaca_dataset", {}, "a.jsonl", lines({"Instruction": "a", "Output": "b"}),
             "data-columns"),
    "mapped": ("alpaca_dataset", {"column_map": {"output": "response"}}, "a.jsonl",
               lines({"instruction": "a", "response": "b"}), None),
    "mapped to nothing": ("alpaca_dataset", {"column_map": {"output": "response"}}, "a.jsonl",
                          lines(ALPACA), "data-columns"),
    "column in the second record": ("text_completion_dataset", {"column": "b"}, "a.jsonl",
                                    lines({"a": "x"}, {"a": "x", "b": "y"}), MISSED),
    "lists": ("alpaca_dataset", {}, "a.json",
              json.dumps({"instruction": ["a"], "output": ["b"]}).encode(), MISSED),
    "field": ("alpaca_dataset", {"field": "data"}, "a.json",
              json.dumps({"version": 1, "data": [ALPACA]}).encode(), None),
    "field of lists": ("alpaca_dataset", {"field": "data"}, "a.json",
                       json.dumps({"data": {"instruction": ["a"], "output": ["b"]}}).encode(), None),
    "no field": ("alpaca_dataset", {"field": "rows"}, "a.json",
                 json.dumps({"data": [ALPACA]}).encode(), "wrong-data-file"),
    "field with other columns": ("alpaca_dataset", {"field": "data"}, "a.json",
                                 json.dumps({"data": [{"x": "a"}]}).encode(), "data-columns"),
    "field not given": ("alpaca_dataset", {}, "a.json", json.dumps({"data": [ALPACA]}).encode(),
                        "data-columns"),
    "pointer": ("alpaca_dataset", {}, "a.json", POINTER, "wrong-data-file"),
    "page": ("alpaca_dataset", {}, "a.json", PAGE, "wrong-data-file"),
    "empty": ("alpaca_dataset", {}, "a.json", b"", "wrong-data-file"),
    "text": ("alpaca_dataset", {}, "a.json", b"hello\nworld\n", "wrong-data-file"),
    "CSV as JSON": ("alpaca_dataset", {}, "a.json", b"instruction,output\na,b\n", "wrong-data-file"),
    "single quotes": ("alpaca_dataset", {}, "a.jsonl", b"{'instruction': 'a', 'output': 'b'}\n",
                      "wrong-data-file"),
    "None": ("alpaca_dataset", {}, "a.jsonl",
             b'{"instruction": "a", "input": None, "output": "b"}\n', "wrong-data-file"),
    "cut off": ("alpaca_dataset", {}, "a.jsonl", lines(ALPACA) + lines(ALPACA)[:-8],
                "wrong-data-file"),
    "list that is cut off": ("alpaca_dataset", {}, "a.json", json.dumps([ALPACA, ALPACA]).encode()[:-9],
                             "wrong-data-file"),
    "third line is no JSON": ("alpaca_dataset", {}, "a.jsonl",
                              lines(ALPACA, ALPACA) + b'{"instruction" "a"}\n', "wrong-data-file"),
    "byte order mark": ("alpaca_dataset", {}, "a.jsonl", b"\xef\xbb\xbf" + lines(ALPACA), None),
    "UTF-16": ("alpaca_dataset", {}, "a.jsonl", lines(ALPACA).decode().encode("utf-16"),
               "wrong-data-file"),
    "NaN": ("alpaca_dataset", {}, "a.jsonl", b'{"instruction": "a", "output": "b", "x": NaN}\n', None),
    "large number": ("alpaca_dataset", {}, "a.json",
                     b'[{"instruction": "a", "output": "b", "x": 1e5, "y": 9223372036854775807}]', None),
    "blank lines": ("alpaca_dataset", {}, "a.jsonl", lines(ALPACA) + b"\n" + lines(ALPACA), None),
    "list of strings": ("text_completion_dataset", {}, "a.json", b'["a", "b"]', None),
    "long": ("alpaca_dataset", {}, "a.jsonl", lines(*[{**ALPACA, "x": "y" * 1000}] * 1500), None),
    "long with other columns": ("alpaca_dataset", {}, "a.jsonl",
                                lines(*[{"x": "y" * 1000}] * 1500), "data-columns"),
    "CSV": ("alpaca_dataset", {}, "a.csv", b"instruction,output\na,b\n", None),
    "CSV with quotes": ("alpaca_dataset", {}, "a.csv",
                        b'"instruction","out""put","output"\r\n"a\nb",c,d\r\n', None),
    "CSV with other columns": ("alpaca_dataset", {}, "a.csv", b"prompt,answer\na,b\n", "data-columns"),
    "CSV with spaces": ("alpaca_dataset", {}, "a.csv", b"instruction, output\na,b\n", "data-columns"),
    "CSV with a mark": ("alpaca_dataset", {}, "a.csv", b"\xef\xbb\xbfinstruction,output\na,b\n", None),
    "CSV, empty": ("alpaca_dataset", {}, "a.csv", b"", "wrong-data-file"),
    "TSV": ("alpaca_dataset", {"delimiter": "\t"}, "a.tsv", b"instruction\toutput\na\tb\n", None),
    "TSV by sep": ("alpaca_dataset", {"sep": "\t"}, "a.tsv", b"instruction\toutput\na\tb\n", None),
    "TSV as CSV": ("alpaca_dataset", {}, "a.tsv", b"instruction\toutput\na\tb\n", "data-columns"),
    "names of columns": ("alpaca_dataset", {"column_names": ["instruction", "output"]}, "a.csv",
                         b"a,b\nc,d\n", None),
    "compressed": ("alpaca_dataset", {}, "a.json.gz", gzip.compress(lines(ALPACA)), None),
    "compressed, other columns": ("alpaca_dataset", {}, "a.json.gz", gzip.compress(lines({"x": 1})),
                                  MISSED),
    "cleaned": ("alpaca_cleaned_dataset", {}, "a.jsonl", lines({"x": 1}), "data-columns"),
    "instruct": ("instruct_dataset", {}, "a.jsonl", lines(IO_RECORD), None),
    "instruct, alpaca": ("instruct_dataset", {}, "a.jsonl", lines(ALPACA), "data-columns"),
    "instruct, mapped": ("instruct_dataset", {"column_map": {"input": "q", "output": "a"}}, "a.jsonl",
                         lines({"q": "x", "a": "y"}), None),
    "grammar": ("grammar_dataset", {}, "a.jsonl", lines({"x": 1}), "data-columns"),
    "samsum": ("samsum_dataset", {}, "a.jsonl", lines({"dialogue": "a", "summary": "b"}), None),
    "samsum, instruct": ("samsum_dataset", {}, "a.jsonl", lines(IO_RECORD), "data-columns"),
    "sharegpt": ("chat_dataset", {"conversation_column": "c", "conversation_style": "sharegpt"},
                 "a.jsonl", lines({"c": SHARE}), None),
    "openai": ("chat_dataset", {"conversation_column": "c", "conversation_style": "openai"},
               "a.jsonl", lines({"c": chat()}), None),
    "sharegpt as openai": ("chat_dataset", {"conversation_column": "c", "conversation_style": "openai"},
                           "a.jsonl", lines({"c": SHARE}), "data-columns"),
    "openai as sharegpt": ("chat_dataset",
                           {"conversation_column": "c", "conversation_style": "sharegpt"},
                           "a.jsonl", lines({"c": chat()}), "data-columns"),
    "chat, other column": ("chat_dataset",
                           {"conversation_column": "messages", "conversation_style": "openai"},
                           "a.jsonl", lines({"c": chat()}), "data-columns"),
    "chat, string": ("chat_dataset", {"conversation_column": "c", "conversation_style": "openai"},
                     "a.jsonl", lines({"c": "Q"}), "data-columns"),
    "slimorca": ("slimorca_dataset", {}, "a.jsonl", lines({"conversations": SHARE}), None),
    "slimorca, messages": ("slimorca_dataset", {}, "a.jsonl", lines({"messages": chat()}),
                           "data-columns"),
    "preference": ("preference_dataset", {}, "a.jsonl", lines(PAIR), None),
    "preference, strings": ("preference_dataset", {}, "a.jsonl",
                            lines({"prompt": "p", "chosen": "a", "rejected": "b"}), "data-columns"),
    "preference, one": ("preference_dataset", {}, "a.jsonl", lines({"chosen": chat()}),
                        "data-columns"),
    "preference, mapped": ("preference_dataset", {"column_map": {"chosen": "a", "rejected": "b"}},
                           "a.jsonl", lines({"a": chat(), "b": chat()}), None),
    "helpful": ("hh_rlhf_helpful_dataset", {}, "a.jsonl", lines({"x": chat()}), "data-columns"),
    "text completion": ("text_completion_dataset", {}, "a.jsonl", lines({"text": "a"}), None),
    "text completion, column": ("text_completion_dataset", {"column": "t"}, "a.jsonl",
                                lines({"t": "a"}), None),
    "text completion, other": ("text_completion_dataset", {}, "a.jsonl", lines({"content": "a"}),
                               "data-columns"),
    "train of a mapping": ("alpaca_dataset", {"data_files": {"train": "a.jsonl", "test": "none"}},
                           "a.jsonl", lines({"x": 1}), "data-columns"),
    "two files": ("alpaca_dataset", {"data_files": ["a.jsonl", "a.jsonl"]}, "a.jsonl",
                  lines(ALPACA), None),
}


def read_data(component):
    component = dict(component)
    given = component.pop("data_files")
    if isinstance(given, dict):
        given = {"train": given["train"]}
    data = torchtune_config.instantiate(OmegaConf.create({**component, "data_files": given}),
                                        Tokenizer())
    for index in range(min(len(data), 3)):
        data[index]
    if not len(data):
        raise ValueError("no records")


def check_data(base):
    for name, (component, more, file, content, code) in DATA.items():
        Path(file).write_bytes(content)
        source = "csv" if file.endswith((".csv", ".tsv")) else "json"
        entry = {"_component_": D + component, "source": source, "data_files": file, "split": "train",
                 **more}
        compare(f"data: {name}", {**base, "dataset": entry}, "dataset", lambda: read_data(entry), code)
        os.remove(file)


# --- tokenizers -------------------------------------------------------------------


def tokenizer_files(directory):
    """name: bytes of each kind of file."""
    vocabulary = {chr(letter): letter - 33 for letter in range(33, 127)}
    hugging = {"version": "1.0", "added_tokens": [{"id": 0, "content": "<s>"}], "model": {}}
    ranks = "".join(f"{tiktoken_token(byte)} {byte}\n" for byte in range(256))
    return {"sentencepiece": (directory / "tokenizer.model").read_bytes(), "ranks": ranks.encode(),
            "vocabulary": json.dumps(vocabulary).encode(), "hugging": json.dumps(hugging).encode(),
            "merges": b"#version: 0.2\nh e\nl l\n", "pointer": POINTER, "page": PAGE, "empty": b"",
            "error": b"Entry not found", "short": json.dumps(vocabulary).encode()[:40]}


def tiktoken_token(byte):
    import base64
    return base64.b64encode(bytes([byte])).decode()


M = "torchtune.models."
# component: (argument, other arguments, the kinds that it reads)
TOKENIZERS = {
    "llama2.llama2_tokenizer": ("path", {}, ["sentencepiece"]),
    "mistral.mistral_tokenizer": ("path", {}, ["sentencepiece"]),
    "gemma.gemma_tokenizer": ("path", {}, ["sentencepiece"]),
    "llama3.llama3_tokenizer": ("path", {}, ["ranks"]),
    "qwen2.qwen2_tokenizer": ("path", {"merges_file": "merges"}, ["vocabulary"]),
    "phi4.phi4_tokenizer": ("vocab_path", {"merges_path": "merges"}, ["vocabulary"]),
}


def read_tokenizer(component):
    tokenizer = torchtune_config.instantiate(OmegaConf.create(component))
    tokenizer.encode("hello", add_bos=False, add_eos=False)
    tokenizer.encode("!", add_bos=False, add_eos=False)


def check_tokenizers(base, directory):
    files = tokenizer_files(directory)
    for kind, content in files.items():
        Path(kind).write_bytes(content)
    for path, (argument, more, fitting) in TOKENIZERS.items():
        component = {"_component_": M + path, **more}
        for kind in files:
            if kind == "merges":
                continue
            config = {**base, "tokenizer": {**component, argument: kind}}
            code = None if kind in fitting else "wrong-tokenizer-file"
            if kind == "short" and argument in ("path", "vocab_path") and "vocabulary" in fitting:
                code = MISSED
            compare(f"tokenizer: {path} of {kind}", config, "tokenizer",
                    lambda: read_tokenizer(config["tokenizer"]), code)


# --- checkpoints ------------------------------------------------------------------


def hugging_config(shape):
    return {"hidden_size": shape["embed_dim"], "num_hidden_layers": shape["num_layers"],
            "num_attention_heads": shape["num_heads"], "num_key_value_heads": shape["num_kv_heads"],
            "vocab_size": shape["vocab_size"]}


SHAPE = {"vocab_size": 96, "num_layers": 2, "num_heads": 4, "num_kv_heads": 2, "embed_dim": 32,
         "max_seq_len": 64, "intermediate_dim": 64}


def write_weights(directory, shape, names):
    """Writes random weights of a model as Hugging Face has them, and their config.json."""
    directory.mkdir()
    model = torchtune_config.instantiate(OmegaConf.create({"_component_": M + "llama3.llama3", **shape}))
    tensors = convert_weights.tune_to_hf(
        model.state_dict(), num_heads=shape["num_heads"], num_kv_heads=shape["num_kv_heads"],
        dim=shape["embed_dim"])
    tensors = {name: tensor.contiguous().clone() for name, tensor in tensors.items()}
    keys = sorted(tensors)
    for index, name in enumerate(names):
        part = {key: tensors[key] for key in keys[index::len(names)]}
        if name.endswith(".safetensors"):
            save_file(part, directory / name)
        else:
            torch.save(part, directory / name)
    (directory / "config.json").write_text(json.dumps(hugging_config(shape)))


def cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[:int(len(content) * share)])


def read_checkpoint(config):
    checkpointer = torchtune_config.instantiate(
        OmegaConf.create({**config["checkpointer"], "output_dir": "out"}))
    model = torchtune_config.instantiate(OmegaConf.create(config["model"]))
    model.load_state_dict(checkpointer.load_checkpoint()["model"])


ONE = ["model.safetensors"]
TWO = [f"model-0000{index}-of-00002.safetensors" for index in (1, 2)]
NUMBERED = {"filename_format": "model-{}-of-{}.safetensors", "max_filename": "00002"}


def other_shape(directory, **changes):
    """Puts the weights of another model there."""
    write_weights(directory / "other", {**SHAPE, **changes}, ONE)
    for file in (directory / "other").iterdir():
        file.replace(directory / file.name)


# name: (names of the files, checkpoint_files, change of the directory, codes)
CHECKPOINTS = {
    "one file": (ONE, ONE, None, []),
    "two files": (TWO, TWO, None, []),
    "numbered files": (TWO, NUMBERED, None, []),
    "a numbered file is missing": (TWO, NUMBERED, lambda d: (d / TWO[1]).unlink(),
                                   ["no-checkpoint-file"]),
    "a pointer": (TWO, NUMBERED, lambda d: (d / TWO[1]).write_bytes(POINTER),
                  ["damaged-checkpoint-file"]),
    "a page": (ONE, ONE, lambda d: (d / ONE[0]).write_bytes(PAGE), ["damaged-checkpoint-file"]),
    "empty": (ONE, ONE, lambda d: (d / ONE[0]).write_bytes(b""), ["damaged-checkpoint-file"]),
    "half": (ONE, ONE, lambda d: cut(d / ONE[0], 0.5), ["damaged-checkpoint-file"]),
    "half of a header": (ONE, ONE, lambda d: (d / ONE[0]).write_bytes((d / ONE[0]).read_bytes()[:99]),
                         ["damaged-checkpoint-file"]),
    "few bytes": (ONE, ONE, lambda d: (d / ONE[0]).write_bytes(b"abc"), ["damaged-checkpoint-file"]),
    "pickled": (["a.bin"], ["a.bin"], None, []),
    "pickled, half": (["a.bin"], ["a.bin"], lambda d: cut(d / "a.bin", 0.5),
                      ["damaged-checkpoint-file"]),
    "pickled, a pointer": (["a.bin"], ["a.bin"], lambda d: (d / "a.bin").write_bytes(POINTER),
                           ["damaged-checkpoint-file"]),
    "other width": (ONE, ONE, lambda d: other_shape(d, embed_dim=64),
                    ["model-dimensions", "tensor-shapes"]),
    "other vocabulary": (ONE, ONE, lambda d: other_shape(d, vocab_size=100),
                         ["model-dimensions", "tensor-shapes"]),
    "fewer layers": (ONE, ONE, lambda d: other_shape(d, num_layers=1), ["model-dimensions"]),
    "more layers": (ONE, ONE, lambda d: other_shape(d, num_layers=3), ["model-dimensions"]),
    "other heads": (ONE, ONE, lambda d: other_shape(d, num_kv_heads=4), ["model-dimensions"]),
    "other intermediate": (ONE, ONE, lambda d: other_shape(d, intermediate_dim=128),
                           ["tensor-shapes"]),
    "config.json is a pointer": (ONE, ONE, lambda d: (d / "config.json").write_bytes(POINTER),
                                 ["wrong-model-config"]),
    "config.json is cut off": (ONE, ONE, lambda d: cut(d / "config.json", 0.5),
                               ["wrong-model-config"]),
}


def check_checkpoints(base):
    for number, (name, (names, files, change, codes)) in enumerate(CHECKPOINTS.items()):
        directory = Path(f"weights{number}")
        write_weights(directory, SHAPE, names)
        if change:
            change(directory)
        config = {**base, "model": {"_component_": M + "llama3.llama3", **SHAPE},
                  "checkpointer": {"_component_": CHECKPOINTER, "checkpoint_dir": str(directory),
                                   "checkpoint_files": files, "model_type": "LLAMA3",
                                   "output_dir": "out"}}
        compare(f"checkpoint: {name}", config, "checkpointer", lambda: read_checkpoint(config), codes)


# --- comparison -------------------------------------------------------------------


def findings(config, section):
    """The codes of what is said of the files of a section."""
    done = subprocess.run([SWEEPCTL, "validate", "--check-paths", "--format", "json", "--recipe",
                           "full_finetune_single_device", "-"], input=json.dumps(config), text=True,
                          capture_output=True)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if len(found) == 1 and "findings" in found[0]:
        found = found[0]["findings"]
    return {one["code"]: one["message"] for one in found
            if str(one.get("path", "")).split(".")[0] == section and one["code"] in CODES}


def compare(name, config, section, read, expected):
    failure = None
    try:
        read()
    except Exception as error:  # whatever torchtune ends with
        failure = f"{type(error).__name__}: {error}".split("\n")[0][:120]
    found = findings(config, section)
    missed = expected == MISSED
    codes = expected if isinstance(expected, list) else [expected] if expected and not missed else []
    check(name, sorted(found) == sorted(codes) and (failure is not None) == bool(codes or missed) or
          (missed and not found), f"torchtune: {failure}; sweepctl: {found}; expected: {codes}")


def main():
    with tempfile.TemporaryDirectory(prefix="sweep-contents-") as directory:
        os.environ["HF_HOME"] = directory
        made = Path(directory, "made")
        made.mkdir()
        tiny_model.write_tokenizer(str(made / "tokenizer"), tiny_model.write_data(made / "data.json"))
        os.chdir(directory)
        base = {"output_dir": "out", "resume_from_checkpoint": False}
        check_data(base)
        check_tokenizers(base, made)
        check_checkpoints(base)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
