/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "lib/plan/space.h"
#include "lib/write/stage_api.h"

enum { DEFAULT_BLOCK = 4096 };

enum sweep_code sweep_stage_new(
    const struct sweep_stage_request *request, struct sweep_stage **out, struct sweep_error *error)
{
    assert(request != NULL && out != NULL);
    struct sweep_stage *stage = calloc(1, sizeof *stage);
    if (stage != NULL)
        stage->queue = strdup(request->queue);
    if (stage == NULL || stage->queue == NULL) {
        free(stage);
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    }
    stage->keep_free = request->keep_free;
    enum sweep_code code = stage_open(&stage->stage, stage->queue, request->name, error);
    if (code == SWEEP_OK)
        *out = stage;
    else
        sweep_stage_free(stage);
    return code;
}

void sweep_stage_free(struct sweep_stage *stage)
{
    if (stage == NULL)
        return;
    stage_abandon(&stage->stage);
    free(stage->queue);
    free(stage);
}

void sweep_stage_needs(
    const struct sweep_stage *stage, const struct sweep_plan *plan, struct sweep_space *out)
{
    assert(stage != NULL && plan != NULL && out != NULL);
    struct statvfs status;
    uint64_t block = DEFAULT_BLOCK;
    if (fstatvfs(stage->stage.queue_fd, &status) == 0 && status.f_frsize > 0)
        block = status.f_frsize;
    plan_space(plan, block, out);
}

/* Called before anything is written. It does not see quotas: those make a write fail, with the same
 * result code. */
enum sweep_code stage_check_space(
    const struct sweep_stage *stage, const struct sweep_plan *plan, struct sweep_error *error)
{
    struct statvfs status;
    struct sweep_space needs;
    if (fstatvfs(stage->stage.queue_fd, &status) != 0)
        return SWEEP_OK;
    sweep_stage_needs(stage, plan, &needs);
    uint64_t free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    bool has_inodes = status.f_files != 0; /* some file systems allocate inodes on demand */
    if (needs.bytes <= free_bytes && stage->keep_free <= free_bytes - needs.bytes &&
        (!has_inodes || needs.files <= status.f_favail))
        return SWEEP_OK;
    char kept[64] = "", inodes[64] = "";
    if (stage->keep_free > 0)
        snprintf(kept, sizeof kept, ", of which %llu bytes are kept free",
            (unsigned long long)stage->keep_free);
    if (has_inodes)
        snprintf(inodes, sizeof inodes, " and %llu files", (unsigned long long)status.f_favail);
    return sweep_error_set(error, SWEEP_NO_SPACE,
        "no space in %s: needs %llu bytes in %llu files, %llu bytes%s are free%s", stage->queue,
        (unsigned long long)needs.bytes, (unsigned long long)needs.files,
        (unsigned long long)free_bytes, inodes, kept);
}
