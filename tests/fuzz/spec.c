/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts that are taken for a sweep spec: its keys, generators, templates, computed values, filters
 * and samples. See plan.h.
 */
#include "tests/fuzz/plan.h"

const uint64_t fuzz_cases = 6000;
uint64_t fuzz_good;

#define BASE "\"base\": \"llama3_1/8B_lora_single_device\""

const char *const fuzz_texts[] = {
    "{\"name\": \"a\", " BASE ", \"grid\": {\"seed\": [1, 2], \"lr\": [1e-4, 3e-4]}}",
    "{\"name\": \"b\", " BASE ", \"fixed\": {\"epochs\": 2, \"optimizer.weight_decay\": 0.1,\n"
    "  \"lora_params\": {\"rank\": 32, \"alpha\": 64}}, \"output_dir\": \"out/{name}/{run}\"}",
    "{\"name\": \"c\", " BASE ", \"grid\": {\"lora\": [{\"rank\": 8, \"alpha\": 16}]},\n"
    "  \"slurm\": {\"time\": \"24:00:00\", \"gres\": \"gpu:v100:1\", \"array_parallelism\": 4}}",
    "{\"name\": \"d\", \"base\": {\"file\": \"nothing.yaml\"}, \"recipe\": \"lora_finetune\"}",
    "// why\n{\"name\": \"e\", /* the \"base\" */ " BASE
    ", \"description\": \"d\", \"tags\": [\"t\",],\n"
    "  \"grid\": {\"lr\": {\"logspace\": [1e-5, 1e-3, 5], \"digits\": 3}, // five\n"
    "    \"seed\": {\"range\": [5, 1, -2]}, \"optimizer.weight_decay\": {\"linspace\": [0, 0.1, "
    "3]},}}",
    "{\"name\": \"f\", " BASE
    ", \"grid\": {\"seed\": {\"file\": \"none.csv\", \"column\": \"a\"}}}",
    "{\"name\": \"g\", " BASE ", \"fixed\": {\"lr\": \"=1e-4 * batch_size\",\n"
    "  \"optimizer.weight_decay\": \"=lr / 10\", \"gradient_accumulation_steps\": \"=8 // "
    "batch_size\","
    "\n  \"metric_logger.filename\": \"=r{lora.rank}.txt\"}, \"grid\": {\"batch_size\": [1, 2, "
    "4],\n"
    "  \"lora\": {\"rank\": [8, 64], \"alpha\": \"=2*lora.rank\"}},\n"
    "  \"where\": \"lr < 5e-4 and seed is null or epochs == 1\"}",
    "{\"name\": \"h\", " BASE ", \"fixed\": {\"metric_logger.filename\": "
    "\"={checkpointer.recipe_checkpoint}.txt\",\n  \"checkpointer.recipe_checkpoint\": "
    "\"={name}-{dataset.split}\", \"dataset.split\": \"={tokenizer.path}/r{lora.rank}\"},\n"
    "  \"grid\": {\"tokenizer.path\": [\"/tmp/a\", \"=/tmp/{seed}\", \"={output_dir}/{id}\"],\n"
    "  \"seed\": [1, 2]}, \"output_dir\": \"out/{max(seed, 1) * 2}/{run}\"}",
    "{\"name\": \"i\", " BASE ", \"grid\": {\"lr\": {\"loguniform\": [1e-5, 1e-3]},\n"
    "  \"batch_size\": [1, 2, 4]}, \"sample\": {\"n\": 4, \"method\": \"lhs\", \"seed\": 3},\n"
    "  \"fixed\": {\"weight_decay\": \"=lr * 10\"}, \"include\": [{\"lr\": 5e-4}], \"repeat\": 2}",
    "{\"name\": \"j\", " BASE ", \"grid\": {\"seed\": [1, 2]}, \"sweep\": {\"union\": [\n"
    "  {\"lora\": [{\"rank\": 8, \"alpha\": 16}], \"lr\": [1e-4, 2e-4]},\n"
    "  {\"zip\": {\"model.lora_rank\": [16, 32], \"model.lora_alpha\": [32, 64]}},\n"
    "  {\"product\": [{\"lr\": [1e-4]}, {\"cases\": [{\"batch_size\": 4}, {\"~seed\": true}]}],\n"
    "   \"where\": \"seed != 2\"}]}, \"exclude\": [{\"batch_size\": [4, 8]}, \"lr > 2.5e-4\"]}",
    NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct plan_input input = {(const char *)data, size, size + 1, "/nowhere"};
    fuzz_good += plan_holds(&input);
    return 0;
}
