/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of sbatch that are templates, "mem": "={8 * batch_size}G".
 */
#ifndef LIB_SPEC_OPTION_TEMPLATES_H
#define LIB_SPEC_OPTION_TEMPLATES_H

#include "lib/spec/context.h"

/* Adds the expressions in the braces of the options of a "slurm" object to what is computed for
 * each run. */
enum sweep_code option_templates_read(
    const struct spec_context *context, const json_t *options, const struct json_place *place);

/* What an option is called in findings: "slurm.time". */
void option_templates_key(const char *option, char key[80]);

#endif
