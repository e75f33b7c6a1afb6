/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/spool/document.h"
#include "daemon/spool/settle.h"

static bool settle_is_same(const struct settle_status *a, const struct settle_status *b)
{
    return a->size == b->size && a->inode == b->inode && a->mtime_ns == b->mtime_ns &&
           a->ctime_ns == b->ctime_ns;
}

void settle_observe(
    struct settle *settle, const struct settle_status *status, bool closed, int64_t now_ms)
{
    if (!settle->seen || !settle_is_same(&settle->last, status)) {
        settle->last = *status;
        settle->since_ms = now_ms;
        settle->seen = true;
        settle->closed = false;
        settle->text = SETTLE_UNREAD;
    }
    if (closed) {
        /* Writes through a mapping may not show in the status, but the close comes after them. */
        settle->closed = true;
        settle->text = SETTLE_UNREAD;
    }
}

enum settle_verdict settle_decide(const struct settle *settle, const struct settle_policy *policy,
    bool unfit, int64_t now_ms, int64_t *due_ms)
{
    int64_t settled_ms = settle->since_ms + policy->settle_ms;
    int64_t give_up_ms = settle->since_ms + policy->patience_ms;
    *due_ms = settled_ms;
    if (!settle->closed && now_ms < settled_ms)
        return SETTLE_WAIT;
    if (!unfit && settle->text == SETTLE_UNREAD)
        return SETTLE_READ;
    if (settle->text == SETTLE_OTHER) {
        *due_ms = INT64_MAX;
        return SETTLE_WAIT;
    }
    if (!unfit && settle->text == SETTLE_COMPLETE)
        return SETTLE_TAKE;
    if (!unfit && settle->text == SETTLE_CUT_SHORT && give_up_ms > settled_ms)
        *due_ms = give_up_ms;
    return now_ms >= *due_ms ? SETTLE_TAKE : SETTLE_WAIT;
}

static bool settle_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The number of bytes in a UTF-8 character, by its first byte. */
static size_t settle_character_size(unsigned char first)
{
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return 4;
}

/* The number of bytes at the end that are an incomplete UTF-8 character. */
static size_t settle_incomplete_character(const char *bytes, size_t length)
{
    for (size_t n = 1; n <= 3 && n <= length; n++) {
        unsigned char byte = (unsigned char)bytes[length - n];
        if (byte < 0x80)
            return 0;
        if (byte >= 0xc0)
            return n < settle_character_size(byte) ? n : 0;
    }
    return 0;
}

enum settle_text settle_classify(const char *bytes, size_t length)
{
    /* A spec never contains NUL, but a file that was extended to its full size before its content
     * is written does. */
    if (length == 0 || memchr(bytes, '\0', length) != NULL)
        return SETTLE_CUT_SHORT;
    length -= settle_incomplete_character(bytes, length);
    switch (document_scan(bytes, length)) {
    case DOCUMENT_WHOLE:
        return SETTLE_COMPLETE;
    case DOCUMENT_CUT_SHORT:
        return SETTLE_CUT_SHORT;
    case DOCUMENT_BROKEN:
        break;
    }
    return SETTLE_BROKEN;
}

/* Skips a key and its quotes. NULL if the text does not begin with this key and a colon. */
static const char *settle_skip_key(const char *text, const char *end, const char *key)
{
    size_t length = strlen(key);
    if (text < end && (*text == '"' || *text == '\''))
        text++;
    if ((size_t)(end - text) <= length || memcmp(text, key, length) != 0)
        return NULL;
    text += length;
    if (text < end && (*text == '"' || *text == '\''))
        text++;
    while (text < end && settle_is_space(*text))
        text++;
    if (text == end || *text != ':')
        return NULL;
    return text + 1;
}

bool settle_is_spec_like(const char *bytes, size_t length)
{
    static const char *const keys[] = {"base", "grid", "fixed"};
    const char *end = bytes + length;
    bool json = false, line_start = true;
    for (const char *p = bytes; p < end; p++) {
        /* In YAML a key of the document begins its line; in JSON it may be anywhere. */
        bool key_start = line_start;
        if (json && p > bytes)
            key_start = settle_is_space(p[-1]) || p[-1] == '{' || p[-1] == ',';
        for (size_t i = 0; key_start && i < sizeof keys / sizeof *keys; i++) {
            if (settle_skip_key(p, end, keys[i]) != NULL)
                return true;
        }
        if (line_start && *p == '{')
            json = true;
        line_start = *p == '\n' || (line_start && (*p == '\r' || (unsigned char)*p >= 0x80));
    }
    return false;
}
