/* SPDX-License-Identifier: Apache-2.0
 *
 * The digest in a sweep's name. It is taken from everything that decides the bytes of its files, so
 * two sweeps with the same name have the same content, whichever release wrote them:
 *
 *     sweep.json              the spec's text, and the data files that it refers to
 *     configs/                the base with fixed settings and overrides; the pieces; output_dir
 *     *.sbatch, submit.sh     the spec; the recipe and the profile's launch command
 *     run_mapping.csv         the spec, the paths that its axes set, the profile's volatile paths
 *     validation_report.txt   the spec, the trainer's name and version
 *     manifest.json           all of these, and the base's text
 *     inherited.csv           identity_grow()
 *
 * Not part of it: the manifest's "sweepd" and "created", which record who wrote the sweep and when;
 * the warnings in the report; and the limits, which only decide whether a spec is accepted.
 */
#ifndef LIB_PLAN_IDENTITY_H
#define LIB_PLAN_IDENTITY_H

#include "lib/plan/plan.h"

/* The format of the files around the configs: scripts, mapping, report, manifest. Increment the
 * number in a change that writes other bytes for the same input, and only then: it renames every
 * sweep. (Changes to configs need no new number, because their texts are part of the digest.) */
#define SWEEP_FORMAT "sweepd-sweep-4"

/* Sets the digest and the directory of a plan that is otherwise complete. */
void identity_set(struct sweep_plan *plan);

/* Changes them for a sweep that holds only a part of the runs: the digest is then also taken from
 * the number of its first run and from inherited.csv, which names the others. */
void identity_grow(struct sweep_plan *plan, const struct strbuf *inherited);

#endif
