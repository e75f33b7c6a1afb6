/* SPDX-License-Identifier: Apache-2.0
 *
 * The files besides the base that a spec is read from. Each is read once, so that everything that
 * uses it sees the same bytes; the digest of the sweep covers them.
 */
#ifndef LIB_SPEC_INPUT_FILES_H
#define LIB_SPEC_INPUT_FILES_H

#include "lib/doc/csv.h"
#include "lib/spec/context.h"

struct input_file {
    char *path; /* as written in the spec; owned */
    char *text; /* owned */
    size_t length;
    struct csv *csv;      /* owned */
    enum sweep_code code; /* that csv_parse() returned */
};

struct input_files {
    struct input_file *items;
    size_t count;
    uint64_t bytes; /* of all texts */
};

/* Reads a CSV file whose path the spec has at `at`: relative to context->directory. Each file is
 * reported once if it is wrong. *out stays valid until input_files_deinit(). */
enum sweep_code input_files_read_csv(const struct spec_context *context, const char *pointer,
    const struct placed_value *at, const struct csv **out);

void input_files_deinit(struct input_files *files);

#endif
