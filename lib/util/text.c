/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/text.h"
#include "sweep/error.h"

/* --- UTF-8 -------------------------------------------------------------------------------- */

/* The length of a multi-byte sequence by its first byte; 0 if none starts with it. */
static size_t text_sequence_length(unsigned char first)
{
    if (first < 0xc2)
        return 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    if (first < 0xf5)
        return 4;
    return 0;
}

size_t utf8_decode(const char *text, size_t length, uint32_t *out)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) {
        *out = s[0];
        return 1;
    }
    size_t n = text_sequence_length(s[0]);
    if (n == 0 || n > length)
        return 0;
    uint32_t c = s[0] & (0xffu >> (n + 1));
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

size_t utf8_next(const char *text, size_t length)
{
    uint32_t c;
    size_t n = utf8_decode(text, length, &c);
    if (n == 0)
        return 1;
    return n;
}

size_t utf8_count(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; count++)
        i += utf8_next(text + i, length - i);
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

/* --- escaping ----------------------------------------------------------------------------- */

enum { MAX_ESCAPE = 10 }; /* bytes of the longest escape, "\\u{10ffff}" */

/* Writes the character at `text` (length > 0), escaped if necessary, to `out` without a NUL.
 * Returns the bytes written; *consumed is the bytes of `text` it stands for. */
static size_t text_escape_one(
    const char *text, size_t length, char out[MAX_ESCAPE + 1], size_t *consumed)
{
    uint32_t c;
    *consumed = utf8_decode(text, length, &c);
    if (*consumed == 0) {
        *consumed = 1;
        return (size_t)snprintf(out, MAX_ESCAPE + 1, "\\x%02x", (unsigned char)text[0]);
    }
    if (!code_point_is_hazardous(c)) {
        memcpy(out, text, *consumed);
        return *consumed;
    }
    if (c == '\n')
        return (size_t)snprintf(out, MAX_ESCAPE + 1, "\\n");
    if (c == '\t')
        return (size_t)snprintf(out, MAX_ESCAPE + 1, "\\t");
    if (c < 0x80)
        return (size_t)snprintf(out, MAX_ESCAPE + 1, "\\x%02x", (unsigned)c);
    return (size_t)snprintf(out, MAX_ESCAPE + 1, "\\u{%x}", (unsigned)c);
}

void text_escape(struct strbuf *out, const char *text, size_t length)
{
    char one[MAX_ESCAPE + 1];
    for (size_t i = 0, consumed; i < length; i += consumed) {
        size_t n = text_escape_one(text + i, length - i, one, &consumed);
        strbuf_append(out, one, n);
    }
}

size_t sweep_escape(char *out, size_t size, const char *text, size_t length)
{
    assert(out != NULL && text != NULL);
    static const char ellipsis[] = "…";
    char one[MAX_ESCAPE + 1];
    size_t used = 0, cut = 0; /* `cut`: where the text can be cut with room for the ellipsis */
    for (size_t i = 0, consumed; i < length; i += consumed) {
        size_t n = text_escape_one(text + i, length - i, one, &consumed);
        if (used + n >= size) {
            used = cut;
            if (size >= sizeof ellipsis) {
                memcpy(out + used, ellipsis, sizeof ellipsis - 1);
                used += sizeof ellipsis - 1;
            }
            break;
        }
        memcpy(out + used, one, n);
        used += n;
        if (used + sizeof ellipsis <= size)
            cut = used;
    }
    out[used] = '\0';
    return used;
}

/* --- "did you mean" ----------------------------------------------------------------------- */

static size_t text_difference(size_t a, size_t b)
{
    if (a > b)
        return a - b;
    return b - a;
}

unsigned text_distance(const char *a, const char *b, unsigned limit)
{
    enum { MAX_LENGTH = 63 };
    size_t la = strlen(a), lb = strlen(b);
    if (la > MAX_LENGTH || lb > MAX_LENGTH || text_difference(la, lb) > limit)
        return limit + 1;
    unsigned row[3][MAX_LENGTH + 1]; /* of the matrix: two back, previous and current, in turn */
    for (size_t j = 0; j <= lb; j++)
        row[0][j] = (unsigned)j;
    unsigned least_before = 0;
    for (size_t i = 1; i <= la; i++) {
        unsigned *current = row[i % 3], *previous = row[(i + 2) % 3], *two_back = row[(i + 1) % 3];
        unsigned least = current[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned best = previous[j - 1];
            if (a[i - 1] != b[j - 1])
                best++;
            if (previous[j] + 1 < best)
                best = previous[j] + 1;
            if (current[j - 1] + 1 < best)
                best = current[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                two_back[j - 2] + 1 < best)
                best = two_back[j - 2] + 1;
            current[j] = best;
            if (best < least)
                least = best;
        }
        if (least > limit && least_before > limit) /* it only grows */
            return limit + 1;
        least_before = least;
    }
    unsigned distance = row[la % 3][lb];
    if (distance > limit)
        return limit + 1;
    return distance;
}

enum { SUGGESTION_MAX = 128 }; /* bytes of a word; longer ones are never similar */

static bool suggestion_is_separator(char c)
{
    return c == '_' || c == '-' || c == '.' || c == '/' || c == ' ';
}

static char suggestion_fold_char(char c)
{
    if (c == '-')
        return '_';
    return (char)tolower((unsigned char)c);
}

bool text_is_same_name(const char *a, const char *b)
{
    for (; *a != '\0'; a++, b++)
        if (suggestion_fold_char(*a) != suggestion_fold_char(*b))
            return false;
    return *b == '\0';
}

/* Lower case, and one sign for `_` and `-`. False if the word is too long. */
static bool suggestion_fold(const char *word, char out[SUGGESTION_MAX])
{
    size_t i = 0;
    for (; word[i] != '\0'; i++) {
        if (i + 1 == SUGGESTION_MAX)
            return false;
        out[i] = suggestion_fold_char(word[i]);
    }
    out[i] = '\0';
    return true;
}

/* Versions and sizes are never misspelled as others: qwen3 is not qwen2_5, and 8B is not 7B. */
static bool suggestion_has_other_digits(const char *a, const char *b)
{
    static const char digits[] = "0123456789";
    a = strpbrk(a, digits);
    b = strpbrk(b, digits);
    if (a == NULL || b == NULL)
        return false;
    while (a != NULL && b != NULL && *a == *b) {
        a = strpbrk(a + 1, digits);
        b = strpbrk(b + 1, digits);
    }
    return a != NULL || b != NULL;
}

static size_t suggestion_part_length(const char *word)
{
    size_t n = 0;
    while (word[n] != '\0' && !suggestion_is_separator(word[n]))
        n++;
    return n;
}

/* A third of the letters may be wrong, or one in three to five; or one part is cut short. */
static bool suggestion_part_is_alike(const char *a, size_t la, const char *b, size_t lb)
{
    char x[SUGGESTION_MAX], y[SUGGESTION_MAX];
    size_t shorter = la < lb ? la : lb;
    if (shorter >= 3 && memcmp(a, b, shorter) == 0)
        return true;
    memcpy(x, a, la);
    memcpy(y, b, lb);
    x[la] = y[lb] = '\0';
    unsigned limit = (unsigned)(la / 3);
    return text_distance(x, y, limit) <= limit;
}

static size_t suggestion_count_parts(const char *word)
{
    size_t n = 1;
    for (; *word != '\0'; word++)
        if (suggestion_is_separator(*word))
            n++;
    return n;
}

/* True if only separators differ: outputd_ir is output_dir. */
static bool suggestion_has_same_letters(const char *a, const char *b)
{
    for (;;) {
        while (suggestion_is_separator(*a))
            a++;
        while (suggestion_is_separator(*b))
            b++;
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
        a++;
        b++;
    }
}

enum { SUGGESTION_LONG = 8 };

/* With as many parts, each must be similar: lora_finetune is not full_finetune. In a long word, one
 * letter may be wrong anywhere. */
static bool suggestion_is_alike(const char *word, const char *candidate)
{
    if (strlen(word) >= SUGGESTION_LONG && text_distance(word, candidate, 1) == 1)
        return true;
    if (suggestion_count_parts(word) != suggestion_count_parts(candidate) ||
        suggestion_has_same_letters(word, candidate))
        return true;
    for (;;) {
        size_t la = suggestion_part_length(word), lb = suggestion_part_length(candidate);
        if (!suggestion_part_is_alike(word, la, candidate, lb))
            return false;
        if (word[la] == '\0')
            return true;
        word += la + 1;
        candidate += lb + 1;
    }
}

void suggestion_offer(struct suggestion *suggestion, const char *candidate)
{
    char word[SUGGESTION_MAX], other[SUGGESTION_MAX];
    size_t length = strlen(suggestion->word), other_length = strlen(candidate);
    size_t difference = text_difference(length, other_length);
    if (difference > length / 3 || (suggestion->best != NULL && difference >= suggestion->distance))
        return;
    if (!suggestion_fold(suggestion->word, word) || !suggestion_fold(candidate, other))
        return;
    /* A long common beginning, such as that of two modules, makes nothing similar. */
    size_t stem = 0, dots = 0;
    for (size_t i = 0; word[i] != '\0' && word[i] == other[i]; i++)
        if (word[i] == '.' && ++dots > 1)
            stem = i + 1;
    if (suggestion_has_other_digits(word + stem, other + stem))
        return;
    unsigned limit = (unsigned)((length - stem) / 3);
    unsigned distance = 0;
    if (strcmp(word, other) != 0)
        distance = text_distance(suggestion->word + stem, candidate + stem, limit);
    if (distance > limit || (suggestion->best != NULL && distance >= suggestion->distance))
        return;
    if (suggestion_is_alike(word + stem, other + stem)) {
        suggestion->best = candidate;
        suggestion->distance = distance;
    }
}

void suggestion_offer_keys(struct suggestion *suggestion, const json_t *object, const char *other)
{
    enum { MAX_KEYS = 1000 };
    const char *key;
    json_t *value;
    size_t n = 0;
    json_object_foreach ((json_t *)object, key, value) {
        if (n++ == MAX_KEYS)
            return;
        if (other == NULL || strcmp(key, other) != 0)
            suggestion_offer(suggestion, key);
    }
}

const char *sweep_nearest(const char *word, const char *const *words)
{
    assert(word != NULL && words != NULL);
    struct suggestion suggestion = {.word = word};
    for (; *words != NULL; words++)
        suggestion_offer(&suggestion, *words);
    return suggestion.best;
}

/* --- strings ------------------------------------------------------------------------------ */

size_t text_number(char *out, uint64_t number, int width)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (n < width && n < (int)sizeof digits)
        digits[n++] = '0';
    for (int i = 0; i < n; i++)
        out[i] = digits[n - 1 - i];
    out[n] = '\0';
    return (size_t)n;
}

static bool text_is_word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool text_has_word(const char *text, const char *word, size_t length)
{
    const char *p = memmem(text, strlen(text), word, length);
    while (p != NULL && length > 0) {
        bool begins = p == text || !text_is_word_character(p[-1]);
        if (begins && !text_is_word_character(p[length]))
            return true;
        p = memmem(p + 1, strlen(p + 1), word, length);
    }
    return false;
}

static bool text_has_quoted(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *p = strchr(text, '"'); p != NULL; p = strchr(p + 1, '"'))
        if (strncmp(p + 1, word, length) == 0 && p[1 + length] == '"')
            return true;
    return false;
}

/* True if the message has all parts of a dotted key as words, or the last one in quotes. */
static bool text_names_key(const char *message, const char *key)
{
    const char *last = strrchr(key, '.');
    if (text_has_quoted(message, last != NULL ? last + 1 : key))
        return true;
    for (;;) {
        key += strspn(key, ".");
        size_t length = strcspn(key, ".");
        if (length == 0)
            return true;
        if (!text_has_word(message, key, length))
            return false;
        key += length;
    }
}

void text_put_named(struct strbuf *out, const char *key, const char *message)
{
    if (key != NULL && !text_names_key(message, key))
        strbuf_printf(out, "%s: ", key);
    strbuf_puts(out, message);
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
        } else {
            return false;
        }
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
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void text_vformat(char *out, size_t size, const char *format, va_list args)
{
    static const char ellipsis[] = "…";
    int needed = vsnprintf(out, size, format, args);
    if (needed < 0 || (size_t)needed < size)
        return;
    size_t end = size - sizeof ellipsis;
    while (end > 0 && (out[end] & 0xc0) == 0x80)
        end--;
    memcpy(out + end, ellipsis, sizeof ellipsis);
}
