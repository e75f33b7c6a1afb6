/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/findings/formats.h"

static const char *const format_names[] = {"text", "json", "github", "junit", "sarif"};

/* --- text and JSON ------------------------------------------------------------------------ */

static void add_text(struct sweep_report *report, const struct input *input)
{
    CLEANUP_FREE char *text = sweep_findings_text(input->findings, report->colour);
    if (text != NULL)
        strbuf_puts(&report->out, text);
    report->failed |= text == NULL;
}

/* A string with every byte, when it is UTF-8. */
static json_t *exact(struct sweep_report *report, const char *text)
{
    json_t *value = json_string(text);
    return value != NULL ? value : format_escaped(report, text);
}

static void add_json(struct sweep_report *report, const struct input *input)
{
    json_t *recipe = input->recipe != NULL ? exact(report, input->recipe) : json_null();
    format_append(
        report, json_pack("{s:o, s:o, s:o}", "file", exact(report, input->file), "recipe", recipe,
                    "findings", format_made(report, sweep_findings_json(input->findings, false))));
    strbuf_putc(&report->out, '\n');
}

/* --- the report --------------------------------------------------------------------------- */

bool sweep_report_format_named(const char *name, enum sweep_report_format *format)
{
    for (size_t i = 0; i < sizeof format_names / sizeof *format_names; i++)
        if (strcmp(name, format_names[i]) == 0) {
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
    *report = (struct sweep_report){.format = format, .colour = colour, .rules = json_object()};
    report->failed = report->rules == NULL;
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
    static void (*const add[])(struct sweep_report *, const struct input *) = {
        add_text, add_json, github_add, junit_add, sarif_add};
    if (!report->failed && !report->out.oom)
        add[report->format](report, &(struct input){file, recipe, findings});
}

char *sweep_report_text(struct sweep_report *report, bool complete)
{
    if (complete && report->format == SWEEP_REPORT_JUNIT)
        junit_end(report);
    if (complete && report->format == SWEEP_REPORT_SARIF)
        sarif_end(report);
    report->failed |= report->out.oom;
    if (report->failed)
        return NULL;
    if (!complete && report->format == SWEEP_REPORT_JUNIT)
        return strdup("");
    return strbuf_steal(&report->out);
}
