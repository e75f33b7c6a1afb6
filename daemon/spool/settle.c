/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <string.h>

#include "daemon/spool/settle.h"

static bool same(const struct settle_status *a, const struct settle_status *b)
{
    return a->size == b->size && a->inode == b->inode && a->mtime_ns == b->mtime_ns &&
           a->ctime_ns == b->ctime_ns;
}

void settle_observe(
    struct settle *settle, const struct settle_status *status, bool closed, int64_t now_ms)
{
    if (!settle->seen || !same(&settle->last, status)) {
        settle->last = *status;
        settle->since_ms = now_ms;
        settle->seen = true;
        settle->closed = false;
        settle->text = SETTLE_UNREAD;
    }
    if (closed) {
        /* Stores through a mapping need not show in the status, but the close comes after them. */
        settle->closed = true;
        settle->text = SETTLE_UNREAD;
    }
}

enum settle_verdict settle_decide(const struct settle *settle, const struct settle_policy *policy,
    bool unfit, int64_t now_ms, int64_t *due_ms)
{
    int64_t settled_ms = settle->since_ms + policy->settle_ms;
    int64_t given_up_ms = settle->since_ms + policy->patience_ms;
    bool settled = now_ms >= settled_ms;
    *due_ms = settled_ms;
    if (!settle->closed && !settled)
        return SETTLE_WAIT;
    if (unfit)
        return settled ? SETTLE_TAKE : SETTLE_WAIT;
    switch (settle->text) {
    case SETTLE_UNREAD:
        return SETTLE_READ;
    case SETTLE_COMPLETE:
        return SETTLE_TAKE;
    case SETTLE_BROKEN:
        return settled ? SETTLE_TAKE : SETTLE_WAIT;
    case SETTLE_CUT_SHORT:
        break;
    }
    *due_ms = given_up_ms > settled_ms ? given_up_ms : settled_ms;
    return now_ms >= *due_ms ? SETTLE_TAKE : SETTLE_WAIT;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether a text that failed at `position` may just have been cut inside a word or a number ("tru",
 * "1e"), which the parser calls wrong and not short. */
static bool cut_in_token(const char *bytes, size_t length, int position)
{
    size_t start = 0, end = length;
    while (start < length && is_space(bytes[start]))
        start++;
    while (end > start && is_space(bytes[end - 1]))
        end--;
    if (start == end)
        return true;
    bool document = bytes[start] == '{' || bytes[start] == '[';
    bool inside = bytes[end - 1] != '}' && bytes[end - 1] != ']' && end == length;
    return document && inside && position >= 0 && (size_t)position >= end;
}

/* Bytes at the end that begin a UTF-8 character and do not end it. */
static size_t half_character(const char *bytes, size_t length)
{
    for (size_t n = 1; n <= 3 && n <= length; n++) {
        unsigned char byte = (unsigned char)bytes[length - n];
        if (byte >= 0xc0)
            return n < (byte < 0xe0 ? 2u : byte < 0xf0 ? 3u : 4u) ? n : 0;
        if (byte < 0x80)
            return 0;
    }
    return 0;
}

enum settle_text settle_classify(const char *bytes, size_t length)
{
    /* NUL is never part of a spec, but it is what a file is filled with that was made in its full
     * size first and is written afterwards. */
    if (length == 0 || memchr(bytes, '\0', length) != NULL)
        return SETTLE_CUT_SHORT;
    length -= half_character(bytes, length);
    json_error_t error;
    json_t *root = json_loadb(bytes, length, 0, &error);
    if (root != NULL) {
        json_decref(root);
        return SETTLE_COMPLETE;
    }
    if (json_error_code(&error) == json_error_premature_end_of_input)
        return SETTLE_CUT_SHORT;
    return cut_in_token(bytes, length, error.position) ? SETTLE_CUT_SHORT : SETTLE_BROKEN;
}
