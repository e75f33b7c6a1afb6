/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/common/fileat.h"
#include "daemon/spool/names.h"
#include "daemon/spool/unsubmitted.h"
#include "tests/unit/check_main.h"

static int specs = -1, links = -1;

static void set_up(void)
{
    ck_assert_int_eq(mkdir(in_scratch("specs"), 0700), 0);
    ck_assert_int_eq(mkdir(in_scratch("queue"), 0700), 0);
    specs = open(in_scratch("specs"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(specs, 0);
    ck_assert_int_eq(fileat_directory((struct file_at){specs, NAMES_SUBMIT}, &links), 0);
}

static void tear_down(void)
{
    close(links);
    close(specs);
}

static size_t count(void)
{
    struct unsubmitted list = {0};
    ck_assert_int_eq(unsubmitted_list(specs, &list), 0);
    size_t n = list.count;
    unsubmitted_deinit(&list);
    return n;
}

START_TEST(added_and_removed)
{
    struct unsubmitted list = {0};
    ck_assert_uint_eq(count(), 0);
    ck_assert_int_eq(unsubmitted_add(links, "/old/a-1234"), 0);
    ck_assert_int_eq(unsubmitted_add(links, "/queue/a-1234"), 0); /* replaces it */
    ck_assert_int_eq(unsubmitted_add(links, "/queue/b-5678"), 0);
    ck_assert_int_eq(unsubmitted_list(specs, &list), 0);
    ck_assert_uint_eq(list.count, 2);
    for (size_t i = 0; i < list.count; i++)
        ck_assert(strcmp(list.paths[i], "/queue/a-1234") == 0 ||
                  strcmp(list.paths[i], "/queue/b-5678") == 0);
    unsubmitted_deinit(&list);
    unsubmitted_remove(in_scratch("specs"), "/queue/a-1234");
    ck_assert_uint_eq(count(), 1);
}
END_TEST

/* What is no link does not keep the others from being read. */
START_TEST(others_are_ignored)
{
    write_file(in_scratch("specs/" NAMES_SUBMIT "/file"), "/etc");
    ck_assert_int_eq(unsubmitted_add(links, "/queue/a-1234"), 0);
    ck_assert_uint_eq(count(), 1);
}
END_TEST

START_TEST(gone)
{
    ck_assert_int_eq(mkdir(in_scratch("queue/here"), 0700), 0);
    ck_assert(!unsubmitted_is_gone(in_scratch("queue/here")));
    ck_assert(unsubmitted_is_gone(in_scratch("queue/removed")));
    /* Not mounted, perhaps. */
    ck_assert(!unsubmitted_is_gone(in_scratch("elsewhere/removed")));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unsubmitted");
    TCase *tc = add_case(suite, "unsubmitted");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, added_and_removed);
    tcase_add_test(tc, others_are_ignored);
    tcase_add_test(tc, gone);
    return check_main(suite);
}
