/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules on files: whether they exist, and what is in them.
 */
#ifndef LIB_CHECK_FILE_CHECKS_H
#define LIB_CHECK_FILE_CHECKS_H

#include "lib/check/contents.h"
#include "lib/check/rule_names.h"

/* A rule on files that is being applied. */
struct file_check {
    struct rule_names *names;
    const struct check_options *options;
    struct contents_cache *cache;
    const struct rule *rule;
    const struct check_subject *it; /* NULL: the config as a whole */
    /* Called for each file that is wrong; `detail` names it, and says more than that it is missing
     * or of the wrong kind. */
    void (*report)(void *context, const char *detail);
    /* Called for each file that exists, but cannot be read; `failure` is an errno value. */
    void (*unreadable)(void *context, const char *file, int failure);
    void *context;
    bool oom;
};

void file_check_apply(struct file_check *check);

/* Calls `visit` for each text with {expressions} that the check depends on. */
void file_check_texts(
    const struct rule *rule, void (*visit)(void *context, const char *text), void *context);

#endif
