/* SPDX-License-Identifier: Apache-2.0
 *
 * One key of a spec that sets something in the configs, with the values that it can take.
 */
#ifndef LIB_SPEC_ASSIGNMENT_H
#define LIB_SPEC_ASSIGNMENT_H

#include "lib/config/merge.h"
#include "lib/trainer/profile.h"
#include "sweep/error.h"

/* One value that an assignment can take. */
struct choice {
    struct operations operations;
    size_t n_deletions; /* the last operations: what the spec deletes with "~" */
    char *label;        /* for people: "1e-4", "8/16"; numbers as they were written; owned */
    struct sweep_place place;
    const struct structure *listed; /* the last list of values that has it, while axes are read */
};

/* One key of "fixed" (exactly one choice), or an axis: a key of "grid", "zip", "cases" or "sweep"
 * with all values that any of them gives it. */
struct assignment {
    char *key;                         /* as written; owned */
    const char *where;                 /* "fixed", "grid", "--set", …: where it comes first */
    const struct parameter *parameter; /* NULL for a config path */
    struct sweep_place place;          /* of the key */
    struct choice *choices;
    size_t n_choices, choices_capacity;
    size_t unset;  /* the choice that changes nothing, of an axis that some runs do not have; else
                     * SIZE_MAX */
    json_t *known; /* what each choice does ► its index; only while an axis is read */
    char **paths;  /* that any choice sets or deletes with "~", without duplicates; owned */
    size_t n_paths;
    json_t *set_paths, *deleted_paths; /* sets of them, as in the spec; see lib/util/index.h */
};

struct assignments {
    struct assignment *items;
    size_t count;
    json_t *known; /* names ► their numbers; only while axes are read; see lib/util/index.h */
};

/* Notes that the assignment sets a path. */
enum sweep_code assignment_add_path(struct assignment *assignment, const char *path);

/* Appends a choice and takes it over: *choice is then empty. */
enum sweep_code assignment_keep(struct assignment *assignment, struct choice *choice);

/* The same, unless there is a choice that does the same. *index is that of the choice. */
enum sweep_code assignment_intern(
    struct assignment *assignment, struct choice *choice, size_t *index);

/* Appends the choice `unset`. */
enum sweep_code assignment_add_unset(struct assignment *assignment);

/* True if choice_deletes() is true of one of the choices, as they are in the spec. */
bool assignment_deletes(const struct assignment *assignment, const char *path);

/* True if one of the choice's deletions with "~" is this path or a mapping around it. */
bool choice_deletes(const struct choice *choice, const char *path);

void choice_deinit(struct choice *choice);

/* Redirects the assignment from path `from` to path `to`. */
enum sweep_code assignment_redirect(
    struct assignment *assignment, const char *from, const char *to);

void assignment_deinit(struct assignment *assignment);

/* Appends an assignment and takes it over, also on failure. */
enum sweep_code assignments_append(struct assignments *assignments, struct assignment *assignment);

/* Removes and frees an assignment. */
void assignments_remove(struct assignments *assignments, size_t index);

void assignments_deinit(struct assignments *assignments);

#endif
