/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of settings for people: the list of options in `sweepd --help`, and those of the manual
 * pages.
 */
#ifndef DAEMON_SETTINGS_HELP_H
#define DAEMON_SETTINGS_HELP_H

#include <stdio.h>

#include "daemon/settings/table.h"

/* All flags, two lines or so each, in 80 columns. */
void settings_help_options(FILE *out);

/* The same for scdoc: as flags; as names in a file, with ranges; the limits of `sweepctl
 * generate --limit`. */
void settings_help_page_options(FILE *out);
void settings_help_page_names(FILE *out);
void settings_help_page_limits(FILE *out);

#endif
