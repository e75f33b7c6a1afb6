/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods as their users know them: a table of its own, so that a slip in the library's does
 * not go unnoticed.
 */
#ifndef TESTS_BUILDER_METHODS_H
#define TESTS_BUILDER_METHODS_H

#include "tests/builder/common.h"

enum { N_METHODS = 22, MAX_VALUE_ERRORS = 8 };

struct method {
    const char *name;
    const char *alias; /* or NULL */
    /* A typical call, the same argument as JSON, and what it does to a config, as values and as
     * lines of BASE. A deletion is the string "(deleted)". */
    struct sweep_builder *(*call)(struct sweep_builder *builder);
    const char *argument;
    const char *change;
    const char *diff;
    /* The argument's fields, and the type that messages ask for. A single field is the argument
     * itself. */
    const char *fields[2];
    const char *type;
    bool widens;             /* an int becomes a float */
    const char *companion;   /* overrides without which no recipe would take it; NULL for none */
    const char *integration; /* a part of the names of the bases it applies to; NULL for all */
    /* Wrong values and their messages, behind the kind of error. */
    struct {
        const char *argument, *message;
    } value_errors[MAX_VALUE_ERRORS];
};

extern const struct method methods[N_METHODS];

#endif
