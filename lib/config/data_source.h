/* SPDX-License-Identifier: Apache-2.0
 *
 * The value of a parameter that names data: a name that the trainer looks up, or a local file or
 * directory, which needs a loader. Extensions, loaders and paths are those of the profile.
 */
#ifndef LIB_CONFIG_DATA_SOURCE_H
#define LIB_CONFIG_DATA_SOURCE_H

#include "lib/config/merge.h"
#include "lib/trainer/profile.h"

struct data_source {
    const char *loader;          /* borrowed from the profile; NULL for a name */
    const char *setting, *value; /* a config path that the loader needs, and its value; or NULL */
    const char *path; /* the config path that gets the file or directory; NULL for a name */
    bool relative;    /* a local path that depends on the working directory of the run */
    bool guessed;     /* a directory without known files: the default loader is used */
    bool oom;         /* nothing else is known then */
};

/* What `name` stands for. `directory` is where relative paths are looked up. */
struct data_source data_source_of(
    const struct data_paths *paths, const char *name, const char *directory);

/* Appends the operations that set the parameter to `name`, and remove what the base says of another
 * source. */
enum sweep_code data_source_operations(const struct parameter *parameter,
    const struct data_source *source, const char *name, struct operations *out);

#endif
