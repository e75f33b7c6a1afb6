/* SPDX-License-Identifier: Apache-2.0
 *
 * "then" of a spec: what is done after each run that succeeds. Here is how it differs from a spec.
 */
#ifndef LIB_SPEC_THEN_H
#define LIB_SPEC_THEN_H

#include "lib/spec/context.h"

/* True for a key of a spec that "then" has as well. */
bool then_has_key(const char *name);

enum sweep_code then_refuse_key(const struct spec_context *context, const struct json_place *at);

/* Reports options of sbatch that are decided by the run's own. */
enum sweep_code then_check_options(
    const struct spec_context *context, const json_t *options, const struct json_place *place);

#endif
