/* SPDX-License-Identifier: Apache-2.0
 *
 * The checks of `sweepctl doctor`. Where it is harmless, a check tries the real operation, in a
 * directory whose name begins with a dot, so that a running sweepd ignores it.
 */
#ifndef DAEMON_SWEEPCTL_DOCTOR_DOCTOR_H
#define DAEMON_SWEEPCTL_DOCTOR_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor {
    const char *specs, *queue; /* NULL: not checked */
    const char *torchtune;     /* NULL: found as for other commands */
    bool group;                /* the directories are shared with their group */
    bool allow_root;
    bool utf8;
    json_t *checks;     /* collects the findings; NULL: print them as text */
    unsigned counts[3]; /* of findings, by level */
};

/* Reports a finding. `check` is a short name of what was checked; `todo` is a command or advice
 * that helps, or NULL. Both texts are escaped here. */
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *check, const char *todo,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

void doctor_user(struct doctor *doctor);
void doctor_kernel(struct doctor *doctor);
void doctor_inotify(struct doctor *doctor);
void doctor_directories(struct doctor *doctor);
void doctor_torchtune(struct doctor *doctor);
void doctor_slurm(struct doctor *doctor);

#endif
