/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing a directory so that it is there whole or not at all: everything goes into a hidden
 * directory beside the final one, is brought to stable storage, and then gets its name by one
 * rename.
 */
#ifndef LIB_QUEUE_STAGE_H
#define LIB_QUEUE_STAGE_H

#include <stdint.h>

#include "lib/queue/barrier.h"
#include "lib/util/strbuf.h"
#include "sweep/error.h"
#include "sweep/generate.h"

struct stage {
    const char *queue;     /* path of the queue directory, for messages; borrowed */
    int queue_fd, fd;      /* the queue, and the hidden directory; -1 when closed */
    char name[160];        /* of the hidden directory */
    struct strbuf digests; /* `  "NAME": "SHA-256",⏎` for what was written so far: JSON */
    uint64_t files, bytes;
    struct barrier barrier;
};

/* Creates the hidden directory: `name`, which starts with SWEEP_STAGE_PREFIX, or a name that is not
 * in use if that is NULL. What an earlier process left under a given name is removed, after waiting
 * for it if it is still running. Every stage ends with stage_commit() or stage_abandon(), also when
 * something failed. */
enum sweep_code stage_open(
    struct stage *stage, const char *queue, const char *name, struct sweep_error *error);

/* Makes a directory in it. */
enum sweep_code stage_mkdir(struct stage *stage, const char *name, struct sweep_error *error);

enum stage_kind { STAGE_DATA, STAGE_SCRIPT };

/* Writes a file, whose name may lead into a directory made before. Names are this program's own:
 * nothing in them needs an escape in JSON. */
enum sweep_code stage_write(struct stage *stage, const char *name, const void *bytes, size_t length,
    enum stage_kind kind, struct sweep_error *error);

/* Brings all to stable storage and gives the directory its name. SWEEP_EXISTS when there is one of
 * that name; then, as after every failure but one, nothing is left behind. That one is when the
 * directory has its name, whole, but it is not known whether it keeps it (SWEEP_STORAGE): it cannot
 * be taken back, for somebody may have seen it. */
enum sweep_code stage_commit(struct stage *stage, const char *directory, struct sweep_error *error);

void stage_abandon(struct stage *stage);

#endif
