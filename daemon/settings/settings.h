/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings of the daemon, and where they come from. Later wins:
 *
 *     the defaults in daemon/settings/table.c
 *     /etc/sweepd/sweepd.yaml
 *     $XDG_CONFIG_HOME/sweepd/sweepd.yaml, or ~/.config/sweepd/sweepd.yaml
 *     the environment: SWEEPD_JOBS, SWEEPD_CHILD_MEMORY
 *     flags: --jobs, --child-memory; --config FILE takes the place of both files
 *
 * Everything wrong in any of them becomes a finding: all at once, each at its place.
 */
#ifndef DAEMON_SETTINGS_SETTINGS_H
#define DAEMON_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "sweep/error.h"
#include "sweep/limits.h"

/* A time that depends on the file system: rescan and settle. */
#define SETTINGS_AUTO (-1)

enum settings_owner { SETTINGS_OWNER_SELF, SETTINGS_OWNER_ANY };
enum settings_confine { SETTINGS_CONFINE_NO, SETTINGS_CONFINE_TRY, SETTINGS_CONFINE_YES };
enum settings_log {
    SETTINGS_LOG_ERROR,
    SETTINGS_LOG_WARNING,
    SETTINGS_LOG_NOTICE,
    SETTINGS_LOG_INFO
};

enum { SETTINGS_MAX = 64 }; /* at least as many as there are */

/* What a command line said. All strings are borrowed from it. */
struct settings_flags {
    const char *values[SETTINGS_MAX]; /* by setting; NULL: not given */
    const char *config;               /* --config FILE, or NULL */
    bool help, version, check, once, json;
    int operands; /* argv[operands] is the first that is no option */
};

struct setting_state;

/* Strings are the struct's. What each means stands in daemon/settings/table.c. */
struct settings {
    const char *specs, *queue;                  /* NULL: not set */
    const char *torchtune, *profile, *sweepctl; /* NULL: the generator's, none, to be found */
    const char *const *bases;                   /* ends with NULL */
    const char *control, *metrics;              /* NULL: none */
    int64_t rescan_ms, settle_ms;               /* or SETTINGS_AUTO */
    int64_t patience_ms, deadline_ms, backoff_ms;
    uint64_t jobs, attempts; /* at least 1 */
    bool inotify, allow_root, group;
    int owner, confine, log_level; /* enum settings_owner, settings_confine, settings_log */
    uint64_t child_memory, child_file_size, child_output; /* bytes */
    uint64_t child_files;
    int64_t child_cpu_ms;
    struct sweep_limits limits; /* none is 0 */
    uint64_t queue_free;        /* bytes */
    uint64_t waiting, rate;     /* specs of one user, and in an hour; no rate: 0 */
    /* For daemon/settings*.c: */
    struct setting_state *states; /* by setting: its text, and where it was set */
    char *system_file, *user_file;
    struct settings_flags flags;
};

/* Reads a command line; `in_sweepctl` is for `sweepctl config`, which takes operands and --json,
 * but neither --check nor --once. False when findings say what is wrong with it. */
bool settings_flags_read(int argc, char **argv, bool in_sweepctl, struct settings_flags *out,
    struct sweep_findings *findings);

/* Puts all sources together. `system` and `user` are the two files, NULL for the usual ones. What
 * `flags` point to must outlive the result, which is the caller's (settings_free()). NULL when
 * findings say what is wrong, or, when there is no error among them, memory is exhausted. */
struct settings *settings_read(const struct settings_flags *flags, const char *system,
    const char *user, struct sweep_findings *findings);

/* Reads files and environment again, with the same flags. What cannot change while the daemon runs
 * stays as it was, with a warning. On failure NULL, and `old` is still good; otherwise it still
 * belongs to the caller, too. */
struct settings *settings_reload(const struct settings *old, struct sweep_findings *findings);

/* Whether all that a daemon needs is set; otherwise findings say what is not. */
bool settings_complete(const struct settings *settings, struct sweep_findings *findings);

/* What every `sweepctl generate` gets besides what the daemon itself has to say: how to lock itself
 * in, limits, places. Ended by NULL, the caller's (settings_child_free()); NULL when memory is
 * exhausted. Not in sweepctl. */
char **settings_child_arguments(const struct settings *settings);
void settings_child_free(char **arguments);

/* Accepts NULL. */
void settings_free(struct settings *settings);

#endif
