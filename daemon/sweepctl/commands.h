/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of sweepctl. Each is defined in the file that runs it; main.c lists them once, and
 * takes their names, the list in `sweepctl --help` and every help text from there.
 */
#ifndef DAEMON_SWEEPCTL_COMMANDS_H
#define DAEMON_SWEEPCTL_COMMANDS_H

struct command {
    const char *name;
    const char *summary; /* one line, as `sweepctl --help` lists it */
    const char *help;    /* usage, description, options, exit codes */
    /* argv[0] is the command's name. Returns an exit code. */
    int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command cmd_bases, cmd_completion, cmd_config, cmd_diff, cmd_doctor, cmd_drop,
    cmd_explain, cmd_extract, cmd_generate, cmd_plan, cmd_schema, cmd_setup, cmd_status, cmd_unpack,
    cmd_validate, cmd_verify;

/* All of them, in the order of `sweepctl --help`; ends with NULL (main.c). */
extern const struct command *const all_commands[];

/* cmd_jobs.c */
extern const struct command cmd_cancel, cmd_logs, cmd_wait;

/* cmd_results.c */
extern const struct command cmd_best, cmd_results;

extern const struct command cmd_submit;

/* cmd_retry.c */
extern const struct command cmd_retry;

/* cmd_control.c */
extern const struct command cmd_drain, cmd_ping, cmd_reload, cmd_rescan;

#endif
