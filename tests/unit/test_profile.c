/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "lib/trainer/embedded.h"
#include "lib/trainer/profile.h"
#include "tests/unit/check_main.h"

static const struct profile *const profile = &profile_builtin;

START_TEST(names)
{
    ck_assert_str_eq(profile->trainer, "torchtune");
    ck_assert_str_eq(profile->version, "0.6.1");
    ck_assert_str_eq(profile->component_key, "_component_");
    struct profile zero = {0};
    profile_deinit(&zero);
}
END_TEST

START_TEST(recipes_of_configs)
{
    static const char *const pairs[][2] = {
        {"llama3_1/8B_lora_single_device", "lora_finetune_single_device"},
        {"llama3_1/8B_lora", "lora_finetune_distributed"},
        {"llama2/7B_full", "full_finetune_distributed"},
        {"mistral/7B_full_ppo_low_memory", "ppo_full_finetune_single_device"},
        {"generation", "generate"},
        {"llama3_1/8B_lora_single_devic", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT(pairs); i++)
        ck_assert_pstr_eq(profile_recipe_of(profile, pairs[i][0]), pairs[i][1]);
}
END_TEST

START_TEST(distributed)
{
    ck_assert(profile_is_distributed(profile, "lora_finetune_distributed"));
    ck_assert(!profile_is_distributed(profile, "lora_finetune_single_device"));
    ck_assert(!profile_is_distributed(profile, "my/recipe.py"));
}
END_TEST

START_TEST(keys_of_recipes)
{
    ck_assert(profile_recipe_reads(profile, "lora_finetune_single_device", "seed"));
    ck_assert(!profile_recipe_reads(profile, "lora_finetune_single_device", "fsdp_cpu_offload"));
    ck_assert(profile_recipe_reads(profile, "full_finetune_distributed", "fsdp_cpu_offload"));
    /* unknown recipes read what any reads */
    ck_assert(profile_recipe_reads(profile, NULL, "fsdp_cpu_offload"));
    ck_assert(profile_recipe_reads(profile, "my/recipe.py", "fsdp_cpu_offload"));
    ck_assert(!profile_recipe_reads(profile, NULL, "no_such_key"));
    ck_assert(!profile_recipe_reads(profile, "my/recipe.py", "no_such_key"));
}
END_TEST

START_TEST(arguments)
{
    const struct component *adam = profile_component(profile, "torch.optim.AdamW");
    ck_assert_ptr_nonnull(adam);
    ck_assert(!adam->extra);
    ck_assert_uint_eq(component_argument(adam, "lr")->type.kinds, TYPE_FLOAT);
    ck_assert_str_eq(component_argument(adam, "lr")->fallback, "0.001");
    ck_assert_int_eq(component_argument(adam, "params")->supplied, SUPPLIED_POSITIONAL);
    ck_assert_ptr_null(component_argument(adam, "params")->fallback);
    ck_assert_ptr_null(component_argument(adam, "l"));
    ck_assert(profile_component(profile, "torchtune.datasets.alpaca_dataset")->extra);
    ck_assert_ptr_null(profile_component(profile, "no.such.thing"));
    const struct component *lora =
        profile_component(profile, "torchtune.models.llama3_1.lora_llama3_1_8b");
    const struct argument *modules = component_argument(lora, "lora_attn_modules");
    ck_assert_uint_eq(modules->type.kinds, TYPE_LIST);
    ck_assert_uint_eq(modules->type.items, TYPE_STRING);
    ck_assert_str_eq(modules->type.item_words, "q_proj|k_proj|v_proj|output_proj");
    ck_assert_int_eq(component_fact(lora, "max_seq_len")->number, 131072);
    ck_assert_ptr_null(component_fact(lora, "no_such_fact"));
    ck_assert_ptr_null(component_fact(NULL, "max_seq_len"));
}
END_TEST

START_TEST(lists)
{
    static const char *const globs[] = {"full_*", "qat", NULL};
    ck_assert(list_matches(globs, "full_finetune"));
    ck_assert(!list_matches(globs, "lora"));
    ck_assert(!list_matches(globs, NULL));
    ck_assert(list_matches(NULL, NULL));
    ck_assert(list_holds(globs, "qat"));
    ck_assert(!list_holds(globs, "full_finetune"));
    ck_assert(!list_holds(NULL, "x"));
}
END_TEST

/* The data itself: no config belongs to two recipes, and components are sorted. */
START_TEST(data_is_whole)
{
    for (size_t i = 0; i < profile->n_recipes; i++) {
        const struct recipe *recipe = &profile->recipes[i];
        ck_assert_ptr_nonnull(recipe->required[0]);
        for (size_t c = 0; recipe->configs[c] != NULL; c++)
            ck_assert_str_eq(profile_recipe_of(profile, recipe->configs[c]), recipe->name);
    }
    for (size_t i = 1; i < profile->n_components; i++)
        ck_assert_str_lt(profile->components[i - 1].path, profile->components[i].path);
    ck_assert_uint_gt(profile->n_rules, 0);
}
END_TEST

/* --- profiles from files ------------------------------------------------------------------ */

static enum sweep_code read_text(const char *text, struct profile *out, struct sweep_error *error)
{
    char path[] = "/tmp/profile_XX"
                  "XXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    enum sweep_code code = profile_read(path, out, error);
    unlink(path);
    return code;
}

START_TEST(own_components)
{
    struct profile own;
    ck_assert_int_eq(read_text("{\"extends\": \"torchtune-0.6.1\", \"complete\": [\"mine\"],"
                               "\"components\": {\"mine.loss\": {\"arguments\": {\"a\":"
                               "{\"type\": \"int|null|'auto'\", \"required\": true}}},"
                               "\"torch.optim.AdamW\": {\"arguments\": {}, \"extra\": true}}}",
                         &own, NULL),
        SWEEP_OK);
    ck_assert_uint_eq(own.n_components, profile->n_components + 1);
    ck_assert_uint_eq(own.n_rules, profile->n_rules);
    const struct argument *a = component_argument(profile_component(&own, "mine.loss"), "a");
    ck_assert_uint_eq(a->type.kinds, TYPE_INT | TYPE_NULL | TYPE_STRING);
    ck_assert_str_eq(a->type.words, "auto");
    ck_assert(profile_component(&own, "torch.optim.AdamW")->extra); /* the newer one wins */
    ck_assert(list_holds(own.complete, "mine"));
    ck_assert(list_holds(own.complete, "torchtune"));
    profile_deinit(&own);
}
END_TEST

START_TEST(bad_profiles)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"{", "not a profile"},
        {"[]", "it is no JSON object"},
        {"{}", "an entry lacks \"trainer\""},
        {"{\"extends\": \"no-such\"}", "no-such.json"},
        {"{\"extends\": \"torchtune-0.6.1\", \"components\": {\"a.b\": {\"arguments\":"
         "{\"x\": \"integer\"}}}}",
            "components: unknown type \"integer\""},
        {"{\"extends\": \"torchtune-0.6.1\", \"rules\": [{\"id\": \"M1\"}]}",
            "rules: an entry lacks"},
        {"{\"extends\": \"torchtune-0.6.1\", \"keys\": {\"x\": \"int]\"}}", "unknown type"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct profile own;
        struct sweep_error error = {0};
        ck_assert_int_ne(read_text(cases[i].text, &own, &error), SWEEP_OK);
        ck_assert_msg(
            strstr(error.message, cases[i].why) != NULL, "%s: %s", cases[i].text, error.message);
        ck_assert_ptr_null(own.memory);
    }
}
END_TEST

/* The tables that are compiled in say what the files say. */
START_TEST(built_in_is_the_file)
{
    struct profile read;
    struct sweep_error error = {0};
    ck_assert_msg(profile_read(PROFILE_FILE, &read, &error) == SWEEP_OK, "%s", error.message);
    ck_assert_uint_eq(read.n_components, profile->n_components);
    ck_assert_uint_eq(read.n_rules, profile->n_rules);
    ck_assert_uint_eq(read.n_keys, profile->n_keys);
    for (size_t i = 0; i < read.n_components; i++) {
        const struct component *a = &read.components[i], *b = &profile->components[i];
        ck_assert_str_eq(a->path, b->path);
        ck_assert_uint_eq(a->n_arguments, b->n_arguments);
        ck_assert_uint_eq(a->n_facts, b->n_facts);
        for (size_t k = 0; k < a->n_arguments; k++) {
            ck_assert_str_eq(a->arguments[k].name, b->arguments[k].name);
            ck_assert_uint_eq(a->arguments[k].type.kinds, b->arguments[k].type.kinds);
            ck_assert_uint_eq(a->arguments[k].type.items, b->arguments[k].type.items);
            ck_assert_pstr_eq(a->arguments[k].type.words, b->arguments[k].type.words);
            ck_assert_pstr_eq(a->arguments[k].fallback, b->arguments[k].fallback);
        }
    }
    for (size_t i = 0; i < read.n_rules; i++) {
        ck_assert_str_eq(read.rules[i].id, profile->rules[i].id);
        ck_assert_pstr_eq(read.rules[i].when, profile->rules[i].when);
        ck_assert_pstr_eq(read.rules[i].at, profile->rules[i].at);
        ck_assert_int_eq(read.rules[i].phase, profile->rules[i].phase);
    }
    profile_deinit(&read);
}
END_TEST

START_TEST(embedded)
{
    const struct embedded_file *file = embedded_find("bases/llama3_1/8B_lora_single_device.yaml");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(strlen(file->data), file->size);
    ck_assert_ptr_null(embedded_find("bases/llama3_1"));
    ck_assert_ptr_null(embedded_find(""));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("profile");
    TCase *tc = add_case(suite, "profile");
    tcase_add_test(tc, names);
    tcase_add_test(tc, recipes_of_configs);
    tcase_add_test(tc, distributed);
    tcase_add_test(tc, keys_of_recipes);
    tcase_add_test(tc, arguments);
    tcase_add_test(tc, lists);
    tcase_add_test(tc, data_is_whole);
    tcase_add_test(tc, own_components);
    tcase_add_test(tc, bad_profiles);
    tcase_add_test(tc, built_in_is_the_file);
    tcase_add_test(tc, embedded);
    return check_main(suite);
}
