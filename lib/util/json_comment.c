/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/util/json_comment.h"
#include "lib/util/text.h"

bool json_comment_starts(const char *p, const char *end)
{
    return end - p >= 2 && p[0] == '/' && (p[1] == '/' || p[1] == '*');
}

const char *json_comment_end(const char *p, const char *end)
{
    bool is_block = p[1] == '*';
    for (p += 2; p < end; p++) {
        if (!is_block && (*p == '\n' || *p == '\r'))
            return p;
        if (is_block && *p == '*' && p + 1 < end && p[1] == '/')
            return p + 2;
    }
    if (is_block)
        return NULL;
    return end;
}

static bool json_comment_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *json_comment_find_control(const char *p, const char *end)
{
    while (p < end && ((unsigned char)*p >= 0x20 || json_comment_is_space(*p)))
        p++;
    return p;
}

/* Replaces the characters of a comment. */
static void json_comment_clear(char *p, const char *end)
{
    while (p < end) {
        size_t n = utf8_next(p, (size_t)(end - p));
        bool is_valid = n > 1 || (unsigned char)*p < 0x80;
        if (is_valid && *p != '\n' && json_comment_find_control(p, p + 1) != p)
            memset(p, ' ', n);
        p += n;
    }
}

/* The end of the string that starts at `p`; it cannot continue on the next line. */
static char *json_comment_skip_string(char *p, const char *end)
{
    for (p++; p < end && *p != '"' && *p != '\n'; p++)
        if (*p == '\\' && p + 1 < end && p[1] != '\n')
            p++;
    if (p < end)
        p++;
    return p;
}

void json_comment_blank(char *text, size_t length)
{
    const char *end = text + length;
    char *comma = NULL; /* the previous token, if it is a comma after a value */
    char previous = '[';
    for (char *p = text; p < end;) {
        if (json_comment_is_space(*p)) {
            p++;
            continue;
        }
        if (json_comment_starts(p, end)) {
            const char *after = json_comment_end(p, end);
            if (after == NULL)
                return;
            json_comment_clear(p, after);
            p += after - p;
            continue;
        }
        if ((*p == ']' || *p == '}') && comma != NULL)
            *comma = ' ';
        comma = NULL;
        if (*p == ',' && strchr("[{,:", previous) == NULL)
            comma = p;
        previous = *p;
        if (*p == '"')
            p = json_comment_skip_string(p, end);
        else
            p++;
    }
}
