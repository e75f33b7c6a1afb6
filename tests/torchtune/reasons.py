"""Tells whether a run failed because of its config or because of its environment.

A checker that sees only the config can find only the first.
"""

import re

# (why, class of the exception, pattern in its message, pattern in the frame);
# the first that fits counts.
ENVIRONMENT = [
    ("file", r"(FileNotFound|NotADirectory|IsADirectory|Permission|FileExists)Error", r"", r""),
    ("file", r"ValueError", r"is not a valid directory|No file with name|does not exist", r""),
    ("file", r"OSError", r"Not found: |No such file|Read-only|Permission|File too large", r""),
    ("file", r"RuntimeError", r"could not parse ModelProto|No such file|Is a directory", r""),
    # no earlier run to resume
    ("file", r"TypeError", r"^join\(\)", r" get_adapter_checkpoint_path$"),
    ("file", r"ValueError", r"", r" get_(adapter|recipe)_checkpoint_path$"),
    ("dataset", r"(Empty|DataFiles|Dataset)(Dataset|NotFound)Error", r"", r""),
    # a column that the rows do not have
    ("dataset", r"KeyError", r"", r"^torchtune/(data/_messages\.py|datasets/)"),
    ("network", r"OfflineModeIsEnabled|ConnectionError|LocalEntryNotFoundError|HfHubHTTPError",
     r"", r""),
    # The weights in the file are others than the model's.  (That a LoRA model
    # is no model for this recipe can be told without the file.)
    ("checkpoint", r"Exception", r"^Error converting the state dict", r""),
    ("checkpoint", r"AssertionError", r"^Missing non-LoRA key", r""),
    ("checkpoint", r"RuntimeError",
     r"^Error\(s\) in loading state_dict for TransformerDecoder(?![\s\S]*lora_)", r""),
    # What is quantized is too small here.
    ("size", r"AssertionError", r"^Number of scalers must be divisible", r""),
    ("package", r"ImportError|ModuleNotFoundError", r"", r""),
    # A name without a dot can be no component, whatever is installed.
    ("package", r"InstantiationError",
     r"^Error loading '\w+\.[^']*'[\s\S]*that module '\w+' is installed", r""),
    ("variable", r"InterpolationResolutionError", r"Environment variable '\w+' not found", r""),
    ("device", r"AssertionError", r"not compiled with CUDA", r""),
    ("device", r"RuntimeError|NotImplementedError|ValueError",
     r"No CUDA GPUs|NVIDIA driver|PyTorch is not linked|bf16 precision was requested"
     r"|The device (cuda|mps|xpu|npu|hpu)\S* is not available", r""),
    ("memory", r"MemoryError", r"", r""),
    ("memory", r"RuntimeError", r"can't allocate memory|not enough memory", r""),
]


def reason(verdict):
    """("config", "") or ("environment", which part of it)."""
    message, frame = verdict.get("message", ""), verdict.get("frame") or ""
    for why, error, text, place in ENVIRONMENT:
        if re.fullmatch(error, verdict.get("error", "")) and re.search(text, message) and \
                re.search(place, frame):
            return "environment", why
    return "config", ""
