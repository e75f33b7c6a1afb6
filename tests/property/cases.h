/* SPDX-License-Identifier: Apache-2.0
 *
 * Which random cases a property test runs: n_cases, with seeds from first_seed. Each test has its
 * default; SWEEP_SEED and SWEEP_CASES replay other cases.
 */
#ifndef TESTS_PROPERTY_CASES_H
#define TESTS_PROPERTY_CASES_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t first_seed = 1, n_cases;

/* Reads the environment and prints what repeats this run. */
static void choose_cases(uint64_t default_cases)
{
    n_cases = default_cases;
    const char *seed = getenv("SWEEP_SEED"), *cases = getenv("SWEEP_CASES");
    if (seed != NULL)
        first_seed = strtoull(seed, NULL, 10);
    if (cases != NULL)
        n_cases = strtoull(cases, NULL, 10);
    printf("# SWEEP_SEED=%" PRIu64 " SWEEP_CASES=%" PRIu64 "\n", first_seed, n_cases);
    fflush(stdout);
}

#endif
