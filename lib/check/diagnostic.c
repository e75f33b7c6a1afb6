/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "lib/check/diagnostic.h"

void complain(const struct sink *sink, enum sweep_severity severity, const char *code,
    const char *path, const char *hint, const char *format, ...)
{
    char message[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    sink->take(sink->context, &(struct complaint){severity, code, path, message, hint, NULL, NULL});
}
