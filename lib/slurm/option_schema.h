/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON Schema of "slurm" in a spec, made of the table of options. It accepts everything that
 * the reader accepts, and some values that only the reader can judge.
 */
#ifndef LIB_SLURM_OPTION_SCHEMA_H
#define LIB_SLURM_OPTION_SCHEMA_H

#include <jansson.h>

/* New reference; NULL if memory ran out. `pointer` is where it will be: "#/$defs/slurm". */
json_t *slurm_schema(const char *pointer);

#endif
