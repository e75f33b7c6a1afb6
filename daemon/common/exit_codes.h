/* SPDX-License-Identifier: Apache-2.0
 *
 * Exit codes of sweepctl and sweepd. Documented in every --help and manual page; sweepd decides by
 * those of `sweepctl generate` what becomes of a spec.
 */
#ifndef DAEMON_COMMON_EXIT_CODES_H
#define DAEMON_COMMON_EXIT_CODES_H

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,   /* the system refused: a file, memory… */
    EXIT_USAGE = 2,    /* the command line is wrong */
    EXIT_INVALID = 3,  /* the spec or config is wrong; nothing was written */
    EXIT_NO_SPACE = 4, /* no space, inodes or quota: a retry may succeed */
    EXIT_DIFFERS = 4,  /* of `generate --check`: the queue is not what the spec gives */
    EXIT_STORAGE = 5,  /* the storage fails: an I/O error, a failed fsync */

    /* Only with `generate --tell-environment`: the queue, the trainer, the profile or the sandbox
     * cannot be used. The spec was not read yet, so it cannot be the reason. */
    EXIT_ENVIRONMENT = 6,

    EXIT_OUTPUT = 7, /* done, but stdout could not be written: it is full, or closed */

    /* Of `wait`. */
    EXIT_RUNS = 8,      /* some runs failed, were lost or never started */
    EXIT_TIME_OVER = 9, /* some runs are still queued or running */

    /* Of a shell: the program exists but cannot be run, or it does not exist. */
    EXIT_CANNOT_RUN = 126,
    EXIT_NO_PROGRAM = 127,
};

#endif
