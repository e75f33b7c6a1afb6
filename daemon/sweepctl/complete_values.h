/* SPDX-License-Identifier: Apache-2.0
 *
 * The values that arguments can have, for completion.
 */
#ifndef DAEMON_SWEEPCTL_COMPLETE_VALUES_H
#define DAEMON_SWEEPCTL_COMPLETE_VALUES_H

#include "daemon/sweepctl/help_text.h"

/* What is being completed. Everything is borrowed. */
struct complete_request {
    const struct help_text *help;     /* of the command, or of sweepd */
    const struct help_option *option; /* whose value it is, or NULL */
    char **words;                     /* up to and with the one at the cursor */
    int n_words;
    const char *command; /* "plan"; "" for sweepd */
    const char *word;    /* the last of `words` */
    size_t skipped;      /* bytes of it before the value, in "--format=json" */
};

/* Prints a candidate if it begins like the value at the cursor. */
void complete_put(
    const struct complete_request *request, const char *candidate, const char *description);

/* True if a word before the cursor is a sweep directory. */
bool complete_has_sweep(const struct complete_request *request);

/* Print the candidates of a kind. */
void complete_alternatives(const struct complete_request *request, const char *words); /* "a|b" */
void complete_bases(const struct complete_request *request);
void complete_columns(const struct complete_request *request); /* of `sweepctl results` */
void complete_codes(const struct complete_request *request);   /* of findings */
void complete_directories(const struct complete_request *request);
void complete_files(const struct complete_request *request);
void complete_formats(const struct complete_request *request);
void complete_limits(const struct complete_request *request);
void complete_parameters(const struct complete_request *request);
void complete_recipes(const struct complete_request *request);
void complete_runs(const struct complete_request *request); /* of a sweep that the line names */
void complete_settings(const struct complete_request *request);
void complete_specs(const struct complete_request *request);
void complete_specs_and_sweeps(const struct complete_request *request);
void complete_sweeps(const struct complete_request *request); /* sweep directories */
void complete_topics(const struct complete_request *request); /* of `sweepctl help` */
void complete_yes_no(const struct complete_request *request);

#endif
