/* SPDX-License-Identifier: Apache-2.0
 *
 * The builder as it is meant to be used: the three patterns that the methods were made for, each
 * written as a user would, with what comes out of it.
 */
#include "tests/builder/common.h"

static void save(const struct sweep_builder *builder, const char *path)
{
    static const struct sweep_save_options options = {.metadata = true};
    struct sweep_error error = {0};
    enum sweep_code code = sweep_builder_save(builder, path, &options, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
}

/* That a saved config is the base but for these lines and these values, and validates but for the
 * error with this code (NULL: for none). */
static void assert_saved(
    const char *path, const char *base, const char *change, const char *diff, const char *error)
{
    AUTO_FREE char *before = base_text(base), *after = read_text(path);
    AUTO_BUILDER struct sweep_builder *saved = sweep_builder_from_file(trainer, path);
    AUTO_BUILDER struct sweep_builder *unchanged = from_base(base);
    AUTO_JSON json_t *got = built(saved), *from = built(unchanged), *with = value_of(change);
    AUTO_JSON json_t *wanted = merged(from, with);
    AUTO_FREE char *lines = line_diff(before, after);
    AUTO_FINDINGS struct sweep_findings *findings = sweep_findings_new();
    assert_same_value(got, wanted);
    ck_assert_str_eq(lines, diff);
    enum sweep_code code = sweep_builder_validate(saved, "lora_finetune_single_device", findings);
    ck_assert_int_eq(code, (error != NULL ? SWEEP_INVALID : SWEEP_OK));
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), (error != NULL));
    for (size_t i = 0; error != NULL; i++) {
        const struct sweep_finding *f = sweep_findings_get(findings, i);
        ck_assert_ptr_nonnull(f);
        if (f->severity == SWEEP_ERROR) {
            ck_assert_str_eq(f->code, error);
            break;
        }
    }
}

/* 1. What the experiment is about. */
START_TEST(scientific)
{
    struct sweep_builder *b = sweep_builder_from_base(trainer, "llama3_1/8B_lora_single_device");
    sweep_with_dataset(b, "data/my_data.json");
    sweep_with_dataset_template(b, "torchtune.data.AlpacaInstructTemplate");
    sweep_with_learning_rate(b, 3e-4);
    sweep_with_lora_params(b, 32, 64);
    sweep_with_gradient_accumulation_steps(b, 8);
    sweep_with_epochs(b, 3);
    sweep_with_seed(b, 42);
    assert_fine(b);
    /* torchtune has no such argument any more; the builder says so and obeys. */
    const struct sweep_findings *findings = sweep_builder_findings(b);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_WARNING), 1);
    ck_assert_str_eq(sweep_findings_get(findings, 0)->path, "dataset.template");
    ck_assert_str_eq(sweep_findings_get(findings, 0)->hint, "use with_prompt_template");
    save(b, in_scratch("run.yaml"));
    sweep_builder_free(b);
    /* The learning rate and the accumulation are the base's: their lines do not change. */
    assert_saved(in_scratch("run.yaml"), BASE,
        "{'dataset': {'source': 'json', 'data_files': 'data/my_data.json',"
        "  'template': 'torchtune.data.AlpacaInstructTemplate'},"
        " 'model': {'lora_rank': 32, 'lora_alpha': 64}, 'epochs': 3, 'seed': 42}",
        "-  lora_rank: 8  # higher: more capacity, more memory\n"
        "-  lora_alpha: 16  # usually 2 x rank; adapters are scaled by alpha / rank\n"
        "+  lora_rank: 32  # higher: more capacity, more memory\n"
        "+  lora_alpha: 64  # usually 2 x rank; adapters are scaled by alpha / rank\n"
        "-seed: null  # null: a new random seed each run; set it to make runs comparable\n"
        "+  source: json\n"
        "+  data_files: data/my_data.json\n"
        "+  template: torchtune.data.AlpacaInstructTemplate\n"
        "+seed: 42  # null: a new random seed each run; set it to make runs comparable\n"
        "-epochs: 1\n"
        "+epochs: 3\n",
        "unknown-argument");
}
END_TEST

/* 2. How the hardware does it, by methods and by overrides. */
START_TEST(engineering)
{
    struct sweep_builder *b = sweep_builder_from_base(trainer, "llama3_1/8B_lora_single_device");
    json_t *overrides =
        json_pack("{s:s, s:{s:b}, s:b}", "dtype", "fp32", "dataset", "packed", 1, "compile", 1);
    sweep_with_batch_size(b, 4);
    sweep_with_activation_checkpointing(b, true);
    sweep_with_output_dir(b, "results/exp_001");
    sweep_builder_override(b, overrides);
    json_decref(overrides);
    assert_fine(b);
    ck_assert_ptr_null(sweep_findings_get(sweep_builder_findings(b), 0));
    save(b, in_scratch("run.yaml"));
    sweep_builder_free(b);
    assert_saved(in_scratch("run.yaml"), BASE,
        "{'batch_size': 4, 'output_dir': 'results/exp_001', 'dtype': 'fp32', 'compile': true,"
        " 'dataset': {'packed': true}}",
        "-output_dir: /tmp/torchtune/llama3_1_8B/lora_single_device\n"
        "+output_dir: results/exp_001\n"
        "-  packed: False  # True fills each sequence with several samples: faster\n"
        "+  packed: True  # True fills each sequence with several samples: faster\n"
        "-batch_size: 2  # samples per forward pass; the first thing to lower when memory runs "
        "out\n"
        "+batch_size: 4  # samples per forward pass; the first thing to lower when memory runs "
        "out\n"
        "-compile: False  # True: faster and leaner after a slow first step\n"
        "+compile: True  # True: faster and leaner after a slow first step\n"
        "-dtype: bf16  # bf16 or fp32; fp16 is refused\n"
        "+dtype: fp32  # bf16 or fp32; fp16 is refused\n",
        "packed-without-max-seq-len");
}
END_TEST

/* 3. A base adapted to a smaller GPU once, and a sweep over the adapted one. */
START_TEST(adapted_base)
{
    static const struct {
        double lr;
        const char *value, *lines;
    } sweep[] = {
        {1e-4, "1e-4",
            "-  lr: 3e-4  # the value most worth sweeping\n"
            "+  lr: 0.0001  # the value most worth sweeping\n"},
        {3e-4, "3e-4", ""},
        {5e-4, "5e-4",
            "-  lr: 3e-4  # the value most worth sweeping\n"
            "+  lr: 0.0005  # the value most worth sweeping\n"},
        {1e-3, "1e-3",
            "-  lr: 3e-4  # the value most worth sweeping\n"
            "+  lr: 0.001  # the value most worth sweeping\n"},
    };
    struct sweep_builder *b = sweep_builder_from_base(trainer, "llama3_1/8B_lora_single_device");
    sweep_with_batch_size(b, 1);
    sweep_with_activation_checkpointing(b, true);
    save(b, in_scratch("v100_base.yaml"));
    sweep_builder_free(b);
    for (size_t i = 0; i < COUNT(sweep); i++) {
        char name[32], output[64], change[256], diff[1024];
        snprintf(name, sizeof name, "lr_%s.yaml", sweep[i].value);
        snprintf(output, sizeof output, "results/lr_%s", sweep[i].value);
        b = sweep_builder_from_file(trainer, in_scratch("v100_base.yaml"));
        sweep_with_learning_rate(b, sweep[i].lr);
        sweep_with_output_dir(b, output);
        assert_fine(b);
        save(b, in_scratch(name));
        sweep_builder_free(b);
        snprintf(change, sizeof change,
            "{'batch_size': 1, 'output_dir': '%s', 'optimizer': {'lr': %s}}", output,
            sweep[i].value);
        snprintf(diff, sizeof diff,
            "-output_dir: /tmp/torchtune/llama3_1_8B/lora_single_device\n"
            "+output_dir: %s\n"
            "-batch_size: 2  # samples per forward pass; the first thing to lower when memory "
            "runs out\n"
            "+batch_size: 1  # samples per forward pass; the first thing to lower when memory "
            "runs out\n%s",
            output, sweep[i].lines);
        assert_saved(in_scratch(name), BASE, change, diff, NULL);
    }
    /* The adapted base did not change meanwhile, so every run can be made again from it. */
    b = sweep_builder_from_previous(
        trainer, in_scratch("lr_1e-3.yaml"), NULL, SWEEP_PREVIOUS_STRICT);
    AUTO_FREE char *again = text_of(b), *saved = read_text(in_scratch("lr_1e-3.yaml"));
    ck_assert_str_eq(again, saved);
    sweep_builder_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("patterns");
    TCase *tc = new_case(suite, "patterns");
    tcase_add_test(tc, scientific);
    tcase_add_test(tc, engineering);
    tcase_add_test(tc, adapted_base);
    return run_suite(suite);
}
