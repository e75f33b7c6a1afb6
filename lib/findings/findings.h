/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing side of sweep/error.h: adding findings, and the sources that they quote.
 */
#ifndef LIB_FINDINGS_FINDINGS_H
#define LIB_FINDINGS_FINDINGS_H

#include "lib/util/strbuf.h"
#include "sweep/error.h"

/* Remembers the text of `file`, so that findings in it can show their line. Both are copied; a
 * second text for the same file is ignored. */
void findings_add_source(
    struct sweep_findings *findings, const char *file, const char *text, size_t length);

/* Whether a finding was lost for want of memory: then what was found is not known, and a function
 * that would succeed must fail with SWEEP_NO_MEMORY. */
bool findings_lost(const struct sweep_findings *findings);

/* Findings of a severity that were only counted. */
size_t findings_omitted(const struct sweep_findings *findings, enum sweep_severity severity);

/* Appends finding `index`, which has to be there, as sweep_findings_text() writes it. */
void findings_write(
    struct strbuf *out, const struct sweep_findings *findings, size_t index, bool colour);

/* The column behind a finding. */
unsigned finding_end(const struct sweep_finding *finding);

/* Adds a finding; all strings are copied. `path` and `hint` may be NULL, so may `findings`. When
 * memory is exhausted the finding is counted all the same. Returns SWEEP_INVALID for errors and
 * SWEEP_OK for the rest, so that a check can end with `return finding_add(…)`. */
struct finding_head {
    enum sweep_severity severity;
    const char *code;
    struct sweep_place place;
    const char *path;
    const char *hint;
};
enum sweep_code finding_add(struct sweep_findings *findings, const struct finding_head *head,
    const char *format, ...) SWEEP_PRINTF(3, 4);

#define FINDING_ERROR(findings, code, place, path, hint, ...)                                      \
    finding_add((findings), &(struct finding_head){SWEEP_ERROR, (code), (place), (path), (hint)},  \
        __VA_ARGS__)
#define FINDING_WARNING(findings, code, place, path, hint, ...)                                    \
    finding_add((findings),                                                                        \
        &(struct finding_head){SWEEP_WARNING, (code), (place), (path), (hint)}, __VA_ARGS__)
#define FINDING_NOTE(findings, code, place, path, hint, ...)                                       \
    finding_add((findings), &(struct finding_head){SWEEP_NOTE, (code), (place), (path), (hint)},   \
        __VA_ARGS__)

#endif
