/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/spec/assignment.h"
#include "tests/unit/spec_helper.h"

START_TEST(everything)
{
    enum sweep_code code = read_spec("{\"name\": \"lora-grid\",\n"
                                     " \"base\": \"llama3_1/8B_lora_single_device\",\n"
                                     " \"recipe\": \"my/recipe.py\",\n"
                                     " \"fixed\": {\"epochs\": 2},\n"
                                     " \"grid\": {\"lr\": [1, 2], \"seed\": [3, 4, 5]},\n"
                                     " \"output_dir\": \"out/{run}\",\n"
                                     " \"slurm\": {\"time\": 5, \"array_size\": 2}}");
    ck_assert_msg(code == SWEEP_OK, "%s", message_at(findings, 0));
    ck_assert_str_eq(spec.name, "lora-grid");
    ck_assert_str_eq(spec.base_name, "llama3_1/8B_lora_single_device");
    ck_assert_ptr_null(spec.base_file);
    ck_assert_uint_eq(spec.base_place.line, 2);
    ck_assert_uint_eq(spec.base_place.column, 10);
    ck_assert_str_eq(spec.recipe, "my/recipe.py");
    ck_assert_uint_eq(spec.fixed.count, 1);
    ck_assert_uint_eq(spec.axes.count, 2);
    ck_assert_str_eq(spec.axes.items[1].key, "seed");
    ck_assert_str_eq(spec.output_dir, "out/{run}");
    ck_assert_uint_eq(spec.slurm.array_size, 2);
    assert_buffer(spec.slurm.directives, "#SBATCH --time=5\n");
    ck_assert_uint_eq(spec.runs, 6);
}
END_TEST

START_TEST(least)
{
    ck_assert_int_eq(read_spec("{\"name\": \"n\", \"base\": {\"file\": \"b.yaml\"}}"), SWEEP_OK);
    ck_assert_str_eq(spec.base_file, "b.yaml");
    ck_assert_ptr_null(spec.base_name);
    ck_assert_ptr_null(spec.recipe);
    ck_assert_ptr_null(spec.output_dir);
    ck_assert_uint_eq(spec.runs, 1);
    ck_assert_uint_eq(spec.slurm.array_size, SLURM_ARRAY_DEFAULT);
    struct spec zero = {0};
    spec_deinit(&zero);
}
END_TEST

static const struct {
    const char *text, *code, *message; /* message NULL: not looked at */
} mistakes[] = {
    {"[]", "wrong-type", "a spec is a JSON object, got list"},
    {"7", "wrong-type", "a spec is a JSON object, got int"},
    {"{\"base\": \"b\"}", "missing-key", "the spec has no \"name\""},
    {"{\"name\": \"n\"}", "missing-key", "the spec has no \"base\""},
    {"{\"name\": 5, \"base\": \"b\"}", "wrong-type", "name must be str, got int"},
    {"{\"name\": \"\", \"base\": \"b\"}", "empty", "name cannot be empty"},
    {"{\"name\": \"a/b\", \"base\": \"b\"}", "bad-name", NULL},
    {"{\"name\": \".a\", \"base\": \"b\"}", "bad-name", NULL},
    {"{\"name\": \"-a\", \"base\": \"b\"}", "bad-name", NULL},
    {"{\"name\": \"a b\", \"base\": \"b\"}", "bad-name", NULL},
    {"{\"name\": \"\\u00e9\", \"base\": \"b\"}", "bad-name", NULL},
    {"{\"name\": \"a\\n\", \"base\": \"b\"}", "bad-name", NULL},
    {"{\"name\": \"n\", \"base\": 1}", "wrong-type", "base must be str, got int"},
    {"{\"name\": \"n\", \"base\": {}}", "missing-key", NULL},
    {"{\"name\": \"n\", \"base\": {\"path\": \"x\"}}", "unknown-key", NULL},
    {"{\"name\": \"n\", \"base\": {\"file\": 1}}", "wrong-type", "file must be str, got int"},
    {"{\"name\": \"n\", \"base\": \"b\", \"recipe\": \"a b\"}", "bad-recipe", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"recipe\": \"-x\"}", "bad-recipe", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"recipe\": \"x; rm\"}", "bad-recipe", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"recipe\": \"~/x.py\"}", "bad-recipe", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"recipe\": \"..\"}", "bad-recipe", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"recipe\": \"./\"}", "bad-recipe", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"processes\": 0}", "bad-processes", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"processes\": \"2\"}", "bad-processes", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"processes\": 1025}", "bad-processes", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"fixed\": []}", "wrong-type", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"grid\": null}", "wrong-type", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"output_dir\": \"\"}", "empty",
        "output_dir cannot be empty"},
    {"{\"name\": \"n\", \"base\": \"b\", \"output_dir\": 1}", "wrong-type",
        "output_dir must be str, got int"},
    {"{\"name\": \"n\", \"base\": \"b\", \"slurm\": 1}", "wrong-type", NULL},
    {"{\"name\": \"n\", \"base\": \"b\", \"grdi\": {}}", "unknown-key",
        "a spec has no key \"grdi\""},
    {"{\"name\": \"n\", \"base\": \"b\", \"lr\": 1}", "unknown-key", "a spec has no key \"lr\""},
};

START_TEST(mistake)
{
    ck_assert_int_eq(read_spec(mistakes[_i].text), SWEEP_INVALID);
    ck_assert_msg(strcmp(code_at(findings, 0), mistakes[_i].code) == 0, "%s: %s: %s",
        mistakes[_i].text, code_at(findings, 0), message_at(findings, 0));
    if (mistakes[_i].message != NULL)
        ck_assert_str_eq(message_at(findings, 0), mistakes[_i].message);
}
END_TEST

START_TEST(names_up_to_64)
{
    for (int n = SPEC_MAX_NAME; n <= SPEC_MAX_NAME + 1; n++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        strbuf_puts(&text, "{\"base\": \"b\", \"name\": \"");
        strbuf_repeat(&text, 'x', (size_t)n);
        strbuf_puts(&text, "\"}");
        ck_assert_int_eq(read_spec(text.data), n == SPEC_MAX_NAME ? SWEEP_OK : SWEEP_INVALID);
        spec_deinit(&spec);
        json_source_free(source);
        source = NULL;
    }
}
END_TEST

START_TEST(hints)
{
    read_spec("{\"name\": \"n\", \"base\": \"b\", \"grdi\": {}, \"lr\": 1, \"zzzzzz\": 1}");
    ck_assert_str_eq(hint_at(findings, 0), "did you mean \"grid\"?");
    ck_assert_ptr_nonnull(strstr(hint_at(findings, 1), "\"fixed\" or \"grid\""));
    ck_assert_str_eq(hint_at(findings, 2), "(none)");
}
END_TEST

START_TEST(all_mistakes_at_once)
{
    ck_assert_int_eq(read_spec("{\"nmae\": 1, \"base\": {}, \"grid\": {\"lr\": [0], \"x\": 1},"
                               "\"fixed\": {\"seed\": -1}, \"slurm\": {\"time\": \"x\"}}"),
        SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 7);
}
END_TEST

START_TEST(runs_are_counted_not_made)
{
    CLEANUP_STRBUF struct strbuf part = {0};
    strbuf_puts(&part, "\"grid\": {");
    for (int i = 0; i < 60; i++)
        strbuf_printf(&part, "%s\"a.b%d\": [1,2,3,4,5,6,7,8]", i > 0 ? "," : "", i);
    strbuf_puts(&part, "}");
    ck_assert_int_eq(read_part(part.data), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-many-runs");
}
END_TEST

START_TEST(most_runs)
{
    CLEANUP_STRBUF struct strbuf part = {0};
    strbuf_puts(&part, "\"grid\": {\"seed\": [");
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&part, "%s%d", i > 0 ? "," : "", i);
    strbuf_puts(&part, "], \"a.b\": [");
    for (int i = 0; i < 100; i++)
        strbuf_printf(&part, "%s%d", i > 0 ? "," : "", i);
    strbuf_puts(&part, "]}");
    ck_assert_int_eq(read_part(part.data), SWEEP_OK);
    ck_assert_uint_eq(spec.runs, SPEC_MAX_RUNS);
}
END_TEST

/* --- overrides ---------------------------------------------------------------------------- */

static enum sweep_code override(const char *text)
{
    return spec_override(&spec, text, &context);
}

/* The only value of the fixed assignment of this key. */
static const struct choice *fixed(const char *key)
{
    for (size_t i = 0; i < spec.fixed.count; i++)
        if (strcmp(spec.fixed.items[i].key, key) == 0)
            return &spec.fixed.items[i].choices[0];
    ck_abort_msg("no fixed \"%s\"", key);
}

static const struct {
    const char *text, *key, *choice; /* choice NULL: refused */
} overrides[] = {
    {"lr=3e-4", "lr", "optimizer.lr=0.0003"},
    {"seed=null", "seed", "seed=null"},
    {"compile=yes", "compile", "compile=True"},
    {"x.y=[1, {a: b}]", "x.y", "x.y=[1, {a: b}]"},
    {"x.y='1'", "x.y", "x.y='1'"},
    {"x.y=a=b", "x.y", "x.y=a=b"},
    {"x.y=", "x.y", "x.y=null"},
    {"x.y={a: 1}", "x.y", "x.y={a: 1}"},
    {"optimizer.lr=1", "optimizer.lr", "optimizer.lr=1.0"},
    {"~optimizer.fused", "~optimizer.fused", "optimizer.fused=-"},
    {"~optimizer.fused=true", "~optimizer.fused", "optimizer.fused=-"},
    {"~optimizer.fused=false", NULL, NULL},
    {"~optimizer.fused=", NULL, NULL},
    {"optimizer={lr: 1, ~fused: true}", "optimizer", "optimizer={lr: 1} optimizer.fused=-"},
    {"optimizer={~fused: 1}", NULL, NULL},
    {"seed=1.5", NULL, NULL},
    {"lr=x", NULL, NULL},
    {"lr", NULL, NULL},
    {"=1", NULL, NULL},
    {"x.y=[1", NULL, NULL},
    {"x.y=1\nz: 2", NULL, NULL},
    {"x.y=*a", NULL, NULL},
    {"x.y=.nan", NULL, NULL},
    {"lora={rank: 8, alpha: 16}", NULL, NULL},
};

START_TEST(override_value)
{
    read_spec("{\"name\": \"n\", \"base\": \"b\"}");
    enum sweep_code code = override(overrides[_i].text);
    if (overrides[_i].choice == NULL) {
        ck_assert_msg(code == SWEEP_INVALID, "%s", overrides[_i].text);
        ck_assert_uint_ge(sweep_findings_count(findings, SWEEP_ERROR), 1);
        ck_assert_uint_eq(spec.fixed.count, 0);
        return;
    }
    ck_assert_msg(code == SWEEP_OK, "%s", message_at(findings, 0));
    ck_assert_str_eq(spec.fixed.items[0].where, "--set");
    assert_choice(fixed(overrides[_i].key), overrides[_i].choice);
}
END_TEST

START_TEST(overrides_win)
{
    read_part("\"fixed\": {\"lr\": 1, \"lora\": {\"rank\": 1, \"alpha\": 2}, \"seed\": 5}");
    ck_assert_int_eq(override("optimizer.lr=2"), SWEEP_OK);
    ck_assert_int_eq(override("optimizer.lr=3"), SWEEP_OK);
    ck_assert_uint_eq(spec.fixed.count, 3); /* lr is gone */
    assert_choice(fixed("optimizer.lr"), "optimizer.lr=3.0");
    ck_assert_int_eq(spec_check(&spec, findings), SWEEP_OK);
}
END_TEST

START_TEST(overriding_a_deletion)
{
    read_part("\"fixed\": {\"~optimizer.fused\": true, \"optimizer.lr\": 1}");
    ck_assert_int_eq(override("optimizer.fused=false"), SWEEP_OK);
    ck_assert_int_eq(override("~optimizer.lr"), SWEEP_OK);
    ck_assert_uint_eq(spec.fixed.count, 2);
    assert_choice(fixed("optimizer.fused"), "optimizer.fused=False");
    assert_choice(fixed("~optimizer.lr"), "optimizer.lr=-");
    ck_assert_int_eq(spec_check(&spec, findings), SWEEP_OK);
}
END_TEST

START_TEST(axes_cannot_be_overridden)
{
    read_part("\"grid\": {\"lr\": [1, 2]}");
    ck_assert_int_eq(override("lr=3"), SWEEP_OK);
    ck_assert_int_eq(spec_check(&spec, findings), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "set-twice");
}
END_TEST

/* One half of a pair by --set must not take the other half away without a word. */
START_TEST(overriding_half_a_pair)
{
    read_part("\"fixed\": {\"lora\": {\"rank\": 1, \"alpha\": 2}}");
    override("model.lora_rank=4");
    enum sweep_code code = spec_check(&spec, findings);
    bool kept = false;
    for (size_t i = 0; i < spec.fixed.count; i++)
        for (size_t k = 0; k < spec.fixed.items[i].n_paths; k++)
            kept |= strcmp(spec.fixed.items[i].paths[k], "model.lora_alpha") == 0;
    ck_assert(kept || code == SWEEP_INVALID);
}
END_TEST

/* --- assignments together -------------------------------------------------------------------- */

static const struct {
    const char *part, *code; /* NULL: fine */
} togethers[] = {
    {"\"fixed\": {\"lr\": 1}, \"grid\": {\"seed\": [1]}", NULL},
    {"\"fixed\": {\"lr\": 1, \"learning_rate\": 2}", "set-twice"},
    {"\"fixed\": {\"lr\": 1, \"optimizer.lr\": 2}", "set-twice"},
    {"\"fixed\": {\"lr\": 1}, \"grid\": {\"lr\": [1, 2]}", "set-twice"},
    {"\"fixed\": {\"optimizer\": {\"x\": 1}}, \"grid\": {\"lr\": [1]}", "set-twice"},
    {"\"grid\": {\"model.a\": [1], \"model.ab\": [1]}", NULL},
    {"\"grid\": {\"model.a\": [1], \"model.a.b\": [1]}", "set-twice"},
    {"\"fixed\": {\"output_dir\": \"x\"}, \"output_dir\": \"y\"", "set-twice"},
    {"\"fixed\": {\"model.lora_rank\": 8}", "lora-pair"},
    {"\"grid\": {\"model.lora_alpha\": [8]}", "lora-pair"},
    {"\"fixed\": {\"model.lora_rank\": 8}, \"grid\": {\"model.lora_alpha\": [8]}", NULL},
    {"\"fixed\": {\"model.lora_rank\": 8, \"lora\": {\"rank\": 1, \"alpha\": 1}}", "set-twice"},
};

START_TEST(together)
{
    ck_assert_int_eq(read_part(togethers[_i].part), SWEEP_OK);
    enum sweep_code code = spec_check(&spec, findings);
    ck_assert_msg(code == (togethers[_i].code == NULL ? SWEEP_OK : SWEEP_INVALID), "%s: %s",
        togethers[_i].part, message_at(findings, 0));
    if (togethers[_i].code != NULL)
        ck_assert_str_eq(code_at(findings, 0), togethers[_i].code);
}
END_TEST

START_TEST(deletions_give_way)
{
    read_part("\"fixed\": {\"dataset\": \"x/y\", \"dataset.data_files\": \"z\"}");
    ck_assert_int_eq(spec_check(&spec, findings), SWEEP_OK);
    assert_choice(fixed("dataset"), "dataset.source=x/y dataset.data_dir=-");
}
END_TEST

static TCase *add_spec(Suite *suite, const char *name)
{
    TCase *tc = add_case(suite, name);
    tcase_add_checked_fixture(tc, spec_set_up, spec_tear_down);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("spec");
    TCase *tc = add_spec(suite, "parse");
    tcase_add_test(tc, everything);
    tcase_add_test(tc, least);
    tcase_add_loop_test(tc, mistake, 0, (int)COUNT(mistakes));
    tcase_add_test(tc, names_up_to_64);
    tcase_add_test(tc, hints);
    tcase_add_test(tc, all_mistakes_at_once);
    tcase_add_test(tc, runs_are_counted_not_made);
    tcase_add_test(tc, most_runs);
    tc = add_spec(suite, "overrides");
    tcase_add_loop_test(tc, override_value, 0, (int)COUNT(overrides));
    tcase_add_test(tc, overrides_win);
    tcase_add_test(tc, overriding_a_deletion);
    tcase_add_test(tc, axes_cannot_be_overridden);
    tcase_add_test(tc, overriding_half_a_pair);
    tc = add_spec(suite, "together");
    tcase_add_loop_test(tc, together, 0, (int)COUNT(togethers));
    tcase_add_test(tc, deletions_give_way);
    return check_main(suite);
}
