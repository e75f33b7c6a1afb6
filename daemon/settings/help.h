/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints the table of settings: for `sweepd --help` and for the manual pages.
 */
#ifndef DAEMON_SETTINGS_HELP_H
#define DAEMON_SETTINGS_HELP_H

#include <stdio.h>

#include "daemon/settings/table.h"

/* All flags, wrapped to 80 columns. */
void settings_help_options(FILE *out);

/* The options of sweepd that are not settings. */
void settings_help_others(FILE *out);

/* For scdoc: the flags; the names in a file, with their ranges; the limits of `sweepctl generate
 * --limit`. */
void settings_help_page_options(FILE *out);
void settings_help_page_names(FILE *out);
void settings_help_page_limits(FILE *out);

#endif
