/* SPDX-License-Identifier: Apache-2.0
 *
 * What the checks of a cluster share (cluster.c, cluster_accounts.c).
 */
#ifndef LIB_SLURM_CLUSTER_CHECK_H
#define LIB_SLURM_CLUSTER_CHECK_H

#include <jansson.h>

#include "lib/slurm/conflicts.h"

enum { CLUSTER_NAME = 80, CLUSTER_MAX_NAMES = 512 };

struct cluster_check {
    const struct slurm_given *given;
    const struct json_place *slurm;
    const json_t *facts, *partitions, *nodes;
    struct sweep_findings *findings;
    enum sweep_code code;
    char names[512]; /* of the partitions that the job may run in, with commas */
};

/* An option of the spec that has a value; NULL: it is not given. */
const struct slurm_given *cluster_get(const struct cluster_check *c, const char *name);

/* A string of an object of facts; "" if it is not there. */
const char *cluster_fact(const json_t *object, const char *key);
long long cluster_number(const json_t *object, const char *key);

/* The names of an object's keys; ends with NULL. */
void cluster_keys(const json_t *object, const char *names[CLUSTER_MAX_NAMES]);

/* Copies the next word of a list with commas, and moves *list past it; false at the end. Suffixes
 * in parentheses, as of "gpu:a100:4(S:0-1)", are left out. */
bool cluster_next(const char **list, char word[CLUSTER_NAME]);
bool cluster_has_word(const char *list, const char *wanted);

/* Reports a name that the cluster does not have; `known` ends with NULL. */
void cluster_report_name(struct cluster_check *c, const struct json_place *at, const char *message,
    const char *name, const char *const known[]);
void cluster_report_limit(
    struct cluster_check *c, const struct json_place *at, const char *message);

/* Account, QOS and their limits. */
void cluster_check_accounts(struct cluster_check *c);

#endif
