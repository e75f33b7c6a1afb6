/* SPDX-License-Identifier: Apache-2.0
 *
 * Making the files of a stage durable. One syncfs() for all of them is several times faster than an
 * fsync() for each, but only some file systems and kernels report failed writes through it.
 * Elsewhere every file is fsynced, in batches.
 *
 * A failed call must not be retried: the kernel has dropped what it could not write, and would
 * report success the next time. The stage has to be thrown away.
 */
#ifndef LIB_QUEUE_BARRIER_H
#define LIB_QUEUE_BARRIER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/util/strbuf.h"

enum { BARRIER_BATCH = 256 };

struct barrier {
    bool use_syncfs;          /* syncfs() reports every failed write here */
    int files[BARRIER_BATCH]; /* written and still open; owned */
    size_t n_files;
    struct strbuf directories; /* names inside the stage, each NUL-terminated */
};

/* Chooses the method for the file system of `stage`, a directory that must be open before anything
 * is written: earlier errors are not reported through it. */
void barrier_init(struct barrier *barrier, int stage);
void barrier_deinit(struct barrier *barrier);

/* Remembers a directory that was created in the stage; false if memory is exhausted. */
bool barrier_add_directory(struct barrier *barrier, const char *name);

/* The functions below return 0 or an errno value. */

/* Takes over an open file that was written completely. */
int barrier_add_file(struct barrier *barrier, int file);

/* Fsyncs and closes the open files. */
int barrier_drain(struct barrier *barrier);

/* Syncs everything in the stage. */
int barrier_wait(struct barrier *barrier, int stage);

/* Syncs the names in a directory. */
int barrier_names(int directory);

#endif
