/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trainer/known_paths.h"
#include "tests/unit/check_main.h"

static struct profile profile;
static json_t *tree;

static const char config[] =
    "{\"output_dir\": \"/o\", \"epochs\": 1, \"seed\": null, \"nothing\": null,"
    " \"model\": {\"_component_\": \"torchtune.models.llama3_1.lora_llama3_1_8b\","
    "  \"lora_rank\": 8, \"lora_attn_modules\": [\"q_proj\"]},"
    " \"optimizer\": {\"_component_\": \"my.own.Optimizer\", \"lr\": 1},"
    " \"dataset\": {\"_component_\": \"torchtune.datasets.alpaca_dataset\","
    "  \"column_map\": {\"input\": \"a\"}},"
    " \"free\": {\"x\": {\"y\": 1}}}";

static void set_up(void)
{
    profile = profile_builtin;
    tree = json_loads(config, 0, NULL);
    ck_assert_ptr_nonnull(tree);
}

static void tear_down(void)
{
    json_decref(tree);
    profile_deinit(&profile);
}

static const struct {
    const char *path;
    enum path_verdict verdict;
    const char *code, *message, *hint; /* NULL: not looked at */
} paths[] = {
    /* what is there */
    {"epochs", PATH_KNOWN, NULL, NULL, ""},
    {"model", PATH_KNOWN, NULL, NULL, ""},
    {"model.lora_rank", PATH_KNOWN, NULL, NULL, ""},
    {"model._component_", PATH_KNOWN, NULL, NULL, ""},
    {"free.x.y", PATH_KNOWN, NULL, NULL, ""},
    {"seed", PATH_KNOWN, NULL, NULL, ""},
    /* what the component takes, or the recipe reads */
    {"model.lora_alpha", PATH_KNOWN, NULL, NULL, ""},
    {"model.use_dora", PATH_KNOWN, NULL, NULL, ""},
    {"clip_grad_norm", PATH_KNOWN, NULL, NULL, ""},
    {"profiler._component_", PATH_KNOWN, NULL, NULL, ""},
    /* mappings without a component are free, and so is what is null */
    {"free.new", PATH_KNOWN, NULL, NULL, ""},
    {"free.x.new.deep", PATH_KNOWN, NULL, NULL, ""},
    {"dataset.column_map.output", PATH_KNOWN, NULL, NULL, ""},
    {"nothing.inside.it", PATH_KNOWN, NULL, NULL, ""},
    /* arguments of load_dataset() are passed on by the dataset builders */
    {"dataset.split", PATH_KNOWN, NULL, NULL, ""},
    {"dataset.data_files", PATH_KNOWN, NULL, NULL, ""},
    /* nobody can tell */
    {"optimizer.momentum", PATH_UNCHECKED, "unchecked-argument",
        "nothing is known of my.own.Optimizer: whether it has an argument \"momentum\" is not "
        "checked",
        ""},
    {"dataset.spit", PATH_UNCHECKED, "unchecked-argument", NULL, NULL},
    /* mistakes */
    {"model.lora_rnak", PATH_REFUSED, "unknown-argument",
        "torchtune.models.llama3_1.lora_llama3_1_8b has no argument \"lora_rnak\"",
        "did you mean \"lora_rank\"?"},
    {"model.something_else_entirely", PATH_REFUSED, "unknown-argument", NULL, ""},
    {"epoch", PATH_REFUSED, "unknown-path",
        "the base has no \"epoch\", and lora_finetune_single_device never reads it",
        "did you mean \"epochs\"?"},
    {"fsdp_cpu_offload", PATH_REFUSED, "unknown-path", NULL, NULL},
    {"lr_scheduler.num_warmup_steps", PATH_REFUSED, "no-parent",
        "the base has no \"lr_scheduler\" that \"num_warmup_steps\" could be set in",
        "set \"lr_scheduler._component_\" first"},
    {"epochs.x", PATH_REFUSED, "not-a-mapping", NULL, NULL},
    {"model.lora_rank.x.y", PATH_REFUSED, "not-a-mapping", NULL, NULL},
    {"model.lora_attn_modules.0", PATH_KNOWN, NULL, NULL, NULL},
    {"model.lora_attn_modules.9", PATH_REFUSED, "no-such-item", NULL, NULL},
    {"model.lora_attn_modules.-1", PATH_REFUSED, "no-such-item", NULL, NULL},
    {"model..lora_rank", PATH_REFUSED, "bad-path", NULL, NULL},
    {"", PATH_REFUSED, "bad-path", NULL, NULL},
    {"model.", PATH_REFUSED, "bad-path", NULL, NULL},
};

START_TEST(path)
{
    struct path_diagnostic got;
    known_paths_check(&profile, "lora_finetune_single_device", tree, paths[_i].path, &got);
    ck_assert_msg(
        got.verdict == paths[_i].verdict, "%s: %d %s", paths[_i].path, got.verdict, got.message);
    if (paths[_i].code != NULL)
        ck_assert_str_eq(got.code, paths[_i].code);
    if (paths[_i].message != NULL)
        ck_assert_str_eq(got.message, paths[_i].message);
    if (paths[_i].hint != NULL)
        ck_assert_str_eq(got.hint, paths[_i].hint);
}
END_TEST

START_TEST(without_a_recipe_any_will_do)
{
    struct path_diagnostic got;
    const char *const recipes[] = {NULL, "my/recipe.py"};
    for (size_t i = 0; i < COUNT(recipes); i++) {
        known_paths_check(&profile, recipes[i], tree, "fsdp_cpu_offload", &got);
        ck_assert_int_eq(got.verdict, PATH_KNOWN);
        known_paths_check(&profile, recipes[i], tree, "no_such_key", &got);
        ck_assert_int_eq(got.verdict, PATH_REFUSED);
    }
}
END_TEST

START_TEST(very_long_paths_stay_in_bounds)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    struct path_diagnostic got;
    strbuf_puts(&text, "model.");
    strbuf_repeat(&text, 'x', 2000);
    known_paths_check(&profile, NULL, tree, text.data, &got);
    ck_assert_int_eq(got.verdict, PATH_REFUSED);
    text.data[500] = '\0';
    known_paths_check(&profile, NULL, tree, text.data, &got);
    ck_assert_int_eq(got.verdict, PATH_REFUSED);
    ck_assert_uint_lt(strlen(got.message), sizeof got.message);
}
END_TEST

START_TEST(suggested_keys)
{
    static const char *const recipe = "lora_finetune_single_device";
    ck_assert_str_eq(known_paths_suggest(&profile, recipe, tree, "epoch"), "epochs");
    ck_assert_str_eq(known_paths_suggest(&profile, recipe, tree, "batchsize"), "batch_size");
    ck_assert_ptr_null(known_paths_suggest(&profile, recipe, tree, "completely_different"));
    ck_assert_ptr_null(known_paths_suggest(&profile, NULL, tree, "batchsize"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("known_paths");
    TCase *tc = add_case(suite, "known_paths");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, path, 0, (int)COUNT(paths));
    tcase_add_test(tc, without_a_recipe_any_will_do);
    tcase_add_test(tc, very_long_paths_stay_in_bounds);
    tcase_add_test(tc, suggested_keys);
    return check_main(suite);
}
