/* SPDX-License-Identifier: Apache-2.0
 *
 * Workflow commands, which GitHub's runner reads from the output of a step:
 * `::error file=NAME,line=1,col=2,endColumn=5,title=CODE::MESSAGE`.
 */
#include <string.h>

#include "lib/findings/format.h"

/* Appends a value in the runner's escaping. In properties, commas and colons are separators. */
static void github_escape(struct strbuf *out, const char *text, bool is_property)
{
    const char *special = is_property ? "%\r\n:," : "%\r\n";
    for (const char *p = text; *p != '\0'; p++)
        if (strchr(special, *p) != NULL)
            strbuf_printf(out, "%%%02X", (unsigned char)*p);
        else
            strbuf_putc(out, *p);
}

static void github_begin(struct strbuf *out, enum sweep_severity severity, const char *file)
{
    static const char *const commands[] = {"error", "warning", "notice"};
    CLEANUP_STRBUF struct strbuf escaped = {0};
    format_escape(&escaped, file);
    strbuf_printf(out, "::%s file=", commands[severity]);
    github_escape(out, strbuf_string(&escaped), true);
    if (escaped.oom)
        out->oom = true;
}

static void github_end(struct strbuf *out, const struct strbuf *message)
{
    strbuf_puts(out, "::");
    github_escape(out, strbuf_string(message), false);
    strbuf_putc(out, '\n');
    if (message->oom)
        out->oom = true;
}

static void github_write(
    struct strbuf *out, const struct sweep_finding *f, const struct report_input *input)
{
    CLEANUP_STRBUF struct strbuf message = {0};
    github_begin(out, f->severity, f->place.file != NULL ? f->place.file : input->file);
    if (f->place.line > 0) {
        strbuf_printf(out, ",line=%u", f->place.line);
        if (f->place.column > 0)
            strbuf_printf(out, ",col=%u,endColumn=%u", f->place.column, finding_end(f));
    }
    strbuf_puts(out, ",title=");
    github_escape(out, f->code, true);
    format_message(&message, f);
    github_end(out, &message);
}

void github_add(struct sweep_report *report, const struct report_input *input)
{
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(input->findings, i)) != NULL; i++)
        github_write(&report->out, f, input);
    for (int s = 0; s < FINDING_SEVERITIES; s++) {
        CLEANUP_STRBUF struct strbuf message = {0};
        findings_write_omitted(&message, input->findings, s);
        if (message.length > 0) {
            github_begin(&report->out, s, input->file);
            github_end(&report->out, &message);
        }
    }
}
