/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep/validate.h"
#include "tests/unit/check_main.h"

static struct sweep_trainer *trainer;

static void set_up(void)
{
    ck_assert_int_eq(sweep_trainer_new(NULL, &trainer, NULL), SWEEP_OK);
}

static void tear_down(void)
{
    sweep_trainer_free(trainer);
}

static const char *recipe_of(const char *file, const char *text, const char **how)
{
    return sweep_recipe_of(trainer, file, text, strlen(text), how);
}

/* --- names and comments ------------------------------------------------------------------- */

#define LORA "lora_finetune_single_device"

static const struct {
    const char *file, *text, *recipe, *how;
} cases[] = {
    /* registered names, in any directory */
    {"llama3_1/8B_lora_single_device.yaml", "", LORA, "the file name"},
    {"/a/b/llama3_1/8B_lora_single_device.yaml", "", LORA, "the file name"},
    {"./llama3_1/8B_lora.yaml", "", "lora_finetune_distributed", "the file name"},
    {"llama2/generation_v2.yaml", "", "dev/generate_v2", "the file name"},
    {"/x/generation.yaml", "", "generate", "the file name"},
    {"generation.yaml", "", "generate", "the file name"},
    /* names that are not registered */
    {"8B_lora_single_device.yaml", "", NULL, NULL},
    {"xllama3_1/8B_lora_single_device.yaml", "", NULL, NULL},
    {"llama3_1/8B_lora_single_device.yml", "", NULL, NULL},
    {"llama3_1/8B_lora_single_device", "", NULL, NULL},
    {"llama3_1/8B_lora_single_device.yaml.bak", "", NULL, NULL},
    {"my_generation.yaml", "", NULL, NULL},
    {".yaml", "", NULL, NULL},
    {"", "", NULL, NULL},
    /* comments that show the command */
    {"c.yaml", "# tune run lora_finetune_single_device --config x\n", LORA, "a comment"},
    {"c.yaml", "#   tune run lora_finetune_single_device\n", LORA, "a comment"},
    {"c.yaml", "a: 1\n\n# First:\n#   tune run --nproc_per_node 4 full_finetune_distributed \\\n",
        "full_finetune_distributed", "a comment"},
    {"c.yaml", "# tune run --nnodes 1 --nproc_per_node 8 lora_finetune_distributed --config y\r\n",
        "lora_finetune_distributed", "a comment"},
    {"c.yaml", "# tune run   quantize   --config y\n", "quantize", "a comment"},
    {"c.yaml", "# tune run dev/generate_v2 --config y", "dev/generate_v2", "a comment"},
    {"c.yaml", "# tune download x\n# tune run quantize\n# tune run quantize --config y\n",
        "quantize", "a comment"},
    /* several: which one is meant is not known */
    {"c.yaml", "# tune run quantize\n# tune run generate\n", NULL, NULL},
    {"c.yaml",
        "# tune run lora_finetune_single_device --config llama3_1/8B_lora_single_device\n"
        "# tune run knowledge_distillation_single_device --config 8B_to_1B_KD\n",
        NULL, NULL},
    {"c.yaml", "# tune run my/recipe.py --config y\n", NULL, NULL},
    {"c.yaml", "# tune run lora_finetune_single_devic\n", NULL, NULL},
    {"c.yaml", "# tune run --config quantized\n", NULL, NULL},
    {"c.yaml", "# tune run \n# quantize\n", NULL, NULL},
    {"c.yaml", "note: tune run quantize\n", NULL, NULL}, /* not a comment */
    {"c.yaml", "note: x # tune run quantize\n", NULL, NULL},
    {"c.yaml", "# tune run", NULL, NULL},
    {"c.yaml", "# uv run tune run quantize\n", "quantize", "a comment"},
    {"c.yaml", "# accelerate run quantize\n", NULL, NULL}, /* not torchtune's command */
    {"c.yaml", "# tune runs quantize\n", NULL, NULL},
    {"c.yaml", "# retune run quantize\n", NULL, NULL},
    {"c.yaml", "#tune run quantize\n", "quantize", "a comment"},
    {"c.yaml", "# .venv/bin/tune run quantize\n", "quantize", "a comment"},
    {"c.yaml", "# tune run ", NULL, NULL},
    {"c.yaml", "#", NULL, NULL},
    {"c.yaml", "\n\n\n", NULL, NULL},
    /* the name has priority over comments */
    {"llama3_1/8B_lora.yaml", "# tune run quantize\n", "lora_finetune_distributed",
        "the file name"},
};

START_TEST(name_or_comment)
{
    const char *how = "";
    const char *recipe = recipe_of(cases[_i].file, cases[_i].text, &how);
    ck_assert_msg((recipe == NULL) == (cases[_i].recipe == NULL), "%s, %s: %s", cases[_i].file,
        cases[_i].text, recipe != NULL ? recipe : "none");
    ck_assert_pstr_eq(recipe, cases[_i].recipe);
    if (recipe != NULL)
        ck_assert_str_eq(how, cases[_i].how);
}
END_TEST

START_TEST(several_in_comments)
{
    static const char text[] = "# tune run quantize\n# tune run generate\n# tune run quantize\n"
                               "a: 1 # tune run eleuther_eval\n# tune run nothing\n";
    const char *named[4];
    ck_assert_uint_eq(sweep_recipes_named(trainer, text, strlen(text), named, 4), 2);
    ck_assert_str_eq(named[0], "quantize");
    ck_assert_str_eq(named[1], "generate");
    ck_assert_uint_eq(sweep_recipes_named(trainer, text, strlen(text), named, 1), 1);
    ck_assert_uint_eq(sweep_recipes_named(trainer, "", 0, named, 4), 0);
}
END_TEST

/* No byte after the end of the text is read. */
START_TEST(text_without_end)
{
    static const char text[] = "a: 1\n# tune run quantize --config x";
    const char *how;
    for (size_t n = 0; n < sizeof text; n++) {
        CLEANUP_FREE char *exact = malloc(n + 1);
        memcpy(exact, text, n);
        char *shrunk = realloc(exact, n > 0 ? n : 1);
        exact = shrunk;
        const char *recipe = sweep_recipe_of(trainer, "c.yaml", exact, n, &how);
        bool whole = n >= 24; /* "… quantize" is there */
        ck_assert_msg((recipe != NULL) == whole, "%zu bytes: %s", n, recipe);
    }
    /* words after the end do not count */
    ck_assert_ptr_null(sweep_recipe_of(trainer, "c.yaml", text, 16, &how));
}
END_TEST

START_TEST(long_words)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const char *how;
    strbuf_puts(&text, "# tune run ");
    strbuf_repeat(&text, 'x', 5000);
    strbuf_puts(&text, " quantize");
    ck_assert_str_eq(recipe_of("c.yaml", text.data, &how), "quantize");
    ck_assert_ptr_null(recipe_of(text.data, "", &how));
}
END_TEST

/* --- manifests ---------------------------------------------------------------------------- */

/* Makes a sweep directory with a manifest; returns the path of a config in it. */
static const char *sweep_with(const char *manifest)
{
    mkdir(in_scratch("sweep"), 0700);
    mkdir(in_scratch("sweep/configs"), 0700);
    mkdir(in_scratch("sweep/configs/012"), 0700);
    if (manifest != NULL)
        write_file(in_scratch("sweep/manifest.json"), manifest);
    return in_scratch("sweep/configs/run_000.yaml");
}

static const struct {
    const char *manifest, *recipe;
} manifests[] = {
    {"{\n  \"format\": 1,\n  \"recipe\": \"lora_finetune_single_device\",\n  \"files\": []\n}",
        LORA},
    {"{\"recipe\":\"quantize\"}", "quantize"},
    {"{\"recipe\": \"my/own.py\"}", NULL},
    {"{\"recipe\": 5}", NULL},
    {"{\"recipe\": \"quantize", NULL},
    {"{\"recipe\"", NULL},
    {"{}", NULL},
    {"", NULL},
    {NULL, NULL},
};

START_TEST(manifest)
{
    const char *how = "", *file = sweep_with(manifests[_i].manifest);
    ck_assert_pstr_eq(recipe_of(file, "", &how), manifests[_i].recipe);
    if (manifests[_i].recipe != NULL)
        ck_assert_str_eq(how, "the manifest");
    /* otherwise a comment in the file counts */
    if (manifests[_i].recipe == NULL) {
        ck_assert_str_eq(recipe_of(file, "# tune run generate\n", &how), "generate");
        ck_assert_str_eq(how, "a comment");
    }
}
END_TEST

START_TEST(manifest_of_folders)
{
    const char *how;
    sweep_with("{\"recipe\": \"quantize\"}");
    ck_assert_str_eq(
        recipe_of(in_scratch("sweep/configs/012/run_12345.yaml"), "", &how), "quantize");
    /* it has priority over comments, but only for files in configs/ */
    ck_assert_str_eq(
        recipe_of(in_scratch("sweep/configs/x.yaml"), "# tune run generate\n", &how), "quantize");
    ck_assert_ptr_null(recipe_of(in_scratch("sweep/run_000.yaml"), "", &how));
    write_file(in_scratch("sweep/mymanifest.json"), "{\"recipe\": \"quantize\"}");
    ck_assert_ptr_null(recipe_of(in_scratch("sweep/myconfigs/run_000.yaml"), "", &how));
    ck_assert_ptr_null(recipe_of(in_scratch("configs/run_000.yaml"), "", &how));
}
END_TEST

/* A manifest that is not a regular file does not block. */
START_TEST(odd_manifests)
{
    const char *how, *file = sweep_with(NULL);
    ck_assert_int_eq(mkfifo(in_scratch("sweep/manifest.json"), 0600), 0);
    ck_assert_ptr_null(recipe_of(file, "", &how));
    ck_assert_int_eq(unlink(in_scratch("sweep/manifest.json")), 0);
    ck_assert_int_eq(mkdir(in_scratch("sweep/manifest.json"), 0700), 0);
    ck_assert_ptr_null(recipe_of(file, "", &how));
}
END_TEST

/* The list of files after the recipe may be long. */
START_TEST(long_manifest)
{
    const char *how;
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "{\"recipe\": \"quantize\", \"files\": [");
    for (int i = 0; i < 20000; i++)
        strbuf_printf(&text, "\"configs/run_%05d.yaml\", ", i);
    strbuf_puts(&text, "0]}");
    ck_assert_str_eq(recipe_of(sweep_with(text.data), "", &how), "quantize");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recipe_of");
    TCase *tc = add_case(suite, "text");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, name_or_comment, 0, (int)COUNT(cases));
    tcase_add_test(tc, several_in_comments);
    tcase_add_test(tc, text_without_end);
    tcase_add_test(tc, long_words);
    tc = add_case(suite, "manifest");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, manifest, 0, (int)COUNT(manifests));
    tcase_add_test(tc, manifest_of_folders);
    tcase_add_test(tc, odd_manifests);
    tcase_add_test(tc, long_manifest);
    return check_main(suite);
}
