/* SPDX-License-Identifier: Apache-2.0
 *
 * The stage of sweep/generate.h: a stage of lib/queue, and the space that must stay free.
 */
#ifndef LIB_WRITE_STAGE_API_H
#define LIB_WRITE_STAGE_API_H

#include "lib/plan/plan.h"
#include "lib/queue/stage.h"

struct sweep_stage {
    struct stage stage;
    char *queue;        /* owned */
    uint64_t keep_free; /* bytes */
};

/* SWEEP_NO_SPACE if the plan would take more of the stage's file system than is free. */
enum sweep_code stage_check_space(
    const struct sweep_stage *stage, const struct sweep_plan *plan, struct sweep_error *error);

#endif
