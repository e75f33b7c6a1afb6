/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/check/rule_message.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"

struct rule_message {
    struct rule_names *names;
    const struct check_subject *it;
    struct strbuf *out;
    json_t **list; /* where a list goes; NULL: into the text */
};

static void rule_message_put_value(struct strbuf *out, const struct expr_value *value)
{
    if (value->kind == EXPR_STRING) {
        strbuf_append(out, value->text, value->length);
        return;
    }
    CLEANUP_JSON json_t *json = expr_to_json(value);
    if (json != NULL)
        value_write(out, json, SCALAR_IN_FLOW);
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
    if (valid && message->list != NULL && value.kind == EXPR_LIST) {
        json_decref(*message->list);
        *message->list = json_incref((json_t *)value.json);
        strbuf_putc(message->out, '\0');
    } else if (valid)
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
    return rule_message_put(&(struct rule_message){names, it, out, NULL}, text);
}

bool rule_message_fill_path(struct rule_names *names, const struct check_subject *it,
    const char *text, struct strbuf *out, json_t **list)
{
    *list = NULL;
    return rule_message_put(&(struct rule_message){names, it, out, list}, text);
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
