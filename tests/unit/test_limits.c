/* SPDX-License-Identifier: Apache-2.0
 *
 * Each limit of sweep/limits.h, with inputs at the limit and just beyond.
 */
#include "lib/util/limits.h"
#include "tests/unit/plan_helper.h"

static struct sweep_limits limits;

static void set_up(void)
{
    limits = (struct sweep_limits){0};
    plan_set_up();
}

static enum sweep_code plan_limited(const char *text)
{
    struct sweep_request request = {.spec = text,
        .spec_length = strlen(text),
        .spec_file = "s.json",
        .spec_directory = scratch,
        .limits = &limits};
    sweep_plan_free(plan);
    sweep_findings_free(findings);
    findings = sweep_findings_new();
    plan = NULL;
    return sweep_plan_new(trainer, &request, findings, &plan, &error);
}

/* The spec can be planned if the limit is `max`, and is rejected if it is one less. */
#define assert_limit(name, max, text, wanted)                                                      \
    do {                                                                                           \
        limits = (struct sweep_limits){.name = (max)};                                             \
        enum sweep_code at_ = plan_limited(text);                                                  \
        ck_assert_msg(at_ == SWEEP_OK, #name " %llu: %s", (unsigned long long)(max),               \
            message_at(findings, 0));                                                              \
        limits.name--;                                                                             \
        ck_assert_int_eq(plan_limited(text), SWEEP_INVALID);                                       \
        ck_assert_str_eq(code_at(findings, 0), (wanted));                                          \
    } while (0)

#define BASE "\"base\": \"llama3_1/8B_lora_single_device\""
static const char small[] = "{\"name\": \"n\", " BASE ", \"grid\": {\"seed\": [1, 2, 3]}}";

START_TEST(spec_bytes)
{
    assert_limit(spec_bytes, strlen(small), small, "too-large");
}
END_TEST

START_TEST(depth)
{
    assert_limit(depth, 3, small, "too-deep"); /* the spec, the grid, the list */
    assert_place(findings, 0, 1, 74);
}
END_TEST

START_TEST(keys)
{
    assert_limit(keys, 4, small, "too-large");
    assert_place(findings, 0, 1, 66);
}
END_TEST

/* Levels and keys are checked before the text is parsed, so it need not be valid JSON. */
START_TEST(refused_before_it_is_read)
{
    limits.depth = 4;
    ck_assert_int_eq(plan_limited("{\"a\": [[[[ oops"), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-deep");
    limits.keys = 2;
    ck_assert_int_eq(plan_limited("{\"a:[[[[\\\"[[\": 1,\n\"b\": 2,\n \"c\": oops"), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-large");
    assert_place(findings, 0, 3, 2);
}
END_TEST

START_TEST(string)
{
    const char *base = "llama3_1/8B_lora_single_device";
    assert_limit(string, strlen(base), small, "too-long");
}
END_TEST

START_TEST(settings)
{
    assert_limit(settings, 3,
        "{\"name\": \"n\", " BASE ", \"fixed\": {\"epochs\": 1, \"batch_size\": 2},"
        " \"grid\": {\"seed\": [1]}}",
        "too-large");
    ck_assert_str_eq(message_at(findings, 0), "more than 2 settings");
}
END_TEST

START_TEST(runs)
{
    assert_limit(runs, 3, small, "too-many-runs");
    assert_limit(runs, 6,
        "{\"name\": \"n\", " BASE ", \"grid\": {\"seed\": [1, 2, 3], \"epochs\": [1, 2]}}",
        "too-many-runs");
    assert_limit(runs, 4,
        "{\"name\": \"n\", " BASE
        ", \"grid\": {\"lora\": {\"rank\": [8, 16], \"alpha\": [8, 16]}}}",
        "too-many-runs");
    ck_assert_str_eq(message_at(findings, 0), "lora: rank and alpha make more than 3 combinations");
}
END_TEST

/* 64 axes of 8 values are 2^192 runs. */
START_TEST(runs_overflow)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "{\"name\": \"n\", " BASE ", \"grid\": {");
    for (int i = 0; i < 64; i++)
        strbuf_printf(&text, "%s\"model.a%d\": [1,2,3,4,5,6,7,8]", i > 0 ? "," : "", i);
    strbuf_puts(&text, "}}");
    limits.runs = UINT64_MAX; /* capped at the maximum */
    ck_assert_int_eq(plan_limited(text.data), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-many-runs");
}
END_TEST

/* --- bases -------------------------------------------------------------------------------- */

static const char with_file[] =
    "{\"name\": \"n\", \"base\": {\"file\": \"b.yaml\"}, \"recipe\": \"my/recipe.py\"}";

START_TEST(base_bytes)
{
    const char *base = "seed: 1\nepochs: 2\n";
    write_file(in_scratch("b.yaml"), base);
    assert_limit(base_bytes, strlen(base), with_file, "base-file");
}
END_TEST

/* Two files together, each read once. */
START_TEST(data_bytes)
{
    write_file(in_scratch("a.csv"), "seed\n1\n2\n");
    write_file(in_scratch("b.csv"), "epochs,x\n1,\n2,\n");
    assert_limit(data_bytes, 9 + 15,
        "{\"name\": \"n\", " BASE
        ", \"grid\": {\"seed\": {\"file\": \"a.csv\", \"column\": \"seed\"},"
        " \"epochs\": {\"file\": \"b.csv\", \"column\": \"epochs\"},"
        " \"batch_size\": {\"file\": \"b.csv\", \"column\": \"epochs\"}}}",
        "data-file");
}
END_TEST

START_TEST(groups)
{
    assert_limit(groups, 3,
        "{\"name\": \"n\", " BASE ", \"grid\": {\"seed\": [1, 2, 3, 4], \"batch_size\": [1, 2]},"
        " \"slurm\": {\"time\": \"=10 * min(seed, 3)\"}}",
        "too-large");
}
END_TEST

START_TEST(base_depth)
{
    write_file(in_scratch("b.yaml"), "a: {b: [{c: 1}]}\n");
    assert_limit(base_depth, 4, with_file, "too-deep");
    assert_place(findings, 0, 1, 9);
}
END_TEST

START_TEST(base_values)
{
    /* The mapping; a list of two; a list of an alias for three values, and one more. */
    write_file(in_scratch("b.yaml"), "a: &a [1, 2]\nb: [*a, 3]\n");
    assert_limit(base_values, 10, with_file, "too-large");
}
END_TEST

/* Aliases are counted without being expanded: so many values would not fit anywhere. */
START_TEST(bombs)
{
    CLEANUP_STRBUF struct strbuf text = {0}, longer = {0}, keys = {0};
    limits.base_values = 10000000;
    strbuf_puts(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 30; i++) {
        strbuf_printf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 9; k++)
            strbuf_printf(&text, "*a%d,", i - 1);
        strbuf_puts(&text, "]\n");
    }
    write_file(in_scratch("b.yaml"), text.data);
    ck_assert_int_eq(plan_limited(with_file), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-large");
    /* One long string, many times: few values, but a lot of memory. */
    limits = (struct sweep_limits){0};
    strbuf_puts(&longer, "a: &a ");
    strbuf_repeat(&longer, 'x', 300000);
    strbuf_puts(&longer, "\nb: [");
    for (int i = 0; i < 90000; i++)
        strbuf_puts(&longer, "*a, ");
    strbuf_puts(&longer, "]\n");
    write_file(in_scratch("b.yaml"), longer.data);
    ck_assert_int_eq(plan_limited(with_file), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-large");
    assert_place(findings, 0, 2, 1365); /* the 341st alias, of 1 and 293 values */
    /* The same with a long key. */
    strbuf_puts(&keys, "a: &a {? ");
    strbuf_repeat(&keys, 'x', 300000);
    strbuf_puts(&keys, "\n : 1}\nb: [");
    for (int i = 0; i < 90000; i++)
        strbuf_puts(&keys, "*a, ");
    strbuf_puts(&keys, "]\n");
    write_file(in_scratch("b.yaml"), keys.data);
    ck_assert_int_eq(plan_limited(with_file), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-large");
}
END_TEST

/* Many small values are rejected while they are read, not afterwards. */
START_TEST(many_values)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    limits.base_values = 1000;
    strbuf_puts(&text, "a: [");
    for (int i = 0; i < 2000; i++)
        strbuf_puts(&text, "1,");
    strbuf_puts(&text, "\noops"); /* not reached */
    write_file(in_scratch("b.yaml"), text.data);
    ck_assert_int_eq(plan_limited(with_file), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-large");
    assert_place(findings, 0, 1, 5 + 2 * 999);
}
END_TEST

/* Settings can make a config larger than a base is allowed to be. */
START_TEST(room_for_settings)
{
    write_file(in_scratch("b.yaml"), "a: 1\nb: {c: 1}\n");
    limits = (struct sweep_limits){.base_bytes = 16, .base_depth = 2, .base_values = 4};
    enum sweep_code code =
        plan_limited("{\"name\": \"n\", \"base\": {\"file\": \"b.yaml\"}, \"recipe\": \"r.py\","
                     " \"fixed\": {\"b.d\": {\"e\": [1, 2, 3, 4]}}, \"grid\": {\"a\": [1, 2]}}");
    ck_assert_msg(code == SWEEP_OK, "%s", message_at(findings, 0));
}
END_TEST

/* Values of all axes together, also those that a range or a distribution makes. */
START_TEST(values)
{
    assert_limit(values, 3 + 4,
        "{\"name\": \"n\", " BASE
        ", \"grid\": {\"seed\": [1, 2, 3], \"epochs\": {\"range\": [1, 4]}}}",
        "too-large");
    assert_limit(values, 2 * 5,
        "{\"name\": \"n\", " BASE ", \"sample\": 5, \"grid\": {"
        "\"lr\": {\"uniform\": [0.1, 0.2]}, \"weight_decay\": {\"uniform\": [0, 1]}}}",
        "too-large");
    limits.values = 2;
    ck_assert_int_eq(plan_limited(small), SWEEP_INVALID);
    ck_assert_ptr_null(sweep_findings_get(findings, 1));
}
END_TEST

/* A computed value and a template in each of nine runs. */
START_TEST(computed)
{
    assert_limit(computed, 2 * 9,
        "{\"name\": \"n\", " BASE ", \"fixed\": {\"gradient_accumulation_steps\": "
        "\"=batch_size * 2\", \"metric_logger.filename\": \"={seed}\"}, "
        "\"grid\": {\"seed\": [1, 2, 3], \"batch_size\": [1, 2, 4]}}",
        "too-large");
}
END_TEST

START_TEST(output_bytes)
{
    struct sweep_plan_info info;
    ck_assert_int_eq(plan_limited(small), SWEEP_OK);
    sweep_plan_describe(plan, &info);
    assert_limit(output_bytes, info.bytes, small, "too-large");
}
END_TEST

/* --- the table ---------------------------------------------------------------------------- */

START_TEST(table)
{
    struct sweep_limits defaults = limits_of(NULL), largest = {0};
    struct sweep_limit_info info;
    size_t n = 0;
    for (; sweep_limit(n, &info); n++) {
        ck_assert_msg(
            info.min <= info.default_value && info.default_value <= info.max, "%s", info.name);
        ck_assert_uint_eq(*sweep_limit_in(&defaults, n), info.default_value);
        ck_assert_ptr_eq(sweep_limit_in(&largest, n), (uint64_t *)&largest + n);
        *sweep_limit_in(&largest, n) = UINT64_MAX;
    }
    ck_assert_uint_eq(n * sizeof(uint64_t), sizeof largest);
    ck_assert_ptr_null(sweep_limit_in(&largest, n));
    largest = limits_of(&largest);
    for (size_t i = 0; sweep_limit(i, &info); i++)
        ck_assert_uint_eq(*sweep_limit_in(&largest, i), info.max);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limits");
    TCase *tc = add_case(suite, "limits");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, plan_tear_down);
    tcase_add_test(tc, spec_bytes);
    tcase_add_test(tc, depth);
    tcase_add_test(tc, keys);
    tcase_add_test(tc, refused_before_it_is_read);
    tcase_add_test(tc, string);
    tcase_add_test(tc, settings);
    tcase_add_test(tc, runs);
    tcase_add_test(tc, runs_overflow);
    tcase_add_test(tc, base_bytes);
    tcase_add_test(tc, data_bytes);
    tcase_add_test(tc, groups);
    tcase_add_test(tc, base_depth);
    tcase_add_test(tc, base_values);
    tcase_add_test(tc, bombs);
    tcase_add_test(tc, many_values);
    tcase_add_test(tc, room_for_settings);
    tcase_add_test(tc, values);
    tcase_add_test(tc, computed);
    tcase_add_test(tc, output_bytes);
    tcase_add_test(tc, table);
    return check_main(suite);
}
