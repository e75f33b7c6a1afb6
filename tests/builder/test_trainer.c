/* SPDX-License-Identifier: Apache-2.0
 *
 * A builder for an invented trainer: its profile alone says which methods there are, how they write
 * to a config and how the config is read.
 */
#include <sys/stat.h>

#include "tests/builder/common.h"

static struct sweep_trainer *brewer;

static void set_up_brewer(void)
{
    struct sweep_error error = {0};
    enum sweep_code code = sweep_trainer_open(NULL, GOLDEN "/brewer.json", &brewer, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
}

static void tear_down_brewer(void)
{
    sweep_trainer_free(brewer);
}

static struct sweep_builder *from_ale(void)
{
    return sweep_builder_from_file(brewer, GOLDEN "/brewer_ale.yaml");
}

static void with(struct sweep_builder *builder, const char *method, const char *argument)
{
    AUTO_JSON json_t *value = value_of(argument);
    sweep_with(builder, method, value);
}

START_TEST(its_methods)
{
    AUTO_BUILDER struct sweep_builder *builder = from_ale();
    with(builder, "heat", "1e-5");
    with(builder, "hops_pair", "{'minutes': 5, 'grams': 40}");
    with(builder, "grain", "'/sacks/rye.flour'");
    with(builder, "yeast", "9");
    with(builder, "clarity", "0");
    AUTO_FREE char *text = text_of(builder), *base = read_text(GOLDEN "/brewer_ale.yaml");
    AUTO_FREE char *difference = line_diff(base, text);
    ck_assert_str_eq(difference, "-  heat: 66.5   # degrees\n"
                                 "+  heat: 1.0e-05   # degrees\n"
                                 "-hops: {grams: 30, minutes: 60}\n"
                                 "+hops: {grams: 40, minutes: 5}\n"
                                 "-  kind: pilsner\n"
                                 "-  silo: /old/silo\n"
                                 "-yeast: 7\n"
                                 "+  kind: sieve\n"
                                 "+  sack: /sacks/rye.flour\n"
                                 "+yeast: 9\n"
                                 "+fining: 0.0\n");
    /* PyYAML reads 1e-4 as a string. */
    AUTO_JSON json_t *tree = built(builder);
    ck_assert_str_eq(json_string_value(value_at(tree, "mash.rest")), "1e-4");
}
END_TEST

static const struct {
    const char *method, *argument, *message;
} mistakes[] = {
    {"heet", "1.5",
        "ValueError: there is no method with_heet: brewer 2.1 has no parameter \"heet\"; did you "
        "mean \"heat\"?"},
    {"heat", "0", "ValueError: heat must be positive, got 0"},
    {"hopping", "{'grams': 1}", "TypeError: hopping needs minutes too"},
    {"hopping", "5", "TypeError: hopping takes grams and minutes together, got int"},
    {"hopping", "{'grams': 1, 'minutes': -1}", "ValueError: minutes must be non-negative, got -1"},
    {"clarity", "1.0", "ValueError: share must be in [0, 1), got 1.0"},
    {"grain", "''", "ValueError: name cannot be empty"},
};

START_TEST(mistake)
{
    AUTO_BUILDER struct sweep_builder *builder = from_ale();
    with(builder, mistakes[_i].method, mistakes[_i].argument);
    assert_failure(builder, SWEEP_INVALID, mistakes[_i].message);
}
END_TEST

/* The methods that C has a function for are looked up, too. */
START_TEST(functions_for_torchtune)
{
    AUTO_BUILDER struct sweep_builder *pair = from_ale();
    sweep_with_lora_params(pair, 8, 16);
    assert_failure(pair, SWEEP_INVALID,
        "ValueError: there is no method with_lora_params: brewer 2.1 has no parameter "
        "\"lora_params\"");
    AUTO_BUILDER struct sweep_builder *number = from_ale();
    sweep_with_learning_rate(number, 1.0 / 0.0);
    assert_failure(number, SWEEP_INVALID,
        "ValueError: there is no method with_learning_rate: brewer 2.1 has no parameter "
        "\"learning_rate\"");
}
END_TEST

/* A string is text here, whatever is in it: its type cannot change. */
START_TEST(no_interpolation)
{
    AUTO_BUILDER struct sweep_builder *builder = from_ale();
    AUTO_JSON json_t *change = value_of("{'yeast': '${note}'}");
    sweep_builder_override(builder, change);
    assert_failure(builder, SWEEP_INVALID, "TypeError: yeast is int; str cannot take its place");
}
END_TEST

START_TEST(saved_and_again)
{
    const struct sweep_save_options options = {.metadata = true, .provenance = true};
    struct sweep_error error = {0};
    write_text(in_scratch("a.grain"), "grain");
    AUTO_BUILDER struct sweep_builder *builder = from_ale();
    AUTO_JSON json_t *name = json_string(in_scratch("a.grain"));
    sweep_with(builder, "grain", name);
    with(builder, "hopping", "{'minutes': 5, 'grams': 40}");
    enum sweep_code code = sweep_builder_save(builder, in_scratch("run.yaml"), &options, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
    AUTO_FREE char *metadata = read_text(in_scratch("run.meta.yaml"));
    ck_assert_ptr_nonnull(strstr(metadata, "profile: brewer 2.1\n"));
    ck_assert_ptr_nonnull(strstr(metadata, "data_provenance:"));
    AUTO_BUILDER struct sweep_builder *again =
        sweep_builder_from_previous(brewer, in_scratch("run.yaml"), NULL, SWEEP_PREVIOUS_STRICT);
    AUTO_FREE char *text = text_of(builder), *same = text_of(again);
    ck_assert_str_eq(text, same);
}
END_TEST

START_TEST(validated)
{
    AUTO_FINDINGS struct sweep_findings *findings = sweep_findings_new();
    AUTO_BUILDER struct sweep_builder *builder = from_ale();
    ck_assert_int_eq(sweep_builder_validate(builder, "ale", findings), SWEEP_OK);
    with(builder, "heat", "90");
    ck_assert_int_eq(sweep_builder_validate(builder, "ale", findings), SWEEP_INVALID);
    ck_assert_str_eq(sweep_findings_get(findings, 0)->code, "boiled-mash");
}
END_TEST

/* Base configs are looked for where the profile says, and torchtune's are not this trainer's. */
START_TEST(installed_bases)
{
    struct sweep_trainer *installed = NULL;
    struct sweep_error error = {0};
    const char *profile = in_scratch("p.json");
    write_text(profile,
        "{\"trainer\": \"brewer\", \"version\": \"2\", \"config_directories\": [\"none\", "
        "\"share/*\"], \"recipes\": {\"ale\": {\"configs\": [\"pale\", "
        "\"llama3_1/8B_lora\"]}}}");
    ck_assert_int_eq(sweep_trainer_open(scratch, profile, &installed, &error), SWEEP_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, "it has none of none, share/*"));
    mkdir(in_scratch("share"), 0700);
    mkdir(in_scratch("share/brewer"), 0700);
    write_text(in_scratch("share/brewer/pale.yaml"), "mash: 1\n");
    ck_assert_int_eq(sweep_trainer_open(scratch, profile, &installed, NULL), SWEEP_OK);
    ck_assert_str_eq(sweep_trainer_directory(installed), in_scratch("share/brewer"));
    AUTO_BUILDER struct sweep_builder *pale = sweep_builder_from_base(installed, "pale");
    AUTO_FREE char *text = text_of(pale);
    ck_assert_str_eq(text, "mash: 1\n");
    AUTO_BUILDER struct sweep_builder *other =
        sweep_builder_from_base(installed, "llama3_1/8B_lora");
    assert_failure(other, SWEEP_NOT_FOUND,
        "base config \"llama3_1/8B_lora\" is known, but the installed brewer has no file for it");
    ck_assert_int_eq(sweep_trainer_use_profile(installed, GOLDEN "/brewer.json", NULL), SWEEP_OK);
    ck_assert_str_eq(sweep_trainer_directory(installed), in_scratch("share/brewer"));
    sweep_trainer_free(installed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("builder for another trainer");
    TCase *tc = new_case(suite, "trainer");
    tcase_add_checked_fixture(tc, set_up_brewer, tear_down_brewer);
    tcase_add_test(tc, its_methods);
    tcase_add_loop_test(tc, mistake, 0, (int)COUNT(mistakes));
    tcase_add_test(tc, functions_for_torchtune);
    tcase_add_test(tc, no_interpolation);
    tcase_add_test(tc, saved_and_again);
    tcase_add_test(tc, validated);
    tcase_add_test(tc, installed_bases);
    return run_suite(suite);
}
