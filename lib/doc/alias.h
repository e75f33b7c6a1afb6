/* SPDX-License-Identifier: Apache-2.0
 *
 * Making room for an edit in a document with anchors, aliases and merge keys. An edit in one place
 * of such a text can change others: whoever sets `student.lora_rank` below must not change the
 * teacher.
 *
 *     student: &model
 *       lora_rank: 8
 *     teacher: *model
 *
 * So before an edit the uses that it must not change are written out, and nothing else is.
 */
#ifndef LIB_DOC_ALIAS_H
#define LIB_DOC_ALIAS_H

#include "lib/doc/edit.h"

/* Finds what is to be written out before `path` is set or removed: appends to *splices, sorted by
 * place. To be repeated on the changed document until *n_splices is 0: what is written out may
 * bring the next thing to light. */
enum sweep_code alias_separate(const struct yaml_doc *doc, const char *path, bool removing,
    struct splice **splices, size_t *n_splices);

#endif
