/* SPDX-License-Identifier: Apache-2.0
 *
 * From the text of a setting to its value, and back.
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

/* What is known of one setting. */
struct setting_state {
    enum setting_origin origin;
    char *where;   /* the file, variable or flag; NULL for defaults; owned */
    unsigned line; /* in a file */
    char *text;    /* as it was written; NULL: not set; owned */
    char *path;    /* of paths: what the struct points to, unless it is `text`; owned */
    char **list;   /* of lists, ended by NULL; owned, with what it points to */
};

/* Sets what the struct points to free. */
void setting_state_deinit(struct setting_state *state);

/* Gives setting `index` the value that `text` stands for; `state`, which is taken over, gets the
 * text. `in_file`: relative paths are refused there, since nobody can say what they begin at. False
 * with a message when the text cannot be, or with an empty one when there is no memory; then the
 * setting stays as it was. */
bool setting_take(struct settings *settings, size_t index, const char *text, bool in_file,
    struct setting_state *state, char *message, size_t size);

/* Puts in what depends on other settings and on the machine: `auto`, where it is known already. */
bool settings_resolve(struct settings *settings);

/* The value for people: "2 GiB", "2 (auto)", "no". The caller's; NULL when memory is exhausted. */
char *setting_text(const struct settings *settings, size_t index);

/* The value for machines: numbers of bytes and of seconds, null for what is not set. A new
 * reference. */
json_t *setting_json(const struct settings *settings, size_t index);

#endif
