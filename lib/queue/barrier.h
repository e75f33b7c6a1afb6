/* SPDX-License-Identifier: Apache-2.0
 *
 * Bringing the files of a stage to stable storage. One syncfs() for all of them is several times
 * faster than one fsync() each, but only some file systems and kernels report through it that
 * something could not be written. Elsewhere every file is synchronized by itself, in batches.
 *
 * A failed call is final: the kernel has dropped what it could not write and would report success
 * the next time. The stage has to be thrown away.
 */
#ifndef LIB_QUEUE_BARRIER_H
#define LIB_QUEUE_BARRIER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/util/strbuf.h"

enum { BARRIER_BATCH = 256 };

struct barrier {
    bool one_for_all;         /* syncfs() tells the truth here */
    int files[BARRIER_BATCH]; /* written and still open; owned */
    size_t n_files;
    struct strbuf directories; /* names below the stage, each with a NUL behind it */
};

/* Chooses the way for the file system of `fd`, the stage, which must be open before anything is
 * written: errors from before are not reported through it. */
void barrier_init(struct barrier *barrier, int fd);
void barrier_deinit(struct barrier *barrier);

/* All return 0 or an errno value. */

/* Takes over a file that was written completely. */
int barrier_add_file(struct barrier *barrier, int file);

/* Remembers a directory that was made in the stage. */
int barrier_add_directory(struct barrier *barrier, const char *name);

/* Brings the open files to stable storage and closes them. */
int barrier_drain(struct barrier *barrier);

/* Returns when everything in the stage `fd` is on stable storage. */
int barrier_wait(struct barrier *barrier, int fd);

/* Returns when the names in a directory are on stable storage. */
int barrier_names(int directory);

#endif
