/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>

#include "lib/queue/stage.h"
#include "lib/util/digest.h"
#include "tests/unit/check_main.h"

static struct sweep_error error;

static void set_up(void)
{
    error = (struct sweep_error){0};
}

/* Number of entries of the queue whose name has this beginning. */
static size_t count_entries(const char *beginning)
{
    DIR *stream = opendir(scratch);
    size_t n = 0;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
             strncmp(entry->d_name, beginning, strlen(beginning)) == 0;
    closedir(stream);
    return n;
}

static void open_stage(struct stage *stage)
{
    enum sweep_code code = stage_open(stage, scratch, "s-1", &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
}

START_TEST(whole_or_not_at_all)
{
    struct stage stage;
    open_stage(&stage);
    ck_assert_int_eq(stage_mkdir(&stage, "d", &error), SWEEP_OK);
    ck_assert_int_eq(stage_write(&stage, "d/a", "abc", 3, STAGE_DATA, &error), SWEEP_OK);
    ck_assert_int_eq(stage_write(&stage, "run.sh", "", 0, STAGE_SCRIPT, &error), SWEEP_OK);
    /* Until it is complete there is nothing but a hidden name. */
    ck_assert_uint_eq(count_entries(""), 1);
    ck_assert_uint_eq(count_entries("."), 1);
    ck_assert_uint_eq(stage.files, 2);
    ck_assert_uint_eq(stage.bytes, 3);
    ck_assert_int_eq(stage_commit(&stage, "s-1", &error), SWEEP_OK);
    ck_assert_uint_eq(count_entries(""), 1);
    CLEANUP_FREE char *text = slurp(in_scratch("s-1/d/a"));
    ck_assert_str_eq(text, "abc");
    struct stat data, script;
    ck_assert_int_eq(stat(in_scratch("s-1/d/a"), &data), 0);
    ck_assert_int_eq(stat(in_scratch("s-1/run.sh"), &script), 0);
    ck_assert_int_eq(data.st_mode & 0111, 0);
    ck_assert_int_ne(script.st_mode & 0100, 0);
}
END_TEST

START_TEST(digests_of_what_was_written)
{
    struct stage stage;
    char hex[DIGEST_HEX];
    open_stage(&stage);
    stage_write(&stage, "a", "abc", 3, STAGE_DATA, &error);
    stage_write(&stage, "b", "", 0, STAGE_DATA, &error);
    digest_of("abc", 3, hex);
    ck_assert_ptr_nonnull(strstr(stage.digests.data, hex));
    digest_of("", 0, hex);
    ck_assert_ptr_nonnull(strstr(stage.digests.data, hex));
    ck_assert_ptr_nonnull(strstr(stage.digests.data, "\"a\": \"ba7816bf"));
    stage_abandon(&stage);
}
END_TEST

START_TEST(an_existing_name_is_kept)
{
    struct stage stage;
    ck_assert_int_eq(mkdir(in_scratch("s-1"), 0700), 0);
    write_file(in_scratch("s-1/mine"), "kept");
    open_stage(&stage);
    stage_write(&stage, "a", "abc", 3, STAGE_DATA, &error);
    ck_assert_int_eq(stage_commit(&stage, "s-1", &error), SWEEP_EXISTS);
    ck_assert_uint_eq(count_entries(""), 1); /* and the stage is gone */
    CLEANUP_FREE char *text = slurp(in_scratch("s-1/mine"));
    ck_assert_str_eq(text, "kept");
    ck_assert(!exists(in_scratch("s-1/a")));
}
END_TEST

/* An empty directory, a file, a link: whatever has the name keeps it. */
START_TEST(anything_of_that_name_is_kept)
{
    for (int kind = 0; kind < 3; kind++) {
        struct stage stage;
        const char *path = in_scratch("s-1");
        if (kind == 0)
            ck_assert_int_eq(mkdir(path, 0700), 0);
        else if (kind == 1)
            write_file(path, "file");
        else
            ck_assert_int_eq(symlink("nowhere", path), 0);
        error = (struct sweep_error){0};
        open_stage(&stage);
        stage_write(&stage, "a", "abc", 3, STAGE_DATA, &error);
        ck_assert_msg(stage_commit(&stage, "s-1", &error) == SWEEP_EXISTS, "kind %d", kind);
        ck_assert_uint_eq(count_entries(""), 1);
        ck_assert(!exists(in_scratch("s-1/a")));
        ck_assert_int_eq(remove(path), 0);
    }
}
END_TEST

START_TEST(abandoned_leaves_nothing)
{
    struct stage stage;
    open_stage(&stage);
    stage_mkdir(&stage, "d", &error);
    stage_mkdir(&stage, "d/e", &error);
    stage_write(&stage, "d/e/a", "abc", 3, STAGE_DATA, &error);
    stage_abandon(&stage);
    ck_assert_uint_eq(count_entries(""), 0);
    stage_abandon(&stage); /* once more does no harm */
}
END_TEST

/* A process that died left its stage behind, and this one may have got its number. */
START_TEST(leftovers_are_no_obstacle)
{
    struct stage first, second;
    open_stage(&first);
    open_stage(&second);
    ck_assert_str_ne(first.name, second.name);
    stage_write(&second, "a", "2", 1, STAGE_DATA, &error);
    ck_assert_int_eq(stage_commit(&second, "s-1", &error), SWEEP_OK);
    ck_assert_uint_eq(count_entries("."), 1);
    stage_abandon(&first);
    ck_assert_uint_eq(count_entries(""), 1);
}
END_TEST

START_TEST(failures)
{
    struct stage stage;
    ck_assert_int_eq(stage_open(&stage, in_scratch("missing"), "s-1", &error), SWEEP_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, "missing"));
    stage_abandon(&stage);
    write_file(in_scratch("file"), "");
    error = (struct sweep_error){0};
    ck_assert_int_eq(stage_open(&stage, in_scratch("file"), "s-1", &error), SWEEP_IO);
    stage_abandon(&stage);
    error = (struct sweep_error){0};
    open_stage(&stage);
    ck_assert_int_eq(stage_write(&stage, "no/a", "x", 1, STAGE_DATA, NULL), SWEEP_IO);
    ck_assert_int_eq(stage_write(&stage, "a", "x", 1, STAGE_DATA, NULL), SWEEP_OK);
    ck_assert_int_eq(stage_write(&stage, "a", "x", 1, STAGE_DATA, NULL), SWEEP_EXISTS);
    ck_assert_int_ne(stage_mkdir(&stage, "a", NULL), SWEEP_OK);
    ck_assert_uint_eq(stage.files, 1);
    stage_abandon(&stage);
    ck_assert_uint_eq(count_entries("."), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stage");
    TCase *tc = add_case(suite, "stage");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, whole_or_not_at_all);
    tcase_add_test(tc, digests_of_what_was_written);
    tcase_add_test(tc, an_existing_name_is_kept);
    tcase_add_test(tc, anything_of_that_name_is_kept);
    tcase_add_test(tc, abandoned_leaves_nothing);
    tcase_add_test(tc, leftovers_are_no_obstacle);
    tcase_add_test(tc, failures);
    return check_main(suite);
}
