/* SPDX-License-Identifier: Apache-2.0
 *
 * Workflow commands, which GitHub's runner takes from a step's output:
 * `::error file=NAME,line=1,col=2,endColumn=5,title=CODE::MESSAGE`.
 */
#include "lib/findings/formats.h"

/* A value of a workflow command as the runner reads it; properties end at commas and colons. */
static void github_escape(struct strbuf *out, const char *text, bool property)
{
    for (const char *p = text; *p != '\0'; p++)
        if (*p == '%' || *p == '\r' || *p == '\n' || (property && (*p == ':' || *p == ',')))
            strbuf_printf(out, "%%%02X", (unsigned char)*p);
        else
            strbuf_putc(out, *p);
}

static void github_begin(struct strbuf *out, enum sweep_severity severity, const char *file)
{
    static const char *const commands[SEVERITIES] = {"error", "warning", "notice"};
    CLEANUP_STRBUF struct strbuf shown = {0};
    format_escape(&shown, file);
    strbuf_printf(out, "::%s file=", commands[severity]);
    github_escape(out, format_contents(&shown), true);
    out->oom |= shown.oom;
}

static void github_end(struct strbuf *out, const struct strbuf *message)
{
    strbuf_puts(out, "::");
    github_escape(out, format_contents(message), false);
    strbuf_putc(out, '\n');
    out->oom |= message->oom;
}

void github_add(struct sweep_report *report, const struct input *input)
{
    struct strbuf *out = &report->out;
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(input->findings, i)) != NULL; i++) {
        CLEANUP_STRBUF struct strbuf message = {0};
        github_begin(out, f->severity, f->place.file != NULL ? f->place.file : input->file);
        if (f->place.line > 0)
            strbuf_printf(out, ",line=%u", f->place.line);
        if (f->place.line > 0 && f->place.column > 0)
            strbuf_printf(out, ",col=%u,endColumn=%u", f->place.column, finding_end(f));
        strbuf_puts(out, ",title=");
        github_escape(out, f->code, true);
        format_message(&message, f);
        github_end(out, &message);
    }
    for (int s = 0; s < SEVERITIES; s++) {
        CLEANUP_STRBUF struct strbuf message = {0};
        format_omitted(&message, input->findings, s);
        if (message.length > 0) {
            github_begin(out, s, input->file);
            github_end(out, &message);
        }
    }
}
