/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings files: a small subset of YAML, without anchors, aliases and tags.
 */
#ifndef DAEMON_SETTINGS_FILE_H
#define DAEMON_SETTINGS_FILE_H

#include "daemon/settings/settings.h"

/* Reads `path` into the settings. A missing file is not an error unless it is `required`. False if
 * a finding was added, or memory ran out. */
bool settings_file_read(
    struct settings *settings, const char *path, bool required, struct sweep_findings *findings);

#endif
