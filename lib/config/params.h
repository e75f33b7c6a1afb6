/* SPDX-License-Identifier: Apache-2.0
 *
 * Values for the parameters of a profile: high-level names for what a sweep varies. Types, ranges
 * and messages are those of the builder's with_* methods.
 */
#ifndef LIB_CONFIG_PARAMS_H
#define LIB_CONFIG_PARAMS_H

#include <jansson.h>

#include "lib/config/merge.h"
#include "lib/trainer/profile.h"
#include "sweep/error.h"

/* Checks one value. NULL if it is right, else the code of the finding, and in `message` the reason:
 * "rank must be int, got float". A bool is never an int; an int is accepted as a float. */
const char *field_check(
    const struct field *field, const json_t *value, char *message, size_t message_size);

/* The value as the config gets it: an int given for a float is converted. New reference. */
json_t *field_value(const struct field *field, const json_t *value);

/* The names of a parameter's fields, each between two `quote`: "rank and alpha". */
void parameter_field_names(
    const struct parameter *parameter, const char *quote, char *out, size_t size);

/* The code and hint of findings about values that are not all given. */
struct together {
    const char *code; /* borrowed from the profile */
    char hint[400];
};
/* For the fields of a parameter, */
void parameter_together(
    const struct profile *profile, const struct parameter *parameter, struct together *out);
/* and for the paths of a group. */
void group_together(const struct path_group *group, struct together *out);

/* What is wrong with an argument. */
struct argument_diagnostic {
    const char *code; /* of the finding */
    char message[256];
};

/* Appends what setting a parameter does. `directory` is where relative paths of data are looked up.
 * SWEEP_INVALID fills *diagnostic with the first mistake. */
enum sweep_code parameter_operations(const struct parameter *parameter, const json_t *argument,
    const char *directory, struct operations *out, struct argument_diagnostic *diagnostic);

#endif
