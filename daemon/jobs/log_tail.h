/* SPDX-License-Identifier: Apache-2.0
 *
 * How a job ended, by the last lines of its log. slurmstepd writes the reason there when it kills a
 * job, and the trainer when it runs out of GPU memory: this needs neither a controller nor
 * accounting, and is still there when Slurm has forgotten the job.
 */
#ifndef DAEMON_JOBS_LOG_TAIL_H
#define DAEMON_JOBS_LOG_TAIL_H

#include <stddef.h>
#include <stdint.h>

enum log_end {
    LOG_SILENT, /* nothing of these */
    LOG_CANCELLED,
    LOG_TIME_LIMIT,
    LOG_PREEMPTED,
    LOG_REQUEUED,
    LOG_NODE_FAILED,
    LOG_HOST_MEMORY, /* the kernel killed a process, or refused it memory */
    LOG_GPU_MEMORY,
    LOG_KILLED, /* a signal ended a process of the training */
    LOG_ENDS,
};

/* What the trainer prints. Lists end with NULL, and may be NULL. A space matches several. */
struct log_phrases {
    const char *const *gpu_memory;
    const char *const *host_memory;
    const char *const *killed; /* followed by the number of the signal: "exitcode : -" */
};

struct log_tail {
    enum log_end end;
    int signal; /* LOG_KILLED: its number */
};

enum { LOG_TAIL_BYTES = 32768 }; /* that are read of the end of a log */

/* Reads the end of a log. Lines of slurmstepd that were written before `since` (seconds since 1970)
 * are about an earlier attempt: all restarts of a task share its log. The last line of slurmstepd
 * counts more than what the trainer printed. `phrases` may be NULL. */
void log_tail_read(const char *text, size_t length, int64_t since,
    const struct log_phrases *phrases, struct log_tail *out);

#endif
