/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/builder/methods.h"

#define CALL(method, ...)                                                                          \
    static struct sweep_builder *method(struct sweep_builder *builder)                             \
    {                                                                                              \
        return sweep_with_##method(builder, __VA_ARGS__);                                          \
    }

CALL(dataset, "data/my data.jsonl")
CALL(output_dir, "results/exp_001")
CALL(learning_rate, 5e-5)
CALL(batch_size, 16)
CALL(epochs, 3)
CALL(gradient_accumulation_steps, 32)
CALL(lora_params, 32, 48)
CALL(max_seq_length, 2048)
CALL(seed, 42)
CALL(dtype, "fp32")
CALL(packed, true)
CALL(activation_checkpointing, false)
CALL(compile, true)
CALL(dataset_template, "torchtune.data.AlpacaInstructTemplate")
CALL(weight_decay, 0.1)
CALL(warmup_steps, 0)
CALL(lora_dropout, 0.05)
CALL(clip_grad_norm, 1.0)
CALL(checkpoint_dir, "/models/llama")
CALL(device, "cpu")
CALL(activation_offloading, true)
CALL(prompt_template, "torchtune.data.SummarizeTemplate")

#define POSITIVE_INT(field)                                                                        \
    {                                                                                              \
        {"0", field " must be positive, got 0"}, {"-1", field " must be positive, got -1"},        \
        {                                                                                          \
            "-9223372036854775808", field " must be positive, got -9223372036854775808"            \
        }                                                                                          \
    }
#define NOT_EMPTY(field)                                                                           \
    {                                                                                              \
        {                                                                                          \
            "''", field " cannot be empty"                                                         \
        }                                                                                          \
    }

/* clang-format off */
const struct method methods[N_METHODS] = {
    {"dataset", NULL, dataset, "'data/my data.jsonl'",
        "{'dataset': {'source': 'json', 'data_files': 'data/my data.jsonl'}}",
        "+  source: json\n+  data_files: data/my data.jsonl\n",
        {"path"}, "str", .value_errors = NOT_EMPTY("path")},
    {"output_dir", NULL, output_dir, "'results/exp_001'",
        "{'output_dir': 'results/exp_001'}",
        "-output_dir: /tmp/torchtune/llama3_1_8B/lora_single_device\n"
        "+output_dir: results/exp_001\n",
        {"path"}, "str", .value_errors = NOT_EMPTY("path")},
    {"learning_rate", "lr", learning_rate, "5e-5",
        "{'optimizer': {'lr': 5e-5}}",
        "-  lr: 3e-4  # the value most worth sweeping\n"
        "+  lr: 5.0e-05  # the value most worth sweeping\n",
        {"lr"}, "float", .widens = true,
        .value_errors = {{"0", "lr must be positive, got 0"},
            {"0.0", "lr must be positive, got 0.0"}, {"-0.0", "lr must be positive, got -0.0"},
            {"-1", "lr must be positive, got -1"},
            {"-0.001", "lr must be positive, got -0.001"}}},
    {"batch_size", NULL, batch_size, "16",
        "{'batch_size': 16}",
        "-batch_size: 2"
        "  # samples per forward pass; the first thing to lower when memory runs out\n"
        "+batch_size: 16"
        "  # samples per forward pass; the first thing to lower when memory runs out\n",
        {"batch_size"}, "int", .value_errors = POSITIVE_INT("batch_size")},
    {"epochs", NULL, epochs, "3",
        "{'epochs': 3}", "-epochs: 1\n+epochs: 3\n",
        {"epochs"}, "int", .value_errors = POSITIVE_INT("epochs")},
    {"gradient_accumulation_steps", NULL, gradient_accumulation_steps, "32",
        "{'gradient_accumulation_steps': 32}",
        "-gradient_accumulation_steps: 8"
        "  # multiplies the effective batch size at no cost in memory\n"
        "+gradient_accumulation_steps: 32"
        "  # multiplies the effective batch size at no cost in memory\n",
        {"steps"}, "int", .companion = "{'optimizer_in_bwd': false}",
        .value_errors = POSITIVE_INT("steps")},
    {"lora_params", "lora", lora_params, "{'rank': 32, 'alpha': 48}",
        "{'model': {'lora_rank': 32, 'lora_alpha': 48}}",
        "-  lora_rank: 8  # higher: more capacity, more memory\n"
        "-  lora_alpha: 16  # usually 2 x rank; adapters are scaled by alpha / rank\n"
        "+  lora_rank: 32  # higher: more capacity, more memory\n"
        "+  lora_alpha: 48  # usually 2 x rank; adapters are scaled by alpha / rank\n",
        {"rank", "alpha"}, "int", .integration = "lora",
        .value_errors = {{"{'rank': 0, 'alpha': 16}", "rank must be positive, got 0"},
            {"{'rank': -8, 'alpha': 16}", "rank must be positive, got -8"},
            {"{'rank': 8, 'alpha': 0}", "alpha must be positive, got 0"},
            {"{'rank': 8, 'alpha': -16}", "alpha must be positive, got -16"},
            {"{'alpha': -16, 'rank': -8}", "rank must be positive, got -8"}}},
    {"max_seq_length", NULL, max_seq_length, "2048",
        "{'tokenizer': {'max_seq_len': 2048}}",
        "-  max_seq_len: null  # null: never truncate; packing needs a number\n"
        "+  max_seq_len: 2048  # null: never truncate; packing needs a number\n",
        {"length"}, "int", .value_errors = POSITIVE_INT("length")},
    {"seed", NULL, seed, "42",
        "{'seed': 42}",
        "-seed: null  # null: a new random seed each run; set it to make runs comparable\n"
        "+seed: 42  # null: a new random seed each run; set it to make runs comparable\n",
        {"seed"}, "int",
        .value_errors = {{"-1", "seed must be non-negative, got -1"},
            {"-9223372036854775808", "seed must be non-negative, got -9223372036854775808"}}},
    {"dtype", NULL, dtype, "'fp32'",
        "{'dtype': 'fp32'}",
        "-dtype: bf16  # bf16 or fp32; fp16 is refused\n"
        "+dtype: fp32  # bf16 or fp32; fp16 is refused\n",
        {"dtype"}, "str", .value_errors = NOT_EMPTY("dtype")},
    {"packed", NULL, packed, "true",
        "{'dataset': {'packed': true}}",
        "-  packed: False  # True fills each sequence with several samples: faster\n"
        "+  packed: True  # True fills each sequence with several samples: faster\n",
        {"enabled"}, "bool", .companion = "{'tokenizer': {'max_seq_len': 1024}}",
        .integration = "llama3", .widens = false},
    {"activation_checkpointing", NULL, activation_checkpointing, "false",
        "{'enable_activation_checkpointing': false}",
        "-enable_activation_checkpointing: True  # True: less memory, more time per step\n"
        "+enable_activation_checkpointing: False  # True: less memory, more time per step\n",
        {"enabled"}, "bool", .widens = false},
    {"compile", NULL, compile, "true",
        "{'compile': true}",
        "-compile: False  # True: faster and leaner after a slow first step\n"
        "+compile: True  # True: faster and leaner after a slow first step\n",
        {"enabled"}, "bool", .widens = false},
    {"dataset_template", NULL, dataset_template, "'torchtune.data.AlpacaInstructTemplate'",
        "{'dataset': {'template': 'torchtune.data.AlpacaInstructTemplate'}}",
        "+  template: torchtune.data.AlpacaInstructTemplate\n",
        {"template"}, "str", .integration = "no base", .value_errors = NOT_EMPTY("template")},
    {"weight_decay", NULL, weight_decay, "0.1",
        "{'optimizer': {'weight_decay': 0.1}}",
        "-  weight_decay: 0.01\n+  weight_decay: 0.1\n",
        {"weight_decay"}, "float", .widens = true,
        .value_errors = {{"-1", "weight_decay must be non-negative, got -1"},
            {"-0.01", "weight_decay must be non-negative, got -0.01"}}},
    /* A base without a scheduler gets one that is no component, which nothing can check. */
    {"warmup_steps", NULL, warmup_steps, "0",
        "{'lr_scheduler': {'num_warmup_steps': 0}}",
        "-  num_warmup_steps: 100  # optimizer steps until lr reaches its full value\n"
        "+  num_warmup_steps: 0  # optimizer steps until lr reaches its full value\n",
        {"steps"}, "int", .integration = "lora",
        .value_errors = {{"-1", "steps must be non-negative, got -1"}}},
    {"lora_dropout", NULL, lora_dropout, "0.05",
        "{'model': {'lora_dropout': 0.05}}",
        "-  lora_dropout: 0.0  # regularizes the adapters; 0.0 is none\n"
        "+  lora_dropout: 0.05  # regularizes the adapters; 0.0 is none\n",
        {"dropout"}, "float", .widens = true, .integration = "lora",
        .value_errors = {{"1", "dropout must be in [0, 1), got 1"},
            {"1.0", "dropout must be in [0, 1), got 1.0"},
            {"-0.1", "dropout must be in [0, 1), got -0.1"},
            {"7", "dropout must be in [0, 1), got 7"}}},
    {"clip_grad_norm", NULL, clip_grad_norm, "1.0",
        "{'clip_grad_norm': 1.0}",
        "-clip_grad_norm: null  # null: gradients are not clipped\n"
        "+clip_grad_norm: 1.0  # null: gradients are not clipped\n",
        {"max_norm"}, "float", .companion = "{'optimizer_in_bwd': false}", .widens = true,
        .value_errors = {{"0.0", "max_norm must be positive, got 0.0"},
            {"-2", "max_norm must be positive, got -2"}}},
    {"checkpoint_dir", NULL, checkpoint_dir, "'/models/llama'",
        "{'checkpointer': {'checkpoint_dir': '/models/llama'}}",
        "-  checkpoint_dir: /tmp/Meta-Llama-3.1-8B-Instruct/"
        "  # the directory given to tune download\n"
        "+  checkpoint_dir: /models/llama  # the directory given to tune download\n",
        {"path"}, "str", .value_errors = NOT_EMPTY("path")},
    {"device", NULL, device, "'cpu'",
        "{'device': 'cpu'}", "-device: cuda\n+device: cpu\n",
        {"device"}, "str", .integration = "single_device", .value_errors = NOT_EMPTY("device")},
    {"activation_offloading", NULL, activation_offloading, "true",
        "{'enable_activation_offloading': true}",
        "-enable_activation_offloading: False"
        "  # True: activations wait in CPU memory; needs checkpointing on\n"
        "+enable_activation_offloading: True"
        "  # True: activations wait in CPU memory; needs checkpointing on\n",
        {"enabled"}, "bool", .companion = "{'enable_activation_checkpointing': true}",
        .widens = false},
    {"prompt_template", NULL, prompt_template, "'torchtune.data.SummarizeTemplate'",
        "{'tokenizer': {'prompt_template': 'torchtune.data.SummarizeTemplate'}}",
        "+  prompt_template: torchtune.data.SummarizeTemplate\n",
        {"template"}, "str or dict",
        .value_errors = {{"''", "template cannot be empty"}, {"{}", "template cannot be empty"}}},
};
/* clang-format on */
