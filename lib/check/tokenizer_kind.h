/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a file can be what a tokenizer reads, by its first bytes.
 */
#ifndef LIB_CHECK_TOKENIZER_KIND_H
#define LIB_CHECK_TOKENIZER_KIND_H

#include "lib/check/file_head.h"
#include "lib/trainer/profile.h"

/* Appends how the file certainly is not of a format of tokenizers: "is JSON"; or nothing. */
void tokenizer_kind_check(
    const struct file_head *head, enum file_format format, struct strbuf *wrong);

#endif
