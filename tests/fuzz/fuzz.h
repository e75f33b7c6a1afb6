/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the fuzz target for expressions and the driver that replaces libFuzzer.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The names of the target's scope; `a.b-c` is written a.`b-c`. */
struct fuzz_name {
    const char *name;
    unsigned kinds;
};
extern const struct fuzz_name fuzz_names[];
extern const size_t n_fuzz_names;

/* What was reached: tells the driver whether the inputs are useful. */
extern struct fuzz_counts {
    uint64_t compiled, evaluations, results;
} fuzz_counts;

/* The seed of the current case, for messages. */
extern uint64_t fuzz_seed;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
