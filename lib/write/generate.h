/* SPDX-License-Identifier: Apache-2.0
 *
 * All files of a sweep directory, in the order in which they are written.
 */
#ifndef LIB_WRITE_GENERATE_H
#define LIB_WRITE_GENERATE_H

#include "lib/write/writer.h"

/* `findings` may be NULL; `created` as for manifest_write(). */
enum sweep_code generate_write_files(
    struct writer *w, const struct sweep_findings *findings, int64_t created);

#endif
