/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/strbuf.h"

void strbuf_deinit(struct strbuf *buf)
{
    free(buf->data);
    *buf = (struct strbuf){0};
}

bool strbuf_reserve(struct strbuf *buf, size_t more)
{
    if (buf->oom)
        return false;
    if (more >= SIZE_MAX / 2 - buf->length) {
        buf->oom = true;
        return false;
    }
    size_t need = buf->length + more + 1, capacity = buf->capacity;
    if (need <= capacity)
        return true;
    if (capacity < 64)
        capacity = 64;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(buf->data, capacity);
    if (data == NULL) {
        buf->oom = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void strbuf_append(struct strbuf *buf, const void *bytes, size_t length)
{
    if (!strbuf_reserve(buf, length))
        return;
    if (length > 0)
        memcpy(buf->data + buf->length, bytes, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void strbuf_puts(struct strbuf *buf, const char *string)
{
    strbuf_append(buf, string, strlen(string));
}

void strbuf_putc(struct strbuf *buf, char c)
{
    strbuf_append(buf, &c, 1);
}

void strbuf_repeat(struct strbuf *buf, char c, size_t times)
{
    if (!strbuf_reserve(buf, times))
        return;
    memset(buf->data + buf->length, c, times);
    buf->length += times;
    buf->data[buf->length] = '\0';
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
    va_list args, copy;
    va_start(args, format);
    va_copy(copy, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length < 0) {
        buf->oom = true;
    } else if (strbuf_reserve(buf, (size_t)length)) {
        vsnprintf(buf->data + buf->length, (size_t)length + 1, format, copy);
        buf->length += (size_t)length;
    }
    va_end(copy);
    va_end(args);
}

char *strbuf_steal(struct strbuf *buf)
{
    strbuf_append(buf, "", 0);
    if (buf->oom) {
        strbuf_deinit(buf);
        return NULL;
    }
    char *data = buf->data;
    *buf = (struct strbuf){0};
    return data;
}
