/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/expr/lexer.h"
#include "lib/util/text.h"

/* Says what is wrong with a part of the text. */
#define COMPLAIN(lexer, start, end, hint, ...)                                                     \
    (expr_error_set((lexer)->error, (hint), __VA_ARGS__), lexer_blame((lexer), (start), (end)))

bool lexer_blame(const struct lexer *lexer, size_t start, size_t end)
{
    if (lexer->error != NULL) {
        unsigned length = (unsigned)lexer->columns[end] - lexer->columns[start];
        lexer->error->column = lexer->columns[start];
        lexer->error->length = length > 0 ? length : 1;
    }
    return false;
}

bool lexer_init(struct lexer *lexer, const char *text, size_t length, struct expr_error *error)
{
    lexer->text = text;
    lexer->length = length;
    lexer->at = 0;
    lexer->error = error;
    lexer->strings = NULL;
    lexer->strings_used = 0;
    lexer->quoted = false;
    size_t fits = length < EXPR_MAX_BYTES ? length : EXPR_MAX_BYTES, at = 0;
    uint16_t column = 1;
    for (uint32_t c; at < fits; column++) {
        size_t n = (text[at] & 0x80) == 0 ? 1 : utf8_decode(text + at, length - at, &c);
        if (n == 0 || at + n > fits)
            break;
        for (size_t i = 0; i < n; i++)
            lexer->columns[at + i] = column;
        at += n;
    }
    lexer->columns[at] = column;
    if (length > EXPR_MAX_BYTES)
        return COMPLAIN(lexer, at, at, NULL, "an expression of %zu bytes; at most %d are taken",
            length, EXPR_MAX_BYTES);
    return at == length || COMPLAIN(lexer, at, at, NULL, "not UTF-8");
}

/* --- characters --------------------------------------------------------------------------- */

/* Not isalpha() and its kin, which ask the locale. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The byte at an offset; 0 behind the end. */
static char byte_at(const struct lexer *lexer, size_t at)
{
    return at < lexer->length ? lexer->text[at] : '\0';
}

static size_t skip_blanks(const struct lexer *lexer, size_t at)
{
    while (is_blank(byte_at(lexer, at)))
        at++;
    return at;
}

static size_t skip_digits(const struct lexer *lexer, size_t at)
{
    while (is_digit(byte_at(lexer, at)))
        at++;
    return at;
}

static size_t skip_word(const struct lexer *lexer, size_t at)
{
    while (is_letter(byte_at(lexer, at)) || is_digit(byte_at(lexer, at)))
        at++;
    return at;
}

/* The end of the code point at an offset. */
static size_t skip_one(const struct lexer *lexer, size_t at)
{
    uint32_t c;
    return at < lexer->length ? at + utf8_decode(lexer->text + at, lexer->length - at, &c) : at;
}

bool lexer_sees_call(const struct lexer *lexer)
{
    return byte_at(lexer, skip_blanks(lexer, lexer->at)) == '(';
}

/* --- strings ------------------------------------------------------------------------------ */

static char unescape(char c)
{
    switch (c) {
    case '\\':
    case '"':
    case '\'':
        return c;
    case 'n':
        return '\n';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

static bool read_string(struct lexer *lexer, struct token *token)
{
    char end = lexer->text[token->start];
    size_t at = token->start + 1;
    token->kind = TOKEN_STRING;
    token->string = lexer->strings_used;
    for (;; at++) {
        char c = byte_at(lexer, at);
        if (at >= lexer->length || c == '\n' || c == '\r')
            return COMPLAIN(lexer, token->start, at,
                end == '"' ? "close it with \"" : "close it with '", "this text has no end");
        if (c == end)
            break;
        if (c == '\\') {
            c = unescape(byte_at(lexer, ++at));
            if (c == '\0' && at < lexer->length)
                return COMPLAIN(lexer, at - 1, skip_one(lexer, at), "write \\\\ for a backslash",
                    "unknown escape; there are \\\\ \\\" \\' \\n and \\t");
            if (c == '\0')
                at--; /* the end of all text, which the next round finds */
        } else if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
            return COMPLAIN(lexer, at, at + 1, NULL, "a control character in a text");
        lexer->strings[lexer->strings_used++] = c;
    }
    token->length = lexer->strings_used - token->string;
    lexer->at = token->end = at + 1;
    return true;
}

/* --- numbers ------------------------------------------------------------------------------ */

static bool read_int(struct lexer *lexer, struct token *token)
{
    uint64_t n = 0;
    token->kind = TOKEN_INT;
    for (size_t at = token->start; at < token->end; at++)
        if (__builtin_mul_overflow(n, (uint64_t)10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(lexer->text[at] - '0'), &n) ||
            n > (uint64_t)INT64_MAX + 1)
            return COMPLAIN(lexer, token->start, token->end, "write a float: 1e19",
                "an int of more than 64 bits");
    if (token->end - token->start > 1 && lexer->text[token->start] == '0')
        return COMPLAIN(
            lexer, token->start, token->end, "leave the zeros out", "an int that begins with 0");
    token->integer = n;
    return true;
}

static bool read_number(struct lexer *lexer, struct token *token)
{
    size_t at = skip_digits(lexer, token->start);
    bool is_float = byte_at(lexer, at) == '.';
    if (is_float && !is_digit(byte_at(lexer, at + 1)))
        return COMPLAIN(lexer, token->start, at + 1, "write a digit behind the dot",
            "a number with nothing behind its dot");
    if (is_float)
        at = skip_digits(lexer, at + 1);
    if (byte_at(lexer, at) == 'e' || byte_at(lexer, at) == 'E') {
        size_t digits = at + 1 + (byte_at(lexer, at + 1) == '+' || byte_at(lexer, at + 1) == '-');
        is_float = true;
        if (!is_digit(byte_at(lexer, digits)))
            return COMPLAIN(lexer, token->start, skip_word(lexer, digits), "write 1e9, or 3e-4",
                "a number with an exponent that has no digits");
        at = skip_digits(lexer, digits);
    }
    lexer->at = token->end = at;
    char behind = byte_at(lexer, at);
    if (is_letter(behind) || behind == '.')
        return COMPLAIN(lexer, token->start, skip_word(lexer, at + (behind == '.')),
            behind == '_' ? "leave the _ out" : NULL, "not a number");
    if (!is_float)
        return read_int(lexer, token);
    token->kind = TOKEN_FLOAT;
    token->number =
        scalar_resolve_tagged("float", lexer->text + token->start, at - token->start).number;
    return isfinite(token->number) || COMPLAIN(lexer, token->start, token->end, NULL,
                                          "a number that is too large for a float");
}

/* --- names -------------------------------------------------------------------------------- */

static bool add_to_name(
    struct lexer *lexer, size_t *used, const struct token *token, const char *text, size_t length)
{
    if (length >= sizeof lexer->name - *used)
        return COMPLAIN(lexer, token->start, lexer->at, NULL, "a name of more than %d bytes",
            PATH_MAX_BYTES - 1);
    memcpy(lexer->name + *used, text, length);
    *used += length;
    return true;
}

/* One part of a name: a word, or anything without a dot in backquotes. */
static bool read_part(struct lexer *lexer, size_t *used, const struct token *token)
{
    size_t start = lexer->at;
    if (byte_at(lexer, start) != '`') {
        lexer->at = skip_word(lexer, start);
        return add_to_name(lexer, used, token, lexer->text + start, lexer->at - start);
    }
    const char *from = lexer->text + start + 1;
    const char *end = memchr(from, '`', lexer->length - start - 1);
    if (end == NULL)
        return COMPLAIN(lexer, start, lexer->length, "close it with `", "this name has no end");
    size_t length = (size_t)(end - from);
    lexer->at = start + length + 2;
    lexer->quoted = true;
    if (length == 0)
        return COMPLAIN(lexer, start, lexer->at, NULL, "an empty part of a name");
    if (memchr(from, '.', length) != NULL)
        return COMPLAIN(lexer, start, lexer->at,
            "write each part in backquotes of its own: `a`.`b`",
            "a dot inside backquotes; keys that hold one cannot be named");
    return add_to_name(lexer, used, token, from, length);
}

static const struct {
    const char *word;
    enum token_kind kind;
} keywords[] = {
    {"and", TOKEN_AND},
    {"or", TOKEN_OR},
    {"not", TOKEN_NOT},
    {"in", TOKEN_IN},
    {"is", TOKEN_IS},
    {"if", TOKEN_IF},
    {"else", TOKEN_ELSE},
    {"true", TOKEN_TRUE},
    {"false", TOKEN_FALSE},
    {"null", TOKEN_NULL},
};

static bool read_sign(struct lexer *lexer, struct token *token);

static bool read_name(struct lexer *lexer, struct token *token)
{
    size_t used = 0;
    token->kind = TOKEN_NAME;
    lexer->quoted = false;
    lexer->at = token->start;
    for (;;) {
        if (!read_part(lexer, &used, token))
            return false;
        token->end = lexer->at;
        char c = byte_at(lexer, lexer->at + 1);
        if ((byte_at(lexer, lexer->at) & 0x80) != 0) { /* `größe` begins like a name */
            token->start = lexer->at;
            return read_sign(lexer, token);
        }
        if (byte_at(lexer, lexer->at) != '.')
            break;
        if (c != '`' && !is_letter(c))
            return COMPLAIN(lexer, token->start, lexer->at + 1,
                is_digit(c) || (c & 0x80) != 0
                    ? "write a part that is no plain word in backquotes: a.`1`"
                    : NULL,
                "a name with a part missing behind the dot");
        lexer->at++;
        if (!add_to_name(lexer, &used, token, ".", 1))
            return false;
    }
    lexer->name[used] = '\0';
    struct path path;
    if (memchr(lexer->name, '\0', used) != NULL || !path_parse(lexer->name, &path))
        return COMPLAIN(lexer, token->start, token->end, NULL,
            "not a config path: too many parts, or a control character");
    for (size_t i = 0; !lexer->quoted && i < sizeof keywords / sizeof *keywords; i++)
        if (lexer->name[0] == keywords[i].word[0] && strcmp(lexer->name, keywords[i].word) == 0)
            token->kind = keywords[i].kind;
    return true;
}

/* --- signs -------------------------------------------------------------------------------- */

static const struct {
    const char *sign;
    enum token_kind kind;
    enum symbol symbol;
} signs[] = {
    {"==", TOKEN_SYMBOL, SYMBOL_EQUAL},
    {"!=", TOKEN_SYMBOL, SYMBOL_UNEQUAL},
    {"<=", TOKEN_SYMBOL, SYMBOL_LESS_EQUAL},
    {">=", TOKEN_SYMBOL, SYMBOL_MORE_EQUAL},
    {"//", TOKEN_SYMBOL, SYMBOL_FLOOR},
    {"<", TOKEN_SYMBOL, SYMBOL_LESS},
    {">", TOKEN_SYMBOL, SYMBOL_MORE},
    {"+", TOKEN_SYMBOL, SYMBOL_ADD},
    {"-", TOKEN_SYMBOL, SYMBOL_SUBTRACT},
    {"*", TOKEN_SYMBOL, SYMBOL_MULTIPLY},
    {"/", TOKEN_SYMBOL, SYMBOL_DIVIDE},
    {"%", TOKEN_SYMBOL, SYMBOL_REMAINDER},
    {"(", TOKEN_OPEN, 0},
    {")", TOKEN_CLOSE, 0},
    {"[", TOKEN_OPEN_SQUARE, 0},
    {"]", TOKEN_CLOSE_SQUARE, 0},
    {",", TOKEN_COMMA, 0},
};

/* What other languages write; longer ones first. */
static const struct {
    const char *sign, *hint;
} foreign[] = {
    {"===", "write =="},
    {"!==", "write !="},
    {"&&", "write and"},
    {"||", "write or"},
    {"<>", "write !="},
    {"=>", "write >="},
    {"=<", "write <="},
    {"=~", "write matches(text, \"a*\")"},
    {"**", "multiply: x * x"},
    {"<<", NULL},
    {">>", NULL},
    {":=", "write =="},
    {"${", "write the path alone"},
    {"=", "write =="},
    {"!", "write not"},
    {"&", "write and"},
    {"|", "write or"},
    {"^", NULL},
    {"~", NULL},
    {"?", "write A if CONDITION else B"},
    {":", "write A if CONDITION else B"},
    {"≤", "write <="},
    {"≥", "write >="},
    {"≠", "write !="},
    {"−", "write -"},
    {"×", "write *"},
    {"“", "write \""},
    {"”", "write \""},
    {"‘", "write '"},
    {"’", "write '"},
    {".", "a float needs a digit before the dot, a path a part"},
    {"{", "a dict cannot be written here"},
    {"}", "a dict cannot be written here"},
};

static bool begins_with(const struct lexer *lexer, size_t at, const char *sign)
{
    size_t length = strlen(sign);
    return length <= lexer->length - at && memcmp(lexer->text + at, sign, length) == 0;
}

static bool read_sign(struct lexer *lexer, struct token *token)
{
    size_t at = token->start, n;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (foreign[i].sign[0] != lexer->text[at])
            continue;
        n = strlen(foreign[i].sign);
        /* `==` begins with `=`: the longer sign of ours goes first. */
        if (!begins_with(lexer, at, foreign[i].sign) ||
            (n == 1 && byte_at(lexer, at + 1) == '=' && strchr("=!", lexer->text[at]) != NULL))
            continue;
        return COMPLAIN(
            lexer, at, at + n, foreign[i].hint, "unexpected %s", quote(foreign[i].sign, n).text);
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (signs[i].sign[0] == lexer->text[at] && begins_with(lexer, at, signs[i].sign)) {
            token->kind = signs[i].kind;
            token->symbol = signs[i].symbol;
            lexer->at = token->end = at + strlen(signs[i].sign);
            return true;
        }
    n = skip_one(lexer, at) - at;
    return COMPLAIN(lexer, at, at + n,
        (lexer->text[at] & 0x80) != 0 ? "a name with such letters goes into backquotes: `ü`" : NULL,
        "unexpected %s", quote(lexer->text + at, n).text);
}

bool lexer_next(struct lexer *lexer, struct token *token)
{
    size_t at = skip_blanks(lexer, lexer->at);
    *token = (struct token){.kind = TOKEN_END, .start = at, .end = at};
    if (at == lexer->length)
        return true;
    char c = lexer->text[at];
    if (c == '"' || c == '\'')
        return read_string(lexer, token);
    if (is_digit(c))
        return read_number(lexer, token);
    if (is_letter(c) || c == '`')
        return read_name(lexer, token);
    return read_sign(lexer, token);
}
