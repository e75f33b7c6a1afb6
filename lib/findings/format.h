/* SPDX-License-Identifier: Apache-2.0
 *
 * The formats of sweep/report.h. Every file is written when it is added; what is kept until the end
 * is only the text that has not been taken and SARIF's list of rules.
 *
 * Names and messages are escaped by text_escape() before a format adds its own escaping, so that no
 * user input can affect a log that shows them. Two fields are only read by programs and keep every
 * byte: SARIF's URIs, and the file name in JSON if it is UTF-8.
 */
#ifndef LIB_FINDINGS_FORMAT_H
#define LIB_FINDINGS_FORMAT_H

#include "lib/findings/findings.h"
#include "lib/util/cleanup.h"
#include "lib/util/strbuf.h"
#include "sweep/report.h"

struct sweep_report {
    enum sweep_report_format format;
    bool colour;
    bool oom;
    struct strbuf out;                  /* text that has not been taken yet */
    size_t files, failures;             /* JUnit: totals */
    size_t results;                     /* SARIF: number of results written */
    json_t *rules;                      /* SARIF: index of each code, by first result */
    size_t omitted[FINDING_SEVERITIES]; /* SARIF: findings that were only counted */
};

/* One call of sweep_report_add(). */
struct report_input {
    const char *file, *recipe;
    const struct sweep_findings *findings;
};

void github_add(struct sweep_report *report, const struct report_input *input);
void junit_add(struct sweep_report *report, const struct report_input *input);
void junit_end(struct sweep_report *report);
void sarif_begin(struct sweep_report *report);
void sarif_add(struct sweep_report *report, const struct report_input *input);
void sarif_end(struct sweep_report *report);

/* --- shared by several formats ------------------------------------------------------------ */

/* Appends a string escaped by text_escape(). */
void format_escape(struct strbuf *out, const char *text);

/* Appends the message of a finding with its hint, on one line. */
void format_message(struct strbuf *out, const struct sweep_finding *finding);

/* Returns `value`; if it is NULL, sets report->oom. */
json_t *format_checked(struct sweep_report *report, json_t *value);

/* Sets a key of a new object; NULL for either sets report->oom. */
void format_set(struct sweep_report *report, json_t *object, const char *key, json_t *value);

/* Appends a value in compact form, and releases it. */
void format_append(struct sweep_report *report, json_t *value);

#endif
