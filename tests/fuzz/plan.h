/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold of every text that is taken for a sweep spec:
 *
 *   - it is good, or there is an error that says why not, at a place within it;
 *   - the plan of a good one has a directory of its own name, and a text for every run;
 *   - what was found can be shown on a terminal, and as JSON;
 *   - all of it is the same the second time.
 */
#ifndef TESTS_FUZZ_PLAN_H
#define TESTS_FUZZ_PLAN_H

#include <stdbool.h>

#include "tests/fuzz/bytes.h"

struct plan_input {
    const char *bytes;
    size_t size;
    size_t max_line;       /* no finding is behind it */
    const char *directory; /* where files are that the spec names */
};

/* Aborts if something does not hold. Whether the spec is good. */
bool plan_holds(const struct plan_input *input);

#endif
