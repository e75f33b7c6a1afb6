/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing side of sweep/error.h: adding findings, and the source texts that they quote.
 */
#ifndef LIB_FINDINGS_FINDINGS_H
#define LIB_FINDINGS_FINDINGS_H

#include "lib/util/strbuf.h"
#include "sweep/error.h"

enum { FINDING_SEVERITIES = 3 };

/* "error", "warning", "note", by enum sweep_severity. */
extern const char *const finding_severities[FINDING_SEVERITIES];

/* Remembers the text of `file`, so that findings can quote their source line. Both are copied; a
 * second text for the same file is ignored. */
void findings_add_source(
    struct sweep_findings *findings, const char *file, const char *text, size_t length);

/* True if a finding or a source text was lost because memory ran out: the list is incomplete, and
 * a function that would return SWEEP_OK must return SWEEP_NO_MEMORY instead. */
bool findings_oom(const struct sweep_findings *findings);

/* Number of findings of a severity that were counted but not kept. */
size_t findings_omitted(const struct sweep_findings *findings, enum sweep_severity severity);

/* True if further findings of a severity are only counted. */
bool findings_are_full(const struct sweep_findings *findings, enum sweep_severity severity);

/* Appends finding `index`, which must exist, in the format of sweep_findings_text(). */
void findings_write(
    struct strbuf *out, const struct sweep_findings *findings, size_t index, bool colour);

/* Appends "… and 5 more of severity error" if findings of that severity were omitted. */
void findings_write_omitted(
    struct strbuf *out, const struct sweep_findings *findings, enum sweep_severity severity);

/* A JSON string, escaped by text_escape() since it need not be UTF-8; null for NULL. A new
 * reference, or NULL when memory is exhausted. */
json_t *findings_json_string(const char *string);

/* The place of the character at a byte offset of a text. */
struct sweep_place finding_place(const char *file, const char *text, size_t offset);

/* The column after the underlined characters. */
unsigned finding_end(const struct sweep_finding *finding);

/* Adds a finding; all strings are copied. `path`, `hint` and `findings` may be NULL. When memory is
 * exhausted, the finding is still counted. Returns SWEEP_INVALID for errors and SWEEP_OK otherwise,
 * so that a check can end with `return finding_add(…)`. */
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
