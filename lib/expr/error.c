/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/expr/compiled.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

bool expr_error_set(struct expr_error *error, const char *hint, const char *format, ...)
{
    char message[2 * sizeof error->message];
    if (error == NULL)
        return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    text_copy(error->message, sizeof error->message, message);
    text_copy(error->hint, sizeof error->hint, hint != NULL ? hint : "");
    return false;
}

struct quoted quote(const char *text, size_t length)
{
    struct quoted quoted = {""};
    size_t n = 0;
    while (length > 0) {
        uint32_t c = 0;
        size_t size = utf8_decode(text, length, &c);
        bool plain = size > 0 && !code_point_is_hazardous(c);
        if (n + 4 >= sizeof quoted.text - strlen("…")) {
            memcpy(quoted.text + n, "…", strlen("…") + 1);
            return quoted;
        }
        if (plain)
            memcpy(quoted.text + n, text, size);
        else
            quoted.text[n] = '?';
        n += plain ? size : 1;
        size = size == 0 ? 1 : size;
        text += size;
        length -= size;
    }
    quoted.text[n] = '\0';
    return quoted;
}

enum { SHOWN = 76 }; /* code points of the text; the mark below must fit on the same line */

/* The byte offset of a code point. */
static size_t offset_of(const char *text, size_t length, size_t code_points)
{
    size_t at = 0;
    while (code_points-- > 0 && at < length) {
        uint32_t c;
        size_t n = utf8_decode(text + at, length - at, &c);
        at += n == 0 ? 1 : n;
    }
    return at;
}

void expr_show_error(
    struct strbuf *out, const char *text, size_t length, const struct expr_error *error)
{
    size_t total = utf8_count(text, length), from = 0, to = total;
    size_t column = error->column > 0 ? error->column - 1 : 0;
    column = column < total ? column : total;
    if (total > SHOWN) { /* from a quarter before the error */
        from = column > SHOWN / 4 ? column - SHOWN / 4 : 0;
        from = from < total - SHOWN ? from : total - SHOWN;
        to = from + SHOWN;
    }
    size_t end = column + (error->length > 0 ? error->length : 1);
    end = end < to ? end : to;
    size_t start_byte = offset_of(text, length, from), at_byte = offset_of(text, length, column);
    CLEANUP_STRBUF struct strbuf before = {0}, marked = {0};
    text_escape(&before, text + start_byte, at_byte - start_byte);
    if (end > column)
        text_escape(&marked, text + at_byte, offset_of(text, length, end) - at_byte);
    strbuf_puts(out, from > 0 ? "…" : "");
    text_escape(out, text + start_byte, offset_of(text, length, to) - start_byte);
    strbuf_puts(out, to < total ? "…\n" : "\n");
    if (error->column > 0) {
        size_t width = utf8_count(marked.data, marked.length);
        strbuf_repeat(out, ' ', utf8_count(before.data, before.length) + (from > 0));
        strbuf_putc(out, '^');
        strbuf_repeat(out, '~', width > 1 ? width - 1 : 0);
        strbuf_putc(out, ' ');
    }
    text_escape(out, error->message, strlen(error->message));
    strbuf_puts(out, error->hint[0] != '\0' ? "; " : "");
    text_escape(out, error->hint, strlen(error->hint)); /* the scope's may name what users wrote */
    out->oom = out->oom || before.oom || marked.oom;
}
