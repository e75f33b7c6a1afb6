/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/embedded.h"
#include "lib/config/profile.h"
#include "tests/unit/check_main.h"

static struct profile profile;

static void set_up(void)
{
    ck_assert_int_eq(profile_init(&profile, NULL), SWEEP_OK);
}

static void tear_down(void)
{
    profile_deinit(&profile);
}

START_TEST(names)
{
    ck_assert_str_eq(profile.trainer, "torchtune");
    ck_assert_str_eq(profile.version, "0.6.1");
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
        ck_assert_pstr_eq(profile_recipe_of(&profile, pairs[i][0]), pairs[i][1]);
}
END_TEST

START_TEST(distributed)
{
    ck_assert(profile_is_distributed(&profile, "lora_finetune_distributed"));
    ck_assert(!profile_is_distributed(&profile, "lora_finetune_single_device"));
    ck_assert(!profile_is_distributed(&profile, "my/recipe.py"));
}
END_TEST

START_TEST(keys_of_recipes)
{
    ck_assert(profile_recipe_reads(&profile, "lora_finetune_single_device", "seed"));
    ck_assert(!profile_recipe_reads(&profile, "lora_finetune_single_device", "fsdp_cpu_offload"));
    ck_assert(profile_recipe_reads(&profile, "full_finetune_distributed", "fsdp_cpu_offload"));
    /* unknown recipes read what any reads */
    ck_assert(profile_recipe_reads(&profile, NULL, "fsdp_cpu_offload"));
    ck_assert(profile_recipe_reads(&profile, "my/recipe.py", "fsdp_cpu_offload"));
    ck_assert(!profile_recipe_reads(&profile, NULL, "no_such_key"));
    ck_assert(!profile_recipe_reads(&profile, "my/recipe.py", "no_such_key"));
}
END_TEST

START_TEST(arguments)
{
    bool extra = true;
    const json_t *list = profile_arguments(&profile, "torch.optim.AdamW", &extra);
    ck_assert(!extra);
    ck_assert(profile_lists(list, "lr"));
    ck_assert(!profile_lists(list, "l"));
    list = profile_arguments(&profile, "torchtune.datasets.alpaca_dataset", &extra);
    ck_assert(extra);
    ck_assert(profile_lists(list, "packed"));
    ck_assert_ptr_null(profile_arguments(&profile, "no.such.thing", &extra));
    ck_assert(!extra);
    ck_assert(!profile_lists(NULL, "x"));
}
END_TEST

/* The data itself: every list has strings, and no config belongs to two recipes. */
START_TEST(data_is_whole)
{
    const char *name;
    json_t *entry, *item;
    size_t index;
    CLEANUP_JSON json_t *seen = json_object();
    json_object_foreach (profile.recipes, name, entry) {
        ck_assert(json_is_boolean(json_object_get(entry, "distributed")));
        ck_assert_uint_gt(json_array_size(json_object_get(entry, "keys")), 0);
        json_array_foreach (json_object_get(entry, "keys"), index, item)
            ck_assert(json_is_string(item));
        json_array_foreach (json_object_get(entry, "configs"), index, item) {
            ck_assert_msg(json_object_get(seen, json_string_value(item)) == NULL, "%s twice",
                json_string_value(item));
            json_object_set_new(seen, json_string_value(item), json_true());
        }
    }
    json_object_foreach (profile.components, name, entry) {
        ck_assert(json_is_array(json_object_get(entry, "arguments")));
        json_array_foreach (json_object_get(entry, "arguments"), index, item)
            ck_assert(json_is_string(item));
    }
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
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, names);
    tcase_add_test(tc, recipes_of_configs);
    tcase_add_test(tc, distributed);
    tcase_add_test(tc, keys_of_recipes);
    tcase_add_test(tc, arguments);
    tcase_add_test(tc, data_is_whole);
    tcase_add_test(tc, embedded);
    return check_main(suite);
}
