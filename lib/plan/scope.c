/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/params.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/plan/id_strip.h"
#include "lib/plan/names.h"
#include "lib/plan/scope.h"
#include "lib/util/array.h"
#include "lib/util/cleanup.h"
#include "lib/util/index.h"
#include "lib/util/text.h"

enum { SCOPE_MAX_HOPS = 8, SCOPE_MAX_TEXT = 65536 };

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
    size_t known = index_find(scope->index, path, strlen(path));
    if (known != SIZE_MAX)
        return known;
    char *copy = strdup(path);
    if (copy == NULL || !scope_grow(scope) ||
        !index_add(&scope->index, path, strlen(path), scope->count)) {
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

static bool scope_depends_on_run(const struct scope *scope, size_t computed)
{
    return computed != SIZE_MAX && computed_is_template(&scope->plan->computed.items[computed]) &&
           id_strip_names_run(scope->plan, computed);
}

/* True if one of the values is a template whose text is known only when the runs are numbered. */
static bool scope_has_late_template(const struct scope *scope, const struct scope_name *name)
{
    if (scope_depends_on_run(scope, name->base.computed))
        return true;
    for (size_t i = 0; i < name->n_axes; i++)
        for (size_t c = 0; c < name->axes[i].n_choices; c++)
            if (scope_depends_on_run(scope, name->axes[i].choices[c].computed))
                return true;
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
    size_t index = scope_find(scope, path);
    if (index == SIZE_MAX)
        return false;
    const struct scope_name *found = &scope->names[index];
    if (found->base.value.kind == EXPR_ABSENT && found->n_axes == 0) {
        scope_suggest(scope, name);
        return false;
    }
    if (scope_has_late_template(scope, found)) {
        snprintf(scope->hint, sizeof scope->hint,
            "it is a template with {name}, {run}, {index} or {id}, which are not known yet");
        return false;
    }
    *slot = index;
    *kinds = scope_name_kinds(scope, found);
    return true;
}

/* --- drawn values ------------------------------------------------------------------------- */

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
    if (scope->computed == NULL)
        return SWEEP_NO_MEMORY;
    scope->n_computed = list->count;
    enum sweep_code result = SWEEP_OK;
    for (size_t i = 0; i < list->count; i++) {
        const struct computed *item = &list->items[i];
        const struct scope_source source = {item->text, item->path, item->place, true, 2};
        if (computed_is_template(&list->items[i]))
            continue;
        enum sweep_code code = scope_compile(scope, &source, findings, &scope->computed[i]);
        if (code == SWEEP_NO_MEMORY)
            return code;
        if (code != SWEEP_OK)
            result = code;
    }
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
    free(scope->names);
    json_decref(scope->index);
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
    *run = (struct scope_run){.scope = scope, .circle = SIZE_MAX};
    run->values = calloc(scope->count + 1, sizeof *run->values);
    run->results = calloc(scope->n_computed + 1, sizeof *run->results);
    run->busy = calloc(scope->n_computed + 1, sizeof *run->busy);
    return run->values != NULL && run->results != NULL && run->busy != NULL;
}

void scope_run_deinit(struct scope_run *run)
{
    for (size_t i = 0; run->results != NULL && i < run->scope->n_computed; i++)
        strbuf_deinit(&run->results[i].text);
    free(run->values);
    free(run->results);
    free(run->busy);
    *run = (struct scope_run){0};
}

void scope_run_set(struct scope_run *run, const size_t *choices)
{
    run->choices = choices;
    run->run++;
}

/* Says which value of an expression the error is about; its columns are of another text. */
static void scope_name_error(const struct scope_run *run, size_t computed, struct expr_error *error)
{
    CLEANUP_STRBUF struct strbuf message = {0};
    strbuf_printf(
        &message, "%s: %s", run->scope->plan->computed.items[computed].path, error->message);
    snprintf(error->message, sizeof error->message, "%s", strbuf_string(&message));
    error->column = error->length = 1;
}

/* Sets the values that an expression may read. One that cannot be computed fails only if it is
 * read; *failed is the first error then. False if a value is computed from itself. */
static bool scope_fill_slots(
    struct scope_run *run, const struct expr *expr, struct expr_error *failed)
{
    const struct scope_name *names = run->scope->names;
    size_t n;
    const size_t *slots = expr_slots(expr, &n);
    for (size_t i = 0; i < n; i++) {
        const struct scope_value *value = scope_lookup(&names[slots[i]], run->choices);
        struct expr_value result = value->value;
        struct expr_error error = {0};
        if (value->computed != SIZE_MAX &&
            !scope_run_compute(run, value->computed, &result, &error)) {
            if (run->circle != SIZE_MAX) {
                *failed = error;
                return false;
            }
            if (failed->message[0] == '\0') {
                scope_name_error(run, value->computed, &error);
                *failed = error;
            }
            result = (struct expr_value){.kind = EXPR_FAILED};
        }
        run->values[slots[i]] = result;
    }
    return true;
}

bool scope_run_eval(struct scope_run *run, const struct expr *expr, struct expr_value *out,
    struct expr_error *error)
{
    struct expr_error failed = {0}, own = {0};
    bool good = scope_fill_slots(run, expr, &failed);
    if (good) {
        good = expr_eval(expr, run->values, out, &own);
        if (!good && own.message[0] != '\0')
            failed = own;
    }
    if (!good && error != NULL)
        *error = failed;
    return good;
}

/* --- computed values ---------------------------------------------------------------------- */

/* Fails for a value that is being computed; the message has those that it is computed from. */
static bool scope_refuse_circle(struct scope_run *run, size_t computed, struct expr_error *error)
{
    const struct computed *items = run->scope->plan->computed.items;
    CLEANUP_STRBUF struct strbuf message = {0};
    size_t i = run->n_busy;
    while (run->busy[i - 1] != computed)
        i--;
    strbuf_printf(&message, "%s is computed from itself, through", items[computed].path);
    for (; i < run->n_busy && message.length < 150; i++)
        strbuf_printf(&message, " \"%s\",", items[run->busy[i]].path);
    strbuf_printf(&message, " \"%s\"", items[computed].path);
    run->circle = computed;
    if (error != NULL) {
        *error = (struct expr_error){.column = 1, .length = 1};
        snprintf(error->message, sizeof error->message, "%s", strbuf_string(&message));
    }
    return false;
}

/* Appends a computed value to the text of a template: put_computed() of a run. */
static bool scope_put_computed(const struct run *of, size_t computed, struct strbuf *out)
{
    struct scope_run *run = (struct scope_run *)of->context;
    const struct field *field = run->scope->plan->computed.items[computed].field;
    struct expr_value value;
    if (run->error.message[0] != '\0' || !scope_run_compute(run, computed, &value, &run->error))
        return false;
    CLEANUP_JSON json_t *json = expr_to_json(&value);
    CLEANUP_JSON json_t *final = NULL;
    if (json != NULL && field != NULL)
        final = field_value(field, json);
    else
        final = json_incref(json);
    if (json_is_string(final))
        strbuf_append(out, json_string_value(final), json_string_length(final));
    else if (final != NULL)
        value_write(out, final, SCALAR_IN_BLOCK);
    return final != NULL;
}

/* The text of a template. */
static bool scope_fill(struct scope_run *run, size_t computed, struct expr_error *error)
{
    const struct sweep_plan *plan = run->scope->plan;
    struct scope_result *result = &run->results[computed];
    const struct run filled = {.name = "",
        .choices = run->choices,
        .tree = plan->doc->tree,
        .id = "",
        .computed = &plan->computed,
        .put_computed = scope_put_computed,
        .context = run};
    strbuf_deinit(&result->text);
    run->error = (struct expr_error){0};
    template_fill(&plan->values[computed], &plan->spec, &filled, &result->text);
    if (result->text.oom && run->error.message[0] == '\0')
        snprintf(run->error.message, sizeof run->error.message, "out of memory");
    else if (result->text.length > SCOPE_MAX_TEXT)
        snprintf(run->error.message, sizeof run->error.message, "%s is longer than %d bytes",
            plan->computed.items[computed].path, SCOPE_MAX_TEXT);
    if (run->error.message[0] != '\0') {
        if (error != NULL)
            *error = run->error;
        return false;
    }
    result->value = (struct expr_value){
        .kind = EXPR_STRING, .text = strbuf_string(&result->text), .length = result->text.length};
    return true;
}

/* The value of an expression. */
static bool scope_evaluate(struct scope_run *run, size_t computed, struct expr_error *error)
{
    struct scope_result *result = &run->results[computed];
    if (!scope_run_eval(run, run->scope->computed[computed], &result->value, error))
        return false;
    if (result->value.kind == EXPR_FLOAT) {
        char text[40];
        snprintf(text, sizeof text, "%.15g", result->value.number);
        result->value.number = strtod(text, NULL);
    }
    return true;
}

bool scope_run_compute(
    struct scope_run *run, size_t computed, struct expr_value *out, struct expr_error *error)
{
    struct scope_result *result = &run->results[computed];
    if (result->is_busy)
        return scope_refuse_circle(run, computed, error);
    if (result->run != run->run) {
        bool good;
        result->is_busy = true;
        run->busy[run->n_busy++] = computed;
        if (run->scope->computed[computed] != NULL)
            good = scope_evaluate(run, computed, error);
        else
            good = scope_fill(run, computed, error);
        run->n_busy--;
        result->is_busy = false;
        if (!good)
            return false;
        result->run = run->run;
    }
    *out = result->value;
    return true;
}

enum sweep_code scope_run_report(struct scope_run *run, struct sweep_findings *findings,
    const struct scope_source *source, const struct expr_error *error)
{
    if (run->circle == SIZE_MAX)
        return scope_report(findings, source, error);
    const struct computed *item = &run->scope->plan->computed.items[run->circle];
    run->circle = SIZE_MAX;
    return FINDING_ERROR(findings, "computed-circle", item->place, item->path,
        "write one of them as a value", "%s", error->message);
}
