/* SPDX-License-Identifier: Apache-2.0
 *
 * The runs that sweeps of the same name in a queue have: sweep_growth_new().
 */
#ifndef LIB_WRITE_MADE_RUNS_H
#define LIB_WRITE_MADE_RUNS_H

#include "lib/plan/growth.h"

/* True for NAME-DIGEST, the directory of a sweep of this name. */
bool made_runs_is_of_name(const char *directory, const char *name);

struct made_runs_request {
    const char *queue;
    uint64_t before; /* directories with runs from this number on do not count */
    bool all;        /* none of the runs counts */
};

/* sweep_growth_new(), from the sweeps that the request selects. */
enum sweep_code made_runs_growth(const struct sweep_plan *plan,
    const struct made_runs_request *request, struct sweep_growth **out, struct sweep_error *error);

/* SWEEP_CHANGED if the queue has other sweeps of the plan's name than when it grew. */
enum sweep_code made_runs_check_unchanged(
    const struct sweep_plan *plan, const char *queue, struct sweep_error *error);

/* True if a directory of the queue is a sweep of the plan's name that was not there when the plan
 * grew. */
bool made_runs_is_new(const struct sweep_plan *plan, const char *queue, const char *name);

/* The directory among those that the plan has grown from; NULL if it is not one of them. */
const struct growth_directory *made_runs_directory(const struct sweep_plan *plan, const char *name);

#endif
