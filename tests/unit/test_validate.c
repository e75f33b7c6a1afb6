/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep/trainer.h"
#include "sweep/validate.h"
#include "tests/unit/check_main.h"

static struct sweep_trainer *trainer;
static struct sweep_findings *findings;

static void set_up(void)
{
    findings = sweep_findings_new();
    ck_assert_int_eq(sweep_trainer_new(NULL, &trainer, NULL), SWEEP_OK);
}

static void tear_down(void)
{
    sweep_findings_free(findings);
    sweep_trainer_free(trainer);
}

static enum sweep_code validate(const char *text, const char *recipe)
{
    return sweep_validate(trainer, text, strlen(text), "c.yaml", recipe, findings);
}

START_TEST(embedded_bases_are_valid)
{
    struct sweep_base_info base;
    for (size_t i = 0; sweep_trainer_base(trainer, i, &base); i++) {
        CLEANUP_FREE char *text = NULL;
        size_t length;
        enum sweep_origin origin;
        if (base.origin != SWEEP_BASE_EMBEDDED)
            continue;
        ck_assert_int_eq(
            sweep_trainer_base_text(trainer, base.name, &text, &length, &origin, NULL), SWEEP_OK);
        enum sweep_code code = validate(text, base.recipe);
        ck_assert_msg(code == SWEEP_OK && code_at(findings, 0)[0] == '(', "%s: %s", base.name,
            message_at(findings, 0));
    }
}
END_TEST

static const struct {
    const char *text, *recipe, *code; /* NULL: valid */
    unsigned line, column;
} configs[] = {
    {"", NULL, NULL, 0, 0},
    {"anything: 1\n", NULL, NULL, 0, 0},
    {"anything: 1\n", "lora_finetune_single_device", NULL, 0, 0},
    {"model:\n  _component_: my.own\n  x: 1\n", NULL, NULL, 0, 0},
    {"o:\n  _component_: torch.optim.AdamW\n  lr: 1\n", NULL, NULL, 0, 0},
    {"d:\n  _component_: torchtune.datasets.alpaca_dataset\n  anything: 1\n", NULL, NULL, 0, 0},
    {"x:\n  y: {_component_: torch.optim.AdamW, passed_on: 1}\n", NULL, NULL, 0, 0},
    {"o:\n  _component_: torch.optim.AdamW\n  # c\n  rl: 1\n", NULL, "unknown-argument", 4, 3},
    {"a: 1\nb: \?\?\?\n", NULL, "missing-value", 2, 1},
    {"a:\n  b: {c: '\?\?\?'}\n", NULL, "missing-value", 2, 7},
    {"a: [1\n", NULL, "yaml-syntax", 2, 1},
    {"a: 1\na: 2\n", NULL, "duplicate-key", 2, 1},
    {"a: .inf\n", NULL, "not-finite", 1, 4},
    {"a: 1\n", "lora_finetune_singel_device", "unknown-recipe", 0, 0},
};

START_TEST(config)
{
    enum sweep_code code = validate(configs[_i].text, configs[_i].recipe);
    if (configs[_i].code == NULL) {
        ck_assert_msg(code == SWEEP_OK, "%s: %s", configs[_i].text, message_at(findings, 0));
        ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 0);
        return;
    }
    ck_assert_int_eq(code, SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), configs[_i].code);
    assert_place(findings, 0, configs[_i].line, configs[_i].column);
    ck_assert_str_eq(sweep_findings_get(findings, 0)->place.file, "c.yaml");
}
END_TEST

START_TEST(hints_and_order)
{
    ck_assert_int_eq(validate("z: \?\?\?\n"
                              "o:\n"
                              "  weight_deacy: 1\n"
                              "  _component_: torch.optim.AdamW\n"
                              "a: \?\?\?\n",
                         NULL),
        SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 3);
    assert_place(findings, 0, 1, 1); /* from the top, however they were found */
    assert_place(findings, 1, 3, 3);
    assert_place(findings, 2, 5, 1);
    ck_assert_str_eq(hint_at(findings, 1), "did you mean \"weight_decay\"?");
}
END_TEST

START_TEST(long_keys_stay_in_bounds)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (size_t n = 490; n <= 1000; n += 51) {
        text.length = 0;
        strbuf_repeat(&text, 'a', n);
        strbuf_puts(&text, ":\n  _component_: torch.optim.AdamW\n  ");
        strbuf_repeat(&text, 'b', n);
        strbuf_puts(&text, ": '\?\?\?'\n");
        ck_assert_int_eq(validate(text.data, NULL), SWEEP_INVALID);
    }
    ck_assert_uint_ge(sweep_findings_count(findings, SWEEP_ERROR), 11);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("validate");
    TCase *tc = add_case(suite, "validate");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, embedded_bases_are_valid);
    tcase_add_loop_test(tc, config, 0, (int)COUNT(configs));
    tcase_add_test(tc, hints_and_order);
    tcase_add_test(tc, long_keys_stay_in_bounds);
    return check_main(suite);
}
