/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the configs of a sweep directory whose layout is packed (lib/write/packed.h). The files
 * may be damaged, or made by somebody else: no number in them is trusted.
 */
#ifndef LIB_WRITE_PACKED_READER_H
#define LIB_WRITE_PACKED_READER_H

#include <stdint.h>

#include "lib/util/strbuf.h"
#include "sweep/error.h"

struct packed_reader {
    const char *directory; /* for messages; borrowed */
    int configs, index;    /* open files; -1: none */
    uint64_t stride, runs;
    size_t header, line; /* bytes of the index's header, and of each other line */
    uint64_t first;      /* number of the first run */
    int name_width;      /* digits in run_000 */
};

/* Opens the pack. SWEEP_NOT_FOUND if there is none, SWEEP_INVALID if its header, or the sizes of
 * the files, are not as they must be. Always to be released with packed_reader_close(). */
enum sweep_code packed_reader_open(
    struct packed_reader *reader, const char *directory, struct sweep_error *error);
void packed_reader_close(struct packed_reader *reader);

/* The name of run `index`, which counts from 0. */
void packed_reader_name(const struct packed_reader *reader, uint64_t index, char name[32]);

/* Replaces the content of `out` with the config of run `index`. */
enum sweep_code packed_reader_get(const struct packed_reader *reader, uint64_t index,
    struct strbuf *out, struct sweep_error *error);

#endif
