/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/config/params.h"
#include "lib/doc/scalar.h"
#include "lib/plan/labels.h"
#include "lib/plan/scope.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

/* --- replacing ---------------------------------------------------------------------------- */

/* Appends the text of a computed value. False if it cannot be computed here. */
typedef bool labels_writer(void *context, size_t computed, struct strbuf *out);

struct labels {
    const struct computed_list *computed;
    labels_writer *write;
    void *context;
    struct strbuf text; /* the label so far */
};

/* Replaces the spec's text of a computed value in the label by the value. A label that is cut off
 * may not have it, and stays as it is. */
static void labels_replace(struct labels *labels, size_t computed)
{
    const char *text = labels->computed->items[computed].text;
    size_t length = strlen(text);
    CLEANUP_STRBUF struct strbuf value = {0}, label = {0};
    const char *start = strbuf_string(&labels->text), *at = start;
    while ((at = strchr(at, '=')) != NULL && strncmp(at + 1, text, length) != 0)
        at++;
    if (at == NULL || !labels->write(labels->context, computed, &value))
        return;
    strbuf_append(&label, start, (size_t)(at - start));
    strbuf_puts(&label, strbuf_string(&value));
    strbuf_puts(&label, at + 1 + length);
    if (value.oom || label.oom)
        labels->text.oom = true;
    const struct strbuf old = labels->text;
    labels->text = label;
    label = old;
}

static void labels_replace_in(struct labels *labels, const json_t *value)
{
    const char *key;
    json_t *member;
    size_t index;
    if (json_is_string(value) &&
        computed_find(labels->computed, json_string_value(value), &index) != NULL)
        labels_replace(labels, index);
    json_object_foreach ((json_t *)value, key, member)
        labels_replace_in(labels, member);
    json_array_foreach (value, index, member)
        labels_replace_in(labels, member);
}

static void labels_fill(struct labels *labels, const struct choice *choice)
{
    strbuf_puts(&labels->text, choice->label);
    for (size_t i = 0; i < choice->operations.count && !labels->text.oom; i++)
        labels_replace_in(labels, choice->operations.items[i].value);
}

/* --- of an axis --------------------------------------------------------------------------- */

struct labels_axis {
    const struct sweep_plan *plan;
    size_t axis;
    size_t *choices; /* of the axis; SIZE_MAX for all others */
    struct scope_run run;
};

static bool labels_follow_axis(const struct labels_axis *labels, size_t computed);

/* True if no other axis decides the value that a name has together with the axis's choice. */
static bool labels_name_follows_axis(
    const struct labels_axis *labels, const struct scope_name *name)
{
    const struct scope_value *value = &name->base;
    for (size_t i = 0; i < name->n_axes; i++) {
        if (name->axes[i].axis != labels->axis)
            return false;
        const struct scope_value *set = &name->axes[i].choices[labels->choices[labels->axis]];
        if (set->sets)
            value = set;
    }
    return value->computed == SIZE_MAX || labels_follow_axis(labels, value->computed);
}

static bool labels_follow_axis(const struct labels_axis *labels, size_t computed)
{
    const struct scope *scope = labels->plan->scope;
    size_t n;
    if (scope->computed[computed] == NULL)
        return false; /* a template */
    const size_t *slots = expr_slots(scope->computed[computed], &n);
    for (size_t i = 0; i < n; i++)
        if (!labels_name_follows_axis(labels, &scope->names[slots[i]]))
            return false;
    return true;
}

static bool labels_write_axis(void *context, size_t computed, struct strbuf *out)
{
    struct labels_axis *labels = context;
    struct expr_value value;
    /* First: a value that is computed from itself, in runs that filters drop, fails here. */
    if (!scope_run_compute(&labels->run, computed, &value, NULL) ||
        !labels_follow_axis(labels, computed))
        return false;
    CLEANUP_JSON json_t *json = expr_to_json(&value);
    const struct field *field = labels->plan->computed.items[computed].field;
    CLEANUP_JSON json_t *final = NULL;
    if (json != NULL && field != NULL)
        final = field_value(field, json);
    else
        final = json_incref(json);
    if (final == NULL)
        out->oom = true;
    else if (json_is_string(final))
        strbuf_puts(out, json_string_value(final));
    else
        value_write(out, final, SCALAR_IN_BLOCK);
    return true;
}

static enum sweep_code labels_compute_choice(struct labels_axis *axis, struct choice *choice)
{
    struct labels labels = {&axis->plan->computed, labels_write_axis, axis, {0}};
    scope_run_set(&axis->run, axis->choices);
    labels_fill(&labels, choice);
    char *label = strbuf_steal(&labels.text);
    if (label == NULL)
        return SWEEP_NO_MEMORY;
    free(choice->label);
    choice->label = label;
    return SWEEP_OK;
}

static enum sweep_code labels_compute_axis(struct labels_axis *labels, struct assignment *axis)
{
    for (size_t c = 0; c < axis->n_choices; c++) {
        if (strchr(axis->choices[c].label, '=') == NULL)
            continue;
        labels->choices[labels->axis] = c;
        if (labels_compute_choice(labels, &axis->choices[c]) != SWEEP_OK)
            return SWEEP_NO_MEMORY;
    }
    labels->choices[labels->axis] = SIZE_MAX;
    return SWEEP_OK;
}

enum sweep_code labels_compute(struct sweep_plan *plan)
{
    size_t n = plan->spec.axes.count;
    enum sweep_code code = SWEEP_OK;
    if (plan->computed.count == 0)
        return SWEEP_OK;
    CLEANUP_FREE size_t *choices = calloc(n + 1, sizeof *choices);
    struct labels_axis labels = {.plan = plan, .choices = choices};
    if (choices == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        choices[i] = SIZE_MAX;
    if (!scope_run_init(&labels.run, plan->scope))
        code = SWEEP_NO_MEMORY;
    for (size_t i = 0; i < n && code == SWEEP_OK; i++) {
        labels.axis = i;
        code = labels_compute_axis(&labels, &plan->spec.axes.items[i]);
    }
    scope_run_deinit(&labels.run);
    return code;
}

/* --- of a run ----------------------------------------------------------------------------- */

static bool labels_write_run(void *context, size_t computed, struct strbuf *out)
{
    const struct run *run = context;
    if (!values_put_text(run, computed, out))
        out->oom = true;
    return true;
}

void labels_put(const struct sweep_plan *plan, const struct run *run, const struct choice *choice,
    struct strbuf *out)
{
    struct labels labels = {&plan->computed, labels_write_run, (void *)run, {0}};
    labels_fill(&labels, choice);
    if (labels.text.oom)
        out->oom = true;
    else
        strbuf_puts(out, strbuf_string(&labels.text));
    strbuf_deinit(&labels.text);
}
