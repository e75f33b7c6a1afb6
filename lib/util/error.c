/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "sweep/error.h"

enum sweep_code sweep_error_set(
    struct sweep_error *error, enum sweep_code code, const char *format, ...)
{
    if (error != NULL && error->code == SWEEP_OK) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->message, sizeof error->message, format, args);
        va_end(args);
        error->code = code;
    }
    return code;
}
