/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks configs without running torchtune: that OmegaConf can read and resolve them, that
 * components exist and have the arguments they need with values of the right types, that the recipe
 * finds the keys it needs and reads those that are there, and that no rule is broken, a condition
 * under which a run is known to fail. What is known of torchtune is data (sweep/trainer.h).
 *
 * It was derived from the signatures and recipes in the source code of torchtune 0.6.1, and from
 * several thousand modified configs that were actually run (man sweepd-rules).
 *
 * A pointer must not be NULL unless its comment says that it may. Builds with assertions (without
 * NDEBUG) abort if one is.
 */
#ifndef SWEEP_VALIDATE_H
#define SWEEP_VALIDATE_H

#include "sweep/error.h"
#include "sweep/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Checks one config of `length` bytes (at most 1 MiB) and adds every mistake to `findings`, which
 * call it `file`. `recipe` is the recipe that the config is for; NULL: only checks that hold for
 * every recipe. SWEEP_INVALID if there are errors. `findings` may be NULL. Any thread, with
 * findings of its own. Use a validator for several configs, and for the options. */
SWEEP_API enum sweep_code sweep_validate(const struct sweep_trainer *trainer, const char *text,
    size_t length, const char *file, const char *recipe,
    struct sweep_findings *findings) SWEEP_MUST_CHECK;

/* What is known about runs besides their configs. Zero means not known. */
struct sweep_validate_options {
    unsigned processes; /* of a run, per node; 0: not known */
    bool no_launcher;   /* a run is one process that no launcher starts */
    enum {              /* whether the GPUs support bfloat16 */
        SWEEP_BF16_UNKNOWN,
        SWEEP_BF16_NO,
        SWEEP_BF16_YES,
    } bf16;
    bool check_paths;      /* check that the files a config names exist and fit */
    const char *directory; /* base of relative paths in configs; NULL: "." */
    bool refuse_unknown;   /* components that the profile does not know are errors */
    bool refuse_other;     /* without a recipe: a text with nothing of a config in it is an error */
};

/* Checks many configs, much faster than one call each: it keeps what it learned from one config,
 * most of all if the next differs only in a few values, as the runs of a sweep do. */
struct sweep_validator;

/* On success the caller owns *out. `options` is copied (NULL: nothing is known), its strings are
 * not. The trainer must outlive the validator. SWEEP_INVALID: a rule of the trainer's profile
 * cannot be compiled; `error` names it. */
SWEEP_API enum sweep_code sweep_validator_new(const struct sweep_trainer *trainer,
    const struct sweep_validate_options *options, struct sweep_validator **out,
    struct sweep_error *error) SWEEP_MUST_CHECK;
SWEEP_API void sweep_validator_free(struct sweep_validator *validator); /* accepts NULL */

/* As sweep_validate(). One thread at a time. Findings are sorted by position. */
SWEEP_API enum sweep_code sweep_validator_check(struct sweep_validator *validator, const char *text,
    size_t length, const char *file, const char *recipe,
    struct sweep_findings *findings) SWEEP_MUST_CHECK;

/* Guesses which recipe a config is for: from the manifest of the sweep directory that the file is
 * in, from the file's name ("…/llama3_1/8B_lora.yaml"), or from a comment in it that shows the
 * command, `tune run RECIPE`. NULL if none of them tells, or if comments name several. *how is set
 * to "the manifest", "the file name" or "a comment". Both strings are the trainer's or static. */
SWEEP_API const char *sweep_recipe_of(const struct sweep_trainer *trainer, const char *file,
    const char *text, size_t length, const char **how);

/* The different recipes that comments in a config name, at most `max` of them: the config for
 * knowledge distillation shows the command that trains the teacher, too. Returns how many; the
 * strings in `out` are the trainer's. */
SWEEP_API size_t sweep_recipes_named(const struct sweep_trainer *trainer, const char *text,
    size_t length, const char **out, size_t max);

/* Explains the code of a finding. Strings are static or the trainer's, and NULL where there is
 * nothing to say. */
struct sweep_explanation {
    const char *code;              /* "clip-with-optimizer-in-bwd" */
    const char *id;                /* the rule's id in the profile; NULL: not a rule */
    const char *severity;          /* "error", "warning", "note"; NULL: it varies */
    const char *summary;           /* one line; in a rule's {…} is replaced by values */
    const char *why;               /* a few sentences */
    const char *hint;              /* how to fix it */
    const char *example;           /* lines "wrong: …" and "right: …", further ones indented */
    const char *when;              /* the condition, as an expression; true means wrong */
    const char *file;              /* a file that must exist, if paths are checked */
    const char *fails;             /* when a run would fail: "when the recipe starts" */
    const char *raises;            /* with what: "RuntimeError: …" */
    const char *source;            /* where in the trainer's source code */
    bool executed;                 /* seen in a real run, not only read in the source code */
    const char *const *recipes;    /* globs that end with NULL; NULL: all */
    const char *const *components; /* the same for components that it applies to */
    const char *const *keys;       /* the same for top-level keys that it applies to */
};

/* Sets *out to explanation `index` of a code (several rules may share one). NULL: of all codes,
 * first those of the checks, sorted by code, then those of the rules. False after the last. */
SWEEP_API bool sweep_explain(const struct sweep_trainer *trainer, const char *code, size_t index,
    struct sweep_explanation *out);

/* The code that is most similar to `code`, or NULL. */
SWEEP_API const char *sweep_explain_nearest(const struct sweep_trainer *trainer, const char *code);

#ifdef __cplusplus
}
#endif
#endif
