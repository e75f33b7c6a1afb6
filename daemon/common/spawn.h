/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting a program and keeping what it prints. The caller waits for output and exit: sweepd does
 * it in its event loop, sweepctl with poll(2).
 */
#ifndef DAEMON_COMMON_SPAWN_H
#define DAEMON_COMMON_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/util/strbuf.h"

/* Starts argv[0], found by PATH unless it has a slash, with these descriptors as standard input,
 * output and error. It gets a session of its own, so that Ctrl-C in our terminal does not reach it
 * and kill(-pid) reaches everything it starts, and the default action for every signal. Blocks
 * until the new program runs. 0 or an errno value. */
int spawn_program(char *const *argv, const int files[3], pid_t *pid);

/* The same with another environment, which ends with NULL. Our own PATH is searched. */
int spawn_with_environment(
    char *const *argv, char *const *environment, const int files[3], pid_t *pid);

/* Output of a program, up to a limit. Set `max`, zero-initialise the rest; strbuf_deinit(&text). */
struct spawn_output {
    struct strbuf text;
    size_t max;
    bool cut; /* it printed more than `max` bytes, or memory ran out */
};

void spawn_keep(struct spawn_output *output, const char *bytes, size_t length);

#endif
