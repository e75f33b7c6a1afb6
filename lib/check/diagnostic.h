/* SPDX-License-Identifier: Apache-2.0
 *
 * What a check has to say of a config, before it is known where the config's values came from: a
 * complaint names a config path; whoever asked for the check turns that into a place in a file.
 */
#ifndef LIB_CHECK_DIAGNOSTIC_H
#define LIB_CHECK_DIAGNOSTIC_H

#include <stdbool.h>

#include "lib/trainer/profile.h"

/* All strings are borrowed for the duration of the call. */
struct complaint {
    enum sweep_severity severity;
    const char *code;
    const char *path; /* of the key to blame; it need not exist */
    const char *message;
    const char *hint;        /* NULL for none */
    const struct rule *rule; /* the profile's rule that was broken, or NULL */
    const char *it_path;     /* the component that it is about; NULL for the config */
};

struct sink {
    void (*take)(void *context, const struct complaint *complaint);
    void *context;
};

/* Formats a message and hands the complaint on. `hint` may be NULL. */
void complain(const struct sink *sink, enum sweep_severity severity, const char *code,
    const char *path, const char *hint, const char *format, ...) SWEEP_PRINTF(6, 7);

#endif
