/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/check/data_columns.h"
#include "lib/check/json_head.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum { DATA_MAX_COLUMNS = 1000 };

/* The columns that were found so far. */
struct columns {
    json_t *all;
    bool too_many; /* not all of them are known */
    bool oom;
};

/* Adds a column, or replaces what is known of it. Takes over `summary`. */
static void columns_set(struct columns *columns, const char *name, json_t *summary)
{
    bool is_new = json_object_get(columns->all, name) == NULL;
    if (is_new && json_object_size(columns->all) >= DATA_MAX_COLUMNS) {
        columns->too_many = true;
        json_decref(summary);
    } else if (json_object_set_new_nocheck(columns->all, name, summary) != 0) /* any encoding */
        columns->oom = true;
}

/* --- JSON --------------------------------------------------------------------------------- */

/* What a column has: see data_columns_read(). A new reference; NULL when memory is exhausted. */
static json_t *columns_summary(const json_t *value)
{
    const char *key;
    json_t *one;
    if (json_is_string(value))
        return json_string("");
    if (!json_is_array(value))
        return json_null();
    CLEANUP_JSON json_t *list = json_array();
    if (json_is_object(json_array_get(value, 0)) && json_array_append_new(list, json_object()) != 0)
        return NULL;
    json_object_foreach (json_array_get(value, 0), key, one)
        if (json_object_set_new(json_array_get(list, 0), key, json_null()) != 0)
            return NULL;
    return json_incref(list);
}

/* A column that is null in one record has its type from another. */
static void columns_add_record(struct columns *columns, const json_t *record)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)record, key, value) {
        const json_t *known = json_object_get(columns->all, key);
        if (known == NULL || json_is_null(known))
            columns_set(columns, key, columns_summary(value));
    }
}

/* Reads the records of a list, or one after the other. False if these are not records. */
static bool columns_read_records(struct json_head *json, struct columns *columns)
{
    bool in_list = json_head_peek(json) == '[';
    if (in_list)
        json->at++;
    for (;;) {
        char next = json_head_peek(json);
        if (next == '\0' || next == ']')
            return true;
        CLEANUP_JSON json_t *record = json_head_value(json);
        if (record == NULL)
            return json->wrong.length == 0;
        if (json_is_object(record))
            columns_add_record(columns, record);
        else if (in_list && json_is_string(record)) /* as the only column */
            columns_set(columns, "text", json_string(""));
        else
            return false;
        if (in_list && json_head_peek(json) == ',')
            json->at++;
    }
}

/* Adds the column of a table {"column": [values]}. */
static bool columns_add_member(void *context, struct json_head *json, const char *key)
{
    CLEANUP_JSON json_t *values = json_head_value(json);
    if (!json_is_array(values))
        return false;
    columns_set(context, key, columns_summary(json_array_get(values, 0)));
    return true;
}

/* The search for the key that has the records. */
struct columns_field {
    const char *name;
    struct columns *columns;
    bool found, read;
};

static bool columns_find_field(void *context, struct json_head *json, const char *key)
{
    struct columns_field *field = context;
    if (strcmp(key, field->name) != 0) {
        CLEANUP_JSON json_t *skipped = json_head_value(json);
        return skipped != NULL;
    }
    field->found = true;
    if (json_head_peek(json) == '[')
        field->read = columns_read_records(json, field->columns);
    else
        field->read = json_head_object(json, columns_add_member, field->columns);
    return false;
}

static bool columns_read_field(
    struct json_head *json, const char *name, struct columns *columns, struct strbuf *wrong)
{
    struct columns_field field = {.name = name, .columns = columns};
    bool complete = json_head_object(json, columns_find_field, &field);
    if (!field.found && complete) {
        strbuf_puts(wrong, "has no \"");
        text_escape(wrong, name, strlen(name));
        strbuf_puts(wrong, "\", the field with the records");
    }
    return field.found && field.read;
}

static bool columns_read_json(const struct file_head *head, const struct data_format *format,
    struct columns *columns, struct strbuf *wrong)
{
    struct json_head json = json_head_begin(head);
    char first = json_head_peek(&json);
    bool read = false;
    if (first != '{' && first != '[') {
        strbuf_puts(wrong, "is not JSON: it ");
        file_head_quote(head, wrong);
        return false;
    }
    if (format->field == NULL)
        read = columns_read_records(&json, columns);
    else
        read = columns_read_field(&json, format->field, columns, wrong);
    if (json.wrong.length > 0)
        strbuf_printf(wrong, "has a mistake: %s", json.wrong.data);
    if (json.wrong.oom)
        columns->oom = true;
    strbuf_deinit(&json.wrong);
    return read;
}

/* --- CSV ---------------------------------------------------------------------------------- */

/* Reads a cell into `out`; *at is then at the delimiter or the end of the line. False if the cell
 * does not end in the text. */
static bool columns_read_cell(
    const struct file_head *head, char delimiter, size_t *at, struct strbuf *out)
{
    bool quoted = *at < head->length && head->data[*at] == '"';
    if (quoted)
        ++*at;
    while (*at < head->length) {
        char c = head->data[*at];
        if (quoted && c == '"') {
            ++*at;
            if (*at < head->length && head->data[*at] == '"')
                strbuf_putc(out, head->data[(*at)++]);
            else
                quoted = false;
            continue;
        }
        if (!quoted && (c == delimiter || c == '\n' || c == '\r'))
            return true;
        strbuf_putc(out, c);
        ++*at;
    }
    return head->whole && !quoted;
}

static bool columns_read_csv(
    const struct file_head *head, const struct data_format *format, struct columns *columns)
{
    char delimiter = ',';
    size_t at = 0;
    if (format->delimiter != NULL)
        delimiter = format->delimiter[0];
    if (format->delimiter != NULL && strlen(format->delimiter) != 1)
        return false; /* a regular expression */
    if (head->length >= 3 && memcmp(head->data, "\xEF\xBB\xBF", 3) == 0)
        at = 3;
    while (at < head->length && (head->data[at] == '\n' || head->data[at] == '\r'))
        at++;
    while (json_object_size(columns->all) < DATA_MAX_COLUMNS) {
        CLEANUP_STRBUF struct strbuf name = {0};
        if (!columns_read_cell(head, delimiter, &at, &name))
            return false;
        if (name.oom)
            columns->oom = true;
        else
            columns_set(columns, strbuf_string(&name), json_null());
        if (at == head->length || head->data[at] != delimiter)
            return true;
        at++;
    }
    return false;
}

/* --- files -------------------------------------------------------------------------------- */

static bool columns_is_utf16(const struct file_head *head)
{
    return head->length >= 2 &&
           (memcmp(head->data, "\xFF\xFE", 2) == 0 || memcmp(head->data, "\xFE\xFF", 2) == 0);
}

json_t *data_columns_read(
    const struct file_head *head, const struct data_format *format, struct strbuf *wrong)
{
    const char *other = file_head_other(head);
    bool read = false;
    if (other == NULL && columns_is_utf16(head))
        other = "is UTF-16, not UTF-8";
    if (other != NULL) {
        strbuf_puts(wrong, other);
        return NULL;
    }
    if (file_head_is_compressed(head) || format->loader == NULL)
        return NULL;
    CLEANUP_JSON json_t *all = json_object();
    struct columns columns = {.all = all, .oom = all == NULL};
    if (strcmp(format->loader, "json") == 0)
        read = columns_read_json(head, format, &columns, wrong);
    else if (strcmp(format->loader, "csv") == 0)
        read = columns_read_csv(head, format, &columns);
    else if (strcmp(format->loader, "text") == 0) {
        columns_set(&columns, "text", json_string(""));
        read = true;
    }
    if (columns.oom)
        wrong->oom = true;
    if (!read || columns.too_many || columns.oom || json_object_size(all) == 0)
        return NULL;
    return json_incref(all);
}
