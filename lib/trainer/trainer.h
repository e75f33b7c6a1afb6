/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_TRAINER_TRAINER_H
#define LIB_TRAINER_TRAINER_H

#include "lib/trainer/profile.h"
#include "sweep/trainer.h"

struct sweep_trainer {
    struct profile profile;
    char *directory; /* that an installation was looked for in, or NULL; owned */
    char *configs;   /* directory of the installed base configs, or NULL; owned */
};

/* The name of a base most similar to `name`, or NULL. Owned by the trainer. */
const char *trainer_suggest_base(const struct sweep_trainer *trainer, const char *name);

#endif
