/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of a sweep directory that Slurm and the trainer read: configs and scripts.
 */
#ifndef LIB_WRITE_FILES_H
#define LIB_WRITE_FILES_H

#include "lib/write/writer.h"

/* Writes the files that the spec refers to into sweep.extends/. */
enum sweep_code files_write_inputs(struct writer *w);

/* Writes the config of every run, and run_mapping.csv. */
enum sweep_code files_write_configs(struct writer *w);

/* Writes inherited.csv, if earlier sweeps have some of the spec's runs. */
enum sweep_code files_write_growth(struct writer *w);

/* Writes sweep.sbatch and submit.sh. */
enum sweep_code files_write_scripts(struct writer *w);

#endif
