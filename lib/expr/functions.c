/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "lib/expr/compiled.h"
#include "lib/util/text.h"

/* --- numbers ------------------------------------------------------------------------------ */

static bool function_min(const struct function_call *call, struct expr_value *out)
{
    *out = call->arguments[0];
    for (size_t i = 1; i < call->count; i++)
        if (values_order(&call->arguments[i], out) < 0)
            *out = call->arguments[i];
    return true;
}

static bool function_max(const struct function_call *call, struct expr_value *out)
{
    *out = call->arguments[0];
    for (size_t i = 1; i < call->count; i++)
        if (values_order(&call->arguments[i], out) > 0)
            *out = call->arguments[i];
    return true;
}

static bool function_abs(const struct function_call *call, struct expr_value *out)
{
    const struct expr_value *x = &call->arguments[0];
    if (x->kind == EXPR_FLOAT)
        return arithmetic_float_result(fabs(x->number), out, call->error);
    if (x->integer < 0)
        return arithmetic_negate(x, out, call->error);
    *out = *x;
    return true;
}

/* Makes an integral float the result, as an int. */
static bool function_int_result(
    const struct function_call *call, double number, struct expr_value *out)
{
    if (!(number >= -0x1p63 && number < 0x1p63))
        return expr_error_set(call->error, NULL, "the result does not fit into 64 bits");
    *out = expr_make_int((int64_t)number);
    return true;
}

static bool function_floor(const struct function_call *call, struct expr_value *out)
{
    *out = call->arguments[0];
    return out->kind == EXPR_INT || function_int_result(call, floor(out->number), out);
}

static bool function_ceil(const struct function_call *call, struct expr_value *out)
{
    *out = call->arguments[0];
    return out->kind == EXPR_INT || function_int_result(call, ceil(out->number), out);
}

/* Half to even, as in Python. Not by rint(), which depends on the thread's rounding mode. */
static bool function_round(const struct function_call *call, struct expr_value *out)
{
    *out = call->arguments[0];
    if (out->kind == EXPR_INT)
        return true;
    double whole = floor(out->number), rest = out->number - whole;
    if (rest > 0.5 || (rest == 0.5 && fmod(whole, 2) != 0))
        whole += 1;
    return function_int_result(call, whole, out);
}

static bool function_log2(const struct function_call *call, struct expr_value *out)
{
    const struct expr_value *x = &call->arguments[0];
    double number = x->number;
    if (x->kind == EXPR_INT)
        number = (double)x->integer;
    if (number <= 0)
        return expr_error_set(call->error, NULL, "log2 of a number that is not positive");
    return arithmetic_float_result(log2(number), out, call->error);
}

/* --- strings ------------------------------------------------------------------------------ */

static bool function_startswith(const struct function_call *call, struct expr_value *out)
{
    const struct expr_value *text = &call->arguments[0], *part = &call->arguments[1];
    *out = expr_make_bool(
        part->length <= text->length && memcmp(text->text, part->text, part->length) == 0);
    return true;
}

static bool function_endswith(const struct function_call *call, struct expr_value *out)
{
    const struct expr_value *text = &call->arguments[0], *part = &call->arguments[1];
    *out = expr_make_bool(false);
    if (part->length <= text->length) {
        const char *end = text->text + (text->length - part->length);
        out->truth = memcmp(end, part->text, part->length) == 0;
    }
    return true;
}

static bool function_glob(const char *text, const char *end, const char *glob, const char *glob_end)
{
    const char *star = NULL, *resume = NULL;
    while (text < end) {
        if (glob < glob_end && *glob == '*') {
            star = ++glob;
            resume = text;
        } else if (glob < glob_end && *glob == '?') {
            glob++;
            text += utf8_next(text, (size_t)(end - text));
        } else if (glob < glob_end && *glob == *text) {
            glob++;
            text++;
        } else if (star != NULL) {
            glob = star;
            resume += utf8_next(resume, (size_t)(end - resume));
            text = resume;
        } else {
            return false;
        }
    }
    while (glob < glob_end && *glob == '*')
        glob++;
    return glob == glob_end;
}

static bool function_matches(const struct function_call *call, struct expr_value *out)
{
    const struct expr_value *text = &call->arguments[0], *glob = &call->arguments[1];
    *out = expr_make_bool(function_glob(
        text->text, text->text + text->length, glob->text, glob->text + glob->length));
    return true;
}

/* --- file paths --------------------------------------------------------------------------- */

enum { MAX_FILE_PATH = 4096 };

/* A file path without empty parts, `.` and `x/..`. */
struct function_path {
    bool absolute;
    size_t ups; /* the number of `..` it starts with */
    size_t length;
    char rest[MAX_FILE_PATH]; /* the other parts, each after a slash */
};

static void function_path_remove_part(struct function_path *path)
{
    while (path->length > 0 && path->rest[--path->length] != '/')
        ;
}

static void function_path_add_part(struct function_path *path, const char *part, size_t length)
{
    if (length == 0 || (length == 1 && *part == '.'))
        return;
    if (length == 2 && part[0] == '.' && part[1] == '.') {
        if (path->length > 0)
            function_path_remove_part(path);
        else if (!path->absolute) /* the parent of the root is the root */
            path->ups++;
        return;
    }
    path->rest[path->length++] = '/';
    memcpy(path->rest + path->length, part, length);
    path->length += length;
}

/* False if the path is longer than any path can be. */
static bool function_path_parse(const struct expr_value *text, struct function_path *path)
{
    const char *part = text->text, *end = text->text + text->length;
    path->absolute = text->length > 0 && *part == '/';
    path->ups = 0;
    path->length = 0;
    if (text->length >= MAX_FILE_PATH)
        return false;
    while (part < end) {
        const char *slash = memchr(part, '/', (size_t)(end - part));
        if (slash == NULL)
            slash = end;
        function_path_add_part(path, part, (size_t)(slash - part));
        part = slash + 1;
    }
    return true;
}

static bool function_path_is_inside(
    const struct function_path *path, const struct function_path *dir)
{
    if (path->absolute != dir->absolute)
        return false;
    if (dir->length == 0) /* the root, or only `..` */
        return path->ups <= dir->ups;
    if (path->ups != dir->ups || path->length < dir->length)
        return false;
    return memcmp(path->rest, dir->rest, dir->length) == 0 &&
           (path->length == dir->length || path->rest[dir->length] == '/');
}

static bool function_inside(const struct function_call *call, struct expr_value *out)
{
    struct function_path path, dir;
    *out = expr_make_null();
    if (function_path_parse(&call->arguments[0], &path) &&
        function_path_parse(&call->arguments[1], &dir))
        *out = expr_make_bool(function_path_is_inside(&path, &dir));
    return true;
}

/* --- lists and types ---------------------------------------------------------------------- */

static bool function_len(const struct function_call *call, struct expr_value *out)
{
    const struct expr_value *x = &call->arguments[0];
    size_t length;
    if (x->kind == EXPR_STRING)
        length = utf8_count(x->text, x->length);
    else if (x->kind == EXPR_LIST)
        length = json_array_size(x->json);
    else
        length = json_object_size(x->json);
    *out = expr_make_int((int64_t)length);
    return true;
}

static bool function_list_contains(const json_t *list, const struct expr_value *item)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct expr_value other = expr_from_json(json_array_get(list, i));
        if (values_equal(item, &other))
            return true;
    }
    return false;
}

/* Compares all pairs, because an evaluation must not allocate memory to sort the lists. */
static bool function_subset(const struct function_call *call, struct expr_value *out)
{
    enum { MAX_COMPARISONS = 1000000 };
    const json_t *some = call->arguments[0].json, *all = call->arguments[1].json;
    size_t comparisons;
    if (__builtin_mul_overflow(json_array_size(some), json_array_size(all), &comparisons) ||
        comparisons > MAX_COMPARISONS)
        return expr_error_set(call->error, NULL, "the lists are too long for subset");
    *out = expr_make_bool(true);
    for (size_t i = 0; out->truth && i < json_array_size(some); i++) {
        struct expr_value item = expr_from_json(json_array_get(some, i));
        out->truth = function_list_contains(all, &item);
    }
    return true;
}

static bool function_type(const struct function_call *call, struct expr_value *out)
{
    const char *name = "NoneType";
    if (!expr_is_null(&call->arguments[0]))
        name = expr_kind_name(call->arguments[0].kind);
    *out = (struct expr_value){.kind = EXPR_STRING, .text = name, .length = strlen(name)};
    return true;
}

/* --- table -------------------------------------------------------------------------------- */

#define STRINGS                                                                                    \
    {                                                                                              \
        EXPR_STRING, EXPR_STRING                                                                   \
    }
#define NUMBERS                                                                                    \
    {                                                                                              \
        KINDS_NUMBER, KINDS_NUMBER                                                                 \
    }
#define LISTS                                                                                      \
    {                                                                                              \
        EXPR_LIST, EXPR_LIST                                                                       \
    }
#define SIZED                                                                                      \
    {                                                                                              \
        EXPR_STRING | EXPR_LIST | EXPR_MAPPING                                                     \
    }

/* Frozen expressions contain indices of this table. */
static const struct function function_table[] = {
    {"min", "min(a, b, …)", 2, true, false, NUMBERS, 0, function_min},
    {"max", "max(a, b, …)", 2, true, false, NUMBERS, 0, function_max},
    {"abs", "abs(x)", 1, false, false, NUMBERS, 0, function_abs},
    {"floor", "floor(x)", 1, false, false, NUMBERS, EXPR_INT, function_floor},
    {"ceil", "ceil(x)", 1, false, false, NUMBERS, EXPR_INT, function_ceil},
    {"round", "round(x)", 1, false, false, NUMBERS, EXPR_INT, function_round},
    {"log2", "log2(x)", 1, false, false, NUMBERS, EXPR_FLOAT, function_log2},
    {"len", "len(x)", 1, false, false, SIZED, EXPR_INT, function_len},
    {"startswith", "startswith(text, part)", 2, false, false, STRINGS, EXPR_BOOL,
        function_startswith},
    {"endswith", "endswith(text, part)", 2, false, false, STRINGS, EXPR_BOOL, function_endswith},
    {"subset", "subset(list, list)", 2, false, false, LISTS, EXPR_BOOL, function_subset},
    {"inside", "inside(path, dir)", 2, false, false, STRINGS, EXPR_BOOL | EXPR_NULL,
        function_inside},
    {"type", "type(x)", 1, false, true, {EXPR_ANY}, EXPR_STRING, function_type},
    {"matches", "matches(text, glob)", 2, false, false, STRINGS, EXPR_BOOL, function_matches},
};

enum { N_FUNCTIONS = sizeof function_table / sizeof *function_table };

const struct function *function_find(const char *name, const char **near)
{
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        if (strcmp(function_table[i].name, name) == 0)
            return &function_table[i];
    struct suggestion suggestion = {.word = name};
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        suggestion_offer(&suggestion, function_table[i].name);
    *near = suggestion.best;
    return NULL;
}

size_t function_number(const struct function *function)
{
    return (size_t)(function - function_table);
}

const struct function *function_at(size_t number)
{
    return &function_table[number];
}

void function_list(struct strbuf *out)
{
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        strbuf_putc(out, ' ');
        strbuf_puts(out, function_table[i].name);
    }
}

unsigned function_takes(const struct function *function, size_t argument)
{
    size_t last = function->n_parameters - 1;
    return function->takes[argument < last ? argument : last];
}
