/* SPDX-License-Identifier: Apache-2.0
 *
 * The one table of settings: what reads them, --help, the manual pages and `sweepctl config` are
 * all made from it.
 */
#ifndef DAEMON_SETTINGS_TABLE_H
#define DAEMON_SETTINGS_TABLE_H

#include "daemon/settings/settings.h"

enum setting_type {
    SETTING_PATH,    /* const char * */
    SETTING_PROGRAM, /* likewise; without a slash it is looked up in PATH */
    SETTING_PATHS,   /* const char *const *, ended by NULL; a list, or separated by colons */
    SETTING_COUNT,   /* uint64_t */
    SETTING_SIZE,    /* uint64_t, bytes */
    SETTING_TIME,    /* int64_t, ms */
    SETTING_YES_NO,  /* bool */
    SETTING_CHOICE,  /* int: the number of its word */
};

struct setting {
    char name[32]; /* "child.memory" */
    enum setting_type type;
    char standard[32];    /* as somebody would write it; empty: not set */
    const char *words;    /* all of a choice, or what else it takes, "auto|no"; empty: nothing */
    uint64_t least, most; /* of counts, bytes and ms */
    size_t offset;        /* in struct settings */
    bool restart;         /* only a new start can change it */
    const char *help;     /* for people, no final stop */
};

/* Setting `index`; false behind the last. */
bool setting_at(size_t index, struct setting *out);

/* The index of a name, which may be written as in a file ("child.memory"); SIZE_MAX for none. */
size_t setting_find(const char *name);

/* Whether a name is that of a group: "child". */
bool setting_is_group(const char *name);

/* What is nearest to a name that is none: a setting or a group, in `out`; empty when nothing is. */
void setting_nearest(const char *name, char out[32]);

/* "--child-memory" without the hyphens in front, and "SWEEPD_CHILD_MEMORY". */
void setting_flag(const struct setting *setting, char out[40]);
void setting_variable(const struct setting *setting, char out[40]);

/* What stands for the value of its flag: "SIZE", "self|any". Borrowed from it, or static. */
const char *setting_placeholder(const struct setting *setting);

/* The number of `text` among words that are separated by bars; -1 for none. */
int setting_word(const char *words, const char *text);

/* What it takes, for people: "a number from 1 to 64, or auto". */
void setting_describe(const struct setting *setting, char *out, size_t size);

#endif
