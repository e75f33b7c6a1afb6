/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes metrics with known values for tests/daemon/metrics to read:
 *
 *   metrics_text FILE TIMES
 *
 * Writes FILE that many times, with one more done spec each time. Exit status: 0 written, 1 failed
 * (the reason is on stdout).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sweepd/metrics.h"

int main(int argc, char **argv)
{
    struct metrics metrics = {
        .failed = 2,
        .retried = 3,
        .runs = 9007199254740992,
        .queue_free = 61000000000,
        .queue_used = 5,
        .waiting = 7,
        .children = 1,
        .submitted = 6,
        .submit_failures = 8,
        .unsubmitted = 9,
        .paused = 1,
        .loop_block_max = 0.00125,
    };
    if (argc != 3)
        return 1;
    metrics_observe(&metrics, 0);
    metrics_observe(&metrics, 0.005); /* a bound belongs to its bucket */
    metrics_observe(&metrics, 0.0051);
    metrics_observe(&metrics, 59.5);
    metrics_observe(&metrics, 1000);
    struct sweep_error error = {0};
    for (int i = 0; i < atoi(argv[2]) && error.code == SWEEP_OK; i++) {
        metrics.done++;
        char *text = metrics_render(&metrics);
        if (text == NULL)
            return 1;
        metrics_write(argv[1], text, &error);
        free(text);
    }
    if (error.code == SWEEP_OK)
        return 0;
    printf("%s\n", error.message);
    return 1;
}
