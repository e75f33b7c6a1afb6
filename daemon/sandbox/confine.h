/* SPDX-License-Identifier: Apache-2.0
 *
 * The sandbox of a generator. sweepd runs one per spec, on input from any user who may drop files,
 * so before it reads the spec it gives up everything but this: reading base configs, writing into
 * its stage, renaming the stage, and a limited amount of CPU time and memory.
 *
 * Landlock restricts files: contents are readable only below the given paths and writable only in
 * the stage. (Directories can be listed everywhere: a dataset's format is told from file names.)
 * seccomp restricts system calls: no sockets, programs, processes or signals, only a short list.
 * Landlock cannot protect other directories in the queue from being renamed, or removed if empty.
 */
#ifndef DAEMON_SANDBOX_CONFINE_H
#define DAEMON_SANDBOX_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum confine_mode {
    CONFINE_NO,  /* limits only */
    CONFINE_TRY, /* as much as this kernel supports, with a warning if that is not everything */
    CONFINE_YES, /* fail if something is not supported */
};

struct confine_settings {
    enum confine_mode mode;
    uint64_t memory;     /* address space in bytes */
    uint64_t cpu;        /* CPU time in seconds */
    uint64_t file_size;  /* max size of a file in bytes */
    uint64_t open_files; /* max number of descriptors */
    mode_t umask;
};

extern const struct confine_settings confine_defaults;

/* Reads "KEY=VALUE,...", which getsubopt() modifies. On a bad part returns false with *wrong
 * pointing to it. */
bool confine_read(struct confine_settings *settings, char *text, const char **wrong);

/* Call this first. Sets resource limits and umask; disables core dumps; makes too large a file an
 * error instead of a signal; kills this process when its parent exits. */
void confine_limit(const struct confine_settings *settings);

/* Directories that the generator may use. A path that does not exist allows nothing. */
struct sandbox_paths {
    const char *const *readable; /* files below these can be read */
    size_t n_readable;
    const char *queue; /* the same; directories in it can also be made, renamed and removed */
    const char *stage; /* everything below it can be written */
};

/* Confines this process; cannot be undone. `missing` says what the kernel does not support, and is
 * empty if there is nothing. Returns false only with CONFINE_YES. */
bool confine_self(const struct confine_settings *settings, const struct sandbox_paths *paths,
    char *missing, size_t size);

/* The two halves: 0, or an errno value. Both need PR_SET_NO_NEW_PRIVS. */
int confine_files(const struct sandbox_paths *paths);
int confine_syscalls(void);

#endif
