/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "lib/expr/compiled.h"
#include "lib/util/text.h"

/* --- numbers ------------------------------------------------------------------------------ */

static bool apply_min(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)error;
    *out = arguments[0];
    for (size_t i = 1; i < count; i++)
        if (values_order(&arguments[i], out) < 0)
            *out = arguments[i];
    return true;
}

static bool apply_max(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)error;
    *out = arguments[0];
    for (size_t i = 1; i < count; i++)
        if (values_order(&arguments[i], out) > 0)
            *out = arguments[i];
    return true;
}

static bool apply_abs(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)count;
    if (arguments->kind == EXPR_FLOAT)
        return finite_result(fabs(arguments->number), out, error);
    *out = *arguments;
    return arguments->integer >= 0 || arithmetic_negate(arguments, out, error);
}

/* A whole float as an int. */
static bool whole(double number, struct expr_value *out, struct expr_error *error)
{
    if (!(number >= -0x1p63 && number < 0x1p63))
        return expr_error_set(error, NULL, "the result does not fit into 64 bits");
    *out = make_int((int64_t)number);
    return true;
}

static bool apply_floor(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)count;
    *out = *arguments;
    return arguments->kind == EXPR_INT || whole(floor(arguments->number), out, error);
}

static bool apply_ceil(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)count;
    *out = *arguments;
    return arguments->kind == EXPR_INT || whole(ceil(arguments->number), out, error);
}

/* By hand, because rint() goes by the rounding mode of the thread. */
static bool apply_round(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)count;
    *out = *arguments;
    if (arguments->kind == EXPR_INT)
        return true;
    double below = floor(arguments->number), rest = arguments->number - below;
    bool up = rest > 0.5 || (rest == 0.5 && fmod(below, 2) != 0);
    return whole(up ? below + 1 : below, out, error);
}

static bool apply_log2(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)count;
    double number = arguments->kind == EXPR_INT ? (double)arguments->integer : arguments->number;
    if (number <= 0)
        return expr_error_set(error, NULL, "log2 of a number that is not above 0");
    return finite_result(log2(number), out, error);
}

/* --- texts -------------------------------------------------------------------------------- */

static bool apply_startswith(const struct expr_value *arguments, size_t count,
    struct expr_value *out, struct expr_error *error)
{
    (void)count, (void)error;
    const struct expr_value *text = &arguments[0], *part = &arguments[1];
    *out = make_bool(
        part->length <= text->length && memcmp(text->text, part->text, part->length) == 0);
    return true;
}

static bool apply_endswith(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)count, (void)error;
    const struct expr_value *text = &arguments[0], *part = &arguments[1];
    *out =
        make_bool(part->length <= text->length && memcmp(text->text + (text->length - part->length),
                                                      part->text, part->length) == 0);
    return true;
}

/* The bytes of the code point at the beginning of a text. */
static size_t first_size(const char *text, size_t length)
{
    uint32_t c;
    size_t n = utf8_decode(text, length, &c);
    return n == 0 ? 1 : n;
}

static bool matches_glob(const char *text, const char *end, const char *glob, const char *glob_end)
{
    const char *star = NULL, *resume = NULL;
    while (text < end) {
        if (glob < glob_end && *glob == '*') {
            star = ++glob;
            resume = text;
        } else if (glob < glob_end && *glob == '?') {
            glob++;
            text += first_size(text, (size_t)(end - text));
        } else if (glob < glob_end && *glob == *text) {
            glob++;
            text++;
        } else if (star != NULL) {
            glob = star;
            resume += first_size(resume, (size_t)(end - resume));
            text = resume;
        } else
            return false;
    }
    while (glob < glob_end && *glob == '*')
        glob++;
    return glob == glob_end;
}

static bool apply_matches(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)count, (void)error;
    const struct expr_value *text = &arguments[0], *glob = &arguments[1];
    *out = make_bool(
        matches_glob(text->text, text->text + text->length, glob->text, glob->text + glob->length));
    return true;
}

/* --- paths -------------------------------------------------------------------------------- */

enum { PATH_ROOM = 4096 };

/* A path without empty parts, `.` and `x/..`: whether it is absolute, how many `..` it begins with,
 * and the parts that follow, each behind a slash. */
struct place {
    bool absolute;
    size_t ups;
    size_t length;
    char rest[PATH_ROOM];
};

static void enter_part(struct place *place, const char *part, size_t length)
{
    if (length == 0 || (length == 1 && *part == '.'))
        return;
    if (length == 2 && part[0] == '.' && part[1] == '.') {
        if (place->length == 0)
            place->ups += !place->absolute; /* above the root is the root */
        while (place->length > 0 && place->rest[--place->length] != '/')
            ;
        return;
    }
    place->rest[place->length++] = '/';
    memcpy(place->rest + place->length, part, length);
    place->length += length;
}

static bool find_place(const struct expr_value *path, struct place *place)
{
    place->absolute = path->length > 0 && path->text[0] == '/';
    place->ups = place->length = 0;
    if (path->length >= PATH_ROOM)
        return false;
    for (size_t at = 0; at < path->length;) {
        const char *part = path->text + at, *slash = memchr(part, '/', path->length - at);
        size_t length = slash != NULL ? (size_t)(slash - part) : path->length - at;
        enter_part(place, part, length);
        at += length + 1;
    }
    return true;
}

static bool apply_inside(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)count, (void)error;
    struct place path, dir;
    *out = make_null();
    if (!find_place(&arguments[0], &path) || !find_place(&arguments[1], &dir))
        return true; /* longer than any path can be */
    bool below = false;
    if (path.absolute == dir.absolute) {
        if (dir.length == 0) /* the root, or only `..`: what goes up no further is below it */
            below = path.ups <= dir.ups;
        else
            below = path.ups == dir.ups && path.length >= dir.length &&
                    memcmp(path.rest, dir.rest, dir.length) == 0 &&
                    (path.length == dir.length || path.rest[dir.length] == '/');
    }
    *out = make_bool(below);
    return true;
}

/* --- lists and types ---------------------------------------------------------------------- */

static bool apply_len(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)count, (void)error;
    size_t length = arguments->kind == EXPR_STRING ? utf8_count(arguments->text, arguments->length)
                    : arguments->kind == EXPR_LIST ? json_array_size(arguments->json)
                                                   : json_object_size(arguments->json);
    *out = make_int((int64_t)length);
    return true;
}

static bool list_holds(const json_t *list, const struct expr_value *item)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct expr_value other = expr_from_json(json_array_get(list, i));
        if (values_equal(item, &other))
            return true;
    }
    return false;
}

static bool apply_subset(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    enum { MAX_COMPARISONS = 1000000 }; /* there is no memory to sort lists in */
    const json_t *some = arguments[0].json, *all = arguments[1].json;
    size_t comparisons;
    (void)count;
    if (__builtin_mul_overflow(json_array_size(some), json_array_size(all), &comparisons) ||
        comparisons > MAX_COMPARISONS)
        return expr_error_set(error, NULL, "subset of lists that are too long to compare");
    bool subset = true;
    for (size_t i = 0; subset && i < json_array_size(some); i++) {
        struct expr_value item = expr_from_json(json_array_get(some, i));
        subset = list_holds(all, &item);
    }
    *out = make_bool(subset);
    return true;
}

static bool apply_type(const struct expr_value *arguments, size_t count, struct expr_value *out,
    struct expr_error *error)
{
    (void)count, (void)error;
    const char *phrase = kind_phrase(arguments->kind), *blank = strchr(phrase, ' ');
    *out = (struct expr_value){.kind = EXPR_STRING, .text = blank != NULL ? blank + 1 : "NoneType"};
    out->length = strlen(out->text);
    return true;
}

/* --- table -------------------------------------------------------------------------------- */

#define STRINGS                                                                                    \
    {                                                                                              \
        EXPR_STRING, EXPR_STRING                                                                   \
    }
#define NUMBERS                                                                                    \
    {                                                                                              \
        KINDS_NUMBER                                                                               \
    }

static const struct function functions[] = {
    {"min", "min(a, b, …)", 2, true, false, {KINDS_NUMBER, KINDS_NUMBER}, 0, apply_min},
    {"max", "max(a, b, …)", 2, true, false, {KINDS_NUMBER, KINDS_NUMBER}, 0, apply_max},
    {"abs", "abs(x)", 1, false, false, NUMBERS, 0, apply_abs},
    {"floor", "floor(x)", 1, false, false, NUMBERS, EXPR_INT, apply_floor},
    {"ceil", "ceil(x)", 1, false, false, NUMBERS, EXPR_INT, apply_ceil},
    {"round", "round(x)", 1, false, false, NUMBERS, EXPR_INT, apply_round},
    {"log2", "log2(x)", 1, false, false, NUMBERS, EXPR_FLOAT, apply_log2},
    {"len", "len(x)", 1, false, false, {EXPR_STRING | EXPR_LIST | EXPR_MAPPING}, EXPR_INT,
        apply_len},
    {"startswith", "startswith(text, part)", 2, false, false, STRINGS, EXPR_BOOL, apply_startswith},
    {"endswith", "endswith(text, part)", 2, false, false, STRINGS, EXPR_BOOL, apply_endswith},
    {"subset", "subset(list, list)", 2, false, false, {EXPR_LIST, EXPR_LIST}, EXPR_BOOL,
        apply_subset},
    {"inside", "inside(path, dir)", 2, false, false, STRINGS, EXPR_BOOL | EXPR_NULL, apply_inside},
    {"type", "type(x)", 1, false, true, {EXPR_ANY}, EXPR_STRING, apply_type},
    {"matches", "matches(text, glob)", 2, false, false, STRINGS, EXPR_BOOL, apply_matches},
};

const struct function *function_find(const char *name, const char **near)
{
    struct suggestion suggestion = {.word = name};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        suggestion_offer(&suggestion, functions[i].name);
    *near = suggestion.best;
    return NULL;
}

size_t function_number(const struct function *function)
{
    return (size_t)(function - functions);
}

const struct function *function_at(size_t number)
{
    return &functions[number];
}

void function_list(struct strbuf *out)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        strbuf_putc(out, ' ');
        strbuf_puts(out, functions[i].name);
    }
}

unsigned function_takes(const struct function *function, size_t argument)
{
    size_t last = function->n_parameters - 1;
    return function->takes[argument < last ? argument : last];
}
