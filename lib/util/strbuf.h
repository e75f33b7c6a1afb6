/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing byte string. Appending never reports failure: when memory is exhausted, the buffer sets
 * `oom` and ignores further appends, and the caller checks once, at the end.
 */
#ifndef LIB_UTIL_STRBUF_H
#define LIB_UTIL_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf {
    char *data; /* NUL-terminated once anything was appended; NULL before */
    size_t length;
    size_t capacity;
    bool oom; /* an append ran out of memory */
};

void strbuf_deinit(struct strbuf *buf);
void strbuf_append(struct strbuf *buf, const void *bytes, size_t length);
void strbuf_puts(struct strbuf *buf, const char *string);
void strbuf_putc(struct strbuf *buf, char c);
void strbuf_repeat(struct strbuf *buf, char c, size_t times);
void strbuf_printf(struct strbuf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes room for `more` bytes in one step; false (and `oom`) when memory is exhausted. */
bool strbuf_reserve(struct strbuf *buf, size_t more);

/* The content as a string, valid until the next append; never NULL. */
static inline const char *strbuf_string(const struct strbuf *buf)
{
    if (buf->data == NULL)
        return "";
    return buf->data;
}

/* Passes the string to the caller, who must free() it, and empties the buffer. NULL only when an
 * append failed; an empty buffer gives an empty string. */
char *strbuf_steal(struct strbuf *buf);

#endif
