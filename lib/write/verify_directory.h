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

/* Compares the files of an open directory with `files`, an object of digests by path. SWEEP_INVALID
 * if one differs. */
enum sweep_code verify_directory_files(
    int directory, const json_t *files, const struct sweep_verify_report *report);

#endif
