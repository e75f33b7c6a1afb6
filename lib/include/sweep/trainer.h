/* SPDX-License-Identifier: Apache-2.0
 *
 * The trainer that configs are made for, and its base configs. torchtune 0.6.1 is data that is
 * compiled into the library; a profile in a file can add to it or describe another trainer. Further
 * base configs are read from the files of an installed trainer.
 *
 * A pointer must not be NULL unless its comment says that it may. Builds with assertions (without
 * NDEBUG) abort if one is.
 */
#ifndef SWEEP_TRAINER_H
#define SWEEP_TRAINER_H

#include "sweep/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sweep_trainer;

/* Where the text of a base config comes from. */
enum sweep_origin {
    SWEEP_BASE_ABSENT,    /* the name is known, but its text needs an installed trainer */
    SWEEP_BASE_EMBEDDED,  /* compiled in */
    SWEEP_BASE_INSTALLED, /* a file of the installed trainer, which replaces an embedded one */
};

struct sweep_base_info {
    const char *name;   /* as `tune ls` prints it; owned by the trainer */
    const char *recipe; /* the recipe that it belongs to; owned by the trainer */
    enum sweep_origin origin;
    size_t rank; /* its place in a list for people: the lowest first; several may have the same */
};

/* The built-in trainer. `torchtune` is NULL, or a directory with an installed torchtune: a virtual
 * environment, its site-packages, or any directory that contains `recipes/configs`. SWEEP_NOT_FOUND
 * if there is none in it. On success *out is the caller's. A trainer is not to be used by two
 * threads at once without a lock; separate trainers are independent. */
SWEEP_API enum sweep_code sweep_trainer_new(
    const char *torchtune, struct sweep_trainer **out, struct sweep_error *error) SWEEP_MUST_CHECK;
SWEEP_API void sweep_trainer_free(struct sweep_trainer *trainer); /* accepts NULL */

/* The trainer of a profile in a file, or with NULL the built-in one. `directory` is NULL, or a
 * directory with an installation of the trainer, in which the profile's `config_directories` are
 * looked for; it is ignored for a profile without any. SWEEP_NOT_FOUND if there is no installation
 * in it, SWEEP_INVALID if the profile is not valid. */
SWEEP_API enum sweep_code sweep_trainer_open(const char *directory, const char *profile,
    struct sweep_trainer **out, struct sweep_error *error) SWEEP_MUST_CHECK;

/* Replaces the profile by one in a file (specs/profiles/profile.schema.json describes its form).
 * One with `"extends": "torchtune-0.6.1"` adds to the built-in one, for example components of your
 * own. Installed base configs are looked for again, in the directory given before. On failure
 * `error` says what is wrong with the profile, and nothing changes. */
SWEEP_API enum sweep_code sweep_trainer_use_profile(
    struct sweep_trainer *trainer, const char *file, struct sweep_error *error) SWEEP_MUST_CHECK;

/* Of the profile: "torchtune" and "0.6.1". Owned by the trainer. */
SWEEP_API const char *sweep_trainer_name(const struct sweep_trainer *trainer);
SWEEP_API const char *sweep_trainer_version(const struct sweep_trainer *trainer);

/* The directory that installed base configs are read from, or NULL. Owned by the trainer. */
SWEEP_API const char *sweep_trainer_directory(const struct sweep_trainer *trainer);

/* Base config `index` of the profile, in the order of its recipes; false after the last one. */
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
