/* SPDX-License-Identifier: Apache-2.0
 *
 * What measuring programs share: a clock, a fresh directory, processes, and a sweep to measure.
 */
#ifndef TESTS_BENCH_COMMON_H
#define TESTS_BENCH_COMMON_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/util/strbuf.h"

_Noreturn void die(const char *what, const char *why);

/* Dies with errno's message unless `done`. */
void must(bool done, const char *what);

double now_ms(void);

/* The CPU time of this process, in user and kernel mode: other processes do not change it. */
double cpu_ms(void);

/* Sorts the values. */
double median(double *values, int n);

/* A fresh directory in `directory`, removed at exit. Also makes sure that the embedded torchtune is
 * what is measured, here and in child processes. Returns its path, a static string. */
const char *scratch_make(const char *directory);

/* Creates a file. */
void write_file(const char *path, const struct strbuf *text);

/* Runs argv[0], a path, to its end, and returns the milliseconds; dies when it fails. It starts in
 * `directory`, and its output goes to the file `output`; NULL: this one, and nowhere. */
double run_process(char *const *argv, const char *directory, const char *output);

/* The spec of a sweep over lr, lora and seed with so many values each. */
struct sweep_size {
    int lr, lora, seed;
    bool is_packed; /* the layout */
};
int sweep_runs(const struct sweep_size *size);
void write_spec(const struct sweep_size *size, const char *output_dir, struct strbuf *out);

#endif
