/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/json_token.h"
#include "lib/doc/number.h"
#include "lib/doc/scalar.h"
#include "lib/spec/data_file.h"
#include "lib/spec/generator.h"
#include "lib/spec/other_tools.h"
#include "lib/util/cleanup.h"
#include "lib/util/log_scale.h"
#include "lib/util/text.h"

enum { GENERATOR_SHOWN = 60 }; /* bytes of a value in a message */

/* The generator being read. */
struct generator {
    const struct reading *r;
    const char *name;
    const struct json_place *place; /* of its list */
    struct generator_number numbers[3];
    size_t n;
    int digits;
    json_t *floats, *ints; /* the values so far; `ints` is NULL once one cannot be an int */
};

/* --- numbers -------------------------------------------------------------------------------- */

/* How many bytes of a value a message shows. */
static int generator_shown(const struct json_place *place)
{
    if (place->length > GENERATOR_SHOWN)
        return GENERATOR_SHOWN;
    return (int)place->length;
}

static enum sweep_code generator_read_number(
    const struct reading *r, const struct placed_value *at, struct generator_number *out)
{
    const struct json_place *place = at->place;
    out->value = at->value;
    out->place = place;
    if (!json_is_number(at->value))
        return reading_refuse(r, &place->value, "wrong-type", json_token_quotes_hint(at->value),
            "expected a number, got %.*s", generator_shown(place), place->text);
    if (decimal_read(place->text, place->length, &out->exact))
        return SWEEP_OK;
    return reading_refuse(r, &place->value, "number-range", NULL,
        "a number here has at most %d digits", DECIMAL_MAX_DIGITS);
}

enum sweep_code generator_read_numbers(
    const struct reading *r, const struct placed_value *at, struct generator_number *out, size_t n)
{
    enum sweep_code code = SWEEP_OK;
    const struct json_place *place = at->place->first;
    for (size_t i = 0; i < n; i++) {
        const struct placed_value one = {json_array_get(at->value, i), place};
        code = reading_worse(code, generator_read_number(r, &one, &out[i]));
        place = place->next;
    }
    return code;
}

enum sweep_code generator_read_digits(
    const struct reading *r, const struct placed_value *at, int *digits)
{
    const struct json_place *place = json_place_member(at->place, "digits");
    *digits = GENERATOR_DIGITS;
    if (place == NULL)
        return SWEEP_OK;
    const json_t *value = json_object_get(at->value, "digits");
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 1 || number > DECIMAL_MAX_ROUNDED)
        return reading_refuse(r, &place->value, "bad-generator", NULL,
            "digits must be an int from 1 to %d", DECIMAL_MAX_ROUNDED);
    *digits = (int)number;
    return SWEEP_OK;
}

/* --- places --------------------------------------------------------------------------------- */

/* What shows the values: numbers in Python's form, each terminated. */
static char *generator_write_labels(const json_t *values)
{
    struct strbuf labels = {0};
    json_t *value;
    size_t i;
    json_array_foreach (values, i, value) {
        number_write_repr(&labels, value);
        strbuf_putc(&labels, '\0');
    }
    return strbuf_steal(&labels);
}

/* Gives all values the place `at`. Takes the reference to `values`, also on failure. */
static enum sweep_code generator_place(
    const struct json_place *at, json_t *values, struct generated *out)
{
    size_t n = json_array_size(values);
    *out = (struct generated){
        values, calloc(n + 1, sizeof *out->place), generator_write_labels(values), true};
    if (out->place == NULL || out->labels == NULL) {
        generated_deinit(out);
        return SWEEP_NO_MEMORY;
    }
    const char *label = out->labels;
    struct json_place **tail = &out->place->first;
    out->place->value = at->value;
    out->place->key = at->key;
    out->place->text = at->text;
    out->place->length = at->length;
    for (size_t i = 1; i <= n; i++) {
        struct json_place *one = &out->place[i];
        one->value = at->value;
        one->text = label;
        one->length = strlen(label);
        label += one->length + 1;
        *tail = one;
        tail = &one->next;
    }
    return SWEEP_OK;
}

/* --- values --------------------------------------------------------------------------------- */

/* Appends a value, which `written` is NULL or the number of the spec for. */
static enum sweep_code generator_append(
    struct generator *g, const struct decimal *value, const struct generator_number *written)
{
    int64_t whole;
    double number = decimal_to_double(value);
    if (written != NULL) /* keeps -0.0 */
        number = json_number_value(written->value);
    if (!isfinite(number)) {
        struct sweep_place place = g->place->value;
        return reading_refuse(g->r, &place, "number-range", "give more digits",
            "%s makes a value that is larger than 1.8e308", g->name);
    }
    if (json_array_append_new(g->floats, json_real(number)) != 0)
        return SWEEP_NO_MEMORY;
    if (g->ints != NULL && !decimal_to_int(value, &whole)) {
        json_decref(g->ints);
        g->ints = NULL;
    }
    if (g->ints != NULL && json_array_append_new(g->ints, json_integer(whole)) != 0)
        return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}

static enum sweep_code generator_refuse_count(const struct generator *g)
{
    return reading_refuse(g->r, &g->place->value, "too-many-runs", NULL,
        "%s makes more than %llu values, the limit of runs", g->name,
        (unsigned long long)g->r->context->limits->runs);
}

/* Values lo + k × step up to hi. */
static enum sweep_code generator_fill_range(struct generator *g)
{
    static const struct decimal one = {.n = 1, .digits = {'1'}};
    const struct decimal *lo = &g->numbers[0].exact, *hi = &g->numbers[1].exact, *step = &one;
    uint64_t limit = g->r->context->limits->runs;
    struct decimal value;
    if (g->n == 3)
        step = &g->numbers[2].exact;
    if (step->n == 0)
        return reading_refuse(g->r, &g->numbers[2].place->value, "bad-generator", NULL,
            "the step of a range cannot be 0");
    int wanted = step->negative ? 1 : -1; /* how a value that is not past the end compares to it */
    if (decimal_compare(lo, hi) == -wanted) {
        const char *hint = "give a negative step to count down: [lo, hi, step]";
        if (step->negative)
            hint = "give a positive step to count up: [lo, hi, step]";
        return reading_refuse(
            g->r, &g->place->value, "empty-axis", hint, "the range has no values");
    }
    decimal_step(lo, step, limit, &value);
    if (decimal_compare(&value, hi) != -wanted)
        return generator_refuse_count(g);
    enum sweep_code code = generator_append(g, lo, &g->numbers[0]);
    for (uint64_t k = 1; code == SWEEP_OK && k < limit; k++) {
        decimal_step(lo, step, k, &value);
        if (decimal_compare(&value, hi) == -wanted)
            break;
        code = generator_append(g, &value, NULL);
    }
    return code;
}

/* The third number of linspace and logspace. */
static enum sweep_code generator_read_count(const struct generator *g, uint64_t *count)
{
    const struct generator_number *number = &g->numbers[2];
    json_int_t n = json_integer_value(number->value);
    if (!json_is_integer(number->value) || n < 1)
        return reading_refuse(g->r, &number->place->value, "bad-generator",
            "write [lo, hi, n]: n values with both ends",
            "the number of values must be a positive int, got %.*s", generator_shown(number->place),
            number->place->text);
    if ((uint64_t)n > g->r->context->limits->runs)
        return generator_refuse_count(g);
    *count = (uint64_t)n;
    return SWEEP_OK;
}

/* The values of linspace, or of logspace if `scale` is not NULL. */
static enum sweep_code generator_fill_space(struct generator *g, const struct log_scale *scale)
{
    const struct generator_number *lo = &g->numbers[0], *hi = &g->numbers[1];
    uint64_t count = 0;
    enum sweep_code code = generator_read_count(g, &count);
    if (code == SWEEP_OK)
        code = generator_append(g, &lo->exact, lo);
    for (uint64_t k = 1; code == SWEEP_OK && k + 1 < count; k++) {
        const struct decimal_fraction at = {k, count - 1};
        struct decimal value;
        if (scale != NULL)
            log_scale_at(scale, at, g->digits, &value);
        else
            decimal_between(&lo->exact, &hi->exact, at, g->digits, &value);
        code = generator_append(g, &value, NULL);
    }
    if (code == SWEEP_OK && count > 1)
        code = generator_append(g, &hi->exact, hi);
    return code;
}

static enum sweep_code generator_fill_linspace(struct generator *g)
{
    return generator_fill_space(g, NULL);
}

static enum sweep_code generator_fill_logspace(struct generator *g)
{
    struct log_scale scale;
    for (size_t i = 0; i < 2; i++)
        if (g->numbers[i].exact.negative || g->numbers[i].exact.n == 0)
            return reading_refuse(g->r, &g->numbers[i].place->value, "bad-generator",
                "the ends are values, not exponents", "the ends of a logspace must be positive");
    log_scale_init(&scale, &g->numbers[0].exact, &g->numbers[1].exact);
    return generator_fill_space(g, &scale);
}

/* --- kinds ---------------------------------------------------------------------------------- */

const struct generator_kind generator_kinds[] = {
    {"range", "[lo, hi] or [lo, hi, step]", "lo, lo + step, … up to hi", 2, 3, false,
        generator_fill_range},
    {"linspace", "[lo, hi, n]", "n evenly spaced values with both ends", 3, 3, true,
        generator_fill_linspace},
    {"logspace", "[lo, hi, n]", "n values with both ends, evenly spaced in the logarithm", 3, 3,
        true, generator_fill_logspace},
    {"uniform", "[lo, hi]", "a float from lo to hi, with \"sample\"", 2, 2, true, NULL},
    {"loguniform", "[lo, hi]", "a float, uniform in the logarithm, with \"sample\"", 2, 2, true,
        NULL},
    {"randint", "[lo, hi]", "an int from lo to hi, both included, with \"sample\"", 2, 2, false,
        NULL},
};

enum { GENERATOR_KINDS = sizeof generator_kinds / sizeof *generator_kinds };
const size_t generator_kind_count = GENERATOR_KINDS;

static const struct generator_kind *generator_find_kind(const char *name)
{
    for (size_t i = 0; i < GENERATOR_KINDS; i++)
        if (strcmp(generator_kinds[i].name, name) == 0)
            return &generator_kinds[i];
    return NULL;
}

enum sweep_code generator_check_keys(
    const struct reading *r, const struct placed_value *at, const char *key, const char *other)
{
    enum sweep_code code = SWEEP_OK;
    for (const struct json_place *m = at->place->first; m != NULL; m = m->next) {
        char hint[80] = "";
        struct suggestion suggestion = {.word = m->name};
        if (json_place_is_comment(m) || strcmp(m->name, key) == 0 ||
            (other != NULL && strcmp(m->name, other) == 0))
            continue;
        if (other != NULL)
            suggestion_offer(&suggestion, other);
        if (suggestion.best != NULL)
            snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
        if (generator_find_kind(m->name) != NULL || strcmp(m->name, "file") == 0)
            code = reading_refuse(r, &m->key, "bad-generator", "give each its own axis",
                "one axis cannot have both \"%s\" and \"%s\"", key, m->name);
        else
            code = reading_refuse(r, &m->key, "unknown-key", hint[0] != '\0' ? hint : NULL,
                "\"%s\" has no \"%.100s\"", key, m->name);
    }
    return code;
}

/* An object that has no generator's key. */
static enum sweep_code generator_refuse_object(
    const struct reading *r, const struct placed_value *at)
{
    char hint[200] =
        "write a list, or {\"range\": [lo, hi]}, {\"linspace\": [lo, hi, n]}, {\"logspace\": …}";
    const char *axis = other_tools_axis(r->assignment->key);
    if (axis != NULL)
        return reading_refuse(r, &r->assignment->place, "wrong-type", axis,
            "\"%s\" is no parameter or config path", r->assignment->key);
    for (const struct json_place *m = at->place->first; m != NULL; m = m->next) {
        struct suggestion suggestion = {.word = m->name};
        const char *better = NULL;
        for (size_t i = 0; i < GENERATOR_KINDS; i++)
            suggestion_offer(&suggestion, generator_kinds[i].name);
        suggestion_offer(&suggestion, "file");
        if (suggestion.best != NULL) {
            snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
            better = hint;
        }
        if (other_tools_axis_key(m->name) != NULL)
            better = other_tools_axis_key(m->name);
        if (better != NULL)
            return reading_refuse(r, &m->key, "unknown-key", better, "axis \"%s\" has no \"%s\"",
                r->assignment->key, m->name);
    }
    return reading_refuse(r, &at->place->value, "wrong-type", hint,
        "axis \"%s\" must be a list of values, got dict", r->assignment->key);
}

static enum sweep_code generator_read_list(
    struct generator *g, const struct generator_kind *kind, const struct placed_value *list)
{
    size_t n = json_array_size(list->value);
    if (!json_is_array(list->value) || n < kind->min || n > kind->max)
        return reading_refuse(g->r, &list->place->value, "bad-generator", NULL, "%s takes %s",
            kind->name, kind->usage);
    g->place = list->place;
    g->n = n;
    return generator_read_numbers(g->r, list, g->numbers, n);
}

/* Makes the values of a generator whose numbers were read. */
static enum sweep_code generator_make(struct generator *g, const struct generator_kind *kind,
    const struct json_place *at, struct generated *out)
{
    size_t n_ends = kind->fill == generator_fill_range ? g->n : 2;
    bool may_be_int = true;
    for (size_t i = 0; i < n_ends; i++)
        if (!json_is_integer(g->numbers[i].value))
            may_be_int = false;
    g->floats = json_array();
    g->ints = may_be_int ? json_array() : NULL;
    enum sweep_code code = SWEEP_NO_MEMORY;
    if (g->floats != NULL && (g->ints != NULL || !may_be_int))
        code = kind->fill(g);
    if (code == SWEEP_OK)
        code = generator_place(at, json_incref(g->ints != NULL ? g->ints : g->floats), out);
    json_decref(g->floats);
    json_decref(g->ints);
    return code;
}

enum sweep_code generator_read(
    const struct reading *r, const struct placed_value *at, struct generated *out)
{
    const struct generator_kind *kind = NULL;
    const struct json_place *member = at->place->first;
    if (json_place_member(at->place, "file") != NULL) {
        enum sweep_code code = generator_check_keys(r, at, "file", "column");
        code = reading_worse(code, data_file_read_column(r, at, out));
        if (code != SWEEP_OK)
            generated_deinit(out);
        return code;
    }
    for (; member != NULL; member = member->next) {
        kind = generator_find_kind(member->name);
        if (kind != NULL)
            break;
    }
    if (kind == NULL)
        return generator_refuse_object(r, at);
    const struct placed_value list = {json_object_get(at->value, kind->name), member};
    struct generator g = {.r = r, .name = kind->name};
    enum sweep_code code =
        generator_check_keys(r, at, kind->name, kind->has_digits ? "digits" : NULL);
    if (kind->fill == NULL)
        return reading_worse(code, reading_refuse(r, &member->key, "bad-generator",
                                       "add \"sample\": {\"n\": 20}, or list the values",
                                       "\"%s\" is drawn from, which needs \"sample\"", kind->name));
    if (kind->has_digits)
        code = reading_worse(code, generator_read_digits(r, at, &g.digits));
    code = reading_worse(code, generator_read_list(&g, kind, &list));
    if (code != SWEEP_OK)
        return code;
    return generator_make(&g, kind, at->place, out);
}
