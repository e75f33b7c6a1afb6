/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/format.h"

static const char *const report_formats[] = {"text", "json", "github", "junit", "sarif"};

/* --- text and JSON ------------------------------------------------------------------------ */

static void report_add_text(struct sweep_report *report, const struct report_input *input)
{
    CLEANUP_FREE char *text = sweep_findings_text(input->findings, report->colour);
    if (text == NULL)
        report->oom = true;
    else
        strbuf_puts(&report->out, text);
}

/* A JSON string with every byte of `text`, or escaped if that is not UTF-8; null for NULL. */
static json_t *report_json_string(struct sweep_report *report, const char *text)
{
    json_t *value = json_string(text);
    if (value == NULL)
        value = findings_json_string(text);
    return format_checked(report, value);
}

static void report_add_json(struct sweep_report *report, const struct report_input *input)
{
    json_t *findings = format_checked(report, sweep_findings_json(input->findings, false));
    format_append(
        report, json_pack("{s:o, s:o, s:o}", "file", report_json_string(report, input->file),
                    "recipe", report_json_string(report, input->recipe), "findings", findings));
    strbuf_putc(&report->out, '\n');
}

/* --- the report --------------------------------------------------------------------------- */

bool sweep_report_format_named(const char *name, enum sweep_report_format *format)
{
    assert(name != NULL && format != NULL);
    for (size_t i = 0; i < sizeof report_formats / sizeof *report_formats; i++)
        if (strcmp(name, report_formats[i]) == 0) {
            *format = (enum sweep_report_format)i;
            return true;
        }
    return false;
}

struct sweep_report *sweep_report_new(enum sweep_report_format format, bool colour)
{
    struct sweep_report *report = calloc(1, sizeof *report);
    if (report == NULL)
        return NULL;
    report->format = format;
    report->colour = colour;
    report->rules = format_checked(report, json_object());
    if (format == SWEEP_REPORT_SARIF)
        sarif_begin(report);
    return report;
}

void sweep_report_free(struct sweep_report *report)
{
    if (report == NULL)
        return;
    json_decref(report->rules);
    strbuf_deinit(&report->out);
    free(report);
}

void sweep_report_add(struct sweep_report *report, const char *file, const char *recipe,
    const struct sweep_findings *findings)
{
    assert(report != NULL && file != NULL);
    static void (*const add[])(struct sweep_report *, const struct report_input *) = {
        report_add_text, report_add_json, github_add, junit_add, sarif_add};
    const struct report_input input = {file, recipe, findings};
    if (!report->oom && !report->out.oom)
        add[report->format](report, &input);
}

char *sweep_report_text(struct sweep_report *report, bool complete)
{
    assert(report != NULL);
    if (complete && report->format == SWEEP_REPORT_JUNIT)
        junit_end(report);
    if (complete && report->format == SWEEP_REPORT_SARIF)
        sarif_end(report);
    if (report->out.oom)
        report->oom = true;
    if (report->oom)
        return NULL;
    if (!complete && report->format == SWEEP_REPORT_JUNIT)
        return strdup("");
    return strbuf_steal(&report->out);
}
