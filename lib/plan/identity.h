/* SPDX-License-Identifier: Apache-2.0
 *
 * The digest in a sweep's name. It is taken from what decides the bytes of its files, so two
 * sweeps of one name have the same content, whatever release wrote them:
 *
 *     files                   decided by
 *     sweep.json              the spec's text
 *     configs/                the base with fixed settings and overrides; the pieces; output_dir
 *     *.sbatch, submit.sh     the recipe and the profile's launch command; the spec
 *     run_mapping.csv         the spec, and the paths that its axes set
 *     validation_report.txt   the spec, the trainer's name and version
 *     manifest.json           all of these, and the base's text
 *
 * Two things are left out on purpose: the manifest's "sweepd" and "created", which say who wrote
 * the sweep and when, and the warnings in the report. Limits only decide whether a spec is taken at
 * all.
 */
#ifndef LIB_PLAN_IDENTITY_H
#define LIB_PLAN_IDENTITY_H

#include "lib/plan/plan.h"

/* The form of what is written around the configs: scripts, mapping, report, manifest. Part of the
 * digest. To be counted up by a change that gives other bytes for the same input, and only then:
 * a new number renames every sweep. (What goes into the configs is part of the digest itself.) */
#define SWEEP_FORMAT "sweepd-sweep-1"

/* Sets the digest and the directory of a plan that is otherwise complete. */
void identity_set(struct sweep_plan *plan);

#endif
