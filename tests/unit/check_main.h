/* SPDX-License-Identifier: Apache-2.0
 *
 * What the unit tests share: the runner, a scratch directory, files, and looks into findings.
 */
#ifndef TESTS_UNIT_CHECK_MAIN_H
#define TESTS_UNIT_CHECK_MAIN_H

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util/cleanup.h"
#include "lib/util/strbuf.h"
#include "sweep/error.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Runs a suite and reports on stdout in TAP. Whether each test gets a process of its own is left
 * to the environment (CK_FORK). */
static inline int check_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

/* A test case of a suite. Generous time: sanitizers are slow. */
static inline TCase *add_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(suite, tc);
    return tc;
}

/* Whether valgrind runs this: some things about a process are different then. */
static inline bool under_valgrind(void)
{
    const char *preload = getenv("LD_PRELOAD");
    return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

/* --- scratch directory -------------------------------------------------------------------- */

/* The directory of the running test. An unchecked fixture makes the root and removes it, so that
 * nothing stays behind after a failed test; a checked one makes a fresh directory per test. */
static char scratch_root[64], scratch[96];

static inline void scratch_make_root(void)
{
    snprintf(scratch_root, sizeof scratch_root, "/tmp/sweep-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch_root));
}

static inline int scratch_remove_one(
    const char *path, const struct stat *status, int flag, struct FTW *where)
{
    (void)status, (void)flag, (void)where;
    return remove(path);
}

static inline void scratch_remove_root(void)
{
    nftw(scratch_root, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void scratch_make(void)
{
    snprintf(scratch, sizeof scratch, "%s/XXXXXX", scratch_root);
    ck_assert_ptr_nonnull(mkdtemp(scratch));
}

static inline void use_scratch(TCase *tc)
{
    tcase_add_unchecked_fixture(tc, scratch_make_root, scratch_remove_root);
    tcase_add_checked_fixture(tc, scratch_make, NULL);
}

/* `name` below the scratch directory; good until the eighth call after it. */
static inline const char *in_scratch(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    ck_assert_msg(scratch[0] != '\0', "use_scratch() is missing");
    snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
    return path;
}

static inline void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "cannot create %s", path);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

/* The text of a file, or NULL; the caller's. */
static inline char *slurp_or_null(const char *path)
{
    FILE *file = fopen(path, "r");
    struct strbuf text = {0};
    char piece[4096];
    if (file == NULL)
        return NULL;
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;)
        strbuf_append(&text, piece, n);
    fclose(file);
    return strbuf_steal(&text);
}

/* The same, but a file that cannot be read fails the test. */
static inline char *slurp(const char *path)
{
    char *text = slurp_or_null(path);
    ck_assert_msg(text != NULL, "cannot read %s", path);
    return text;
}

static inline bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

/* --- findings ----------------------------------------------------------------------------- */

/* The stable code of a finding; a word that no finding has behind the last one. */
static inline const char *code_at(const struct sweep_findings *findings, size_t index)
{
    const struct sweep_finding *finding = sweep_findings_get(findings, index);
    return finding != NULL ? finding->code : "(none)";
}

static inline const char *message_at(const struct sweep_findings *findings, size_t index)
{
    const struct sweep_finding *finding = sweep_findings_get(findings, index);
    return finding != NULL ? finding->message : "(none)";
}

static inline const char *hint_at(const struct sweep_findings *findings, size_t index)
{
    const struct sweep_finding *finding = sweep_findings_get(findings, index);
    return finding != NULL && finding->hint != NULL ? finding->hint : "(none)";
}

#define assert_place(findings, index, wanted_line, wanted_column)                                  \
    do {                                                                                           \
        const struct sweep_finding *at_ = sweep_findings_get((findings), (index));                 \
        ck_assert_ptr_nonnull(at_);                                                                \
        ck_assert_msg(at_->place.line == (wanted_line) && at_->place.column == (wanted_column),    \
            "%s is at %u:%u, not at %u:%u", at_->code, at_->place.line, at_->place.column,         \
            (unsigned)(wanted_line), (unsigned)(wanted_column));                                   \
    } while (0)

/* Buffers hold text in most tests; an empty one has no data. */
#define assert_buffer(buffer, wanted)                                                              \
    do {                                                                                           \
        ck_assert(!(buffer).oom);                                                                  \
        ck_assert_str_eq((buffer).data != NULL ? (buffer).data : "", (wanted));                    \
        ck_assert_uint_eq((buffer).length, strlen(wanted));                                        \
    } while (0)

/* Compares values, and says what they are when they differ. */
#define assert_json(got, wanted)                                                                   \
    do {                                                                                           \
        CLEANUP_FREE char *got_ = json_dumps((got), JSON_ENCODE_ANY | JSON_SORT_KEYS);             \
        CLEANUP_JSON json_t *parsed_ = json_loads((wanted), JSON_DECODE_ANY, NULL);                \
        ck_assert_msg(parsed_ != NULL, "the test's JSON is wrong: %s", (wanted));                  \
        CLEANUP_FREE char *wanted_ = json_dumps(parsed_, JSON_ENCODE_ANY | JSON_SORT_KEYS);        \
        ck_assert_str_eq(got_ != NULL ? got_ : "(nothing)", wanted_);                              \
    } while (0)

#endif
