/* SPDX-License-Identifier: Apache-2.0
 *
 * The allocator of the torture test: glibc's, that can be told to fail, and that knows what it gave
 * out. Everything in the process goes through it, the libraries and libc itself included.
 */
#ifndef TESTS_BUILDER_ALLOC_H
#define TESTS_BUILDER_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* From here on, allocation `fail_at` (from 1; 0 for none) fails, and when `sticky` all that follow.
 * What is allocated until alloc_pause() is watched. */
void alloc_watch(size_t fail_at, bool sticky);

/* For what the test itself needs in between; frees are seen all the same. */
void alloc_pause(void);
void alloc_resume(void);

/* Allocations since alloc_watch(), and how many of them are not freed yet. */
size_t alloc_count(void);
size_t alloc_live(void);

/* Remembers the callers of every allocation and of the failure from the next alloc_watch() on, and
 * writes those of the failure and of the first few live allocations to stderr. Slow. */
void alloc_trace(bool on);
void alloc_report(void);

#endif
