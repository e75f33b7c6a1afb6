/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon's settings. Sources, each of which overrides those above it:
 *
 *     the defaults in daemon/settings/table.c
 *     /etc/sweepd/sweepd.yaml
 *     $XDG_CONFIG_HOME/sweepd/sweepd.yaml, or ~/.config/sweepd/sweepd.yaml
 *     environment variables: SWEEPD_JOBS, SWEEPD_CHILD_MEMORY
 *     flags: --jobs, --child-memory; --config FILE replaces both files
 *
 * All errors in all sources are reported together, each as a finding with its position.
 */
#ifndef DAEMON_SETTINGS_SETTINGS_H
#define DAEMON_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "sweep/error.h"
#include "sweep/limits.h"

/* rescan and settle: depends on the file system, chosen when the directory is opened. */
#define SETTINGS_AUTO (-1)

enum settings_owner { SETTINGS_OWNER_SELF, SETTINGS_OWNER_ANY };
enum settings_confine { SETTINGS_CONFINE_NO, SETTINGS_CONFINE_TRY, SETTINGS_CONFINE_YES };
enum settings_log {
    SETTINGS_LOG_ERROR,
    SETTINGS_LOG_WARNING,
    SETTINGS_LOG_NOTICE,
    SETTINGS_LOG_INFO
};

enum { SETTINGS_MAX = 64 }; /* an upper bound of the number of settings */

/* A parsed command line. All strings are borrowed from argv. */
struct settings_flags {
    const char *values[SETTINGS_MAX]; /* by setting index; NULL if not given */
    const char *config;               /* --config FILE, or NULL */
    bool help, version, check, once, json;
    int operands; /* index in argv of the first operand */
};

struct setting_state;

/* Owns all strings. daemon/settings/table.c describes each setting. */
struct settings {
    const char *specs, *queue;     /* NULL: not set */
    const char *torchtune;         /* NULL: the generator searches for it */
    const char *profile;           /* NULL: built in */
    const char *sweepctl;          /* NULL: next to sweepd, or in PATH */
    const char *const *bases;      /* ends with NULL */
    const char *defaults;          /* NULL: none */
    const char *const *prologs;    /* ends with NULL */
    const char *control, *metrics; /* NULL: none */
    int64_t rescan_ms, settle_ms;  /* or SETTINGS_AUTO */
    int64_t patience_ms, deadline_ms, backoff_ms;
    uint64_t jobs, attempts; /* at least 1 */
    bool inotify, allow_root, group, check_paths, submit;
    int owner, confine, log_level; /* enum settings_owner, settings_confine, settings_log */
    uint64_t child_memory, child_file_size, child_output; /* bytes */
    uint64_t child_files;
    int64_t child_cpu_ms;
    struct sweep_limits limits; /* all set: no member is 0 */
    uint64_t queue_free;        /* bytes */
    uint64_t waiting;           /* specs per user */
    uint64_t rate;              /* specs per user and hour; 0: no limit */
    /* Used by daemon/settings/ only: */
    struct setting_state *states; /* by setting index: its text, and where it was set */
    char *system_file, *user_file;
    struct settings_flags flags;
};

/* Parses a command line. `in_sweepctl` is for `sweepctl config`, which takes operands and --json
 * but not --check or --once. False if a finding was added. */
bool settings_flags_read(int argc, char **argv, bool in_sweepctl, struct settings_flags *out,
    struct sweep_findings *findings);

/* Combines all sources. `system` and `user` replace the paths of the two files; NULL for the
 * defaults. The strings of `flags` must outlive the result, which the caller frees with
 * settings_free(). NULL on failure: if no finding is an error, memory ran out. */
struct settings *settings_read(const struct settings_flags *flags, const char *system,
    const char *user, struct sweep_findings *findings);

/* Reads files and environment again, with the flags of `old`. A changed setting that needs a
 * restart keeps its old value, with a warning. NULL on failure. The caller still owns `old`. */
struct settings *settings_reload(const struct settings *old, struct sweep_findings *findings);

/* True if everything that the daemon needs is set, fits together and can be trusted; otherwise adds
 * a finding for what is missing, does not fit or can be changed by others. */
bool settings_complete(const struct settings *settings, struct sweep_findings *findings);

/* True if only root, this user and, for bases, the group of the specs can change the profile,
 * torchtune, the bases and the program that the settings name, as far as these exist; otherwise
 * adds a finding for each problem, with the command that fixes it. Settings files are checked when
 * they are read. */
bool settings_check_trust(const struct settings *settings, struct sweep_findings *findings);

/* True if only root and this user can change the settings file; otherwise adds a finding. */
bool settings_check_file_trust(const char *path, struct sweep_findings *findings);

/* True if specs and queue, which are set, are two directories and neither is inside the other, by
 * any path; otherwise adds a finding. They need not exist. */
bool settings_check_apart(const struct settings *settings, struct sweep_findings *findings);

/* The options that every `sweepctl generate` gets because of settings: sandbox, limits, paths. Ends
 * with NULL; the caller frees it with settings_generator_args_free(). NULL if memory ran out. */
char **settings_generator_args(const struct settings *settings);
void settings_generator_args_free(char **args);

/* Accepts NULL. */
void settings_free(struct settings *settings);

#endif
