/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of settings: YAML of the plainest kind, since it decides what a daemon does.
 */
#ifndef DAEMON_SETTINGS_FILE_H
#define DAEMON_SETTINGS_FILE_H

#include "daemon/settings/settings.h"

/* Reads `file` into the settings. A missing one is as good as an empty one, unless it is
 * `required`. False when findings say what is wrong, or when there is no memory. */
bool settings_file_read(
    struct settings *settings, const char *file, bool required, struct sweep_findings *findings);

#endif
