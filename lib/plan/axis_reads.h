/* SPDX-License-Identifier: Apache-2.0
 *
 * Which axes of a sweep a config path depends on: those that set it, and those that set what it
 * refers to with `${…}`.
 */
#ifndef LIB_PLAN_AXIS_READS_H
#define LIB_PLAN_AXIS_READS_H

#include "lib/doc/path_list.h"
#include "lib/spec/spec.h"

/* A set of axes, by index. */
struct axis_set {
    bool *has; /* one for each axis; owned */
    size_t size, count;
};

/* A string of the config that refers to another path. */
struct reference {
    char *from, *to;   /* owned */
    uint64_t followed; /* the number of the search that has followed it last */
};

struct axis_reads {
    const struct assignments *axes; /* borrowed */
    struct reference *references;
    size_t n_references;
    json_t *index;           /* of the references; see lib/util/index.h */
    struct path_list from;   /* of the references */
    struct path_list set_by; /* the paths of the axes */
    uint64_t n_searches;
    bool too_many; /* references: every path counts as depending on every axis */
    bool oom;
};

/* Collects the references of a config, and of every value that an axis puts into it. */
void axis_reads_init(struct axis_reads *reads, const struct assignments *axes, const json_t *tree);
/* Collects the references of a string at `from`. */
void axis_reads_add_string(struct axis_reads *reads, const char *from, const char *text);
/* Makes the value at `from` depend on the one at `to`. */
void axis_reads_link(struct axis_reads *reads, const char *from, const char *to);

void axis_reads_deinit(struct axis_reads *reads);

/* Adds the axes that the path depends on and that have more than one value. */
void axis_reads_collect(struct axis_reads *reads, const char *path, struct axis_set *set);

/* True if the path depends on one of the axes of the set. */
bool axis_reads_meets(struct axis_reads *reads, const char *path, const struct axis_set *set);

bool axis_set_init(struct axis_set *set, size_t size);
void axis_set_add(struct axis_set *set, size_t axis);
void axis_set_clear(struct axis_set *set);
/* Both sets must have the same size. */
void axis_set_copy(struct axis_set *to, const struct axis_set *from);
bool axis_set_equal(const struct axis_set *a, const struct axis_set *b);
/* True if every axis of `inner` is in `outer`. */
bool axis_set_is_within(const struct axis_set *inner, const struct axis_set *outer);
void axis_set_deinit(struct axis_set *set);

#endif
