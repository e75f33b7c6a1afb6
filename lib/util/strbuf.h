/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing byte string. Appending never reports failure: when memory runs out the buffer remembers
 * it in `oom`, ignores what follows, and the caller checks once, at the end.
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

/* Makes room for `more` bytes in one step; false (and `oom`) when there is no memory. */
bool strbuf_reserve(struct strbuf *buf, size_t more);

/* Hands the string over to the caller (free()) and empties the buffer. NULL when an append failed;
 * never NULL otherwise, also for an empty buffer. */
char *strbuf_steal(struct strbuf *buf);

#endif
