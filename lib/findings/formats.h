/* SPDX-License-Identifier: Apache-2.0
 *
 * The formats of sweep/report.h. Every file is written when it is added: what grows with their
 * number is the text itself, and SARIF's list of rules.
 *
 * Names and messages are escaped as text_escape() does before a format adds its own escaping, so
 * that nothing from a user acts on a log that shows them. Two places are for programs only and keep
 * every byte: SARIF's URIs, and JSON's file name when that is UTF-8.
 */
#ifndef LIB_FINDINGS_FORMATS_H
#define LIB_FINDINGS_FORMATS_H

#include "lib/util/cleanup.h"
#include "lib/findings/findings.h"
#include "lib/util/strbuf.h"
#include "sweep/report.h"

enum { SEVERITIES = 3 };

struct sweep_report {
    enum sweep_report_format format;
    bool colour;
    bool failed;
    struct strbuf out;          /* what was not taken yet */
    size_t files, failures;     /* JUnit's totals */
    size_t results;             /* SARIF: how many were written */
    json_t *rules;              /* SARIF: index of each code, in order of their first result */
    size_t omitted[SEVERITIES]; /* SARIF: findings that were only counted */
};

/* One call of sweep_report_add(). */
struct input {
    const char *file, *recipe;
    const struct sweep_findings *findings;
};

void github_add(struct sweep_report *report, const struct input *input);
void junit_add(struct sweep_report *report, const struct input *input);
void junit_end(struct sweep_report *report);
void sarif_begin(struct sweep_report *report);
void sarif_add(struct sweep_report *report, const struct input *input);
void sarif_end(struct sweep_report *report);

/* --- what several formats share ----------------------------------------------------------- */

extern const char *const format_severities[SEVERITIES];

/* A string as text_escape() writes it. */
void format_escape(struct strbuf *out, const char *text);
json_t *format_escaped(struct sweep_report *report, const char *text);

/* What is wrong and what to do about it, on one line. */
void format_message(struct strbuf *out, const struct sweep_finding *finding);

/* "… and 5 more of severity error", when there are more than were kept. */
void format_omitted(
    struct strbuf *out, const struct sweep_findings *findings, enum sweep_severity severity);

/* What a buffer holds: it has no data before something was appended. */
const char *format_contents(const struct strbuf *buf);

/* Remembers that a value could not be made; hands it through. */
json_t *format_made(struct sweep_report *report, json_t *value);

/* Writes a value on the rest of the line, and releases it. */
void format_append(struct sweep_report *report, json_t *value);

#endif
