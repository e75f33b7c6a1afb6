/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of the command line that `generate` and `plan` share: a spec and how to read it.
 * Messages go to stderr.
 */
#ifndef DAEMON_SWEEPCTL_SPEC_INPUT_H
#define DAEMON_SWEEPCTL_SPEC_INPUT_H

#include "daemon/sweepctl/cli.h"
#include "sweep/generate.h"

/* So often is a plan grown again because other processes make sweeps of its name. */
enum { SPEC_INPUT_MAX_TRIES = 1000 };

struct spec_input {
    const char *torchtune;  /* --torchtune, or NULL */
    const char *profile;    /* --profile, or NULL */
    const char *as;         /* --as, or NULL */
    const char **overrides; /* --set; room for argc of them; owned */
    size_t n_overrides;
    struct sweep_limits limits; /* --limit */
    bool check_paths;           /* --check-paths */
    bool absolute_paths;        /* --check-paths=absolute */
    bool strict_json;           /* --strict-json */
    const char *sweep; /* a sweep directory that keeps the files that the spec refers to, or NULL */
    const char *defaults;     /* --defaults, or NULL */
    const char **prologs;     /* --prologs; ends with NULL; NULL: any file; borrowed */
    bool check_cluster;       /* --cluster */
    const char *cluster_file; /* --cluster=FILE, or NULL: ask Slurm */
    /* Set by spec_input_prepare() unless the caller did; owned: */
    struct sweep_trainer *trainer;
    /* Set by spec_input_prepare(); owned: */
    char *directory; /* where relative paths in the spec begin */
    struct sweep_findings *findings;
    char *defaults_text; /* NULL: none */
    size_t defaults_length;
    json_t *cluster; /* facts; NULL: not to be checked */
    /* Set by spec_input_plan(); owned: */
    char *text;
    struct sweep_plan *plan;
    bool has_grown;                  /* spec_input_grow() has set: */
    struct sweep_growth_info growth; /* its strings belong to the plan */
    json_t *summary; /* see struct sweep_request; NULL if the spec could not be read */
};

/* The long options that both commands take, for getopt_long(). */
#define SPEC_INPUT_OPTIONS                                                                         \
    {"set", required_argument, NULL, 's'}, {"torchtune", required_argument, NULL, 't'},            \
        {"profile", required_argument, NULL, 'p'}, {"as", required_argument, NULL, 'a'},           \
        {"limit", required_argument, NULL, 'l'}, {"check-paths", optional_argument, NULL, 'k'},    \
        {"strict-json", no_argument, NULL, 'J'}, {"defaults", required_argument, NULL, 'D'},       \
        {"json", no_argument, NULL, 'j'}, {"cluster", optional_argument, NULL, 'C'},               \
    {                                                                                              \
        "help", no_argument, NULL, 'h'                                                             \
    }

/* False if memory runs out; spec_input_deinit() is needed then, too. */
bool spec_input_init(struct spec_input *input, int argc);

/* Reads an option of SPEC_INPUT_OPTIONS except --json and --help. False for any other option, or,
 * with a message, if the argument is wrong. */
bool spec_input_option(struct spec_input *input, int option, const char *argument);

/* What messages call the spec in `path`: the name from --as, "stdin" for "-", else the path. */
const char *spec_input_name(const struct spec_input *input, const char *path);

/* Does everything that does not need the content of the spec, so that a sandbox can be entered
 * before that is read. EXIT_DONE, or another exit code with a message. */
int spec_input_prepare(struct spec_input *input, const char *path);

/* Reads and plans the spec; calls spec_input_prepare() unless that was done. EXIT_DONE with
 * input->plan set, EXIT_INVALID if the findings say what is wrong, or another exit code with a
 * message. */
int spec_input_plan(struct spec_input *input, const char *path);

/* Leaves only those runs in the plan that no sweep of the same name in the queue has; `all`: all of
 * them, with numbers after theirs. May be called again after a change of the queue. EXIT_DONE, or
 * another exit code with a message: EXIT_INVALID if one of these sweeps is damaged. */
int spec_input_grow(struct spec_input *input, const char *queue, bool all);

/* Checks a spec that was planned against the sweeps in a queue; if there are others of its name
 * than when it grew, it grows again. EXIT_INVALID if its runs would write where theirs do,
 * EXIT_DONE, or another exit code with a message. */
int spec_input_check_queue(struct spec_input *input, const char *queue, bool all);

/* Compares the sweeps that have runs of a plan that has grown with their manifests. EXIT_INVALID
 * after a message if one was changed. */
int spec_input_check_made(const struct spec_input *input, const char *queue);

/* A spec that was read by other means. */
struct spec_text {
    const char *path; /* its file, or "-" */
    const char *text;
    size_t length;
    bool strict_json;
};

/* Plans a spec as `plan` does without options. *runs is set to the number of runs. EXIT_DONE,
 * EXIT_INVALID, or another exit code with a message. */
int spec_input_check(const struct sweep_trainer *trainer, const struct spec_text *spec,
    struct sweep_findings *findings, uint64_t *runs);

/* Frees what belongs to one spec, so that another can be planned. */
void spec_input_forget(struct spec_input *input);

void spec_input_deinit(struct spec_input *input);

#endif
