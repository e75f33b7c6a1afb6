/* SPDX-License-Identifier: Apache-2.0
 *
 * The error law of libsweep, and the list of findings about user input.
 *
 * A function that can fail returns an enum sweep_code: 0 is success, anything else means that
 * nothing of what it promises has happened. There are two ways to learn more:
 *
 *  - struct sweep_error, owned by the caller, says why the machine did not do what was asked (no
 *    memory, a full disk, a missing directory). Every function accepts NULL for it, and the first
 *    failure wins: filling an error that is already set does nothing.
 *  - struct sweep_findings collects everything there is to say about what a user wrote: all errors,
 *    warnings and notes, each with its place. A function that was given one and finds an error in
 *    the input returns SWEEP_INVALID; the findings are then the explanation.
 *
 * The library never prints, never exits, and never reads the environment or the clock.
 */
#ifndef SWEEP_ERROR_H
#define SWEEP_ERROR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SWEEP_API __attribute__((visibility("default")))
#define SWEEP_MUST_CHECK __attribute__((warn_unused_result))
#define SWEEP_PRINTF(at, first) __attribute__((format(printf, at, first)))

enum sweep_code {
    SWEEP_OK = 0,
    SWEEP_INVALID,   /* the input is wrong; the findings say what and where */
    SWEEP_NOT_FOUND, /* a file, directory or name does not exist */
    SWEEP_EXISTS,    /* something else already has this name */
    SWEEP_IO,        /* the file system refused or failed */
    SWEEP_NO_MEMORY, /* an allocation failed; nothing is leaked or half done */
    SWEEP_NO_SPACE,  /* no space, inode or quota is left to write to: try again later */
    SWEEP_STORAGE,   /* the storage fails: what was written could not be kept, or not be read */
};

/* Why something failed. Zero-initialise it: `struct sweep_error error = {0};` */
struct sweep_error {
    enum sweep_code code;
    char message[1024]; /* one line, UTF-8, no final stop */
};

/* Fills `error` unless it is NULL or already set. Returns `code`, so that a failing function can
 * end with `return sweep_error_set(…)`. */
SWEEP_API enum sweep_code sweep_error_set(
    struct sweep_error *error, enum sweep_code code, const char *format, ...) SWEEP_PRINTF(3, 4);

/* The one way for text of users, of files and of the system to reach a terminal, a log or a report:
 * writes `length` bytes to `out`, where control characters (C0, DEL and C1), line and paragraph
 * separators, marks that turn the direction of writing, and bytes that are not UTF-8 become \n, \t,
 * \xNN or \u{NNNN}; all else is copied. What does not fit into `size` bytes (at least 1, with the
 * final NUL) is cut between characters, and ends with "…". Returns the bytes before the NUL. */
SWEEP_API size_t sweep_escape(char *out, size_t size, const char *text, size_t length);

/* --- findings ----------------------------------------------------------------------------- */

enum sweep_severity { SWEEP_ERROR, SWEEP_WARNING, SWEEP_NOTE };

/* A place in a text. Lines and columns count from 1, columns in characters (not bytes), as editors
 * count. A line of 0 means that there is no place to point at. */
struct sweep_place {
    const char *file; /* the name as the user knows it; borrowed, may be NULL */
    unsigned line, column;
    unsigned length; /* characters to underline; 0 is taken as 1 */
};

/* One finding. All strings are owned by the list and live as long as it does. */
struct sweep_finding {
    enum sweep_severity severity;
    const char *code; /* stable, lower case with hyphens: "unknown-key" */
    struct sweep_place place;
    const char *path;    /* config path or JSON pointer concerned, or NULL */
    const char *message; /* what is wrong; one line */
    const char *hint;    /* what to do instead, or NULL; one line */
};

struct sweep_findings;

/* NULL when memory is exhausted. */
SWEEP_API struct sweep_findings *sweep_findings_new(void) SWEEP_MUST_CHECK;
SWEEP_API void sweep_findings_free(struct sweep_findings *findings);

/* Number of findings of one severity. Beyond 200 findings of a severity only their number grows. */
SWEEP_API size_t sweep_findings_count(
    const struct sweep_findings *findings, enum sweep_severity severity);

/* Finding `index` in order of discovery, or NULL behind the last one. Owned by the list. */
SWEEP_API const struct sweep_finding *sweep_findings_get(
    const struct sweep_findings *findings, size_t index);

/* Sorts by file (in order of first mention), line and column, so that people read from the top. */
SWEEP_API void sweep_findings_sort(struct sweep_findings *findings);

/* The findings for people, one or three lines each: `FILE:LINE:COLUMN: error[CODE]: MESSAGE`, the
 * line of source with a caret, and the hint. Everything that came from a user is escaped, so the
 * result is safe for a terminal and a log. The string is the caller's (free()); NULL when memory is
 * exhausted. */
SWEEP_API char *sweep_findings_text(
    const struct sweep_findings *findings, bool colour) SWEEP_MUST_CHECK;

/* The findings for machines: a new array of objects with the keys severity, code, path, line,
 * column, message, hint, and file when `with_file`; what does not apply is null. New reference. */
SWEEP_API json_t *sweep_findings_json(
    const struct sweep_findings *findings, bool with_file) SWEEP_MUST_CHECK;

/* --- findings of one's own ------------------------------------------------------------------ */

/* For programs that check texts of their own, such as a file of settings, and report on them in the
 * same way. */

/* Remembers the text of `file`, so that findings in it can show their line. Both are copied; a
 * second text for the same file is ignored. */
SWEEP_API void sweep_findings_source(
    struct sweep_findings *findings, const char *file, const char *text, size_t length);

/* Adds a finding; all strings are copied, and the message may hold any text. SWEEP_INVALID for an
 * error, SWEEP_OK for the rest. When memory is exhausted it is counted all the same. */
SWEEP_API enum sweep_code sweep_findings_add(
    struct sweep_findings *findings, const struct sweep_finding *finding);

/* "Did you mean": the one of `words`, a list that ends with NULL, that is nearest to `word`; NULL
 * when none is near enough to be what somebody meant. */
SWEEP_API const char *sweep_nearest(const char *word, const char *const *words);

#ifdef __cplusplus
}
#endif
#endif
