/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/util/error.h"

void error_format(struct sweep_error *error, const char *format, va_list args)
{
    /* Longer texts are cut, and by sweep_escape() with a mark, between characters. */
    char text[2 * sizeof error->message];
    vsnprintf(text, sizeof text, format, args);
    sweep_escape(error->message, sizeof error->message, text, strlen(text));
}

enum sweep_code sweep_error_set(
    struct sweep_error *error, enum sweep_code code, const char *format, ...)
{
    assert(format != NULL);
    if (error != NULL && error->code == SWEEP_OK) {
        va_list args;
        va_start(args, format);
        error_format(error, format, args);
        va_end(args);
        error->code = code;
    }
    return code;
}
