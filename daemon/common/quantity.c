/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/quantity.h"

struct quantity_unit {
    const char *name;
    double factor;
};

/* The first of several names of a unit is used for output. */
static const struct quantity_unit quantity_sizes[] = {{"TiB", 0x1p40}, {"T", 0x1p40},
    {"GiB", 0x1p30}, {"G", 0x1p30}, {"MiB", 0x1p20}, {"M", 0x1p20}, {"KiB", 0x1p10}, {"K", 0x1p10},
    {"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}, {"", 1}};
static const struct quantity_unit quantity_times[] = {
    {"d", 864e5}, {"h", 36e5}, {"min", 6e4}, {"m", 6e4}, {"s", 1e3}, {"", 1e3}, {"ms", 1}};

enum {
    N_SIZES = sizeof quantity_sizes / sizeof *quantity_sizes,
    N_TIMES = sizeof quantity_times / sizeof *quantity_times
};

bool quantity_count(const char *text, uint64_t *count)
{
    char *end;
    errno = 0;
    *count = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

/* Digits and at most one point: none of the signs, exponents and names that strtod() accepts. */
static bool quantity_read(
    const char *text, const struct quantity_unit *units, size_t n, double *value)
{
    char digits[40];
    size_t length = strspn(text, "0123456789."), point = strcspn(text, ".");
    if (length == 0 || length >= sizeof digits || point == 0 || point + 1 == length)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    char *end;
    *value = strtod(digits, &end);
    if (*end != '\0')
        return false;
    text += length;
    if (*text == ' ' && text[1] != '\0')
        text++;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, units[i].name) == 0) {
            *value *= units[i].factor;
            return true;
        }
    }
    return false;
}

bool quantity_size(const char *text, uint64_t *bytes)
{
    double value;
    if (quantity_count(text, bytes))
        return true;
    if (!quantity_read(text, quantity_sizes, N_SIZES, &value) || value >= 0x1p63)
        return false;
    *bytes = (uint64_t)llround(value);
    return true;
}

bool quantity_time(const char *text, int64_t *ms)
{
    double value;
    if (!quantity_read(text, quantity_times, N_TIMES, &value) || value >= 0x1p53)
        return false;
    *ms = llround(value);
    return true;
}

void quantity_write_size(uint64_t bytes, char out[32])
{
    for (size_t i = 0; bytes > 0 && i < N_SIZES; i++) {
        uint64_t factor = (uint64_t)quantity_sizes[i].factor;
        if (factor >= 1024 && bytes % factor == 0 && strlen(quantity_sizes[i].name) == 3) {
            snprintf(
                out, 32, "%llu %s", (unsigned long long)(bytes / factor), quantity_sizes[i].name);
            return;
        }
    }
    snprintf(out, 32, "%llu bytes", (unsigned long long)bytes);
}

void quantity_write_time(int64_t ms, char out[32])
{
    for (size_t i = 0; ms > 0 && i < N_TIMES; i++) {
        int64_t factor = (int64_t)quantity_times[i].factor;
        if (factor > 1000 && ms % factor == 0) {
            snprintf(out, 32, "%lld %s", (long long)(ms / factor), quantity_times[i].name);
            return;
        }
    }
    snprintf(out, 32, "%.15g s", (double)ms / 1000);
}
