/* SPDX-License-Identifier: Apache-2.0
 *
 * What the commands of sweepctl share. Results go to stdout, messages to stderr.
 */
#ifndef DAEMON_SWEEPCTL_CLI_H
#define DAEMON_SWEEPCTL_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "daemon/common/exit_codes.h"
#include "sweep/error.h"
#include "sweep/report.h"
#include "sweep/trainer.h"

/* Returned instead of an exit code by functions that read options: the command goes on. */
enum { CLI_CONTINUE = -1 };

struct command;

/* --- command lines ---------------------------------------------------------------------------- */

/* Prints the command's help on stdout. EXIT_DONE, or EXIT_OUTPUT if stdout fails. */
int cli_help(const struct command *command);

/* Points to --help on stderr; getopt has said what is wrong. Returns EXIT_USAGE. */
int cli_usage(const struct command *command);

/* Prints what is wrong, after the name of the command, and then the same. */
int cli_usage_error(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads the argument of --format. False, with a message, for an unknown format. */
bool cli_format(const struct command *command, const char *name, enum sweep_report_format *format);

/* --- input ------------------------------------------------------------------------------------ */

/* The name of an input in messages: "stdin" for "-". */
const char *cli_input_name(const char *path);

/* Reads a file, or stdin for "-". Stops after `max` + 1 bytes, so that the library can report that
 * the input is too large. The result is the caller's (free()); NULL with a message. */
char *cli_read(const char *path, size_t max, size_t *length);

/* The trainer of a profile (--profile, or NULL for the built-in one), with an installation in
 * `torchtune` (--torchtune, or NULL), else in $SWEEPD_TORCHTUNE, else in $VIRTUAL_ENV if there is
 * one, else without. Returns an exit code, after a message. */
int cli_trainer(const char *torchtune, const char *profile, struct sweep_trainer **out);

/* The same without a message; NULL on failure. *source says where the installation was found:
 * "given", the name of a variable, or NULL if there is none. */
struct sweep_trainer *cli_find_trainer(
    const char *torchtune, const char *profile, const char **source, struct sweep_error *error);

/* --- output ----------------------------------------------------------------------------------- */

/* `text` with control characters escaped (sweep_escape()), cut off after 8 KiB. Valid until the
 * eighth call from now. */
const char *cli_escaped(const char *text);

/* The same as a word of a shell command that the user may copy, in quotes if it needs them. */
const char *cli_quoted(const char *text);

/* "s", or "" for a count of 1. */
const char *cli_plural(unsigned long long count);

/* "44 kB". */
void cli_size(unsigned long long bytes, char out[32]);

/* Flushes stdout. EXIT_DONE, or EXIT_OUTPUT if anything printed there was lost, which is reported
 * at the end of main(). */
int cli_flush(void);

/* Prints a JSON value on one line and releases it. EXIT_DONE, EXIT_OUTPUT if stdout fails, or
 * EXIT_FAILED, with a message, if `value` is NULL: out of memory. */
int cli_print_json(json_t *value);

/* Prints the part of a report that is ready: text on stderr, other formats on stdout. EXIT_DONE,
 * EXIT_OUTPUT if stdout fails, or EXIT_FAILED, with a message, if memory runs out. */
int cli_print_report(struct sweep_report *report, enum sweep_report_format format, bool complete);

/* True if stderr is a terminal and $NO_COLOR is not set. */
bool cli_colour(void);

/* Prints findings on stderr. */
void cli_print_findings(const struct sweep_findings *findings);

/* --- errors ----------------------------------------------------------------------------------- */

/* Prints one line on stderr, escaped. Returns `code`. */
int cli_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints an error of the library. Returns the exit code for it. */
int cli_fail(const struct sweep_error *error);

/* Returns EXIT_FAILED. */
int cli_oom(void);

#endif
