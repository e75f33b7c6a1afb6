/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers, sizes and times as people write them in settings and on command lines.
 */
#ifndef DAEMON_COMMON_QUANTITY_H
#define DAEMON_COMMON_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* Digits only. False for anything else, and above 64 bits. */
bool quantity_count(const char *text, uint64_t *count);

/* A number, with a fraction or without, optionally followed by a space and a unit: B (the default),
 * kB, MB, GB, TB, KiB, MiB, GiB, TiB. K, M, G and T are binary units, as in systemd. */
bool quantity_size(const char *text, uint64_t *bytes);

/* Likewise, with the units ms, s (the default), m or min, h, d. */
bool quantity_time(const char *text, int64_t *ms);

/* "64 KiB", "1000 bytes": in the largest unit that is exact. */
void quantity_write_size(uint64_t bytes, char out[32]);

/* "1.5 s", "10 min": likewise. */
void quantity_write_time(int64_t ms, char out[32]);

#endif
