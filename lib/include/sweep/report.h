/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports: the findings of one or more files, in a format for people or for programs. Files are
 * added one after the other, and the text can be taken in between, so that a report on many files
 * need not be kept in memory. A report never prints and does not access files.
 *
 * A pointer must not be NULL unless its comment says that it may. Builds with assertions (without
 * NDEBUG) abort if one is.
 */
#ifndef SWEEP_REPORT_H
#define SWEEP_REPORT_H

#include "sweep/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum sweep_report_format {
    SWEEP_REPORT_TEXT,   /* for people: sweep_findings_text() of each file */
    SWEEP_REPORT_JSON,   /* an object per line: file, recipe, findings (sweep_findings_json()) */
    SWEEP_REPORT_GITHUB, /* workflow commands of GitHub Actions, which annotate the file */
    SWEEP_REPORT_JUNIT,  /* JUnit XML: a test suite with one test case per file */
    SWEEP_REPORT_SARIF,  /* SARIF 2.1.0, an OASIS standard: one run with all results */
};

/* Finds the format called "text", "json", "github", "junit" or "sarif"; false for other names. */
SWEEP_API bool sweep_report_format_named(
    const char *name, enum sweep_report_format *format) SWEEP_MUST_CHECK;

struct sweep_report;

/* A new empty report; NULL when memory is exhausted. `colour` only affects SWEEP_REPORT_TEXT. */
SWEEP_API struct sweep_report *sweep_report_new(
    enum sweep_report_format format, bool colour) SWEEP_MUST_CHECK;
SWEEP_API void sweep_report_free(struct sweep_report *report); /* accepts NULL */

/* Adds the findings of `file`, also if there are none: JSON and JUnit have an entry for every file.
 * `recipe` is the recipe that the file was checked for, or NULL. Everything is copied. */
SWEEP_API void sweep_report_add(struct sweep_report *report, const char *file, const char *recipe,
    const struct sweep_findings *findings);

/* Takes the text that is ready and has not been taken yet, which may be empty: JUnit starts with
 * totals, so all of its text comes last. Concatenated, the pieces are the report. With `complete`,
 * the report ends, and no further call except sweep_report_free() is allowed. The caller must
 * free() the string; NULL if memory is or has been exhausted. */
SWEEP_API char *sweep_report_text(struct sweep_report *report, bool complete) SWEEP_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
