/* SPDX-License-Identifier: Apache-2.0
 *
 * SARIF 2.1.0: results, each of a rule that is listed once, at a place in a file. Columns count
 * code points, as ours do.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/findings/codes.h"
#include "lib/findings/formats.h"

#define SARIF_SCHEMA                                                                               \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* A reference relative to where the report is read, as the file was named; absolute for absolute
 * paths. Colons are encoded too: one in the first part would end a scheme. */
static json_t *sarif_uri(struct sweep_report *report, const char *file)
{
    CLEANUP_STRBUF struct strbuf uri = {0};
    strbuf_puts(&uri, *file == '/' ? "file://" : "");
    for (const unsigned char *p = (const unsigned char *)file; *p != '\0'; p++)
        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
            strchr("-._~/", *p) != NULL)
            strbuf_putc(&uri, (char)*p);
        else
            strbuf_printf(&uri, "%%%02X", *p);
    return format_made(report, uri.oom ? NULL : json_string(format_contents(&uri)));
}

/* A message: braces stand for themselves when doubled, and nothing in it may become a link. */
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
    return format_made(
        report, text.oom ? NULL : json_pack("{s:s}", "text", format_contents(&text)));
}

static json_t *sarif_message(struct sweep_report *report, const struct sweep_finding *f)
{
    CLEANUP_STRBUF struct strbuf message = {0};
    format_message(&message, f);
    report->failed |= message.oom;
    return sarif_text(report, format_contents(&message));
}

static json_t *sarif_location(
    struct sweep_report *report, const struct sweep_finding *f, const char *file)
{
    json_t *physical = format_made(
        report, json_pack("{s:{s:o}}", "artifactLocation", "uri", sarif_uri(report, file)));
    json_t *location = format_made(report, json_pack("{s:o}", "physicalLocation", physical));
    if (location != NULL && f->place.line > 0) {
        json_int_t line = f->place.line, column = f->place.column, end = finding_end(f);
        json_t *region = column == 0 ? json_pack("{s:I}", "startLine", line)
                                     : json_pack("{s:I, s:I, s:I}", "startLine", line,
                                           "startColumn", column, "endColumn", end);
        report->failed |= json_object_set_new(physical, "region", region) != 0;
    }
    if (location != NULL && f->path != NULL) {
        json_t *logical =
            json_pack("[{s:o}]", "fullyQualifiedName", format_escaped(report, f->path));
        report->failed |= json_object_set_new(location, "logicalLocations", logical) != 0;
    }
    return location;
}

static json_int_t sarif_rule(struct sweep_report *report, const char *code)
{
    const json_t *known = json_object_get(report->rules, code);
    if (known != NULL)
        return json_integer_value(known);
    json_int_t index = (json_int_t)json_object_size(report->rules);
    report->failed |= json_object_set_new(report->rules, code, json_integer(index)) != 0;
    return index;
}

/* The rules follow at the end, when all are known; the order of keys means nothing. */
void sarif_begin(struct sweep_report *report)
{
    strbuf_puts(&report->out, "{\"$schema\":\"" SARIF_SCHEMA "\",\"version\":\"2.1.0\",\n"
                              "\"runs\":[{\"columnKind\":\"unicodeCodePoints\",\"results\":[");
}

void sarif_add(struct sweep_report *report, const struct input *input)
{
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(input->findings, i)) != NULL; i++) {
        const char *file = f->place.file != NULL ? f->place.file : input->file;
        strbuf_puts(&report->out, report->results++ == 0 ? "\n" : ",\n");
        format_append(report,
            json_pack("{s:s, s:I, s:s, s:o, s:[o]}", "ruleId", f->code, "ruleIndex",
                sarif_rule(report, f->code), "level", format_severities[f->severity], "message",
                sarif_message(report, f), "locations", sarif_location(report, f, file)));
    }
    for (int s = 0; s < SEVERITIES; s++)
        report->omitted[s] += findings_omitted(input->findings, s);
}

/* What there is to say about a code; of those that a profile brings, the code: "Odd value". */
static json_t *sarif_rule_object(struct sweep_report *report, const char *code)
{
    const struct code_text *known = code_text_find(code);
    CLEANUP_FREE char *summary = strdup(known != NULL ? known->summary : code);
    report->failed |= summary == NULL;
    for (char *p = summary; known == NULL && p != NULL && *p != '\0'; p++)
        if (*p == '-')
            *p = ' ';
    if (summary != NULL && *summary >= 'a' && *summary <= 'z')
        *summary = (char)(*summary - 'a' + 'A');
    json_t *rule = format_made(report, json_pack("{s:s, s:o}", "id", code, "shortDescription",
                                           sarif_text(report, summary != NULL ? summary : "")));
    if (known != NULL)
        report->failed |=
            json_object_set_new(rule, "fullDescription", sarif_text(report, known->why)) != 0;
    return rule;
}

void sarif_end(struct sweep_report *report)
{
    json_t *rules = json_array(), *index, *omitted = json_object();
    const char *code;
    json_object_foreach (report->rules, code, index) {
        json_t *rule = sarif_rule_object(report, code);
        report->failed |= json_array_append_new(rules, rule) != 0;
    }
    strbuf_puts(&report->out, "\n],\n\"tool\":");
    format_append(report, json_pack("{s:{s:s, s:s, s:o}}", "driver", "name", "sweepd", "version",
                              SWEEP_VERSION, "rules", format_made(report, rules)));
    for (int s = 0; s < SEVERITIES; s++)
        if (report->omitted[s] > 0)
            report->failed |= json_object_set_new(omitted, format_severities[s],
                                  json_integer((json_int_t)report->omitted[s])) != 0;
    if (json_object_size(omitted) > 0) {
        strbuf_puts(&report->out, ",\n\"properties\":");
        format_append(report, json_pack("{s:O}", "omitted", omitted));
    }
    json_decref(omitted);
    strbuf_puts(&report->out, "}]}\n");
}
