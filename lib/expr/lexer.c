/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/expr/lexer.h"
#include "lib/util/text.h"

bool lexer_verror(const struct lexer *lexer, const struct token *at, const char *hint,
    const char *format, va_list arguments)
{
    if (lexer->error == NULL)
        return false;
    expr_error_vset(lexer->error, hint, format, arguments);
    lexer->error->column = lexer->columns[at->start];
    lexer->error->length = (unsigned)lexer->columns[at->end] - lexer->columns[at->start];
    if (lexer->error->length == 0)
        lexer->error->length = 1;
    return false;
}

bool lexer_error(
    const struct lexer *lexer, size_t start, size_t end, const char *hint, const char *format, ...)
{
    const struct token at = {.start = start, .end = end};
    va_list arguments;
    va_start(arguments, format);
    lexer_verror(lexer, &at, hint, format, arguments);
    va_end(arguments);
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
    size_t max = length, at = 0;
    if (max > EXPR_MAX_BYTES)
        max = EXPR_MAX_BYTES;
    uint16_t column = 1;
    for (uint32_t c; at < max; column++) {
        size_t n = utf8_decode(text + at, length - at, &c);
        if (n == 0 || at + n > max)
            break;
        for (size_t i = 0; i < n; i++)
            lexer->columns[at + i] = column;
        at += n;
    }
    lexer->columns[at] = column;
    if (length > EXPR_MAX_BYTES)
        return lexer_error(lexer, at, at, NULL, "the expression has %zu bytes; the limit is %d",
            length, EXPR_MAX_BYTES);
    if (at < length)
        return lexer_error(lexer, at, at, NULL, "not UTF-8");
    return true;
}

/* --- characters --------------------------------------------------------------------------- */

/* isalpha() and others depend on the locale. */
static bool lexer_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool lexer_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool lexer_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool lexer_is_ascii(char c)
{
    return (c & 0x80) == 0;
}

/* The byte at an offset; 0 at the end. */
static char lexer_byte_at(const struct lexer *lexer, size_t at)
{
    if (at >= lexer->length)
        return '\0';
    return lexer->text[at];
}

static size_t lexer_skip_space(const struct lexer *lexer, size_t at)
{
    while (lexer_is_space(lexer_byte_at(lexer, at)))
        at++;
    return at;
}

static size_t lexer_skip_digits(const struct lexer *lexer, size_t at)
{
    while (lexer_is_digit(lexer_byte_at(lexer, at)))
        at++;
    return at;
}

static size_t lexer_skip_word(const struct lexer *lexer, size_t at)
{
    while (lexer_is_letter(lexer_byte_at(lexer, at)) || lexer_is_digit(lexer_byte_at(lexer, at)))
        at++;
    return at;
}

static size_t lexer_skip_code_point(const struct lexer *lexer, size_t at)
{
    if (at >= lexer->length)
        return at;
    return at + utf8_next(lexer->text + at, lexer->length - at);
}

bool lexer_sees_call(const struct lexer *lexer)
{
    return lexer_byte_at(lexer, lexer_skip_space(lexer, lexer->at)) == '(';
}

/* --- strings ------------------------------------------------------------------------------ */

/* The character after a backslash; NUL if there is no such escape. */
static char lexer_unescape(char c)
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

static bool lexer_unterminated(const struct lexer *lexer, const struct token *token, size_t end)
{
    const char *hint = "close it with '";
    if (lexer->text[token->start] == '"')
        hint = "close it with \"";
    return lexer_error(lexer, token->start, end, hint, "unterminated string");
}

static bool lexer_read_string(struct lexer *lexer, struct token *token)
{
    const char quote = lexer->text[token->start];
    size_t at = token->start + 1;
    token->kind = TOKEN_STRING;
    token->string = lexer->strings_used;
    for (char c; (c = lexer_byte_at(lexer, at)) != quote; at++) {
        if (at >= lexer->length || c == '\n' || c == '\r')
            return lexer_unterminated(lexer, token, at);
        if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
            return lexer_error(lexer, at, at + 1, NULL, "control character in a string");
        if (c == '\\') {
            if (++at >= lexer->length)
                return lexer_unterminated(lexer, token, at);
            c = lexer_unescape(lexer->text[at]);
            if (c == '\0')
                return lexer_error(lexer, at - 1, lexer_skip_code_point(lexer, at),
                    "write \\\\ for a backslash",
                    "unknown escape; valid are \\\\ \\\" \\' \\n and \\t");
        }
        lexer->strings[lexer->strings_used++] = c;
    }
    token->length = lexer->strings_used - token->string;
    lexer->at = token->end = at + 1;
    return true;
}

/* --- numbers ------------------------------------------------------------------------------ */

static bool lexer_read_int(struct lexer *lexer, struct token *token)
{
    uint64_t n = 0;
    token->kind = TOKEN_INT;
    for (size_t at = token->start; at < token->end; at++)
        if (__builtin_mul_overflow(n, (uint64_t)10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(lexer->text[at] - '0'), &n) ||
            n > (uint64_t)INT64_MAX + 1)
            return lexer_error(lexer, token->start, token->end, "write a float: 1e19",
                "the int does not fit into 64 bits");
    if (token->end - token->start > 1 && lexer->text[token->start] == '0')
        return lexer_error(
            lexer, token->start, token->end, "remove the zeros", "an int cannot start with 0");
    token->integer = n;
    return true;
}

/* Skips an exponent, if there is one at *at. */
static bool lexer_skip_exponent(const struct lexer *lexer, const struct token *token, size_t *at)
{
    if (lexer_byte_at(lexer, *at) != 'e' && lexer_byte_at(lexer, *at) != 'E')
        return true;
    size_t digits = *at + 1;
    if (lexer_byte_at(lexer, digits) == '+' || lexer_byte_at(lexer, digits) == '-')
        digits++;
    *at = lexer_skip_digits(lexer, digits);
    if (*at > digits)
        return true;
    return lexer_error(lexer, token->start, lexer_skip_word(lexer, digits), "write 1e9, or 3e-4",
        "the exponent has no digits");
}

static bool lexer_read_number(struct lexer *lexer, struct token *token)
{
    size_t int_end = lexer_skip_digits(lexer, token->start), at = int_end;
    if (lexer_byte_at(lexer, at) == '.') {
        at = lexer_skip_digits(lexer, at + 1);
        if (at == int_end + 1)
            return lexer_error(lexer, token->start, at, "write a digit after the dot",
                "a number cannot end with a dot");
    }
    if (!lexer_skip_exponent(lexer, token, &at))
        return false;
    lexer->at = token->end = at;
    char next = lexer_byte_at(lexer, at);
    if (next == '_')
        return lexer_error(
            lexer, token->start, lexer_skip_word(lexer, at), "remove the _", "not a number");
    if (next == '.')
        return lexer_error(
            lexer, token->start, lexer_skip_word(lexer, at + 1), NULL, "not a number");
    if (lexer_is_letter(next))
        return lexer_error(lexer, token->start, lexer_skip_word(lexer, at), NULL, "not a number");
    if (at == int_end)
        return lexer_read_int(lexer, token);
    token->kind = TOKEN_FLOAT;
    token->number =
        scalar_resolve_tagged("float", lexer->text + token->start, at - token->start).number;
    if (!isfinite(token->number))
        return lexer_error(
            lexer, token->start, token->end, NULL, "the number is too large for a float");
    return true;
}

/* --- names -------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum token_kind kind;
} lexer_keywords[] = {
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

static enum token_kind lexer_keyword(const char *name)
{
    for (size_t i = 0; i < sizeof lexer_keywords / sizeof *lexer_keywords; i++)
        if (name[0] == lexer_keywords[i].word[0] && strcmp(name, lexer_keywords[i].word) == 0)
            return lexer_keywords[i].kind;
    return TOKEN_NAME;
}

/* Appends bytes [start, end) of the text to the name, of which *used bytes are used. */
static bool lexer_add_to_name(
    struct lexer *lexer, const struct token *token, size_t *used, size_t start, size_t end)
{
    if (end - start >= sizeof lexer->name - *used)
        return lexer_error(
            lexer, token->start, lexer->at, NULL, "name longer than %d bytes", PATH_MAX_BYTES - 1);
    memcpy(lexer->name + *used, lexer->text + start, end - start);
    *used += end - start;
    return true;
}

/* Reads a part of a name in backquotes, which can contain anything but a dot. */
static bool lexer_read_quoted_part(struct lexer *lexer, const struct token *token, size_t *used)
{
    size_t start = lexer->at;
    const char *part = lexer->text + start + 1;
    const char *end = memchr(part, '`', lexer->length - start - 1);
    if (end == NULL)
        return lexer_error(lexer, start, lexer->length, "close it with `", "unterminated name");
    size_t length = (size_t)(end - part);
    lexer->at = start + length + 2;
    lexer->quoted = true;
    if (length == 0)
        return lexer_error(lexer, start, lexer->at, NULL, "empty part in a name");
    if (memchr(part, '.', length) != NULL)
        return lexer_error(lexer, start, lexer->at, "put each part in its own backquotes: `a`.`b`",
            "dot inside backquotes; keys that contain a dot cannot be addressed");
    return lexer_add_to_name(lexer, token, used, start + 1, start + 1 + length);
}

static bool lexer_read_part(struct lexer *lexer, const struct token *token, size_t *used)
{
    size_t start = lexer->at;
    if (lexer_byte_at(lexer, start) == '`')
        return lexer_read_quoted_part(lexer, token, used);
    lexer->at = lexer_skip_word(lexer, start);
    return lexer_add_to_name(lexer, token, used, start, lexer->at);
}

/* Reads the dot before the next part of a name. */
static bool lexer_read_dot(struct lexer *lexer, const struct token *token, size_t *used)
{
    size_t dot = lexer->at;
    char next = lexer_byte_at(lexer, dot + 1);
    if (next != '`' && !lexer_is_letter(next)) {
        const char *hint = NULL;
        if (lexer_is_digit(next) || !lexer_is_ascii(next))
            hint = "put a part that is not a plain word in backquotes: a.`1`";
        return lexer_error(
            lexer, token->start, dot + 1, hint, "a part of the name is missing after the dot");
    }
    lexer->at++;
    return lexer_add_to_name(lexer, token, used, dot, dot + 1);
}

static bool lexer_read_sign(struct lexer *lexer, struct token *token);

static bool lexer_read_name(struct lexer *lexer, struct token *token)
{
    size_t used = 0;
    token->kind = TOKEN_NAME;
    lexer->quoted = false;
    lexer->at = token->start;
    for (;;) {
        if (!lexer_read_part(lexer, token, &used))
            return false;
        token->end = lexer->at;
        char next = lexer_byte_at(lexer, lexer->at);
        if (!lexer_is_ascii(next)) { /* `größe` starts like a name: report the ö */
            token->start = lexer->at;
            return lexer_read_sign(lexer, token);
        }
        if (next != '.')
            break;
        if (!lexer_read_dot(lexer, token, &used))
            return false;
    }
    lexer->name[used] = '\0';
    struct path path;
    if (memchr(lexer->name, '\0', used) != NULL || !path_parse(lexer->name, &path))
        return lexer_error(lexer, token->start, token->end, NULL,
            "not a config path: too many parts, or a control character");
    if (!lexer->quoted)
        token->kind = lexer_keyword(lexer->name);
    return true;
}

/* --- signs -------------------------------------------------------------------------------- */

static const struct {
    const char *sign;
    enum token_kind kind;
    enum symbol symbol;
} lexer_signs[] = {
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

/* Signs of other languages; longer ones first. */
static const struct {
    const char *sign, *hint;
} lexer_foreign_signs[] = {
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
    {"${", "write only the path"},
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
    {".", "a float needs a digit before the dot, a path a name"},
    {"{", "dicts cannot be written here"},
    {"}", "dicts cannot be written here"},
};

static bool lexer_starts_with(const struct lexer *lexer, size_t at, const char *sign)
{
    size_t length = strlen(sign);
    return length <= lexer->length - at && memcmp(lexer->text + at, sign, length) == 0;
}

/* True at `==` and `!=`, which start like foreign signs. */
static bool lexer_is_equality(const struct lexer *lexer, size_t at)
{
    return lexer_starts_with(lexer, at, "==") || lexer_starts_with(lexer, at, "!=");
}

enum { N_FOREIGN_SIGNS = sizeof lexer_foreign_signs / sizeof *lexer_foreign_signs };

/* Index of the foreign sign at an offset, or N_FOREIGN_SIGNS. */
static size_t lexer_foreign_sign_at(const struct lexer *lexer, size_t at)
{
    bool equality = lexer_is_equality(lexer, at);
    for (size_t i = 0; i < N_FOREIGN_SIGNS; i++) {
        const char *sign = lexer_foreign_signs[i].sign;
        bool single = sign[1] == '\0';
        if (lexer_starts_with(lexer, at, sign) && !(single && equality))
            return i;
    }
    return N_FOREIGN_SIGNS;
}

static bool lexer_read_sign(struct lexer *lexer, struct token *token)
{
    size_t at = token->start, foreign = lexer_foreign_sign_at(lexer, at);
    if (foreign < N_FOREIGN_SIGNS) {
        const char *sign = lexer_foreign_signs[foreign].sign;
        return lexer_error(lexer, at, at + strlen(sign), lexer_foreign_signs[foreign].hint,
            "unexpected %s", expr_quote(sign, strlen(sign)).text);
    }
    for (size_t i = 0; i < sizeof lexer_signs / sizeof *lexer_signs; i++)
        if (lexer_starts_with(lexer, at, lexer_signs[i].sign)) {
            token->kind = lexer_signs[i].kind;
            token->symbol = lexer_signs[i].symbol;
            lexer->at = token->end = at + strlen(lexer_signs[i].sign);
            return true;
        }
    const char *hint = NULL;
    if (!lexer_is_ascii(lexer->text[at]))
        hint = "put names with non-ASCII letters in backquotes: `ü`";
    size_t end = lexer_skip_code_point(lexer, at);
    return lexer_error(
        lexer, at, end, hint, "unexpected %s", expr_quote(lexer->text + at, end - at).text);
}

bool lexer_next(struct lexer *lexer, struct token *token)
{
    size_t at = lexer_skip_space(lexer, lexer->at);
    *token = (struct token){.kind = TOKEN_END, .start = at, .end = at};
    if (at == lexer->length)
        return true;
    char c = lexer->text[at];
    if (c == '"' || c == '\'')
        return lexer_read_string(lexer, token);
    if (lexer_is_digit(c))
        return lexer_read_number(lexer, token);
    if (lexer_is_letter(c) || c == '`')
        return lexer_read_name(lexer, token);
    return lexer_read_sign(lexer, token);
}
