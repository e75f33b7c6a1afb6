/* SPDX-License-Identifier: Apache-2.0
 *
 * The configs of all runs in two files instead of one each, for sweeps that would take too many
 * inodes otherwise.
 *
 *     configs.packed   STRIDE bytes for each run: its config, then a comment line as padding
 *     configs.index    "sweepd-packed-1 STRIDE RUNS", then a line for each run with its name and
 *                      the length of its config: "run_012  1987". All of them are equally long.
 *
 * So the config of any run is found by its number, with two reads: lib/slurm/run.bash does that
 * with dd.
 */
#ifndef LIB_WRITE_PACKED_H
#define LIB_WRITE_PACKED_H

#include "lib/queue/stage_stream.h"
#include "lib/write/writer.h"

#define PACKED_CONFIGS "configs.packed"
#define PACKED_INDEX "configs.index"
#define PACKED_FORMAT "sweepd-packed-1"

struct packed {
    struct stage_stream configs, index;
    uint64_t stride;
    int length_width; /* digits of the stride */
};

/* Begins both files. Always to be released with packed_deinit(). */
enum sweep_code packed_begin(struct packed *packed, struct writer *w);

/* Adds the config of the next run, and padding to it. */
enum sweep_code packed_add(
    struct packed *packed, const char *run, struct strbuf *config, struct sweep_error *error);

/* Appends a comment line to a config, which fills it up to the stride. */
void packed_put_padding(struct strbuf *config, uint64_t stride);

/* `hex` is the digest of the configs if packed->configs.has_digest is set, or NULL. */
enum sweep_code packed_end(struct packed *packed, const char *hex, struct sweep_error *error);

void packed_deinit(struct packed *packed);

#endif
