/* SPDX-License-Identifier: Apache-2.0
 *
 * What `submit` and `retry` do before and after submit.sh.
 */
#ifndef DAEMON_SWEEPCTL_SUBMITTING_H
#define DAEMON_SWEEPCTL_SUBMITTING_H

#include <stdbool.h>

/* Checks that no file of the sweep was edited and, unless `no_check`, that the cluster can run what
 * its scripts ask for and has the programs that they start. `options` are those of the command line
 * of sbatch, ended by NULL, or NULL. EXIT_DONE, or another exit code with messages. */
int submitting_check(const char *directory, char *const options[], bool no_check);

/* EXIT_INVALID, with messages, if jobs of the sweep wait for something that will not happen by
 * itself; else EXIT_DONE, or another exit code with a message. */
int submitting_find_hopeless(const char *directory);

#endif
