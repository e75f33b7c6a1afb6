/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/number.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/spec/filter.h"
#include "lib/util/cleanup.h"

void filters_deinit(struct filters *filters)
{
    for (size_t i = 0; i < filters->count; i++) {
        free(filters->items[i].text);
        expr_free(filters->items[i].compiled);
    }
    free(filters->items);
    *filters = (struct filters){0};
}

/* Takes the text over. */
static enum sweep_code filters_add(struct filters *filters, const struct filter *filter)
{
    struct filter *items = realloc(filters->items, (filters->count + 1) * sizeof *items);
    if (items == NULL || filter->text == NULL) {
        if (items != NULL)
            filters->items = items;
        free(filter->text);
        return SWEEP_NO_MEMORY;
    }
    filters->items = items;
    items[filters->count++] = *filter;
    return SWEEP_OK;
}

/* --- objects ------------------------------------------------------------------------------ */

struct filter_reading {
    const struct spec_context *context;
    struct strbuf text;
};

static bool filter_is_identifier(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_')
            return false;
    return length > 0 && !isdigit((unsigned char)text[0]);
}

/* A name of the expression language. */
static void filter_put_name(struct strbuf *out, const char *path)
{
    const char *separator = "";
    while (true) {
        size_t length = strcspn(path, ".");
        const char *quote = filter_is_identifier(path, length) ? "" : "`";
        strbuf_printf(out, "%s%s%.*s%s", separator, quote, (int)length, path, quote);
        if (path[length] == '\0')
            return;
        path += length + 1;
        separator = ".";
    }
}

static void filter_put_string(struct strbuf *out, const char *text)
{
    strbuf_putc(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            strbuf_putc(out, '\\');
        if (*text == '\n')
            strbuf_puts(out, "\\n");
        else
            strbuf_putc(out, *text);
    }
    strbuf_putc(out, '"');
}

/* A literal of the expression language; false for lists and objects. */
static bool filter_put_literal(struct strbuf *out, const json_t *value)
{
    if (json_is_object(value) || json_is_array(value))
        return false;
    if (json_is_string(value)) {
        filter_put_string(out, json_string_value(value));
        return true;
    }
    if (json_is_real(value)) {
        number_write_repr(out, value);
        return true;
    }
    CLEANUP_FREE char *text = json_dumps(value, JSON_ENCODE_ANY);
    if (text == NULL)
        out->oom = true;
    else
        strbuf_puts(out, text);
    return true;
}

static enum sweep_code filter_refuse_value(const struct filter_reading *r,
    const struct json_place *place, const char *path, const json_t *value)
{
    return FINDING_ERROR(r->context->findings, "wrong-type", place->value, "exclude",
        "write {\"NAME\": [8, 16], \"lora\": {\"rank\": 64}}",
        "exclude takes a value or a list of values for \"%.100s\", got %s", path,
        value_type_name(value));
}

static enum sweep_code filter_put_member(struct filter_reading *r, const char *path,
    const json_t *value, const struct json_place *place);

/* A condition for each member, joined by "and". */
static enum sweep_code filter_put_object(struct filter_reading *r, const char *path,
    const json_t *object, const struct json_place *place)
{
    enum sweep_code result = SWEEP_OK;
    for (const struct json_place *member = place->first; member != NULL; member = member->next) {
        char inner[PATH_MAX_BYTES] = "";
        size_t length = strlen(path);
        if (json_place_is_comment(member))
            continue;
        if (length < sizeof inner)
            memcpy(inner, path, length + 1);
        if (length >= sizeof inner || path_append(inner, length, member->name) == 0)
            return filter_refuse_value(r, member, member->name, object);
        enum sweep_code code =
            filter_put_member(r, inner, json_object_get(object, member->name), member);
        if (code != SWEEP_OK)
            result = code;
    }
    return result;
}

static enum sweep_code filter_put_member(
    struct filter_reading *r, const char *path, const json_t *value, const struct json_place *place)
{
    struct strbuf *out = &r->text;
    if (json_is_object(value))
        return filter_put_object(r, path, value, place);
    if (out->length > 0)
        strbuf_puts(out, " and ");
    filter_put_name(out, path);
    if (!json_is_array(value)) {
        strbuf_puts(out, " == ");
        filter_put_literal(out, value);
        return SWEEP_OK;
    }
    strbuf_puts(out, " in [");
    size_t index;
    const json_t *item;
    const char *separator = "";
    json_array_foreach (value, index, item) {
        strbuf_puts(out, separator);
        if (!filter_put_literal(out, item))
            return filter_refuse_value(r, place, path, item);
        separator = ", ";
    }
    strbuf_putc(out, ']');
    return SWEEP_OK;
}

static enum sweep_code filters_read_object(
    const struct spec_context *context, const struct placed_value *at, struct filters *out)
{
    struct filter_reading r = {.context = context};
    enum sweep_code code = filter_put_object(&r, "", at->value, at->place);
    if (code == SWEEP_OK && r.text.oom)
        code = SWEEP_NO_MEMORY;
    if (code == SWEEP_OK && r.text.length == 0)
        code = FINDING_ERROR(context->findings, "empty", at->place->value, "exclude", NULL,
            "exclude has an object without keys, which would match every run");
    struct filter filter = {strbuf_steal(&r.text), true, true, at->place->value, NULL, 0};
    if (code == SWEEP_OK)
        return filters_add(out, &filter);
    free(filter.text);
    return code;
}

/* --- lists -------------------------------------------------------------------------------- */

static enum sweep_code filters_read_one(const struct spec_context *context,
    const struct placed_value *at, bool excludes, struct filters *out)
{
    if (excludes && json_is_object(at->value))
        return filters_read_object(context, at, out);
    const char *name = excludes ? "exclude" : "where";
    if (!json_is_string(at->value))
        return FINDING_ERROR(context->findings, "wrong-type", at->place->value, name,
            "write \"lora.rank < 64\"", "%s must be an expression, got %s", name,
            value_type_name(at->value));
    struct filter filter = {
        strdup(json_string_value(at->value)), excludes, false, at->place->value, NULL, 0};
    return filters_add(out, &filter);
}

static enum sweep_code filters_read(const struct spec_context *context,
    const struct placed_value *at, bool excludes, struct filters *out)
{
    if (!json_is_array(at->value))
        return filters_read_one(context, at, excludes, out);
    enum sweep_code result = SWEEP_OK;
    const struct json_place *place = at->place->first;
    for (size_t i = 0; place != NULL; i++) {
        const struct placed_value one = {json_array_get(at->value, i), place};
        enum sweep_code code = filters_read_one(context, &one, excludes, out);
        if (code != SWEEP_OK)
            result = code;
        place = place->next;
    }
    return result;
}

enum sweep_code filters_read_where(
    const struct spec_context *context, const struct placed_value *at, struct filters *out)
{
    return filters_read(context, at, false, out);
}

enum sweep_code filters_read_exclude(
    const struct spec_context *context, const struct placed_value *at, struct filters *out)
{
    return filters_read(context, at, true, out);
}
