/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_UTIL_ERROR_H
#define LIB_UTIL_ERROR_H

#include <stdarg.h>

#include "sweep/error.h"

/* Sets the message: one line without control characters, which ends with "…" if it was cut. */
void error_format(struct sweep_error *error, const char *format, va_list args);

#endif
