/* SPDX-License-Identifier: Apache-2.0
 *
 * What verify_runs() reports, and where. tests/property/test_verify.c compares it with a check of
 * every run.
 */
#include "tests/unit/plan_helper.h"

static const char profile_text[] =
    "{\"trainer\": \"t\", \"version\": \"1\", \"component_key\": \"_component_\","
    " \"outputs\": [\"output_dir\"], \"launch\": {\"single\": [\"train\", \"{config}\"]},"
    " \"complete\": [\"p\"],"
    " \"recipes\": {\"r\": {\"distributed\": false, \"required\": [\"b\"],"
    "   \"optional\": [\"a\", \"c\", \"d\", \"seed\", \"opt\", \"items\", \"output_dir\", "
    "\"ckpt\"]}},"
    " \"components\": {"
    "  \"p.A\": {\"arguments\": {\"need\": {\"type\": \"int\", \"required\": true}, \"x\": \"int\","
    "    \"y\": \"float\"}, \"facts\": {\"size\": 3}},"
    "  \"p.B\": {\"arguments\": {\"x\": \"int|str\", \"need\": \"any\"}, \"facts\": {\"size\": "
    "1}}},"
    " \"keys\": {\"a\": \"int|null\", \"b\": \"int\", \"c\": \"str|null\"},"
    " \"rules\": ["
    "  {\"id\": \"1\", \"code\": \"product\", \"when\": \"a * b > 5\", \"at\": \"b\","
    "   \"severity\": \"error\", \"phase\": \"startup\", \"message\": \"{a} times {b}\"},"
    "  {\"id\": \"2\", \"code\": \"b-alone\", \"component\": [\"p.B\"], \"when\": \"it.x == 2\","
    "   \"at\": \"it.x\", \"severity\": \"error\", \"phase\": \"loaded\", \"message\": \"x 2\"},"
    "  {\"id\": \"3\", \"code\": \"too-big\", \"when\": \"facts.opt.size < d\", \"at\": \"d\","
    "   \"severity\": \"error\", \"phase\": \"startup\","
    "   \"message\": \"{d} for {facts.opt.size}\"},"
    "  {\"id\": \"4\", \"code\": \"inside\", \"when\": \"inside(output_dir, ckpt)\","
    "   \"at\": \"output_dir\", \"severity\": \"error\", \"phase\": \"startup\","
    "   \"message\": \"inside\"},"
    "  {\"id\": \"5\", \"code\": \"odd\", \"when\": \"b == 3\", \"at\": \"b\","
    "   \"severity\": \"warning\", \"phase\": \"silent\", \"message\": \"odd\"}],"
    " \"inert\": ["
    "  {\"id\": \"6\", \"path\": \"seed\", \"when\": \"c == 'fixed'\","
    "   \"message\": \"c is {c}\"},"
    "  {\"id\": \"7\", \"path\": \"seed\", \"when\": \"c == 'p' or d == 1\","
    "   \"message\": \"p or 1\"}]}";

static void set_up(void)
{
    struct sweep_error why = {0};
    plan_set_up();
    write_file(in_scratch("p.json"), profile_text);
    ck_assert_msg(sweep_trainer_use_profile(trainer, in_scratch("p.json"), &why) == SWEEP_OK, "%s",
        why.message);
}

/* Appends the token at a position: a key or a value. */
static void put_token(
    struct strbuf *out, const char *spec, const char *base, const struct sweep_place *place)
{
    const char *text = strcmp(place->file, "s.json") == 0 ? spec : base;
    for (unsigned line = 1; line < place->line; line++)
        text = strchr(text, '\n') + 1;
    text += place->column - 1;
    strbuf_append(out, text, *text == '"' ? strcspn(text + 1, "\"") + 2 : strcspn(text, ",]}:\n"));
}

/* The findings, a line each: "error code at TOKEN: message". */
static void put_findings(struct strbuf *out, const char *spec, const char *base)
{
    static const char *const severities[] = {"error", "warning", "note"};
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(findings, i)) != NULL; i++) {
        strbuf_printf(out, "%s %s at ", severities[finding->severity], finding->code);
        put_token(out, spec, base, &finding->place);
        strbuf_printf(out, ": %s\n", finding->message);
    }
}

static const struct {
    const char *base, *rest; /* of the spec, after the recipe */
    const char *findings;
} cases[] = {
    {"a: 1\nb: 1\n", "\"grid\": {\"a\": [2, 3], \"b\": [1, 2]}",
        "error product at 2: 3 times 2 (1 of 4 runs: a 3, b 2)\n"},
    {"a: 1\nb: 1\n", "\"grid\": {\"a\": [2, 3], \"b\": [2]}",
        "error product at 3: 3 times 2 (1 of 2 runs: a 3)\n"},
    /* what is wrong in all runs is reported once, at its position: in the base, */
    {"a: 3\nb: 2\n", "\"grid\": {\"c\": [\"v\", \"w\"]}", "error product at b: 3 times 2\n"},
    {"b: 1\nc: 5\n", "\"grid\": {\"a\": [1, 2], \"d\": [1, 2]}",
        "error wrong-type at c: c of r must be str|null, got int 5\n"},
    /* in "fixed", */
    {"a: 3\nb: 1\n", "\"fixed\": {\"b\": 2}, \"grid\": {\"c\": [\"v\", \"w\"]}",
        "error product at 2: b: 3 times 2\n"},
    /* or at an axis of one value */
    {"a: 3\nb: 1\n", "\"grid\": {\"b\": [2], \"c\": [\"v\", \"w\"]}",
        "error product at 2: b: 3 times 2\n"},
    /* each wrong value, once, however many runs have it */
    {"b: 1\n", "\"grid\": {\"a\": [1, 2], \"b\": [1, 2, \"${c}\"], \"c\": [\"v\", \"w\"]}",
        "error wrong-type at \"${c}\": b of r must be int, got str v (2 of 12 runs: b ${c}, c v)\n"
        "error wrong-type at \"${c}\": b of r must be int, got str w (2 of 12 runs: b ${c}, c "
        "w)\n"},
    {"b: 1\nc: v\n", "\"grid\": {\"a\": [1, 2, 4], \"b\": [1, \"${c}\"]}",
        "error wrong-type at \"${c}\": b of r must be int, got str v (3 of 6 runs: b ${c})\n"},
    {"b: 1\n", "\"grid\": {\"b\": [1, 3]}", "warning odd at 3: odd (1 of 2 runs: b 3)\n"},
    /* each combination of those that matter */
    {"b: 1\n", "\"grid\": {\"a\": [1, 4], \"c\": [\"v\", \"w\"], \"b\": [1, 2, 4]}",
        "error product at 2: 4 times 2 (2 of 12 runs: a 4, b 2)\n"
        "error product at 4: 4 times 4 (2 of 12 runs: a 4, b 4)\n"},
    /* an axis that is referred to */
    {"a: ${d}\nb: 2\n", "\"grid\": {\"d\": [1, 3], \"c\": [\"v\", \"w\"]}",
        "error product at 3: 3 times 2 (2 of 4 runs: d 3)\n"},
    {"a: ${x.y}\nb: 2\nx: {y: 1}\n", "\"grid\": {\"x.y\": [1, 3]}",
        "error product at 3: 3 times 2 (1 of 2 runs: x.y 3)\n"},
    {"a: 3\nb: ${opt.x}\nopt: {_component_: p.A, need: 1, x: 1}\n",
        "\"grid\": {\"opt.x\": [1, 2], \"opt.y\": [1, 2]}",
        "error product at 2: 3 times 2 (2 of 4 runs: opt.x 2)\n"},
    /* components that are exchanged */
    {"b: 1\nopt: {_component_: p.A, need: 1, x: 1}\n",
        "\"grid\": {\"opt._component_\": [\"p.A\", \"p.B\"], \"opt.x\": [1, 2]}",
        "error b-alone at 2: x 2 (1 of 4 runs: opt._component_ p.B, opt.x 2)\n"},
    {"b: 1\nopt: {_component_: p.B, need: 1, x: 1}\n",
        "\"grid\": {\"opt._component_\": [\"p.B\", \"p.A\"], \"opt.x\": [1, 2]}",
        "error b-alone at 2: x 2 (1 of 4 runs: opt._component_ p.B, opt.x 2)\n"},
    {"b: 1\nopt: {_component_: p.A, need: 1, x: 2}\n",
        "\"grid\": {\"opt._component_\": [\"p.A\", \"p.B\"]}",
        "error b-alone at \"p.B\": x 2 (1 of 2 runs: opt._component_ p.B)\n"},
    {"b: 1\nopt: {_component_: p.A, need: 1, x: 1}\n",
        "\"grid\": {\"opt._component_\": [\"p.A\", \"p.B\"], \"opt.x\": [1, \"${c}\"]},"
        " \"fixed\": {\"c\": \"w\"}",
        "error wrong-type at \"${c}\": x of p.A must be int, got str w"
        " (1 of 4 runs: opt._component_ p.A, opt.x ${c})\n"},
    {"b: 1\nopt: {_component_: p.B, x: 1}\n",
        "\"grid\": {\"opt._component_\": [\"p.B\", \"p.A\"], \"opt.x\": [1, 3]}",
        "error missing-argument at \"p.A\": p.A needs \"need\" (int)"
        " (2 of 4 runs: opt._component_ p.A)\n"},
    {"b: 1\nd: 1\nopt: {_component_: p.A, need: 1}\n",
        "\"grid\": {\"opt._component_\": [\"p.A\", \"p.B\"], \"d\": [1, 2, 4]}",
        "error too-big at 4: 4 for 3 (1 of 6 runs: opt._component_ p.A, d 4)\n"
        "error too-big at 2: 2 for 1 (1 of 6 runs: opt._component_ p.B, d 2)\n"
        "error too-big at 4: 4 for 1 (1 of 6 runs: opt._component_ p.B, d 4)\n"},
    /* a mapping as a value */
    {"b: 1\nopt: {_component_: p.A, need: 1}\n",
        "\"grid\": {\"opt\": [{\"x\": 1}, {\"_component_\": \"p.B\", \"x\": 2}]}",
        "error b-alone at {\"_component_\": x 2 (1 of 2 runs: opt"
        " {\"_component_\": \"p.B\", \"x\": 2})\n"},
    /* a component lacks an argument in all runs, although axes set others of its arguments */
    {"b: 1\nopt: {_component_: p.A, x: 1}\n", "\"grid\": {\"opt.x\": [1, 2], \"opt.y\": [1, 2]}",
        "error missing-argument at opt: p.A needs \"need\" (int)\n"},
    {"a: 1\n", "\"grid\": {\"a\": [1, 2], \"c\": [\"v\", \"w\"]}",
        "error missing-key at a: r needs the key \"b\"\n"},
    /* the directory of a run is a value like others */
    {"b: 1\nckpt: /o/v\n", "\"grid\": {\"c\": [\"v\", \"w\"]}, \"output_dir\": \"/o/{c}\"",
        "error inside at \"v\": inside (1 of 2 runs: c v)\n"},
    {"b: 1\nckpt: /o/w\n", "\"grid\": {\"c\": [\"v\", \"w\"]}, \"output_dir\": \"/o/{c}\"",
        "error inside at \"w\": inside (1 of 2 runs: c w)\n"},
    {"b: 1\nckpt: /o\n", "\"grid\": {\"c\": [\"v\", \"w\"]}, \"output_dir\": \"/o/{c}\"",
        "error inside at \"/o/{c}\": inside\n"}, /* whatever c is */
    {"b: 1\nckpt: /o\n",
        "\"zip\": {\"output_dir\": [\"/p/{run}\", \"/o/{run}\"], \"c\": [\"v\", \"w\"]}",
        "error inside at \"/o/{run}\": inside (1 of 2 runs: output_dir /o/{run})\n"},
    /* axes that change nothing */
    {"b: 1\nfree: 0\n", "\"grid\": {\"free\": [1, 2]}",
        "error dead-axis at \"free\": free changes nothing: r never reads \"free\"; 1 of 2 runs"
        " would repeat others\n"},
    {"b: 1\nfree: 0\n", "\"grid\": {\"free\": [1, 2, 3], \"a\": [1, 2]}",
        "error dead-axis at \"free\": free changes nothing: r never reads \"free\"; 4 of 6 runs"
        " would repeat others\n"},
    {"b: 1\na: ${free}\nfree: 0\n", "\"grid\": {\"free\": [1, 2]}", ""}, /* used by another */
    {"b: 1\nfree: 0\n", "\"grid\": {\"free\": [1]}", ""},                /* once is no sweep */
    {"b: 2\na: 2\nc: fixed\n", "\"grid\": {\"seed\": [1, 2]}",
        "error dead-axis at \"seed\": seed changes nothing: c is fixed; 1 of 2 runs would repeat"
        " others\n"},
    {"b: 2\na: 2\nc: fixed\n", "\"grid\": {\"seed\": [1, 2], \"c\": [\"fixed\", \"v\"]}", ""},
    {"b: 2\na: 2\nc: v\n", "\"grid\": {\"seed\": [1, 2], \"c\": [\"v\", \"fixed\"]}", ""},
    {"b: 1\nc: p\n", "\"grid\": {\"seed\": [1, 2]}",
        "error dead-axis at \"seed\": seed changes nothing: p or 1; 1 of 2 runs would repeat"
        " others\n"},
    /* it matters in one run of four */
    {"b: 1\n", "\"grid\": {\"seed\": [1, 2], \"c\": [\"p\", \"q\"], \"d\": [1, 2]}", ""},
    {"b: 1\n", "\"grid\": {\"seed\": [1, 2], \"c\": [\"p\", \"q\"], \"d\": [1]}",
        "error dead-axis at \"seed\": seed changes nothing: p or 1; 2 of 4 runs would repeat"
        " others\n"},
    /* no findings */
    {"b: 1\nopt: {_component_: p.A, need: 1}\n",
        "\"grid\": {\"a\": [1, 2], \"opt.x\": [1, 2], \"seed\": [1, 2], \"b\": [1, 2]}", ""},
};

START_TEST(sweep)
{
    CLEANUP_STRBUF struct strbuf spec = {0}, said = {0};
    write_file(in_scratch("b.yaml"), cases[_i].base);
    strbuf_printf(&spec,
        "{\"name\": \"g\", \"base\": {\"file\": \"b.yaml\"},\n"
        "\"recipe\": \"r\",\n%s}",
        cases[_i].rest);
    enum sweep_code code = plan_with(spec.data, NULL);
    put_findings(&said, spec.data, cases[_i].base);
    /* Warnings about dead keys are not the subject here. */
    CLEANUP_STRBUF struct strbuf kept = {0};
    for (const char *line = said.data; line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n') + 1;
        if (strncmp(line, "warning dead-key", 16) != 0)
            strbuf_append(&kept, line, (size_t)(end - line));
        line = end;
    }
    assert_buffer(kept, cases[_i].findings);
    bool wrong = strstr(cases[_i].findings, "error ") != NULL;
    ck_assert_int_eq(code, wrong ? SWEEP_INVALID : SWEEP_OK);
}
END_TEST

/* Each value is checked once, and each combination of axes that are read together: not all of a
 * hundred thousand runs, which would take longer than the timeout. */
START_TEST(large)
{
    CLEANUP_STRBUF struct strbuf spec = {0};
    write_file(in_scratch("b.yaml"), "a: 2\nb: 2\nopt: {_component_: p.A, need: 1}\n");
    strbuf_puts(&spec, "{\"name\": \"g\", \"base\": {\"file\": \"b.yaml\"}, \"recipe\": \"r\","
                       " \"grid\": {\"seed\": [0");
    for (int i = 1; i < 1000; i++)
        strbuf_printf(&spec, ", %d", i);
    strbuf_puts(&spec, "], \"opt.x\": [0");
    for (int i = 1; i < 100; i++)
        strbuf_printf(&spec, ", %d", i);
    strbuf_puts(&spec, "]}}");
    ck_assert_int_eq(plan_with(spec.data, NULL), SWEEP_OK);
    ck_assert_ptr_null(sweep_findings_get(findings, 0));
}
END_TEST

/* An error in every run: findings beyond the first 200 are only counted. */
START_TEST(all_wrong)
{
    CLEANUP_STRBUF struct strbuf spec = {0};
    write_file(in_scratch("b.yaml"), "b: 1\na: 1\n");
    strbuf_puts(&spec, "{\"name\": \"g\", \"base\": {\"file\": \"b.yaml\"}, \"recipe\": \"r\","
                       " \"grid\": {\"b\": [100");
    for (int i = 1; i < 300; i++)
        strbuf_printf(&spec, ", %d", 100 + i);
    strbuf_puts(&spec, "], \"a\": [1");
    for (int i = 1; i < 300; i++)
        strbuf_printf(&spec, ", %d", 1 + i);
    strbuf_puts(&spec, "]}}");
    ck_assert_int_eq(plan_with(spec.data, NULL), SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 90000);
}
END_TEST

/* A base whose strings refer to 265 different groups of the keys x0 to x9, and then to x6 to x9
 * together: the key that `last` names is missing where all of these are "b". */
static void write_many_groups(const char *last)
{
    CLEANUP_STRBUF struct strbuf base = {0};
    strbuf_puts(&base, "b: 1\n");
    for (int i = 0; i < 10; i++)
        strbuf_printf(&base, "x%d: a\n", i);
    strbuf_puts(&base, "y: &y {a: 1, b: 1}\nz: &z {a: *y, b: *y}\nt: &t {a: *z, b: *z}\n"
                       "m: {a: *t, b: {a: *z, b: {a: *y, b: {a: 1}}}}\n");
    strbuf_puts(&base, "items:\n");
    for (unsigned axes = 0, n = 0; n < 265; axes++) {
        int count = __builtin_popcount(axes);
        if (count < 2 || count > 4)
            continue;
        strbuf_puts(&base, "- ");
        for (int i = 0; i < 10; i++)
            if (axes >> i & 1)
                strbuf_printf(&base, "${x%d}", i);
        strbuf_puts(&base, "\n");
        n++;
    }
    strbuf_printf(&base, "- %s\n", last);
    write_file(in_scratch("b.yaml"), base.data);
}

/* With too many groups of axes every run is checked; a finding still names only the axes that it
 * depends on. */
START_TEST(more_groups_than_are_kept)
{
    CLEANUP_STRBUF struct strbuf spec = {0};
    strbuf_puts(&spec,
        "{\"name\": \"g\", \"base\": {\"file\": \"b.yaml\"}, \"recipe\": \"r\", \"grid\": {");
    for (int i = 0; i < 10; i++)
        strbuf_printf(&spec, "%s\"x%d\": [\"a\", \"b\"]", i > 0 ? ", " : "", i);
    strbuf_puts(&spec, "}}");
    write_many_groups("${x6}${x7}${x8}${x9}");
    ck_assert_int_eq(plan_with(spec.data, NULL), SWEEP_OK);
    write_many_groups("${m.${x6}.${x7}.${x8}.${x9}}");
    ck_assert_int_eq(plan_with(spec.data, NULL), SWEEP_INVALID);
    const struct sweep_finding *found = NULL;
    for (size_t i = 0; found == NULL || found->severity != SWEEP_ERROR; i++)
        found = sweep_findings_get(findings, i);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 1);
    ck_assert_msg(strstr(found->message, " (64 of 1024 runs: x6 b, x7 b, x8 b, x9 b)") != NULL,
        "%s", found->message);
}
END_TEST

/* The built-in profile: values that are valid alone but not together. */
START_TEST(together)
{
    sweep_trainer_free(trainer);
    ck_assert_int_eq(sweep_trainer_new(NULL, &trainer, NULL), SWEEP_OK);
    ck_assert_int_eq(
        plan_with("{\"name\": \"g\", \"base\": \"llama3_1/8B_full_single_device\", \"grid\":"
                  " {\"optimizer_in_bwd\": [false, true], \"clip_grad_norm\": [null, 1.0],"
                  " \"lr\": [1e-5, 2e-5]}}",
            NULL),
        SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 1);
    ck_assert_str_eq(code_at(findings, 0), "clip-with-optimizer-in-bwd");
    ck_assert_ptr_nonnull(strstr(
        message_at(findings, 0), " (2 of 8 runs: optimizer_in_bwd true, clip_grad_norm 1.0)"));
}
END_TEST

/* A rule of a user's profile with a syntax error is reported, not ignored. */
START_TEST(bad_profile)
{
    static const char base[] = "b: 1\n";
    write_file(in_scratch("b.yaml"), base);
    write_file(in_scratch("bad.json"),
        "{\"trainer\": \"t\", \"version\": \"1\", \"component_key\": \"_component_\","
        "\"launch\": {\"single\": [\"train\", \"{config}\"]}, \"outputs\": [\"output_dir\"], "
        "\"recipes\":"
        " {\"r\": {\"distributed\": false, \"required\": [], \"optional\": [\"b\"]}}, \"rules\":"
        " [{\"id\": \"M1\", \"code\": \"c\", \"when\": \"b >\", \"severity\": \"error\","
        " \"phase\": \"parse\", \"message\": \"m\"}]}");
    enum sweep_code code = sweep_trainer_use_profile(trainer, in_scratch("bad.json"), &error);
    if (code == SWEEP_OK)
        code = plan_with("{\"name\": \"g\", \"base\": {\"file\": \"b.yaml\"}, \"recipe\": \"r\","
                         " \"grid\": {\"b\": [1, 2]}}",
            NULL);
    ck_assert_int_eq(code, SWEEP_INVALID);
    ck_assert_msg(strstr(error.message, "M1") != NULL, "%s", error.message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify");
    TCase *tc = add_case(suite, "verify");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, plan_tear_down);
    tcase_add_loop_test(tc, sweep, 0, (int)COUNT(cases));
    tcase_add_test(tc, together);
    tcase_add_test(tc, bad_profile);
    tc = add_case(suite, "large");
    use_scratch(tc);
    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, set_up, plan_tear_down);
    tcase_add_test(tc, large);
    tcase_add_test(tc, all_wrong);
    tcase_add_test(tc, more_groups_than_are_kept);
    return check_main(suite);
}
