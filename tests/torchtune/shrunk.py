"""Makes torchtune's model builders build models that train on a CPU.

`torchtune.models.llama2.lora_llama2_7b` and similar keep their names and signatures, but build models with
thousands instead of billions of weights. Proportions stay: a 13B model has another shape than a 7B one,
and max_seq_len is unchanged. So shipped configs run with only their paths changed.
"""

import functools
import importlib

FAMILIES = {
    "code_llama2": ["llama2", "lora_llama2"],
    "gemma": ["gemma", "lora_gemma"],
    "gemma2": ["gemma2", "lora_gemma2"],
    "llama2": ["llama2", "lora_llama2", "llama2_classifier", "lora_llama2_classifier"],
    "llama3": ["llama3", "lora_llama3"],
    "llama3_1": ["llama3_1", "lora_llama3_1"],
    "llama3_2": ["llama3_2", "lora_llama3_2"],
    "mistral": ["mistral", "lora_mistral", "mistral_classifier", "lora_mistral_classifier"],
    "phi3": ["phi3", "lora_phi3"],
    "phi4": ["phi3", "lora_phi3"],
    "qwen2": ["qwen2", "lora_qwen2"],
    "qwen2_5": ["qwen2", "lora_qwen2"],
}
HEAD_DIM = 16


def part(number, divisor):
    return -(-number // divisor)


def shrink(sizes):
    """Smaller values for the keyword arguments of a builder."""
    small = dict(sizes)
    heads = part(sizes["num_heads"], 8)
    kv_heads = part(sizes.get("num_kv_heads") or sizes["num_heads"], 8)
    small["num_heads"] = heads
    small["num_kv_heads"] = kv_heads if heads % kv_heads == 0 else 1
    small["embed_dim"] = heads * HEAD_DIM
    small["num_layers"] = part(sizes["num_layers"], 32)
    small["vocab_size"] = part(sizes["vocab_size"], 200)
    if sizes.get("head_dim") is not None:
        small["head_dim"] = HEAD_DIM
    if sizes.get("intermediate_dim") is not None:
        small["intermediate_dim"] = part(sizes["intermediate_dim"], 64)
    return small


def wrapped(builder):
    @functools.wraps(builder)
    def build(*args, **sizes):
        return builder(*args, **shrink(sizes))

    return build


def install():
    """Replaces the builders in this process."""
    for family, names in FAMILIES.items():
        module = importlib.import_module(f"torchtune.models.{family}._model_builders")
        for name in names:
            setattr(module, name, wrapped(getattr(module, name)))
