/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes for local variables that are freed when they go out of scope, so that an early return
 * does not leak. To pass ownership on, copy the variable and set it to NULL (or -1).
 */
#ifndef LIB_UTIL_CLEANUP_H
#define LIB_UTIL_CLEANUP_H

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/util/strbuf.h"

static inline void cleanup_free_(void *p)
{
    free(*(void **)p);
}

static inline void cleanup_json_(json_t **p)
{
    json_decref(*p);
}

static inline void cleanup_fd_(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define CLEANUP_FREE __attribute__((cleanup(cleanup_free_)))
#define CLEANUP_JSON __attribute__((cleanup(cleanup_json_)))
#define CLEANUP_FD __attribute__((cleanup(cleanup_fd_)))
#define CLEANUP_STRBUF __attribute__((cleanup(strbuf_deinit)))

#endif
