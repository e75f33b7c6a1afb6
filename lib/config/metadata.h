/* SPDX-License-Identifier: Apache-2.0
 *
 * The metadata file next to a saved config: what the config was made from, and how. It is YAML, for
 * people and for sweep_builder_from_previous().
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
#include <stdbool.h>

#include "sweep/error.h"

#define METADATA_VERSION "1.0"
#define METADATA_SHIPPED "_shipped" /* after the trainer's name: one of its base configs */

/* The name of the metadata file of a config: "x.meta.yaml" for "x.yaml", "x.yml" and "x". The
 * caller's (free()); NULL without memory. */
char *metadata_path(const char *config);

/* Parses metadata and checks it: its version, the types of its keys, and that no key is unknown or
 * missing. Adds a finding for each mistake. *out is a new object with the keys above. */
enum sweep_code metadata_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, json_t **out);

/* True if a base_type is that of a trainer's base config. */
bool metadata_is_shipped(const char *base_type);

/* `path` with a leading home directory written as ~, and back; a copy if `home` is NULL. The
 * caller's (free()). */
char *metadata_hide_home(const char *path, const char *home);
char *metadata_show_home(const char *path, const char *home);

#endif
