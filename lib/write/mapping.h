/* SPDX-License-Identifier: Apache-2.0
 *
 * run_mapping.csv: a row for each run with its number, name, identity and config, and a column for
 * each config path that an axis sets.
 */
#ifndef LIB_WRITE_MAPPING_H
#define LIB_WRITE_MAPPING_H

#include <stdint.h>

#include "lib/plan/template.h"
#include "lib/util/strbuf.h"

struct cell {
    char *text; /* owned */
    size_t length;
};

/* What an axis puts into a column. */
struct column_axis {
    size_t axis, n_choices;
    struct cell *cells; /* of each choice; the text is NULL where it leaves the path alone; owned */
};

struct column {
    const char *path; /* borrowed */
    bool is_deletion; /* the cells say whether the path is deleted */
    struct column_axis *axes;
    size_t n_axes;
    struct cell base; /* of runs in which no axis sets the path */
};

struct mapping {
    const struct assignments *axes; /* borrowed */
    const json_t *tree;             /* the config without the axes; borrowed */
    struct column *columns;
    size_t n_columns;
    struct strbuf text; /* rows that were added; its `oom` also covers the columns */
};

/* Begins the table with its header; the caller empties `text`. Always to be released with
 * mapping_deinit(). */
void mapping_init(struct mapping *mapping, const struct assignments *axes, const json_t *tree);
void mapping_deinit(struct mapping *mapping);

/* Appends the row of a run. */
void mapping_add_row(struct mapping *mapping, const struct run *run, const char *config);

#endif
