/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/util/text.h"

/* A text being matched: p moves towards end. */
struct cursor {
    const char *p, *end;
};

static bool take(struct cursor *c, const char *set)
{
    if (c->p == c->end || *c->p == '\0' || strchr(set, *c->p) == NULL)
        return false;
    c->p++;
    return true;
}

static size_t take_all(struct cursor *c, const char *set)
{
    const char *start = c->p;
    while (take(c, set))
        ;
    return (size_t)(c->p - start);
}

#define DIGITS "0123456789"
#define DIGITS_ "0123456789_"

static bool at_end(const struct cursor *c)
{
    return c->p == c->end;
}

static bool one_of(const char *text, size_t length, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strlen(*words) == length && memcmp(*words, text, length) == 0)
            return true;
    return false;
}

/* [0-9]+(_[0-9]+)* : digit groups as OmegaConf 2.3 and newer want them before an exponent. */
static bool take_groups(struct cursor *c)
{
    do {
        if (take_all(c, DIGITS) == 0)
            return false;
    } while (take(c, "_"));
    return true;
}

/* (:[0-5]?[0-9])+ */
static bool take_sexagesimal(struct cursor *c)
{
    size_t n = 0;
    while (take(c, ":")) {
        const char *start = c->p;
        if (!take(c, DIGITS))
            return false;
        if (*start <= '5')
            take(c, DIGITS);
        n++;
    }
    return n > 0;
}

/* [eE] sign digits; the sign is optional when `free_sign`. */
static bool take_exponent(struct cursor *c, bool free_sign)
{
    return take(c, "eE") && (take(c, "+-") || free_sign) && take_all(c, DIGITS) > 0;
}

static bool matches_float(const char *text, size_t length)
{
    static const char *const special[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF",
        "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN", NULL};
    if (one_of(text, length, special))
        return true;
    struct cursor start = {text, text + length}, c = start;
    if (take(&c, ".")) { /* \.[0-9][0-9_]*([eE][-+][0-9]+)? */
        if (!take(&c, DIGITS))
            return false;
        take_all(&c, DIGITS_);
        return at_end(&c) || (take_exponent(&c, false) && at_end(&c));
    }
    take(&start, "+-");
    c = start;
    if (!take(&c, DIGITS))
        return false;
    take_all(&c, DIGITS_);
    struct cursor after = c;
    if (take(&c, ".")) { /* [0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)? */
        take_all(&c, DIGITS_);
        return at_end(&c) || (take_exponent(&c, true) && at_end(&c));
    }
    if (take_sexagesimal(&after)) /* [0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]* */
        return take(&after, ".") && (take_all(&after, DIGITS_), at_end(&after));
    c = start; /* the dot-less exponent, OmegaConf's own */
    return take_groups(&c) && take_exponent(&c, true) && at_end(&c);
}

/* What a text that PyYAML calls an int looks like; *base is 60 for the sexagesimal form. */
static bool matches_int(const char *text, size_t length, int *base)
{
    struct cursor start = {text, text + length};
    take(&start, "+-");
    struct cursor c = start;
    if (take(&c, "0")) {
        struct cursor prefix = c;
        *base = 2;
        if (take(&prefix, "b"))
            return take_all(&prefix, "01_") > 0 && at_end(&prefix);
        *base = 16;
        if (take(&prefix, "x"))
            return take_all(&prefix, "0123456789abcdefABCDEF_") > 0 && at_end(&prefix);
        *base = 8;
        take_all(&c, "01234567_");
        return at_end(&c);
    }
    if (!take(&c, "123456789"))
        return false;
    take_all(&c, DIGITS_);
    *base = at_end(&c) ? 10 : 60;
    return at_end(&c) || (take_sexagesimal(&c) && at_end(&c));
}

/* Digits of `text` in `base`, `_` skipped, `:` multiplying by 60. False beyond 64 bits. */
static bool convert_int(const char *text, size_t length, int base, int64_t *out)
{
    struct cursor c = {text, text + length};
    bool negative = c.p < c.end && *c.p == '-';
    take(&c, "+-");
    if (base == 2 || base == 16)
        c.p += 2;
    int64_t total = 0, part = 0;
    for (; c.p < c.end; c.p++) {
        if (*c.p == '_')
            continue;
        int digit = isdigit((unsigned char)*c.p) ? *c.p - '0'
                    : *c.p == ':'                ? 0
                                                 : tolower((unsigned char)*c.p) - 'a' + 10;
        if (*c.p == ':') {
            if (__builtin_add_overflow(total, negative ? -part : part, &total) ||
                __builtin_mul_overflow(total, 60, &total))
                return false;
            part = 0;
        } else if (base == 60) {
            if (__builtin_mul_overflow(part, 10, &part) ||
                __builtin_add_overflow(part, digit, &part))
                return false;
        } else if (__builtin_mul_overflow(total, base, &total) ||
                   __builtin_add_overflow(total, negative ? -digit : digit, &total))
            return false;
    }
    *out = total;
    return base != 60 || !__builtin_add_overflow(total, negative ? -part : part, out);
}

/* strtod() reads the decimal point of the program's locale; YAML's is always a dot. */
static double parse_double(const char *text)
{
    static _Thread_local locale_t c_locale;
    if (c_locale == (locale_t)0)
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t old = uselocale(c_locale);
    double number = strtod(text, NULL);
    uselocale(old);
    return number;
}

static double convert_float(const char *text, size_t length)
{
    char small[64], *digits = length < sizeof small ? small : malloc(length + 1);
    if (digits == NULL)
        return NAN;
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        if (text[i] != '_')
            digits[n++] = text[i];
    digits[n] = '\0';
    const char *p = digits + (digits[0] == '+' || digits[0] == '-');
    double number = 0;
    if (strncasecmp(p, ".inf", 4) == 0)
        number = INFINITY;
    else if (strncasecmp(p, ".nan", 4) == 0)
        number = NAN;
    else
        for (const char *part = p;; part = strchr(part, ':') + 1) {
            number = number * 60 + parse_double(part);
            if (strchr(part, ':') == NULL)
                break;
        }
    number = digits[0] == '-' ? -number : number;
    if (digits != small)
        free(digits);
    return number;
}

static struct scalar make_int(const char *text, size_t length, int base)
{
    /* PyYAML takes `0x_` for an int, and Python cannot convert it. */
    struct cursor c = {text, text + length};
    take(&c, "+-");
    if ((base == 2 || base == 16) && (c.p += 2, take_all(&c, "_"), at_end(&c)))
        return (struct scalar){.kind = SCALAR_INVALID};
    struct scalar scalar = {.kind = SCALAR_INT};
    scalar.too_large = !convert_int(text, length, base, &scalar.integer);
    if (scalar.too_large)
        scalar.integer = 0;
    return scalar;
}

static const char *const truths[] = {
    "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL};
static const char *const falsehoods[] = {
    "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", NULL};
static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};

struct scalar scalar_resolve(const char *text, size_t length)
{
    int base;
    if (one_of(text, length, truths))
        return (struct scalar){.kind = SCALAR_BOOL, .truth = true};
    if (one_of(text, length, falsehoods))
        return (struct scalar){.kind = SCALAR_BOOL};
    if (matches_float(text, length))
        return (struct scalar){.kind = SCALAR_FLOAT, .number = convert_float(text, length)};
    if (matches_int(text, length, &base))
        return make_int(text, length, base);
    if (one_of(text, length, nulls))
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
    bool fits = (strcmp(tag, "bool") == 0 && scalar.kind == SCALAR_BOOL) ||
                (strcmp(tag, "int") == 0 && scalar.kind == SCALAR_INT) ||
                (strcmp(tag, "float") == 0 && scalar.kind == SCALAR_FLOAT);
    return fits ? scalar : (struct scalar){.kind = SCALAR_INVALID};
}

/* Adds one to the last digit of a decimal text `d.ddde±xx`, or takes one away; false when that
 * would carry. */
static bool nudge(char *text, int by)
{
    char *last = strchr(text, 'e') - 1;
    if (!isdigit((unsigned char)*last) || *last + by < '0' || *last + by > '9')
        return false;
    *last = (char)(*last + by);
    return true;
}

/* The fewest digits that read back as the number. Beside a power of two, the nearest text of that
 * length may not, but its neighbour does. */
static void shortest_digits(double number, char text[40])
{
    for (int precision = 0; precision < 17; precision++) {
        for (int by = 0; by < 3; by++) {
            snprintf(text, 40, "%.*e", precision, number);
            if ((by == 0 || nudge(text, by == 1 ? 1 : -1)) && strtod(text, NULL) == number)
                return;
        }
    }
    snprintf(text, 40, "%.16e", number);
}

void scalar_write_float(struct strbuf *out, double number)
{
    char text[40], digits[32];
    shortest_digits(number, text);
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
        strbuf_printf(out, "%c.%.*se%c%02d", digits[0], n > 1 ? (int)n - 1 : 1,
            n > 1 ? digits + 1 : "0", exponent < 0 ? '-' : '+', abs(exponent));
    } else if (exponent < 0) {
        strbuf_puts(out, "0.");
        strbuf_repeat(out, '0', (size_t)(-exponent - 1));
        strbuf_append(out, digits, n);
    } else {
        size_t whole = (size_t)exponent + 1;
        strbuf_append(out, digits, n < whole ? n : whole);
        strbuf_repeat(out, '0', n < whole ? whole - n : 0);
        strbuf_putc(out, '.');
        strbuf_append(out, n > whole ? digits + whole : "0", n > whole ? n - whole : 1);
    }
}

/* Words that some YAML reader takes for something else than a string. */
static bool is_reserved_word(const char *text, size_t length)
{
    static const char *const words[] = {"y", "Y", "n", "N", "~", "=", "<<", "none", "None", NULL};
    struct scalar scalar = scalar_resolve(text, length);
    return scalar.kind != SCALAR_STRING || one_of(text, length, words);
}

/* Whether a string may stand without quotes. The rule is narrow on purpose: letters first (or a
 * path, or an interpolation), then only characters that no reader treats specially. Whatever starts
 * like a number is quoted, which covers dates, times and the octal and exponent forms that YAML
 * 1.1, YAML 1.2 and OmegaConf disagree about. */
static bool is_plain_safe(const char *text, size_t length, enum scalar_context context)
{
    if (length == 0 || length > 1000 || is_reserved_word(text, length))
        return false;
    bool starts = isalpha((unsigned char)text[0]) || text[0] == '/' || text[0] == '_' ||
                  text[0] == '$' || (length > 1 && text[0] == '.' && text[1] == '/') ||
                  (length > 2 && memcmp(text, "../", 3) == 0);
    if (!starts || text[length - 1] == ' ' || text[length - 1] == ':')
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (isalnum(c) || strchr("_./+-@%=~$", c) != NULL) {
            if (c == '\0')
                return false;
            continue;
        }
        bool glued = i + 1 < length && text[i + 1] != ' ';
        if (c == ' ' && glued && text[i + 1] != '#')
            continue;
        if (context == SCALAR_IN_BLOCK && ((c == ':' && glued) || strchr("{},", c) != NULL))
            continue;
        return false;
    }
    return true;
}

void string_write(struct strbuf *out, const char *text, size_t length, enum scalar_context context)
{
    if (is_plain_safe(text, length, context)) {
        strbuf_append(out, text, length);
        return;
    }
    bool escape = false;
    for (size_t i = 0; i < length; i++)
        escape |=
            text[i] == '\'' || (unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7f;
    char quote = escape ? '"' : '\'';
    strbuf_putc(out, quote);
    for (size_t i = 0; i < length;) {
        uint32_t c = (unsigned char)text[i];
        size_t n = utf8_decode(text + i, length - i, &c);
        if (escape && (c == '"' || c == '\\'))
            strbuf_printf(out, "\\%c", (char)c);
        else if (escape && c == '\n')
            strbuf_puts(out, "\\n");
        else if (escape && c == '\t')
            strbuf_puts(out, "\\t");
        else if (c < 0x100 && code_point_is_hazardous(c))
            strbuf_printf(out, "\\x%02x", (unsigned)c);
        else if (code_point_is_hazardous(c) || c == 0xfffe || c == 0xffff)
            strbuf_printf(out, "\\u%04x", (unsigned)c);
        else
            strbuf_append(out, text + i, n == 0 ? 1 : n);
        i += n == 0 ? 1 : n;
    }
    strbuf_putc(out, quote);
}

static void write_array(struct strbuf *out, const json_t *array)
{
    size_t index;
    json_t *item;
    strbuf_putc(out, '[');
    json_array_foreach (array, index, item) {
        strbuf_puts(out, index > 0 ? ", " : "");
        value_write(out, item, SCALAR_IN_FLOW);
    }
    strbuf_putc(out, ']');
}

static void write_object(struct strbuf *out, const json_t *object)
{
    const char *key;
    json_t *item;
    size_t n = 0;
    strbuf_putc(out, '{');
    json_object_foreach ((json_t *)object, key, item) {
        strbuf_puts(out, n++ > 0 ? ", " : "");
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
        strbuf_puts(out, "True"); /* as torchtune's own configs spell it */
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
        write_array(out, value);
        break;
    case JSON_OBJECT:
        write_object(out, value);
        break;
    }
}

bool scalar_is_interpolation(const json_t *value)
{
    return json_is_string(value) && strstr(json_string_value(value), "${") != NULL;
}

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
