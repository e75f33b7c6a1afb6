/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading submissions/ of a sweep directory: for each job array a file of `key=value` lines, and
 * the list of its runs.
 */
#ifndef DAEMON_JOBS_SUBMISSIONS_H
#define DAEMON_JOBS_SUBMISSIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUBMISSIONS_DIRECTORY "submissions"

/* A job array that was submitted, or is about to be. */
struct submission {
    char *name;  /* of its file; owned */
    char *token; /* that the job's comment begins with; owned; NULL: not known */
    uint64_t job;
    bool is_then;  /* of what is done after runs: left out of the list */
    bool is_known; /* the job exists: its id was printed and recorded */
    int64_t at;    /* of its last step, seconds since 1970 */
    size_t *runs;  /* task k does run runs[k]; SIZE_MAX for a name that the sweep does not have */
    size_t n_runs;
};

struct submissions {
    struct submission *items; /* oldest first */
    size_t count;
    char problem[256]; /* the first file that could not be understood; "": none */
};

/* Of a sweep. */
struct submissions_source {
    int directory;       /* a descriptor */
    const json_t *index; /* of its runs' names; see lib/util/index.h */
    size_t n_runs;
};

/* Reads all submissions into *out, which is zero, and is always to be freed. False if memory runs
 * out. */
bool submissions_read(const struct submissions_source *source, struct submissions *out);
void submissions_free(struct submissions *submissions);

#endif
