/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/digits.h"
#include "lib/doc/scalar.h"
#include "lib/util/text.h"

/* --- matching ----------------------------------------------------------------------------- */

#define DIGITS "0123456789"
#define DIGITS_ "0123456789_"

enum { SCALAR_MAX_WORD = 5 }; /* of the lists of words: "false", "+.inf" */

/* The rest of a text that is being matched. */
struct scalar_cursor {
    const char *p, *end;
};

static bool scalar_take(struct scalar_cursor *c, const char *set)
{
    if (c->p == c->end || *c->p == '\0' || strchr(set, *c->p) == NULL)
        return false;
    c->p++;
    return true;
}

static size_t scalar_take_all(struct scalar_cursor *c, const char *set)
{
    const char *start = c->p;
    while (scalar_take(c, set))
        ;
    return (size_t)(c->p - start);
}

static bool scalar_at_end(const struct scalar_cursor *c)
{
    return c->p == c->end;
}

static bool scalar_is_one_of(const char *text, size_t length, const char *const *words)
{
    if (length > SCALAR_MAX_WORD)
        return false;
    for (; *words != NULL; words++)
        if (strlen(*words) == length && memcmp(*words, text, length) == 0)
            return true;
    return false;
}

/* (:[0-5]?[0-9])+ */
static bool scalar_take_sexagesimal(struct scalar_cursor *c)
{
    size_t n = 0;
    for (; scalar_take(c, ":"); n++) {
        const char *start = c->p;
        if (!scalar_take(c, DIGITS))
            return false;
        if (*start <= '5')
            scalar_take(c, DIGITS);
    }
    return n > 0;
}

/* [eE][-+][0-9]+ */
static bool scalar_take_signed_exponent(struct scalar_cursor *c)
{
    return scalar_take(c, "eE") && scalar_take(c, "+-") && scalar_take_all(c, DIGITS) > 0;
}

/* [eE][-+]?[0-9]+ */
static bool scalar_take_exponent(struct scalar_cursor *c)
{
    if (!scalar_take(c, "eE"))
        return false;
    scalar_take(c, "+-");
    return scalar_take_all(c, DIGITS) > 0;
}

/* \.[0-9][0-9_]*([eE][-+][0-9]+)? */
static bool scalar_matches_fraction(struct scalar_cursor c)
{
    if (!scalar_take(&c, ".") || !scalar_take(&c, DIGITS))
        return false;
    scalar_take_all(&c, DIGITS_);
    return scalar_at_end(&c) || (scalar_take_signed_exponent(&c) && scalar_at_end(&c));
}

/* [0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?, where PyYAML wants the exponent's sign. */
static bool scalar_matches_decimal(struct scalar_cursor c, enum scalar_rules rules)
{
    scalar_take_all(&c, DIGITS_);
    if (!scalar_take(&c, "."))
        return false;
    scalar_take_all(&c, DIGITS_);
    if (scalar_at_end(&c))
        return true;
    if (rules == SCALARS_YAML_1_1)
        return scalar_take_signed_exponent(&c) && scalar_at_end(&c);
    return scalar_take_exponent(&c) && scalar_at_end(&c);
}

/* [0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]* */
static bool scalar_matches_sexagesimal_float(struct scalar_cursor c)
{
    scalar_take_all(&c, DIGITS_);
    if (!scalar_take_sexagesimal(&c) || !scalar_take(&c, "."))
        return false;
    scalar_take_all(&c, DIGITS_);
    return scalar_at_end(&c);
}

/* [0-9]+(_[0-9]+)*[eE][-+]?[0-9]+, which is OmegaConf's own; the groups since OmegaConf 2.3. */
static bool scalar_matches_scientific(struct scalar_cursor c)
{
    do {
        if (scalar_take_all(&c, DIGITS) == 0)
            return false;
    } while (scalar_take(&c, "_"));
    return scalar_take_exponent(&c) && scalar_at_end(&c);
}

static bool scalar_matches_float(enum scalar_rules rules, const char *text, size_t length)
{
    static const char *const special[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF",
        "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN", NULL};
    struct scalar_cursor c = {text, text + length};
    if (scalar_is_one_of(text, length, special) || scalar_matches_fraction(c))
        return true;
    scalar_take(&c, "+-");
    if (scalar_at_end(&c) || !isdigit((unsigned char)*c.p))
        return false;
    if (scalar_matches_decimal(c, rules) || scalar_matches_sexagesimal_float(c))
        return true;
    return rules == SCALARS_OMEGACONF && scalar_matches_scientific(c);
}

/* Matches what PyYAML resolves to an int; *base is 60 for the sexagesimal form. */
static bool scalar_matches_int(const char *text, size_t length, int *base)
{
    struct scalar_cursor c = {text, text + length};
    scalar_take(&c, "+-");
    if (scalar_take(&c, "0")) {
        if (scalar_take(&c, "b")) {
            *base = 2;
            return scalar_take_all(&c, "01_") > 0 && scalar_at_end(&c);
        }
        if (scalar_take(&c, "x")) {
            *base = 16;
            return scalar_take_all(&c, "0123456789abcdefABCDEF_") > 0 && scalar_at_end(&c);
        }
        *base = 8;
        scalar_take_all(&c, "01234567_");
        return scalar_at_end(&c);
    }
    if (!scalar_take(&c, "123456789"))
        return false;
    scalar_take_all(&c, DIGITS_);
    *base = 10;
    if (scalar_at_end(&c))
        return true;
    *base = 60;
    return scalar_take_sexagesimal(&c) && scalar_at_end(&c);
}

/* --- converting --------------------------------------------------------------------------- */

/* *total = *total * base + digit; false on overflow. */
static bool scalar_add_digit(int64_t *total, int base, int digit)
{
    return !__builtin_mul_overflow(*total, base, total) &&
           !__builtin_add_overflow(*total, digit, total);
}

static int scalar_digit_value(char c)
{
    if (isdigit((unsigned char)c))
        return c - '0';
    return tolower((unsigned char)c) - 'a' + 10;
}

/* Converts digits and underscores; with `negative`, to the negative number, so that -2^63 does not
 * overflow. False if it does not fit into 64 bits. */
static bool scalar_convert_digits(struct scalar_cursor c, int base, bool negative, int64_t *out)
{
    *out = 0;
    for (; c.p < c.end; c.p++) {
        if (*c.p == '_')
            continue;
        int digit = scalar_digit_value(*c.p);
        if (negative)
            digit = -digit;
        if (!scalar_add_digit(out, base, digit))
            return false;
    }
    return true;
}

/* Converts parts between colons, each worth 60 times the next. */
static bool scalar_convert_sexagesimal(struct scalar_cursor c, bool negative, int64_t *out)
{
    *out = 0;
    for (;;) {
        const char *colon = memchr(c.p, ':', (size_t)(c.end - c.p));
        struct scalar_cursor part = {c.p, colon != NULL ? colon : c.end};
        int64_t value;
        if (!scalar_convert_digits(part, 10, negative, &value) ||
            __builtin_mul_overflow(*out, 60, out) || __builtin_add_overflow(*out, value, out))
            return false;
        if (colon == NULL)
            return true;
        c.p = colon + 1;
    }
}

static struct scalar scalar_make_int(const char *text, size_t length, int base)
{
    struct scalar scalar = {.kind = SCALAR_INT};
    struct scalar_cursor c = {text, text + length};
    bool negative = *text == '-', fits;
    scalar_take(&c, "+-");
    if (base == 2 || base == 16) {
        c.p += 2;
        /* PyYAML resolves `0x_` to an int, and Python cannot convert it. */
        struct scalar_cursor digits = c;
        scalar_take_all(&digits, "_");
        if (scalar_at_end(&digits))
            return (struct scalar){.kind = SCALAR_INVALID};
    }
    if (base == 60)
        fits = scalar_convert_sexagesimal(c, negative, &scalar.integer);
    else
        fits = scalar_convert_digits(c, base, negative, &scalar.integer);
    if (!fits) {
        scalar.too_large = true;
        scalar.integer = 0;
    }
    return scalar;
}

/* strtod() with a dot as the decimal point, whatever the program's locale says. */
static double scalar_parse_double(const char *text)
{
    static _Thread_local locale_t c_locale;
    if (c_locale == (locale_t)0)
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t old = uselocale(c_locale);
    double number = strtod(text, NULL);
    uselocale(old);
    return number;
}

/* Converts a float without sign and underscores; parts between colons are sexagesimal. */
static double scalar_convert_unsigned(const char *text)
{
    if (strncasecmp(text, ".inf", 4) == 0)
        return INFINITY;
    if (strncasecmp(text, ".nan", 4) == 0)
        return NAN;
    double number = 0;
    for (const char *part = text;; part++) {
        number = number * 60 + scalar_parse_double(part);
        part = strchr(part, ':');
        if (part == NULL)
            return number;
    }
}

/* NaN also when memory is exhausted. */
static double scalar_convert_float(const char *text, size_t length)
{
    char small[64], *digits = small;
    if (length >= sizeof small) {
        digits = malloc(length + 1);
        if (digits == NULL)
            return NAN;
    }
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        if (text[i] != '_')
            digits[n++] = text[i];
    digits[n] = '\0';
    double number;
    if (digits[0] == '-')
        number = -scalar_convert_unsigned(digits + 1);
    else if (digits[0] == '+')
        number = scalar_convert_unsigned(digits + 1);
    else
        number = scalar_convert_unsigned(digits);
    if (digits != small)
        free(digits);
    return number;
}

/* --- resolving ---------------------------------------------------------------------------- */

static const char *const scalar_true_words[] = {
    "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL};
static const char *const scalar_false_words[] = {
    "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", NULL};
static const char *const scalar_null_words[] = {"", "~", "null", "Null", "NULL", NULL};

struct scalar scalar_resolve(const char *text, size_t length)
{
    return scalar_resolve_as(SCALARS_OMEGACONF, text, length);
}

struct scalar scalar_resolve_as(enum scalar_rules rules, const char *text, size_t length)
{
    int base;
    if (scalar_is_one_of(text, length, scalar_true_words))
        return (struct scalar){.kind = SCALAR_BOOL, .truth = true};
    if (scalar_is_one_of(text, length, scalar_false_words))
        return (struct scalar){.kind = SCALAR_BOOL};
    if (scalar_matches_float(rules, text, length))
        return (struct scalar){.kind = SCALAR_FLOAT, .number = scalar_convert_float(text, length)};
    if (scalar_matches_int(text, length, &base))
        return scalar_make_int(text, length, base);
    if (scalar_is_one_of(text, length, scalar_null_words))
        return (struct scalar){.kind = SCALAR_NULL};
    if (length == 2 && memcmp(text, "<<", 2) == 0)
        return (struct scalar){.kind = SCALAR_MERGE};
    if (length == 1 && *text == '=')
        return (struct scalar){.kind = SCALAR_INVALID};
    return (struct scalar){.kind = SCALAR_STRING};
}

struct scalar scalar_resolve_tagged(const char *tag, const char *text, size_t length)
{
    if (strcmp(tag, "str") == 0)
        return (struct scalar){.kind = SCALAR_STRING};
    if (strcmp(tag, "null") == 0)
        return (struct scalar){.kind = SCALAR_NULL};
    struct scalar scalar = scalar_resolve(text, length);
    if (strcmp(tag, "float") == 0 && scalar.kind == SCALAR_INT && !scalar.too_large)
        return (struct scalar){.kind = SCALAR_FLOAT, .number = (double)scalar.integer};
    if ((strcmp(tag, "bool") == 0 && scalar.kind == SCALAR_BOOL) ||
        (strcmp(tag, "int") == 0 && scalar.kind == SCALAR_INT) ||
        (strcmp(tag, "float") == 0 && scalar.kind == SCALAR_FLOAT))
        return scalar;
    return (struct scalar){.kind = SCALAR_INVALID};
}

/* --- writing floats ----------------------------------------------------------------------- */

void scalar_write_float(struct strbuf *out, double number)
{
    char text[40], digits[32];
    digits_shortest(number, text);
    /* text is now [-]d[.ddd]e±xx, with the locale's decimal point */
    size_t n = 0;
    const char *p = text;
    if (*p == '-') {
        strbuf_putc(out, '-');
        p++;
    }
    for (; *p != 'e'; p++)
        if (isdigit((unsigned char)*p))
            digits[n++] = *p;
    int exponent = atoi(p + 1);
    if (exponent < -4 || exponent >= 16) {
        if (n == 1)
            digits[n++] = '0';
        strbuf_printf(out, "%c.%.*se%+03d", digits[0], (int)n - 1, digits + 1, exponent);
        return;
    }
    if (exponent < 0) {
        strbuf_puts(out, "0.");
        strbuf_repeat(out, '0', (size_t)(-exponent - 1));
        strbuf_append(out, digits, n);
        return;
    }
    size_t whole = (size_t)exponent + 1; /* digits before the decimal point */
    if (n <= whole) {
        strbuf_append(out, digits, n);
        strbuf_repeat(out, '0', whole - n);
        strbuf_puts(out, ".0");
        return;
    }
    strbuf_append(out, digits, whole);
    strbuf_putc(out, '.');
    strbuf_append(out, digits + whole, n - whole);
}

/* --- writing strings ---------------------------------------------------------------------- */

/* Words that some YAML reader does not read as a string. */
static bool scalar_is_reserved_word(const char *text, size_t length)
{
    static const char *const words[] = {"y", "Y", "n", "N", "~", "=", "<<", "none", "None", NULL};
    return scalar_resolve(text, length).kind != SCALAR_STRING ||
           scalar_is_one_of(text, length, words);
}

static bool scalar_starts_plain(const char *text, size_t length)
{
    if (isalpha((unsigned char)text[0]) || text[0] == '/' || text[0] == '_' || text[0] == '$')
        return true;
    return (length > 1 && memcmp(text, "./", 2) == 0) ||
           (length > 2 && memcmp(text, "../", 3) == 0);
}

/* True if a string can be written without quotes. Deliberately narrow: it starts with a letter (or
 * is a path, or an interpolation), and only contains characters that no reader treats specially.
 * Anything that starts like a number is quoted, which covers dates, times, and the octal and
 * exponent forms that YAML 1.1, YAML 1.2 and OmegaConf disagree about. */
static bool scalar_is_plain_safe(const char *text, size_t length, enum scalar_context context)
{
    if (length == 0 || length > 1000 || !scalar_starts_plain(text, length) ||
        scalar_is_reserved_word(text, length))
        return false;
    if (text[length - 1] == ' ' || text[length - 1] == ':')
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\0')
            return false;
        if (isalnum(c) || strchr("_./+-@%=~$", c) != NULL)
            continue;
        bool before_space = i + 1 == length || text[i + 1] == ' ';
        if (c == ' ' && !before_space && text[i + 1] != '#')
            continue;
        if (context == SCALAR_IN_BLOCK && ((c == ':' && !before_space) || strchr("{},", c) != NULL))
            continue;
        return false;
    }
    return true;
}

static bool scalar_needs_escapes(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\'' || c < 0x20 || c >= 0x7f)
            return true;
    }
    return false;
}

/* Appends one code point of `n` bytes as it is written between double quotes. */
static void scalar_write_escaped(struct strbuf *out, const char *bytes, size_t n, uint32_t c)
{
    if (c == '"' || c == '\\')
        strbuf_printf(out, "\\%c", (char)c);
    else if (c == '\n')
        strbuf_puts(out, "\\n");
    else if (c == '\t')
        strbuf_puts(out, "\\t");
    else if (c < 0x100 && code_point_is_hazardous(c))
        strbuf_printf(out, "\\x%02x", (unsigned)c);
    else if (code_point_is_hazardous(c) || c == 0xfffe || c == 0xffff)
        strbuf_printf(out, "\\u%04x", (unsigned)c);
    else
        strbuf_append(out, bytes, n);
}

void string_write(struct strbuf *out, const char *text, size_t length, enum scalar_context context)
{
    if (scalar_is_plain_safe(text, length, context)) {
        strbuf_append(out, text, length);
        return;
    }
    if (!scalar_needs_escapes(text, length)) {
        strbuf_putc(out, '\'');
        strbuf_append(out, text, length);
        strbuf_putc(out, '\'');
        return;
    }
    strbuf_putc(out, '"');
    for (size_t i = 0; i < length;) {
        uint32_t c = (unsigned char)text[i];
        size_t n = utf8_decode(text + i, length - i, &c);
        if (n == 0)
            n = 1;
        scalar_write_escaped(out, text + i, n, c);
        i += n;
    }
    strbuf_putc(out, '"');
}

/* --- writing values ----------------------------------------------------------------------- */

static void scalar_write_array(struct strbuf *out, const json_t *array)
{
    size_t index;
    json_t *item;
    strbuf_putc(out, '[');
    json_array_foreach (array, index, item) {
        if (index > 0)
            strbuf_puts(out, ", ");
        value_write(out, item, SCALAR_IN_FLOW);
    }
    strbuf_putc(out, ']');
}

static void scalar_write_object(struct strbuf *out, const json_t *object)
{
    const char *key;
    json_t *item;
    bool first = true;
    strbuf_putc(out, '{');
    json_object_foreach ((json_t *)object, key, item) {
        if (!first)
            strbuf_puts(out, ", ");
        first = false;
        string_write(out, key, strlen(key), SCALAR_IN_FLOW);
        strbuf_puts(out, ": ");
        value_write(out, item, SCALAR_IN_FLOW);
    }
    strbuf_putc(out, '}');
}

void value_write(struct strbuf *out, const json_t *value, enum scalar_context context)
{
    switch (json_typeof(value)) {
    case JSON_TRUE:
        strbuf_puts(out, "True"); /* the usual spelling in configs of trainers */
        break;
    case JSON_FALSE:
        strbuf_puts(out, "False");
        break;
    case JSON_NULL:
        strbuf_puts(out, "null");
        break;
    case JSON_INTEGER:
        strbuf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        scalar_write_float(out, json_real_value(value));
        break;
    case JSON_STRING:
        string_write(out, json_string_value(value), json_string_length(value), context);
        break;
    case JSON_ARRAY:
        scalar_write_array(out, value);
        break;
    case JSON_OBJECT:
        scalar_write_object(out, value);
        break;
    }
}

bool scalar_is_interpolation(const json_t *value)
{
    return json_is_string(value) && strstr(json_string_value(value), "${") != NULL;
}

const struct dialect dialect_omegaconf = {SCALARS_OMEGACONF, INTERPOLATION_OMEGACONF};

const char *value_type_name(const json_t *value)
{
    if (value == NULL)
        return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "dict";
    case JSON_ARRAY:
        return "list";
    case JSON_STRING:
        return "str";
    case JSON_INTEGER:
        return "int";
    case JSON_REAL:
        return "float";
    case JSON_TRUE:
    case JSON_FALSE:
        return "bool";
    case JSON_NULL:
        break;
    }
    return "NoneType";
}
