/* SPDX-License-Identifier: Apache-2.0
 *
 * How libsweep reports errors, and the list of findings about user input.
 *
 * A function that can fail returns an enum sweep_code. Anything but SWEEP_OK means that it has had
 * no effect. There are two sources of details:
 *
 *  - struct sweep_error, owned by the caller, says why the system did not do what was requested
 *    (memory exhausted, disk full, no such directory). Every function accepts NULL for it. The
 *    first failure is kept: setting an error that is already set does nothing.
 *  - struct sweep_findings collects errors, warnings and notes about user input, each with its
 *    place. A function that was given one returns SWEEP_INVALID after it has found an error in the
 *    input; the findings then explain it.
 *
 * The library never prints, never exits, and never reads the environment or the clock.
 *
 * A pointer must not be NULL unless its comment says that it may. Builds with assertions (without
 * NDEBUG) abort if one is.
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
    SWEEP_NOT_FOUND, /* no such file, directory or name */
    SWEEP_EXISTS,    /* something else already has this name */
    SWEEP_IO,        /* a file operation failed */
    SWEEP_NO_MEMORY, /* memory is exhausted; nothing is leaked or half done */
    SWEEP_NO_SPACE,  /* no space, inodes or quota left: try again later */
    SWEEP_STORAGE,   /* the storage failed: data could not be made durable, or not be read */
    SWEEP_CHANGED,   /* something changed since it was read: read it again and retry */
};

/* Why something failed. Initialise it to zero: `struct sweep_error error = {0};` */
struct sweep_error {
    enum sweep_code code;
    char message[1024]; /* one line of UTF-8, without a final period or control characters; one that
                         * is too long ends with "…" */
};

/* Sets `error`, unless it is NULL or already set; the message is escaped (sweep_escape()). Returns
 * `code`, so that a failing function can end with `return sweep_error_set(…)`. */
SWEEP_API enum sweep_code sweep_error_set(
    struct sweep_error *error, enum sweep_code code, const char *format, ...) SWEEP_PRINTF(3, 4);

/* Escapes text from users, files or the system for a terminal, a log or a report. Writes `length`
 * bytes of `text` to `out`, with control characters (C0, DEL and C1), line and paragraph
 * separators, bidirectional formatting marks, and bytes that are not UTF-8 replaced by \n, \t, \xNN
 * or \u{NNNN}. If the result and its NUL do not fit into `size` bytes (at least 1), it is cut
 * between characters and ends with "…". Returns the number of bytes before the NUL. */
SWEEP_API size_t sweep_escape(char *out, size_t size, const char *text, size_t length);

/* --- findings ----------------------------------------------------------------------------- */

enum sweep_severity { SWEEP_ERROR, SWEEP_WARNING, SWEEP_NOTE };

/* A place in a text. Lines and columns count from 1, columns in characters (not bytes), as in
 * editors. A line of 0 means that there is no place to show, a column of 0 the whole line. Any
 * values are allowed, also ones past the end of the text. */
struct sweep_place {
    const char *file; /* the name as the user knows it; borrowed, may be NULL */
    unsigned line, column;
    unsigned length; /* characters to underline; 0 counts as 1 */
};

/* One finding. All strings are owned by the list and live as long as it does. */
struct sweep_finding {
    enum sweep_severity severity;
    const char *code; /* stable; lower case with hyphens: "unknown-key" */
    struct sweep_place place;
    const char *path;    /* the config path or JSON pointer it is about, or NULL */
    const char *message; /* what is wrong; one line */
    const char *hint;    /* what to do about it, or NULL; one line */
};

struct sweep_findings;

/* A new empty list; NULL when memory is exhausted. */
SWEEP_API struct sweep_findings *sweep_findings_new(void) SWEEP_MUST_CHECK;
SWEEP_API void sweep_findings_free(struct sweep_findings *findings); /* accepts NULL */

/* The number of findings of a severity; 0 for NULL. At most 200 of each severity are kept; further
 * ones are only counted. */
SWEEP_API size_t sweep_findings_count(
    const struct sweep_findings *findings, enum sweep_severity severity);

/* Finding `index` in order of discovery, or NULL after the last one and for a NULL list.
 * Owned by the list. */
SWEEP_API const struct sweep_finding *sweep_findings_get(
    const struct sweep_findings *findings, size_t index);

/* Sorts by file (in order of first mention), line and column. Accepts NULL. */
SWEEP_API void sweep_findings_sort(struct sweep_findings *findings);

/* The findings for people, one or three lines each: `FILE:LINE:COLUMN: error[CODE]: MESSAGE`, the
 * source line, and a caret with the hint. All user input is escaped, so the result is safe for
 * a terminal and a log. The caller must free() the string; NULL when memory is exhausted. */
SWEEP_API char *sweep_findings_text(
    const struct sweep_findings *findings, bool colour) SWEEP_MUST_CHECK;

/* The findings for programs: a new array of objects with the keys severity, code, path, line,
 * column, message, hint and, if `with_file`, file; null where a finding has no such value. NULL
 * when memory is exhausted. */
SWEEP_API json_t *sweep_findings_json(
    const struct sweep_findings *findings, bool with_file) SWEEP_MUST_CHECK;

/* --- adding findings ------------------------------------------------------------------------ */

/* For programs that check other texts, such as a settings file, and report on them in the same
 * way. */

/* Remembers the text of `file`, so that findings can quote its lines. Both are copied; a second
 * text for the same file is ignored. */
SWEEP_API void sweep_findings_source(
    struct sweep_findings *findings, const char *file, const char *text, size_t length);

/* Adds a finding. All strings are copied; the message may contain any text. Returns SWEEP_INVALID
 * for an error and SWEEP_OK otherwise, which is all it does if `findings` is NULL. When memory is
 * exhausted, the finding is still counted. */
SWEEP_API enum sweep_code sweep_findings_add(
    struct sweep_findings *findings, const struct sweep_finding *finding);

/* The entry of `words`, a NULL-terminated array, that is most similar to a misspelled `word`; NULL
 * if none is similar enough. */
SWEEP_API const char *sweep_nearest(const char *word, const char *const *words);

#ifdef __cplusplus
}
#endif
#endif
