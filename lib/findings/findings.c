/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/cleanup.h"
#include "lib/findings/findings.h"
#include "lib/util/strbuf.h"
#include "lib/util/text.h"

enum { MAX_PER_SEVERITY = 200, SEVERITIES = 3, WIDEST_LINE = 160 };

struct entry {
    struct sweep_finding finding;
    size_t source;   /* index of its file among the sources */
    size_t sequence; /* order of discovery */
};

struct source {
    char *file;
    char *text; /* NULL when only the name is known */
    size_t length;
};

struct sweep_findings {
    struct entry *entries;
    size_t n_entries, capacity;
    struct source *sources;
    size_t n_sources;
    size_t counts[SEVERITIES];
    bool lost;
};

static const char *const severity_names[SEVERITIES] = {"error", "warning", "note"};

enum sweep_code sweep_error_set(
    struct sweep_error *error, enum sweep_code code, const char *format, ...)
{
    if (error != NULL && error->code == SWEEP_OK) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->message, sizeof error->message, format, args);
        va_end(args);
        error->code = code;
    }
    return code;
}

struct sweep_findings *sweep_findings_new(void)
{
    return calloc(1, sizeof(struct sweep_findings));
}

void sweep_findings_free(struct sweep_findings *findings)
{
    if (findings == NULL)
        return;
    for (size_t i = 0; i < findings->n_entries; i++) {
        struct sweep_finding *f = &findings->entries[i].finding;
        free((char *)f->code);
        free((char *)f->path);
        free((char *)f->message);
        free((char *)f->hint);
    }
    for (size_t i = 0; i < findings->n_sources; i++) {
        free(findings->sources[i].file);
        free(findings->sources[i].text);
    }
    free(findings->entries);
    free(findings->sources);
    free(findings);
}

/* Index of the source of this name, made when it is new; SIZE_MAX when memory is exhausted. */
static size_t source_index(struct sweep_findings *findings, const char *file)
{
    for (size_t i = 0; i < findings->n_sources; i++)
        if (strcmp(findings->sources[i].file, file) == 0)
            return i;
    struct source *sources =
        realloc(findings->sources, (findings->n_sources + 1) * sizeof *sources);
    if (sources == NULL)
        return SIZE_MAX;
    findings->sources = sources;
    char *copy = strdup(file);
    if (copy == NULL)
        return SIZE_MAX;
    sources[findings->n_sources] = (struct source){.file = copy};
    return findings->n_sources++;
}

void findings_add_source(
    struct sweep_findings *findings, const char *file, const char *text, size_t length)
{
    if (findings == NULL || file == NULL)
        return;
    size_t index = source_index(findings, file);
    if (index == SIZE_MAX || findings->sources[index].text != NULL)
        return;
    findings->sources[index].text = text_duplicate(text, length);
    findings->sources[index].length = length;
}

static char *copy_or_null(const char *string, bool *failed)
{
    if (string == NULL)
        return NULL;
    char *copy = strdup(string);
    *failed |= copy == NULL;
    return copy;
}

enum sweep_code finding_add(
    struct sweep_findings *findings, const struct finding_head *head, const char *format, ...)
{
    enum sweep_code result = head->severity == SWEEP_ERROR ? SWEEP_INVALID : SWEEP_OK;
    if (findings == NULL || findings->counts[head->severity]++ >= MAX_PER_SEVERITY)
        return result;
    if (findings->n_entries == findings->capacity) {
        size_t capacity = findings->capacity == 0 ? 8 : findings->capacity * 2;
        struct entry *entries = realloc(findings->entries, capacity * sizeof *entries);
        if (entries == NULL) {
            findings->lost = true;
            return result;
        }
        findings->entries = entries;
        findings->capacity = capacity;
    }
    size_t source = source_index(findings, head->place.file != NULL ? head->place.file : "");
    if (source == SIZE_MAX) {
        findings->lost = true;
        return result;
    }
    CLEANUP_STRBUF struct strbuf message = {0};
    char line[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_escape(&message, line, strlen(line));
    bool failed = message.oom;
    struct sweep_finding finding = {
        .severity = head->severity,
        .code = copy_or_null(head->code, &failed),
        .place = head->place,
        .path = copy_or_null(head->path, &failed),
        .message = message.data != NULL ? copy_or_null(message.data, &failed) : strdup(""),
        .hint = copy_or_null(head->hint, &failed),
    };
    finding.place.file = head->place.file != NULL ? findings->sources[source].file : NULL;
    if (failed || finding.message == NULL) {
        findings->lost = true;
        free((char *)finding.code);
        free((char *)finding.path);
        free((char *)finding.message);
        free((char *)finding.hint);
        return result;
    }
    findings->entries[findings->n_entries] = (struct entry){finding, source, findings->n_entries};
    findings->n_entries++;
    return result;
}

void sweep_findings_source(
    struct sweep_findings *findings, const char *file, const char *text, size_t length)
{
    findings_add_source(findings, file, text, length);
}

enum sweep_code sweep_findings_add(
    struct sweep_findings *findings, const struct sweep_finding *finding)
{
    const struct finding_head head = {
        finding->severity, finding->code, finding->place, finding->path, finding->hint};
    return finding_add(findings, &head, "%s", finding->message);
}

bool findings_lost(const struct sweep_findings *findings)
{
    return findings != NULL && findings->lost;
}

size_t sweep_findings_count(const struct sweep_findings *findings, enum sweep_severity severity)
{
    return findings == NULL ? 0 : findings->counts[severity];
}

size_t findings_omitted(const struct sweep_findings *findings, enum sweep_severity severity)
{
    size_t count = sweep_findings_count(findings, severity);
    return count > MAX_PER_SEVERITY ? count - MAX_PER_SEVERITY : 0;
}

unsigned finding_end(const struct sweep_finding *finding)
{
    return finding->place.column + (finding->place.length == 0 ? 1 : finding->place.length);
}

const struct sweep_finding *sweep_findings_get(const struct sweep_findings *findings, size_t index)
{
    return findings != NULL && index < findings->n_entries ? &findings->entries[index].finding
                                                           : NULL;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
#define ORDER(field)                                                                               \
    if (x->field != y->field)                                                                      \
    return x->field < y->field ? -1 : 1
    ORDER(source);
    ORDER(finding.place.line);
    ORDER(finding.place.column);
    ORDER(sequence);
#undef ORDER
    return 0;
}

void sweep_findings_sort(struct sweep_findings *findings)
{
    if (findings != NULL && findings->n_entries > 1)
        qsort(findings->entries, findings->n_entries, sizeof *findings->entries, compare_entries);
}

/* The bytes of line `number` without its end; NULL when the source is not known. */
static const char *find_line(const struct source *source, unsigned number, size_t *length)
{
    if (source->text == NULL || number == 0)
        return NULL;
    const char *p = source->text, *end = source->text + source->length;
    for (unsigned line = 1; line < number; line++) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (p == NULL)
            return NULL;
        p++;
    }
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    *length = (size_t)((stop != NULL ? stop : end) - p);
    if (*length > 0 && p[*length - 1] == '\r')
        --*length;
    return p;
}

/* Shows the source line and underlines the place in it. Very long lines are left out: their caret
 * would point nowhere on a terminal. */
static bool quote_source(
    struct strbuf *out, const struct source *source, const struct sweep_place *place)
{
    size_t length;
    const char *line = find_line(source, place->line, &length);
    if (line == NULL || length > WIDEST_LINE || place->column == 0)
        return false;
    CLEANUP_STRBUF struct strbuf shown = {0}, caret = {0};
    unsigned column = 1, underlined = place->length == 0 ? 1 : place->length;
    for (size_t i = 0; i < length || column <= place->column;) {
        uint32_t c;
        size_t n = i < length ? utf8_decode(line + i, length - i, &c) : 0;
        n = n == 0 ? 1 : n;
        size_t before = shown.length;
        if (i < length && line[i] == '\t')
            strbuf_putc(&shown, ' ');
        else if (i < length)
            text_escape(&shown, line + i, n);
        size_t width = i < length ? utf8_count(shown.data + before, shown.length - before) : 1;
        if (column < place->column)
            strbuf_repeat(&caret, ' ', width);
        else if (column < place->column + underlined && (i < length || column == place->column))
            strbuf_repeat(&caret, column == place->column ? '^' : '~', width);
        i += n;
        column++;
    }
    strbuf_printf(out, "\n%5u | %s\n      | %s", place->line, shown.data != NULL ? shown.data : "",
        caret.data != NULL ? caret.data : "");
    out->oom |= shown.oom || caret.oom;
    return true;
}

void findings_write(
    struct strbuf *out, const struct sweep_findings *findings, size_t index, bool colour)
{
    static const char *const colours[SEVERITIES] = {"\033[1;31m", "\033[1;35m", "\033[1;36m"};
    const struct entry *entry = &findings->entries[index];
    const struct sweep_finding *f = &entry->finding;
    if (f->place.file != NULL) {
        text_escape(out, f->place.file, strlen(f->place.file));
        if (f->place.line > 0)
            strbuf_printf(out, ":%u:%u", f->place.line, f->place.column);
        strbuf_puts(out, ": ");
    }
    strbuf_printf(out, "%s%s[%s]%s: %s", colour ? colours[f->severity] : "",
        severity_names[f->severity], f->code, colour ? "\033[0m" : "", f->message);
    bool quoted = quote_source(out, &findings->sources[entry->source], &f->place);
    if (f->hint != NULL) {
        strbuf_puts(out, quoted ? " " : "; ");
        text_escape(out, f->hint, strlen(f->hint));
    }
    strbuf_putc(out, '\n');
}

char *sweep_findings_text(const struct sweep_findings *findings, bool colour)
{
    struct strbuf out = {0};
    for (size_t i = 0; i < findings->n_entries; i++)
        findings_write(&out, findings, i, colour);
    for (int s = 0; s < SEVERITIES; s++)
        if (findings_omitted(findings, s) > 0)
            strbuf_printf(&out, "… and %zu more of severity %s\n", findings_omitted(findings, s),
                severity_names[s]);
    return strbuf_steal(&out);
}

/* A string that need not be UTF-8, such as a file name; null for NULL. */
static json_t *json_text(const char *string)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (string == NULL)
        return json_null();
    text_escape(&text, string, strlen(string));
    strbuf_append(&text, "", 0);
    return text.oom ? NULL : json_string(text.data);
}

json_t *sweep_findings_json(const struct sweep_findings *findings, bool with_file)
{
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < findings->n_entries; i++) {
        const struct sweep_finding *f = &findings->entries[i].finding;
        bool placed = f->place.line > 0;
        json_t *object = json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o}", "severity",
            severity_names[f->severity], "code", f->code, "path", json_text(f->path), "line",
            placed ? json_integer(f->place.line) : json_null(), "column",
            placed ? json_integer(f->place.column) : json_null(), "message", f->message, "hint",
            json_text(f->hint));
        if (object != NULL && with_file &&
            json_object_set_new(object, "file", json_text(f->place.file)) != 0) {
            json_decref(object);
            object = NULL;
        }
        if (object == NULL || json_array_append_new(array, object) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}
