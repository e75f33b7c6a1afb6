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
    MAX_NESTING = 128,    /* interpolations that lead to others; a step counts twice */
    MAX_TEXT = 64 * 1024, /* bytes of one resolved string */
    MAX_TEXTS = 4 << 20,  /* bytes of all of them */
    UNKNOWN_PART = '\1',  /* in a text, for what is known when the run starts */
};

/* A reference count of -1 is jansson's mark of a value that is not counted. */
json_t unknown_text = {JSON_NULL, (size_t)-1};
json_t unknown_phrase = {JSON_NULL, (size_t)-1};
json_t unknown_value = {JSON_NULL, (size_t)-1};

bool is_unknown(const json_t *value)
{
    return value == &unknown_text || value == &unknown_phrase || value == &unknown_value;
}

bool has_interpolation(const json_t *value)
{
    return json_is_string(value) && strstr(json_string_value(value), "${") != NULL;
}

void interpolation_fail(struct resolver *r, const char *code, const char *format, ...)
{
    if (r->complaint != NULL)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(r->message, sizeof r->message, format, args);
    va_end(args);
    r->complaint = code;
}

static void malformed(struct cursor *c)
{
    interpolation_fail(
        c->r, "bad-interpolation", "\"%.180s\" holds no interpolation that can be read", c->path);
}

static void skip_blanks(struct cursor *c)
{
    c->at += strspn(c->at, " \t");
}

static json_t *interpolation(struct cursor *c);

/* --- ${path} ------------------------------------------------------------------------------ */

static bool add_part(struct reference *reference, const char *text, size_t length)
{
    strbuf_append(&reference->parts, text, length);
    strbuf_append(&reference->parts, "", 1);
    reference->n_parts++;
    return length > 0 && !reference->parts.oom;
}

/* Adds what an interpolation in a path stands for: a text of one or more parts. */
static bool add_value(struct cursor *c, struct reference *reference, bool bracket)
{
    CLEANUP_JSON json_t *value = interpolation(c);
    if (value == NULL)
        return false;
    if (is_unknown(value)) {
        reference->open = true;
        return true;
    }
    /* OmegaConf 2.4 takes a whole number too, older ones do not. */
    const char *text = json_string_value(value);
    if (text == NULL || strpbrk(text, bracket ? ".[]\\" : "[]\\") != NULL)
        return false;
    for (;; text++) {
        size_t length = strcspn(text, ".");
        if (!reference->open && !add_part(reference, text, length))
            return false;
        text += length;
        if (*text == '\0')
            return true;
    }
}

/* One part: any text without what has a meaning here, or an interpolation and nothing else. */
static bool read_part(struct cursor *c, struct reference *reference, bool bracket)
{
    if (c->at[0] == '$' && c->at[1] == '{')
        return add_value(c, reference, bracket);
    const char *text = c->at;
    size_t length = strcspn(text, "\\{}()[]:. \t'\"");
    c->at += length;
    return length > 0 && (reference->open || add_part(reference, text, length));
}

/* The parts of a path, up to what follows it. False when it is malformed, or (with a complaint) a
 * part of it cannot be resolved. */
static bool read_reference(struct cursor *c, struct reference *reference)
{
    reference->dots = strspn(c->at, ".");
    c->at += reference->dots;
    for (bool first = true;; first = false) {
        bool bracket = *c->at == '[';
        if (bracket || (!first && *c->at == '.'))
            c->at++;
        else if (!first)
            return true;
        if (!read_part(c, reference, bracket) || (bracket && *c->at++ != ']'))
            return false;
    }
}

/* Behind `${`, at a path: its value, a new reference; `c->at` is where the brace should close. */
static json_t *config_path(struct cursor *c)
{
    struct reference reference = {0};
    json_t *value = NULL;
    bool good = read_reference(c, &reference) && c->at[strspn(c->at, " \t")] == '}';
    if (reference.parts.oom)
        c->r->oom = true;
    if (!good)
        malformed(c);
    else
        value = c->r->look_up(c, &reference);
    strbuf_deinit(&reference.parts);
    return value;
}

/* --- ${resolver:…} ------------------------------------------------------------------------ */

/* The length of a word such as HOME_1, which OmegaConf reads as a text. 0: there is none. */
static size_t word_length(const char *text)
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

/* Skips to the brace that closes the resolver's arguments. */
static bool skip_arguments(struct cursor *c)
{
    int open = 1;
    char quote = '\0';
    for (; *c->at != '\0'; c->at++) {
        if (quote != '\0')
            quote = *c->at == quote ? '\0' : quote;
        else if (*c->at == '"' || *c->at == '\'')
            quote = *c->at;
        else if (*c->at == '{')
            open++;
        else if (*c->at == '}' && --open == 0)
            return true;
    }
    return false;
}

/* The plainest literals, such as 3 or true, by the rules that oc.decode has of its own. */
static json_t *literal(const char *text, size_t length)
{
    char word[24];
    if (length == 0 || length >= sizeof word)
        return NULL;
    snprintf(word, sizeof word, "%.*s", (int)length, text);
    if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0)
        return json_boolean(word[0] == 't');
    bool decimal = word[strspn(word, "0123456789")] == '\0' && (word[0] != '0' || word[1] == '\0');
    return decimal && length < 18 ? json_integer(strtoll(word, NULL, 10)) : NULL;
}

/* oc.decode of a literal in quotes, or of an interpolation: as a rule of a variable. */
static json_t *decode(struct cursor *c)
{
    CLEANUP_JSON json_t *value = NULL;
    const char *text = c->at + 1;
    size_t length = strcspn(text, "'\"");
    if (c->at[0] == '$' && c->at[1] == '{') {
        value = interpolation(c);
        text = json_string_value(value);
        length = text != NULL ? strlen(text) : 0;
    } else if ((*c->at == '\'' || *c->at == '"') && text[length] == *c->at)
        c->at += length + 2;
    else
        return NULL;
    skip_blanks(c);
    if (*c->at != '}' || text == NULL)
        return *c->at == '}' && is_unknown(value) ? &unknown_value : NULL;
    return literal(text, length);
}

/* oc.env of NAME or NAME,DEFAULT, where the default is in plain words or an interpolation. Only a
 * default of null is no text. */
static json_t *variable(struct cursor *c)
{
    bool text = true;
    size_t name = word_length(c->at);
    c->at += name;
    skip_blanks(c);
    if (name == 0 || (*c->at != '}' && *c->at != ','))
        return NULL;
    if (*c->at == ',') {
        c->at++;
        skip_blanks(c);
        if (c->at[0] == '$' && c->at[1] == '{') {
            CLEANUP_JSON json_t *value = interpolation(c);
            skip_blanks(c);
            if (value == NULL)
                return NULL;
            text = !json_is_null(value) || value == &unknown_text || value == &unknown_phrase;
        } else {
            const char *start = c->at;
            while (isalnum((unsigned char)*c->at) || (*c->at != '\0' && strchr("_./- ", *c->at)))
                c->at++;
            if (c->at == start)
                return NULL;
            text = strncasecmp(start, "null", 4) != 0;
        }
    }
    if (*c->at != '}')
        return NULL;
    c->r->environment = true;
    return text ? &unknown_text : &unknown_value;
}

/* oc.select of a path in plain words: what ${path} is, or null where there is none. */
static json_t *selection(struct cursor *c)
{
    const char *end = c->at + strspn(c->at, ".");
    for (bool first = true; first || *end == '.'; first = false) {
        end += !first;
        size_t length = word_length(end);
        if (length == 0 && !first)
            length = strspn(end, "0123456789");
        if (length == 0)
            return NULL;
        end += length;
    }
    if (end[strspn(end, " \t")] != '}')
        return NULL;
    bool fine = c->r->complaint == NULL;
    c->r->absent = false;
    json_t *value = config_path(c);
    skip_blanks(c);
    if (value == NULL && fine && c->r->absent) {
        c->r->complaint = NULL;
        c->r->hint[0] = '\0';
        return json_null();
    }
    return value;
}

/* ${oc.env:NAME} is known only where the run starts. Of OmegaConf's other resolvers the plainest
 * forms of oc.decode and oc.select are read; the rest could fail in ways not looked for. */
static json_t *resolver(struct cursor *c, const char *name, size_t length)
{
    static const char *const known[] = {"oc.env", "oc.decode", "oc.select", "oc.create",
        "oc.deprecated", "oc.dict.keys", "oc.dict.values", NULL};
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), name);
    skip_blanks(c);
    struct cursor arguments = *c;
    if (!skip_arguments(&arguments)) {
        interpolation_fail(
            c->r, "bad-interpolation", "the interpolation ${%.100s:… is not closed", word);
        return NULL;
    }
    json_t *value = NULL;
    if (strcmp(word, "oc.env") == 0)
        value = variable(c);
    else if (strcmp(word, "oc.decode") == 0)
        value = decode(c);
    else if (strcmp(word, "oc.select") == 0)
        value = selection(c);
    if (value == NULL && list_holds(known, word))
        interpolation_fail(c->r, "unchecked-resolver",
            "${%.100s:…} is not evaluated here: write what it gives", word);
    else if (value == NULL)
        interpolation_fail(c->r, "unknown-resolver", "OmegaConf has no resolver \"%.100s\"", word);
    return value;
}

/* The length of a resolver's name such as oc.env, if that is what stands here. */
static size_t resolver_name(const char *text)
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

/* At `${`: moves behind the closing brace. New reference, or NULL when it cannot be resolved. */
static json_t *interpolation(struct cursor *c)
{
    c->at += 2;
    skip_blanks(c);
    if (c->depth > MAX_NESTING) {
        interpolation_fail(
            c->r, "cyclic-interpolation", "\"%.150s\" leads through too many others", c->path);
        return NULL;
    }
    const char *name = c->at;
    size_t length = resolver_name(name);
    json_t *value;
    c->depth++;
    if (length > 0) {
        c->at = strchr(name + length, ':') + 1;
        value = resolver(c, name, length);
    } else
        value = config_path(c);
    c->depth--;
    if (value == NULL)
        return NULL;
    skip_blanks(c);
    if (*c->at == '}') {
        c->at++;
        return value;
    }
    json_decref(value);
    malformed(c);
    return NULL;
}

/* --- strings ------------------------------------------------------------------------------ */

/* Python's str() of a value; a collection inside a text is a mistake that is only hinted at. */
static void put_python(struct strbuf *out, const json_t *value)
{
    if (json_is_string(value))
        strbuf_puts(out, json_string_value(value));
    else if (json_is_object(value) || json_is_array(value))
        strbuf_printf(out, "<%s>", value_type_name(value));
    else if (json_is_boolean(value))
        strbuf_puts(out, json_is_true(value) ? "True" : "False");
    else if (json_is_null(value))
        strbuf_puts(out, "None");
    else {
        size_t start = out->length;
        value_write(out, value, SCALAR_IN_BLOCK);
        /* Python writes 1e-08 where YAML needs 1.0e-08. */
        char *dot = out->oom || !json_is_real(value) ? NULL : strstr(out->data + start, ".0e");
        if (dot != NULL) {
            memmove(dot, dot + 2, strlen(dot + 2) + 1);
            out->length -= 2;
        }
    }
}

/* Backslashes in front of `${`: each pair is one, an odd one more takes its meaning. */
static void read_escapes(struct cursor *c, struct strbuf *out)
{
    size_t slashes = strspn(c->at, "\\");
    c->at += slashes;
    if (c->at[0] != '$' || c->at[1] != '{') {
        strbuf_repeat(out, '\\', slashes);
        return;
    }
    strbuf_repeat(out, '\\', slashes / 2);
    if (slashes % 2 == 1) {
        strbuf_puts(out, "${");
        c->at += 2;
    }
}

/* Whether a text can become a dotted name when each UNKNOWN_PART is known. */
static bool can_be_name(const struct strbuf *text)
{
    bool fresh = true;
    for (size_t i = 0; i < text->length; i++) {
        unsigned char byte = (unsigned char)text->data[i];
        bool letter = isalpha(byte) || byte == '_' || byte >= 0x80 || byte == UNKNOWN_PART;
        if (!letter && (fresh || (!isdigit(byte) && byte != '.')))
            return false;
        fresh = byte == '.';
    }
    return !fresh;
}

/* The string that was put together. */
static json_t *whole(struct cursor *c, const struct strbuf *out, bool unknown)
{
    if (out->oom) {
        c->r->oom = true;
        return NULL;
    }
    c->r->written += out->length;
    if (unknown)
        return can_be_name(out) ? &unknown_text : &unknown_phrase;
    if (out->length == 3 && memcmp(out->data, "\?\?\?", 3) == 0) {
        interpolation_fail(c->r, "missing-value",
            "%.150s becomes \?\?\?, which OmegaConf reads as a value still to be given", c->path);
        return NULL;
    }
    return json_stringn(out->data != NULL ? out->data : "", out->length);
}

/* A value known only when the run starts does not end the reading: what follows has to hold too. */
json_t *interpolate(struct cursor *c)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    const char *text = c->at;
    bool unknown = false;
    while (*c->at != '\0') {
        if (*c->at == '\\') {
            read_escapes(c, &out);
            continue;
        }
        if (c->at[0] != '$' || c->at[1] != '{') {
            strbuf_putc(&out, *c->at++);
            continue;
        }
        bool first = c->at == text;
        CLEANUP_JSON json_t *value = interpolation(c);
        if (value == NULL)
            return NULL;
        if (first && *c->at == '\0')
            return json_incref(value);
        unknown |= is_unknown(value);
        if (value == &unknown_phrase)
            strbuf_putc(&out, ' ');
        else if (is_unknown(value))
            strbuf_putc(&out, UNKNOWN_PART);
        else
            put_python(&out, value);
        if (out.length > MAX_TEXT || c->r->written + out.length > MAX_TEXTS) {
            interpolation_fail(
                c->r, "cyclic-interpolation", "\"%.150s\" grows without end", c->path);
            return NULL;
        }
    }
    return whole(c, &out, unknown);
}
