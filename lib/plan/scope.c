/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/findings/findings.h"
#include "lib/plan/names.h"
#include "lib/plan/scope.h"
#include "lib/util/array.h"
#include "lib/util/text.h"

enum { SCOPE_MAX_HOPS = 8 };

/* --- values ------------------------------------------------------------------------------- */

static struct scope_value scope_value_of(const struct scope *scope, const json_t *value)
{
    struct scope_value out = {true, expr_from_json(value), SIZE_MAX};
    size_t index;
    const char *text = json_string_value(value);
    if (text != NULL && computed_find(&scope->plan->computed, text, &index) == text &&
        strlen(text) == COMPUTED_BYTES)
        out.computed = index;
    return out;
}

/* What a choice does to a path. */
static struct scope_value scope_choice_value(
    const struct scope *scope, const struct choice *choice, const char *path)
{
    struct scope_value out = {.computed = SIZE_MAX};
    for (size_t i = 0; i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        if (!path_is_inside(path, operation->path))
            continue;
        size_t length = strlen(operation->path);
        const json_t *value = operation->value;
        if (value != NULL && path[length] == '.')
            value = path_get(value, path + length + 1);
        if (value != NULL || operation->value == NULL)
            out = scope_value_of(scope, value);
    }
    return out;
}

static bool scope_is_set_by(const struct assignment *axis, const char *path)
{
    for (size_t i = 0; i < axis->n_paths; i++)
        if (path_overlaps(axis->paths[i], path))
            return true;
    return false;
}

/* --- names -------------------------------------------------------------------------------- */

static unsigned scope_kinds(const struct scope_value *value)
{
    if (value->computed != SIZE_MAX)
        return EXPR_NULL | EXPR_BOOL | EXPR_INT | EXPR_FLOAT | EXPR_STRING;
    if (!value->sets)
        return 0;
    return value->value.kind;
}

static bool scope_add_axis(struct scope *scope, struct scope_name *name, size_t index)
{
    const struct assignment *axis = &scope->plan->spec.axes.items[index];
    struct scope_axis *axes = realloc(name->axes, (name->n_axes + 1) * sizeof *axes);
    if (axes == NULL)
        return false;
    name->axes = axes;
    struct scope_value *choices = calloc(axis->n_choices + 1, sizeof *choices);
    if (choices == NULL)
        return false;
    struct scope_axis *new = &axes[name->n_axes++];
    *new = (struct scope_axis){index, choices, axis->n_choices, 0};
    /* Its values are drawn later, or there is a finding about it. */
    if (axis->n_choices == 0 || (axis->n_choices == 1 && axis->unset == 0))
        new->kinds = EXPR_ANY;
    for (size_t c = 0; c < axis->n_choices; c++) {
        choices[c] = scope_choice_value(scope, &axis->choices[c], name->path);
        new->kinds |= scope_kinds(&choices[c]);
    }
    return true;
}

/* The path that the value at a path refers to as a whole, "${other.path}", or else the path. */
static void scope_follow(const struct scope *scope, char path[PATH_MAX_BYTES])
{
    for (int hop = 0; hop < SCOPE_MAX_HOPS; hop++) {
        const char *text = json_string_value(path_get(scope->plan->doc->tree, path));
        size_t length = text != NULL ? strlen(text) : 0;
        if (length < 4 || strncmp(text, "${", 2) != 0 || text[length - 1] != '}' ||
            strcspn(text + 2, "}{:$.") == 0 || strcspn(text + 2, "}{:$") != length - 3)
            return;
        snprintf(path, PATH_MAX_BYTES, "%.*s", (int)(length - 3), text + 2);
    }
}

static bool scope_grow(struct scope *scope)
{
    struct scope_name *names =
        array_grow(scope->names, scope->count, &scope->capacity, sizeof *names);
    if (names == NULL)
        return false;
    scope->names = names;
    return true;
}

/* The index of the path's name, which is added if it is new; SIZE_MAX without memory. */
static size_t scope_find(struct scope *scope, const char *path)
{
    for (size_t i = 0; i < scope->count; i++)
        if (strcmp(scope->names[i].path, path) == 0)
            return i;
    char *copy = strdup(path);
    if (copy == NULL || !scope_grow(scope)) {
        free(copy);
        scope->oom = true;
        return SIZE_MAX;
    }
    const json_t *base = path_get(scope->plan->doc->tree, path);
    struct scope_name *name = &scope->names[scope->count++];
    *name = (struct scope_name){.path = copy, .base = scope_value_of(scope, base)};
    for (size_t i = 0; i < scope->plan->spec.axes.count; i++)
        if (scope_is_set_by(&scope->plan->spec.axes.items[i], path) &&
            !scope_add_axis(scope, name, i)) {
            scope->oom = true;
            return SIZE_MAX;
        }
    return scope->count - 1;
}

/* The kinds of values that a name can have in an expression that is being compiled. */
static unsigned scope_name_kinds(const struct scope *scope, const struct scope_name *name)
{
    unsigned kinds = scope_kinds(&name->base);
    for (size_t i = 0; i < name->n_axes; i++)
        if (scope->visible == NULL || scope->visible[name->axes[i].axis])
            kinds |= name->axes[i].kinds;
    return kinds;
}

static void scope_suggest(struct scope *scope, const char *name)
{
    const struct spec *spec = &scope->plan->spec;
    struct suggestion suggestion = {.word = name};
    for (size_t i = 0; i < spec->axes.count; i++)
        suggestion_offer(&suggestion, spec->axes.items[i].key);
    for (size_t i = 0; i < spec->profile->n_parameters; i++)
        suggestion_offer(&suggestion, spec->profile->parameters[i].name);
    snprintf(scope->hint, sizeof scope->hint,
        "names are parameters (lr), their fields (lora.rank) and config paths");
    if (suggestion.best != NULL)
        snprintf(scope->hint, sizeof scope->hint, "did you mean \"%s\"?", suggestion.best);
}

static bool scope_has_template(const struct scope *scope, const struct scope_name *name)
{
    const struct computed *items = scope->plan->computed.items;
    if (name->base.computed != SIZE_MAX && computed_is_template(&items[name->base.computed]))
        return true;
    for (size_t i = 0; i < name->n_axes; i++)
        for (size_t c = 0; c < name->axes[i].n_choices; c++) {
            size_t computed = name->axes[i].choices[c].computed;
            if (computed != SIZE_MAX && computed_is_template(&items[computed]))
                return true;
        }
    return false;
}

static bool scope_resolve(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    struct scope *scope = context;
    const struct sweep_plan *plan = scope->plan;
    char path[PATH_MAX_BYTES];
    snprintf(path, sizeof path, "%s", names_path_of(plan->spec.profile, plan->recipe, name));
    scope_follow(scope, path);
    *hint = scope->hint;
    scope_suggest(scope, name);
    size_t index = scope_find(scope, path);
    if (index == SIZE_MAX)
        return false;
    const struct scope_name *found = &scope->names[index];
    if (found->base.value.kind == EXPR_ABSENT && found->n_axes == 0)
        return false;
    if (scope_has_template(scope, found)) {
        snprintf(scope->hint, sizeof scope->hint,
            "it is a template, whose text an expression cannot use");
        return false;
    }
    *slot = index;
    *kinds = scope_name_kinds(scope, found);
    return true;
}

/* --- computed values ---------------------------------------------------------------------- */

static bool scope_has_circle(struct scope *scope, size_t computed, struct strbuf *chain);

/* True if one of the values of a name is computed, at last, from a value that is being visited. */
static bool scope_name_has_circle(
    struct scope *scope, const struct scope_name *name, struct strbuf *chain)
{
    if (name->base.computed != SIZE_MAX && scope_has_circle(scope, name->base.computed, chain))
        return true;
    for (size_t a = 0; a < name->n_axes; a++)
        for (size_t c = 0; c < name->axes[a].n_choices; c++) {
            size_t computed = name->axes[a].choices[c].computed;
            if (computed != SIZE_MAX && scope_has_circle(scope, computed, chain))
                return true;
        }
    return false;
}

/* True if the value is computed from itself; `chain` gets what is on the way, last first. */
static bool scope_has_circle(struct scope *scope, size_t computed, struct strbuf *chain)
{
    enum scope_visit *visit = &scope->visits[computed];
    if (*visit == SCOPE_DONE || scope->computed[computed] == NULL)
        return false;
    if (*visit == SCOPE_VISITING)
        return true;
    *visit = SCOPE_VISITING;
    size_t n;
    const size_t *slots = expr_slots(scope->computed[computed], &n);
    for (size_t i = 0; i < n; i++)
        if (scope_name_has_circle(scope, &scope->names[slots[i]], chain)) {
            if (chain->length < 200)
                strbuf_printf(chain, "%s \"%s\"", chain->length > 0 ? "," : "",
                    scope->plan->computed.items[computed].path);
            return true;
        }
    *visit = SCOPE_DONE;
    return false;
}

static struct scope_source scope_computed_source(const struct computed *item)
{
    return (struct scope_source){item->text, item->path, item->place, true, 2};
}

static enum sweep_code scope_check_circles(struct scope *scope, struct sweep_findings *findings)
{
    struct strbuf chain = {0};
    enum sweep_code code = SWEEP_OK;
    for (size_t i = 0; i < scope->n_computed && code == SWEEP_OK; i++) {
        const struct computed *item = &scope->plan->computed.items[i];
        if (scope_has_circle(scope, i, &chain))
            code = FINDING_ERROR(findings, "computed-circle", item->place, item->path,
                "write one of them as a value", "%s is computed from itself, through%s", item->path,
                strbuf_string(&chain));
    }
    strbuf_deinit(&chain);
    return code;
}

/* The last choices may have taken the place of others. */
static bool scope_update_axis(const struct scope *scope, struct scope_axis *one, const char *path)
{
    const struct assignment *axis = &scope->plan->spec.axes.items[one->axis];
    struct scope_value *choices = realloc(one->choices, (axis->n_choices + 1) * sizeof *choices);
    if (choices == NULL)
        return false;
    one->choices = choices;
    size_t first = one->n_choices;
    if (first >= axis->n_choices)
        first = axis->n_choices - 1;
    for (size_t c = first; c < axis->n_choices; c++)
        choices[c] = scope_choice_value(scope, &axis->choices[c], path);
    one->n_choices = axis->n_choices;
    return true;
}

bool scope_update(struct scope *scope, size_t axis)
{
    for (size_t i = 0; i < scope->count; i++)
        for (size_t a = 0; a < scope->names[i].n_axes; a++) {
            struct scope_axis *one = &scope->names[i].axes[a];
            if (one->axis == axis && !scope_update_axis(scope, one, scope->names[i].path))
                return false;
        }
    return true;
}

/* --- entry -------------------------------------------------------------------------------- */

enum sweep_code scope_init(
    struct scope *scope, const struct sweep_plan *plan, struct sweep_findings *findings)
{
    const struct computed_list *list = &plan->computed;
    *scope = (struct scope){.plan = plan};
    scope->computed = calloc(list->count + 1, sizeof *scope->computed);
    scope->visits = calloc(list->count + 1, sizeof *scope->visits);
    if (scope->computed == NULL || scope->visits == NULL)
        return SWEEP_NO_MEMORY;
    scope->n_computed = list->count;
    enum sweep_code result = SWEEP_OK;
    for (size_t i = 0; i < list->count; i++) {
        const struct scope_source source = scope_computed_source(&list->items[i]);
        if (computed_is_template(&list->items[i]))
            continue;
        enum sweep_code code = scope_compile(scope, &source, findings, &scope->computed[i]);
        if (code == SWEEP_NO_MEMORY)
            return code;
        if (code != SWEEP_OK)
            result = code;
    }
    if (result == SWEEP_OK)
        result = scope_check_circles(scope, findings);
    return result;
}

void scope_deinit(struct scope *scope)
{
    for (size_t i = 0; i < scope->count; i++) {
        struct scope_name *name = &scope->names[i];
        for (size_t a = 0; a < name->n_axes; a++)
            free(name->axes[a].choices);
        free(name->axes);
        free(name->path);
    }
    for (size_t i = 0; i < scope->n_computed; i++)
        expr_free(scope->computed[i]);
    free(scope->computed);
    free(scope->visits);
    free(scope->names);
    *scope = (struct scope){0};
}

enum sweep_code scope_report(struct sweep_findings *findings, const struct scope_source *source,
    const struct expr_error *error)
{
    struct sweep_place place = source->place;
    const char *hint = error->hint[0] != '\0' ? error->hint : NULL;
    /* Escapes would shift the columns. */
    if (source->is_written && place.line > 0 && strpbrk(source->text, "\"\\\n\t") == NULL) {
        place.column += source->quote + error->column - 1;
        place.length = error->length;
    }
    return FINDING_ERROR(findings, "bad-expression", place, source->where, hint, "%s: %s",
        source->where, error->message);
}

enum sweep_code scope_compile(struct scope *scope, const struct scope_source *source,
    struct sweep_findings *findings, struct expr **out)
{
    const struct expr_scope names = {scope, scope_resolve};
    struct expr_error error = {0};
    *out = expr_compile(source->text, strlen(source->text), &names, &error);
    if (scope->oom || (*out == NULL && error.column == 0))
        return SWEEP_NO_MEMORY;
    if (*out != NULL)
        return SWEEP_OK;
    return scope_report(findings, source, &error);
}

/* --- evaluating --------------------------------------------------------------------------- */

static const struct scope_value *scope_lookup(const struct scope_name *name, const size_t *choices)
{
    for (size_t i = 0; i < name->n_axes; i++) {
        const struct scope_axis *axis = &name->axes[i];
        size_t choice = choices[axis->axis];
        if (choice < axis->n_choices && axis->choices[choice].sets)
            return &axis->choices[choice];
    }
    return &name->base;
}

bool scope_run_init(struct scope_run *run, const struct scope *scope)
{
    *run = (struct scope_run){.scope = scope};
    run->values = calloc(scope->count + 1, sizeof *run->values);
    run->results = calloc(scope->n_computed + 1, sizeof *run->results);
    return run->values != NULL && run->results != NULL;
}

void scope_run_deinit(struct scope_run *run)
{
    free(run->values);
    free(run->results);
    *run = (struct scope_run){0};
}

void scope_run_set(struct scope_run *run, const size_t *choices)
{
    run->choices = choices;
    run->run++;
}

bool scope_run_eval(struct scope_run *run, const struct expr *expr, struct expr_value *out,
    struct expr_error *error)
{
    const struct scope_name *names = run->scope->names;
    size_t n;
    const size_t *slots = expr_slots(expr, &n);
    for (size_t i = 0; i < n; i++) {
        const struct scope_value *value = scope_lookup(&names[slots[i]], run->choices);
        struct expr_value result = value->value;
        if (value->computed != SIZE_MAX && !scope_run_compute(run, value->computed, &result, error))
            return false;
        run->values[slots[i]] = result;
    }
    return expr_eval(expr, run->values, out, error);
}

bool scope_run_compute(
    struct scope_run *run, size_t computed, struct expr_value *out, struct expr_error *error)
{
    struct scope_result *result = &run->results[computed];
    if (result->run != run->run) {
        if (!scope_run_eval(run, run->scope->computed[computed], &result->value, error))
            return false;
        if (result->value.kind == EXPR_FLOAT) {
            char text[40];
            snprintf(text, sizeof text, "%.15g", result->value.number);
            result->value.number = strtod(text, NULL);
        }
        result->run = run->run;
    }
    *out = result->value;
    return true;
}
