/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/text.h"
#include "sweep/error.h"
#include "sweep/error.h"

size_t utf8_decode(const char *text, size_t length, uint32_t *out)
{
    const unsigned char *s = (const unsigned char *)text;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80   ? 1
               : s[0] < 0xc2 ? 0
               : s[0] < 0xe0 ? 2
               : s[0] < 0xf0 ? 3
               : s[0] < 0xf5 ? 4
                             : 0;
    if (n == 0 || n > length)
        return 0;
    uint32_t c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *out = c;
    return n;
}

size_t utf8_count(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; count++) {
        uint32_t c;
        size_t n = utf8_decode(text + i, length - i, &c);
        i += n == 0 ? 1 : n;
    }
    return count;
}

size_t utf8_valid_prefix(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length) {
        uint32_t c;
        size_t n = utf8_decode(text + i, length - i, &c);
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

bool code_point_is_hazardous(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* The longest that one character becomes: "\\u{10ffff}". */
enum { LONGEST_ESCAPE = 10 };

/* Writes the character at `text` (length > 0), or what stands for it, to `out`, without a NUL, and
 * returns its bytes; *taken is how many it had. */
static size_t escape_one(
    const char *text, size_t length, char out[LONGEST_ESCAPE + 1], size_t *taken)
{
    uint32_t c;
    *taken = utf8_decode(text, length, &c);
    bool malformed = *taken == 0;
    if (malformed) {
        *taken = 1;
        c = (unsigned char)text[0];
    } else if (!code_point_is_hazardous(c)) {
        memcpy(out, text, *taken);
        return *taken;
    }
    if (c == '\n' || c == '\t')
        return (size_t)snprintf(out, LONGEST_ESCAPE + 1, c == '\n' ? "\\n" : "\\t");
    return (size_t)snprintf(
        out, LONGEST_ESCAPE + 1, malformed || c < 0x80 ? "\\x%02x" : "\\u{%x}", (unsigned)c);
}

void text_escape(struct strbuf *out, const char *text, size_t length)
{
    char one[LONGEST_ESCAPE + 1];
    for (size_t i = 0, taken; i < length; i += taken) {
        size_t n = escape_one(text + i, length - i, one, &taken);
        strbuf_append(out, one, n);
    }
}

size_t sweep_escape(char *out, size_t size, const char *text, size_t length)
{
    static const char cut[] = "…";
    char one[LONGEST_ESCAPE + 1];
    size_t used = 0, room = 0; /* behind `room` there is place for `cut` */
    for (size_t i = 0, taken; i < length; i += taken) {
        size_t n = escape_one(text + i, length - i, one, &taken);
        if (used + n >= size) {
            used = room;
            if (size >= sizeof cut) {
                memcpy(out + used, cut, sizeof cut - 1);
                used += sizeof cut - 1;
            }
            break;
        }
        memcpy(out + used, one, n);
        used += n;
        if (used + sizeof cut <= size)
            room = used;
    }
    out[used] = '\0';
    return used;
}

unsigned text_distance(const char *a, const char *b, unsigned limit)
{
    enum { MOST = 64 };
    size_t la = strlen(a), lb = strlen(b);
    if (la >= MOST || lb >= MOST || (la > lb ? la - lb : lb - la) > limit)
        return limit + 1;
    unsigned row[3][MOST + 1]; /* the rows before last, last and current of the matrix */
    for (size_t j = 0; j <= lb; j++)
        row[0][j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[la % 3][lb] > limit ? limit + 1 : row[la % 3][lb];
}

void suggestion_offer(struct suggestion *suggestion, const char *candidate)
{
    /* A third of the word may be wrong; short words get one slip. */
    size_t length = strlen(suggestion->word);
    unsigned limit = length < 3 ? 0 : length < 6 ? 1 : (unsigned)(length / 3);
    unsigned distance = text_distance(suggestion->word, candidate, limit);
    if (distance <= limit && (suggestion->best == NULL || distance < suggestion->distance)) {
        suggestion->best = candidate;
        suggestion->distance = distance;
    }
}

const char *sweep_nearest(const char *word, const char *const *words)
{
    struct suggestion suggestion = {.word = word};
    for (; *words != NULL; words++)
        suggestion_offer(&suggestion, *words);
    return suggestion.best;
}

bool text_matches(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++resume;
        } else
            return false;
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

void text_copy(char *out, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

char *text_duplicate(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}
