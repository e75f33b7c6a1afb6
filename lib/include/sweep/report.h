/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings of one or many files, written in a format that people or other programs read. Files are
 * added one after the other; what is ready can be taken and written in between, so that a report
 * on many files need not be kept. The report never prints and touches no file.
 */
#ifndef SWEEP_REPORT_H
#define SWEEP_REPORT_H

#include "sweep/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum sweep_report_format {
    SWEEP_REPORT_TEXT,   /* for people: sweep_findings_text() of each file */
    SWEEP_REPORT_JSON,   /* one object a line: file, recipe, findings (sweep_findings_json()) */
    SWEEP_REPORT_GITHUB, /* workflow commands of GitHub Actions, which annotate the file */
    SWEEP_REPORT_JUNIT,  /* JUnit XML: a test suite with one test case per file */
    SWEEP_REPORT_SARIF,  /* SARIF 2.1.0, an OASIS standard: one run with all results */
};

/* The format of a name: "text", "json", "github", "junit" or "sarif"; false when it is none. */
SWEEP_API bool sweep_report_format_named(
    const char *name, enum sweep_report_format *format) SWEEP_MUST_CHECK;

struct sweep_report;

/* An empty report; `colour` matters to SWEEP_REPORT_TEXT only. NULL when memory is exhausted. */
SWEEP_API struct sweep_report *sweep_report_new(
    enum sweep_report_format format, bool colour) SWEEP_MUST_CHECK;
SWEEP_API void sweep_report_free(struct sweep_report *report);

/* Adds all that was found in `file`, also when that is nothing: JSON and JUnit have an entry for
 * every file. `recipe` is what the file was checked for, or NULL. Nothing is borrowed. */
SWEEP_API void sweep_report_add(struct sweep_report *report, const char *file, const char *recipe,
    const struct sweep_findings *findings);

/* The text that is ready and was not taken yet, perhaps none: JUnit begins with totals, so that all
 * of it comes last. Put together in order, the pieces are the report. With `complete` it is ended:
 * then nothing may be added or taken any more. The string is the caller's (free()); NULL when
 * memory is or was exhausted. */
SWEEP_API char *sweep_report_text(struct sweep_report *report, bool complete) SWEEP_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
