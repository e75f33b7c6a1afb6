/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz target of expressions shares with the driver that stands in for libFuzzer.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The names that the target knows; `a.b-c` has to be written a.`b-c`. */
struct fuzz_name {
    const char *name;
    unsigned kinds;
};
extern const struct fuzz_name fuzz_names[];
extern const size_t n_fuzz_names;

/* What was reached, for the driver to tell whether the inputs are worth their time. */
extern struct fuzz_counts {
    uint64_t compiled, evaluations, results;
} fuzz_counts;

/* The seed of the running case, for messages. */
extern uint64_t fuzz_seed;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
