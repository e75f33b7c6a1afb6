/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/check/diagnostic.h"
#include "lib/doc/scalar.h"
#include "lib/util/text.h"

void diagnostic_put_value(struct strbuf *out, const json_t *value)
{
    if (json_is_real(value) && json_real_value(value) == DBL_MAX)
        strbuf_puts(out, "inf");
    else if (json_is_real(value) && json_real_value(value) == -DBL_MAX)
        strbuf_puts(out, "-inf");
    else
        value_write(out, value, SCALAR_IN_FLOW);
}

static void diagnostic_emit(const struct diagnostic_sink *sink, struct diagnostic *diagnostic,
    const char *format, va_list args)
{
    char message[1024];
    text_vformat(message, sizeof message, format, args);
    diagnostic->message = message;
    if (diagnostic->hint != NULL && diagnostic->hint[0] == '\0')
        diagnostic->hint = NULL;
    sink->emit(sink->context, diagnostic);
}

bool diagnostic_is_only_counted(const struct diagnostic_sink *sink, enum sweep_severity severity)
{
    return sink->is_only_counting != NULL && sink->is_only_counting(sink->context, severity);
}

void diagnostic_error(const struct diagnostic_sink *sink, const char *code, const char *path,
    const char *hint, const char *format, ...)
{
    struct diagnostic diagnostic = {SWEEP_ERROR, code, path, NULL, hint, NULL, NULL};
    va_list args;
    va_start(args, format);
    diagnostic_emit(sink, &diagnostic, format, args);
    va_end(args);
}

void diagnostic_warning(const struct diagnostic_sink *sink, const char *code, const char *path,
    const char *hint, const char *format, ...)
{
    struct diagnostic diagnostic = {SWEEP_WARNING, code, path, NULL, hint, NULL, NULL};
    va_list args;
    va_start(args, format);
    diagnostic_emit(sink, &diagnostic, format, args);
    va_end(args);
}

void diagnostic_note(const struct diagnostic_sink *sink, const char *code, const char *path,
    const char *hint, const char *format, ...)
{
    struct diagnostic diagnostic = {SWEEP_NOTE, code, path, NULL, hint, NULL, NULL};
    va_list args;
    va_start(args, format);
    diagnostic_emit(sink, &diagnostic, format, args);
    va_end(args);
}
