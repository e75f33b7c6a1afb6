/* SPDX-License-Identifier: Apache-2.0
 *
 * The trainer that configs are made for, and its base configs: torchtune 0.6.1, as data compiled
 * into the library, and any torchtune installed on this machine, read from its files.
 */
#ifndef SWEEP_TRAINER_H
#define SWEEP_TRAINER_H

#include "sweep/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sweep_trainer;

/* Where the text of a base config can be had. */
enum sweep_origin {
    SWEEP_BASE_ABSENT,    /* the name is known, but its text needs an installed torchtune */
    SWEEP_BASE_EMBEDDED,  /* compiled in */
    SWEEP_BASE_INSTALLED, /* a file of the installed torchtune; wins over an embedded one */
};

struct sweep_base_info {
    const char *name;   /* as `tune ls` prints it; owned by the trainer */
    const char *recipe; /* the recipe that it belongs to; owned by the trainer */
    enum sweep_origin origin;
    size_t rank; /* its place in a list for people: the lowest first; several may have the same */
};

/* `torchtune` is NULL, or a directory to find an installed torchtune in: a virtual environment, its
 * site-packages, or any directory that holds `recipes/configs`. SWEEP_NOT_FOUND when it holds no
 * torchtune. On success *out is the caller's. Not shared between threads without a lock; separate
 * trainers are independent. */
SWEEP_API enum sweep_code sweep_trainer_new(
    const char *torchtune, struct sweep_trainer **out, struct sweep_error *error) SWEEP_MUST_CHECK;
SWEEP_API void sweep_trainer_free(struct sweep_trainer *trainer);

/* Takes what is known of the trainer from a profile in a file (specs/profiles/profile.schema.json
 * describes its form) instead of the built-in one. One that says `"extends": "torchtune-0.6.1"`
 * adds to that: components of one's own, for example. On failure `error` says what is wrong with
 * it, and nothing changes. */
SWEEP_API enum sweep_code sweep_trainer_use_profile(
    struct sweep_trainer *trainer, const char *file, struct sweep_error *error) SWEEP_MUST_CHECK;

/* "torchtune" and "0.6.1". Owned by the trainer. */
SWEEP_API const char *sweep_trainer_name(const struct sweep_trainer *trainer);
SWEEP_API const char *sweep_trainer_version(const struct sweep_trainer *trainer);

/* The directory that installed base configs are read from; NULL when there is none. Owned by the
 * trainer. */
SWEEP_API const char *sweep_trainer_directory(const struct sweep_trainer *trainer);

/* Base config `index` of those registered, in the order of their recipes; false behind the last. */
SWEEP_API bool sweep_trainer_base(
    const struct sweep_trainer *trainer, size_t index, struct sweep_base_info *out);

/* The text of a base config by name, with its length and its origin. *text is the caller's
 * (free()). SWEEP_NOT_FOUND says in `error` whether the name is unknown or only not installed. */
SWEEP_API enum sweep_code sweep_trainer_base_text(const struct sweep_trainer *trainer,
    const char *name, char **text, size_t *length, enum sweep_origin *origin,
    struct sweep_error *error) SWEEP_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
