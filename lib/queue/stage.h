/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing a directory so that it appears completely or not at all: everything goes into a hidden
 * directory next to the final one, the stage, which is synced and then renamed.
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
    int queue_fd, fd;      /* the queue, and the stage; -1 when closed */
    char name[160];        /* of the stage; "" once it was renamed or removed */
    struct strbuf digests; /* of the files written so far, as JSON: `  "NAME": "SHA-256",⏎` */
    uint64_t files, bytes; /* written so far */
    struct barrier barrier;
    bool is_dry; /* nothing is written: stage_open_dry() */
    long holder; /* process that has a leftover of the same name locked; 0: not known */
};

/* Creates the hidden directory: `name`, which starts with SWEEP_STAGE_PREFIX, or a name that is not
 * in use if that is NULL. What an earlier process left under a given name is removed, after waiting
 * for it for up to 10 s if it is still running; then, and if this process has it open, SWEEP_IO.
 * Every stage ends with stage_commit() or stage_abandon(), also when something failed. */
enum sweep_code stage_open(
    struct stage *stage, const char *queue, const char *name, struct sweep_error *error);

/* A stage without a directory: files are not written, only their digests are computed. It ends with
 * stage_abandon(). */
void stage_open_dry(struct stage *stage, const char *queue);

/* Creates a directory in the stage. */
enum sweep_code stage_mkdir(struct stage *stage, const char *name, struct sweep_error *error);

struct stage_file {
    const char *name; /* may contain directories made with stage_mkdir(); no JSON escapes needed */
    const void *bytes;
    size_t length;
    bool is_script;  /* executable */
    const char *hex; /* its digest if it is known, or NULL */
};

enum sweep_code stage_write(
    struct stage *stage, const struct stage_file *file, struct sweep_error *error);

/* The two halves of stage_write(), for lib/queue/stage_stream.h: creates the file with these bytes,
 * and adds it to those that are written. stage_add_file() takes the open file over; by then
 * file->length is that of the whole file. */
enum sweep_code stage_create_file(
    struct stage *stage, const struct stage_file *file, int *fd, struct sweep_error *error);
enum sweep_code stage_add_file(struct stage *stage, const struct stage_file *file, int fd,
    const char *hex, struct sweep_error *error);

/* A condition on the queue's other directories. It is tested while no other process can commit a
 * stage there, on file systems with locks. */
struct stage_condition {
    enum sweep_code (*test)(void *context, struct sweep_error *error);
    void *context;
};

/* Syncs everything and renames the stage to `directory`, if the condition (or NULL) holds.
 * SWEEP_EXISTS if there is a file or directory of that name. If the condition is SWEEP_CHANGED, the
 * stage is empty again, for other files. After any other failure nothing is left behind, with one
 * exception: if the name could not be synced (SWEEP_STORAGE), the directory stays.
 * It is complete, and others may have seen it, but a crash may undo its renaming. */
enum sweep_code stage_commit(struct stage *stage, const char *directory,
    const struct stage_condition *condition, struct sweep_error *error);

/* Removes the stage, unless it was renamed, and releases everything. */
void stage_abandon(struct stage *stage);

#endif
