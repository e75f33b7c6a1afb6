/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/check/file_checks.h"
#include "lib/check/rule_message.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum { MAX_NAMED_COLUMNS = 12, MAX_PATH = 4096 };

/* --- existence ---------------------------------------------------------------------------- */

/* The path as seen from here; false if it is too long to exist, or relative and to be skipped. */
static bool file_check_full_path(const struct file_check *check, const char *file, char *full)
{
    int length;
    if (file[0] != '/' && check->options->directory == NULL)
        return false;
    if (file[0] == '/')
        length = snprintf(full, MAX_PATH, "%s", file);
    else
        length = snprintf(full, MAX_PATH, "%s/%s", check->options->directory, file);
    return length < MAX_PATH;
}

static bool file_check_exists(const struct file_check *check, const char *full)
{
    struct stat status;
    if (stat(full, &status) != 0)
        return errno == EACCES; /* it cannot be told */
    return check->rule->directory ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode);
}

/* --- texts of the profile ----------------------------------------------------------------- */

/* A text with its expressions replaced, or NULL if it is NULL or one of them is null. */
static char *file_check_fill(struct file_check *check, const char *text)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    if (text == NULL)
        return NULL;
    bool complete = rule_message_fill(check->names, check->it, text, &out);
    if (out.oom)
        check->oom = true;
    if (!complete)
        return NULL;
    return strbuf_steal(&out);
}

/* --- columns ------------------------------------------------------------------------------ */

static void file_check_put_quoted(struct strbuf *out, const char *text)
{
    strbuf_putc(out, '"');
    text_escape(out, text, strlen(text));
    strbuf_putc(out, '"');
}

static void file_check_name_columns(struct strbuf *out, const json_t *columns)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach ((json_t *)columns, key, value) {
        if (count == MAX_NAMED_COLUMNS) {
            strbuf_puts(out, ", …");
            return;
        }
        strbuf_puts(out, count > 0 ? ", " : "");
        file_check_put_quoted(out, key);
        count++;
    }
}

/* A column with a list of objects that have the name: these are the records. */
static const char *file_check_nested(const json_t *columns, const char *name)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)columns, key, value)
        if (json_object_get(json_array_get(value, 0), name) != NULL)
            return key;
    return NULL;
}

static void file_check_missing_column(
    const struct contents_file *file, const json_t *columns, const char *name, struct strbuf *out)
{
    const char *nested = file_check_nested(columns, name);
    strbuf_puts(out, " has no column ");
    file_check_put_quoted(out, name);
    strbuf_puts(out, ", only ");
    file_check_name_columns(out, columns);
    if (nested != NULL && file->data.field == NULL) {
        strbuf_puts(out, " (for the records inside it, set field: ");
        text_escape(out, nested, strlen(nested));
        strbuf_putc(out, ')');
    }
}

/* Checks what is in a column: a list of objects that have the keys. */
static void file_check_items(
    const struct file_column *column, const char *name, const json_t *value, struct strbuf *out)
{
    const json_t *first = json_array_get(value, 0);
    if (json_is_string(value)) {
        strbuf_puts(out, ": column ");
        file_check_put_quoted(out, name);
        strbuf_puts(out, " has a string, not a list of objects");
        return;
    }
    if (!json_is_object(first))
        return;
    for (const char *const *key = column->items; *key != NULL; key++) {
        if (json_object_get(first, *key) != NULL)
            continue;
        strbuf_puts(out, ": the items of column ");
        file_check_put_quoted(out, name);
        strbuf_printf(out, " have no \"%s\", only ", *key);
        file_check_name_columns(out, first);
        return;
    }
}

static void file_check_columns(struct file_check *check, const struct contents_file *file,
    const json_t *columns, struct strbuf *out)
{
    const struct file_contents *wanted = check->rule->contents;
    for (size_t i = 0; i < wanted->n_columns && out->length == 0; i++) {
        const struct file_column *column = &wanted->columns[i];
        CLEANUP_FREE char *name = file_check_fill(check, column->name);
        if (name == NULL)
            continue;
        const json_t *value = json_object_get(columns, name);
        if (value == NULL)
            file_check_missing_column(file, columns, name, out);
        else if (column->items != NULL)
            file_check_items(column, name, value, out);
    }
}

/* --- keys and numbers --------------------------------------------------------------------- */

/* The number of a name such as "hidden_size", "text_config.hidden_size" or "weight[0]". */
static const json_t *file_check_number(const json_t *facts, const char *name)
{
    const char *bracket = strrchr(name, '[');
    const json_t *value = json_object_get(facts, name);
    if (value != NULL)
        return value;
    if (bracket != NULL) {
        value = json_object_getn(facts, name, (size_t)(bracket - name));
        return json_array_get(value, strtoul(bracket + 1, NULL, 10));
    }
    const char *dot = strchr(name, '.');
    if (dot == NULL)
        return NULL;
    return json_object_get(json_object_getn(facts, name, (size_t)(dot - name)), dot + 1);
}

/* Numbers that are not positive mean that they are not stated. */
static void file_check_numbers(struct file_check *check, const json_t *facts, struct strbuf *out)
{
    const struct file_contents *wanted = check->rule->contents;
    for (size_t i = 0; i < wanted->n_numbers; i++) {
        const json_t *number = file_check_number(facts, wanted->numbers[i].name);
        CLEANUP_FREE char *text = file_check_fill(check, wanted->numbers[i].value);
        char *end = NULL;
        if (text == NULL || !json_is_number(number) || json_number_value(number) <= 0)
            continue;
        double value = strtod(text, &end);
        if (end == text || *end != '\0' || value == json_number_value(number))
            continue;
        strbuf_printf(out, "%s %s %.15g instead of %s", out->length > 0 ? "," : " has",
            wanted->numbers[i].name, json_number_value(number), text);
    }
}

static void file_check_keys(
    const struct file_check *check, const struct contents *contents, struct strbuf *out)
{
    const char *const *key = check->rule->contents->keys;
    for (; key != NULL && contents->whole && *key != NULL; key++)
        if (json_object_get(contents->facts, *key) == NULL) {
            strbuf_printf(out, " has no \"%s\"", *key);
            return;
        }
}

/* --- contents ----------------------------------------------------------------------------- */

static bool file_check_is_detailed(const struct file_contents *contents)
{
    return contents->n_columns > 0 || contents->n_numbers > 0 || contents->keys != NULL;
}

/* Appends how the contents are wrong. */
static void file_check_compare(struct file_check *check, const struct contents_file *file,
    const struct contents *contents, struct strbuf *out)
{
    if (!file_check_is_detailed(check->rule->contents)) {
        if (contents->wrong != NULL)
            strbuf_printf(out, " %s", contents->wrong);
        return;
    }
    if (contents->wrong != NULL || contents->facts == NULL)
        return;
    if (file->format == FORMAT_RECORDS)
        file_check_columns(check, file, contents->facts, out);
    file_check_numbers(check, contents->facts, out);
    file_check_keys(check, contents, out);
}

static void file_check_contents(struct file_check *check, const char *file, const char *full)
{
    const struct file_contents *wanted = check->rule->contents;
    CLEANUP_FREE char *loader = file_check_fill(check, wanted->loader);
    CLEANUP_FREE char *delimiter = file_check_fill(check, wanted->delimiter);
    CLEANUP_FREE char *field = file_check_fill(check, wanted->field);
    CLEANUP_STRBUF struct strbuf detail = {0}, wrong = {0};
    const struct contents_file source = {
        .path = full, .format = wanted->format, .data = {loader, delimiter, field}};
    const struct contents *contents = contents_read(check->cache, &source);
    if (contents == NULL) {
        check->oom = true;
        return;
    }
    if (contents->failure != 0) {
        if (!file_check_is_detailed(wanted))
            check->unreadable(check->context, file, contents->failure);
        return;
    }
    file_check_compare(check, &source, contents, &wrong);
    strbuf_printf(&detail, "%s%s", file, strbuf_string(&wrong));
    if (detail.oom || wrong.oom)
        check->oom = true;
    else if (wrong.length > 0)
        check->report(check->context, detail.data);
}

/* --- files -------------------------------------------------------------------------------- */

static void file_check_one(struct file_check *check, const char *file)
{
    char full[MAX_PATH];
    if (file[0] != '/' && check->options->directory == NULL)
        return;
    bool exists = file_check_full_path(check, file, full) && file_check_exists(check, full);
    if (check->rule->contents == NULL && !exists)
        check->report(check->context, file);
    if (check->rule->contents != NULL && exists)
        file_check_contents(check, file, full);
}

/* Checks every file of a list. `path` has a NUL byte where their names go. */
static void file_check_list(struct file_check *check, const struct strbuf *path, const json_t *list)
{
    size_t index, before = strlen(path->data);
    json_t *item;
    json_array_foreach (list, index, item) {
        CLEANUP_STRBUF struct strbuf file = {0};
        const char *name = json_string_value(resolved_value(check->names->config, item));
        if (name == NULL)
            continue;
        strbuf_puts(&file, path->data);
        strbuf_puts(&file, name);
        if (before < path->length)
            strbuf_puts(&file, path->data + before + 1);
        if (file.oom)
            check->oom = true;
        else
            file_check_one(check, file.data);
    }
}

/* True if the directory that another rule is about does not exist. */
static bool file_check_is_outside(struct file_check *check)
{
    char full[MAX_PATH];
    struct stat status;
    CLEANUP_FREE char *directory = file_check_fill(check, check->rule->within);
    if (directory == NULL || !file_check_full_path(check, directory, full))
        return false;
    return stat(full, &status) != 0 && errno != EACCES;
}

void file_check_apply(struct file_check *check)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    CLEANUP_JSON json_t *list = NULL;
    if (file_check_is_outside(check))
        return;
    bool complete = rule_message_fill_path(check->names, check->it, check->rule, &path, &list);
    if (path.oom)
        check->oom = true;
    if (!complete || path.length == 0)
        return;
    if (list != NULL)
        file_check_list(check, &path, list);
    else
        file_check_one(check, path.data);
}

void file_check_texts(
    const struct rule *rule, void (*visit)(void *context, const char *text), void *context)
{
    const struct file_contents *contents = rule->contents;
    if (rule->file != NULL)
        visit(context, rule->file);
    if (rule->within != NULL)
        visit(context, rule->within);
    if (contents == NULL)
        return;
    const char *const formats[] = {contents->loader, contents->delimiter, contents->field};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i] != NULL)
            visit(context, formats[i]);
    for (size_t i = 0; i < contents->n_columns; i++)
        visit(context, contents->columns[i].name);
    for (size_t i = 0; i < contents->n_numbers; i++)
        visit(context, contents->numbers[i].value);
}
