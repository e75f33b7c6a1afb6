/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/doc/encoding.h"
#include "lib/util/json_comment.h"
#include "lib/doc/json_mistake.h"
#include "lib/doc/json_token.h"
#include "lib/util/text.h"
#include "sweep/error.h"

enum { JSON_MISTAKE_DEPTH = 200 }; /* more is rejected before, for its depth */

/* A bracket that is open. */
struct json_open {
    const char *at;
    const struct json_open *outer;
};

/* Functions that read something return false when a mistake was found. */
struct json_walk {
    const char *text, *p, *end;
    const char *value_start;      /* of the previous value, */
    const char *value_end;        /* or of a key */
    const struct json_open *open; /* the innermost */
    /* The first bracket whose closing one is indented differently: probably its own is missing. */
    const char *suspect;
    unsigned depth;
    bool strict; /* comments and trailing commas are mistakes */
    struct json_mistake *out;
};

static bool json_mistake_set(struct json_walk *w, const char *start, const char *end,
    const char *hint, const char *format, ...) SWEEP_PRINTF(5, 6);

static bool json_mistake_set(struct json_walk *w, const char *start, const char *end,
    const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vformat(w->out->message, sizeof w->out->message, format, args);
    va_end(args);
    snprintf(w->out->hint, sizeof w->out->hint, "%s", hint);
    w->out->offset = (size_t)(start - w->text);
    w->out->length = end > start ? (size_t)(end - start) : 0;
    return false;
}

static bool json_mistake_advise(
    struct json_walk *w, const char *start, const char *end, const struct json_advice *advice)
{
    return json_mistake_set(w, start, end, advice->hint, "%s", advice->message);
}

static unsigned json_mistake_line(const struct json_walk *w, const char *at)
{
    unsigned line = 1;
    for (const char *p = w->text; p < at; p++)
        if (*p == '\n')
            line++;
    return line;
}

/* --- between tokens ----------------------------------------------------------------------- */

static bool json_mistake_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *json_mistake_line_end(const struct json_walk *w, const char *p)
{
    while (p < w->end && *p != '\n' && *p != '\r')
        p++;
    return p;
}

static bool json_mistake_comment(struct json_walk *w)
{
    const char *line_end = json_mistake_line_end(w, w->p);
    if (w->strict)
        return json_mistake_set(w, w->p, line_end, "JSON has no comments: remove it",
            "strict JSON cannot contain a comment");
    if (*w->p == '#')
        return json_mistake_set(
            w, w->p, line_end, "write // before a comment", "\"#\" does not start a comment");
    const char *end = json_comment_end(w->p, w->end);
    if (end == NULL)
        return json_mistake_set(
            w, w->p, line_end, "add */ at its end", "this comment has no closing */");
    const char *control = json_comment_find_control(w->p, end);
    if (control < end)
        return json_mistake_set(w, control, control + 1, "remove it",
            "a comment cannot contain a control character (0x%02x)", *control);
    w->p = end;
    return true;
}

/* Skips white space and comments; fails at characters that are never valid. */
static bool json_mistake_space(struct json_walk *w)
{
    for (;;) {
        while (w->p < w->end && json_mistake_is_space(*w->p))
            w->p++;
        if (w->p == w->end)
            return true;
        if (*w->p != '#' && !json_comment_starts(w->p, w->end))
            break;
        if (!json_mistake_comment(w))
            return false;
    }
    uint32_t c;
    struct json_advice advice;
    size_t n = utf8_decode(w->p, (size_t)(w->end - w->p), &c);
    if (n > 0 && json_token_is_foreign(c, &advice))
        return json_mistake_advise(w, w->p, w->p + n, &advice);
    return true;
}

static bool json_mistake_end_of_text(struct json_walk *w)
{
    char hint[120] = "";
    const char *end = w->end;
    while (end > w->text && json_mistake_is_space(end[-1]))
        end--;
    const char *opened = w->open != NULL ? w->open->at : NULL;
    if (w->suspect != NULL)
        opened = w->suspect;
    if (opened != NULL)
        snprintf(hint, sizeof hint, "the \"%c\" in line %u is not closed: add \"%c\"%s", *opened,
            json_mistake_line(w, opened), *opened == '{' ? '}' : ']',
            w->suspect != NULL ? " where it ends" : "");
    return json_mistake_set(w, end, end + 1, hint, "the JSON ends before it is complete");
}

/* --- strings ------------------------------------------------------------------------------ */

/* True for the escape of a surrogate; `halves` are the digits that its half has after "d". */
static bool json_mistake_is_surrogate(const char *p, const char *halves)
{
    return p[0] == '\\' && p[1] == 'u' && tolower((unsigned char)p[2]) == 'd' && p[3] != '\0' &&
           strchr(halves, tolower((unsigned char)p[3])) != NULL;
}

static bool json_mistake_escape(struct json_walk *w, const char *backslash)
{
    const char *p = backslash + 1;
    if (p < w->end && *p != '\0' && strchr("\"\\/bfnrt", *p) != NULL) {
        w->p = p + 1;
        return true;
    }
    if (p == w->end || *p == '\n')
        return json_mistake_set(w, backslash, p, "write \\n for a line break in a string",
            "a string cannot continue on the next line");
    if (*p != 'u') {
        size_t n = utf8_next(p, (size_t)(w->end - p));
        return json_mistake_set(w, backslash, p + n,
            *p == '\'' ? "a ' needs no backslash" : "write \\\\ for a backslash",
            "\"\\%.*s\" is not a JSON escape", (int)n, p);
    }
    unsigned n = 0;
    for (p++; n < 4 && p < w->end && isxdigit((unsigned char)*p); p++)
        n++;
    if (n < 4)
        return json_mistake_set(w, backslash, p, "write \\u and four hex digits, such as \\u00e9",
            "\"%.*s\" is not a JSON escape", (int)(p - backslash), backslash);
    if (strncmp(backslash, "\\u0000", 6) == 0)
        return json_mistake_set(w, backslash, p, "remove it", "a string cannot contain \\u0000");
    w->p = p;
    if (!json_mistake_is_surrogate(backslash, "89ab") &&
        !json_mistake_is_surrogate(backslash, "cdef"))
        return true;
    if (json_mistake_is_surrogate(backslash, "89ab") && json_mistake_is_surrogate(p, "cdef")) {
        w->p = p + 6;
        return true;
    }
    return json_mistake_set(w, backslash, p, "write the character itself",
        "%.*s is only one half of a character", (int)(p - backslash), backslash);
}

static bool json_mistake_string_character(struct json_walk *w, const char *start)
{
    unsigned char c = (unsigned char)*w->p;
    char hint[80];
    if (c == '\\')
        return json_mistake_escape(w, w->p);
    if (c >= 0x20) {
        w->p++;
        return true;
    }
    if (c == '\n' || c == '\r')
        return json_mistake_set(w, start, w->p,
            "add \" at its end; a line break in a string is written \\n",
            "this string has no closing quote");
    if (c == '\0')
        return json_mistake_set(
            w, w->p, w->p + 1, "remove it", "a string cannot contain a NUL character");
    if (c == '\t')
        return json_mistake_set(
            w, w->p, w->p + 1, "write \\t, or use spaces", "a string cannot contain a tab");
    snprintf(hint, sizeof hint, "remove it, or write \\u%04x", c);
    return json_mistake_set(
        w, w->p, w->p + 1, hint, "a string cannot contain a control character (0x%02x)", c);
}

static bool json_mistake_string(struct json_walk *w)
{
    const char *start = w->p++;
    while (w->p < w->end && *w->p != '"')
        if (!json_mistake_string_character(w, start))
            return false;
    if (w->p == w->end)
        return json_mistake_set(
            w, start, w->end, "add \" at its end", "this string has no closing quote");
    w->p++;
    if (w->p == start + 2 && w->p < w->end && *w->p == '"')
        return json_mistake_set(w, start, w->p + 1, "use one double quote, and \\n for line breaks",
            "JSON has no triple quotes");
    return true;
}

/* --- words and numbers -------------------------------------------------------------------- */

/* The end of a word without quotes; a colon ends keys, but not a path or an address. */
static const char *json_mistake_word_end(const struct json_walk *w, const char *p, bool key)
{
    for (; p < w->end && *p != '\0' && !isspace((unsigned char)*p); p++) {
        if (strchr(",]}\"'", *p) != NULL)
            break;
        if (*p == ':' && (key || p + 1 == w->end || isspace((unsigned char)p[1])))
            break;
    }
    return p;
}

static bool json_mistake_word(struct json_walk *w, bool key)
{
    const char *start = w->p, *end = json_mistake_word_end(w, start, key);
    struct json_advice advice;
    if (end == start)
        end = start + utf8_next(start, (size_t)(w->end - start));
    int shown = end - start > 60 ? 60 : (int)(end - start);
    char hint[120];
    snprintf(hint, sizeof hint, "use double quotes for strings and keys: \"%.*s\"", shown, start);
    bool call = memchr(start, '(', (size_t)(end - start)) != NULL;
    if (!call && end < w->end && *end == '"' && !isspace((unsigned char)end[-1]))
        return json_mistake_set(
            w, start, end + 1, hint, "the opening quote before %.*s is missing", shown, start);
    if (key)
        return json_mistake_set(w, start, end, hint, "the key %.*s has no quotes", shown, start);
    json_token_word(start, (size_t)(end - start), &advice);
    return json_mistake_advise(w, start, end, &advice);
}

static bool json_mistake_single_quotes(struct json_walk *w)
{
    const char *line_end = json_mistake_line_end(w, w->p);
    const char *close = memchr(w->p + 1, '\'', (size_t)(line_end - w->p - 1));
    char hint[120] = "use double quotes for strings and keys";
    if (close == NULL || close - w->p > 60)
        return json_mistake_set(w, w->p, w->p + 1, hint, "JSON has no single quotes");
    snprintf(hint, sizeof hint, "use double quotes for strings and keys: \"%.*s\"",
        (int)(close - w->p - 1), w->p + 1);
    return json_mistake_set(w, w->p, close + 1, hint, "JSON has no single quotes");
}

static bool json_mistake_number(struct json_walk *w)
{
    const char *start = w->p;
    while (w->p < w->end &&
           (isalnum((unsigned char)*w->p) || (*w->p != '\0' && strchr("+-._%", *w->p) != NULL) ||
               (*w->p == ':' && isdigit((unsigned char)w->p[1]))))
        w->p++;
    if (json_token_is_number(start, (size_t)(w->p - start)))
        return true;
    struct json_advice advice;
    uint32_t c = ' ';
    utf8_decode(w->p, (size_t)(w->end - w->p), &c);
    if (w->p < w->end && c >= 0x80 && json_token_is_foreign(c, &advice)) /* 1e−4 */
        return json_mistake_advise(
            w, w->p, w->p + utf8_next(w->p, (size_t)(w->end - w->p)), &advice);
    json_token_number(start, (size_t)(w->p - start), &advice);
    return json_mistake_advise(w, start, w->p, &advice);
}

/* --- values ------------------------------------------------------------------------------- */

static bool json_mistake_container(struct json_walk *w);

static bool json_mistake_literal(struct json_walk *w)
{
    static const char *const literals[] = {"true", "false", "null"};
    const char *end = json_mistake_word_end(w, w->p, false);
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++)
        if ((size_t)(end - w->p) == strlen(literals[i]) &&
            memcmp(w->p, literals[i], (size_t)(end - w->p)) == 0) {
            w->p = end;
            return true;
        }
    return json_mistake_word(w, false);
}

static bool json_mistake_is_number_start(const char *p)
{
    if (*p == '+' || *p == '-')
        p++;
    if (*p == '.')
        p++;
    return isdigit((unsigned char)*p);
}

/* There is white space at the beginning. */
static bool json_mistake_value(struct json_walk *w)
{
    if (!json_mistake_space(w))
        return false;
    const char *p = w->p;
    bool good;
    if (p == w->end)
        return json_mistake_end_of_text(w);
    if (*p == '"')
        good = json_mistake_string(w);
    else if (*p == '{' || *p == '[')
        good = json_mistake_container(w);
    else if (json_mistake_is_number_start(p))
        good = json_mistake_number(w);
    else if (*p == '\'')
        return json_mistake_single_quotes(w);
    else if (*p == '(')
        return json_mistake_set(w, p, p + 1, "write [ ] for a list", "JSON has no parentheses");
    else if (strchr(",:;=]}", *p) != NULL)
        return json_mistake_set(
            w, p, p + 1, "write a value here", "a value is missing before \"%c\"", *p);
    else
        good = json_mistake_literal(w);
    w->value_start = p;
    w->value_end = w->p;
    return good;
}

/* --- objects and lists -------------------------------------------------------------------- */

/* The white space at the start of the line of `at`; NULL if something else is before it. */
static const char *json_mistake_indent(const struct json_walk *w, const char *at, size_t *width)
{
    const char *start = at;
    while (start > w->text && start[-1] != '\n')
        start--;
    *width = strspn(start, " \t");
    return start + *width == at ? start : NULL;
}

static void json_mistake_note_indent(struct json_walk *w, const char *closing)
{
    size_t inner, outer;
    if (w->suspect != NULL || json_mistake_indent(w, closing, &inner) == NULL)
        return;
    json_mistake_indent(w, w->open->at, &outer);
    if (inner != outer && memchr(w->open->at, '\n', (size_t)(closing - w->open->at)) != NULL)
        w->suspect = w->open->at;
}

/* What is before a key: `{` or a comma. */
static bool json_mistake_key(struct json_walk *w)
{
    const char *p = w->p, *start = p;
    if (*p == '\'')
        return json_mistake_single_quotes(w);
    if (*p != '"')
        return json_mistake_word(w, true);
    if (!json_mistake_string(w))
        return false;
    w->value_end = w->p;
    if (!json_mistake_space(w))
        return false;
    int shown = w->value_end - start > 60 ? 60 : (int)(w->value_end - start);
    p = w->p;
    if (p == w->end)
        return json_mistake_end_of_text(w);
    if (*p == ':') {
        w->p++;
        return true;
    }
    const char *colon = memchr(start, ':', (size_t)(w->value_end - start));
    if (colon != NULL && p == w->value_end)
        return json_mistake_set(
            w, start, colon, "add \" before the colon", "this key has no closing quote");
    if (*p == '=')
        return json_mistake_set(
            w, p, p + 1, "write a colon after a key", "expected \":\" after %.*s", shown, start);
    if (*p == ',' || *p == '}')
        return json_mistake_set(w, start, w->value_end,
            "write \"key\": value; a list without keys is in [ ]", "the key %.*s has no value",
            shown, start);
    return json_mistake_set(w, w->value_end, w->value_end + 1, "a colon is missing here",
        "expected \":\" after %.*s", shown, start);
}

/* Neither a comma nor the closing bracket is after a value. */
static bool json_mistake_after_value(struct json_walk *w, char closing, const char *value)
{
    const char *p = w->p;
    char hint[80];
    if (*p == ']' || *p == '}') {
        snprintf(hint, sizeof hint, "a \"%c\" is missing before it", closing);
        return json_mistake_set(w, p, p + 1, hint, "\"%c\" does not close the \"%c\" in line %u",
            *p, *w->open->at, json_mistake_line(w, w->open->at));
    }
    if (*p == ';')
        return json_mistake_set(w, p, p + 1, "write a comma", "expected \",\" or \"%c\"", closing);
    if (*p == ':' && closing == ']')
        return json_mistake_set(w, p, p + 1, "write { } around \"key\": value pairs",
            "a list cannot contain \"key\": value pairs");
    if (*p == ':')
        return json_mistake_set(
            w, p, p + 1, "", "expected \",\" or \"%c\" after the value", closing);
    if (*value == '"' && *p == '+')
        return json_mistake_set(w, p, p + 1, "write one string", "JSON cannot concatenate strings");
    if (json_mistake_is_number_start(value) && strchr("*/+-^", *p) != NULL)
        return json_mistake_set(w, value, p + 1, "write the result", "JSON has no arithmetic");
    if (*value == '"' && p == w->value_end && *p != '"')
        return json_mistake_set(
            w, p - 1, p, "write \\\" for a quote inside a string", "the string ends at this quote");
    return json_mistake_set(w, w->value_end, w->value_end + 1, "a comma is missing here",
        "expected \",\" or \"%c\" after the value", closing);
}

/* Reads the items of a container up to its closing bracket. */
static bool json_mistake_items(struct json_walk *w, char closing)
{
    const char *comma = NULL; /* the previous one */
    for (;;) {
        if (!json_mistake_space(w))
            return false;
        if (w->p == w->end)
            return json_mistake_end_of_text(w);
        if (*w->p == closing && comma != NULL && w->strict)
            return json_mistake_set(w, comma, comma + 1, "remove the comma after the last item",
                "a comma before \"%c\"", closing);
        if (*w->p == closing)
            return true;
        if (*w->p == ',')
            return json_mistake_set(w, w->p, w->p + 1, "remove this comma", "unexpected \",\"");
        if (closing == '}' && !json_mistake_key(w))
            return false;
        if (!json_mistake_value(w))
            return false;
        const char *value = w->value_start;
        if (!json_mistake_space(w))
            return false;
        if (w->p == w->end)
            return json_mistake_end_of_text(w);
        if (*w->p == closing)
            return true;
        if (*w->p != ',')
            return json_mistake_after_value(w, closing, value);
        comma = w->p++;
    }
}

static bool json_mistake_container(struct json_walk *w)
{
    const struct json_open open = {w->p, w->open};
    const char *start = w->p;
    if (w->depth == JSON_MISTAKE_DEPTH) {
        w->out->message[0] = '\0';
        return false;
    }
    w->depth++;
    w->open = &open;
    w->p++;
    bool good = json_mistake_items(w, *start == '{' ? '}' : ']');
    if (good) {
        json_mistake_note_indent(w, w->p);
        w->p++;
    }
    w->open = open.outer;
    w->depth--;
    return good;
}

/* --- documents ---------------------------------------------------------------------------- */

static bool json_mistake_line_is_yaml(const char *line, const char *end)
{
    const char *p = line;
    if (end - line >= 2 && strncmp(line, "- ", 2) == 0)
        return true;
    if (end - line >= 3 && strncmp(line, "---", 3) == 0)
        return true;
    if (*line == '%' && end - line >= 5 && strncmp(line, "%YAML", 5) == 0)
        return true;
    while (p < end && (isalnum((unsigned char)*p) || strchr("_.-\"'", *p) != NULL))
        p++;
    if (p == line || p == end || *p != ':' || end[-1] == ',')
        return false;
    return p + 1 == end || p[1] == ' ' || p[1] == '\t';
}

/* True if a mapping at the top of a YAML text has none of the keys that only specs have. */
static bool json_mistake_is_config(const struct json_walk *w, const char *line)
{
    static const char *const keys[] = {"base:", "grid:", "fixed:"};
    bool is_mapping = *line != '-' && *line != '%';
    for (const char *p = line; p != NULL; p = strchr(p, '\n')) {
        if (*p == '\n')
            p++;
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            if (strncmp(p, keys[i], strlen(keys[i])) == 0)
                return false;
        if (p >= w->end)
            break;
    }
    return is_mapping;
}

/* Looks at the first line that is not a comment. */
static bool json_mistake_is_yaml(struct json_walk *w)
{
    const char *line = w->p, *end = line;
    for (; line < w->end; line = end) {
        while (line < w->end && json_mistake_is_space(*line))
            line++;
        end = json_mistake_line_end(w, line);
        if (line == w->end || *line != '#')
            break;
    }
    if (line == w->end || !json_mistake_line_is_yaml(line, end))
        return false;
    if (json_mistake_is_config(w, line))
        json_mistake_set(w, line, end,
            "write a spec with \"base\": {\"file\": \"this file\"}, or run: sweepctl validate",
            "this is a YAML config, not a spec; a spec is JSON");
    else
        json_mistake_set(w, line, end,
            "write {\"key\": value, …}: braces, commas, and keys and strings in double quotes",
            "this is YAML; a spec is JSON");
    return true;
}

static bool json_mistake_document(struct json_walk *w)
{
    if (w->p == w->end)
        return json_mistake_set(w, w->text, w->text + 1,
            "a spec has at least {\"name\": \"…\", \"base\": \"…\", \"grid\": {…}}",
            "the file is empty");
    if (strncmp(w->p, "#!", 2) == 0)
        return json_mistake_set(w, w->p, json_mistake_line_end(w, w->p),
            "give the name of a JSON file", "this is a script, not a spec");
    if (json_mistake_is_yaml(w))
        return false;
    if (!json_mistake_space(w))
        return false;
    const char *start = w->p;
    if (isalpha((unsigned char)*start)) {
        const char *end = json_mistake_word_end(w, start, true);
        const char *next = end + strspn(end, " \t");
        if (*next == '=')
            return json_mistake_set(w, start, next + 1, "remove everything before the \"{\"",
                "a spec is a JSON object and starts with \"{\"");
    }
    if (*start == '<')
        return json_mistake_set(w, start, start + 1,
            "a spec is a JSON object and starts with \"{\"", "this is HTML or XML, not JSON");
    if (!json_mistake_value(w) || !json_mistake_space(w))
        return false;
    if (w->p == w->end)
        return true;
    if (*start == '"' && *w->p == ':')
        return json_mistake_set(
            w, start, start + 1, "add \"{\" at the beginning", "the opening \"{\" is missing");
    if (*w->p == '}' || *w->p == ']')
        return json_mistake_set(
            w, w->p, w->p + 1, "remove it, or add its opening bracket", "unmatched \"%c\"", *w->p);
    if (*w->p == ',')
        return json_mistake_set(
            w, w->p, w->p + 1, "remove it", "a comma after the end of the spec");
    return json_mistake_set(w, w->p, w->p + 1, "put each spec into a separate file",
        "unexpected text after the end of the spec in line %u", json_mistake_line(w, w->value_end));
}

bool json_mistake_find(const char *text, size_t length, bool strict, struct json_mistake *out)
{
    struct json_walk w = {
        .text = text, .p = text, .end = text + length, .strict = strict, .out = out};
    struct encoding_mistake encoding;
    *out = (struct json_mistake){0};
    if (encoding_find_mistake(text, length, &encoding)) {
        json_mistake_set(&w, text + encoding.offset, text + encoding.offset + 1, encoding.hint,
            "%s", encoding.message);
        return true;
    }
    while (w.p < w.end && json_mistake_is_space(*w.p))
        w.p++;
    return !json_mistake_document(&w) && out->message[0] != '\0';
}
