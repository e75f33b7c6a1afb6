/* SPDX-License-Identifier: Apache-2.0
 *
 * SARIF 2.1.0: results, each with a place in a file and the index of a rule that is listed once.
 * Columns count code points, as struct sweep_place does.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/findings/codes.h"
#include "lib/findings/format.h"

#define SARIF_SCHEMA                                                                               \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

static bool sarif_is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~/", c) != NULL;
}

/* The new string of a buffer; NULL when memory is exhausted. */
static json_t *sarif_string(struct sweep_report *report, const struct strbuf *text)
{
    if (text->oom)
        return format_checked(report, NULL);
    return format_checked(report, json_string(strbuf_string(text)));
}

/* A URI reference: absolute for an absolute path, otherwise relative to where the report is read.
 * Colons are encoded too, since one in the first segment would end a scheme. */
static json_t *sarif_uri(struct sweep_report *report, const char *file)
{
    CLEANUP_STRBUF struct strbuf uri = {0};
    if (*file == '/')
        strbuf_puts(&uri, "file://");
    for (const char *p = file; *p != '\0'; p++)
        if (sarif_is_unreserved(*p))
            strbuf_putc(&uri, *p);
        else
            strbuf_printf(&uri, "%%%02X", (unsigned char)*p);
    return sarif_string(report, &uri);
}

/* A message object. Braces are doubled, since single ones are placeholders; "](" is escaped, since
 * it would make a link. */
static json_t *sarif_text(struct sweep_report *report, const char *plain)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (const char *p = plain; *p != '\0'; p++) {
        if (*p == '{' || *p == '}')
            strbuf_putc(&text, *p);
        else if (p[0] == ']' && p[1] == '(')
            strbuf_putc(&text, '\\');
        strbuf_putc(&text, *p);
    }
    return format_checked(report, json_pack("{s:o}", "text", sarif_string(report, &text)));
}

static json_t *sarif_message(struct sweep_report *report, const struct sweep_finding *f)
{
    CLEANUP_STRBUF struct strbuf message = {0};
    format_message(&message, f);
    if (message.oom)
        report->oom = true;
    return sarif_text(report, strbuf_string(&message));
}

static json_t *sarif_region(const struct sweep_finding *f)
{
    json_int_t line = f->place.line, column = f->place.column, end = finding_end(f);
    if (column == 0)
        return json_pack("{s:I}", "startLine", line);
    return json_pack("{s:I, s:I, s:I}", "startLine", line, "startColumn", column, "endColumn", end);
}

static json_t *sarif_location(
    struct sweep_report *report, const struct sweep_finding *f, const char *file)
{
    json_t *physical = format_checked(
        report, json_pack("{s:{s:o}}", "artifactLocation", "uri", sarif_uri(report, file)));
    json_t *location = format_checked(report, json_pack("{s:o}", "physicalLocation", physical));
    if (location == NULL)
        return NULL;
    if (f->place.line > 0)
        format_set(report, physical, "region", sarif_region(f));
    if (f->path != NULL)
        format_set(report, location, "logicalLocations",
            json_pack("[{s:o}]", "fullyQualifiedName", findings_json_string(f->path)));
    return location;
}

static json_int_t sarif_rule_index(struct sweep_report *report, const char *code)
{
    const json_t *known = json_object_get(report->rules, code);
    if (known != NULL)
        return json_integer_value(known);
    json_int_t index = (json_int_t)json_object_size(report->rules);
    format_set(report, report->rules, code, json_integer(index));
    return index;
}

/* "results" comes before the rules, which are only known at the end; JSON does not order keys. */
void sarif_begin(struct sweep_report *report)
{
    strbuf_puts(&report->out, "{\"$schema\":\"" SARIF_SCHEMA "\",\"version\":\"2.1.0\",\n"
                              "\"runs\":[{\"columnKind\":\"unicodeCodePoints\",\"results\":[");
}

void sarif_add(struct sweep_report *report, const struct report_input *input)
{
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(input->findings, i)) != NULL; i++) {
        const char *file = f->place.file != NULL ? f->place.file : input->file;
        if (report->results++ > 0)
            strbuf_putc(&report->out, ',');
        strbuf_putc(&report->out, '\n');
        format_append(report,
            json_pack("{s:s, s:I, s:s, s:o, s:[o]}", "ruleId", f->code, "ruleIndex",
                sarif_rule_index(report, f->code), "level", finding_severities[f->severity],
                "message", sarif_message(report, f), "locations", sarif_location(report, f, file)));
    }
    for (int s = 0; s < FINDING_SEVERITIES; s++)
        report->omitted[s] += findings_omitted(input->findings, s);
}

/* The first letter in upper case and, for a code ("odd-value"), hyphens as spaces. */
static json_t *sarif_summary(struct sweep_report *report, const char *text, bool is_code)
{
    CLEANUP_FREE char *summary = strdup(text);
    if (summary == NULL)
        return format_checked(report, NULL);
    for (char *p = summary; is_code && *p != '\0'; p++)
        if (*p == '-')
            *p = ' ';
    if (*summary >= 'a' && *summary <= 'z')
        *summary = (char)(*summary - 'a' + 'A');
    return sarif_text(report, summary);
}

/* The codes of a profile's rules have no explanation here. */
static json_t *sarif_rule(struct sweep_report *report, const char *code)
{
    const struct code_text *known = code_text_find(code);
    if (known == NULL)
        return json_pack(
            "{s:s, s:o}", "id", code, "shortDescription", sarif_summary(report, code, true));
    return json_pack("{s:s, s:o, s:o}", "id", code, "shortDescription",
        sarif_summary(report, known->summary, false), "fullDescription",
        sarif_text(report, known->why));
}

void sarif_end(struct sweep_report *report)
{
    json_t *rules = json_array(), *omitted = json_object(), *index;
    const char *code;
    json_object_foreach (report->rules, code, index)
        if (json_array_append_new(rules, sarif_rule(report, code)) != 0)
            report->oom = true;
    strbuf_puts(&report->out, "\n],\n\"tool\":");
    format_append(report, json_pack("{s:{s:s, s:s, s:o}}", "driver", "name", "sweepd", "version",
                              SWEEP_VERSION, "rules", format_checked(report, rules)));
    for (int s = 0; s < FINDING_SEVERITIES; s++)
        if (report->omitted[s] > 0)
            format_set(report, omitted, finding_severities[s],
                json_integer((json_int_t)report->omitted[s]));
    if (json_object_size(omitted) > 0) {
        strbuf_puts(&report->out, ",\n\"properties\":");
        format_append(report, json_pack("{s:O}", "omitted", omitted));
    }
    json_decref(omitted);
    strbuf_puts(&report->out, "}]}\n");
}
