/* SPDX-License-Identifier: Apache-2.0
 *
 * Checking a config on its own: that it can be read as torchtune will read it, and that its
 * components have the arguments that it gives them. Nothing of torchtune is run; what is known of
 * it is data (sweep/trainer.h).
 */
#ifndef SWEEP_VALIDATE_H
#define SWEEP_VALIDATE_H

#include "sweep/error.h"
#include "sweep/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Checks a config text of `length` bytes (at most 1 MiB) and adds everything that is wrong with it
 * to `findings`, where `file` names it. `recipe` is the recipe that it is for, or NULL.
 * SWEEP_INVALID when there are errors. Any thread, with findings of its own. */
SWEEP_API enum sweep_code sweep_validate(const struct sweep_trainer *trainer, const char *text,
    size_t length, const char *file, const char *recipe,
    struct sweep_findings *findings) SWEEP_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
