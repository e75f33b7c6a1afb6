/* SPDX-License-Identifier: Apache-2.0
 *
 * What sbatch takes: each option that makes sense for a training run, with the form and range of
 * its value. From the manual page of sbatch in Slurm 22.05 and, where the table names a version,
 * from that of the version; tests/slurm/options compares it with sbatch itself.
 */
#ifndef LIB_SLURM_TABLE_H
#define LIB_SLURM_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum option_form {
    FORM_FLAG,    /* no value */
    FORM_ARRAY,   /* an int that shapes this program's job arrays; no option of sbatch */
    FORM_INT,     /* from min to max */
    FORM_WORD,    /* only the cluster can say which are right */
    FORM_TIME,    /* a duration, at least `min` minutes */
    FORM_SIZE,    /* megabytes, or with a unit */
    FORM_ONE_OF,  /* one of `values` */
    FORM_SOME_OF, /* several of `values`, with commas */
    FORM_PATTERN, /* what the regular expression `values` matches */
    FORM_NODES,   /* min[-max], or a list of sizes */
    FORM_GPUS,    /* [type:]count or a type */
    FORM_GRES,    /* name[:type][:count] */
};

struct slurm_option {
    const char *name;
    enum option_form form;
    char letter;        /* the short option, 0: none; only for suggestions */
    bool flag;          /* `true` gives the option without a value, `false` leaves it out */
    const char *values; /* words separated by spaces, or an extended regular expression */
    const char *newer;  /* those of `values` that Slurm 22.05 does not know */
    const char *since;  /* the Slurm version that introduced the option, or `newer`; NULL: 22.05 */
    const char *wanted; /* what a value must be, as messages say it; NULL: the form's own words */
    long long min, max; /* of an int */
};

enum { SLURM_MAX_OPTIONS = 96 };

extern const struct slurm_option slurm_option_table[];
extern const size_t slurm_option_count; /* at most SLURM_MAX_OPTIONS */

/* The option of a name, in which people write `_` for `-`; NULL: there is none. */
const struct slurm_option *slurm_option_find(const char *name);

/* The index in the table of a name that is in it. */
size_t slurm_option_index(const char *name);

/* What people call an option: its letter, or the name in another tool. NULL: not known. */
const char *slurm_option_alias(const char *name);

/* Why an option of sbatch cannot be given in a spec; NULL: it can, or there is no such option. */
const char *slurm_option_reserved(const char *name);

#endif
