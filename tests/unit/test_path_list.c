/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/doc/path.h"
#include "lib/doc/path_list.h"
#include "lib/util/cleanup.h"
#include "tests/unit/check_helper.h"

static struct path_list list;

static void tear_down(void)
{
    path_list_deinit(&list);
}

static const char *const paths[] = {"a", "a.b", "a.b.c", "a-b", "a-b.c", "ab", "ab.c", "a!",
    "a.b-c", "a.bc", "b", "b.a", "a.b", "c.0", "c.10", "c.1", "\xc3\xa9.x", "a/b"};

enum { N_PATHS = sizeof paths / sizeof *paths };

static bool note(void *context, size_t number)
{
    ((unsigned *)context)[number]++;
    return true;
}

/* Each path finds those that overlap with it, once each. */
START_TEST(overlaps)
{
    static const char *const others[] = {"a.b.c.d", "a.b.x", "c", "d", "", "\xc3\xa9", "ab.c.d"};
    for (size_t i = 0; i < N_PATHS; i++)
        ck_assert(path_list_add(&list, paths[i], i));
    for (size_t i = 0; i < N_PATHS + sizeof others / sizeof *others; i++) {
        const char *path = i < N_PATHS ? paths[i] : others[i - N_PATHS];
        unsigned found[N_PATHS] = {0};
        ck_assert(path_list_visit(&list, path, note, found));
        for (size_t k = 0; k < N_PATHS; k++)
            ck_assert_msg(found[k] == (path_overlaps(path, paths[k]) ? 1 : 0), "\"%s\", \"%s\": %u",
                path, paths[k], found[k]);
    }
}
END_TEST

static bool stop_at_second(void *context, size_t number)
{
    (void)number;
    return ++*(unsigned *)context < 2;
}

START_TEST(ends_early)
{
    unsigned visits = 0;
    for (size_t i = 0; i < N_PATHS; i++)
        ck_assert(path_list_add(&list, paths[i], i));
    ck_assert(!path_list_visit(&list, "a", stop_at_second, &visits));
    ck_assert_uint_eq(visits, 2);
    ck_assert(path_list_visit(&list, "d", stop_at_second, &visits));
}
END_TEST

/* Paths can be added after a search. */
START_TEST(grows)
{
    unsigned found[2] = {0};
    ck_assert(path_list_visit(&list, "a", note, found));
    ck_assert(path_list_add(&list, "b", 0));
    ck_assert(path_list_visit(&list, "a", note, found));
    ck_assert(path_list_add(&list, "a.x", 1));
    ck_assert(path_list_visit(&list, "a", note, found));
    ck_assert_uint_eq(found[0], 0);
    ck_assert_uint_eq(found[1], 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("path list");
    TCase *tc = add_case(suite, "path list");
    tcase_add_checked_fixture(tc, NULL, tear_down);
    tcase_add_test(tc, overlaps);
    tcase_add_test(tc, ends_early);
    tcase_add_test(tc, grows);
    return check_main(suite);
}
