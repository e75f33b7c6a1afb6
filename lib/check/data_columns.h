/* SPDX-License-Identifier: Apache-2.0
 *
 * Which columns the first records of a data file have.
 */
#ifndef LIB_CHECK_DATA_COLUMNS_H
#define LIB_CHECK_DATA_COLUMNS_H

#include <jansson.h>

#include "lib/check/file_head.h"

/* How the trainer reads the file. */
struct data_format {
    const char *loader;    /* "json", "csv" or "text" */
    const char *delimiter; /* of CSV; NULL: a comma */
    const char *field;     /* the key of an object that has the records; NULL: the whole file */
};

/* The columns of the first records: an object of their names. A value says what the column has:
 * a string for a string, a list for a list (with the keys of its first item, if that is an object),
 * null for everything else. NULL if they cannot be told; if that is because the file is certainly
 * wrong, `wrong` then says how: "is empty". wrong->oom is set when memory is exhausted. */
json_t *data_columns_read(
    const struct file_head *head, const struct data_format *format, struct strbuf *wrong);

#endif
