/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares verify_runs() with a check of each run, on random small sweeps for an invented trainer
 * whose rules read several axes at once.
 *
 *   - a sweep is accepted exactly when no run has an error;
 *   - each error of each run is reported by a finding that names the run's values;
 *   - each finding that names values stands for errors in all runs that have them.
 *
 * SWEEP_SEED and SWEEP_CASES choose what is tried. Case i of seed S is the only case of seed S + i,
 * so that a failure is repeated with the seed that it names and SWEEP_CASES=1.
 */
#include "lib/check/checker.h"
#include "lib/trainer/trainer.h"
#include "lib/doc/yaml.h"
#include "lib/spec/spec.h"
#include "sweep/generate.h"
#include "tests/property/made_up.h"
#include "tests/property/cases.h"

#define PICK(random, array) ((array)[random_below((random), COUNT(array))])

/* --- random sweeps ------------------------------------------------------------------------ */

/* `mild`: few things are wrong, if any. */
static void random_base(struct random *random, bool mild, struct strbuf *out)
{
    CLEANUP_JSON json_t *tree = random_config(random, mild ? 60 : 3);
    CLEANUP_FREE char *text = json_dumps(tree, 0); /* which is YAML as well */
    strbuf_puts(out, text);
}

static bool overlaps_any(const size_t *axes, size_t n, size_t place)
{
    for (size_t i = 0; i < n; i++)
        if (path_overlaps(places[axes[i]].path, places[place].path))
            return true;
    return false;
}

static void random_axis(
    struct random *random, bool mild, const struct place *place, struct strbuf *out)
{
    const char *values[12];
    size_t n = 0, wanted = 1 + random_below(random, random_one_in(random, 4) ? COUNT(values) : 4);
    for (int tries = 0; n < wanted && tries < 60; tries++) {
        const char *value = random_of(random, place, mild ? 2 : SIZE_MAX);
        bool fresh = true;
        for (size_t i = 0; i < n; i++)
            if (strcmp(values[i], value) == 0)
                fresh = false;
        if (fresh)
            values[n++] = value;
    }
    strbuf_printf(out, "\"%s\": [", place->path);
    for (size_t i = 0; i < n; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", values[i]);
    strbuf_puts(out, "]");
}

static void random_spec(struct random *random, bool mild, struct strbuf *out)
{
    size_t axes[4], n = 0, wanted = 2 + random_below(random, mild ? 2 : 3);
    strbuf_puts(out, "{\"name\": \"n\", \"base\": {\"file\": \"b.yaml\"}, \"recipe\": \"r\","
                     " \"grid\": {");
    for (int tries = 0; n < wanted && tries < 30; tries++) {
        size_t place = random_below(random, COUNT(places));
        if (overlaps_any(axes, n, place))
            continue;
        strbuf_puts(out, n > 0 ? ", " : "");
        random_axis(random, mild, &places[place], out);
        axes[n++] = place;
    }
    bool by_value = axes[0] == 0 && random_one_in(random, 2);
    strbuf_printf(out, "}, \"output_dir\": \"/o/%s/{run}\"}", by_value ? "{a}" : "x");
}

/* --- each run on its own ------------------------------------------------------------------ */

/* The errors of a run, or of a finding: code and path of each. */
struct errors {
    char *items[64];
    size_t count;
};

static void errors_add(struct errors *errors, const char *code, const char *path)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    /* Which string of a cycle is blamed depends on what refers to it. */
    if (path == NULL || strcmp(code, "cyclic-interpolation") == 0)
        path = "";
    strbuf_printf(&text, "%s at %s", code, path);
    for (size_t i = 0; i < errors->count; i++)
        if (strcmp(errors->items[i], text.data) == 0)
            return;
    ck_assert_uint_lt(errors->count, COUNT(errors->items));
    errors->items[errors->count++] = strbuf_steal(&text);
}

static bool errors_hold(const struct errors *errors, const char *one)
{
    for (size_t i = 0; i < errors->count; i++)
        if (strcmp(errors->items[i], one) == 0)
            return true;
    return false;
}

static void errors_clear(struct errors *errors)
{
    while (errors->count > 0)
        free(errors->items[--errors->count]);
}

static void take(void *context, const struct diagnostic *diagnostic)
{
    if (diagnostic->severity == SWEEP_ERROR)
        errors_add(context, diagnostic->code, diagnostic->path);
}

/* One case, as both sides see it. */
struct trial {
    uint64_t seed;
    const char *base, *text;
    struct spec spec;
    struct yaml_doc *doc;
    struct sweep_findings *findings;
    bool accepted;
};

static void fail_case(const struct trial *trial, uint64_t run, const char *what, const char *error)
{
    CLEANUP_FREE char *found = sweep_findings_text(trial->findings, false);
    ck_abort_msg("%s: %s, run %llu\n# SWEEP_SEED=%llu SWEEP_CASES=1\n# b.yaml: %s\n# %s\n%.3000s",
        what, error, (unsigned long long)run, (unsigned long long)trial->seed, trial->base,
        trial->text, found);
}

/* The index of each axis's value in a run; the last axis is the fastest. */
static void choices_of(const struct spec *spec, uint64_t run, size_t *choices)
{
    for (size_t i = spec->axes.count; i-- > 0;) {
        choices[i] = run % spec->axes.items[i].n_choices;
        run /= spec->axes.items[i].n_choices;
    }
}

static json_t *tree_of(const struct trial *trial, uint64_t run, const size_t *choices)
{
    const struct spec *spec = &trial->spec;
    CLEANUP_STRBUF struct strbuf output = {0};
    json_t *tree = json_deep_copy(trial->doc->tree);
    for (size_t i = 0; i < spec->axes.count; i++) {
        const struct operations *all = &spec->axes.items[i].choices[choices[i]].operations;
        for (size_t k = 0; k < all->count; k++)
            if (merge_operation(tree, &all->items[k]) != SWEEP_OK)
                fail_case(trial, run, "a value does not fit", spec->axes.items[i].key);
    }
    const char *value = "x";
    if (strstr(spec->output_dir, "{a}") != NULL)
        value = spec->axes.items[0].choices[choices[0]].label;
    strbuf_puts(&output, "/o/");
    for (const char *c = value; *c != '\0'; c++)
        strbuf_putc(&output, strchr("${}", *c) != NULL ? '-' : *c);
    strbuf_printf(&output, "/run_%03llu", (unsigned long long)run);
    json_object_set_new(tree, "output_dir", json_string(output.data));
    return tree;
}

/* --- findings ----------------------------------------------------------------------------- */

/* True if a finding is about a run: "… (3 of 12 runs: a 1, opt.x 2)", or about all of them. */
static bool is_about(
    const struct sweep_finding *finding, const struct spec *spec, const size_t *choices)
{
    const char *list = strstr(finding->message, " runs: ");
    for (size_t i = 0; list != NULL && i < spec->axes.count; i++) {
        const struct assignment *axis = &spec->axes.items[i];
        for (size_t k = 0; k < axis->n_choices; k++) {
            CLEANUP_STRBUF struct strbuf comma = {0}, last = {0};
            strbuf_printf(&comma, " %s %s,", axis->key, axis->choices[k].label);
            strbuf_printf(&last, " %s %s)", axis->key, axis->choices[k].label);
            const char *at = strstr(list, comma.data);
            if (at == NULL)
                at = strstr(list, last.data);
            if (at != NULL && k != choices[i])
                return false;
        }
    }
    return true;
}

static bool counts(const struct sweep_finding *finding)
{
    return finding->severity == SWEEP_ERROR && strcmp(finding->code, "dead-axis") != 0;
}

/* What the findings say of a run. */
static void reported(const struct trial *trial, const size_t *choices, struct errors *out)
{
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(trial->findings, i)) != NULL; i++)
        if (counts(finding) && is_about(finding, &trial->spec, choices))
            errors_add(out, finding->code, finding->path);
}

/* Whether the plan was refused before its runs were looked at. */
static bool refused_earlier(const struct trial *trial)
{
    static const char *const codes[] = {"type-change", "unknown-argument", "bad-path", "no-parent",
        "not-a-mapping", "unknown-path", "duplicate-value", "twice", "set-twice", "bad-value"};
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(trial->findings, i)) != NULL; i++)
        for (size_t k = 0; k < COUNT(codes); k++)
            if (finding->severity == SWEEP_ERROR && strcmp(finding->code, codes[k]) == 0 &&
                strcmp(finding->place.file, "s.json") == 0 &&
                strstr(finding->message, " runs: ") == NULL)
                return true;
    return false;
}

/* --- cases -------------------------------------------------------------------------------- */

static struct sweep_trainer *trainer;
static uint64_t accepted, rejected, skipped;

/* True if an earlier point gives the same config: only the first is a run. */
static bool is_known(json_t *seen, const json_t *tree)
{
    CLEANUP_JSON json_t *config = json_copy((json_t *)tree);
    json_object_del(config, "output_dir");
    CLEANUP_FREE char *text = json_dumps(config, JSON_SORT_KEYS);
    bool known = json_object_get(seen, text) != NULL;
    json_object_set_new(seen, text, json_true());
    return known;
}

static void compare_runs(const struct trial *trial, struct checker *checker)
{
    bool any = false;
    CLEANUP_JSON json_t *seen = json_object();
    for (uint64_t run = 0; run < trial->spec.runs; run++) {
        size_t choices[8];
        struct errors found = {0}, said = {0};
        choices_of(&trial->spec, run, choices);
        CLEANUP_JSON json_t *tree = tree_of(trial, run, choices);
        if (is_known(seen, tree))
            continue;
        ck_assert_int_eq(
            checker_run(checker, tree, &(struct diagnostic_sink){take, &found, NULL}), SWEEP_OK);
        reported(trial, choices, &said);
        for (size_t i = 0; i < found.count; i++)
            if (!errors_hold(&said, found.items[i]))
                fail_case(trial, run, "not reported", found.items[i]);
        for (size_t i = 0; i < said.count; i++)
            if (!errors_hold(&found, said.items[i]))
                fail_case(trial, run, "reported, but not an error", said.items[i]);
        if (found.count > 0)
            any = true;
        errors_clear(&found);
        errors_clear(&said);
    }
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(trial->findings, i)) != NULL; i++)
        if (finding->severity == SWEEP_ERROR && !counts(finding))
            any = true;
    if (any == trial->accepted)
        fail_case(trial, 0, "the verdict is wrong", trial->accepted ? "accepted" : "rejected");
    if (trial->accepted)
        accepted++;
    else
        rejected++;
}

static void plan(struct trial *trial)
{
    struct sweep_plan *made = NULL;
    struct sweep_error error = {0};
    struct sweep_request request = {.spec = trial->text,
        .spec_length = strlen(trial->text),
        .spec_file = "s.json",
        .spec_directory = scratch};
    enum sweep_code code = sweep_plan_new(trainer, &request, trial->findings, &made, &error);
    if (code != SWEEP_OK && code != SWEEP_INVALID)
        fail_case(trial, 0, "the plan fails", error.message);
    trial->accepted = code == SWEEP_OK;
    sweep_plan_free(made);
}

static void run_case(uint64_t seed)
{
    struct random random = {seed};
    CLEANUP_STRBUF struct strbuf base = {0}, text = {0};
    bool mild = random_one_in(&random, 2);
    random_base(&random, mild, &base);
    random_spec(&random, mild, &text);
    write_file(in_scratch("b.yaml"), base.data);
    struct trial trial = {
        .seed = seed, .base = base.data, .text = text.data, .findings = sweep_findings_new()};
    struct json_source *source = NULL;
    struct check_options around = {.recipe = "r", .bf16 = -1};
    struct checker checker;
    ck_assert_int_eq(json_source_parse(text.data, text.length, "s.json", NULL, &source), SWEEP_OK);
    ck_assert_int_eq(checker_init(&checker, &trainer->profile, &around, NULL), SWEEP_OK);
    ck_assert_int_eq(yaml_parse(base.data, base.length, "b.yaml", NULL, &trial.doc), SWEEP_OK);
    const struct spec_context context = {
        .profile = &trainer->profile, .directory = scratch, .limits = &limits_default};
    enum sweep_code code = spec_parse(source, &context, &trial.spec);
    plan(&trial);
    if (code == SWEEP_OK && !refused_earlier(&trial))
        compare_runs(&trial, &checker);
    else
        skipped++;
    spec_deinit(&trial.spec);
    json_source_free(source);
    yaml_doc_free(trial.doc);
    checker_deinit(&checker);
    sweep_findings_free(trial.findings);
}

static void set_up(void)
{
    trainer = made_up_trainer();
}

static void tear_down(void)
{
    sweep_trainer_free(trainer);
}

START_TEST(sweeps)
{
    for (uint64_t i = 0; i < n_cases; i++)
        run_case(first_seed + i);
    if (n_cases < 100)
        return;
    /* the cases are worth something: many of each kind */
    ck_assert_msg(accepted * 10 > n_cases && rejected * 5 > n_cases && skipped * 3 < n_cases,
        "%llu accepted, %llu rejected, %llu skipped", (unsigned long long)accepted,
        (unsigned long long)rejected, (unsigned long long)skipped);
}
END_TEST

int main(void)
{
    choose_cases(1000);
    Suite *suite = suite_create("property verify");
    TCase *tc = add_case(suite, "verify");
    use_scratch(tc);
    tcase_set_timeout(tc, 280);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, sweeps);
    return check_main(suite);
}
