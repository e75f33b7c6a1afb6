/* SPDX-License-Identifier: Apache-2.0
 *
 * The metadata file beside a saved config: what the config was made from, and how. It is YAML, for
 * people as much as for sweep_builder_from_previous().
 *
 *     metadata_version: '1.0'
 *     source_type: torchtune_shipped     # or file, dict, previous
 *     base_type: torchtune_shipped       # what the operations apply to: not previous
 *     base_config: llama3_1/8B_lora_single_device
 *     base_sha256: …                     # of the base's text
 *     config_sha256: …                   # of the config's text: metadata of another one is foreign
 *     overrides: {…}                     # base to config, as values
 *     deletions: […]
 *     operations: […]                    # the calls, in order
 */
#ifndef LIB_CONFIG_METADATA_H
#define LIB_CONFIG_METADATA_H

#include <jansson.h>

#include "sweep/error.h"

#define METADATA_VERSION "1.0"

/* The name of the metadata file of a config: "x.meta.yaml" for "x.yaml", also without ending. The
 * caller's (free()); NULL when memory is exhausted. */
char *metadata_path(const char *config);

/* Reads and checks a metadata text: its version, that each key is known and of its type, and that
 * what is needed is there. What is wrong becomes findings, with their places. *out is a new object
 * with the keys above. */
enum sweep_code metadata_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, json_t **out);

/* `path` with a leading home directory written as ~, and back; unchanged when `home` is NULL. The
 * caller's (free()). */
char *metadata_hide_home(const char *path, const char *home);
char *metadata_show_home(const char *path, const char *home);

#endif
