/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/expr/compiled.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

bool expr_error_vset(
    struct expr_error *error, const char *hint, const char *format, va_list arguments)
{
    char message[2 * sizeof error->message];
    if (error == NULL)
        return false;
    text_vformat(message, sizeof message, format, arguments);
    text_copy(error->message, sizeof error->message, message);
    text_copy(error->hint, sizeof error->hint, hint != NULL ? hint : "");
    return false;
}

bool expr_error_set(struct expr_error *error, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    expr_error_vset(error, hint, format, arguments);
    va_end(arguments);
    return false;
}

struct expr_quoted expr_quote(const char *text, size_t length)
{
    static const char ellipsis[] = "…";
    struct expr_quoted quoted = {""};
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        uint32_t c = 0;
        size_t n = utf8_decode(text + at, length - at, &c);
        if (used + 4 > sizeof quoted.text - sizeof ellipsis) {
            memcpy(quoted.text + used, ellipsis, sizeof ellipsis);
            return quoted;
        }
        if (n == 0 || code_point_is_hazardous(c)) {
            quoted.text[used++] = '?';
        } else {
            memcpy(quoted.text + used, text + at, n);
            used += n;
        }
        at += n == 0 ? 1 : n;
    }
    quoted.text[used] = '\0';
    return quoted;
}

/* --- showing ------------------------------------------------------------------------------ */

enum { MAX_SHOWN = 76 }; /* code points of the text, so that it fits on a line */

/* The part of a text that is shown, in code points. */
struct error_window {
    size_t start, end;
    size_t mark, mark_end; /* what is marked */
};

static struct error_window error_window_of(size_t total, const struct expr_error *error)
{
    struct error_window w = {.end = total};
    if (error->column > 0)
        w.mark = error->column - 1;
    if (w.mark > total)
        w.mark = total;
    if (total > MAX_SHOWN) { /* from a quarter of a line before the mark */
        if (w.mark > MAX_SHOWN / 4)
            w.start = w.mark - MAX_SHOWN / 4;
        if (w.start > total - MAX_SHOWN)
            w.start = total - MAX_SHOWN;
        w.end = w.start + MAX_SHOWN;
    }
    w.mark_end = w.mark + 1;
    if (error->length > 0)
        w.mark_end = w.mark + error->length;
    if (w.mark_end > w.end)
        w.mark_end = w.end;
    return w;
}

/* The byte offset of a code point. */
static size_t error_offset_of(const char *text, size_t length, size_t code_points)
{
    size_t at = 0;
    for (; code_points > 0 && at < length; code_points--)
        at += utf8_next(text + at, length - at);
    return at;
}

/* The number of characters that a part of a text has when it is escaped. */
static size_t error_width(struct strbuf *out, const char *text, size_t length)
{
    CLEANUP_STRBUF struct strbuf escaped = {0};
    text_escape(&escaped, text, length);
    if (escaped.oom)
        out->oom = true;
    return utf8_count(strbuf_string(&escaped), escaped.length);
}

void expr_show_error(
    struct strbuf *out, const char *text, size_t length, const struct expr_error *error)
{
    size_t total = utf8_count(text, length);
    struct error_window w = error_window_of(total, error);
    size_t start = error_offset_of(text, length, w.start);
    size_t end = error_offset_of(text, length, w.end);
    size_t indent = 0;
    if (w.start > 0) {
        strbuf_puts(out, "…");
        indent = 1;
    }
    text_escape(out, text + start, end - start);
    if (w.end < total)
        strbuf_puts(out, "…");
    strbuf_putc(out, '\n');
    if (error->column > 0) {
        size_t mark = error_offset_of(text, length, w.mark), width = 0;
        if (w.mark_end > w.mark)
            width = error_width(out, text + mark, error_offset_of(text, length, w.mark_end) - mark);
        strbuf_repeat(out, ' ', indent + error_width(out, text + start, mark - start));
        strbuf_putc(out, '^');
        if (width > 1)
            strbuf_repeat(out, '~', width - 1);
        strbuf_putc(out, ' ');
    }
    text_escape(out, error->message, strlen(error->message));
    if (error->hint[0] != '\0')
        strbuf_puts(out, "; ");
    text_escape(out, error->hint, strlen(error->hint)); /* can contain names from the user */
}
