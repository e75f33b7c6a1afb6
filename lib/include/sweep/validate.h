/* SPDX-License-Identifier: Apache-2.0
 *
 * Checking configs without running anything of torchtune: that OmegaConf can read and resolve them,
 * that components exist and have the arguments they are given, with values of the right types, that
 * the recipe finds what it needs and reads what it is given, and that none of the conditions holds
 * under which it is known to fail. What is known of torchtune is data (sweep/trainer.h).
 *
 * Where the knowledge comes from: the signatures and recipes of the torchtune 0.6.1 sources, and
 * several thousand changed configs that were really run (docs: `man sweepd-rules`).
 */
#ifndef SWEEP_VALIDATE_H
#define SWEEP_VALIDATE_H

#include "sweep/error.h"
#include "sweep/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Checks one config text of `length` bytes (at most 1 MiB) and adds everything that is wrong with
 * it to `findings`, where `file` names it. `recipe` is the recipe that it is for; NULL checks only
 * what holds for all of them. SWEEP_INVALID when there are errors. Any thread, with findings of its
 * own. For more than one config, and for more to be said, use a validator. */
SWEEP_API enum sweep_code sweep_validate(const struct sweep_trainer *trainer, const char *text,
    size_t length, const char *file, const char *recipe,
    struct sweep_findings *findings) SWEEP_MUST_CHECK;

/* What is known beside the configs. Zeroed, it means: nothing. */
struct sweep_validate_options {
    unsigned processes; /* of a run on one node (its GPUs); 0: not known */
    bool no_launcher;   /* a run is one process, which no launcher of processes starts */
    enum {              /* whether the GPUs compute in bfloat16 */
        SWEEP_BF16_UNKNOWN,
        SWEEP_BF16_NO,
        SWEEP_BF16_YES,
    } bf16;
    bool check_paths;      /* look whether the files that a config names exist */
    const char *directory; /* that relative paths in configs start from; NULL: "." */
    bool refuse_unknown;   /* components of packages that nothing is known of are errors */
};

/* Checks many configs, much faster than one by one: what was learned of one serves the next, most
 * of all when they differ in a few words, as the runs of a sweep do. */
struct sweep_validator;

/* On success *out is the caller's. `options` is copied (NULL: nothing is known), its strings are
 * not. The trainer must outlive the validator. SWEEP_INVALID: a rule of the trainer's profile
 * cannot be used; `error` says which. */
SWEEP_API enum sweep_code sweep_validator_new(const struct sweep_trainer *trainer,
    const struct sweep_validate_options *options, struct sweep_validator **out,
    struct sweep_error *error) SWEEP_MUST_CHECK;
SWEEP_API void sweep_validator_free(struct sweep_validator *validator);

/* As sweep_validate(). One thread at a time. Findings are sorted by place. */
SWEEP_API enum sweep_code sweep_validator_check(struct sweep_validator *validator, const char *text,
    size_t length, const char *file, const char *recipe,
    struct sweep_findings *findings) SWEEP_MUST_CHECK;

/* Guesses which recipe a config is for: from the manifest of the sweep directory that the file is
 * in, from the file's name ("…/llama3_1/8B_lora.yaml"), or from a comment in it that shows the
 * command, `tune run RECIPE`. NULL if none of them tells. *how is set to "the manifest", "the file
 * name" or "a comment". Both strings are the trainer's or static. */
SWEEP_API const char *sweep_recipe_of(const struct sweep_trainer *trainer, const char *file,
    const char *text, size_t length, const char **how);

/* What there is to know of a finding's code. Static or the trainer's, NULL where there is nothing
 * to say. */
struct sweep_explanation {
    const char *code;     /* "clip-with-optimizer-in-bwd" */
    const char *id;       /* the rule's id in the profile; NULL for checks that need no rule */
    const char *severity; /* "error", "warning", "note"; NULL where it depends */
    const char *summary;  /* one line; a rule's has {…} where values are put in */
    const char *why;      /* some sentences */
    const char *hint;     /* what to do */
    const char *example;  /* lines "wrong: …" and "right: …", further ones indented */
    const char *when;     /* the condition, as an expression; true means wrong */
    const char *file;     /* a file that has to exist, where paths are checked */
    const char *fails;    /* when a run would fail: "when the recipe starts" */
    const char *raises;   /* with what: "RuntimeError: …" */
    const char *source;   /* where in the trainer's sources */
    bool executed;        /* seen in a real run; otherwise read in the sources */
    const char *const *recipes;    /* globs that end with NULL; NULL: all */
    const char *const *components; /* the same, of components that it is applied to */
    const char *const *keys;       /* the same, of top-level keys that it is applied to */
};

/* Explanation `index` of those with this code (several rules may share one), or of all when `code`
 * is NULL: of the checks that need no rule, sorted by code, then of the rules. False behind the
 * last. */
SWEEP_API bool sweep_explain(const struct sweep_trainer *trainer, const char *code, size_t index,
    struct sweep_explanation *out);

/* The code that somebody who wrote `code` may have meant, or NULL. */
SWEEP_API const char *sweep_explain_nearest(const struct sweep_trainer *trainer, const char *code);

#ifdef __cplusplus
}
#endif
#endif
