/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of a rule: its message, hint and file path, in which `{expression}` is replaced by the
 * value that it has in the config.
 */
#ifndef LIB_CHECK_RULE_MESSAGE_H
#define LIB_CHECK_RULE_MESSAGE_H

#include "lib/check/rule_names.h"

/* Appends a text with its expressions replaced. False when one of them is null or invalid, or
 * memory ran out (out->oom). `it` is NULL for the config as a whole. */
bool rule_message_fill(
    struct rule_names *names, const struct check_subject *it, const char *text, struct strbuf *out);

/* The same for a rule's file, in which one value may be a list, or a mapping that stands for
 * numbered files: *list is then set to the names, a new reference, and `out` has a NUL byte in
 * their place. */
bool rule_message_fill_path(struct rule_names *names, const struct check_subject *it,
    const struct rule *rule, struct strbuf *out, json_t **list);

/* Appends to a hint when and with what a run would fail. */
void rule_message_consequence(const struct rule *rule, struct strbuf *hint);

#endif
