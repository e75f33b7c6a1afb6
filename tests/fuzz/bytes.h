/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fuzz target of texts shares with bytes.c, which damages texts and feeds it when libFuzzer
 * does not.
 */
#ifndef TESTS_FUZZ_BYTES_H
#define TESTS_FUZZ_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The target's: good texts to begin with, ended by NULL; how many cases are a fair number; and how
 * many inputs were taken for good ones so far, to tell whether the others are worth their time. */
extern const char *const fuzz_texts[];
extern const uint64_t fuzz_cases;
extern uint64_t fuzz_good;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libFuzzer and bytes.c both say which input it was. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
