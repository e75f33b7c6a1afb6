/* SPDX-License-Identifier: Apache-2.0
 *
 * "setup" and "run_with" of a spec: what a job loads before the trainer's command, and the words
 * before that command. Both end up in a bash script, so every value is checked and quoted here.
 */
#ifndef LIB_SLURM_SETUP_H
#define LIB_SLURM_SETUP_H

#include "lib/doc/json_source.h"
#include "lib/util/strbuf.h"

enum setup_resume { SETUP_RESUME_NO, SETUP_RESUME_EXACT, SETUP_RESUME_FORCED };

struct setup {
    /* Words of bash, quoted where needed; "~/" at their start has become "$HOME"/. */
    struct strbuf modules, environment, run_with; /* separated by spaces */
    struct strbuf venv, conda, prolog;            /* one word, or empty */
    enum setup_resume resume;                     /* what "resume" allows */
    struct sweep_place resume_place;
    char *venv_path; /* as given; NULL: none */
    struct sweep_place venv_place;
};

/* Where setup_read() reports, and what it allows. */
struct setup_context {
    struct sweep_findings *findings;
    /* The files that "prolog" may name, by path or by the name of the file; ends with NULL. NULL:
     * any file. */
    const char *const *prologs;
};

/* Reads the value of "setup", "run_with" or "resume", which is `place`'s name; all errors become
 * findings. *out must be zeroed before the first call and is always to be released with
 * setup_deinit(). */
enum sweep_code setup_read(const struct setup_context *context, const json_t *value,
    const struct json_place *place, struct setup *out);

/* Reports a virtual environment that is named by an absolute path and does not exist. */
enum sweep_code setup_check_paths(const struct setup *setup, struct sweep_findings *findings);

/* Appends the bash variables that lib/slurm/run.bash reads. */
void setup_write(const struct setup *setup, struct strbuf *out);

void setup_deinit(struct setup *setup);

/* The JSON Schema of each: new references, NULL if memory ran out. */
json_t *setup_schema(void);
json_t *setup_run_with_schema(void);
json_t *setup_resume_schema(void);

#endif
