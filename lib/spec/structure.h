/* SPDX-License-Identifier: Apache-2.0
 *
 * Which points a sweep has: a tree of products, zips, unions and cases with axes as its leaves. A
 * point gives some axes one of their choices each. Points are numbered and never listed: point i of
 * a product of 3 and 4 points is point i / 4 of the first and i % 4 of the second.
 *
 * An axis that a point does not set has its choice `unset` there (struct assignment).
 */
#ifndef LIB_SPEC_STRUCTURE_H
#define LIB_SPEC_STRUCTURE_H

#include <stdint.h>

#include "lib/spec/assignment.h"
#include "lib/spec/filter.h"

enum structure_kind {
    STRUCTURE_AXIS,    /* a point for each of its choices */
    STRUCTURE_PRODUCT, /* all combinations; the last item varies fastest */
    STRUCTURE_ZIP,     /* the items in step; an item of one point stretches */
    STRUCTURE_UNION,   /* the points of one item after those of the other */
    STRUCTURE_CASES,   /* a point for each bundle */
};

/* One point of "cases". */
struct bundle {
    size_t *axes, *choices; /* `count` of each; owned */
    size_t count;
    struct sweep_place place;
};

struct distribution;

struct structure {
    enum structure_kind kind;
    const char *where; /* the key of the spec that it is from: "grid", "zip", "cases", … */
    struct sweep_place place;
    struct structure *parent; /* borrowed; NULL for the root */
    uint64_t size;            /* number of points; UINT64_MAX if it is that or more */
    uint64_t all;             /* the same without its own filters and sample */

    struct filters filters;
    /* Of a sample: the point of each factor, for each of the `size` points; NULL: all; owned. */
    uint64_t *drawn;
    uint64_t *draws;            /* the number of the draw of each of these points; owned */
    struct structure **factors; /* items, or items of items; owned, but not the structures */
    size_t n_factors;
    uint64_t *kept; /* numbers of the `size` points that its filters keep; NULL: all; owned */

    size_t axis;     /* STRUCTURE_AXIS: index of the axis */
    size_t *choices; /* its choices, in order; owned */
    size_t n_choices, choices_capacity;
    struct distribution *distribution; /* that the choices are drawn from, or NULL; owned */

    struct structure **items; /* PRODUCT, ZIP, UNION; owned */
    size_t n_items;

    struct bundle *bundles; /* CASES; owned */
    size_t n_bundles;
};

/* NULL when memory is exhausted. */
struct structure *structure_new(
    enum structure_kind kind, const char *where, const struct sweep_place *place);
void structure_free(struct structure *structure);

/* Appends an item, which belongs to `structure` then, or is freed on failure. */
enum sweep_code structure_add(struct structure *structure, struct structure *item);

/* Appends a choice to a STRUCTURE_AXIS. */
enum sweep_code structure_add_choice(struct structure *axis, size_t choice);

/* Appends a bundle and takes it over, also on failure. */
enum sweep_code structure_add_bundle(struct structure *cases, struct bundle *bundle);
enum sweep_code bundle_set(struct bundle *bundle, size_t axis, size_t choice);
bool bundle_has(const struct bundle *bundle, size_t axis);
void bundle_deinit(struct bundle *bundle);

/* Computes `size` and `all` of a structure whose items have theirs, as if it had no filters. */
void structure_measure(struct structure *structure);

/* The same for everything in it, too. */
void structure_measure_all(struct structure *structure);

/* True if it, or a structure in it, has filters. */
bool structure_is_filtered(const struct structure *structure);

/* Adds a finding unless all items of a zip have the same number of points, or one. Unless filters
 * `are_applied`, items with filters are left out. */
enum sweep_code structure_check_zip(const struct structure *zip, const struct assignments *axes,
    bool are_applied, struct sweep_findings *findings);

/* Sets the choices of the axes that point `index` sets, and no others. */
void structure_choose(const struct structure *structure, uint64_t index, size_t *choices);

/* True if `axis` is in every point. */
bool structure_always_sets(const struct structure *structure, size_t axis);

/* True if some point sets both axes. */
bool structure_combines(const struct structure *structure, size_t a, size_t b);

/* True if the points are all combinations of the axes, in their order: no zip, union, cases or
 * filter, and no "repeat" that is written before the axes, since it varies fastest. */
bool structure_is_product(const struct structure *structure);

/* True if one point can have both leaves: STRUCTURE_AXIS, or STRUCTURE_CASES. */
bool structure_meet(const struct structure *a, const struct structure *b);

#endif
