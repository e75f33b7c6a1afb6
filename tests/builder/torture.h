/* SPDX-License-Identifier: Apache-2.0
 *
 * The cases of the torture test, and what they tell its driver.
 */
#ifndef TESTS_BUILDER_TORTURE_H
#define TESTS_BUILDER_TORTURE_H

#include "sweep/builder.h"
#include "tests/builder/alloc.h"

/* A case runs a part of the library and says what came of each step. It must free all it gets. */
struct torture_case {
    const char *name;
    void (*run)(void);
    size_t stride; /* only every n-th allocation of a large case fails, unless TORTURE_ALL is set */
};
extern const struct torture_case torture_cases[];

extern struct sweep_trainer *trainer;
extern char scratch[64];
extern bool torture_sticky; /* all allocations fail, once one has */

/* Makes the files and the arguments that the cases use, in `scratch`; and releases them. */
void torture_prepare(void);
void torture_release(void);

/* Says what came of a step: its code, and when it succeeded its result. The driver compares it with
 * what the same step gave when no allocation failed. */
void observe(enum sweep_code code, const void *bytes, size_t length);

/* That something holds whatever failed. */
void require(bool condition, const char *what);

#endif
