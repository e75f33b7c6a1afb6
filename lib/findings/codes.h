/* SPDX-License-Identifier: Apache-2.0
 *
 * Explanations of the codes of findings that the library itself reports. Rules have theirs in the
 * profile. tests/lint/codes checks that the table has exactly the codes that are used.
 */
#ifndef LIB_FINDINGS_CODES_H
#define LIB_FINDINGS_CODES_H

#include <stddef.h>

/* No member is NULL. */
struct code_text {
    const char *code;
    const char *summary; /* one line, without a final period */
    const char *why;     /* sentences: what it means, why it matters, what to do */
    const char *example; /* lines "wrong: …" and "right: …"; further lines are indented */
};

/* The table, in two parts. */
extern const struct code_text codes_a_to_l[], codes_m_to_z[];
extern const size_t codes_a_to_l_count, codes_m_to_z_count;

/* Row `index` of the table, which is sorted by code; NULL after the last. */
const struct code_text *code_text_at(size_t index);

/* The row of a code, or NULL. */
const struct code_text *code_text_find(const char *code);

#endif
