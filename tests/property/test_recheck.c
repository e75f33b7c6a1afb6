/* SPDX-License-Identifier: Apache-2.0
 *
 * A validator that has checked other configs gives the same findings as a fresh one. It gets random
 * configs of a made-up trainer, most of which differ from the previous one in a few values.
 *
 * SWEEP_SEED and SWEEP_CASES choose what is tried. Case i of seed S is the only case of seed S + i,
 * so that a failure is repeated with the seed that it names and SWEEP_CASES=1.
 */
#include "lib/config/document.h"
#include "sweep/validate.h"
#include "tests/property/made_up.h"
#include "tests/property/cases.h"

enum { TEXTS_PER_CASE = 40 };

#define PICK(random, array) ((array)[random_below((random), COUNT(array))])

static struct sweep_trainer *trainer;
static uint64_t n_clean, n_wrong;

/* --- configs ------------------------------------------------------------------------------ */

/* Changes a few values, mostly to valid ones. */
static void change(struct random *random, json_t *tree)
{
    for (uint64_t n = 1 + random_below(random, 3); n > 0; n--) {
        const struct place *place = &PICK(random, places);
        const char *text =
            random_one_in(random, 2) ? place->values[0] : random_of(random, place, SIZE_MAX);
        CLEANUP_JSON json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
        struct operation operation = {
            (char *)place->path, random_one_in(random, 10) ? NULL : value};
        merge_operation(tree, &operation); /* one that does not fit is skipped */
    }
}

/* Writes a config as people do: one key a line, strings without quotes. Some have a comment, which
 * must be parsed. The caller frees the result. */
static char *text_of(struct random *random, const json_t *tree)
{
    struct yaml_doc *doc = NULL;
    struct strbuf out = {0};
    ck_assert_int_eq(
        document_rewrite(tree, &(struct yaml_doc){.limits = yaml_default_limits}, &doc, NULL),
        SWEEP_OK);
    strbuf_puts(&out, doc->text);
    if (random_one_in(random, 8))
        strbuf_puts(&out, "# a comment\n");
    yaml_doc_free(doc);
    return strbuf_steal(&out);
}

/* --- cases -------------------------------------------------------------------------------- */

static struct sweep_validator *new_validator(const struct sweep_validate_options *options)
{
    struct sweep_validator *validator = NULL;
    ck_assert_int_eq(sweep_validator_new(trainer, options, &validator, NULL), SWEEP_OK);
    return validator;
}

/* The findings in a text; the caller frees the result. */
static char *findings_in(struct sweep_validator *validator, const char *text, const char *recipe)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct strbuf out = {0};
    enum sweep_code code =
        sweep_validator_check(validator, text, strlen(text), "c.yaml", recipe, findings);
    CLEANUP_FREE char *all = sweep_findings_text(findings, false);
    strbuf_printf(&out, "%d\n%s", (int)code, all);
    if (sweep_findings_get(findings, 0) == NULL)
        n_clean++;
    else
        n_wrong++;
    sweep_findings_free(findings);
    return strbuf_steal(&out);
}

static void compare(uint64_t seed, int text_number, struct sweep_validator *used,
    struct sweep_validator *fresh, const char *text, const char *recipe)
{
    CLEANUP_FREE char *now = findings_in(used, text, recipe);
    CLEANUP_FREE char *wanted = findings_in(fresh, text, recipe);
    if (strcmp(now, wanted) != 0)
        ck_abort_msg("text %d has other findings\n# SWEEP_SEED=%llu SWEEP_CASES=1\n# recipe %s\n"
                     "# --- text\n%s\n# --- used\n%s\n# --- fresh\n%s",
            text_number, (unsigned long long)seed, recipe != NULL ? recipe : "none", text, now,
            wanted);
}

static void run_case(uint64_t seed)
{
    static const char *const recipes[] = {"r", NULL, "own/recipe.py", "no_such"};
    struct random random = {seed};
    struct sweep_validate_options options = {.refuse_unknown = random_one_in(&random, 2)};
    struct sweep_validator *used = new_validator(&options);
    const char *recipe = recipes[0];
    json_t *tree = random_config(&random, 30);
    for (int i = 0; i < TEXTS_PER_CASE; i++) {
        struct sweep_validator *fresh = new_validator(&options);
        CLEANUP_FREE char *text = text_of(&random, tree);
        if (random_one_in(&random, 10))
            recipe = PICK(&random, recipes);
        compare(seed, i, used, fresh, text, recipe);
        sweep_validator_free(fresh);
        if (random_one_in(&random, 3)) {
            json_decref(tree);
            tree = random_config(&random, 30);
        }
        if (!random_one_in(&random, 8))
            change(&random, tree);
    }
    json_decref(tree);
    sweep_validator_free(used);
}

/* --- the run ------------------------------------------------------------------------------ */

static void set_up(void)
{
    trainer = made_up_trainer();
}

static void tear_down(void)
{
    sweep_trainer_free(trainer);
}

START_TEST(as_fresh)
{
    for (uint64_t i = 0; i < n_cases; i++)
        run_case(first_seed + i);
    if (n_cases >= 100) /* enough cases of each kind */
        ck_assert_msg(n_clean * 10 > n_wrong && n_wrong * 10 > n_clean, "%llu clean, %llu wrong",
            (unsigned long long)n_clean, (unsigned long long)n_wrong);
}
END_TEST

int main(void)
{
    choose_cases(500);
    Suite *suite = suite_create("property recheck");
    TCase *tc = add_case(suite, "recheck");
    use_scratch(tc);
    tcase_set_timeout(tc, 280);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, as_fresh);
    return check_main(suite);
}
