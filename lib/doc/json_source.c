/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/json_comment.h"
#include "lib/doc/json_mistake.h"
#include "lib/doc/json_source.h"
#include "lib/findings/findings.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* --- limits ------------------------------------------------------------------------------- */

/* The closing quote of the string that starts at `p`, or `end`. */
static const char *json_source_string_end(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p;
}

/* Rejects a text with too many levels or keys. Only looks at brackets and colons outside strings,
 * since the text may be anything. `text` is the input without comments. */
static enum sweep_code json_source_check_size(
    const struct json_input *input, const char *text, struct sweep_findings *findings)
{
    uint64_t depth = 0, keys = 0;
    const char *end = text + input->length, *string = text;
    for (const char *p = text; p < end; p++) {
        switch (*p) {
        case '"':
            string = p;
            p = json_source_string_end(p, end);
            break;
        case '[':
        case '{':
            if (++depth > input->limits->depth)
                return FINDING_ERROR(findings, "too-deep",
                    finding_place(input->file, input->text, (size_t)(p - text)), NULL, NULL,
                    "nested deeper than %llu levels", (unsigned long long)input->limits->depth);
            break;
        case ']':
        case '}':
            if (depth > 0)
                depth--;
            break;
        case ':':
            if (++keys > input->limits->keys)
                return FINDING_ERROR(findings, "too-large",
                    finding_place(input->file, input->text, (size_t)(string - text)), NULL, NULL,
                    "more than %llu keys", (unsigned long long)input->limits->keys);
            break;
        default:
            break;
        }
    }
    return SWEEP_OK;
}

/* --- syntax errors ------------------------------------------------------------------------ */

/* `at` is inside or after a number that is too large. */
static enum sweep_code json_source_number_error(
    const char *text, const char *at, struct sweep_place *place, struct sweep_findings *findings)
{
    static const char number[] = "0123456789+-.eE";
    const char *start = at;
    while (start > text && strchr(number, start[-1]) != NULL)
        start--;
    if (place->length == 1 && (size_t)(at - start) <= place->column)
        place->column -= (unsigned)(at - start) - 1;
    place->length = (unsigned)strspn(start, number);
    return FINDING_ERROR(findings, "number-range", *place, NULL, NULL,
        "number out of range: integers have 64 bits, floats go up to 1.8e308");
}

static enum sweep_code json_source_report(const struct json_input *input,
    const struct json_mistake *mistake, struct sweep_findings *findings)
{
    struct sweep_place place = finding_place(input->file, input->text, mistake->offset);
    if (mistake->length <= input->length - mistake->offset)
        place.length = (unsigned)utf8_count(input->text + mistake->offset, mistake->length);
    return FINDING_ERROR(
        findings, "json-syntax", place, NULL, mistake->hint, "%s", mistake->message);
}

static enum sweep_code json_source_syntax_error(
    const struct json_input *input, const json_error_t *error, struct sweep_findings *findings)
{
    struct json_mistake mistake;
    struct sweep_place place = {input->file, (unsigned)error->line, (unsigned)error->column, 1};
    if (json_error_code(error) == json_error_numeric_overflow)
        return json_source_number_error(
            input->text, input->text + error->position, &place, findings);
    if (json_mistake_find(input->text, input->length, input->strict, &mistake))
        return json_source_report(input, &mistake, findings);
    if (place.column == 0)
        place.column = 1;
    return FINDING_ERROR(
        findings, "json-syntax", place, NULL, NULL, "not valid JSON: %s", error->text);
}

/* A text with a NUL, which may have another mistake before it. */
static enum sweep_code json_source_nul_error(
    const struct json_input *input, const char *nul, struct sweep_findings *findings)
{
    size_t offset = (size_t)(nul - input->text);
    struct json_mistake mistake;
    if (!json_mistake_find(input->text, input->length, input->strict, &mistake)) {
        snprintf(mistake.message, sizeof mistake.message,
            "a NUL character (U+0000) is not allowed here");
        snprintf(mistake.hint, sizeof mistake.hint, "remove it");
        mistake.offset = offset;
        mistake.length = 1;
    }
    return json_source_report(input, &mistake, findings);
}

/* --- places ------------------------------------------------------------------------------- */

struct json_scanner {
    struct json_source *source;
    const struct sweep_limits *limits;
    struct sweep_findings *findings;
    const char *p;
    unsigned line;
    const char *counted; /* the characters of this line are counted up to here, */
    unsigned column;     /* which is this column */
    bool oom;
    enum sweep_code code;
};

static void json_source_no_memory(struct json_scanner *s)
{
    s->code = SWEEP_NO_MEMORY;
    s->oom = true;
}

/* Skips white space and comments. */
static void json_source_skip_space(struct json_scanner *s)
{
    const char *end = s->source->text + s->source->length;
    for (;;) {
        const char *after = s->p;
        if (json_comment_starts(s->p, end))
            after = json_comment_end(s->p, end);
        else if (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n')
            after = s->p + 1;
        if (after == s->p)
            return;
        for (; s->p < after; s->p++)
            if (*s->p == '\n') {
                s->line++;
                s->counted = s->p + 1;
                s->column = 1;
            }
    }
}

/* Places are mostly requested in the order of the text, so a long line is counted only once. */
static struct sweep_place json_source_place(
    struct json_scanner *s, const char *start, const char *end)
{
    unsigned column = s->column;
    if (start < s->counted) {
        column -= (unsigned)utf8_count(start, (size_t)(s->counted - start));
    } else {
        column += (unsigned)utf8_count(s->counted, (size_t)(start - s->counted));
        s->column = column;
        s->counted = start;
    }
    unsigned length = (unsigned)utf8_count(start, (size_t)(end - start));
    return (struct sweep_place){s->source->file, s->line, column, length};
}

/* Skips the string at s->p. */
static void json_source_skip_string(struct json_scanner *s)
{
    const char *start = s->p++;
    for (; *s->p != '"'; s->p++)
        if (*s->p == '\\')
            s->p++;
    s->p++;
    if ((uint64_t)(s->p - start) > s->limits->string + 2)
        s->code = FINDING_ERROR(s->findings, "too-long", json_source_place(s, start, start + 1),
            NULL, NULL, "string longer than the limit of %llu bytes",
            (unsigned long long)s->limits->string);
}

/* The value of the string [start, end); jansson decodes the escapes. NULL when memory is
 * exhausted. */
static char *json_source_decode(struct json_scanner *s, const char *start, const char *end)
{
    CLEANUP_JSON json_t *string = json_loadb(start, (size_t)(end - start), JSON_DECODE_ANY, NULL);
    char *copy = NULL;
    if (json_is_string(string))
        copy = strdup(json_string_value(string));
    if (copy == NULL)
        json_source_no_memory(s);
    return copy;
}

static struct json_place *json_source_scan_value(struct json_scanner *s);

/* Reports a key that its object has twice, at both places. */
static void json_source_duplicate(
    struct json_scanner *s, struct json_place *first, const struct sweep_place *place)
{
    s->code = FINDING_ERROR(s->findings, "duplicate-key", *place, NULL, NULL,
        "duplicate key \"%s\"; the first is in line %u", first->name, first->key.line);
    if (first->repeated)
        return;
    first->repeated = true;
    FINDING_ERROR(s->findings, "duplicate-key", first->key, NULL, NULL,
        "duplicate key \"%s\"; it is again in line %u", first->name, place->line);
}

/* Scans `"key": value`. `seen` maps the previous keys of the object to their struct json_place. */
static struct json_place *json_source_scan_member(struct json_scanner *s, json_t *seen)
{
    const char *start = s->p;
    json_source_skip_string(s);
    struct sweep_place place = json_source_place(s, start, s->p);
    CLEANUP_FREE char *name = json_source_decode(s, start, s->p);
    if (name == NULL)
        return NULL;
    json_source_skip_space(s);
    s->p++; /* the colon */
    json_source_skip_space(s);
    struct json_place *member = json_source_scan_value(s);
    if (member == NULL)
        return NULL;
    member->key = place;
    member->name = name;
    name = NULL;
    json_t *first = json_object_get(seen, member->name);
    if (first != NULL)
        json_source_duplicate(s, (struct json_place *)(intptr_t)json_integer_value(first), &place);
    else if (json_object_set_new(seen, member->name, json_integer((intptr_t)member)) != 0)
        json_source_no_memory(s);
    return member;
}

static void json_source_scan_children(struct json_scanner *s, struct json_place *parent)
{
    bool is_object = *s->p++ == '{';
    CLEANUP_JSON json_t *seen = is_object ? json_object() : NULL;
    struct json_place **tail = &parent->first;
    for (json_source_skip_space(s); *s->p != '}' && *s->p != ']'; json_source_skip_space(s)) {
        if (*s->p == ',') {
            s->p++;
            continue; /* a closing bracket may follow */
        }
        if (is_object)
            *tail = json_source_scan_member(s, seen);
        else
            *tail = json_source_scan_value(s);
        if (s->oom)
            return;
        tail = &(*tail)->next;
    }
    s->p++;
}

static struct json_place *json_source_scan_value(struct json_scanner *s)
{
    struct json_place *place = calloc(1, sizeof *place);
    if (place == NULL) {
        json_source_no_memory(s);
        return NULL;
    }
    place->text = s->p;
    place->value = json_source_place(s, s->p, s->p + 1);
    bool is_collection = *s->p == '{' || *s->p == '[';
    if (is_collection)
        json_source_scan_children(s, place);
    else if (*s->p == '"')
        json_source_skip_string(s);
    else
        while (isalnum((unsigned char)*s->p) || *s->p == '+' || *s->p == '-' || *s->p == '.')
            s->p++;
    place->length = (size_t)(s->p - place->text);
    if (!is_collection)
        place->value.length = (unsigned)utf8_count(place->text, place->length);
    return place;
}

static void json_source_free_places(struct json_place *place)
{
    while (place != NULL) {
        struct json_place *next = place->next;
        json_source_free_places(place->first);
        free(place->name);
        free(place);
        place = next;
    }
}

/* --- entry -------------------------------------------------------------------------------- */

void json_source_free(struct json_source *source)
{
    if (source == NULL)
        return;
    json_source_free_places(source->root);
    json_decref(source->value);
    free(source->file);
    free(source->text);
    free(source);
}

/* Fills `source` from `input`, which is source's own copy without a byte order mark. */
static enum sweep_code json_source_parse_into(
    struct json_source *source, const struct json_input *input, struct sweep_findings *findings)
{
    findings_add_source(findings, input->file, input->text, input->length);
    CLEANUP_FREE char *plain = text_duplicate(input->text, input->length);
    if (plain == NULL)
        return SWEEP_NO_MEMORY;
    if (!input->strict)
        json_comment_blank(plain, input->length);
    enum sweep_code code = json_source_check_size(input, plain, findings);
    if (code != SWEEP_OK)
        return code;
    /* jansson reads "1\\0" as 1, which then does not fit the text that is scanned for places. */
    const char *nul = memchr(input->text, '\0', input->length);
    if (nul != NULL)
        return json_source_nul_error(input, nul, findings);
    json_error_t error;
    source->value = json_loadb(plain, input->length, JSON_DECODE_ANY, &error);
    if (source->value == NULL) {
        /* When jansson runs out of memory, it may leave the error empty. */
        if (json_error_code(&error) == json_error_out_of_memory || error.text[0] == '\0')
            return SWEEP_NO_MEMORY;
        return json_source_syntax_error(input, &error, findings);
    }
    struct json_scanner s = {.source = source,
        .limits = input->limits,
        .findings = findings,
        .p = input->text,
        .line = 1,
        .counted = input->text,
        .column = 1};
    json_source_skip_space(&s);
    source->root = json_source_scan_value(&s);
    return s.code;
}

enum sweep_code json_source_parse_input(
    const struct json_input *input, struct sweep_findings *findings, struct json_source **out)
{
    struct json_input own = *input;
    if (own.limits == NULL)
        own.limits = &limits_default;
    if (own.length > own.limits->spec_bytes)
        return FINDING_ERROR(findings, "too-large", ((struct sweep_place){.file = own.file}), NULL,
            NULL, "the spec is larger than the limit of %llu bytes",
            (unsigned long long)own.limits->spec_bytes);
    struct json_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return SWEEP_NO_MEMORY;
    source->file = strdup(input->file);
    source->text = text_duplicate(input->text, input->length);
    source->length = input->length;
    enum sweep_code code = SWEEP_NO_MEMORY;
    if (source->file != NULL && source->text != NULL) {
        own.file = source->file;
        own.text = source->text;
        /* Some editors add a byte order mark. */
        if (own.length >= 3 && memcmp(own.text, "\xef\xbb\xbf", 3) == 0) {
            own.text += 3;
            own.length -= 3;
        }
        code = json_source_parse_into(source, &own, findings);
    }
    if (code != SWEEP_OK) {
        json_source_free(source);
        return code;
    }
    *out = source;
    return SWEEP_OK;
}

enum sweep_code json_source_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct json_source **out)
{
    const struct json_input input = {.text = text, .length = length, .file = file};
    return json_source_parse_input(&input, findings, out);
}

const struct json_place *json_place_member(const struct json_place *object, const char *name)
{
    const struct json_place *member = object->first;
    while (member != NULL && (member->name == NULL || strcmp(member->name, name) != 0))
        member = member->next;
    return member;
}
