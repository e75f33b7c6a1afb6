/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of settings. Parsing, --help, the manual pages and `sweepctl config` all use it.
 */
#ifndef DAEMON_SETTINGS_TABLE_H
#define DAEMON_SETTINGS_TABLE_H

#include "daemon/settings/settings.h"

enum setting_type {
    SETTING_PATH,    /* const char * */
    SETTING_PROGRAM, /* const char *; without a slash it is searched for in PATH */
    SETTING_PATHS,   /* const char *const *, ends with NULL; a list, or separated by colons */
    SETTING_COUNT,   /* uint64_t */
    SETTING_SIZE,    /* uint64_t, bytes */
    SETTING_TIME,    /* int64_t, ms */
    SETTING_YES_NO,  /* bool */
    SETTING_CHOICE,  /* int: index of the word */
};

struct setting {
    char name[32]; /* "child.memory" */
    enum setting_type type;
    char default_text[32]; /* as in a settings file; empty if not set */
    const char *words;     /* of a choice, all values; else special values: "auto|no", or "" */
    uint64_t min, max;     /* of counts, sizes (bytes) and times (ms) */
    size_t offset;         /* in struct settings */
    bool needs_restart;    /* cannot change while sweepd runs */
    const char *help;      /* for users; no full stop at the end */
};

/* Setting `index`; false after the last. */
bool setting_at(size_t index, struct setting *out);

/* The index of a setting by its name in a file ("child.memory"); SIZE_MAX if unknown. */
size_t setting_find(const char *name);

/* True for the name of a group: "child", "limits". */
bool setting_is_group(const char *name);

/* Finds the setting or group closest to an unknown name; `out` is empty if none is close. */
void setting_nearest(const char *name, char out[32]);

/* "child-memory" and "SWEEPD_CHILD_MEMORY" */
void setting_flag(const struct setting *setting, char out[40]);
void setting_variable(const struct setting *setting, char out[40]);

/* The placeholder for its value in --help: "SIZE", "self|any". Borrowed from it, or static. */
const char *setting_placeholder(const struct setting *setting);

/* The index of `text` in a list of words separated by bars; -1 if it is not there. */
int setting_word(const char *words, const char *text);

/* Which values it can have, for users: "a number from 1 to 64, or auto". */
void setting_describe(const struct setting *setting, char *out, size_t size);

#endif
