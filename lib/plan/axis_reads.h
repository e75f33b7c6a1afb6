/* SPDX-License-Identifier: Apache-2.0
 *
 * Which axes of a sweep a config path depends on: those that set it, and those that set what it
 * refers to with `${…}`.
 */
#ifndef LIB_PLAN_AXIS_READS_H
#define LIB_PLAN_AXIS_READS_H

#include "lib/spec/spec.h"

/* A set of axes, by index. */
struct axis_set {
    bool *has; /* one for each axis; owned */
    size_t size, count;
};

/* A string of the config that refers to another place. */
struct reference {
    char from[PATH_MAX_BYTES], to[PATH_MAX_BYTES];
    bool followed; /* in the current search */
};

struct depends {
    const struct settings *axes; /* borrowed */
    struct reference *references;
    size_t n_references;
    bool too_many; /* references: everything counts as depending on everything */
    bool no_memory;
};

/* Collects the references of a config, and of all that the axes put into it. */
void depends_init(struct depends *depends, const struct settings *axes, const json_t *tree);
/* Lets the value at `from` depend on that at `to`. */
void depends_link(struct depends *depends, const char *from, const char *to);

void depends_deinit(struct depends *depends);

/* Adds the axes with more than one value that the path depends on. */
void depends_add(struct depends *depends, const char *path, struct axis_set *set);

bool axis_set_init(struct axis_set *set, size_t size);
void axis_set_add(struct axis_set *set, size_t axis);
bool axis_set_equal(const struct axis_set *a, const struct axis_set *b);
void axis_set_deinit(struct axis_set *set);

#endif
