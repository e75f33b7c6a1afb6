/* SPDX-License-Identifier: Apache-2.0
 *
 * JUnit XML has no one definition; this is what Jenkins' own schema allows and others read too.
 */
#include <string.h>

#include "lib/findings/formats.h"
#include "lib/util/text.h"

/* What stands for a character between tags or, with `attribute`, in quotes, where a reader takes
 * line ends and tabs for blanks; NULL for the character itself. */
static const char *xml_reference(uint32_t c, bool attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#13;";
    case '\n':
        return attribute ? "&#10;" : NULL;
    case '\t':
        return attribute ? "&#9;" : NULL;
    default: /* what XML 1.0 has no way to write becomes U+FFFD */
        return c < 0x20 || c == 0xfffe || c == 0xffff ? "\xef\xbf\xbd" : NULL;
    }
}

static void xml_escape(struct strbuf *out, const char *text, bool attribute)
{
    for (size_t i = 0, length = strlen(text); i < length;) {
        uint32_t c = 0;
        size_t n = utf8_decode(text + i, length - i, &c);
        const char *reference = xml_reference(c, attribute);
        if (reference != NULL)
            strbuf_puts(out, reference);
        else
            strbuf_append(out, text + i, n);
        i += n == 0 ? 1 : n;
    }
}

static void xml_attribute(struct strbuf *out, const char *name, const char *text)
{
    CLEANUP_STRBUF struct strbuf shown = {0};
    format_escape(&shown, text);
    strbuf_printf(out, " %s=\"", name);
    xml_escape(out, format_contents(&shown), true);
    strbuf_putc(out, '"');
    out->oom |= shown.oom;
}

/* The findings of one severity as people read them. */
static void write_severity(
    struct strbuf *out, const struct sweep_findings *findings, enum sweep_severity severity)
{
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(findings, i)) != NULL; i++)
        if (f->severity == severity)
            findings_write(out, findings, i, false);
    size_t before = out->length;
    format_omitted(out, findings, severity);
    if (out->length > before)
        strbuf_putc(out, '\n');
}

/* One failure for all errors of a file: most readers look at the first one only. */
static void junit_failure(struct strbuf *out, const struct sweep_findings *findings)
{
    CLEANUP_STRBUF struct strbuf text = {0}, message = {0};
    size_t errors = sweep_findings_count(findings, SWEEP_ERROR);
    const struct sweep_finding *f = NULL;
    for (size_t i = 0; (f = sweep_findings_get(findings, i)) != NULL; i++)
        if (f->severity == SWEEP_ERROR)
            break;
    if (errors == 0 || f == NULL)
        return;
    format_message(&message, f);
    if (errors > 1)
        strbuf_printf(&message, " (and %zu more)", errors - 1);
    strbuf_puts(out, "<failure");
    xml_attribute(out, "type", f->code);
    xml_attribute(out, "message", format_contents(&message));
    strbuf_putc(out, '>');
    write_severity(&text, findings, SWEEP_ERROR);
    xml_escape(out, format_contents(&text), false);
    strbuf_puts(out, "</failure>\n");
    out->oom |= text.oom || message.oom;
}

void junit_add(struct sweep_report *report, const struct input *input)
{
    struct strbuf *out = &report->out;
    CLEANUP_STRBUF struct strbuf inner = {0}, rest = {0};
    junit_failure(&inner, input->findings);
    write_severity(&rest, input->findings, SWEEP_WARNING);
    write_severity(&rest, input->findings, SWEEP_NOTE);
    report->files++;
    report->failures += sweep_findings_count(input->findings, SWEEP_ERROR) > 0;
    strbuf_puts(out, "<testcase");
    xml_attribute(out, "name", input->file);
    xml_attribute(out, "classname", input->recipe != NULL ? input->recipe : "config");
    if (inner.length + rest.length == 0) {
        strbuf_puts(out, "/>\n");
    } else {
        strbuf_puts(out, ">\n");
        strbuf_append(out, format_contents(&inner), inner.length);
        if (rest.length > 0) {
            strbuf_puts(out, "<system-out>");
            xml_escape(out, format_contents(&rest), false);
            strbuf_puts(out, "</system-out>\n");
        }
        strbuf_puts(out, "</testcase>\n");
    }
    out->oom |= inner.oom || rest.oom;
}

/* The totals belong before the test cases, and are known now. */
void junit_end(struct sweep_report *report)
{
    struct strbuf cases = report->out;
    report->out = (struct strbuf){0};
    strbuf_printf(&report->out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        "<testsuite name=\"sweepd\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
        report->files, report->failures);
    strbuf_append(&report->out, format_contents(&cases), cases.length);
    strbuf_puts(&report->out, "</testsuite>\n</testsuites>\n");
    report->failed |= cases.oom;
    strbuf_deinit(&cases);
}
