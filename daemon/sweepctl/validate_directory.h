/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks all configs of a sweep directory.
 */
#ifndef DAEMON_SWEEPCTL_VALIDATE_DIRECTORY_H
#define DAEMON_SWEEPCTL_VALIDATE_DIRECTORY_H

#include "daemon/sweepctl/validate_file.h"

/* As validate_file(), for each config below `directory`/configs in the order of their names.
 * Returns the exit code of the worst. */
int validate_directory(struct validate_request *request, const char *directory);

#endif
