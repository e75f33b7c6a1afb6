/* SPDX-License-Identifier: Apache-2.0
 *
 * What there is to say about the codes of findings that the library itself gives. Rules have their
 * explanations in the profile. tests/lint/codes compares the table with what is given.
 */
#ifndef LIB_FINDINGS_CODES_H
#define LIB_FINDINGS_CODES_H

#include <stddef.h>

/* Nothing is NULL. */
struct code_text {
    const char *code;
    const char *summary; /* one line, without a final stop */
    const char *why;     /* sentences: what it means, why it matters, what to do */
    const char *example; /* lines "wrong: …" and "right: …", further ones indented */
};

/* Row `index` of the table, which is sorted by code; NULL behind the last. */
const struct code_text *code_text_at(size_t index);

/* The row of a code, or NULL. */
const struct code_text *code_text_find(const char *code);

#endif
