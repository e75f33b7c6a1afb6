/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as people write them in settings and on command lines.
 */
#ifndef DAEMON_COMMON_QUANTITY_H
#define DAEMON_COMMON_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* Digits only. False for anything else, or more than 64 bits. */
bool quantity_count(const char *text, uint64_t *count);

/* A number, a fraction perhaps, and perhaps behind a blank its unit: B, kB, MB, GB, TB, KiB, MiB,
 * GiB, TiB; without one bytes. K, M, G and T alone are the binary ones, as systemd has them. */
bool quantity_size(const char *text, uint64_t *bytes);

/* A number likewise, with ms, s, m (or min), h, d; without a unit seconds. */
bool quantity_time(const char *text, int64_t *ms);

/* "64 KiB", "1000 bytes": exact, in the largest unit that is. */
void quantity_write_size(uint64_t bytes, char out[32]);

/* "1.5 s", "10 min": likewise. */
void quantity_write_time(int64_t ms, char out[32]);

#endif
