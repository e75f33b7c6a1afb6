/* SPDX-License-Identifier: Apache-2.0
 *
 * One mistake, one diagnostic: drops diagnostics that only follow from values that were reported
 * as wrong before.
 */
#ifndef LIB_CHECK_CONSEQUENCES_H
#define LIB_CHECK_CONSEQUENCES_H

#include "lib/check/check.h"
#include "lib/check/rules.h"

enum { CONSEQUENCES_MAX_WRONG = 64 };

/* For one run of the checks. */
struct consequences {
    struct diagnostic_sink filtered; /* what the checks report to */
    const struct resolved_config *config;
    const struct profile *profile;
    const struct recipe *recipe; /* NULL: not known */
    struct rules *rules;
    const struct diagnostic_sink *sink; /* where the other diagnostics go; borrowed */
    /* The paths whose values are wrong in themselves: nothing further is concluded from them. */
    char *wrong[CONSEQUENCES_MAX_WRONG]; /* owned */
    size_t n_wrong;
    const char *const *given; /* more of them, that checks which do not run now report; borrowed */
    size_t n_given;
    bool follows;      /* the current diagnostic follows from one of them */
    bool is_uncertain; /* whether one of the diagnostics follows depends on the order of checks */
    bool oom;
};

/* The other diagnostics go to check->sink. The arguments are borrowed, `check` only during the
 * call. */
void consequences_init(struct consequences *c, const struct check *check, struct rules *rules);

void consequences_deinit(struct consequences *c);

#endif
