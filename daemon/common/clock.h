/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock for all intervals in sweepd and sweepctl: milliseconds, never going back.
 */
#ifndef DAEMON_COMMON_CLOCK_H
#define DAEMON_COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
