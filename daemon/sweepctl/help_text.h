/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the help text of a command: its options, with their arguments and descriptions, and what
 * its usage lines name. Help texts are the one table of options that users see, so completion is
 * made from them and cannot disagree with them.
 */
#ifndef DAEMON_SWEEPCTL_HELP_TEXT_H
#define DAEMON_SWEEPCTL_HELP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { HELP_MAX_OPTIONS = 96, HELP_MAX_OPERANDS = 16 };

struct help_option {
    char name[40];     /* "--output" */
    char letter[4];    /* "-o", or empty */
    char argument[64]; /* "QUEUE", "yes|no"; empty: none */
    bool optional;     /* the argument is given with = or not at all */
    bool is_list;      /* of such arguments, separated by commas: "RUN,…" */
    char text[512];    /* the description, without line breaks; empty if it is only in the usage */
};

struct help_text {
    struct help_option options[HELP_MAX_OPTIONS];
    size_t n_options;
    char operands[HELP_MAX_OPERANDS][64]; /* of the usage lines: "SPEC", "bash|zsh|fish" */
    size_t n_operands;
};

/* Adds what a help text says; zero-initialise `out` before the first. Ignores what does not fit. */
void help_text_read(const char *help, struct help_text *out);

/* The option called "--output" or "-o"; NULL if there is none. */
const struct help_option *help_text_option(const struct help_text *help, const char *name);

#endif
