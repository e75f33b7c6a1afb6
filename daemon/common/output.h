/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing to stdout: a program whose output was lost, because a disk is full, says so and fails.
 */
#ifndef DAEMON_COMMON_OUTPUT_H
#define DAEMON_COMMON_OUTPUT_H

/* Call it first in main(): if stdin, stdout or stderr is closed, makes sure that no other file gets
 * its descriptor. */
void output_start(void);

/* Flushes stdout. EXIT_DONE, or EXIT_OUTPUT if anything printed there so far was lost. */
int output_flush(void);

/* Call it last in main(), with the exit code: flushes stdout and, if output was lost, reports that
 * and turns EXIT_DONE into EXIT_OUTPUT. Returns the exit code. */
int output_finish(const char *program, int code);

#endif
