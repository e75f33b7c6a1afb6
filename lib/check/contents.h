/* SPDX-License-Identifier: Apache-2.0
 *
 * What is in the files that configs name. Each file is read once, however many rules and runs ask
 * for it.
 */
#ifndef LIB_CHECK_CONTENTS_H
#define LIB_CHECK_CONTENTS_H

#include "lib/check/data_columns.h"
#include "lib/trainer/profile.h"

/* A file, and as what it is read. */
struct contents_file {
    const char *path;
    enum file_format format;
    struct data_format data; /* for FORMAT_RECORDS */
};

/* What was read. */
struct contents {
    char *key;     /* of the cache; owned */
    int failure;   /* an errno value: the file cannot be read */
    char *wrong;   /* how the file certainly is not of the format: "is empty"; NULL: it may be */
    json_t *facts; /* NULL: not known. FORMAT_RECORDS: data_columns_read(); FORMAT_WEIGHTS:
                    * checkpoint_contents_read(); FORMAT_JSON: the object without its strings */
    bool whole;    /* `facts` has all keys of the object */
};

struct contents_cache {
    struct contents *items;
    size_t count;
};

/* Reads a file, unless that was done before. Valid until the next call; NULL when memory is
 * exhausted. Start with a cache that is zero. */
const struct contents *contents_read(
    struct contents_cache *cache, const struct contents_file *file);
void contents_cache_deinit(struct contents_cache *cache);

#endif
