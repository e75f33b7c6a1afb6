/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "lib/spec/distribution.h"
#include "lib/spec/generator.h"

__extension__ typedef unsigned __int128 distribution_wide;

static const struct distribution_row {
    const char *name;
    enum distribution_kind kind;
} distribution_rows[] = {
    {"uniform", DISTRIBUTION_UNIFORM},
    {"loguniform", DISTRIBUTION_LOGUNIFORM},
    {"randint", DISTRIBUTION_RANDINT},
};

enum { DISTRIBUTIONS = sizeof distribution_rows / sizeof *distribution_rows };

/* The index of the first row that an object has the key of; DISTRIBUTIONS if there is none. */
static size_t distribution_find(const json_t *value)
{
    size_t i = 0;
    while (i < DISTRIBUTIONS && json_object_get(value, distribution_rows[i].name) == NULL)
        i++;
    return i;
}

bool distribution_is(const json_t *value)
{
    return distribution_find(value) < DISTRIBUTIONS;
}

/* Checks the ends, which are numbers. */
static enum sweep_code distribution_check_ends(
    const struct reading *r, const struct distribution *d, const struct generator_number ends[2])
{
    for (size_t i = 0; i < 2; i++) {
        struct sweep_place place = ends[i].place->value;
        if (d->kind == DISTRIBUTION_RANDINT && !json_is_integer(ends[i].value))
            return reading_refuse(r, &place, "wrong-type",
                "for floats, write {\"uniform\": [lo, hi]}", "the ends of a randint must be ints");
        if (d->kind == DISTRIBUTION_LOGUNIFORM && (ends[i].exact.negative || ends[i].exact.n == 0))
            return reading_refuse(r, &place, "bad-generator", "the ends are values, not exponents",
                "the ends of a loguniform must be positive");
        struct decimal rounded = ends[i].exact;
        decimal_round(&rounded, d->digits);
        if (d->kind != DISTRIBUTION_RANDINT && !isfinite(decimal_to_double(&rounded)))
            return reading_refuse(r, &place, "number-range", "give more digits",
                "rounded to %d digits, this end is larger than 1.8e308", d->digits);
    }
    if (decimal_compare(&ends[0].exact, &ends[1].exact) > 0)
        return reading_refuse(r, &ends[0].place->value, "bad-generator", "write [lo, hi]",
            "the lower end is above the upper one");
    return SWEEP_OK;
}

enum sweep_code distribution_read(
    const struct reading *r, const struct placed_value *at, struct distribution *out)
{
    const struct distribution_row *row = &distribution_rows[distribution_find(at->value)];
    const struct placed_value list = {
        json_object_get(at->value, row->name), json_place_member(at->place, row->name)};
    struct generator_number ends[2];
    const char *digits = NULL;
    *out = (struct distribution){
        .kind = row->kind, .place = at->place->value, .digits = DECIMAL_MAX_ROUNDED};
    if (row->kind != DISTRIBUTION_RANDINT)
        digits = "digits";
    enum sweep_code code = generator_check_keys(r, at, row->name, digits);
    if (digits != NULL)
        code = reading_worse(code, generator_read_digits(r, at, &out->digits));
    if (!json_is_array(list.value) || json_array_size(list.value) != 2)
        return reading_refuse(
            r, &list.place->value, "bad-generator", NULL, "%s takes [lo, hi]", row->name);
    code = reading_worse(code, generator_read_numbers(r, &list, ends, 2));
    if (code == SWEEP_OK)
        code = distribution_check_ends(r, out, ends);
    if (code != SWEEP_OK)
        return code;
    out->lo = ends[0].exact;
    out->hi = ends[1].exact;
    out->first = json_integer_value(ends[0].value);
    if (row->kind == DISTRIBUTION_LOGUNIFORM)
        log_scale_init(&out->scale, &out->lo, &out->hi);
    return SWEEP_OK;
}

/* lo + ⌊u (hi − lo + 1)⌋; the difference can be up to 2^64 − 1. */
static int64_t distribution_int(const struct distribution *d, uint64_t draw)
{
    int64_t last = 0;
    decimal_to_int(&d->hi, &last);
    uint64_t span = (uint64_t)last - (uint64_t)d->first;
    uint64_t steps = (uint64_t)(((distribution_wide)span + 1) * draw >> 64);
    return (int64_t)((uint64_t)d->first + steps);
}

json_t *distribution_value(const struct distribution *distribution, uint64_t draw)
{
    const struct distribution *d = distribution;
    const struct decimal_fraction at = {draw, 0};
    struct decimal value;
    switch (d->kind) {
    case DISTRIBUTION_UNIFORM:
        decimal_between(&d->lo, &d->hi, at, d->digits, &value);
        break;
    case DISTRIBUTION_LOGUNIFORM:
        log_scale_at(&d->scale, at, d->digits, &value);
        break;
    case DISTRIBUTION_RANDINT:
        return json_integer(distribution_int(d, draw));
    }
    return json_real(decimal_to_double(&value));
}
