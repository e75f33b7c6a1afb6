/* SPDX-License-Identifier: Apache-2.0
 *
 * How a generator gives up what it does not need before it looks at a spec: the daemon runs one
 * for each, on input from whoever may drop a file. What is left to it: reading where base configs
 * are, writing into its stage, giving that its name, and computing for a while.
 *
 * Two things hold it. Landlock decides by file: contents are readable in the given places only,
 * writable only in the stage. (Names in directories stay readable everywhere: they tell the format
 * of a dataset that a spec points to.) A seccomp filter decides by system call: no sockets, no
 * programs, no processes, no signals, nothing that is not on a short list. What Landlock cannot
 * tell apart is the queue's other directories: they can be renamed, or removed when empty.
 */
#ifndef DAEMON_SANDBOX_CONFINE_H
#define DAEMON_SANDBOX_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum confine_mode {
    CONFINE_NO,  /* limits only */
    CONFINE_TRY, /* as far as this kernel can, with a warning where it cannot */
    CONFINE_YES, /* or not at all */
};

struct confine_settings {
    enum confine_mode mode;
    uint64_t memory;     /* bytes of address space */
    uint64_t cpu;        /* seconds of processor time */
    uint64_t file_size;  /* bytes of one file */
    uint64_t open_files; /* descriptors */
    mode_t umask;
};

/* The settings without any given. */
extern const struct confine_settings confine_defaults;

/* Reads KEY=VALUE,…, which is changed. False when that is not understood; *wrong is the part. */
bool confine_read(struct confine_settings *settings, char *text, const char **wrong);

/* The first thing to do: sets limits and umask; sees to it that no core is written, that a file
 * that grows too large is an error and no signal, and that this process ends with the one that
 * started it. */
void confine_limit(const struct confine_settings *settings);

/* Where the generator may read and write from then on. Paths that are not there open nothing. */
struct sandbox_paths {
    const char *const *readable; /* files below these can be read */
    size_t n_readable;
    const char *queue; /* likewise; directories in it can be made, renamed and removed */
    const char *stage; /* everything below it can be written */
};

/* Confines this process, for good. On false or with a message in `missing` (which is empty
 * otherwise) something was not possible; false only with CONFINE_YES. */
bool confine_self(const struct confine_settings *settings, const struct sandbox_paths *places,
    char *missing, size_t size);

/* The two halves; 0 or an errno value. A process needs no_new_privs for either. */
int confine_files(const struct sandbox_paths *places);
int confine_calls(void);

#endif
