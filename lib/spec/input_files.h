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
    char *file; /* that was read: the same, or where a sweep directory keeps it; owned */
    char *text; /* owned */
    size_t length;
    struct csv *csv;          /* of a CSV file; owned */
    struct json_source *json; /* of a spec; owned */
    enum sweep_code code;     /* that reading it returned */
};

/* The directory in a sweep directory that keeps these files, and the base if that is a file. */
#define INPUT_FILES_KEPT "sweep.extends"
#define INPUT_FILES_KEPT_BASE "sweep.extends/base.yaml"
#define INPUT_FILES_KEPT_THEN "sweep.extends/then.yaml" /* the base of "then" */

/* The path in a sweep directory that keeps file `index`: "sweep.extends/00-common.json". Of the
 * file's name, letters, digits and "._-". */
enum { INPUT_FILES_NAME = 64 };
void input_files_kept_name(const char *path, size_t index, char out[INPUT_FILES_NAME]);

struct input_files {
    struct input_file *items;
    size_t count;
    uint64_t bytes; /* of all texts */
};

/* Reads a CSV file whose path the spec has at `at`: relative to context->directory. Each file is
 * reported once if it is wrong. *out stays valid until input_files_deinit(). */
enum sweep_code input_files_read_csv(const struct spec_context *context, const char *pointer,
    const struct placed_value *at, const struct csv **out);

/* The same for a file with a JSON object a line. They become one list, with places in the file. */
enum sweep_code input_files_read_lines(const struct spec_context *context, const char *pointer,
    const struct placed_value *at, const struct json_source **out);

/* True for the name of such a file: it ends with .jsonl or .ndjson. */
bool input_files_is_lines(const char *path);

/* The same for a spec that another extends. `path` is relative to context->directory; a finding
 * about the file itself is at `place`. */
enum sweep_code input_files_read_json(const struct spec_context *context, const char *pointer,
    const char *path, const struct sweep_place *place, const struct json_source **out);

/* Adds a file that was read already, so that it need not be readable any more. */
enum sweep_code input_files_insert(
    struct input_files *files, const char *path, const char *text, size_t length);

void input_files_deinit(struct input_files *files);

#endif
