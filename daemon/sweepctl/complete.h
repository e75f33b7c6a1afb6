/* SPDX-License-Identifier: Apache-2.0
 *
 * Which words can follow on a command line, for completion in shells. Options and arguments are
 * those of the help texts (help_text.h); what an argument can be is looked up where the name of its
 * placeholder says: bases, recipes, parameters, limits, settings, finding codes, sweep directories
 * and their runs.
 */
#ifndef DAEMON_SWEEPCTL_COMPLETE_H
#define DAEMON_SWEEPCTL_COMPLETE_H

/* Prints a line for each word that can be the last of `words`, which the cursor is in:
 * WORD TAB DESCRIPTION. words[0] is the program, sweepctl or sweepd. The shell completes file names
 * itself: a line ":files json jsonc" asks for files with these endings (without any: all files) and
 * directories, ":dirs" for directories. Returns an exit code. */
int complete_words(int n, char **words);

#endif
