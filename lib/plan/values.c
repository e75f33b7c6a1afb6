/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/config/params.h"
#include "lib/plan/scope.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

enum sweep_code values_read(struct sweep_plan *plan, struct sweep_findings *findings)
{
    enum sweep_code result = SWEEP_OK;
    plan->values = calloc(plan->computed.count + 1, sizeof *plan->values);
    if (plan->values == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < plan->computed.count; i++) {
        const struct computed *item = &plan->computed.items[i];
        if (!computed_is_template(item)) {
            plan->n_values++; /* plan->scope has its expression */
            continue;
        }
        const struct template_source source = {.text = item->text,
            .path = item->path,
            .place = item->place,
            .spec = &plan->spec,
            .computed = &plan->computed,
            .tree = plan->doc->tree,
            .recipe = plan->recipe};
        enum sweep_code code = template_parse(&source, findings, &plan->values[plan->n_values++]);
        if (code != SWEEP_OK)
            result = code;
    }
    return result;
}

/* --- dependencies ------------------------------------------------------------------------- */

static void values_link_expression(
    const struct sweep_plan *plan, size_t index, const char *path, struct axis_reads *reads)
{
    size_t n;
    const size_t *slots = expr_slots(plan->scope->computed[index], &n);
    for (size_t i = 0; i < n; i++)
        axis_reads_link(reads, path, plan->scope->names[slots[i]].path);
}

static void values_link_string(
    const struct sweep_plan *plan, const char *text, const char *path, struct axis_reads *reads)
{
    size_t index;
    const char *token = computed_find(&plan->computed, text, &index);
    if (token == NULL || index >= plan->n_values)
        return;
    if (plan->scope->computed[index] != NULL) {
        values_link_expression(plan, index, path, reads);
        return;
    }
    const struct template *template = &plan->values[index];
    axis_reads_add_string(reads, path, plan->computed.items[index].text);
    for (size_t i = 0; i < template->n_parts; i++) {
        const struct part *part = &template->parts[i];
        bool has_axis = part->kind == PART_AXIS || part->kind == PART_VALUE;
        if (has_axis && part->axis != SIZE_MAX)
            axis_reads_link(reads, path, plan->spec.axes.items[part->axis].paths[0]);
    }
}

static void values_link_node(const struct sweep_plan *plan, const json_t *node, char *path,
    size_t length, struct axis_reads *reads)
{
    const char *key;
    json_t *value;
    size_t index, longer;
    if (json_is_string(node))
        values_link_string(plan, json_string_value(node), path, reads);
    json_object_foreach ((json_t *)node, key, value)
        if ((longer = path_append(path, length, key)) > 0)
            values_link_node(plan, value, path, longer, reads);
    json_array_foreach (node, index, value)
        if ((longer = path_append_index(path, length, index)) > 0)
            values_link_node(plan, value, path, longer, reads);
    path[length] = '\0';
}

void values_link(const struct sweep_plan *plan, struct axis_reads *reads)
{
    char path[PATH_MAX_BYTES] = "";
    if (plan->n_values == 0)
        return;
    values_link_node(plan, plan->doc->tree, path, 0, reads);
    for (size_t i = 0; i < plan->spec.axes.count; i++) {
        const struct assignment *axis = &plan->spec.axes.items[i];
        for (size_t c = 0; c < axis->n_choices; c++)
            for (size_t k = 0; k < axis->choices[c].operations.count; k++) {
                const struct operation *operation = &axis->choices[c].operations.items[k];
                path[0] = '\0';
                size_t length = path_append(path, 0, operation->path);
                values_link_node(plan, operation->value, path, length, reads);
            }
    }
}

/* --- expressions -------------------------------------------------------------------------- */

/* Evaluates expressions for one run. */
struct evaluation {
    const struct sweep_plan *plan;
    struct scope_run run;
};

static bool values_begin(
    const struct sweep_plan *plan, const struct run *run, struct evaluation *out)
{
    *out = (struct evaluation){.plan = plan};
    if (plan->scope == NULL || plan->scope->n_computed == 0)
        return true;
    if (!scope_run_init(&out->run, plan->scope)) {
        scope_run_deinit(&out->run);
        return false;
    }
    scope_run_set(&out->run, run->choices);
    return true;
}

/* The value of an expression; NULL without memory. Its evaluation was tried for all runs before. */
static json_t *values_compute(struct evaluation *evaluation, size_t index)
{
    const struct field *field = evaluation->plan->computed.items[index].field;
    struct expr_value value;
    if (!scope_run_compute(&evaluation->run, index, &value, NULL))
        return json_null();
    CLEANUP_JSON json_t *json = expr_to_json(&value);
    if (json == NULL || field == NULL)
        return json_incref(json);
    return field_value(field, json);
}

/* --- texts -------------------------------------------------------------------------------- */

/* How a value takes the place of a token. `whole`: the token is a whole field of a table. */
typedef void values_writer(struct strbuf *out, const json_t *value, bool whole);

/* The value of a token in a run; NULL without memory. */
static json_t *values_get(struct evaluation *evaluation, const struct run *run, size_t index)
{
    const struct sweep_plan *plan = evaluation->plan;
    CLEANUP_STRBUF struct strbuf text = {0};
    if (plan->scope->computed[index] != NULL)
        return values_compute(evaluation, index);
    template_fill(&plan->values[index], &plan->spec, run, &text);
    if (text.oom)
        return NULL;
    return json_stringn(strbuf_string(&text), text.length);
}

/* Replaces every token of `old` from `start` on. */
static bool values_put_tokens(struct evaluation *evaluation, const struct run *run,
    const struct strbuf *old, size_t start, values_writer *write, struct strbuf *out)
{
    const struct computed_list *computed = &evaluation->plan->computed;
    const char *from = old->data + start, *token;
    size_t index;
    strbuf_append(out, old->data, start);
    while ((token = computed_find(computed, from, &index)) != NULL) {
        CLEANUP_JSON json_t *value = values_get(evaluation, run, index);
        if (value == NULL)
            return false;
        strbuf_append(out, from, (size_t)(token - from));
        from = token + COMPUTED_BYTES;
        bool whole = (token == old->data || token[-1] == ',') && (*from == ',' || *from == '\n');
        write(out, value, whole);
    }
    strbuf_append(out, from, old->length - (size_t)(from - old->data));
    return !out->oom;
}

static void values_put_each(const struct sweep_plan *plan, const struct run *run, size_t start,
    struct strbuf *text, values_writer *write)
{
    size_t index;
    struct evaluation evaluation;
    if (plan->n_values == 0 || text->oom || text->data == NULL ||
        computed_find(&plan->computed, text->data + start, &index) == NULL)
        return;
    CLEANUP_STRBUF struct strbuf old = *text;
    *text = (struct strbuf){0};
    if (!values_begin(plan, run, &evaluation) ||
        !values_put_tokens(&evaluation, run, &old, start, write, text))
        text->oom = true;
    scope_run_deinit(&evaluation.run);
}

static void values_write_scalar(struct strbuf *out, const json_t *value, bool whole)
{
    (void)whole;
    value_write(out, value, SCALAR_IN_FLOW);
}

/* In a part of a field, which is quoted already, only quotes are doubled. */
static void values_write_field(struct strbuf *out, const json_t *value, bool whole)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (json_is_string(value))
        strbuf_append(&text, json_string_value(value), json_string_length(value));
    else
        value_write(&text, value, SCALAR_IN_FLOW);
    const char *p = strbuf_string(&text);
    bool quotes = whole && strpbrk(p, ",\"\r\n") != NULL;
    if (quotes)
        strbuf_putc(out, '"');
    for (; *p != '\0'; p++) {
        if (*p == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, *p);
    }
    if (quotes)
        strbuf_putc(out, '"');
    if (text.oom)
        out->oom = true;
}

void values_put(
    const struct sweep_plan *plan, const struct run *run, size_t start, struct strbuf *text)
{
    values_put_each(plan, run, start, text, values_write_scalar);
}

void values_put_csv(
    const struct sweep_plan *plan, const struct run *run, size_t start, struct strbuf *text)
{
    values_put_each(plan, run, start, text, values_write_field);
}

/* --- in a tree ---------------------------------------------------------------------------- */

/* The value of a run that takes the place of a token; NULL if it is not a token, or without memory,
 * which sets *oom. */
static json_t *values_replacement(
    struct evaluation *evaluation, const struct run *run, const json_t *value, bool *oom)
{
    size_t index;
    if (!json_is_string(value) ||
        computed_find(&evaluation->plan->computed, json_string_value(value), &index) == NULL)
        return NULL;
    json_t *replacement = values_get(evaluation, run, index);
    if (replacement == NULL)
        *oom = true;
    return replacement;
}

static void values_replace_in(
    struct evaluation *evaluation, const struct run *run, json_t *node, bool *oom)
{
    const char *key;
    json_t *value;
    size_t index;
    void *next;
    json_object_foreach_safe(node, next, key, value)
    {
        CLEANUP_JSON json_t *replacement = values_replacement(evaluation, run, value, oom);
        if (replacement == NULL)
            values_replace_in(evaluation, run, value, oom);
        else if (json_object_set(node, key, replacement) != 0)
            *oom = true;
    }
    json_array_foreach (node, index, value) {
        CLEANUP_JSON json_t *replacement = values_replacement(evaluation, run, value, oom);
        if (replacement == NULL)
            values_replace_in(evaluation, run, value, oom);
        else if (json_array_set(node, index, replacement) != 0)
            *oom = true;
    }
}

enum sweep_code values_replace(const struct sweep_plan *plan, const struct run *run, json_t *tree)
{
    struct evaluation evaluation;
    bool oom = false;
    if (plan->n_values == 0)
        return SWEEP_OK;
    if (!values_begin(plan, run, &evaluation))
        return SWEEP_NO_MEMORY;
    values_replace_in(&evaluation, run, tree, &oom);
    scope_run_deinit(&evaluation.run);
    return oom ? SWEEP_NO_MEMORY : SWEEP_OK;
}
