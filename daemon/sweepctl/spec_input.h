/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of a command line that `generate` and `plan` share: a spec, and how to read it.
 */
#ifndef DAEMON_SWEEPCTL_SPEC_INPUT_H
#define DAEMON_SWEEPCTL_SPEC_INPUT_H

#include "daemon/sweepctl/cli.h"
#include "sweep/generate.h"

struct spec_input {
    const char *torchtune;  /* --torchtune, or NULL */
    const char *profile;    /* --profile, or NULL */
    const char *as;         /* --as: the name to use in messages and for relative files, or NULL */
    const char **overrides; /* --set; room for argc of them; owned */
    size_t n_overrides;
    struct sweep_limits limits; /* --limit */
    /* Made by spec_input_prepare(), released by spec_input_deinit(): */
    char *directory; /* that relative files are looked up in */
    struct sweep_trainer *trainer;
    struct sweep_findings *findings;
    /* Likewise, made by spec_input_plan(): */
    char *text;
    struct sweep_plan *plan;
};

/* The long options that both commands take, for getopt_long(). */
#define SPEC_INPUT_OPTIONS                                                                         \
    {"set", required_argument, NULL, 's'}, {"torchtune", required_argument, NULL, 't'},            \
        {"profile", required_argument, NULL, 'p'}, {"as", required_argument, NULL, 'a'},           \
        {"limit", required_argument, NULL, 'l'}, {"json", no_argument, NULL, 'j'},                 \
    {                                                                                              \
        "help", no_argument, NULL, 'h'                                                             \
    }

bool spec_input_init(struct spec_input *input, int argc);

/* Takes an option of SPEC_INPUT_OPTIONS; false when it is not one of them (json, help), or after a
 * message on stderr when its argument is wrong. */
bool spec_input_option(struct spec_input *input, int option, const char *argument);

/* Does all that can be done without looking at the spec in `path`. EXIT_DONE, or another exit code
 * after a message on stderr. */
int spec_input_prepare(struct spec_input *input, const char *path);

/* Reads and plans the spec, after that; does that too when it was not done. EXIT_DONE with
 * input->plan set; EXIT_INVALID when the findings say why not; another exit code after a message
 * on stderr. */
int spec_input_plan(struct spec_input *input, const char *path);

void spec_input_deinit(struct spec_input *input);

#endif
