/* SPDX-License-Identifier: Apache-2.0
 *
 * "where" and "exclude": which points of a structure become runs.
 */
#ifndef LIB_SPEC_FILTER_H
#define LIB_SPEC_FILTER_H

#include "lib/expr/expr.h"
#include "lib/spec/context.h"

struct filter {
    char *text;     /* an expression; owned */
    bool excludes;  /* the points for which it is true, instead of those for which it is not */
    bool is_object; /* the text was made from an object of keys and values */
    struct sweep_place place;
    struct expr *compiled; /* owned; NULL before the base is known */
    uint64_t dropped;      /* points */
};

struct filters {
    struct filter *items;
    size_t count;
};

/* Read an expression or a list of them; of "exclude" also objects of keys with a value or a list of
 * values. Each mistake is a finding. */
enum sweep_code filters_read_where(
    const struct spec_context *context, const struct placed_value *at, struct filters *out);
enum sweep_code filters_read_exclude(
    const struct spec_context *context, const struct placed_value *at, struct filters *out);
void filters_deinit(struct filters *filters);

#endif
