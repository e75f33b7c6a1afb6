/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: expr_eval < LINES
 *
 * Evaluates expressions, to be compared with other evaluators. A line is an expression, or
 * {"expr": TEXT, "values": {NAME: VALUE}, "exact": true}: with "exact", names are compiled with the
 * kind of their value, otherwise with any; other names are absent. Prints a line of JSON for each:
 * {"value"}, or {"stage", "column", "length", "error", "hint", "shown"}.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/expr/expr.h"
#include "lib/util/cleanup.h"

enum { MAX_SLOTS = 64 };

struct names {
    const json_t *values; /* mapping or NULL */
    bool exact;
    struct expr_value slots[MAX_SLOTS];
    char *known[MAX_SLOTS];
    size_t count;
};

static bool resolve(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    struct names *names = context;
    (void)hint;
    size_t i = 0;
    while (i < names->count && strcmp(names->known[i], name) != 0)
        i++;
    if (i == MAX_SLOTS)
        return false;
    if (i == names->count) {
        names->known[i] = strdup(name);
        names->slots[i] = expr_from_json(json_object_get(names->values, name));
        names->count++;
    }
    *slot = i;
    *kinds = EXPR_ANY;
    if (names->exact)
        *kinds = names->slots[i].kind;
    return true;
}

static json_t *failure(const char *text, const char *stage, const struct expr_error *error)
{
    CLEANUP_STRBUF struct strbuf shown = {0};
    expr_show_error(&shown, text, strlen(text), error);
    return json_pack("{s:s, s:i, s:i, s:s, s:s, s:s%}", "stage", stage, "column",
        (int)error->column, "length", (int)error->length, "error", error->message, "hint",
        error->hint, "shown", shown.data, shown.length);
}

static json_t *evaluate(const char *text, struct names *names)
{
    struct expr_error error;
    struct expr_value value;
    const struct expr_scope scope = {names, resolve};
    struct expr *expr = expr_compile(text, strlen(text), &scope, &error);
    if (expr == NULL)
        return failure(text, "compile", &error);
    json_t *result;
    if (expr_eval(expr, names->slots, &value, &error))
        result = json_pack("{s:o}", "value", expr_to_json(&value));
    else
        result = failure(text, "evaluation", &error);
    expr_free(expr);
    return result;
}

static bool one_line(const char *line)
{
    struct names names = {0};
    const char *text = line;
    CLEANUP_JSON json_t *input = NULL, *result = NULL;
    if (*line == '{')
        input = json_loads(line, 0, NULL);
    if (input != NULL)
        text = json_string_value(json_object_get(input, "expr"));
    names.values = json_object_get(input, "values");
    names.exact = json_is_true(json_object_get(input, "exact"));
    if (text != NULL)
        result = evaluate(text, &names);
    CLEANUP_FREE char *out = json_dumps(result, JSON_COMPACT | JSON_REAL_PRECISION(17));
    if (out != NULL)
        puts(out);
    for (size_t i = 0; i < names.count; i++)
        free(names.known[i]);
    return out != NULL;
}

int main(void)
{
    CLEANUP_FREE char *line = NULL;
    size_t capacity = 0;
    int status = 0;
    for (ssize_t n; (n = getline(&line, &capacity, stdin)) > 0;) {
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        if (!one_line(line))
            status = 1;
    }
    return status;
}
