/* SPDX-License-Identifier: Apache-2.0
 *
 * What the commands of sweepctl have in common.
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

struct command;

/* Prints the command's help on stdout. Returns EXIT_DONE. */
int cli_help(const struct command *command);

/* Points to --help on stderr. Returns EXIT_USAGE. */
int cli_usage(const struct command *command);

/* The whole of a file, or of stdin for "-"; at most `most` + 1 bytes, so that the library can say
 * that it is too large. NULL with a message on stderr. The caller's (free()). */
char *cli_read(const char *path, size_t most, size_t *length);

/* The trainer: `torchtune` from the command line, or the environment's SWEEPD_TORCHTUNE, or its
 * VIRTUAL_ENV when that holds a torchtune. NULL with a message on stderr. */
struct sweep_trainer *cli_trainer(const char *torchtune);

/* Reads the argument of --format; false with a message on stderr when there is no such format. */
bool cli_format(const struct command *command, const char *name, enum sweep_report_format *format);

/* True when stderr is a terminal and NO_COLOR is not set. */
bool cli_colour(void);

/* Prints what is ready of a report: text on stderr, other formats on stdout. EXIT_DONE, or
 * EXIT_FAILED when there is no memory or stdout fails. */
int cli_print_report(struct sweep_report *report, enum sweep_report_format format, bool complete);

/* `text` as it may be shown to people: sweep_escape(), at most 8 KiB. Good until the eighth call
 * after it. */
const char *cli_shown(const char *text);

/* Writes that to a stream, or to stdout. */
void cli_write_name(FILE *stream, const char *name);

void cli_print_name(const char *name);

/* Prints findings on stderr, in colour on a terminal unless NO_COLOR is set. */
void cli_print_findings(const struct sweep_findings *findings);

/* Prints one line on stderr, escaped (log_escape()). Returns `code`. */
int cli_complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints why something failed on stderr. Returns the exit code for it. */
int cli_fail(const struct sweep_error *error);

/* "3 runs", "1 run". */
const char *cli_plural(unsigned long long count);

/* Prints a JSON value on one line of stdout and releases it; EXIT_DONE, or EXIT_FAILED when `value`
 * is NULL or stdout fails. */
int cli_print_json(json_t *value);

/* Flushes stdout. EXIT_DONE, or EXIT_FAILED when anything written to it was lost. */
int cli_flush(void);

/* "44 kB": bytes for people, in `out`. */
void cli_size(unsigned long long bytes, char out[32]);

#endif
