/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trainer/trainer.h"
#include "lib/findings/codes.h"
#include "lib/util/text.h"
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

static bool begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

START_TEST(sorted_and_complete)
{
    const struct code_text *text, *before = NULL;
    for (size_t i = 0; (text = code_text_at(i)) != NULL; before = text, i++) {
        ck_assert(before == NULL || strcmp(before->code, text->code) < 0);
        ck_assert_ptr_eq(code_text_find(text->code), text);
        ck_assert_msg(
            text->summary[0] != '\0' && strchr(text->summary, '\n') == NULL, "%s", text->code);
        ck_assert_msg(
            strlen(text->why) > 60 && text->why[strlen(text->why) - 1] == '.', "%s", text->code);
    }
    ck_assert_ptr_nonnull(before);
}
END_TEST

START_TEST(examples_fit_a_page)
{
    const struct code_text *text;
    for (size_t i = 0; (text = code_text_at(i)) != NULL; i++) {
        ck_assert_msg(begins(text->example, "wrong: "), "%s", text->code);
        ck_assert_msg(strstr(text->example, "\nright: ") != NULL, "%s", text->code);
        for (const char *line = text->example; *line != '\0';) {
            size_t length = strcspn(line, "\n");
            ck_assert_msg(
                begins(line, "wrong: ") || begins(line, "right: ") || begins(line, "       "), "%s",
                text->code);
            ck_assert_msg(utf8_count(line, length) <= 66, "%s: %s", text->code, line);
            line += length + (line[length] == '\n');
        }
    }
}
END_TEST

START_TEST(unknown_codes)
{
    static const char *const codes[] = {"", "a", "dead-keys", "dead_key", "zzz"};
    struct sweep_explanation e;
    for (size_t i = 0; i < COUNT(codes); i++) {
        ck_assert_ptr_null(code_text_find(codes[i]));
        ck_assert(!sweep_explain(trainer, codes[i], 0, &e));
    }
    ck_assert_str_eq(sweep_explain_nearest(trainer, "dead_key"), "dead-key");
    ck_assert_str_eq(sweep_explain_nearest(trainer, "ded-key"), "dead-key");
    ck_assert_ptr_null(sweep_explain_nearest(trainer, "nothing like it at all"));
}
END_TEST

START_TEST(all_in_order)
{
    struct sweep_explanation e;
    const struct code_text *text;
    size_t n = 0;
    for (; (text = code_text_at(n)) != NULL; n++) {
        ck_assert(sweep_explain(trainer, NULL, n, &e));
        ck_assert_str_eq(e.code, text->code);
        ck_assert_str_eq(e.why, text->why);
        ck_assert_str_eq(e.example, text->example);
        ck_assert(e.id == NULL && e.severity == NULL && e.when == NULL);
    }
    ck_assert_uint_gt(trainer->profile.n_rules, 0);
    for (size_t i = 0; i < trainer->profile.n_rules; i++, n++) {
        ck_assert(sweep_explain(trainer, NULL, n, &e));
        ck_assert_str_eq(e.id, trainer->profile.rules[i].id);
        ck_assert_str_eq(e.summary, trainer->profile.rules[i].message);
        ck_assert_ptr_nonnull(e.severity);
        ck_assert_ptr_nonnull(e.fails);
    }
    ck_assert(!sweep_explain(trainer, NULL, n, &e));
}
END_TEST

START_TEST(one_code)
{
    struct sweep_explanation e;
    ck_assert(sweep_explain(trainer, "dead-key", 0, &e));
    ck_assert_str_eq(e.code, "dead-key");
    ck_assert(!sweep_explain(trainer, "dead-key", 1, &e));
    const struct rule *rule = &trainer->profile.rules[trainer->profile.n_rules - 1];
    size_t n = 0;
    bool found = false;
    for (; sweep_explain(trainer, rule->code, n, &e); n++) {
        ck_assert_str_eq(e.code, rule->code);
        if (e.summary == rule->message)
            found = true;
    }
    ck_assert(found);
    ck_assert(!sweep_explain(trainer, rule->code, n, &e));
    ck_assert_str_eq(sweep_explain_nearest(trainer, rule->code), rule->code);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codes");
    TCase *tc = add_case(suite, "codes");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, sorted_and_complete);
    tcase_add_test(tc, examples_fit_a_page);
    tcase_add_test(tc, unknown_codes);
    tcase_add_test(tc, all_in_order);
    tcase_add_test(tc, one_code);
    return check_main(suite);
}
