/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
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

static void values_link_string(
    const struct sweep_plan *plan, const char *text, const char *path, struct axis_reads *reads)
{
    size_t index;
    const char *token = computed_find(&plan->computed, text, &index);
    if (token == NULL || index >= plan->n_values)
        return;
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

/* --- texts -------------------------------------------------------------------------------- */

/* Replaces every token from `start` on; write() appends what takes its place. `whole`: the token is
 * a whole field of a table. */
static void values_put_each(const struct sweep_plan *plan, const struct run *run, size_t start,
    struct strbuf *text, void (*write)(struct strbuf *out, const struct strbuf *value, bool whole))
{
    size_t index;
    if (plan->n_values == 0 || text->oom || text->data == NULL ||
        computed_find(&plan->computed, text->data + start, &index) == NULL)
        return;
    CLEANUP_STRBUF struct strbuf old = *text, value = {0};
    const char *from = old.data, *token;
    *text = (struct strbuf){0};
    strbuf_append(text, from, start);
    from += start;
    while ((token = computed_find(&plan->computed, from, &index)) != NULL) {
        strbuf_append(text, from, (size_t)(token - from));
        value.length = 0;
        template_fill(&plan->values[index], &plan->spec, run, &value);
        strbuf_append(&value, "", 0);
        if (value.oom) {
            text->oom = true;
            return;
        }
        from = token + COMPUTED_BYTES;
        bool whole = (token == old.data || token[-1] == ',') && (*from == ',' || *from == '\n');
        write(text, &value, whole);
    }
    strbuf_append(text, from, old.length - (size_t)(from - old.data));
}

static void values_write_scalar(struct strbuf *out, const struct strbuf *value, bool whole)
{
    (void)whole;
    string_write(out, value->data, value->length, SCALAR_IN_FLOW);
}

/* In a part of a field, which is quoted already, only quotes are doubled. */
static void values_write_field(struct strbuf *out, const struct strbuf *value, bool whole)
{
    bool quotes = whole && strpbrk(value->data, ",\"\r\n") != NULL;
    if (quotes)
        strbuf_putc(out, '"');
    for (const char *p = value->data; *p != '\0'; p++) {
        if (*p == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, *p);
    }
    if (quotes)
        strbuf_putc(out, '"');
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

/* --- values ------------------------------------------------------------------------------- */

/* The string of a run for a string value, or NULL if it is not computed. */
static json_t *values_string(
    const struct sweep_plan *plan, const struct run *run, const json_t *value, bool *oom)
{
    size_t index;
    CLEANUP_STRBUF struct strbuf text = {0};
    if (!json_is_string(value) ||
        computed_find(&plan->computed, json_string_value(value), &index) == NULL)
        return NULL;
    template_fill(&plan->values[index], &plan->spec, run, &text);
    json_t *string = NULL;
    if (!text.oom)
        string = json_string(strbuf_string(&text));
    if (string == NULL)
        *oom = true;
    return string;
}

static void values_replace_in(
    const struct sweep_plan *plan, const struct run *run, json_t *node, bool *oom)
{
    const char *key;
    json_t *value;
    size_t index;
    void *next;
    json_object_foreach_safe(node, next, key, value)
    {
        CLEANUP_JSON json_t *string = values_string(plan, run, value, oom);
        if (string == NULL)
            values_replace_in(plan, run, value, oom);
        else if (json_object_set(node, key, string) != 0)
            *oom = true;
    }
    json_array_foreach (node, index, value) {
        CLEANUP_JSON json_t *string = values_string(plan, run, value, oom);
        if (string == NULL)
            values_replace_in(plan, run, value, oom);
        else if (json_array_set(node, index, string) != 0)
            *oom = true;
    }
}

enum sweep_code values_replace(const struct sweep_plan *plan, const struct run *run, json_t *tree)
{
    bool oom = false;
    if (plan->n_values > 0)
        values_replace_in(plan, run, tree, &oom);
    return oom ? SWEEP_NO_MEMORY : SWEEP_OK;
}
