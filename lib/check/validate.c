/* SPDX-License-Identifier: Apache-2.0
 *
 * From a config's text to findings in it. See sweep/validate.h.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/check/recheck.h"
#include "lib/trainer/trainer.h"
#include "lib/doc/similar.h"
#include "lib/findings/findings.h"
#include "sweep/validate.h"

/* The checker for one recipe. */
struct known_recipe {
    char *name; /* owned; NULL when no recipe was given */
    struct checker checker;
};

struct sweep_validator {
    const struct sweep_trainer *trainer;
    struct sweep_validate_options options;
    struct known_recipe **recipes;
    size_t n_recipes;
    struct similar *similar; /* the config that was parsed last, or NULL */
    struct checker *checked; /* the checker that had nothing to say of it, or NULL */
    struct again *again;     /* the two, prepared for changes; made when needed */
};

/* Where complaints about one config go. */
struct report {
    const struct yaml_doc *doc;
    const char *file;
    struct sweep_findings *findings;
    bool any_error;
    size_t count;
};

enum { MAX_RECIPES = 64 };

enum sweep_code sweep_validator_new(const struct sweep_trainer *trainer,
    const struct sweep_validate_options *options, struct sweep_validator **out,
    struct sweep_error *error)
{
    enum sweep_code code =
        trainer->profile.memory != NULL ? rules_verify(&trainer->profile, error) : SWEEP_OK;
    if (code != SWEEP_OK)
        return code;
    struct sweep_validator *validator = calloc(1, sizeof *validator);
    if (validator == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    validator->trainer = trainer;
    if (options != NULL)
        validator->options = *options;
    *out = validator;
    return SWEEP_OK;
}

void sweep_validator_free(struct sweep_validator *validator)
{
    if (validator == NULL)
        return;
    for (size_t i = 0; i < validator->n_recipes; i++) {
        checker_deinit(&validator->recipes[i]->checker);
        free(validator->recipes[i]->name);
        free(validator->recipes[i]);
    }
    free(validator->recipes);
    again_free(validator->again);
    similar_free(validator->similar);
    free(validator);
}

static struct surroundings surroundings_of(
    const struct sweep_validate_options *o, const char *recipe)
{
    return (struct surroundings){.recipe = recipe,
        .processes = o->no_launcher ? NO_LAUNCHER : (int64_t)o->processes,
        .bf16 = o->bf16 == SWEEP_BF16_UNKNOWN ? -1 : o->bf16 == SWEEP_BF16_YES,
        .check_paths = o->check_paths,
        .directory = o->directory != NULL ? o->directory : "."};
}

/* The checker for a recipe, made when it is met for the first time; NULL without memory. */
static struct checker *checker_for(struct sweep_validator *v, const char *recipe)
{
    for (size_t i = 0; i < v->n_recipes; i++)
        if (recipe == NULL || v->recipes[i]->name == NULL
                ? recipe == v->recipes[i]->name
                : strcmp(recipe, v->recipes[i]->name) == 0)
            return &v->recipes[i]->checker;
    struct known_recipe **all = realloc(v->recipes, (v->n_recipes + 1) * sizeof *all);
    struct known_recipe *one = calloc(1, sizeof *one);
    v->recipes = all != NULL ? all : v->recipes;
    if (all == NULL || one == NULL || (recipe != NULL && (one->name = strdup(recipe)) == NULL)) {
        free(one);
        return NULL;
    }
    struct surroundings around = surroundings_of(&v->options, one->name);
    if (checker_init(&one->checker, &v->trainer->profile, &around,
            v->options.refuse_unknown ? STRANGERS_REFUSE : STRANGERS_WARN, NULL) != SWEEP_OK) {
        free(one->name);
        free(one);
        return NULL;
    }
    v->recipes[v->n_recipes++] = one;
    return &one->checker;
}

static void take(void *context, const struct complaint *complaint)
{
    struct report *report = context;
    struct finding_head head = {complaint->severity, complaint->code,
        yaml_place(report->doc, report->file, complaint->path), complaint->path, complaint->hint};
    report->any_error |= complaint->severity == SWEEP_ERROR;
    report->count++;
    finding_add(report->findings, &head, "%s", complaint->message);
}

static enum sweep_code check_recipe(struct sweep_validator *v, const char *recipe, const char *file,
    struct sweep_findings *findings)
{
    const struct profile *profile = &v->trainer->profile;
    if (recipe == NULL || profile_recipe(profile, recipe) != NULL || strpbrk(recipe, "./") != NULL)
        return SWEEP_OK;
    return FINDING_ERROR(findings, "unknown-recipe", (struct sweep_place){.file = file}, NULL,
        "`sweepctl bases` shows the recipes", "%s %s has no recipe \"%s\"", profile->trainer,
        profile->version, recipe);
}

/* Whether the config differs from the one before, of which there was nothing to say, only in words
 * that give no reason to say anything either. */
static bool is_clean(
    struct sweep_validator *v, struct checker *checker, const char *text, size_t length)
{
    if (v->checked != checker)
        return false;
    const json_t *tree = similar_read(v->similar, text, length);
    if (v->again == NULL && tree != NULL)
        v->again = again_new(checker, v->similar);
    return tree != NULL && v->again != NULL && again_clean(v->again, tree);
}

/* Keeps a document for the next config to be compared with; takes it over. */
static void keep(
    struct sweep_validator *v, struct yaml_doc *doc, struct checker *checker, bool clean)
{
    again_free(v->again);
    similar_free(v->similar);
    v->again = NULL;
    v->similar = NULL;
    v->checked = NULL;
    if (clean)
        v->similar = similar_new(doc);
    else
        yaml_doc_free(doc);
    if (v->similar != NULL)
        v->checked = checker;
}

enum sweep_code sweep_validator_check(struct sweep_validator *v, const char *text, size_t length,
    const char *file, const char *recipe, struct sweep_findings *findings)
{
    struct yaml_doc *doc = NULL;
    enum sweep_code named = check_recipe(v, recipe, file, findings);
    struct checker *checker = checker_for(v, named == SWEEP_OK ? recipe : NULL);
    if (checker == NULL)
        return SWEEP_NO_MEMORY;
    if (named == SWEEP_OK && is_clean(v, checker, text, length))
        return SWEEP_OK;
    size_t warnings = sweep_findings_count(findings, SWEEP_WARNING);
    size_t errors = sweep_findings_count(findings, SWEEP_ERROR);
    enum sweep_code code = yaml_parse_lenient(text, length, file, findings, &doc);
    if (code != SWEEP_OK)
        return findings_lost(findings) ? SWEEP_NO_MEMORY : code;
    /* What the reader said would not be said again for a config that is only compared. */
    bool read_well = sweep_findings_count(findings, SWEEP_ERROR) == errors;
    bool quiet = read_well && sweep_findings_count(findings, SWEEP_WARNING) == warnings;
    struct report report = {doc, file, findings, named != SWEEP_OK || !read_well, 0};
    struct sink sink = {take, &report};
    code = checker_run(checker, doc->tree, &sink);
    sweep_findings_sort(findings);
    keep(v, doc, checker, code == SWEEP_OK && named == SWEEP_OK && quiet && report.count == 0);
    if (code != SWEEP_OK || findings_lost(findings))
        return SWEEP_NO_MEMORY;
    return report.any_error ? SWEEP_INVALID : SWEEP_OK;
}

enum sweep_code sweep_validate(const struct sweep_trainer *trainer, const char *text, size_t length,
    const char *file, const char *recipe, struct sweep_findings *findings)
{
    struct sweep_validator *validator = NULL;
    enum sweep_code code = sweep_validator_new(trainer, NULL, &validator, NULL);
    if (code == SWEEP_OK)
        code = sweep_validator_check(validator, text, length, file, recipe, findings);
    sweep_validator_free(validator);
    return code;
}
