/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/check/interpolation.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum {
    MAX_NESTING = 128,         /* interpolations inside others; each step to another counts twice */
    MAX_STRING = 64 * 1024,    /* bytes of one resolved string */
    MAX_ALL_STRINGS = 4 << 20, /* bytes of all of them */
    UNKNOWN_PART = '\1',       /* in a string, for a part that is known when the run starts */
};

/* A reference count of -1 is jansson's mark of a value that is not counted. */
json_t interpolation_unknown_string = {JSON_NULL, (size_t)-1};
json_t interpolation_unknown_phrase = {JSON_NULL, (size_t)-1};
json_t interpolation_unknown = {JSON_NULL, (size_t)-1};

static bool interpolation_is_string(const json_t *value)
{
    return value == &interpolation_unknown_string || value == &interpolation_unknown_phrase;
}

bool interpolation_is_unknown(const json_t *value)
{
    return interpolation_is_string(value) || value == &interpolation_unknown;
}

void interpolation_fail(struct interpolator *state, const char *code, const char *format, ...)
{
    if (state->code != NULL)
        return;
    va_list args;
    va_start(args, format);
    text_vformat(state->message, sizeof state->message, format, args);
    va_end(args);
    state->code = code;
}

static void interpolation_malformed(struct interpolation *c)
{
    if (*c->at == '/' || *c->at == '\0') {
        interpolation_fail(c->state, "bad-interpolation",
            "the interpolation in \"%.180s\" has no closing brace%s%.60s", c->path,
            *c->at == '/' ? " before " : "", c->at);
        return;
    }
    interpolation_fail(
        c->state, "bad-interpolation", "the interpolation in \"%.180s\" cannot be parsed", c->path);
}

static void interpolation_skip_spaces(struct interpolation *c)
{
    c->at += strspn(c->at, " \t");
}

static bool interpolation_starts(const char *text)
{
    return text[0] == '$' && text[1] == '{';
}

static json_t *interpolation_read(struct interpolation *c);

/* --- ${path} ------------------------------------------------------------------------------ */

static bool interpolation_add_part(struct interpolation_path *path, const char *text, size_t length)
{
    strbuf_append(&path->parts, text, length);
    strbuf_append(&path->parts, "", 1);
    path->n_parts++;
    return length > 0 && !path->parts.oom;
}

/* Adds the value of an interpolation inside a path: a string of one or more parts. */
static bool interpolation_add_nested(
    struct interpolation *c, struct interpolation_path *path, bool bracket)
{
    CLEANUP_JSON json_t *value = interpolation_read(c);
    if (value == NULL)
        return false;
    if (interpolation_is_unknown(value)) {
        path->open = true;
        return true;
    }
    /* OmegaConf 2.4 accepts an int too, older versions do not. */
    const char *text = json_string_value(value);
    if (text == NULL || strpbrk(text, bracket ? ".[]\\" : "[]\\") != NULL)
        return false;
    for (;; text++) {
        size_t length = strcspn(text, ".");
        if (!path->open && !interpolation_add_part(path, text, length))
            return false;
        text += length;
        if (*text == '\0')
            return true;
    }
}

/* Reads one part: either plain characters or a single interpolation, never both. */
static bool interpolation_read_part(
    struct interpolation *c, struct interpolation_path *path, bool bracket)
{
    if (interpolation_starts(c->at))
        return interpolation_add_nested(c, path, bracket);
    const char *text = c->at;
    size_t length = strcspn(text, "\\{}()[]:. \t'\"");
    c->at += length;
    return length > 0 && (path->open || interpolation_add_part(path, text, length));
}

/* Reads the parts of a path. False when it is malformed or (with `code` set) one of its nested
 * interpolations cannot be resolved. */
static bool interpolation_read_path(struct interpolation *c, struct interpolation_path *path)
{
    path->dots = strspn(c->at, ".");
    c->at += path->dots;
    for (bool first = true;; first = false) {
        bool bracket = *c->at == '[';
        if (bracket || (!first && *c->at == '.'))
            c->at++;
        else if (!first)
            return true;
        if (!interpolation_read_part(c, path, bracket))
            return false;
        if (bracket && *c->at++ != ']')
            return false;
    }
}

/* After `${`, at a path: its value, a new reference. `c->at` is then at the closing brace. */
static json_t *interpolation_config_path(struct interpolation *c)
{
    struct interpolation_path path = {0};
    json_t *value = NULL;
    bool valid = interpolation_read_path(c, &path) && c->at[strspn(c->at, " \t")] == '}';
    if (path.parts.oom)
        c->state->oom = true;
    if (valid)
        value = c->state->look_up(c, &path);
    else
        interpolation_malformed(c);
    strbuf_deinit(&path.parts);
    return value;
}

/* --- ${resolver:…} ------------------------------------------------------------------------ */

/* The length of a word such as HOME_1 that OmegaConf reads as a string; 0 if there is none. */
static size_t interpolation_word_length(const char *text)
{
    static const char *const literals[] = {"null", "true", "false", "inf", "nan", NULL};
    size_t length = 0;
    if (isdigit((unsigned char)*text))
        return 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    for (size_t i = 0; literals[i] != NULL; i++)
        if (strlen(literals[i]) == length && strncasecmp(literals[i], text, length) == 0)
            return 0;
    return length;
}

/* Moves to the brace that closes the resolver's arguments. */
static bool interpolation_skip_arguments(struct interpolation *c)
{
    int open = 1;
    char quote = '\0';
    for (; *c->at != '\0'; c->at++) {
        if (quote != '\0') {
            if (*c->at == quote)
                quote = '\0';
        } else if (*c->at == '"' || *c->at == '\'')
            quote = *c->at;
        else if (*c->at == '{')
            open++;
        else if (*c->at == '}' && --open == 0)
            return true;
    }
    return false;
}

/* The simplest literals, such as 3 or true. oc.decode has rules of its own for the others. */
static json_t *interpolation_literal(const char *text, size_t length)
{
    char word[24];
    if (length == 0 || length >= sizeof word)
        return NULL;
    snprintf(word, sizeof word, "%.*s", (int)length, text);
    if (strcmp(word, "true") == 0)
        return json_true();
    if (strcmp(word, "false") == 0)
        return json_false();
    bool decimal = word[strspn(word, "0123456789")] == '\0';
    bool leading_zero = word[0] == '0' && word[1] != '\0';
    if (!decimal || leading_zero || length >= 18)
        return NULL;
    return json_integer(strtoll(word, NULL, 10));
}

/* oc.decode of a quoted literal or of an interpolation, usually of an environment variable. */
static json_t *interpolation_decode(struct interpolation *c)
{
    CLEANUP_JSON json_t *value = NULL;
    const char *text = c->at + 1;
    size_t length = strcspn(text, "'\"");
    if (interpolation_starts(c->at)) {
        value = interpolation_read(c);
        text = json_string_value(value);
        length = text != NULL ? strlen(text) : 0;
    } else if ((*c->at == '\'' || *c->at == '"') && text[length] == *c->at)
        c->at += length + 2;
    else
        return NULL;
    interpolation_skip_spaces(c);
    if (*c->at != '}')
        return NULL;
    if (text != NULL)
        return interpolation_literal(text, length);
    return interpolation_is_unknown(value) ? &interpolation_unknown : NULL;
}

/* Reads the default of oc.env: words, or an interpolation. *is_string is false if it is null, the
 * only default that oc.env does not turn into a string. False if it cannot be read. */
static bool interpolation_read_default(struct interpolation *c, bool *is_string)
{
    interpolation_skip_spaces(c);
    if (interpolation_starts(c->at)) {
        CLEANUP_JSON json_t *value = interpolation_read(c);
        interpolation_skip_spaces(c);
        *is_string = !json_is_null(value) || interpolation_is_string(value);
        return value != NULL;
    }
    const char *start = c->at;
    while (isalnum((unsigned char)*c->at) || (*c->at != '\0' && strchr("_./- ", *c->at) != NULL))
        c->at++;
    *is_string = strncasecmp(start, "null", 4) != 0;
    return c->at > start;
}

/* oc.env of NAME or NAME,DEFAULT. */
static json_t *interpolation_env(struct interpolation *c)
{
    bool is_string = true;
    size_t name = interpolation_word_length(c->at);
    c->at += name;
    interpolation_skip_spaces(c);
    if (name == 0)
        return NULL;
    if (*c->at == ',') {
        c->at++;
        if (!interpolation_read_default(c, &is_string))
            return NULL;
    }
    if (*c->at != '}')
        return NULL;
    c->state->environment = true;
    return is_string ? &interpolation_unknown_string : &interpolation_unknown;
}

/* The length of a path of plain words and list indices; 0 if it is anything else. */
static size_t interpolation_plain_path(const char *text)
{
    const char *end = text + strspn(text, ".");
    for (bool first = true; first || *end == '.'; first = false) {
        if (!first)
            end++;
        size_t length = interpolation_word_length(end);
        if (length == 0 && !first)
            length = strspn(end, "0123456789");
        if (length == 0)
            return 0;
        end += length;
    }
    return (size_t)(end - text);
}

/* oc.select of a plain path: the value of ${path}, or null if it does not exist. */
static json_t *interpolation_select(struct interpolation *c)
{
    size_t length = interpolation_plain_path(c->at);
    if (length == 0 || c->at[length + strspn(c->at + length, " \t")] != '}')
        return NULL;
    bool failed_before = c->state->code != NULL;
    c->state->absent = false;
    json_t *value = interpolation_config_path(c);
    interpolation_skip_spaces(c);
    if (value == NULL && c->state->absent && !failed_before) {
        c->state->code = NULL;
        c->state->hint[0] = '\0';
        return json_null();
    }
    return value;
}

/* Evaluates `${NAME:…}`. Environment variables are known only when the run starts. Only the simple
 * forms of oc.decode and oc.select are supported: the others can fail in ways not modelled here. */
static json_t *interpolation_call(struct interpolation *c, const char *name, size_t length)
{
    static const char *const known[] = {"oc.env", "oc.decode", "oc.select", "oc.create",
        "oc.deprecated", "oc.dict.keys", "oc.dict.values", NULL};
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    interpolation_skip_spaces(c);
    struct interpolation arguments = *c;
    if (!interpolation_skip_arguments(&arguments)) {
        interpolation_fail(c->state, "bad-interpolation",
            "the interpolation ${%.100s:… has no closing brace", word);
        return NULL;
    }
    json_t *value = NULL;
    if (strcmp(word, "oc.env") == 0)
        value = interpolation_env(c);
    else if (strcmp(word, "oc.decode") == 0)
        value = interpolation_decode(c);
    else if (strcmp(word, "oc.select") == 0)
        value = interpolation_select(c);
    if (value != NULL)
        return value;
    if (list_holds(known, word))
        interpolation_fail(c->state, "unchecked-resolver",
            "this form of ${%.100s:…} cannot be checked: write the value itself", word);
    else
        interpolation_fail(
            c->state, "unknown-resolver", "OmegaConf has no resolver \"%.100s\"", word);
    return NULL;
}

/* The length of a resolver's name such as oc.env, if a colon follows; otherwise 0. */
static size_t interpolation_resolver_length(const char *text)
{
    size_t length = 0;
    for (;; length++) {
        if (!isalpha((unsigned char)text[length]) && text[length] != '_')
            return 0;
        while (isalnum((unsigned char)text[length]) ||
               (text[length] != '\0' && strchr("_-", text[length]) != NULL))
            length++;
        if (text[length] != '.')
            break;
    }
    return text[length + strspn(text + length, " \t")] == ':' ? length : 0;
}

/* At `${`: moves past the closing brace. Returns a new reference, or NULL if it cannot be
 * resolved. */
static json_t *interpolation_read(struct interpolation *c)
{
    c->at += 2;
    interpolation_skip_spaces(c);
    if (c->depth > MAX_NESTING) {
        interpolation_fail(c->state, "cyclic-interpolation",
            "\"%.150s\" goes through too many other interpolations", c->path);
        return NULL;
    }
    const char *name = c->at;
    size_t length = interpolation_resolver_length(name);
    json_t *value;
    c->depth++;
    if (length > 0) {
        c->at = strchr(name + length, ':') + 1;
        value = interpolation_call(c, name, length);
    } else
        value = interpolation_config_path(c);
    c->depth--;
    if (value == NULL)
        return NULL;
    interpolation_skip_spaces(c);
    if (*c->at == '}') {
        c->at++;
        return value;
    }
    json_decref(value);
    interpolation_malformed(c);
    return NULL;
}

/* --- strings ------------------------------------------------------------------------------ */

/* Python writes 1e-08 where YAML needs 1.0e-08. */
static void interpolation_put_float(struct strbuf *out, const json_t *value)
{
    size_t start = out->length;
    value_write(out, value, SCALAR_IN_BLOCK);
    char *dot = out->oom ? NULL : strstr(out->data + start, ".0e");
    if (dot != NULL) {
        memmove(dot, dot + 2, strlen(dot + 2) + 1);
        out->length -= 2;
    }
}

/* Appends Python's str() of a value. A collection inside a string is surely a mistake, so only its
 * type is written. */
static void interpolation_put_value(struct strbuf *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        strbuf_puts(out, json_string_value(value));
        break;
    case JSON_OBJECT:
    case JSON_ARRAY:
        strbuf_printf(out, "<%s>", value_type_name(value));
        break;
    case JSON_TRUE:
        strbuf_puts(out, "True");
        break;
    case JSON_FALSE:
        strbuf_puts(out, "False");
        break;
    case JSON_NULL:
        strbuf_puts(out, "None");
        break;
    case JSON_INTEGER:
        value_write(out, value, SCALAR_IN_BLOCK);
        break;
    case JSON_REAL:
        interpolation_put_float(out, value);
        break;
    }
}

/* Reads backslashes. Before `${` each pair is one backslash, and a single one escapes `${`. */
static void interpolation_read_escapes(struct interpolation *c, struct strbuf *out)
{
    size_t slashes = strspn(c->at, "\\");
    c->at += slashes;
    if (!interpolation_starts(c->at)) {
        strbuf_repeat(out, '\\', slashes);
        return;
    }
    strbuf_repeat(out, '\\', slashes / 2);
    if (slashes % 2 == 1) {
        strbuf_puts(out, "${");
        c->at += 2;
    }
}

/* True if a string can be a dotted name once each UNKNOWN_PART in it is known. */
static bool interpolation_can_be_name(const struct strbuf *text)
{
    bool part_start = true;
    for (size_t i = 0; i < text->length; i++) {
        unsigned char byte = (unsigned char)text->data[i];
        bool letter = isalpha(byte) || byte == '_' || byte >= 0x80 || byte == UNKNOWN_PART;
        if (!letter && (part_start || (!isdigit(byte) && byte != '.')))
            return false;
        part_start = byte == '.';
    }
    return !part_start;
}

/* The value of the string that was put together. */
static json_t *interpolation_finish(struct interpolation *c, const struct strbuf *out, bool unknown)
{
    if (out->oom) {
        c->state->oom = true;
        return NULL;
    }
    c->state->written += out->length;
    if (unknown)
        return interpolation_can_be_name(out) ? &interpolation_unknown_string
                                              : &interpolation_unknown_phrase;
    if (out->length == 0)
        return json_string("");
    if (out->length == 3 && memcmp(out->data, "\?\?\?", 3) == 0) {
        interpolation_fail(c->state, "missing-value",
            "%.150s resolves to \?\?\?, which OmegaConf treats as a missing value", c->path);
        return NULL;
    }
    return json_stringn(out->data, out->length);
}

/* Appends a part of a longer string. */
static void interpolation_append(struct strbuf *out, const json_t *value)
{
    if (value == &interpolation_unknown_phrase)
        strbuf_putc(out, ' ');
    else if (interpolation_is_unknown(value))
        strbuf_putc(out, UNKNOWN_PART);
    else
        interpolation_put_value(out, value);
}

static bool interpolation_fits(struct interpolation *c, size_t length)
{
    if (length > MAX_STRING) {
        interpolation_fail(
            c->state, "cyclic-interpolation", "\"%.150s\" expands to more than 64 KiB", c->path);
        return false;
    }
    if (c->state->written + length > MAX_ALL_STRINGS) {
        interpolation_fail(c->state, "cyclic-interpolation",
            "\"%.150s\" makes all strings together expand to more than 4 MiB", c->path);
        return false;
    }
    return true;
}

/* Continues after an unknown part: the rest of the string must be valid too. */
json_t *interpolation_evaluate(struct interpolation *c)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    const char *text = c->at;
    bool unknown = false;
    while (*c->at != '\0') {
        if (*c->at == '\\') {
            interpolation_read_escapes(c, &out);
            continue;
        }
        if (!interpolation_starts(c->at)) {
            strbuf_putc(&out, *c->at++);
            continue;
        }
        bool first = c->at == text;
        CLEANUP_JSON json_t *value = interpolation_read(c);
        if (value == NULL)
            return NULL;
        if (first && *c->at == '\0')
            return json_incref(value);
        if (interpolation_is_unknown(value))
            unknown = true;
        interpolation_append(&out, value);
        if (!interpolation_fits(c, out.length))
            return NULL;
    }
    return interpolation_finish(c, &out, unknown);
}
