/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/canonical.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/config/params.h"
#include "lib/plan/scope.h"
#include "lib/findings/findings.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

/* --- the order ---------------------------------------------------------------------------- */

/* The max bytes of a computed string: templates that use each other could grow without limit. */
enum { VALUES_MAX_BYTES = 65536, VALUES_MAX_NUMBER = 32, VALUES_MAX_EXPRESSION = 1024 };

enum values_state { VALUES_NEW, VALUES_BUSY, VALUES_DONE };

/* A depth-first search along what templates use. */
struct values_order {
    const struct sweep_plan *plan;
    struct sweep_findings *findings;
    enum values_state *states; /* of each template */
    size_t *sizes;      /* upper bounds of their strings; at least the parts that they take */
    const char **paths; /* that led to the current template */
    size_t *templates;  /* what is at each of them */
    size_t depth;
};

static enum sweep_code values_visit(struct values_order *order, size_t index);

/* Reports that the string at the path uses itself, by those on the way. */
static enum sweep_code values_report_cycle(const struct values_order *order, size_t index)
{
    const struct computed *item = &order->plan->computed.items[index];
    CLEANUP_STRBUF struct strbuf cycle = {0};
    const char *last = order->paths[order->depth - 1];
    size_t first = 0;
    /* The template that the search began with is not on the way. */
    while (order->templates[first] != index)
        first++;
    first++;
    if (first == order->depth)
        first = 0;
    strbuf_puts(&cycle, last);
    for (size_t i = first; i < order->depth; i++)
        strbuf_printf(&cycle, " ► %s", order->paths[i]);
    if (cycle.oom)
        return SWEEP_NO_MEMORY;
    return FINDING_ERROR(order->findings, "bad-template", item->place, item->path,
        "one of them has to do without the other", "%s uses itself: %s", last, cycle.data);
}

/* Visits the template that a value is, if it is one, and adds to *size. */
static enum sweep_code values_visit_value(
    struct values_order *order, const struct part *part, const json_t *value, size_t *size)
{
    size_t index;
    size_t more = VALUES_MAX_NUMBER;
    if (json_is_string(value))
        more = json_string_length(value);
    if (json_is_string(value) &&
        computed_find(&order->plan->computed, json_string_value(value), &index) != NULL) {
        order->paths[order->depth] = part->path;
        order->templates[order->depth++] = index;
        enum sweep_code code = values_visit(order, index);
        order->depth--;
        if (code != SWEEP_OK)
            return code;
        more = order->sizes[index];
    }
    if (more > *size)
        *size = more;
    return SWEEP_OK;
}

/* Visits what a template uses, and adds up its max size. */
static enum sweep_code values_visit_parts(
    struct values_order *order, const struct template *template, size_t *size)
{
    const struct sweep_plan *plan = order->plan;
    *size = 1;
    for (size_t i = 0; i < template->n_parts; i++) {
        const struct part *part = &template->parts[i];
        struct template_values values = {0};
        size_t longest = 1;
        if (part->kind == PART_LITERAL)
            longest = part->length;
        while (part->kind == PART_VALUE &&
               template_next_value(part, &plan->spec, plan->doc->tree, &values)) {
            enum sweep_code code = values_visit_value(order, part, values.value, &longest);
            if (code != SWEEP_OK)
                return code;
        }
        *size += longest + 1;
    }
    return SWEEP_OK;
}

static enum sweep_code values_visit(struct values_order *order, size_t index)
{
    const struct computed *item = &order->plan->computed.items[index];
    if (order->states[index] == VALUES_BUSY)
        return values_report_cycle(order, index);
    if (order->states[index] == VALUES_DONE)
        return SWEEP_OK;
    if (!computed_is_template(item)) {
        order->sizes[index] = VALUES_MAX_EXPRESSION;
        return SWEEP_OK;
    }
    order->states[index] = VALUES_BUSY;
    enum sweep_code code =
        values_visit_parts(order, &order->plan->values[index], &order->sizes[index]);
    order->states[index] = VALUES_DONE;
    if (code == SWEEP_OK && order->sizes[index] > VALUES_MAX_BYTES) {
        order->sizes[index] = 0; /* one finding is enough */
        code = FINDING_ERROR(order->findings, "bad-template", item->place, item->path, NULL,
            "%s can become longer than %d bytes", item->path, VALUES_MAX_BYTES);
    }
    return code;
}

/* True if the template, or one that it uses, has the run's own directory in it. */
static bool values_reach_output(const struct sweep_plan *plan, const struct template *template)
{
    if (template->has_output)
        return true;
    for (size_t i = 0; i < template->n_parts; i++) {
        const struct part *part = &template->parts[i];
        struct template_values values = {0};
        size_t index;
        while (part->kind == PART_VALUE &&
               template_next_value(part, &plan->spec, plan->doc->tree, &values))
            if (json_is_string(values.value) &&
                computed_find(&plan->computed, json_string_value(values.value), &index) != NULL &&
                values_reach_output(plan, &plan->values[index]))
                return true;
    }
    return false;
}

/* Refuses templates that use themselves, or that could become very long. */
static enum sweep_code values_check_order(
    const struct sweep_plan *plan, struct sweep_findings *findings)
{
    size_t n = plan->n_values + 1, ignored;
    CLEANUP_FREE enum values_state *states = calloc(n, sizeof *states);
    CLEANUP_FREE size_t *sizes = calloc(n, sizeof *sizes);
    CLEANUP_FREE const char **paths = calloc(n + 1, sizeof *paths);
    CLEANUP_FREE size_t *templates = calloc(n + 1, sizeof *templates);
    struct values_order order = {plan, findings, states, sizes, paths, templates, 0};
    enum sweep_code result = SWEEP_OK;
    if (states == NULL || sizes == NULL || paths == NULL || templates == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < plan->n_values && result == SWEEP_OK; i++)
        result = values_visit(&order, i);
    for (size_t i = 0; i < plan->n_templates && result == SWEEP_OK; i++) {
        const char *output = profile_output(&plan->trainer->profile);
        result = values_visit_parts(&order, &plan->templates[i], &ignored);
        if (result == SWEEP_OK && values_reach_output(plan, &plan->templates[i]))
            result = FINDING_ERROR(findings, "bad-template", plan->templates[i].place, output,
                "one of them has to do without the other", "%s uses a template that uses %s itself",
                output, output);
    }
    return result;
}

void values_free(struct sweep_plan *plan)
{
    for (size_t i = 0; i < plan->n_values; i++)
        template_deinit(&plan->values[i]);
    free(plan->values);
    plan->values = NULL;
    plan->n_values = 0;
}

enum sweep_code values_read(struct sweep_plan *plan, struct sweep_findings *findings)
{
    enum sweep_code result = SWEEP_OK;
    values_free(plan);
    plan->values = calloc(plan->computed.count + 1, sizeof *plan->values);
    if (plan->values == NULL)
        return SWEEP_NO_MEMORY;
    if (template_list_setters(&plan->spec, &plan->setters) != SWEEP_OK)
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
            .setters = &plan->setters,
            .computed = &plan->computed,
            .tree = plan->doc->tree,
            .recipe = plan->recipe,
            .is_then = item->is_then};
        enum sweep_code code = template_parse(&source, findings, &plan->values[plan->n_values++]);
        if (code != SWEEP_OK)
            result = code;
    }
    if (result == SWEEP_OK)
        result = values_check_order(plan, findings);
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
        if (part->token != NULL &&
            computed_find(&plan->computed, json_string_value(part->token), &index) != NULL)
            values_link_expression(plan, index, path, reads);
        else if (part->kind == PART_VALUE)
            axis_reads_link(reads, path, part->path);
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

static void values_write_json(struct strbuf *out, const json_t *value, bool whole)
{
    (void)whole;
    canonical_write(out, value);
}

bool values_put_text(const struct run *run, size_t index, struct strbuf *out)
{
    const struct sweep_plan *plan = run->context;
    struct evaluation evaluation;
    CLEANUP_JSON json_t *value = NULL;
    if (values_begin(plan, run, &evaluation))
        value = values_get(&evaluation, run, index);
    scope_run_deinit(&evaluation.run);
    if (json_is_string(value))
        strbuf_append(out, json_string_value(value), json_string_length(value));
    else if (value != NULL)
        value_write(out, value, SCALAR_IN_BLOCK);
    return value != NULL;
}

void values_put_json(
    const struct sweep_plan *plan, const struct run *run, size_t start, struct strbuf *text)
{
    values_put_each(plan, run, start, text, values_write_json);
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
