/* SPDX-License-Identifier: Apache-2.0
 *
 * Prepares a document with anchors, aliases and merge keys for an edit. In such a text, an edit in
 * one place can change others: below, setting `student.lora_rank` must not change the teacher.
 *
 *     student: &model
 *       lora_rank: 8
 *     teacher: *model
 *
 * So before an edit, the uses that it must not change are replaced by copies of the value.
 */
#ifndef LIB_DOC_ALIAS_H
#define LIB_DOC_ALIAS_H

#include "lib/doc/edit.h"

/* Finds what to expand before `path` is set or removed: the new array *splices, sorted by start.
 * Call again on the changed document until *n_splices is 0, since expanding an alias can reveal
 * another one that is in the way. */
enum sweep_code alias_separate(const struct yaml_doc *doc, const char *path, bool removing,
    struct splice **splices, size_t *n_splices);

#endif
