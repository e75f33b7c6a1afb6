/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/spec/assignment.h"
#include "tests/unit/spec_helper.h"

/* Each value of an axis: its label, and what it does. */
static void assert_axis(const struct assignment *axis, const char *wanted)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (size_t i = 0; i < axis->n_choices; i++) {
        const struct operations *operations = &axis->choices[i].operations;
        strbuf_printf(&text, "%s%s:", i > 0 ? " | " : "", axis->choices[i].label);
        for (size_t k = 0; k < operations->count; k++) {
            strbuf_printf(&text, " %s=", operations->items[k].path);
            if (operations->items[k].value == NULL)
                strbuf_putc(&text, '-');
            else
                value_write(&text, operations->items[k].value, SCALAR_IN_FLOW);
        }
    }
    assert_buffer(text, wanted);
}

/* --- what each key becomes ---------------------------------------------------------------- */

static const struct {
    const char *key, *value, *axis, *paths;
} axes[] = {
    {"lr", "[1e-4, 3E-4, 1]",
        "1e-4: optimizer.lr=0.0001 | 3E-4: optimizer.lr=0.0003 | 1: optimizer.lr=1.0",
        "optimizer.lr"},
    {"learning_rate", "[0.5]", "0.5: optimizer.lr=0.5", "optimizer.lr"},
    {"optimizer.lr", "[1]", "1: optimizer.lr=1.0", "optimizer.lr"},
    {"optimizer.weight_decay", "[0, 0.1]",
        "0: optimizer.weight_decay=0.0 | 0.1: optimizer.weight_decay=0.1",
        "optimizer.weight_decay"},
    {"optimizer.fused", "[true, false, null]",
        "true: optimizer.fused=True | false: optimizer.fused=False | null: optimizer.fused=null",
        "optimizer.fused"},
    {"~optimizer.fused", "[true, false]", "true: optimizer.fused=- | false:", "optimizer.fused"},
    {"optimizer", "[{\"lr\": 1}, {\"~fused\": true, \"a\": {\"~b\": true, \"c\": 2}}]",
        "{\"lr\": 1}: optimizer={lr: 1} | {\"~fused\": true, \"a\": {\"~b\": true, \"c\": 2}}: "
        "optimizer={a: {c: 2}} optimizer.fused=- optimizer.a.b=-",
        "optimizer optimizer.fused optimizer.a.b"},
    {"seed", "[0, 42]", "0: seed=0 | 42: seed=42", "seed"},
    {"seed", "[null, 1]", "null: seed=null | 1: seed=1", "seed"},
    {"lora", "[{\"rank\": 8, \"alpha\": 16}, {\"alpha\": 1, \"rank\": 2}]",
        "8/16: model.lora_rank=8 model.lora_alpha=16 | 2/1: model.lora_rank=2 model.lora_alpha=1",
        "model.lora_rank model.lora_alpha"},
    {"lora", "{\"rank\": [8, 16], \"alpha\": [1, 2]}",
        "8/1: model.lora_rank=8 model.lora_alpha=1 | 8/2: model.lora_rank=8 model.lora_alpha=2 | "
        "16/1: model.lora_rank=16 model.lora_alpha=1 | 16/2: model.lora_rank=16 model.lora_alpha=2",
        "model.lora_rank model.lora_alpha"},
    {"lora_params", "{\"rank\": 8, \"alpha\": [1, 2]}",
        "8/1: model.lora_rank=8 model.lora_alpha=1 | 8/2: model.lora_rank=8 model.lora_alpha=2",
        "model.lora_rank model.lora_alpha"},
    {"dataset", "[\"tatsu-lab/alpaca\", \"/d/x.csv\"]",
        "tatsu-lab/alpaca: dataset.source=tatsu-lab/alpaca dataset.data_files=- dataset.data_dir=- "
        "| /d/x.csv: dataset.source=csv dataset.data_files=/d/x.csv dataset.data_dir=-",
        "dataset.source dataset.data_files"},
    {"model.lora_attn_modules", "[[\"q_proj\"], [\"q_proj\", \"v_proj\"]]",
        "[\"q_proj\"]: model.lora_attn_modules=[q_proj] | [\"q_proj\", \"v_proj\"]: "
        "model.lora_attn_modules=[q_proj, v_proj]",
        "model.lora_attn_modules"},
    {"optimizer", "[{\"lr\": 1}]", "{\"lr\": 1}: optimizer={lr: 1}", "optimizer"},
    {"x.y", "[\"a\\nb\"]", "a\\nb: x.y=\"a\\nb\"", "x.y"},
    {"seed", "[\"${other}\"]", "${other}: seed='${other}'", "seed"},
};

START_TEST(axis)
{
    CLEANUP_STRBUF struct strbuf part = {0}, paths = {0};
    strbuf_printf(&part, "\"grid\": {\"%s\": %s}", axes[_i].key, axes[_i].value);
    enum sweep_code code = read_part(part.data);
    ck_assert_msg(code == SWEEP_OK, "%s", message_at(findings, 0));
    ck_assert_uint_eq(spec.axes.count, 1);
    const struct assignment *axis = &spec.axes.items[0];
    ck_assert_str_eq(axis->key, axes[_i].key);
    ck_assert_str_eq(axis->where, "grid");
    assert_axis(axis, axes[_i].axis);
    for (size_t i = 0; i < axis->n_paths; i++)
        strbuf_printf(&paths, "%s%s", i > 0 ? " " : "", axis->paths[i]);
    assert_buffer(paths, axes[_i].paths);
    ck_assert_uint_eq(spec.runs, axis->n_choices);
}
END_TEST

START_TEST(fixed_takes_one_value)
{
    ck_assert_int_eq(read_part("\"fixed\": {\"lr\": 1, \"lora\": {\"rank\": 8, \"alpha\": 16},"
                               "\"model.lora_attn_modules\": [\"q_proj\"], \"seed\": null}"),
        SWEEP_OK);
    ck_assert_uint_eq(spec.fixed.count, 4);
    assert_choice(&spec.fixed.items[0].choices[0], "optimizer.lr=1.0");
    assert_choice(&spec.fixed.items[1].choices[0], "model.lora_rank=8 model.lora_alpha=16");
    assert_choice(&spec.fixed.items[2].choices[0], "model.lora_attn_modules=[q_proj]");
    assert_choice(&spec.fixed.items[3].choices[0], "seed=null");
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(spec.fixed.items[i].n_choices, 1);
    ck_assert_str_eq(spec.fixed.items[0].where, "fixed");
    ck_assert_uint_eq(spec.runs, 1);
}
END_TEST

START_TEST(long_labels_are_cut_at_a_character)
{
    CLEANUP_STRBUF struct strbuf part = {0};
    strbuf_puts(&part, "\"fixed\": {\"x.y\": \"a");
    for (int i = 0; i < 100; i++)
        strbuf_puts(&part, "\xc3\xa9");
    strbuf_puts(&part, "\"}");
    ck_assert_int_eq(read_part(part.data), SWEEP_OK);
    const char *label = spec.fixed.items[0].choices[0].label;
    ck_assert_ptr_nonnull(strstr(label, "\xe2\x80\xa6"));
    ck_assert_uint_lt(strlen(label), 100);
    ck_assert_msg(strstr(label, "\\x") == NULL, "%s", label);
}
END_TEST

/* --- mistakes ----------------------------------------------------------------------------- */

static const struct {
    const char *part, *code, *message;
} mistakes[] = {
    {"\"grid\": {\"lr\": 1}", "wrong-type", "axis \"lr\" must be a list of values, got int"},
    {"\"grid\": {\"lr\": {}}", "wrong-type", "axis \"lr\" must be a list of values, got dict"},
    {"\"grid\": {\"lr\": []}", "empty-axis", "axis \"lr\" is empty"},
    {"\"grid\": {\"lr\": [1, 1.0]}", "duplicate-value", NULL},
    {"\"grid\": {\"seed\": [1, 2, 1]}", "duplicate-value", NULL},
    {"\"grid\": {\"lora\": {\"rank\": [8, 8], \"alpha\": 1}}", "duplicate-value", NULL},
    {"\"grid\": {\"x.y\": [{\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": 1}]}", "duplicate-value", NULL},
    {"\"grid\": {\"lr\": [0]}", "not-positive", "lr must be positive, got 0"},
    {"\"grid\": {\"lr\": [true]}", "wrong-type", "lr must be float, got bool"},
    {"\"grid\": {\"optimizer.lr\": [-1]}", "not-positive",
        "optimizer.lr: lr must be positive, got -1"},
    {"\"grid\": {\"seed\": [1.5]}", "wrong-type", "seed must be int, got float"},
    {"\"grid\": {\"lora\": [8, 16]}", "lora-pair", NULL},
    {"\"grid\": {\"lora\": 8}", "lora-pair", NULL},
    {"\"grid\": {\"lora\": [{\"rank\": 8}]}", "lora-pair", NULL},
    {"\"grid\": {\"lora\": {\"rank\": [8]}}", "lora-pair", NULL},
    {"\"grid\": {\"lora\": [{\"rank\": 8, \"alpha\": 16, \"dropout\": 0}]}", "unknown-key", NULL},
    {"\"grid\": {\"lora\": {\"rank\": [], \"alpha\": [1]}}", "empty-axis", NULL},
    {"\"grid\": {\"lora\": {\"rank\": [8.0], \"alpha\": [1]}}", "wrong-type",
        "lora: rank must be int, got float"},
    {"\"fixed\": {\"lora\": {\"rank\": 8, \"alpha\": 0}}", "not-positive",
        "lora: alpha must be positive, got 0"},
    {"\"fixed\": {\"lora\": 8}", "lora-pair", NULL},
    {"\"fixed\": {\"dataset\": \"\"}", "empty", "dataset: path cannot be empty"},
    {"\"fixed\": {\"dataset\": 5}", "wrong-type", "dataset: path must be str, got int"},
    {"\"fixed\": {\"lr\": [1]}", "wrong-type", "lr must be float, got list"},
    {"\"fixed\": {\"batch_size\": \"2\"}", "wrong-type", "batch_size must be int, got str"},
};

START_TEST(mistake)
{
    ck_assert_int_eq(read_part(mistakes[_i].part), SWEEP_INVALID);
    ck_assert_msg(strcmp(code_at(findings, 0), mistakes[_i].code) == 0, "%s: %s: %s",
        mistakes[_i].part, code_at(findings, 0), message_at(findings, 0));
    if (mistakes[_i].message != NULL)
        ck_assert_str_eq(message_at(findings, 0), mistakes[_i].message);
    const char *path = sweep_findings_get(findings, 0)->path;
    ck_assert_msg(path != NULL && path[0] == '/', "no JSON pointer");
}
END_TEST

START_TEST(every_wrong_value_is_named)
{
    ck_assert_int_eq(
        read_part("\"grid\": {\"lr\": [1e-4, 0, true],\n \"seed\": [-1]}"), SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 3);
    assert_place(findings, 0, 1, 50);
    assert_place(findings, 1, 1, 53);
    assert_place(findings, 2, 2, 11);
}
END_TEST

START_TEST(products_are_limited)
{
    CLEANUP_STRBUF struct strbuf part = {0};
    strbuf_puts(&part, "\"grid\": {\"lora\": {");
    for (int list = 0; list < 2; list++) {
        strbuf_puts(&part, list == 0 ? "\"rank\": [" : ", \"alpha\": [");
        for (int i = 1; i <= 400; i++)
            strbuf_printf(&part, "%s%d", i > 1 ? "," : "", i);
        strbuf_putc(&part, ']');
    }
    strbuf_puts(&part, "}}");
    ck_assert_int_eq(read_part(part.data), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-many-runs");
}
END_TEST

START_TEST(warnings_of_datasets)
{
    ck_assert_int_eq(read_part("\"fixed\": {\"dataset\": \"data/x.json\"}"), SWEEP_OK);
    ck_assert_str_eq(code_at(findings, 0), "relative-path");
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_WARNING), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("setting");
    TCase *tc = add_case(suite, "settings");
    tcase_add_checked_fixture(tc, spec_set_up, spec_tear_down);
    tcase_add_loop_test(tc, axis, 0, (int)COUNT(axes));
    tcase_add_test(tc, fixed_takes_one_value);
    tcase_add_test(tc, long_labels_are_cut_at_a_character);
    tc = add_case(suite, "mistakes");
    tcase_add_checked_fixture(tc, spec_set_up, spec_tear_down);
    tcase_add_loop_test(tc, mistake, 0, (int)COUNT(mistakes));
    tcase_add_test(tc, every_wrong_value_is_named);
    tcase_add_test(tc, products_are_limited);
    tcase_add_test(tc, warnings_of_datasets);
    return check_main(suite);
}
