/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the files of a sweep directory are those that its manifest lists.
 */
#ifndef LIB_WRITE_VERIFY_DIRECTORY_H
#define LIB_WRITE_VERIFY_DIRECTORY_H

#include "sweep/generate.h"

/* As sweep_verify(), but SWEEP_INVALID, with an error that names the first file and says how many
 * differ, if any does. */
enum sweep_code verify_directory_is_whole(const char *directory, struct sweep_error *error);

#endif
