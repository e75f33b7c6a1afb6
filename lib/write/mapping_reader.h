/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the first columns of run_mapping.csv: the number of each run, its name and its identity.
 */
#ifndef LIB_WRITE_MAPPING_READER_H
#define LIB_WRITE_MAPPING_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapping_row {
    uint64_t number;
    int name_width; /* digits in the run's name */
    bool has_id;    /* not in sweeps of releases before there were identities */
    uint64_t id;    /* its hex digits as a number */
};

struct mapping_reader {
    const char *next, *end; /* borrowed */
    const char *titles;     /* of the first line */
    size_t titles_length;
    bool has_ids;
    bool is_damaged; /* a line was not understood */
};

/* Reads the line of titles; false if it is not that of a run_mapping.csv. The text must outlive the
 * reader. */
bool mapping_reader_begin(struct mapping_reader *reader, const char *text, size_t length);

/* True if there is a column with this title, which needs no quotes. */
bool mapping_reader_has_column(const struct mapping_reader *reader, const char *title);

/* Reads a row; false at the end, or at a line that is damaged. */
bool mapping_reader_next(struct mapping_reader *reader, struct mapping_row *row);

#endif
