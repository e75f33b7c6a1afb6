/* SPDX-License-Identifier: Apache-2.0
 *
 * What `sweepctl doctor` looks at. Everything is tried rather than looked up, where that does no
 * harm: in a directory of its own, whose name begins with a dot, so that a running daemon takes no
 * notice.
 */
#ifndef DAEMON_SWEEPCTL_DOCTOR_DOCTOR_H
#define DAEMON_SWEEPCTL_DOCTOR_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor {
    const char *specs, *queue; /* or NULL: not asked about */
    const char *torchtune;     /* or NULL: as sweepctl finds it */
    bool group;                /* shared with the group that the directories belong to */
    bool allow_root;
    bool utf8;
    json_t *checks;     /* an array that findings are put into; NULL: print them */
    unsigned counts[3]; /* by level */
};

/* One finding. `check` is a short word for what was looked at, `todo` a command or advice that
 * helps, or NULL. Text of the file system is escaped here. */
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *check, const char *todo,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

void doctor_user(struct doctor *doctor);
void doctor_kernel(struct doctor *doctor);
void doctor_inotify(struct doctor *doctor);
void doctor_directories(struct doctor *doctor);
void doctor_torchtune(struct doctor *doctor);
void doctor_slurm(struct doctor *doctor);

#endif
