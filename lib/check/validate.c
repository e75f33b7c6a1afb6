/* SPDX-License-Identifier: Apache-2.0
 *
 * From the text of a config to findings in it. See sweep/validate.h.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/recheck.h"
#include "lib/doc/path.h"
#include "lib/doc/similar.h"
#include "lib/findings/findings.h"
#include "lib/trainer/trainer.h"
#include "sweep/validate.h"

/* The checker for one recipe. */
struct recipe_checker {
    char *recipe; /* owned; NULL: none was given */
    struct checker checker;
};

struct sweep_validator {
    const struct sweep_trainer *trainer;
    struct sweep_validate_options options;
    struct recipe_checker **checkers;
    size_t n_checkers;
    struct similar *similar; /* the last config that was parsed, if it was clean, or NULL */
    struct checker *checked; /* the checker that found it clean, or NULL */
    struct recheck *recheck; /* for configs that are similar to it; made when needed */
};

enum sweep_code sweep_validator_new(const struct sweep_trainer *trainer,
    const struct sweep_validate_options *options, struct sweep_validator **out,
    struct sweep_error *error)
{
    assert(trainer != NULL && out != NULL);
    if (trainer->profile.memory != NULL) { /* the built-in profile is verified by a test */
        enum sweep_code code = rules_verify(&trainer->profile, error);
        if (code != SWEEP_OK)
            return code;
    }
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
    for (size_t i = 0; i < validator->n_checkers; i++) {
        checker_deinit(&validator->checkers[i]->checker);
        free(validator->checkers[i]->recipe);
        free(validator->checkers[i]);
    }
    free(validator->checkers);
    recheck_free(validator->recheck);
    similar_free(validator->similar);
    free(validator);
}

/* --- checkers ----------------------------------------------------------------------------- */

static struct check_options validate_check_options(
    const struct sweep_validate_options *options, const char *recipe)
{
    struct check_options out = {.recipe = recipe,
        .processes = options->processes,
        .bf16 = -1,
        .check_paths = options->check_paths,
        .directory = ".",
        .refuse_unknown = options->refuse_unknown};
    if (options->no_launcher)
        out.processes = CHECK_NO_LAUNCHER;
    if (options->bf16 != SWEEP_BF16_UNKNOWN)
        out.bf16 = options->bf16 == SWEEP_BF16_YES;
    if (options->directory != NULL)
        out.directory = options->directory;
    return out;
}

static bool validate_same_recipe(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

static void validate_free_checker(struct recipe_checker *checker)
{
    if (checker != NULL)
        free(checker->recipe);
    free(checker);
}

static struct recipe_checker *validate_new_checker(
    const struct sweep_validator *v, const char *recipe)
{
    struct recipe_checker *new = calloc(1, sizeof *new);
    if (new == NULL)
        return NULL;
    if (recipe != NULL) {
        new->recipe = strdup(recipe);
        if (new->recipe == NULL) {
            free(new);
            return NULL;
        }
    }
    struct check_options options = validate_check_options(&v->options, new->recipe);
    if (checker_init(&new->checker, &v->trainer->profile, &options, NULL) != SWEEP_OK) {
        validate_free_checker(new);
        return NULL;
    }
    return new;
}

/* Finds or makes the checker for a recipe; NULL if memory is exhausted. */
static struct checker *validate_checker_for(struct sweep_validator *v, const char *recipe)
{
    for (size_t i = 0; i < v->n_checkers; i++)
        if (validate_same_recipe(recipe, v->checkers[i]->recipe))
            return &v->checkers[i]->checker;
    struct recipe_checker **all = realloc(v->checkers, (v->n_checkers + 1) * sizeof *all);
    if (all == NULL)
        return NULL;
    v->checkers = all;
    struct recipe_checker *new = validate_new_checker(v, recipe);
    if (new == NULL)
        return NULL;
    v->checkers[v->n_checkers++] = new;
    return &new->checker;
}

/* A name that may be a path is the user's own recipe. */
static enum sweep_code validate_recipe_name(const struct profile *profile, const char *recipe,
    const char *file, struct sweep_findings *findings)
{
    if (recipe == NULL || profile_recipe(profile, recipe) != NULL || strpbrk(recipe, "./") != NULL)
        return SWEEP_OK;
    return FINDING_ERROR(findings, "unknown-recipe", (struct sweep_place){.file = file}, NULL,
        "`sweepctl bases` lists the recipes", "%s %s has no recipe \"%s\"", profile->trainer,
        profile->version, recipe);
}

/* --- configs ------------------------------------------------------------------------------ */

/* Turns diagnostics of one config into findings. */
struct validate_report {
    const struct yaml_doc *doc;
    const char *file;
    struct sweep_findings *findings;
    const struct sweep_findings *parsed; /* what the parser has found */
    size_t first;                        /* the findings of this config begin here */
    size_t count;                        /* of diagnostics */
    bool any_error;
};

static size_t validate_count(const struct sweep_findings *findings)
{
    return sweep_findings_count(findings, SWEEP_ERROR) +
           sweep_findings_count(findings, SWEEP_WARNING) +
           sweep_findings_count(findings, SWEEP_NOTE);
}

/* True if the parser has found that the value on this line cannot be used, such as .nan. */
static bool validate_is_unusable(const struct validate_report *report, unsigned line)
{
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(report->parsed, i)) != NULL; i++)
        if (finding->severity == SWEEP_ERROR && finding->place.line == line)
            return true;
    return false;
}

/* True if the value at a path takes one from a key whose value cannot be used: "${output_dir}". */
static bool validate_refers_to_unusable(const struct validate_report *report, const char *path)
{
    if (sweep_findings_count(report->parsed, SWEEP_ERROR) == 0)
        return false;
    const struct yaml_node *node = yaml_find(report->doc, path);
    if (node == NULL || node->kind != YAML_SCALAR)
        return false;
    const char *text = node->text;
    while (text != NULL && (text = strstr(text, "${")) != NULL) {
        char target[PATH_MAX_BYTES];
        text += strlen("${");
        snprintf(target, sizeof target, "%.*s", (int)strcspn(text, "}"), text);
        const struct yaml_node *value = yaml_find(report->doc, target);
        if (value != NULL && validate_is_unusable(report, value->line))
            return true;
    }
    return false;
}

/* True if one of the first `n` findings of this config is on this line. */
static bool validate_has_finding(const struct validate_report *report, size_t n, unsigned line)
{
    for (size_t i = 0; i < n; i++) {
        const struct sweep_finding *finding =
            sweep_findings_get(report->findings, report->first + i);
        if (finding == NULL)
            return false; /* the others were only counted */
        if (finding->place.line == line)
            return true;
    }
    return false;
}

/* Adds what the parser has found, without its warnings and notes about values that the checks
 * object to. */
static void validate_add_parsed(struct validate_report *report)
{
    const struct sweep_finding *finding, *last[FINDING_SEVERITIES] = {NULL};
    size_t n = report->count;
    for (size_t i = 0; (finding = sweep_findings_get(report->parsed, i)) != NULL; i++) {
        last[finding->severity] = finding;
        if (finding->severity == SWEEP_ERROR ||
            !validate_has_finding(report, n, finding->place.line))
            sweep_findings_add(report->findings, finding);
    }
    /* Those that were only counted are counted here, too. */
    for (int severity = 0; severity < FINDING_SEVERITIES; severity++)
        for (size_t i = findings_omitted(report->parsed, severity); i > 0; i--)
            sweep_findings_add(report->findings, last[severity]);
}

static void validate_add_finding(void *context, const struct diagnostic *diagnostic)
{
    struct validate_report *report = context;
    struct finding_head head = {diagnostic->severity, diagnostic->code,
        yaml_place(report->doc, report->file, diagnostic->path), diagnostic->path,
        diagnostic->hint};
    if (validate_is_unusable(report, head.place.line) ||
        validate_refers_to_unusable(report, diagnostic->path))
        return;
    report->count++;
    if (diagnostic->severity == SWEEP_ERROR)
        report->any_error = true;
    finding_add(report->findings, &head, "%s", diagnostic->message);
}

static bool validate_is_only_counting(void *context, enum sweep_severity severity)
{
    const struct validate_report *report = context;
    return findings_are_full(report->findings, severity);
}

/* True if the previous config was clean and this one differs from it only in scalars that no check
 * objects to. */
static bool validate_is_clean(
    struct sweep_validator *v, struct checker *checker, const char *text, size_t length)
{
    if (v->checked != checker)
        return false;
    const json_t *tree = similar_read(v->similar, text, length);
    if (tree == NULL)
        return false;
    if (v->recheck == NULL)
        v->recheck = recheck_new(checker, v->similar);
    return v->recheck != NULL && recheck_is_clean(v->recheck, tree);
}

static void validate_forget(struct sweep_validator *v)
{
    recheck_free(v->recheck);
    similar_free(v->similar);
    v->recheck = NULL;
    v->similar = NULL;
    v->checked = NULL;
}

/* Keeps a clean config, to compare the next one with it. Takes over `doc`. */
static void validate_remember(
    struct sweep_validator *v, struct yaml_doc *doc, struct checker *checker)
{
    v->similar = similar_new(doc);
    if (v->similar != NULL)
        v->checked = checker;
}

static bool validate_has_component(const struct profile *profile, const json_t *node)
{
    const char *key;
    json_t *value;
    size_t index;
    if (profile->component_key != NULL && json_object_get(node, profile->component_key) != NULL)
        return true;
    json_object_foreach ((json_t *)node, key, value)
        if (validate_has_component(profile, value))
            return true;
    json_array_foreach (node, index, value)
        if (validate_has_component(profile, value))
            return true;
    return false;
}

/* Without a recipe, a text that has nothing of a config in it would be valid: the checks would have
 * nothing to look at. */
static void validate_check_content(const struct profile *profile, const json_t *tree,
    const char *file, struct validate_report *report)
{
    const struct sweep_place start = {.file = file, .line = 1, .column = 1};
    const char *key;
    json_t *value;
    bool has_key = profile->n_recipes == 0;
    json_object_foreach ((json_t *)tree, key, value)
        if (profile_recipe_reads(profile, NULL, key))
            has_key = true;
    if (has_key || validate_has_component(profile, tree))
        return;
    report->any_error = true;
    FINDING_ERROR(report->findings, "not-a-config", start, NULL,
        "name the recipe that it is for, if it is a config",
        "this is not a config for %s: it has no component, and no key that a recipe reads",
        profile->trainer);
}

/* Checks a config that was parsed. Takes over `doc`. */
static enum sweep_code validate_check(struct sweep_validator *v, struct checker *checker,
    struct yaml_doc *doc, const char *recipe, struct validate_report *report)
{
    struct diagnostic_sink sink = {validate_add_finding, report, validate_is_only_counting};
    report->doc = doc;
    if (recipe == NULL && v->options.refuse_other)
        validate_check_content(&v->trainer->profile, doc->tree, report->file, report);
    enum sweep_code code = checker_run(checker, doc->tree, &sink);
    validate_add_parsed(report);
    sweep_findings_sort(report->findings);
    validate_forget(v);
    /* A finding of the parser would not be repeated for a config that is only compared. */
    bool is_clean =
        !report->any_error && report->count == 0 && sweep_findings_get(report->parsed, 0) == NULL;
    if (code == SWEEP_OK && is_clean)
        validate_remember(v, doc, checker);
    else
        yaml_doc_free(doc);
    return code;
}

enum sweep_code sweep_validator_check(struct sweep_validator *v, const char *text, size_t length,
    const char *file, const char *recipe, struct sweep_findings *findings)
{
    assert(v != NULL && text != NULL && file != NULL);
    struct yaml_doc *doc = NULL;
    bool known = validate_recipe_name(&v->trainer->profile, recipe, file, findings) == SWEEP_OK;
    struct checker *checker = validate_checker_for(v, known ? recipe : NULL);
    if (checker == NULL)
        return SWEEP_NO_MEMORY;
    if (known && validate_is_clean(v, checker, text, length))
        return SWEEP_OK;
    struct sweep_findings *parsed = sweep_findings_new();
    if (parsed == NULL)
        return SWEEP_NO_MEMORY;
    const struct yaml_input input = {.text = text,
        .length = length,
        .file = file,
        .dialect = v->trainer->profile.dialect,
        .lenient = true};
    struct validate_report report = {
        .file = file, .findings = findings, .parsed = parsed, .first = validate_count(findings)};
    findings_add_source(findings, file, text, length);
    enum sweep_code code = yaml_parse_input(&input, parsed, &doc);
    report.any_error = !known || sweep_findings_count(parsed, SWEEP_ERROR) > 0;
    if (code == SWEEP_OK)
        code = validate_check(v, checker, doc, recipe, &report);
    else
        validate_add_parsed(&report);
    bool oom = findings_oom(parsed) || findings_oom(findings);
    sweep_findings_free(parsed);
    if (oom)
        return SWEEP_NO_MEMORY;
    if (code != SWEEP_OK)
        return code;
    return report.any_error ? SWEEP_INVALID : SWEEP_OK;
}

enum sweep_code sweep_validate(const struct sweep_trainer *trainer, const char *text, size_t length,
    const char *file, const char *recipe, struct sweep_findings *findings)
{
    assert(trainer != NULL && text != NULL && file != NULL);
    struct sweep_validator *validator = NULL;
    enum sweep_code code = sweep_validator_new(trainer, NULL, &validator, NULL);
    if (code == SWEEP_OK)
        code = sweep_validator_check(validator, text, length, file, recipe, findings);
    sweep_validator_free(validator);
    return code;
}
