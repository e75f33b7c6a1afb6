/* SPDX-License-Identifier: Apache-2.0
 *
 * What the builder's tests share. They see what a user of the library sees: the public headers,
 * jansson and libc.
 */
#ifndef TESTS_BUILDER_COMMON_H
#define TESTS_BUILDER_COMMON_H

#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sweep/builder.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Locals that release themselves. */
static inline void auto_free_(void *p)
{
    free(*(void **)p);
}
static inline void auto_json_(json_t **p)
{
    json_decref(*p);
}
static inline void auto_builder_(struct sweep_builder **p)
{
    sweep_builder_free(*p);
}
static inline void auto_findings_(struct sweep_findings **p)
{
    sweep_findings_free(*p);
}
#define AUTO_FREE __attribute__((cleanup(auto_free_)))
#define AUTO_JSON __attribute__((cleanup(auto_json_)))
#define AUTO_BUILDER __attribute__((cleanup(auto_builder_)))
#define AUTO_FINDINGS __attribute__((cleanup(auto_findings_)))

/* The base that most tests start from, and all that are compiled in. */
#define BASE "llama3_1/8B_lora_single_device"
extern const char *const embedded_bases[8];

/* Runs a suite and reports in TAP; the exit status. */
int run_suite(Suite *suite);

/* A test case with the trainer and a scratch directory of its own. */
TCase *new_case(Suite *suite, const char *name);

/* The trainer of the running test, and its scratch directory, which goes with its test case. */
extern struct sweep_trainer *trainer;
extern char scratch[96];

/* `name` below the scratch directory; good until the eighth call after it. */
const char *in_scratch(const char *name);

/* --- files -------------------------------------------------------------------------------- */

void write_text(const char *path, const char *text);
char *read_text(const char *path); /* NULL when there is none */
bool exists(const char *path);

/* The names in a directory in alphabetical order, each with a blank behind it. The caller's. */
char *names_in(const char *directory);

/* --- values and texts --------------------------------------------------------------------- */

/* A value from JSON in which ' stands for ". Fails the test when it is wrong. New reference. */
json_t *value_of(const char *json);

/* `json` as value_of() takes it. */
#define assert_value(got, json)                                                                    \
    do {                                                                                           \
        AUTO_JSON json_t *wanted_ = value_of(json);                                                \
        assert_same_value((got), wanted_);                                                         \
    } while (0)
void assert_same_value(const json_t *got, const json_t *wanted);

/* `path` with dots below `tree`, or NULL. Borrowed. */
json_t *value_at(const json_t *tree, const char *path);

/* A plain deep merge, written for these tests: `change` over a copy of `base`, where the string
 * "(deleted)" takes a key away. New reference. */
json_t *merged(const json_t *base, const json_t *change);

/* The lines that differ, in order: "-old\n" and "+new\n". The caller's. */
char *line_diff(const char *before, const char *after);

/* --- builders ----------------------------------------------------------------------------- */

/* A builder for a base, which must work. */
struct sweep_builder *from_base(const char *name);

/* The builder's config, and its text; a builder with an error fails the test. The caller's. */
json_t *built(const struct sweep_builder *builder);
char *text_of(const struct sweep_builder *builder);

/* The text of a base config. The caller's. */
char *base_text(const char *name);

/* The message of a builder that failed with `code`, in a buffer that the next call reuses. */
const char *failure(const struct sweep_builder *builder, enum sweep_code code);
#define assert_failure(builder, code, message)                                                     \
    ck_assert_str_eq(failure((builder), (code)), (message))
#define assert_fine(builder) ck_assert_str_eq(failure((builder), SWEEP_OK), "")

/* That the text reads as the values: what is saved and read again is what was built. */
void assert_text_is_values(const struct sweep_builder *builder);

#endif
