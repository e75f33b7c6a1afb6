/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/json_source.h"
#include "lib/util/cleanup.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"

struct scanner {
    struct json_source *source;
    const struct sweep_limits *limits;
    struct sweep_findings *findings;
    const char *p;
    unsigned line;
    const char *counted; /* how far characters of this line are counted, */
    unsigned column;     /* and how many there are, plus 1 */
    bool stop;           /* no sense in going on: no memory */
    enum sweep_code code;
};

/* --- limits ------------------------------------------------------------------------------- */

/* The place of `at`, a byte of the text. */
static struct sweep_place place_at(const char *text, const char *at, const char *file)
{
    struct sweep_place place = {file, 1, 0, 1};
    const char *start = text;
    for (const char *p = text; p < at; p++)
        if (*p == '\n') {
            place.line++;
            start = p + 1;
        }
    place.column = (unsigned)utf8_count(start, (size_t)(at - start)) + 1;
    return place;
}

/* Refuses what has too many levels or keys. Only brackets and colons outside of strings are looked
 * at: the text need not be JSON, and costs nothing yet. */
static enum sweep_code check_size(const char *text, size_t length, const char *file,
    const struct sweep_limits *limits, struct sweep_findings *findings)
{
    uint64_t depth = 0, keys = 0;
    const char *end = text + length, *string = text;
    for (const char *p = text; p < end; p++) {
        if (*p == '"') {
            for (string = p++; p < end && *p != '"'; p++)
                if (*p == '\\')
                    p++;
        } else if (*p == '[' || *p == '{') {
            if (++depth > limits->depth)
                return FINDING_ERROR(findings, "too-deep", place_at(text, p, file), NULL, NULL,
                    "nested deeper than %llu levels", (unsigned long long)limits->depth);
        } else if (*p == ']' || *p == '}') {
            depth -= depth > 0;
        } else if (*p == ':' && ++keys > limits->keys) {
            return FINDING_ERROR(findings, "too-large", place_at(text, string, file), NULL, NULL,
                "more than %llu keys", (unsigned long long)limits->keys);
        }
    }
    return SWEEP_OK;
}

/* --- syntax errors ------------------------------------------------------------------------ */

/* What people who know Python or JavaScript write, and what JSON wants instead. */
static const char *syntax_hint(const char *text, const char *at)
{
    static const struct {
        const char *seen, *hint;
    } words[] = {{"True", "write true"}, {"False", "write false"}, {"None", "write null"},
        {"NaN", "JSON has no NaN"}, {"Infinity", "JSON has no Infinity"},
        {"-Infinity", "JSON has no Infinity"}, {"'", "strings and keys take double quotes"},
        {"//", "JSON has no comments"}, {"#", "JSON has no comments"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(at, words[i].seen, strlen(words[i].seen)) == 0)
            return words[i].hint;
    const char *before = at;
    while (before > text && isspace((unsigned char)before[-1]))
        before--;
    if ((*at == ']' || *at == '}') && before > text && before[-1] == ',')
        return "no comma behind the last item";
    if (*at == '"' && before > text && before[-1] != '{' && before[-1] != ',')
        return "a comma is missing before it";
    if (isalpha((unsigned char)*at) || *at == '_')
        return "strings and keys take double quotes";
    return NULL;
}

/* `at` is in or behind a number that is too large. */
static enum sweep_code number_error(
    const char *text, const char *at, struct sweep_place *place, struct sweep_findings *findings)
{
    const char *start = at;
    while (start > text && strchr("0123456789+-.eE", start[-1]) != NULL)
        start--;
    size_t length = strspn(start, "0123456789+-.eE");
    if (place->length == 1 && (size_t)(at - start) <= place->column)
        place->column -= (unsigned)(at - start) - 1;
    place->length = (unsigned)length;
    return FINDING_ERROR(findings, "number-range", *place, NULL, NULL,
        "number out of range: ints have 64 bits, floats are at most 1.8e308");
}

/* jansson reports the last character of the token that it did not like, and quotes the token. */
static enum sweep_code syntax_error(
    const char *text, const char *file, const json_error_t *error, struct sweep_findings *findings)
{
    struct sweep_place place = {file, (unsigned)error->line, (unsigned)error->column, 1};
    const char *at = text + error->position;
    if (json_error_code(error) == json_error_premature_end_of_input) {
        place.column++;
        return FINDING_ERROR(
            findings, "json-syntax", place, NULL, NULL, "the JSON ends before it is complete");
    }
    const char *near = strstr(error->text, " near '");
    const char *quote = near == NULL ? NULL : strrchr(error->text, '\'');
    if (quote != NULL && quote > near + 7) {
        size_t length = (size_t)(quote - near - 7);
        unsigned width = (unsigned)utf8_count(near + 7, length);
        if (length <= (size_t)error->position && width <= place.column) {
            at -= length;
            place.column -= width - 1;
            place.length = width;
        }
    }
    if (json_error_code(error) == json_error_null_character)
        return FINDING_ERROR(
            findings, "json-syntax", place, NULL, NULL, "a string cannot hold \\u0000");
    if (json_error_code(error) == json_error_numeric_overflow)
        return number_error(text, at, &place, findings);
    return FINDING_ERROR(findings, "json-syntax", place, NULL, syntax_hint(text, at),
        "not valid JSON: %s", error->text);
}

/* --- places ------------------------------------------------------------------------------- */

static void skip_blanks(struct scanner *s)
{
    for (; *s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n'; s->p++)
        if (*s->p == '\n') {
            s->line++;
            s->counted = s->p + 1;
            s->column = 1;
        }
}

/* Places are asked for in the order of the text, mostly, and a long line is counted only once. */
static struct sweep_place place_from(struct scanner *s, const char *start, const char *end)
{
    unsigned before = 0;
    if (start >= s->counted) {
        s->column += (unsigned)utf8_count(s->counted, (size_t)(start - s->counted));
        s->counted = start;
    } else
        before = (unsigned)utf8_count(start, (size_t)(s->counted - start));
    return (struct sweep_place){s->source->file, s->line, s->column - before,
        (unsigned)utf8_count(start, (size_t)(end - start))};
}

/* Moves behind a string that starts at s->p. */
static void skip_string(struct scanner *s)
{
    const char *start = s->p++;
    for (; *s->p != '"'; s->p++)
        if (*s->p == '\\')
            s->p++;
    s->p++;
    if ((uint64_t)(s->p - start) <= s->limits->string + 2)
        return;
    s->code = FINDING_ERROR(s->findings, "too-long", place_from(s, start, start + 1), NULL, NULL,
        "string longer than the limit of %llu bytes", (unsigned long long)s->limits->string);
}

/* The text of a key: jansson decodes the escapes. */
static char *key_text(struct scanner *s, const char *start, size_t length)
{
    CLEANUP_JSON json_t *string = json_loadb(start, length, JSON_DECODE_ANY, NULL);
    char *copy = json_is_string(string) ? strdup(json_string_value(string)) : NULL;
    if (copy == NULL) {
        s->code = SWEEP_NO_MEMORY;
        s->stop = true;
    }
    return copy;
}

static struct json_place *scan_value(struct scanner *s);

/* One `"key": value`; `seen` maps the keys so far to their lines. */
static struct json_place *scan_member(struct scanner *s, json_t *seen)
{
    const char *start = s->p;
    skip_string(s);
    struct sweep_place place = place_from(s, start, s->p);
    CLEANUP_FREE char *name = key_text(s, start, (size_t)(s->p - start));
    if (name == NULL)
        return NULL;
    json_t *line = json_object_get(seen, name);
    if (line != NULL)
        s->code = FINDING_ERROR(s->findings, "duplicate-key", place, NULL, NULL,
            "\"%s\" stands here a second time; the first is in line %d", name,
            (int)json_integer_value(line));
    else if (json_object_set_new(seen, name, json_integer(place.line)) != 0)
        s->code = SWEEP_NO_MEMORY;
    skip_blanks(s);
    s->p++; /* the colon */
    skip_blanks(s);
    struct json_place *member = scan_value(s);
    if (member != NULL) {
        member->key = place;
        member->name = name;
        name = NULL;
    }
    return member;
}

static void scan_children(struct scanner *s, struct json_place *parent)
{
    char open = *s->p++;
    CLEANUP_JSON json_t *seen = open == '{' ? json_object() : NULL;
    struct json_place **tail = &parent->first;
    for (skip_blanks(s); *s->p != '}' && *s->p != ']'; skip_blanks(s)) {
        if (*s->p == ',') {
            s->p++;
            skip_blanks(s);
        }
        *tail = open == '{' ? scan_member(s, seen) : scan_value(s);
        if (s->stop)
            return;
        tail = &(*tail)->next;
    }
    s->p++;
}

static struct json_place *scan_value(struct scanner *s)
{
    struct json_place *place = calloc(1, sizeof *place);
    if (place == NULL) {
        s->code = SWEEP_NO_MEMORY;
        s->stop = true;
        return NULL;
    }
    place->text = s->p;
    place->value = place_from(s, s->p, s->p + 1);
    if (*s->p == '{' || *s->p == '[')
        scan_children(s, place);
    else if (*s->p == '"')
        skip_string(s);
    else
        while (isalnum((unsigned char)*s->p) || *s->p == '+' || *s->p == '-' || *s->p == '.')
            s->p++;
    place->length = (size_t)(s->p - place->text);
    if (*place->text != '{' && *place->text != '[')
        place->value.length = (unsigned)utf8_count(place->text, place->length);
    return place;
}

static void place_free(struct json_place *place)
{
    while (place != NULL) {
        struct json_place *next = place->next;
        place_free(place->first);
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
    place_free(source->root);
    json_decref(source->value);
    free(source->file);
    free(source->text);
    free(source);
}

/* Some editors put a byte order mark in front. */
static bool has_mark(const char *text, size_t length)
{
    return length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
}

static enum sweep_code parse_into(struct json_source *source, size_t length,
    const struct sweep_limits *limits, struct sweep_findings *findings)
{
    size_t mark = has_mark(source->text, length) ? 3 : 0;
    const char *text = source->text + mark;
    length -= mark;
    findings_add_source(findings, source->file, text, length);
    enum sweep_code code = check_size(text, length, source->file, limits, findings);
    if (code != SWEEP_OK)
        return code;
    json_error_t error;
    source->value = json_loadb(text, length, JSON_DECODE_ANY, &error);
    if (source->value == NULL)
        /* Where jansson runs out of memory it may not say so, nor anything else. */
        return json_error_code(&error) == json_error_out_of_memory || error.text[0] == '\0'
                   ? SWEEP_NO_MEMORY
                   : syntax_error(text, source->file, &error, findings);
    struct scanner s = {.source = source,
        .limits = limits,
        .findings = findings,
        .p = text,
        .line = 1,
        .counted = text,
        .column = 1};
    skip_blanks(&s);
    source->root = scan_value(&s);
    return s.code;
}

enum sweep_code json_source_parse_within(const char *text, size_t length, const char *file,
    const struct sweep_limits *limits, struct sweep_findings *findings, struct json_source **out)
{
    if (length > limits->spec_bytes)
        return FINDING_ERROR(findings, "too-large", ((struct sweep_place){.file = file}), NULL,
            NULL, "the spec is larger than the limit of %llu bytes",
            (unsigned long long)limits->spec_bytes);
    struct json_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return SWEEP_NO_MEMORY;
    source->file = strdup(file);
    source->text = text_duplicate(text, length);
    source->length = length;
    enum sweep_code code = SWEEP_NO_MEMORY;
    if (source->file != NULL && source->text != NULL)
        code = parse_into(source, length, limits, findings);
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
    return json_source_parse_within(text, length, file, &limits_default, findings, out);
}

const struct json_place *json_place_member(const struct json_place *object, const char *name)
{
    const struct json_place *member = object->first;
    while (member != NULL && strcmp(member->name, name) != 0)
        member = member->next;
    return member;
}
