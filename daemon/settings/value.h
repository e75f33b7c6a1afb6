/* SPDX-License-Identifier: Apache-2.0
 *
 * Converts between the text of a setting and its value.
 */
#ifndef DAEMON_SETTINGS_VALUE_H
#define DAEMON_SETTINGS_VALUE_H

#include <jansson.h>

#include "daemon/settings/table.h"

enum setting_origin {
    SETTING_DEFAULT,
    SETTING_FILE,
    SETTING_ENVIRONMENT,
    SETTING_FLAG,
};

/* Where a setting's value comes from. Owns its strings. */
struct setting_state {
    enum setting_origin origin;
    char *where;   /* the file, variable or flag; NULL for a default */
    unsigned line; /* in a file */
    char *text;    /* as written; NULL: not set */
    char *path;    /* of a path: what struct settings points to, or NULL */
    char **list;   /* of a list of paths: the same; ends with NULL */
};

void setting_state_deinit(struct setting_state *state);

enum setting_result {
    SETTING_OK,
    SETTING_INVALID, /* the message says why */
    SETTING_OOM,
};

struct setting_message {
    char text[320];
};

/* Sets setting `index` to the value of `text`. `state` has its origin (a file may not contain
 * relative paths) and is taken over on every path. On failure the setting keeps its old value. */
enum setting_result setting_set(struct settings *settings, size_t index, const char *text,
    struct setting_state *state, struct setting_message *message);

/* Replaces `auto` by a value where other settings and the machine decide it. False if memory ran
 * out. */
bool settings_resolve(struct settings *settings);

/* The value for users: "2 GiB", "2 (auto)", "no". The caller frees it; NULL if memory ran out. */
char *setting_text(const struct settings *settings, size_t index);

/* The value for programs: sizes in bytes, times in seconds, null if not set. A new reference. */
json_t *setting_json(const struct settings *settings, size_t index);

#endif
