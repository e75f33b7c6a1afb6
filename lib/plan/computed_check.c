/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/merge.h"
#include "lib/config/params.h"
#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/plan/computed_check.h"
#include "lib/plan/run_findings.h"
#include "lib/plan/runs.h"
#include "lib/plan/scope.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

struct computed_checker {
    const struct sweep_plan *plan;
    struct sweep_findings *findings;
    struct run_findings run_findings;
    struct axis_reads axis_reads;
    struct scope_run run;
    struct computed_item *items; /* of each computed value; owned */
    size_t *choices;
    bool has_circle; /* that is reported */
};

/* An expression. */
struct computed_item {
    struct axis_set axes; /* that it depends on */
    size_t axis;          /* of which some choices have it, see computed_find_axis() */
    bool is_checked;
    json_t *value; /* in its first run; owned */
    size_t n_runs; /* that were looked at */
    bool varies;   /* it has another value in another run */
    bool is_wrong;
};

/* True if the message begins with the key's last part: "alpha must be …" of "lora.alpha". */
static bool computed_names(const char *message, const char *key)
{
    const char *dot = strrchr(key, '.');
    const char *name = dot != NULL ? dot + 1 : key;
    return strncmp(message, name, strlen(name)) == 0;
}

/* The code of what is wrong with a result, and a message; or NULL. */
static const char *computed_check_value(const struct sweep_plan *plan, const struct computed *item,
    json_t *value, char *message, size_t size)
{
    if (item->field != NULL)
        return field_check(item->field, value, message, size);
    if (item->old == NULL || merge_allows(&plan->doc->dialect, item->old, value))
        return NULL;
    snprintf(message, size, "it is %s in the base; %s cannot take its place",
        value_type_name(item->old), value_type_name(value));
    return "type-change";
}

/* Reports a value that is computed from itself, once. */
static enum sweep_code computed_report_circle(
    struct computed_checker *c, const struct expr_error *error)
{
    const struct scope_source source = {0};
    if (!c->has_circle)
        scope_run_report(&c->run, c->findings, &source, error);
    c->has_circle = true;
    c->run.circle = SIZE_MAX;
    return findings_oom(c->findings) ? SWEEP_NO_MEMORY : SWEEP_INVALID;
}

/* Evaluates an expression for the current run. Of several mistakes the first is reported. */
static enum sweep_code computed_check_run(struct computed_checker *c, size_t index)
{
    const struct computed *item = &c->plan->computed.items[index];
    struct computed_item *checked = &c->items[index];
    struct expr_value value;
    struct expr_error error = {0};
    char message[256];
    const char *code = "bad-expression";
    if (!scope_run_compute(&c->run, index, &value, &error)) {
        checked->is_wrong = true;
        if (c->run.circle != SIZE_MAX)
            return computed_report_circle(c, &error);
        snprintf(message, sizeof message, "%s", error.message);
    } else {
        CLEANUP_JSON json_t *json = expr_to_json(&value);
        if (json == NULL)
            return SWEEP_NO_MEMORY;
        code = computed_check_value(c->plan, item, json, message, sizeof message);
        if (checked->value == NULL)
            checked->value = json_incref(json);
        else if (!json_equal(checked->value, json))
            checked->varies = true;
    }
    if (code == NULL)
        return SWEEP_OK;
    CLEANUP_STRBUF struct strbuf runs = {0};
    checked->is_wrong = true;
    if (checked->axes.count > 0)
        run_findings_put_runs(&c->run_findings, c->choices, &checked->axes, &runs);
    if (runs.oom)
        return SWEEP_NO_MEMORY;
    const char *hint = error.hint[0] != '\0' ? error.hint : NULL;
    if (computed_names(message, item->path))
        return FINDING_ERROR(c->findings, code, item->place, item->path, hint, "%s%s", message,
            strbuf_string(&runs));
    return FINDING_ERROR(c->findings, code, item->place, item->path, hint, "%s: %s%s", item->path,
        message, strbuf_string(&runs));
}

/* True if the value, or one in it, is the computed value `index`, or a template with it in
 * braces. */
static bool computed_is_in(const struct computed_list *list, const json_t *value, size_t index)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_string(value))
        return computed_find(list, json_string_value(value), &i) != NULL &&
               (i == index || computed_has_brace(&list->items[i], &list->items[index]));
    json_object_foreach ((json_t *)value, key, member)
        if (computed_is_in(list, member, index))
            return true;
    json_array_foreach (value, i, member)
        if (computed_is_in(list, member, index))
            return true;
    return false;
}

static bool computed_is_chosen(
    const struct computed_checker *c, const struct choice *choice, size_t index)
{
    for (size_t i = 0; i < choice->operations.count; i++)
        if (computed_is_in(&c->plan->computed, choice->operations.items[i].value, index))
            return true;
    return false;
}

/* The axis of which some choices, but not all, have the computed value; SIZE_MAX: none. */
static size_t computed_find_axis(const struct computed_checker *c, size_t index)
{
    const struct assignments *axes = &c->plan->spec.axes;
    for (size_t i = 0; i < axes->count; i++) {
        const struct assignment *axis = &axes->items[i];
        size_t n = 0;
        for (size_t k = 0; k < axis->n_choices; k++)
            if (computed_is_chosen(c, &axis->choices[k], index))
                n++;
        if (n > 0 && n < axis->n_choices)
            return i;
    }
    return SIZE_MAX;
}

/* True if the current run has the computed value. */
static bool computed_is_used(const struct computed_checker *c, size_t index)
{
    size_t axis = c->items[index].axis;
    if (axis == SIZE_MAX)
        return true;
    const struct choice *choices = c->plan->spec.axes.items[axis].choices;
    return computed_is_chosen(c, &choices[c->choices[axis]], index);
}

/* A value that could be written instead is said, since it reads values that differ. */
static void computed_note_constant(const struct computed_checker *c, size_t index)
{
    const struct computed *item = &c->plan->computed.items[index];
    CLEANUP_STRBUF struct strbuf text = {0};
    value_write(&text, c->items[index].value, SCALAR_IN_BLOCK);
    FINDING_NOTE(c->findings, "constant-value", item->place, item->path, NULL,
        "%s is %s in every run, although what it is computed from differs", item->path,
        strbuf_string(&text));
}

static bool computed_find_axes(struct computed_checker *c, size_t index)
{
    struct computed_item *item = &c->items[index];
    size_t n;
    const size_t *slots = expr_slots(c->plan->scope->computed[index], &n);
    if (!axis_set_init(&item->axes, c->plan->spec.axes.count))
        return false;
    for (size_t i = 0; i < n; i++)
        axis_reads_collect(&c->axis_reads, c->plan->scope->names[slots[i]].path, &item->axes);
    item->axis = computed_find_axis(c, index);
    if (item->axis != SIZE_MAX)
        axis_set_add(&item->axes, item->axis);
    return true;
}

/* Appends the expressions that depend on the same axes as the first one of the batch: a run is
 * looked at once for all of them, and so is each value that several of them are computed from. */
static size_t computed_collect(const struct computed_checker *c, size_t *batch)
{
    const struct computed_item *first = &c->items[batch[0]];
    size_t n = 1;
    for (size_t i = batch[0] + 1; i < c->plan->computed.count && first->axis == SIZE_MAX; i++)
        if (c->plan->scope->computed[i] != NULL && !c->items[i].is_checked &&
            c->items[i].axis == SIZE_MAX && axis_set_equal(&c->items[i].axes, &first->axes))
            batch[n++] = i;
    return n;
}

static enum sweep_code computed_check_batch(
    struct computed_checker *c, const size_t *batch, size_t n)
{
    struct combinations combinations;
    enum sweep_code code = combinations_find(c->plan, &c->items[batch[0]].axes, &combinations);
    for (size_t i = 0; i < combinations.count && code != SWEEP_NO_MEMORY; i++) {
        plan_choices(c->plan, combinations.items[i].first, c->choices);
        scope_run_set(&c->run, c->choices);
        for (size_t k = 0; k < n && code != SWEEP_NO_MEMORY; k++) {
            if (!computed_is_used(c, batch[k]))
                continue;
            c->items[batch[k]].n_runs++;
            enum sweep_code checked = computed_check_run(c, batch[k]);
            if (checked != SWEEP_OK)
                code = checked;
        }
    }
    combinations_deinit(&combinations);
    for (size_t k = 0; k < n; k++) {
        struct computed_item *item = &c->items[batch[k]];
        item->is_checked = true;
        if (code != SWEEP_NO_MEMORY && !item->is_wrong && item->n_runs > 1 && !item->varies)
            computed_note_constant(c, batch[k]);
    }
    return code;
}

static enum sweep_code computed_check_all(struct computed_checker *c)
{
    const struct sweep_plan *plan = c->plan;
    size_t n_items = plan->computed.count;
    enum sweep_code result = SWEEP_OK;
    CLEANUP_FREE size_t *batch = calloc(n_items + 1, sizeof *batch);
    if (batch == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < n_items; i++)
        if (plan->scope->computed[i] != NULL && !computed_find_axes(c, i))
            return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < n_items && result != SWEEP_NO_MEMORY; i++) {
        if (plan->scope->computed[i] == NULL || c->items[i].is_checked)
            continue;
        batch[0] = i;
        enum sweep_code code = computed_check_batch(c, batch, computed_collect(c, batch));
        if (code != SWEEP_OK)
            result = code;
    }
    return result;
}

enum sweep_code computed_check(const struct sweep_plan *plan, struct sweep_findings *findings)
{
    struct computed_checker c = {.plan = plan, .findings = findings};
    enum sweep_code result = SWEEP_NO_MEMORY;
    if (plan->computed.count == 0)
        return SWEEP_OK;
    c.choices = calloc(plan->spec.axes.count + 1, sizeof *c.choices);
    c.items = calloc(plan->computed.count, sizeof *c.items);
    axis_reads_init(&c.axis_reads, &plan->spec.axes, plan->doc->tree);
    values_link(plan, &c.axis_reads);
    if (c.choices != NULL && c.items != NULL && !c.axis_reads.oom &&
        run_findings_init(&c.run_findings, plan, findings) && scope_run_init(&c.run, plan->scope))
        result = computed_check_all(&c);
    for (size_t i = 0; i < plan->computed.count && c.items != NULL; i++) {
        json_decref(c.items[i].value);
        axis_set_deinit(&c.items[i].axes);
    }
    free(c.items);
    scope_run_deinit(&c.run);
    run_findings_deinit(&c.run_findings);
    axis_reads_deinit(&c.axis_reads);
    free(c.choices);
    return result;
}
