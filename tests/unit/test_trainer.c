/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trainer/trainer.h"
#include "tests/unit/check_main.h"

static const char name[] = "llama3_1/8B_lora_single_device";

/* Makes all directories of a path below the scratch directory, and a file at its end. */
static void plant(const char *path, const char *text)
{
    char copy[300];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *slash = strchr(copy, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(in_scratch(copy), 0700);
        *slash = '/';
    }
    write_file(in_scratch(path), text);
}

static struct sweep_trainer *open_trainer(const char *directory)
{
    struct sweep_trainer *trainer = NULL;
    struct sweep_error error = {0};
    enum sweep_code code = sweep_trainer_new(directory, &trainer, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
    return trainer;
}

static void assert_text(const struct sweep_trainer *trainer, const char *base,
    enum sweep_origin wanted, const char *text)
{
    CLEANUP_FREE char *got = NULL;
    size_t length = 0;
    enum sweep_origin origin = SWEEP_BASE_ABSENT;
    struct sweep_error error = {0};
    enum sweep_code code = sweep_trainer_base_text(trainer, base, &got, &length, &origin, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
    ck_assert_int_eq(origin, wanted);
    ck_assert_uint_eq(length, strlen(got));
    if (text != NULL)
        ck_assert_str_eq(got, text);
}

static void assert_no_text(
    const struct sweep_trainer *trainer, const char *base, const char *message)
{
    char *got = NULL;
    size_t length;
    enum sweep_origin origin;
    struct sweep_error error = {0};
    ck_assert_int_eq(
        sweep_trainer_base_text(trainer, base, &got, &length, &origin, &error), SWEEP_NOT_FOUND);
    ck_assert_ptr_null(got);
    ck_assert_msg(strstr(error.message, message) != NULL, "%s", error.message);
}

START_TEST(without_an_installation)
{
    struct sweep_trainer *trainer = open_trainer(NULL);
    ck_assert_str_eq(sweep_trainer_name(trainer), "torchtune");
    ck_assert_str_eq(sweep_trainer_version(trainer), "0.6.1");
    assert_text(trainer, name, SWEEP_BASE_EMBEDDED, NULL);
    assert_no_text(trainer, "llama2/7B_lora", "needs an installed torchtune");
    assert_no_text(trainer, "no/such", "no base config \"no/such\"");
    sweep_trainer_free(trainer);
    sweep_trainer_free(NULL);
}
END_TEST

START_TEST(all_bases)
{
    struct sweep_trainer *trainer = open_trainer(NULL);
    struct sweep_base_info base;
    size_t n = 0, embedded = 0;
    for (; sweep_trainer_base(trainer, n, &base); n++) {
        ck_assert_str_eq(base.recipe, profile_recipe_of(&trainer->profile, base.name));
        embedded += base.origin == SWEEP_BASE_EMBEDDED;
        ck_assert_int_ne(base.origin, SWEEP_BASE_INSTALLED);
        if (base.origin == SWEEP_BASE_EMBEDDED)
            assert_text(trainer, base.name, SWEEP_BASE_EMBEDDED, NULL);
    }
    ck_assert_uint_gt(n, 100);
    ck_assert_uint_eq(embedded, 8);
    ck_assert(!sweep_trainer_base(trainer, n + 1000, &base));
    sweep_trainer_free(trainer);
}
END_TEST

static const char *const layouts[] = {
    "recipes/configs/",
    "lib/python3.11/site-packages/recipes/configs/",
};

START_TEST(installed)
{
    char path[200];
    snprintf(path, sizeof path, "%sllama2/7B_lora.yaml", layouts[_i]);
    plant(path, "a: 1\n");
    snprintf(path, sizeof path, "%s%s.yaml", layouts[_i], name);
    plant(path, "b: 2\n");
    struct sweep_trainer *trainer = open_trainer(scratch);
    assert_text(trainer, "llama2/7B_lora", SWEEP_BASE_INSTALLED, "a: 1\n");
    assert_text(trainer, name, SWEEP_BASE_INSTALLED, "b: 2\n"); /* wins over the embedded one */
    assert_text(trainer, "llama3_1/8B_lora", SWEEP_BASE_EMBEDDED, NULL);
    assert_no_text(trainer, "llama2/13B_lora", "the installed torchtune has no file");
    struct sweep_base_info base;
    size_t found = 0;
    for (size_t i = 0; sweep_trainer_base(trainer, i, &base); i++)
        found += base.origin == SWEEP_BASE_INSTALLED;
    ck_assert_uint_eq(found, 2);
    sweep_trainer_free(trainer);
}
END_TEST

START_TEST(odd_directory_names)
{
    static const char *const names[] = {"a b", "x[1]", "what?", "st*r", "back\\slash", "{a,b}"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[200];
        snprintf(path, sizeof path, "%s/recipes/configs/llama2/7B_lora.yaml", names[i]);
        plant(path, names[i]);
        struct sweep_trainer *trainer = open_trainer(in_scratch(names[i]));
        assert_text(trainer, "llama2/7B_lora", SWEEP_BASE_INSTALLED, names[i]);
        sweep_trainer_free(trainer);
    }
}
END_TEST

START_TEST(no_torchtune_there)
{
    struct sweep_trainer *trainer = NULL;
    const char *const places[] = {scratch, in_scratch("missing"), ""};
    for (size_t i = 0; i < COUNT(places); i++) {
        struct sweep_error error = {0};
        ck_assert_int_eq(sweep_trainer_new(places[i], &trainer, &error), SWEEP_NOT_FOUND);
        ck_assert_ptr_null(trainer);
        ck_assert_msg(strstr(error.message, places[i]) != NULL, "%s", error.message);
    }
    /* a file is no directory of configs */
    plant("recipes/configs", "");
    ck_assert_int_eq(sweep_trainer_new(scratch, &trainer, NULL), SWEEP_NOT_FOUND);
}
END_TEST

START_TEST(names_that_lead_out)
{
    static const char *const bad[] = {"../secret", "llama2/../../secret", "/etc/passwd", "./x",
        "a//b", "a/", "", ".", "..", ".hidden", "a/.hidden", "a b", "a\nb", "a%sb", "~/x"};
    plant("recipes/configs/llama2/x.yaml", "");
    plant("recipes/secret.yaml", "secret: 1\n");
    struct sweep_trainer *trainer = open_trainer(scratch);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_no_text(trainer, bad[i], "no base config");
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_repeat(&text, 'x', 5000);
    assert_no_text(trainer, text.data, "no base config");
    sweep_trainer_free(trainer);
}
END_TEST

START_TEST(what_is_no_file_is_not_there)
{
    plant("recipes/configs/llama2/x.yaml", "");
    ck_assert_int_eq(mkfifo(in_scratch("recipes/configs/llama2/7B_lora.yaml"), 0600), 0);
    ck_assert_int_eq(mkdir(in_scratch("recipes/configs/llama2/13B_lora.yaml"), 0700), 0);
    struct sweep_trainer *trainer = open_trainer(scratch);
    assert_no_text(trainer, "llama2/7B_lora", "no file");
    assert_no_text(trainer, "llama2/13B_lora", "no file");
    sweep_trainer_free(trainer);
}
END_TEST

START_TEST(suggestions)
{
    struct sweep_trainer *trainer = open_trainer(NULL);
    ck_assert_str_eq(trainer_suggest_base(trainer, "llama3_1/8B_lora_single_devic"), name);
    ck_assert_str_eq(trainer_suggest_base(trainer, name), name);
    ck_assert_ptr_null(trainer_suggest_base(trainer, "x"));
    sweep_trainer_free(trainer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trainer");
    TCase *tc = add_case(suite, "embedded");
    tcase_add_test(tc, without_an_installation);
    tcase_add_test(tc, all_bases);
    tcase_add_test(tc, suggestions);
    tc = add_case(suite, "installed");
    use_scratch(tc);
    tcase_add_loop_test(tc, installed, 0, (int)COUNT(layouts));
    tcase_add_test(tc, odd_directory_names);
    tcase_add_test(tc, no_torchtune_there);
    tcase_add_test(tc, names_that_lead_out);
    tcase_add_test(tc, what_is_no_file_is_not_there);
    return check_main(suite);
}
