/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/findings/formats.h"
#include "lib/util/text.h"

enum { JSON_FLAGS = JSON_COMPACT | JSON_ENSURE_ASCII };

const char *const format_severities[SEVERITIES] = {"error", "warning", "note"};

void format_escape(struct strbuf *out, const char *text)
{
    text_escape(out, text, strlen(text));
}

void format_message(struct strbuf *out, const struct sweep_finding *f)
{
    strbuf_puts(out, f->message);
    if (f->hint != NULL) {
        strbuf_puts(out, "; ");
        format_escape(out, f->hint);
    }
}

void format_omitted(
    struct strbuf *out, const struct sweep_findings *findings, enum sweep_severity severity)
{
    size_t omitted = findings_omitted(findings, severity);
    if (omitted > 0)
        strbuf_printf(out, "… and %zu more of severity %s", omitted, format_severities[severity]);
}

const char *format_contents(const struct strbuf *buf)
{
    return buf->data != NULL ? buf->data : "";
}

json_t *format_made(struct sweep_report *report, json_t *value)
{
    report->failed |= value == NULL;
    return value;
}

json_t *format_escaped(struct sweep_report *report, const char *text)
{
    CLEANUP_STRBUF struct strbuf shown = {0};
    format_escape(&shown, text);
    return format_made(report, shown.oom ? NULL : json_string(format_contents(&shown)));
}

static int append_piece(const char *piece, size_t length, void *out)
{
    strbuf_append(out, piece, length);
    return ((struct strbuf *)out)->oom ? -1 : 0;
}

void format_append(struct sweep_report *report, json_t *value)
{
    if (value == NULL || json_dump_callback(value, append_piece, &report->out, JSON_FLAGS) != 0)
        report->failed = true;
    json_decref(value);
}
