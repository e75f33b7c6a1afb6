/* SPDX-License-Identifier: Apache-2.0
 *
 * Values and bundles from CSV files. Each value has its place in the file.
 */
#ifndef LIB_SPEC_DATA_FILE_H
#define LIB_SPEC_DATA_FILE_H

#include "lib/spec/generated.h"
#include "lib/spec/reading.h"

/* The cells of one column: {"file": "values.csv", "column": "lr"}. */
enum sweep_code data_file_read_column(
    const struct reading *r, const struct placed_value *at, struct generated *out);

/* The rows of a file as a list of objects, {"file": "points.csv"}: the first line names the keys;
 * a row does not have the keys whose cells are empty. `pointer` is for findings: "/cases". */
enum sweep_code data_file_read_bundles(const struct spec_context *context, const char *pointer,
    const struct placed_value *at, struct generated *out);

#endif
