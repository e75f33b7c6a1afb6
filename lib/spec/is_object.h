/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_SPEC_IS_OBJECT_H
#define LIB_SPEC_IS_OBJECT_H

#include "lib/doc/json_source.h"

/* Adds a finding and returns SWEEP_INVALID unless the text of a spec is an object. */
enum sweep_code spec_check_is_object(
    const struct json_source *source, struct sweep_findings *findings);

#endif
