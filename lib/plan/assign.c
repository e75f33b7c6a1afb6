/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/doc/json_token.h"
#include "lib/findings/findings.h"
#include "lib/check/types.h"
#include "lib/config/params.h"
#include "lib/plan/assign.h"
#include "lib/plan/deletions.h"
#include "lib/slurm/table.h"
#include "lib/trainer/known_paths.h"
#include "lib/spec/other_tools.h"
#include "lib/util/cleanup.h"
#include "lib/util/index.h"
#include "lib/util/text.h"

/* What the next assignment changes. */
static const json_t *assign_tree(const struct planner *p)
{
    return p->tree != NULL ? p->tree : p->plan->doc->tree;
}

/* --- paths -------------------------------------------------------------------------------- */

/* A parameter may set another path in the configs of some recipes. */
static void assign_redirect(struct planner *p, struct assignment *assignment)
{
    const struct parameter *parameter = assignment->parameter;
    for (size_t i = 0; parameter != NULL && i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        const char *path = field_path(field, p->plan->recipe);
        if (strcmp(path, field->path) != 0)
            planner_note(p, assignment_redirect(assignment, field->path, path));
    }
}

/* The parameter of several fields that a key seems to be about: its name or alias begins the key,
 * or one of its fields is called so. NULL if there is none. */
static const struct parameter *assign_find_related(const struct profile *profile, const char *key)
{
    for (size_t i = 0; i < profile->n_parameters; i++) {
        const struct parameter *parameter = &profile->parameters[i];
        const char *stem = parameter->alias != NULL ? parameter->alias : parameter->name;
        if (parameter->n_fields == 1)
            continue;
        if (strncmp(key, stem, strlen(stem)) == 0)
            return parameter;
        for (size_t f = 0; f < parameter->n_fields; f++)
            if (strcmp(key, parameter->fields[f].name) == 0)
                return parameter;
    }
    return NULL;
}

/* Reports a key that is neither a parameter nor, without a dot, a key of the config. */
static void assign_report_unknown(struct planner *p, const struct assignment *assignment)
{
    const struct sweep_plan *plan = p->plan;
    const struct profile *profile = &plan->trainer->profile;
    const char *key = assignment->key, *hint = NULL;
    struct suggestion suggestion = {.word = key};
    for (size_t i = 0; i < profile->n_parameters; i++) {
        suggestion_offer(&suggestion, profile->parameters[i].name);
        if (profile->parameters[i].alias != NULL)
            suggestion_offer(&suggestion, profile->parameters[i].alias);
    }
    const char *similar = known_paths_suggest(profile, plan->recipe, assign_tree(p), key);
    if (similar != NULL)
        suggestion_offer(&suggestion, similar);
    char did_you_mean[200];
    const char *other = profile_other_name(profile, key), *option = slurm_option_alias(key);
    if (other != NULL)
        suggestion.best = other;
    const struct parameter *related = assign_find_related(profile, other != NULL ? other : key);
    struct together together;
    if (other_tools_axis(key) != NULL) {
        hint = other_tools_axis(key);
    } else if (related != NULL) {
        parameter_together(profile, related, &together);
        hint = together.hint;
    } else if (other == NULL && option != NULL && key[1] != '\0') {
        snprintf(did_you_mean, sizeof did_you_mean,
            "options of the job are in \"slurm\": did you mean \"slurm\": {\"%s\": …}?", option);
        hint = did_you_mean;
    } else if (suggestion.best != NULL) {
        snprintf(did_you_mean, sizeof did_you_mean, "did you mean \"%s\"?", suggestion.best);
        hint = did_you_mean;
    }
    planner_note(p, FINDING_ERROR(p->findings, "unknown-parameter", assignment->place, key, hint,
                        "no parameter or config path \"%s\"", key));
}

/* True if the key is a path of one part that the config does not know: perhaps a parameter was
 * meant. */
static bool assign_may_be_parameter(
    const struct assignment *assignment, const struct path_diagnostic *diagnostic)
{
    return assignment->parameter == NULL && strchr(assignment->key, '.') == NULL &&
           strcmp(diagnostic->code, "unknown-path") == 0;
}

/* Checks one path; false if the assignment's other paths need no check: they would fail for the
 * same reason. */
static bool assign_check_path(
    struct planner *p, const struct assignment *assignment, const char *path)
{
    const struct sweep_plan *plan = p->plan;
    const char *successor = NULL;
    if (assignment->parameter != NULL)
        successor = assignment->parameter->successor;
    struct path_diagnostic diagnostic;
    known_paths_check(&plan->trainer->profile, plan->recipe, assign_tree(p), path, &diagnostic);
    if (diagnostic.verdict == PATH_KNOWN)
        return true;
    if (diagnostic.verdict == PATH_UNCHECKED && successor == NULL)
        return true; /* checked with its value, by verify_runs() */
    char use_instead[80];
    const char *hint = NULL;
    if (successor != NULL) {
        snprintf(use_instead, sizeof use_instead, "%s %s takes \"%s\" instead",
            sweep_trainer_name(plan->trainer), sweep_trainer_version(plan->trainer), successor);
        hint = use_instead;
    } else if (diagnostic.hint[0] != '\0') {
        hint = diagnostic.hint;
    }
    if (diagnostic.verdict == PATH_UNCHECKED) {
        FINDING_WARNING(
            p->findings, diagnostic.code, assignment->place, path, hint, "%s", diagnostic.message);
        return true;
    }
    if (assign_may_be_parameter(assignment, &diagnostic))
        assign_report_unknown(p, assignment);
    else
        planner_note(p, FINDING_ERROR(p->findings, diagnostic.code, assignment->place, path, hint,
                            "%s", diagnostic.message));
    return false;
}

static void assign_check_paths(struct planner *p, const struct assignment *assignment)
{
    for (size_t i = 0; i < assignment->n_paths; i++)
        if (!assignment_deletes(assignment, assignment->paths[i]) &&
            !assign_check_path(p, assignment, assignment->paths[i]))
            return;
}

/* --- values ------------------------------------------------------------------------------- */

/* Notes what an expression takes the place of, for the check of its results. */
static void assign_note_old(struct planner *p, const struct operation *operation)
{
    struct computed_list *list = &p->plan->computed;
    size_t index = computed_expression(list, operation->value);
    if (index != SIZE_MAX && list->items[index].old == NULL)
        list->items[index].old = json_incref(path_get(assign_tree(p), operation->path));
}

/* Reports an operation that does not fit the base; true if it does. */
static bool assign_check_type(
    struct planner *p, const struct operation *operation, const struct choice *choice)
{
    const struct yaml_doc *doc = p->plan->doc;
    struct mismatch mismatch;
    /* The type of a computed value is not known yet. */
    CLEANUP_JSON json_t *value = NULL;
    if (operation->value != NULL)
        value = computed_without_expressions(&p->plan->computed, operation->value);
    if (operation->value != NULL && value == NULL)
        return planner_note(p, SWEEP_NO_MEMORY);
    assign_note_old(p, operation);
    const struct operation known = {operation->path, value};
    enum sweep_code code = merge_check(&doc->dialect, assign_tree(p), &known, &mismatch);
    if (code == SWEEP_INVALID && mismatch.old_type != NULL) {
        const char *hint = json_token_quotes_hint(operation->value);
        char float_hint[120] = "";
        if (doc->dialect.scalars == SCALARS_YAML_1_1)
            check_suggest_float(
                path_get(assign_tree(p), mismatch.path), float_hint, sizeof float_hint);
        if (float_hint[0] != '\0')
            hint = float_hint;
        code = FINDING_ERROR(p->findings, "type-change", choice->place, mismatch.path, hint,
            "%s is %s in the base; %s cannot take its place", mismatch.path, mismatch.old_type,
            mismatch.new_type);
    } else if (code == SWEEP_INVALID)
        code = FINDING_ERROR(p->findings, "bad-path", choice->place, mismatch.path, NULL,
            "\"%s\" cannot be set in this base", mismatch.path);
    return planner_note(p, code);
}

/* Appends the operations of a fixed value that fit to `out`. */
static void assign_fixed_choice(
    struct planner *p, const struct choice *choice, struct operations *out)
{
    size_t n = choice->operations.count - choice->n_deletions;
    for (size_t i = 0; i < n && !planner_has_failed(p); i++) {
        const struct operation *operation = &choice->operations.items[i];
        if (spec_is_output(&p->plan->spec, operation->path) ||
            !assign_check_type(p, operation, choice))
            continue;
        if (planner_note(p, operations_flatten(p->tree, operation, out)))
            planner_note(p, merge_operation(p->tree, operation));
    }
}

/* In the written order: an assignment may bring the component that a later one belongs to. The text
 * is edited when all are known. */
static void assign_fixed(struct planner *p)
{
    const struct assignments *fixed = &p->plan->spec.fixed;
    struct operations operations = {0};
    p->tree = json_deep_copy(p->plan->doc->tree);
    if (p->tree == NULL)
        planner_note(p, SWEEP_NO_MEMORY);
    for (size_t i = 0; i < fixed->count && !planner_has_failed(p); i++) {
        assign_check_paths(p, &fixed->items[i]);
        if (p->code == SWEEP_OK && fixed->items[i].n_choices > 0)
            assign_fixed_choice(p, &fixed->items[i].choices[0], &operations);
    }
    if (!planner_has_failed(p))
        planner_note(p, document_apply_all(&p->plan->doc, &operations, p->error));
    operations_deinit(&operations);
    json_decref(p->tree);
    p->tree = NULL;
}

/* Separates what the values of an axis change from its other uses. `separated` has the paths for
 * which that was done. */
static void assign_separate(struct planner *p, const struct choice *choice, json_t **separated)
{
    for (size_t i = 0; i < choice->operations.count && !planner_has_failed(p); i++) {
        const struct operation *operation = &choice->operations.items[i];
        size_t length = strlen(operation->path);
        bool is_mapping = json_is_object(operation->value) || operation->value == NULL;
        if (spec_is_output(&p->plan->spec, operation->path) ||
            !assign_check_type(p, operation, choice))
            continue;
        if (!is_mapping && index_find(*separated, operation->path, length) != SIZE_MAX)
            continue;
        planner_note(p, document_separate(&p->plan->doc, operation, p->error));
        if (!is_mapping && !index_add(separated, operation->path, length, 0))
            planner_note(p, SWEEP_NO_MEMORY);
    }
}

static void assign_axes(struct planner *p)
{
    const struct assignments *axes = &p->plan->spec.axes;
    for (size_t i = 0; i < axes->count && !planner_has_failed(p); i++)
        assign_check_paths(p, &axes->items[i]);
    CLEANUP_JSON json_t *separated = NULL;
    for (size_t i = 0; i < axes->count && p->code == SWEEP_OK; i++)
        for (size_t c = 0; c < axes->items[i].n_choices && !planner_has_failed(p); c++)
            assign_separate(p, &axes->items[i].choices[c], &separated);
}

/* --- mappings that several axes fill ------------------------------------------------------ */

/* True if an axis sets something inside the mapping at `parent`. */
static bool assign_adds_to(const struct assignment *axis, const char *parent)
{
    size_t length = strlen(parent);
    for (size_t i = 0; i < axis->n_paths; i++)
        if (strncmp(axis->paths[i], parent, length) == 0 && axis->paths[i][length] == '.')
            return true;
    return false;
}

/* True if one of the axes from `first` on sets something inside the mapping at `parent`. */
static bool assign_is_shared(const struct assignments *axes, size_t first, const char *parent)
{
    for (size_t i = first; i < axes->count; i++)
        if (assign_adds_to(&axes->items[i], parent))
            return true;
    return false;
}

static bool assign_has_content(const json_t *value)
{
    return json_object_size(value) > 0 || json_array_size(value) > 0;
}

/* Two axes that set something inside the same empty or missing mapping would both have to write its
 * first line. So the mapping gets the first value of one of them here; its values replace it. */
static void assign_create_shared_mappings(struct planner *p)
{
    const struct assignments *axes = &p->plan->spec.axes;
    for (size_t i = 0; i < axes->count; i++)
        for (size_t k = 0; k < axes->items[i].n_paths && !planner_has_failed(p); k++) {
            char parent[PATH_MAX_BYTES];
            snprintf(parent, sizeof parent, "%s", axes->items[i].paths[k]);
            char *dot = strrchr(parent, '.');
            if (dot == NULL)
                continue;
            *dot = '\0';
            if (axes->items[i].unset != SIZE_MAX || !assign_is_shared(axes, i + 1, parent) ||
                assign_has_content(path_get(p->plan->doc->tree, parent)))
                continue;
            const struct operations *first = &axes->items[i].choices[0].operations;
            for (size_t o = 0; o < first->count && !planner_has_failed(p); o++)
                planner_note(p, document_apply(&p->plan->doc, &first->items[o], p->error));
        }
}

void assign_fixed_to_base(struct planner *p)
{
    struct spec *spec = &p->plan->spec;
    for (size_t i = 0; i < spec->fixed.count; i++)
        assign_redirect(p, &spec->fixed.items[i]);
    for (size_t i = 0; i < spec->axes.count; i++)
        assign_redirect(p, &spec->axes.items[i]);
    if (planner_has_failed(p))
        return;
    deletions_check(p);
    assign_fixed(p);
    deletions_apply_fixed(p);
}

void assign_axes_to_base(struct planner *p)
{
    if (p->code == SWEEP_OK)
        deletions_prepare_axes(p);
    assign_axes(p);
    if (p->code == SWEEP_OK)
        assign_create_shared_mappings(p);
}
