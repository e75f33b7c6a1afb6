/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/plan/template.h"
#include "tests/unit/spec_helper.h"

static struct template template;

static void set_up(void)
{
    spec_set_up();
    ck_assert_int_eq(read_part("\"grid\": {\"lr\": [1e-4, 3e-4], \"seed\": [7],"
                               "\"model.path\": [\"/a b/c\", \"..\", \"\xc3\xa9\", \"./a+b-c.d\","
                               "1e-5, 1e16, true]}"),
        SWEEP_OK);
}

static enum sweep_code parse(const char *text)
{
    struct sweep_place place = {"s.json", 3, 4, 0};
    struct path_list setters = {0};
    const struct template_source source = {.text = text,
        .path = "output_dir",
        .place = place,
        .spec = &spec,
        .setters = &setters,
        .is_directory = true};
    template_deinit(&template);
    ck_assert_int_eq(template_list_setters(&spec, &setters), SWEEP_OK);
    enum sweep_code code = template_parse(&source, findings, &template);
    path_list_deinit(&setters);
    return code;
}

/* Fills in for run 12, which has the choices 1, 0 and `path`. */
static void assert_filled(size_t path, const char *wanted)
{
    const size_t choices[] = {1, 0, path};
    struct run run = {.index = 12, .name = "run_012", .choices = choices, .id = "0123456789ab"};
    CLEANUP_STRBUF struct strbuf out = {0};
    template_fill(&template, &spec, &run, &out);
    assert_buffer(out, wanted);
}

static const struct {
    const char *text, *filled;
} fillings[] = {
    {"out", "out"}, {"{name}/{run}", "n/run_012"}, {"a{index}b", "a12b"},
    {"{id}/{run}", "0123456789ab/run_012"},
    {"{lr}-{learning_rate}", "0.0003-0.0003"}, /* by any of its names */
    {"{seed}{run}{run}", "7run_012run_012"}, {"${oc.env:HOME}/{run}", "${oc.env:HOME}/run_012"},
    {"${output}/x{run}", "${output}/xrun_012"}, {"{", "{"}, {"}", "}"}, {"a{b", "a{b"},
    {"a}b{run}", "a}brun_012"}, {"$x/{run}", "$x/run_012"},
    {"${a/{run}", "${a/{run}"}, /* an interpolation ends at its brace */
};

START_TEST(fill)
{
    enum sweep_code code = parse(fillings[_i].text);
    ck_assert_msg(code == SWEEP_OK, "%s", message_at(findings, 0));
    assert_filled(0, fillings[_i].filled);
}
END_TEST

/* A value never adds or leaves a directory level. */
START_TEST(values_are_tamed)
{
    ck_assert_int_eq(parse("x/{model.path}/y"), SWEEP_OK);
    assert_filled(0, "x/_a_b_c/y");
    assert_filled(1, "x/__/y");
    assert_filled(2, "x/_/y");
    assert_filled(3, "x/._a_b-c.d/y");
    assert_filled(4, "x/1.0e-05/y");
    assert_filled(5, "x/1.0e_16/y");
    assert_filled(6, "x/True/y");
}
END_TEST

static const struct {
    const char *text, *hint;
} unknown[] = {
    {"{rnu}", "did you mean \"{run}\"?"},
    {"{nmae}/{run}", "did you mean \"{name}\"?"},
    {"{sead}", "did you mean \"{seed}\"?"},
    {"{epochs}", NULL},
    {"{}", NULL},
    {"{ run }", NULL},
};

START_TEST(unknown_placeholder)
{
    ck_assert_int_eq(parse(unknown[_i].text), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "bad-template");
    assert_place(findings, 0, 3, 4);
    if (unknown[_i].hint != NULL)
        ck_assert_str_eq(hint_at(findings, 0), unknown[_i].hint);
}
END_TEST

START_TEST(many_placeholders)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (int i = 0; i < 1000; i++)
        strbuf_puts(&text, "{run}x");
    ck_assert_int_eq(parse(text.data), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "bad-template");
    ck_assert_uint_le(template.n_parts, TEMPLATE_MAX_PARTS);
    template_separate(&template, &spec, SIZE_MAX); /* and it still fits */
    ck_assert_uint_le(template.n_parts, TEMPLATE_MAX_PARTS);
}
END_TEST

/* The axes that vary are 0 (lr) and 2 (model.path); seed has one value. */
static const struct {
    const char *text;
    size_t own_axis;
    const char *filled;
    bool unique;
} separations[] = {
    {"out", SIZE_MAX, "out/run_012", true},
    {"out/", SIZE_MAX, "out/run_012", true},
    {"out///", SIZE_MAX, "out/run_012", true},
    {"out/{run}", SIZE_MAX, "out/run_012", true},
    {"out/{index}", SIZE_MAX, "out/12", false},
    {"{lr}", SIZE_MAX, "0.0003/run_012", true},
    {"{lr}/{model.path}", SIZE_MAX, "0.0003/_a_b_c", false},
    {"{lr}/{seed}", SIZE_MAX, "0.0003/7/run_012", true},
    {"{lr}", 2, "0.0003", false}, /* the templates are the values of the third axis */
    {"x", 2, "x/run_012", true},
};

START_TEST(separate)
{
    ck_assert_int_eq(parse(separations[_i].text), SWEEP_OK);
    template_separate(&template, &spec, separations[_i].own_axis);

    assert_filled(0, separations[_i].filled);
    ck_assert(template_is_unique(&template) == separations[_i].unique);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("template");
    TCase *tc = add_case(suite, "template");
    tcase_add_checked_fixture(tc, set_up, spec_tear_down);
    tcase_add_loop_test(tc, fill, 0, (int)COUNT(fillings));
    tcase_add_test(tc, values_are_tamed);
    tcase_add_loop_test(tc, unknown_placeholder, 0, (int)COUNT(unknown));
    tcase_add_test(tc, many_placeholders);
    tcase_add_loop_test(tc, separate, 0, (int)COUNT(separations));
    return check_main(suite);
}
