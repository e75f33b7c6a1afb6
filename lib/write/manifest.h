/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.json: what a sweep directory was made from, and the digest of every file in it.
 */
#ifndef LIB_WRITE_MANIFEST_H
#define LIB_WRITE_MANIFEST_H

#include <jansson.h>

#include "lib/write/writer.h"

/* Written last: it lists all files that are in the stage by then. `created`: seconds since 1970, or
 * -1 to leave the time out. */
enum sweep_code manifest_write(struct writer *w, int64_t created);

/* The manifest of the sweep in the directory `path`, or NULL; *oom is set if memory is exhausted. A
 * new reference. */
json_t *manifest_load(const char *path, bool *oom);

/* True if the directory `path` holds a sweep that was made from the same input as the plan. */
bool manifest_is_same_sweep(const char *path, const struct sweep_plan *plan);

/* Sets *recipe to that of the sweep in the directory `path`; NULL if it has no manifest. The
 * caller's. SWEEP_NO_MEMORY or SWEEP_OK. */
enum sweep_code manifest_read_recipe(const char *path, char **recipe);

#endif
