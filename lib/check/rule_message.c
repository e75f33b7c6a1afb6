/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/check/rule_message.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"

struct rule_message {
    struct rule_names *names;
    const struct check_subject *it;
    struct strbuf *out;
    json_t **list;               /* where a list goes; NULL: into the text */
    const char *const *numbered; /* keys of a mapping that stands for a list; or NULL */
};

static void rule_message_put_value(struct strbuf *out, const struct expr_value *value)
{
    if (value->kind == EXPR_STRING) {
        strbuf_append(out, value->text, value->length);
        return;
    }
    CLEANUP_JSON json_t *json = expr_to_json(value);
    if (json != NULL)
        diagnostic_put_value(out, json);
}

/* The names that a mapping stands for, as a new list: a format with two {}, for the number with
 * leading zeros and for the last number. NULL if it is not of that form, or memory is exhausted. */
static json_t *rule_message_numbered(const struct rule_message *message, const json_t *mapping)
{
    enum { MAX_FILES = 1000 };
    const struct resolved_config *config = message->names->config;
    const char *format =
        json_string_value(resolved_value(config, json_object_get(mapping, message->numbered[0])));
    const char *last =
        json_string_value(resolved_value(config, json_object_get(mapping, message->numbered[1])));
    if (format == NULL || last == NULL || last[strspn(last, "0123456789")] != '\0')
        return NULL;
    const char *first_mark = strstr(format, "{}");
    const char *second_mark = first_mark != NULL ? strstr(first_mark + 2, "{}") : NULL;
    long count = strtol(last, NULL, 10);
    if (second_mark == NULL || strpbrk(second_mark + 2, "{}") != NULL || count > MAX_FILES)
        return NULL;
    CLEANUP_JSON json_t *list = json_array();
    for (long i = 1; i <= count; i++) {
        CLEANUP_STRBUF struct strbuf name = {0};
        strbuf_append(&name, format, (size_t)(first_mark - format));
        strbuf_printf(&name, "%0*ld", (int)strlen(last), i);
        strbuf_append(&name, first_mark + 2, (size_t)(second_mark - first_mark) - 2);
        strbuf_printf(&name, "%s%s", last, second_mark + 2);
        if (name.oom || json_array_append_new(list, json_string(name.data)) != 0) {
            message->out->oom = true;
            return NULL;
        }
    }
    return json_incref(list);
}

/* Puts a value that stands for several where a list goes; false if it is a single one. */
static bool rule_message_put_list(
    const struct rule_message *message, const struct expr_value *value)
{
    json_t *list = NULL;
    if (message->list == NULL)
        return false;
    if (value->kind == EXPR_LIST)
        list = json_incref((json_t *)value->json);
    else if (value->kind == EXPR_MAPPING && message->numbered != NULL)
        list = rule_message_numbered(message, value->json);
    if (list == NULL)
        return false;
    json_decref(*message->list);
    *message->list = list;
    strbuf_putc(message->out, '\0');
    return true;
}

/* Appends the value of an expression; false if it is null or invalid. */
static bool rule_message_put_expression(
    const struct rule_message *message, const char *text, size_t length)
{
    struct expr_scope scope = {message->names, rule_names_resolve};
    struct expr_value value = {0};
    message->names->allow_it = message->it != NULL;
    struct expr *expr = expr_compile(text, length, &scope, NULL);
    if (expr == NULL)
        return false;
    rule_names_read(message->names, expr, message->it);
    bool valid = expr_eval(expr, message->names->values, &value, NULL);
    bool is_list = valid && rule_message_put_list(message, &value);
    /* No file is called like a mapping. */
    if (message->list != NULL && !is_list && value.kind == EXPR_MAPPING)
        valid = false;
    if (valid && !is_list)
        rule_message_put_value(message->out, &value);
    expr_free(expr);
    return valid && value.kind != EXPR_NULL && value.kind != EXPR_ABSENT;
}

static bool rule_message_put(const struct rule_message *message, const char *text)
{
    bool complete = true;
    while (*text != '\0') {
        size_t plain = strcspn(text, "{");
        strbuf_append(message->out, text, plain);
        text += plain;
        if (*text == '\0')
            break;
        text++;
        size_t length = strcspn(text, "}");
        if (!rule_message_put_expression(message, text, length))
            complete = false;
        text += length;
        if (*text == '}')
            text++;
    }
    return complete && !message->out->oom;
}

bool rule_message_fill(
    struct rule_names *names, const struct check_subject *it, const char *text, struct strbuf *out)
{
    return rule_message_put(&(struct rule_message){names, it, out, NULL, NULL}, text);
}

bool rule_message_fill_path(struct rule_names *names, const struct check_subject *it,
    const struct rule *rule, struct strbuf *out, json_t **list)
{
    const struct rule_message message = {names, it, out, list, rule->numbered};
    *list = NULL;
    return rule_message_put(&message, rule->file);
}

void rule_message_consequence(const struct rule *rule, struct strbuf *hint)
{
    if (hint->length > 0)
        strbuf_puts(hint, "; ");
    if (rule->phase == PHASE_SILENT) {
        strbuf_puts(hint, "the run would not fail");
        return;
    }
    strbuf_printf(hint, "the run would fail %s", phase_phrases[rule->phase]);
    if (rule->raises != NULL)
        strbuf_printf(hint, ": %.*s", (int)strcspn(rule->raises, ": "), rule->raises);
}
