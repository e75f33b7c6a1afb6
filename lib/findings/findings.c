/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/util/array.h"
#include "lib/util/cleanup.h"
#include "lib/util/strbuf.h"
#include "lib/util/text.h"

enum {
    MAX_PER_SEVERITY = 200, /* further findings are only counted */
    MAX_QUOTED_LINE = 160,  /* bytes; a caret below a longer line would be off on a terminal */
};

struct findings_entry {
    struct sweep_finding finding;
    size_t source;   /* index of its file among the sources */
    size_t sequence; /* order of discovery */
};

struct findings_source {
    char *file;
    char *text; /* NULL if only the name is known */
    size_t length;
};

struct sweep_findings {
    struct findings_entry *entries;
    size_t n_entries, capacity;
    struct findings_source *sources;
    size_t n_sources;
    size_t counts[FINDING_SEVERITIES];
    bool oom; /* a finding or a source text could not be kept */
};

const char *const finding_severities[FINDING_SEVERITIES] = {"error", "warning", "note"};

/* --- the list ----------------------------------------------------------------------------- */

struct sweep_findings *sweep_findings_new(void)
{
    return calloc(1, sizeof(struct sweep_findings));
}

static void findings_free_strings(struct sweep_finding *f)
{
    free((char *)f->code);
    free((char *)f->path);
    free((char *)f->message);
    free((char *)f->hint);
}

void sweep_findings_free(struct sweep_findings *findings)
{
    if (findings == NULL)
        return;
    for (size_t i = 0; i < findings->n_entries; i++)
        findings_free_strings(&findings->entries[i].finding);
    for (size_t i = 0; i < findings->n_sources; i++) {
        free(findings->sources[i].file);
        free(findings->sources[i].text);
    }
    free(findings->entries);
    free(findings->sources);
    free(findings);
}

/* Index of the source named `file`, which is added if it is new; SIZE_MAX when memory is
 * exhausted. */
static size_t findings_source_index(struct sweep_findings *findings, const char *file)
{
    for (size_t i = 0; i < findings->n_sources; i++)
        if (strcmp(findings->sources[i].file, file) == 0)
            return i;
    struct findings_source *sources =
        realloc(findings->sources, (findings->n_sources + 1) * sizeof *sources);
    if (sources == NULL)
        return SIZE_MAX;
    findings->sources = sources;
    char *copy = strdup(file);
    if (copy == NULL)
        return SIZE_MAX;
    sources[findings->n_sources] = (struct findings_source){.file = copy};
    return findings->n_sources++;
}

void findings_add_source(
    struct sweep_findings *findings, const char *file, const char *text, size_t length)
{
    if (findings == NULL || file == NULL)
        return;
    size_t index = findings_source_index(findings, file);
    if (index == SIZE_MAX) {
        findings->oom = true;
        return;
    }
    struct findings_source *source = &findings->sources[index];
    if (source->text != NULL)
        return;
    source->text = text_duplicate(text, length);
    source->length = length;
    if (source->text == NULL)
        findings->oom = true;
}

/* --- adding ------------------------------------------------------------------------------- */

static bool findings_reserve(struct sweep_findings *findings)
{
    struct findings_entry *entries =
        array_grow(findings->entries, findings->n_entries, &findings->capacity, sizeof *entries);
    if (entries == NULL)
        return false;
    findings->entries = entries;
    return true;
}

/* Copies a string that may be NULL. */
static bool findings_copy_string(const char **copy, const char *string)
{
    *copy = NULL;
    if (string == NULL)
        return true;
    *copy = strdup(string);
    return *copy != NULL;
}

/* Keeps a finding; false when memory is exhausted. */
static bool findings_keep(
    struct sweep_findings *findings, const struct finding_head *head, const char *message)
{
    if (!findings_reserve(findings))
        return false;
    const char *file = head->place.file;
    size_t source = findings_source_index(findings, file != NULL ? file : "");
    if (source == SIZE_MAX)
        return false;
    CLEANUP_STRBUF struct strbuf escaped = {0};
    text_escape(&escaped, message, strlen(message));
    if (escaped.oom)
        return false;
    struct sweep_finding f = {.severity = head->severity, .place = head->place};
    if (file != NULL)
        f.place.file = findings->sources[source].file;
    if (!findings_copy_string(&f.code, head->code) || !findings_copy_string(&f.path, head->path) ||
        !findings_copy_string(&f.hint, head->hint) ||
        !findings_copy_string(&f.message, strbuf_string(&escaped))) {
        findings_free_strings(&f);
        return false;
    }
    findings->entries[findings->n_entries] =
        (struct findings_entry){f, source, findings->n_entries};
    findings->n_entries++;
    return true;
}

enum sweep_code finding_add(
    struct sweep_findings *findings, const struct finding_head *head, const char *format, ...)
{
    if (findings != NULL && findings->counts[head->severity]++ < MAX_PER_SEVERITY) {
        char message[2048];
        va_list args;
        va_start(args, format);
        text_vformat(message, sizeof message, format, args);
        va_end(args);
        if (!findings_keep(findings, head, message))
            findings->oom = true;
    }
    return head->severity == SWEEP_ERROR ? SWEEP_INVALID : SWEEP_OK;
}

void sweep_findings_source(
    struct sweep_findings *findings, const char *file, const char *text, size_t length)
{
    assert(file != NULL && text != NULL);
    findings_add_source(findings, file, text, length);
}

enum sweep_code sweep_findings_add(
    struct sweep_findings *findings, const struct sweep_finding *finding)
{
    assert(finding != NULL);
    const struct finding_head head = {
        finding->severity, finding->code, finding->place, finding->path, finding->hint};
    return finding_add(findings, &head, "%s", finding->message);
}

/* --- reading ------------------------------------------------------------------------------ */

bool findings_oom(const struct sweep_findings *findings)
{
    return findings != NULL && findings->oom;
}

size_t sweep_findings_count(const struct sweep_findings *findings, enum sweep_severity severity)
{
    if (findings == NULL)
        return 0;
    return findings->counts[severity];
}

bool findings_are_full(const struct sweep_findings *findings, enum sweep_severity severity)
{
    return findings == NULL || findings->counts[severity] >= MAX_PER_SEVERITY;
}

size_t findings_omitted(const struct sweep_findings *findings, enum sweep_severity severity)
{
    size_t count = sweep_findings_count(findings, severity);
    if (count <= MAX_PER_SEVERITY)
        return 0;
    return count - MAX_PER_SEVERITY;
}

const struct sweep_finding *sweep_findings_get(const struct sweep_findings *findings, size_t index)
{
    if (findings == NULL || index >= findings->n_entries)
        return NULL;
    return &findings->entries[index].finding;
}

struct sweep_place finding_place(const char *file, const char *text, size_t offset)
{
    struct sweep_place place = {.file = file, .line = 1, .length = 1};
    size_t start = 0;
    for (size_t i = 0; i < offset; i++)
        if (text[i] == '\n') {
            place.line++;
            start = i + 1;
        }
    place.column = (unsigned)utf8_count(text + start, offset - start) + 1;
    return place;
}

static unsigned findings_place_end(const struct sweep_place *place)
{
    unsigned length = place->length;
    if (length == 0)
        length = 1;
    if (length > UINT_MAX - place->column)
        return UINT_MAX;
    return place->column + length;
}

unsigned finding_end(const struct sweep_finding *finding)
{
    return findings_place_end(&finding->place);
}

static int findings_compare(const void *a, const void *b)
{
    const struct findings_entry *x = a, *y = b;
#define COMPARE(field)                                                                             \
    if (x->field != y->field)                                                                      \
    return x->field < y->field ? -1 : 1
    COMPARE(source);
    COMPARE(finding.place.line);
    COMPARE(finding.place.column);
    COMPARE(sequence);
#undef COMPARE
    return 0;
}

void sweep_findings_sort(struct sweep_findings *findings)
{
    if (findings != NULL && findings->n_entries > 1)
        qsort(findings->entries, findings->n_entries, sizeof *findings->entries, findings_compare);
}

/* --- writing ------------------------------------------------------------------------------ */

/* Line `number` without its line break; NULL if the text is not known or has no such line. */
static const char *findings_find_line(
    const struct findings_source *source, unsigned number, size_t *length)
{
    if (source->text == NULL || number == 0)
        return NULL;
    const char *line = source->text, *end = source->text + source->length;
    for (unsigned i = 1; i < number; i++) {
        line = memchr(line, '\n', (size_t)(end - line));
        if (line == NULL)
            return NULL;
        line++;
    }
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    if (newline != NULL)
        end = newline;
    if (end > line && end[-1] == '\r')
        end--;
    *length = (size_t)(end - line);
    return line;
}

/* Appends the source line of a place, and a caret line below it. False if there is no line to show,
 * or it is too long. */
static bool findings_quote_source(
    struct strbuf *out, const struct findings_source *source, const struct sweep_place *place)
{
    size_t length;
    const char *line = findings_find_line(source, place->line, &length);
    if (line == NULL || length > MAX_QUOTED_LINE || place->column == 0)
        return false;
    CLEANUP_STRBUF struct strbuf shown = {0}, caret = {0};
    unsigned column = 1, end = findings_place_end(place);
    for (size_t i = 0; i < length; column++) {
        uint32_t c;
        size_t n = utf8_decode(line + i, length - i, &c), before = shown.length;
        if (n == 0)
            n = 1;
        if (line[i] == '\t')
            strbuf_putc(&shown, ' ');
        else
            text_escape(&shown, line + i, n);
        size_t width = utf8_count(strbuf_string(&shown) + before, shown.length - before);
        if (column < place->column)
            strbuf_repeat(&caret, ' ', width);
        else if (column == place->column)
            strbuf_repeat(&caret, '^', width);
        else if (column < end)
            strbuf_repeat(&caret, '~', width);
        i += n;
    }
    if (column <= place->column) /* after the end of the line */
        strbuf_putc(&caret, '^');
    strbuf_printf(
        out, "\n%5u | %s\n      | %s", place->line, strbuf_string(&shown), strbuf_string(&caret));
    if (shown.oom || caret.oom)
        out->oom = true;
    return true;
}

void findings_write(
    struct strbuf *out, const struct sweep_findings *findings, size_t index, bool colour)
{
    static const char *const colours[] = {"\033[1;31m", "\033[1;35m", "\033[1;36m"};
    const struct findings_entry *entry = &findings->entries[index];
    const struct sweep_finding *f = &entry->finding;
    if (f->place.file != NULL) {
        text_escape(out, f->place.file, strlen(f->place.file));
        if (f->place.line > 0)
            strbuf_printf(out, ":%u:%u", f->place.line, f->place.column);
        strbuf_puts(out, ": ");
    }
    if (colour)
        strbuf_puts(out, colours[f->severity]);
    strbuf_printf(out, "%s[%s]", finding_severities[f->severity], f->code);
    if (colour)
        strbuf_puts(out, "\033[0m");
    strbuf_printf(out, ": %s", f->message);
    bool quoted = findings_quote_source(out, &findings->sources[entry->source], &f->place);
    if (f->hint != NULL) {
        strbuf_puts(out, quoted ? " " : "; ");
        text_escape(out, f->hint, strlen(f->hint));
    }
    strbuf_putc(out, '\n');
}

void findings_write_omitted(
    struct strbuf *out, const struct sweep_findings *findings, enum sweep_severity severity)
{
    size_t omitted = findings_omitted(findings, severity);
    if (omitted > 0)
        strbuf_printf(out, "… and %zu more of severity %s", omitted, finding_severities[severity]);
}

char *sweep_findings_text(const struct sweep_findings *findings, bool colour)
{
    assert(findings != NULL);
    struct strbuf out = {0};
    for (size_t i = 0; i < findings->n_entries; i++)
        findings_write(&out, findings, i, colour);
    for (int s = 0; s < FINDING_SEVERITIES; s++)
        if (findings_omitted(findings, s) > 0) {
            findings_write_omitted(&out, findings, s);
            strbuf_putc(&out, '\n');
        }
    return strbuf_steal(&out);
}

json_t *findings_json_string(const char *string)
{
    CLEANUP_STRBUF struct strbuf escaped = {0};
    if (string == NULL)
        return json_null();
    text_escape(&escaped, string, strlen(string));
    if (escaped.oom)
        return NULL;
    return json_string(strbuf_string(&escaped));
}

static json_t *findings_json_object(const struct sweep_finding *f, bool with_file)
{
    json_t *line = json_null(), *column = json_null();
    if (f->place.line > 0) {
        line = json_integer(f->place.line);
        column = json_integer(f->place.column);
    }
    json_t *object = json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o}", "severity",
        finding_severities[f->severity], "code", f->code, "path", findings_json_string(f->path),
        "line", line, "column", column, "message", f->message, "hint",
        findings_json_string(f->hint));
    if (object == NULL || !with_file)
        return object;
    if (json_object_set_new(object, "file", findings_json_string(f->place.file)) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *sweep_findings_json(const struct sweep_findings *findings, bool with_file)
{
    assert(findings != NULL);
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < findings->n_entries; i++) {
        json_t *object = findings_json_object(&findings->entries[i].finding, with_file);
        if (object == NULL || json_array_append_new(array, object) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}
