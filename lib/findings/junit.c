/* SPDX-License-Identifier: Apache-2.0
 *
 * JUnit XML has no single definition; this is what Jenkins' own schema allows and others accept.
 */
#include <string.h>

#include "lib/findings/format.h"
#include "lib/util/text.h"

/* The reference that replaces a character in element content, or NULL if it needs none. */
static const char *junit_reference(uint32_t c)
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
    case '\t':
        return NULL;
    default:
        break;
    }
    if (c < 0x20 || c == 0xfffe || c == 0xffff)
        return "\xef\xbf\xbd"; /* XML 1.0 cannot represent it: U+FFFD */
    return NULL;
}

/* The same in an attribute, where readers turn line breaks and tabs into spaces. */
static const char *junit_attribute_reference(uint32_t c)
{
    if (c == '\n')
        return "&#10;";
    if (c == '\t')
        return "&#9;";
    return junit_reference(c);
}

static void junit_escape(
    struct strbuf *out, const struct strbuf *text, const char *(*reference_of)(uint32_t c))
{
    const char *bytes = strbuf_string(text);
    for (size_t i = 0; i < text->length;) {
        uint32_t c = 0;
        size_t n = utf8_decode(bytes + i, text->length - i, &c);
        if (n == 0)
            n = 1;
        const char *reference = reference_of(c);
        if (reference != NULL)
            strbuf_puts(out, reference);
        else
            strbuf_append(out, bytes + i, n);
        i += n;
    }
    if (text->oom)
        out->oom = true;
}

static void junit_attribute(struct strbuf *out, const char *name, const char *text)
{
    CLEANUP_STRBUF struct strbuf escaped = {0};
    format_escape(&escaped, text);
    strbuf_printf(out, " %s=\"", name);
    junit_escape(out, &escaped, junit_attribute_reference);
    strbuf_putc(out, '"');
}

/* Appends the findings of one severity in the format for people. */
static void junit_write_severity(
    struct strbuf *out, const struct sweep_findings *findings, enum sweep_severity severity)
{
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(findings, i)) != NULL; i++)
        if (f->severity == severity)
            findings_write(out, findings, i, false);
    if (findings_omitted(findings, severity) > 0) {
        findings_write_omitted(out, findings, severity);
        strbuf_putc(out, '\n');
    }
}

/* One failure with all errors of a file: most readers only look at the first failure. */
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
    junit_attribute(out, "type", f->code);
    junit_attribute(out, "message", strbuf_string(&message));
    strbuf_putc(out, '>');
    junit_write_severity(&text, findings, SWEEP_ERROR);
    junit_escape(out, &text, junit_reference);
    strbuf_puts(out, "</failure>\n");
    if (message.oom)
        out->oom = true;
}

static void junit_output(struct strbuf *out, const struct sweep_findings *findings)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    junit_write_severity(&text, findings, SWEEP_WARNING);
    junit_write_severity(&text, findings, SWEEP_NOTE);
    if (text.length > 0) {
        strbuf_puts(out, "<system-out>");
        junit_escape(out, &text, junit_reference);
        strbuf_puts(out, "</system-out>\n");
    }
    if (text.oom)
        out->oom = true;
}

void junit_add(struct sweep_report *report, const struct report_input *input)
{
    struct strbuf *out = &report->out;
    CLEANUP_STRBUF struct strbuf content = {0};
    junit_failure(&content, input->findings);
    junit_output(&content, input->findings);
    report->files++;
    if (sweep_findings_count(input->findings, SWEEP_ERROR) > 0)
        report->failures++;
    strbuf_puts(out, "<testcase");
    junit_attribute(out, "name", input->file);
    junit_attribute(out, "classname", input->recipe != NULL ? input->recipe : "config");
    if (content.length == 0) {
        strbuf_puts(out, "/>\n");
    } else {
        strbuf_puts(out, ">\n");
        strbuf_append(out, content.data, content.length);
        strbuf_puts(out, "</testcase>\n");
    }
    if (content.oom)
        out->oom = true;
}

/* Puts the totals, which are now known, before the test cases. */
void junit_end(struct sweep_report *report)
{
    struct strbuf cases = report->out;
    report->out = (struct strbuf){0};
    strbuf_printf(&report->out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        "<testsuite name=\"sweepd\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
        report->files, report->failures);
    strbuf_append(&report->out, strbuf_string(&cases), cases.length);
    strbuf_puts(&report->out, "</testsuite>\n</testsuites>\n");
    if (cases.oom)
        report->oom = true;
    strbuf_deinit(&cases);
}
