/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameters: high-level names for what people vary, each with the checks and the messages of
 * the builder's with_* methods. Which there are and what they set stands in the profile; `lora`
 * takes rank and alpha together, because one without the other means nothing.
 */
#ifndef LIB_CONFIG_PARAMS_H
#define LIB_CONFIG_PARAMS_H

#include <jansson.h>

#include "lib/config/merge.h"
#include "lib/trainer/profile.h"
#include "sweep/error.h"

/* Checks one value. NULL when it is fine, else the stable code of the finding, and in `message`
 * what is wrong: "rank must be int, got float". A bool is never an int; an int is fine as a
 * float. */
const char *field_check(
    const struct field *field, const json_t *value, char *message, size_t message_size);

/* What is wrong with an argument: a finding's stable code and one line. */
struct argument_diagnostic {
    const char *code; /* NULL for none */
    char message[256];
};

/* Appends what a method does with its argument. `directory` is what relative dataset paths are
 * looked up in. SWEEP_INVALID fills *diagnostic with the first mistake. */
enum sweep_code parameter_operations(const struct parameter *parameter, const json_t *argument,
    const char *directory, struct operations *out, struct argument_diagnostic *diagnostic);

/* The value as the config gets it: an int given for a float is widened. New reference. */
json_t *field_value(const struct field *field, const json_t *value);

/* What a dataset string stands for: a local data file or directory, or a name on the hub. */
struct dataset {
    const char *loader;   /* "json", "csv"…; NULL for a hub name */
    const char *path_key; /* "data_files" or "data_dir"; NULL for a hub name */
    bool relative;        /* a local path that depends on the working directory */
    bool guessed;         /* a directory that could not be looked into: taken as JSON */
    bool no_memory;       /* nothing else is known then */
};

/* `directory` is what relative paths are looked up in. */
struct dataset dataset_of(const char *path, const char *directory);

/* Appends the operations that set the dataset. */
enum sweep_code dataset_operations(
    const struct dataset *dataset, const char *path, struct operations *out);

#endif
