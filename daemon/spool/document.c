/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "daemon/spool/document.h"
#include "lib/util/json_comment.h"

/* What may come next. */
enum document_expected {
    DOCUMENT_ROOT,
    DOCUMENT_VALUE, /* or the end of an array: a trailing comma is allowed */
    DOCUMENT_KEY,   /* or the end of an object */
    DOCUMENT_COLON,
    DOCUMENT_COMMA_OR_END,
    DOCUMENT_END_OF_TEXT,
};

struct document_scanner {
    const char *at, *end;
    enum document_expected expected;
    size_t depth;
    bool is_object[DOCUMENT_MAX_DEPTH]; /* by depth: else it is an array */
};

/* --- tokens --------------------------------------------------------------------------------- */

static bool document_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool document_is_hex(char c)
{
    return document_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* After a backslash. */
static enum document document_escape(struct document_scanner *scanner)
{
    if (scanner->at == scanner->end)
        return DOCUMENT_CUT_SHORT;
    char c = *scanner->at++;
    if (c != 'u')
        return c != '\0' && strchr("\"\\/bfnrt", c) != NULL ? DOCUMENT_WHOLE : DOCUMENT_BROKEN;
    for (int i = 0; i < 4; i++) {
        if (scanner->at == scanner->end)
            return DOCUMENT_CUT_SHORT;
        if (!document_is_hex(*scanner->at++))
            return DOCUMENT_BROKEN;
    }
    return DOCUMENT_WHOLE;
}

/* After the first quote. These functions skip one token, and return DOCUMENT_WHOLE if it is. */
static enum document document_string(struct document_scanner *scanner)
{
    while (scanner->at < scanner->end) {
        unsigned char c = (unsigned char)*scanner->at++;
        enum document escape = DOCUMENT_WHOLE;
        if (c == '"')
            return DOCUMENT_WHOLE;
        if (c < 0x20)
            return DOCUMENT_BROKEN;
        if (c == '\\')
            escape = document_escape(scanner);
        if (escape != DOCUMENT_WHOLE)
            return escape;
    }
    return DOCUMENT_CUT_SHORT;
}

static enum document document_word(struct document_scanner *scanner, const char *word)
{
    for (; *word != '\0'; word++) {
        if (scanner->at == scanner->end)
            return DOCUMENT_CUT_SHORT;
        if (*scanner->at++ != *word)
            return DOCUMENT_BROKEN;
    }
    return DOCUMENT_WHOLE;
}

/* At least one digit. */
static enum document document_digits(struct document_scanner *scanner)
{
    if (scanner->at == scanner->end)
        return DOCUMENT_CUT_SHORT;
    if (!document_is_digit(*scanner->at))
        return DOCUMENT_BROKEN;
    while (scanner->at < scanner->end && document_is_digit(*scanner->at))
        scanner->at++;
    return DOCUMENT_WHOLE;
}

/* True if the next byte is one of these, which is skipped. */
static bool document_skip(struct document_scanner *scanner, const char *bytes)
{
    if (scanner->at == scanner->end || *scanner->at == '\0' || strchr(bytes, *scanner->at) == NULL)
        return false;
    scanner->at++;
    return true;
}

static enum document document_number(struct document_scanner *scanner)
{
    enum document result = DOCUMENT_WHOLE;
    document_skip(scanner, "-");
    if (!document_skip(scanner, "0"))
        result = document_digits(scanner);
    if (result == DOCUMENT_WHOLE && document_skip(scanner, "."))
        result = document_digits(scanner);
    if (result == DOCUMENT_WHOLE && document_skip(scanner, "eE")) {
        document_skip(scanner, "+-");
        result = document_digits(scanner);
    }
    return result;
}

/* --- structure ------------------------------------------------------------------------------ */

static enum document document_open(struct document_scanner *scanner, bool is_object)
{
    if (scanner->depth == DOCUMENT_MAX_DEPTH)
        return DOCUMENT_BROKEN;
    scanner->is_object[scanner->depth++] = is_object;
    scanner->expected = is_object ? DOCUMENT_KEY : DOCUMENT_VALUE;
    return DOCUMENT_WHOLE;
}

static enum document document_close(struct document_scanner *scanner, bool is_object)
{
    if (scanner->depth == 0 || scanner->is_object[scanner->depth - 1] != is_object)
        return DOCUMENT_BROKEN;
    scanner->depth--;
    scanner->expected = scanner->depth == 0 ? DOCUMENT_END_OF_TEXT : DOCUMENT_COMMA_OR_END;
    return DOCUMENT_WHOLE;
}

/* A value that begins with `c`, which was skipped. */
static enum document document_value(struct document_scanner *scanner, char c)
{
    if (c == '{' || c == '[')
        return document_open(scanner, c == '{');
    if (scanner->expected == DOCUMENT_ROOT)
        return DOCUMENT_BROKEN;
    scanner->expected = DOCUMENT_COMMA_OR_END;
    switch (c) {
    case '"':
        return document_string(scanner);
    case 't':
        return document_word(scanner, "rue");
    case 'f':
        return document_word(scanner, "alse");
    case 'n':
        return document_word(scanner, "ull");
    default:
        scanner->at--;
        return document_number(scanner);
    }
}

static enum document document_key(struct document_scanner *scanner, char c)
{
    if (c != '"')
        return DOCUMENT_BROKEN;
    scanner->expected = DOCUMENT_COLON;
    return document_string(scanner);
}

/* The token that begins with `c`, which was skipped. */
static enum document document_token(struct document_scanner *scanner, char c)
{
    switch (scanner->expected) {
    case DOCUMENT_ROOT:
        return document_value(scanner, c);
    case DOCUMENT_VALUE:
        if (c == ']')
            return document_close(scanner, false);
        return document_value(scanner, c);
    case DOCUMENT_KEY:
        if (c == '}')
            return document_close(scanner, true);
        return document_key(scanner, c);
    case DOCUMENT_COLON:
        scanner->expected = DOCUMENT_VALUE;
        return c == ':' ? DOCUMENT_WHOLE : DOCUMENT_BROKEN;
    case DOCUMENT_COMMA_OR_END:
        if (c == '}' || c == ']')
            return document_close(scanner, c == '}');
        scanner->expected = scanner->is_object[scanner->depth - 1] ? DOCUMENT_KEY : DOCUMENT_VALUE;
        return c == ',' ? DOCUMENT_WHOLE : DOCUMENT_BROKEN;
    case DOCUMENT_END_OF_TEXT:
        break;
    }
    return DOCUMENT_BROKEN;
}

/* After the first slash. */
static enum document document_comment(struct document_scanner *scanner)
{
    const char *start = scanner->at - 1;
    if (scanner->at == scanner->end)
        return DOCUMENT_CUT_SHORT;
    if (!json_comment_starts(start, scanner->end))
        return DOCUMENT_BROKEN;
    scanner->at = json_comment_end(start, scanner->end);
    return scanner->at != NULL ? DOCUMENT_WHOLE : DOCUMENT_CUT_SHORT;
}

enum document document_scan(const char *bytes, size_t length)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct document_scanner scanner;
    scanner.at = bytes;
    scanner.end = bytes + length;
    scanner.expected = DOCUMENT_ROOT;
    scanner.depth = 0;
    if (length >= 3 && memcmp(bytes, byte_order_mark, 3) == 0)
        scanner.at += 3;
    while (scanner.at < scanner.end) {
        char c = *scanner.at++;
        enum document result;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
            continue;
        if (c == '/')
            result = document_comment(&scanner);
        else
            result = document_token(&scanner, c);
        if (result != DOCUMENT_WHOLE)
            return result;
    }
    return scanner.expected == DOCUMENT_END_OF_TEXT ? DOCUMENT_WHOLE : DOCUMENT_CUT_SHORT;
}
