/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/doc/json_token.h"
#include "lib/util/text.h"

enum { JSON_TOKEN_SHOWN = 60 }; /* bytes of a token that are quoted */

/* --- characters --------------------------------------------------------------------------- */

static const struct {
    uint32_t first, last;
    const char *name, *hint;
} json_token_foreign[] = {
    {0x00, 0x00, "a NUL character", "remove it"},
    {0x01, 0x08, "a control character", "remove it"},
    {0x0b, 0x0c, "a control character", "replace it with a space"},
    {0x0e, 0x1f, "a control character", "remove it"},
    {0x60, 0x60, "a backquote", "use double quotes for strings and keys"},
    {0x7f, 0x84, "a control character", "remove it"},
    {0x85, 0x85, "a line separator", "replace it with a newline"},
    {0x86, 0x9f, "a control character", "remove it"},
    {0xa0, 0xa0, "a no-break space", "replace it with a space"},
    {0xab, 0xab, "a typographic quote", "use plain double quotes: \""},
    {0xb4, 0xb4, "an accent", "use plain double quotes: \""},
    {0xbb, 0xbb, "a typographic quote", "use plain double quotes: \""},
    {0x1680, 0x1680, "a Unicode space", "replace it with a space"},
    {0x2000, 0x200a, "a Unicode space", "replace it with a space"},
    {0x200b, 0x200f, "an invisible character", "remove it"},
    {0x2010, 0x2015, "a typographic dash", "write a plain -"},
    {0x2018, 0x201f, "a typographic quote", "use plain double quotes: \""},
    {0x2026, 0x2026, "an ellipsis", "write out what it stands for"},
    {0x2028, 0x2029, "a line separator", "replace it with a newline"},
    {0x202a, 0x202e, "an invisible character", "remove it"},
    {0x202f, 0x202f, "a no-break space", "replace it with a space"},
    {0x2032, 0x2036, "a prime", "use plain double quotes: \""},
    {0x2039, 0x203a, "a typographic quote", "use plain double quotes: \""},
    {0x205f, 0x205f, "a Unicode space", "replace it with a space"},
    {0x2060, 0x206f, "an invisible character", "remove it"},
    {0x2212, 0x2212, "a minus sign", "write a plain -"},
    {0x3000, 0x3000, "a wide space", "replace it with a space"},
    {0x3001, 0x3001, "a wide comma", "write a plain ,"},
    {0x300c, 0x300f, "a wide quote", "use plain double quotes: \""},
    {0xfeff, 0xfeff, "a byte order mark", "remove it"},
    {0xff02, 0xff02, "a wide quote", "use plain double quotes: \""},
    {0xff07, 0xff07, "a wide quote", "use plain double quotes: \""},
    {0xff0c, 0xff0c, "a wide comma", "write a plain ,"},
    {0xff1a, 0xff1a, "a wide colon", "write a plain :"},
    {0xff3b, 0xff3b, "a wide bracket", "write a plain ["},
    {0xff3d, 0xff3d, "a wide bracket", "write a plain ]"},
    {0xff5b, 0xff5b, "a wide brace", "write a plain {"},
    {0xff5d, 0xff5d, "a wide brace", "write a plain }"},
};

bool json_token_is_foreign(uint32_t c, struct json_advice *out)
{
    for (size_t i = 0; i < sizeof json_token_foreign / sizeof *json_token_foreign; i++) {
        if (c < json_token_foreign[i].first || c > json_token_foreign[i].last)
            continue;
        snprintf(out->message, sizeof out->message, "%s (U+%04X) is not allowed here",
            json_token_foreign[i].name, (unsigned)c);
        snprintf(out->hint, sizeof out->hint, "%s", json_token_foreign[i].hint);
        return true;
    }
    return false;
}

/* --- numbers ------------------------------------------------------------------------------ */

static const char *json_token_digits(const char *p, const char *end)
{
    while (p < end && isdigit((unsigned char)*p))
        p++;
    return p;
}

bool json_token_is_number(const char *text, size_t length)
{
    const char *p = text, *end = text + length;
    if (p < end && *p == '-')
        p++;
    const char *digits = p;
    p = json_token_digits(p, end);
    if (p == digits || (*digits == '0' && p > digits + 1))
        return false;
    if (p < end && *p == '.') {
        digits = ++p;
        p = json_token_digits(p, end);
        if (p == digits)
            return false;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        digits = p;
        p = json_token_digits(p, end);
        if (p == digits)
            return false;
    }
    return p == end;
}

/* Rewrites what other languages allow: `+1`, `007`, `.5`, `1.`, `1_000`. */
static void json_token_normalize(const char *text, size_t length, char out[JSON_TOKEN_SHOWN + 4])
{
    const char *p = text, *end = text + length;
    size_t n = 0;
    if (*p == '+' || *p == '-') {
        if (*p == '-')
            out[n++] = '-';
        p++;
    }
    while (end - p > 1 && *p == '0' && isdigit((unsigned char)p[1]))
        p++;
    if (p < end && *p == '.')
        out[n++] = '0';
    for (; p < end && n < JSON_TOKEN_SHOWN; p++) {
        if (*p != '_')
            out[n++] = *p;
        if (*p == '.' && (p + 1 == end || !isdigit((unsigned char)p[1])))
            out[n++] = '0';
    }
    out[n] = '\0';
}

/* The value of `0x1f`, `0o17` or `0b101`. */
static bool json_token_radix(const char *text, size_t length, unsigned long long *out)
{
    static const char letters[] = "xob";
    static const int radixes[] = {16, 8, 2};
    char copy[JSON_TOKEN_SHOWN + 1], *end;
    if (length < 3 || length > JSON_TOKEN_SHOWN || text[0] != '0' ||
        !isalpha((unsigned char)text[1]))
        return false;
    const char *letter = strchr(letters, tolower((unsigned char)text[1]));
    if (letter == NULL || !isalnum((unsigned char)text[2]))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    errno = 0;
    *out = strtoull(copy + 2, &end, radixes[letter - letters]);
    return errno == 0 && *end == '\0';
}

void json_token_number(const char *text, size_t length, struct json_advice *out)
{
    char shown[JSON_TOKEN_SHOWN + 1], written[JSON_TOKEN_SHOWN + 4];
    unsigned long long value;
    snprintf(shown, sizeof shown, "%.*s", (int)length, text);
    snprintf(out->message, sizeof out->message, "\"%s\" is not a JSON number", shown);
    const char *sign = *text == '-' ? "-" : "";
    size_t skip = *text == '-' || *text == '+' ? 1 : 0;
    if (json_token_radix(text + skip, length - skip, &value)) {
        snprintf(out->hint, sizeof out->hint, "write %s%llu", sign, value);
        return;
    }
    json_token_normalize(text, length, written);
    if (length <= JSON_TOKEN_SHOWN && json_token_is_number(written, strlen(written)))
        snprintf(out->hint, sizeof out->hint, "write %s", written);
    else
        snprintf(
            out->hint, sizeof out->hint, "if it is a string, use double quotes: \"%s\"", shown);
}

/* --- words -------------------------------------------------------------------------------- */

static const struct {
    const char *seen, *hint;
} json_token_words[] = {
    {"true", "write true"},
    {"false", "write false"},
    {"null", "write null"},
    {"none", "write null"},
    {"nil", "write null"},
    {"undefined", "write null"},
    {"yes", "write true, or \"yes\" if it is a string"},
    {"on", "write true, or \"on\" if it is a string"},
    {"no", "write false, or \"no\" if it is a string"},
    {"off", "write false, or \"off\" if it is a string"},
    {"nan", "JSON has no NaN; write null, or leave the key out"},
    {"inf", "JSON has no Infinity; if the trainer takes it as a string, write \"inf\""},
    {"infinity", "JSON has no Infinity; if the trainer takes it as a string, write \"inf\""},
};

void json_token_word(const char *text, size_t length, struct json_advice *out)
{
    char word[JSON_TOKEN_SHOWN + 1];
    text_copy(word, sizeof word, text);
    if (length < strlen(word))
        word[length] = '\0';
    snprintf(out->message, sizeof out->message, "\"%s\" is not a JSON value", word);
    const char *bare = word + (*word == '-' || *word == '+' || *word == '.' ? 1 : 0);
    if (strchr(word, '(') != NULL) { /* float('inf') */
        snprintf(out->hint, sizeof out->hint, "JSON has no function calls; write the value");
        return;
    }
    for (size_t i = 0; i < sizeof json_token_words / sizeof *json_token_words; i++)
        if (strcasecmp(bare, json_token_words[i].seen) == 0) {
            snprintf(out->hint, sizeof out->hint, "%s", json_token_words[i].hint);
            return;
        }
    snprintf(out->message, sizeof out->message, "the string %s has no quotes", word);
    snprintf(out->hint, sizeof out->hint, "use double quotes for strings and keys: \"%s\"", word);
}

const char *json_token_quotes_hint(const json_t *value)
{
    static const char *const literals[] = {"true", "false", "null"};
    const char *text = json_string_value(value);
    if (text == NULL)
        return NULL;
    if (json_token_is_number(text, json_string_length(value)))
        return "remove the quotes";
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++)
        if (strcmp(text, literals[i]) == 0)
            return "remove the quotes";
    return NULL;
}
