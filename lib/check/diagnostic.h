/* SPDX-License-Identifier: Apache-2.0
 *
 * What is wrong with a config, before it is known where its values come from: a diagnostic names a
 * config path. The caller turns it into a finding, which has a position in a file.
 */
#ifndef LIB_CHECK_DIAGNOSTIC_H
#define LIB_CHECK_DIAGNOSTIC_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/trainer/profile.h"
#include "lib/util/strbuf.h"

/* All strings are borrowed for the duration of the call. */
struct diagnostic {
    enum sweep_severity severity;
    const char *code;
    const char *path; /* of the key to blame; it need not exist */
    const char *message;
    const char *hint;        /* NULL: none */
    const struct rule *rule; /* the profile's rule that was broken, or NULL */
    const char *it_path;     /* of the component that was checked; NULL: the config as a whole */
};

struct diagnostic_sink {
    void (*emit)(void *context, const struct diagnostic *diagnostic);
    void *context;
    /* True if diagnostics of this severity are only counted from now on: there were so many that
     * the others are not shown. NULL: they never are. */
    bool (*is_only_counting)(void *context, enum sweep_severity severity);
};

/* Whether an expensive hint would not be shown. */
bool diagnostic_is_only_counted(const struct diagnostic_sink *sink, enum sweep_severity severity);

/* Appends a value for a message. The largest float is what infinity is checked as: "inf". */
void diagnostic_put_value(struct strbuf *out, const json_t *value);

/* Format a message and emit it as a diagnostic. `hint` may be NULL or empty. */
void diagnostic_error(const struct diagnostic_sink *sink, const char *code, const char *path,
    const char *hint, const char *format, ...) SWEEP_PRINTF(5, 6);
void diagnostic_warning(const struct diagnostic_sink *sink, const char *code, const char *path,
    const char *hint, const char *format, ...) SWEEP_PRINTF(5, 6);
void diagnostic_note(const struct diagnostic_sink *sink, const char *code, const char *path,
    const char *hint, const char *format, ...) SWEEP_PRINTF(5, 6);

#endif
