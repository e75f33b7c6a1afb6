/* SPDX-License-Identifier: Apache-2.0
 *
 * run_mapping.csv: a row for each run, a column for each config path that an axis sets.
 */
#ifndef LIB_WRITE_MAPPING_H
#define LIB_WRITE_MAPPING_H

#include <stdint.h>

#include "lib/spec/spec.h"
#include "lib/util/strbuf.h"

struct mapping {
    const struct assignments *axes; /* borrowed */
    char ***cells;                  /* [axis][choice]: its cells as they are in a row, ",8,16" */
    struct strbuf text;             /* of the file; its `oom` also covers the cells */
};

/* Begins the table with its header. Always to be released with mapping_deinit(). */
void mapping_init(struct mapping *mapping, const struct assignments *axes);
void mapping_deinit(struct mapping *mapping);

/* Appends the row of run `index`; `choices` has its choice of each axis. */
void mapping_add_row(struct mapping *mapping, uint64_t index, const char *run, const char *config,
    const size_t *choices);

#endif
